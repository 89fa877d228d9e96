"""The real command line as a child process, and what it did: exit status, output, error records, the database."""

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from parlour.testing import Outcome
from parlour.testing.child import Child

PARLOUR = (sys.executable, "-m", "parlour")
SIP_DOMAIN = "litwareinc.com"
POOL = "atl-pcpool-001.litwareinc.com"
COMMAND_SECONDS = 60
_SERVING = re.compile('"event": "node.serving"')
_ADDRESS = re.compile(r'"sip_tls": "127\.0\.0\.1:(\d+)"')

_WEB = re.compile(r'"web": "127\.0\.0\.1:(\d+)"')

# The certificate names the pool, which resolves to nothing here: resolving is all that is changed.
REMOTE = """
import socket, sys
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: real("127.0.0.1" if host.endswith("litwareinc.com") else host,
                                                      *rest, **more)
from parlour.cli import main
words = [word.replace("https://127.0.0.1:", "https://atl-pcpool-001.litwareinc.com:") for word in sys.argv[1:]]
sys.exit(main(words))
"""

_RECORD = re.compile(
    r"(?:(?P<command>[A-Za-z]+-[A-Za-z]+) : )?(?P<message>(?:.|\n)+?)\n"
    r"(?:    \+ Line                  : \d+\n)?"
    r"    \+ CategoryInfo          : (?P<category>\w+): \((?P<target>(?:.|\n)*?):\w*\) \[(?P<activity>[\w-]*)\], \w+\n"
    r"    \+ FullyQualifiedErrorId : (?P<id>\w+)(?:,Parlour\.\w+)?\n")


@dataclass(frozen=True)
class ErrorRecord:
    """An error record as it was printed."""

    command: str | None
    message: str
    category: str
    target: str
    id: str

    @property
    def facts(self) -> tuple[str, str, str]:
        """Error id, category and target."""
        return self.id, self.category, self.target


def records(text: str) -> list[ErrorRecord]:
    """Read error records; whatever else stands there is an error itself."""
    found = [ErrorRecord(match["command"], match["message"], match["category"], match["target"], match["id"])
             for match in _RECORD.finditer(text)]
    rest = _RECORD.sub("", text)
    assert not rest, f"not an error record: {rest}"
    return found


