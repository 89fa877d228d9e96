"""Signing in with pidgin-sipe, and the way from an endpoint's address to group chat."""

import pytest
from tests.real_client.stage import Stage

TYPED = "pce@litwareinc.com"


@pytest.mark.parametrize("endpoint", [TYPED, None], ids=["typed", "provisioned"])
@pytest.mark.parametrize("transport", ["tls", "tcp"])
async def test_signs_in_and_finds_the_rooms(stage: Stage, transport: str, endpoint: str | None) -> None:
    alice = await stage.sign_in("alice", transport, endpoint)
    assert {"Engineering", "All hands"} <= set(await alice.rooms())
    assert alice.seen("notify", "error_message", "driver_error") == []


async def test_a_domain_typed_as_endpoint_leads_to_the_pool(stage: Stage) -> None:
    alice = await stage.sign_in("alice", "tls", "litwareinc.com")  # the client makes it ocschat@litwareinc.com
    assert "Engineering" in await alice.rooms()


async def test_the_endpoint_is_found_in_any_letter_case(stage: Stage) -> None:
    alice = await stage.sign_in("alice", "tls", "PCE@LitwareInc.com")
    assert "Engineering" in await alice.rooms()


async def test_an_address_that_is_no_endpoint_is_refused_and_says_so(stage: Stage) -> None:
    alice = stage.person("alice")
    await alice.begin(stage.way("tls"), stage.deployment.password("alice"), "nobody@litwareinc.com")
    notice = await alice.wait("notify", kind="error")
    assert notice["primary"] == "Couldn't find Group Chat server!"
    assert "nobody@litwareinc.com" in notice["secondary"]


async def test_a_person_is_no_endpoint(stage: Stage) -> None:
    alice = stage.person("alice")
    await alice.begin(stage.way("tls"), stage.deployment.password("alice"), "bob@litwareinc.com")
    assert (await alice.wait("notify", kind="error"))["primary"] == "Couldn't find Group Chat server!"


@pytest.mark.parametrize("transport", ["tls", "tcp"])
@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", "Pa$$w0rd of nobody")])
async def test_wrong_credentials_are_refused_and_say_so(
    stage: Stage, name: str, password: str, transport: str
) -> None:
    person = stage.person(name)
    await person.begin(stage.way(transport), password)
    error = await person.wait("connection_error")
    assert (error["reason"], error["text"]) == ("authentication_failed", "Authentication failed")
    await person.wait("signed_off")  # said a moment after the error, also by a client that never was signed on
    assert (await person.cmd("state"))["state"] == "disconnected"


async def test_signs_off_and_on_again(stage: Stage) -> None:
    alice = await stage.sign_in("alice")
    await alice.cmd("sign_off")
    await alice.wait("signed_off")
    await alice.cmd("connect")
    await alice.wait("signed_on")
    await alice.group_chat()
    assert "Engineering" in await alice.rooms()
