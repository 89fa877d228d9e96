"""The chat: every door comes in here, and nobody else writes messages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.addresses import RoomUri
from parlour.chat import rights
from parlour.chat.events import MessagePosted, RoomClosed, RoomEvent
from parlour.chat.model import Draft, Message, Person, Room, RoomSummary
from parlour.chat.names import MAX_NAME
from parlour.chat.ports import Bus, Directory, Door, MessageLog, RoomStore
from parlour.chat.presence import ChatSession, LiveRoom, Presence
from parlour.chat.principals import Standing, standing_of
from parlour.chat.rights import Act, Decision
from parlour.clock import Clock
from parlour.errors import (
    MESSAGE_EMPTY,
    MESSAGE_INVALID,
    MESSAGE_TOO_LONG,
    NOT_JOINED,
    ROOM_GONE,
    ROOM_NOT_FOUND,
    SESSION_CLOSED,
    ParlourError,
)

_PAGE = 1000  # rooms read at a time


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """Bounds of the chat; sizes in characters, the rest in items.

    Attributes:
        message: longest message.
        history: most messages in one page of history.
        search: most rooms one search returns.
    """

    message: int = 65_536
    history: int = 500
    search: int = 1_000


@dataclass(frozen=True, slots=True)
class Joined:
    """What somebody who joins sees at once: the room, who is there, and the newest message published before."""

    room: Room
    people: tuple[Person, ...]
    last_number: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A room that a session may open, as of a `revision` of everything that decides about it."""

    room: Room
    standing: Standing
    revision: int


