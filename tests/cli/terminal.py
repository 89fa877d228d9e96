"""The command at a pseudo-terminal: what a person reads and types."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cli.kit import PARLOUR, environment

_WITHIN = 20.0
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>]|[()][A-Z0-9])")
# The first terminal that the leader of a session opens becomes its own: Ctrl+C then reaches it, and getpass finds it.
_TAKE_TERMINAL = "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """A command at a terminal; a context manager that ends it.

    Args:
        data: the data folder.
        words: the command.
        variables: more of them for its environment.
    """

    program: Sequence[str] = PARLOUR

    def __init__(self, data: Path, *words: str, **variables: str) -> None:
        self._master, slave = pty.openpty()
        self._raw = b""
        self._position = 0
        # the program is this one's own, the words are those of a test
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _TAKE_TERMINAL, *self.program, *words], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env=environment(data, PROMPT_TOOLKIT_NO_CPR="1", **variables))
        os.close(slave)

    @property
    def raw(self) -> str:
        """Everything that came, as it came."""
        return self._raw.decode(errors="replace")

    @property
    def text(self) -> str:
        """Everything that was on the screen, without escape sequences and carriage returns."""
        return _ESCAPE.sub("", self._raw.decode(errors="replace")).replace("\r", "")

    def types(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def reads(self, expected: str, also: Iterable[tuple[str, str]] = ()) -> str:
        """Wait until this appears behind what was read before; return the text up to it.

        Args:
            expected: the text.
            also: what may be asked on the way, once each, and what to type then.
        """
        deadline = time.monotonic() + _WITHIN
        questions = dict(also)
        while (found := self.text.find(expected, self._position)) < 0:
            for question in [one for one in questions if one in self.text[self._position:]]:
                self.types(questions.pop(question))
            if not self._read(deadline):
                raise AssertionError(f"no {expected!r}, but {self.text[self._position:]!r}")
        start, self._position = self._position, found + len(expected)
        return self.text[start:self._position]

    def ends(self) -> int:
        """Wait until it ended; return its exit status."""
        deadline = time.monotonic() + _WITHIN
        while self._read(deadline):
            pass
        return self._process.wait(_WITHIN)

    def _read(self, deadline: float) -> bool:
        """Read what is there; False at the end of the output, or when it is too late."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        try:
            piece = os.read(self._master, 65536) if ready else b""
        except OSError:  # the other side is closed
            piece = b""
        self._raw += piece
        return bool(piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)
