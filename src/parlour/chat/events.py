"""What happens in rooms, as values: these go over the bus to every node."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from parlour.addresses import SipAddress
from parlour.chat.model import Mark, Message, Person, Room
from parlour.chat.principals import Duty


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A message was committed; `mentions` are the addresses that it names, whether there are such people or not."""

    room_id: int
    message: Message
    mentions: tuple[SipAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message was changed or deleted, by its author or an administrator.

    Attributes:
        number: the number of this change in the room's log.
        message: the message as it is now.
    """

    room_id: int
    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class MessagesPurged:
    """Every message up to number `last` is gone for good."""

    room_id: int
    last: int


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    """Somebody who was not in the room has it open now."""

    room_id: int
    person: Person
    duty: Duty = Duty.NONE


@dataclass(frozen=True, slots=True)
class ParticipantChanged:
    """Somebody in the room became a manager or presenter, or is it no more."""

    room_id: int
    person: Person
    duty: Duty


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """Somebody closed the room on his last endpoint, or lost it."""

    room_id: int
    person: Person


@dataclass(frozen=True, slots=True)
class ParticipantTyping:
    """Somebody in the room is writing; that is told, and kept nowhere."""

    room_id: int
    person: Person


@dataclass(frozen=True, slots=True)
class RosterResumed:
    """A large room has shrunk: who is in it, and who of those that were known has left.

    Attributes:
        duties: of those who have one, by the number of the person.
    """

    room_id: int
    people: tuple[Person, ...]
    gone: tuple[Person, ...]
    duties: Mapping[int, Duty]


@dataclass(frozen=True, slots=True)
class MessagePinned:
    """A message was pinned, or is not any more."""

    room_id: int
    number: int
    by: Person
    pinned: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """Whoever gets this was invited to the room; `number` counts his invitations."""

    room_id: int
    number: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationsGranted:
    """People were invited to a room: the number of each one's invitation, by the number of the person."""

    room: Room
    numbers: Mapping[int, int]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FollowingChanged:
    """Somebody follows a room from now on, or not any more; for himself alone.

    Attributes:
        mark: how far he has read it; None if he does not follow it any more.
    """

    room: Room
    person_id: int
    mark: Mark | None

    @property
    def room_id(self) -> int:
        """The number of the room."""
        return self.room.id


@dataclass(frozen=True, slots=True)
class ReadMoved:
    """Somebody has read a room up to another place; for himself alone."""

    room: Room
    person_id: int
    mark: Mark

    @property
    def room_id(self) -> int:
        """The number of the room."""
        return self.room.id


@dataclass(frozen=True, slots=True)
class RoomHidden:
    """Whoever gets this may not read a room any more that he follows."""

    room_id: int


@dataclass(frozen=True, slots=True)
class JoinRequested:
    """Somebody asks to join a room; for these managers of it alone."""

    room: Room
    person: Person
    note: str
    managers: frozenset[int]

    @property
    def room_id(self) -> int:
        """The number of the room."""
        return self.room.id


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """The room has another name, description, type or the like."""

    room_id: int
    room: Room


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """An administrator switched the room off, or deleted it: nobody is in it any more.

    Attributes:
        people: who was in it, as far as whoever gets this shall know: in a large room, only himself.
    """

    room_id: int
    room: Room
    people: tuple[Person, ...] = ()


RoomEvent = (
    MessagePosted | MessageChanged | MessagesPurged | MessagePinned | ParticipantJoined
    | ParticipantChanged | ParticipantLeft | ParticipantTyping | RosterResumed | RoomChanged | RoomClosed | Invited
    | FollowingChanged | ReadMoved | RoomHidden | JoinRequested
)
Event = RoomEvent | InvitationsGranted
