"""Files of whoever sits at the other end of a connection: each call goes there, as `parlour.localfiles` answers it."""

from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from parlour.errors import FILE_FAILED, ParlourError

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Asks the other end, and returns its answer."""


class ClientFiles:
    """`parlour.admin.engine.files.Files` at the other end.

    Args:
        ask: asks it.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def create(self, path: str, *, append: bool = False, keep: bool = False) -> "_Sink":
        """Begin a file."""
        number = await self._open(path, "append" if append else "keep" if keep else "write")
        return _Sink(self, path, number)

    async def read(self, path: str) -> AsyncGenerator[bytes, None]:
        """Return what is in a file, piece by piece."""
        number = await self._open(path, "read")
        try:
            while piece := b64decode((await self.call(path, read=number))["data"]):
                yield piece
        finally:
            await self.call(path, discard=number)

    async def last(self, path: str, most: int) -> bytes:
        """Return the last bytes of a file."""
        return b64decode((await self.call(path, last=path, most=most))["data"])

    async def _open(self, path: str, mode: str) -> int:
        return int((await self.call(path, open=path, mode=mode))["number"])

    async def call(self, path: str, **request: object) -> dict[str, Any]:
        """Ask for one thing.

        Raises:
            ParlourError: FILE_FAILED.
        """
        answer = await self._ask(request)
        if "fault" in answer:
            raise ParlourError(FILE_FAILED, path, path=path, reason=answer["fault"])
        return answer


class _Sink:
    def __init__(self, files: ClientFiles, path: str, number: int) -> None:
        self._files = files
        self._path = path
        self._number: int | None = number

    async def write(self, content: bytes) -> None:
        await self._files.call(self._path, write=self._number, data=b64encode(content).decode())

    async def close(self) -> None:
        await self._finish("close")

    async def discard(self) -> None:
        await self._finish("discard")

    async def _finish(self, how: str) -> None:
        """End it once, in whichever way comes first."""
        if self._number is not None:
            number, self._number = self._number, None
            await self._files.call(self._path, **{how: number})
