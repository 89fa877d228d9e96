"""Rooms and categories as they are kept."""

from itertools import product

import pytest
from sqlalchemy import insert
from tests.storage.storage_kit import DOMAIN, EVERYBODY, POOL, Archive, insert_category

from parlour.addresses import RoomUri
from parlour.chat.model import CategoryChange, Invitations, NewCategory, NewRoom, Privacy, RoomType
from parlour.chat.ports import RoomsWanted
from parlour.chat.principals import CategoryRole, RoomRole, standing_of
from parlour.chat.rights import Act, decide
from parlour.errors import ParlourError
from parlour.storage.schema import principals

NAMES = ["100% sure", "100 percent", "a_b", "axb", "back\\slash", "Straße", "ÉCOLE", "plain"]


async def test_a_room_comes_back_as_it_was_made(archive: Archive) -> None:
    new = NewRoom("Engineering", "general", POOL, "What we build", Privacy.SECRET, RoomType.AUDITORIUM,
                  Invitations.FALSE, disabled=True)
    room = await archive.rooms.create(new, "guid", {})
    assert (room.name, room.description, room.privacy, room.type, room.invitations, room.disabled) == (
        "Engineering", "What we build", Privacy.SECRET, RoomType.AUDITORIUM, Invitations.FALSE, True)
    assert (room.pool, room.category, room.identity) == (POOL, "General", f"{POOL}\\Engineering")
    assert (room.uri, room.category_uri) == (RoomUri(DOMAIN, "guid"), f"ma-cat://{DOMAIN}/General@{POOL}")
    assert room.created_at == archive.clock.now()
    assert await archive.rooms.at_all([room.uri]) == {room.uri: room}


@pytest.mark.parametrize(("invitations", "invites"), [(Invitations.INHERIT, True), (Invitations.FALSE, False)])
async def test_a_room_invites_as_its_category_and_itself_allow(
    archive: Archive, invitations: Invitations, invites: bool
) -> None:
    room = await archive.rooms.create(NewRoom("x", "General", POOL, invitations=invitations), "guid", {})
    assert (room.invites, room.file_upload, room.chat_history) == (invites, False, True)


@pytest.mark.parametrize("uri", [
    RoomUri(DOMAIN, "ROOM-1"), RoomUri(DOMAIN, "room-2"), RoomUri("contoso.com", "room-1"), RoomUri(DOMAIN, ""),
    RoomUri(DOMAIN, "room_1"), RoomUri(DOMAIN, "room-1' OR 1=1 --"),
])
async def test_only_the_whole_address_finds_a_room(archive: Archive, uri: RoomUri) -> None:
    await archive.room("x")
    assert await archive.rooms.at_all([uri]) == {}


@pytest.mark.parametrize(("text", "found"), [
    ("", sorted(NAMES, key=str.casefold)),
    ("100%", ["100% sure"]), ("%", ["100% sure"]), ("_", ["a_b"]), ("A_B", ["a_b"]), ("\\", ["back\\slash"]),
    ("STRASSE", ["Straße"]), ("ß", ["Straße"]), ("école", ["ÉCOLE"]), ("e\u0301cole", ["ÉCOLE"]),
    ("ecole", []), ("PLAIN", ["plain"]), ("'", []), ("x" * 256, []),
])
async def test_a_search_takes_every_character_as_it_is(archive: Archive, text: str, found: list[str]) -> None:
    for name in NAMES:
        await archive.room(name)
    assert [room.name for room in await archive.rooms.search(named(text), [EVERYBODY], 100)] == found


def named(*words: str, every: bool = True, in_description: bool = False) -> RoomsWanted:
    return RoomsWanted(words, every, in_description)


async def test_a_search_is_by_name_and_bounded(archive: Archive) -> None:
    for name in ("c", "a", "b"):
        await archive.room(name)
    assert [room.name for room in await archive.rooms.search(named(), [EVERYBODY], 2)] == ["a", "b"]


@pytest.mark.parametrize(("wanted", "found"), [
    (named("RED", "blue"), ["red blue"]), (named("red", "blue", every=False), ["blue", "red", "red blue"]),
    (named("paint"), []), (named("PAINT", in_description=True), ["blue"]),
    (named("blue", "paint", in_description=True), ["blue"]), (named("paint", "blue"), []), (named(every=False), [
        "blue", "red", "red blue"])])
async def test_a_search_for_words(archive: Archive, wanted: RoomsWanted, found: list[str]) -> None:
    for name in ("red", "red blue"):
        await archive.room(name)
    await archive.rooms.create(NewRoom("blue", f"{POOL}\\General", description="Paint"), "described", {})
    assert [room.name for room in await archive.rooms.search(wanted, [EVERYBODY], 9)] == found


