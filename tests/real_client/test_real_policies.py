"""What pidgin-sipe makes of a person whom a policy keeps out of Persistent Chat, before and after signing in."""

from collections.abc import AsyncIterator

import pytest
from tests.real_client.stage import Stage


@pytest.fixture
async def bars(stage: Stage) -> AsyncIterator[None]:
    """A policy that keeps out whoever it is granted to; it goes when the test ends."""
    await stage.deployment.parlour(
        "New-CsPersistentChatPolicy", "Out", "-EnablePersistentChat", "$false", expect=0)
    yield
    await stage.deployment.parlour("Remove-CsPersistentChatPolicy", "Out", "-Force", expect=0)


async def _grant(stage: Stage, name: str, policy: str) -> None:
    await stage.deployment.parlour(
        "Grant-CsPersistentChatPolicy", stage.deployment.address(name), policy, expect=0)


@pytest.mark.parametrize("transport", ["tls", "tcp"])
async def test_group_chat_stays_off_in_silence_and_the_client_stays_signed_in(
    stage: Stage, bars: None, transport: str
) -> None:
    await _grant(stage, "carol", "Out")
    carol = await stage.person("carol").begin(stage.way(transport), stage.deployment.password("carol"))
    await carol.wait("groupchat", phase="disabled")
    assert (await carol.cmd("state"))["state"] == "connected"
    assert carol.seen("notify", "connection_error", "driver_error") == []

    await _grant(stage, "carol", "$null")
    again = await stage.sign_in("carol", transport, device="-again")
    assert "Engineering" in await again.rooms()


async def test_who_is_barred_leaves_at_once_and_chats_again_without_signing_in(
    stage: Stage, bars: None, room: str
) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await _grant(stage, "bob", "Out")
    await alice.sees_go(bob)
    await bob.sees_go(bob)
    await bob.say(room, "from outside")
    told = await bob.wait("error_message", uri=room)
    assert "This message was not delivered" in told["text"]
    await _grant(stage, "bob", "$null")
    await bob.leave(room)
    await bob.rooms()  # the answer to leaving came before this one
    await bob.enter(room)
    await bob.say(room, "here again")
    await alice.hears("here again")
    assert alice.heard(room) == ["here again"]
    assert bob.seen("connection_error", "driver_error") == []
