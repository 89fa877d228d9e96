"""Test-CsPersistentChatMessage: which room it takes, and whom it leaves alone. Its deployment has peculiar rooms."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.doors.kit import fresh_room, history, made
from tests.doors.test_synthetic_transaction import both, examined, failed, in_

from parlour.testing import Deployment

SECOND = "atl-pcpool-002.litwareinc.com"
SIMILAR = ("A Team", "B Team", "C Team", "D Team", "Team")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A search finds three rooms at most, and there are more of similar names."""
    folder = tmp_path_factory.mktemp("synthetic-rooms")
    with made(Deployment(folder, users=("alice", "bobby", "carol"), rooms=SIMILAR,
                         settings="\nsearch_limit = 3\n")) as served:
        yield served


def marks(deployment: Deployment) -> list[tuple[str, str, int]]:
    """Return who follows which room, and up to where he has read it."""
    query = ("SELECT sip_address, rooms.name, read_number FROM follows JOIN people ON people.id = person_id "
             "JOIN rooms ON rooms.id = room_id ORDER BY 1, 2")
    with closing(sqlite3.connect(deployment.data / "parlour.db", timeout=10)) as database:
        return database.execute(query).fetchall()


def follow(deployment: Deployment, user: str, uri: str) -> None:
    """Have somebody follow a room in which he has read nothing: what his browser would do."""
    with closing(sqlite3.connect(deployment.data / "parlour.db", timeout=10)) as database, database:
        database.execute(
            "INSERT INTO follows (person_id, room_id, read_number, read_ordinal, followed_at) SELECT people.id, "
            "rooms.id, 0, 0, rooms.created_at FROM people, rooms WHERE sip_address LIKE ? AND rooms.guid = ?",
            (f"%{deployment.address(user)}", uri.rpartition("/")[2]))
    assert any(user in address for address, _, _ in marks(deployment))


async def test_an_address_in_other_letters_is_the_same_person(deployment: Deployment) -> None:
    words = ["-SenderSipAddress", "sip:ALICE@LitwareInc.com", "-ReceiverSipAddress", "sip:Bobby@LITWAREINC.COM"]
    found, outcome = await examined(deployment, *words, *in_(deployment, deployment.rooms["A Team"]))
    assert (found["Result"], outcome.status, outcome.err) == ("Success", 0, "")


@pytest.mark.parametrize("name", SIMILAR)
async def test_a_room_is_found_among_many_of_similar_names(deployment: Deployment, name: str) -> None:
    uri = deployment.rooms[name]
    before = len(await history(deployment, uri))
    for named in (name, name.upper(), rf"{deployment.pool}\{name}", uri):
        found, _ = await examined(deployment, *both(deployment), "-ChatRoomUri", named)
        assert found["Result"] == "Success", found
    assert len(await history(deployment, uri)) == before + 8


async def test_a_uri_that_no_room_has(deployment: Deployment) -> None:
    uri = deployment.rooms["Team"][:-1] + "x"
    told = await failed(deployment, "The room is chosen", *both(deployment), "-ChatRoomUri", uri)
    assert f'alice@litwareinc.com finds no room "{uri}"' in told


async def test_whoever_follows_a_room_keeps_his_unread_marks(deployment: Deployment) -> None:
    first = await fresh_room(deployment, name="  1")
    second = await fresh_room(deployment, name="  2")
    third = await fresh_room(deployment, name="  3")
    follow(deployment, "alice", first)
    follow(deployment, "bobby", second)
    follow(deployment, "carol", third)
    before = marks(deployment)
    found, outcome = await examined(deployment, *both(deployment))
    assert found["Result"] == "Success"
    assert 'go to the room "  3"' in outcome.err
    assert marks(deployment) == before
    found, outcome = await examined(deployment, *both(deployment), "-Force", *in_(deployment, first))
    assert found["Result"] == "Success"
    assert outcome.err == 'WARNING: alice@litwareinc.com follows the room "  1": his unread mark there moves.\n'
    assert marks(deployment) != before


async def test_a_room_of_another_pool_is_none_of_the_pool_that_is_tested(deployment: Deployment) -> None:
    await deployment.parlour("shell", "-c", (
        f"New-CsPool {SECOND} -Site North | Out-Null; "
        f"New-CsPersistentChatCategory -Name Second -PersistentChatPoolFqdn {SECOND} | Out-Null; "
        rf"Set-CsPersistentChatCategory '{SECOND}\Second' -AllowedMembers 'DC=litwareinc,DC=com'; "
        rf"New-CsPersistentChatRoom -Name '   0' -Category '{SECOND}\Second' -Privacy Open "
        f"-PersistentChatPoolFqdn {SECOND} | Out-Null"), expect=0)
    listed = await deployment.parlour(
        "shell", "-c", rf"Get-CsPersistentChatRoom '{SECOND}\   0' | Select-Object -ExpandProperty ChatRoomUri",
        expect=0)
    uri = listed.out.strip()
    for named in (rf"{SECOND}\   0", uri):
        told = await failed(deployment, "The room is chosen", *both(deployment), "-TargetFqdn", deployment.pool,
                            "-ChatRoomUri", named)
        assert f"is in another pool, {SECOND}" in told
    told = await failed(deployment, "The room is chosen", *both(deployment), "-TargetFqdn", deployment.pool,
                        "-ChatRoomUri", "   0")
    assert "There is no room" in told
    _, outcome = await examined(deployment, *both(deployment), "-TargetFqdn", deployment.pool)
    assert '"   0"' not in outcome.err
    assert await history(deployment, uri) == []
