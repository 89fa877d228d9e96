"""Who has which room open now, and the one place where an event fans out to them."""

from collections.abc import Collection, Iterator
from typing import Any

from parlour.chat.events import ParticipantJoined, ParticipantLeft, RoomEvent
from parlour.chat.model import Person, Room
from parlour.chat.ports import Bus, Door
from parlour.chat.principals import Standing

# A door's outlets are its own affair: the core keeps them and hands them back, and never looks inside.
_Outlet = Any


class ChatSession:
    """One signed-in endpoint's place in the chat: who it is, through which door, and which rooms it has open."""

    __slots__ = ("closed", "door", "joined", "outlet", "person", "standings")

    def __init__(self, person: Person, door: Door[_Outlet], outlet: _Outlet) -> None:
        self.person = person
        self.door = door
        self.outlet = outlet
        self.joined: dict[int, LiveRoom] = {}
        self.standings: dict[int, Standing] = {}
        self.closed = False

    def forget(self, room_id: int) -> None:
        """Drop what is kept of a room that was left."""
        del self.joined[room_id], self.standings[room_id]


class LiveRoom:
    """A room that somebody has open: its outlets by door, and how many endpoints each person has in it."""

    __slots__ = ("_endpoints", "_outlets", "_people", "room")

    def __init__(self, room: Room) -> None:
        self.room = room
        # Per door, so that a door renders once and walks its own outlets only; dicts keep the order of joining.
        self._outlets: dict[Door[_Outlet], dict[ChatSession, _Outlet]] = {}
        self._people: dict[int, Person] = {}
        self._endpoints: dict[int, int] = {}

    @property
    def people(self) -> Collection[Person]:
        """Everybody who has the room open, in the order of joining."""
        return self._people.values()

    @property
    def sessions(self) -> Iterator[ChatSession]:
        """Every session in the room."""
        return (session for outlets in self._outlets.values() for session in outlets)

    def add(self, session: ChatSession) -> None:
        """Let `session` receive what happens here."""
        person = session.person
        self._outlets.setdefault(session.door, {})[session] = session.outlet
        self._people.setdefault(person.id, person)
        self._endpoints[person.id] = self._endpoints.get(person.id, 0) + 1

    def discard(self, session: ChatSession) -> bool:
        """Stop delivering to `session`; return whether its person has no other endpoint here."""
        outlets = self._outlets[session.door]
        del outlets[session]
        if not outlets:
            del self._outlets[session.door]
        self._endpoints[session.person.id] -= 1
        if self._endpoints[session.person.id]:
            return False
        del self._endpoints[session.person.id], self._people[session.person.id]
        return True

    def holds(self, person: Person) -> bool:
        """Say whether `person` has the room open on any endpoint."""
        return person.id in self._people

    def deliver(self, event: RoomEvent) -> None:
        """Hand `event` to each door once, with its outlets."""
        for door, outlets in self._outlets.items():
            door.deliver(event, self.room, outlets.values())


class Presence:
    """All rooms that somebody has open on this node."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._live: dict[int, LiveRoom] = {}
        bus.subscribe(self._receive)

    def participants(self, room_id: int) -> int:
        """Return how many people have the room open."""
        live = self._live.get(room_id)
        return len(live.people) if live else 0

    def enter(self, session: ChatSession, room: Room, standing: Standing) -> LiveRoom:
        """Open `room` for `session`; the others hear of it first if the person is new there."""
        session.standings[room.id] = standing
        if already := session.joined.get(room.id):
            return already
        live = self._live.setdefault(room.id, LiveRoom(room))
        if not live.holds(session.person):
            self._bus.publish(ParticipantJoined(room.id, session.person))
        live.add(session)
        session.joined[room.id] = live
        return live

    def leave(self, session: ChatSession, room_id: int) -> None:
        """Close the room for `session`; the others hear of it if it was the person's last endpoint there."""
        live = session.joined[room_id]
        session.forget(room_id)
        gone = live.discard(session)
        if not live.people:
            del self._live[room_id]
        if gone:
            self._bus.publish(ParticipantLeft(room_id, session.person))

    def room(self, room_id: int) -> LiveRoom | None:
        """Return the live room, or None when nobody has it open."""
        return self._live.get(room_id)

    def rooms(self) -> list[LiveRoom]:
        """Return every room that somebody has open."""
        return list(self._live.values())

    def evict(self, live: LiveRoom, person: Person) -> None:
        """Take a person out of a room on all his endpoints; he and the others see him leave."""
        self._bus.publish(ParticipantLeft(live.room.id, person))
        for session in [session for session in live.sessions if session.person.id == person.id]:
            live.discard(session)
            session.forget(live.room.id)
        if not live.people:
            del self._live[live.room.id]

    def close(self, room_id: int) -> None:
        """Take everybody out of a room that is no more; they were told of its end already."""
        if live := self._live.pop(room_id, None):
            for session in live.sessions:
                session.forget(room_id)

    def _receive(self, event: RoomEvent) -> None:
        live = self._live.get(event.room_id)
        if live:
            live.deliver(event)
