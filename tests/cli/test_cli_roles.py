"""Roles of one's own by the real command: made, changed, refreshed, removed, and who has them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, parlour, records
from tests.cli.terminal import Terminal

ALICE = f"sip:alice@{SIP_DOMAIN}"
NEW, GET, SET, REMOVE = "New-CsAdminRole", "Get-CsAdminRole", "Set-CsAdminRole", "Remove-CsAdminRole"
SALES = "OU=Sales,DC=litwareinc,DC=com"
TIDY = (f"{REMOVE} -Filter * -Confirm:$false; Get-CsGroup | Where-Object Name -notlike Cs* | Remove-CsGroup; "
        "Set-CsGroup CsHelpDesk -Members $null; Set-CsAdminRole CsHelpDesk -ScriptModules $null")


@pytest.fixture
def desk(running: Place) -> Iterator[Place]:
    """A deployment with a group for a role."""
    running.prints("New-CsGroup", "Help Desk", "|", "Out-Null")
    yield running
    running.prints("shell", "-c", TIDY)


def role(place: Place, name: str = "Help Desk") -> dict[str, object]:
    """Return a role."""
    (found,) = place.objects(f'{GET} "{name}"')
    return found


def make(place: Place, *more: str) -> dict[str, object]:
    """Make the role of the group."""
    place.prints(NEW, "-Identity", "help desk", "-Template", "CsHelpDesk", *more, "|", "Out-Null")
    return role(place)


def test_a_roles_whole_life(desk: Place) -> None:
    made = make(desk)
    (template,) = desk.objects(f"{GET} CsHelpDesk")
    assert made == {**template, "Identity": "Help Desk", "SID": made["SID"], "IsStandardRole": False,
                    "TemplateName": "CsHelpDesk"}
    assert str(made["SID"]).rpartition("-")[0] == str(template["SID"]).rpartition("-")[0]
    assert desk.objects(f"{GET} -Sid {made['SID']}") == [made]
    desk.prints(SET, "Help Desk", "-Cmdlets", '@{Add="set-csuserpassword"; Remove="Get-CsGroup"}', "-UserScopes",
                f'@{{Replace="ou:{SALES}"}}', "-ConfigScopes", "site:default", "-ScriptModules", "Unlock.ps1:Unlock")
    changed = role(desk)
    assert "Set-CsUserPassword" in changed["Cmdlets"]  # type: ignore[operator]
    assert "Get-CsGroup" not in changed["Cmdlets"]  # type: ignore[operator]
    assert (changed["UserScopes"], changed["ConfigScopes"], changed["ScriptModules"]) == (
        [f"OU:{SALES}"], ["site:Default"], ["Unlock.ps1:Unlock"])
    desk.prints(REMOVE, "Help Desk", "-Confirm:$false")
    assert desk.lines(f"{GET} -Filter *Desk | Select-Object -ExpandProperty Identity") == ["CsHelpDesk"]
    assert desk.lines('Get-CsGroup "Help Desk" | Select-Object -ExpandProperty Name') == ["Help Desk"]


def test_a_role_made_again_has_the_number_of_its_group(desk: Place) -> None:
    first = make(desk)["SID"]
    desk.prints(REMOVE, "Help Desk", "-Confirm:$false")
    assert make(desk)["SID"] == first
    desk.prints(REMOVE, "Help Desk", "-Confirm:$false")
    desk.prints("Remove-CsGroup", "Help Desk")
    desk.prints("New-CsGroup", "Help Desk", "|", "Out-Null")
    assert make(desk)["SID"] != first


def test_without_being_kept_it_can_be_looked_at(desk: Place) -> None:
    with desk.unchanged():
        (made,) = desk.objects(f'{NEW} "Help Desk" -Template CsHelpDesk -InMemory')
        assert made["TemplateName"] == "CsHelpDesk"
        what_if = desk.prints(NEW, "Help Desk", "-Template", "CsHelpDesk", "-WhatIf")
    assert what_if == f'What if: Performing the operation "{NEW}" on target "Help Desk".\n'


@pytest.mark.parametrize(("line", "facts"), [
    ((NEW, "Nowhere", "-Template", "CsHelpDesk"), ("AdminRoleGroupMissing", "ObjectNotFound", "Nowhere")),
    ((NEW, "CsHelpDesk", "-Template", "CsHelpDesk"), ("AdminRoleExists", "ResourceExists", "CsHelpDesk")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesc"), ("AdminRoleNotFound", "ObjectNotFound", "CsHelpDesc")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-Cmdlets", "Get-Nonsense"),
     ("CommandNotFound", "ObjectNotFound", "Get-Nonsense")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-Cmdlets", "Where-Object"),
     ("CommandNotFound", "ObjectNotFound", "Where-Object")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-Cmdlets", "$null"),
     ("AdminRoleInvalid", "InvalidArgument", "Help Desk")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-ConfigScopes", "site:Mars"),
     ("SiteUnknown", "ObjectNotFound", "site:Mars")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-ConfigScopes", "Redmond"),
     ("AdminRoleInvalid", "InvalidArgument", "Help Desk")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-UserScopes", "OU:CN=x,DC=litwareinc,DC=com"),
     ("DistinguishedNameInvalid", "InvalidArgument", "CN=x,DC=litwareinc,DC=com")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-UserScopes", SALES),
     ("AdminRoleInvalid", "InvalidArgument", "Help Desk")),
    ((NEW, "Help Desk", "-Template", "CsHelpDesk", "-ScriptModules", "../x.ps1"),
     ("AdminRoleInvalid", "InvalidArgument", "Help Desk")),
    ((SET, "Nobody", "-Cmdlets", "Get-CsUser"), ("AdminRoleNotFound", "ObjectNotFound", "Nobody")),
    ((SET, "CsHelpDesk", "-Cmdlets", "Get-CsUser"), ("AdminRoleStandard", "InvalidOperation", "CsHelpDesk")),
    ((SET, "CsHelpDesk", "-UserScopes", "Global"), ("AdminRoleStandard", "InvalidOperation", "CsHelpDesk")),
    ((REMOVE, "CsHelpDesk", "-Confirm:$false"), ("AdminRoleStandard", "InvalidOperation", "CsHelpDesk")),
    ((REMOVE, "Nobody", "-Confirm:$false"), ("AdminRoleNotFound", "ObjectNotFound", "Nobody")),
    ((REMOVE, "-Sid", "S-1-5-21-1", "-Confirm:$false"), ("AdminRoleNotFound", "ObjectNotFound", "S-1-5-21-1")),
    (("Remove-CsGroup", "CsHelpDesk"),
     ("AdminRoleGroupInUse", "InvalidOperation", "CN=CsHelpDesk,OU=Groups,DC=litwareinc,DC=com")),
    (("Get-CsAdminRoleAssignment", "nobody"), ("UserNotFound", "ObjectNotFound", "nobody")),
    (("Get-CsAdminRoleAssignment", "Alice A"), ("UserNotFound", "ObjectNotFound", "Alice A")),
])
def test_what_cannot_be(desk: Place, line: tuple[str, ...], facts: tuple[str, str, str]) -> None:
    assert desk.fails(*line).facts == facts


def test_the_last_scope_stays(desk: Place) -> None:
    make(desk, "-UserScopes", f"OU:{SALES}")
    assert desk.fails(SET, "Help Desk", "-UserScopes", f'@{{Remove="OU:{SALES}"}}').id == "AdminRoleInvalid"
    desk.prints(SET, "Help Desk", "-UserScopes", '@{Replace="Global"}')
    assert role(desk)["UserScopes"] == ["Global"]


def test_a_second_role_of_a_group_is_refused(desk: Place) -> None:
    make(desk)
    assert desk.fails(NEW, "HELP DESK", "-Template", "CsHelpDesk").facts == (
        "AdminRoleExists", "ResourceExists", "HELP DESK")
    assert desk.fails("Remove-CsGroup", "Help Desk").id == "AdminRoleGroupInUse"


def test_scripts_of_a_standard_role(desk: Place) -> None:
    desk.prints(SET, "CsHelpDesk", "-ScriptModules", '@{Add="Unlock.ps1"}')
    found = role(desk, "CsHelpDesk")
    assert (found["ScriptModules"], found["IsStandardRole"]) == (["Unlock.ps1"], True)
    assert "Get-CsUser" in found["Cmdlets"]  # type: ignore[operator]
    desk.prints(SET, "CsHelpDesk", "-ScriptModules", "$null")
    assert role(desk, "CsHelpDesk")["ScriptModules"] == []


def test_removing_asks_and_names_what(desk: Place) -> None:
    make(desk)
    assert desk.fails(REMOVE, "Help Desk").id == "CannotConfirm"
    refused = desk.run(REMOVE, "-Confirm:$false")
    assert [record.id for record in records(refused.err)] == ["ParameterMissing"]
    with Terminal(desk.data, REMOVE, "Help Desk") as terminal:
        terminal.reads("[Y] Yes")
        terminal.types("y\r")
        assert terminal.ends() == 0
    assert desk.lines(f"{GET} -Filter Help*") == []


def test_assignments_by_whatever_group(desk: Place) -> None:
    make(desk)
    desk.prints("New-CsGroup", "Night shift", "|", "Out-Null")
    desk.prints("Set-CsGroup", "Night shift", "-Members", f'@{{Add="{ALICE}"}}')
    desk.prints("Set-CsGroup", "Help Desk", "-Members", "CN=Night shift,OU=Groups,DC=litwareinc,DC=com")
    desk.prints("Set-CsGroup", "CsHelpDesk", "-Members", ALICE)
    for name in ("alice", "ALICE", f"alice@{SIP_DOMAIN}"):
        assert desk.lines(f"Get-CsAdminRoleAssignment {name}") == ["CsHelpDesk", "Help Desk"]
    assert desk.lines("Get-CsAdminRoleAssignment bob") == []


def test_refreshing_makes_what_is_missing_and_forgets_what_is_gone(copy: Place) -> None:
    copy.prints("New-CsGroup", "Help Desk", "|", "Out-Null")
    make(copy)
    with closing(sqlite3.connect(copy.data / "parlour.db")) as database, database:
        database.execute("DELETE FROM principals WHERE display_name = 'CsVoiceAdministrator'")
        database.execute("UPDATE admin_roles SET cmdlets = '[\"Get-CsUser\", \"Get-CsForgotten\"]'")
    copy.prints("Update-CsAdminRole")
    assert role(copy)["Cmdlets"] == ["Get-CsUser"]
    assert copy.lines("Get-CsGroup CsVoiceAdministrator | Select-Object -ExpandProperty Name") == [
        "CsVoiceAdministrator"]


def test_init_makes_an_administrator(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = parlour("init", "--data", str(data), "--sip-domain", SIP_DOMAIN, "--pool", POOL, "--admin", "root",
                   env={"PARLOUR_ADMIN_PASSWORD": "a good one"})
    assert (made.status, made.err) == (0, "")
    assert Place(data).lines("Get-CsAdminRoleAssignment root") == ["CsAdministrator"]
