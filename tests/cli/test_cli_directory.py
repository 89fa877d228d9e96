"""Get-CsUser, Get-CsAdUser, Get-CsAdPrincipal and Get-CsAdContact by the real command."""

import shutil
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, line_of

FOREST = "DC=litwareinc,DC=com"
SALES = f"OU=Sales,{FOREST}"
EAST = f"OU=East,{SALES}"
ALICE = f"sip:alice@{SIP_DOMAIN}"
BOB = f"sip:bob@{SIP_DOMAIN}"
CAROL = f"sip:carol@{SIP_DOMAIN}"
CAROL_NAME = f"CN=carol@{SIP_DOMAIN},{EAST}"
USERS = ("Get-CsUser", "Get-CsAdUser")
ALL = (*USERS, "Get-CsAdPrincipal", "Get-CsAdContact", "Get-CsPersistentChatEndpoint")


@pytest.fixture(scope="module")
def office(pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A deployment of this module's own, with people in containers and a group."""
    place = Place(shutil.copytree(pattern, tmp_path_factory.mktemp("office") / "data"))
    made = place.shell("; ".join((
        f"New-CsUser {CAROL} -Password 'x' -DisplayName 'Carol' -Container '{EAST}'",
        f"New-CsUser 'sip:twin@{SIP_DOMAIN}' -Password 'x' -DisplayName 'Bob'",
        "New-CsGroup 'Traders'", f"Disable-CsUser '{CAROL}'")))
    assert (made.status, made.err) == (0, ""), made
    return place


def found(place: Place, line: str) -> list[str]:
    """Return the addresses of what a line lists."""
    return place.lines(f"{line} | Select-Object -ExpandProperty SipAddress")


def test_a_user_has_the_documented_properties(office: Place) -> None:
    (carol,) = office.objects(f"Get-CsUser {CAROL}")
    assert list(carol) == ["Identity", "DistinguishedName", "Name", "DisplayName", "SipAddress", "UserPrincipalName",
                           "SamAccountName", "RegistrarPool", "Enabled", "LockedOut", "PersistentChatPolicy", "Guid",
                           "WhenCreated", "WhenChanged"]
    assert carol["Identity"] == carol["DistinguishedName"] == CAROL_NAME
    assert (carol["SamAccountName"], carol["UserPrincipalName"]) == ("carol", f"carol@{SIP_DOMAIN}")
    assert (carol["RegistrarPool"], carol["Enabled"], carol["PersistentChatPolicy"]) == (POOL, False, None)


@pytest.mark.parametrize("cmdlet", [*USERS, "Get-CsAdPrincipal"])
def test_every_form_of_identity_finds_the_person(office: Place, cmdlet: str) -> None:
    forms = (CAROL, CAROL.upper(), f"carol@{SIP_DOMAIN}", "LITWAREINC\\carol", "litwareinc\\CAROL", "carol", "Car*",
             CAROL_NAME, CAROL_NAME.lower())
    lines = (f"{line_of(cmdlet, form)} | Select-Object -ExpandProperty SipAddress" for form in forms)
    assert office.lines("; ".join(lines)) == [CAROL] * len(forms)


CHOICES = {
    "a display name of several": ("'B*'", [BOB, f"sip:twin@{SIP_DOMAIN}"]),
    "a display name of nobody": ("'Z*'", []),
    "filter": ("-Filter {Enabled -ne $true}", [CAROL]),
    "filter by name": ("-Filter 'SamAccountName -like \"a*\" -or DistinguishedName -like \"*OU=East*\"'",
                       [ALICE, CAROL]),
    "ldap": ("-LdapFilter '(&(objectClass=user)(sAMAccountName=a*))'", [ALICE]),
    "ldap without parentheses": ("-LdapFilter 'displayName=Carol'", [CAROL]),
    "ldap with several and without": ("-LdapFilter '|(displayName=Carol)(displayName=Alice)'", [ALICE, CAROL]),
    "container": (f"-OU '{EAST}'", [CAROL]),
    "container around it": (f"-OU '{SALES.lower()}'", [CAROL]),
    "filter in a container": (f"-OU 'OU=Users,{FOREST}' -Filter {{DisplayName -eq 'Alice'}}", [ALICE]),
    "none": ("-ResultSize 0", []),
    "one": ("-ResultSize 1 -Filter {DisplayName -eq 'Bob'}", [BOB]),
    "unlimited": ("-ResultSize Unlimited", [ALICE, BOB, CAROL, f"sip:twin@{SIP_DOMAIN}"]),
}


@pytest.mark.parametrize(("words", "expected"), CHOICES.values(), ids=CHOICES.keys())
def test_people_are_chosen(office: Place, words: str, expected: list[str]) -> None:
    assert found(office, f"Get-CsUser {words}") == expected


def test_everybody_is_at_home_here(office: Place) -> None:
    counts = office.lines("; ".join(
        f"Get-CsUser {switch} | Measure-Object | Select-Object -ExpandProperty Count" for switch in (
            "-OnLyncServer", "-OnModernServer", "-OnOfficeCommunicationServer", "-UnAssignedUser")))
    assert counts == ["4", "4", "0", "0"]


def test_sizes_count_over_the_whole_pipeline(office: Place) -> None:
    assert found(office, f"'{ALICE}', '{BOB}', '{CAROL}' | Get-CsUser -ResultSize 2") == [ALICE, BOB]


def test_users_go_on_through_pipelines(office: Place) -> None:
    said = office.lines(f"Get-CsUser -OU '{SALES}' | Enable-CsUser -WhatIf; Get-CsAdUser Carol | Get-CsUser | "
                        "Set-CsUser -Container 'OU=X,DC=litwareinc,DC=com' -WhatIf; Get-CsAdPrincipal Carol | "
                        "Grant-CsPersistentChatPolicy -PolicyName $null -WhatIf")
    assert len(said) == 3
    assert all(CAROL in line for line in said)


@pytest.mark.parametrize("cmdlet", ALL)
def test_bad_conditions_are_refused_by_all(office: Place, cmdlet: str) -> None:
    calls = [(("-Filter", "DisplayName -eq"), "FilterInvalid"), (("-Filter", "Nonsense -eq 1"), "FilterInvalid"),
             (("-LdapFilter", "(cn=a"), "FilterInvalid"), (("-LdapFilter", "cn"), "FilterInvalid"),
             (("-Filter", "Name -eq 1", "-LdapFilter", "cn=a"), "FiltersExcludeEachOther"),
             (("-OU", f"OU=Nowhere,{FOREST}"), "ContainerNotFound"), (("-OU", "Sales"), "DistinguishedNameInvalid")]
    records = office.fails_each((cmdlet, *words) for words, _ in calls)
    assert [(record.command, record.id) for record in records] == [(cmdlet, name) for _, name in calls]
    assert all(" at column " in record.message for record in records[:4])


def test_a_filter_says_where_it_is_wrong_as_it_was_typed(office: Place) -> None:
    typed = ("&(cn=a)(cn", "(&(cn=a)(cn")
    records = office.fails_each(("Get-CsUser", "-LdapFilter", text) for text in typed)
    first, second = (record.message for record in records)
    assert "column 9:" in first
    assert "column 10:" in second


@pytest.mark.parametrize("size", ["-1", "2147483648", "many"])
def test_sizes_that_are_none_are_refused(office: Place, size: str) -> None:
    assert office.fails("Get-CsUser", f"-ResultSize:{size}", status=2).id == "ParameterValueInvalid"


def test_what_cannot_be_obeyed_is_said(office: Place) -> None:
    assert "Credential" in office.fails("Get-CsUser", "-Credential", "somebody", status=2).message
    outcome = office.run("Get-CsUser", ALICE, "-DomainController", "dc.litwareinc.com")
    assert outcome.status == 0
    assert "WARNING: -DomainController is not used" in outcome.out + outcome.err


def test_nobody_and_several_are_errors(office: Place) -> None:
    calls = [(("Get-CsUser", "nobody"), "UserNotFound"), (("Get-CsUser", "bob"), "UserAmbiguous"),
             (("Get-CsAdUser", f"CN=carol@{SIP_DOMAIN},OU=Users,{FOREST}"), "UserNotFound"),
             (("Get-CsAdUser", "CONTOSO\\carol"), "UserNotFound"), (("Disable-CsUser", "Bob"), "UserAmbiguous"),
             (("Disable-CsUser", "Car*"), "UserNotFound"), (("Get-CsAdPrincipal", "Bob"), "DirectoryObjectAmbiguous"),
             (("Get-CsAdPrincipal", "nobody"), "PrincipalNotProvisioned"),
             (("Get-CsAdContact", "Carol"), "ContactNotFound"),
             (("Get-CsAdContact", f"sip:pce@{SIP_DOMAIN}"), "ContactNotFound")]
    assert [record.id for record in office.fails_each(words for words, _ in calls)] == [name for _, name in calls]


# -- everything else in the directory


KINDS = {
    "user": [ALICE, BOB, CAROL, f"sip:twin@{SIP_DOMAIN}"],
    "contact": [f"sip:GC-1-PersistentChatService-1@{SIP_DOMAIN}", f"sip:pce@{SIP_DOMAIN}"],
    "organizationalUnit": [EAST, SALES, f"OU=Users,{FOREST}"],
    "domainDNS": [FOREST],
}


@pytest.mark.parametrize(("kind", "names"), KINDS.items(), ids=KINDS.keys())
def test_principals_are_of_these_classes(office: Place, kind: str, names: list[str]) -> None:
    listed = office.objects(f"Get-CsAdPrincipal -Filter {{ObjectClass -eq '{kind}'}}")
    assert sorted(str(one["SipAddress"] or one["Identity"]).lower() for one in listed) == sorted(
        name.lower() for name in names)
    assert {one["ObjectCategory"] for one in listed} == {kind}


def test_groups_are_principals(office: Place) -> None:
    listed = office.objects("Get-CsAdPrincipal -LdapFilter 'objectClass=group'")
    assert {group["Identity"] for group in office.objects("Get-CsGroup")} == {one["Identity"] for one in listed}
    (traders,) = office.objects("Get-CsAdPrincipal Traders")
    assert traders["Identity"] == f"CN=Traders,OU=Groups,{FOREST}"
    assert (traders["SipAddress"], traders["ObjectClass"], traders["IsValid"]) == (None, ["top", "group"], True)


def test_there_are_no_contacts_of_other_forests(office: Place) -> None:
    assert office.lines("Get-CsAdContact; Get-CsAdContact 'P*'") == []
