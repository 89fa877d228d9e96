"""Export-CsPersistentChatData and Import-CsPersistentChatData (reference/cmdlets.md section 2.9)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, Final

from parlour.admin.engine import Cmdlet, Example, Meta, Pipeline, parameter
from parlour.admin.engine.files import PIECE, Files, FileSink
from parlour.admin.roles import CHAT_ADMINISTRATORS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.model import RoomChange
from parlour.compliance.settings import ComplianceConfigurations
from parlour.directory.groups import Groups
from parlour.directory.people import People
from parlour.directory.topology import Topology
from parlour.errors import (
    EXPORT_TOO_LARGE,
    FILE_FAILED,
    IMPORT_INCOMPLETE,
    PARAMETER_MISSING,
    ROOM_NOT_FOUND,
    ParlourError,
)
from parlour.transfer.archive import Package
from parlour.transfer.exporting import Exporter, ExportWanted, Sources
from parlour.transfer.importing import Importer
from parlour.transfer.model import ExportLevel
from parlour.transfer.report import Log, Severity, html

MOST_BYTES: Final = 64 << 20
"""Bytes that -AsBytes gives at most."""

_MOST_READ: Final = 32 << 30  # bytes of a file that is imported: a copy of it lies in the node's temporary folder
_MOST_SHOWN: Final = 50  # findings that are shown as warnings; the report has them all
_INSTANCE_HELP = ("What to call the deployment in the report and in the export. The original named its SQL Server "
                  "instance here; any text will do, e.g. the FQDN of the pool.")
_NAME_HELP = "What to call its database there; any text, and nothing else comes of it."
_REPORT_HELP = "HTML file for what was done, on the machine of who runs this; replaced if it is there."
_EXAMPLE = r'-DBInstance "atl-pcpool-001.litwareinc.com\rtc"'


class _Transfer(Cmdlet):
    """What export and import have in common."""

    db_instance: str = parameter(
        values=Values.POOL, name="DBInstance", mandatory=True, help=_INSTANCE_HELP)
    report: str | None = parameter(help=_REPORT_HELP)

    def sources(self) -> Sources:
        """Return the deployment."""
        return Sources(self.service(Core), self.service(People), self.service(Groups), self.service(Topology),
                       self.service(ComplianceConfigurations), self.context.session.clock)

    @asynccontextmanager
    async def reported(self, title: str, facts: Mapping[str, str]) -> AsyncIterator[Log]:
        """Give a log, and have it written to the report in the end, whatever came of it."""
        log = Log()
        sink = None if self.report is None else await self.context.files().create(self.report)
        try:
            yield log
        except ParlourError as fault:
            log.error(title, str(fault))
            await self._write_report(sink, title, facts, log)
            raise
        except BaseException:
            if sink is not None:
                await sink.discard()
            raise
        await self._write_report(sink, title, facts, log)

    async def _write_report(self, sink: FileSink | None, title: str, facts: Mapping[str, str], log: Log) -> None:
        if sink is None:
            return
        session = self.context.session
        run = {"Moment": f"{session.clock.now():%Y-%m-%d %H:%M:%S} UTC", "By": session.operator,
               "DBInstance": self.db_instance}
        pending = b""
        for text in html(title, {**run, **facts}, log):
            pending += text.encode()
            if len(pending) >= PIECE // 2:
                await sink.write(pending)
                pending = b""
        await sink.write(pending)
        await sink.close()


class ExportCsPersistentChatData(_Transfer):
    """Writes rooms and what was said in them to a ZIP file, to keep or to import elsewhere.

    People can chat meanwhile; what they change while it runs may be in the export or not. Deleted messages, what
    messages said before they were changed, and the bytes of files are not exported: a message that names a file keeps
    the link. Passwords, roles, endpoints, and what people follow and have read are not exported either.
    """

    meta = Meta("Export-CsPersistentChatData", roles=CHAT_ADMINISTRATORS, default_set="FileName",
                outputs=("System.Byte[]",), examples=(
        Example(f'Export-CsPersistentChatData {_EXAMPLE} -FileName "chat.zip" -Report "export.html"',
                "Exports everything."),
        Example(f'Export-CsPersistentChatData {_EXAMPLE} -Level RoomDirectory -Scope "General" -AsBytes '
                f"| Import-CsPersistentChatData {_EXAMPLE} -WhatIf",
                "Exports the rooms of a category without messages, and looks what importing them would do."),))
    as_bytes: bool = parameter(
        sets=("AsBytes",), help=f"Gives the export as bytes, for Import-CsPersistentChatData: {MOST_BYTES} at most.")
    db_name: str = parameter(name="DBName", default="", help=_NAME_HELP)
    disable_exported_nodes: bool = parameter(
        help="Switches every exported room off afterwards. Categories cannot be switched off.")
    file_name: str | None = parameter(
        sets=("FileName",), help="ZIP file to write, on the machine of who runs this; replaced if it is there.")
    level: ExportLevel = parameter(
        default=ExportLevel.ALL, help="User: people and groups; Category: also categories; RoomDirectory: also rooms "
        "and add-ins; Content: also messages; All (if not given): also the settings of the service.")
    scope: list[str] | None = parameter(
        values=Values.CATEGORY, help="Only these categories with their rooms, by name; people are not limited.")
    start_date: datetime | None = parameter(help="Only messages of this moment and later, in UTC.")

    async def process(self) -> None:
        """Export."""
        if not self.as_bytes and not self.file_name:
            raise ParlourError(PARAMETER_MISSING, names="FileName (or AsBytes)")
        async with self.reported("Export of Persistent Chat data", self._facts()) as log, _temporary() as stream:
            wanted = ExportWanted(self.level, tuple(self.scope or ()), self.start_date, self.db_instance, self.db_name)
            exporter = Exporter(self.sources(), wanted, log, self._progress)
            if self.file_name:
                await self._to_file(exporter, stream, self.file_name)
            else:
                await exporter.write(stream)
                await self.write(await asyncio.to_thread(_content, stream))
            if self.disable_exported_nodes:
                await self._disable(exporter, log)

    def _facts(self) -> dict[str, str]:
        return {"DBName": self.db_name, "Level": str(self.level), "Scope": ", ".join(self.scope or ("everything",)),
                "StartDate": "" if self.start_date is None else f"{self.start_date:%Y-%m-%d %H:%M:%S} UTC",
                "File": self.file_name or "(bytes)"}

    async def _progress(self, written: int) -> None:
        if self.as_bytes and written > MOST_BYTES:
            raise ParlourError(EXPORT_TOO_LARGE, self.db_instance, limit=MOST_BYTES)
        await self.context.progress("Exporting", written >> 20, status=f"{written >> 20} MiB")

    async def _to_file(self, exporter: Exporter, stream: BinaryIO, path: str) -> None:
        sink = await self.context.files().create(path)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(sink.discard)
            await exporter.write(stream)
            await asyncio.to_thread(stream.seek, 0)
            while piece := await asyncio.to_thread(stream.read, PIECE):
                await sink.write(piece)
            await sink.close()

    async def _disable(self, exporter: Exporter, log: Log) -> None:
        admin = self.service(Core).administration
        for room in exporter.rooms:
            async with admin.editing:
                try:
                    await admin.change_room(room, RoomChange(disabled=True))
                except ParlourError as gone:
                    if gone.kind is not ROOM_NOT_FOUND:  # somebody removed it meanwhile
                        raise
                    continue
            self.context.facts.touched(room.identity)
            log.done(f"Room {room.identity}", "switched off")


class ImportCsPersistentChatData(_Transfer):
    """Reads an export into this deployment. What has the same name here is overwritten, everything else stays.

    The whole file is read and checked before anything changes; -WhatIf does that alone, and tells what would be done.
    People are not made: who is not known here is left out of lists, and so are his messages. Messages go only into
    rooms in which nothing was ever posted, and get the numbers of the room. A new room keeps its GUID, if no other
    room has it, so that links to it go on leading there. Whoever is a member of a new room is invited, if its category
    has that on; and whoever has a room open that messages come into leaves it, and finds them when he comes back.
    """

    meta = Meta("Import-CsPersistentChatData", should_process=True, roles=CHAT_ADMINISTRATORS, default_set="FileName",
                examples=(
        Example(f'Export-CsPersistentChatData {_EXAMPLE} -FileName "chat.zip"; '
                f'Import-CsPersistentChatData {_EXAMPLE} -FileName "chat.zip" -Report "import.html" -WhatIf',
                "Looks what importing a file would do."),))
    byte_input: bytes | None = parameter(
        mandatory=True, pipeline=Pipeline.VALUE, sets=("ByteInput",),
        help="The bytes that Export-CsPersistentChatData -AsBytes gave.")
    file_name: str | None = parameter(
        mandatory=True, sets=("FileName",), help="ZIP file to read, on the machine of who runs this.")

    async def process(self) -> None:
        """Import one export."""
        facts = {"File": self.file_name or "(bytes)"}
        async with self.reported("Import of Persistent Chat data", facts) as log, self._stream() as stream:
            package = await asyncio.to_thread(Package, stream)
            try:
                await self._import(package, log, facts)
            finally:
                package.close()
        await self._tell(log)

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[BinaryIO]:
        """Give what is to be imported as a file that can be sought in."""
        if self.file_name is None:
            yield BytesIO(self.byte_input or b"")
            return
        async with _temporary() as stream:
            await _copy(self.context.files(), self.file_name, stream)
            yield stream

    async def _import(self, package: Package, log: Log, facts: dict[str, str]) -> None:
        manifest = package.listing.manifest
        facts |= {"Export of": f"{manifest.source} {manifest.database}".strip(), "Level": str(manifest.level),
                  "Exported at": f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC",
                  "Run": "Validation only: nothing was changed"}
        importer = Importer(self.sources(), package, log, self._turn)
        plan = await importer.plan()
        what = f"{len(plan.categories)} categories, {len(plan.rooms)} rooms"
        if await self.should_process(self.file_name or "the bytes given", f"Import {what}"):
            facts["Run"] = "Import"
            await importer.apply(plan)

    async def _turn(self) -> None:
        await self.context.progress("Importing", 0)

    async def _tell(self, log: Log) -> None:
        """Show what is otherwise than in the file, and fail if something was left out."""
        found = [finding for finding in log.findings if finding.severity is not Severity.DONE]
        for finding in found[:_MOST_SHOWN]:
            await self.warning(str(finding))
        more = log.counts[Severity.WARNING] + log.counts[Severity.ERROR] - _MOST_SHOWN
        if more > 0:
            await self.warning(f"{more} more; -Report writes them all.")
        if errors := log.counts[Severity.ERROR]:
            await self.error(ParlourError(IMPORT_INCOMPLETE, self.file_name or "bytes", count=errors))


@asynccontextmanager
async def _temporary() -> AsyncIterator[BinaryIO]:
    """Give a file of the node's own that vanishes afterwards."""
    stream = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        yield stream
    finally:
        await asyncio.to_thread(stream.close)


async def _copy(files: Files, path: str, stream: BinaryIO) -> None:
    size = 0
    async for piece in files.read(path):
        size += len(piece)
        if size > _MOST_READ:
            raise ParlourError(FILE_FAILED, path, path=path, reason=f"it is larger than {_MOST_READ >> 30} GiB")
        await asyncio.to_thread(stream.write, piece)
    await asyncio.to_thread(stream.seek, 0)


def _content(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read()


CMDLETS = (ExportCsPersistentChatData, ImportCsPersistentChatData)
