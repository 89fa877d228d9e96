"""What is printed: JSON, CSV, tables, help; and every example of every help page."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server, parlour

from parlour.admin.catalog import registry

CMDLETS = registry().all()
EXAMPLES = [(cmdlet.meta.name, example.code) for cmdlet in CMDLETS for example in cmdlet.meta.examples]
LISTING = ["Get-CsPersistentChatEndpoint", "Get-CsAdminRole", "Get-CsPersistentChatRoom",
           "Get-CsPersistentChatCategory", "Get-CsPool", "Get-CsSipDomain", "Get-CsUser", "Get-Command"]


@pytest.mark.parametrize("cmdlet", LISTING)
def test_json_and_csv_hold_the_same_objects(running: Place, cmdlet: str) -> None:
    objects = running.objects(cmdlet)
    assert objects
    assert all(entry.keys() == objects[0].keys() for entry in objects)
    text = running.prints(cmdlet, "|", "ConvertTo-Csv", "-NoTypeInformation")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [list(row) for row in rows] == [list(entry) for entry in objects]
    first = next(iter(objects[0]))
    assert [row[first] for row in rows] == [entry[first] for entry in objects]


def test_json_when_stopped(stopped: Place) -> None:
    people = {user["SipAddress"] for user in stopped.objects("Get-CsUser")}
    assert {f"sip:{name}@{SIP_DOMAIN}" for name in ("alice", "bob")} <= people
    assert len(stopped.objects("Get-CsPersistentChatEndpoint")) >= 2


def test_json_of_odd_characters(copy: Place) -> None:
    name = 'a"b\\c <&> é😀 ‘“'
    copy.prints("New-CsPersistentChatEndpoint", "-SipAddress", f"sip:odd@{SIP_DOMAIN}", "-PersistentChatPoolFqdn",
                POOL, "-DisplayName", name)
    text = copy.prints("Get-CsPersistentChatEndpoint", f"sip:odd@{SIP_DOMAIN}", "|", "ConvertTo-Json", "-Compress")
    assert json.loads(text)["DisplayName"] == name
    assert text.count("\n") == 1


def test_nothing_is_printed_of_nothing(running: Place) -> None:
    for ending in ("", " | ConvertTo-Json", " | ConvertTo-Csv", " | Format-Table", " | Format-List"):
        assert running.prints("shell", "-c", f"Get-CsPersistentChatEndpoint -ResultSize 0{ending}") == ""


def test_four_properties_are_a_table_and_five_a_list(running: Place) -> None:
    table = running.prints("Get-CsSipDomain").splitlines()
    assert table[1].split() == ["Identity", "Name", "IsDefault"]
    assert running.prints("Get-CsPool").splitlines()[1] == f"Identity  : {POOL}"


def test_a_narrow_terminal_and_no_escapes(running: Place) -> None:
    outcome = running.run("Get-CsUser", env={"COLUMNS": "40"})
    assert max(map(len, outcome.out.splitlines())) <= 40
    assert "\x1b" not in outcome.out


# -- help


@pytest.mark.parametrize("name", [cmdlet.meta.name for cmdlet in CMDLETS])
def test_help_of_every_cmdlet(running: Place, name: str) -> None:
    page = running.prints("Get-Help", name)
    for heading in ("NAME", "SYNOPSIS", "SYNTAX", "PARAMETERS", "EXAMPLE 1"):
        assert f"{heading}\n" in page
    assert f"    {name}" in page


def test_help_is_the_same_by_every_way(running: Place) -> None:
    page = running.prints("Get-Help", "Get-CsPool")
    assert running.prints("Get-CsPool", "-?") == running.prints("get-help", "get-cspool") == page


def test_every_cmdlet_is_listed(running: Place) -> None:
    names = [cmdlet.meta.name for cmdlet in CMDLETS]
    assert running.lines("Get-Command | Select-Object -ExpandProperty Name") == names
    assert running.lines("Get-Help | Select-Object -ExpandProperty Name") == names
    assert running.fails("Get-Help", "Get-Nothing").id == "CommandNotFound"


def test_every_cmdlet_has_an_example() -> None:
    assert {name for name, _ in EXAMPLES} == {cmdlet.meta.name for cmdlet in CMDLETS}


_BOT = f"New-CsPersistentChatBot -DisplayName 'Build server' -SipAddress sip:builds@{SIP_DOMAIN}"
NEEDS = {
    "pce2": f"New-CsPersistentChatEndpoint -SipAddress sip:pce2@{SIP_DOMAIN} -PersistentChatPoolFqdn {POOL}",
    "dora": f"New-CsUser sip:dora@{SIP_DOMAIN} -Password x",
    "fabrikam": "New-CsSipDomain fabrikam.com",
    "Traders": "New-CsGroup Traders",
    'Trading"': "New-CsPersistentChatCategory -Name Trading",
    "Ticker": "New-CsPersistentChatAddin -Name Ticker -Url https://ticker.example/",
    "Contractors": "New-CsPersistentChatPolicy Contractors",
    "site:Default": "New-CsPersistentChatConfiguration site:Default",
    'Get-CsUser -OU "OU=Sales':
        f"New-CsUser sip:sally@{SIP_DOMAIN} -Password x -Container 'OU=Sales,DC=litwareinc,DC=com'",
    "HelpDesk": "New-CsGroup HelpDesk",
    "atl-pcpool-002": "New-CsPool atl-pcpool-002.litwareinc.com -Site Atlanta",
    "Compliance": "New-CsPersistentChatComplianceConfiguration site:Default",
    "Test-CsPersistentChatMessage": "Set-CsPersistentChatRoom Engineering -Privacy Open -Disabled $false",
    'Identity "sip:builds@': _BOT,
    'SipAddress "sip:builds@': f"Remove-CsPersistentChatBot sip:builds@{SIP_DOMAIN}",
}
REMOVES = {
    "pce2": f"Remove-CsPersistentChatEndpoint sip:pce2@{SIP_DOMAIN} -Force",
    "fabrikam": "Remove-CsSipDomain fabrikam.com -Force",
    "Traders": "Remove-CsGroup Traders",
    'Trading"': "Remove-CsPersistentChatCategory Trading",
    "Ticker": "Remove-CsPersistentChatAddin Ticker -Force",
    "Contractors": "Remove-CsPersistentChatPolicy Contractors -Force",
    "site:Default": "Remove-CsPersistentChatConfiguration site:Default -Force",
    "Compliance": "Remove-CsPersistentChatComplianceConfiguration site:Default -Force",
    "HelpDesk": "New-CsGroup HelpDesk",  # a role belongs to a group that is there
    'Identity "sip:builds@': _BOT,  # a token belongs to a bot that is there
    'SipAddress "sip:builds@': f"Remove-CsPersistentChatBot sip:builds@{SIP_DOMAIN}",
}


def _makes(code: str) -> bool:
    return code.startswith("New-")


@pytest.fixture(scope="module")
def examples(pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A served deployment to spoil."""
    data = shutil.copytree(pattern, tmp_path_factory.mktemp("examples") / "data")
    (data.parent / "rooms.csv").write_text(f"Name,Pool,Category\nWork,{POOL},General\n")
    server = Server(data)
    yield Place(data)
    server.stop()


@pytest.mark.parametrize(("number", "code"), list(enumerate(code for _, code in EXAMPLES)))
def test_every_example_runs(examples: Place, number: int, code: str) -> None:
    """Each finds what it names, and nothing of what it makes."""
    # one pool again: with several, names need theirs
    examples.shell(f"Get-CsPool | Where-Object Identity -ne {POOL} | Remove-CsPool; " + "; ".join(
        (REMOVES if _makes(code) else NEEDS).get(key, "Get-CsPool") for key in NEEDS if key in code))
    if _makes(code):
        code = code.replace("dora@", f"dora{number}@").replace('Name "Engineering', f'Name "Engineering {number}')
    outcome = parlour("shell", "-c", code, data=examples.data, cwd=examples.data.parent)  # where files may lie
    complaints = [line for line in outcome.err.splitlines() if not line.startswith(("WARNING: ", "VERBOSE: "))]
    assert (outcome.status, complaints) == (0, []), outcome
