"""The chat: every door comes in here, and nobody else writes messages."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from parlour.addresses import RoomUri, SipAddress
from parlour.chat import rights
from parlour.chat.access import Access
from parlour.chat.content import check_content, mentioned
from parlour.chat.events import (
    Event,
    MessageChanged,
    MessagePosted,
    MessagesPurged,
    ParticipantTyping,
    RoomChanged,
    RoomClosed,
    RoomEvent,
)
from parlour.chat.model import Content, Corrected, Correction, Draft, Message, Person, Repeated, Room
from parlour.chat.ports import Bus, Door, MessageLog
from parlour.chat.presence import ChatSession, LiveRoom, Presence
from parlour.chat.principals import Duty, Standing
from parlour.chat.rights import Act
from parlour.clock import Clock
from parlour.errors import (
    MESSAGE_NOT_FOUND,
    NOT_JOINED,
    NOT_THE_AUTHOR,
    ROOM_GONE,
    SESSION_CLOSED,
    ParlourError,
)

_log = structlog.get_logger(__name__)
KEY_LIFE = timedelta(days=30)
_LOOKED_AT = 200  # people looked at in one go
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """Bounds of the chat; sizes in characters, the rest in items.

    Attributes:
        message: longest message.
        story: longest body of a story.
        rtf: longest Rich Text twin of a message.
        history: most messages in one page of history.
        search: most rooms or messages that one search returns.
    """

    message: int = 65_536
    story: int = 65_536
    rtf: int = 262_144
    history: int = 500
    search: int = 999


@dataclass(frozen=True, slots=True)
class Joined:
    """What somebody who joins sees at once.

    Attributes:
        room: the room.
        people: who is there; in a large room, only he himself.
        duties: what they are to the others, by the number of the person, where that is something.
        participants: how many are there.
        last_number: the newest entry of the log that was published before.
        acts: what he may do here.
    """

    room: Room
    people: tuple[Person, ...]
    duties: Mapping[int, Duty]
    participants: int
    last_number: int
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """A room that a session may open, as of a `revision` of everything that decides about it."""

    room: Room
    standing: Standing
    revision: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as administrators see it: whose it is, since when, and which rooms it has open now."""

    person: Person
    began_at: datetime | None
    rooms: tuple[Room, ...]


