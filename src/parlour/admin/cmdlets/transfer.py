"""Export-CsPersistentChatData and Import-CsPersistentChatData (reference/cmdlets.md section 2.9)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from hashlib import file_digest
from io import BytesIO
from posixpath import isabs, normpath
from typing import BinaryIO, Final

from parlour.admin.engine import Actor, AuditOutcome, AuditRecord, Cmdlet, Example, Meta, Pipeline, parameter
from parlour.admin.engine.files import Files, FileSink
from parlour.admin.roles import CHAT_ADMINISTRATORS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.model import Room, RoomChange
from parlour.compliance.settings import ComplianceConfigurations
from parlour.directory.groups import Groups
from parlour.directory.people import People
from parlour.directory.topology import Topology
from parlour.errors import (
    EXPORT_TOO_LARGE,
    FILE_FAILED,
    IMPORT_INCOMPLETE,
    PARAMETER_MISSING,
    PARAMETER_VALUE_INVALID,
    ROOM_NOT_FOUND,
    ParlourError,
)
from parlour.textfiles import PIECE
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

    def check_report(self, file: str | None) -> None:
        """Make sure that the report does not take the place of the export.

        Raises:
            ParlourError: ParameterValueInvalid.
        """
        if self.report is not None and file is not None and _may_be_same(self.report, file):
            raise _unfit("Report", self.report, "it would replace the file of -FileName")

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
        help="Switches every exported room off before anything is exported, and on again if that fails; in the "
        "export they are as they were. Not with -Level User or Category: categories cannot be switched off.")
    file_name: str | None = parameter(
        sets=("FileName",), help="ZIP file to write, on the machine of who runs this; replaced if it is there.")
    level: ExportLevel = parameter(
        default=ExportLevel.ALL, help="User: people and groups; Category: also categories; RoomDirectory: also rooms "
        "and add-ins; Content: also messages; All: also the settings of the whole service. Without it All, or Content "
        "with -Scope.")
    scope: list[str] | None = parameter(
        values=Values.CATEGORY, help="Only these categories with their rooms, by name; people are not limited.")
    start_date: datetime | None = parameter(help="Only messages of this moment and later, in UTC.")

    async def process(self) -> None:
        """Export."""
        if not self.as_bytes and not self.file_name:
            raise ParlourError(PARAMETER_MISSING, names="FileName (or AsBytes)")
        if self.disable_exported_nodes and not self.level.includes(ExportLevel.ROOM_DIRECTORY):
            raise _unfit("DisableExportedNodes", True, f"an export of level {self.level} has no rooms")
        self.check_report(self.file_name)
        async with self.reported("Export of Persistent Chat data", self._facts()) as log, _temporary() as stream:
            exporter = Exporter(self.sources(), self._wanted(), log, self._progress)
            async with self._disabled(exporter, log):
                if self.file_name:
                    await self._to_file(exporter, stream, self.file_name)
                else:
                    await exporter.write(stream)
            if not self.file_name:
                await self.write(await asyncio.to_thread(_content, stream))

    def _wanted(self) -> ExportWanted:
        level = self.level if "Level" in self.bound else None
        return ExportWanted(level, tuple(self.scope or ()), self.start_date, self.db_instance, self.db_name)

    def _facts(self) -> dict[str, str]:
        return {"DBName": self.db_name, "Level": str(self._wanted().depth),
                "Scope": ", ".join(self.scope or ("everything",)),
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

    @asynccontextmanager
    async def _disabled(self, exporter: Exporter, log: Log) -> AsyncIterator[None]:
        """Have rooms disabled, if that is wanted: from before the export on, so that nothing is said after it."""
        chosen = await exporter.chosen_rooms() if self.disable_exported_nodes else []
        rooms: list[Room] = []
        try:
            for room in chosen:
                if not room.disabled and await self._switch(room, disabled=True):
                    rooms.append(room)
                    exporter.switched_off.add(room.id)
                    self.context.facts.touched(room.identity)
                    log.done(f"Room {room.identity}", "switched off")
            yield
        except BaseException:
            for room in rooms:
                await self._switch(room, disabled=False)
                log.done(f"Room {room.identity}", "switched on again")
            raise

    async def _switch(self, room: Room, *, disabled: bool) -> bool:
        """Switch a room off or on; say whether it is still there."""
        admin = self.service(Core).administration
        async with admin.editing:
            try:
                await admin.change_room(room, RoomChange(disabled=disabled))
            except ParlourError as gone:
                if gone.kind is not ROOM_NOT_FOUND:  # somebody removed it meanwhile
                    raise
                return False
        return True


class ImportCsPersistentChatData(_Transfer):
    """Reads an export into this deployment. What has the same name here is overwritten, everything else stays.

    The whole file is read and checked before anything changes; -WhatIf does that alone, and tells what would be done:
    a warning for everybody who comes into lists or goes out of them, and for each room that becomes more or less open.
    Another room of the same name, or a category of other rooms, in which something was posted is never overwritten
    without -ReplaceSameNamed.

    People are not made: who is not known here is left out of lists, and so are his messages. A category that keeps
    out somebody who is not known here is left out with its rooms. Messages go only into rooms in which nothing was ever
    posted, and get the numbers of the room; while they come in, the room is disabled. If that is interrupted, the same
    import goes on from there when it is run again. A new room keeps its GUID, if no other room has it, so that links to
    it go on leading there. Whoever is a member of a new room is invited, if its category has that on; and whoever has a
    room open that messages come into leaves it, and finds them when he comes back.

    The audit log has an entry of each thing that an import made or changed, with the SHA-256 of the file, and for each
    room the numbers of the messages that came in.
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
    replace_same_named: bool = parameter(
        help="Also overwrites a room or category in which something was posted with another one of its name. The "
        "messages there stay, and whoever gets into the room by the export's lists can read them.")

    async def process(self) -> None:
        """Import one export."""
        self.check_report(self.file_name)
        facts = {"File": self.file_name or "(bytes)"}
        async with self.reported("Import of Persistent Chat data", facts) as log, self._stream() as stream:
            self._source = facts["SHA-256"] = await asyncio.to_thread(_fingerprint, stream)
            self.context.facts.touched(f"{facts['File'][-80:]}: {self._source}")
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
        importer = Importer(
            self.sources(), package, log, self._turn, self._changed, replace_same_named=self.replace_same_named)
        plan = await importer.plan()
        if await self.should_process(self.file_name or "the bytes given", f"Import {plan}"):
            facts["Run"] = "Import"
            await importer.apply(plan)

    async def _changed(self, subject: str, text: str) -> None:
        """Have the audit log know of one thing that was done, at once: the import may never come to its end."""
        self.context.facts.touched(f"{subject}: {text}")
        session = self.context.session
        if session.auditor is not None:
            actor = Actor(session.operator, session.roles, session.surface, session.address)
            targets = (subject, text, self._source)
            await session.auditor.record(actor, [AuditRecord(self.meta.name, AuditOutcome.COMPLETED, targets=targets)])

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


def _fingerprint(stream: BinaryIO) -> str:
    """Return the SHA-256 and the size of a file; it is at its beginning again."""
    digest = file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # it is read as any file is
    size = stream.tell()
    stream.seek(0)
    return f"SHA-256 {digest}, {size} bytes"


def _may_be_same(one: str, other: str) -> bool:
    """Say whether two paths may be the same file: which folder a relative one is in, only its machine knows."""
    first, second = (normpath(path.replace("\\", "/")).casefold() for path in (one, other))
    if _is_whole(first) == _is_whole(second):
        return first.lstrip("/") == second.lstrip("/")
    return f"/{first}".endswith(f"/{second}") or f"/{second}".endswith(f"/{first}")


def _is_whole(path: str) -> bool:
    return isabs(path) or path.startswith("~") or path[1:2] == ":"


def _unfit(name: str, value: object, reason: str) -> ParlourError:
    return ParlourError(PARAMETER_VALUE_INVALID, str(value), name=name, value=value, reason=reason)


def _content(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read()


CMDLETS = (ExportCsPersistentChatData, ImportCsPersistentChatData)
