"""Invitations: whoever is made a member of a room that invites gets one, numbered for him alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from parlour.chat import rights
from parlour.chat.access import Access
from parlour.chat.events import InvitationsGranted
from parlour.chat.model import Person, Privacy, Room
from parlour.chat.ports import Bus, Directory, InvitationStore, RoomStore
from parlour.chat.principals import Principal
from parlour.chat.rights import Act
from parlour.clock import Clock

PAGE = 100  # invitations in one answer
_CHUNK = 200  # people looked at in one go


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody was made a member of `room`."""

    number: int
    room: Room
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewInvitations:
    """Invitations above the number that was asked for; `last` is the number to ask with the next time."""

    found: tuple[Invitation, ...]
    last: int


class Invitations:
    """Grants and lists invitations.

    Args:
        access: who may see what.
        rooms: where rooms are kept.
        store: where invitations are kept.
        directory: who is in a group.
        bus: brings an invitation to whoever is signed in.
        clock: gives them their time.
    """

    def __init__(
        self, access: Access, rooms: RoomStore, store: InvitationStore, directory: Directory, bus: Bus, clock: Clock
    ) -> None:
        self._access = access
        self._rooms = rooms
        self._store = store
        self._directory = directory
        self._bus = bus
        self._clock = clock

    async def grant(self, room: Room, before: Collection[Principal], after: Collection[Principal]) -> None:
        """Invite everyone who is a member of `room` after a change, was not before it, and may join it."""
        if not room.invites or room.disabled or room.privacy is Privacy.OPEN:
            return
        known = {person.id for person in await self._directory.people_of(before)}
        new = [person for person in await self._directory.people_of(after) if person.id not in known]
        for start in range(0, len(new), _CHUNK):
            await self._grant(room, new[start:start + _CHUNK])

    async def _grant(self, room: Room, people: Sequence[Person]) -> None:
        standings = await self._access.standings(people, room)
        invited = [number for number, standing in standings.items()
                   if rights.decide(Act.JOIN, room, standing).allowed]
        if invited:
            now = self._clock.now()
            numbers = await self._store.grant(room.id, invited, now)
            self._bus.publish(InvitationsGranted(room, numbers, now))

    async def since(self, person: Person, number: int) -> NewInvitations:
        """Return the oldest invitations of `person` above `number`, to rooms that he may still see.

        Of others, not even the numbers show.
        """
        last = number
        while rows := await self._store.since(person.id, last, PAGE):
            rooms = await self._rooms.numbered({row.room_id for row in rows})
            seen = {room.id: room for room in await self._access.allowed(person, rooms, Act.SEE)}
            found = tuple(
                Invitation(row.number, seen[row.room_id], row.created_at) for row in rows if row.room_id in seen)
            if found:
                return NewInvitations(found, found[-1].number)
            last = rows[-1].number
        return NewInvitations((), number)
