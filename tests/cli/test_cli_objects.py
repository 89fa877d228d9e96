"""Roles, rooms, categories, pools and SIP domains by the real command."""

from collections.abc import Iterator

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place

ROLES = ["CsAdministrator", "CsArchivingAdministrator", "CsHelpDesk", "CsLocationAdministrator",
         "CsPersistentChatAdministrator", "CsResponseGroupAdministrator", "CsResponseGroupManager",
         "CsServerAdministrator", "CsUserAdministrator", "CsViewOnlyAdministrator", "CsVoiceAdministrator"]
IDENTITIES = " | Select-Object -ExpandProperty Identity"
NAMES = " | Select-Object -ExpandProperty Name"
ENGINEERING = rf"{POOL}\Engineering"


# -- roles


def test_there_are_eleven_roles(place: Place) -> None:
    roles = place.objects("Get-CsAdminRole")
    assert [role["Identity"] for role in roles] == ROLES
    assert all(role["IsStandardRole"] is True and str(role["SID"]).startswith("S-1-5-21-") for role in roles)
    assert len({role["SID"] for role in roles}) == 11


def test_every_cmdlet_of_a_role_exists_and_the_administrator_has_all(running: Place) -> None:
    roles = {str(role["Identity"]): role["Cmdlets"] for role in running.objects("Get-CsAdminRole")}
    known = running.lines("Get-Command | Where-Object {$_.Name -cmatch '-Cs[A-Z]'}" + NAMES)
    assert roles["CsAdministrator"] == known
    assert all(isinstance(cmdlets, list) and set(cmdlets) <= set(known) for cmdlets in roles.values())
    assert "New-CsPersistentChatEndpoint" not in str(roles["CsHelpDesk"])


@pytest.mark.parametrize(("words", "found"), [
    (("CsHelpDesk",), ["CsHelpDesk"]),
    (("-Identity", "CSHELPDESK"), ["CsHelpDesk"]),
    (("-Filter", "*Chat*"), ["CsPersistentChatAdministrator"]),
    (("-Filter", "cs?oice*"), ["CsVoiceAdministrator"]),
    (("-Filter", "*nothing*"), []),
    (("-LocalStore",), ROLES),
])
def test_roles_are_found(running: Place, words: tuple[str, ...], found: list[str]) -> None:
    printed = running.prints("Get-CsAdminRole", *words, "|", "Select-Object", "-ExpandProperty", "Identity")
    assert printed.splitlines() == found


def test_a_role_is_found_by_its_sid(running: Place) -> None:
    (sid,) = running.lines("Get-CsAdminRole CsHelpDesk | Select-Object -ExpandProperty SID")
    for words in (("-Sid", sid), ("-sid", sid.lower())):
        assert "Identity       : CsHelpDesk\n" in running.prints("Get-CsAdminRole", *words)


def test_roles_come_through_the_pipeline(running: Place) -> None:
    assert running.lines("'CsHelpDesk', 'CsAdministrator' | Get-CsAdminRole" + IDENTITIES) == [
        "CsHelpDesk", "CsAdministrator"]


def test_an_unknown_role(place: Place) -> None:
    assert place.fails("Get-CsAdminRole", "CsNobody").facts == ("AdminRoleNotFound", "ObjectNotFound", "CsNobody")


def test_no_wildcards_in_a_roles_identity_and_no_unknown_sid(running: Place) -> None:
    assert running.fails("Get-CsAdminRole", "Cs*").id == "AdminRoleNotFound"
    assert running.fails("Get-CsAdminRole", "-Sid", "S-1-5-21-1-2-3-4").id == "AdminRoleNotFound"


def test_a_pattern_with_word_ends(running: Place) -> None:
    line = r"Get-CsAdminRole | Where-Object {$_.Cmdlets -match '\bGet-CsUser\b'}"
    assert "CsHelpDesk" in running.lines(line + IDENTITIES)


# -- rooms


@pytest.fixture
def rooms(place: Place) -> Iterator[Place]:
    """A deployment from which new rooms go when the test ends."""
    yield place
    place.prints("shell", "-c",
                 "Get-CsPersistentChatRoom | Where-Object {$_.Name -notmatch '^(Engineering|All hands)$'} "
                 "| Remove-CsPersistentChatRoom -Confirm:$false")


