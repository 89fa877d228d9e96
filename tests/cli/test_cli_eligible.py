"""Whom a category means, person by person, by the real command."""

from tests.cli.kit import SIP_DOMAIN, Place

ALICE, BOB = f"sip:alice@{SIP_DOMAIN}", f"sip:bob@{SIP_DOMAIN}"
GET = "Get-CsPersistentChatEligiblePrincipal"


def people(place: Place, arguments: str) -> list[object]:
    return [found["SipAddress"] for found in place.objects(f"{GET} {arguments}")]


def test_groups_are_opened_and_denied_wins(copy: Place) -> None:
    everybody = people(copy, "-Category General")
    assert {ALICE, BOB} <= set(everybody)
    assert people(copy, "-Room Engineering") == everybody
    assert people(copy, "-Category General -Filter *ALICE@*") == [ALICE]
    assert people(copy, "-Category General -ResultSize 0") == []
    copy.prints("shell", "-c", f"New-CsGroup Team | Out-Null; Set-CsGroup Team -Members {ALICE},{BOB}; "
                f"Set-CsPersistentChatCategory General -AllowedMembers 'CN=Team,OU=Groups,DC=litwareinc,DC=com' "
                f"-DeniedMembers {BOB}")
    assert people(copy, "-Category General") == [ALICE]
    (found,) = copy.objects(f"{GET} -Category General")
    assert (found["PersistentChatPrincipalType"], found["DisplayName"]) == ("user", "Alice")


def test_presenters_come_from_the_members_of_an_auditorium(copy: Place) -> None:
    assert copy.fails(GET, "-Room", "Engineering", "-Presenters").id.startswith("PresentersOnNormalRoom")
    copy.prints("shell", "-c", f"Set-CsPersistentChatRoom Engineering -Type Auditorium -Members {BOB}")
    assert people(copy, "-Room Engineering -Presenters") == [BOB]


def test_one_of_both_is_named(copy: Place) -> None:
    for words in ((), ("-Category", "General", "-Room", "Engineering")):
        assert copy.fails(GET, *words, status=2).id.startswith("Parameter")
    assert copy.fails(GET, "-Category", "Nowhere").id.startswith("ChatCategoryNotFound")
    assert copy.fails(GET, "-Room", "Nowhere").id.startswith("ChatRoomNotFound")
