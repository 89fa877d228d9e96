"""Who somebody is: containers, domains, groups in groups; and how administrators name principals."""

import asyncio
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from tests.directory.directory_kit import FOREST, Desk, new_endpoint, new_person, open_desk

from parlour.chat.model import Person
from parlour.chat.principals import Affiliations, Principal, PrincipalKind
from parlour.directory.people import NewPerson
from parlour.errors import ParlourError
from parlour.storage.schema import people

ALICE = "sip:alice@litwareinc.com"
SALES, EMEA = f"OU=Sales,{FOREST}", f"OU=EMEA,OU=Sales,{FOREST}"
GROUPS = 6


async def alice_in(desk: Desk, container: str | None = None, address: str = ALICE) -> Person:
    """Add a person who lies in a container."""
    new = new_person(address)
    return await desk.people.add(NewPerson(new.address, new.password, container=container))


async def affiliations(desk: Desk, person: Person) -> Affiliations:
    return (await desk.principals.affiliations_of([person]))[person]


async def named(desk: Desk, name: str) -> Principal:
    return (await desk.principals.resolve([name]))[0]


async def names(desk: Desk, person: Person, *wanted: str) -> dict[str, tuple[str, ...]]:
    """Return the way to each of these principals that `person` is."""
    listed = await desk.principals.resolve(wanted)
    known = await affiliations(desk, person)
    return {one.name: known[one.id] for one in listed if one.id in known}


async def group(desk: Desk, name: str, *members: str) -> str:
    made = await desk.groups.add(name)
    await desk.groups.set_members(made, members)
    return made.principal.name


# -- affiliations


async def test_somebody_whom_no_list_names_is_nobody(desk: Desk) -> None:
    assert await affiliations(desk, await alice_in(desk)) == {}


async def test_a_person_is_himself_and_what_he_lies_in(desk: Desk) -> None:
    alice = await alice_in(desk, EMEA)
    await alice_in(desk, f"OU=APAC,{SALES}", "sip:bob@litwareinc.com")
    assert await names(desk, alice, ALICE, EMEA, SALES, f"OU=APAC,{SALES}", FOREST) == {
        ALICE: (ALICE,), EMEA: (ALICE, EMEA), SALES: (ALICE, SALES), FOREST: (ALICE, FOREST)}


async def test_containers_match_without_letter_case_and_only_whole(desk: Desk) -> None:
    alice = await alice_in(desk, f"ou=SALES,{FOREST.lower()}")
    await alice_in(desk, f"OU=Sal,{FOREST}", "sip:bob@litwareinc.com")
    assert list(await names(desk, alice, f"OU=sales,{FOREST}", f"OU=Sal,{FOREST}")) == [f"OU=sales,{FOREST}"]


async def test_a_person_is_in_his_forest_and_in_his_sip_domain(desk: Desk) -> None:
    await desk.topology.add_domain("sub.contoso.com")
    await desk.topology.add_domain("contoso.com")
    bob = await alice_in(desk, None, "sip:bob@Sub.Contoso.com")
    wanted = (FOREST, "DC=sub,DC=contoso,DC=com", "DC=contoso,DC=com")
    assert list(await names(desk, bob, *wanted)) == [FOREST, "DC=sub,DC=contoso,DC=com"]
    assert list(await names(desk, await alice_in(desk), *wanted)) == [FOREST]


async def test_a_move_changes_who_somebody_is(desk: Desk) -> None:
    alice = await alice_in(desk, EMEA)
    assert list(await names(desk, alice, SALES)) == [SALES]
    await desk.people.move(alice, f"OU=Lab,{FOREST}")
    assert await names(desk, alice, SALES) == {}


async def test_groups_are_followed_upward_by_the_shortest_way(desk: Desk) -> None:
    alice = await alice_in(desk, SALES)
    inner = await group(desk, "Inner", ALICE)
    middle = await group(desk, "Middle", inner)
    outer = await group(desk, "Outer", middle, inner)
    by_place = await group(desk, "By place", SALES)
    by_domain = await group(desk, "By domain", FOREST)
    other = await group(desk, "Other")
    assert await names(desk, alice, inner, middle, outer, by_place, by_domain, other) == {
        inner: (ALICE, inner), middle: (ALICE, inner, middle), outer: (ALICE, inner, outer),
        by_place: (ALICE, SALES, by_place), by_domain: (ALICE, FOREST, by_domain)}


async def test_circles_of_groups_end(desk: Desk) -> None:
    alice = await alice_in(desk)
    first, second = await desk.groups.add("First"), await desk.groups.add("Second")
    await desk.groups.set_members(first, [first.principal.name, second.principal.name, ALICE])
    await desk.groups.set_members(second, [first.principal.name])
    assert await names(desk, alice, first.principal.name, second.principal.name) == {
        first.principal.name: (ALICE, first.principal.name),
        second.principal.name: (ALICE, first.principal.name, second.principal.name)}


async def test_who_is_removed_is_in_no_group(desk: Desk) -> None:
    alice = await alice_in(desk)
    await group(desk, "Traders", ALICE)
    await desk.database.write(lambda connection: connection.execute(delete(people)))
    assert (await desk.groups.find("Traders")).members == ()
    assert await affiliations(desk, alice) == {}


