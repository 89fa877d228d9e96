"""Export-Csv, Import-Csv, Out-File and Tee-Object: files of whoever runs the shell, on his machine."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from io import BytesIO, TextIOWrapper
from typing import Final

from parlour.admin.engine.csvtext import CsvWriter, UnfinishedError, columns_of, read_csv
from parlour.admin.engine.definition import Cmdlet, Example, Meta
from parlour.admin.engine.files import FileSink
from parlour.admin.engine.formatting import Formatter
from parlour.admin.engine.objects import PsObject, Value
from parlour.admin.engine.parameters import Pipeline, parameter
from parlour.admin.engine.utility.base import ObjectCmdlet
from parlour.errors import FILE_FAILED, PARAMETER_VALUE_INVALID, ParlourError
from parlour.textfiles import LONGEST_MARK, PIECE, Decoder, Encoding, marked

_MOST_READ: Final = 64 << 20  # bytes of a file that is read whole
_LONGEST_HEAD: Final = 1 << 20  # bytes of the line that names the columns
_LONGEST_END: Final = 2  # bytes of the last character of a line


class _FileCmdlet(ObjectCmdlet):
    """Writes text to a file, which is there when the pipeline came to its end."""

    append: bool = parameter(help="Goes on after what is in the file.")
    no_clobber: bool = parameter(aliases=("NoOverwrite",), help="Refuses to replace a file.")
    force: bool = parameter(help="Does nothing here: what the system lets you write is written.")
    encoding: Encoding | None = parameter(
        help="UTF8 (without a mark), UTF8BOM, Unicode (UTF-16) or ASCII; UTF8 if not given, and with -Append that of "
             "the file.")

    _path: str

    def __init__(self) -> None:
        self._sink: FileSink | None = None
        self._pending = bytearray()
        self._codec = Encoding.UTF8.codec
        self._line_end = b""  # that the last line of the file lacks

    async def open(self, path: str) -> None:
        """Begin the file, unless it is only said what would be done."""
        self._path = path
        if not await self.should_process(path):
            return
        encoding = self.encoding or Encoding.UTF8
        self._codec = encoding.codec
        end = await self.context.files().last(path, _LONGEST_END) if self.append else b""
        if end:
            await self._go_on(end)
        else:
            self._pending += encoding.mark
        self._sink = await self.context.files().create(path, append=self.append, keep=self.no_clobber)

    async def _go_on(self, end: bytes) -> None:
        """Learn what is needed to go on with a file that ends so.

        Raises:
            ParlourError: PARAMETER_VALUE_INVALID, the file is in another encoding.
        """
        _, self._codec = marked(await self._beginning())
        if self.encoding is not None and not self.encoding.fits(self._codec):
            raise ParlourError(PARAMETER_VALUE_INVALID, self._path, name="Encoding", value=self.encoding,
                               reason=f"the file is {self._codec.upper()} text")
        line_end = "\n".encode(self._codec)
        self._line_end = b"" if end.endswith(line_end) else line_end

    async def _beginning(self) -> bytes:
        async with aclosing(self.context.files().read(self._path)) as pieces:
            return await anext(pieces, b"")

    async def put(self, lines: list[str]) -> None:
        """Write lines, a good piece at once; nothing in a trial."""
        if self._sink is None or not lines:
            return
        text = "".join(f"{line}\n" for line in lines)
        self._pending += self._line_end + text.encode(self._codec, "replace")
        self._line_end = b""
        if len(self._pending) >= PIECE // 2:
            await self._flush(self._sink)

    async def _flush(self, sink: FileSink) -> None:
        """Write what is held back; what goes wrong ends the pipeline, as a file with a hole is worse than none."""
        whole, self._pending = self._pending, bytearray()
        try:
            for start in range(0, len(whole), PIECE):
                await sink.write(bytes(whole[start : start + PIECE]))
        except ParlourError as fault:
            self._sink = None
            await sink.discard()
            await self.terminate(fault)

    async def finish(self) -> None:
        """Have the file be there."""
        if self._sink is not None:
            await self._flush(self._sink)
            await self._sink.close()

    async def close(self) -> None:
        """Leave what was there, if the pipeline did not come to its end."""
        if self._sink is not None:
            await self._sink.discard()


class ExportCsv(_FileCmdlet):
    """Writes objects to a file as comma-separated values; the first object decides the columns."""

    meta = Meta(
        "Export-Csv",
        should_process=True,
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
    force: bool = parameter(help="With -Append, leaves columns empty that the objects have no property for.")
    no_type_information: bool = parameter(aliases=("NTI",), help="No type line; there is never one here.")

    async def begin(self) -> None:
        """Begin the file; one that is gone on with keeps its columns."""
        self._columns: Sequence[str] | None = None
        self._is_first = True
        delimiter = _one_character(self.delimiter)
        await self.open(self.path)
        self._writer = CsvWriter(delimiter, self._columns)

    async def _go_on(self, end: bytes) -> None:
        await super()._go_on(end)
        head, decoder = "", Decoder()
        async with aclosing(self.context.files().read(self.path)) as pieces:
            async for piece in pieces:
                head += _text(self.path, decoder, piece)
                try:
                    self._columns = self._columns_in(head, final=False)
                except UnfinishedError:
                    if len(head) <= _LONGEST_HEAD:
                        continue
                    raise ParlourError(FILE_FAILED, self.path, path=self.path, reason="its first line is longer than "
                                       f"{_LONGEST_HEAD >> 20} MB") from None
                return
        self._columns = self._columns_in(head + _text(self.path, decoder, b"", final=True), final=True)

    def _columns_in(self, head: str, final: bool) -> Sequence[str] | None:
        try:
            return columns_of(head, self.delimiter, final)
        except ValueError as fault:
            raise ParlourError(FILE_FAILED, self.path, path=self.path, reason=str(fault)) from fault

    async def process(self) -> None:
        """Write the line of the object."""
        if self.has_input:
            if self._is_first and not self.force and (column := self._writer.missing(self.input_object)) is not None:
                await self.terminate(ParlourError(FILE_FAILED, self.path, path=self.path, reason=(
                    f'the object to append has no property for the column "{column}"; -Force leaves it empty')))
            self._is_first = False
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
            with await self._content(path) as lines:
                try:
                    await self._write_rows(read_csv(lines, delimiter, self.header))
                except ValueError as fault:
                    await self.error(ParlourError(FILE_FAILED, path, path=path, reason=str(fault)))

    async def _write_rows(self, rows: Iterator[PsObject | None]) -> None:
        for row in rows:
            await self.context.turn()
            if row is not None:
                await self.write(row)

    async def _content(self, path: str) -> TextIOWrapper:
        """Return the lines of a file; all of it is text before the first one is read."""
        content, decoder = BytesIO(), Decoder()
        async with aclosing(self.context.files().read(path)) as pieces:
            async for piece in pieces:
                _text(path, decoder, piece)
                if content.write(piece) and content.tell() > _MOST_READ:
                    raise ParlourError(FILE_FAILED, path, path=path, reason=f"it is larger than {_MOST_READ >> 20} MB")
        _text(path, decoder, b"", final=True)
        content.seek(0)
        skipped, codec = marked(content.read(LONGEST_MARK))
        content.seek(skipped)
        return TextIOWrapper(content, codec, newline="")


class OutFile(_FileCmdlet):
    """Writes to a file what the terminal would show."""

    meta = Meta(
        "Out-File",
        should_process=True,
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
        should_process=True,
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


def _text(path: str, decoder: Decoder, piece: bytes, final: bool = False) -> str:
    try:
        return decoder.decode(piece, final)
    except ValueError as fault:
        raise ParlourError(FILE_FAILED, path, path=path, reason=str(fault)) from fault
