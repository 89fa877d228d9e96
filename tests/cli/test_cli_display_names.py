"""-AsObject: people and groups in lists by display name."""

from tests.cli.kit import SIP_DOMAIN, Place

ALICE, BOB = f"sip:alice@{SIP_DOMAIN}", f"sip:bob@{SIP_DOMAIN}"


def listed(place: Place, line: str, name: str) -> object:
    """Return a list of the only object of a line."""
    (found,) = place.objects(line)
    return found[name]


def test_people_and_groups_by_display_name(copy: Place) -> None:
    (group,) = copy.objects("New-CsGroup Traders")
    change, room = "Set-CsPersistentChatRoom Engineering -AsObject -Members", "Get-CsPersistentChatRoom Engineering"
    copy.prints("shell", "-c", f"{change} 'ALICE', 'traders', '{BOB}'")
    assert listed(copy, room, "Members") == [group["Identity"], ALICE, BOB]
    copy.prints("shell", "-c", f"{change} @{{Remove='Traders','{BOB}'}}")
    assert listed(copy, room, "Members") == [ALICE]
    copy.prints("shell", "-c", f"{change} @{{Add='Traders'}}; {change} @{{Remove='Alice'}}")
    assert listed(copy, f"{room} -AsObject", "Members") == ["Traders"]


def test_lists_of_categories_by_display_name(copy: Place) -> None:
    copy.prints("shell", "-c", "New-CsPersistentChatCategory -Name Trading | Out-Null; "
                "Set-CsPersistentChatCategory Trading -AsObject -AllowedMembers @{Add='Alice'} -Creators 'Alice'")
    category = "Get-CsPersistentChatCategory Trading"
    assert (listed(copy, category, "AllowedMembers"), listed(copy, category, "Creators")) == ([ALICE], [ALICE])


def test_without_as_object_display_names_are_unknown(copy: Place) -> None:
    record = copy.fails("shell", "-c", "Set-CsPersistentChatRoom Engineering -Members Alice")
    assert record.facts == ("PrincipalNotProvisioned", "ObjectNotFound", "Alice")
