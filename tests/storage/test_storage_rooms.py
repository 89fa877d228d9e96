"""Rooms and categories as they are kept."""

import pytest
from tests.storage.storage_kit import DOMAIN, POOL, Archive, insert_category

from parlour.addresses import RoomUri
from parlour.chat.model import Invitations, NewRoom, Privacy, RoomType
from parlour.errors import ParlourError

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
    assert await archive.rooms.at(room.uri) == room


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
    assert await archive.rooms.at(uri) is None


@pytest.mark.parametrize(("text", "found"), [
    ("", sorted(NAMES, key=str.casefold)),
    ("100%", ["100% sure"]), ("%", ["100% sure"]), ("_", ["a_b"]), ("A_B", ["a_b"]), ("\\", ["back\\slash"]),
    ("STRASSE", ["Straße"]), ("ß", ["Straße"]), ("école", ["ÉCOLE"]), ("e\u0301cole", ["ÉCOLE"]),
    ("ecole", []), ("PLAIN", ["plain"]), ("'", []), ("x" * 256, []),
])
async def test_a_search_takes_every_character_as_it_is(archive: Archive, text: str, found: list[str]) -> None:
    for name in NAMES:
        await archive.room(name)
    assert [room.name for room in await archive.rooms.search(text, 0, 100)] == found


async def test_a_search_comes_by_pages(archive: Archive) -> None:
    for name in ("c", "a", "b"):
        await archive.room(name)
    assert [room.name for room in await archive.rooms.search("", 0, 2)] == ["a", "b"]
    assert [room.name for room in await archive.rooms.search("", 2, 2)] == ["c"]


@pytest.mark.parametrize("name", ["Engineering", "ENGINEERING", "general", "Special", "SPECIAL"])
async def test_a_name_is_the_only_one_in_its_pool_categories_included(archive: Archive, name: str) -> None:
    await archive.database.write(lambda connection: insert_category(connection, "Special"))
    await archive.room("Engineering")
    with pytest.raises(ParlourError) as fault:
        await archive.room(name)
    assert fault.value.kind.name == "ChatRoomExists"
    assert len(await archive.rooms.all()) == 1


async def test_the_owner_of_a_taken_name_is_named_as_it_is_spelt(archive: Archive) -> None:
    await archive.room("Engineering")
    with pytest.raises(ParlourError, match='already has a room called "Engineering"'):
        await archive.room("engineering")
    with pytest.raises(ParlourError, match='already has a category called "General"'):
        await archive.room("GENERAL")


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
