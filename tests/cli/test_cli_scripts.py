"""Scripts in files, and cmdlets that work with files of whoever runs them."""

import codecs
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server, parlour, records

MAKE = """\
# a room for each line
$ErrorActionPreference = "Stop"
$pool = "{pool}"
Import-Csv "{folder}/rooms.csv" | ForEach-Object {{
    New-CsPersistentChatRoom -Name $_.Name -PersistentChatPoolFqdn $pool -Category "$pool\\General" `
        -Description "For $($_.Purpose)"
}} | Out-Null
Get-CsPersistentChatRoom -Filter "script" | Select-Object Name, Description |
    Export-Csv "{folder}/made.csv"
Write-Host "done"
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> str:
    """Write a file; return its path."""
    path.write_bytes(text.encode(encoding))
    return str(path)


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_script_makes_rooms_from_a_table(place: Place, tmp_path: Path) -> None:
    write(tmp_path / "rooms.csv", 'Name,Purpose\r\nscript one,"plans, and more"\r\nscript „two“,"say ""hi"""\r\n')
    script = write(tmp_path / "make.ps1", MAKE.format(pool=POOL, folder=tmp_path))
    try:
        assert place.prints("shell", script) == "done\n"
        assert (tmp_path / "made.csv").read_text() == (
            '"Name","Description"\n"script one","For plans, and more"\n"script „two“","For say ""hi"""\n')
    finally:
        place.lines('Get-CsPersistentChatRoom -Filter "script" | Remove-CsPersistentChatRoom -Confirm:$false')


