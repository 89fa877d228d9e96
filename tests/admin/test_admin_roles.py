"""What roles grant: the union of what each reaches, and nothing that a scope cannot hold back."""

from collections.abc import Sequence

import pytest

from parlour.addresses import DistinguishedName
from parlour.admin.catalog import registry
from parlour.admin.engine import ActsOn, Reach
from parlour.admin.roles import ALL_ROLES, Role, Roles, standard_roles
from parlour.directory.rolebook import RoleBook

SALES, INLAND, ABROAD = (DistinguishedName.parse(text) for text in (
    "OU=Sales,DC=litwareinc,DC=com", "OU=Inland,OU=Sales,DC=litwareinc,DC=com", "OU=Abroad,DC=litwareinc,DC=com"))
CMDLETS = [cmdlet for cmdlet in registry().all() if not cmdlet.meta.utility]


@pytest.fixture
def roles(role_book: RoleBook) -> Roles:
    return Roles(registry().all(), "S-1-5-21-1-2-3", role_book)


def role(*cmdlets: str, users: Sequence[str] = ("Global",), config: Sequence[str] = ("Global",)) -> Role:
    return Role("Own", "S-1", cmdlets, "CsHelpDesk", (), tuple(config), tuple(users))


def test_there_are_eleven_and_an_administrator_may_all() -> None:
    found = {one.identity: one for one in standard_roles(registry().all(), "S-1-5-21-1-2-3")}
    assert tuple(found) == ALL_ROLES
    assert len(found) == 11
    assert set(found["CsAdministrator"].cmdlets) == {cmdlet.meta.name for cmdlet in CMDLETS}
    assert len({one.sid for one in found.values()}) == 11


@pytest.mark.parametrize("name", ["CsViewOnlyAdministrator", "CsHelpDesk"])
def test_readers_change_nothing(name: str) -> None:
    (found,) = (one for one in standard_roles(registry().all(), "S") if one.identity == name)
    changing = {cmdlet.meta.name for cmdlet in CMDLETS if cmdlet.meta.changes}
    assert not changing & set(found.cmdlets)


@pytest.mark.parametrize("name", [one for one in ALL_ROLES if one != "CsAdministrator"])
def test_only_an_administrator_changes_roles_and_topology(name: str) -> None:
    (found,) = (one for one in standard_roles(registry().all(), "S") if one.identity == name)
    own = {"New-CsAdminRole", "Set-CsAdminRole", "Remove-CsAdminRole", "Update-CsAdminRole", "New-CsSipDomain",
           "Remove-CsSipDomain"}
    assert not own & set(found.cmdlets)


def test_a_global_role_grants_all_its_cmdlets(roles: Roles) -> None:
    granted = roles.granted([role("Get-CsUser", "New-CsAdminRole")])
    assert granted == {"get-csuser": Reach(), "new-csadminrole": Reach()}


def test_a_scoped_role_has_only_what_its_scopes_hold_back(roles: Roles) -> None:
    every = [cmdlet.meta.name for cmdlet in CMDLETS]
    granted = roles.granted([role(*every, users=[f"OU:{SALES}"])])
    held = {cmdlet.meta.name.lower(): cmdlet.meta.acts_on for cmdlet in CMDLETS}
    assert granted.keys() == {name for name, acts_on in held.items() if acts_on is not ActsOn.DEPLOYMENT}
    for name, reach in granted.items():
        assert reach == (Reach((SALES,)) if held[name] is ActsOn.PEOPLE else Reach())


def test_a_role_for_a_site_reaches_all_people(roles: Roles) -> None:
    granted = roles.granted([role("Get-CsUser", "Get-CsPersistentChatRoom", config=["site:Default"])])
    assert granted == {"get-csuser": Reach()}


def test_several_roles_add_up(roles: Roles) -> None:
    granted = roles.granted([role("Get-CsUser", users=[f"OU:{INLAND}"]), role("Get-CsUser", users=[f"OU:{ABROAD}"])])
    assert granted == {"get-csuser": Reach((INLAND, ABROAD))}
    assert roles.granted([role("Get-CsUser", users=[f"OU:{INLAND}"]), role("Get-CsUser")]) == {"get-csuser": Reach()}
    assert roles.granted([]) == {}


def test_a_cmdlet_that_is_no_more_grants_nothing(roles: Roles) -> None:
    assert roles.granted([role("Get-CsForgotten", "Where-Object")]) == {}


@pytest.mark.parametrize(("reach", "place", "covered"), [
    (Reach(), ABROAD, True), (Reach((SALES,)), SALES, True), (Reach((SALES,)), INLAND, True),
    (Reach((INLAND,)), SALES, False), (Reach((SALES, ABROAD)), ABROAD, True), (Reach(()), SALES, False)])
def test_a_container_reaches_what_lies_in_it(reach: Reach, place: DistinguishedName, covered: bool) -> None:
    assert reach.covers(place) is covered
