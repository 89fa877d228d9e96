"""What the XCCOS commands do that need nothing of the dialog they came in: one function each, and the table of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from parlour.addresses import SipAddress
from parlour.chat.core import Core
from parlour.chat.finding import Match, RoomQuery
from parlour.chat.history import After, Before
from parlour.chat.model import NewRoom, Person, Room, RoomChange, RoomSummary
from parlour.chat.rights import Act
from parlour.chat.search import MessageQuery, Order
from parlour.errors import CATEGORY_NOT_FOUND, WEB_NOT_SERVED, ParlourError
from parlour.lync import xccos_commands as commands
from parlour.lync import xccos_render as render
from parlour.lync.services import LyncServices


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, through which pool's address."""

    person: Person
    pool: str
    services: LyncServices

    @property
    def core(self) -> Core:
        """The chat."""
        return self.services.core


Executor = Callable[[Asker, Any], Awaitable[str]]


def executor(body: commands.Body) -> Executor | None:
    """Return what carries out a command; it gives back the reply's data."""
    return _EXECUTORS.get(type(body))


async def _server_info(asker: Asker, command: commands.GetServerInfo) -> str:
    services, limits = asker.services, asker.core.chat.limits
    return render.server_info(
        info_type=command.info_type, now=services.clock.now(), search_limit=limits.search,
        message_limit=limits.message, story_limit=limits.story, version=services.deployment_guid,
        root_uri=f"ma-cat://{services.policy.domain}/{services.deployment_guid}",
        room_page=asker.core.configurations.of_pool(asker.pool).room_management_url)


async def _search_rooms(asker: Asker, command: commands.SearchRooms) -> str:
    query = RoomQuery(command.text, Match.PHRASE, in_description=command.extended)
    return render.found(await asker.core.finder.find(asker.person, query))


async def _search_messages(asker: Asker, command: commands.SearchMessages) -> str:
    if not (command.text.strip() or command.authors or command.since or command.until):
        return await _page(asker, command)
    core = asker.core
    result = await core.search.gather(asker.person, MessageQuery(
        command.rooms, command.text, match=Match.PHRASE if command.exact else Match.ANY, match_case=command.match_case,
        authors=tuple(map(SipAddress.parse, command.authors)), since=command.since, until=command.until,
        order=Order.NEWEST if command.newest_first else Order.OLDEST, limit=command.limit,
        after_number=command.after))
    return render.found_messages(result.hits, command.rooms, more=result.more)


async def _page(asker: Asker, command: commands.SearchMessages) -> str:
    """Answer a query that says nothing of the messages: a page of the first room, before or after a number."""
    place = Before() if command.newest_first else After(0)
    if command.after:
        place = Before(command.after) if command.newest_first else After(command.after)
    limits = asker.core.chat.limits
    count = limits.history if command.limit is None else command.limit
    page = await asker.core.history.page(asker.person, command.rooms[0], place, count)
    more = page.earlier if command.newest_first else page.later
    return render.history(page.room, page.messages, more=more)


async def _associations(asker: Asker, command: commands.GetAssociations) -> str:
    finder = asker.core.finder
    find = finder.of_member if command.relation is commands.Relation.MEMBER else finder.of_manager
    return render.found(await find(asker.person, command.limit))


async def _invitations(asker: Asker, command: commands.GetInvitations) -> str:
    return render.invitations(await asker.core.invitations.since(asker.person, command.after), command.domain)


async def _get_preference(asker: Asker, command: commands.GetPreference) -> str:
    kept = await asker.services.preferences.get(asker.person, command.label)
    if kept is None:
        return render.preference(command.label, 0, "") if command.create_default else ""
    return render.preference(command.label, kept.version, kept.content) if kept.version > command.known else ""


async def _set_preference(asker: Asker, command: commands.SetPreference) -> str:
    version = await asker.services.preferences.set(asker.person, command.label, command.content)
    return render.preference(command.label, version, None)


async def _categories(asker: Asker, command: commands.CreatableCategories) -> str:
    return render.categories(await asker.core.management.categories(asker.person))


async def _room(asker: Asker, command: commands.GetRoom) -> str:
    return _summary(asker, await asker.core.access.room(asker.person, command.room, Act.SEE))


def _summary(asker: Asker, room: Room) -> str:
    return render.found([RoomSummary(room, asker.core.chat.present(room))])


async def _user(asker: Asker, command: commands.GetUser) -> str:
    return render.people([await asker.services.people.find(command.address)])


async def _addins(asker: Asker, command: commands.GetAddins) -> str:
    return render.addins(await asker.core.addins.all())


async def _create(asker: Asker, command: commands.CreateRoom) -> str:
    given = command.category[:80]
    absent = ParlourError(CATEGORY_NOT_FOUND, given, identity=given)
    categories = await asker.core.administration.all_categories()
    category = next((one for one in categories if one.uri == command.category), None)
    if category is None:
        raise absent
    try:
        room = await asker.core.management.create(asker.person, NewRoom(
            command.name, category.identity, description=command.description, privacy=command.privacy,
            type=command.type))
    except ParlourError as refusal:
        # Whoever is outside the wall gave an address: he must not learn the name behind it.
        raise absent if refusal.kind is CATEGORY_NOT_FOUND else refusal from None
    return _summary(asker, room)


async def _change(asker: Asker, command: commands.ChangeRoom) -> str:
    room = await asker.core.management.change(asker.person, command.room, RoomChange(
        name=command.name, description=command.description, privacy=command.privacy, type=command.type,
        disabled=command.disabled))
    return _summary(asker, room)


async def _file_token(asker: Asker, command: commands.GetFileToken) -> str:
    if asker.services.web.base is None:
        raise ParlourError(WEB_NOT_SERVED)
    files, room = asker.core.files, command.room
    if command.upload:
        grant = await files.grant_upload(asker.person, room, command.file)
    else:  # the link of the file, or its last part
        grant = await files.grant_download(asker.person, room, command.file.rpartition("/")[2])
    return render.file_token(grant, f"{asker.services.web.base}/files")


_EXECUTORS: dict[type, Executor] = {
    commands.GetServerInfo: _server_info,
    commands.SearchRooms: _search_rooms,
    commands.SearchMessages: _search_messages,
    commands.GetAssociations: _associations,
    commands.GetInvitations: _invitations,
    commands.GetPreference: _get_preference,
    commands.SetPreference: _set_preference,
    commands.CreatableCategories: _categories,
    commands.GetRoom: _room,
    commands.GetUser: _user,
    commands.GetAddins: _addins,
    commands.CreateRoom: _create,
    commands.ChangeRoom: _change,
    commands.GetFileToken: _file_token,
}

