"""Rooms with hooks on a real database, with time that stands still and a network that does as it is told."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher
from tests.chat.stage_kit import Stage
from tests.storage.storage_kit import FOREST, one_person, open_archive

from parlour.bots.delivery import Deliveries
from parlour.bots.model import Hook, HookKind, HookLimits, NewHook
from parlour.bots.ports import Answer, CallFailed
from parlour.bots.service import Hooks
from parlour.chat.model import Room
from parlour.directory.bots import Bots
from parlour.directory.people import People
from parlour.directory.secrets import KEY_BYTES, Vault
from parlour.storage.hooks import SqlHookStore
from parlour.testing import FakeClock
from parlour.web.hookevents import event_shape

URL = "https://elsewhere.example/here"
SECONDS = 10  # longest wait for anything


@dataclass
class Network:
    """Takes calls, and answers as it is told.

    Attributes:
        answers: the next answers; a text is why there is none. After them, an empty 200.
        calls: what was sent: address, headers, body.
    """

    answers: list[Answer | str] = field(default_factory=list)
    calls: "asyncio.Queue[tuple[str, Mapping[str, str], bytes]]" = field(default_factory=asyncio.Queue)

    def check(self, url: str) -> None:
        """Let every address be."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Take a call."""
        found = self.answers.pop(0) if self.answers else Answer(200, b"")
        self.calls.put_nowait((url, headers, body))
        if isinstance(found, str):
            raise CallFailed(found)
        return found

    async def next(self) -> tuple[str, Mapping[str, str], bytes]:
        """Return the next call."""
        async with asyncio.timeout(SECONDS):
            return await self.calls.get()


class NappingClock(FakeClock):
    """A clock that tells for how long somebody sleeps; `naps` are the seconds, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.naps: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        self.naps.put_nowait(seconds)
        await super().sleep(seconds)

    async def nap(self) -> float:
        """Wait until somebody sleeps; return for how long."""
        async with asyncio.timeout(SECONDS):
            return await self.naps.get()


class Workshop:
    """A chat with bots and hooks; person 1 manages its rooms."""

    def __init__(self, stage: Stage, limits: HookLimits) -> None:
        self.stage = stage
        self.clock = NappingClock()
        self.network = Network()
        self.manager = one_person(1)
        numbers = itertools.count(1)
        self.vault = Vault(bytes(KEY_BYTES))
        self.vault.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        database = stage.archive.database
        people = People(database, self.clock, lambda: f"made-person-{next(numbers)}", self.vault, FOREST)
        self.bots = Bots(database, people, self.clock, lambda: f"{next(numbers)}")
        self.store = SqlHookStore(database)
        deliveries = Deliveries(
            store=self.store, log=stage.archive.log, access=stage.core.access, chat=stage.chat, bots=self.bots,
            caller=self.network, sealer=self.vault, bus=stage.bus, clock=self.clock, limits=limits, render=event_shape)
        self.hooks = Hooks(
            store=self.store, core=stage.core, log=stage.archive.log, bots=self.bots, caller=self.network,
            sealer=self.vault, clock=self.clock, new_guid=lambda: f"hook-{next(numbers)}", limits=limits,
            deliveries=deliveries)

    async def hook(self, room: Room, kind: HookKind = HookKind.OUTGOING, name: str = "ci", bot: str = "") -> Hook:
        """Make a hook."""
        url = "" if kind is HookKind.INCOMING else URL
        return (await self.hooks.create(room, NewHook(kind, name, url=url, bot=bot), None)).hook

    async def kept(self, hook: Hook) -> Hook:
        """Return a hook as it is kept now."""
        found = await self.store.find(hook.guid)
        assert found is not None
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell what happens meanwhile."""
        task = asyncio.create_task(self.hooks.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_workshop(folder: Path, limits: HookLimits | None = None) -> AsyncIterator[Workshop]:
    """Make one, and close it in the end."""
    async with open_archive(folder) as archive:
        yield Workshop(Stage(archive), limits or HookLimits())
