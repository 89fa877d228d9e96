"""How much is kept of what was said, and messages that come from elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.storage.storage_kit import NOW, Archive, address, draft, one_person

from parlour.chat.model import Content, Correction, Draft
from parlour.chat.ports import Wanted
from parlour.errors import ParlourError
from parlour.storage import messages

EARLIER = NOW - timedelta(days=400)


async def _size(archive: Archive, room_id: int) -> int:
    """Find the size of a room by asking whether it exceeds another one."""
    size = 0
    while await archive.log.exceeds(room_id, size):
        size += 1
    return size


async def test_the_size_of_a_room_is_that_of_its_texts_in_utf_8(archive: Archive) -> None:
    room, other = await archive.room("Engineering"), await archive.room("Other")
    assert not await archive.log.exceeds(room.id, 0)
    await archive.post(room, "abc", "é😀")
    await archive.post(other, "x" * 100)
    assert await _size(archive, room.id) == 3 + 2 + 4
    await archive.log.append(replace(draft(room), content=Content("body", title="head", rtf="{rtf}")))
    assert await _size(archive, room.id) == 9 + 4 + 4 + 5
    assert not await archive.log.exceeds(10**6, 0)


async def test_what_was_said_before_a_correction_counts_too(archive: Archive) -> None:
    room = await archive.room("Engineering")
    (message,) = await archive.post(room, "12345")
    await archive.log.correct(Correction(room.id, message.number, NOW, Content("123")))
    assert await _size(archive, room.id) == 8
    await archive.log.correct(Correction(room.id, message.number, NOW, None))
    assert await _size(archive, room.id) == 8
    await archive.log.purge(room.id, await archive.log.last_number(room.id))
    assert await _size(archive, room.id) == 0


async def test_a_room_is_measured_piece_by_piece(archive: Archive) -> None:
    room = await archive.room("Engineering")
    count = messages.MEASURED * 2 + 1
    await archive.log.load(room.id, 0, [replace(draft(room), content=Content("ab"))] * count)
    assert await archive.log.exceeds(room.id, count * 2 - 1)
    assert not await archive.log.exceeds(room.id, count * 2)


async def test_messages_from_elsewhere_are_like_all_others(archive: Archive) -> None:
    room = await archive.room("Engineering")
    edited = Draft(room.id, one_person(2), EARLIER + timedelta(hours=1), Content("needle in hay", alert=True),
                   (address("person3"),), edited_at=EARLIER + timedelta(hours=2))
    await archive.log.load(room.id, 0, [replace(draft(room, "one"), posted_at=EARLIER), edited])
    await archive.log.load(room.id, 2, [replace(draft(room, "three"), posted_at=EARLIER + timedelta(hours=3))])
    found = await archive.last(room.id, 10)
    assert [(m.number, m.ordinal, m.text, m.posted_at, m.edited_at) for m in found] == [
        (1, 1, "one", EARLIER, None),
        (2, 2, "needle in hay", EARLIER + timedelta(hours=1), EARLIER + timedelta(hours=2)),
        (3, 3, "three", EARLIER + timedelta(hours=3), None)]
    assert [m.number for m in await archive.post(room, "live")] == [4]
    wanted = Wanted(("needle",), True, False, (), None, None, False)
    assert [m.number for m in (await archive.stores.search.examine(room.id, wanted, None, 10, 100)).messages] == [2]
    assert [m.number for m in await archive.stores.reading.mentions(3, None, 10)] == [2]


async def test_nothing_is_loaded_where_somebody_posted_meanwhile(archive: Archive) -> None:
    room = await archive.room("Engineering")
    await archive.log.load(room.id, 0, [draft(room, "one")])
    await archive.post(room, "live")
    with pytest.raises(ParlourError, match="Somebody posted in the room meanwhile"):
        await archive.log.load(room.id, 1, [draft(room, "two")])
    assert [m.text for m in await archive.last(room.id, 10)] == ["one", "live"]
    await archive.rooms.remove(room.id)
    with pytest.raises(ParlourError, match="The room was removed"):
        await archive.log.load(room.id, 2, [draft(room, "two")])
