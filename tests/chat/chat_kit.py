"""Values and small parts that tests of the core share."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parlour.addresses import RoomUri, SipAddress
from parlour.chat.events import RoomEvent
from parlour.chat.model import Invitations, Person, Privacy, Room, RoomType

DOMAIN = "litwareinc.com"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def person(number: int, name: str | None = None) -> Person:
    """Make the person with this number."""
    user = name or f"person{number}"
    return Person(number, f"guid-{number}", SipAddress(user, DOMAIN), user.title())


def room(
    number: int = 1, privacy: Privacy = Privacy.OPEN, kind: RoomType = RoomType.NORMAL, *, disabled: bool = False
) -> Room:
    """Make the room with this number."""
    return Room(
        id=number, uri=RoomUri(DOMAIN, f"room-{number}"), pool="pool.litwareinc.com", category_id=1, category="General",
        category_uri=f"ma-cat://{DOMAIN}/general", name=f"Room {number}", description="", privacy=privacy, type=kind,
        invitations=Invitations.INHERIT, invites=True, file_upload=False, chat_history=True, disabled=disabled,
        created_at=NOON)


@dataclass(eq=False)
class Screen:
    """An outlet: what one endpoint was sent, in order."""

    events: list[RoomEvent] = field(default_factory=list)


class ScreenDoor:
    """A door whose outlets are screens; `renderings` counts the events it was handed, however many the outlets."""

    def __init__(self, on_event: Callable[[RoomEvent], None] | None = None) -> None:
        self.renderings = 0
        self._on_event = on_event

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[Screen]) -> None:
        """Write the event to every screen."""
        assert event.room_id == room.id
        self.renderings += 1
        if self._on_event:
            self._on_event(event)
        for screen in outlets:
            screen.events.append(event)
