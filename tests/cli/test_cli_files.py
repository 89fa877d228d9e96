"""Files of whoever runs commands when something goes wrong: trials, full disks, signals, tables gone on with."""

import codecs
import errno
import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from tests.cli.kit import PARLOUR, Place, Server, environment, records

from parlour.textfiles import LONGEST_SOURCE, PIECE

_WITHIN = 30.0
_LOOK = 0.01


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def table(path: Path, rows: int) -> str:
    """Write a table with two columns; return its path."""
    path.write_text("Name,Text\n" + "".join(f"row {number},{'x' * 80}\n" for number in range(rows)))
    return str(path)


@contextmanager
def child(
    place: Place, line: str, folder: Path, before: Callable[[], None] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a line of the shell in a folder as a child that is not waited for."""
    # the program is this one's own, the line is that of a test
    process = subprocess.Popen(  # noqa: S603
        [*PARLOUR, "shell", "-c", line], env=environment(place.data), cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=before)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Wait until it ended; return status, output and errors."""
    out, err = process.communicate(timeout=_WITHIN)
    return process.returncode, out.decode(), err.decode()


def writer_of(pipe: Path) -> int:
    """Open a named pipe for writing as soon as somebody reads it."""
    deadline = time.monotonic() + _WITHIN
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as fault:
            if fault.errno != errno.ENXIO:
                raise
            assert time.monotonic() < deadline, "nobody reads the pipe"
            time.sleep(_LOOK)


def small_disk(most: int) -> Callable[[], None]:
    """Let no file grow beyond some bytes."""
    return partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))


# -- trials

TRIALS = {
    "Export-Csv": "Get-CsPool | Export-Csv keep.txt",
    "Export-Csv -Append": "Get-CsPool | Export-Csv keep.txt -Append",
    "Out-File": "Get-CsPool | Out-File keep.txt",
    "Tee-Object": "Get-CsPool | Tee-Object keep.txt",
}


@pytest.mark.parametrize("how", ["option", "parameter", "preference"])
@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_writes_no_file(running: Place, tmp_path: Path, name: str, how: str) -> None:
    (tmp_path / "keep.txt").write_text("before\n")
    command, line = name.partition(" ")[0], TRIALS[name].replace("keep.txt", str(tmp_path / "keep.txt"))
    words = {
        "option": ["shell", "--what-if", "-c", line],
        "parameter": ["shell", "-c", f"{line} -WhatIf"],
        "preference": ["shell", "-c", f"$WhatIfPreference = $true; {line}"]}[how]
    said = running.prints(*words)
    what = f'What if: Performing the operation "{command}" on target "{tmp_path / "keep.txt"}".\n'
    assert said.startswith(what)
    assert ("Fqdn" in said) == (command == "Tee-Object")
    assert said.count("What if") == 1
    assert ((tmp_path / "keep.txt").read_text(), names(tmp_path)) == ("before\n", ["keep.txt"])


# -- what cannot be written


@pytest.mark.parametrize("rows", [10, 20_000], ids=["when it is closed", "before"])
def test_a_full_disk_leaves_what_was_there(running: Place, tmp_path: Path, rows: int) -> None:
    (tmp_path / "keep.csv").write_text("before\n")
    line = f"Import-Csv '{table(tmp_path / 'in.csv', rows)}' | Export-Csv keep.csv"
    with child(running, line, tmp_path, small_disk(100)) as process:
        status, out, err = ended(process)
    (record,) = records(err)
    assert (status, out, record.id) == (1, "", "FileFailed")
    assert "File too large" in record.message
    assert ((tmp_path / "keep.csv").read_text(), names(tmp_path)) == ("before\n", ["in.csv", "keep.csv"])


