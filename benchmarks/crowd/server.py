"""Parlour as a child process, and what it costs."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
CLIENTS_CPU, SERVER_CPU = 0, 1
_PROCESSORS: Final = os.sched_getaffinity(0)  # before this process keeps to one: a child would have that one only
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_PAUSE = 0.02


def pin(pid: int, cpu: int) -> None:
    """Keep a process (0: this one) on one processor, on machines that have it."""
    if cpu in _PROCESSORS:
        os.sched_setaffinity(pid, {cpu})


def cpu_seconds(pid: int | None = None) -> float:
    """Return the processor time that a process (without one, this one) has used, of its ended children too."""
    if pid is None:
        times = os.times()
        return times.user + times.system
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def memory(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def settled_memory(pid: int, pause: float = 1.0, within: float = 30.0) -> int:
    """Wait until the memory of a process stays the same for a moment; return it, in bytes.

    Args:
        pid: the process.
        pause: seconds between two looks.
        within: seconds after which the last look counts.
    """
    before, deadline = memory(pid), time.monotonic() + within
    while time.monotonic() < deadline:
        time.sleep(pause)
        now = memory(pid)
        if abs(now - before) < before // 1000:
            return now
        before = now
    return before


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens, on loopback."""

    sip_tcp: int
    sip_tls: int
    web: int


def free_ports() -> Ports:
    """Return three ports that nobody listens on."""
    probes = [socket.create_server((HOST, 0)) for _ in range(3)]
    ports = Ports(*(probe.getsockname()[1] for probe in probes))
    for probe in probes:
        probe.close()
    return ports


class Server:
    """A server process on a deployment; a context manager that ends it.

    Args:
        folder: the deployment's data folder; what the server says goes beside it.
        settings: settings of the node by name, in addition to where it listens.

    Attributes:
        ports: where it listens, however often it is started.
        log: what it said.
    """

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.ports = free_ports()
        self.log = folder.parent / "serve.log"
        self._folder = folder
        self._settings = settings or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def start(self) -> float:
        """Start it; return the seconds until it serves.

        Raises:
            RuntimeError: it does not come up.
        """
        ports = self.ports
        command = [sys.executable, "-m", "parlour", "serve", "--data", str(self._folder), "--web",
                   f"{HOST}:{ports.web}", "--sip-tls", f"{HOST}:{ports.sip_tls}", "--sip-tcp",
                   f"{HOST}:{ports.sip_tcp}"]
        settings = {"web_plain": "true", **self._settings}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
        said = self.log.stat().st_size if self.log.exists() else 0
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**environment, **{f"PARLOUR_{name.upper()}": value for name, value in settings.items()}})
        pin(self._process.pid, SERVER_CPU)
        self._wait(said, began + _START_SECONDS)
        return time.monotonic() - began

    def _wait(self, said: int, deadline: float) -> None:
        while b"node.serving" not in self.log.read_bytes()[said:]:
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server does not come up:\n{self.log.read_text()[-2000:]}")
            time.sleep(_PAUSE)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end; if it does not, kill it."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Meter:
    """What the server and this process use from now on.

    Args:
        pid: the server's process id.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began = time.monotonic()
        self._server, self._own = cpu_seconds(pid), cpu_seconds()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def server(self) -> float:
        """Processor seconds of the server since then."""
        return cpu_seconds(self._pid) - self._server

    @property
    def own(self) -> float:
        """Processor seconds of this process since then."""
        return cpu_seconds() - self._own
