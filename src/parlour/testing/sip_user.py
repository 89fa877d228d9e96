"""One person's SIP connection as a Lync-style client has it: sign-in, requests, dialogs. Chat is in `sip_client`."""

import asyncio
import base64
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from parlour.sip import AuthValue, Headers, Request, Response, parse_auth, parse_name_addr, render_auth, respond
from parlour.testing import digest, ntlm
from parlour.testing.chat_events import ChatEvent
from parlour.testing.sip_connection import Association, LostError, Signing, SipConnection, ViolationError

Header = tuple[str, str]

PROVISIONING = "vnd-microsoft-provisioning-v2"

_SDP = (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5061 sip null\r\n"
        b"a=accept-types:text/plain\r\n")


class RefusedError(AssertionError):
    """The server said no.

    Attributes:
        code: SIP status or XCCOS code.
        reason: its words.
        answer: the response or reply itself.
    """

    def __init__(self, what: str, code: int, reason: str, answer: Response | ChatEvent) -> None:
        self.code = code
        self.reason = reason
        self.answer = answer
        super().__init__(f"{what}: {code} {reason}")


def need_success(what: str, response: Response) -> Response:
    """Return the response, or raise RefusedError if it is none of success."""
    if response.status >= 300:
        raise RefusedError(what, response.status, response.reason, response)
    return response


@dataclass
class Dialog:
    """A dialog that this client began.

    Attributes:
        uri: what was invited.
        session_expires: seconds the server named, or None.
        ended: the server said BYE, or we did.
    """

    uri: str
    call_id: str
    local: str
    remote: str
    target: str
    routes: list[str]
    session_expires: int | None = None
    ended: bool = False
    _cseq: int = field(default=1, repr=False)

    def next_number(self) -> int:
        """Count the next request."""
        self._cseq += 1
        return self._cseq


@dataclass(frozen=True)
class Handshake:
    """A challenge that waits for its answer: `opaque` and `token` are the server's."""

    opaque: str
    token: bytes
    realm: str
    target: str


