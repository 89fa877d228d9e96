"""The chat: every door and every cmdlet comes in here, and nobody else writes messages."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parlour.addresses import RoomUri
from parlour.chat import rights
from parlour.chat.events import MessagePosted, RoomEvent, RoomRemoved
from parlour.chat.model import Category, Draft, Message, NewRoom, Person, Room, RoomSummary
from parlour.chat.names import MAX_NAME, checked_name, checked_text, split_identity
from parlour.chat.ports import Bus, Door, MessageLog, RoomStore
from parlour.chat.presence import ChatSession, LiveRoom, Presence
from parlour.chat.rights import Act
from parlour.clock import Clock
from parlour.errors import (
    MESSAGE_EMPTY,
    MESSAGE_INVALID,
    MESSAGE_TOO_LONG,
    NAME_NEEDS_POOL,
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


class Chat:
    """The core service.

    Args:
        log: where messages are kept.
        rooms: where rooms are kept.
        bus: carries events between nodes.
        clock: gives messages their time.
        new_guid: makes the GUIDs of new rooms.
        limits: bounds.
    """

    def __init__(
        self,
        *,
        log: MessageLog,
        rooms: RoomStore,
        bus: Bus,
        clock: Clock,
        new_guid: Callable[[], str],
        limits: ChatLimits | None = None,
    ) -> None:
        self.limits = limits or ChatLimits()
        self._log = log
        self._rooms = rooms
        self._bus = bus
        self._clock = clock
        self._new_guid = new_guid
        self._presence = Presence(bus)
        self._newest: dict[int, int] = {}
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

    async def admit(self, session: ChatSession, uri: RoomUri) -> Room:
        """Do the part of `join` that takes time: look whether the room may be opened.

        Raises:
            ParlourError: ChatRoomNotFound, NotAMember, ChatRoomDisabled; SessionClosed if the stay ended meanwhile.
        """
        room = await self._visible(uri)
        rights.decide(Act.JOIN, room).enforce(room)
        if room.id not in self._newest:
            last = await self._log.last_number(room.id)
            self._newest.setdefault(room.id, last)
        if session.closed:
            raise ParlourError(SESSION_CLOSED)
        return room

    def enter(self, session: ChatSession, room: Room) -> Joined:
        """Open a room that was admitted, now: what is published before is history, all that follows comes live.

        Several rooms are admitted first and entered then, with nothing awaited in between, so that one reply can tell
        of them all.

        Raises:
            ParlourError: ChatRoomGone if it was removed since.
        """
        if room.id not in self._newest:
            raise ParlourError(ROOM_GONE)
        live = self._presence.enter(session, room)
        return Joined(room, tuple(live.people), self._newest[room.id])

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
            ParlourError: NotJoined, MessageEmpty, MessageTooLong, or a refusal by rights; and through the future
                StorageUnavailable or ChatRoomNotFound.
        """
        live = self._joined(session, uri)
        rights.decide(Act.POST, live.room).enforce(live.room)
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
            case RoomRemoved(room_id, _):
                self._newest.pop(room_id, None)

    async def history(self, uri: RoomUri, count: int, until: int | None = None) -> tuple[Room, list[Message]]:
        """Return the newest `count` messages (bounded by the limits) of a room, oldest first.

        Raises:
            ParlourError: ChatRoomNotFound, or a refusal by rights.
        """
        room = await self._visible(uri)
        rights.decide(Act.READ, room).enforce(room)
        return room, await self._log.last(room.id, max(0, min(count, self.limits.history)), until)

    async def find_rooms(self, text: str) -> list[RoomSummary]:
        """Find the rooms anybody may see whose name contains `text`; all of them for the empty text.

        Hidden rooms take no place among the `limits.search` that are found: not even their number shows.
        """
        if len(text) > MAX_NAME:
            return []  # no name contains it
        found: list[RoomSummary] = []
        start, page = 0, await self._rooms.search(text, 0, _PAGE)
        while page and len(found) < self.limits.search:
            found += [RoomSummary(room, self._presence.participants(room.id))
                      for room in page if rights.decide(Act.SEE, room).allowed]
            start += len(page)
            page = await self._rooms.search(text, start, _PAGE)
        return found[:self.limits.search]

    async def _visible(self, uri: RoomUri) -> Room:
        room = await self._rooms.at(uri)
        if room is None:
            raise ParlourError(ROOM_NOT_FOUND, str(uri), identity=uri)
        return room

    def _joined(self, session: ChatSession, uri: RoomUri) -> LiveRoom:
        live = next((live for live in session.joined.values() if live.room.uri == uri), None)
        if live is None:
            raise ParlourError(NOT_JOINED, str(uri), room=uri)
        return live

    # -- administration

    async def create_room(self, new: NewRoom) -> Room:
        """Create a room.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatRoomExists, ChatCategoryNotFound, NameNeedsPool.
        """
        checked_name(new.name)
        checked_text(new.description, "description")
        return await self._rooms.create(new, self._new_guid())

    async def remove_room(self, room: Room) -> None:
        """Delete a room with its messages; whoever has it open leaves it."""
        await self._rooms.remove(room.id)
        self._bus.publish(RoomRemoved(room.id, room))
        self._presence.close(room.id)

    async def room_named(self, identity: str) -> Room:
        r"""Find the room an administrator names as ``pool\name`` or, where that is clear, ``name``.

        Raises:
            ParlourError: ChatRoomNotFound, NameNeedsPool.
        """
        pool, name = split_identity(identity)
        found = await self._rooms.named(name, pool)
        if not found:
            raise ParlourError(ROOM_NOT_FOUND, identity, identity=identity)
        if len(found) > 1:
            raise ParlourError(NAME_NEEDS_POOL, identity, identity=identity)
        return found[0]

    async def all_rooms(self) -> list[Room]:
        """Return every room, for administrators."""
        return await self._rooms.all()

    async def all_categories(self) -> list[Category]:
        """Return every category, for administrators."""
        return await self._rooms.categories()
