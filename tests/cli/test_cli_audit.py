"""The audit log from the command line: what is in it, what is never in it, and who tampers with it."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server, records

Entry = dict[str, object]
PASSWORD = "Zq7-unmistakable-Xw3"
ANOTHER = "Kv9-unmistakable-Jb5"
TRIGGERS = ("audit_log_no_update", "audit_log_no_delete", "audit_log_no_replace")


def newest(place: Place, count: int, *more: str) -> list[Entry]:
    """Return the newest entries, oldest of them first."""
    return place.objects(" ".join((f"Get-CsAuditLog -ResultSize {count}", *more)))[::-1]


def facts(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    return [tuple(entry[name] for name in ("Cmdlet", "Outcome", "ErrorId", "Parameters", "Surface"))
            for entry in entries]


def test_every_command_leaves_a_trace(place: Place) -> None:
    assert place.run("Get-CsPool", f"-Identity:{POOL}").status == 0
    assert place.shell("Get-CsUser alice@litwareinc.com | Disable-CsUser -WhatIf; Get-CsNothing geheim").status == 2
    assert place.shell("Get-CsUser alice@litwareinc.com | Disable-CsUser -WhatIf").status == 0
    assert place.run("Remove-CsGroup", "CN=nobody", "-Confirm:$false").status == 1
    entries = newest(place, 7)
    assert facts(entries) == [
        ("Get-CsPool", "Completed", "", f'-Identity "{POOL}"', "CommandLine"),
        ("Get-CsNothing", "Refused", "CommandNotFound", "(1 masked)", "Shell"),
        ("Disable-CsUser", "Started", "", "-WhatIf", "Shell"),
        ("Get-CsUser", "Completed", "", '-Identity "alice@litwareinc.com"', "Shell"),
        ("Disable-CsUser", "WhatIf", "", "-WhatIf", "Shell"),
        ("Remove-CsGroup", "Started", "", '-Confirm "False" -Identity "CN=nobody"', "CommandLine"),
        ("Remove-CsGroup", "Failed", entries[-1]["ErrorId"], '-Confirm "False" -Identity "CN=nobody"', "CommandLine")]
    assert entries[-1]["ErrorId"] in ("PrincipalNotProvisioned", "DistinguishedNameInvalid")
    assert {(entry["Person"], entry["Address"], str(entry["Roles"])) for entry in entries} == {
        ("local operator", "local", "['CsAdministrator']")}
    assert (entries[4]["Targets"], entries[4]["Objects"], entries[4]["Started"]) == (
        ["sip:alice@litwareinc.com"], 1, entries[2]["Number"])
    first = entries[0]["Number"]
    assert isinstance(first, int)
    assert [entry["Number"] for entry in entries] == list(range(first, first + 7))


def test_the_log_is_read_with_filters(place: Place) -> None:
    place.shell("Get-CsPool; Get-CsSipDomain; Get-CsPool nowhere.litwareinc.com")
    for words, name, values in (
        ("-Cmdlet get-cssip*", "Cmdlet", {"Get-CsSipDomain"}), ("-Outcome Failed", "Outcome", {"Failed"}),
        ("-Surface CommandLine", "Surface", {"CommandLine"}), ("-Person 'local*'", "Person", {"local operator"}),
    ):
        found = place.objects(f"Get-CsAuditLog {words}")
        assert found
        assert {entry[name] for entry in found} <= values
    for words in ("-Person bob*", "-EndDate 2001-01-01", "-StartDate 2999-01-01", "-ResultSize 0", "-Surface Rest"):
        assert place.objects(f"Get-CsAuditLog {words}") == []
    oldest = place.objects("Get-CsAuditLog -Oldest -ResultSize 3")
    assert [entry["Number"] for entry in oldest] == [1, 2, 3]
    assert oldest[0]["Cmdlet"] == "New-CsUser"
    assert place.objects("Get-CsAuditLog -ResultSize Unlimited | Measure-Object | Select-Object Count") != []


@pytest.mark.parametrize(("words", "error"), [
    (("Get-CsAuditLog", "-Outcome", "Good"), "ParameterValueInvalid"),
    (("Get-CsAuditLog", "-ResultSize", "-1"), "ParameterValueInvalid"),
    (("Get-CsAuditLog", "-StartDate", "soon"), "ParameterValueInvalid"),
    (("Get-CsAuditLog", "-Bogus"), "ParameterUnknown")])
def test_bad_questions_are_refused(running: Place, words: Sequence[str], error: str) -> None:
    assert running.fails(*words, status=2).id == error


def test_who_may_read_it(stopped: Place) -> None:
    roles = stopped.objects("Get-CsAdminRole | Where-Object {$_.Cmdlets -contains 'Get-CsAuditLog'}")
    assert {role["Identity"] for role in roles} == {"CsAdministrator", "CsViewOnlyAdministrator"}
    roles = stopped.objects("Get-CsAdminRole | Where-Object {$_.Cmdlets -contains 'Test-CsAuditLog'}")
    assert {role["Identity"] for role in roles} == {"CsAdministrator", "CsViewOnlyAdministrator"}


# -- secrets

def everything(data: Path) -> bytes:
    """Return the bytes of the database, its log of changes included, and of whatever else lies in the folder."""
    return b"".join(path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file())


def use_passwords(place: Place) -> None:
    """Type passwords at right and wrong places; two of the commands are right."""
    address = f"dora@{SIP_DOMAIN}"
    assert place.run("user", "add", address, env={"PARLOUR_USER_PASSWORD": PASSWORD}).status == 0
    assert place.run("user", "passwd", address, env={"PARLOUR_USER_PASSWORD": ANOTHER}).status == 0
    for words in (
        ("New-CsUser", f"x@{SIP_DOMAIN}", "-Passwrd", PASSWORD),
        ("New-CsUser", f"x@{SIP_DOMAIN}", f"-Passwrd:{PASSWORD}"),
        ("New-CsUser", f"x@{SIP_DOMAIN}", "--password", PASSWORD),
        ("New-CsUser", f"x@{SIP_DOMAIN}", PASSWORD),
        ("New-CsUser", f"x@{SIP_DOMAIN}", "-Password", "one", PASSWORD),
        ("New-CsUser", f"x@{SIP_DOMAIN}", "-Password", f"-{PASSWORD}"),
        ("New-CsUsr", "-Password", PASSWORD),
        ("Set-CsUser", address, "-Password", PASSWORD),
        ("Set-CsUserPassword", address, PASSWORD),
        ("Set-CsUserPassword", f"nobody@{SIP_DOMAIN}", "-Password", PASSWORD),
        ("Set-CsUserPassword", address, "-Password", PASSWORD, "-WhatIf"),
    ):
        place.run(*words)
    for line in (
        f"Set-CsUserPassword {address} -Password; '{PASSWORD}'",
        f"Set-CsUserPassword {address} -Password ('{PASSWORD}'",
        f"{PASSWORD}", f"'{PASSWORD}' | Set-CsUserPassword {address}", f"Get-CsUser | Where-Object '{PASSWORD}'",
    ):
        place.shell(line)


def test_no_password_is_ever_in_the_file(copy: Place, serve: Callable[..., Server]) -> None:
    use_passwords(copy)
    assert PASSWORD.encode() not in everything(copy.data)
    server = serve()
    copy.run("Set-CsUserPassword", f"dora@{SIP_DOMAIN}", "-Password", PASSWORD)
    copy.run("Set-CsUserPassword", f"dora@{SIP_DOMAIN}", "-Passwrd", ANOTHER)
    found = everything(copy.data) + server.output().encode()
    assert (PASSWORD.encode() in found, ANOTHER.encode() in found) == (False, False)
    assert b"Set-CsUserPassword" in found
    outcomes = {(entry["Cmdlet"], entry["Outcome"]) for entry in copy.objects("Get-CsAuditLog")}
    assert {("New-CsUser", "Refused"), ("Set-CsUserPassword", "Completed"), ("New-CsUsr", "Refused"),
            ("Set-CsUserPassword", "WhatIf"), ("", "Refused")} <= outcomes


# -- without a trace, nothing is done

def edit(place: Place, *statements: str) -> None:
    """Edit the database behind Parlour's back."""
    with closing(sqlite3.connect(place.data / "parlour.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_what_cannot_be_recorded_is_not_done(copy: Place) -> None:
    edit(copy, "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    with copy.unchanged():
        outcome = copy.run("Disable-CsUser", f"alice@{SIP_DOMAIN}")
    assert (outcome.status, outcome.out) == (1, "")
    (record,) = records("\n".join(line for line in outcome.err.splitlines() if not line.startswith("{")) + "\n")
    assert (record.id, "the disk is full" in record.message) == ("AuditUnavailable", True)
    edit(copy, "DROP TRIGGER full")
    assert copy.prints("Disable-CsUser", f"alice@{SIP_DOMAIN}") == ""
    assert [entry["Outcome"] for entry in newest(copy, 2)] == ["Started", "Completed"]


def test_a_running_node_writes_before_and_after(copy: Place, serve: Callable[..., Server]) -> None:
    serve()
    assert copy.prints("Disable-CsUser", f"alice@{SIP_DOMAIN}") == ""
    (before, after) = newest(copy, 2)
    assert (before["Outcome"], after["Outcome"], after["Started"]) == ("Started", "Completed", before["Number"])


# -- tampering

def test_an_untouched_log_is_intact(place: Place) -> None:
    (check,) = place.objects("Test-CsAuditLog")
    assert (check["Intact"], check["FirstBroken"], check["Entries"]) == (True, None, check["LastNumber"])
    again = place.run("Test-CsAuditLog", f"-KnownHash:{str(check['LastHash']).upper()}")
    assert (again.status, again.err) == (0, "")


def test_a_hash_that_was_noted_must_be_there(running: Place) -> None:
    outcome = running.run("Test-CsAuditLog", "-KnownHash", "0" * 64)
    assert (outcome.status, records(outcome.err)[0].id) == (1, "AuditLogBroken")


@pytest.mark.parametrize(("statement", "number"), [
    ("UPDATE audit_log SET person = 'bob' WHERE number = 3", 3),
    ("UPDATE audit_log SET moment = 'x' WHERE number = 2", 2),
    ("UPDATE audit_log SET parameters = '[', roles = x'ff' WHERE number = 2", 2),
    ("DELETE FROM audit_log WHERE number = 4", 4),
    ("DELETE FROM audit_log WHERE number = (SELECT max(number) FROM audit_log)", 10),
    ("UPDATE audit_log SET number = CASE number WHEN 3 THEN 1000003 ELSE number END", 3),
])
def test_tampering_is_shown(copy: Place, statement: str, number: int) -> None:
    edit(copy, *(f"DROP TRIGGER {name}" for name in TRIGGERS), statement)
    outcome = copy.run("Test-CsAuditLog")
    assert outcome.status == 1
    assert f"FirstBroken : {number}\n" in outcome.out
    assert "Intact      : False\n" in outcome.out
    (record,) = records(outcome.err)
    assert (record.id, record.category, record.target) == ("AuditLogBroken", "SecurityError", str(number))
    assert copy.objects("Get-CsAuditLog -ResultSize 20") != []
    assert copy.run("Test-CsAuditLog").status == 1
