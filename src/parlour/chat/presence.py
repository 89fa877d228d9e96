"""Who has which room open now, and the one place where an event fans out to them."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from parlour.chat.events import (
    Event,
    FollowingChanged,
    InvitationsGranted,
    Invited,
    JoinRequested,
    MessageChanged,
    MessagePosted,
    MessagesPurged,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    ReadMoved,
    RoomChanged,
    RoomClosed,
    RoomEvent,
    RoomHidden,
    RosterResumed,
)
from parlour.chat.model import Person, Room
from parlour.chat.ports import Bus, Door
from parlour.chat.principals import Duty, Standing

# A door's outlets are its own affair: the core keeps them and hands them back, and never looks inside.
_Outlet = Any
# What whoever watches a room hears of it.
_WATCHED = (MessagePosted, MessageChanged, MessagesPurged, RoomChanged, RoomClosed)
_RESUME = 0.8  # of the limit: below this many participants, everybody is told again who comes and goes


class ChatSession:
    """One signed-in endpoint's place in the chat: who it is, through which door, and which rooms it has open.

    Attributes:
        watches: it hears of the rooms that its person follows, whether it has them open or not.
        watched: these rooms.
        lost: numbers of those that it watched, and whose person may not read them any more, or that are switched off.
    """

    __slots__ = ("began_at", "closed", "door", "joined", "lost", "outlet", "person", "standings", "watched", "watches")

    def __init__(
        self, person: Person, door: Door[_Outlet], outlet: _Outlet, began_at: datetime | None = None
    ) -> None:
        self.began_at = began_at
        self.person = person
        self.door = door
        self.outlet = outlet
        self.joined: dict[int, LiveRoom] = {}
        self.standings: dict[int, Standing] = {}
        self.watches = False
        self.watched: dict[int, LiveRoom] = {}
        self.lost: set[int] = set()
        self.closed = False

    def forget(self, room_id: int) -> None:
        """Drop what is kept of a room that was left."""
        del self.joined[room_id], self.standings[room_id]


class LiveRoom:
    """A room that somebody has open or watches: its outlets by door, and the endpoints of each person in it.

    Whoever watches hears what is said, but is not there: nobody hears of him.

    Attributes:
        room: the room as it is now.
        known: in a large room, whom those who were there before it grew know of; None in any other.
        looking: held while somebody looks whether everybody may still be here.
    """

    __slots__ = ("_outlets", "_sessions", "_watching", "known", "looking", "room")

    def __init__(self, room: Room) -> None:
        self.room = room
        self.known: dict[int, Person] | None = None
        self.looking = asyncio.Lock()
        # Per door, so that a door renders once and walks its own outlets only; dicts keep the order of joining.
        self._outlets: dict[Door[_Outlet], dict[ChatSession, _Outlet]] = {}
        self._sessions: dict[int, dict[ChatSession, None]] = {}
        # Those that watch and do not have it open.
        self._watching: dict[Door[_Outlet], dict[ChatSession, _Outlet]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nobody hears of the room."""
        return not self._sessions and not self._watching

    @property
    def watching(self) -> list[ChatSession]:
        """The endpoints that watch the room without having it open."""
        return [session for sessions in self._watching.values() for session in sessions]

    @property
    def size(self) -> int:
        """How many people have the room open."""
        return len(self._sessions)

    @property
    def people(self) -> Collection[Person]:
        """Everybody who has the room open, in the order of joining."""
        return [next(iter(sessions)).person for sessions in self._sessions.values()]

    @property
    def duties(self) -> dict[int, Duty]:
        """What people here are to the others, by their numbers; those are left out who are nothing special."""
        room = self.room.id
        found = {person: next(iter(sessions)).standings[room].duty for person, sessions in self._sessions.items()}
        return {person: duty for person, duty in found.items() if duty}

    @property
    def audience(self) -> list[Person]:
        """Everybody who has the room open or watches it, each once."""
        watching = {session.person.id: session.person for session in self.watching}
        return [*self.people, *(person for number, person in watching.items() if number not in self._sessions)]

    def concerns(self, numbers: Collection[int]) -> bool:
        """Say whether any of the people with these numbers has the room open or watches it."""
        return any(number in self._sessions for number in numbers) or any(
            session.person.id in numbers for session in self.watching)

    def sessions_of(self, person: Person) -> Collection[ChatSession]:
        """Return the endpoints on which `person` has the room open."""
        return tuple(self._sessions.get(person.id, ()))

    @property
    def sessions(self) -> Iterable[ChatSession]:
        """Every session in the room."""
        return (session for sessions in self._sessions.values() for session in sessions)

    def add(self, session: ChatSession) -> None:
        """Let `session` receive what happens here."""
        self.unwatch(session)
        self._outlets.setdefault(session.door, {})[session] = session.outlet
        self._sessions.setdefault(session.person.id, {})[session] = None

    def discard(self, session: ChatSession) -> bool:
        """Stop delivering to `session`; return whether its person has no other endpoint here."""
        outlets = self._outlets[session.door]
        del outlets[session]
        if not outlets:
            del self._outlets[session.door]
        own = self._sessions[session.person.id]
        del own[session]
        if own:
            return False
        del self._sessions[session.person.id]
        return True

    def holds(self, person: Person) -> bool:
        """Say whether `person` has the room open on any endpoint."""
        return person.id in self._sessions

    def watch(self, session: ChatSession) -> None:
        """Let `session` hear what is said here, without being here."""
        self._watching.setdefault(session.door, {})[session] = session.outlet

    def unwatch(self, session: ChatSession) -> None:
        """Let it hear nothing more, unless it has the room open."""
        if outlets := self._watching.get(session.door):
            outlets.pop(session, None)
            if not outlets:
                del self._watching[session.door]

    def deliver(self, event: RoomEvent) -> None:
        """Hand `event` to each door once, with its outlets."""
        if self._watching and isinstance(event, _WATCHED):
            self._deliver_to_all(event)
            return
        for door, outlets in self._outlets.items():
            door.deliver(event, self.room, outlets.values())

    def _deliver_to_all(self, event: RoomEvent) -> None:
        for door in {**self._outlets, **self._watching}:
            here, watching = self._outlets.get(door, {}), self._watching.get(door, {})
            door.deliver(event, self.room, _Both(here.values(), watching.values()) if watching else here.values())


