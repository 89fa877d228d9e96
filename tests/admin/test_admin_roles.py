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


CHAT = [f"CsPersistentChat{noun}" for noun in ("Room", "Category", "Addin", "Policy", "Configuration",
                                               "ComplianceConfiguration")]
HELD_BACK = {
    ActsOn.NOTHING: {"Get-CsAdminRole"},
    ActsOn.PEOPLE: {
        "Get-CsUser", "Get-CsAdUser", "Get-CsAdContact", "New-CsUser", "Set-CsUser", "Set-CsUserPassword",
        "Enable-CsUser", "Disable-CsUser", "Unlock-CsUser", "Remove-CsUser", "Get-CsAdminRoleAssignment",
        "Grant-CsPersistentChatPolicy"},
    ActsOn.POOLS: {
        *(f"{verb}-{noun}" for noun in CHAT for verb in ("New", "Get", "Set", "Remove")),
        "Clear-CsPersistentChatRoom", "Remove-CsPersistentChatMessage", "Get-CsPersistentChatAccess",
        "New-CsPersistentChatEndpoint", "Get-CsPersistentChatEndpoint", "Remove-CsPersistentChatEndpoint",
        "Get-CsPool", "Get-CsService", "Get-CsPersistentChatState", "Set-CsPersistentChatState",
        "Set-CsPersistentChatActiveServer",
        *(f"{verb}-CsPersistentChatHook" for verb in ("New", "Get", "Set", "Remove"))}}
"""What each kind of scopes holds back."""

_ROLES = "whoever makes roles could make himself a wider one"
_FRAME = "it is the frame of the whole deployment"
_GROUPS = "a group has people of any container in it, and stands in lists of any pool"
_BOTH = "it shows people and rooms together, each of which another kind of scopes holds back"
_BOTS = "a bot takes part in rooms of any pool"
_WHOLE = "it reads or writes the whole deployment at once"
NOT_SCOPED = {
    **dict.fromkeys(("New-CsAdminRole", "Set-CsAdminRole", "Remove-CsAdminRole", "Update-CsAdminRole"), _ROLES),
    **dict.fromkeys(("New-CsPool", "Remove-CsPool", "Get-CsSipDomain", "New-CsSipDomain", "Set-CsSipDomain",
                     "Remove-CsSipDomain"), _FRAME),
    **dict.fromkeys(("Get-CsGroup", "New-CsGroup", "Set-CsGroup", "Remove-CsGroup", "Get-CsAdPrincipal"), _GROUPS),
    **dict.fromkeys(("Get-CsPersistentChatSession", "Get-CsPersistentChatEligiblePrincipal",
                     "Get-CsPersistentChatHealth",
                     "Test-CsPersistentChatMessage"), _BOTH),
    **dict.fromkeys((*(f"{verb}-CsPersistentChatBot" for verb in ("New", "Get", "Set", "Remove")),
                     *(f"{verb}-CsPersistentChatBotToken" for verb in ("New", "Get", "Remove"))), _BOTS),
    **dict.fromkeys(("Export-CsPersistentChatData", "Import-CsPersistentChatData", "Get-CsAuditLog",
                     "Test-CsAuditLog"), _WHOLE)}
"""Cmdlets that a role with scopes does not have, and why."""


def test_of_every_cmdlet_somebody_decided_what_holds_it_back() -> None:
    found: dict[ActsOn, set[str]] = {acts_on: set() for acts_on in ActsOn}
    for cmdlet in CMDLETS:
        found[cmdlet.meta.acts_on].add(cmdlet.meta.name)
    assert found == HELD_BACK | {ActsOn.DEPLOYMENT: set(NOT_SCOPED)}


@pytest.mark.parametrize(("users", "config", "people", "pools"), [
    (["Global"], ["Global"], Reach(), Reach()),
    ([f"OU:{SALES}"], ["Global"], Reach(containers=(SALES,)), Reach()),
    (["Global"], ["site:Zurich"], Reach(), Reach(sites=("Zurich",))),
    ([f"OU:{SALES}"], ["site:Zurich", "site:Bern"], Reach(containers=(SALES,)), Reach(sites=("Zurich", "Bern"))),
    ([f"OU:{SALES}", "Global"], ["site:Zurich", "Global"], Reach(), Reach())])
def test_each_cmdlet_is_held_back_by_the_scopes_of_what_it_acts_on(
    roles: Roles, users: list[str], config: list[str], people: Reach, pools: Reach
) -> None:
    every = [cmdlet.meta.name for cmdlet in CMDLETS]
    reaches = {ActsOn.NOTHING: Reach(), ActsOn.PEOPLE: people, ActsOn.POOLS: pools}
    if "Global" in users and "Global" in config:
        reaches[ActsOn.DEPLOYMENT] = Reach()
    assert roles.granted([role(*every, users=users, config=config)]) == {
        cmdlet.meta.name.lower(): reaches[cmdlet.meta.acts_on] for cmdlet in CMDLETS
        if cmdlet.meta.acts_on in reaches}


def test_several_roles_add_up(roles: Roles) -> None:
    granted = roles.granted([role("Get-CsUser", users=[f"OU:{INLAND}"]), role("Get-CsUser", users=[f"OU:{ABROAD}"])])
    assert granted == {"get-csuser": Reach((INLAND, ABROAD))}
    assert roles.granted([role("Get-CsUser", users=[f"OU:{INLAND}"]), role("Get-CsUser")]) == {"get-csuser": Reach()}
    assert roles.granted([]) == {}
    sites = [role("Get-CsPool", config=[f"site:{name}"]) for name in ("Zurich", "Bern")]
    assert roles.granted(sites) == {"get-cspool": Reach(sites=("Zurich", "Bern"))}
    assert roles.granted([*sites, role("Get-CsPool", users=[f"OU:{INLAND}"])]) == {"get-cspool": Reach()}


def test_a_cmdlet_that_is_no_more_grants_nothing(roles: Roles) -> None:
    assert roles.granted([role("Get-CsForgotten", "Where-Object")]) == {}


@pytest.mark.parametrize(("reach", "place", "covered"), [
    (Reach(), ABROAD, True), (Reach((SALES,)), SALES, True), (Reach((SALES,)), INLAND, True),
    (Reach((INLAND,)), SALES, False), (Reach((SALES, ABROAD)), ABROAD, True), (Reach(()), SALES, False)])
def test_a_container_reaches_what_lies_in_it(reach: Reach, place: DistinguishedName, covered: bool) -> None:
    assert reach.covers(place) is covered