def environment(data: Path | None = None, **more: str) -> dict[str, str]:
    """Return the caller's environment without settings of Parlour's, and with the data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    named = {} if data is None else {"PARLOUR_DATA": str(data)}
    return {**kept, **named, "LC_ALL": "C.UTF-8", "COLUMNS": "120", "TERM": "xterm", **more}


def parlour(
    *words: str, data: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "",
    cwd: Path | None = None,
) -> Outcome:
    """Run the command to its end."""
    # the program is this one's own, the words are those of a test
    done = subprocess.run(  # noqa: S603
        [*PARLOUR, *words], env=environment(data, **(env or {})), input=stdin.encode(), capture_output=True,
        timeout=COMMAND_SECONDS, cwd=cwd, check=False)
    outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in outcome.err, outcome.err
    return outcome


def remotely(server: str, authority: Path, person: str, password: str, *words: str) -> Outcome:
    """Run a command as somebody elsewhere would, who has nothing of the deployment but its certificate."""
    return _remotely(server, authority, {"PARLOUR_PASSWORD": password}, "--user", person, *words)


def by_token(server: str, authority: Path, token: str, *words: str) -> Outcome:
    """Do the same with an access token."""
    return _remotely(server, authority, {"PARLOUR_TOKEN": token}, *words)


def _remotely(server: str, authority: Path, env: Mapping[str, str], *words: str) -> Outcome:
    # the program is this one's own, the words are those of a test
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", REMOTE, "--server", server, "--ca", str(authority), *words],
        env={**environment(), **env}, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS,
        check=False)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


class Place:
    """A deployment, as who administers it sees it.

    Args:
        data: the data folder.
    """

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Outcome:
        """Run a command."""
        return parlour(*words, data=self.data, env=env, stdin=stdin)

    def shell(self, line: str) -> Outcome:
        """Run a line of the shell."""
        return self.run("shell", "-c", line)

    def prints(self, *words: str) -> str:
        """Run a command that must succeed without a word of complaint; return what it printed."""
        outcome = self.run(*words)
        assert (outcome.status, outcome.err) == (0, ""), outcome
        return outcome.out

    def lines(self, line: str) -> list[str]:
        """Run a line of the shell that must succeed; return the lines it printed."""
        return self.prints("shell", "-c", line).splitlines()

    def objects(self, line: str) -> list[dict[str, object]]:
        """Run a pipeline that must succeed; return its objects."""
        text = self.prints("shell", "-c", f"{line} | ConvertTo-Json")
        found = json.loads(text) if text else []
        return found if isinstance(found, list) else [found]

    def fails(self, *words: str, status: int = 1) -> ErrorRecord:
        """Run a command that must fail and change nothing; return its one error record."""
        with self.unchanged():
            outcome = self.run(*words)
        assert (outcome.status, outcome.out) == (status, ""), outcome
        (record,) = records(outcome.err)
        return record

    def fails_each(self, calls: Iterable[Sequence[str]]) -> list[ErrorRecord]:
        """Run commands in one line of the shell that must all fail and change nothing; return their records."""
        with self.unchanged():
            outcome = self.shell("; ".join(line_of(*words) for words in calls))
        assert (outcome.status, outcome.out) == (1, ""), outcome
        return records(outcome.err)

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Return every row of every table but the audit log, which has a trace of everything."""
        with closing(sqlite3.connect(f"file:{self.data / 'parlour.db'}?mode=ro", uri=True)) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                     if not name.startswith("audit_")]
            # names of tables come from the database itself
            return {name: sorted(database.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608
                    for name in names}

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Make sure that nothing in the deployment changes."""
        before = self.contents()
        yield
        assert self.contents() == before

    def addresses(self) -> set[str]:
        """Return the SIP addresses of all endpoints, in lower case."""
        return {address.lower() for address in self.lines(
            "Get-CsPersistentChatEndpoint | Select-Object -ExpandProperty SipAddress")}


class Server:
    """A node that serves a deployment, as a child process.

    Args:
        data: the data folder.
        more: further options of `serve`.
    """

    def __init__(self, data: Path, *more: str) -> None:
        self._child = Child(
            [*PARLOUR, "serve", "--sip-tls", "127.0.0.1:0", *more], environment(data, PYTHONUNBUFFERED="1"),
            data.parent / "serve.log", _SERVING)
        self._wait()

    def _wait(self) -> None:
        asyncio.run(self._child.ready(30))

    @property
    def web(self) -> str:
        """The address of its web listener."""
        return f"https://127.0.0.1:{_WEB.findall(self.output())[-1]}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def port(self) -> int:
        """The port of SIP over TLS."""
        found = _ADDRESS.findall(self.output())
        return int(found[-1])

    def output(self) -> str:
        """What it logged."""
        return self._child.output()

    def stop(self) -> int:
        """End it by SIGTERM; return its exit status."""
        return asyncio.run(self._child.terminate(15))

    def ended(self) -> int:
        """Wait until it ended by itself; return its exit status."""
        return asyncio.run(self._child.ended(15))


_BARE = re.compile("[-|].*|[A-Za-z]+-[A-Za-z]+")


def line_of(*words: str) -> str:
    """Return words as a line of the shell's language: names of cmdlets and parameters as such, the rest quoted."""
    return " ".join(word if _BARE.fullmatch(word) else "'" + word.replace("'", "''") + "'" for word in words)


def needed(program: str) -> str:
    """Return where a program of another package is; without it the test is skipped, except in CI."""
    found = shutil.which(program)
    if found is None:
        refuse: Callable[[str], NoReturn] = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"{program} is missing: install the Debian package {program}.")
    return found


def new_endpoint(user: str, *more: str, pool: str = POOL) -> Sequence[str]:
    """Return the words that make an endpoint in the SIP domain of the tests."""
    return ("New-CsPersistentChatEndpoint", "-SipAddress", f"sip:{user}@{SIP_DOMAIN}", "-PersistentChatPoolFqdn", pool,
            *more)