class _Both(Collection[_Outlet]):
    """Two collections as one, without a copy."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Collection[_Outlet], second: Collection[_Outlet]) -> None:
        self._first = first
        self._second = second

    def __iter__(self) -> Iterator[_Outlet]:
        return chain(self._first, self._second)

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __contains__(self, one: object) -> bool:
        return one in self._first or one in self._second


class Presence:
    """Every session on this node, and all rooms that somebody has open.

    Args:
        bus: carries what happens to everybody.
        large: of a room, above how many participants nobody is told any more who comes and goes.
    """

    def __init__(self, bus: Bus, large: Callable[[Room], int]) -> None:
        self._bus = bus
        self._large = large
        self._live: dict[int, LiveRoom] = {}
        self._sessions: dict[int, dict[ChatSession, None]] = {}
        self._losers: dict[ChatSession, None] = {}
        bus.subscribe(self._receive)

    # -- sessions

    def begin(self, session: ChatSession) -> None:
        """Let `session` receive what is for its person."""
        self._sessions.setdefault(session.person.id, {})[session] = None

    def end(self, session: ChatSession) -> None:
        """Close every room for `session`, and forget it."""
        for room_id in tuple(session.watched):
            self.unwatch(session, room_id)
        for room_id in tuple(session.joined):
            self.leave(session, room_id)
        self._losers.pop(session, None)
        if own := self._sessions.get(session.person.id):
            own.pop(session, None)
            if not own:
                del self._sessions[session.person.id]

    def sessions(self) -> list[ChatSession]:
        """Return every session, those of one person together."""
        return [session for own in self._sessions.values() for session in own]

    # -- rooms

    def participants(self, room_id: int) -> int:
        """Return how many people have the room open."""
        live = self._live.get(room_id)
        return live.size if live else 0

    def enter(self, session: ChatSession, room: Room, standing: Standing) -> LiveRoom:
        """Open `room` for `session`; the others hear of it first if the person is new there."""
        session.standings[room.id] = standing
        if already := session.joined.get(room.id):
            return already
        live = self._live.setdefault(room.id, LiveRoom(room))
        if not live.holds(session.person):
            self._announce_joined(live, session.person, standing.duty)
        live.add(session)
        session.joined[room.id] = live
        return live

    def watch(self, session: ChatSession, room: Room) -> None:
        """Let `session` hear what is said in `room`, whether it has it open or not."""
        if room.id not in session.watched:
            live = self._live.setdefault(room.id, LiveRoom(room))
            session.watched[room.id] = live
            if room.id not in session.joined:
                live.watch(session)

    def unwatch(self, session: ChatSession, room_id: int) -> None:
        """Let it hear nothing more of a room, unless it has it open."""
        if live := session.watched.pop(room_id, None):
            live.unwatch(session)
            self._tidy(live)

    def _announce_joined(self, live: LiveRoom, person: Person, duty: Duty) -> None:
        if live.known is None and live.size >= self._large(live.room):
            live.known = {one.id: one for one in live.people}
        if live.known is None:
            self._bus.publish(ParticipantJoined(live.room.id, person, duty))

    def leave(self, session: ChatSession, room_id: int) -> None:
        """Close the room for `session`; the others hear of it if it was the person's last endpoint there."""
        live = session.joined[room_id]
        session.forget(room_id)
        gone = live.discard(session)
        if room_id in session.watched:
            live.watch(session)
        if gone and live.known is None:
            self._bus.publish(ParticipantLeft(room_id, session.person))
        self._tidy(live)

    def _tidy(self, live: LiveRoom) -> None:
        """Forget a room that nobody hears of; in one that is not large any more, tell everybody who is there."""
        if live.is_idle:
            if self._live.get(live.room.id) is live:  # it may have been closed, and opened anew since
                del self._live[live.room.id]
        elif live.known is not None and live.size < self._large(live.room) * _RESUME:
            people = tuple(live.people)
            gone = tuple(person for person in live.known.values() if not live.holds(person))
            live.known = None
            live.deliver(RosterResumed(live.room.id, people, gone, live.duties))

    def stand(self, live: LiveRoom, person: Person, standing: Standing) -> None:
        """Note what somebody in a room is to it now; the others hear of it if that shows."""
        sessions = live.sessions_of(person)
        shows = any(session.standings[live.room.id].duty != standing.duty for session in sessions)
        for session in sessions:
            session.standings[live.room.id] = standing
        if shows and live.known is None:
            self._bus.publish(ParticipantChanged(live.room.id, person, standing.duty))

    async def limits_changed(self) -> None:
        """Look again which rooms are large: in those that are not any more, tell everybody who is there."""
        for live in self.rooms():
            self._tidy(live)

    def room(self, room_id: int) -> LiveRoom | None:
        """Return the live room, or None when nobody has it open or watches it."""
        return self._live.get(room_id)

    def rooms(self) -> list[LiveRoom]:
        """Return every room that somebody has open or watches."""
        return list(self._live.values())

    def evict(self, live: LiveRoom, person: Person) -> None:
        """Take a person out of a room on all his endpoints; he sees himself leave, and so do the others."""
        self._hide(live, person)
        if live.holds(person):
            self._put_out(live, person)
        self._tidy(live)

    def _hide(self, live: LiveRoom, person: Person) -> None:
        watched = [session for session in self._sessions.get(person.id, ()) if live.room.id in session.watched]
        _deliver(RoomHidden(live.room.id), live.room, watched)
        for session in watched:
            self._lose(session, live.room.id)
            live.unwatch(session)

    def _lose(self, session: ChatSession, room_id: int) -> None:
        if session.watched.pop(room_id, None) is not None:
            session.lost.add(room_id)
            self._losers[session] = None

    def _put_out(self, live: LiveRoom, person: Person) -> None:
        event = ParticipantLeft(live.room.id, person)
        sessions = live.sessions_of(person)
        if live.known is None:
            self._bus.publish(event)
        else:
            _deliver(event, live.room, sessions)
        for session in sessions:
            live.discard(session)
            session.forget(live.room.id)

    def close(self, room_id: int) -> None:
        """Take everybody out of a room that is no more; they were told of its end already."""
        if live := self._live.pop(room_id, None):
            for session in live.sessions:
                session.forget(room_id)
                self._lose(session, room_id)
            for session in live.watching:
                self._lose(session, room_id)

    def losers(self, rooms: Collection[int] | None) -> list[ChatSession]:
        """Return the endpoints that lost one of these rooms, or any, while they watched it."""
        return [session for session in self._losers
                if session.lost and (rooms is None or not session.lost.isdisjoint(rooms))]

    def tell(self, session: ChatSession, event: FollowingChanged) -> None:
        """Tell one endpoint something of its own."""
        _deliver(event, event.room, [session])

    def _receive(self, event: Event) -> None:
        if isinstance(event, InvitationsGranted):
            for person_id, number in event.numbers.items():
                if sessions := self._sessions.get(person_id):
                    _deliver(Invited(event.room.id, number, event.created_at), event.room, sessions)
        elif isinstance(event, JoinRequested):
            for person_id in event.managers & self._sessions.keys():
                _deliver(event, event.room, self._watchful(person_id))
        elif isinstance(event, FollowingChanged | ReadMoved):
            self._tell_oneself(event)
        elif live := self._live.get(event.room_id):
            if isinstance(event, RoomClosed):
                _tell_the_end(live, event)
            else:
                live.deliver(event)


    def _watchful(self, person_id: int) -> list[ChatSession]:
        """Return the endpoints of a person that want to hear of more than the rooms they have open."""
        return [session for session in self._sessions.get(person_id, ()) if session.watches]

    def _tell_oneself(self, event: FollowingChanged | ReadMoved) -> None:
        sessions = self._watchful(event.person_id)
        if isinstance(event, FollowingChanged):
            for session in sessions:
                if event.mark is None:
                    self.unwatch(session, event.room_id)
                else:
                    self.watch(session, event.room)
        _deliver(event, event.room, sessions)


def _tell_the_end(live: LiveRoom, event: RoomClosed) -> None:
    """Tell everybody that a room is closed; in a large one, nobody is told who else was there."""
    if live.known is None:
        live.deliver(replace(event, people=tuple(live.people)))
        return
    for person in live.people:
        _deliver(replace(event, people=(person,)), live.room, live.sessions_of(person))
    _deliver(event, live.room, live.watching)


def _deliver(event: RoomEvent, room: Room, sessions: Iterable[ChatSession]) -> None:
    """Hand `event` to the doors of these sessions."""
    outlets: dict[Door[_Outlet], list[_Outlet]] = {}
    for session in sessions:
        outlets.setdefault(session.door, []).append(session.outlet)
    for door, own in outlets.items():
        door.deliver(event, room, own)
