"""The bus of a deployment with one node: a call."""

from collections.abc import Callable

from parlour.chat.events import Event


class LocalBus:
    """Delivers each event to every subscriber at once, in the order of publishing."""

    def __init__(self) -> None:
        self._receivers: list[Callable[[Event], None]] = []

    def publish(self, event: Event) -> None:
        """Send `event` to all subscribers."""
        for receive in self._receivers:
            receive(event)

    def subscribe(self, receive: Callable[[Event], None]) -> None:
        """Have `receive` called with each event."""
        self._receivers.append(receive)
