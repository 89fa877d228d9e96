"""The stage "core": the chat itself with its real storage and directory, and no wire."""

from collections import deque
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from parlour.chat.events import (
    Invited,
    MessageChanged,
    MessagePosted,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    RoomChanged,
    RoomClosed,
    RoomEvent,
)
from parlour.chat.finding import RoomQuery
from parlour.chat.history import Before
from parlour.chat.model import Content, Message, Person, Room
from parlour.chat.presence import ChatSession
from parlour.chat.principals import Duty
from parlour.errors import ParlourError
from parlour.node import Node
from parlour.testing.conversations.node_stage import NodeStage, fresh_node
from parlour.testing.conversations.stage import RefusedAct
from parlour.testing.conversations.values import Endpoint, Quote, Sight


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one endpoint was shown: an event, and who it was then about."""

    event: RoomEvent
    room: Room
    people: tuple[Person, ...]


Screen: TypeAlias = deque[_Shown]

_DUTIES = {Duty.NONE: "nothing special", Duty.MANAGER: "manager", Duty.PRESENTER: "presenter",
           Duty.MANAGER | Duty.PRESENTER: "manager and presenter"}


@dataclass(frozen=True, slots=True)
class _Player:
    person: Person
    session: ChatSession
    screen: Screen


class _ScreenDoor:
    """A door of the chat whose outlets are screens."""

    def __init__(self) -> None:
        self.players: list[_Player] = []

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[Screen]) -> None:
        """Write an event to every screen."""
        shown = _Shown(event, room, self._people(event, outlets))
        for screen in outlets:
            screen.append(shown)

    def _people(self, event: RoomEvent, outlets: Collection[Screen]) -> tuple[Person, ...]:
        match event:
            case ParticipantJoined(person=one) | ParticipantLeft(person=one) | ParticipantChanged(person=one):
                return (one,)
            case RoomClosed():  # everyone who is in the room leaves it
                inside = {id(screen) for screen in outlets}
                return tuple(player.person for player in self.players if id(player.screen) in inside)
        return ()


class CoreStage(NodeStage[_Player]):
    """The chat, called as a door calls it. This is the one place that knows its methods."""

    name = "core"

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._node = node
        self._core = node.core
        self._door = _ScreenDoor()

    # -- coming and going

    async def _signed_in(self, who: Endpoint) -> _Player:
        person = await self._node.people.find(str(self.administrator.address(who.person)))
        screen: Screen = deque()
        player = _Player(person, self._core.chat.open_session(person, self._door, screen), screen)
        self._door.players.append(player)
        return player

    async def _signed_out(self, player: _Player) -> None:
        self._core.chat.close_session(player.session)

    async def _lost(self, player: _Player) -> None:
        self._core.chat.close_session(player.session)

    # -- verbs

    async def join(self, who: Endpoint, room: str) -> frozenset[str]:
        """Open a room; returns the others in it."""
        with _refusals():
            joined = await self._core.chat.join((await self._player(who)).session, self.administrator.room(room))
        return self._names(joined.people) - {who.person}

    async def leave(self, who: Endpoint, room: str) -> None:
        """Close a room."""
        with _refusals():
            self._core.chat.part((await self._player(who)).session, self.administrator.room(room))

    async def say(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message."""
        with _refusals():
            await self._core.chat.post(
                (await self._player(who)).session, self.administrator.room(room), Content(text))

    async def look(self, who: Endpoint) -> frozenset[str]:
        """Return the names of all rooms that can be found."""
        return await self.look_for(who, "")

    async def look_for(self, who: Endpoint, part: str) -> frozenset[str]:
        """Return the names of the rooms that are found by a part of their name."""
        with _refusals():
            found = await self._core.finder.find((await self._player(who)).person, RoomQuery(part))
        return frozenset(summary.room.name for summary in found)

    async def read(self, who: Endpoint, count: int, room: str) -> tuple[Quote, ...]:
        """Return the newest messages of a room, oldest first."""
        return tuple(map(self._quote, await self._newest(who, count, room)))

    async def _newest(self, who: Endpoint, count: int, room: str) -> Sequence[Message]:
        with _refusals():
            page = await self._core.history.page(
                (await self._player(who)).person, self.administrator.room(room), Before(), count)
        return [message for message in page.messages if not message.deleted]

    def _quote(self, message: Message) -> Quote:
        return Quote(self.administrator.person(message.author), message.text)

    # -- what is seen

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Return what was shown next; the chat shows everything at once, so there is nothing to wait for."""
        screen = (await self._player(who)).screen
        return self._sight(screen.popleft()) if screen else None

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Return everything that was shown."""
        screen = (await self._player(who)).screen
        found = list(map(self._sight, screen))
        screen.clear()
        return found

    def _sight(self, shown: _Shown) -> Sight:
        room, people = self.administrator.room_name(shown.room.uri), self._names(shown.people)
        match shown.event:
            case MessagePosted(message=message):
                return self._said("say", message, room)
            case MessageChanged(message=message):
                return self._said("delete" if message.deleted else "edit", message, room)
            case ParticipantJoined():
                return Sight("join", people, room)
            case ParticipantLeft() | RoomClosed():
                return Sight("leave", people, room)
            case ParticipantChanged(duty=duty):
                return Sight("become", people, room, _DUTIES[duty])
            case RoomChanged():
                return Sight("change", frozenset(), room)
            case Invited():
                return Sight("invite", frozenset(), room)
        return Sight(f"?{type(shown.event).__name__}", people, room)

    def _said(self, verb: str, message: Message, room: str) -> Sight:
        author = self.administrator.person(message.author)
        return Sight(verb, frozenset({author}), room, "" if message.deleted else message.text)

    def _names(self, people: Collection[Person]) -> frozenset[str]:
        return frozenset(self.administrator.person(person.address) for person in people)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ParlourError as refusal:
        raise RefusedAct(frozenset({refusal.kind.name}), str(refusal)) from refusal


@asynccontextmanager
async def core_stage(folder: Path) -> AsyncIterator[CoreStage]:
    """Make a deployment in `folder` and have its core as a stage."""
    async with fresh_node(folder) as node:
        yield CoreStage(node)
