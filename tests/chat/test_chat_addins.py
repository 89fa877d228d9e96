"""Add-ins: registered pages that rooms show beside the conversation."""

import pytest
from tests.chat.stage_kit import Stage, refused
from tests.storage.storage_kit import POOL

from parlour.chat.events import RoomChanged
from parlour.chat.model import Addin, NewRoom, Room, RoomChange

URL = "https://ticker.litwareinc.com/page?x=1#y"


async def ticker(stage: Stage, name: str = "Ticker", pool: str = POOL) -> Addin:
    return await stage.core.addins.add(name, URL, pool, f"guid of {name} at {pool}")


async def change(stage: Stage, room: Room, addin: str) -> Room:
    return (await stage.administration.change_room(room, RoomChange(addin=addin)))[0]


async def test_a_room_shows_what_was_registered_and_everyone_is_told(stage: Stage) -> None:
    addin = await ticker(stage)
    room = await stage.room()
    session = await stage.joined(room)
    room = await change(stage, room, "TICKER")
    assert room.addin == addin
    changed = await stage.core.addins.change(addin, "Board", "http://board/")
    assert (changed.identity, changed.url) == (f"{POOL}\\Board", "http://board/")
    room = await stage.administration.room_named(room.identity)
    assert room.addin == changed
    room = await change(stage, room, "")
    assert room.addin is None
    told = [event.room.addin for event in session.outlet.events if isinstance(event, RoomChanged)]
    assert told == [addin, changed, None]


async def test_a_new_room_may_have_one(stage: Stage) -> None:
    addin = await ticker(stage)
    room = await stage.administration.create_room(NewRoom("x", "General", POOL, addin=addin.identity))
    assert room.addin == addin
    assert await refused(stage.administration.create_room(NewRoom("y", "General", POOL, addin="None"))) == (
        "ChatAddinNotFound")


async def test_one_that_is_used_stays_unless_forced(stage: Stage) -> None:
    addin = await ticker(stage)
    room = await change(stage, await stage.room(), "Ticker")
    session = await stage.joined(room)
    assert await refused(stage.core.addins.remove(addin, force=False)) == "ChatAddinInUse"
    await stage.core.addins.remove(addin, force=True)
    assert await stage.core.addins.all() == []
    assert (await stage.administration.room_named(room.identity)).addin is None
    assert [event.room.addin for event in session.outlet.events if isinstance(event, RoomChanged)] == [None]


async def test_names_are_unique_in_a_pool_and_rooms_use_those_of_theirs(stage: Stage) -> None:
    second = POOL.replace("pool.", "second.")
    first, other = await ticker(stage), await ticker(stage, "Ticker", second)
    await ticker(stage, "Other", second)
    assert await refused(ticker(stage, "tICKER")) == "ChatAddinExists"
    assert await refused(stage.core.addins.change(other, "OTHER", None)) == "ChatAddinExists"
    assert await refused(stage.core.addins.named("Ticker")) == "NameNeedsPool"
    assert await stage.core.addins.named(f"{POOL.upper()}\\ticker") == first
    assert await refused(change(stage, await stage.room(), "Other")) == "ChatAddinNotFound"
    assert await refused(stage.core.addins.add("x", URL, None, "g")) == "NameNeedsPool"
    assert await refused(stage.core.addins.add("x", URL, "third.example", "g")) == "PoolUnknown"


@pytest.mark.parametrize(("name", "url", "error"), [
    ("", URL, "ChatRoomNameInvalid"), ("x" * 51, URL, "ChatRoomNameInvalid"), ("a\nb", URL, "ChatRoomNameInvalid"),
    ("x", "", "ChatAddinUrlInvalid"), ("x", "ftp://x/", "ChatAddinUrlInvalid"),
    ("x", "javascript:alert(1)", "ChatAddinUrlInvalid"), ("x", "https://", "ChatAddinUrlInvalid"),
    ("x", "https://a b/", "ChatAddinUrlInvalid"), ("x", "https://user@host/", "ChatAddinUrlInvalid"),
    ("x", "https://x/" + "y" * 246, "ChatAddinUrlInvalid"), ("x", " https://x/", "ChatAddinUrlInvalid"),
    ("x", "https://x/\n", "ChatAddinUrlInvalid"), ("x", "https:\\\\x", "ChatAddinUrlInvalid"),
])
async def test_bad_ones_are_not_registered(stage: Stage, name: str, url: str, error: str) -> None:
    assert await refused(stage.core.addins.add(name, url, POOL, "guid")) == error
    addin = await ticker(stage)
    assert await refused(stage.core.addins.change(addin, name, url)) == error
    assert await stage.core.addins.all() == [addin]
