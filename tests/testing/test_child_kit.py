"""A server as a child process: what the kit notices."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from parlour.testing.child import Child, ChildError

SERVES = "import signal, sys; print('now serving', flush=True); signal.pause()"
POLITE = ("import signal, sys, threading; done = threading.Event(); signal.signal(15, lambda *_: done.set()); "
          "print('now serving', flush=True); done.wait(); print('bye')")


def child(program: str, log: Path) -> Child:
    return Child([sys.executable, "-c", program], os.environ, log, re.compile("serving"))


async def test_ready_when_a_line_says_so(tmp_path: Path) -> None:
    served = child(SERVES, tmp_path / "log")
    await served.ready(10)
    assert served.running
    await served.kill()
    assert not served.running


async def test_a_line_on_stderr_counts_too(tmp_path: Path) -> None:
    served = child(SERVES.replace("'now serving',", "'now serving', file=sys.stderr,"), tmp_path / "log")
    await served.ready(10)
    await served.kill()


async def test_an_early_end_is_told_with_its_output(tmp_path: Path) -> None:
    served = child("raise SystemExit('no such folder')", tmp_path / "log")
    with pytest.raises(ChildError, match="no such folder"):
        await served.ready(10)
    assert await served.ended(10) == 1


async def test_silence_is_told(tmp_path: Path) -> None:
    served = child("import signal; signal.pause()", tmp_path / "log")
    with pytest.raises(ChildError, match="still starting"):
        await served.ready(0.1)
    await served.kill()


async def test_terminate_returns_the_status_and_keeps_the_last_output(tmp_path: Path) -> None:
    served = child(POLITE, tmp_path / "log")
    await served.ready(10)
    assert await served.terminate(10) == 0
    assert served.output().endswith("bye\n")


async def test_killed_by_a_signal_is_negative(tmp_path: Path) -> None:
    served = child(SERVES, tmp_path / "log")
    await served.ready(10)
    assert await served.terminate(10) == -signal.SIGTERM
    assert await served.terminate(10) == -signal.SIGTERM
