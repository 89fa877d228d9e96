"""Calls to other systems: bounded in time and size, and never to where nobody from outside may look.

Whoever makes a hook names an address, and this machine calls it: so he must not reach through it what only this
machine can reach. The name is looked up once, what it stands for is judged, and that very address is connected to.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from parlour.bots.ports import Answer, CallFailed
from parlour.errors import HOOK_INVALID, ParlourError

if TYPE_CHECKING:
    import httpx  # it takes a while, and commands do without it: whoever calls loads it

MOST_URL = 1024  # characters
MOST_ANSWER = 65_536  # bytes of an answer that are read
_AT_ONCE = 32  # calls under way together
_TRANSLATED = ip_network("64:ff9b::/96")  # RFC 6052: IPv4 in IPv6
_TRANSLATED_HERE = ip_network("64:ff9b:1::/48")  # RFC 8215: the same, within one organisation
_COMPATIBLE = ip_network("::/96")  # RFC 4291 section 2.5.5.1: IPv4 in IPv6, of old

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class HttpCaller:
    """`parlour.bots.ports.Caller` on httpx.

    Args:
        networks: those that may be called although they are private; over plain HTTP, too.
        timeout: seconds for a whole call.
    """

    def __init__(self, networks: Sequence[Network], timeout: float) -> None:
        self._networks = networks
        self._timeout = timeout
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The machine's own trust: organisations have authorities of their own."""
        return ssl.create_default_context()

    def check(self, url: str) -> None:
        """Make sure that an address may be called as far as can be seen from it.

        Raises:
            ParlourError: HookInvalid.
        """
        try:
            parsed = self._parsed(url)
            literal = _literal(parsed.host)
            if literal is not None:
                self._judge(parsed, [literal])
        except CallFailed as refusal:
            raise ParlourError(HOOK_INVALID, url[:100], reason=str(refusal)) from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post to an address; redirects are not followed.

        Raises:
            CallFailed: it may not be called, or there was no answer in time.
        """
        import httpx

        parsed = self._parsed(url)
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                return await self._call(parsed, body, headers)
        except TimeoutError:
            raise CallFailed(f"{parsed.host} did not answer within {self._timeout:g} seconds") from None
        except httpx.HTTPError as fault:
            raise CallFailed(f"{parsed.host}: {str(fault) or type(fault).__name__}") from fault

    def _parsed(self, url: str) -> "httpx.URL":
        import httpx

        if len(url) > MOST_URL:
            raise CallFailed(f"the address has more than {MOST_URL} characters")
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError) as fault:
            raise CallFailed("this is no web address") from fault
        if parsed.scheme not in ("https", "http") or not parsed.host:
            raise CallFailed("the address does not begin with https://")
        if parsed.port is not None and not 0 < parsed.port < 65_536:
            raise CallFailed("the address has a port that there cannot be")
        if parsed.userinfo:
            raise CallFailed("there is a password in the address")
        if parsed.scheme == "http" and not self._networks:
            raise CallFailed("http is for the networks of the setting hook_networks alone; use https")
        return parsed

    async def _call(self, url: "httpx.URL", body: bytes, headers: Mapping[str, str]) -> Answer:
        import httpx

        address = self._judge(url, await _addresses(url))
        # httpx connects to the address; the server is asked for, and proves to be, the name.
        target = url.copy_with(host=str(address))
        own = {"Host": url.netloc.decode(), "User-Agent": "Parlour", "Accept-Encoding": "identity"}
        async with httpx.AsyncClient(verify=self._trust, trust_env=False, follow_redirects=False,
                                     timeout=self._timeout) as client, client.stream(
                "POST", target, content=body, headers={**headers, **own},
                extensions={"sni_hostname": url.host}) as response:
            return Answer(response.status_code, await _beginning(response))

    def _judge(self, url: "httpx.URL", found: Sequence[Address]) -> Address:
        """Return the first address that may be called."""
        for address in found:
            inside = self._is_listed(address)
            if inside or (url.scheme == "https" and is_public(address)):
                return address
        if any(map(is_public, found)):
            raise CallFailed(f"{url.host} may be called by https only")
        raise CallFailed(f"{url.host} is in a private network that the setting hook_networks does not list")

    def _is_listed(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the whole internet, also where it carries another one in it."""
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    inside = isinstance(address, IPv6Address) and (
        address.is_site_local or address in _COMPATIBLE or address in _TRANSLATED_HERE)
    return address.is_global and not address.is_multicast and not inside


def _carried(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


async def _addresses(url: "httpx.URL") -> list[Address]:
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise CallFailed(f"there is no {url.host}") from fault
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


async def _beginning(response: "httpx.Response") -> bytes:
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > MOST_ANSWER:
            raise CallFailed(f"its answer is longer than {MOST_ANSWER} bytes")
    return bytes(content)
