"""Migrations: they make the schema that the code works with, all of it or nothing."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, UniqueConstraint, event, inspect, text
from tests.storage.storage_kit import FOREST, address, one_person

from parlour.bus.local import LocalBus
from parlour.chat.core import make_core
from parlour.chat.history import Before
from parlour.chat.rights import Act
from parlour.directory.principals import BuiltinPrincipals
from parlour.errors import ParlourError
from parlour.storage import migrate
from parlour.storage.database import Database, open_engine
from parlour.storage.migrate import newest, upgrade
from parlour.storage.rooms import SqlRoomStore
from parlour.storage.schema import metadata
from parlour.storage.stores import make_stores
from parlour.storage.terms import encoded, fold, short_terms
from parlour.testing import FakeClock


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    engine = open_engine(url, "BEGIN IMMEDIATE")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'parlour.db'}"


# What the engine keeps for its text indexes; no metadata can describe it.
INDEXES = ("message_text", "message_terms")


def is_described(_: object, name: str | None, kind: str, *__: object) -> bool:
    return kind != "table" or not str(name).startswith(INDEXES)


def schema(url: str) -> list[tuple[str, ...]]:
    with opened(url) as connection:
        return [tuple(row) for row in connection.execute(text("SELECT type, name, sql FROM sqlite_master"))]


def test_migrations_make_what_the_code_works_with(url: str) -> None:
    upgrade(url)
    with opened(url) as connection:
        assert compare_metadata(
            MigrationContext.configure(connection, opts={"include_object": is_described}), metadata) == []
        made = inspect(connection)
        for table in metadata.tables.values():
            assert {column["name"]: column["nullable"] for column in made.get_columns(table.name)} == {
                column.name: column.nullable for column in table.columns}
            assert {tuple(key["column_names"]) for key in made.get_unique_constraints(table.name)} == {
                tuple(constraint.columns.keys()) for constraint in table.constraints
                if isinstance(constraint, UniqueConstraint)}


def test_the_tables_have_the_very_text_that_the_metadata_would_make(url: str, tmp_path: Path) -> None:
    upgrade(url)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with opened(other) as connection:
        metadata.create_all(connection)

    def spelt(url: str) -> dict[str, set[str]]:
        # The engine puts quotes around the name of a table that a migration made anew.
        return {name: {line.strip(" \t,").replace(f'"{name}"', name) for line in sql.splitlines()}
                for kind, name, sql in schema(url)
                if kind == "table" and name not in ("alembic_version", "sqlite_sequence")
                and not name.startswith(INDEXES)}
    assert spelt(url) == spelt(other)


def test_the_newest_revision_is_known_without_the_migrations(url: str) -> None:
    upgrade(url)
    with opened(url) as connection:
        assert MigrationContext.configure(connection).get_current_revision() == newest()


def test_a_second_time_nothing_is_done(url: str) -> None:
    upgrade(url)
    before = schema(url)
    upgrade(url)
    assert schema(url) == before


@pytest.mark.parametrize("table", [*metadata.tables, "alembic_version"])
def test_a_fault_in_the_middle_leaves_the_database_as_it_was(url: str, table: str) -> None:
    with opened(url) as connection:
        connection.execute(text(f'CREATE TABLE "{table}" (mine INTEGER)'))
    before = schema(url)
    with pytest.raises(ParlourError, match="cannot be written"):
        upgrade(url)
    assert schema(url) == before


def test_the_schema_of_a_newer_version_is_refused(url: str) -> None:
    upgrade(url)
    with opened(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = schema(url)
    with pytest.raises(ParlourError) as fault:
        upgrade(url)
    assert fault.value.kind.name == "SettingInvalid"
    assert schema(url) == before


def test_a_file_that_is_no_database_is_left_alone(url: str, tmp_path: Path) -> None:
    (tmp_path / "parlour.db").write_bytes(b"precious" * 1000)
    with pytest.raises(ParlourError, match="file is not a database"):
        upgrade(url)
    assert (tmp_path / "parlour.db").read_bytes() == b"precious" * 1000


@pytest.mark.parametrize("url", ["nonsense", "postgresql://host/db"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ParlourError, match="only sqlite:/// URLs of files are supported"):
        upgrade(url)


def test_migrations_are_found_wherever_the_package_lies(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "100% odd"
    odd.symlink_to(Path(migrate.__file__).parent / "migrations")
    monkeypatch.setattr(migrate, "_SCRIPTS", odd)
    upgrade(url)
    assert {"rooms", "messages"} <= {name for _, name, _ in schema(url)}


# -- from the first schema to this one: whoever could use a room can use it still

PEOPLE = (1, 2, 5)  # numbers with a gap
TEXTS = ("one", "zwei \U0001f389", "<three>")


def old_world(url: str) -> None:
    """Make a database of the first version: two categories, an Open and a Closed room, messages."""
    upgrade(url, "0001")
    pool, domain = "pool.litwareinc.com", "litwareinc.com"
    with opened(url) as connection:
        put(connection, "settings", ("forest", FOREST))
        put(connection, "sip_domains", (domain, 1))
        put(connection, "pools", (pool, "Default", 1))
        put(connection, "categories", *((n, f"c{n}", pool, domain, f"C{n}", f"c{n}", "", 1, 0, 1) for n in (1, 2)))
        put(connection, "people", *(
            (n, f"guid-{n}", str(address(f"person{n}")), f"Person {n}", 1, "hash", None, b"", 0, 0) for n in PEOPLE))
        put(connection, "sip_addresses", *((address(f"person{n}").key, n, None) for n in PEOPLE))
        put(connection, "rooms", *(
            (n, f"r{n}", n, pool, domain, f"R{n}", f"r{n}", "", privacy, "Normal", "Inherit", 0, len(TEXTS), 0)
            for n, privacy in ((1, "Open"), (2, "Closed"))))
        put(connection, "messages", *((1, n, 5, 0, message) for n, message in enumerate(TEXTS, start=1)))


def put(connection: Connection, table: str, *rows: tuple[object, ...]) -> None:
    """Insert whole rows, without the help of today's schema."""
    marks = ", ".join("?" * len(rows[0]))
    connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", list(rows))  # noqa: S608


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with opened(url) as connection:
        names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
        return {name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608
                for name in sorted(names)}


