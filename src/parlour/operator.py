"""The local operator's side of a deployment: finds the node that serves it, or opens it for the time of a command.

Kept free of heavy imports: a command against a running node is a socket and some JSON.
"""

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import get_terminal_size
from types import FrameType
from typing import Any, Protocol

from parlour.errors import SYNTAX_LIMIT, ParlourError
from parlour.localfiles import LocalFiles
from parlour.screen import Bar, coloured, is_screen, wants_colour
from parlour.textfiles import LONGEST_SOURCE

_GONE = "the node ended the connection"


class Unread(Exception):  # noqa: N818 - reads as the sentence it is, in `except Unread`
    """The user does not want to see the rest of what a command says."""


class Console:
    """The terminal this process was started in."""

    def __init__(self) -> None:
        self.bar = Bar(sys.stderr)

    def show(self, stream: str, text: str, style: str = "") -> None:
        """Write text to standard output (``out``) or standard error (``err``).

        Args:
            stream: which.
            text: line ends included.
            style: what it is, for its colour: ``error``, ``warning``, ``verbose``, ``debug``, ``header`` or nothing.

        Raises:
            Unread: the user has seen enough.
        """
        self.bar.erase()
        file = sys.stdout if stream == "out" else sys.stderr
        file.write(coloured(text, style) if style and wants_colour(file) else text)
        file.flush()

    @property
    def shows_progress(self) -> bool:
        """Whether somebody sees how far a command is."""
        return is_screen(sys.stderr)

    def progress(self, progress: dict[str, Any]) -> None:
        """Show how far a command is."""
        self.bar.draw(progress)

    def stop(self) -> None:
        """The user stopped the command."""
        self.bar.erase()

    def done(self) -> None:
        """The command came to its end."""
        self.bar.erase()

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin.isatty()

    def ask(self, question: dict[str, Any]) -> int | None:
        """Ask as PowerShell does, until the answer is one of the choices; None at the end of input."""
        labels = [label for label, _ in question["choices"]]
        keys = [label[label.index("&") + 1].upper() for label in labels]
        shown = "  ".join(f"[{key}] {label.replace('&', '')}" for key, label in zip(keys, labels, strict=True))
        self.show("err", f"\n{question['caption']}\n{question['message']}\n")
        while True:
            self.show("err", f'{shown}  [?] Help (default is "{keys[question["default"]]}"): ')
            line = sys.stdin.readline()
            if not line:
                return None
            typed = line.strip().upper()
            if not typed:
                return int(question["default"])
            if typed in keys:
                return keys.index(typed)
            if typed == "?":
                explained = zip(keys, question["choices"], strict=True)
                self.show("err", "".join(f"{key} - {text}\n" for key, (_, text) in explained))


def show_event(console: Console, event: dict[str, Any]) -> None:
    """Show what a node says: ``{"out": TEXT, "style": NAME}``, the same with ``err``, or ``{"progress": {...}}``.

    Raises:
        Unread: the user has seen enough.
    """
    if "progress" in event:
        console.progress(event["progress"])
    for stream in ("out", "err"):
        if stream in event:
            console.show(stream, event[stream], event.get("style", ""))


class Runner(Protocol):
    """Runs commands on a deployment, wherever it is."""

    def run(self, source: str | Sequence[str], trial: bool = False) -> int:
        """Run a line of the shell's language, or words, maybe as a trial that changes nothing; return the status.

        Raises:
            ParlourError: SYNTAX_LIMIT. ConnectionError: whoever should run it is not there.
        """
        ...

    def complete(self, source: str | Sequence[str]) -> list[str]:
        """Return what the last word of a line, or the last of some words, can become."""
        ...


def check_length(source: str | Sequence[str]) -> None:
    """See that a text of commands is not too long to be sent.

    Raises:
        ParlourError: SYNTAX_LIMIT.
    """
    words = [source] if isinstance(source, str) else source
    if sum(len(word.encode("utf-8", "surrogatepass")) + 1 for word in words) - 1 > LONGEST_SOURCE:
        raise ParlourError(SYNTAX_LIMIT, None, reason=f"longer than {LONGEST_SOURCE} bytes")


