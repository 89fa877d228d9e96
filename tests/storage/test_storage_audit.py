"""The audit log on a real file: numbered without gaps, guarded by the database, and tampering is found."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from tests.storage.storage_kit import NOW, make_file

from parlour.admin.audit import AuditLog, ChainCheck, decoded, first_hash, hash_of, micros, moment_of
from parlour.admin.engine import Actor, AuditOutcome, AuditRecord, Surface
from parlour.errors import ParlourError
from parlour.storage.audit import AuditEnd, AuditFilter, AuditRow, SqlAuditStore
from parlour.storage.database import Database
from parlour.storage.schema import metadata
from parlour.testing import FakeClock

GUID = "11111111-2222-3333-4444-555555555555"
ALICE = Actor("alice", frozenset({"CsHelpDesk", "CsAdministrator"}), Surface.SHELL, "local")
TRIGGERS = ("audit_log_no_update", "audit_log_no_delete", "audit_log_no_replace")


def done(name: str = "Get-CsPool", outcome: AuditOutcome = AuditOutcome.COMPLETED) -> AuditRecord:
    return AuditRecord(name, outcome, {"Identity": 'Müller, \U0001f389 "quoted"'}, ["sip:x"], 3, "", 0.0125)


async def with_log(
    folder: Path, count: int, tamper: Callable[[sqlite3.Connection], object] = lambda _: None, *, more: int = 0
) -> ChainCheck:
    """Write `count` entries, let somebody edit the file, write some more, and check."""
    url = make_file(folder)
    for entries, edit in ((count, tamper), (more, lambda _: None)):
        database = Database(url)
        log = AuditLog(SqlAuditStore(database), FakeClock(), GUID)
        try:
            for number in range(entries):
                await log.record(ALICE, [done(f"Get-{number}")])
            if edit is not tamper:
                return await log.check()
        finally:
            await database.close()
        with closing(sqlite3.connect(folder / "parlour.db")) as connection, connection:
            if tamper.__name__ != "<lambda>":
                for trigger in TRIGGERS:
                    connection.execute(f"DROP TRIGGER {trigger}")
            edit(connection)
    raise AssertionError


# -- writing

async def test_entries_are_numbered_and_chained(tmp_path: Path) -> None:
    database = Database(make_file(tmp_path))
    log = AuditLog(SqlAuditStore(database), FakeClock(), GUID)
    try:
        assert await log.record(ALICE, [done(), done("New-CsUser")]) == [1, 2]
        assert await log.record(ALICE, [AuditRecord("Set-CsUser", AuditOutcome.STARTED)]) == [3]
        first, second, third = [row async for row in log.entries(AuditFilter(), oldest_first=True)]
        assert (first.previous_hash, second.previous_hash, third.previous_hash) == (
            first_hash(GUID), first.hash, second.hash)
        assert replace(first, hash="") == AuditRow(
            1, micros(NOW), "alice", "Shell", "local", '["CsAdministrator","CsHelpDesk"]', "Get-CsPool",
            '{"Identity":"Müller, \U0001f389 \\"quoted\\""}', '["sip:x"]', 3, "Completed", "", 12, None,
            first_hash(GUID), "")
        assert (third.duration_ms, third.objects, third.parameters, moment_of(third)) == (None, None, "{}", NOW)
        check = await log.check()
        assert (check.entries, check.last, check.reason, check.broken_at) == (3, AuditEnd(3, third.hash), "", None)
    finally:
        await database.close()


def test_the_hash_is_what_the_documentation_says() -> None:
    row = AuditRow(
        1, 5, "Jörg", "Shell", "local", "[]", "Get-X", "{}", "[]", None, "Completed", "", 0, None, "ff", "")
    text = ('ff\n{"address":"local","cmdlet":"Get-X","duration_ms":0,"error_id":"","moment":5,"number":1,'
            '"objects":null,"outcome":"Completed","parameters":"{}","person":"Jörg","roles":"[]","started":null,"surface":"Shell",'
            '"targets":"[]"}')
    assert hash_of(row) == sha256(text.encode()).hexdigest()
    assert first_hash(GUID) == sha256(f"Parlour audit log of deployment {GUID}".encode()).hexdigest()


async def test_an_empty_log_is_intact(tmp_path: Path) -> None:
    check = await with_log(tmp_path, 0)
    assert (check.entries, check.reason, check.last) == (0, "", AuditEnd(0, first_hash(GUID)))


async def test_many_writers_keep_one_chain(tmp_path: Path) -> None:
    url = make_file(tmp_path)
    first, second = Database(url), Database(url)
    logs = [AuditLog(SqlAuditStore(database), FakeClock(), GUID) for database in (first, second)]
    try:
        numbers = await asyncio.gather(*(
            log.record(ALICE, [done()] * size) for size in (1, 2, 3) for log in logs for _ in range(20)))
        assert sorted(number for group in numbers for number in group) == list(range(1, 241))
        assert all(group == list(range(group[0], group[0] + len(group))) for group in map(list, numbers))
        assert (await logs[0].check()).reason == ""
    finally:
        await first.close()
        await second.close()


async def test_what_fails_leaves_no_gap(tmp_path: Path) -> None:
    database = Database(make_file(tmp_path))
    log = AuditLog(SqlAuditStore(database), FakeClock(), GUID)

    def broken(_: AuditEnd) -> list[AuditRow]:
        raise ZeroDivisionError

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_record(log))
            failing = tasks.create_task(_failing(log.store, broken))
            tasks.create_task(_record(log))
        assert failing.result()
        assert await log.record(ALICE, [done()]) == [3]
        assert (await log.check()).reason == ""
    finally:
        await database.close()


async def _record(log: AuditLog) -> None:
    await log.record(ALICE, [done()])


async def _failing(store: SqlAuditStore, write: Callable[[AuditEnd], list[AuditRow]]) -> bool:
    with pytest.raises(ZeroDivisionError):
        await store.append(write)
    return True


# -- reading

async def test_reading_goes_page_by_page_in_both_directions(tmp_path: Path) -> None:
    database, clock = Database(make_file(tmp_path)), FakeClock()
    log = AuditLog(SqlAuditStore(database), clock, GUID)
    try:
        for _ in range(5):
            clock.advance(1)
            await log.record(ALICE, [done(), done(outcome=AuditOutcome.FAILED)] * 50)
        assert [row.number async for row in log.entries(AuditFilter())] == list(range(500, 0, -1))
        assert [row.number async for row in log.entries(AuditFilter(), oldest_first=True)] == list(range(1, 501))
        wanted = AuditFilter(micros(NOW) + 2_000_000, micros(NOW) + 3_000_000, "Failed", "Shell")
        assert [row.number async for row in log.entries(wanted, oldest_first=True)] == list(range(102, 302, 2))
        assert [row async for row in log.entries(AuditFilter(surface="Rest"))] == []
    finally:
        await database.close()


async def test_what_is_written_meanwhile_does_not_keep_a_reader(tmp_path: Path) -> None:
    database = Database(make_file(tmp_path))
    log = AuditLog(SqlAuditStore(database), FakeClock(), GUID)
    try:
        await log.record(ALICE, [done()] * 3)
        seen = 0
        async for _ in log.entries(AuditFilter(), oldest_first=True):
            await log.record(ALICE, [done()] * 300)
            seen += 1
        assert seen == 3
    finally:
        await database.close()


# -- the database's own guard

@pytest.mark.parametrize("statement", [
    "UPDATE audit_log SET person = 'nobody'",
    "UPDATE audit_log SET person = 'nobody' WHERE number = 2",
    "UPDATE OR REPLACE audit_log SET number = 1 WHERE number = 2",
    "DELETE FROM audit_log",
    "DELETE FROM audit_log WHERE number = 3",
    "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE number = 2",
    "REPLACE INTO audit_log SELECT * FROM audit_log WHERE number = 3",
    "INSERT OR IGNORE INTO audit_log SELECT * FROM audit_log WHERE number = 1",
])
async def test_entries_can_be_neither_changed_nor_removed(tmp_path: Path, statement: str) -> None:
    await with_log(tmp_path, 3)
    with closing(sqlite3.connect(tmp_path / "parlour.db")) as connection, connection:
        before = connection.execute("SELECT * FROM audit_log").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="the audit log is append-only"):
            connection.execute(statement)
        assert connection.execute("SELECT * FROM audit_log").fetchall() == before


def test_the_guards_are_those_of_the_metadata(tmp_path: Path) -> None:
    make_file(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    metadata.create_all(engine)
    engine.dispose()
    found = []
    for name in ("parlour.db", "other.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            found.append(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    assert dict(found[0]) == dict(found[1])
    assert set(dict(found[0])) == set(TRIGGERS)


async def test_what_the_database_refuses_is_a_named_error(tmp_path: Path) -> None:
    url = make_file(tmp_path)
    with closing(sqlite3.connect(tmp_path / "parlour.db")) as connection, connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END")
    database = Database(url)
    try:
        with pytest.raises(ParlourError, match="full") as fault:
            await AuditLog(SqlAuditStore(database), FakeClock(), GUID).record(ALICE, [done()])
        assert fault.value.kind.name == "StorageUnavailable"
    finally:
        await database.close()


# -- tampering

def sql(statement: str) -> Callable[[sqlite3.Connection], object]:
    def edit(connection: sqlite3.Connection) -> None:
        connection.executescript(statement)
    return edit


SWAP = ("UPDATE audit_log SET number = 99 WHERE number = 2; UPDATE audit_log SET number = 2 WHERE number = 3; "
        "UPDATE audit_log SET number = 3 WHERE number = 99;")
APPEND = ("INSERT INTO audit_log SELECT number + 1, moment, person, surface, address, roles, cmdlet, parameters, "
          "targets, objects, outcome, error_id, duration_ms, started, hash, hash FROM audit_log WHERE number = 4;")


@pytest.mark.parametrize(("statement", "broken_at", "reason"), [
    ("UPDATE audit_log SET person = 'bob' WHERE number = 2", 2, "entry 2 was changed"),
    ("UPDATE audit_log SET moment = 'yesterday' WHERE number = 2", 2, "entry 2 was changed"),
    ("UPDATE audit_log SET parameters = x'ff00' WHERE number = 4", 4, "entry 4 was changed"),
    ("UPDATE audit_log SET objects = NULL WHERE number = 1", 1, "entry 1 was changed"),
    ("UPDATE audit_log SET hash = previous_hash WHERE number = 3", 3, "entry 3 was changed"),
    ("DELETE FROM audit_log WHERE number = 1", 1, "entry 1 is missing"),
    ("DELETE FROM audit_log WHERE number = 3", 3, "entry 3 is missing"),
    ("DELETE FROM audit_log WHERE number = 4", 4, "it ends at 3, but had 4 entries"),
    ("DELETE FROM audit_log", 1, "it ends at 0, but had 4 entries"),
    (SWAP, 2, "entry 2 was changed"),
    (APPEND, 5, "entry 5 was changed"),
    ("DELETE FROM audit_end", 1, "entries after 0 were not written by Parlour"),
    ("UPDATE audit_end SET hash = 'x'", 5, "entries after 4 were not written by Parlour"),
])
async def test_tampering_is_found(tmp_path: Path, statement: str, broken_at: int, reason: str) -> None:
    check = await with_log(tmp_path, 4, sql(statement))
    assert (check.broken_at, check.reason) == (broken_at, reason)


@pytest.mark.parametrize("statement", [
    "UPDATE audit_log SET person = 'bob' WHERE number = 4", "DELETE FROM audit_log WHERE number > 2",
    "DELETE FROM audit_log", SWAP, APPEND, "UPDATE audit_end SET hash = 'x'"])
async def test_what_is_written_later_hides_nothing(tmp_path: Path, statement: str) -> None:
    assert (await with_log(tmp_path, 4, sql(statement), more=3)).reason


async def test_an_entry_made_by_one_who_knows_how_is_found(tmp_path: Path) -> None:
    def forge(connection: sqlite3.Connection) -> None:
        row = AuditRow(*connection.execute("SELECT * FROM audit_log WHERE number = 4").fetchone())
        forged = replace(row, number=5, person="mallory", previous_hash=row.hash)
        forged = replace(forged, hash=hash_of(forged))
        values = [getattr(forged, name) for name in AuditRow.__slots__]
        connection.execute(f"INSERT INTO audit_log VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608

    check = await with_log(tmp_path, 4, forge)
    assert (check.broken_at, check.reason) == (5, "entries after 4 were not written by Parlour")


async def test_the_log_of_another_deployment_is_none_of_this_one(tmp_path: Path) -> None:
    await with_log(tmp_path, 2)
    database = Database(f"sqlite:///{tmp_path / 'parlour.db'}")
    try:
        check = await AuditLog(SqlAuditStore(database), FakeClock(), GUID.replace("1", "2")).check()
        assert (check.broken_at, check.reason) == (1, "entry 1 does not follow the one before it")
    finally:
        await database.close()


@pytest.mark.parametrize(("text", "found"), [('["a"]', ["a"]), ("{}", {}), ("3", "3"), ("nonsense", "nonsense")])
def test_what_somebody_wrote_over_json_is_shown_as_it_is(text: str, found: object) -> None:
    assert decoded(text) == found