def test_a_reader_who_has_enough_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    line = f"Import-Csv '{table(tmp_path / 'in.csv', 20_000)}' | Tee-Object tee.txt"
    with child(place, line, tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(_WITHIN) == 1
    assert names(tmp_path) == ["in.csv"]


# -- signals


@pytest.mark.parametrize(("number", "status"), [
    (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP), (signal.SIGINT, 1)])
def test_a_signal_leaves_nothing_behind(
    place: Place, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "keep.csv").write_text("before\n")
    with child(place, "Import-Csv pipe | Export-Csv keep.csv", tmp_path) as process:
        writer = writer_of(tmp_path / "pipe")
        try:
            assert len(names(tmp_path)) == 3  # what is written is there already, under another name
            process.send_signal(number)
            assert ended(process)[0] == status
        finally:
            os.close(writer)
    assert ((tmp_path / "keep.csv").read_text(), names(tmp_path)) == ("before\n", ["keep.csv", "pipe"])


@pytest.mark.parametrize("line", ["Import-Csv pipe", "Get-CsPool | Out-File pipe"])
def test_ctrl_c_ends_the_wait_for_a_pipe(running: Place, tmp_path: Path, line: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with child(running, f"Write-Host ready; {line}; Write-Host after", tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        status, out, err = ended(process)
    assert (status, out, err) == (1, "", "")
    assert names(tmp_path) == ["pipe"]


def test_the_shell_goes_on_after_an_interrupted_wait(running: Place, tmp_path: Path) -> None:
    from tests.cli.terminal import Terminal

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Terminal(running.data, "shell", PAGER="") as terminal:
        terminal.reads("parlour>")
        terminal.types(f"Import-Csv '{pipe}'\r")
        writer = writer_of(pipe)
        try:
            terminal.types("\x03")
            terminal.reads("^C")
            terminal.reads("parlour>")
        finally:
            os.close(writer)
        terminal.types(f"Get-CsPool | Export-Csv '{tmp_path / 'a.csv'}'; Import-Csv '{tmp_path / 'a.csv'}' | % Fqdn\r")
        terminal.reads("\natl-pcpool-001.litwareinc.com")
        terminal.reads("parlour>")
        terminal.types("exit\r")
        assert terminal.ends() == 0


# -- tables that are gone on with

ROW = "@{a=1; b=2} | Select-Object a, b"


@pytest.mark.parametrize("kind", ["Export-Csv", "Out-File"])
def test_a_last_line_without_an_end_gets_one(running: Place, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n7,8")
    if kind == "Export-Csv":
        running.lines(f"{ROW} | Export-Csv '{path}' -Append")
        assert path.read_bytes() == b'a,b\n7,8\n"1","2"\n'
    else:
        running.lines(f"'new' | Out-File '{path}' -Append")
        assert path.read_bytes() == b"a,b\n7,8\nnew\n"


@pytest.mark.parametrize(("mark", "codec"), [
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8")])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_encoding_of_the_file_is_kept(running: Place, tmp_path: Path, mark: bytes, codec: str, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + f"a,b\r\nä,群{end}".encode(codec))
    running.lines(f"{ROW} | Export-Csv '{path}' -Append")
    assert path.read_bytes() == mark + f'a,b\r\nä,群{end or chr(10)}"1","2"\n'.encode(codec)


@pytest.mark.parametrize(("content", "encoding"), [
    (b"a,b\n", "Unicode"), (codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"), "UTF8"),
    (codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"), "ASCII")])
def test_another_encoding_is_refused(running: Place, tmp_path: Path, content: bytes, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    record = running.fails("shell", "-c", f"{ROW} | Export-Csv '{tmp_path / 'a.csv'}' -Append -Encoding {encoding}")
    assert record.id == "ParameterValueInvalid"
    assert (tmp_path / "a.csv").read_bytes() == content


@pytest.mark.parametrize(("content", "encoding"), [
    (b"a,b\n", "UTF8BOM"), (b"a,b\n", "ASCII"), (codecs.BOM_UTF8 + b"a,b\n", "UTF8")])
def test_an_encoding_that_fits_is_taken(running: Place, tmp_path: Path, content: bytes, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    running.lines(f"{ROW} | Export-Csv '{tmp_path / 'a.csv'}' -Append -Encoding {encoding}")
    assert (tmp_path / "a.csv").read_bytes() == content + b'"1","2"\n'


def test_a_column_without_a_property_is_refused_unless_forced(running: Place, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"A,c")
    record = running.fails("shell", "-c", f"{ROW} | Export-Csv '{path}' -Append")
    assert (record.id, 'the column "c"' in record.message) == ("FileFailed", True)
    assert path.read_bytes() == b"A,c"
    running.lines(f"{ROW} | Export-Csv '{path}' -Append -Force")
    assert path.read_bytes() == b'A,c\n"1",""\n'


def test_a_file_with_nothing_in_it_begins_as_a_new_one(running: Place, tmp_path: Path) -> None:
    for name in ("empty.csv", "new.csv"):
        path = tmp_path / name
        if name == "empty.csv":
            path.touch()
        running.lines(f"{ROW} | Export-Csv '{path}' -Append -Encoding Unicode")
        assert path.read_bytes() == codecs.BOM_UTF16_LE + '"a","b"\n"1","2"\n'.encode("utf-16-le")


HEADS = {
    "a long name": (b"a," + b"x" * 200_000 + b"\n", 'no property for the column "xxx'),
    "type information": (b"#TYPE System.String\na,b\n", "type information"),
    "an open quote": (b'a,"b\n', "line 1 cannot be read"),
    "never ending": (b"x" * (6 * PIECE), "its first line is longer than 1 MB"),
    "no text": (b"\xff\n", "it is no UTF-8 text (byte 0)"),
}


@pytest.mark.parametrize("name", HEADS)
def test_first_lines_that_cannot_be_gone_on_with(running: Place, tmp_path: Path, name: str) -> None:
    content, reason = HEADS[name]
    (tmp_path / "a.csv").write_bytes(content)
    record = running.fails("shell", "-c", f"{ROW} | Export-Csv '{tmp_path / 'a.csv'}' -Append")
    assert (record.id, reason in record.message) == ("FileFailed", True), record.message[:500]
    assert (tmp_path / "a.csv").read_bytes() == content


def test_a_first_line_may_come_in_pieces(running: Place, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = f'a,"{"ä" * (PIECE // 2)}\n群"\n'.encode()
    path.write_bytes(head)
    running.lines(f"{ROW} | Export-Csv '{path}' -Append -Force")
    assert path.read_bytes() == head + b'"1",""\n'


def test_a_large_file_is_not_read_to_go_on_with_it(
    serve: Callable[..., Server], copy: Place, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n")
        file.truncate(300 << 20)
    server = serve()
    copy.lines(f"{ROW} | Export-Csv '{path}' -Append")
    assert path.stat().st_size == (300 << 20) + len(b'\n"1","2"\n')
    peak = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
    assert peak is not None
    assert int(peak[1]) < 300 << 10


def test_a_table_has_so_many_columns(running: Place, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("\n" + ",".join(f"c{number}" for number in range(1000)) + "\n1\n")
    assert running.lines(f"Import-Csv '{path}' | ForEach-Object c0") == ["1"]
    path.write_text("\n" + ",".join(f"c{number}" for number in range(30_000)) + "\n1\n")
    for line in (f"Import-Csv '{path}'", f"{ROW} | Export-Csv '{path}' -Append"):
        record = running.fails("shell", "-c", line)
        assert "line 2 has 30000 columns" in record.message


# -- scripts that are too long


@pytest.mark.parametrize("size", [LONGEST_SOURCE + 1, 3 << 20])
@pytest.mark.parametrize("how", ["file", "pipe"])
def test_a_script_that_is_too_long(running: Place, tmp_path: Path, size: int, how: str) -> None:
    text = "Write-Host a #".ljust(size, "x")
    (tmp_path / "long.ps1").write_text(text)
    words: Sequence[str] = ["shell", str(tmp_path / "long.ps1")] if how == "file" else ["shell"]
    outcome = running.run(*words, stdin=text if how == "pipe" else "")
    expected = {"file": f"parlour: {tmp_path / 'long.ps1'}: a script is not longer than 64 KB.\n",
                "pipe": "parlour: The text is longer than 65536 bytes.\n"}
    assert (outcome.status, outcome.out, outcome.err) == (1, "", expected[how])


def test_a_script_may_be_that_long(running: Place, tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "long.ps1").write_text("Write-Host a #".ljust(LONGEST_SOURCE, "x"), encoding)
        assert running.prints("shell", str(tmp_path / "long.ps1")) == "a\n"