async def test_closures_say_what_whoever_is_meant_is_at_least(desk: Desk) -> None:
    await alice_in(desk, EMEA)
    inner = await group(desk, "Inner", ALICE)
    outer = await group(desk, "Outer", inner, SALES)
    wanted = await desk.principals.resolve([ALICE, EMEA, SALES, FOREST, inner, outer])
    name = {one.id: one.name for one in wanted}
    closures = await desk.principals.closures(wanted)
    assert {name[number]: {name[one] for one in closure} for number, closure in closures.items()} == {
        ALICE: {ALICE, EMEA, SALES, FOREST, inner, outer}, EMEA: {EMEA, SALES, FOREST, outer},
        SALES: {SALES, FOREST, outer}, FOREST: {FOREST}, inner: {inner, outer, FOREST}, outer: {outer, FOREST}}


async def test_where_a_group_lies_says_nothing_of_its_people(desk: Desk) -> None:
    place = f"OU=Groups,{FOREST}"
    await alice_in(desk, place)
    traders = await named(desk, await group(desk, "Traders", ALICE))
    assert (await named(desk, place)).id not in (await desk.principals.closures([traders]))[traders.id]


# -- names


async def test_every_form_of_a_name_is_the_same_principal(desk: Desk) -> None:
    await alice_in(desk, EMEA)
    await group(desk, "Traders")
    for kind, forms in (
        (PrincipalKind.USER, (ALICE, "SIP:Alice@LitwareInc.com")),
        (PrincipalKind.GROUP, (f"CN=Traders,OU=Groups,{FOREST}", f"cn=traders, ou=GROUPS, {FOREST.lower()}")),
        (PrincipalKind.CONTAINER, (EMEA, EMEA.upper(), r"OU=EM\45A,OU=Sales," + FOREST)),
        (PrincipalKind.DOMAIN, (FOREST, "dc=LITWAREINC,dc=COM")),
    ):
        found = await desk.principals.resolve(forms)
        assert len({one.id for one in found}) == 1
        assert {one.kind for one in found} == {kind}
        assert await desk.principals.resolve(forms) == found


async def test_a_person_is_shown_as_he_is_called_now(desk: Desk) -> None:
    alice = await desk.people.add(new_person("sip:Alice@litwareinc.com", "Alice Ångström"))
    assert await named(desk, ALICE) == Principal(
        (await named(desk, ALICE)).id, PrincipalKind.USER, str(alice.address), "Alice Ångström")


@pytest.mark.parametrize("name", [
    "", "alice", "alice@litwareinc.com", "sip:", "sip:bob@litwareinc.com", "sip:alice@contoso.com",
    "sip:pce@litwareinc.com",
    "CN=Nobody,OU=Groups,DC=litwareinc,DC=com", "CN=Traders", "OU=Nowhere,DC=litwareinc,DC=com", "OU=Sales",
    "DC=contoso,DC=com", "DC=com", "DC=litwareinc", "DC=litwareinc.com", "DC=litwareinc,OU=com", "O=litwareinc",
    "DC=litwareinc,DC=com,", "CN=", "=x", "Traders", "user:person-1", "'; DROP TABLE principals; --",
    "sip:\ud800@litwareinc.com", "CN=\ud800,DC=litwareinc,DC=com", "sip:" + "x" * 100_000, "CN=" + "x" * 100_000,
])
async def test_what_the_directory_does_not_have_is_refused(desk: Desk, name: str) -> None:
    await alice_in(desk, SALES)
    await group(desk, "Traders")
    await desk.contacts.add(new_endpoint("sip:pce@litwareinc.com"))
    with pytest.raises(ParlourError) as fault:
        await desk.principals.resolve([ALICE, name])
    assert (fault.value.kind.name, fault.value.target) == ("PrincipalNotProvisioned", name)


async def test_nobody_is_resolved_when_one_is_unknown(desk: Desk) -> None:
    alice = await alice_in(desk)
    with pytest.raises(ParlourError):
        await desk.principals.resolve([ALICE, FOREST, "sip:nobody@litwareinc.com"])
    assert await affiliations(desk, alice) == {}


# -- any graph of groups, against a naive closure


EDGES = st.lists(st.tuples(st.integers(0, GROUPS), st.integers(1, GROUPS)), max_size=20)


def naive(edges: list[tuple[int, int]]) -> set[int]:
    """Return the groups that number 0 is in, given who is in which group."""
    known = {0}
    while more := {outer for inner, outer in edges if inner in known} - known:
        known |= more
    return known - {0}


@given(EDGES)
@settings(max_examples=40, deadline=None)
def test_affiliations_are_the_closure_of_any_graph(edges: list[tuple[int, int]]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with open_desk(Path(folder)) as desk:
                await check_graph(desk, edges)
    asyncio.run(run())


async def check_graph(desk: Desk, edges: list[tuple[int, int]]) -> None:
    """Make the graph, and compare; every way must be made of its edges."""
    alice = await alice_in(desk)
    groups = {number: await desk.groups.add(f"Group {number}") for number in range(1, GROUPS + 1)}
    called = {0: ALICE} | {number: one.principal.name for number, one in groups.items()}
    for number, one in groups.items():
        await desk.groups.set_members(one, [called[inner] for inner, outer in edges if outer == number])
    found = await names(desk, alice, *called.values())
    assert set(found) - {ALICE} == {called[number] for number in naive(edges)}
    steps = {(called[inner], called[outer]) for inner, outer in edges}
    for target, way in found.items():
        assert (way[0], way[-1]) == (ALICE, target)
        assert set(itertools.pairwise(way)) <= steps
