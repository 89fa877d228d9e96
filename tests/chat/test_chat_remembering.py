"""Rights are decided from memory as they are decided from the store, and a change acts at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, delete, insert
from tests.chat.stage_kit import Stage, map_sip, refused, sip
from tests.storage.storage_kit import EVERYBODY, one_person

from parlour.chat import access
from parlour.chat.model import RoomChange
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.rights import Act
from parlour.storage.schema import group_members, room_principals

ALICE, BOB = one_person(1), one_person(2)


@pytest.fixture
def hops(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each hop to the database."""
    noted: list[str] = []
    read = stage.archive.database.read

    async def counted(work: Callable[[Connection], object]) -> object:
        noted.append("read")
        return await read(work)
    monkeypatch.setattr(stage.archive.database, "read", counted)
    return noted


async def test_who_was_let_in_before_is_let_in_from_memory(stage: Stage, hops: list[str]) -> None:
    room = await stage.closed_room(1, 2)
    await stage.core.access.room(ALICE, room.uri, Act.POST)
    hops.clear()
    assert await stage.core.access.room(ALICE, room.uri, Act.READ) == room
    assert hops == []


async def test_many_who_come_at_once_are_looked_up_together(stage: Stage, hops: list[str]) -> None:
    room = await stage.room()
    one = await _hops_of(hops, stage.core.access.room(one_person(5), room.uri, Act.JOIN))
    await stage.administration.change_room(room, RoomChange(description="so that all is forgotten"))

    async def everybody() -> None:
        await _all(*(stage.core.access.room(one_person(number), room.uri, Act.JOIN) for number in range(1, 6)))
    assert await _hops_of(hops, everybody()) == one


async def _hops_of(hops: list[str], call: Awaitable[object]) -> int:
    hops.clear()
    await call
    return len(hops)


async def _all(*calls: Awaitable[object]) -> None:
    await asyncio.gather(*calls)


async def test_a_change_that_nobody_announced_acts_at_once(stage: Stage) -> None:
    team = await stage.group("Team", [sip(1)])
    room = await stage.put(await stage.closed_room(), RoomRole.MEMBER, [team])
    await stage.core.access.room(ALICE, room.uri, Act.READ)
    write = stage.archive.database.write
    await write(lambda connection: connection.execute(delete(group_members)))
    assert await refused(stage.core.access.room(ALICE, room.uri, Act.READ)) == "NotAMember"
    await write(lambda connection: connection.execute(insert(room_principals), {
        "room_id": room.id, "role": RoomRole.MEMBER.value, "principal_id": EVERYBODY}))
    await stage.core.access.room(ALICE, room.uri, Act.READ)
    await stage.wall(CategoryRole.ALLOWED, map_sip([2]))
    assert await refused(stage.core.access.room(ALICE, room.uri, Act.READ)) == "ChatRoomNotFound"
    await stage.core.access.room(BOB, room.uri, Act.READ)


async def test_a_list_too_long_to_keep_decides_all_the_same(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_LONGEST", 2)
    room = await stage.closed_room(1, 2, 3, 4)
    for _ in range(2):
        await stage.core.access.room(ALICE, room.uri, Act.READ)
        assert await refused(stage.core.access.room(one_person(5), room.uri, Act.READ)) == "NotAMember"