def test_a_room_is_made_found_and_removed(rooms: Place) -> None:
    printed = rooms.prints("New-CsPersistentChatRoom", "-Name", "Ops “night”", "-Category", "General", "-Privacy",
                           "secret", "-Type", "Auditorium", "-Description", "äöü", "-Invitations", "False")
    assert "Privacy     : Secret\nType        : Auditorium\nInvitations : False\n" in printed
    (room,) = rooms.objects("Get-CsPersistentChatRoom -Filter 'OPS'")
    assert (room["Name"], room["Description"]) == ("Ops “night”", "äöü")
    assert str(room["ChatRoomUri"]).startswith(f"ma-chan://{SIP_DOMAIN}/")
    rooms.prints("Remove-CsPersistentChatRoom", "-Identity", str(room["Identity"]), "-Confirm:$false")
    assert rooms.lines("Get-CsPersistentChatRoom" + NAMES) == ["All hands", "Engineering"]


@pytest.mark.parametrize(("words", "found"), [
    ((), ["All hands", "Engineering"]),
    ((ENGINEERING,), ["Engineering"]),
    (("-Identity", ENGINEERING.upper()), ["Engineering"]),
    (("engineering",), ["Engineering"]),
    (("-Filter", "hand"), ["All hands"]),
    (("-Filter", '{Name -like "eng*"}'), ["Engineering"]),
    (("-Category", "general", "-ResultSize", "1"), ["All hands"]),
    (("-Privacy", "Open"), ["All hands", "Engineering"]),
    (("-Privacy", "Closed"), []),
    (("-Disabled", "$true"), []),
    (("-Type", "Auditorium"), []),
    (("-ResultSize", "0"), []),
    (("-PersistentChatPoolFqdn", POOL), ["All hands", "Engineering"]),
])
def test_rooms_are_found(running: Place, words: tuple[str, ...], found: list[str]) -> None:
    printed = running.prints("Get-CsPersistentChatRoom", *words, "|", "Select-Object", "-ExpandProperty", "Name")
    assert printed.splitlines() == found


ROOMS_REFUSED = {
    "taken": (("-Name", "ENGINEERING", "-Category", "General"), "ChatRoomExists", "ResourceExists", 1),
    "named as a category": (("-Name", "general", "-Category", "General"), "ChatRoomExists", "ResourceExists", 1),
    "no category": (("-Name", "X", "-Category", "Nothing"), "ChatCategoryNotFound", "ObjectNotFound", 1),
    "long": (("-Name", "n" * 257, "-Category", "General"), "ChatRoomNameInvalid", "InvalidArgument", 1),
    "control": (("-Name", "a\tb", "-Category", "General"), "ChatRoomNameInvalid", "InvalidArgument", 1),
    "empty": (("-Name", "", "-Category", "General"), "ParameterValueInvalid", "InvalidArgument", 2),
    "privacy": (("-Name", "X", "-Category", "General", "-Privacy", "Half"), "ParameterValueInvalid",
                "InvalidArgument", 2),
}


@pytest.mark.parametrize(
    ("words", "name", "category", "status"), ROOMS_REFUSED.values(), ids=ROOMS_REFUSED.keys())
def test_rooms_are_refused(running: Place, words: tuple[str, ...], name: str, category: str, status: int) -> None:
    record = running.fails("New-CsPersistentChatRoom", *words, status=status)
    assert (record.id, record.category) == (name, category)


def test_rooms_are_refused_when_stopped(stopped: Place) -> None:
    tried = [(words, name) for words, name, _, status in ROOMS_REFUSED.values() if status == 1]
    found = stopped.fails_each(("New-CsPersistentChatRoom", *words) for words, _ in tried)
    assert [record.id for record in found] == [name for _, name in tried]


def test_removing_rooms(running: Place) -> None:
    with running.unchanged():
        said = running.lines("Get-CsPersistentChatRoom | Remove-CsPersistentChatRoom -WhatIf")
        assert running.prints("Remove-CsPersistentChatRoom", "Nothing", "-Force") == ""
    assert said == [f'What if: Performing the operation "Remove-CsPersistentChatRoom" on target "{POOL}\\{name}".'
                    for name in ("All hands", "Engineering")]
    assert running.fails("Remove-CsPersistentChatRoom", "Nothing").facts == (
        "ChatRoomNotFound", "ObjectNotFound", "Nothing")