class SipUser:
    """One connection of one person; an async context manager that connects, unless it is already, and hangs up.

    At the end of the context the client fails the test if the server ever did what real clients cannot live with
    (unsigned or wrongly signed messages, a From that is not the chat service's); set `strict` to False to allow it.

    Args:
        address: ``alice@litwareinc.com``.
        host: where to connect.
        port: where to connect.
        tls: TLS (any certificate is accepted) or plain TCP.

    Attributes:
        notifications: every BENOTIFY and NOTIFY received.
        answering: set to False to leave the server's requests unanswered.
        strict: whether violations fail the test at the end of the context.
        last_authenticate: the last AUTHENTICATE token sent, for replays.
    """

    def __init__(self, address: str, host: str, port: int, *, tls: bool = True) -> None:
        self.address = address
        self.uri = f"sip:{address}"
        self.tls = tls
        self.notifications: list[Request] = []
        self.answering = True
        self.strict = True
        self.last_authenticate = b""
        self._host, self._port = host, port
        self._connection: SipConnection | None = None
        self._register_id, self._register_number = _token(), 0
        self._epid, self._instance = os.urandom(6).hex(), str(uuid.uuid4())
        self._digest: tuple[str, str, str] | None = None
        self._dialogs: dict[str, Dialog] = {}

    # --- connection -----------------------------------------------------------------------------------------------
    async def connect(self) -> Self:
        """Connect, without signing in."""
        self._connection = await SipConnection.open(self._on_request, self._host, self._port, self.tls)
        self._connection.lost.add_done_callback(self._on_lost)
        return self

    @property
    def wire(self) -> SipConnection:
        """The connection; raises LostError before `connect`."""
        if self._connection is None:
            raise LostError("not connected")
        return self._connection

    @property
    def signing(self) -> Signing:
        """What happens to our own messages: signed well, not at all, or wrongly."""
        return self.wire.signing

    @signing.setter
    def signing(self, how: Signing) -> None:
        self.wire.signing = how

    @property
    def association(self) -> Association | None:
        """The finished NTLM handshake."""
        return self.wire.association

    @property
    def violations(self) -> list[str]:
        """What the server did wrong."""
        return self.wire.violations

    async def __aenter__(self) -> Self:
        return await self.connect() if self._connection is None else self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wire.close()
        if kind is None and self.strict and self.violations:
            raise ViolationError("; ".join(self.violations))

    def drop(self) -> None:
        """Break the connection without a word."""
        self.wire.abort()

    async def lost(self, within: float = 10) -> str:
        """Wait until the connection is gone; return why."""
        async with asyncio.timeout(within):
            return await asyncio.shield(self.wire.lost)

    def _on_lost(self, _: object) -> None:
        """For heirs: the connection is gone."""

    # --- requests -------------------------------------------------------------------------------------------------
    def _via(self, branch: bool) -> Header:
        host, port = self.wire.local
        suffix = f";branch=z9hG4bK{_token()}" if branch else ""
        return "Via", f"SIP/2.0/{'tls' if self.tls else 'tcp'} {host}:{port}{suffix}"

    def _contact(self) -> str:
        host, port = self.wire.local
        return f"<sip:{host}:{port};transport={'tls' if self.tls else 'tcp'};ms-opaque=d3470f2e1d>"

    def _from(self, uri: str | None = None) -> str:
        return f"<{uri or self.uri}>;tag={_token()};epid={self._epid}"

    def _outside(
        self, method: str, uri: str, to: str, headers: Iterable[Header] = (), body: bytes = b""
    ) -> Request:
        """Make a request outside dialogs."""
        return Request(method, uri, Headers((
            self._via(branch=method != "INVITE"), ("From", self._from()), ("To", f"<{to}>"), ("Max-Forwards", "70"),
            ("CSeq", f"1 {method}"), ("User-Agent", "ParlourTestKit"), ("Call-ID", _token()), *headers)), body)

    def inside(
        self, dialog: Dialog, method: str, body: bytes = b"", headers: Iterable[Header] = (), number: int | None = None
    ) -> Request:
        """Make a request of a dialog, as pidgin-sipe does: Via without branch."""
        count = dialog.next_number() if number is None else number
        content = [("Content-Type", "text/plain")] if body else []
        return Request(method, dialog.target, Headers((
            self._via(branch=False), ("From", dialog.local), ("To", dialog.remote), ("Max-Forwards", "70"),
            ("CSeq", f"{count} {method}"), ("User-Agent", "ParlourTestKit"), ("Call-ID", dialog.call_id),
            *(("Route", route) for route in dialog.routes), *headers, *content)), body)

    async def send(self, request: Request, within: float = 10) -> Response:
        """Send any request and return its final response, answering a Digest challenge on the way."""
        async with asyncio.timeout(within):
            response = await self.wire.request(request)
            if (credentials := self._digest_credentials(request, response)) is not None:
                headers = self._renumbered(request).with_(*credentials)
                response = await self.wire.request(replace(request, headers=headers))
        return response

    def _digest_credentials(self, request: Request, response: Response) -> Header | None:
        found = _challenge(response, "Digest") if self._digest else None
        if found is None or self._digest is None or response.status not in (401, 407):
            return None
        user, password, uri = self._digest
        header = "Authorization" if response.status == 401 else "Proxy-Authorization"
        return header, digest.credentials(found.params, request.method, user, password, uri)

    def _renumbered(self, request: Request) -> Headers:
        """Give a request that is sent again the next number of its sequence."""
        number = request.cseq.number + 1
        if request.method == "REGISTER":
            number = self._register_number = self._register_number + 1
        elif dialog := self._dialogs.get(request.call_id):
            number = dialog.next_number()
        return request.headers.replaced("CSeq", f"{number} {request.method}")

    # --- sign-in --------------------------------------------------------------------------------------------------
    async def register(
        self, password: str, scheme: str = "ntlm", *, login: str | None = None, address: str | None = None,
        digest_uri: str = digest.PIDGIN_URI, within: float = 10,
    ) -> Response:
        """Sign in.

        Args:
            password: the password.
            scheme: ``ntlm`` or ``digest``.
            login: user name to sign in with; the address by default.
            address: whom to register; oneself by default.
            digest_uri: digest-uri to name and to compute with.
            within: seconds, for each step.

        Returns:
            The 200.

        Raises:
            RefusedError: with the last response.
            ViolationError: the 200 is not signed, or has not what real clients need.
        """
        if scheme == "digest":
            self._digest = (login or self.address, password, digest_uri)
            return _checked(need_success("REGISTER", await self.send(self._registration(address), within)))
        handshake = await self.challenge(address, within)
        return await self.answer(handshake, password, login=login, address=address, within=within)

    async def challenge(self, address: str | None = None, within: float = 10) -> Handshake:
        """Do the first two steps of an NTLM handshake.

        Raises:
            RefusedError: the server does not offer NTLM version 4, or sends no challenge.
        """
        offered = _need_ntlm(await self.send(self._registration(address), within))
        realm, target = offered.params.get("realm", ""), offered.params.get("targetname", "")
        begin = render_auth(
            "NTLM", {"qop": "auth", "realm": realm, "targetname": target, "gssapi-data": "", "version": "4"})
        given = _need_ntlm(await self.send(self._registration(address, [("Authorization", begin)]), within))
        token = base64.b64decode(given.params.get("gssapi-data", ""))
        return Handshake(given.params.get("opaque", ""), token, realm, target)

    async def answer(
        self, handshake: Handshake, password: str = "", *, login: str | None = None, address: str | None = None,
        token: bytes | None = None, within: float = 10,
    ) -> Response:
        """Do the last step of an NTLM handshake.

        Args:
            handshake: the challenge.
            password: the password.
            login: user name; the address by default.
            address: whom to register; oneself by default.
            token: an AUTHENTICATE to send instead of a fresh one, e.g. `last_authenticate` of before (a replay).
            within: seconds.

        Raises:
            RefusedError: with the response.
            ViolationError: the 200 is not signed, or has not what real clients need.
        """
        fresh, security = ntlm.authenticate(handshake.token, login or self.address, password)
        self.last_authenticate = token or fresh
        before, wire = self.wire.association, self.wire
        wire.association = Association(security, handshake.realm, handshake.target, handshake.opaque)
        response = await self.send(self._authenticated(address), within)
        if response.status != 200:
            wire.association = before
        elif "Authentication-Info" not in response.headers:
            raise ViolationError("the 200 to the REGISTER is not signed")
        return _checked(need_success("REGISTER", response))

    def _authenticated(self, address: str | None) -> Request:
        request = self._registration(address)
        signed = self.wire.signature(request) if self.signing is not Signing.NONE else self._unsigned()
        data = base64.b64encode(self.last_authenticate).decode()
        value = f'{signed}, gssapi-data="{data}", version=4'
        return Request(request.method, request.uri, request.headers.with_("Authorization", value))

    def _unsigned(self) -> str:
        known = self.wire.association
        assert known  # noqa: S101 - set by `answer`
        return render_auth(
            "NTLM", {"qop": "auth", "opaque": known.opaque, "realm": known.realm, "targetname": known.target})

    def _registration(self, address: str | None = None, headers: Iterable[Header] = ()) -> Request:
        self._register_number += 1
        uri = f"sip:{address or self.address}"
        return Request("REGISTER", f"sip:{uri.rpartition('@')[2]}", Headers((
            self._via(branch=True), ("From", self._from(uri)), ("To", f"<{uri}>"), ("Max-Forwards", "70"),
            ("CSeq", f"{self._register_number} REGISTER"), ("User-Agent", "ParlourTestKit"),
            ("Call-ID", self._register_id),
            ("Contact", f'{self._contact()};methods="INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, '
                        f'ACK, REFER, BENOTIFY";proxy=replace;+sip.instance="<urn:uuid:{self._instance}>"'),
            ("Supported", "gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence"),
            ("Event", "registration"), ("Allow-Events", "presence"), ("ms-keep-alive", "UAC;hop-hop=yes"), *headers)))

    async def refresh(self, within: float = 10) -> Response:
        """Register again, signed, without a new handshake."""
        return _checked(need_success("REGISTER", await self.send(self._registration(), within)))

    async def unregister(self, within: float = 10) -> Response:
        """Un-REGISTER."""
        return need_success("REGISTER", await self.send(self._registration(headers=[("Expires", "0")]), within))

    # --- dialogs --------------------------------------------------------------------------------------------------
    async def invite(self, uri: str, within: float = 10) -> Dialog:
        """Begin a dialog and acknowledge it.

        Raises:
            RefusedError: with the response.
        """
        headers = [("Contact", self._contact()), ("Supported", "ms-sender"), ("Content-Type", "application/sdp")]
        request = self._outside("INVITE", uri, uri, headers, _SDP)
        response = need_success(f"INVITE {uri}", await self.send(request, within))
        dialog = _dialog(uri, request, response)
        self._dialogs[dialog.call_id] = dialog
        self.wire.send(self.inside(dialog, "ACK", number=1))
        return dialog

    async def bye(self, dialog: Dialog, within: float = 10) -> Response:
        """End a dialog."""
        dialog.ended = True
        return await self.send(self.inside(dialog, "BYE"), within)

    async def update(self, dialog: Dialog, within: float = 10) -> Response:
        """Refresh the session timer."""
        return await self.send(self.inside(dialog, "UPDATE"), within)

    # --- requests of the server -------------------------------------------------------------------------------------
    def _on_request(self, request: Request) -> Response | None:
        if request.method == "BENOTIFY":
            self.notifications.append(request)
            return None
        known = {"INFO": self._on_info, "BYE": self._on_bye, "NOTIFY": self._on_notify, "OPTIONS": _ok, "MESSAGE": _ok}
        answer = known.get(request.method, _not_implemented)(request)
        return answer if self.answering else None

    def _on_notify(self, request: Request) -> Response:
        self.notifications.append(request)
        return respond(request, 200)

    def _on_bye(self, request: Request) -> Response:
        if dialog := self._dialogs.get(request.call_id):
            dialog.ended = True
        return respond(request, 200)

    def _on_info(self, request: Request) -> Response | None:
        dialog = self._dialogs.get(request.call_id)
        if dialog is None:
            self.violations.append("INFO for a dialog that is not ours")
            return respond(request, 487)
        if request.from_.uri.lower() != dialog.uri.lower():
            self.violations.append(f"INFO from {request.from_.uri} instead of {dialog.uri}: clients never answer it")
            return None
        if dialog.ended:
            self.violations.append("INFO after BYE: pidgin-sipe crashes")
        self._read(request.body)
        return respond(request, 200, headers=[("Contact", self._contact()), ("User-Agent", "ParlourTestKit")])

    def _read(self, body: bytes) -> None:
        """For heirs: an INFO body arrived."""


