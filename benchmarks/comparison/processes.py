"""Processes on processors of their own: started, waited for, ended."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HOST = "127.0.0.1"
GENERATOR_CPU, SERVER_CPU = 0, 1
_NICE = -10  # of servers and generator alike, where that is allowed: the machine may have other work
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_PAUSE = 0.05
_SHOWN = 2000  # characters of a log in an error

Process = subprocess.Popen[bytes]


class ServerError(Exception):
    """A server does not come up, or is not there any more."""


def put_on(cpu: int, pid: int = 0) -> None:
    """Keep a process (0: this one) and what it will start on one processor, if the machine has it."""
    if cpu in os.sched_getaffinity(pid):
        os.sched_setaffinity(pid, {cpu})


def prefer(pid: int = 0) -> None:
    """Let a process (0: this one) go before others, if that is allowed."""
    with contextlib.suppress(PermissionError):  # then everybody is alike, which is good as well
        os.setpriority(os.PRIO_PROCESS, pid, _NICE)


def spawn(command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> Process:
    """Start a server on the servers' processor; what it says goes to a file."""
    def settle() -> None:
        put_on(SERVER_CPU)
        prefer()

    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 - commands of this package
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            env={**os.environ, **(env or {})}, cwd=log.parent, start_new_session=True, preexec_fn=settle)


def stop(process: Process | None, how: signal.Signals = signal.SIGTERM, *, wrapped: bool = False) -> None:
    """Ask a process to end, and wait for it; what does not listen is killed.

    Args:
        process: the process, as `spawn` returned it.
        how: the signal that asks.
        wrapped: it is something (a profiler) that runs the server, and ends with it.
    """
    if process is None or process.poll() is not None:
        return
    os.kill(_innermost(process.pid) if wrapped else process.pid, how)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _innermost(pid: int) -> int:
    """Return a process, or the one that it has started, or the one that that has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _innermost(int(children[0])) if children else pid


def wait_for_port(port: int, process: Process, log: Path) -> None:
    """Wait until somebody listens on a port of loopback.

    Raises:
        ServerError: the process has ended, or it takes too long.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not is_taken(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerError(f"nobody listens on port {port}:\n{log.read_text(errors='replace')[-_SHOWN:]}")
        time.sleep(_PAUSE)


def is_taken(port: int) -> bool:
    """Say whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def memory(pid: int) -> float:
    """Return the resident memory of a process and of all that it started, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20) + sum(memory(int(child)) for child in children)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
