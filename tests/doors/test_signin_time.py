"""What time does to sessions at a node: live connections keep them, but not forever; what was used when is written."""

import asyncio
import sqlite3
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from tests.doors.kit import SECONDS
from websockets.asyncio.client import connect
from websockets.typing import Origin

from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.directory.bearers import Bearer, Kind
from parlour.node import Node, open_node, running
from parlour.testing import Deployment, FakeClock

COOKIE = "__Host-parlour"
IDLE, LONGEST, STEP = timedelta(hours=1), timedelta(hours=2), timedelta(minutes=45)


def trusting(deployment: Deployment) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    return context


class Home:
    """Alice at home, where time stands still unless it is told to go on."""

    def __init__(self, deployment: Deployment, node: Node, clock: FakeClock) -> None:
        self.deployment, self.node, self.clock = deployment, node, clock
        self.host = f"127.0.0.1:{deployment.web_port}"

    @asynccontextmanager
    async def browser(self, cookie: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Open a browser, maybe with a cookie."""
        async with httpx.AsyncClient(base_url=f"https://{self.host}", verify=trusting(self.deployment),
                                     trust_env=False, timeout=SECONDS) as browser:
            if cookie is not None:
                browser.headers["Cookie"] = f"{COOKIE}={cookie}"
            yield browser

    async def begun(self) -> str:
        """Begin a session; return its cookie."""
        async with self.browser() as browser:
            own = {"address": self.deployment.address("alice"), "password": self.deployment.password("alice")}
            return str((await browser.post("/api/v1/session", json=own)).cookies[COOKIE])

    async def status(self, cookie: str) -> int:
        """Ask who one is; return the status."""
        async with self.browser(cookie) as browser:
            return (await browser.get("/api/v1/session")).status_code

    async def sessions(self) -> list[Bearer]:
        """Return Alice's sessions."""
        alice = await self.node.people.find(self.deployment.address("alice"))
        return await self.node.bearers.of(alice, Kind.SESSION)

    async def pass_until_used(self, time: timedelta) -> None:
        """Let time pass, and then minutes until a session has been used since."""
        self.clock.advance(time.total_seconds())
        since = self.clock.now()
        async with asyncio.timeout(SECONDS):
            while not any(one.used_at is not None and one.used_at >= since for one in await self.sessions()):
                self.clock.advance(60)


async def test_an_open_connection_keeps_its_session_until_its_time_is_over(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, users=("alice",), rooms=(), web=True)
    await deployment.create()
    clock = FakeClock()
    settings = Settings.load(
        deployment.data, sip_tls="", web=f"127.0.0.1:{deployment.web_port}",
        web_session_idle=int(IDLE.total_seconds()), web_session_longest=int(LONGEST.total_seconds()))
    async with open_node(DataFolder(deployment.data), settings, clock) as node, running(node):
        home = Home(deployment, node, clock)
        alone, kept = await home.begun(), await home.begun()
        async with connect(
                f"wss://{home.host}/api/v1/live", ssl=trusting(deployment), compression=None, proxy=None,
                origin=Origin(f"https://{home.host}"), additional_headers={"Cookie": f"{COOKIE}={kept}"}) as socket:
            for _ in range(2):
                await home.pass_until_used(STEP)  # by nothing but the open connection
            assert [await home.status(one) for one in (alone, kept)] == [401, 200]
            clock.advance(STEP.total_seconds())
            async with asyncio.timeout(SECONDS):
                while socket.close_code is None:
                    clock.advance(60)
                    await home.sessions()  # which gives everything else a turn
            assert socket.close_code == 4401
        assert await home.status(kept) == 401
        last = await home.begun()
        clock.advance(30)
        assert await home.status(last) == 200
    with sqlite3.connect(deployment.data / "parlour.db") as raw:
        ((used,),) = raw.execute("SELECT max(used_at) FROM bearers")
    raw.close()
    assert used == int(clock.now().timestamp() * 1_000_000)
