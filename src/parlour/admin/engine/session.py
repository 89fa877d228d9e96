"""Who runs cmdlets, and where what they say goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeVar

from parlour.admin.engine.audit import Auditor, Surface
from parlour.admin.engine.files import Files
from parlour.admin.engine.objects import ErrorRecord, Value
from parlour.admin.engine.reach import EVERYWHERE, Reach
from parlour.clock import Clock, SystemClock
from parlour.incidents import new_incident

T = TypeVar("T")


class Stream(Enum):
    """The streams of messages beside output and errors."""

    WARNING = "WARNING"
    VERBOSE = "VERBOSE"
    DEBUG = "DEBUG"
    INFORMATION = "INFORMATION"


class CannotPrompt(Exception):  # noqa: N818 - reads as the sentence it is, in `except CannotPrompt`
    """Nobody can be asked here."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question; ``&`` stands before its key, as in ``Yes to &All``."""

    label: str
    help: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long command is.

    Attributes:
        activity: what it does.
        done: how many objects it is done with.
        total: of how many; None if nobody knows.
        status: further words.
    """

    activity: str
    done: int
    total: int | None = None
    status: str = ""


class Host(Protocol):
    """The place where results, errors and questions go: a terminal, a web request, a remote shell."""

    @property
    def interrupted(self) -> bool:
        """Whether the user asked to stop; looked at between objects."""
        ...

    @property
    def files(self) -> Files | None:
        """The files of whoever runs the commands; None where they cannot be reached."""
        ...

    async def output(self, value: Value) -> None:
        """Take one object of the result; slow hosts slow the pipeline down."""
        ...

    async def error(self, record: ErrorRecord) -> None:
        """Take an error record."""
        ...

    async def message(self, stream: Stream, text: str) -> None:
        """Take a warning, a verbose, debug or information message."""
        ...

    async def host_line(self, text: str) -> None:
        """Show a line that is no result, e.g. ``What if: ...``."""
        ...

    async def progress(self, progress: Progress) -> None:
        """Show how far a long command is, if somebody looks; called far more often than anybody could look."""
        ...

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        """Ask the user; return the index of the answer.

        Raises:
            CannotPrompt: nobody can be asked.
        """
        ...


def everything(_name: str) -> bool:
    """Allow every cmdlet."""
    return True


def everywhere(_name: str) -> Reach:
    """Let every cmdlet reach everything."""
    return EVERYWHERE


@dataclass(frozen=True, slots=True)
class Session:
    """One operator's session.

    Attributes:
        operator: who it is, for the audit.
        roles: the operator's roles.
        allowed: whether the session may run a cmdlet, by name; what it may not run does not exist for it.
        services: what cmdlets work with, by type.
        clock: time.
        incident: makes the numbers of unexpected errors.
        width: characters in a line, for Format-Table and its like.
        auditor: is told of every command; None in sessions of tests and documents.
        surface: what commands come through, for the audit.
        address: where they come from, for the audit.
        reach: whom a cmdlet may be used on, by its name.
    """

    operator: str
    roles: frozenset[str] = frozenset()
    allowed: Callable[[str], bool] = everything
    services: Mapping[type, object] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    incident: Callable[[], str] = new_incident
    width: int = 120
    auditor: Auditor | None = None
    surface: Surface = Surface.CONTROL_SOCKET
    address: str = "local"
    reach: Callable[[str], Reach] = everywhere

    def service(self, kind: type[T]) -> T:
        """Return the service of a type.

        Raises:
            LookupError: whoever made the session did not provide it.
        """
        found = self.services.get(kind)
        if found is None:
            raise LookupError(f"the session provides no {kind.__name__}")
        return found  # type: ignore[return-value]  # the mapping is by type
