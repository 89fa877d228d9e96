"""Policies and configurations on the wire of a live node: they act at once, on who is signed in and who comes."""

from collections.abc import AsyncIterator

import pytest
from tests.doors.kit import connected, fresh_room, in_room, room_name, signed_in, texts

from parlour.errors import CHAT_NOT_ENABLED
from parlour.sip import Response
from parlour.testing import Deployment, RefusedError, SipClient

TOLD = f"{CHAT_NOT_ENABLED.text} {CHAT_NOT_ENABLED.remedy}"
POLICY = "Visitors"


@pytest.fixture(autouse=True)
async def tidy(deployment: Deployment) -> AsyncIterator[None]:
    """Begin with a policy that nobody has; end without any."""
    await deployment.parlour("New-CsPersistentChatPolicy", POLICY, "-EnablePersistentChat", "$false", expect=0)
    yield
    await deployment.parlour("Remove-CsPersistentChatPolicy", POLICY, "-Force", expect=0)
    for noun in ("Policy", "Configuration"):
        await deployment.parlour(f"Remove-CsPersistentChat{noun}", "Global", expect=0)


async def grant(deployment: Deployment, user: str, policy: str = POLICY) -> None:
    """Grant somebody a policy."""
    await deployment.parlour("Grant-CsPersistentChatPolicy", deployment.address(user), policy, expect=0)


async def refused_everything(client: SipClient, room: str) -> None:
    """Every command is refused with the same words, a message as well."""
    dialog = await refused_commands(client, room)
    assert len(dialog) == 6
    await client.part(room)  # which nobody is refused: a client that is would never let its user in again
    with pytest.raises(RefusedError) as caught:
        await client.post(room, "may I?")
    assert caught.value.code == 403
    assert TOLD in str(caught.value.answer)


async def refused_commands(client: SipClient, room: str) -> list[str]:
    """Give every command; return what was said to each."""
    told = []
    for call in (client.join(room), client.bjoin([room]), client.bccontext(room), client.chansrch(),
                 client.getinv(), client.getserverinfo()):
        with pytest.raises(RefusedError) as caught:
            await call
        assert (caught.value.code, caught.value.reason) == (403, TOLD)
        told.append(caught.value.reason)
    return told


async def test_who_is_barred_leaves_at_once_and_the_dialog_stays(deployment: Deployment) -> None:
    room = await fresh_room(deployment)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await grant(deployment, "bobby")
        for client in (alice, bobby):
            await client.next("ntc:part", users=[bobby.uri])
        await refused_everything(bobby, room)
        await alice.post(room, "among us")
        await alice.next("grpchat", text="among us")
        await grant(deployment, "bobby", "$null")
        await bobby.join(room)  # in the same dialog: nothing was ended
        assert bobby.heard(room) == []
        await bobby.post(room, "here again")
        await alice.next("grpchat", text="here again")
    assert await texts(deployment, room) == ["among us", "here again"]


async def test_the_global_policy_empties_every_room(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await deployment.parlour("Set-CsPersistentChatPolicy", "-EnablePersistentChat", "$false", expect=0)
        for client in (alice, bobby):
            await client.next("ntc:part", users=[client.uri])
            await refused_everything(client, room)
        await deployment.parlour("Remove-CsPersistentChatPolicy", "Global", expect=0)
        await alice.join(room)


async def test_provisioning_and_the_pools_addresses_keep_out_who_is_not_enabled(deployment: Deployment) -> None:
    await grant(deployment, "bobby")
    addresses = (deployment.endpoint, "sip:ocschat@litwareinc.com")
    async with connected(deployment, "bobby") as bobby:
        await bobby.register(deployment.password("bobby"))
        assert await bobby.provisioning() == {"EnablePersistentChat": "false"}
        for address in addresses:
            with pytest.raises(RefusedError) as caught:
                await bobby.invite(address)
            assert isinstance(caught.value.answer, Response)
            assert caught.value.code == 403
            assert (caught.value.answer.headers.get("ms-diagnostics") or "").startswith(f'20010;reason="{TOLD}"')
        with pytest.raises(RefusedError) as caught:
            await bobby.invite("sip:nothing@litwareinc.com")
        assert caught.value.code == 404
        await grant(deployment, "bobby", "$null")
        assert (await bobby.provisioning())["EnablePersistentChat"] == "true"
        await bobby.open_chat(addresses[1])
        assert await bobby.chansrch()


async def test_a_hidden_room_stays_hidden_from_who_is_barred(deployment: Deployment) -> None:
    secret = await fresh_room(deployment, "-Privacy", "Secret")
    absent = secret.rpartition("/")[0] + "/11111111-2222-3333-4444-555555555555"
    async with signed_in(deployment, "bobby") as bobby:
        await grant(deployment, "bobby")
        assert await refused_commands(bobby, secret) == await refused_commands(bobby, absent)


async def test_why_names_the_policy_that_the_wire_obeys(deployment: Deployment) -> None:
    room = await fresh_room(deployment)
    await grant(deployment, "bobby")
    told = (await deployment.parlour("why", "bobby@litwareinc.com", room_name(deployment, room), expect=0)).out
    assert f'the policy "{POLICY}" does not enable him' in told


async def test_a_page_to_manage_rooms_is_told_at_once(deployment: Deployment) -> None:
    page = "https://rooms.litwareinc.com/?a=1&b=2"
    async with signed_in(deployment, "alice") as alice:
        assert b"roomManagementUrl" not in (await alice.getserverinfo()).raw
        await deployment.parlour("Set-CsPersistentChatConfiguration", "-RoomManagementUrl", page, expect=0)
        told = await alice.provisioning()
        assert (told["PersistentChatWebManagerUriInt"], told["PersistentChatWebManagerUriExt"]) == (page, page)
        assert b'roomManagementUrl="https://rooms.litwareinc.com/?a=1&amp;b=2"' in (await alice.getserverinfo()).raw


async def test_above_the_limit_of_the_configuration_nobody_is_told_who_comes(
    deployment: Deployment, room: str
) -> None:
    await deployment.parlour("Set-CsPersistentChatConfiguration", "-ParticipantUpdateLimit", "1", expect=0)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await bobby.post(room, "who is there?")
        await alice.next("grpchat", text="who is there?")
        assert not [event for event in alice.events if event.kind == "ntc:join"]
