"""The SIP door: takes connections in, and carries what happens in rooms out to every chat dialog.

Here is the table of methods, and the only loop that runs once per recipient.
"""

from collections.abc import Awaitable, Collection
from typing import assert_never

import structlog

from parlour.chat.events import (
    FollowingChanged,
    Invited,
    JoinRequested,
    MessageChanged,
    MessagePinned,
    MessagePosted,
    MessagesPurged,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantTyping,
    ReadMoved,
    RoomChanged,
    RoomClosed,
    RoomEvent,
    RoomHidden,
    RosterResumed,
)
from parlour.chat.model import Person, Room
from parlour.errors import DIALOGS_TOO_MANY, ParlourError
from parlour.lync import registrar, subscriptions, xccos_render
from parlour.lync.chat_dialog import ChatDialog, info_tail
from parlour.lync.endpoint import Endpoint, Handler, new_tag
from parlour.lync.envelopes import Envelopes
from parlour.lync.services import LyncServices, address_of
from parlour.rounds import Rounds
from parlour.sip import (
    Answered,
    CloseReason,
    Dialog,
    DialogEvent,
    DialogKey,
    Request,
    Response,
    SipConnection,
    Verdict,
    check_body,
)

_log = structlog.get_logger(__name__)
_SDP = "application/sdp"
_SWEEP_SECONDS = 5.0


class SipDoor:
    """`ConnectionHandler` of the SIP listeners, and the chat's door to every SIP client.

    Attributes:
        rounds: when connections write what was queued for them.
    """

    def __init__(self, services: LyncServices) -> None:
        self.rounds = Rounds()
        self._services = services
        self._envelopes = Envelopes()
        self._endpoints: dict[SipConnection, Endpoint] = {}
        self._handlers: dict[str, Handler] = {
            "ACK": _nothing,
            "BYE": _bye,
            "CANCEL": _nothing,
            "INFO": _info,
            "INVITE": self._invite,
            "OPTIONS": _options,
            "REGISTER": registrar.register,
            "SERVICE": subscriptions.service,
            "SUBSCRIBE": subscriptions.subscribe,
            "UPDATE": _update,
        }
        services.people.on_disabled(self.end_sessions)

    # -- what happens on connections

    def connected(self, conn: SipConnection) -> None:
        """Take a new connection."""
        self._endpoints[conn] = Endpoint(self._services, conn, self._handlers)

    def request(self, conn: SipConnection, request: Request) -> Awaitable[None] | None:
        """Take a request."""
        return self._endpoints[conn].receive(request)

    def answered(self, conn: SipConnection, answer: Answered) -> None:
        """Take an answer to a request of ours, which says that all is well."""
        self._endpoints[conn].answered(answer)

    def response(self, conn: SipConnection, response: Response) -> None:
        """Take another answer to a request of ours."""
        self._endpoints[conn].response(response)

    def keep_alive(self, conn: SipConnection) -> None:
        """Take a sign of life; these clients expect nothing back."""

    def rejected(self, conn: SipConnection, error: ParlourError, request: Request | None) -> None:
        """Answer a message that cannot be accepted."""
        self._endpoints[conn].reject(error, request)

    def lost(self, conn: SipConnection, reason: str) -> None:
        """Take the end of a connection: its client leaves every room."""
        endpoint = self._endpoints.pop(conn)
        endpoint.end_dialogs()
        person = endpoint.sign_in.person
        _log.info("lync.connection-lost", peer=conn.peer, person=person and str(person.address), reason=reason)

    # -- what happens in rooms

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[ChatDialog]) -> None:
        """Render an event once and queue it for every dialog that has the room open."""
        body = self._render(event, room, outlets)
        if not body:
            return
        tail = info_tail(body)
        self.rounds.add_all([dialog.queue(tail) for dialog in outlets])

    def _render(self, event: RoomEvent, room: Room, outlets: Collection[ChatDialog]) -> bytes:
        envid = self._envelopes.next()
        match event:
            case MessagePosted(_, message):
                return xccos_render.chat(envid, room, message)
            case MessageChanged(_, number, message):
                return xccos_render.changed(envid, room, number, message)
            case RoomChanged(_, changed):
                return xccos_render.room_notice(envid, changed)
            case MessagesPurged() | MessagePinned() | ParticipantTyping():
                return b""  # there is no notice for that, and clients cannot take back what they have shown
            case FollowingChanged() | ReadMoved() | RoomHidden() | JoinRequested():
                return b""  # these clients know of no following, and nothing of what managers are asked
            case ParticipantJoined(_, person, duty):
                return xccos_render.join_notice(envid, room, person, duty)
            case ParticipantChanged(_, person, duty):
                return xccos_render.duty_notices(envid, room, person, duty)
            case RosterResumed(_, people, gone, duties):
                return xccos_render.roster_notices(envid, room, people, gone, duties)
            case Invited(_, number):
                return xccos_render.invitation_notice(envid, room, number)
            case ParticipantLeft(_, person):
                return xccos_render.part_notice(envid, room, [person])
            case RoomClosed(_, _, people):
                # There is no notice for the end of a room: everyone is seen to leave it.
                return xccos_render.part_notice(envid, room, people)
        assert_never(event)

    # -- the chat service's address

    async def _invite(self, endpoint: Endpoint, request: Request) -> None:
        if request.to.tag is not None:
            # A dialog is what it is, and nothing in it can be negotiated anew; one that is not there does not begin so.
            endpoint.answer(request, 488 if DialogKey.of(request) in endpoint.dialogs else 481)
            return
        if len(endpoint.dialogs) >= self._services.settings.max_dialogs:
            endpoint.fail(request, ParlourError(DIALOGS_TOO_MANY, limit=self._services.settings.max_dialogs))
            return
        if refusal := check_body(request, {_SDP}):
            endpoint.answer(request, refusal.status, headers=[("Accept", _SDP)])
            return
        address = address_of(request.uri)
        called = await self._services.contacts.service_at(address) if address else None
        if called is None:
            endpoint.answer(request, 404)
            return
        try:
            self._services.core.policies.check(endpoint.person)
        except ParlourError as disabled:
            # The original accepted, and ended the dialog by BYE at the first command: clients get stuck at that.
            endpoint.fail(request, disabled)
            return
        self._open(endpoint, request, called.pool, str(called.address))

    def _open(self, endpoint: Endpoint, request: Request, pool: str, pool_uri: str) -> None:
        via = f"SIP/2.0/{'TLS' if endpoint.conn.is_tls else 'TCP'} {self._services.host}"
        sip = Dialog.from_invite(request, new_tag(), "", via)
        dialog = ChatDialog(endpoint, sip, pool, pool_uri, self._envelopes, self)
        endpoint.dialogs[sip.key] = dialog
        sip.apply(DialogEvent.ANSWERED)
        endpoint.answer(request, 200, to_tag=sip.local_tag, body=_sdp(endpoint), headers=[
            ("Contact", f"<{subscriptions.contact(endpoint)}>"),
            ("Allow", ", ".join(self._handlers)),
            # Only the value of the first dialog counts, so every dialog has it (trap 8).
            ("Session-Expires", f"{self._services.settings.session};refresher=uac"),
            ("Require", "timer"),
            ("Supported", "timer"),
            ("Content-Type", _SDP),
        ])

    # -- time, and people who must go

    def end_sessions(self, person: Person) -> None:
        """Disconnect somebody who may not sign in any more, or has to do it anew."""
        for endpoint in tuple(self._endpoints.values()):
            known = endpoint.sign_in.person
            if known is not None and known.id == person.id:
                endpoint.end_dialogs()
                endpoint.conn.close(CloseReason.SIGNED_OUT)

    async def sweep_forever(self) -> None:
        """End registrations and dialogs whose time is over."""
        while True:
            await self._services.clock.sleep(_SWEEP_SECONDS)
            self.sweep()

    def sweep(self) -> None:
        """Look at all connections once."""
        now = self._services.clock.monotonic()
        for endpoint in tuple(self._endpoints.values()):
            if endpoint.registered_until is not None and endpoint.registered_until < now:
                endpoint.conn.close(CloseReason.NOT_SIGNED_IN)
                continue
            for dialog in tuple(endpoint.dialogs.values()):
                if dialog.expires_at < now:
                    dialog.end()


