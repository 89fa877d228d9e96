"""The files of the person at the terminal, for commands such as Export-Csv that run in a node beside it.

Kept free of heavy imports, like `parlour.operator`. A file that is written takes its place when it is whole; until
then what was there before stays.
"""

import os
from base64 import b64decode, b64encode
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from parlour.textfiles import PIECE


class LocalFiles:
    """Answers what a node asks of files; the requests are those of `parlour.admin.clientfiles`."""

    def __init__(self) -> None:
        self._open: dict[int, _File] = {}
        self._numbers = count(1)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; a refusal of the system becomes ``{"fault": WHY}``."""
        try:
            return self._do(request)
        except OSError as fault:
            return {"fault": fault.strerror or str(fault)}
        except ValueError as fault:  # a path with a null character in it
            return {"fault": str(fault)}
        except KeyError:
            return {"fault": "it is not open any more"}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"open": str(path), "mode": str(mode)}:
                return {"number": self._opened(Path(path).expanduser(), mode)}
            case {"last": str(path), "most": int(most)}:
                return {"data": b64encode(_last(Path(path).expanduser(), most)).decode()}
            case {"read": int(number)}:
                return {"data": b64encode(self._open[number].stream.read(PIECE)).decode()}
            case {"write": int(number), "data": str(data)}:
                self._open[number].stream.write(b64decode(data))
            case {"close": int(number)}:
                self._open[number].close()
                del self._open[number]
            case {"discard": int(number)}:
                self._open.pop(number).discard()
            case _:
                return {"fault": "this version of parlour does not know what the node asks"}
        return {}

    def _opened(self, path: Path, mode: str) -> int:
        number = next(self._numbers)
        file = self._open[number] = _File(path)  # known before it is there: a signal leaves nothing behind
        try:
            file.open(mode)
        except BaseException:
            self._open.pop(number).discard()
            raise
        return number

    def discard_all(self) -> None:
        """Leave what is still open, after the end of a run."""
        for file in self._open.values():
            file.discard()
        self._open.clear()


class _File:
    """One file to read or write.

    Args:
        path: where it is or shall be.
    """

    stream: BinaryIO

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target = path.resolve()  # what a link points to is replaced, not the link
        self._temporary: Path | None = None

    def open(self, mode: str) -> None:
        """Open it: read, append, write (replaces what is there), keep (there must be nothing)."""
        if mode == "read":
            self.stream = self._path.open("rb")
        elif mode == "append" or (self._path.exists() and not self._path.is_file()):  # a device, a pipe
            self.stream = self._path.open("ab")
        elif mode == "keep" and self._path.exists():
            raise FileExistsError(0, "there is a file of this name already")
        else:
            self._begin()

    def _begin(self) -> None:
        self._temporary = self._target.parent / f".{self._target.name[:100]}.{os.urandom(8).hex()}"
        self.stream = os.fdopen(os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def close(self) -> None:
        """Have it take its place, whole; otherwise nothing of it stays."""
        try:
            self.stream.close()
            if self._temporary is not None:
                self._temporary.chmod(self._mode())
                self._temporary.replace(self._target)
        except BaseException:
            self.discard()
            raise

    def _mode(self) -> int:
        """Return the permissions of the file that is replaced, or those of a new one."""
        if self._target.exists():
            return self._target.stat().st_mode & 0o777
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

    def discard(self) -> None:
        """Leave what was there before; again is no harm."""
        with suppress(OSError, AttributeError):  # it may not be open yet
            self.stream.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)


def _last(path: Path, most: int) -> bytes:
    """Return the last bytes of a file; nothing if there is none, and of what is no file, as a pipe."""
    if not path.is_file():
        return b""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - most))
        return stream.read(most)
