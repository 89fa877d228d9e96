"""The error conditions that the reference lists (reference/cmdlets.md section 1.5), as error records of the command."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server

ALICE, BOB, NOBODY = (f"sip:{name}@{SIP_DOMAIN}" for name in ("alice", "bob", "nobody"))
UNKNOWN_GROUP = "CN=Nobody,OU=Groups,DC=litwareinc,DC=com"
SERVICE = f"PersistentChatServer:{POOL}"
CHAT = "CsPersistentChat"

FURNITURE = "; ".join((
    f"New-CsUser 'sip:twin1@{SIP_DOMAIN}' -Password 'correct horse' -DisplayName Twin | Out-Null",
    f"New-CsUser 'sip:twin2@{SIP_DOMAIN}' -Password 'correct horse' -DisplayName Twin | Out-Null",
    f"New-{CHAT}Category -Name Trading | Out-Null",
    f"New-{CHAT}Room -Name Floor -Category Trading | Out-Null",
    f"New-{CHAT}Room -Name Stage -Category General -Type Auditorium | Out-Null",
    f"Set-{CHAT}Room Stage -Members {ALICE}, {BOB}",  # who was named once is known to lists from then on
    f"Set-{CHAT}Room Stage -Members $null",
    f"New-{CHAT}Addin -Name Ticker -Url https://ticker.litwareinc.com/ | Out-Null",
    f"New-{CHAT}Addin -Name Board -Url https://board.litwareinc.com/ | Out-Null",
    f"Set-{CHAT}Room Stage -Addin Ticker",
    f"New-{CHAT}Policy Out | Out-Null", f"Grant-{CHAT}Policy {ALICE} Out",
    f"New-{CHAT}Configuration site:Default | Out-Null",
    f"New-{CHAT}ComplianceConfiguration site:Default | Out-Null",
    "New-CsSipDomain other.example | Out-Null",
    "New-CsGroup Support | Out-Null", "New-CsAdminRole Support -Template CsHelpDesk | Out-Null"))


@pytest.fixture(scope="module")
def furnished(pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A deployment with one of everything that a command can be refused for; a node serves it."""
    data = shutil.copytree(pattern, tmp_path_factory.mktemp("refusals") / "data")
    place = Place(data)
    assert place.prints("shell", "-c", FURNITURE) == ""
    server = Server(data)
    yield place
    assert server.stop() == 0


MISTYPED = {"ParameterSetUnresolved", "ParameterValueInvalid"}
"""Errors of the line itself: nothing was run."""

