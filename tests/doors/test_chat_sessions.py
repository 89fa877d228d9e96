"""Get-CsPersistentChatSession on a live node: who is in the chat, and where."""

from typing import cast

import pytest
from tests.doors.kit import fresh_room, in_room, room_name, signed_in

from parlour.testing import Deployment

GET = "Get-CsPersistentChatSession"


Session = dict[str, object]


async def sessions(deployment: Deployment, words: str = "") -> list[Session]:
    """Return the sessions that the cmdlet lists."""
    return await listed(deployment, f"{GET} {words}")


async def listed(deployment: Deployment, pipeline: str) -> list[Session]:
    """Return the sessions that a pipeline lists."""
    found = await deployment.json(pipeline)
    return cast("list[Session]", found if isinstance(found, list) else [found])


def seen(deployment: Deployment, *expected: tuple[str, list[str]]) -> list[tuple[object, object]]:
    """Return addresses and rooms of the sessions that there should be."""
    return [(f"sip:{deployment.address(user)}", sorted(rooms)) for user, rooms in expected]


def facts(found: list[Session]) -> list[tuple[object, object]]:
    return [(one["SipAddress"], one["Rooms"]) for one in found]


async def test_sessions_come_and_go_with_their_rooms(deployment: Deployment) -> None:
    one, another = await fresh_room(deployment), await fresh_room(deployment)
    first, second = room_name(deployment, one), room_name(deployment, another)
    async with in_room(deployment, "alice", one, another) as alice, in_room(deployment, "bobby", another), \
            signed_in(deployment, "alice"):
        found = await sessions(deployment)
        expected = seen(deployment, ("alice", [first, second]), ("alice", []), ("bobby", [second]))
        assert sorted(facts(found), key=repr) == sorted(expected, key=repr)
        assert all(session["Since"] for session in found)
        await alice.part(another)
        assert facts(await sessions(deployment, f"-Room '{second}'")) == seen(deployment, ("bobby", [second]))
        assert facts(await sessions(deployment, f"-Room '{first}'")) == seen(deployment, ("alice", [first]))
    assert await sessions(deployment) == []


async def test_sessions_of_somebody(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice"), signed_in(deployment, "bobby"):
        bobby = seen(deployment, ("bobby", []))
        for words in (deployment.address("bobby"), "'LITWAREINC\\bobby'"):
            assert facts(await sessions(deployment, words)) == bobby
        assert facts(await sessions(deployment, "-ResultSize 1")) == seen(deployment, ("alice", []))
        assert await sessions(deployment, "-ResultSize 0") == []
        assert await sessions(deployment, deployment.address("carol")) == []
        piped = await listed(deployment, f"Get-CsUser -Filter {{SamAccountName -like 'bob*'}} | {GET} | {GET}")
        assert facts(piped) == bobby


@pytest.mark.parametrize(("words", "error"), [
    ("nobody", "UserNotFound"), ("-Room Nowhere", "ChatRoomNotFound"), ("-ResultSize:-1", "ParameterValueInvalid")])
async def test_bad_input_is_refused(deployment: Deployment, words: str, error: str) -> None:
    outcome = await deployment.parlour("shell", "-c", f"{GET} {words}")
    assert outcome.status == (2 if error == "ParameterValueInvalid" else 1)
    assert error in outcome.err
