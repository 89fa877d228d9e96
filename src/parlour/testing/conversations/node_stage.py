"""What stages on a node in this process have in common: a deployment in a folder, an administrator, and endpoints."""

import asyncio
import atexit
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from argon2 import PasswordHasher

from parlour.addresses import Fqdn
from parlour.config import Settings
from parlour.deployment import DataFolder, NewDeployment, make_deployment
from parlour.node import Node, open_node
from parlour.testing.clock import FakeClock
from parlour.testing.conversations.administrator import DOMAIN, Administrator
from parlour.testing.conversations.grammar import Verb
from parlour.testing.conversations.stage import perform_by_methods
from parlour.testing.conversations.values import Endpoint, ScriptError, Values

POOL = f"atl-pcpool-001.{DOMAIN}"
P = TypeVar("P")
# How slowly passwords are hashed is no part of any conversation.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def _pattern() -> Path:
    """Make the deployment that every conversation of this process begins with a copy of."""
    folder = Path(tempfile.mkdtemp(prefix="parlour-conversations-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_deployment(DataFolder(folder / "data"), NewDeployment(Fqdn(DOMAIN), Fqdn(POOL)), FakeClock())
    return folder / "data"


@asynccontextmanager
async def fresh_node(folder: Path, **settings: str) -> AsyncIterator[Node]:
    """Have a fresh deployment in `folder` and open it, with a clock that stands still."""
    data = DataFolder(folder / "data")
    await asyncio.to_thread(lambda: shutil.copytree(_pattern(), data.path))
    async with open_node(data, Settings.load(data.path, **settings), FakeClock()) as node:
        node.vault.hasher = _QUICK
        yield node


class NodeStage(ABC, Generic[P]):
    """A stage whose endpoints are of the type `P`.

    Whoever comes in by ``people:`` is signed in at once; another device is when it first does something.

    Attributes:
        administrator: sets the scene.
    """

    name = ""

    def __init__(self, node: Node) -> None:
        self.administrator = Administrator(node)
        self._clock = node.clock
        self._players: dict[Endpoint, P] = {}
        self._gone: set[Endpoint] = set()

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Everybody who has signed in, in that order."""
        return tuple(self._players)

    async def perform(self, verb: Verb, values: Values) -> Any:  # noqa: ANN401 - see `Stage.perform`
        """Do something."""
        return await perform_by_methods(self.name, (self, self.administrator), verb, values)

    async def people(self, people: frozenset[str]) -> None:
        """Bring people on the stage."""
        await self._enter(people)

    async def people_in(self, container: str, people: frozenset[str]) -> None:
        """Bring people on the stage who lie in a container of the directory."""
        await self._enter(people, container=container)

    async def people_at(self, domain: str, people: frozenset[str]) -> None:
        """Bring people on the stage who have addresses in another SIP domain."""
        await self._enter(people, domain=domain)

    async def _enter(self, people: frozenset[str], **where: str) -> None:
        await self.administrator.add_people(people, **where)
        for person in sorted(people):
            await self.sign_in(Endpoint(person))

    async def sign_in(self, who: Endpoint) -> None:
        """Bring an endpoint on."""
        if who in self._players:
            raise ScriptError(0, f"{who} is signed in already")
        self._players[who] = await self._signed_in(who)
        self._gone.discard(who)

    async def sign_out(self, who: Endpoint) -> None:
        """Let an endpoint go in order."""
        await self._signed_out(await self._take(who))

    async def lose(self, who: Endpoint) -> None:
        """Break an endpoint's connection."""
        await self._lost(await self._take(who))

    async def _take(self, who: Endpoint) -> P:
        player = await self._player(who)
        del self._players[who]
        self._gone.add(who)
        return player

    async def _player(self, who: Endpoint) -> P:
        """Return the player of an endpoint, which signs in if it was never here."""
        self.administrator.address(who.person)
        if who in self._gone:
            raise ScriptError(0, f'{who} has signed out; before anything else: "{who} signs in"')
        if who not in self._players:
            await self.sign_in(who)
        return self._players[who]

    def player(self, who: Endpoint) -> P:
        """Return what plays an endpoint that is signed in."""
        return self._players[who]

    # -- time

    async def pass_minutes(self, count: int) -> None:
        """Let minutes pass."""
        await self._pass(timedelta(minutes=count))

    async def pass_hours(self, count: int) -> None:
        """Let hours pass."""
        await self._pass(timedelta(hours=count))

    async def pass_days(self, count: int) -> None:
        """Let days pass."""
        await self._pass(timedelta(days=count))

    async def _pass(self, time: timedelta) -> None:
        if not isinstance(self._clock, FakeClock):
            raise ScriptError(0, "the clock of this stage goes by itself")
        self._clock.advance(time.total_seconds())

    @abstractmethod
    async def _signed_in(self, who: Endpoint) -> P:
        """Sign in."""

    @abstractmethod
    async def _signed_out(self, player: P) -> None:
        """Sign out, in order."""

    @abstractmethod
    async def _lost(self, player: P) -> None:
        """Be gone without a word."""
