"""A host in front of another one: results go elsewhere, errors say in which line they came up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from parlour.admin.engine.files import Files
from parlour.admin.engine.objects import ErrorRecord, Value
from parlour.admin.engine.session import Choice, Host, Progress, Stream


class Diverted:
    """`parlour.admin.engine.session.Host` in front of another one.

    Args:
        host: takes everything else.
        sink: takes the results, if not the host.

    Attributes:
        line: the line of the text that runs now, for errors; None leaves them as they are.
    """

    def __init__(self, host: Host, sink: Callable[[Value], Awaitable[None]] | None = None) -> None:
        self._host = host
        self._sink = host.output if sink is None else sink
        self.line: int | None = None

    @property
    def interrupted(self) -> bool:
        """Whether the user asked to stop."""
        return self._host.interrupted

    @property
    def files(self) -> Files | None:
        """The files of whoever runs the commands."""
        return self._host.files

    async def output(self, value: Value) -> None:
        """Take one object of the result."""
        await self._sink(value)

    async def error(self, record: ErrorRecord) -> None:
        """Take an error record."""
        await self._host.error(record if self.line is None else replace(record, line=self.line))

    async def message(self, stream: Stream, text: str) -> None:
        """Take a message."""
        await self._host.message(stream, text)

    async def host_line(self, text: str) -> None:
        """Show a line."""
        await self._host.host_line(text)

    async def progress(self, progress: Progress) -> None:
        """Show how far a command is."""
        await self._host.progress(progress)

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        """Ask the user."""
        return await self._host.prompt_choice(caption, message, choices, default)
