"""The peers that speak XMPP: their rooms are those of XEP-0045, archived as XEP-0313 has it."""

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template

from benchmarks.comparison import generator, packages
from benchmarks.comparison.generator import Visit
from benchmarks.comparison.peer import Peer
from benchmarks.comparison.postgres import PACKAGE as POSTGRES
from benchmarks.comparison.postgres import Postgres
from benchmarks.comparison.processes import Process, ServerError, free_port, spawn, stop, wait_for_port

_CONFIGURATIONS = Path(__file__).parent / "configurations"
_AT_ONCE = 64  # accounts that are made at the same time
_SETTLE = 1.0  # seconds from listening to serving
_PATIENCE = 600  # seconds for accounts, or for joins


class Xmpp(Peer):
    """A server whose clients speak XMPP over TCP."""

    transport = "xmpp"
    packages: Sequence[str]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.log = folder / "serve.log"
        self._process: Process | None = None
        self._visited = 0

    def versions(self) -> Mapping[str, str]:
        """Return the versions of its packages."""
        return packages.installed(self.packages)

    @abstractmethod
    def launch(self) -> Process:
        """Start the server's process."""

    def prepare(self, members: int) -> None:
        """Install the server, and make so many accounts."""
        packages.need(self.packages)
        self.start()
        try:
            generator.run(Visit("xmpp-register.script", "", {"port": self.port}), {
                "n": members, "at-once": _AT_ONCE, "phases": "join", "join-limit": _PATIENCE})
        finally:
            self.stop()

    def start(self) -> None:
        """Start the server, and wait until it serves."""
        self._process = self.launch()
        wait_for_port(self.port, self._process, self.log)
        time.sleep(_SETTLE)

    def stop(self) -> None:
        """End the server, if it runs."""
        stop(self._process)
        self._process = None

    @property
    def processes(self) -> Sequence[int]:
        """The server."""
        if self._process is None:
            raise ServerError(f"{self.server} does not run")
        return [self._process.pid]

    @contextmanager
    def visit(self, members: int) -> Iterator[Visit]:
        """Have a room that is new; it is made by whoever comes first."""
        self._visited += 1
        yield Visit("xmpp.script", f"room{self._visited}", {"port": self.port, "join-limit": _PATIENCE})


class Ejabberd(Xmpp):
    """ejabberd, with its archive in PostgreSQL, whose work counts as its own."""

    server = "ejabberd"
    packages = ("ejabberd", "erlang-p1-pgsql", POSTGRES)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._postgres = Postgres(folder)

    def start(self) -> None:
        """Start the database, then the server."""
        self._postgres.start()
        self._postgres.make_database("ejabberd", Path("/usr/share/ejabberd/sql/pg.sql"))
        super().start()

    def launch(self) -> Process:
        """Start the server's process."""
        configuration = self.folder / "ejabberd.yml"
        configuration.write_text(Template((_CONFIGURATIONS / "ejabberd.yml").read_text()).substitute(
            port=self.port, database_port=self._postgres.port))
        libraries = next(Path("/usr/lib").glob("*/ejabberd-*")).parent
        return spawn(
            ["erl", "+P", "250000", "+Q", "32000", "-noinput", "-mnesia", "dir", f'"{self.folder}/mnesia"',
             "-s", "ejabberd"], self.log,
            {"ERL_LIBS": str(libraries), "EJABBERD_CONFIG_PATH": str(configuration),
             "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"), "HOME": str(self.folder)})

    def stop(self) -> None:
        """End the server, then the database, so that no connection is in use."""
        super().stop()
        self._postgres.stop()

    @property
    def processes(self) -> Sequence[int]:
        """The server and its database."""
        return [*super().processes, self._postgres.pid]


class Prosody(Xmpp):
    """Prosody, with its archive in SQLite."""

    server = "prosody"
    packages = ("prosody", "lua-dbi-sqlite3")
    most, why = 1000, "so many do not get into a room of Prosody within minutes"

    def launch(self) -> Process:
        """Start the server's process."""
        return spawn(["prosody", "--config", _CONFIGURATIONS / "prosody.cfg.lua", "-F"], self.log,
                     {"BENCH_FOLDER": str(self.folder), "BENCH_PORT": str(self.port)})
