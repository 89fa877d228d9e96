"""What is shown at a terminal beside plain text: colours, and the bar of a long command.

Kept free of heavy imports, like `parlour.operator`. Whoever looks decides: the node only says what a text is.
"""

import os
from collections.abc import Mapping
from shutil import get_terminal_size
from typing import Any, Final, TextIO

from parlour.textwidth import display_width

# As PowerShell 7 has them ($PSStyle).
_COLOURS: Final[Mapping[str, str]] = {
    "error": "\x1b[31;1m", "warning": "\x1b[33;1m", "verbose": "\x1b[33;1m", "debug": "\x1b[33;1m",
    "header": "\x1b[32;1m"}
_PLAIN: Final = "\x1b[0m"
_ERASE: Final = "\r\x1b[K"
_BAR: Final = 24  # columns


def is_screen(file: TextIO) -> bool:
    """Say whether a file is a terminal that understands more than lines of text."""
    return file.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def wants_colour(file: TextIO) -> bool:
    """Say whether what is written to a file may have colours (https://no-color.org)."""
    return is_screen(file) and not os.environ.get("NO_COLOR")


def coloured(text: str, style: str) -> str:
    """Return lines in the colour of a style; an unknown one has none."""
    colour = _COLOURS.get(style)
    if colour is None:
        return text
    return "".join(f"{colour}{line.rstrip()}{_PLAIN}\n" if line.strip() else line for line in text.splitlines(True))


def rows(text: str, columns: int) -> int:
    """Return how many rows of a screen some lines take."""
    return sum(max(1, -(-display_width(line) // columns)) for line in text.splitlines())


class Bar:
    """The bar of a long command: one line at the bottom, there until something else is shown.

    Args:
        file: where; nothing is drawn unless it is a screen.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._drawn = False

    def draw(self, progress: Mapping[str, Any]) -> None:
        """Show how far it is: ``activity``, ``done``, ``total`` (may be null) and ``status``."""
        if is_screen(self._file):
            self._file.write(_ERASE + bar_line(progress, get_terminal_size((120, 24)).columns - 1))
            self._file.flush()
            self._drawn = True

    def erase(self) -> None:
        """Take it away."""
        if self._drawn:
            self._file.write(_ERASE)
            self._file.flush()
            self._drawn = False


def bar_line(progress: Mapping[str, Any], columns: int) -> str:
    """Return the line of a bar, cut to fit."""
    done, total = int(progress["done"]), progress.get("total")
    if total is None:
        parts = [f"{progress['activity']}:", str(done), progress.get("status", "")]
    else:
        share = min(1.0, done / total) if total else 1.0
        filled = int(share * _BAR)
        parts = [f"{progress['activity']}:", f"[{'#' * filled}{'.' * (_BAR - filled)}]", f"{int(share * 100)} %",
                 f"({done} of {total})", progress.get("status", "")]
    line = " ".join(part for part in parts if part)
    while display_width(line) > columns:
        line = line[:-1]
    return line
