"""Export-Csv, Import-Csv, Out-File and Tee-Object: files of whoever runs the shell, on his machine."""

import io

from parlour.admin.engine.csvtext import CsvWriter, columns_of, read_csv
from parlour.admin.engine.definition import Cmdlet, Example, Meta
from parlour.admin.engine.files import PIECE, FileSink
from parlour.admin.engine.formatting import Formatter
from parlour.admin.engine.objects import Value
from parlour.admin.engine.parameters import Pipeline, parameter
from parlour.admin.engine.utility.base import ObjectCmdlet
from parlour.errors import FILE_FAILED, PARAMETER_VALUE_INVALID, ParlourError
from parlour.textfiles import Encoding, decoded

_MOST_READ = 64 << 20  # bytes of a file that is read whole


class _FileCmdlet(ObjectCmdlet):
    """Writes text to a file, which is there when the pipeline came to its end."""

    append: bool = parameter(help="Goes on after what is in the file.")
    no_clobber: bool = parameter(aliases=("NoOverwrite",), help="Refuses to replace a file.")
    force: bool = parameter(help="Does nothing here: what the system lets you write is written.")
    encoding: Encoding = parameter(
        default=Encoding.UTF8, help="UTF8 (without a mark; if not given), UTF8BOM, Unicode (UTF-16) or ASCII.")

    _path: str

    def __init__(self) -> None:
        self._sink: FileSink | None = None
        self._pending = bytearray()

    async def open(self, path: str) -> None:
        """Begin the file."""
        self._path = path
        self._sink = await self.context.files().create(path, append=self.append, keep=self.no_clobber)
        if not self.append:
            self._pending += self.encoding.mark

    async def put(self, lines: list[str]) -> None:
        """Write lines, a good piece at once."""
        text = "".join(f"{line}\n" for line in lines)
        self._pending += text.encode(self.encoding.codec, "replace")
        if len(self._pending) >= PIECE // 2:
            await self._flush()

    async def _flush(self) -> None:
        if self._sink is None:
            return
        whole, self._pending = self._pending, bytearray()
        for start in range(0, len(whole), PIECE):
            await self._sink.write(bytes(whole[start : start + PIECE]))

    async def finish(self) -> None:
        """Have the file be there."""
        await self._flush()
        if self._sink is not None:
            await self._sink.close()

    async def close(self) -> None:
        """Leave what was there, if the pipeline did not come to its end."""
        if self._sink is not None:
            await self._sink.discard()


class ExportCsv(_FileCmdlet):
    """Writes objects to a file as comma-separated values; the first object decides the columns."""

    meta = Meta(
        "Export-Csv",
        aliases=("epcsv",),
        utility=True,
        local=True,
        examples=(
            Example("Get-CsUser | Export-Csv people.csv", "Everybody, with all properties."),
            Example("Get-CsUser | Select-Object SipAddress, Enabled | Export-Csv people.csv", "Two columns."),
        ),
    )
    path: str = parameter(position=1, mandatory=True, help="The file.")
    delimiter: str = parameter(default=",", help="What stands between the columns.")
    no_type_information: bool = parameter(aliases=("NTI",), help="No type line; there is never one here.")

    async def begin(self) -> None:
        """Begin the file; one that is gone on with keeps its columns."""
        self._writer = CsvWriter(_one_character(self.delimiter), await self._columns() if self.append else None)
        await self.open(self.path)

    async def _columns(self) -> list[str] | None:
        """Return the columns of the file that is there already, None if there is none, or nothing in it."""
        try:
            content = b"".join([piece async for piece in self.context.files().read(self.path)])
        except ParlourError as fault:
            if fault.kind is not FILE_FAILED:
                raise
            return None
        return columns_of(io.StringIO(_text(self.path, content), newline=""), self.delimiter)

    async def process(self) -> None:
        """Write the line of the object."""
        if self.has_input:
            await self.put(self._writer.lines(self.input_object))

    async def end(self) -> None:
        """Have the file be there."""
        await self.finish()


class ImportCsv(Cmdlet):
    """Reads comma-separated values from files: an object for each line, with a property for each column."""

    meta = Meta(
        "Import-Csv",
        aliases=("ipcsv",),
        utility=True,
        local=True,
        examples=(
            Example("Import-Csv rooms.csv | ForEach-Object {New-CsPersistentChatRoom -Name $_.Name "
                    "-PersistentChatPoolFqdn $_.Pool -Category $_.Category}", "A room for each line."),
        ),
    )
    path: list[str] = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help="The files.")
    delimiter: str = parameter(position=2, default=",", help="What stands between the columns.")
    header: list[str] | None = parameter(help="The names of the columns, if no line of the file has them.")
    encoding: Encoding | None = parameter(help="Is found out: by the mark at the beginning, UTF-8 without one.")

    async def process(self) -> None:
        """Write the objects of each file."""
        delimiter = _one_character(self.delimiter)
        for path in self.path:
            content = await self._content(path)
            rows = read_csv(io.StringIO(_text(path, content), newline=""), delimiter, self.header)
            try:
                for row in rows:
                    await self.write(row)
            except ValueError as fault:
                await self.error(ParlourError(FILE_FAILED, path, path=path, reason=str(fault)))

    async def _content(self, path: str) -> bytes:
        content = bytearray()
        async for piece in self.context.files().read(path):
            content += piece
            if len(content) > _MOST_READ:
                raise ParlourError(FILE_FAILED, path, path=path, reason=f"it is larger than {_MOST_READ >> 20} MB")
        return bytes(content)


class OutFile(_FileCmdlet):
    """Writes to a file what the terminal would show."""

    meta = Meta(
        "Out-File",
        utility=True,
        local=True,
        examples=(Example("Get-CsPersistentChatRoom | Format-Table Name, Members | Out-File rooms.txt", "A list."),),
    )
    file_path: str = parameter(position=1, mandatory=True, aliases=("Path",), help="The file.")
    width: int | None = parameter(help="Characters in a line; as wide as the terminal if not given.")

    async def begin(self) -> None:
        """Begin the file."""
        self._formatter = Formatter(self.width or self.context.session.width)
        await self.open(self.file_path)

    async def process(self) -> None:
        """Write the object as lines."""
        if self.has_input:
            await self.take(self.input_object)

    async def take(self, value: Value) -> None:
        """Write an object as lines."""
        await self.put(self._formatter.feed(value))

    async def end(self) -> None:
        """Have the file be there."""
        await self.put(self._formatter.finish())
        await self.finish()


class TeeObject(OutFile):
    """Passes objects on, and writes to a file what the terminal would show of them."""

    meta = Meta(
        "Tee-Object",
        aliases=("tee",),
        utility=True,
        local=True,
        examples=(Example("Get-CsUser | Tee-Object people.txt | Measure-Object", "Writes and counts them."),),
    )

    async def process(self) -> None:
        """Write the object as lines, and pass it on."""
        if self.has_input:
            await self.take(self.input_object)
            await self.write(self.input_object)


def _one_character(delimiter: str) -> str:
    if len(delimiter) != 1:
        raise ParlourError(PARAMETER_VALUE_INVALID, delimiter, name="Delimiter", value=delimiter,
                           reason="it must be one character")
    return delimiter


def _text(path: str, content: bytes) -> str:
    try:
        return decoded(content)
    except ValueError as fault:
        raise ParlourError(FILE_FAILED, path, path=path, reason=str(fault)) from fault
