"""The names by which an object of the directory is found."""

import pytest
from tests.directory.directory_kit import FOREST, Desk, new_person

from parlour.addresses import DistinguishedName, SipAddress
from parlour.directory.identities import Names, called, person_name
from parlour.errors import ParlourError

ROOT = DistinguishedName.parse(FOREST)
USERS = DistinguishedName.parse(f"OU=Users,{FOREST}")


def names(address: str, display_name: str) -> Names:
    """Return what a person is called."""
    own = SipAddress.parse(address)
    return Names(display_name, person_name(own, USERS), own)


ALICE = names("sip:Alice@litwareinc.com", "Alice Ångström")
BOB = names("sip:bob@litwareinc.com", "Bob")
OTHER_BOB = names("sip:bob@contoso.com", "bob@litwareinc.com")
DORA = names("sip:dora@contoso.com", "alice@nowhere")
TRADERS = Names("Traders", DistinguishedName.parse(f"CN=Traders,OU=Groups,{FOREST}"))
ALL = (ALICE, BOB, OTHER_BOB, DORA, TRADERS)


@pytest.mark.parametrize(("identity", "found"), [
    ("sip:alice@LITWAREINC.com", [ALICE]),
    ("ALICE@litwareinc.com", [ALICE]),
    ("cn=alice@litwareinc.com, ou=USERS, dc=litwareinc, dc=com", [ALICE]),
    (f"CN=alice@litwareinc.com,OU=Sales,{FOREST}", []),
    ("litwareinc\\ALICE", [ALICE]),
    ("CONTOSO\\bob", [OTHER_BOB]),
    ("LITWAREINC\\bob", [BOB]),  # not the other one, who is in the forest but not in that domain
    ("LITWAREINC\\dora", [DORA]),  # nobody of that domain: whoever else is in the forest
    ("CONTOSO\\alice", []),
    ("com\\alice", []),
    ("\\alice", []),
    ("alice ångström", [ALICE]),
    ("bob@litwareinc.com", [BOB]),  # an address goes before a display name that looks like one
    ("alice@nowhere", [DORA]),
    ("traders", [TRADERS]),
    (f"CN=Traders,OU=Groups,{FOREST}", [TRADERS]),
    ("alice", []),
    ("", []),
])
def test_objects_are_found_by_the_clearest_name_that_fits(identity: str, found: list[Names]) -> None:
    assert called(ALL, lambda one: one, identity, ROOT) == found


async def test_a_person_lies_in_his_container_under_his_address(desk: Desk) -> None:
    made = await desk.people.add(new_person("sip:Alice@litwareinc.com", "Alice"))
    await desk.people.move(made, f"OU=Sales,{FOREST}")
    (entry,) = await desk.people.entries()
    assert str(entry.distinguished_name) == f"CN=Alice@litwareinc.com,OU=Sales,{FOREST}"
    assert (entry.id, entry.guid, entry.address, entry.home) == (
        made.id, made.guid, made.address, "pool.litwareinc.com")
    assert entry.created_at == entry.changed_at == desk.clock.now()
    for identity in (str(entry.distinguished_name), "LITWAREINC\\alice", "alice", "sip:alice@litwareinc.com"):
        assert await desk.people.called(identity) == entry


@pytest.mark.parametrize(("identity", "error"), [
    ("Twin", "UserAmbiguous"), ("nobody", "UserNotFound"), ("sip:no@litwareinc.com", "UserNotFound"),
    (f"CN=one@litwareinc.com,OU=Sales,{FOREST}", "UserNotFound"), (f"CN=,{FOREST}", "UserNotFound")])
async def test_who_is_not_one_person_is_an_error(desk: Desk, identity: str, error: str) -> None:
    for user in ("one", "two"):
        await desk.people.add(new_person(f"sip:{user}@litwareinc.com", "Twin"))
    with pytest.raises(ParlourError) as fault:
        await desk.people.called(identity)
    assert (fault.value.kind.name, fault.value.target) == (error, identity)


@pytest.mark.parametrize("user", ["a,b", "a+b", "a=b;c", "o'hara", "%41", "a/b&c"])
async def test_odd_addresses_make_names_that_can_be_read_again(desk: Desk, user: str) -> None:
    await desk.people.add(new_person(f"sip:{user}@litwareinc.com"))
    (entry,) = await desk.people.entries()
    assert await desk.people.called(str(entry.distinguished_name)) == entry
