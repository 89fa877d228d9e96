"""Parlour itself: a deployment in a folder, served by `parlour serve` as a child process.

The environment variable PARLOUR_BENCH_PREFIX is put in front of the server's command line, to run it under a profiler.
If there is `{}` in it, only the arguments of the interpreter are put in that place:

    PARLOUR_BENCH_PREFIX="py-spy record -o profile.svg --"
    PARLOUR_BENCH_PREFIX=".venv/bin/python -m cProfile -o profile.out {}"
"""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.comparison import dialogs, packages
from benchmarks.comparison.generator import Visit, lines
from benchmarks.comparison.peer import Peer
from benchmarks.comparison.processes import HOST, Process, free_port, spawn, stop, wait_for_port
from benchmarks.crowd.world import PASSWORD, PlannedRoom, World, make_world
from benchmarks.figures import versions
from parlour.directory.secrets import ha1

PREFIX = "PARLOUR_BENCH_PREFIX"
_ROOMS = 64  # more than any comparison visits
_NO_LIMIT = str(1 << 40)  # bytes a second; the peers' limits are off, too
_SETTINGS = {"web_plain": "true", "post_rate": _NO_LIMIT}


def serving(arguments: Sequence[str]) -> list[str]:
    """Return the command line of the server, with the prefix that was asked for."""
    words = ["-m", "parlour", *arguments]
    prefix = [os.path.abspath(word) if Path(word).is_file() else word  # noqa: PTH100 - links of venvs must stay
              for word in shlex.split(os.environ.get(PREFIX, ""))]
    if "{}" in prefix:
        place = prefix.index("{}")
        return [*prefix[:place], *words, *prefix[place + 1:]]
    return [*prefix, sys.executable, *words]


class Parlour(Peer):
    """Parlour, with all its doors open."""

    server = "parlour"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._world: World | None = None
        self._process: Process | None = None
        self._web, self._sip, self._tls = free_port(), free_port(), free_port()
        self._visited = 0

    def versions(self) -> Mapping[str, str]:
        """Return the versions of Parlour, and of what it runs on."""
        return versions()

    @property
    def world(self) -> World:
        """The people and rooms; there once `prepare` was called."""
        if self._world is None:
            raise RuntimeError("nothing is prepared")
        return self._world

    def prepare(self, members: int) -> None:
        """Make a deployment with so many people, and rooms that are open to all."""
        self._world = make_world(self.folder / "data", members, [
            PlannedRoom(f"Room {number}") for number in range(_ROOMS)])

    def start(self) -> None:
        """Start the server, and wait until it serves."""
        log = self.folder / "serve.log"
        self._process = spawn(
            serving(["serve", "--data", str(self.world.folder), "--web", f"{HOST}:{self._web}",
                     "--sip-tcp", f"{HOST}:{self._sip}", "--sip-tls", f"{HOST}:{self._tls}"]),
            log, {f"PARLOUR_{name.upper()}": value for name, value in _SETTINGS.items()})
        for port in (self._web, self._sip, self._tls):
            wait_for_port(port, self._process, log)

    def stop(self) -> None:
        """End the server, if it runs."""
        stop(self._process, wrapped=bool(os.environ.get(PREFIX)))
        self._process = None

    @property
    def processes(self) -> Sequence[int]:
        """The server."""
        return [self._process.pid] if self._process else []

    def _new_room(self) -> str:
        self._visited += 1
        return self.world.rooms[self._visited - 1]


class ParlourWebSocket(Parlour):
    """Parlour by its live connections; each client has an access token of its own."""

    transport = "websocket"

    @contextmanager
    def visit(self, members: int) -> Iterator[Visit]:
        """Prepare so many clients for a room that is new."""
        tokens = [person.token for person in self.world.people[:members]]
        with lines(self.folder, "tokens", tokens) as file:
            yield Visit("parlour-websocket.script", self._new_room(), {"port": self._web, "tokens": file})


class ParlourSip(Parlour):
    """Parlour by SIP over TCP: signed in by NTLM, every message signed in both directions, each delivery answered."""

    transport = "sip"

    @contextmanager
    def visit(self, members: int) -> Iterator[Visit]:
        """Sign so many clients in, for a room that is new."""
        addresses = [person.address for person in self.world.people[:members]]
        with dialogs.opened(self._sip, addresses, PASSWORD, self.world.service) as opened, \
                lines(self.folder, "addresses", addresses) as names, \
                lines(self.folder, "sessions", [dialog.line for dialog in opened]) as sessions:
            yield Visit("parlour-sip.script", self._new_room(), {"tokens": names, "sessions": sessions},
                        [dialog.descriptor for dialog in opened])


class ParlourSipTls(Parlour):
    """Parlour by SIP over TLS: signed in by Digest, so nothing is signed; each delivery answered."""

    transport = "sip-tls"

    def prepare(self, members: int) -> None:
        """Make a deployment, once the generator can be compiled with TLS."""
        packages.need(["libssl-dev"])
        super().prepare(members)

    @contextmanager
    def visit(self, members: int) -> Iterator[Visit]:
        """Prepare so many clients, which sign in by themselves, for a room that is new."""
        people = [f"{person.address}\t{ha1(person.address, PASSWORD).hex()}" for person in self.world.people[:members]]
        with lines(self.folder, "people", people) as file:
            yield Visit("parlour-sip-tls.script", self._new_room(), {"port": self._tls, "tokens": file})
