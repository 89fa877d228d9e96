"""One person's SIP connection as a Lync-style client has it: sign-in, requests, dialogs. Chat is in `chat`."""

import asyncio
import base64
import os
import ssl
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import ClassVar, Self

from parlour.sip import AuthValue, Headers, Request, Response, parse_auth, parse_name_addr, render_auth, respond
from parlour.sipclient import digest, ntlm
from parlour.sipclient.connection import Association, SipConnection
from parlour.sipclient.errors import LostError, RefusedError, ViolationError
from parlour.sipclient.signin import SignInSecrets

Header = tuple[str, str]

PROVISIONING = "vnd-microsoft-provisioning-v2"

_SDP = (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5061 sip null\r\n"
        b"a=accept-types:text/plain\r\n")


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

    Args:
        address: ``alice@litwareinc.com``.
        host: where to connect.
        port: where to connect.
        tls: how to use TLS; None for plain TCP.
        server_name: the name that the server's certificate has to be for, if it is not `host`.

    Attributes:
        agent: what the client calls itself.
        tls: whether it uses TLS.
    """

    agent: ClassVar[str] = "Parlour"
    connection_type: ClassVar[type[SipConnection]] = SipConnection

    def __init__(
        self, address: str, host: str, port: int, *, tls: ssl.SSLContext | None, server_name: str | None = None
    ) -> None:
        self.address = address
        self.uri = f"sip:{address}"
        self.tls = tls is not None
        self._place = host, port, tls, server_name
        self._connection: SipConnection | None = None
        self._register_id, self._register_number = _token(), 0
        self._epid, self._instance = os.urandom(6).hex(), str(uuid.uuid4())
        self._digest: tuple[SignInSecrets, str] | None = None
        self._dialogs: dict[str, Dialog] = {}

    # --- connection -----------------------------------------------------------------------------------------------
    async def connect(self) -> Self:
        """Connect, without signing in."""
        self._connection = await self.connection_type.open(self._on_request, *self._place)
        self._connection.lost.add_done_callback(self._on_lost)
        return self

    @property
    def wire(self) -> SipConnection:
        """The connection; raises LostError before `connect`."""
        if self._connection is None:
            raise LostError("not connected")
        return self._connection

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
            ("CSeq", f"1 {method}"), ("User-Agent", self.agent), ("Call-ID", _token()), *headers)), body)

    def inside(
        self, dialog: Dialog, method: str, body: bytes = b"", headers: Iterable[Header] = (), number: int | None = None
    ) -> Request:
        """Make a request of a dialog, as pidgin-sipe does: Via without branch."""
        count = dialog.next_number() if number is None else number
        content = [("Content-Type", "text/plain")] if body else []
        return Request(method, dialog.target, Headers((
            self._via(branch=False), ("From", dialog.local), ("To", dialog.remote), ("Max-Forwards", "70"),
            ("CSeq", f"{count} {method}"), ("User-Agent", self.agent), ("Call-ID", dialog.call_id),
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
        secrets, uri = self._digest
        ha1 = secrets.ha1(found.params.get("realm", ""))
        if ha1 is None:
            return None
        header = "Authorization" if response.status == 401 else "Proxy-Authorization"
        return header, digest.credentials(found.params, request.method, secrets.login, ha1, uri)

    def _renumbered(self, request: Request) -> Headers:
        """Give a request that is sent again the next number of its sequence."""
        number = request.cseq.number + 1
        if request.method == "REGISTER":
            number = self._register_number = self._register_number + 1
        elif dialog := self._dialogs.get(request.call_id):
            number = dialog.next_number()
        return request.headers.replaced("CSeq", f"{number} {request.method}")

    # --- sign-in --------------------------------------------------------------------------------------------------
    async def sign_in(self, secrets: SignInSecrets, within: float = 10) -> Response:
        """Sign in as the server offers it: by NTLM if both can, else by Digest, over TLS only.

        Args:
            secrets: what proves who it is.
            within: seconds, for each step.

        Returns:
            The 200.

        Raises:
            RefusedError: with the last response.
            ChallengeError: the server's challenge lacks what real clients insist on.
            ViolationError: the 200 is not signed, or has not what real clients need.
        """
        first = await self.send(self._registration(), within)
        if secrets.nt_hash is not None and _challenge(first, "NTLM"):
            handshake = await self._handshake(need_ntlm(first), within=within)
            token, security = ntlm.authenticate(handshake.token, secrets.login, secrets.nt_hash)
            return await self._finish(handshake, token, security, within=within)
        if self.tls and (first.status in (401, 407)) and _challenge(first, "Digest"):
            return await self._register_by_digest(secrets, f"sip:{self.address.rpartition('@')[2]}", within=within)
        raise RefusedError("REGISTER", first.status, first.reason, first)

    async def _register_by_digest(
        self, secrets: SignInSecrets, uri: str, address: str | None = None, within: float = 10
    ) -> Response:
        self._digest = secrets, uri
        return checked(need_success("REGISTER", await self.send(self._registration(address), within)))

    async def _handshake(self, offered: AuthValue, address: str | None = None, within: float = 10) -> Handshake:
        """Ask for the challenge of a server that offered NTLM."""
        realm, target = offered.params.get("realm", ""), offered.params.get("targetname", "")
        begin = render_auth(
            "NTLM", {"qop": "auth", "realm": realm, "targetname": target, "gssapi-data": "", "version": "4"})
        given = need_ntlm(await self.send(self._registration(address, [("Authorization", begin)]), within))
        token = base64.b64decode(given.params.get("gssapi-data", ""))
        return Handshake(given.params.get("opaque", ""), token, realm, target)

    async def _finish(
        self, handshake: Handshake, token: bytes, security: ntlm.Security, address: str | None = None,
        within: float = 10,
    ) -> Response:
        """Do the last step of an NTLM handshake."""
        before, wire = self.wire.association, self.wire
        wire.association = Association(security, handshake.realm, handshake.target, handshake.opaque)
        response = await self.send(self._authenticated(token, address), within)
        if response.status != 200:
            wire.association = before
        elif "Authentication-Info" not in response.headers:
            raise ViolationError("the 200 to the REGISTER is not signed")
        return checked(need_success("REGISTER", response))

    def _authenticated(self, token: bytes, address: str | None) -> Request:
        request = self._registration(address)
        value = f'{self._proof(request)}, gssapi-data="{base64.b64encode(token).decode()}", version=4'
        return Request(request.method, request.uri, request.headers.with_("Authorization", value))

    def _proof(self, request: Request) -> str:
        return self.wire.signature(request)

    def _registration(self, address: str | None = None, headers: Iterable[Header] = ()) -> Request:
        self._register_number += 1
        uri = f"sip:{address or self.address}"
        return Request("REGISTER", f"sip:{uri.rpartition('@')[2]}", Headers((
            self._via(branch=True), ("From", self._from(uri)), ("To", f"<{uri}>"), ("Max-Forwards", "70"),
            ("CSeq", f"{self._register_number} REGISTER"), ("User-Agent", self.agent),
            ("Call-ID", self._register_id),
            ("Contact", f'{self._contact()};methods="INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, '
                        f'ACK, REFER, BENOTIFY";proxy=replace;+sip.instance="<urn:uuid:{self._instance}>"'),
            ("Supported", "gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence"),
            ("Event", "registration"), ("Allow-Events", "presence"), ("ms-keep-alive", "UAC;hop-hop=yes"), *headers)))

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

    # --- requests of the server -------------------------------------------------------------------------------------
    def _on_request(self, request: Request) -> Response | None:
        if request.method == "BENOTIFY":
            return None
        known = {"INFO": self._on_info, "BYE": self._on_bye, "NOTIFY": _ok, "OPTIONS": _ok, "MESSAGE": _ok}
        return known.get(request.method, _not_implemented)(request)

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
        return respond(request, 200, headers=[("Contact", self._contact()), ("User-Agent", self.agent)])

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


def need_ntlm(response: Response) -> AuthValue:
    """Return the NTLM challenge of a 401, or raise RefusedError (none) or ViolationError (another version)."""
    found = _challenge(response, "NTLM") if response.status == 401 else None
    if found is None:
        raise RefusedError("NTLM handshake", response.status, response.reason, response)
    if found.params.get("version") != "4":
        raise ViolationError(f"NTLM without version=4: {found.params}")
    return found


def checked(response: Response) -> Response:
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
