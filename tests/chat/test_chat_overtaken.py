"""Whoever loses a right while he uses it: what he does is before that, or not at all."""

import asyncio

from tests.chat.stage_kit import Stage, map_sip, sip
from tests.storage.storage_kit import one_person

from parlour.chat.model import RoomChange
from parlour.chat.principals import RoomRole
from parlour.errors import ParlourError

ALICE, BOB, CAROL = (one_person(number) for number in (1, 2, 3))


async def test_a_manager_who_is_removed_does_not_put_himself_back(stage: Stage) -> None:
    room = await stage.put(await stage.closed_room(1, 2), RoomRole.MANAGER, map_sip([1, 2]))
    management = stage.core.management
    results = await asyncio.gather(
        management.change(ALICE, room.uri, RoomChange(lists={RoomRole.MANAGER: [sip(1)]})),
        *(management.change(BOB, room.uri, RoomChange(lists={RoomRole.MANAGER: [sip(2)]})) for _ in range(3)),
        return_exceptions=True)
    assert all(isinstance(one, ParlourError) and one.kind.name == "NotAManager" for one in results[1:])
    managers = (await management.lists(ALICE, room.uri))[RoomRole.MANAGER]
    assert [one.name for one in managers] == [sip(1)]


async def test_a_manager_who_is_removed_approves_nobody_any_more(stage: Stage) -> None:
    room = await stage.put(await stage.closed_room(1, 2), RoomRole.MANAGER, map_sip([1, 2]))
    await stage.core.membership.ask(CAROL, room.uri)
    removed, approved = await asyncio.gather(
        stage.core.management.change(ALICE, room.uri, RoomChange(lists={RoomRole.MANAGER: [sip(1)]})),
        stage.core.membership.approve(BOB, room.uri, CAROL.address), return_exceptions=True)
    assert not isinstance(removed, BaseException)
    assert isinstance(approved, ParlourError)
    assert approved.kind.name == "NotAManager"
