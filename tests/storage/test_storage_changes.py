"""Whatever changes what others keep in memory is noticed, by whichever statement, before it is acknowledged."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from tests.storage.storage_kit import Archive, draft, one_person, open_archive

from parlour.chat.model import Room
from parlour.storage.changes import Watched


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    async with open_archive(tmp_path) as opened:
        await opened.room("Engineering")
        await opened.database.write(_group)
        yield opened


def _group(connection: Connection) -> None:
    for statement in (
        "INSERT INTO principals (id, kind, key, name, display_name) VALUES (50, 'Group', 'cn=a', 'CN=a', 'a')",
        "INSERT INTO principals (id, kind, key, name, display_name, person_id) VALUES (51, 'User', 'u', '', '', 1)",
        "INSERT INTO group_members VALUES (50, 51)",
        "INSERT INTO room_principals VALUES (1, 'Members', 50)",
    ):
        connection.execute(text(statement))


async def change(archive: Archive, *statements: str) -> set[Watched]:
    """Return what is noticed when these statements are committed."""
    before = {kind: archive.database.revision(kind) for kind in Watched}
    await archive.database.write(lambda connection: [connection.execute(text(one)) for one in statements] and None)
    return {kind for kind in Watched if archive.database.revision(kind) > before[kind]}


DIRECTORY, ROOMS = {Watched.DIRECTORY}, {Watched.ROOMS}


@pytest.mark.parametrize(("statement", "noticed"), [
    ("UPDATE people SET sip_address = 'sip:x@litwareinc.com' WHERE id = 1", DIRECTORY),
    ("UPDATE people SET container = 'OU=Other,DC=litwareinc,DC=com' WHERE id = 1", DIRECTORY),
    ("UPDATE people SET enabled = 0", DIRECTORY),
    ("DELETE FROM people WHERE id = 1", DIRECTORY),  # and his entries in groups with him
    ("DELETE FROM group_members", DIRECTORY),
    ("INSERT OR IGNORE INTO group_members VALUES (50, 1)", DIRECTORY),
    ("UPDATE principals SET display_name = 'b' WHERE id = 50", DIRECTORY),
    ("DELETE FROM principals WHERE id = 50", DIRECTORY | ROOMS),  # it stood in a list of a room
    ("UPDATE rooms SET name = 'Other'", ROOMS),
    ("UPDATE rooms SET disabled = 1, last_number = 5", ROOMS),
    ("DELETE FROM rooms", ROOMS),
    ("INSERT INTO room_principals VALUES (1, 'Managers', 51)", ROOMS),
    ("DELETE FROM room_principals", ROOMS),
    ("UPDATE categories SET chat_history = 0", ROOMS),
    ("UPDATE category_principals SET role = 'DeniedMembers'", ROOMS),
    ("INSERT INTO addins (guid, pool_fqdn, name, name_key, url) SELECT 'g', fqdn, 'n', 'n', 'u' FROM pools LIMIT 1",
     ROOMS),
    ("UPDATE people SET last_invitation = 7, password_hash = 'x'", set()),
    ("UPDATE rooms SET last_number = 7, message_count = 7, last_posted_at = NULL", set()),
    ("DELETE FROM rooms WHERE id = 99", set()),
])
async def test_what_is_noticed(archive: Archive, statement: str, noticed: set[Watched]) -> None:
    assert await change(archive, statement) == noticed


async def test_talk_is_not_noticed(archive: Archive) -> None:
    room: Room = (await archive.rooms.all())[0]
    before = [archive.database.revision(kind) for kind in Watched]
    await archive.post(room, "hello", "again")
    await archive.log.append(draft(room, author=one_person(2).id))
    assert [archive.database.revision(kind) for kind in Watched] == before


async def test_one_commit_of_many_changes_counts(archive: Archive) -> None:
    assert await change(
        archive, "UPDATE rooms SET name = 'B'", "DELETE FROM group_members") == DIRECTORY | ROOMS


async def test_what_follows_a_failure_is_noticed(archive: Archive) -> None:
    with pytest.raises(Exception, match="no such table"):
        await change(archive, "UPDATE rooms SET name = 'B'", "DELETE FROM absent")
    assert await change(archive, "UPDATE rooms SET name = 'C'") == ROOMS
