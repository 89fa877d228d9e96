"""The server dies in mid-conversation: clients come back, and nothing acknowledged is lost or doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.real_client.stage import Stage

from parlour.testing import ChatMessage, Deployment, LostError, SipClient

MOST_POSTS = 400  # so that one page of history shows them all
RECONNECT = ("--auto-reconnect", "--reconnect-delay", "0.3")


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment of the test's own."""
    async with Deployment(tmp_path / "mortal", rooms=("Engineering",)) as made:
        yield made


@pytest.fixture
async def mortal_stage(mortal: Deployment, tmp_path: Path) -> AsyncIterator[Stage]:
    """Clients for it."""
    made = Stage(mortal, tmp_path)
    yield made
    await made.clear()


async def _history(deployment: Deployment, room: str) -> list[ChatMessage]:
    async with await deployment.signed_in("carol") as carol:
        await carol.join(room)
        return (await carol.bccontext(room, MOST_POSTS + 10)).history


async def _post_until_lost(client: SipClient, room: str, acknowledged: list[str], enough: asyncio.Event) -> None:
    """Post one message after the other; note each as soon as the server acknowledged it."""
    try:
        for number in range(1, MOST_POSTS):
            await client.post(room, f"carol {number}")
            acknowledged.append(f"carol {number}")
            if number == 20:
                enough.set()
    except LostError:
        pass


async def test_killed_in_mid_conversation(mortal: Deployment, mortal_stage: Stage) -> None:
    room = mortal.rooms["Engineering"]
    alice = await mortal_stage.sign_in("alice", "tls", None, *RECONNECT)
    bob = await mortal_stage.sign_in("bob", "tcp", "pce@litwareinc.com", *RECONNECT)
    await alice.enter(room)
    await bob.enter(room)
    acknowledged: list[str] = []
    enough = asyncio.Event()
    async with await mortal.signed_in("carol") as carol, asyncio.TaskGroup() as group:
        await carol.join(room)
        group.create_task(_post_until_lost(carol, room, acknowledged, enough))
        await alice.say(room, "alice before")
        await bob.hears("alice before")
        await enough.wait()
        await mortal.kill()
    await alice.cmd("state")  # everything shown before is read now
    echoed = alice.heard(room)
    await mortal.restart()
    await asyncio.gather(alice.returns(room), bob.returns(room))

    stored = [message.text for message in await _history(mortal, room)]
    assert [text for text, count in Counter(stored).items() if count > 1] == []
    assert [text for text in stored if text in acknowledged] == acknowledged
    assert [text for text in stored if text in echoed] == echoed

    await alice.say(room, "alice after")
    await bob.hears("alice after")
    await bob.say(room, "bob after")
    await alice.hears("bob after")
    assert await alice.sees(room) == sorted([alice.uri, bob.uri])


async def test_a_restart_shows_newcomers_the_same_history(mortal: Deployment, mortal_stage: Stage) -> None:
    room = mortal.rooms["Engineering"]
    alice = await mortal_stage.sign_in("alice")
    await alice.enter(room)
    said = [f"line {number} <&> 😀" for number in range(10)]
    for text in said:
        await alice.say(room, text)
    assert await alice.hears_all(room, 10) == said
    before = await _history(mortal, room)
    await mortal.kill()
    await mortal.restart()
    assert await _history(mortal, room) == before
    bob = await mortal_stage.sign_in("bob", "tcp")
    await bob.enter(room)
    assert await bob.hears_all(room, 10) == said
    assert [(event["author"]) for event in bob.seen("chat_message")] == [alice.uri] * 10


async def test_stopped_in_order_clients_come_back_as_well(mortal: Deployment, mortal_stage: Stage) -> None:
    room = mortal.rooms["Engineering"]
    alice = await mortal_stage.sign_in("alice", "tls", None, *RECONNECT)
    await alice.enter(room)
    await alice.say(room, "before")
    await alice.hears("before")
    await mortal.stop()
    await mortal.restart()
    await alice.returns(room)
    await alice.say(room, "after")
    await alice.hears("after")
