"""How the local operator's commands reach a running node: a socket in the data folder, one JSON object a line.

From the client: ``{"run": TEXT or [WORDS], "width": N, "interactive": BOOL, "progress": BOOL, "surface": NAME,
"trial": BOOL}``, ``{"complete": TEXT or [WORDS]}``, ``{"answer": N}``, ``{"file": {...}}`` and ``{"stop": true}``. From
the node:
``{"out": TEXT}``, ``{"err": TEXT}``, both with a ``"style"`` if there is something to say of the text
(`parlour.admin.texthost.Style`), ``{"progress": {"activity": TEXT, "done": N, "total": N or null, "status": TEXT}}`` if
the client shows that, ``{"ask": {...}}``, ``{"file": {...}}`` (see `parlour.admin.clientfiles`),
``{"completions": [...]}`` and, at the end of a run, ``{"end": EXIT STATUS}``. The surface, Shell or CommandLine, is for
the audit log.

Only the owner of the data folder (and root) may connect: the folder's permissions see to that, and the peer is
checked.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from parlour.admin.catalog import registry
from parlour.admin.clientfiles import ClientFiles
from parlour.admin.engine import Choice, Progress, Session, Status, Surface, complete, execute
from parlour.admin.engine.context import Interrupted
from parlour.admin.engine.variables import Variables
from parlour.admin.texthost import Style, TextHost
from parlour.incidents import unexpected

_log = structlog.get_logger(__name__)
_MAX_LINE = 1 << 20
_NARROWEST, _WIDEST = 40, 1000
_SURFACES = {surface.value: surface for surface in (Surface.SHELL, Surface.COMMAND_LINE)}


class ControlServer:
    """Listens for the local operator while a node runs; an async context manager.

    Args:
        path: the socket.
        make_session: makes the session of each connection.
    """

    def __init__(self, path: Path, make_session: Callable[[], Session]) -> None:
        self._path = path
        self._make_session = make_session
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._path.unlink(missing_ok=True)  # of a node that was killed: this one holds the deployment's lock
        self._server = await asyncio.start_unix_server(self._serve, sock=_bound(self._path), limit=_MAX_LINE)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
        for writer in tuple(self._open):
            writer.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if _is_operator(writer.get_extra_info("socket")):
                await serve_operator(reader, writer, self._make_session())
        finally:
            self._open.discard(writer)
            writer.close()


def _bound(path: Path) -> socket.socket:
    """Bind the socket through its folder, since its whole path may be too long for the system."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    before = os.umask(0o177)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.umask(before)
        os.close(folder)
    return listener


def _is_operator(peer: socket.socket) -> bool:
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return user in (0, os.geteuid())


def _source(given: object) -> str | list[str]:
    """Return a line of the shell's language, or the words that another shell made of one."""
    return [str(word) for word in given] if isinstance(given, list) else str(given)


async def serve_operator(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: Session) -> None:
    """Serve one connection until it ends."""
    async with asyncio.TaskGroup() as tasks:
        conversation = _Conversation(writer, session, tasks)
        try:
            while line := await reader.readline():
                await conversation.receive(json.loads(line))
        except ConnectionError:
            pass  # the client is gone, as clients go
        except (ValueError, TypeError, KeyError, RecursionError) as fault:
            _log.warning("control.broken", reason=str(fault))
        finally:
            conversation.hang_up()


class _Conversation:
    """One client's connection: at most one run at a time; it is the terminal of that run."""

    def __init__(self, writer: asyncio.StreamWriter, session: Session, tasks: asyncio.TaskGroup) -> None:
        self._writer = writer
        self._session = session
        self._tasks = tasks
        self._interactive = False
        self._shows_progress = False
        self._host: TextHost | None = None
        self._variables = Variables()
        self._answer: asyncio.Future[int | None] | None = None
        self._file: asyncio.Future[dict[str, Any]] | None = None

    async def receive(self, frame: dict[str, Any]) -> None:
        if "run" in frame and self._host is None:
            self._start(frame)
        elif "complete" in frame:
            found = await complete(registry(), self._session, _source(frame["complete"]))
            await self._send({"completions": found})
        elif "answer" in frame:
            self._resolve(frame["answer"])
        elif "file" in frame and self._file and not self._file.done():
            self._file.set_result(dict(frame["file"]))
        elif "stop" in frame:
            self._interrupt()

    def _start(self, frame: dict[str, Any]) -> None:
        source = _source(frame["run"])
        self._interactive = bool(frame.get("interactive"))
        self._shows_progress = bool(frame.get("progress"))
        if frame.get("trial"):
            self._variables.begin_trial()
        self._host = TextHost(
            self, max(_NARROWEST, min(int(frame.get("width", 120)), _WIDEST)), ClientFiles(self._ask_files),
            self._session.clock)
        surface = _SURFACES.get(str(frame.get("surface")), Surface.CONTROL_SOCKET)
        self._tasks.create_task(self._run(source, self._host, replace(self._session, surface=surface)))

    async def _run(self, source: str | Sequence[str], host: TextHost, session: Session) -> None:
        try:
            result = await execute(registry(), session, host, source, variables=self._variables)
            await host.finish()
            self._host = None
            await self._send({"end": int(result.status)})
        except (ConnectionError, Interrupted):
            self._host = None  # the client is gone; whatever was done is done
        except Exception as fault:  # one run's fault is not the node's, nor the next run's
            error = unexpected(_log, "run.failed", fault)
            self._host = None
            with suppress(ConnectionError):
                await self._send({"err": f"{error}\n", "style": Style.ERROR})
                await self._send({"end": int(Status.FAILED)})

    def _interrupt(self) -> None:
        if self._host:
            self._host.interrupted = True
        self._resolve(None)
        if self._file and not self._file.done():
            self._file.set_exception(ConnectionAbortedError())

    def hang_up(self) -> None:
        """Stop what is running: nobody is there to see it."""
        self._interrupt()

    async def _ask_files(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._host is None or self._host.interrupted:
            raise Interrupted  # its files are left, and an answer to what was asked before may still be under way
        self._file = asyncio.get_running_loop().create_future()
        try:
            await self._send({"file": request})
            return await self._file
        except ConnectionError:
            raise Interrupted from None  # the user stopped the run, or is not there any more

    # -- as a terminal

    async def show(self, stream: str, text: str, style: Style = Style.PLAIN) -> None:
        await self._say({stream: text, "style": style} if style else {stream: text})

    async def progress(self, progress: Progress) -> None:
        if self._shows_progress:
            await self._say({"progress": asdict(progress)})

    async def _say(self, frame: dict[str, Any]) -> None:
        try:
            await self._send(frame)
        except ConnectionError:
            raise Interrupted from None  # nobody is there to see it

    async def ask(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int | None:
        if not self._interactive:
            return None
        self._answer = asyncio.get_running_loop().create_future()
        await self._send({"ask": {
            "caption": caption, "message": message, "default": default,
            "choices": [[choice.label, choice.help] for choice in choices]}})
        return await self._answer

    def _resolve(self, answer: object) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(answer if isinstance(answer, int) else None)

    async def _send(self, frame: dict[str, Any]) -> None:
        self._writer.write(json.dumps(frame, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        await self._writer.drain()
