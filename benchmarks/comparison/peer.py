"""What all servers of a comparison have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.comparison.generator import Visit


class Peer(ABC):
    """A server, reached in one way.

    Args:
        folder: where its data lie; nobody else's.

    Attributes:
        server: its name.
        transport: how clients reach it.
        most: the most members of a room that it can be asked for in reasonable time; None: any number.
        why: why no more.
    """

    server: str
    transport: str
    most: int | None = None
    why = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """Return the versions of what is measured."""

    @abstractmethod
    def prepare(self, members: int) -> None:
        """See that so many people have accounts; the server does not run, before or after it."""

    @abstractmethod
    def start(self) -> None:
        """Start the server, and wait until it serves.

        Raises:
            ServerError: it does not come up.
        """

    @abstractmethod
    def stop(self) -> None:
        """End the server, if it runs."""

    @property
    @abstractmethod
    def processes(self) -> Sequence[int]:
        """The processes whose CPU time counts (with all that they start): the server first, then its database."""

    @abstractmethod
    def visit(self, members: int) -> AbstractContextManager[Visit]:
        """Prepare so many clients for a room that is new."""