class Connection:
    """A conversation with whoever has the deployment open (the protocol is in `parlour.admin.control`)."""

    def __init__(self, peer: socket.socket, console: Console) -> None:
        self._peer = peer
        self._received = b""
        self._console = console
        self._files = LocalFiles()
        self._stopped = False

    def run(self, source: str | Sequence[str], trial: bool = False) -> int:
        """Run a line of the shell's language, or words, maybe as a trial that changes nothing; return the status."""
        check_length(source)
        self._stopped = False
        self._send({"run": source, "width": get_terminal_size((120, 24)).columns,
                    "interactive": self._console.interactive, "progress": self._console.shows_progress,
                    "surface": "Shell" if isinstance(source, str) else "CommandLine", "trial": trial})
        try:
            return self._followed()
        finally:
            self._files.discard_all()

    def _followed(self) -> int:
        """Show what the run says, and answer what it asks, until it ends."""
        while True:
            try:
                frame = self._receive()
                if "end" in frame:
                    self._console.done()
                    return int(frame["end"])
                self._handle(frame)
            except Unread:
                self._stop()
            except KeyboardInterrupt:
                self._stop()
                self._console.stop()

    def _handle(self, frame: dict[str, Any]) -> None:
        if "ask" in frame:
            self._send({"answer": self._console.ask(frame["ask"])})
            return
        if "file" in frame:
            if not self._stopped:  # a stopped run waits for no answer, and a pipe could keep the user waiting
                self._send({"file": self._files.answer(frame["file"])})
            return
        show_event(self._console, frame)

    def _stop(self) -> None:
        """Have the run end."""
        self._stopped = True
        self._send({"stop": True})

    def complete(self, source: str | Sequence[str]) -> list[str]:
        """Return what the last word of a line, or the last of some words, can become."""
        self._send({"complete": source if isinstance(source, str) else list(source)})
        return [str(word) for word in self._receive()["completions"]]

    def _send(self, frame: dict[str, Any]) -> None:
        try:
            with _uninterrupted():  # half a line would be the end of the conversation
                self._peer.sendall(json.dumps(frame).encode() + b"\n")
        except ConnectionError:
            raise ConnectionError(_GONE) from None

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self._received:  # kept here, so that Ctrl+C in the middle of a line loses nothing of it
            piece = self._peer.recv(1 << 16)
            if not piece:
                raise ConnectionError(_GONE)
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        frame: dict[str, Any] = json.loads(line)
        return frame


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put Ctrl+C off until the end."""
    if threading.current_thread() is not threading.main_thread():  # only that one is interrupted
        yield
        return
    pressed = False

    def remember(_: int, __: FrameType | None) -> None:
        nonlocal pressed
        pressed = True

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextmanager
def connected(folder: Path, console: Console) -> Iterator[Connection]:
    """Reach the deployment in `folder`, through its node or directly.

    Raises:
        ParlourError: DeploymentNotFound, DeploymentBusy, and what opening it raises.
    """
    peer = _node_at(folder)
    if peer is None:
        with _opened(folder) as peer:
            yield Connection(peer, console)
    else:
        with peer:
            yield Connection(peer, console)


def is_served(folder: Path) -> bool:
    """Say whether a node serves the deployment in a folder."""
    peer = _node_at(folder)
    if peer is not None:
        peer.close()
    return peer is not None


def _node_at(folder: Path) -> socket.socket | None:
    """Connect to the running node, through its folder since the socket's path may be too long for the system."""
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        peer.connect(f"/proc/self/fd/{descriptor}/control.sock")
    except (FileNotFoundError, ConnectionRefusedError):
        peer.close()
        return None
    finally:
        os.close(descriptor)
    return peer


@contextmanager
def _opened(folder: Path) -> Iterator[socket.socket]:
    """Open the deployment in a thread of this process, and talk to it as if it were a node."""
    ours, theirs = socket.socketpair()
    backend = _Backend(folder, theirs)
    backend.start()
    backend.ready.wait()
    try:
        if backend.fault is not None:
            raise backend.fault
        yield ours
    except ConnectionError:
        _close(ours)
        backend.join()
        if isinstance(backend.fault, Exception):
            raise backend.fault from None
        raise
    finally:
        _close(ours)
        backend.join()


def _close(peer: socket.socket) -> None:
    """Hang up; closing alone is not enough while a reader holds the socket."""
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
    peer.close()


class _Backend(threading.Thread):
    def __init__(self, folder: Path, peer: socket.socket) -> None:
        super().__init__(name="parlour-deployment")
        self.ready = threading.Event()
        self.fault: BaseException | None = None
        self._folder = folder
        self._peer = peer

    def run(self) -> None:
        import asyncio

        try:
            asyncio.run(self._serve())
        except BaseException as fault:  # it is raised again in the thread that waits for it
            self.fault = fault
        finally:
            self._peer.close()
            self.ready.set()

    async def _serve(self) -> None:
        import asyncio

        from parlour.admin.control import serve_operator
        from parlour.config import Settings
        from parlour.deployment import DataFolder
        from parlour.logs import set_up_logs
        from parlour.node import open_node

        set_up_logs()
        folder = DataFolder(self._folder)
        folder.check()
        async with open_node(folder, Settings.load(self._folder)) as node:
            reader, writer = await asyncio.open_unix_connection(sock=self._peer, limit=1 << 20)
            self.ready.set()
            await serve_operator(reader, writer, node.session())
            writer.close()


