"""PostgreSQL as it comes (every commit is synced), on the servers' processor."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from benchmarks.comparison.processes import HOST, Process, ServerError, free_port, spawn, stop, wait_for_port

PACKAGE = "postgresql-15"
_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_USER = "postgres"  # it refuses to run as root
_TRIES, _PAUSE = 100, 0.1  # until it takes questions


class Postgres:
    """A cluster of its own.

    Args:
        folder: where its data go; nobody else's.

    Attributes:
        port: where it listens, on loopback.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._data = folder / "postgres"
        self._log = folder / "postgres.log"
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """Its process id; what it starts for each connection are children of that."""
        if self._process is None:
            raise ServerError("PostgreSQL does not run")
        return self._process.pid

    def start(self) -> None:
        """Start it; make the cluster first if there is none.

        Raises:
            ServerError: it does not come up.
        """
        if not self._data.exists():
            self._make()
        self._process = spawn(
            [*_as_its_user(), _PROGRAMS / "postgres", "-D", self._data, "-p", str(self.port),
             "-c", f"listen_addresses={HOST}", "-c", "unix_socket_directories=", "-c", "max_connections=50"], self._log)
        wait_for_port(self.port, self._process, self._log)
        for _ in range(_TRIES):
            if self._ask("postgres", "-c", "select 1") == "1":
                return
            time.sleep(_PAUSE)
        raise ServerError("PostgreSQL listens, but answers nothing")

    def stop(self) -> None:
        """End it, if it runs, and the connections that are left."""
        stop(self._process, signal.SIGINT)
        self._process = None

    def make_database(self, name: str, schema: Path) -> None:
        """Make a database with the tables of a schema, if there is none of this name."""
        if self._ask("postgres", "-c", f"select 1 from pg_database where datname = '{name}'") == "1":  # noqa: S608
            return
        self._ask("postgres", "-c", f"create database {name} template template0 encoding 'UTF8' lc_collate 'C' "
                                    "lc_ctype 'C'")
        self._ask(name, "-f", str(schema))

    def _make(self) -> None:
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._data, _USER, _USER)
        done = subprocess.run(  # noqa: S603 - our own command
            [*_as_its_user(), str(_PROGRAMS / "initdb"), "-D", str(self._data), "-U", _USER, "-A", "trust",
             "-E", "UTF8", "--locale=C"], check=False, capture_output=True, text=True, cwd="/")
        if done.returncode:
            raise ServerError(f"initdb failed: {done.stderr}")

    def _ask(self, database: str, *question: str) -> str:
        """Have psql do something; return what it prints."""
        done = subprocess.run(  # noqa: S603 - our own command
            [str(_PROGRAMS / "psql"), "-qAt", "-h", HOST, "-p", str(self.port), "-U", _USER, "-d", database, *question],
            capture_output=True, text=True, check=False)
        return done.stdout.strip()


def _as_its_user() -> list[str]:
    """Return what is put in front of a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
