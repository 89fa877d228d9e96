"""The lists of rooms and categories as they are kept."""

import asyncio

import pytest
from sqlalchemy import delete, insert, update
from tests.storage.storage_kit import EVERYBODY, FOREST, POOL, Archive, one_person

from parlour.chat.model import CategoryChange, Room, RoomChange
from parlour.chat.principals import CategoryRole, PrincipalKind, RoomRole
from parlour.errors import ParlourError
from parlour.storage.schema import people, principals

MEMBER, MANAGER, PRESENTER = RoomRole.MEMBER, RoomRole.MANAGER, RoomRole.PRESENTER


async def person_principal(archive: Archive, number: int) -> int:
    """Note person `number` as principal 10 + number."""
    await archive.database.write(lambda connection: connection.execute(insert(principals), {
        "id": 10 + number, "kind": PrincipalKind.USER.value, "key": f"user:guid-{number}", "name": "",
        "display_name": "", "person_id": number}))
    return 10 + number


async def keep(archive: Archive, room: Room, **lists: list[int]) -> Room:
    return await archive.rooms.change(room, RoomChange(), None, {RoomRole[role]: ids for role, ids in lists.items()})


async def ids(archive: Archive, room: Room) -> dict[RoomRole, list[int]]:
    return {role: [one.id for one in listed] for role, listed in (await archive.rooms.lists(room)).items()}


async def test_lists_begin_empty_and_are_replaced_whole(archive: Archive) -> None:
    room = await archive.room("One")
    one, two = [await person_principal(archive, number) for number in (1, 2)]
    assert await ids(archive, room) == {MEMBER: [], MANAGER: [], PRESENTER: []}
    await keep(archive, room, MEMBER=[two, one, two, EVERYBODY], MANAGER=[one])
    assert await ids(archive, room) == {MEMBER: [EVERYBODY, one, two], MANAGER: [one], PRESENTER: []}
    await keep(archive, room, MEMBER=[two])
    assert await ids(archive, room) == {MEMBER: [two], MANAGER: [one], PRESENTER: []}
    await keep(archive, room, MEMBER=[], MANAGER=[])
    assert await ids(archive, room) == {MEMBER: [], MANAGER: [], PRESENTER: []}


async def test_other_rooms_keep_theirs(archive: Archive) -> None:
    rooms = [await archive.room(name) for name in ("One", "Two")]
    for room in rooms:
        await keep(archive, room, MEMBER=[EVERYBODY])
    await keep(archive, rooms[0], MEMBER=[])
    assert [(await ids(archive, room))[MEMBER] for room in rooms] == [[], [EVERYBODY]]


async def test_people_are_shown_by_the_names_they_have_now(archive: Archive) -> None:
    room = await archive.room("One")
    await keep(archive, room, MEMBER=[await person_principal(archive, 1), EVERYBODY])
    await archive.database.write(lambda connection: connection.execute(
        update(people).where(people.c.id == 1).values(display_name="Someone New")))
    assert [(one.kind, one.name, one.display_name) for one in (await archive.rooms.lists(room))[MEMBER]] == [
        (PrincipalKind.DOMAIN, FOREST, "litwareinc.com"),
        (PrincipalKind.USER, str(one_person(1).address), "Someone New")]


async def test_who_is_removed_vanishes_from_every_list(archive: Archive) -> None:
    room = await archive.room("One")
    category = (await archive.rooms.categories())[0]
    one = await person_principal(archive, 1)
    await keep(archive, room, MEMBER=[one, EVERYBODY], MANAGER=[one])
    await archive.rooms.change_category(category, CategoryChange(), {CategoryRole.DENIED: [one]})
    await archive.database.write(lambda connection: connection.execute(delete(principals).where(
        principals.c.id == one)))
    assert await ids(archive, room) == {MEMBER: [EVERYBODY], MANAGER: [], PRESENTER: []}
    assert (await archive.rooms.category_lists(category))[CategoryRole.DENIED] == []


async def test_an_entry_that_vanished_before_the_change_undoes_it_all(archive: Archive) -> None:
    room = await archive.room("One")
    await keep(archive, room, MEMBER=[EVERYBODY])
    with pytest.raises(ParlourError) as fault:
        await archive.rooms.change(room, RoomChange("New"), None, {MEMBER: [], MANAGER: [99]})
    assert fault.value.kind.name == "PrincipalGone"
    assert await archive.rooms.at_all([room.uri]) == {room.uri: room}
    assert await ids(archive, room) == {MEMBER: [EVERYBODY], MANAGER: [], PRESENTER: []}


async def test_entries_are_those_that_matter(archive: Archive) -> None:
    rooms = [await archive.room(name) for name in ("One", "Two")]
    other = await archive.room("Other", category="second.litwareinc.com\\General")
    one, two = [await person_principal(archive, number) for number in (1, 2)]
    await keep(archive, rooms[0], MEMBER=[one, two], PRESENTER=[two])
    category = next(one for one in await archive.rooms.categories() if one.pool == POOL)
    await archive.rooms.change_category(category, CategoryChange(), {CategoryRole.DENIED: [two]})
    allowed: dict[CategoryRole | RoomRole, frozenset[int]] = {CategoryRole.ALLOWED: frozenset([EVERYBODY])}
    assert await archive.rooms.entries([*rooms, other], [one, EVERYBODY]) == {
        rooms[0].id: {**allowed, MEMBER: frozenset([one])}, rooms[1].id: allowed, other.id: allowed}
    assert await archive.rooms.entries(rooms, [two]) == {
        rooms[0].id: {CategoryRole.DENIED: frozenset([two]), MEMBER: frozenset([two]), PRESENTER: frozenset([two])},
        rooms[1].id: {CategoryRole.DENIED: frozenset([two])}}
    assert await archive.rooms.entries(rooms, []) == {room.id: {} for room in rooms}
    assert await archive.rooms.entries([], [one]) == {}


async def test_a_removed_room_takes_its_lists_along(archive: Archive) -> None:
    room = await archive.room("One")
    await keep(archive, room, MEMBER=[EVERYBODY])
    await archive.rooms.remove(room.id)
    assert await ids(archive, room) == {MEMBER: [], MANAGER: [], PRESENTER: []}


async def test_many_affiliations_and_rooms_fit_into_one_question(archive: Archive) -> None:
    rooms = await asyncio.gather(*(archive.room(f"Room {number}") for number in range(50)))
    found = await archive.rooms.entries(rooms, range(1, 2000))
    assert set(found) == {room.id for room in rooms}
