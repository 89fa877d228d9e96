"""Conversation with pidgin-sipe: echo, order, every kind of text, history."""

import asyncio

import pytest
from tests.real_client.people import Person
from tests.real_client.stage import Stage

TEXTS = {
    "plain": "hello",
    "markup": '<b>bold</b> & <script>alert("x")</script> &amp; &lt;',
    "emoji": "grüße 😀👩‍👩‍👧 日本語 עברית",
    "lines": "first\nsecond\n\nfourth",
    "xml": "]]> <!-- --> <?xml?> ' \"",
    "long": "0123456789" * 900,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_a_text_arrives_as_it_was_typed(stage: Stage, room: str, text: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await alice.say(room, text)
    own, other = await alice.hears(text), await bob.hears(text)
    assert (own["own"], own["author"], own["uri"]) == (True, alice.uri, room)
    assert (other["own"], other["author"], other["uri"]) == (False, alice.uri, room)


async def test_the_author_sees_his_message_once(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await alice.say(room, "once")
    await bob.hears("once")
    await bob.say(room, "and then")
    for person in (alice, bob):
        await person.hears("and then")
        assert person.heard(room) == ["once", "and then"]


async def test_everybody_sees_the_same_order(stage: Stage, room: str) -> None:
    people = await stage.enter(room, "alice", "bob", "carol")

    async def chatter(person: Person) -> None:
        for number in range(15):
            await person.say(room, f"{person.name} {number}")

    await asyncio.gather(*map(chatter, people))
    heard = [await person.hears_all(room, 45) for person in people]
    assert heard[0] == heard[1] == heard[2]
    for person in people:
        assert [text for text in heard[0] if text.startswith(person.name)] == [
            f"{person.name} {number}" for number in range(15)]


async def test_rooms_are_apart(stage: Stage, room: str) -> None:
    other = stage.deployment.rooms["Engineering"]
    alice, bob = await stage.enter(room, "alice", "bob")
    await alice.enter(other)
    await alice.say(other, "for Engineering only")
    await alice.hears("for Engineering only")
    await alice.say(room, "for this room")
    await bob.hears("for this room")
    assert bob.heard(room) == ["for this room"]
    assert bob.heard(other) == []


async def test_who_leaves_and_comes_back_sees_what_was_said(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await alice.say(room, "before")
    await bob.hears("before")
    await bob.leave(room)
    await alice.sees_go(bob)
    await alice.say(room, "<i>meanwhile</i>\n2")
    said = await alice.hears("<i>meanwhile</i>\n2")
    await bob.mark()
    await bob.enter(room)
    history = [await bob.wait("chat_message", uri=room) for _ in range(2)]
    assert [(event["author"], event["text"]) for event in history] == [
        (alice.uri, "before"), (alice.uri, "<i>meanwhile</i>\n2")]
    assert history[1]["timestamp"] == said["timestamp"]


async def test_who_comes_tomorrow_sees_the_last_messages_in_order(stage: Stage, room: str) -> None:
    (alice,) = await stage.enter(room, "alice")
    for number in range(30):
        await alice.say(room, f"line {number}")
    await alice.hears_all(room, 30)
    await alice.cmd("sign_off")
    bob = await stage.sign_in("bob", "tcp")
    await bob.enter(room)
    assert await bob.hears_all(room, 25) == [f"line {number}" for number in range(5, 30)]
