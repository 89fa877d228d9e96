"""What the shell looks like at a terminal: colours, values completed, and a pager for what is long."""

import shlex
import sys

import pytest
from tests.cli.kit import Place, needed
from tests.cli.terminal import Terminal

PROMPT = "parlour>"
RED, GREEN, YELLOW = "\x1b[31;1m", "\x1b[32;1m", "\x1b[33;1m"
# Pagers of the tests' own: say that they are there, and how much they were given.
COUNTS = shlex.join([sys.executable, "-c", "import sys; print('PAGED', len(list(sys.stdin)), 'LINES', flush=True)"])
LEAVES = shlex.join([sys.executable, "-c", "import sys; print('PAGED', sys.stdin.readline(), 'LEFT', flush=True)"])
STAYS = shlex.join([sys.executable, "-c", "import sys; print('PAGED', flush=True); list(sys.stdin)"])
MANY = "; ".join(["Get-Command | Format-List"] * 100)


# -- colours


def test_colours_at_a_terminal(running: Place) -> None:
    with Terminal(running.data, "shell", "-c", "Get-CsUser | Format-Table SipAddress; Get-CsUser nobody") as terminal:
        assert terminal.ends() == 1
    assert f"{GREEN}SipAddress\x1b[0m" in terminal.raw
    assert f'{RED}Get-CsUser : There is no user "nobody".' in terminal.raw
    assert terminal.text.count("\x1b") == 0


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_they_are_not_wanted(running: Place, variables: dict[str, str]) -> None:
    words = ("shell", "-c", "Get-CsUser | Format-Table SipAddress; Get-CsUser nobody")
    with Terminal(running.data, *words, **variables) as terminal:
        assert terminal.ends() == 1
    assert "\x1b" not in terminal.raw


def test_no_colours_in_a_pipe(running: Place) -> None:
    outcome = running.shell("Get-CsUser | Format-Table SipAddress; Get-CsUser nobody")
    assert "\x1b" not in outcome.out + outcome.err
    assert "SipAddress" in outcome.out


# -- completion


def test_values_are_completed_also_in_quotes(place: Place) -> None:
    with place.unchanged(), Terminal(place.data, "shell", PAGER="") as terminal:
        terminal.reads(PROMPT)
        terminal.types("Get-CsPersistentChatRoom -Identity al\t")
        terminal.reads("'All hands'")
        terminal.types(" | Format-Table Name\r")
        terminal.reads("All hands\n")
        terminal.reads(PROMPT)
        terminal.types("Get-CsPersistentChatRoom -Identity 'All h\t")
        terminal.reads("ands'")
        terminal.types(" | Format-Table Category\r")
        terminal.reads("General\n")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0


# -- the pager


def _shell(place: Place, pager: str) -> Terminal:
    return Terminal(place.data, "shell", PAGER=pager, LINES="20")


def test_what_is_longer_than_the_screen_goes_through_the_pager(running: Place) -> None:
    lines = len(running.lines("Get-Help Get-CsUser"))
    assert lines > 20
    with _shell(running, COUNTS) as terminal:
        terminal.reads(PROMPT)
        terminal.types("Get-Help Get-CsUser\r")
        terminal.reads(f"PAGED {lines} LINES")
        terminal.reads(PROMPT)
        terminal.types("Get-CsPool | Format-Table Fqdn\r")
        assert "PAGED" not in terminal.reads(f"\n{PROMPT}")
        terminal.types("exit\r")
        assert terminal.ends() == 0
    # the screen that was shown before is taken away, for the pager to show it again
    assert "\x1b[19A\x1b[J" in terminal.raw


def test_errors_stand_in_the_pager_too(running: Place) -> None:
    with _shell(running, STAYS.replace("list(sys.stdin)", "sys.stdout.write(sys.stdin.read()[-300:])")) as terminal:
        terminal.reads(PROMPT)
        terminal.types("Get-Help Get-CsUser; Get-CsUser nobody\r")
        terminal.reads("PAGED")
        terminal.reads('There is no user "nobody"')
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 1


def test_leaving_the_pager_ends_the_command(running: Place) -> None:
    with _shell(running, LEAVES) as terminal:
        terminal.reads(PROMPT)
        terminal.types(f"{MANY}; New-CsSipDomain never.com\r")
        terminal.reads("LEFT")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 1
    assert "never.com" not in running.prints("Get-CsSipDomain")


def test_ctrl_c_ends_the_command_and_the_pager(running: Place) -> None:
    with _shell(running, STAYS) as terminal:
        terminal.reads(PROMPT)
        terminal.types(f"{MANY}\r")
        terminal.reads("PAGED")
        terminal.types("\x03")
        terminal.reads(PROMPT)
        terminal.types("Get-CsPool | Format-Table Fqdn\r")
        terminal.reads("Fqdn")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0


def test_a_question_waits_until_the_pager_is_left(running: Place) -> None:
    with running.unchanged(), _shell(running, COUNTS) as terminal:
        terminal.reads(PROMPT)
        terminal.types("Get-Help Get-CsUser; New-CsSipDomain asked.com -Confirm\r")
        terminal.reads("LINES")
        terminal.reads('(default is "Y"): ')
        terminal.types("n\n")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0


def test_less_as_it_is_called_without_a_choice(running: Place) -> None:
    needed("less")
    with _shell(running, "less -FRXK") as terminal:
        for key in ("q", "\x03"):
            terminal.reads(PROMPT)
            terminal.types("Get-Help Get-CsUser\r")
            terminal.reads("\n:")
            terminal.types(key)
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() in (0, 1)


@pytest.mark.parametrize("pager", ["", "/nonexistent/pager"])
def test_without_a_pager_everything_is_shown_at_once(running: Place, pager: str) -> None:
    with _shell(running, pager) as terminal:
        terminal.reads(PROMPT)
        terminal.types("Get-Help Get-CsUser\r")
        terminal.reads("EXAMPLE 1")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0


@pytest.mark.parametrize("words", [("Get-Help", "Get-CsUser"), ("shell", "-c", "Get-Help Get-CsUser")])
def test_commands_outside_the_shell_are_never_paged(running: Place, words: tuple[str, ...]) -> None:
    with Terminal(running.data, *words, PAGER=COUNTS, LINES="20") as terminal:
        assert terminal.ends() == 0
    assert "PAGED" not in terminal.text
    assert "EXAMPLE 1" in terminal.text
