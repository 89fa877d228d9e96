"""Where the node that runs cmdlets listens: what a test of it connects to."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, told from what is connected to

_SCHEMES: Final = {"sip_tls": "sip+tls", "sip_tcp": "sip+tcp", "web": "https"}


@dataclass(frozen=True, slots=True)
class SipListener:
    """A listener.

    Attributes:
        host: an address at which this machine reaches it.
        port: its port.
        secure: TLS.
    """

    host: str
    port: int
    secure: bool


@dataclass(slots=True)
class OpenDoors:
    """The listeners that are open now; none while nobody serves.

    Attributes:
        listeners: those for SIP, TLS first.
        certificate: PEM file of the certificate that the node shows.
        urls: all of them as they listen: ``sip+tls://HOST:PORT``, ``sip+tcp://``, and ``https://`` or ``http://``.
    """

    listeners: tuple[SipListener, ...] = field(default=())
    certificate: Path | None = None
    urls: tuple[str, ...] = ()

    def opened(self, addresses: Mapping[str, str], certificate: Path, *, web_plain: bool = False) -> None:
        """Take note of what was opened.

        Args:
            addresses: ``HOST:PORT`` by kind: `sip_tls`, `sip_tcp`, `web`.
            certificate: PEM file of the certificate.
            web_plain: the web listener speaks HTTP without TLS.
        """
        schemes = {**_SCHEMES, **({"web": "http"} if web_plain else {})}
        self.urls = tuple(_url(scheme, addresses[kind]) for kind, scheme in schemes.items() if kind in addresses)
        self.certificate = certificate
        self.listeners = tuple(
            _listener(addresses[kind], secure) for kind, secure in (("sip_tls", True), ("sip_tcp", False))
            if kind in addresses)

    def closed(self) -> None:
        """Take note that there are no listeners any more."""
        self.listeners, self.urls = (), ()

    def tls(self) -> ssl.SSLContext:
        """Return TLS that trusts the node's own certificate and nothing else; it may be for any name.

        Raises:
            OSError: the certificate cannot be read.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # it is this very certificate or none
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=self._own_certificate())
        return context

    def _own_certificate(self) -> str:
        """Return the first certificate of the file; those of its issuers may come after it."""
        if self.certificate is None:
            raise FileNotFoundError("no certificate is known")
        first, end, _ = self.certificate.read_text(encoding="ascii").partition("-----END CERTIFICATE-----")
        return first + end


def _listener(address: str, secure: bool) -> SipListener:
    host, _, port = address.rpartition(":")
    return SipListener(reachable(host), int(port), secure)


def _url(scheme: str, address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{scheme}://{bracketed(host)}:{port}"


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """Return an address at which this machine reaches a listener at `host`."""
    return _ANY.get(host, host)
