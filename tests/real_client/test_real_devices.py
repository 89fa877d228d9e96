"""One person at two clients: both stay, both see."""

from tests.real_client.stage import Stage


async def test_both_sign_ins_stay_and_both_see(stage: Stage, room: str) -> None:
    (bob,) = await stage.enter(room, "bob")
    desk = await stage.sign_in("alice", "tls", device="-desk")
    await desk.enter(room)
    await bob.sees_come(desk)
    phone = await stage.sign_in("alice", "tcp", device="-phone")
    await phone.enter(room)
    await bob.say(room, "to both of you")
    for client in (desk, phone):
        assert (await client.hears("to both of you"))["author"] == bob.uri
    await desk.say(room, "from the desk")
    for client in (desk, phone, bob):
        assert (await client.hears("from the desk"))["author"] == desk.uri
    assert desk.seen("connection_error") == phone.seen("connection_error") == []


async def test_when_one_goes_the_person_is_still_there(stage: Stage, room: str) -> None:
    (bob,) = await stage.enter(room, "bob")
    desk = await stage.sign_in("alice", "tls", device="-desk")
    await desk.enter(room)
    phone = await stage.sign_in("alice", "tls", device="-phone")
    await phone.enter(room)
    await desk.cmd("sign_off")
    await desk.wait("signed_off")
    await phone.say(room, "still here")
    await bob.hears("still here")
    assert bob.seen("users_removed") == []
    assert await bob.sees(room) == sorted([bob.uri, phone.uri])
    await phone.cmd("sign_off")
    await bob.sees_go(phone)
