"""Rights on the wire of a live node: walls, Closed and Secret rooms, Auditoriums, and changes that act at once."""

import uuid

import pytest
from tests.doors.kit import fresh_room, in_room, room_name, signed_in, texts

from parlour.testing import Deployment, RefusedError, SipClient

ALICE, BOBBY = "sip:alice@litwareinc.com", "sip:bobby@litwareinc.com"


async def change(deployment: Deployment, room: str, *arguments: str) -> None:
    """Change a room with Set-CsPersistentChatRoom."""
    await deployment.parlour(
        "Set-CsPersistentChatRoom", "-Identity", room_name(deployment, room), *arguments, expect=0)


async def listed(client: SipClient) -> set[str]:
    """Return the rooms that a search shows."""
    return set((await client.chansrch()).rooms.values())


async def refusal(client: SipClient, room: str) -> tuple[int, str]:
    """Try to join in vain, and return code and text; its history is refused the same way."""
    with pytest.raises(RefusedError) as caught:
        await client.join(room)
    with pytest.raises(RefusedError) as history:
        await client.bccontext(room)
    assert str(history.value).replace("bccontext", "join") == str(caught.value)
    return caught.value.code, str(caught.value).replace(room, "ROOM")


async def is_out(client: SipClient, room: str) -> None:
    """The client may not post, and gets nothing of what others post."""
    with pytest.raises(RefusedError):
        await client.post(room, "from outside")


async def talk(author: SipClient, room: str, *silent: SipClient) -> None:
    """Post; of those who are silent, nobody gets it, which a reply that follows it shows."""
    text = f"inside {uuid.uuid4()}"
    await author.post(room, text)
    await author.next("grpchat", text=text)
    for client in silent:
        await client.getinv()
        assert text not in client.heard(room)


async def test_a_closed_room_refuses_with_a_reason_and_lets_members_in(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Closed")
    async with signed_in(deployment, "alice") as alice, signed_in(deployment, "bobby") as bobby:
        code, reason = await refusal(bobby, room)
        assert code == 403
        assert f'You are not a member of "{room_name(deployment, room)}".' in reason
        assert room in await listed(bobby)
        await change(deployment, room, "-Members", ALICE)
        await alice.join(room)
        await talk(alice, room, bobby)
        assert (await refusal(bobby, room))[0] == 403


async def test_a_secret_room_is_there_for_its_members_only(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Secret")
    await change(deployment, room, "-Members", ALICE)
    async with in_room(deployment, "alice", room) as alice, signed_in(deployment, "bobby") as bobby:
        assert room in await listed(alice)
        assert room not in await listed(bobby)
        absent = room.rpartition("/")[0] + f"/{uuid.uuid4()}"
        assert await refusal(bobby, room) == await refusal(bobby, absent)
        await talk(alice, room, bobby)


async def test_in_an_auditorium_only_presenters_post(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Closed", "-Type", "Auditorium")
    await change(deployment, room, "-Members", f"{ALICE},{BOBBY}", "-Presenters", ALICE)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await alice.post(room, "welcome")
        await bobby.next("grpchat", text="welcome")
        with pytest.raises(RefusedError) as caught:
            await bobby.post(room, "may I?")
        assert caught.value.code == 403
        await change(deployment, room, "-Presenters", BOBBY)
        await bobby.post(room, "now I may")
        await alice.next("grpchat", text="now I may")
        with pytest.raises(RefusedError):
            await alice.post(room, "and I?")


async def test_a_member_who_is_removed_stops_receiving_at_once(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Closed")
    await change(deployment, room, "-Members", f"{ALICE},{BOBBY}")
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await change(deployment, room, "-Members", '@{Remove="' + BOBBY + '"}')
        for client in (alice, bobby):
            await client.next("ntc:part", users=[bobby.uri])
        await talk(alice, room, bobby)
        await is_out(bobby, room)
        await refusal(bobby, room)


async def test_whoever_the_wall_denies_loses_the_room(deployment: Deployment) -> None:
    category = f"Walled {uuid.uuid4()}"
    await deployment.parlour("New-CsPersistentChatCategory", "-Name", category, expect=0)
    wall = ("Set-CsPersistentChatCategory", "-Identity", category)
    await deployment.parlour(*wall, "-AllowedMembers", '@{Replace="DC=litwareinc,DC=com"}', expect=0)
    room = await fresh_room(deployment)
    await change(deployment, room, "-Category", category)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await deployment.parlour(*wall, "-DeniedMembers", BOBBY, expect=0)
        for client in (alice, bobby):
            await client.next("ntc:part", users=[bobby.uri])
        await talk(alice, room, bobby)
        await is_out(bobby, room)
        assert (await refusal(bobby, room))[0] == 404
        assert room not in await listed(bobby)
        await deployment.parlour(*wall, "-DeniedMembers", "$null", expect=0)
        await bobby.join(room)


async def test_who_is_in_by_a_group_goes_with_it(deployment: Deployment) -> None:
    group, room = f"Group {uuid.uuid4()}", await fresh_room(deployment, "-Privacy", "Closed")
    await deployment.parlour("New-CsGroup", "-Name", group, expect=0)
    await deployment.parlour("Set-CsGroup", "-Identity", group, "-Members", f"{ALICE},{BOBBY}", expect=0)
    await change(deployment, room, "-Members", '@{Replace="CN=' + group + ',OU=Groups,DC=litwareinc,DC=com"}')
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await deployment.parlour("Set-CsGroup", "-Identity", group, "-Members", ALICE, expect=0)
        await bobby.next("ntc:part", users=[bobby.uri])
        await talk(alice, room, bobby)


async def test_a_room_that_is_switched_off_is_empty_and_keeps_everything(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await talk(alice, room)
        await change(deployment, room, "-Disabled", "$true")
        for client in (alice, bobby):
            await client.next("ntc:part")
            await is_out(client, room)
            assert "is switched off" in (await refusal(client, room))[1]
            assert room not in await listed(client)
        await change(deployment, room, "-Disabled", "$false")
        await alice.join(room)
    assert len(await texts(deployment, room)) == 1


async def test_why_explains_what_the_wire_does(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Closed")
    await change(deployment, room, "-Members", ALICE)
    name = room_name(deployment, room)
    for address, allowed in (("alice@litwareinc.com", "True"), ("bobby@litwareinc.com", "False")):
        told = (await deployment.parlour("why", address, name, expect=0)).out
        act = next(block for block in told.split("\n\n") if "join" in block)
        assert allowed in act
