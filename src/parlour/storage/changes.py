"""Notices what is written to tables that others keep things of in memory, whoever writes it and by which statement.

The writer's connection has temporary triggers that call a function of ours. That one notes the kind of change; when it
is committed, and before whoever made it hears of that, the revision of this kind goes up.
"""

import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Table

from parlour.storage.schema import (
    addins,
    categories,
    category_principals,
    group_members,
    people,
    principals,
    room_principals,
    rooms,
)


class Watched(StrEnum):
    """What is watched: things that are kept in memory together."""

    DIRECTORY = "directory"
    ROOMS = "rooms"


# Columns that change all the time, and that nobody keeps.
_PASSING: Mapping[Table, frozenset[str]] = MappingProxyType({
    people: frozenset({"last_invitation", "password_hash", "ntlm_secret", "digest_secret", "changed_at"}),
    rooms: frozenset({"last_number", "message_count", "last_posted_at"}),
})
_TABLES: Mapping[Watched, tuple[Table, ...]] = MappingProxyType({
    Watched.DIRECTORY: (people, principals, group_members),
    Watched.ROOMS: (rooms, categories, addins, room_principals, category_principals),
})


class Changes:
    """How often each kind of thing was changed; `note` and `commit` belong to the writer's thread.

    Attributes:
        revisions: goes up with each commit that changes one of a kind.
    """

    def __init__(self) -> None:
        self.revisions = dict.fromkeys(Watched, 0)
        self._noted: set[Watched] = set()

    def attach(self, connection: sqlite3.Connection) -> None:
        """Watch what is written over a connection; tables that are not there yet, nobody keeps anything of."""
        connection.create_function("parlour_changed", 1, self._note)
        present = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        for kind, tables in _TABLES.items():
            for table in tables:
                if table.name in present:
                    _watch(connection, kind, table)

    def _note(self, kind: str) -> None:
        self._noted.add(Watched(kind))

    def commit(self) -> None:
        """Let what was noted since the last time count: it was committed, or undone, which does no harm."""
        for kind in self._noted:
            self.revisions[kind] += 1
        self._noted.clear()


def _watch(connection: sqlite3.Connection, kind: Watched, table: Table) -> None:
    columns = ", ".join(column.name for column in table.columns if column.name not in _PASSING.get(table, ()))
    for number, act in enumerate(("INSERT", "DELETE", f"UPDATE OF {columns}")):
        connection.execute(
            f"CREATE TEMP TRIGGER changed_{table.name}_{number} AFTER {act} ON main.{table.name} "
            f"BEGIN SELECT parlour_changed('{kind}'); END")
