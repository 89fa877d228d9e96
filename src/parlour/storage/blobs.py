"""Bytes in a folder, under the SHA-256 of their content: equal ones lie there once, and nothing names their place."""

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from parlour.errors import STORAGE_UNAVAILABLE, ParlourError

PIECE = 262_144  # bytes read at once
_HASH = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming"


class FolderBlobs:
    """`parlour.chat.ports.BlobStore` in a folder; it is made when the first bytes come.

    Args:
        folder: where; nobody else may read or write it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def writer(self) -> AsyncIterator["FolderWriter"]:
        """Begin to take bytes; nothing is kept of them unless they are committed before the end."""
        writer = await asyncio.to_thread(self._begin)
        try:
            yield writer
        finally:
            await asyncio.to_thread(writer.close)

    def _begin(self) -> "FolderWriter":
        with _named_faults():
            incoming = self._folder / _INCOMING
            incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            return FolderWriter(self._folder, incoming)

    async def read(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """Yield bytes piece by piece."""
        with _named_faults():
            file = await asyncio.to_thread(_place(self._folder, sha256).open, "rb")
        with file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece

    async def idle(self, age: timedelta) -> AsyncGenerator[str, None]:
        """Yield the hashes of what was written longer ago than `age`; what was never committed vanishes with it."""
        before = time.time() - age.total_seconds()  # as the file system counts it
        for path in await asyncio.to_thread(self._older, before):
            if path.parent.name == _INCOMING:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            elif _HASH.fullmatch(path.name):
                yield path.name

    def _older(self, before: float) -> list[Path]:
        found: list[Path] = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # it went in this very moment
                if path.is_file() and path.stat().st_mtime < before:
                    found.append(path)
        return found

    async def remove(self, sha256: str) -> None:
        """Delete bytes."""
        await asyncio.to_thread(_place(self._folder, sha256).unlink, missing_ok=True)


class FolderWriter:
    """`parlour.chat.ports.BlobWriter` into a folder."""

    def __init__(self, folder: Path, incoming: Path) -> None:
        self._folder = folder
        number, name = tempfile.mkstemp(dir=incoming)
        self._path = Path(name)
        self._file = os.fdopen(number, "wb")
        self._hash = hashlib.sha256()

    async def write(self, data: bytes) -> None:
        """Take the next bytes."""
        await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        with _named_faults():
            self._file.write(data)
            self._hash.update(data)

    async def commit(self) -> str:
        """Keep the bytes, on disk, and return their SHA-256."""
        return await asyncio.to_thread(self._commit)

    def _commit(self) -> str:
        sha256 = self._hash.hexdigest()
        place = _place(self._folder, sha256)
        with _named_faults():
            self._file.flush()
            os.fsync(self._file.fileno())
            place.parent.mkdir(mode=0o700, exist_ok=True)
            self._path.replace(place)  # equal bytes that are there already are as good
            for folder in (place.parent, self._folder):
                _sync(folder)
        return sha256

    def close(self) -> None:
        """Let go of the file, and of what was not committed."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _place(folder: Path, sha256: str) -> Path:
    if not _HASH.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256")  # never from outside: hashes come from the database
    return folder / sha256[:2] / sha256


def _sync(folder: Path) -> None:
    """Have a folder's entries on disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def _named_faults() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise ParlourError(STORAGE_UNAVAILABLE, reason=fault.strerror or fault) from fault
