"""What the server refuses, pidgin-sipe shows to its user; and it goes on working."""

from collections.abc import AsyncIterator

import pytest
from tests.real_client.people import Person
from tests.real_client.stage import Stage


@pytest.fixture
async def dora(stage: Stage) -> AsyncIterator[str]:
    """Somebody who may sign in, for this test."""
    deployment = stage.deployment
    if not await deployment.json("Get-CsUser | Where-Object {$_.SipAddress -like 'sip:dora@*'}"):
        await deployment.add_user("dora")
    await deployment.parlour("user", "enable", deployment.address("dora"), expect=0)
    yield "dora"
    await deployment.parlour("user", "disable", deployment.address("dora"), expect=0)


async def _disable(stage: Stage, name: str) -> None:
    await stage.deployment.parlour("user", "disable", stage.deployment.address(name), expect=0)


async def _remove(stage: Stage, room: str) -> None:
    await stage.deployment.parlour(
        "shell", "-c", f"Get-CsPersistentChatRoom | Where-Object {{$_.ChatRoomUri -eq '{room}'}} "
        "| Remove-CsPersistentChatRoom -Confirm:$false", expect=0)


async def _tries(stage: Stage, name: str, transport: str, device: str = "") -> Person:
    person = stage.person(name, device)
    return await person.begin(stage.way(transport), stage.deployment.password(name))


@pytest.mark.parametrize("transport", ["tls", "tcp"])
async def test_a_disabled_person_is_told(stage: Stage, dora: str, transport: str) -> None:
    await _disable(stage, dora)
    person = await _tries(stage, dora, transport)
    refusal = await person.wait("connection_error")
    assert "rejected by the server" in refusal["text"]
    assert "the account may not sign in" in refusal["text"]
    await person.wait("signed_off")
    assert person.seen("signed_on") == []


async def test_disabling_ends_the_session_and_the_others_see_it(stage: Stage, dora: str, room: str) -> None:
    alice, person = await stage.enter(room, "alice", dora)
    await _disable(stage, dora)
    await person.wait("connection_error", reason="network_error")
    await alice.sees_go(person)
    assert await alice.sees(room) == [alice.uri]


async def test_enabled_again_a_person_signs_in(stage: Stage, dora: str) -> None:
    await _disable(stage, dora)
    await (await _tries(stage, dora, "tls")).wait("connection_error")
    await stage.deployment.parlour("user", "enable", stage.deployment.address(dora), expect=0)
    again = await stage.sign_in(dora, device="-again")
    assert "Engineering" in await again.rooms()


async def test_a_post_to_a_removed_room_is_reported_and_the_client_goes_on(stage: Stage, room: str) -> None:
    alice = await stage.sign_in("alice", "tls", None, "--sip-events")
    await alice.enter(room)
    other = stage.deployment.rooms["Engineering"]
    await alice.enter(other)
    await _remove(stage, room)
    for text in ("into the void", "and again"):
        await alice.say(room, text)
        told = await alice.wait("error_message", uri=room)
        assert "This message was not delivered" in told["text"]
        assert text in told["text"]
    await alice.say(other, "still working")
    await alice.hears("still working")
    await alice.rooms()
    refused = [event for event in alice.seen("sip", dir="in") if event["text"].startswith("SIP/2.0 403 ")]
    assert len(refused) == 2
    assert not [event for event in alice.seen("sip", dir="out") if event["text"].startswith("UPDATE ")]
    assert alice.heard(room) == []
    assert alice.seen("connection_error", "driver_error") == []


async def test_in_a_removed_room_everybody_is_seen_to_leave(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await _remove(stage, room)
    await alice.sees_go(alice)
    await bob.sees_go(bob)
    assert room not in {entry["uri"] for entry in (await alice.rooms()).values()}


async def test_a_removed_room_cannot_be_joined(stage: Stage, room: str) -> None:
    alice = await stage.sign_in("alice")
    await _remove(stage, room)
    await alice.cmd("join", uri=room)
    notice = await alice.wait("notify", kind="error")
    assert "Error joining chat room" in notice["primary"]
    assert "Engineering" in await alice.rooms()
    assert alice.seen("room_joined") == []


@pytest.mark.parametrize("typed", ["pce@fabrikam.com", "GC-1-PersistentChatService-2@litwareinc.com"])
async def test_a_wrong_friendly_address_is_named(stage: Stage, typed: str) -> None:
    alice = await _typed(stage, typed)
    notice = await alice.wait("notify", kind="error")
    assert notice["primary"] == "Couldn't find Group Chat server!"
    assert typed in notice["secondary"]
    assert (await alice.cmd("state"))["state"] == "connected"


async def _typed(stage: Stage, endpoint: str) -> Person:
    return await stage.person("alice").begin(stage.way("tls"), stage.deployment.password("alice"), endpoint)
