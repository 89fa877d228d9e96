"""A cmdlet host that ends in text: objects are formatted here, and a terminal somewhere shows them."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import groupby
from typing import Final, Protocol

from parlour.admin.engine import CannotPrompt, Choice, ErrorRecord, Progress, Stream, Value
from parlour.admin.engine.files import Files
from parlour.admin.engine.formatting import Formatter, HeaderLine, format_error, visible
from parlour.clock import Clock, SystemClock


class Style(StrEnum):
    """What a text is; a terminal may show that in colours."""

    PLAIN = ""
    ERROR = "error"
    WARNING = "warning"
    VERBOSE = "verbose"
    DEBUG = "debug"
    HEADER = "header"


_STYLES: Final = {Stream.WARNING: Style.WARNING, Stream.VERBOSE: Style.VERBOSE, Stream.DEBUG: Style.DEBUG}
_BETWEEN: Final = 0.1  # seconds between two looks at a progress without an end


class Terminal(Protocol):
    """Where text goes and answers come from."""

    async def show(self, stream: str, text: str, style: Style = Style.PLAIN) -> None:
        """Show text, line ends included; `stream` is ``out`` or ``err``."""
        ...

    async def progress(self, progress: Progress) -> None:
        """Show how far a command is, until something else is shown."""
        ...

    async def ask(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int | None:
        """Return the index of the answer, or None if nobody can be asked."""
        ...


class TextHost:
    """`parlour.admin.engine.Host` on a terminal.

    Args:
        terminal: where it shows.
        width: columns of the terminal.
        files: the files of who sits there, if they can be reached.
        clock: time, for how often progress is shown.
    """

    def __init__(
        self, terminal: Terminal, width: int, files: Files | None = None, clock: Clock | None = None
    ) -> None:
        self.files = files
        self._terminal = terminal
        self._formatter = Formatter(width)
        self._pace = _Pace(clock or SystemClock())
        self.interrupted = False

    def stop(self) -> None:
        """Have the run end before the next object."""
        self.interrupted = True

    async def output(self, value: Value) -> None:
        """Show an object, as soon as its table can be laid out."""
        await self._lines("out", self._formatter.feed(value))

    async def finish(self) -> None:
        """Show what is still held back."""
        await self._lines("out", self._formatter.finish())

    async def error(self, record: ErrorRecord) -> None:
        """Show an error record."""
        await self.finish()
        await self._lines("err", format_error(record), Style.ERROR)

    async def message(self, stream: Stream, text: str) -> None:
        """Show a warning or another message."""
        await self._lines("err", [f"{stream.value}: {visible(text)}"], _STYLES.get(stream, Style.PLAIN))

    async def host_line(self, text: str) -> None:
        """Show a line such as ``What if: ...``."""
        await self._lines("out", [visible(text)])

    async def progress(self, progress: Progress) -> None:
        """Show how far a command is: at each whole per cent or, without an end, now and then."""
        if self._pace.is_due(progress):
            await self._terminal.progress(replace(
                progress, activity=visible(progress.activity), status=visible(progress.status)))

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        """Ask the user."""
        shown = "\n".join(map(visible, message.split("\n")))
        answer = await self._terminal.ask(caption, shown, choices, default)
        if answer is None:
            raise CannotPrompt
        return answer

    async def _lines(self, stream: str, lines: Sequence[str], style: Style = Style.PLAIN) -> None:
        for is_header, some in groupby(lines, key=lambda line: isinstance(line, HeaderLine)):
            await self._terminal.show(stream, "\n".join(some) + "\n", Style.HEADER if is_header else style)


class _Pace:
    """Says when a progress is worth a look.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: tuple[str, int] | None = None
        self._looked = clock.monotonic()

    def is_due(self, progress: Progress) -> bool:
        now = self._clock.monotonic()
        if progress.total is None:
            due = now - self._looked >= _BETWEEN
        else:
            percent = 100 * progress.done // max(progress.total, 1)
            due = self._last != (progress.activity, percent)
            self._last = (progress.activity, percent)
        if due:
            self._looked = now
        return due
