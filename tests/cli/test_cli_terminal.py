"""At a terminal: questions and their answers, and the interactive shell."""

import stat
from collections.abc import Iterator

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, new_endpoint
from tests.cli.terminal import Terminal

REMOVE = "Remove-CsPersistentChatEndpoint"
OTHERS = "Get-CsPersistentChatEndpoint -Filter {DisplayName -like 'Old*'}"
CHOICES = "[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help"
PROMPT = "parlour>"


# -- questions


def test_nobody_can_be_asked(place: Place) -> None:
    record = place.fails(*new_endpoint("asked"), "-Confirm")
    assert record.facts == ("CannotConfirm", "InvalidOperation", f"sip:asked@{SIP_DOMAIN}")
    assert "Nothing was changed." in record.message


def test_confirm_with_nobody_to_ask_does_nothing_in_a_shell_line(running: Place) -> None:
    assert running.fails("shell", "-c", " ".join((*new_endpoint("asked"), "-Confirm"))).id == "CannotConfirm"


@pytest.fixture
def old(place: Place) -> Iterator[Place]:
    """A deployment with three endpoints that may go."""
    place.prints("shell", "-c", "; ".join(
        " ".join(new_endpoint(f"old{number}", "-DisplayName", f"'Old {number}'")) for number in range(3)))
    yield place
    place.prints("shell", "-c", f"{OTHERS} | {REMOVE}")


@pytest.mark.parametrize(("answers", "left"), [
    ("YNY", {1}), ("yny", {1}), ("A", set()), ("NA", {0}), ("L", {0, 1, 2}), ("YL", {1, 2}),
])
def test_each_answer_does_what_it_says(old: Place, answers: str, left: set[int]) -> None:
    with Terminal(old.data, "shell", "-c", f"{OTHERS} | Sort-Object DisplayName | {REMOVE} -Confirm") as terminal:
        for number, answer in enumerate(answers):
            question = terminal.reads('(default is "Y"): ')
            assert "Are you sure you want to perform this action?" in question
            assert f'Performing the operation "{REMOVE}" on target "sip:old{number}@{SIP_DOMAIN}".' in question
            assert CHOICES in question
            terminal.types(f"{answer}\n")
        assert terminal.ends() == 0
    names = old.lines(f"{OTHERS} | Select-Object -ExpandProperty DisplayName")
    assert names == [f"Old {number}" for number in sorted(left)]


def test_garbage_is_asked_again_and_enter_is_the_default(running: Place) -> None:
    with Terminal(running.data, *new_endpoint("asked"), "-Confirm") as terminal:
        for garbage in ("maybe\n", "YES PLEASE\n", "\x1b[A\n", "3\n"):
            terminal.reads('(default is "Y"): ')
            terminal.types(garbage)
        terminal.reads('(default is "Y"): ')
        terminal.types("\n")
        assert terminal.ends() == 0
    running.prints(REMOVE, f"sip:asked@{SIP_DOMAIN}")


def test_a_question_mark_explains_the_answers(running: Place) -> None:
    with running.unchanged(), Terminal(running.data, *new_endpoint("asked"), "-Confirm") as terminal:
        terminal.reads('(default is "Y"): ')
        terminal.types("?\n")
        explained = terminal.reads('(default is "Y"): ')
        for key in "YANL":
            assert f"\n{key} - " in explained
        terminal.types("n\n")
        assert terminal.ends() == 0


@pytest.mark.parametrize("key", ["\x04", "\x03"])
def test_no_answer_changes_nothing(place: Place, key: str) -> None:
    with place.unchanged(), Terminal(place.data, *new_endpoint("asked"), "-Confirm") as terminal:
        terminal.reads('(default is "Y"): ')
        terminal.types(key)
        assert terminal.ends() == 1
        assert "Traceback" not in terminal.text
    assert POOL in place.prints("Get-CsPool")


# -- the interactive shell


def test_a_conversation(copy: Place) -> None:
    with Terminal(copy.data, "shell") as terminal:
        terminal.reads("Get-Help NAME explains one")
        terminal.reads(PROMPT)
        terminal.types("Get-CsPool\r")
        terminal.reads(f"Fqdn      : {POOL}")
        terminal.reads(PROMPT)
        terminal.types("Get-Nothing\r")
        terminal.reads("FullyQualifiedErrorId : CommandNotFound")
        terminal.reads(PROMPT)
        terminal.types("Get-CsSipD\t")
        terminal.reads("omain")
        terminal.types("\r")
        terminal.reads(f"{SIP_DOMAIN} {SIP_DOMAIN} True")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0
    history = copy.data / "shell-history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert [line for line in history.read_text().splitlines() if line.startswith("+")] == [
        "+Get-CsPool", "+Get-Nothing", "+Get-CsSipDomain", "+exit"]


def test_ctrl_d_leaves_with_the_last_status(running: Place) -> None:
    for line, status in (("Get-CsPool", 0), ("Get-CsPool other.com", 1)):
        with Terminal(running.data, "shell") as terminal:
            terminal.reads(PROMPT)
            terminal.types(f"{line}\r")
            terminal.reads("Id : PoolUnknown" if status else "Computers : ")
            terminal.reads(PROMPT)
            terminal.types("\x04")
            assert terminal.ends() == status


def test_ctrl_c_at_the_prompt_forgets_the_line(running: Place) -> None:
    with running.unchanged(), Terminal(running.data, "shell") as terminal:
        terminal.reads(PROMPT)
        terminal.types("New-CsSipDomain forgotten.com")
        terminal.reads("forgotten.com")
        terminal.types("\x03")
        terminal.reads(PROMPT)
        terminal.types("Get-CsPool\r")
        terminal.reads("Computers : ")
        terminal.reads(PROMPT)
        terminal.types("quit\r")
        assert terminal.ends() == 0


def test_a_question_in_the_shell(running: Place) -> None:
    with running.unchanged(), Terminal(running.data, "shell") as terminal:
        terminal.reads(PROMPT)
        terminal.types(" ".join((*new_endpoint("asked"), "-Confirm")) + "\r")
        terminal.reads('(default is "Y"): ')
        terminal.types("n\n")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0


def test_ctrl_c_stops_a_running_pipeline(place: Place) -> None:
    # objects that come one by one for longer than anybody waits
    many = "; ".join(["Get-Command | ForEach-Object {$_.Name}"] * 100)
    with Terminal(place.data, "shell", PAGER="") as terminal:
        terminal.reads(PROMPT)
        terminal.types(many + "\r")
        terminal.reads("\nGet-CsPool\n")
        terminal.types("\x03")
        terminal.reads(PROMPT)
        terminal.types("Get-CsSipDomain\r")
        terminal.reads(f"{SIP_DOMAIN} {SIP_DOMAIN} True")
        terminal.reads(PROMPT)
        terminal.types("\x04")
        assert terminal.ends() == 0
