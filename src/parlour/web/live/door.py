"""The live door: carries what happens in rooms out to every live connection."""

from collections.abc import Collection

import structlog
from websockets.frames import Frame, Opcode

from parlour.chat.events import RoomEvent
from parlour.chat.model import Person, Room
from parlour.errors import LIVE_TOO_MANY, ParlourError
from parlour.web.live.connection import LiveConnection
from parlour.web.live.events import event_frame, text_of

_log = structlog.get_logger(__name__)
_SIGNED_OUT = 4401  # of the codes that applications may use (RFC 6455 section 7.4.2), after HTTP's 401
_GOING = 1001
_MOST_OF_ONE = 20


class LiveDoor:
    """`parlour.chat.ports.Door` of the WebSockets, and all of their connections."""

    def __init__(self) -> None:
        self._connections: set[LiveConnection] = set()

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[LiveConnection]) -> None:
        """Render an event once, frame and all, and write it to every connection that has the room open."""
        frame = bytes(Frame(Opcode.TEXT, text_of(event_frame(event, room))).serialize(mask=False))
        for connection in outlets:
            try:
                connection.wire.send_frame(frame)
            except Exception:  # whatever is wrong with one of them: the others get theirs
                _log.exception("live.delivery-failed", person=str(connection.person.address))
                connection.wire.close(1011, "delivery failed")

    def check(self, person: Person) -> None:
        """Make sure that somebody may have one more connection.

        Raises:
            ParlourError: LIVE_TOO_MANY.
        """
        if sum(one.person.id == person.id for one in self._connections) >= _MOST_OF_ONE:
            raise ParlourError(LIVE_TOO_MANY, person.address.bare, person=person.address.bare, limit=_MOST_OF_ONE)

    def add(self, connection: LiveConnection) -> None:
        """Keep a connection, to end it when it must end."""
        self._connections.add(connection)

    def discard(self, connection: LiveConnection) -> None:
        """Forget a connection that ended."""
        self._connections.discard(connection)

    def end_sessions(self, person: Person) -> None:
        """Disconnect somebody who may not sign in any more, or has to do it anew."""
        for connection in tuple(self._connections):
            if connection.person.id == person.id:
                connection.wire.close(_SIGNED_OUT, "signed out")

    def close_all(self) -> None:
        """Disconnect everybody: the node stops, and they come back to it or to another."""
        for connection in tuple(self._connections):
            connection.wire.close(_GOING, "the node stops")
