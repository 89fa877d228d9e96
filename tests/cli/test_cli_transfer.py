"""Export-CsPersistentChatData and Import-CsPersistentChatData by the real command: files, bytes, reports, -WhatIf."""

import asyncio
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

import pytest
from tests.admin.engine.engine_kit import RecordingHost
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server, parlour, records

from parlour.admin.catalog import registry
from parlour.admin.cmdlets import transfer
from parlour.admin.engine import execute
from parlour.chat.model import Content, Draft
from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.node import open_node
from parlour.testing import Outcome
from parlour.transfer.exporting import Exporter

ALICE, BOB = f"sip:alice@{SIP_DOMAIN}", f"sip:bob@{SIP_DOMAIN}"
EXPORT, IMPORT = "Export-CsPersistentChatData -DBInstance 'sql\\rtc'", "Import-CsPersistentChatData -DBInstance other"
CHAT = "CsPersistentChat"
FURNITURE = "; ".join((
    f"New-{CHAT}Category -Name Trading -EnableInvitations -EnableFileUpload -Description Wall | Out-Null",
    f"Set-{CHAT}Category Trading -AllowedMembers {ALICE}, {BOB} -Creators {BOB}",
    f"New-{CHAT}Addin -Name Ticker -Url https://ticker.litwareinc.com/ | Out-Null",
    f"New-{CHAT}Room -Name Floor -Category Trading -Privacy Secret -Addin Ticker | Out-Null",
    f"Set-{CHAT}Room Floor -Members {ALICE}, {BOB} -Managers {BOB}",
    f"New-{CHAT}Room -Name Stage -Category General -Type Auditorium -Invitations False -Disabled $true | Out-Null",
    f"Set-{CHAT}Room Stage -Members {ALICE}, 'DC=litwareinc,DC=com' -Presenters {ALICE}",
    f"Set-{CHAT}Configuration -DefaultChatHistory 44"))
EVERYTHING = (f"Get-{CHAT}Room", f"Get-{CHAT}Category", f"Get-{CHAT}Addin", f"Get-{CHAT}Configuration",
              f"Get-{CHAT}Policy", f"Get-{CHAT}ComplianceConfiguration")
SETTINGS_REPLACED = "WARNING: ChatConfiguration Global: replaced: default_chat_history will be otherwise than now\n"
OWN = {"CategoryUri"}  # every deployment gives its own


async def say(data: Path, room: str, *texts: str) -> None:
    """Post in a room, as Alice."""
    async def one_batch() -> AsyncIterator[list[Draft]]:
        yield [Draft(found.id, alice, datetime(2024, 1, 1, minute, tzinfo=UTC), Content(text))
               for minute, text in enumerate(texts)]
    async with open_node(DataFolder(data), Settings.load(data)) as node:
        alice = await node.people.find(f"alice@{SIP_DOMAIN}")
        found = await node.core.administration.room_named(room)
        await node.core.contents.fill(found, one_batch())


async def said(data: Path, room: str) -> list[tuple[int, str, str]]:
    """Return what was said in a room: number, author, text."""
    async with open_node(DataFolder(data), Settings.load(data)) as node:
        found = await node.core.administration.room_named(room)
        return [(one.number, str(one.author), one.text)
                async for page in node.core.contents.pages(found) for one in page]


def everything(place: Place) -> list[list[dict[str, object]]]:
    """Return all that administrators see of what an export takes along."""
    return [[{name: value for name, value in one.items() if name not in OWN} for one in place.objects(cmdlet)]
            for cmdlet in EVERYTHING]


