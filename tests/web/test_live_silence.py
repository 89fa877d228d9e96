"""Whoever gives no sign of life on the live connection is gone, and his place in the rooms is free."""

import asyncio
from base64 import b64encode
from pathlib import Path

import pytest

from parlour.client import live
from parlour.testing.conversations.administrator import password
from parlour.testing.conversations.values import Endpoint
from parlour.testing.conversations.web_stage import WebStage, web_stage
from parlour.web.live import protocol

ALICE = Endpoint("alice")
GREETING = (
    "GET /api/v1/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Basic {}\r\n\r\n")


async def silent_peer(stage: WebStage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a live connection as alice by hand, and say nothing on it."""
    host, _, port = stage.url.removeprefix("https://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=stage.trust)
    given = f"{stage.administrator.address('alice').bare}:{password('alice')}"
    writer.write(GREETING.format(b64encode(given.encode()).decode()).encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    return reader, writer


async def test_who_answers_no_ping_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_SILENCE_SECONDS", 0.2)
    async with web_stage(tmp_path) as stage:
        await stage.people(frozenset({"alice"}))
        reader, writer = await silent_peer(stage)
        async with asyncio.timeout(10):
            assert await reader.read() == b"\x89\x00"  # it was asked once, and cut off when it did not answer
        writer.close()
        # who answers, as every library does by itself, stays
        await stage.player(ALICE).connection.ask(live.ping())


async def test_a_stranger_who_says_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.web.listener._HEAD_SECONDS", 0.2)
    async with web_stage(tmp_path) as stage:
        host, _, port = stage.url.removeprefix("https://").rpartition(":")
        for beginning in (b"", b"GET /api/v1/live HTTP/1.1\r\nUpgrade: webso"):
            reader, writer = await asyncio.open_connection(host, int(port), ssl=stage.trust)
            writer.write(beginning)
            async with asyncio.timeout(10):
                assert await reader.read() == b""
            writer.close()
