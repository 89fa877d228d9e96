"""Reading an export into a deployment: all of it is read and decided on first, and only then something changes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from parlour.chat.content import mentioned
from parlour.chat.contents import PAGE
from parlour.chat.model import CategoryChange, Draft, NewCategory, NewRoom, Person, Room, RoomChange
from parlour.chat.principals import PrincipalKind
from parlour.chat.scoped import Scoped
from parlour.directory.principals import domain_name
from parlour.errors import ROOM_USED, STORAGE_UNAVAILABLE, ParlourError
from parlour.transfer.archive import Package
from parlour.transfer.documents import invalid, messages_entry
from parlour.transfer.exporting import Sources
from parlour.transfer.model import ListedMessage, SettingsKind
from parlour.transfer.plan import Plan, Planner, PutAddin, PutCategory, PutRoom, PutSettings, Shelves, Tally
from parlour.transfer.report import Log
from parlour.transfer.world import DirectoryView, World, place

_CHARACTERS = 1 << 20  # of the messages that are in memory at once, unless it is a single one
_AHEAD = timedelta(hours=1)  # so much may clocks differ


class Importer:
    """Imports one export.

    Args:
        sources: where it goes.
        package: the export.
        log: told what was done, and what was not.
        turn: called now and then; may raise to stop.
    """

    def __init__(self, sources: Sources, package: Package, log: Log, turn: Callable[[], Awaitable[None]]) -> None:
        self._sources = sources
        self._package = package
        self._log = log
        self._turn = turn
        self._people: dict[int, Person] = {}
        core = sources.core
        self._shelves: Shelves = {
            SettingsKind.CONFIGURATION: core.configurations, SettingsKind.POLICY: core.policies,
            SettingsKind.COMPLIANCE: sources.compliance}

    async def plan(self) -> Plan:
        """Read the whole export and decide what to do; changes nothing.

        Raises:
            ParlourError: ExportInvalid, StorageUnavailable.
        """
        tallies = {room: await self._tally(room) for room in self._package.message_rooms}
        world = await self._world(frozenset(tallies))
        self._people = {
            one.number: world.people[one.name.lower()] for one in self._package.listing.principals
            if one.kind is PrincipalKind.USER and one.name.lower() in world.people}
        return Planner(self._package.listing, tallies, world, self._shelves, self._log).plan()

    async def _tally(self, room: int) -> Tally:
        """Read all messages of a room; whatever is wrong with them is found before anything changes."""
        entry = messages_entry(room)
        authors = {one.number for one in self._package.listing.principals if one.kind is PrincipalKind.USER}
        latest = self._sources.clock.now() + _AHEAD
        found: Counter[int] = Counter()
        async for batch in _batches(self._package.messages(room)):
            await self._turn()
            for message in batch:
                if message.author not in authors:
                    raise invalid(entry, f"message {message.number}: there is no author {message.author}")
                if message.posted_at > latest:
                    raise invalid(entry, f"message {message.number} is of the future")
                found[message.author] += 1
        return Tally(found)

    # -- what there is

    async def _world(self, filled: frozenset[int]) -> World:
        core = self._sources.core
        rooms = {place(room.pool, room.name): room for room in await core.administration.all_rooms()}
        people = await self._sources.people.entries()
        return World(
            pools=tuple(pool.fqdn for pool in await self._sources.topology.pools()),
            directory=await self._directory(),
            people={str(one.address).lower(): one for one in people},
            categories={place(one.pool, one.name): one for one in await core.administration.all_categories()},
            rooms=rooms, addins={place(one.pool, one.name): one for one in await core.addins.all()},
            used=await self._used(rooms.values(), filled))

    async def _directory(self) -> DirectoryView:
        people = {str(one.address): one.container for one in await self._sources.people.entries()}
        groups = {group.principal.name: group.members for group in await self._sources.groups.all()}
        domains = [domain_name(domain.name) for domain in await self._sources.topology.domains()]
        return DirectoryView(people, groups, [self._sources.people.forest, *domains])

    async def _used(self, rooms: Collection[Room], filled: frozenset[int]) -> frozenset[int]:
        names = {place("", entry.name)[1] for entry, _ in self._package.listing.rooms if entry.number in filled}
        wanted = [room for room in rooms if place("", room.name)[1] in names]
        return frozenset([room.id for room in wanted if not await self._sources.core.contents.is_unused(room)])

    # -- what is done

    async def apply(self, plan: Plan) -> None:
        """Do what was decided. What cannot be done after all is left out, and the log says so.

        Raises:
            ParlourError: StorageUnavailable.
        """
        for settings in plan.settings:
            await self._try(f"{settings.kind} {settings.value.identity}", self._put_settings(settings))
        for addin in plan.addins:
            await self._try(f"Add-in {addin.pool}\\{addin.name}", self._put_addin(addin))
        for category in plan.categories:
            await self._try(f"Category {category.pool}\\{category.values.name}", self._put_category(category))
        for room in plan.rooms:
            await self._try(f"Room {room.identity}", self._put_room(room))

    async def _try(self, subject: str, put: Awaitable[None]) -> None:
        await self._turn()
        try:
            await put
        except ParlourError as fault:
            if fault.kind is STORAGE_UNAVAILABLE:
                raise
            self._log.error(subject, f"not imported after all: {fault}")

    async def _put_settings(self, put: PutSettings) -> None:
        shelf: Scoped[Any] = self._shelves[put.kind]
        await (shelf.change(put.value) if put.exists else shelf.add(put.value))

    async def _put_addin(self, put: PutAddin) -> None:
        addins = self._sources.core.addins
        if put.existing is None:
            await addins.add(put.name, put.url, put.pool, str(uuid4()))
        else:
            await addins.change(put.existing, put.name, put.url)

    async def _put_category(self, put: PutCategory) -> None:
        admin, values = self._sources.core.administration, put.values
        async with admin.editing:
            category = put.existing or await admin.create_category(NewCategory(
                values.name, put.pool, values.description, values.invitations, values.file_upload,
                values.chat_history))
            await admin.change_category(category, CategoryChange(
                _unless_same(values.name, category.name), values.description, values.invitations, values.file_upload,
                values.chat_history, put.lists))

    async def _put_room(self, put: PutRoom) -> None:
        async with self._sources.core.administration.editing:
            room = await (self._make(put) if put.existing is None else self._change(put, put.existing))
        if put.fill:
            await self._fill(put, room)

    async def _make(self, put: PutRoom) -> Room:
        entry, details = put.entry, put.details
        new = NewRoom(entry.name, put.category, put.pool, entry.description, details.privacy, details.type,
                      put.invitations, entry.disabled, put.addin, put.guid)
        return await self._sources.core.administration.create_room(new, put.lists)

    async def _change(self, put: PutRoom, room: Room) -> Room:
        entry, details = put.entry, put.details
        changed, dropped = await self._sources.core.administration.change_room(room, RoomChange(
            _unless_same(entry.name, room.name), entry.description,
            None if put.category.lower() == f"{room.pool}\\{room.category}".lower() else put.category,
            details.privacy, details.type, put.invitations, entry.disabled, put.lists, force=True, addin=put.addin))
        for principal in dropped:
            self._log.warning(f"Room {put.identity}", f"{principal.name} left out: the category does not allow that")
        return changed

    async def _fill(self, put: PutRoom, room: Room) -> None:
        subject = f"Room {put.identity}"
        try:
            count = await self._sources.core.contents.fill(room, self._drafts(put.entry.number, room))
            self._log.done(subject, f"{count} messages imported")
        except ParlourError as fault:
            if fault.kind is not ROOM_USED:
                raise
            self._log.error(subject, "not all messages were imported: somebody posted in the room meanwhile")

    async def _drafts(self, number: int, room: Room) -> AsyncIterator[list[Draft]]:
        async for batch in _batches(self._package.messages(number)):
            await self._turn()
            drafts = [self._draft(message, room) for message in batch if message.author in self._people]
            if drafts:
                yield drafts

    def _draft(self, message: ListedMessage, room: Room) -> Draft:
        return Draft(room.id, self._people[message.author], message.posted_at, message.content,
                     mentioned(message.content, room.uri.domain), edited_at=message.edited_at)


def _unless_same(name: str, known: str) -> str | None:
    return None if name == known else name


async def _batches(messages: Iterator[ListedMessage]) -> AsyncIterator[list[ListedMessage]]:
    """Yield messages as many at once as memory bears; they are read in another thread."""
    while batch := await asyncio.to_thread(partial(_take, messages)):
        yield batch


def _take(messages: Iterator[ListedMessage]) -> list[ListedMessage]:
    taken: list[ListedMessage] = []
    left = _CHARACTERS
    for message in messages:
        taken.append(message)
        left -= len(message.content.text) + len(message.content.rtf or "")
        if left < 0 or len(taken) == PAGE:
            break
    return taken
