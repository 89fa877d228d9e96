"""How a line is read: dashes and quotes of word processors, names of parameters, what is wrong usage."""

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, new_endpoint

NEW = "New-CsPersistentChatEndpoint"
GET = "Get-CsPersistentChatEndpoint"
OURS = f"sip:pce@{SIP_DOMAIN}"
SEED_ROLES = 'Get-CsAdminRole | Where-Object {$_.Cmdlets –match "New-CsPersistentChatEndpoint"}'


@pytest.mark.parametrize("words", [
    (GET, "-Identity", OURS),
    (GET, OURS),
    (GET.lower(), "-IDENTITY", OURS),
    (GET.upper(), "-id", OURS),
    (GET, "-i", OURS),
    (GET, f"-Identity:{OURS}"),
    (GET, "–Identity", OURS),
    (GET, "—Identity", OURS),
    (GET, "―Identity", OURS),
    ("Get–CsPersistentChatEndpoint", OURS),
    ("Get—CsPersistentChatEndpoint", "–Identity", f"“{OURS}”"),
    (GET, "-Identity", f"‘{OURS}’"),
    (GET, "-Identity", "“Persistent", "Chat", "Endpoint", "1”"),
    (GET, "-Filter", f"SipAddress –eq “{OURS}”"),
    (GET, "-Identity", OURS, "-Verbose:$false", "-ErrorAction", "stop"),
])
def test_the_same_command_in_words(running: Place, words: tuple[str, ...]) -> None:
    assert running.prints(*words, "|", "Select-Object", "-ExpandProperty", "SipAddress") == f"{OURS}\n"


LINES = [
    f"{GET} –Identity “{OURS}”",
    f"Get–CsPersistentChatEndpoint —Identity ‘{OURS}’",
    f"{GET} -Filter {{SipAddress –eq “{OURS}”}}",
    f"{GET} | Where-Object {{$_.SipAddress –eq ‘{OURS}’}}",
    f"{GET} | where SipAddress -eq '{OURS}'",
    f"{GET} | ? {{$_.DisplayName -match '^persistent.*1$'}}",
    f"{GET} -Identity:{OURS}",
    f"{GET} `\n  -Identity {OURS}  # the friendly one",
    f"\n{GET} {OURS};\n",
    f"{GET} {OURS} |\n  Where-Object {{$_.Enabled}}",
]


@pytest.mark.parametrize("line", LINES)
def test_the_same_command_in_a_line(running: Place, line: str) -> None:
    ending = "" if line.endswith("\n") or "#" in line else " | Select-Object -ExpandProperty SipAddress"
    assert OURS in running.prints("shell", "-c", line + ending)


def test_typography_when_stopped(stopped: Place) -> None:
    plain = [f"{line} | Select-Object -ExpandProperty SipAddress" for line in LINES[:6]]
    assert stopped.lines("; ".join(plain)) == [OURS] * 6
    assert OURS in stopped.prints("Get–CsPersistentChatEndpoint", "—Identity", f"“{OURS}”")


@pytest.mark.parametrize("switch", ["-PassThru:$false", "-pass:$False"])
def test_switches_can_be_off(running: Place, switch: str) -> None:
    assert running.prints(*new_endpoint("off", switch, "-WhatIf:$false", "-Confirm:$false")) == ""
    assert running.prints("Remove-CsPersistentChatEndpoint", f"sip:off@{SIP_DOMAIN}", "-wi:$false", "-cf:$false") == ""


