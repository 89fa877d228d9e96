"""A chat on a real database, with what administers it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from tests.chat.chat_kit import Screen, ScreenDoor
from tests.storage.storage_kit import FOREST, POOL, Archive, one_person

from parlour.addresses import RoomUri
from parlour.bus.local import LocalBus
from parlour.chat.core import make_core
from parlour.chat.events import MessagePosted, RoomEvent
from parlour.chat.finding import RoomQuery
from parlour.chat.history import Before
from parlour.chat.model import (
    Category,
    CategoryChange,
    Content,
    Message,
    NewCategory,
    NewRoom,
    Person,
    Privacy,
    Room,
    RoomChange,
    RoomSummary,
    RoomType,
)
from parlour.chat.presence import ChatSession
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.service import ChatLimits
from parlour.directory.groups import Groups
from parlour.directory.principals import BuiltinPrincipals
from parlour.errors import ParlourError

GENERAL = f"{POOL}\\General"


def sip(number: int) -> str:
    """Return how administrators write person `number`."""
    return str(one_person(number).address)


class Stage:
    """A chat with one door; its category General allows everybody until a test says otherwise."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.bus = LocalBus()
        self.door = ScreenDoor(self._delivered)
        self.when_delivered: Callable[[RoomEvent], None] | None = None
        directory = BuiltinPrincipals(archive.database, FOREST)
        self.core = make_core(
            archive.stores, directory=directory, bus=self.bus, clock=archive.clock, new_guid=self._guid,
            limits=ChatLimits(message=100, story=200, rtf=300, history=20, search=3))
        self.chat = self.core.chat
        self.administration = self.core.administration
        self.groups = Groups(archive.database, FOREST)
        self._guids = 0

    def _guid(self) -> str:
        self._guids += 1
        return f"made-{self._guids}"

    def _delivered(self, event: RoomEvent) -> None:
        if self.when_delivered:
            self.when_delivered(event)

    async def room(self, name: str = "Engineering", privacy: Privacy = Privacy.OPEN, *,
                   kind: RoomType = RoomType.NORMAL, disabled: bool = False, pool: str = POOL) -> Room:
        """Create a room."""
        return await self.administration.create_room(
            NewRoom(name, "General", pool, privacy=privacy, type=kind, disabled=disabled))

    async def closed_room(self, *members: int, kind: RoomType = RoomType.NORMAL) -> Room:
        """Create a Closed room with these people as members."""
        return await self.put(await self.room(privacy=Privacy.CLOSED, kind=kind), RoomRole.MEMBER, map_sip(members))

    async def put(self, room: Room, role: RoomRole, names: Sequence[str]) -> Room:
        """Put these into a list of a room, and nobody else."""
        return (await self.administration.change_room(room, RoomChange(lists={role: names})))[0]

    async def wall(self, role: CategoryRole, names: Sequence[str], category: str = GENERAL) -> None:
        """Put these into a list of a category, and nobody else."""
        known = await self.administration.category_named(category)
        await self.administration.change_category(known, CategoryChange(lists={role: names}))

    async def group(self, name: str, members: Sequence[str]) -> str:
        """Make a group with these members, and return its name for lists."""
        group = await self.groups.add(name)
        await self.groups.set_members(group, members)
        return group.principal.name

    async def second_category(self, name: str) -> Category:
        """Make another category that allows everybody."""
        made = await self.administration.create_category(NewCategory(name, POOL))
        return await self.administration.change_category(made, CategoryChange(lists={CategoryRole.ALLOWED: [FOREST]}))

    async def history_kept(self, room: Room, *, kept: bool) -> None:
        """Let the category of a room keep history, or not."""
        known = await self.administration.category_named(room.category, room.pool)
        await self.administration.change_category(known, CategoryChange(chat_history=kept))

    def session(self, number: int = 1) -> ChatSession:
        """Bring on an endpoint of person `number`."""
        return self.chat.open_session(one_person(number), self.door, Screen())

    def post(self, session: ChatSession, uri: RoomUri, text: str) -> "asyncio.Future[Message]":
        """Post a plain message."""
        return self.chat.post(session, uri, Content(text))

    async def history(
        self, person: Person, uri: RoomUri, count: int, until: int | None = None
    ) -> tuple[Room, list[Message]]:
        """Return a room and its newest messages, none above number `until`."""
        page = await self.core.history.page(person, uri, Before() if until is None else Before(until + 1), count)
        return page.room, list(page.messages)

    async def find_rooms(self, person: Person, text: str) -> list[RoomSummary]:
        """Find rooms by a part of their name."""
        return await self.core.finder.find(person, RoomQuery(text))

    async def joined(self, room: Room, number: int = 1) -> ChatSession:
        """Bring on an endpoint of person `number` that has the room open."""
        session = self.session(number)
        await self.chat.join(session, room.uri)
        return session


def map_sip(numbers: Sequence[int]) -> list[str]:
    """Return how administrators write these people."""
    return [sip(number) for number in numbers]


def seen(session: ChatSession) -> list[int]:
    """Return the numbers of the messages that an endpoint was sent."""
    return [event.message.number for event in session.outlet.events if isinstance(event, MessagePosted)]


async def refused(call: Awaitable[object]) -> str:
    """Return the name of the refusal that this ends with."""
    with pytest.raises(ParlourError) as fault:
        await call
    return fault.value.kind.name
