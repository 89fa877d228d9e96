"""Cmdlets whose results go out while they run: what they say, event by event, and no more ahead than is read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

import structlog

from parlour.admin.engine import (
    CannotPrompt,
    Choice,
    ErrorRecord,
    Progress,
    Result,
    Status,
    Stream,
    Value,
    error_record,
    to_text,
)
from parlour.admin.engine.context import Interrupted
from parlour.admin.engine.utility.conversion import as_json
from parlour.admin.texthost import Style
from parlour.incidents import unexpected

Event = dict[str, Any]
"""``{"output": …}``, ``{"error": {…}}``, ``{"message": {…}}``, ``{"line": TEXT}``; at the end ``{"end": {…}}``."""

_log = structlog.get_logger(__name__)
_AHEAD = 64  # events that may wait to be read
_DEPTH = 8  # levels of objects inside objects


class EventHost:
    """`parlour.admin.engine.Host` that makes events of what it is told; whoever reads them sets the pace."""

    files = None

    def __init__(self) -> None:
        self.interrupted = False
        self._events: asyncio.Queue[Event] = asyncio.Queue(_AHEAD)
        self._when_abandoned: list[Callable[[], None]] = []

    def when_abandoned(self, call: Callable[[], None]) -> None:
        """Have `call` called when nobody reads any more."""
        self._when_abandoned.append(call)

    async def put(self, event: Event) -> None:
        """Have an event read; what comes after the reader is gone ends the run."""
        if self.interrupted:
            raise Interrupted
        await self._events.put(event)

    async def get(self) -> Event:
        """Return the next event."""
        return await self._events.get()

    def abandon(self) -> None:
        """Read no more: the run ends, and what waits for its turn to be read waits no longer."""
        self.interrupted = True
        for call in self._when_abandoned:
            call()
        while not self._events.empty():
            self._events.get_nowait()

    async def output(self, value: Value) -> None:
        """Take an object."""
        await self.put({"output": as_json(value, _DEPTH)})

    async def error(self, record: ErrorRecord) -> None:
        """Take an error record."""
        if not self.interrupted:  # afterwards nobody reads it
            await self.put({"error": error_event(record)})

    async def message(self, stream: Stream, text: str) -> None:
        """Take a warning or another message."""
        await self.put({"message": {"stream": stream.value.lower(), "text": text}})

    async def host_line(self, text: str) -> None:
        """Take a line such as ``What if: ...``."""
        await self.put({"line": text})

    async def progress(self, progress: Progress) -> None:
        """Nobody looks."""

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        """Nobody can be asked."""
        raise CannotPrompt


class EventTerminal:
    """`parlour.admin.texthost.Terminal` whose text goes out as events ``{"out": …}`` and ``{"err": …}``.

    Args:
        events: takes them.
        shows_progress: somebody sees how far a command is, by events ``{"progress": {…}}``.
    """

    def __init__(self, events: EventHost, *, shows_progress: bool = False) -> None:
        self._events = events
        self._shows_progress = shows_progress

    async def show(self, stream: str, text: str, style: Style = Style.PLAIN) -> None:
        """Take text."""
        await self._events.put({stream: text, "style": style} if style else {stream: text})

    async def progress(self, progress: Progress) -> None:
        """Take how far a command is."""
        if self._shows_progress:
            await self._events.put({"progress": asdict(progress)})

    async def ask(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int | None:
        """Nobody can be asked."""
        return None


def error_event(record: ErrorRecord) -> dict[str, Any]:
    """Return an error record as JSON."""
    return {"id": record.error_id, "category": record.category.value, "target": to_text(record.target),
            "command": record.command, "message": record.message}


class Runs:
    """The runs under way: they outlast a reader who goes, and end with the node. An async context manager."""

    def __init__(self) -> None:
        self._tasks = asyncio.TaskGroup()
        self._hosts: set[EventHost] = set()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for host in self._hosts:
            host.abandon()
        await self._tasks.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def events(
        self, host: EventHost, run: Callable[[], Awaitable[Result]]
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Run something; yields its events, the last of which says what it came to."""
        self._hosts.add(host)
        self._tasks.create_task(self._run(host, run))
        try:
            yield _until_end(host)
        finally:
            host.abandon()

    async def _run(self, host: EventHost, run: Callable[[], Awaitable[Result]]) -> None:
        try:
            result = await run()
            await host.put({"end": {"status": int(result.status), "errors": result.errors}})
        except Interrupted:
            pass  # the reader is gone; whatever was done is done
        except Exception as fault:  # one run's fault is not the node's
            await self._report(host, fault)
        finally:
            self._hosts.discard(host)

    async def _report(self, host: EventHost, fault: Exception) -> None:
        error = unexpected(_log, "run.failed", fault)
        with suppress(Interrupted):
            await host.error(error_record(error))
            await host.put({"end": {"status": int(Status.FAILED), "errors": 1}})


async def _until_end(host: EventHost) -> AsyncIterator[Event]:
    while True:
        event = await host.get()
        yield event
        if "end" in event:
            return
