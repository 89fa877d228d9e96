"""Cmdlets that work with files, where the files fail, and where others wait for their turn."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from tests.admin.engine.engine_kit import Bench

from parlour.errors import FILE_FAILED, ParlourError
from parlour.textfiles import PIECE


class Disk:
    """Files in memory, whose second write fails once, as on a disk that is full for a moment."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.writes = 0

    async def create(self, path: str, *, append: bool = False, keep: bool = False) -> "Draft":
        """Begin a file."""
        return Draft(self, path)

    async def read(self, path: str) -> AsyncGenerator[bytes, None]:
        """Return what is in a file."""
        for start in range(0, len(self.files[path]), PIECE):
            yield self.files[path][start:start + PIECE]

    async def last(self, path: str, most: int) -> bytes:
        """Return the last bytes of a file."""
        return self.files.get(path, b"")[-most:]


class Draft:
    """A file that is being written."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk, self._path, self._content = disk, path, b""

    async def write(self, content: bytes) -> None:
        """Write, unless it is the second time."""
        self._disk.writes += 1
        if self._disk.writes == 2:
            raise ParlourError(FILE_FAILED, self._path, path=self._path, reason="No space left on device")
        self._content += content

    async def close(self) -> None:
        """Put it in its place."""
        self._disk.files[self._path] = self._content

    async def discard(self) -> None:
        """Leave what was there."""


def bench(disk: Disk) -> Bench:
    made = Bench()
    made.host.files = disk
    return made


async def test_a_write_that_fails_ends_the_pipeline_and_leaves_the_file() -> None:
    rows = b"Name\n" + b"".join(b"%06d%s\n" % (number, b"x" * 1000) for number in range(4000))
    for command in ("Export-Csv", "Out-File", "Tee-Object"):
        disk = Disk(source=rows, good=b"before\n")
        line = bench(disk)
        await line.run(f"Import-Csv source | {command} good; Write-Output after")
        assert (line.error.error_id, line.status, disk.files["good"]) == ("FileFailed", 1, b"before\n"), command
        assert disk.writes == 2, command
        assert "after" not in line.host.values


async def test_others_have_their_turn_while_a_table_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.admin.engine.context.TURN_SECONDS", -1)  # as if every object took long
    line = bench(Disk(table=b"Name\n" + b"a\n" * 100 + b"\n" * 100))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(other())
    await line.run("Import-Csv table | Measure-Object")
    waiting.cancel()
    assert turns >= 200


async def test_names_given_for_columns_are_checked() -> None:
    line = bench(Disk(table=b"1,2\n"))
    await line.run("Import-Csv table -Header a,A")
    assert 'the column "a" is there twice' in line.error.message
