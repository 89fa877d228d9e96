"""A client's SIP connection: requests and their responses, requests of the server, signatures both ways.

Built on `asyncio.Protocol`: what arrives is handled at once, in the callback, so there is no task to look after and
the pace of whoever uses it never delays an answer.
"""

import asyncio
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from parlour.errors import ParlourError
from parlour.sip import Broken, Message, Rejected, Request, Response, StreamParser, parse_auth, quote, render_auth
from parlour.sipclient.errors import LostError, ViolationError, Violations
from parlour.sipclient.ntlm import Security, string_to_sign

Transaction = tuple[str, int, str]


@dataclass(frozen=True)
class Association:
    """A finished NTLM handshake.

    Attributes:
        security: the keys.
        realm, target, opaque: as the server named them.
    """

    security: Security
    realm: str
    target: str
    opaque: str


def transaction(message: Message) -> Transaction:
    """Return what identifies a transaction to pidgin-sipe: Call-ID, number and method."""
    return message.call_id, message.cseq.number, message.cseq.method


class SipConnection(asyncio.Protocol):
    """One TCP or TLS connection.

    Args:
        on_request: called with every request of the server whose signature is in order; returns the answer, or None.

    Attributes:
        association: set to sign and to verify from now on.
        violations: what the server did wrong, in words; of many, the first few.
    """

    def __init__(self, on_request: Callable[[Request], Response | None]) -> None:
        self.association: Association | None = None
        self.violations: list[str] = Violations()
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._on_request = on_request
        self._parser = StreamParser()
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[Transaction, asyncio.Future[Response]] = {}
        self._number = 0

    @classmethod
    async def open(
        cls, on_request: Callable[[Request], Response | None], host: str, port: int, tls: ssl.SSLContext | None,
        server_name: str | None = None,
    ) -> Self:
        """Connect.

        Args:
            on_request: see the class.
            host: name or address.
            port: port.
            tls: how to use TLS; None for plain TCP.
            server_name: the name that the certificate has to be for, if it is not `host`.

        Raises:
            OSError: nobody answers, the name is not known, or the certificate is not trusted.
        """
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: cls(on_request), host, port, ssl=tls, server_hostname=server_name if tls else None)
        return connection

    @property
    def local(self) -> tuple[str, int]:
        """Our own address and port."""
        host, port, *_ = self.transport.get_extra_info("sockname")
        return host, port

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; raises LostError when the connection is gone."""
        if self._transport is None or self.lost.done():
            raise LostError(self.lost.result() if self.lost.done() else "not connected")
        return self._transport

    # --- sending --------------------------------------------------------------------------------------------------
    def write(self, data: bytes) -> None:
        """Send bytes as they are.

        Raises:
            LostError: the connection is gone.
        """
        self.transport.write(data)

    def send(self, message: Message) -> None:
        """Send a message, signed if it must be."""
        self.write(self._signed(message).to_bytes())

    def request(self, request: Request) -> "asyncio.Future[Response]":
        """Send a request and return the future of its final response."""
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[transaction(request)] = answer
        self.send(request)
        return answer

    def close(self) -> None:
        """Close in order."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        """Break off: a reset, no word; nothing if it is over already."""
        if self._transport and not self.lost.done():  # asyncio fails for some that are
            self._transport.abort()

    def _signed(self, message: Message) -> Message:
        if self.association is None or "Authorization" in message.headers:
            return message
        return replace(message, headers=message.headers.with_("Authorization", self.signature(message)))

    def signature(self, message: Message) -> str:
        """Make the Authorization value that signs a message.

        Raises:
            ViolationError: there was no handshake yet.
        """
        known = self.association
        if known is None:
            raise ViolationError("no handshake, nothing to sign with")
        self._number += 1
        random, number = os.urandom(4).hex(), str(self._number)
        text = string_to_sign(message, random, number, known.realm, known.target)
        return render_auth("NTLM", {
            "qop": "auth", "opaque": known.opaque, "realm": known.realm, "targetname": known.target,
            "crand": random, "cnum": number, "response": self._sign(known, text)})

    def _sign(self, known: Association, text: str) -> str:
        return known.security.client_signature(text)

    # --- receiving ------------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport from asyncio."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_connection gives
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take bytes from asyncio."""
        for event in self._parser.receive_data(data):
            if isinstance(event, Request | Response):
                self._take(event)
            elif isinstance(event, Rejected | Broken):
                self.violations.append(f"not SIP that a client reads: {event.error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn from asyncio that it is over."""
        if not self.lost.done():
            self.lost.set_result(str(exc) if exc else "the server closed the connection")
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LostError(self.lost.result()))
                answer.exception()  # seen: nobody need wait for it
        self._waiting.clear()

    def _take(self, message: Message) -> None:
        try:
            if self._verified(message):
                self._handle(message)
        except ParlourError as error:
            self.violations.append(f"cannot be verified: {message.start_line}: {error}")

    def _handle(self, message: Message) -> None:
        if isinstance(message, Response):
            self._settle(message)
        elif answer := self._on_request(message):
            self.send(answer)

    def _settle(self, response: Response) -> None:
        if response.is_final:
            answer = self._waiting.pop(transaction(response), None)
            if answer and not answer.done():
                answer.set_result(response)

    def _verified(self, message: Message) -> bool:
        """Do as pidgin-sipe does: drop what is unsigned, hang up on what is signed wrongly."""
        known, written = self.association, message.headers.get("Authentication-Info")
        if known is None:
            return True
        if written is None:
            return self._may_be_unsigned(message)
        return self._signature_holds(known, message, written)

    def _may_be_unsigned(self, message: Message) -> bool:
        provisional = isinstance(message, Response) and not message.is_final
        challenge = isinstance(message, Response) and message.status == 401
        if provisional or challenge or message.cseq.method == "REGISTER":
            return True
        self.violations.append(f"unsigned: {message.start_line}")
        return False

    def _signature_holds(self, known: Association, message: Message, written: str) -> bool:
        info = parse_auth(written)
        fields = {name: info.params.get(name, "") for name in ("srand", "snum", "realm", "targetname", "rspauth")}
        text = string_to_sign(
            message, fields["srand"], fields["snum"], fields["realm"], fields["targetname"], info.scheme)
        same = (fields["realm"], fields["targetname"]) == (known.realm, known.target)
        if same and fields["rspauth"] == known.security.server_signature(text):
            return True
        self.violations.append(f"signed wrongly: {message.start_line} with {quote(text)}")
        self.abort()
        return False
