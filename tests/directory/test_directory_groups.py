"""Groups of the built-in directory."""

import pytest
from sqlalchemy import select
from tests.directory.directory_kit import FOREST, Desk, new_person

from parlour.errors import ParlourError
from parlour.storage.schema import group_members

ALICE, BOB = "sip:alice@litwareinc.com", "sip:bob@litwareinc.com"
TRADERS = f"CN=Traders,OU=Groups,{FOREST}"


async def members(desk: Desk, name: str) -> tuple[str, ...]:
    return (await desk.groups.find(name)).members


async def test_a_new_group_is_empty_and_found_by_either_name(desk: Desk) -> None:
    made = await desk.groups.add("Traders")
    assert (made.principal.name, made.principal.display_name, made.members) == (TRADERS, "Traders", ())
    for identity in ("Traders", "TRADERS", TRADERS, TRADERS.lower()):
        assert await desk.groups.find(identity) == made
    assert await desk.groups.all() == [made]


@pytest.mark.parametrize("name", ["a,b", 'say "x"', " padded ", "C#", "x=y", "Größe", "back\\slash", "日本"])
async def test_a_name_may_have_any_character(desk: Desk, name: str) -> None:
    made = await desk.groups.add(name)
    assert await desk.groups.find(name) == made
    assert (await desk.principals.resolve([made.principal.name])) == [made.principal]


@pytest.mark.parametrize(("name", "error"), [
    ("", "DisplayNameInvalid"), (" ", "DisplayNameInvalid"), ("a\nb", "DisplayNameInvalid"),
    ("n" * 257, "DisplayNameInvalid"), ("TRADERS", "GroupExists"),
])
async def test_bad_groups_are_refused_and_not_made(desk: Desk, name: str, error: str) -> None:
    made = await desk.groups.add("Traders")
    with pytest.raises(ParlourError) as fault:
        await desk.groups.add(name)
    assert fault.value.kind.name == error
    assert await desk.groups.all() == [made]


@pytest.mark.parametrize("identity", ["", "Trader", "CN=Traders", f"CN=Traders,{FOREST}", "sip:alice@litwareinc.com"])
async def test_nothing_else_is_found(desk: Desk, identity: str) -> None:
    await desk.groups.add("Traders")
    await desk.people.add(new_person(ALICE))
    with pytest.raises(ParlourError) as fault:
        await desk.groups.find(identity)
    assert (fault.value.kind.name, fault.value.target) == ("PrincipalNotProvisioned", identity)


async def test_members_are_replaced_and_named_as_they_are_now(desk: Desk) -> None:
    traders, others = await desk.groups.add("Traders"), await desk.groups.add("Others")
    for address in (ALICE, BOB):
        await desk.people.add(new_person(address))
    await desk.groups.set_members(traders, [ALICE, ALICE.upper().replace("SIP", "sip"), others.principal.name])
    assert await members(desk, "Traders") == (others.principal.name, ALICE)
    await desk.groups.set_members(traders, [BOB, FOREST])
    assert await members(desk, "Traders") == (FOREST, BOB)
    await desk.groups.set_members(traders, [])
    assert await members(desk, "Traders") == ()


async def test_one_unknown_member_spoils_the_change(desk: Desk) -> None:
    traders = await desk.groups.add("Traders")
    await desk.people.add(new_person(ALICE))
    await desk.groups.set_members(traders, [ALICE])
    with pytest.raises(ParlourError, match=r'knows no "sip:bob@litwareinc\.com"'):
        await desk.groups.set_members(traders, [TRADERS, BOB])
    assert await members(desk, "Traders") == (ALICE,)


async def test_a_removed_group_is_in_no_group_any_more(desk: Desk) -> None:
    traders, others = await desk.groups.add("Traders"), await desk.groups.add("Others")
    await desk.groups.set_members(others, [TRADERS])
    await desk.groups.set_members(traders, [others.principal.name])
    await desk.groups.remove(traders)
    assert [(group.principal, group.members) for group in await desk.groups.all()] == [(others.principal, ())]
    assert await desk.database.read(lambda connection: connection.execute(select(group_members)).all()) == []
    again = await desk.groups.add("Traders")
    assert again.principal.id != traders.principal.id
    assert again.members == ()


async def test_changing_a_group_that_is_gone_says_so(desk: Desk) -> None:
    traders = await desk.groups.add("Traders")
    await desk.people.add(new_person(ALICE))
    await desk.groups.remove(traders)
    with pytest.raises(ParlourError) as fault:
        await desk.groups.set_members(traders, [ALICE])
    assert fault.value.kind.name == "PrincipalNotProvisioned"
