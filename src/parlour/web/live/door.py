"""The live door: carries what happens in rooms out to every live connection."""

from collections import Counter
from collections.abc import Callable, Collection

from parlour.chat.events import RoomEvent
from parlour.chat.model import Person, Room
from parlour.directory.bearers import Bearer, Bearers, Kind
from parlour.errors import LIVE_TOO_MANY, SIGN_IN_REFUSED, ParlourError
from parlour.rounds import Rounds
from parlour.web.live.connection import LiveConnection
from parlour.web.live.events import event_frame, text_frame, text_of

_SIGNED_OUT = 4401  # of the codes that applications may use (RFC 6455 section 7.4.2), after HTTP's 401
_GOING = 1001
_MOST_OF_ONE = 20


class LiveDoor:
    """`parlour.chat.ports.Door` of the WebSockets, and all of their connections.

    Attributes:
        endings: how often somebody was signed out, everywhere and for good.
        rounds: when connections write what was queued for them.
    """

    def __init__(self) -> None:
        self.rounds = Rounds()
        self._connections: set[LiveConnection] = set()
        self._of_each: Counter[int] = Counter()  # how many, by the number of the person
        self._signed_out: dict[int, int] = {}
        self.endings = 0

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[LiveConnection]) -> None:
        """Render an event once, frame and all, and queue it for every connection that has the room open."""
        frame = text_frame(text_of(event_frame(event, room)))
        wires = [connection.wire for connection in outlets]
        for wire in wires:
            wire.queue(frame)
        self.rounds.add_all(wires)

    def check(self, person: Person) -> None:
        """Make sure that somebody may have one more connection.

        Raises:
            ParlourError: LIVE_TOO_MANY.
        """
        if self._of_each[person.id] >= _MOST_OF_ONE:
            raise ParlourError(LIVE_TOO_MANY, person.address.bare, person=person.address.bare, limit=_MOST_OF_ONE)

    def add(self, connection: LiveConnection) -> None:
        """Keep a connection, to end it when it must end."""
        self._connections.add(connection)
        self._of_each[connection.person.id] += 1

    def discard(self, connection: LiveConnection) -> None:
        """Forget a connection that ended."""
        if connection in self._connections:
            self._connections.discard(connection)
            self._of_each[connection.person.id] -= 1
            if not self._of_each[connection.person.id]:
                del self._of_each[connection.person.id]

    def end_sessions(self, person: Person, kept_session: str | None = None) -> None:
        """Disconnect somebody who may not sign in any more, or has to do it anew.

        Args:
            person: who.
            kept_session: id of the session of his that goes on, as do his access tokens; None: nothing does.
        """
        self.endings += 1
        self._signed_out[person.id] = self.endings
        self._sign_out(lambda one: one.person.id == person.id and not _goes_on(one.bearer, kept_session))

    def check_sign_in(self, person: Person, endings: int) -> None:
        """Make sure that a sign-in which took a while was not overtaken by the end of what it was made with.

        Args:
            person: who signed in.
            endings: `endings` as it was when the sign-in began.

        Raises:
            ParlourError: SignInRefused.
        """
        if self._signed_out.get(person.id, 0) > endings:
            raise ParlourError(SIGN_IN_REFUSED)

    def end_bearers(self, ids: frozenset[str]) -> None:
        """Disconnect whoever came by sessions or access tokens that have ended."""
        self._sign_out(lambda one: one.bearer is not None and one.bearer.id in ids)

    async def check_bearers(self, bearers: Bearers) -> None:
        """Note that the sessions and access tokens of connections are in use; end those whose time is over."""
        shown = {one.bearer.id: one.bearer for one in self._connections if one.bearer is not None}
        for bearer in shown.values():
            bearers.touch(bearer)
        if shown:
            self.end_bearers(frozenset(shown) - await bearers.alive(shown))

    def _sign_out(self, concerns: Callable[[LiveConnection], bool]) -> None:
        for connection in tuple(self._connections):
            if concerns(connection):
                connection.wire.close(_SIGNED_OUT, "signed out")

    def close_all(self) -> None:
        """Disconnect everybody: the node stops, and they come back to it or to another."""
        for connection in tuple(self._connections):
            connection.wire.close(_GOING, "the node stops")


def _goes_on(bearer: Bearer | None, kept_session: str | None) -> bool:
    return bearer is not None and kept_session is not None and (
        bearer.kind is Kind.TOKEN or bearer.id == kept_session)