@pytest.fixture(scope="module")
def source(pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A served deployment with rooms of several kinds and some messages; nothing in it changes."""
    data = shutil.copytree(pattern, tmp_path_factory.mktemp("source") / "data")
    place = Place(data)
    assert place.prints("shell", "-c", FURNITURE) == ""
    asyncio.run(say(data, "Floor", "first", "<second> & é😀", "third"))
    server = Server(data)
    yield place
    assert server.stop() == 0
    assert '"level": "error"' not in server.output()


@pytest.fixture
def at(source: Place, tmp_path: Path) -> Callable[..., Outcome]:
    """Run a line for a deployment, in the test's own folder."""
    def run(line: str, place: Place = source) -> Outcome:
        return parlour("shell", "-c", line, data=place.data, cwd=tmp_path)
    return run


def done(outcome: Outcome) -> str:
    """Return what a line printed that must have succeeded without a word of complaint."""
    assert (outcome.status, outcome.err) == (0, ""), outcome
    return outcome.out


def test_a_file_from_one_deployment_into_another(
    source: Place, copy: Place, at: Callable[..., Outcome], tmp_path: Path
) -> None:
    assert done(at(f"{EXPORT} -DBName mgc -FileName chat.zip -Report export.html")) == ""
    with ZipFile(tmp_path / "chat.zip") as archive:
        assert archive.testzip() is None
        assert {"AdGroups.xml", "AdUsers.xml", "AdAffiliations.xml", "ChatRooms.xml"} <= set(archive.namelist())
    report = (tmp_path / "export.html").read_text(encoding="utf-8")
    assert all(text in report for text in ("sql\\rtc", "mgc", f"Room {POOL}\\Floor", "3 messages exported"))
    imported = at(f"{IMPORT} -FileName chat.zip -Report import.html", copy)
    assert (imported.status, imported.out, imported.err) == (0, "", SETTINGS_REPLACED)
    assert "<td>Import</td>" in (tmp_path / "import.html").read_text(encoding="utf-8")
    assert everything(copy) == everything(source)
    assert asyncio.run(said(copy.data, "Floor")) == [
        (1, ALICE, "first"), (2, ALICE, "<second> & é😀"), (3, ALICE, "third")]


def test_bytes_in_one_line(source: Place, copy: Place, at: Callable[..., Outcome]) -> None:
    """Into the same deployment: every room is there already, and has its messages."""
    outcome = at(f"{EXPORT} -AsBytes | {IMPORT}", copy)
    assert done(outcome) == ""
    with source.unchanged():
        outcome = at(f"{EXPORT} -AsBytes | {IMPORT} -WhatIf")
    assert done(outcome) == (
        'What if: Performing the operation "Import 2 categories, 4 rooms, 0 messages, 1 add-ins, 3 settings" on target '
        '"the bytes given".\n')


def test_bytes_in_a_variable(copy: Place, at: Callable[..., Outcome]) -> None:
    assert done(at(f"$kept = {EXPORT} -AsBytes; {IMPORT} -ByteInput $kept; $kept | {IMPORT}; $kept", copy)) == (
        "{80, 75, 3, 4...}\n")


def test_bytes_as_text_for_programs(source: Place, copy: Place, at: Callable[..., Outcome], tmp_path: Path) -> None:
    text = done(at(f"{EXPORT} -AsBytes -Level Category | ConvertTo-Json")).strip().strip('"')
    (tmp_path / "chat.zip").write_bytes(b64decode(text))
    assert done(at(f"{IMPORT} -FileName chat.zip", copy)) == ""
    assert done(at(f"{IMPORT} -ByteInput {text}", copy)) == ""
    assert [one["Name"] for one in copy.objects(f"Get-{CHAT}Category")] == ["General", "Trading"]
    assert done(at(f"{EXPORT} -AsBytes")) == "{80, 75, 3, 4...}\n"


def test_what_if_writes_the_report_and_changes_nothing(
    copy: Place, at: Callable[..., Outcome], tmp_path: Path
) -> None:
    done(at(f"{EXPORT} -FileName chat.zip"))
    with copy.unchanged():
        outcome = at(f"{IMPORT} -FileName chat.zip -Report why.html -WhatIf", copy)
    assert "Import 2 categories, 4 rooms, 3 messages, 1 add-ins, 3 settings" in outcome.out
    assert outcome.err == SETTINGS_REPLACED
    report = (tmp_path / "why.html").read_text(encoding="utf-8")
    assert "Validation only: nothing was changed" in report
    assert f"<td>Room {POOL}\\Floor</td><td>new</td>" in report
    with copy.unchanged():
        declined = parlour("shell", "-c", f"{IMPORT} -FileName chat.zip -Confirm", data=copy.data, cwd=tmp_path)
    assert [record.id for record in records(declined.err)] == ["CannotConfirm"]


def test_level_scope_and_start_date(copy: Place, at: Callable[..., Outcome]) -> None:
    done(at(f"{EXPORT} -FileName chat.zip -Level Content -Scope trading -StartDate '2024-01-01 01:00'"))
    done(at(f"{IMPORT} -FileName chat.zip", copy))
    assert [text for _, _, text in asyncio.run(said(copy.data, "Floor"))] == ["<second> & é😀", "third"]
    assert "Stage" not in {one["Name"] for one in copy.objects(f"Get-{CHAT}Room")}
    assert copy.objects(f"Get-{CHAT}Configuration")[0]["DefaultChatHistory"] == 30
    refused = at(f"{EXPORT} -FileName other.zip -Scope Nowhere")
    assert [record.id for record in records(refused.err)] == ["ChatCategoryNotFound"]


def test_some_categories_come_without_settings_unless_all_is_asked_for(
    at: Callable[..., Outcome], tmp_path: Path
) -> None:
    for words, has_settings in (("", True), ("-Scope Trading", False), ("-Scope Trading -Level All", True)):
        done(at(f"{EXPORT} -FileName chat.zip {words} -Report export.html"))
        with ZipFile(tmp_path / "chat.zip") as archive:
            assert ("Configuration.xml" in archive.namelist()) is has_settings
        level = "All" if has_settings else "Content"
        assert f"<td>{level}</td>" in (tmp_path / "export.html").read_text(encoding="utf-8")


def test_exported_rooms_can_be_switched_off(copy: Place, at: Callable[..., Outcome]) -> None:
    done(at(f"{EXPORT} -FileName chat.zip -Scope General -DisableExportedNodes", copy))
    assert all(one["Disabled"] for one in copy.objects(f"Get-{CHAT}Room"))
    outcome = at(f"{IMPORT} -FileName chat.zip", copy)
    assert (outcome.status, outcome.err) == (0, "".join(
        f"WARNING: Room {POOL}\\{name}: it will be switched on\n" for name in ("All hands", "Engineering")))
    assert not any(one["Disabled"] for one in copy.objects(f"Get-{CHAT}Room"))


def test_rooms_are_off_before_they_are_exported_and_on_again_if_that_fails(
    copy: Place, at: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = at(f"{EXPORT} -FileName nowhere/chat.zip -DisableExportedNodes", copy)
    assert [record.id for record in records(failed.err)] == ["FileFailed"]
    assert not any(one["Disabled"] for one in copy.objects(f"Get-{CHAT}Room"))
    for level in ("User", "Category"):
        refused = at(f"{EXPORT} -FileName chat.zip -DisableExportedNodes -Level {level}", copy)
        assert "an export of level" in records(refused.err)[0].message
    assert not (tmp_path / "chat.zip").exists()
    seen: list[bool] = []

    async def looking(self: Exporter, stream: BinaryIO) -> None:
        seen.extend(room.disabled for room in await self.chosen_rooms())
        await really(self, stream)
    really = Exporter.write
    monkeypatch.setattr(Exporter, "write", looking)

    async def export() -> None:
        async with open_node(DataFolder(copy.data), Settings.load(copy.data)) as node:
            await execute(registry(), node.session(), RecordingHost(), f"{EXPORT} -AsBytes -DisableExportedNodes")
    asyncio.run(export())
    assert seen == [True, True]


@pytest.mark.parametrize(("file", "report"), [
    ("chat.zip", "chat.zip"), ("chat.zip", "./chat.zip"), ("chat.zip", "CHAT.zip"), ("x/../chat.zip", "chat.zip"),
    ("chat.zip", "{folder}/chat.zip"), ("{folder}/x/../chat.zip", "./chat.zip")])
def test_a_report_never_takes_the_place_of_the_export(
    copy: Place, at: Callable[..., Outcome], tmp_path: Path, file: str, report: str
) -> None:
    done(at(f"{EXPORT} -FileName chat.zip"))
    before = (tmp_path / "chat.zip").read_bytes()
    words = f"-FileName '{file}' -Report '{report}'".replace("{folder}", str(tmp_path))
    for line in (f"{IMPORT} {words} -WhatIf", f"{IMPORT} {words}", f"{EXPORT} {words}"):
        with copy.unchanged():
            outcome = at(line, copy)
        assert [record.id for record in records(outcome.err)] == ["ParameterValueInvalid"]
        assert "it would replace the file of -FileName" in outcome.err
    assert (tmp_path / "chat.zip").read_bytes() == before
    assert not list(tmp_path.glob("*.html"))


def test_another_room_in_use_is_overwritten_only_when_that_is_asked_for(
    copy: Place, at: Callable[..., Outcome]
) -> None:
    done(at(f"New-{CHAT}Room -Name Floor -Category General | Out-Null", copy))
    asyncio.run(say(copy.data, "Floor", "ours"))
    done(at(f"{EXPORT} -FileName chat.zip -Level RoomDirectory"))
    outcome = at(f"{IMPORT} -FileName chat.zip -WarningAction SilentlyContinue", copy)
    assert [record.id for record in records(outcome.err)] == ["ImportIncomplete"]
    assert copy.objects(f"Get-{CHAT}Room Floor")[0]["Privacy"] == "Closed"
    outcome = at(f"{IMPORT} -FileName chat.zip -ReplaceSameNamed", copy)
    assert outcome.status == 0
    assert f"Members: in comes {ALICE}, {BOB}" in outcome.err
    assert copy.objects(f"Get-{CHAT}Room Floor")[0]["Privacy"] == "Secret"


def test_a_file_that_is_no_export_changes_nothing(copy: Place, at: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "chat.zip").write_bytes(b"no ZIP file")
    with copy.unchanged():
        outcome = at(f"{IMPORT} -FileName chat.zip -Report why.html", copy)
    assert [record.id for record in records(outcome.err)] == ["ExportInvalid"]
    assert "it is no ZIP file" in (tmp_path / "why.html").read_text(encoding="utf-8")


def test_an_export_that_fails_leaves_the_file_that_was_there(at: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "chat.zip").write_text("precious")
    outcome = at(f"{EXPORT} -FileName chat.zip -Scope Nowhere")
    assert outcome.status == 1
    assert (tmp_path / "chat.zip").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["chat.zip"]


def test_what_is_left_out_is_an_error_in_the_end(copy: Place, at: Callable[..., Outcome]) -> None:
    done(at(f"New-{CHAT}Category -Name Floor | Out-Null", copy))
    done(at(f"{EXPORT} -FileName chat.zip"))
    outcome = at(f"{IMPORT} -FileName chat.zip -WarningAction SilentlyContinue", copy)
    (record,) = records(outcome.err)
    assert record.facts == ("ImportIncomplete", "InvalidData", "chat.zip")
    assert "Of what the export holds, 1 could not be imported" in record.message
    assert "Stage" in {one["Name"] for one in copy.objects(f"Get-{CHAT}Room")}


@pytest.mark.parametrize(("line", "error"), [
    (EXPORT, "ParameterMissing"), (f"{EXPORT} -AsBytes -FileName x.zip", "ParameterSetUnresolved"),
    (f"{EXPORT} -FileName x.zip -Level Most", "ParameterValueInvalid"),
    ("Export-CsPersistentChatData -FileName x.zip", "ParameterMissing"), (IMPORT, "ParameterMissing"),
    (f"{IMPORT} -FileName nowhere.zip", "FileFailed"), (f"{IMPORT} -ByteInput x-y", "ParameterValueInvalid"),
    (f"'text' | {IMPORT}", "ExportInvalid"), (f"{EXPORT} -FileName nowhere/x.zip", "FileFailed"),
    (f"{EXPORT} -FileName x.zip -Report nowhere/x.html", "FileFailed")])
def test_what_is_refused(source: Place, at: Callable[..., Outcome], line: str, error: str, tmp_path: Path) -> None:
    with source.unchanged():
        outcome = at(line)
    assert [record.id for record in records(outcome.err)] == [error]
    assert list(tmp_path.iterdir()) == []


async def test_bytes_are_bounded(source: Place, monkeypatch: pytest.MonkeyPatch, copy: Place) -> None:
    monkeypatch.setattr(transfer, "MOST_BYTES", 100)
    async with open_node(DataFolder(copy.data), Settings.load(copy.data)) as node:
        host = RecordingHost()
        await execute(registry(), node.session(), host, f"{EXPORT} -AsBytes")
    assert [record.error_id for record in host.errors] == ["ExportTooLarge"]


def test_who_may_export_and_import() -> None:
    for name in ("Export-CsPersistentChatData", "Import-CsPersistentChatData"):
        (cmdlet,) = [one for one in registry().all() if one.meta.name == name]
        assert set(cmdlet.meta.roles) == {"CsAdministrator", "CsPersistentChatAdministrator"}


def test_both_stand_in_the_audit_log(copy: Place, at: Callable[..., Outcome]) -> None:
    assert at(f"{EXPORT} -AsBytes -DisableExportedNodes | {IMPORT}", copy).status == 0
    entries = copy.objects("Get-CsAuditLog")
    found = {str(entry["Cmdlet"]): entry for entry in entries if "PersistentChatData" in str(entry["Cmdlet"])
             and entry["Outcome"] == "Completed" and entry["DurationMs"] is not None}
    assert found.keys() == {"Export-CsPersistentChatData", "Import-CsPersistentChatData"}
    assert found["Export-CsPersistentChatData"]["Targets"] == [f"{POOL}\\All hands", f"{POOL}\\Engineering"]


def test_the_audit_log_says_what_an_import_changed(copy: Place, at: Callable[..., Outcome], tmp_path: Path) -> None:
    done(at(f"{EXPORT} -FileName chat.zip"))
    content = (tmp_path / "chat.zip").read_bytes()
    file = f"SHA-256 {sha256(content).hexdigest()}, {len(content)} bytes"
    at(f"{IMPORT} -FileName chat.zip", copy)
    entries = [entry for entry in copy.objects("Get-CsAuditLog -Cmdlet Import-CsPersistentChatData")
               if entry["Outcome"] == "Completed"]
    targets = [entry["Targets"] for entry in entries]
    room, messages = f"Room {POOL}\\Floor", "3 messages imported, numbers 1 to 3"
    assert [room, messages, file] in targets
    assert [room, "made", file] in targets
    assert [f"Category {POOL}\\Trading", "made", file] in targets
    assert ["ChatConfiguration Global", "changed", file] in targets
    (whole,) = [listed for listed in targets if isinstance(listed, list) and f"chat.zip: {file}" in listed]
    assert f"{room}: {messages}" in whole
