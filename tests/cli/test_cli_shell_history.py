"""What the history of the shell keeps, and how the shell goes on when the node is not there for a while."""

import sys
from collections.abc import Callable

import pytest
from tests.cli.kit import REMOTE, SIP_DOMAIN, Place, Server
from tests.cli.terminal import Terminal

from parlour.admin.catalog import registry
from parlour.secretlines import SECRET_PARAMETERS, may_hold_secret

PROMPT = "parlour>"

SECRET = [
    "New-CsUser x@y -Password 'Geheim'", "New-CsUser x@y -Pass 'Geheim'", "New-CsUser x@y -P 'Geheim'",
    "New-CsUser x@y -pAsS:'Geheim'", "New-CsUser x@y \u2013Pass 'Geheim'", "New-CsUser x@y -Pa`ss 'Geheim'",
    "Test-CsPersistentChatMessage -SenderC $c", "Test-CsPersistentChatMessage -rc @{UserName='a'; Pass`word='b'}",
    "@{PASSWORD='Geheim'}", "Set-CsUserPassword alice",
    "$p = 'Geheim'", '$p="Geheim"', "$p = \u2018Geheim\u2019", "Get-CsPool; $p = 'Geheim'", "${p} = @('Geheim')",
    "$p = @{A='Geheim'}", "$p = Write-Output 'Geheim'", "$p = 'a;b'",
]
PLAIN = [
    "Get-CsUser alice", "$people = Get-CsUser 'alice'", "$n = 5", "$a = $b", "$yes = $true",
    "$ErrorActionPreference = 'Stop'", "New-CsPersistentChatRoom -Name 'a' -Category 'b'",
    "Get-CsUser | Where-Object {$_.DisplayName -eq 'Alice'}", "Set-CsUser alice -DisplayName 'Alice'",
]


@pytest.mark.parametrize("line", SECRET)
def test_lines_that_may_hold_a_secret(line: str) -> None:
    assert may_hold_secret(line)


@pytest.mark.parametrize("line", PLAIN)
def test_lines_that_hold_none(line: str) -> None:
    assert not may_hold_secret(line)


def test_the_table_has_the_name_of_every_secret_parameter() -> None:
    names = {name for cmdlet in registry().all() for one in cmdlet.parameters if one.type.kind.is_secret
             for name in one.names}
    assert names == set(SECRET_PARAMETERS)


def test_every_secret_parameter_is_given_by_name() -> None:
    secret = [one for cmdlet in registry().all() for one in cmdlet.parameters if one.type.kind.is_secret]
    assert {one.position for one in secret} == {None}


def test_passwords_are_not_in_the_history(copy: Place) -> None:
    with Terminal(copy.data, "shell", PAGER="") as terminal:
        for line in (f"New-CsUser sip:eve@{SIP_DOMAIN} -Pass 'Geheim' | Out-Null", "$p = 'Geheim'", "Get-CsPool"):
            terminal.reads(PROMPT)
            terminal.types(f"{line}\r")
        terminal.reads("Fqdn      :")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0
    kept = (copy.data / "shell-history").read_text().splitlines()
    assert [line for line in kept if line.startswith("+")] == ["+Get-CsPool", "+exit"]


class Elsewhere(Terminal):
    """The shell of somebody elsewhere."""

    program = (sys.executable, "-c", REMOTE)


def test_a_shell_elsewhere_outlives_its_connection(serve: Callable[..., Server], copy: Place) -> None:
    copy.lines(f"Set-CsGroup -Identity CsAdministrator -Members @{{Add='sip:alice@{SIP_DOMAIN}'}}")
    first = serve("--web", "127.0.0.1:0")
    address = first.web
    words = ("--server", address, "--ca", str(copy.data / "tls" / "certificate.pem"), "--user", f"alice@{SIP_DOMAIN}",
             "shell")
    with Elsewhere(copy.data, *words, PARLOUR_PASSWORD="correct horse", HOME=str(copy.data)) as terminal:
        terminal.reads(PROMPT)
        terminal.types("Get-CsUser alice | % DisplayName\r")
        terminal.reads("\nAlice")
        terminal.reads(PROMPT)
        first.stop()
        terminal.types("Get-CsUser alice | % DisplayName\r")
        terminal.reads("\nparlour: ")
        terminal.reads(PROMPT)
        serve("--web", address.removeprefix("https://"))
        terminal.types("Get-CsUser alice | % DisplayName\r")
        terminal.reads("\nAlice")
        terminal.reads(PROMPT)
        terminal.types("exit\r")
        assert terminal.ends() == 0
