"""Completion in other shells, by the shells themselves."""

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.kit import COMMAND_SECONDS, Place, environment, needed

# What bash would complete goes to the test instead; the words are those that bash itself made of the line.
_PROBE = """source {file}
_probe() {{ _parlour; printf '%s\\n' "${{COMPREPLY[@]}}" > {fifo}; COMPREPLY=(); }}
complete -F _probe parlour
"""
_PROMPT = "READY> "
_WITHIN = 20.0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command parlour in it, for $PATH."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "parlour"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m parlour "$@"\n')
    command.chmod(0o755)
    return folder


class _Bash:
    """Bash at a terminal: its own line editor asks for completions.

    Args:
        place: the deployment.
        program: where the command is.
        setting_up: lines to run first.
    """

    def __init__(self, place: Place, program: Path, setting_up: str) -> None:
        self.variables = environment(place.data, PATH=f"{program}:{os.environ['PATH']}", PS1=_PROMPT)
        script = program / "bash-set-up"
        script.write_text(setting_up)
        child, self._terminal = pty.fork()
        if child == 0:
            os.execvpe(needed("bash"), ["bash", "--norc", "--noprofile", "-i"], self.variables)  # noqa: S606
        self._child = child
        self._seen = ""
        self.reads(_PROMPT)
        self.types(f"source {script}\n")
        self.reads("\n")
        self.reads(_PROMPT)

    def types(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def reads(self, expected: str) -> str:
        """Wait until this appears behind what was read before; return everything up to it."""
        while expected not in self._seen:
            ready, _, _ = select.select([self._terminal], [], [], _WITHIN)
            assert ready, f"no {expected!r}, but {self._seen!r}"
            self._seen += os.read(self._terminal, 65536).decode(errors="replace")
        found, _, self._seen = self._seen.partition(expected)
        return found

    def close(self) -> None:
        """End it."""
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        os.close(self._terminal)


class _Prober:
    """What bash would offer.

    Args:
        place: the deployment.
        program: where the command is.
    """

    def __init__(self, place: Place, program: Path) -> None:
        file, fifo = program / "completion.bash", program / "fifo"
        file.write_text(place.prints("completion", "bash"))
        os.mkfifo(fifo)
        self._fifo = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self._bash = _Bash(place, program, _PROBE.format(file=file, fifo=fifo))

    def offers(self, line: str) -> list[str]:
        """Return what the last word of a line can become."""
        self._bash.types(f"{line}\t")
        ready, _, _ = select.select([self._fifo], [], [], _WITHIN)
        assert ready
        found = os.read(self._fifo, 65536).decode().splitlines()
        self._bash.types("\x05\x15")  # to its end, and away with it
        return [one for one in found if one]

    def close(self) -> None:
        """End it."""
        self._bash.close()
        os.close(self._fifo)


class _Called:
    """What zsh or fish would offer, by a script that calls it.

    Args:
        name: which.
        place: the deployment.
        program: where the command is.
    """

    def __init__(self, name: str, place: Place, program: Path) -> None:
        self._path = needed(name)
        self._name = name
        self._file = program / f"completion.{name}"
        self._environment = environment(place.data, PATH=f"{program}:{os.environ['PATH']}")
        self._file.write_text(place.prints("completion", name))

    def offers(self, line: str) -> list[str]:
        """Return what the last word of a line can become."""
        script = _zsh(self._file, line) if self._name == "zsh" else (
            f"source {self._file}; complete -C {shlex.quote(line)}")
        done = subprocess.run(  # noqa: S603 - a shell of this machine, with the words of a test
            [self._path, "-c", script], env=self._environment, capture_output=True, timeout=COMMAND_SECONDS,
            check=False, text=True)
        assert done.stderr == ""
        return [one.partition("\t")[0] for one in done.stdout.splitlines() if one]

    def close(self) -> None:
        """Nothing runs."""


def _zsh(file: Path, line: str) -> str:
    """Return a script that calls the function as zsh would; what completes in earnest needs a terminal."""
    return f"""
compdef() {{ : }}
compadd() {{ shift 2; print -rl -- "$@" }}
_files() {{ : }}
source {file}
words=({line if not line.endswith(" ") else line + "''"})
CURRENT=$#words
PREFIX=$words[-1]
_parlour
"""


@pytest.fixture(scope="module")
def bash(running: Place, program: Path) -> Iterator[_Prober]:
    needed("bash")
    prober = _Prober(running, program)
    yield prober
    prober.close()


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, running: Place, program: Path) -> _Prober | _Called:
    if request.param == "bash":
        found: _Prober = request.getfixturevalue("bash")
        return found
    return _Called(request.param, running, program)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("parlour us", ["user"]),
        ("parlour user pass", ["passwd"]),
        ("parlour serve --sip-tl", ["--sip-tls"]),
        ("parlour completion f", ["fish"]),
        ("parlour Get-CsPersistentChatRo", ["Get-CsPersistentChatRoom"]),
        ("parlour Get-CsPersistentChatRoom -Addi", ["-Addin"]),
        ("parlour Get-CsPersistentChatRoom eng", ["Engineering"]),
        ("parlour Get-CsPersistentChatRoom -Privacy cl", ["Closed"]),
        ("parlour Get-CsUser -Identity ali", ["sip:alice@litwareinc.com"]),
        ("parlour user disable ali", ["sip:alice@litwareinc.com"]),
    ],
)
def test_each_shell_completes(shell: _Prober | _Called, line: str, expected: list[str]) -> None:
    assert shell.offers(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("parlour Get-CsPersistentChatRoom all", [r"All\ hands"]),
        ("parlour Get-CsPersistentChatRoom 'all h", ["All hands"]),
        ('parlour Get-CsPersistentChatRoom "all h', ["All hands"]),
        (r"parlour Get-CsPersistentChatRoom all\ h", [r"All\ hands"]),
        ("parlour Get-CsUser sip:ali", ["alice@litwareinc.com"]),
        ("parlour Get-CsUser sip:alice@lit", ["litwareinc.com"]),
        ("parlour Get-CsUser 'sip:alice@lit", ["sip:alice@litwareinc.com"]),
        ("parlour Get-CsUser -Identity:sip:ali", ["alice@litwareinc.com"]),
        ("parlour why alice@litwareinc.com all", [r"All\ hands"]),
        ("parlour --data elsewhere Get-CsPersistentChatRoom -Priv", ["-Privacy"]),
        ("parlour Get-CsPersistentChatRoom 'no such", []),
        ("parlour Get-CsNothing -", []),
    ],
)
def test_bash_has_its_own_quotes(bash: _Prober, line: str, expected: list[str]) -> None:
    assert bash.offers(line) == expected


