"""Outgoing hooks: what is told, in which order, what happens when nobody answers, and how it goes on afterwards."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.bots.bots_kit import URL, Workshop, open_workshop
from tests.storage.storage_kit import one_person

from parlour.bots.model import HookLimits
from parlour.bots.ports import Answer
from parlour.chat.model import Content, Privacy, Room, RoomChange
from parlour.chat.principals import RoomRole


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with open_workshop(tmp_path, HookLimits(give_up=3600)) as workshop:
        yield workshop


async def said(shop: Workshop, room: Room, text: str, number: int = 2) -> None:
    await shop.stage.chat.post_as(one_person(number), room.uri, Content(text))


async def told(shop: Workshop) -> dict[str, Any]:
    """Return what was told next."""
    _, _, body = await shop.network.next()
    return dict(json.loads(body))


def verify(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Check a signature as the documents say."""
    signed = headers["X-Parlour-Timestamp"].encode() + b"." + body
    return headers["X-Parlour-Signature"] == f"v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}"


async def test_everything_that_happens_is_told_in_order_and_signed(shop: Workshop) -> None:
    room = await shop.stage.room()
    await said(shop, room, "before there was a hook")
    hook = await shop.hook(room)
    async with shop.running():
        await said(shop, room, "one")
        await shop.stage.chat.edit(one_person(2), room.uri, 2, Content("ONE"))
        await said(shop, room, "two")
        await shop.stage.chat.delete(one_person(2), room.uri, 4)
        seen = [await shop.network.next() for _ in range(4)]
    events = [json.loads(body) for _, _, body in seen]
    assert [(one["event"], one["number"], one["message"]["number"]) for one in events] == [
        ("message", 2, 2), ("changed", 3, 2), ("message", 4, 4), ("deleted", 5, 4)]
    assert events[1]["message"]["text"] == "ONE"
    assert events[0]["room"] == {"id": f"{room.uri.domain}/{room.uri.guid}", "name": room.name}
    assert events[0]["hook"] == {"id": hook.guid, "name": "ci"}
    assert events[0]["message"]["author"] == one_person(2).address.bare
    secret = shop.vault.open((await shop.kept(hook)).sealed, "hook", hook.guid)
    assert all(url == URL and verify(secret, headers, body) for url, headers, body in seen)
    assert [headers["X-Parlour-Delivery"] for _, headers, _ in seen] == [f"{hook.guid}-{n}" for n in (2, 3, 4, 5)]


async def test_what_fails_is_tried_again_and_nothing_overtakes_it(shop: Workshop) -> None:
    room = await shop.stage.room()
    hook = await shop.hook(room)
    shop.network.answers += ["it is down", Answer(503, b""), Answer(302, b"")]
    began = shop.clock.now()
    async with shop.running():
        await said(shop, room, "one")
        await said(shop, room, "two")
        for wait, fault in ((1.0, "it is down"), (2.0, "It answered with status 503."),
                            (4.0, "It answered with status 302.")):
            assert (await told(shop))["number"] == 1
            assert await shop.clock.nap() == wait
            kept = await shop.kept(hook)
            assert (kept.failing_since, kept.fault) == (began, fault)
            assert shop.network.calls.empty()
            shop.clock.advance(wait)
        assert [(await told(shop))["number"] for _ in range(2)] == [1, 2]
        assert (await told_after(shop, room, "three"))["number"] == 3  # so that the second was noted
    kept = await shop.kept(hook)
    assert (kept.failing_since, kept.fault, kept.enabled) == (None, "", True)


async def test_it_goes_on_where_it_was_after_a_restart(shop: Workshop) -> None:
    room = await shop.stage.room()
    await shop.hook(room)
    shop.network.answers += [Answer(200, b""), "killed"]
    async with shop.running():
        await said(shop, room, "one")
        await told(shop)
        await said(shop, room, "two")
        await told(shop)
        await shop.clock.nap()
    for number in range(120):
        await said(shop, room, str(number))
    async with shop.running():
        assert [(await told(shop))["number"] for _ in range(121)] == list(range(2, 123))
        assert (await told_after(shop, room, "new"))["number"] == 123


async def told_after(shop: Workshop, room: Room, text: str) -> dict[str, Any]:
    await said(shop, room, text)
    return await told(shop)


@pytest.mark.parametrize("gone", [True, False])
async def test_who_is_never_there_is_switched_off_with_the_reason(shop: Workshop, gone: bool) -> None:
    room = await shop.stage.room()
    hook = await shop.hook(room)
    shop.network.answers += [Answer(410, b"")] if gone else ["it is down"] * 30
    async with shop.running():
        await said(shop, room, "one")
        waits = [0.0] if gone else [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600, 600]
        for wait in waits:
            assert gone or await shop.clock.nap() == wait
            shop.clock.advance(wait)
        while (await shop.kept(hook)).enabled:
            pass
        kept = await shop.kept(hook)
        assert kept.fault == ("It answered with status 410." if gone else "it is down")
        while not shop.network.calls.empty():
            shop.network.calls.get_nowait()
        shop.network.answers.clear()
        await said(shop, room, "two")
        await shop.hooks.switch(kept, enabled=True)
        assert [(await told(shop))["number"] for _ in range(2)] == [1, 2]