class Chat:
    """The core service.

    Args:
        log: where messages are kept.
        rooms: where rooms are kept.
        directory: who is who.
        bus: carries events between nodes.
        clock: gives messages their time.
        limits: bounds.
    """

    def __init__(
        self,
        *,
        log: MessageLog,
        rooms: RoomStore,
        directory: Directory,
        bus: Bus,
        clock: Clock,
        limits: ChatLimits | None = None,
    ) -> None:
        self.limits = limits or ChatLimits()
        self._log = log
        self._rooms = rooms
        self._directory = directory
        self._bus = bus
        self._clock = clock
        self._presence = Presence(bus)
        self._newest: dict[int, int] = {}
        self._revision = 0  # goes up with each change of rights
        self._looking = asyncio.Lock()
        bus.subscribe(self._remember)

    # -- taking part

    def open_session(self, person: Person, door: Door[Any], outlet: object) -> ChatSession:
        """Begin an endpoint's stay; `outlet` is what `door` gets back to write to."""
        return ChatSession(person, door, outlet)

    def close_session(self, session: ChatSession) -> None:
        """End the stay: the endpoint leaves every room, and what it still waits for opens none."""
        session.closed = True
        for room_id in tuple(session.joined):
            self._presence.leave(session, room_id)

    async def join(self, session: ChatSession, uri: RoomUri) -> Joined:
        """Open a room for this endpoint; opening it again changes nothing and answers the same.

        Raises:
            ParlourError: ChatRoomNotFound, NotAMember, ChatRoomDisabled; SessionClosed if the stay ended meanwhile.
        """
        return self.enter(session, await self.admit(session, uri))

    async def admit(self, session: ChatSession, uri: RoomUri) -> Admission:
        """Do the part of `join` that takes time: look whether the room may be opened.

        Raises:
            ParlourError: ChatRoomNotFound, NotAMember, ChatRoomDisabled; SessionClosed if the stay ended meanwhile.
        """
        revision = -1
        while revision != self._revision:  # what changed while we waited may have changed the answer
            revision = self._revision
            room, standing = await self._known(session.person, uri)
            rights.decide(Act.JOIN, room, standing).enforce(room)
            await self._learn_newest(room)
        if session.closed:
            raise ParlourError(SESSION_CLOSED)
        return Admission(room, standing, revision)

    def is_current(self, admission: Admission) -> bool:
        """Say whether nothing has changed since that could have changed the answer."""
        return admission.revision == self._revision

    def enter(self, session: ChatSession, admission: Admission) -> Joined:
        """Open a room that was admitted, now: what is published before is history, all that follows comes live.

        Several rooms are admitted first and entered then, with nothing awaited in between, so that one reply can tell
        of them all; of those that are not current, `admit` is asked again.

        Raises:
            ParlourError: ChatRoomGone if it was removed since.
        """
        room = admission.room
        if room.id not in self._newest:
            raise ParlourError(ROOM_GONE)
        live = self._presence.enter(session, room, admission.standing)
        return Joined(room, tuple(live.people), self._newest[room.id])

    async def _learn_newest(self, room: Room) -> None:
        if room.id not in self._newest:
            last = await self._log.last_number(room.id)
            self._newest.setdefault(room.id, last)

    def part(self, session: ChatSession, uri: RoomUri) -> Room:
        """Close a room for this endpoint.

        Raises:
            ParlourError: NotJoined.
        """
        live = self._joined(session, uri)
        self._presence.leave(session, live.room.id)
        return live.room

    def post(self, session: ChatSession, uri: RoomUri, text: str) -> "asyncio.Future[Message]":
        """Post a message; the future is done when it is on disk, and then everyone in the room has it already.

        Raises:
            ParlourError: NotJoined, MessageEmpty, MessageInvalid, MessageTooLong, or a refusal by rights; and through
                the future StorageUnavailable or ChatRoomGone.
        """
        live = self._joined(session, uri)
        rights.decide(Act.POST, live.room, session.standings[live.room.id]).enforce(live.room)
        self._check_text(text)
        committed = self._log.append(Draft(live.room.id, session.person, self._clock.now(), text))
        committed.add_done_callback(self._publish)
        # A future of its own: done after the publication, and whoever stops waiting for it does not stop that.
        return asyncio.shield(committed)

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise ParlourError(MESSAGE_EMPTY)
        if not text.isascii() and any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            raise ParlourError(MESSAGE_INVALID)
        if len(text) > self.limits.message:
            raise ParlourError(MESSAGE_TOO_LONG, size=len(text), limit=self.limits.message)

    def _publish(self, committed: "asyncio.Future[Message]") -> None:
        if committed.cancelled() or committed.exception():
            return  # the poster is told by the future itself
        message = committed.result()
        self._bus.publish(MessagePosted(message.room_id, message))

    def _remember(self, event: RoomEvent) -> None:
        match event:
            case MessagePosted(room_id, message):
                self._newest[room_id] = message.number
            case RoomClosed(room_id, _):
                self._newest.pop(room_id, None)

    async def history(
        self, person: Person, uri: RoomUri, count: int, until: int | None = None
    ) -> tuple[Room, list[Message]]:
        """Return the newest `count` messages (bounded by the limits) of a room that `person` may read, oldest first.

        Raises:
            ParlourError: ChatRoomNotFound, or a refusal by rights.
        """
        room, standing = await self._known(person, uri)
        rights.decide(Act.READ, room, standing).enforce(room)
        return room, await self._log.last(room.id, max(0, min(count, self.limits.history)), until)

    async def find_rooms(self, person: Person, text: str) -> list[RoomSummary]:
        """Find the rooms that `person` may see whose name contains `text`; all of them for the empty text.

        Hidden rooms take no place among the `limits.search` that are found: not even their number shows.
        """
        if len(text) > MAX_NAME:
            return []  # no name contains it
        found: list[Room] = []
        start, more = 0, True
        while more and len(found) < self.limits.search:
            page = await self._rooms.search(text, start, _PAGE)
            found += await self._visible(person, page)
            start += len(page)
            more = len(page) == _PAGE  # a short page is the last: no search to learn that nothing follows
        return [RoomSummary(room, self._presence.participants(room.id)) for room in found[:self.limits.search]]

    async def _visible(self, person: Person, rooms: Sequence[Room]) -> list[Room]:
        standings = await self._standings(person, rooms)
        return [room for room in rooms if rights.decide(Act.SEE, room, standings[room.id]).allowed]

    async def access(self, person: Person, room: Room) -> dict[Act, Decision]:
        """Explain what `person` may do in `room`, and why: the very decisions that refuse or allow it."""
        standing = (await self._standings(person, [room]))[room.id]
        return {act: rights.decide(act, room, standing) for act in Act}

    async def _standings(self, person: Person, rooms: Sequence[Room]) -> dict[int, Standing]:
        affiliations = await self._directory.affiliations(person)
        entries = await self._rooms.entries(rooms, affiliations.keys())
        return {room.id: standing_of(affiliations, entries[room.id]) for room in rooms}

    async def _known(self, person: Person, uri: RoomUri) -> tuple[Room, Standing]:
        room = await self._rooms.at(uri)
        if room is None:
            raise ParlourError(ROOM_NOT_FOUND, str(uri), identity=uri)
        return room, (await self._standings(person, [room]))[room.id]

    def _joined(self, session: ChatSession, uri: RoomUri) -> LiveRoom:
        live = next((live for live in session.joined.values() if live.room.uri == uri), None)
        if live is None:
            raise ParlourError(NOT_JOINED, str(uri), room=uri)
        return live

    # -- when administrators change something

    def room_closed(self, room: Room) -> None:
        """Take everybody out of a room that was switched off or deleted."""
        self._revision += 1
        self._bus.publish(RoomClosed(room.id, room))
        self._presence.close(room.id)

    async def rights_changed(self, rooms: Mapping[int, Room] | None = None) -> None:
        """Look again at everybody in these rooms (by number, as they are now), or in any: who may not stay leaves."""
        self._revision += 1
        async with self._looking:  # one after the other, so that the last look is at the last change
            for live in self._presence.rooms():
                if rooms is None or live.room.id in rooms:
                    live.room = live.room if rooms is None else rooms[live.room.id]
                    await self._look_again(live)

    async def _look_again(self, live: LiveRoom) -> None:
        for person in tuple(live.people):
            standing = (await self._standings(person, [live.room]))[live.room.id]
            if self._presence.room(live.room.id) is not live or not live.holds(person):
                continue  # he left meanwhile, or the room was closed
            if not rights.decide(Act.JOIN, live.room, standing).allowed:
                self._presence.evict(live, person)
                continue
            for session in live.sessions:
                if session.person.id == person.id:
                    session.standings[live.room.id] = standing
