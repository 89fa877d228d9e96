"""Rooms with pidgin-sipe: the list, who is there, coming and going."""

from tests.real_client.stage import Stage


async def test_the_list_counts_who_is_there(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    listed = {entry["uri"]: entry for entry in (await alice.rooms()).values()}
    assert listed[room]["users"] == 2
    await bob.leave(room)
    await alice.sees_go(bob)
    listed = {entry["uri"]: entry for entry in (await alice.rooms()).values()}
    assert listed[room]["users"] == 1


async def test_a_room_made_while_serving_is_listed_at_once(stage: Stage) -> None:
    alice = await stage.sign_in("alice")
    assert "Brand new" not in await alice.rooms()
    uri = await stage.deployment.add_room("Brand new")
    assert (await alice.rooms())["Brand new"]["uri"] == uri


async def test_people_see_each_other_come_and_go(stage: Stage, room: str) -> None:
    alice, bob, carol = await stage.enter(room, "alice", "bob", "carol")
    everybody = sorted([alice.uri, bob.uri, carol.uri])
    for person in (alice, bob, carol):
        assert await person.sees(room) == everybody
    await bob.leave(room)
    await alice.sees_go(bob)
    await carol.sees_go(bob)
    assert await alice.sees(room) == sorted([alice.uri, carol.uri])
    await bob.enter(room)
    await alice.sees_come(bob)
    await carol.sees_come(bob)
    assert await bob.sees(room) == everybody


async def test_nobody_is_listed_twice(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    for person in (alice, bob):
        users = [user["uri"] for user in (await person.cmd("participants", room=room))["users"]]
        assert users == sorted([alice.uri, bob.uri])


async def test_who_left_hears_no_more(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await bob.leave(room)
    await alice.sees_go(bob)
    await alice.say(room, "behind your back")
    await alice.hears("behind your back")
    await bob.rooms()  # an answer from the server, later than that message
    assert bob.heard(room) == []


async def test_signing_off_ends_participation(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await bob.cmd("sign_off")
    await alice.sees_go(bob)
    assert await alice.sees(room) == [alice.uri]


async def test_a_lost_network_ends_participation(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await bob.cmd("drop_network")
    await alice.sees_go(bob)
    assert await alice.sees(room) == [alice.uri]


async def test_a_client_that_dies_ends_participation(stage: Stage, room: str) -> None:
    alice, bob = await stage.enter(room, "alice", "bob")
    await bob.kill()
    await alice.sees_go(bob)
    assert await alice.sees(room) == [alice.uri]
