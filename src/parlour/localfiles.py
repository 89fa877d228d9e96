"""The files of the person at the terminal, for commands such as Export-Csv that run in a node beside it.

Kept free of heavy imports, like `parlour.operator`. A file that is written takes its place when it is whole; until
then what was there before stays.
"""

import os
import tempfile
from base64 import b64decode, b64encode
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final

_PIECE: Final = 256 * 1024


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

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"open": str(path), "mode": str(mode)}:
                number = next(self._numbers)
                self._open[number] = _File(Path(path).expanduser(), mode)
                return {"number": number}
            case {"read": int(number)}:
                return {"data": b64encode(self._open[number].stream.read(_PIECE)).decode()}
            case {"write": int(number), "data": str(data)}:
                self._open[number].stream.write(b64decode(data))
            case {"close": int(number)}:
                self._open.pop(number).close()
            case {"discard": int(number)}:
                self._open.pop(number).discard()
            case _:
                return {"fault": "this version of parlour does not know what the node asks"}
        return {}

    def discard_all(self) -> None:
        """Leave what is still open, after the end of a run."""
        for file in self._open.values():
            file.discard()
        self._open.clear()


class _File:
    """One open file.

    Args:
        path: where it is or shall be.
        mode: read, append, write (replaces what is there), keep (there must be nothing).
    """

    stream: BinaryIO

    def __init__(self, path: Path, mode: str) -> None:
        self._target = path.resolve()  # what a link points to is replaced, not the link
        self._temporary: Path | None = None
        if mode == "read":
            self.stream = path.open("rb")
        elif mode == "append" or (path.exists() and not path.is_file()):  # a device, a pipe
            self.stream = path.open("ab")
        elif mode == "keep" and path.exists():
            raise FileExistsError(0, "there is a file of this name already")
        else:
            self._begin()

    def _begin(self) -> None:
        descriptor, name = tempfile.mkstemp(prefix=f".{self._target.name[:100]}.", dir=self._target.parent)
        self._temporary = Path(name)
        self.stream = os.fdopen(descriptor, "wb")

    def close(self) -> None:
        self.stream.close()
        if self._temporary is not None:
            self._temporary.chmod(self._mode())
            self._temporary.replace(self._target)

    def _mode(self) -> int:
        """Return the permissions of the file that is replaced, or those of a new one."""
        if self._target.exists():
            return self._target.stat().st_mode & 0o777
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

    def discard(self) -> None:
        with suppress(OSError):
            self.stream.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
