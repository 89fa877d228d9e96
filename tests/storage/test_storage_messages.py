"""The message log: numbers without gaps, and nothing acknowledged is ever lost."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.storage.storage_kit import NOW, Archive, address, draft, open_archive

from parlour.chat.model import Content, Message, Room
from parlour.errors import ParlourError
from parlour.storage.messages import PURGE_CHARACTERS

ROOMS = 3
STEPS = st.lists(st.tuples(st.sampled_from(["post", "post", "post", "remove", "settle"]), st.integers(0, ROOMS - 1)),
                 max_size=40)


async def test_a_message_comes_back_as_it_went_in(archive: Archive) -> None:
    room = await archive.room("Engineering")
    message = await archive.log.append(draft(room, "hello \U0001f389\r\n", author=2))
    assert message == Message(
        room.id, 1, 1, 2, address("person2"), "Person 2", NOW, Content("hello \U0001f389\r\n"))
    assert await archive.last(room.id, 10) == [message]


async def test_rooms_count_for_themselves(archive: Archive) -> None:
    one, two = await archive.room("One"), await archive.room("Two")
    posts = [archive.log.append(draft(room)) for room in (one, two, one, one, two)]
    assert [(await post).number for post in posts] == [1, 1, 2, 3, 2]
    assert [await archive.log.last_number(room.id) for room in (one, two)] == [3, 2]


async def test_the_newest_page_is_oldest_first(archive: Archive) -> None:
    room = await archive.room("Engineering")
    await archive.post(room, *map(str, range(10)))
    assert [message.text for message in await archive.last(room.id, 3)] == ["7", "8", "9"]
    assert [message.text for message in await archive.last(room.id, 3, 5)] == ["2", "3", "4"]
    assert await archive.last(room.id, 0) == []


async def test_a_room_that_is_not_there_is_refused(archive: Archive) -> None:
    room = await archive.room("Engineering")
    await archive.rooms.remove(room.id)
    with pytest.raises(ParlourError, match="The room was removed"):
        await archive.log.append(draft(room))
    with pytest.raises(ParlourError, match="The room was removed"):
        await archive.log.last_number(room.id)
    assert await archive.last(room.id, 5) == []


async def test_the_last_number_counts_what_was_appended_before_it_was_asked_for(archive: Archive) -> None:
    room = await archive.room("Engineering")
    done: list[str] = []
    for number in range(5):
        archive.log.append(draft(room)).add_done_callback(lambda _, n=number: done.append(str(n)))  # type: ignore[misc]
    assert await archive.log.last_number(room.id) == 5
    assert done == ["0", "1", "2", "3", "4"]


async def test_a_removed_room_takes_its_messages_along_and_its_id_is_not_given_again(archive: Archive) -> None:
    room = await archive.room("Engineering")
    await archive.post(room, "one", "two")
    await archive.rooms.remove(room.id)
    again = await archive.room("Engineering")
    assert again.id > room.id
    assert [message.number for message in await archive.post(again, "three")] == [1]
    assert await archive.last(room.id, 5) == []


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_whatever_happens_there_is_never_a_gap(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), steps))


async def _play(folder: Path, steps: list[tuple[str, int]]) -> None:
    async with open_archive(folder) as archive:
        rooms = [await archive.room(str(number)) for number in range(ROOMS)]
        pending: list[asyncio.Future[Message]] = []
        expected: dict[int, int] = {room.id: 0 for room in rooms}
        refused, removals = 0, []
        for step, index in steps:
            room = rooms[index]
            if step == "post":
                pending.append(archive.log.append(draft(room)))
                gone = room.id not in expected
                refused += gone
                if not gone:
                    expected[room.id] += 1
            elif step == "remove" and room.id in expected:
                removals.append(asyncio.ensure_future(archive.rooms.remove(room.id)))
                await asyncio.sleep(0)  # so that it is queued
                del expected[room.id]
            else:
                await asyncio.gather(*pending, return_exceptions=True)
        results = await asyncio.gather(*pending, return_exceptions=True)
        await asyncio.gather(*removals)
        assert sum(isinstance(result, ParlourError) for result in results) == refused
        _check_order([result for result in results if isinstance(result, Message)], rooms)
        for room_id, count in expected.items():
            kept = [message.number for message in await archive.last(room_id, 1000)]
            assert kept == list(range(1, count + 1))


def _check_order(posted: list[Message], rooms: list[Room]) -> None:
    for room in rooms:
        numbers = [message.number for message in posted if message.room_id == room.id]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_a_thousand_posts_at_once_are_numbered_in_their_order(archive: Archive) -> None:
    room = await archive.room("Engineering")

    async def talk(author: int) -> list[int]:
        return [(await archive.log.append(draft(room, author=author))).number for _ in range(100)]
    numbers = await asyncio.gather(*(talk(1 + author % 5) for author in range(10)))
    assert sorted(number for own in numbers for number in own) == list(range(1, 1001))
    assert all(own == sorted(own) for own in numbers)


POSTER = """
import asyncio, sys
from parlour.storage.database import Database
from parlour.storage.messages import SqlMessageLog
from tests.storage.storage_kit import NOW, one_person
from parlour.chat.model import Content, Draft

async def talk(log, author):
    while True:
        message = await log.append(Draft(1, one_person(author), NOW, Content(str(author))))
        print(message.number, flush=True)

async def main():
    log = SqlMessageLog(Database(sys.argv[1]))
    await asyncio.gather(*(talk(log, author) for author in range(1, 6)))

asyncio.run(main())
"""


async def test_every_acknowledged_message_survives_a_kill(tmp_path: Path) -> None:
    async with open_archive(tmp_path) as archive:
        await archive.room("Engineering")
        url = archive.url
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", POSTER, url, stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])})
    assert child.stdout is not None
    acknowledged = [int(await child.stdout.readline()) for _ in range(200)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in (await child.stdout.read()).split(b"\n")[:-1]]
    assert await child.wait() == -signal.SIGKILL
    await _check_kept(url, acknowledged)


async def _check_kept(url: str, acknowledged: list[int]) -> None:
    archive = Archive(url)
    try:
        kept = [message.number for message in await archive.last(1, 10**6)]
        assert set(acknowledged) <= set(kept)
        assert kept == list(range(1, len(kept) + 1))
        assert await archive.log.last_number(1) == len(kept)
    finally:
        await archive.database.close()


@pytest.mark.parametrize(("lengths", "commits"), [
    ([10] * 20, 1), ([PURGE_CHARACTERS] * 3, 3), ([PURGE_CHARACTERS // 2] * 4, 2), ([100_000, 1, 1], 2)])
async def test_a_purge_takes_so_many_characters_in_one_commit(
    archive: Archive, lengths: list[int], commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await archive.room("Engineering")
    await archive.post(room, *("x" * length for length in lengths))
    write = archive.database.write
    writes: list[object] = []
    def counted(work: Callable[[Connection], bool]) -> "asyncio.Future[bool]":
        writes.append(work)
        return write(work)
    monkeypatch.setattr(archive.database, "write", counted)
    await archive.log.purge(room.id, len(lengths))
    assert len(writes) == commits + 1  # the last one finds nothing
    assert await archive.last(room.id, 9) == []
