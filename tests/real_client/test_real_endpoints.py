"""Endpoints made and removed while clients are signed in."""

from tests.real_client.stage import Stage

from parlour.testing import Deployment


async def _new_endpoint(deployment: Deployment, user: str, name: str) -> None:
    outcome = await deployment.parlour(
        "New-CsPersistentChatEndpoint", "-SipAddress", f"sip:{user}@litwareinc.com", "-PersistentChatPoolFqdn",
        "atl-pcpool-001.litwareinc.com", "-DisplayName", name, expect=0)
    assert outcome.out == outcome.err == ""


async def test_a_new_address_reaches_the_pool_at_once_and_no_longer_after_remove(stage: Stage) -> None:
    typed, deployment = "pce2@litwareinc.com", stage.deployment
    early = stage.person("alice")
    await early.begin(stage.way("tls"), deployment.password("alice"), typed)
    await early.wait("notify", kind="error", primary="Couldn't find Group Chat server!")

    await _new_endpoint(deployment, "pce2", "Persistent Chat Endpoint 2")
    bob = await stage.sign_in("bob", "tcp", typed)
    assert "Engineering" in await bob.rooms()

    await deployment.parlour("Remove-CsPersistentChatEndpoint", f"sip:{typed}", "-Confirm:$false", expect=0)
    late = stage.person("carol")
    await late.begin(stage.way("tls"), deployment.password("carol"), typed)
    await late.wait("notify", kind="error", primary="Couldn't find Group Chat server!")


async def test_who_came_by_an_address_stays_when_it_is_removed(stage: Stage, room: str) -> None:
    await _new_endpoint(stage.deployment, "pce3", "Persistent Chat Endpoint 3")
    alice = await stage.sign_in("alice", "tls", "pce3@litwareinc.com")
    bob = await stage.sign_in("bob")
    await alice.enter(room)
    await bob.enter(room)
    await stage.deployment.parlour(
        "Remove-CsPersistentChatEndpoint", "sip:pce3@litwareinc.com", "-Confirm:$false", expect=0)
    await alice.say(room, "still talking")
    await bob.hears("still talking")


async def test_what_if_makes_no_address(stage: Stage) -> None:
    await stage.deployment.parlour(
        "New-CsPersistentChatEndpoint", "-SipAddress", "sip:pce4@litwareinc.com", "-PersistentChatPoolFqdn",
        "atl-pcpool-001.litwareinc.com", "-DisplayName", "Persistent Chat Endpoint 4", "-WhatIf", expect=0)
    alice = stage.person("alice")
    await alice.begin(stage.way("tls"), stage.deployment.password("alice"), "pce4@litwareinc.com")
    await alice.wait("notify", kind="error", primary="Couldn't find Group Chat server!")
