"""The terminal of the interactive shell: what is longer than the screen goes through a pager.

What a command says is shown as it comes until the screen is full. Then it is taken away again and a pager shows it from
its beginning, and what follows; whoever leaves the pager has seen enough, and the command ends.
"""

import os
import shlex
import subprocess
import sys
import termios
from contextlib import suppress
from shutil import get_terminal_size, which
from typing import Any

from parlour.operator import Console, Unread
from parlour.screen import coloured, is_screen, rows, wants_colour

_LESS = "less -FRXK"
_PATIENCE = 0.5  # seconds


def pager_command() -> list[str]:
    """Return the command of the pager: ``$PAGER``, else less if it is there; nothing for none."""
    given = os.environ.get("PAGER")
    if given is None:
        return shlex.split(_LESS) if which("less") else []
    return shlex.split(given)


class PagingConsole(Console):
    """A console whose output is paged, command by command."""

    def __init__(self) -> None:
        super().__init__()
        self._pager: _Pager | None = None
        self._muted = False
        self._kept: list[str] = []
        self._rows = 0

    def show(self, stream: str, text: str, style: str = "") -> None:
        """Show text, through the pager as soon as there is more than a screen of it.

        Raises:
            Unread: the pager was left; told once, and what comes then is not shown.
        """
        if self._muted:
            return
        shown = coloured(text, style) if wants_colour(sys.stdout) else text
        if self._pager is None and not self._fills_screen(text):
            self._kept.append(shown)
            super().show(stream, text, style)
            return
        try:
            self._opened(shown)
        except BrokenPipeError:
            self._muted = True
            raise Unread from None

    def _fills_screen(self, text: str) -> bool:
        """Count the rows of a text; say whether it does not fit on the screen any more, and a pager can show it."""
        size = get_terminal_size((120, 24))
        before = self._rows
        self._rows += rows(text, size.columns)
        if self._rows < size.lines or not (is_screen(sys.stdout) and sys.stdin.isatty()):
            return False
        self._pager = _Pager.started()
        if self._pager is None:
            return False
        self.bar.erase()
        sys.stdout.write(f"\r\x1b[{before}A\x1b[J" if before else "")
        sys.stdout.flush()
        return True

    def _opened(self, text: str) -> None:
        assert self._pager is not None  # noqa: S101 - it was just started, or is under way
        kept, self._kept = self._kept, []
        self._pager.write("".join(kept) + text)

    def ask(self, question: dict[str, Any]) -> int | None:
        """Ask, when whatever stands in the pager is read; what follows begins a new screen."""
        if self._muted:
            return None
        self.done()
        answer = super().ask(question)
        self.done()
        return answer

    def progress(self, progress: dict[str, Any]) -> None:
        """Show how far a command is, unless the pager has the screen."""
        if self._pager is None:
            super().progress(progress)

    def stop(self) -> None:
        """End the pager: the user stopped the command."""
        super().stop()
        self._muted = True
        if self._pager is not None:
            self._pager.end()

    def done(self) -> None:
        """Wait until what was said is read."""
        super().done()
        if self._pager is not None:
            self._pager.wait()
        self._pager, self._muted, self._kept, self._rows = None, False, [], 0


class _Pager:
    """A pager that runs.

    Args:
        process: the pager; its input is a pipe.
        settings: of the terminal, before it began.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", settings: list[Any]) -> None:
        self._process = process
        self._settings = settings

    @classmethod
    def started(cls) -> "_Pager | None":
        """Start the user's pager; None if there is none."""
        command = pager_command()
        if not command:
            return None
        settings = termios.tcgetattr(sys.stdin.fileno())
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own choice
                command, stdin=subprocess.PIPE, env={"LESS": "FRX", **os.environ})
        except OSError:
            return None  # then it is shown without
        return cls(process, settings)

    def write(self, text: str) -> None:
        """Hand text over; waits while the user has not read what was handed over before.

        Raises:
            BrokenPipeError: the user left it.
        """
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - it was started with one
        pipe.write(text.encode("utf-8", "replace"))
        pipe.flush()

    def wait(self) -> None:
        """Wait until the user leaves it, by Ctrl+C if he likes."""
        self._hang_up()
        try:
            self._process.wait()
        except KeyboardInterrupt:
            self.end()
        self._restore()

    def end(self) -> None:
        """End it, unless Ctrl+C did: less sometimes only rings the bell."""
        try:
            self._process.wait(_PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._process.terminate()
        self._hang_up()
        self._process.wait()
        self._restore()

    def _hang_up(self) -> None:
        pipe = self._process.stdin
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()

    def _restore(self) -> None:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._settings)