async def test_nobody_loses_a_right_by_the_upgrade(url: str, tmp_path: Path) -> None:
    old_world(url)
    upgrade(url)
    database = Database(url)
    try:
        rooms, directory = SqlRoomStore(database, FakeClock()), BuiltinPrincipals(database, FOREST)
        core = make_core(make_stores(database, FakeClock(), tmp_path), directory=directory, bus=LocalBus(),
                         clock=FakeClock(), new_guid=str)
        for number in PEOPLE:
            person = one_person(number)
            opened_room, closed = await rooms.all()
            access = await core.access.explain(person, opened_room)
            assert {act for act in Act if access[act].allowed} == {Act.SEE, Act.JOIN, Act.READ, Act.POST}
            access = await core.access.explain(person, closed)
            assert [act for act, decision in access.items() if decision.allowed] == [Act.SEE]
            assert tuple(one.text for one in (
                await core.history.page(person, opened_room.uri, Before(), 10)).messages) == TEXTS
    finally:
        await database.close()


def test_the_upgrade_keeps_every_row(url: str) -> None:
    old_world(url)
    before = content(url)
    upgrade(url)
    after = content(url)
    assert {row[-3:] for row in after["people"]} == {(f"OU=Users,{FOREST}", 0, None)}
    assert [row[-3:] for row in after["rooms"]] == [(3, 0, None), (3, None, None)]
    assert [row[5:] for row in after["messages"]] == [
        (0, number, 0, 0, None, None, None, None) for number in range(1, len(TEXTS) + 1)]
    assert {name: [row[:len(rows[0])] for row in after[name]] for name, rows in before.items() if rows} == {
        name: rows for name, rows in before.items() if rows}


def test_the_upgrade_makes_time_go_forward_and_texts_findable(url: str) -> None:
    old_world(url)
    with opened(url) as connection:
        connection.execute(text("UPDATE messages SET posted_at = 100 - number"))
    upgrade(url)
    with opened(url) as connection:
        assert list(connection.execute(text("SELECT posted_at FROM messages")).scalars()) == [99, 99, 99]
        found = connection.execute(text("SELECT rowid & 255 FROM message_text WHERE message_text MATCH 'THREE'"))
        assert list(found.scalars()) == [3]
        term = encoded("\U0001f389")
        found = connection.execute(text("SELECT rowid & 255 FROM message_terms WHERE message_terms MATCH :term"),
                                   {"term": term})
        assert list(found.scalars()) == [2]
        rows = list(connection.execute(text("SELECT id & 255 FROM message_terms_docsize")).scalars())
        assert rows == [n for n, message in enumerate(TEXTS, start=1) if short_terms(fold(message))]
        assert len(rows) < len(TEXTS)


def test_numbers_of_people_go_on_where_they_were(url: str) -> None:
    old_world(url)
    upgrade(url)
    with opened(url) as connection:
        assert connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'people'")).scalar() == 5
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_a_fault_at_any_point_of_the_upgrade_leaves_the_first_schema(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old_world(url)
    before = schema(url), content(url)
    counted: list[int] = []
    for point in itertools.count():
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "open_engine", failing_after(point, counted))
            outcome = outcome_of(url)
        if outcome == "done":
            break
        assert outcome == "StorageUnavailable"
        assert (schema(url), content(url)) == before
    assert counted == list(range(len(counted)))
    assert len(counted) > 10
    assert schema(url) != before[0]


def outcome_of(url: str) -> str:
    """Upgrade, and return how that ended."""
    try:
        upgrade(url)
    except ParlourError as fault:
        return fault.kind.name
    return "done"


def failing_after(point: int, counted: list[int]) -> Callable[..., Engine]:
    """Return a way to open engines whose statement number `point` that changes something fails."""
    def open_failing(*arguments: str, foreign_keys: bool = True) -> Engine:
        engine = open_engine(*arguments, foreign_keys=foreign_keys)
        left = itertools.count(point, -1)

        def before(_: object, __: object, statement: str, *___: object) -> None:
            if not statement.startswith(("PRAGMA", "SELECT", "BEGIN")) and next(left) == 0:
                counted.append(point)
                raise sqlite3.OperationalError("disk I/O error")
        event.listen(engine, "before_cursor_execute", before)
        return engine
    return open_failing


def test_after_the_upgrade_a_second_one_does_nothing(url: str) -> None:
    old_world(url)
    upgrade(url)
    before = schema(url), content(url)
    upgrade(url)
    assert (schema(url), content(url)) == before