def _token() -> str:
    return os.urandom(8).hex()


def _ok(request: Request) -> Response:
    return respond(request, 200)


def _not_implemented(request: Request) -> Response:
    return respond(request, 501, "Not implemented")


def _challenge(response: Response, scheme: str) -> AuthValue | None:
    offered = (*response.headers.all("WWW-Authenticate"), *response.headers.all("Proxy-Authenticate"))
    parsed = [parse_auth(value) for value in offered]
    return next((value for value in parsed if value.scheme.lower() == scheme.lower()), None)


def _need_ntlm(response: Response) -> AuthValue:
    found = _challenge(response, "NTLM") if response.status == 401 else None
    if found is None:
        raise RefusedError("NTLM handshake", response.status, response.reason, response)
    if found.params.get("version") != "4":
        raise ViolationError(f"NTLM without version=4: {found.params}")
    return found


def _checked(response: Response) -> Response:
    """Insist on what pidgin-sipe silently fails without (traps of its REGISTER)."""
    headers = response.headers
    events = [event for value in headers.all("Allow-Events") for event in value.split(",")]
    faults = [fault for fault, there in (
        ("no Expires header", headers.get("Expires")),
        ("Supported: msrtc-event-categories is not alone on a line",
         "msrtc-event-categories" in headers.all("Supported")),
        (f"Allow-Events has no {PROVISIONING} without blanks", PROVISIONING in events)) if not there]
    if faults:
        raise ViolationError("the 200 to the REGISTER: " + "; ".join(faults))
    return response


def _dialog(uri: str, request: Request, response: Response) -> Dialog:
    contact = response.headers.get("Contact")
    expires = (response.headers.get("Session-Expires") or "").partition(";")[0]
    return Dialog(
        uri, request.call_id, request.header("From"), response.header("To"),
        parse_name_addr(contact, "Contact").uri if contact else uri,
        list(reversed(response.headers.list("Record-Route"))), int(expires) if expires else None)
