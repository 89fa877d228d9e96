"""One client's connection: who is at the other end, what he may say, and the answers he gets.

Every request passes the same gates in the same order: form (RFC 3261), transaction, sign-in and signature, sender.
What is left is dispatched by the table in `parlour.lync.door`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import structlog

from parlour.chat.model import Person
from parlour.errors import CHAT_NOT_ENABLED, NOT_YOUR_ADDRESS, SIGNATURE_INVALID, ParlourError
from parlour.lync.randoms import random_digits
from parlour.lync.services import LyncServices, address_of
from parlour.lync.signin import SignIn
from parlour.pace import Pace
from parlour.sip import (
    Answered,
    CloseReason,
    DialogKey,
    Kind,
    Receipt,
    Request,
    Response,
    ServerTransactions,
    SipConnection,
    check_request,
    quote,
    refuse,
    respond,
)

if TYPE_CHECKING:
    from parlour.lync.chat_dialog import ChatDialog

_log = structlog.get_logger(__name__)
_EXTENSIONS = frozenset({"timer", "ms-benotify", "ms-sender"})
_UNSIGNED = frozenset({401, 407})
# Component codes of MS-OCER for group chat (reference/xccos.md section 4.7); the second is for whatever has no other.
_DIAGNOSTIC_BUSY, _DIAGNOSTIC_ERROR, _DIAGNOSTIC_NOT_PROVISIONED = 20000, 20007, 20010

_tags = random_digits(18)

Handler = Callable[["Endpoint", Request], Awaitable[None] | None]
Item = tuple[str, str]


class Endpoint:
    """The server's view of one connected client.

    Args:
        services: the rest of the house.
        conn: the connection.
        handlers: what is done with each method, once a request has passed the gates.
    """

    def __init__(self, services: LyncServices, conn: SipConnection, handlers: Mapping[str, Handler]) -> None:
        self.services = services
        self.conn = conn
        self.sign_in = SignIn(services.policy, services.vault, secure=conn.is_tls)
        self.transactions = ServerTransactions(max_pending=2 * services.settings.max_pending)
        self.dialogs: dict[DialogKey, ChatDialog] = {}
        self.registered_until: float | None = None
        self.pace = Pace(services.settings.post_rate, services.clock)
        self._handlers = handlers
        self._failures = 0

    @property
    def methods(self) -> Iterable[str]:
        """The methods served."""
        return self._handlers

    @property
    def person(self) -> Person:
        """Who signed in; only asked behind the gates."""
        if self.sign_in.person is None:
            raise RuntimeError("nobody has signed in on this connection")
        return self.sign_in.person

    # -- requests

    def receive(self, request: Request) -> Awaitable[None] | None:
        """Take a request through the gates to its handler."""
        if refusal := check_request(request, methods=self._handlers, extensions=_EXTENSIONS, to_tag=new_tag()):
            self._send_outside(request, refusal)
            return None
        try:
            receipt = self.transactions.receive(request)
        except ParlourError as fault:
            self._send_outside(request, refuse(request, fault, to_tag=new_tag()))
            return None
        return self._receive(request, receipt)

    def _receive(self, request: Request, receipt: Receipt) -> Awaitable[None] | None:
        match receipt.kind:
            case Kind.FRESH:
                return self._fresh(request)
            case Kind.DUPLICATE if receipt.answer is not None:
                self.conn.send(receipt.answer)
            case Kind.ACK:
                self._acknowledged(request)
            case Kind.CANCEL | Kind.CANCEL_LATE:
                # Every INVITE is answered before the next message is read: there is nothing left to cancel.
                self.answer(request, 200)
            case Kind.CANCEL_UNKNOWN:
                self.answer(request, 481)
            case _:
                pass
        return None

    def _fresh(self, request: Request) -> Awaitable[None] | None:
        if request.method not in ("REGISTER", "OPTIONS"):
            if not self.sign_in.is_signed(request):
                self.refuse_unsigned(request)
                return None
            self.forgive_failures()
            sender = address_of(request.from_.uri)
            if sender is None or sender.key != self.person.address.key:
                self.fail(request, ParlourError(NOT_YOUR_ADDRESS, request.from_.uri, address=request.from_.uri))
                return None
        return self._handlers[request.method](self, request)

    def _acknowledged(self, request: Request) -> None:
        dialog = self.dialogs.get(DialogKey.of(request))
        if dialog is not None and self.sign_in.is_signed(request):
            dialog.sip.receive(request)

    def refuse_unsigned(self, request: Request) -> None:
        """Answer a request without (or with a wrong) signature; a client that has keys signs it and sends it again."""
        challenge = self.sign_in.challenge()
        self.answer(request, 401 if challenge else 403, headers=challenge, error=ParlourError(SIGNATURE_INVALID))
        self.count_failure()

    def count_failure(self) -> None:
        """Count a refused attempt to prove who this is; too many end the connection."""
        self._failures += 1
        if self._failures >= self.services.settings.max_sign_in_failures:
            _log.warning("lync.sign-in-failed", peer=self.conn.peer, attempts=self._failures)
            self.conn.close(CloseReason.REFUSED)

    def forgive_failures(self) -> None:
        """Start counting anew, after a success."""
        self._failures = 0

    # -- responses

    def answered(self, answer: Answered) -> None:
        """Take the client's answer to a request of ours, which says that all is well."""
        for dialog in self.dialogs.values():
            if dialog.sip.call_id == answer.call_id:
                dialog.was_answered(answer.cseq)
                return

    def response(self, response: Response) -> None:
        """Take another answer of the client to a request of ours."""
        if response.status < 300:
            self.answered(Answered(response.call_id, response.cseq.number))
        elif response.status in (481, 487) and self._is_signed(response):
            ended = [dialog for key, dialog in self.dialogs.items() if key.call_id == response.call_id]
            for dialog in ended:
                dialog.end()

    def _is_signed(self, response: Response) -> bool:
        association = self.sign_in.association
        return association is None or association.accepts(response)

    # -- answers

    def answer(
        self, request: Request, status: int, *, headers: Iterable[Item] = (), body: bytes = b"",
        to_tag: str | None = None, error: ParlourError | None = None,
    ) -> None:
        """Answer a request, signed if the client expects it."""
        if self.conn.is_closing:
            return
        lines = [*headers, *(self._diagnostics(error) if error else ())]
        response = respond(request, status, headers=lines, body=body, to_tag=to_tag or new_tag())
        if self.sign_in.association and status not in _UNSIGNED:
            response = self.sign_in.association.sign_response(response)
        self.conn.send(self.transactions.respond(response))

    def fail(self, request: Request, error: ParlourError) -> None:
        """Answer a request with an error of the registry; clients show the reason to people."""
        self.answer(request, error.kind.sip, error=error)

    def _diagnostics(self, error: ParlourError) -> list[Item]:
        code = _DIAGNOSTIC_BUSY if error.kind.sip == 503 else _DIAGNOSTIC_ERROR
        if error.kind is CHAT_NOT_ENABLED:
            code = _DIAGNOSTIC_NOT_PROVISIONED
        reason = quote(" ".join(str(error).split()))
        host = self.services.host
        return [("ms-diagnostics", f'{code};reason={reason};source="{host}";component="GroupChat"'),
                ("Warning", f"399 {host} {reason}")]

    def _send_outside(self, request: Request, refusal: Response) -> None:
        """Send a refusal that belongs to no transaction; an ACK is never answered."""
        if request.method == "ACK":
            return
        association = self.sign_in.association
        signed = association.sign_response(refusal) if association and _is_identifiable(refusal) else refusal
        self.conn.send(signed.to_bytes())

    def reject(self, error: ParlourError, request: Request | None) -> None:
        """Answer a message that could not even be read as one, if there is enough of it."""
        _log.info("lync.rejected", peer=self.conn.peer, error=error.kind.name)
        if request is not None:
            self._send_outside(request, refuse(request, error, to_tag=new_tag()))

    # -- the end

    def end_dialogs(self) -> None:
        """Leave every room: the client is gone, or has signed out."""
        for dialog in tuple(self.dialogs.values()):
            dialog.end()

    def signed_out(self) -> None:
        """Forget who this was."""
        self.end_dialogs()
        self.registered_until = None
        self.conn.admitted = False
        self.sign_in = SignIn(self.services.policy, self.services.vault, secure=self.conn.is_tls)


def new_tag() -> str:
    """Make a tag for our side of a dialog or response: 40 random bits more than RFC 3261 section 19.3 asks."""
    return next(_tags)


def _is_identifiable(response: Response) -> bool:
    """Say whether a response has what its signature is made of."""
    try:
        return bool(response.call_id and response.cseq and response.from_.uri and response.to.uri)
    except ParlourError:
        return False