# -- categories and pools


def test_categories(place: Place) -> None:
    (category,) = place.objects("Get-CsPersistentChatCategory")
    assert (category["Identity"], category["NumberOfChatRooms"]) == (rf"{POOL}\General", 2)


def test_categories_are_found_or_not(running: Place) -> None:
    for words in (("general",), ("-Identity", rf"{POOL}\GENERAL"), ("-PersistentChatPoolFqdn", POOL)):
        assert "Name              : General\n" in running.prints("Get-CsPersistentChatCategory", *words)
    assert running.fails("Get-CsPersistentChatCategory", "Nothing").facts == (
        "ChatCategoryNotFound", "ObjectNotFound", "Nothing")


def test_pools(place: Place) -> None:
    (pool,) = place.objects("Get-CsPool")
    assert (pool["Identity"], pool["Computers"]) == (POOL, [POOL])


def test_pools_are_found_or_not(running: Place) -> None:
    for words in ((POOL.upper(),), ("-Filter", "atl*"), ("-Site", "default")):
        assert f"Fqdn      : {POOL}\n" in running.prints("Get-CsPool", *words)
    assert running.prints("Get-CsPool", "-Filter", "nothing*") == ""
    assert running.fails("Get-CsPool", "other.litwareinc.com").facts == (
        "PoolUnknown", "ObjectNotFound", "other.litwareinc.com")


# -- SIP domains


def test_a_sip_domain_is_added_used_and_removed(place: Place) -> None:
    assert "fabrikam.com fabrikam.com False" in place.prints("New-CsSipDomain", "-Identity", "Fabrikam.COM")
    place.prints("New-CsPersistentChatEndpoint", "-SipAddress", "sip:pce@FABRIKAM.com",
                 "-PersistentChatPoolFqdn", POOL)
    used = place.fails("Remove-CsSipDomain", "fabrikam.com")
    assert used.facts == ("SipDomainInUse", "InvalidOperation", "fabrikam.com")
    assert "pce@fabrikam.com" in used.message.lower()
    place.prints("shell", "-c", "Remove-CsPersistentChatEndpoint sip:pce@fabrikam.com; "
                 "Remove-CsSipDomain fabrikam.com -Confirm:$false")
    assert place.lines("Get-CsSipDomain" + IDENTITIES) == [SIP_DOMAIN]


def test_the_default_domain_changes_and_stays(copy: Place) -> None:
    copy.prints("New-CsSipDomain", "contoso.com", "-IsDefault", "$true")
    assert copy.objects("Get-CsSipDomain contoso.com")[0]["IsDefault"] is True
    assert copy.fails("Remove-CsSipDomain", "contoso.com").id == "SipDomainInUse"


def test_the_last_domain_stays(copy: Place) -> None:
    record = copy.fails("Remove-CsSipDomain", SIP_DOMAIN)
    assert record.facts == ("SipDomainInUse", "InvalidOperation", SIP_DOMAIN)


@pytest.mark.parametrize(("words", "name", "category"), [
    (("New-CsSipDomain", "LITWAREINC.com"), "SipDomainExists", "ResourceExists"),
    (("New-CsSipDomain", "nodots"), "FqdnInvalid", "InvalidArgument"),
    (("New-CsSipDomain", "a b.com"), "FqdnInvalid", "InvalidArgument"),
    (("New-CsSipDomain", "grüße.de"), "FqdnInvalid", "InvalidArgument"),
    (("New-CsSipDomain", "192.0.2.1"), "FqdnInvalid", "InvalidArgument"),
    (("Remove-CsSipDomain", "nothing.com"), "SipDomainNotFound", "ObjectNotFound"),
    (("Get-CsSipDomain", "nothing.com"), "SipDomainNotFound", "ObjectNotFound"),
])
def test_sip_domains_are_refused(running: Place, words: tuple[str, ...], name: str, category: str) -> None:
    record = running.fails(*words)
    assert (record.id, record.category) == (name, category)


def test_sip_domains_dry_and_forced(running: Place) -> None:
    with running.unchanged():
        assert running.prints("New-CsSipDomain", "adatum.com", "-WhatIf").startswith("What if: ")
        assert running.prints("Remove-CsSipDomain", "nothing.com", "-Force") == ""
        assert running.prints("Get-CsSipDomain", "-Filter", "nothing*") == ""