async def test_switching_it_on_tries_at_once(shop: Workshop) -> None:
    room = await shop.stage.room()
    hook = await shop.hook(room)
    shop.network.answers.append("it is down")
    async with shop.running():
        await said(shop, room, "one")
        await told(shop)
        await shop.clock.nap()
        await shop.hooks.switch(hook, enabled=True)  # while it waits to try again
        assert (await told(shop))["number"] == 1


async def test_answers_are_posted_once_and_start_no_loop(shop: Workshop) -> None:
    room = await shop.stage.room()
    first, second = await shop.hook(room, name="first"), await shop.hook(room, name="second")
    reply = json.dumps({"text": "see <https://x.example|this>"}).encode()
    async with shop.running():
        shop.network.answers += [Answer(200, reply)] * 4
        await said(shop, room, "question")
        seen = [await told(shop) for _ in range(4)]  # each the question, and the other's answer
        assert (await told_after(shop, room, "last"))["message"]["text"] == "last"
    assert {(one["hook"]["name"], one["message"]["author"]) for one in seen} == {
        ("first", second.bot.address.bare), ("first", one_person(2).address.bare),
        ("second", first.bot.address.bare), ("second", one_person(2).address.bare)}
    page = await shop.stage.archive.last(room.id, 10)
    assert [message.text for message in page] == ["question"] + ["see this (https://x.example)"] * 2 + ["last"]


async def test_an_answer_to_a_repeated_call_is_posted_once(shop: Workshop) -> None:
    room = await shop.stage.room()
    hook = await shop.hook(room)
    shop.network.answers += [Answer(200, b'{"text": "first answer"}'), Answer(200, b'{"text": "second answer"}')]
    async with shop.running():
        await said(shop, room, "question")
        await told(shop)
        while len(await shop.stage.archive.last(room.id, 10)) < 2:
            pass
    await shop.store.advance(hook.id, 0)  # as if the node had been killed before it noted that
    async with shop.running():
        assert (await told(shop))["number"] == 1
        await told_after(shop, room, "next")
    assert [message.text for message in await shop.stage.archive.last(room.id, 10)] == [
        "question", "first answer", "next"]


async def test_what_is_no_answer_is_none(shop: Workshop) -> None:
    room = await shop.stage.room()
    await shop.hook(room)
    bodies = (b"", b"ok", b"[]", b"{}", b'{"text": ""}', b"\xff", b"{" * 60_000)
    shop.network.answers += [Answer(200, body) for body in bodies]
    async with shop.running():
        for _ in bodies:
            await told_after(shop, room, "one")
        await told_after(shop, room, "two")
    assert {message.text for message in await shop.stage.archive.last(room.id, 20)} == {"one", "two"}


async def test_a_bot_that_may_not_read_is_told_nothing(shop: Workshop) -> None:
    room = await shop.stage.closed_room(1, 2)
    hook = await shop.hook(room)
    async with shop.running():
        assert (await told_after(shop, room, "one"))["number"] == 1
        await shop.stage.put(room, RoomRole.MEMBER, [str(one_person(2).address)])
        await said(shop, room, "secret")
        await shop.clock.nap()
        assert "may not read the room" in (await shop.kept(hook)).fault
        assert shop.network.calls.empty()


async def test_a_secret_room_lets_its_bot_in_and_a_removed_one_ends_its_hooks(shop: Workshop) -> None:
    room = await shop.stage.room(privacy=Privacy.SECRET)
    await shop.stage.put(room, RoomRole.MEMBER, [str(one_person(2).address)])
    await shop.hook(room)
    async with shop.running():
        assert (await told_after(shop, room, "one"))["number"] == 1
        await shop.stage.administration.remove_room(room)
        assert await shop.hooks.all() == []


async def test_removed_hooks_and_those_of_rooms_without_history_tell_nothing(shop: Workshop) -> None:
    room, other = await shop.stage.room(), await shop.stage.room("Other")
    hook, _ = await shop.hook(room, name="a"), await shop.hook(other, name="b")
    async with shop.running():
        await told_after(shop, room, "one")
        await shop.hooks.remove(hook)
        await shop.stage.history_kept(other, kept=False)
        await said(shop, room, "two")
        await said(shop, other, "unkept")
        await shop.stage.history_kept(other, kept=True)
        assert (await told_after(shop, other, "kept"))["message"]["text"] == "kept"
        assert shop.network.calls.empty()


async def test_a_renamed_room_is_told_by_its_new_name(shop: Workshop) -> None:
    room = await shop.stage.room()
    await shop.hook(room)
    async with shop.running():
        await told_after(shop, room, "one")
        await shop.stage.administration.change_room(room, RoomChange(name="Renamed"))
        assert (await told_after(shop, room, "two"))["room"]["name"] == "Renamed"
