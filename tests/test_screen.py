"""Colours and bars at a terminal, and nothing of them anywhere else."""

import os
import pty
from collections.abc import Iterator
from io import StringIO
from typing import TextIO

import pytest

from parlour.screen import Bar, bar_line, coloured, is_screen, rows, wants_colour

PROGRESS = {"activity": "Removing", "done": 3, "total": 12, "status": "in Hall"}


class _Tty:
    """A terminal of the test's own."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        self.file: TextIO = os.fdopen(slave, "w")

    def shown(self) -> str:
        """Read what was written."""
        self.file.write("\0")
        self.file.flush()
        seen = ""
        while not seen.endswith("\0"):
            seen += os.read(self._master, 65536).decode()
        return seen[:-1]

    def close(self) -> None:
        """Give it back."""
        self.file.close()
        os.close(self._master)


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Tty]:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = _Tty()
    yield found
    found.close()


def test_only_a_terminal_has_colours(tty: _Tty) -> None:
    assert wants_colour(tty.file)
    assert not wants_colour(StringIO())


@pytest.mark.parametrize(("variable", "value", "bars"), [("NO_COLOR", "1", True), ("TERM", "dumb", False)])
def test_colours_are_not_forced_on_anybody(
    tty: _Tty, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, bars: bool
) -> None:
    monkeypatch.setenv(variable, value)
    assert not wants_colour(tty.file)
    assert is_screen(tty.file) == bars


def test_an_empty_no_color_forbids_nothing(tty: _Tty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert wants_colour(tty.file)


def test_each_line_is_coloured_by_itself() -> None:
    assert coloured("\na\nb\n", "error") == "\n\x1b[31;1ma\x1b[0m\n\x1b[31;1mb\x1b[0m\n"
    assert coloured("a\n", "warning") == "\x1b[33;1ma\x1b[0m\n"
    assert coloured("a\n", "") == coloured("a\n", "unheard of") == "a\n"


def test_rows_of_a_screen() -> None:
    assert rows("a\n\nb\n", 80) == 3
    assert rows("x" * 81 + "\n", 80) == 2
    assert rows("部" * 41 + "\n", 80) == 2


def test_a_bar_says_how_far_it_is() -> None:
    assert bar_line(PROGRESS, 80) == "Removing: [######..................] 25 % (3 of 12) in Hall"
    assert bar_line(PROGRESS | {"total": None}, 80) == "Removing: 3 in Hall"
    assert bar_line(PROGRESS | {"total": 0, "done": 0}, 80).startswith(f"Removing: [{'#' * 24}] 100 %")
    assert len(bar_line(PROGRESS, 20)) == 20


def test_a_bar_is_drawn_in_place_and_goes(tty: _Tty) -> None:
    bar = Bar(tty.file)
    bar.erase()
    bar.draw(PROGRESS)
    bar.draw(PROGRESS | {"done": 12})
    bar.erase()
    bar.erase()
    shown = tty.shown()
    assert shown.count("\r\x1b[K") == 3
    assert shown.endswith("100 % (12 of 12) in Hall\r\x1b[K")
    assert "\n" not in shown


def test_a_file_never_sees_a_bar() -> None:
    file = StringIO()
    bar = Bar(file)
    bar.draw(PROGRESS)
    bar.erase()
    assert file.getvalue() == ""
