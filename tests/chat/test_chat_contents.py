"""All that was said in a room, for administrators; and who has it open while messages from elsewhere come in."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.chat.stage_kit import Stage, seen
from tests.storage.storage_kit import NOW, POOL, one_person

from parlour.chat.contents import PAGE
from parlour.chat.events import RoomClosed
from parlour.chat.model import Content, Draft, NewRoom, Room
from parlour.errors import ParlourError

EARLIER = NOW - timedelta(days=30)


def old(room: Room, text: str) -> Draft:
    """Make a message from elsewhere."""
    return Draft(room.id, one_person(2), EARLIER, Content(text))


async def batches(*drafts: list[Draft]) -> AsyncIterator[list[Draft]]:
    """Yield some batches."""
    for batch in drafts:
        yield batch


async def test_the_pages_of_a_room_are_all_of_it(stage: Stage) -> None:
    room = await stage.room()
    assert [page async for page in stage.core.contents.pages(room)] == []
    assert await stage.core.contents.is_unused(room)
    texts = [str(number) for number in range(PAGE + 3)]
    assert await stage.core.contents.fill(room, batches(
        [old(room, text) for text in texts[:PAGE]], [old(room, text) for text in texts[PAGE:]])) == PAGE + 3
    pages = [page async for page in stage.core.contents.pages(room)]
    assert [len(page) for page in pages] == [PAGE, 3]
    assert [one.text for page in pages for one in page] == texts
    assert not await stage.core.contents.is_unused(room)
    assert [page async for page in stage.core.contents.pages(room, EARLIER + timedelta(1))] == []
    assert len([page async for page in stage.core.contents.pages(room, EARLIER)]) == 2


async def test_who_has_a_room_open_that_is_filled_leaves_it_and_finds_the_messages(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.core.contents.fill(room, batches([old(room, "one"), old(room, "two")]))
    assert [type(event) for event in alice.outlet.events].count(RoomClosed) == 1
    assert (seen(alice), alice.joined) == ([], {})
    again = await stage.chat.join(alice, room.uri)
    assert again.last_number == 2
    assert (await stage.post(alice, room.uri, "three")).number == 3
    assert seen(alice) == [3]


async def test_who_comes_in_meanwhile_leaves_too(stage: Stage) -> None:
    room = await stage.room()
    bob = stage.session(2)

    async def coming() -> AsyncIterator[list[Draft]]:
        yield [old(room, "one")]
        await stage.chat.join(bob, room.uri)
        yield [old(room, "two")]
    await stage.core.contents.fill(room, coming())
    assert bob.joined == {}
    assert (await stage.chat.join(bob, room.uri)).last_number == 2


async def test_a_post_meanwhile_ends_it_and_nothing_is_lost(stage: Stage) -> None:
    room = await stage.room()
    bob = stage.session(2)

    async def coming() -> AsyncIterator[list[Draft]]:
        yield [old(room, "one")]
        await stage.chat.join(bob, room.uri)
        await stage.post(bob, room.uri, "live")
        yield [old(room, "two")]
    with pytest.raises(ParlourError) as refusal:
        await stage.core.contents.fill(room, coming())
    assert refusal.value.kind.name == "ChatRoomUsed"
    pages = [page async for page in stage.core.contents.pages(room)]
    assert [one.text for page in pages for one in page] == ["one", "live"]
    with pytest.raises(ParlourError):
        await stage.core.contents.fill(room, batches([old(room, "again")]))


async def test_how_much_was_said(stage: Stage) -> None:
    room = await stage.room()
    await stage.core.contents.fill(room, batches([old(room, "12345")]))
    assert await stage.core.contents.exceeds(room, 4)
    assert not await stage.core.contents.exceeds(room, 5)


async def test_a_room_may_keep_the_guid_it_had(stage: Stage) -> None:
    room = await stage.administration.create_room(NewRoom("Kept", "General", POOL, guid="as-before"))
    assert room.uri.guid == "as-before"
