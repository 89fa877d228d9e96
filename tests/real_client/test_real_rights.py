"""What pidgin-sipe shows of rooms that are not for everybody."""

import itertools

from tests.real_client.stage import Stage

from parlour.testing.deployment import quoted

ALICE, BOB = "sip:alice@litwareinc.com", "sip:bob@litwareinc.com"
_numbers = itertools.count(1)


async def make(stage: Stage, *arguments: str) -> tuple[str, str]:
    """Make a room of its own; return name and address."""
    name = f"Walled {next(_numbers)}"
    outcome = await stage.deployment.parlour(
        "New-CsPersistentChatRoom", "-Name", name, "-Category", "General", *arguments, expect=0)
    uri = next(word for word in outcome.out.split() if word.startswith("ma-chan://"))
    return name, uri


async def change(stage: Stage, name: str, *arguments: str) -> None:
    await stage.deployment.parlour("Set-CsPersistentChatRoom", "-Identity", name, *arguments, expect=0)


async def test_a_closed_room_refuses_with_a_reason_and_opens_for_a_member(stage: Stage) -> None:
    name, uri = await make(stage, "-Privacy", "Closed")
    bob = await stage.sign_in("bob")
    assert name in await bob.rooms()
    await bob.cmd("join", uri=uri)
    notice = await bob.wait("notify", kind="error")
    assert "Error joining chat room" in notice["primary"]
    assert f'You are not a member of "{name}".' in notice["secondary"]
    assert bob.seen("room_joined") == []
    await change(stage, name, "-Members", BOB)
    await bob.enter(uri)


async def test_a_secret_room_is_listed_for_its_members_alone(stage: Stage) -> None:
    name, uri = await make(stage, "-Privacy", "Secret")
    await change(stage, name, "-Members", ALICE)
    alice, bob = await stage.sign_in("alice"), await stage.sign_in("bob", "tcp")
    assert name in await alice.rooms()
    assert name not in await bob.rooms()
    await bob.cmd("join", uri=uri)
    refused = (await bob.wait("notify", kind="error"))["secondary"]
    absent = uri[:-4] + "0000"
    await bob.cmd("join", uri=absent)
    assert (await bob.wait("notify", kind="error"))["secondary"].replace(absent, uri) == refused


async def test_in_an_auditorium_only_presenters_post(stage: Stage) -> None:
    name, uri = await make(stage, "-Privacy", "Closed", "-Type", "Auditorium")
    await change(stage, name, "-Members", f"{ALICE},{BOB}", "-Presenters", ALICE)
    alice, bob = await stage.enter(uri, "alice", "bob")
    await bob.say(uri, "may I?")
    told = await bob.wait("error_message", uri=uri)
    assert "This message was not delivered" in told["text"]
    await alice.say(uri, "welcome")
    await bob.hears("welcome")
    await alice.hears("welcome")
    assert bob.heard(uri) == alice.heard(uri) == ["welcome"]


async def test_a_removed_member_stops_receiving_at_once(stage: Stage) -> None:
    name, uri = await make(stage, "-Privacy", "Closed")
    await change(stage, name, "-Members", f"{ALICE},{BOB}")
    alice, bob = await stage.enter(uri, "alice", "bob")
    await alice.say(uri, "both of us")
    await bob.hears("both of us")
    await change(stage, name, "-Members", ALICE)
    await alice.sees_go(bob)
    await bob.sees_go(bob)
    await alice.say(uri, "only me")
    await alice.hears("only me")
    await bob.rooms()  # whatever was on its way before has arrived with this
    assert bob.heard(uri) == ["both of us"]
    await bob.say(uri, "still here?")
    assert "This message was not delivered" in (await bob.wait("error_message", uri=uri))["text"]


async def test_a_purged_message_is_gone_from_history(stage: Stage, room: str) -> None:
    alice = (await stage.enter(room, "alice"))[0]
    await alice.say(room, "old and secret")
    await alice.hears("old and secret")
    identity = quoted(next(name for name, uri in stage.deployment.rooms.items() if uri == room))
    await stage.deployment.parlour(
        "shell", "-c", f"Clear-CsPersistentChatRoom -Identity {identity} -EndDate '9999-12-31' -Confirm:$false",
        expect=0)
    await alice.say(room, "new")
    await alice.hears("new")
    bob = await stage.sign_in("bob")
    await bob.enter(room)
    assert await bob.hears_all(room, 1) == ["new"]


async def test_an_edit_and_a_removal_are_told_in_words(stage: Stage, room: str) -> None:
    alice = (await stage.enter(room, "alice"))[0]
    await alice.say(room, "the salary of Bob")
    await alice.hears("the salary of Bob")
    identity = quoted(next(name for name, uri in stage.deployment.rooms.items() if uri == room))
    await stage.deployment.parlour(
        "shell", "-c", f"Remove-CsPersistentChatMessage -Identity {identity} -Filter salary", expect=0)
    _, told = await alice.hears_all(room, 2)
    assert told.endswith("changed] This message was replaced by the Persistent Chat administrator.")


async def test_a_manager_is_shown_as_operator(stage: Stage) -> None:
    name, uri = await make(stage, "-Privacy", "Closed")
    await change(stage, name, "-Members", f"{ALICE},{BOB}", "-Managers", ALICE)
    _, bob = await stage.enter(uri, "alice", "bob")
    users = (await bob.cmd("participants", room=uri))["users"]
    assert {user["uri"]: user["op"] for user in users} == {ALICE: True, BOB: False}
