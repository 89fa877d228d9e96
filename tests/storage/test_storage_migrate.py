"""Migrations: they make the schema that the code works with, all of it or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, UniqueConstraint, inspect, text

from parlour.errors import ParlourError
from parlour.storage import migrate
from parlour.storage.database import open_engine
from parlour.storage.migrate import upgrade
from parlour.storage.schema import metadata


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    engine = open_engine(url, "BEGIN IMMEDIATE")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'parlour.db'}"


def schema(url: str) -> list[tuple[str, ...]]:
    with opened(url) as connection:
        return [tuple(row) for row in connection.execute(text("SELECT type, name, sql FROM sqlite_master"))]


def test_migrations_make_what_the_code_works_with(url: str) -> None:
    upgrade(url)
    with opened(url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
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
        return {name: {line.strip(" \t,") for line in sql.splitlines()} for kind, name, sql in schema(url)
                if kind == "table" and name not in ("alembic_version", "sqlite_sequence")}
    assert spelt(url) == spelt(other)


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
    with pytest.raises(ParlourError, match="only sqlite:/// URLs are supported"):
        upgrade(url)


def test_migrations_are_found_wherever_the_package_lies(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "100% odd"
    odd.symlink_to(Path(migrate.__file__).parent / "migrations")
    monkeypatch.setattr(migrate, "_SCRIPTS", odd)
    upgrade(url)
    assert {"rooms", "messages"} <= {name for _, name, _ in schema(url)}
