"""Proxies in front of the node: whom to believe when they say for whom they speak."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network
_FOR: Final = re.compile(r'(?:^|;)\s*for=(?:"([^"]*)"|([^;,\s"]*))', re.IGNORECASE)
_WITH_PORT: Final = re.compile(r"\[([^\]]+)\](?::\d+)?|([0-9.]+)(?::\d+)?")


class ProxyHeader(StrEnum):
    """Where a proxy says for whom it speaks. Only one counts: a proxy lets the other pass as a stranger wrote it."""

    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are believed.

    Attributes:
        networks: where they are.
        header: what they write.
    """

    networks: Sequence[Network] = ()
    header: ProxyHeader = ProxyHeader.X_FORWARDED_FOR

    def client(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return whom a request comes from: the last address before the proxies that are believed.

        Args:
            peer: the network address at the other end of the connection.
            headers: of the request, as they came.
        """
        found = peer
        if not self.networks or not self._believes(found):
            return found
        name = self.header.value.encode()
        lines = [value.decode("latin-1") for key, value in headers if key.lower() == name]
        for hop in reversed(",".join(lines).split(",")):
            address = self._address(hop.strip())
            if address is None:
                return found  # whatever that is, nobody further off is known
            found = address
            if not self._believes(found):
                return found
        return found

    def _believes(self, peer: str) -> bool:
        address = _parsed(peer)
        return address is not None and any(
            address.version == one.version and address in one for one in self.networks)

    def _address(self, hop: str) -> str | None:
        if self.header is ProxyHeader.FORWARDED:
            match = _FOR.search(hop)
            hop = (match[1] or match[2] or "") if match else ""
        if whole := _WITH_PORT.fullmatch(hop):
            hop = whole[1] or whole[2]
        parsed = _parsed(hop)
        return None if parsed is None else str(parsed)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


class ClientAddress:
    """ASGI middleware that puts the address of whom a request comes from in the place of the proxy's.

    Args:
        app: what answers.
        proxies: the proxies that are believed.
    """

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        client = scope.get("client")
        if scope["type"] == "http" and client:
            address = self._proxies.client(client[0], scope["headers"])
            scope = {**scope, "client": (address, client[1] if address == client[0] else 0)}
        await self._app(scope, receive, send)
