"""A server as a child process: started, watched until it serves, killed, stopped."""

import asyncio
import contextlib
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_SHOWN = 4000  # characters of output in an error


class ChildError(AssertionError):
    """The child process did not do what it should; its last output is in the text."""


class Child:
    """One child process whose output (both streams) goes to a file.

    A thread copies the output, so that it works across event loops and the child never waits for a reader.

    Args:
        command: program and arguments.
        env: environment.
        log: file that gets the output; appended to.
        ready: what a line of the output must contain to mean that it serves.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path, ready: re.Pattern[str]) -> None:
        self._name = command[-1] if len(command) == 1 else " ".join(command[:4])
        self._log = log
        self._ready_pattern = ready
        self._settled = threading.Event()  # it is ready, or its output ended
        self._is_ready = False
        # the program is the caller's, who is a test
        self._process = subprocess.Popen(  # noqa: S603
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._pump = threading.Thread(target=self._copy, daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def _copy(self) -> None:
        output = self._process.stdout
        if output is None:
            return
        with output, self._log.open("ab", buffering=0) as file:
            for line in output:
                file.write(line)
                if self._ready_pattern.search(line.decode(errors="replace")):
                    self._is_ready = True
                    self._settled.set()
        self._settled.set()

    async def ready(self, within: float) -> None:
        """Wait until it says that it serves.

        Raises:
            ChildError: it ended, or said nothing of the kind in time.
        """
        await asyncio.to_thread(self._settled.wait, within)
        if not self._is_ready:
            what = "still starting" if self.running else f"ended with status {self._process.poll()}"
            raise ChildError(f"{self._name}: not serving after {within} s ({what})\n{self.output()}")

    async def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL)."""
        self._process.kill()
        await self.ended(10)

    async def terminate(self, within: float) -> int:
        """Ask it to end (SIGTERM) and return its exit status.

        Raises:
            ChildError: it does not end.
        """
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        return await self.ended(within)

    async def ended(self, within: float) -> int:
        """Wait until it ended; return its exit status, negative for a signal.

        Raises:
            ChildError: it does not end.
        """
        try:
            status = await asyncio.to_thread(self._process.wait, within)
        except subprocess.TimeoutExpired:
            raise ChildError(f"{self._name}: did not end within {within} s\n{self.output()}") from None
        await asyncio.to_thread(self._pump.join, within)
        return status

    def output(self) -> str:
        """Return the end of its output so far."""
        return self._log.read_text(errors="replace")[-_SHOWN:] if self._log.exists() else ""