@pytest.mark.parametrize(("encoding", "mark"), [
    ("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)])
def test_a_script_may_be_in_any_encoding_of_powershell(
    running: Place, tmp_path: Path, encoding: str, mark: bytes
) -> None:
    script = tmp_path / "a.ps1"
    script.write_bytes(mark + "Write-Host 'Grüße, 群聊'\r\n".encode(encoding))
    assert running.prints("shell", str(script)) == "Grüße, 群聊\n"


FORBIDDEN = {
    "a method": ('Remove-CsPersistentChatRoom "All hands"\n"a".ToUpper()\n', (2, 1)),
    "a word": ('Remove-CsPersistentChatRoom "All hands"\n\n  foreach ($x in 1) { $x }\n', (3, 3)),
    "inside a block": ('Remove-CsPersistentChatRoom "All hands"\n1 | ForEach-Object {\n  Get-CsUser > f }\n', (3, 14)),
    "no powershell": ('Remove-CsPersistentChatRoom "All hands"\nGet-CsUser | | b\n', (2, 12)),
    "a variable": ('Remove-CsPersistentChatRoom "All hands"\nGet-CsUser $who\n', (2, 12)),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_script_with_something_forbidden_changes_nothing(running: Place, tmp_path: Path, name: str) -> None:
    text, (line, column) = FORBIDDEN[name]
    record = running.fails("shell", write(tmp_path / "bad.ps1", text), status=2)
    assert record.category == "ParserError"
    assert record.message.startswith(f"Line {line}, column {column}: "), record.message


@pytest.mark.parametrize("wrong", [
    "Get-Nothing", "Get-CsUser -Bogus 1", "1 | ForEach-Object { Set-CsUser $_ -Bogus 1 }",
    "New-CsPersistentChatEndpoint -SipAddress sip:x@litwareinc.com"])
def test_a_script_that_cannot_be_bound_changes_nothing(running: Place, tmp_path: Path, wrong: str) -> None:
    script = write(tmp_path / "bad.ps1", f'Remove-CsPersistentChatRoom "All hands" -Confirm:$false\n{wrong}\n')
    assert running.fails("shell", script, status=2).category in ("ObjectNotFound", "InvalidArgument")


def test_errors_of_a_script_name_their_line(running: Place, tmp_path: Path) -> None:
    outcome = running.run("shell", write(tmp_path / "a.ps1", "Write-Host a\n\nGet-CsUser nobody\nWrite-Host b\n"))
    assert (outcome.status, outcome.out) == (1, "a\nb\n")
    assert "    + Line                  : 3\n" in outcome.err
    assert len(records(outcome.err)) == 1


def test_a_script_that_is_not_there_or_no_text(running: Place, tmp_path: Path) -> None:
    assert "no-such.ps1" in running.run("shell", str(tmp_path / "no-such.ps1")).err
    (tmp_path / "b.ps1").write_bytes(b"\xff\xfe\x00")
    outcome = running.run("shell", str(tmp_path / "b.ps1"))
    assert (outcome.status, outcome.out) == (1, "")
    assert "it is no UTF-16-LE text" in outcome.err


def test_a_file_takes_its_place_when_it_is_whole(place: Place, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("before\n")
    target.chmod(0o640)
    outcome = place.shell(f"Get-CsUser | % {{$_; Get-CsUser nobody -ErrorAction Stop}} | Export-Csv '{target}'")
    assert outcome.status == 1
    assert (target.read_text(), names(tmp_path)) == ("before\n", ["out.csv"])
    place.lines(f"Get-CsUser | Select-Object SipAddress | Export-Csv '{target}'")
    assert target.read_text().splitlines()[0] == '"SipAddress"'
    assert (stat.S_IMODE(target.stat().st_mode), names(tmp_path)) == (0o640, ["out.csv"])


def test_what_export_writes_import_reads(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    place.lines("Get-CsUser | Select-Object SipAddress, DisplayName "
                f"| Export-Csv '{path}' -Delimiter ';' -Encoding Unicode")
    assert path.read_bytes().startswith(codecs.BOM_UTF16_LE)
    read = place.objects(f"Import-Csv '{path}' -Delimiter ';'")
    assert read == place.objects("Get-CsUser | Select-Object SipAddress, DisplayName")


def test_a_table_is_gone_on_with(running: Place, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for _ in range(2):
        running.lines(f"Get-CsPool | Select-Object Identity, Site | Export-Csv '{path}' -Append")
    running.lines(f"Get-CsPool | Select-Object Site, Identity | Export-Csv '{path}' -Append")
    lines = path.read_text().splitlines()
    assert lines[0] == '"Identity","Site"'
    assert (len(lines), len(set(lines))) == (4, 2)


def test_what_the_terminal_shows_goes_to_a_file(place: Place, tmp_path: Path) -> None:
    shown = place.prints("shell", "-c", "Get-CsUser | Format-Table SipAddress, DisplayName")
    place.lines(f"Get-CsUser | Format-Table SipAddress, DisplayName | Out-File '{tmp_path / 'a.txt'}'")
    assert (tmp_path / "a.txt").read_text() == shown
    counted = place.objects(f"Get-CsUser | Tee-Object '{tmp_path / 'b.txt'}' | Measure-Object")
    assert counted[0]["Count"] == len(place.objects("Get-CsUser"))
    assert "sip:alice@" in (tmp_path / "b.txt").read_text()


REFUSED = {
    "a folder": ("Get-CsPool | Export-Csv '{folder}'", "Is a directory"),
    "no such folder": ("Get-CsPool | Export-Csv '{folder}/none/a.csv'", "No such file or directory"),
    "no such file": ("Import-Csv '{folder}/none.csv'", "No such file or directory"),
    "kept": ("Get-CsPool | Out-File '{folder}/kept.txt' -NoClobber", "there is a file of this name already"),
    "twice": ("Import-Csv '{folder}/twice.csv'", 'the column "a" is there twice'),
    "open quote": ("Import-Csv '{folder}/open.csv'", "line 2 cannot be read"),
    "no text": ("Import-Csv '{folder}/binary.csv'", "it is no UTF-8 text (byte 0)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_cannot_be_used(place: Place, tmp_path: Path, name: str) -> None:
    for file, content in {"kept.txt": b"x", "twice.csv": b"a,A\n1,2\n", "open.csv": b'a,b\n1,"2\n',
                          "binary.csv": b"\xff\x00"}.items():
        (tmp_path / file).write_bytes(content)
    line, reason = REFUSED[name]
    record = place.fails("shell", "-c", line.format(folder=tmp_path))
    assert (record.id, reason in record.message) == ("FileFailed", True), record.message
    assert (tmp_path / "kept.txt").read_bytes() == b"x"


def test_files_are_looked_for_where_the_command_was_typed(
    serve: Callable[..., Server], copy: Place, tmp_path: Path
) -> None:
    serve()
    folder = tmp_path / "work"
    folder.mkdir()
    assert parlour("shell", "-c", "Get-CsPool | Export-Csv pools.csv", data=copy.data, cwd=folder).status == 0
    assert names(folder) == ["pools.csv"]


def test_a_link_is_followed_and_a_device_is_written_to(running: Place, tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    running.lines(f"Write-Output new | Out-File '{tmp_path / 'link.txt'}'")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new\n"
    running.lines("Write-Output new | Out-File /dev/null")
    assert Path("/dev/null").is_char_device()


def test_the_text_of_a_pipe_is_a_script(running: Place) -> None:
    outcome = running.run("shell", stdin=f"$who = 'sip:alice@{SIP_DOMAIN}'\n(Get-CsUser)\n")
    assert outcome.status == 2  # the text of a pipe is one script: nothing of it ran
    outcome = running.run("shell", stdin=f"$who = 'sip:alice@{SIP_DOMAIN}'\nGet-CsUser $who | % DisplayName\n")
    assert (outcome.status, outcome.out) == (0, "Alice\n")
