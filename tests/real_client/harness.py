"""A real pidgin-sipe client as an asyncio object: one child process per client.

The client is read only while somebody waits for it, so there is no task to look after; what it says meanwhile stays
in the pipe and in the stream's buffer (16 MiB).
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

Event = dict[str, Any]

_BUFFER = 1 << 24
_REPOSITORY = Path(__file__).resolve().parents[2]
_TAIL = 3  # events shown when something did not come


class ClientError(AssertionError):
    """The client did not do what a test waited for."""


class ClientDiedError(ClientError):
    """The client's process ended; a negative status is the signal that killed it."""


class CommandRefusedError(ClientError):
    """The driver could not execute a command."""


def _how_it_ended(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


class PurpleClient:
    """One real client; also an async context manager that quits at the end.

    Args:
        name: what failures call it.
        folder: where its debug log and its stderr go (``NAME.log``, ``NAME.stderr``).

    Attributes:
        events: everything the client said, in order.
        status: the exit status, once the process ended.
        was_killed: `kill` was called.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.events: list[Event] = []
        self.status: int | None = None
        self.was_killed = False
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._stderr: IO[bytes] | None = None
        self._reading = asyncio.Lock()
        self._consumed: set[int] = set()
        self._commands = 0

    # --- life -----------------------------------------------------------------------------------------------------
    async def start(self, *arguments: str, within: float = 30) -> Self:
        """Start the process and wait until libpurple is up.

        Args:
            arguments: options of ``python -m tests.real_client.driver``.
            within: seconds.

        Raises:
            ClientDiedError: it could not start; its stderr says why.
        """
        self._stderr = (self._folder / f"{self.name}.stderr").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.real_client.driver", "--log-file", str(self._folder / f"{self.name}.log"),
            *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=self._stderr,
            limit=_BUFFER, cwd=_REPOSITORY, env={**os.environ, "PYTHONPATH": str(_REPOSITORY)})
        await self.wait("ready", within=within)
        return self

    async def quit(self, within: float = 15) -> int:
        """Sign off, end the process and return its exit status; negative for a crash."""
        if self._process is None:
            return 0
        try:
            async with asyncio.timeout(within):
                if self.status is None:
                    with contextlib.suppress(ClientError, ConnectionError):
                        await self.cmd("quit", within=within)
                    await self._read_to_end()
        except TimeoutError:
            self._process.kill()
            await self._read_to_end()
        finally:
            self._close()
        return self._process.returncode or 0

    async def kill(self) -> None:
        """Kill the process without a word to the server."""
        self.was_killed = True
        if self._process is not None and self.status is None:
            self._process.kill()
            await self._read_to_end()

    def _close(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
        if self._stderr:
            self._stderr.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status = await self.quit()
        if kind is None and status < 0 and not self.was_killed:
            raise ClientDiedError(f"{self.name} crashed at the end: {_how_it_ended(status)}\n{self._last_words()}")

    # --- commands and events --------------------------------------------------------------------------------------
    async def cmd(self, command: str, within: float = 20, **fields: object) -> Event:
        """Execute a command of the driver (see its docstring) and return the reply.

        Raises:
            CommandRefusedError: the driver says no.
        """
        self._commands += 1
        number = self._commands
        line = json.dumps({**fields, "cmd": command, "id": number}) + "\n"
        stdin = self._running().stdin
        assert stdin
        stdin.write(line.encode())
        await stdin.drain()
        reply = await self.wait("reply", within=within, id=number)
        if not reply["ok"]:
            raise CommandRefusedError(f"{self.name}: {command} {fields}: {reply.get('error')}")
        return reply

    async def wait(
        self, *events: str, within: float = 20, when: Callable[[Event], bool] | None = None, **match: object
    ) -> Event:
        """Return the first event of these kinds that matches and was not returned before.

        Args:
            events: kinds of event.
            within: seconds.
            when: condition on the event.
            match: fields and their values.

        Raises:
            ClientError: it did not come in time.
            ClientDiedError: the client ended first.
        """

        def wanted(event: Event) -> bool:
            fits = event["event"] in events and all(event.get(key) == value for key, value in match.items())
            return fits and (when is None or when(event))

        try:
            async with asyncio.timeout(within):
                return await self._next(wanted)
        except TimeoutError:
            last = "\n  ".join(str(event)[:300] for event in self.events[-_TAIL:])
            raise ClientError(
                f"{self.name}: no {'/'.join(events)} {match} within {within} s; last:\n  {last}") from None

    def seen(self, *events: str, **match: object) -> list[Event]:
        """Return all events read so far that match, waited for or not."""
        return [event for event in self.events
                if event["event"] in events and all(event.get(key) == value for key, value in match.items())]

    async def mark(self) -> None:
        """Forget what happened so far: later waits look only at what comes after."""
        await self.cmd("state")  # its reply comes behind everything that the client said before
        self._consumed.update(range(len(self.events)))

    # --- reading --------------------------------------------------------------------------------------------------
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise ClientError(f"{self.name} was not started")
        if self.status is not None:
            raise ClientDiedError(f"{self.name}: {_how_it_ended(self.status)}")
        return self._process

    async def _next(self, wanted: Callable[[Event], bool]) -> Event:
        position = 0
        while True:
            while position < len(self.events):
                if position not in self._consumed and wanted(self.events[position]):
                    self._consumed.add(position)
                    return self.events[position]
                position += 1
            if self.status is not None:
                raise ClientDiedError(f"{self.name}: {_how_it_ended(self.status)}\n{self._last_words()}")
            await self._read_beyond(position)

    async def _read_beyond(self, position: int) -> None:
        async with self._reading:
            if len(self.events) <= position and self.status is None:
                await self._read_one()

    async def _read_one(self) -> None:
        process = self._running()
        assert process.stdout
        line = await process.stdout.readline()
        if line:
            self.events.append(json.loads(line))
        else:
            self.status = await process.wait()

    async def _read_to_end(self) -> None:
        while self.status is None:
            await self._read_beyond(len(self.events))

    def _last_words(self) -> str:
        words = self._folder / f"{self.name}.stderr"
        return words.read_text(errors="replace")[-2000:] if words.exists() else ""