class Chat:
    """The core service.

    Args:
        log: where messages are kept.
        access: who may do what.
        presence: who has which room open.
        bus: carries events between nodes.
        clock: gives messages their time.
        limits: bounds.
    """

    def __init__(
        self, *, log: MessageLog, access: Access, presence: Presence, bus: Bus, clock: Clock, limits: ChatLimits
    ) -> None:
        self.limits = limits
        self._log = log
        self._access = access
        self._presence = presence
        self._bus = bus
        self._clock = clock
        self._newest: dict[int, int] = {}
        self._after_rights: list[Callable[[Collection[int] | None], Awaitable[None]]] = []
        bus.subscribe(self._remember)

    # -- taking part

    def open_session(self, person: Person, door: Door[Any], outlet: object) -> ChatSession:
        """Begin an endpoint's stay; `outlet` is what `door` gets back to write to."""
        session = ChatSession(person, door, outlet, self._clock.now())
        self._presence.begin(session)
        return session

    def close_session(self, session: ChatSession) -> None:
        """End the stay: the endpoint leaves every room, and what it still waits for opens none."""
        session.closed = True
        self._presence.end(session)
        session.outlet = None  # they know each other: so that both are let go of at once

    def sessions(self) -> list[SessionView]:
        """Return every session that there is now, with all its rooms: for administrators only."""
        return [SessionView(one.person, one.began_at, tuple(live.room for live in one.joined.values()))
                for one in self._presence.sessions()]

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
        while revision != self._access.revision:  # what changed while we waited may have changed the answer
            revision = self._access.revision
            room, standing = await self._access.standing_for(session.person, uri, Act.JOIN)
            await self._learn_newest(room)
        if session.closed:
            raise ParlourError(SESSION_CLOSED)
        return Admission(room, standing, revision)

    def is_current(self, admission: Admission) -> bool:
        """Say whether nothing has changed since that could have changed the answer."""
        return admission.revision == self._access.revision

    def enter(self, session: ChatSession, admission: Admission) -> Joined:
        """Open a room that was admitted, now: what is published before is history, all that follows comes live.

        Several rooms are admitted first and entered then, with nothing awaited in between, so that one reply can tell
        of them all; of those that are not current, `admit` is asked again.

        Raises:
            ParlourError: ChatRoomGone if it was removed since; SessionClosed if the stay ended meanwhile.
        """
        if session.closed:
            raise ParlourError(SESSION_CLOSED)
        room = admission.room
        if room.id not in self._newest:
            raise ParlourError(ROOM_GONE)
        live = self._presence.enter(session, room, admission.standing)
        people = (session.person,) if live.known is not None else tuple(live.people)
        duties = {session.person.id: admission.standing.duty} if live.known is not None else live.duties
        return Joined(room, people, duties, live.size, self._newest[room.id], rights.acts(room, admission.standing))

    async def _learn_newest(self, room: Room) -> None:
        if room.id not in self._newest:
            last = await self._log.last_number(room.id)
            self._newest.setdefault(room.id, last)

    def present(self, room: Room) -> int:
        """Return how many people have a room open."""
        return self._presence.participants(room.id)

    async def participants(self, person: Person, uri: RoomUri, start: int, count: int) -> tuple[Person, ...]:
        """Return a page of the people who have a room open, in the order of joining; also where it is a large one.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        room = await self._access.room(person, uri, Act.JOIN)
        live = self._presence.room(room.id)
        count = max(0, min(count, self.limits.history))
        return tuple(live.people)[start:start + count] if live and start >= 0 else ()

    def part(self, session: ChatSession, uri: RoomUri) -> Room:
        """Close a room for this endpoint.

        Raises:
            ParlourError: NotJoined.
        """
        live = self._joined(session, uri)
        self._presence.leave(session, live.room.id)
        return live.room

    def post(
        self, session: ChatSession, uri: RoomUri, content: Content, key: str = ""
    ) -> "asyncio.Future[Message]":
        """Post a message; the future is done when it is on disk, and then everyone in the room has it already.

        Args:
            session: the author's endpoint, which has the room open.
            uri: the room.
            content: what it says.
            key: the author's own mark on it: sent again with the same mark, it is still posted once.

        Raises:
            ParlourError: NotJoined, a fault of the content (`check_content`), or a refusal by rights; and through the
                future KeyUsed, StorageUnavailable or ChatRoomGone.
        """
        room = self._writable(session, uri)
        self._check(content)
        return self._say(session.person, room, content, key)

    async def post_as(self, person: Person, uri: RoomUri, content: Content, key: str = "") -> Message:
        """Post a message without having the room open; otherwise as `post`.

        Raises:
            ParlourError: everything that `post` raises but NotJoined.
        """
        self._check(content)
        return await self._say(person, await self._access.room(person, uri, Act.POST), content, key)

    def _say(self, person: Person, room: Room, content: Content, key: str) -> "asyncio.Future[Message]":
        named = mentioned(content, room.uri.domain)
        draft = Draft(room.id, person, self._clock.now(), content, named, room.chat_history, key=key)
        return self._published(self._log.append(draft), lambda message: _posted(message, named))

    def type(self, session: ChatSession, uri: RoomUri) -> None:
        """Let the others in a room know that somebody is writing who may post there; not in a large one.

        Raises:
            ParlourError: NotJoined, or a refusal by rights.
        """
        room = self._writable(session, uri)
        if session.joined[room.id].known is None:
            self._bus.publish(ParticipantTyping(room.id, session.person))

    async def edit(self, person: Person, uri: RoomUri, number: int, content: Content) -> Message:
        """Change a message of one's own, in a room where one may post; everyone there sees it, the archive keeps both.

        Raises:
            ParlourError: MessageNotFound, NotTheAuthor, and everything that `post_as` raises.
        """
        self._check(content)
        return await self._correct(person, uri, number, content)

    async def delete(self, person: Person, uri: RoomUri, number: int) -> Message:
        """Delete a message of one's own, in a room where one may post; everyone there sees it, the archive keeps it.

        Raises:
            ParlourError: MessageNotFound, NotTheAuthor, and what `post_as` raises.
        """
        return await self._correct(person, uri, number, None)

    async def _correct(self, person: Person, uri: RoomUri, number: int, content: Content | None) -> Message:
        room = await self._access.room(person, uri, Act.POST)
        message = await self._log.one(room.id, number)
        if message is None or message.deleted:
            raise ParlourError(MESSAGE_NOT_FOUND, number, number=number)
        if message.author_id != person.id:
            raise ParlourError(NOT_THE_AUTHOR, number, number=number)
        await self._access.room(person, uri, Act.POST)  # what he may do could have changed meanwhile
        corrected = await self.correct(room, number, content)
        return corrected.message

    def correct(
        self, room: Room, number: int, content: Content | None, *, by_administrator: bool = False
    ) -> "asyncio.Future[Corrected]":
        """Change or delete a message, whoever wrote it; done when that is on disk, and then everyone sees it.

        Raises:
            ParlourError: through the future, MessageNotFound or StorageUnavailable.
        """
        named = mentioned(content, room.uri.domain) if content else ()
        return self._published(self._log.correct(Correction(
            room.id, number, self._clock.now(), content, named, by_administrator)), _changed)

    async def purge(self, room: Room, until: datetime) -> None:
        """Delete every message of that moment and before for good; everyone sees them go."""
        last = await self._log.last_until(room.id, until)
        await self._log.purge(room.id, last)
        self._bus.publish(MessagesPurged(room.id, last))

    async def erase(self, room: Room) -> None:
        """Delete everything that was ever said in a room that is about to go."""
        await self._log.purge(room.id, await self._log.last_number(room.id))

    async def forget_keys(self) -> None:
        """Forget the keys of messages so old that nobody sends one of them again."""
        await self._log.forget_keys(self._clock.now() - KEY_LIFE)

    def _writable(self, session: ChatSession, uri: RoomUri) -> Room:
        live = self._joined(session, uri)
        rights.decide(Act.POST, live.room, session.standings[live.room.id]).enforce(live.room)
        return live.room

    def _check(self, content: Content) -> None:
        limits = self.limits
        check_content(content, message=limits.message, story=limits.story, rtf=limits.rtf)

    def _published(
        self, committed: "asyncio.Future[_Done]", event_of: Callable[[_Done], RoomEvent | None]
    ) -> "asyncio.Future[_Done]":
        """Have what was committed published; the future is done after that, and whoever stops waiting stops nothing."""
        def publish(committed: "asyncio.Future[_Done]") -> None:
            if committed.cancelled() or committed.exception():
                return  # the future itself tells who waits
            if event := event_of(committed.result()):
                self._bus.publish(event)
        committed.add_done_callback(publish)
        return asyncio.shield(committed)

    def _remember(self, event: Event) -> None:
        match event:
            case MessagePosted(room_id, message):
                self._newest[room_id] = message.number
            case MessageChanged(room_id, number, _):
                self._newest[room_id] = number
            case RoomClosed(room_id, _):
                self._newest.pop(room_id, None)

    def _joined(self, session: ChatSession, uri: RoomUri) -> LiveRoom:
        live = next((live for live in session.joined.values() if live.room.uri == uri), None)
        if live is None:
            raise ParlourError(NOT_JOINED, str(uri), room=uri)
        return live

    # -- when administrators change something

    def room_closed(self, room: Room) -> None:
        """Take everybody out of a room that was switched off or deleted."""
        self._access.revision += 1
        self._bus.publish(RoomClosed(room.id, room))
        self._presence.close(room.id)

    async def rights_changed(
        self, rooms: Collection[int] | None = None, people: Collection[int] | None = None
    ) -> None:
        """Look again at everybody in rooms that are open: who may not stay leaves, the others hear what is different.

        Args:
            rooms: numbers of the rooms that it is about; None for any.
            people: numbers of the people that it is about; None for everybody.
        """
        self._access.revision += 1
        wanted = [live for live in self._presence.rooms() if rooms is None or live.room.id in rooms]
        for live in sorted(wanted, key=lambda live: live.size):  # nobody waits for a larger room than his own
            if people is None or live.concerns(people):
                async with live.looking:  # so that the last look is at the last change
                    await self._look_again(live, people)
        for call in self._after_rights:
            await call(rooms)

    def on_rights_changed(self, call: Callable[[Collection[int] | None], Awaitable[None]]) -> None:
        """Have `call` called after everybody was looked at again, with the rooms that it was about."""
        self._after_rights.append(call)

    async def _look_again(self, live: LiveRoom, wanted: Collection[int] | None) -> None:
        people = [person for person in live.audience if wanted is None or person.id in wanted]
        try:
            is_another = await self._renew(live)
            for start in range(0, len(people), _LOOKED_AT):
                self._judge(live, await self._access.standings(people[start:start + _LOOKED_AT], live.room))
        except ParlourError:
            # Who cannot be checked may not stay: he can come in again as soon as he can be.
            _log.exception("chat.look-failed", room=str(live.room.uri))
            for person in people:
                self._presence.evict(live, person)
            return
        if is_another:  # only those who may stay are told: it may have become secret, under another name
            self._bus.publish(RoomChanged(live.room.id, live.room))

    async def _renew(self, live: LiveRoom) -> bool:
        """Have the room as it is now; say whether that is another one to those in it."""
        found = await self._access.renewed(live.room)
        if found is None or found == live.room:
            return False
        live.room = found
        return True

    def _judge(self, live: LiveRoom, standings: Mapping[int, Standing]) -> None:
        """Put out who may not stay any more, and note what the others are now."""
        for person in live.audience:
            standing = standings.get(person.id)
            if standing is None or self._presence.room(live.room.id) is not live:
                continue
            if rights.decide(Act.JOIN, live.room, standing).allowed:
                self._presence.stand(live, person, standing)
            else:
                self._presence.evict(live, person)


def _posted(message: Message, named: tuple[SipAddress, ...]) -> RoomEvent | None:
    """Return the news of a message; one that was posted before is none."""
    return None if isinstance(message, Repeated) else MessagePosted(message.room_id, message, named)


def _changed(corrected: Corrected) -> RoomEvent:
    return MessageChanged(corrected.message.room_id, corrected.number, corrected.message)
