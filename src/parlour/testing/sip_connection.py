"""A scripted client's SIP connection: that of `parlour.sipclient`, which can misbehave and remembers everything."""

import ssl
from collections.abc import Callable
from enum import Enum
from functools import cache

from parlour.sip import Message, Request, Response
from parlour.sipclient import Association, LostError, ViolationError
from parlour.sipclient import SipConnection as ClientConnection
from parlour.sipclient.connection import transaction

__all__ = ["Association", "LostError", "Signing", "SipConnection", "ViolationError", "insecure", "transaction"]


class Signing(Enum):
    """What the client does to its own messages after an NTLM handshake."""

    GOOD = "good"
    NONE = "none"
    WRONG = "wrong"


@cache
def insecure() -> ssl.SSLContext:
    """Return TLS that takes any certificate: the server's is one that it made for itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class SipConnection(ClientConnection):
    """One TCP or TLS connection.

    Args:
        on_request: called with every request of the server whose signature is in order; returns the answer, or None.

    Attributes:
        signing: what to do to our own messages.
        messages: every SIP message received.
    """

    def __init__(self, on_request: Callable[[Request], Response | None]) -> None:
        super().__init__(on_request)
        self.signing = Signing.GOOD
        self.messages: list[Message] = []

    def pause(self) -> None:
        """Stop reading: what a slow reader does."""
        self.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self.transport.resume_reading()

    def _signed(self, message: Message) -> Message:
        return message if self.signing is Signing.NONE else super()._signed(message)

    def _sign(self, known: Association, text: str) -> str:
        signed = super()._sign(known, text)
        return signed if self.signing is Signing.GOOD else signed[:-1] + ("0" if signed[-1] != "0" else "1")

    def _take(self, message: Message) -> None:
        self.messages.append(message)
        super()._take(message)
