"""The audit log on the database: appended in the unit of work that numbers it, and read in pages.

What an entry means, and how its hash is made, is for `parlour.admin.audit` to know.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, insert, select, update

from parlour.storage.database import Database
from parlour.storage.schema import audit_end, audit_log

_END = 1  # the only row of audit_end


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as it is stored.

    Somebody may have edited the file, so any of the values that are read may be of another type than it should.

    Attributes:
        number: 1 for the first entry, and no gaps.
        moment: microseconds since 1970 UTC.
        person: who did it.
        surface: through what.
        address: from where.
        roles: his roles, a JSON list.
        cmdlet: what was run; empty if it is not known.
        parameters: what it was given, a JSON object of texts.
        targets: what it was done to, a JSON list of texts.
        objects: how many objects the pipeline fed it with; None if none fed it.
        outcome: what it came to.
        error_id: name of the first error, or empty.
        duration_ms: milliseconds from its beginning to the end of its pipeline; None at the beginning.
        started: number of the entry that says it began; None without one.
        previous_hash: hash of the entry before.
        hash: SHA-256 over all the others, as hexadecimal digits.
    """

    number: int
    moment: int
    person: str
    surface: str
    address: str
    roles: str
    cmdlet: str
    parameters: str
    targets: str
    objects: int | None
    outcome: str
    error_id: str
    duration_ms: int | None
    started: int | None
    previous_hash: str
    hash: str

    def values(self) -> dict[str, object]:
        """Return all of them by name."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(AuditRow))


@dataclass(frozen=True, slots=True)
class AuditEnd:
    """Where the log ends: the newest entry's number and hash; 0 and nothing while it is empty."""

    number: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; None means all.

    Attributes:
        since: not before this moment, in microseconds since 1970 UTC.
        until: not after this moment.
        outcome: with this outcome.
        surface: through this surface.
    """

    since: int | None = None
    until: int | None = None
    outcome: str | None = None
    surface: str | None = None


Write = Callable[[AuditEnd], Sequence[AuditRow]]
"""Makes the entries that follow the log's end; at least one."""

_COLUMNS = [audit_log.c[name] for name in _NAMES]
# Every command needs these, so they are made once.
_INSERT = insert(audit_log)
_MOVE_END = update(audit_end).where(audit_end.c.id == _END)
_RECORDED_END = select(audit_end.c.number, audit_end.c.hash).where(audit_end.c.id == _END)
_NEWEST = select(audit_log.c.number, audit_log.c.hash).order_by(audit_log.c.number.desc()).limit(1)


class SqlAuditStore:
    """The log of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, write: Write) -> list[int]:
        """Append entries, all or none, and return their numbers once they are on disk.

        Raises:
            ParlourError: StorageUnavailable.
        """
        return await self._database.write(lambda connection: _append(connection, write))

    async def page(
        self, after: int, until: int, count: int, wanted: AuditFilter, *, newest_first: bool = False
    ) -> list[AuditRow]:
        """Return at most `count` entries with numbers above `after` and not above `until`."""
        return await self._database.read(
            lambda connection: _page(connection, after, until, count, wanted, newest_first))

    async def end(self) -> int:
        """Return the number of the newest entry, 0 if there is none."""
        return (await self._database.read(_newest)).number

    async def follow(self, after: int, count: int) -> tuple[list[AuditRow], AuditEnd]:
        """Return the entries behind number `after`, oldest first, and where the log ought to end at that moment."""
        return await self._database.read(
            lambda connection: (_page(connection, after, None, count, AuditFilter(), newest_first=False),
                                _recorded_end(connection)))


def _append(connection: Connection, write: Write) -> list[int]:
    # They differ only after somebody edited the file; then the log goes on behind both, and the check finds the place.
    recorded, newest = _recorded_end(connection), _newest(connection)
    rows = write(AuditEnd(max(recorded.number, newest.number), recorded.hash or newest.hash))
    connection.execute(_INSERT, [row.values() for row in rows])
    end = {"number": rows[-1].number, "hash": rows[-1].hash}
    if not connection.execute(_MOVE_END, end).rowcount:
        connection.execute(insert(audit_end), {"id": _END, **end})
    return [row.number for row in rows]


def _recorded_end(connection: Connection) -> AuditEnd:
    found = connection.execute(_RECORDED_END).first()
    return AuditEnd() if found is None else AuditEnd(found.number, found.hash)


def _newest(connection: Connection) -> AuditEnd:
    found = connection.execute(_NEWEST).first()
    return AuditEnd() if found is None else AuditEnd(found.number, found.hash)


def _page(
    connection: Connection, after: int, until: int | None, count: int, wanted: AuditFilter, newest_first: bool
) -> list[AuditRow]:
    number, moment = audit_log.c.number, audit_log.c.moment
    query = select(*_COLUMNS).where(number > after).limit(count).order_by(number.desc() if newest_first else number)
    if until is not None:
        query = query.where(number <= until)
    if wanted.since is not None:
        query = query.where(moment >= wanted.since)
    if wanted.until is not None:
        query = query.where(moment <= wanted.until)
    if wanted.outcome is not None:
        query = query.where(audit_log.c.outcome == wanted.outcome)
    if wanted.surface is not None:
        query = query.where(audit_log.c.surface == wanted.surface)
    return [AuditRow(*row) for row in connection.execute(query)]