ROWS = {
    # people whom the chat database does not know
    "somebody unknown in a category": (
        f"Set-{CHAT}Category General -AllowedMembers @{{Add='{NOBODY}'}}",
        "PrincipalNotProvisioned", "ObjectNotFound", NOBODY),
    "somebody unknown in a room": (
        f"Set-{CHAT}Room Engineering -Members @{{Add='{NOBODY}'}}",
        "PrincipalNotProvisioned", "ObjectNotFound", NOBODY),
    "an unknown group in a room": (
        f"Set-{CHAT}Room Engineering -Managers '{UNKNOWN_GROUP}'",
        "PrincipalNotProvisioned", "ObjectNotFound", UNKNOWN_GROUP),
    "an unknown container in a category": (
        f"Set-{CHAT}Category General -DeniedMembers 'OU=Nowhere,DC=litwareinc,DC=com'",
        "PrincipalNotProvisioned", "ObjectNotFound", "OU=Nowhere,DC=litwareinc,DC=com"),
    "a display name of nobody": (
        f"Set-{CHAT}Room Engineering -AsObject -Members @{{Add='Nobody'}}",
        "PrincipalNotProvisioned", "ObjectNotFound", "Nobody"),
    "a display name of two people": (
        f"Set-{CHAT}Room Engineering -AsObject -Members @{{Add='Twin'}}", "UserAmbiguous", "InvalidArgument", "Twin"),
    # categories
    "no such category for a new room": (
        f"New-{CHAT}Room -Name New -Category Nowhere", "ChatCategoryNotFound", "ObjectNotFound", "Nowhere"),
    "no such category to move to": (
        f"Set-{CHAT}Room Engineering -Category Nowhere", "ChatCategoryNotFound", "ObjectNotFound", "Nowhere"),
    "a category with rooms": (
        f"Remove-{CHAT}Category General", "ChatCategoryNotEmpty", "InvalidOperation", f"{POOL}\\General"),
    # names that are taken
    "a room called like a room": (
        f"New-{CHAT}Room -Name ENGINEERING -Category General", "ChatRoomExists", "ResourceExists", "ENGINEERING"),
    "a room called like a category": (
        f"New-{CHAT}Room -Name trading -Category General", "ChatRoomExists", "ResourceExists", "trading"),
    "a room renamed like a room": (
        f"Set-{CHAT}Room Engineering -Name Stage", "ChatRoomExists", "ResourceExists", "Stage"),
    "a room renamed like a category": (
        f"Set-{CHAT}Room Engineering -Name General", "ChatRoomExists", "ResourceExists", "General"),
    "a category called like a category": (
        f"New-{CHAT}Category -Name general", "ChatCategoryExists", "ResourceExists", "general"),
    "a category renamed like a category": (
        f"Set-{CHAT}Category Trading -Name General", "ChatCategoryExists", "ResourceExists", "General"),
    "an add-in called like another": (
        f"New-{CHAT}Addin -Name TICKER -Url https://x.example/", "ChatAddinExists", "ResourceExists", "TICKER"),
    "an add-in renamed like another": (
        f"Set-{CHAT}Addin Board -Name Ticker", "ChatAddinExists", "ResourceExists", "Ticker"),
    # identities that are taken
    "the global policy": (f"New-{CHAT}Policy global", "ChatPolicyExists", "ResourceExists", "Global"),
    "a policy again": (f"New-{CHAT}Policy out", "ChatPolicyExists", "ResourceExists", "out"),
    "the global configuration": (
        f"New-{CHAT}Configuration global", "ChatConfigurationExists", "ResourceExists", "Global"),
    "a configuration again": (
        f"New-{CHAT}Configuration site:Default", "ChatConfigurationExists", "ResourceExists", "Site:Default"),
    "the global compliance configuration": (
        f"New-{CHAT}ComplianceConfiguration global", "ComplianceConfigurationExists", "ResourceExists", "Global"),
    "a compliance configuration again": (
        f"New-{CHAT}ComplianceConfiguration site:Default", "ComplianceConfigurationExists", "ResourceExists",
        "Site:Default"),
    # what is in use
    "an add-in that a room has": (
        f"Remove-{CHAT}Addin Ticker", "ChatAddinInUse", "InvalidOperation", f"{POOL}\\Ticker"),
    "a policy that somebody has": (f"Remove-{CHAT}Policy Out", "CannotConfirm", "InvalidOperation",
                                    f"Remove-{CHAT}Policy"),
    # who is outside
    "somebody the category does not allow": (
        f"Set-{CHAT}Room Floor -Members @{{Add='{ALICE}'}}", "PrincipalsNotInScope", "InvalidOperation",
        f"{POOL}\\Floor"),
    "a creator the category does not allow": (
        f"Set-{CHAT}Category Trading -Creators @{{Add='{ALICE}'}}", "CreatorsNotInScope", "InvalidOperation",
        f"{POOL}\\Trading"),
    "a presenter who is no member": (
        f"Set-{CHAT}Room Stage -Presenters @{{Add='{BOB}'}}", "PresenterNotInMemberList", "InvalidOperation", "Stage"),
    "a presenter of a Normal room": (
        f"Set-{CHAT}Room Engineering -Members '{BOB}' -Presenters '{BOB}'", "PresentersOnNormalRoom",
        "InvalidOperation", "Engineering"),
    "invitations of its own": (
        f"Set-{CHAT}Room Engineering -Invitations True", "ParameterValueInvalid", "InvalidArgument", "True"),
    # what excludes each other
    "rooms: identity and filter": (
        f"Get-{CHAT}Room -Identity Stage -Filter S", "ParameterSetUnresolved", "InvalidArgument", "-Filter"),
    "policies: identity and filter": (
        f"Get-{CHAT}Policy -Identity Out -Filter *", "ParameterSetUnresolved", "InvalidArgument", "-Filter"),
    "compliance: identity and filter": (
        f"Get-{CHAT}ComplianceConfiguration -Identity global -Filter *", "ParameterSetUnresolved", "InvalidArgument",
        "-Filter"),
    "endpoints: filter and LDAP filter": (
        f"Get-{CHAT}Endpoint -Filter {{Enabled -eq $true}} -LdapFilter cn=a", "FiltersExcludeEachOther",
        "InvalidArgument", ""),
    "people: filter and LDAP filter": (
        "Get-CsUser -Filter {Enabled -eq $true} -LdapFilter cn=a", "FiltersExcludeEachOther", "InvalidArgument", ""),
    "category and room": (
        f"Get-{CHAT}EligiblePrincipal -Category General -Room Stage", "ParameterSetUnresolved", "InvalidArgument",
        "-Room"),
    "category and presenters": (
        f"Get-{CHAT}EligiblePrincipal -Category General -Presenters", "ParameterSetUnresolved", "InvalidArgument",
        "-Presenters"),
    "remove and replace": (
        f"Remove-{CHAT}Message -Identity Stage -Remove -ReplaceMessage x", "ParameterSetUnresolved",
        "InvalidArgument", "-ReplaceMessage"),
    "active servers and swap": (
        f"Set-{CHAT}ActiveServer {SERVICE} -ActiveServers {POOL} -Swap", "ParameterSetUnresolved", "InvalidArgument",
        "-Swap"),
    "two kinds of services": (
        "Get-CsService -PersistentChatServer -FileStore", "ParameterSetUnresolved", "InvalidArgument", "-FileStore"),
    # SIP domains
    "the default domain": (f"Remove-CsSipDomain {SIP_DOMAIN}", "SipDomainInUse", "InvalidOperation", SIP_DOMAIN),
    "a domain that is not the default any more": (
        f"Set-CsSipDomain {SIP_DOMAIN} -IsDefault $false", "SipDomainDefaultNeeded", "InvalidOperation", SIP_DOMAIN),
    # roles
    "a standard role removed": (
        "Remove-CsAdminRole CsHelpDesk -Confirm:$false", "AdminRoleStandard", "InvalidOperation", "CsHelpDesk"),
    "a standard role changed": (
        "Set-CsAdminRole CsHelpDesk -Cmdlets @{Add='Get-CsUser'}", "AdminRoleStandard", "InvalidOperation",
        "CsHelpDesk"),
    "a role without its group": (
        "New-CsAdminRole Nowhere -Template CsHelpDesk", "AdminRoleGroupMissing", "ObjectNotFound", "Nowhere"),
    "the last scope taken away": (
        "Set-CsAdminRole Support -UserScopes @{Remove='Global'}", "AdminRoleInvalid", "InvalidArgument", "Support"),
}


@pytest.mark.parametrize(("line", "name", "category", "target"), ROWS.values(), ids=ROWS.keys())
def test_a_condition_of_the_reference(
    furnished: Place, line: str, name: str, category: str, target: str
) -> None:
    status = 2 if name in MISTYPED else 1
    assert furnished.fails("shell", "-c", line, status=status).facts == (name, category, target)
