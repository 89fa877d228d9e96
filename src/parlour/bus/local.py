"""The bus of a deployment with one node: a call."""

from collections.abc import Callable

from parlour.chat.events import RoomEvent


class LocalBus:
    """Delivers each event to every subscriber at once, in the order of publishing."""

    def __init__(self) -> None:
        self._receivers: list[Callable[[RoomEvent], None]] = []

    def publish(self, event: RoomEvent) -> None:
        """Send `event` to all subscribers."""
        for receive in self._receivers:
            receive(event)

    def subscribe(self, receive: Callable[[RoomEvent], None]) -> None:
        """Have `receive` called with each event."""
        self._receivers.append(receive)
