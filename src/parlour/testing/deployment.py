"""A whole Parlour deployment for a test: made, peopled, served, killed and restarted by the real command line.

Everything this module assumes of the command line stands in `CommandLine`.

Example::

    async with Deployment(tmp_path) as deployment:
        async with deployment.client("alice") as alice:
            await alice.register(deployment.password("alice"))
"""

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from parlour.testing.child import Child, ChildError
from parlour.testing.sip_client import SipClient

START_SECONDS = 30.0
STOP_SECONDS = 15.0
COMMAND_SECONDS = 60.0

_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_ROOM_URI = re.compile(r"ma-chan://\S+/[0-9a-fA-F-]+")


def quoted(text: str) -> str:
    """Return a text as a literal of the shell's language: nothing in it means anything."""
    return "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", text) + "'"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str


class CommandError(AssertionError):
    """A command ended otherwise than expected."""


@dataclass(frozen=True)
class CommandLine:
    """What is assumed of the command line (design section 6); the one place to adapt.

    Attributes:
        program: how to start it.
        folder: the data directory.
        ready: what a line of the server's output must contain to mean that it serves.
    """

    folder: Path
    program: Sequence[str] = (sys.executable, "-m", "parlour")
    ready: re.Pattern[str] = re.compile(r"\bserving\b", re.IGNORECASE)

    def init(self, sip_domain: str, pool: str) -> list[str]:
        """Make the deployment; the administrator's password comes from PARLOUR_ADMIN_PASSWORD."""
        return ["init", "--data", str(self.folder), "--sip-domain", sip_domain, "--pool", pool]

    def add_user(self, address: str, display_name: str) -> list[str]:
        """Add a person; the password comes from PARLOUR_USER_PASSWORD."""
        return ["user", "add", address, "--display-name", display_name]

    def new_room(self, name: str, category: str, privacy: str) -> list[str]:
        """Make a room; prints its URI."""
        return ["shell", "-c", self._new_room(name, category, privacy)]

    def furnish(
        self, people: Mapping[str, tuple[str, str]], endpoint: tuple[str, str, str], rooms: Sequence[str]
    ) -> list[str]:
        """Make people, a friendly endpoint and open rooms at one go; prints the rooms' URIs in their order.

        Args:
            people: password and display name by address.
            endpoint: its URI, pool and display name.
            rooms: names of rooms in the category General.
        """
        uri, pool, name = map(quoted, endpoint)
        lines = [self._new_person(address, *facts) for address, facts in people.items()]
        lines.append(
            f"New-CsPersistentChatEndpoint -SipAddress {uri} -PersistentChatPoolFqdn {pool} -DisplayName {name}")
        lines += [self._new_room(room, "General", "Open") for room in rooms]
        return ["shell", "-c", "; ".join(lines)]

    def _new_person(self, address: str, password: str, display_name: str) -> str:
        return (f"New-CsUser -SipAddress {quoted('sip:' + address)} -Password {quoted(password)} "
                f"-DisplayName {quoted(display_name)} | Out-Null")

    def _new_room(self, name: str, category: str, privacy: str) -> str:
        return (f"New-CsPersistentChatRoom -Name {quoted(name)} -Category {quoted(category)} -Privacy {privacy} "
                "| Select-Object -ExpandProperty ChatRoomUri")

    def room_uris(self, output: str) -> list[str]:
        """Read the rooms' URIs from what `new_room` and `furnish` print."""
        return _ROOM_URI.findall(output)

    def serve(self, tls_port: int, tcp_port: int, web_port: int | None) -> list[str]:
        """Serve in the foreground until SIGTERM, which ends it with status 0."""
        web = [] if web_port is None else ["--web", f"127.0.0.1:{web_port}"]
        return ["serve", "--data", str(self.folder), "--sip-tls", f"127.0.0.1:{tls_port}",
                "--sip-tcp", f"127.0.0.1:{tcp_port}", *web]

    def environment(self) -> dict[str, str]:
        """Name the deployment for all commands, and keep the caller's settings out."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
        return {**kept, "PARLOUR_DATA": str(self.folder), "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Deployment:
    """A deployment in a folder, served by a child process; an async context manager.

    Entering makes and serves it; leaving stops it and insists on exit status 0. `create` and `serve` may be called
    singly, also from different event loops.

    Args:
        folder: where the data goes (``data``) and the server's output (``serve.log``).
        users: the people; see `password`.
        rooms: open rooms in the category General.
        endpoint: user part of the friendly endpoint.
        sip_domain: the SIP domain.
        pool: the pool's FQDN.
        settings: text of ``parlour.toml``.
        program: how to start the command line.
        web: have a web listener, too.

    Attributes:
        data: the data directory.
        rooms: URIs of the rooms made by this object, by name.
        endpoint: the friendly endpoint's SIP URI.
        host, tls_port, tcp_port, web_port: where the server listens; the last is None without a web listener.
        log: the server's output, over all its lives.
    """

    def __init__(
        self, folder: Path, *, users: Sequence[str] = ("alice", "bob", "carol"),
        rooms: Sequence[str] = ("Engineering", "All hands"), endpoint: str = "pce",
        sip_domain: str = "litwareinc.com", pool: str = "atl-pcpool-001.litwareinc.com", settings: str = "",
        program: Sequence[str] = (sys.executable, "-m", "parlour"), web: bool = False,
    ) -> None:
        self.data = folder / "data"
        self.sip_domain = sip_domain
        self.pool = pool
        self.endpoint = f"sip:{endpoint}@{sip_domain}"
        self.host = "127.0.0.1"
        self.tls_port, self.tcp_port = free_port(), free_port()
        self.web_port = free_port() if web else None
        self.log = folder / "serve.log"
        self.rooms: dict[str, str] = {}
        self._users, self._rooms = users, rooms
        self._settings = settings
        self._cli = CommandLine(self.data, program)
        self._child: Child | None = None

    # --- people and places ----------------------------------------------------------------------------------------
    def address(self, user: str) -> str:
        """Return ``user@domain``."""
        return f"{user}@{self.sip_domain}"

    def password(self, user: str) -> str:
        """Return a person's password."""
        return f"Pa$$w0rd of {user}"

    def client(self, user: str, transport: str = "tls") -> SipClient:
        """Return a scripted client of this person, not yet connected."""
        tls = transport == "tls"
        port = self.tls_port if tls else self.tcp_port
        return SipClient(self.address(user), self.host, port, tls=tls)

    async def signed_in(self, user: str, transport: str = "tls", scheme: str = "ntlm") -> SipClient:
        """Return a scripted client that signed in and opened chat through the endpoint; close it with `async with`."""
        client = await self.client(user, transport).connect()
        await client.register(self.password(user), scheme)
        await client.open_chat(self.endpoint)
        return client

    # --- commands -------------------------------------------------------------------------------------------------
    async def parlour(
        self, *arguments: str, expect: int | None = None, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> Outcome:
        """Run a command of ``parlour`` for this deployment.

        Args:
            arguments: e.g. ``"Get-CsPool"``.
            expect: exit status to insist on.
            stdin: what to type.
            env: more environment.

        Raises:
            CommandError: another exit status than expected.
        """
        process = await asyncio.create_subprocess_exec(
            *self._cli.program, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, env={**self._cli.environment(), **(env or {})})
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                out, err = await process.communicate(stdin.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        outcome = Outcome(process.returncode or 0, out.decode(), err.decode())
        if expect is not None and outcome.status != expect:
            raise CommandError(f"parlour {' '.join(arguments)}: exit status {outcome.status} instead of {expect}\n"
                               f"{outcome.out}{outcome.err}")
        return outcome

    async def json(self, pipeline: str) -> object:
        """Run a pipeline in the shell and return its objects, by ConvertTo-Json."""
        outcome = await self.parlour("shell", "-c", f"{pipeline} | ConvertTo-Json", expect=0)
        return json.loads(outcome.out) if outcome.out.strip() else []

    async def create(self) -> None:
        """Make the deployment, its people, its endpoint and its rooms."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        await self.parlour(*self._cli.init(self.sip_domain, self.pool), expect=0,
                           env={"PARLOUR_ADMIN_PASSWORD": self.password("admin")})
        if self._settings:
            with (self.data / "parlour.toml").open("a") as file:
                file.write(self._settings)
        people = {self.address(user): (self.password(user), user.title()) for user in self._users}
        endpoint = self.endpoint, self.pool, "Persistent Chat Endpoint 1"
        outcome = await self.parlour(*self._cli.furnish(people, endpoint, self._rooms), expect=0)
        self.rooms |= zip(self._rooms, self._room_uris(outcome, len(self._rooms)), strict=True)

    async def add_user(self, user: str) -> None:
        """Add a person."""
        await self.parlour(*self._cli.add_user(self.address(user), user.title()), expect=0,
                           env={"PARLOUR_USER_PASSWORD": self.password(user)})

    async def add_room(self, name: str, privacy: str = "Open") -> str:
        """Add a room in the category General; return its URI."""
        outcome = await self.parlour(*self._cli.new_room(name, "General", privacy), expect=0)
        (self.rooms[name],) = self._room_uris(outcome, 1)
        return self.rooms[name]

    def _room_uris(self, outcome: Outcome, count: int) -> list[str]:
        uris = self._cli.room_uris(outcome.out)
        if len(uris) != count:
            raise CommandError(f"{len(uris)} room URIs instead of {count}:\n{outcome.out}{outcome.err}")
        return uris

    # --- the server -----------------------------------------------------------------------------------------------
    @property
    def running(self) -> bool:
        """Whether the server runs."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._served().pid

    def _served(self) -> Child:
        if self._child is None:
            raise ChildError("the deployment is not served")
        return self._child

    async def serve(self) -> None:
        """Start the server and wait until it serves on both ports.

        Raises:
            ChildError: it does not come up; its output is in the text.
        """
        command = [*self._cli.program, *self._cli.serve(self.tls_port, self.tcp_port, self.web_port)]
        self._child = await asyncio.to_thread(Child, command, self._cli.environment(), self.log, self._cli.ready)
        await self._child.ready(START_SECONDS)
        for port in filter(None, (self.tls_port, self.tcp_port, self.web_port)):
            await self._try_port(port)

    async def _try_port(self, port: int) -> None:
        try:
            _, writer = await asyncio.open_connection(self.host, port)
        except OSError as error:
            raise ChildError(f"it says it serves, but port {port}: {error}\n{self._served().output()}") from None
        writer.close()
        await writer.wait_closed()

    async def kill(self) -> None:
        """Kill the server with SIGKILL."""
        await self._served().kill()

    async def restart(self) -> None:
        """Start the server again on the same ports, after `kill` or `stop`; kill it first if it still runs."""
        if self.running:
            await self.kill()
        await self.serve()

    async def stop(self) -> None:
        """Stop the server in order (SIGTERM).

        Raises:
            ChildError: it does not end, or not with status 0.
        """
        status = await self._served().terminate(STOP_SECONDS)
        if status != 0:
            raise ChildError(f"SIGTERM: exit status {status} instead of 0\n{self._served().output()}")

    async def __aenter__(self) -> Self:
        await self.create()
        await self.serve()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.running:
            return
        if kind is None:
            await self.stop()
        else:
            await self.kill()
