"""A cmdlet host that ends in text: objects are formatted here, and a terminal somewhere shows them."""

from collections.abc import Sequence
from typing import Protocol

from parlour.admin.engine import CannotPrompt, Choice, ErrorRecord, Stream, Value
from parlour.admin.engine.files import Files
from parlour.admin.engine.formatting import Formatter, format_error


class Terminal(Protocol):
    """Where text goes and answers come from."""

    async def show(self, stream: str, text: str) -> None:
        """Show text, line ends included; `stream` is ``out`` or ``err``."""
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
    """

    def __init__(self, terminal: Terminal, width: int, files: Files | None = None) -> None:
        self.files = files
        self._terminal = terminal
        self._formatter = Formatter(width)
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
        await self._lines("err", format_error(record))

    async def message(self, stream: Stream, text: str) -> None:
        """Show a warning or another message."""
        await self._lines("err", [f"{stream.value}: {text}"])

    async def host_line(self, text: str) -> None:
        """Show a line such as ``What if: ...``."""
        await self._lines("out", [text])

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        """Ask the user."""
        answer = await self._terminal.ask(caption, message, choices, default)
        if answer is None:
            raise CannotPrompt
        return answer

    async def _lines(self, stream: str, lines: Sequence[str]) -> None:
        if lines:
            await self._terminal.show(stream, "\n".join(lines) + "\n")