USAGE = {
    "unknown cmdlet": (("Get-Nothing",), "CommandNotFound", "ObjectNotFound", "Get-Nothing"),
    "unknown cmdlet behind": ((GET, "|", "Out-Nothing"), "CommandNotFound", "ObjectNotFound", "Out-Nothing"),
    "unknown parameter": ((GET, "-Bogus", "1"), "ParameterUnknown", "InvalidArgument", "-Bogus"),
    "ambiguous parameter": ((NEW, "-P", "1"), "ParameterAmbiguous", "InvalidArgument", "-P"),
    "doubled parameter": ((NEW, "-Sip", "1", "-SipAddress", "2"), "ParameterTwice", "InvalidArgument", "-SipAddress"),
    "missing parameter": ((NEW, "-SipAddress", "1"), "ParameterMissing", "InvalidArgument", NEW),
    "missing identity": (("Remove-CsPersistentChatEndpoint",), "ParameterMissing", "InvalidArgument",
                         "Remove-CsPersistentChatEndpoint"),
    "missing value": ((NEW, "-SipAddress"), "ParameterValueAbsent", "InvalidArgument", "-SipAddress"),
    "no value but a name": ((NEW, "-SipAddress", "-PersistentChatPoolFqdn", POOL), "ParameterValueAbsent",
                            "InvalidArgument", "-SipAddress"),
    "empty value": ((NEW, "-SipAddress", "", "-PersistentChatPoolFqdn", POOL),
                    "ParameterValueInvalid", "InvalidArgument", ""),
    "surplus argument": ((GET, "a", "b"), "ArgumentSurplus", "InvalidArgument", "b"),
    "no positions": ((NEW, "sip:x@litwareinc.com", "-PersistentChatPoolFqdn", POOL), "ArgumentSurplus",
                     "InvalidArgument", "sip:x@litwareinc.com"),
    "no switch value": ((NEW, "-PassThru:perhaps"), "ParameterValueInvalid", "InvalidArgument", "perhaps"),
    "no variables": ((GET, "-OutVariable", "x"), "ParameterUnsupported", "NotImplemented", "-OutVariable"),
    "sets": (("Get-CsAdminRole", "-Identity", "a", "-Filter", "b"), "ParameterSetUnresolved", "InvalidArgument",
             "-Filter"),
    "nothing behind the bar": ((GET, "|"), "SyntaxError", "ParserError", "|"),
}


@pytest.mark.parametrize(("words", "name", "category", "target"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_is_status_two(
    running: Place, words: tuple[str, ...], name: str, category: str, target: str
) -> None:
    assert running.fails(*words, status=2).facts == (name, category, target)


@pytest.mark.parametrize("key", ["unknown cmdlet", "unknown parameter", "missing parameter"])
def test_wrong_usage_when_stopped(stopped: Place, key: str) -> None:
    words, *facts = USAGE[key]
    assert stopped.fails(*words, status=2).facts == tuple(facts)


@pytest.mark.parametrize("line", [
    "$x += 1", "Get-CsPool > file", "& Get-CsPool", "Get-CsPool && Get-CsPool", "foreach ($x in 1) {}",
    "Get-CsPool | Where-Object {Get-CsPool}", "[System.IO.File]::ReadAllText('x')", "(Get-CsPool).Fqdn", "'", "{",
    "Get-CsPool | ForEach-Object {$_.Delete()}", "$env:PATH", '"$(Get-CsPool)"', "Get-CsPool | | Get-CsPool",
])
def test_what_is_not_part_of_the_language_is_status_two(running: Place, line: str) -> None:
    record = running.fails("shell", "-c", line, status=2)
    assert (record.category, record.id in ("SyntaxError", "SyntaxRefused")) == ("ParserError", True), record


def test_nothing_runs_unless_all_can_be_understood(place: Place) -> None:
    line = f"{' '.join(new_endpoint('half'))}; Get-Nothing"
    assert place.fails("shell", "-c", line, status=2).id == "CommandNotFound"


def test_a_failure_does_not_stop_the_next_command_but_stop_does(running: Place) -> None:
    both = "Get-CsPool other.com{}; Get-CsPool | Select-Object -ExpandProperty Fqdn"
    goes_on = running.shell(both.format(""))
    assert (goes_on.status, goes_on.out) == (1, f"{POOL}\n")
    stops = running.shell(both.format(" -ErrorAction Stop"))
    assert (stops.status, stops.out) == (1, "")
    silent = running.shell(both.format(" -ErrorAction SilentlyContinue"))
    assert (silent.out, silent.err) == (f"{POOL}\n", "")


def test_the_seed_line_for_roles(place: Place) -> None:
    assert place.lines(f"{SEED_ROLES} | Select-Object -ExpandProperty Identity") == [
        "CsAdministrator", "CsPersistentChatAdministrator"]


def test_the_seed_line_for_roles_prints_lists(running: Place) -> None:
    printed = running.prints("shell", "-c", SEED_ROLES)
    assert [line for line in printed.splitlines() if line.startswith("Identity")] == [
        "Identity       : CsAdministrator", "Identity       : CsPersistentChatAdministrator"]


@pytest.mark.parametrize("line", ["", "  ", "# nothing", ";"])
def test_an_empty_line_does_nothing(running: Place, line: str) -> None:
    with running.unchanged():
        assert running.prints("shell", "-c", line) == ""
