"""Whom a request comes from when there are proxies; and that nobody else is believed."""

from ipaddress import ip_network

import httpx
import pytest
from fastapi import APIRouter, Request
from tests.web.signin_kit import HOST, House

from parlour.web.callers import peer_of
from parlour.web.proxies import Proxies, ProxyHeader

PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"), ip_network("2001:db8::/48")])
FORWARDED = Proxies(PROXIES.networks, ProxyHeader.FORWARDED)
STRANGER, PROXY = "192.0.2.7", "10.1.2.3"


@pytest.mark.parametrize(("peer", "lines", "client"), [
    (STRANGER, [], STRANGER),
    (STRANGER, ["198.51.100.1"], STRANGER),  # he may claim what he likes
    (PROXY, [], PROXY),
    (PROXY, ["198.51.100.1"], "198.51.100.1"),
    (PROXY, ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),  # the proxy's own word is the last one
    (PROXY, ["198.51.100.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
    (PROXY, ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),  # several lines are one
    (PROXY, ["10.2.2.2, 10.3.3.3"], "10.2.2.2"),  # nobody but proxies
    (PROXY, ["203.0.113.9:51234"], "203.0.113.9"),
    (PROXY, ["2001:db8:9::1"], "2001:db8:9::1"),
    (PROXY, ["[2001:db8:9::1]:443"], "2001:db8:9::1"),
    ("2001:db8::5", ["203.0.113.9"], "203.0.113.9"),
    ("::ffff:10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
    (PROXY, ["203.0.113.9, unknown"], PROXY),
    (PROXY, ["203.0.113.9, "], PROXY),
    (PROXY, ["<script>, 10.3.3.3"], "10.3.3.3"),
    (PROXY, ["1" * 5000], PROXY),
    ("unknown", ["203.0.113.9"], "unknown"),
])
def test_who_is_behind_a_proxy(peer: str, lines: list[str], client: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    assert PROXIES.client(peer, [(b"host", b"x"), *headers]) == client


@pytest.mark.parametrize(("line", "client"), [
    ("for=203.0.113.9", "203.0.113.9"),
    ("For=203.0.113.9;proto=https;by=10.1.2.3", "203.0.113.9"),
    ("proto=https; for=203.0.113.9", "203.0.113.9"),
    ('for="[2001:db8:9::1]:4711"', "2001:db8:9::1"),
    ('for=198.51.100.1, for="203.0.113.9:80"', "203.0.113.9"),
    ("for=203.0.113.9, for=10.2.2.2", "203.0.113.9"),
    ("for=_hidden", PROXY), ("for=unknown", PROXY), ("by=203.0.113.9", PROXY), ("203.0.113.9", PROXY), ("", PROXY),
])
def test_the_standard_header(line: str, client: str) -> None:
    assert FORWARDED.client(PROXY, [(b"Forwarded", line.encode())]) == client


def test_only_the_header_that_proxies_write_counts() -> None:
    both = [(b"x-forwarded-for", b"198.51.100.1"), (b"forwarded", b"for=203.0.113.9")]
    assert PROXIES.client(PROXY, both) == "198.51.100.1"
    assert FORWARDED.client(PROXY, both) == "203.0.113.9"
    assert Proxies().client("127.0.0.1", both) == "127.0.0.1"  # nobody is believed unless one says so


async def test_routes_see_the_address_behind_the_proxy(house: House) -> None:
    router = APIRouter()

    @router.get("/peer")
    async def peer(request: Request) -> str:
        return peer_of(request)

    app = house.make_app(router, proxies=PROXIES)
    for at, seen in ((PROXY, "203.0.113.9"), (STRANGER, STRANGER)):
        transport = httpx.ASGITransport(app=app, client=(at, 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"https://{HOST}") as client:
            answer = await client.get("/peer", headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer.json() == seen
