"""New-, Get- and Remove-CsPersistentChatRoom, as far as rooms go today (reference/cmdlets.md section 2.2)."""

from collections.abc import Iterator
from itertools import islice

from parlour.admin.engine import Boolean, Cmdlet, Example, Meta, Pipeline, PsObject, parameter, to_text
from parlour.admin.engine.filters import Predicate, compile_filter
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.chat.administration import ChatAdministration
from parlour.chat.model import Invitations, NewRoom, Privacy, Room, RoomType
from parlour.errors import ROOM_NOT_FOUND, ParlourError

ROOM = "Microsoft.Rtc.Management.Chat.Cmdlets.ChatRoom"
_ROOM_EXAMPLE = r"atl-pcpool-001.litwareinc.com\Engineering"


def shown(room: Room) -> PsObject:
    """Return the room as administrators see it."""
    return PsObject((ROOM,), {
        "Identity": room.identity, "ChatRoomUri": str(room.uri), "Name": room.name, "Description": room.description,
        "Category": room.category, "CategoryUri": room.category_uri, "Privacy": str(room.privacy),
        "Type": str(room.type), "Invitations": str(room.invitations), "Disabled": room.disabled,
    }, text=room.identity)


class NewCsPersistentChatRoom(Cmdlet):
    """Creates a room in a category."""

    meta = Meta("New-CsPersistentChatRoom", outputs=(ROOM,), roles=CHAT_ADMINISTRATORS, examples=(
        Example('New-CsPersistentChatRoom -Name "Engineering" -Category "General" -Privacy Open',
                "Creates a room that everyone may join."),))
    name: str = parameter(mandatory=True, help="Name of the room: up to 256 characters, the only one in its pool.")
    category: str = parameter(mandatory=True, help="Category: its name, or pool, backslash and name.")
    description: str = parameter(default="", help="What the room is about: up to 256 characters.")
    disabled: Boolean = parameter(default=False, help="$true creates the room switched off.")
    invitations: Invitations = parameter(default=Invitations.INHERIT, help="Inherit (as the category) or False.")
    persistent_chat_pool_fqdn: str | None = parameter(help="Pool, if there are several and the category names none.")
    privacy: Privacy = parameter(default=Privacy.CLOSED, help="Open, Closed or Secret.")
    type: RoomType = parameter(default=RoomType.NORMAL, help="Normal, or Auditorium: only presenters post.")

    async def process(self) -> None:
        """Create the room."""
        await self.write(shown(await self.service(ChatAdministration).create_room(NewRoom(
            name=self.name, category=self.category, pool=self.persistent_chat_pool_fqdn,
            description=self.description, privacy=self.privacy, type=self.type, invitations=self.invitations,
            disabled=self.disabled))))


class GetCsPersistentChatRoom(Cmdlet):
    """Lists rooms."""

    meta = Meta("Get-CsPersistentChatRoom", outputs=(ROOM,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="All", examples=(
                    Example("Get-CsPersistentChatRoom", "Lists all rooms."),
                    Example('Get-CsPersistentChatRoom -Filter "eng" -SearchDescription',
                            "Lists the rooms with that word in their name or description."),))
    identity: str | None = parameter(position=1, sets=("Identity",), help="The room: pool, backslash, name.")
    category: str | None = parameter(sets=("All",), help="Only rooms of this category.")
    disabled: bool | None = parameter(boolean=True, sets=("All",), help="$true: only those switched off.")
    filter: str | None = parameter(sets=("All",), help='Part of the name, or a filter such as {Name -like "Eng*"}.')
    invitations: Invitations | None = parameter(sets=("All",), help="Only rooms with Inherit, or with False.")
    persistent_chat_pool_fqdn: str | None = parameter(sets=("All",), help="Only rooms of this pool.")
    privacy: Privacy | None = parameter(sets=("All",), help="Only Open, Closed or Secret rooms.")
    result_size: int | None = parameter(sets=("All",), help="At most this many rooms; 0 for none.")
    search_description: bool = parameter(sets=("All",), help="Makes -Filter look into descriptions, too.")
    type: RoomType | None = parameter(sets=("All",), help="Only Normal or Auditorium rooms.")

    async def process(self) -> None:
        """List rooms."""
        chat = self.service(ChatAdministration)
        if self.identity is not None:
            await self.write(shown(await chat.room_named(self.identity)))
            return
        found = self._found(await chat.all_rooms())
        await self.write_all(islice(found, self.result_size))

    def _found(self, rooms: list[Room]) -> Iterator[PsObject]:
        text = None if self.filter is None else _text_filter(self.filter, self.search_description)
        return (item for room in rooms if self._matches(room) for item in [shown(room)] if text is None or text(item))

    def _matches(self, room: Room) -> bool:
        wanted = (
            (self.category, lambda value: value.lower() in (
                room.category.lower(), f"{room.pool}\\{room.category}".lower())),
            (self.persistent_chat_pool_fqdn, lambda value: value.lower() == room.pool),
            (self.disabled, lambda value: value == room.disabled),
            (self.invitations, lambda value: value is room.invitations),
            (self.privacy, lambda value: value is room.privacy),
            (self.type, lambda value: value is room.type),
        )
        return all(value is None or test(value) for value, test in wanted)


def _text_filter(text: str, descriptions: bool) -> Predicate:
    """Read -Filter: an expression if it has an operator, otherwise a part of the name."""
    if " -" in text:
        return compile_filter(text, ("Name", "Description"))
    names = ("Name", "Description") if descriptions else ("Name",)
    wanted = text.casefold()
    return lambda item: isinstance(item, PsObject) and any(wanted in to_text(item.get(n)).casefold() for n in names)


class RemoveCsPersistentChatRoom(Cmdlet):
    """Deletes rooms with everything that was said in them; there is no way back but a backup."""

    meta = Meta("Remove-CsPersistentChatRoom", should_process=True, roles=CHAT_ADMINISTRATORS, examples=(
        Example(rf'Remove-CsPersistentChatRoom -Identity "{_ROOM_EXAMPLE}" -WhatIf', "Says what would be deleted."),
        Example("Get-CsPersistentChatRoom -Disabled $true | Remove-CsPersistentChatRoom",
                "Deletes every room that is switched off."),))
    identity: str | None = parameter(
        position=1, mandatory=True, sets=("Identity",), help="The room: pool, backslash, name.")
    instance: PsObject | None = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help="A room from Get-.")
    force: bool = parameter(help="Does not complain about a room that is not there.")

    async def process(self) -> None:
        """Delete one room."""
        chat = self.service(ChatAdministration)
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        try:
            room = await chat.room_named(identity or "")
        except ParlourError as absent:
            if self.force and absent.kind is ROOM_NOT_FOUND:
                return
            raise
        if await self.should_process(room.identity):
            await chat.remove_room(room)


CMDLETS = (NewCsPersistentChatRoom, GetCsPersistentChatRoom, RemoveCsPersistentChatRoom)
