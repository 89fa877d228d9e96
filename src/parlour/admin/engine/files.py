"""Files of whoever runs the commands: on his machine, under his own rights, never on the node's."""

from collections.abc import AsyncGenerator
from typing import Protocol

from parlour.textfiles import PIECE

__all__ = ["PIECE", "FileSink", "Files"]


class FileSink(Protocol):
    """A file that is being written."""

    async def write(self, content: bytes) -> None:
        """Write what comes next.

        Raises:
            ParlourError: FILE_FAILED.
        """
        ...

    async def close(self) -> None:
        """Have the file be there, whole.

        Raises:
            ParlourError: FILE_FAILED.
        """
        ...

    async def discard(self) -> None:
        """Leave what was there before, as if nothing had been written; nothing after `close`."""
        ...


class Files(Protocol):
    """Files by their paths, relative to the folder in which the commands were typed."""

    async def create(self, path: str, *, append: bool = False, keep: bool = False) -> FileSink:
        """Begin a file.

        Args:
            path: its path.
            append: go on after what is in it, at once; otherwise it replaces what was there when it is closed.
            keep: refuse to replace a file that is there already.

        Raises:
            ParlourError: FILE_FAILED.
        """
        ...

    def read(self, path: str) -> AsyncGenerator[bytes, None]:
        """Return what is in a file, in pieces of at most `parlour.textfiles.PIECE` bytes.

        Raises:
            ParlourError: FILE_FAILED.
        """
        ...

    async def last(self, path: str, most: int) -> bytes:
        """Return the last bytes of a file: nothing if there is none, and of a pipe or a device.

        Args:
            path: its path.
            most: how many.

        Raises:
            ParlourError: FILE_FAILED.
        """
        ...
