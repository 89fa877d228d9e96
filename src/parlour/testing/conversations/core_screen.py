"""What endpoints of the stage "core" are shown: the chat's events, kept until the script asks."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from parlour.addresses import RoomUri
from parlour.chat.events import (
    Invited,
    MessageChanged,
    MessagePinned,
    MessagePosted,
    MessagesPurged,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    RoomChanged,
    RoomClosed,
    RoomEvent,
    RosterResumed,
)
from parlour.chat.model import Message, Person, Room
from parlour.chat.presence import ChatSession
from parlour.chat.principals import Duty
from parlour.testing.conversations.administrator import Administrator
from parlour.testing.conversations.values import ScriptError, Sight

_DUTIES = {Duty.NONE: "nothing special", Duty.MANAGER: "manager", Duty.PRESENTER: "presenter",
           Duty.MANAGER | Duty.PRESENTER: "manager and presenter"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one endpoint was shown: an event, and whom and what it was then about."""

    event: RoomEvent
    room: Room
    people: tuple[Person, ...] = ()
    text: str = ""


Screen: TypeAlias = deque[Shown]


@dataclass(frozen=True, slots=True)
class Player:
    """An endpoint."""

    person: Person
    session: ChatSession
    screen: Screen


class ScreenDoor:
    """A door of the chat whose outlets are screens. It remembers what was said, as people do."""

    def __init__(self) -> None:
        self.players: list[Player] = []
        self._texts: dict[RoomUri, dict[int, str]] = defaultdict(dict)

    def number(self, room: RoomUri, text: str) -> int:
        """Return the number of the newest message that says this.

        Raises:
            ScriptError: nobody has ever said it.
        """
        found = [number for number, known in self._texts[room].items() if known == text]
        if not found:
            raise ScriptError(0, f'nobody has said "{text}" there')
        return max(found)

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[Screen]) -> None:
        """Write an event to every screen."""
        match event:
            case MessagePosted(message=message) | MessageChanged(message=message) if not message.deleted:
                self._texts[room.uri][message.number] = message.text
        shown = self._shown(event, room, outlets)
        for screen in outlets:
            screen.append(shown)

    def _shown(self, event: RoomEvent, room: Room, outlets: Collection[Screen]) -> Shown:
        match event:
            case ParticipantJoined(person=one) | ParticipantLeft(person=one) | ParticipantChanged(person=one):
                return Shown(event, room, (one,))
            case MessagePinned(number=number, by=one):
                return Shown(event, room, (one,), self._texts[room.uri].get(number, ""))
            case RoomClosed():  # everyone who is in the room leaves it
                inside = {id(screen) for screen in outlets}
                return Shown(event, room, tuple(
                    player.person for player in self.players if id(player.screen) in inside))
        return Shown(event, room)


def sight_of(shown: Shown, names: Administrator) -> Sight:
    """Return what the script calls it."""
    room = names.room_name(shown.room.uri)
    people = _names(shown.people, names)
    match shown.event:
        case MessagePosted(message=message):
            content = message.content
            return _said("alert" if content.alert else "say" if content.title is None else "tell", message, room, names)
        case MessageChanged(message=message):
            return _said("delete" if message.deleted else "edit", message, room, names)
        case MessagePinned(pinned=pinned):
            return Sight("pin" if pinned else "unpin", people, room, shown.text)
        case ParticipantJoined():
            return Sight("join", people, room)
        case ParticipantLeft() | RoomClosed():
            return Sight("leave", people, room)
        case ParticipantChanged(duty=duty):
            return Sight("become", people, room, _DUTIES[duty])
        case RosterResumed(people=here, gone=gone):
            return Sight("resume", _names(here, names), room, gone=_names(gone, names))
        case RoomChanged():
            return Sight("change", frozenset(), room)
        case MessagesPurged():
            return Sight("clear", frozenset(), room)
        case Invited():
            return Sight("invite", frozenset(), room)
    return Sight(f"?{type(shown.event).__name__}", people, room)


def _said(verb: str, message: Message, room: str, names: Administrator) -> Sight:
    text, title = ("", "") if message.deleted else (message.text, message.content.title or "")
    return Sight(verb, frozenset({names.person(message.author)}), room, text, title)


def _names(people: Iterable[Person], names: Administrator) -> frozenset[str]:
    return frozenset(names.person(person.address) for person in people)