async def test_a_search_finds_what_the_rules_of_rights_let_be_seen(archive: Archive) -> None:
    """Every kind of room, behind every kind of wall, for people in every list, is found just when it may be seen."""
    me, other = EVERYBODY, 99
    await archive.database.write(lambda connection: connection.execute(insert(principals), {
        "id": other, "kind": "Group", "key": "other", "name": "other", "display_name": ""}))
    walls: list[tuple[list[int], list[int]]] = [([], [me]), ([me], []), ([me], [me]), ([other], []), ([me], [other])]
    for number, (allowed, denied) in enumerate(walls):
        category = await archive.rooms.create_category(NewCategory(f"C{number}", POOL), f"c{number}")
        await archive.rooms.change_category(category, CategoryChange(), {
            CategoryRole.ALLOWED: allowed, CategoryRole.DENIED: denied})
        for name, (privacy, disabled, role, who) in enumerate(product(
                Privacy, (False, True), RoomRole, ([], [me], [other]))):
            await archive.rooms.create(
                NewRoom(f"{number} {name}", f"{POOL}\\C{number}", privacy=privacy, disabled=disabled),
                f"r{number}-{name}", {role: who})
    rooms = await archive.rooms.all()
    for among in ([], [me], [other], [me, other]):
        ways = dict.fromkeys(among, ("",))
        entries = await archive.rooms.entries(rooms, among)
        seen = [room.name for room in rooms if decide(Act.SEE, room, standing_of(ways, entries[room.id])).allowed]
        found = await archive.rooms.search(named(), among, 999)
        assert sorted(room.name for room in found) == sorted(seen)


@pytest.mark.parametrize("name", ["Engineering", "ENGINEERING", "general", "Special", "SPECIAL"])
async def test_a_name_is_the_only_one_in_its_pool_categories_included(archive: Archive, name: str) -> None:
    await archive.database.write(lambda connection: insert_category(connection, "Special"))
    await archive.room("Engineering")
    with pytest.raises(ParlourError) as fault:
        await archive.room(name)
    assert fault.value.kind.name == "ChatRoomExists"
    assert len(await archive.rooms.all()) == 1


async def test_a_taken_name_is_named_as_it_was_typed_and_not_whose_it_is(archive: Archive) -> None:
    await archive.room("Engineering")
    for name in ("engineering", "GENERAL"):
        with pytest.raises(ParlourError, match=f'already has a room or category called "{name}"'):
            await archive.room(name)


async def test_another_pool_has_names_of_its_own(archive: Archive) -> None:
    one = await archive.room("Engineering")
    other = await archive.room("Engineering", category="second.litwareinc.com\\General")
    assert await archive.rooms.named("ENGINEERING", None) == [one, other]
    assert await archive.rooms.named("engineering", "SECOND.litwareinc.com") == [other]
    assert await archive.rooms.named("engineering", "third.litwareinc.com") == []
    assert await archive.rooms.all() == [one, other]


@pytest.mark.parametrize(("category", "pool", "error"), [
    ("General", None, "NameNeedsPool"), ("Elsewhere", POOL, "ChatCategoryNotFound"),
    ("third.litwareinc.com\\General", None, "ChatCategoryNotFound"), ("", POOL, "ChatCategoryNotFound"),
    ("General", "third.litwareinc.com", "ChatCategoryNotFound"),
])
async def test_a_room_needs_one_category(archive: Archive, category: str, pool: str | None, error: str) -> None:
    with pytest.raises(ParlourError) as fault:
        await archive.rooms.create(NewRoom("x", category, pool), "guid", {})
    assert fault.value.kind.name == error
    assert fault.value.target == category


async def test_a_category_may_have_a_backslash_in_its_name(archive: Archive) -> None:
    await archive.database.write(lambda connection: insert_category(connection, "AC\\DC"))
    room = await archive.room("x", category=f"{POOL.upper()}\\ac\\dc")
    assert room.category == "AC\\DC"


async def test_categories_know_how_many_rooms_they_have(archive: Archive) -> None:
    room = await archive.room("One")
    await archive.room("Two")
    await archive.rooms.remove(room.id)
    assert [(one.pool, one.name, one.number_of_rooms, one.uri) for one in await archive.rooms.categories()] == [
        (POOL, "General", 1, f"ma-cat://{DOMAIN}/General@{POOL}"),
        ("second.litwareinc.com", "General", 0, f"ma-cat://{DOMAIN}/General@second.litwareinc.com")]


async def test_removing_what_is_not_there_changes_nothing(archive: Archive) -> None:
    room = await archive.room("One")
    await archive.rooms.remove(room.id + 1)
    assert await archive.rooms.all() == [room]