def _nothing(endpoint: Endpoint, request: Request) -> None:
    """ACK and CANCEL are dealt with at the gates; they stand in the table since they are served."""


def _options(endpoint: Endpoint, request: Request) -> None:
    endpoint.answer(request, 200, headers=[("Allow", ", ".join(endpoint.methods)), ("Accept", _SDP)])


def _dialog_of(endpoint: Endpoint, request: Request) -> ChatDialog | None:
    """Find the dialog of a request, or answer that there is none."""
    dialog = endpoint.dialogs.get(DialogKey.of(request))
    verdict = dialog.sip.receive(request) if dialog else Verdict.UNKNOWN
    if dialog is not None and verdict.error is None:
        return dialog
    endpoint.answer(request, verdict.error.sip if verdict.error else 481)
    if verdict is Verdict.UNKNOWN and request.method != "BYE":
        # A client that gets this answer twice dies of it; one whose connection ends starts anew (trap 9).
        endpoint.conn.close(CloseReason.UNKNOWN_DIALOG)
    return None


def _info(endpoint: Endpoint, request: Request) -> Awaitable[None] | None:
    dialog = _dialog_of(endpoint, request)
    if dialog is None:
        return None
    dialog.refresh()
    return dialog.info(request)


def _update(endpoint: Endpoint, request: Request) -> None:
    if dialog := _dialog_of(endpoint, request):
        dialog.refresh()
        session = endpoint.services.settings.session
        endpoint.answer(request, 200, headers=[
            ("Contact", f"<{subscriptions.contact(endpoint)}>"), ("Session-Expires", f"{session};refresher=uac")])


def _bye(endpoint: Endpoint, request: Request) -> None:
    if dialog := _dialog_of(endpoint, request):
        dialog.end()
        endpoint.answer(request, 200)


def _sdp(endpoint: Endpoint) -> bytes:
    """Return the answer to an offer of instant messaging over SIP itself (MS-SIP); clients do not read it."""
    host, port = endpoint.conn.local_address
    lines = ("v=0", f"o=- 0 0 IN IP4 {host}", "s=session", f"c=IN IP4 {host}", "t=0 0",
             f"m=message {port} sip null", "a=accept-types:text/plain")
    return "".join(f"{line}\r\n" for line in lines).encode()
