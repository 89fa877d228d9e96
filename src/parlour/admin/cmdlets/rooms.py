"""New-, Get-, Set- and Remove-CsPersistentChatRoom (reference/cmdlets.md section 2.2)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing

from parlour.admin.cmdlets.lists import AS_OBJECT_HELP, LIST_HELP, changed_lists, names_in, shown_list
from parlour.admin.engine import (
    ActsOn,
    Boolean,
    Cmdlet,
    Example,
    ListModifier,
    Meta,
    Pipeline,
    PsObject,
    Value,
    parameter,
    to_text,
)
from parlour.admin.engine.filters import compile_filter
from parlour.admin.engine.types import LARGEST_SIZE
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import PRINCIPALS, Values
from parlour.chat.core import Core
from parlour.chat.model import Invitations, NewRoom, Privacy, Room, RoomChange, RoomType
from parlour.chat.principals import Principal, RoomRole
from parlour.directory.people import People
from parlour.errors import PARAMETER_VALUE_INVALID, ROOM_NOT_FOUND, ParlourError

ROOM = "Microsoft.Rtc.Management.Chat.Cmdlets.ChatRoom"
_IDENTITY = "The room: pool, backslash, name."
_MEGABYTE = 1 << 20
ROOM_EXAMPLE = r"atl-pcpool-001.litwareinc.com\Engineering"


def shown(room: Room, people: Mapping[RoomRole, Sequence[Principal]], *, names: bool = False) -> PsObject:
    """Return the room as administrators see it; with `names`, people by their display names."""
    lists: dict[str, Value] = {str(role): shown_list(people[role], names=names) for role in RoomRole}
    values: dict[str, Value] = {
        "Identity": room.identity, "ChatRoomUri": str(room.uri), "Name": room.name, "Description": room.description,
        "Category": room.category, "CategoryUri": room.category_uri, "Privacy": str(room.privacy),
        "Type": str(room.type), "Invitations": str(room.invitations),
        "Addin": room.addin.name if room.addin else "", "Disabled": room.disabled}
    return PsObject((ROOM,), values | lists, text=room.identity)


class NewCsPersistentChatRoom(Cmdlet):
    """Creates a room in a category."""

    meta = Meta("New-CsPersistentChatRoom", should_process=True, outputs=(ROOM,), roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatRoom -Name "Engineering" -Category "General" -Privacy Open',
                "Creates a room that everyone may join."),))
    name: str = parameter(mandatory=True, help="Name of the room: up to 256 characters, the only one in its pool.")
    category: str = parameter(
        values=Values.CATEGORY, mandatory=True, help="Category: its name, or pool, backslash and name.")
    addin: str = parameter(values=Values.ADDIN, default="", help="Name of a registered add-in to show beside it.")
    description: str = parameter(default="", help="What the room is about: up to 256 characters.")
    disabled: Boolean = parameter(default=False, help="$true creates the room switched off.")
    invitations: Invitations = parameter(default=Invitations.INHERIT, help="Inherit (as the category) or False.")
    persistent_chat_pool_fqdn: str | None = parameter(
        values=Values.POOL, help="Pool, if there are several and the category names none.")
    privacy: Privacy = parameter(default=Privacy.CLOSED, help="Open, Closed or Secret.")
    type: RoomType = parameter(default=RoomType.NORMAL, help="Normal, or Auditorium: only presenters post.")

    async def process(self) -> None:
        """Create the room."""
        admin, pools = self.service(Core).administration, await reached_by(self)
        category = await admin.category_named(self.category, self.persistent_chat_pool_fqdn, pools.covers)
        new = NewRoom(
            name=self.name, category=category.identity, pool=category.pool,
            description=self.description, privacy=self.privacy, type=self.type, invitations=self.invitations,
            disabled=self.disabled, addin=self.addin)
        if self.is_trial:
            await admin.create_room(new, trial=True)
        if await self.should_process(self.name):
            made = await admin.create_room(new)
            await self.write(shown(made, await admin.room_people(made)))


class GetCsPersistentChatRoom(Cmdlet):
    """Lists rooms."""

    meta = Meta("Get-CsPersistentChatRoom", outputs=(ROOM,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="All", acts_on=ActsOn.POOLS, examples=(
                    Example("Get-CsPersistentChatRoom", "Lists all rooms."),
                    Example('Get-CsPersistentChatRoom -Filter "eng" -SearchDescription',
                            "Lists the rooms with that word in their name or description."),
                    Example("Get-CsPersistentChatRoom -ChatContentExceedsMB 100", "Lists the largest rooms."),))
    identity: str | None = parameter(values=Values.ROOM, position=1, sets=("Identity",), help=_IDENTITY)
    addin: str | None = parameter(values=Values.ADDIN, sets=("All",), help="Only rooms with this add-in.")
    category: str | None = parameter(values=Values.CATEGORY, sets=("All",), help="Only rooms of this category.")
    disabled: bool | None = parameter(boolean=True, sets=("All",), help="$true: only those switched off.")
    filter: str | None = parameter(sets=("All",), help='Part of the name, or a filter such as {Name -like "Eng*"}.')
    invitations: Invitations | None = parameter(sets=("All",), help="Only rooms with Inherit, or with False.")
    persistent_chat_pool_fqdn: str | None = parameter(
        values=Values.POOL, sets=("All",), help="Only rooms of this pool.")
    privacy: Privacy | None = parameter(sets=("All",), help="Only Open, Closed or Secret rooms.")
    result_size: int | None = parameter(sets=("All",), help="At most this many rooms; 0 for none.")
    chat_content_exceeds_mb: int | None = parameter(
        name="ChatContentExceedsMB", sets=("All",), help=(
            "Only rooms with more than so many megabytes (of 1048576 bytes) of chat: the text, headline and Rich Text "
            "of every message as it is stored, and what messages said before they were changed or deleted; files do "
            "not count. Rooms that fit otherwise are looked at for it message by message, each up to that size: with "
            "long histories this takes a while, in which nobody else has to wait."))
    member: str | None = parameter(
        values=Values.PERSON, sets=("All",),
        help="Only rooms that this person is a member of, himself or by a group, container or domain.")
    manager: str | None = parameter(
        values=Values.PERSON, sets=("All",), help="Only rooms that this person manages, in the same ways.")
    as_object: bool = parameter(help="Shows people by display name instead of SIP address.")
    search_description: bool = parameter(sets=("All",), help="Makes -Filter look into descriptions, too.")
    type: RoomType | None = parameter(sets=("All",), help="Only Normal or Auditorium rooms.")

    async def process(self) -> None:
        """List rooms."""
        admin, pools = self.service(Core).administration, await reached_by(self)
        if self.identity is not None:
            room = await admin.room_named(self.identity, pools.covers)
            await self.write(shown(room, await admin.room_people(room), names=self.as_object))
            return
        text = None if self.filter is None else _text_filter(self.filter, self.search_description)
        left = LARGEST_SIZE if self.result_size is None else self.result_size
        if left < 1:
            return
        if self.chat_content_exceeds_mb is not None and self.chat_content_exceeds_mb < 0:
            raise ParlourError(
                PARAMETER_VALUE_INVALID, self.chat_content_exceeds_mb, name="ChatContentExceedsMB",
                value=self.chat_content_exceeds_mb, reason="it must be 0 or more")
        belongs = {role: await self._principals(name) for role, name in (
            (RoomRole.MEMBER, self.member), (RoomRole.MANAGER, self.manager)) if name is not None}
        found = admin.rooms_with_people(
            lambda room: pools.covers(room.pool) and self._matches(room) and (text is None or text(room)))
        async with aclosing(found):
            async for room, people in found:
                if _has(people, belongs) and await self._is_large(room):
                    await self.write(shown(room, people, names=self.as_object))
                    left -= 1
                    if left == 0:
                        return

    async def _principals(self, address: str) -> Collection[int]:
        """Return the numbers of what stands for a person in the lists of rooms."""
        return await self.service(Core).access.principals_of(await self.service(People).find(address))

    async def _is_large(self, room: Room) -> bool:
        limit = self.chat_content_exceeds_mb
        return limit is None or await self.service(Core).contents.exceeds(room, limit * _MEGABYTE)

    def _matches(self, room: Room) -> bool:
        wanted = (
            (self.category, lambda value: value.lower() in (
                room.category.lower(), f"{room.pool}\\{room.category}".lower())),
            (self.addin, lambda value: room.addin is not None and value.lower() in (
                room.addin.name.lower(), room.addin.identity.lower())),
            (self.persistent_chat_pool_fqdn, lambda value: value.lower() == room.pool),
            (self.disabled, lambda value: value == room.disabled),
            (self.invitations, lambda value: value is room.invitations),
            (self.privacy, lambda value: value is room.privacy),
            (self.type, lambda value: value is room.type),
        )
        return all(value is None or test(value) for value, test in wanted)


def _has(people: Mapping[RoomRole, Sequence[Principal]], wanted: Mapping[RoomRole, Collection[int]]) -> bool:
    """Tell whether one of the principals wanted stands in each of the lists."""
    return all(any(principal.id in numbers for principal in people[role]) for role, numbers in wanted.items())


def _text_filter(text: str, descriptions: bool) -> Callable[[Room], bool]:
    """Read -Filter: an expression if it has an operator, otherwise a part of the name."""
    if " -" in text:
        predicate = compile_filter(text, ("Name", "Description"))
        return lambda room: predicate(PsObject((ROOM,), {"Name": room.name, "Description": room.description}))
    wanted = text.casefold()
    return lambda room: wanted in room.name.casefold() or (descriptions and wanted in room.description.casefold())


class OneRoom(Cmdlet):
    """What cmdlets for one existing room have in common."""

    identity: str | None = parameter(values=Values.ROOM, position=1, mandatory=True, sets=("Identity",), help=_IDENTITY)
    instance: PsObject | None = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help="A room from Get-.")

    async def room(self) -> Room:
        """Return the room that is meant."""
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        pools = await reached_by(self)
        return await self.service(Core).administration.room_named(identity or "", pools.covers)


class SetCsPersistentChatRoom(OneRoom):
    """Changes a room, its people and its category. Who may not stay in it any more leaves at once."""

    meta = Meta("Set-CsPersistentChatRoom", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example(rf'Set-CsPersistentChatRoom -Identity "{ROOM_EXAMPLE}" -Privacy Closed -Members '
                '@{Add="sip:alice@litwareinc.com","sip:bob@litwareinc.com"}', "Closes a room but for two people."),
        Example(rf'Set-CsPersistentChatRoom -Identity "{ROOM_EXAMPLE}" -Disabled $true', "Switches a room off."),))
    name: str | None = parameter(help="New name.")
    addin: str | None = parameter(
        values=Values.ADDIN, help='Name of a registered add-in to show beside it; "" for none.')
    description: str | None = parameter(help="New description.")
    category: str | None = parameter(values=Values.CATEGORY, help="Moves the room to this category.")
    disabled: bool | None = parameter(boolean=True, help="$true switches the room off, $false on.")
    invitations: Invitations | None = parameter(help="Inherit (as the category) or False.")
    privacy: Privacy | None = parameter(help="Open, Closed or Secret.")
    type: RoomType | None = parameter(help="Normal, or Auditorium: only presenters post.")
    members: ListModifier | None = parameter(values=PRINCIPALS, help=f"Who may be in it. {LIST_HELP}")
    managers: ListModifier | None = parameter(values=PRINCIPALS, help=f"Who may change it. {LIST_HELP}")
    presenters: ListModifier | None = parameter(
        values=PRINCIPALS, help=f"Who may post in an Auditorium: some of the members. {LIST_HELP}")
    as_object: bool = parameter(help=AS_OBJECT_HELP)
    force: bool = parameter(help="Takes out of the lists whom the category does not allow, and says so.")

    async def process(self) -> None:
        """Change the room."""
        admin = self.service(Core).administration
        room = await self.room()
        modifiers = {RoomRole.MEMBER: self.members, RoomRole.MANAGER: self.managers,
                     RoomRole.PRESENTER: self.presenters}
        if self.is_trial:
            await admin.try_room(room, await self._change(room, modifiers))
        if not await self.should_process(room.identity):
            return
        async with admin.editing:  # nothing is said in here: whoever listens may be slow, and others wait
            _, dropped = await admin.change_room(room, await self._change(room, modifiers))
        if dropped:
            names = ", ".join(principal.name for principal in dropped)
            await self.warning(f"Taken out, because the category does not allow them: {names}.")

    async def _change(self, room: Room, modifiers: Mapping[RoomRole, ListModifier | None]) -> RoomChange:
        """Return what changes, with whole lists made of those that there are now."""
        people = await self.service(Core).administration.room_people(room)
        lists = changed_lists(people, modifiers, await names_in(self, people, self.as_object))
        return RoomChange(
            self.name, self.description, self.category, self.privacy, self.type, self.invitations, self.disabled,
            lists, self.force, self.addin)


class RemoveCsPersistentChatRoom(OneRoom):
    """Deletes rooms with everything that was said in them; there is no way back but a backup."""

    meta = Meta("Remove-CsPersistentChatRoom", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example(rf'Remove-CsPersistentChatRoom -Identity "{ROOM_EXAMPLE}" -WhatIf', "Says what would be deleted."),
        Example("Get-CsPersistentChatRoom -Disabled $true | Remove-CsPersistentChatRoom",
                "Deletes every room that is switched off."),))
    force: bool = parameter(help="Does not complain about a room that is not there.")

    async def process(self) -> None:
        """Delete one room."""
        try:
            room = await self.room()
        except ParlourError as absent:
            if self.force and absent.kind is ROOM_NOT_FOUND:
                return
            raise
        if await self.should_process(room.identity):
            await self.service(Core).administration.remove_room(room)


CMDLETS = (NewCsPersistentChatRoom, GetCsPersistentChatRoom, SetCsPersistentChatRoom, RemoveCsPersistentChatRoom)
