"""`make run`: the demo deployment is there, shows what the product does, and is the same the next time."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.kit import environment, parlour

from parlour.testing import RefusedError, SipClient
from parlour.testing.child import Child
from parlour.testing.deployment import free_port

PASSWORD = "told to everybody"
ROOMS = {"Engineering", "All hands", "Apollo", "Town hall"}


class Demo:
    """The demo as a child process, on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.tcp = free_port()
        self._log = folder / "demo.log"
        self._env = environment(
            self.data, PARLOUR_DEMO_PASSWORD=PASSWORD, PARLOUR_SIP_TLS="127.0.0.1:0", PYTHONUNBUFFERED="1",
            PARLOUR_SIP_TCP=f"127.0.0.1:{self.tcp}", PARLOUR_WEB=f"127.0.0.1:{free_port()}")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Have it serve; yields what it printed."""
        last_line = re.compile(r"^ +https://")
        child = Child([sys.executable, "-m", "parlour.demo"], self._env, self._log, last_line)
        await child.ready(30)
        try:
            yield child.output()
        finally:
            assert await child.terminate(15) == 0

    @asynccontextmanager
    async def client(self, user: str) -> AsyncIterator[SipClient]:
        """Have somebody signed in, as the guide says."""
        async with SipClient(f"{user}@litwareinc.com", "127.0.0.1", self.tcp, tls=False) as client:
            await client.register(PASSWORD)
            await client.open_chat("sip:pce@litwareinc.com")
            yield client


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path)


async def test_the_demo_shows_rooms_of_every_kind(demo: Demo) -> None:
    async with demo.serving() as guide, demo.client("carol") as carol, demo.client("alice") as alice:
        assert PASSWORD in guide
        rooms = (await carol.chansrch()).rooms
        assert set(rooms) == ROOMS
        assert set((await alice.chansrch()).rooms) == ROOMS | {"Skunk works"}
        with pytest.raises(RefusedError, match="403"):
            await carol.join(rooms["Apollo"])
        await carol.join(rooms["Town hall"])
        with pytest.raises(RefusedError, match="403"):
            await carol.post(rooms["Town hall"], "May I?")
        await alice.join(rooms["Town hall"])
        await alice.post(rooms["Town hall"], "I may")
        await carol.next("grpchat", text="I may")
        shared = f'<ftdb channelUri="{rooms["Apollo"]}" fileUrl="plan.txt"/>'
        assert f'serveruri="https://127.0.0.1:{demo_web(guide)}/files"' in (
            await alice.command("getfutok", shared)).raw.decode()


def demo_web(guide: str) -> str:
    """Return the port of the web listener that the guide names."""
    (port,) = re.findall(r"\n    https://127\.0\.0\.1:(\d+)/\n+$", guide)
    return str(port)


async def test_the_guide_says_what_works(demo: Demo) -> None:
    async with demo.serving() as guide, demo.client("carol") as carol:
        (command,) = re.findall(r"parlour (Set-CsPersistentChatRoom) -Identity", guide)
        members = '@{Add="sip:carol@litwareinc.com"}'
        assert f"-Identity \"Apollo\" -Members '{members}'" in guide
        assert parlour(command, "-Identity", "Apollo", "-Members", members, data=demo.data).status == 0
        await carol.join((await carol.chansrch()).rooms["Apollo"])
        assert "Secret" in parlour("why", "carol@litwareinc.com", "Skunk works", data=demo.data).out


async def test_what_was_said_yesterday_is_there_once_however_often_it_starts(demo: Demo) -> None:
    for _ in range(2):
        async with demo.serving(), demo.client("bob") as bob:
            room = (await bob.chansrch()).rooms["Engineering"]
            said = (await bob.bccontext(room)).history
            assert [message.text for message in said] == [
                "The gateway 10.20.30.40 is back.", "Thank you! Was it the deployment, @alice?", "No: the cable."]
            age = datetime.now(UTC) - datetime.fromisoformat(said[-1].time[:19] + "+00:00")
            assert timedelta(hours=23) < age < timedelta(hours=25)
