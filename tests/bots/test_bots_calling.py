"""Calls to other systems: where they may go, and what they put up with; against a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from tests.bots.receiver import Receiver, answer, receiving

from parlour.bots.calling import MOST_ANSWER, HttpCaller, is_public
from parlour.bots.ports import Answer, CallFailed
from parlour.errors import ParlourError

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.mark.parametrize(("address", "public"), [
    ("93.184.216.34", True), ("2606:2800:220:1::1", True),
    ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("0.0.0.1", False),
    ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False),
    ("239.1.1.1", False), ("::1", False), ("::", False), ("fe80::1", False), ("fc00::1", False), ("ff02::1", False),
    ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("::ffff:93.184.216.34", True),
    ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True), ("2002:7f00:1::", False), ("2002:a00:1::", False),
    ("fec0::1", False), ("64:ff9b:1::7f00:1", False), ("::10.0.0.1", False)])
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize("url", [
    "", "nonsense", "ftp://x.example/", "file:///etc/passwd", "https://", "https:///x", "http://x.example/",
    "https://user:secret@x.example/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
    "https://10.0.0.1:8443/", "https://[::ffff:127.0.0.1]/", "https://x.example:99999/", "javascript:alert(1)",
    "https://x.example/" + "a" * 1024])
def test_addresses_that_no_hook_may_have(url: str) -> None:
    with pytest.raises(ParlourError) as caught:
        HttpCaller([], 10).check(url)
    assert caught.value.kind.name == "HookInvalid"


@pytest.mark.parametrize("url", ["https://x.example/", "https://x.example:8443/a?b=c", "https://93.184.216.34/"])
def test_addresses_that_hooks_may_have(url: str) -> None:
    HttpCaller([], 10).check(url)
    HttpCaller(LOOPBACK, 10).check(url)
    HttpCaller(LOOPBACK, 10).check("http://127.0.0.1:8000/")


async def test_a_call_arrives_as_it_was_meant(receiver: Receiver) -> None:
    receiver.answers.append(answer(201, "thanks"))
    found = await HttpCaller(LOOPBACK, 10).post(receiver.url, b"body", {"X-One": "1", "Content-Type": "text/plain"})
    assert found == Answer(201, b"thanks")
    came = await receiver.next()
    assert (came.path, came.body) == ("/here", b"body")
    assert (came.headers["host"], came.headers["x-one"]) == (f"127.0.0.1:{receiver.port}", "1")
    assert came.headers["content-type"] == "text/plain"


async def failure(caller: HttpCaller, url: str) -> str:
    with pytest.raises(CallFailed) as caught:
        await caller.post(url, b"", {})
    return str(caught.value)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name stand for these addresses."""
    async def getaddrinfo(_: object, __: str, port: int, **___: object) -> Sequence[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


async def test_nothing_private_is_called_under_any_name(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = HttpCaller([], 10)
    assert "private network" in await failure(caller, f"https://127.0.0.1:{receiver.port}/")
    resolving(monkeypatch, "127.0.0.1", "fe80::1%eth0", "10.0.0.1")
    assert "private network" in await failure(caller, f"https://rebound.example:{receiver.port}/")
    resolving(monkeypatch, "93.184.216.34")
    assert "https only" in await failure(HttpCaller(LOOPBACK, 10), "http://public.example/")
    assert receiver.came.empty()


async def test_a_name_is_looked_up_once_and_that_address_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "10.0.0.1", "127.0.0.1")  # the first is not listed, the second is
    found = await HttpCaller(LOOPBACK, 10).post(f"http://inside.example:{receiver.port}/x", b"", {})
    assert found.status == 200
    assert (await receiver.next()).headers["host"] == f"inside.example:{receiver.port}"


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answers.append(answer(302, "", f"Location: {receiver.url}/elsewhere"))
    assert (await HttpCaller(LOOPBACK, 10).post(receiver.url, b"", {})).status == 302
    await receiver.next()
    assert receiver.came.empty()


async def test_who_is_silent_or_endless_is_given_up(receiver: Receiver) -> None:
    receiver.answers.append(answer(200, "x" * (MOST_ANSWER + 1)))
    assert "longer than" in await failure(HttpCaller(LOOPBACK, 10), receiver.url)
    receiver.answers.append(b"rubbish\r\n\r\n")
    assert "127.0.0.1" in await failure(HttpCaller(LOOPBACK, 10), receiver.url)
    receiver.silent = True
    assert "0.2 seconds" in await failure(HttpCaller(LOOPBACK, 0.2), receiver.url)


async def test_who_is_not_there_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "127.0.0.1" in await failure(HttpCaller(LOOPBACK, 10), f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert "there is no nowhere.invalid" in await failure(HttpCaller([], 10), "https://nowhere.invalid/")