def test_what_bash_completes_is_what_runs(running: Place, program: Path, tmp_path: Path) -> None:
    needed("bash")
    file = tmp_path / "completion"
    file.write_text(running.prints("completion", "bash"))
    terminal = _Bash(running, program, f"source {file}")
    try:
        terminal.types("parlour Get-CsPersistentChatR\t")
        terminal.reads("oom ")
        terminal.types("al\t")
        terminal.reads("hands ")
        terminal.types("-AsO\t")
        terminal.reads("bject ")
        terminal.types("\n")
        assert r"Identity    : atl-pcpool-001.litwareinc.com\All hands" in terminal.reads(_PROMPT)
    finally:
        terminal.close()


def test_completion_is_silent_where_nobody_can_be_asked(tmp_path: Path, program: Path) -> None:
    for variables in ({}, {"PARLOUR_SERVER": "https://127.0.0.1:1", "PARLOUR_USER": "alice@litwareinc.com"}):
        outcome = Place(tmp_path / "none").run("complete", "--", "Get-CsUser", "-Identity", "a", env=variables)
        assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    outcome = Place(tmp_path / "none").run("complete", "--", "Get-CsUser", "-Ident")
    assert (outcome.status, outcome.out, outcome.err) == (0, "-Identity\n", "")


def test_the_command_that_completes_is_in_no_help(running: Place) -> None:
    text = running.prints("--help")
    assert "completion" in text
    assert not re.search(r"^ *complete\b", text, re.MULTILINE)
