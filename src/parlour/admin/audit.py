"""The audit log: what its entries say, how they are chained, and how the chain is checked. Pure but for `AuditLog`.

Every entry has a hash over all that stands in it and over the hash of the entry before, so whoever changes, removes,
swaps or inserts one has to write all later ones anew; and where the log ends is kept beside it.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from parlour.admin.engine import Actor, AuditRecord
from parlour.clock import Clock
from parlour.storage.audit import AuditEnd, AuditFilter, AuditRow, SqlAuditStore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PAGE: Final = 200
_BEFORE_THE_FIRST: Final = "Parlour audit log of deployment "


def canonical(value: object) -> str:
    """Return the one JSON text of a value: names in order, no blanks, characters as themselves."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)


def first_hash(deployment: str) -> str:
    """Return what stands for the entry before the first: a hash of the deployment's GUID."""
    return sha256(f"{_BEFORE_THE_FIRST}{deployment}".encode()).hexdigest()


def hash_of(row: AuditRow) -> str:
    """Return the hash that belongs to an entry: over the hash of the one before, and its own canonical JSON."""
    own = {name: value for name, value in row.values().items() if name not in ("previous_hash", "hash")}
    return sha256(f"{row.previous_hash}\n{canonical(own)}".encode("utf-8", "backslashreplace")).hexdigest()


def micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(row: AuditRow) -> datetime | None:
    """Return when an entry was made; None if what stands there is no moment."""
    try:
        return _EPOCH + row.moment * _MICROSECOND
    except (TypeError, OverflowError):
        return None


def decoded(text: str) -> Mapping[str, object] | Sequence[object] | str:
    """Return what a JSON column says; its text if that is no JSON."""
    try:
        found: object = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return str(text)
    return found if isinstance(found, dict | list) else str(text)


def chained(actor: Actor, records: Sequence[AuditRecord], moment: datetime, end: AuditEnd) -> list[AuditRow]:
    """Return records as the entries that follow `end`."""
    rows: list[AuditRow] = []
    for record in records:
        draft = AuditRow(
            end.number + 1, micros(moment), actor.person, actor.surface.value, actor.address,
            canonical(sorted(actor.roles)), record.cmdlet, canonical(dict(record.parameters)),
            canonical(list(record.targets)), record.objects, record.outcome.value, record.error_id,
            None if record.duration is None else round(record.duration * 1000), record.started, end.hash, "")
        rows.append(replace(draft, hash=hash_of(draft)))
        end = AuditEnd(rows[-1].number, rows[-1].hash)
    return rows


class ChainCheck:
    """Follows the chain, entry by entry.

    Args:
        deployment: GUID of the deployment.

    Attributes:
        entries: how many entries there are.
        last: the last entry.
        broken_at: number of the first entry that is not as it was written, or not there; None so far.
        reason: what is wrong with it.
    """

    def __init__(self, deployment: str) -> None:
        self.entries = 0
        self.last = AuditEnd(0, first_hash(deployment))
        self.broken_at: int | None = None
        self.reason = ""

    def take(self, row: AuditRow) -> None:
        """Look at the next entry."""
        fault = "" if self.reason else _fault(row, self.last)
        if fault:
            self._broken(self.last.number + 1, fault)
        self.entries += 1
        self.last = AuditEnd(row.number, row.hash)

    def finish(self, end: AuditEnd) -> None:
        """Compare the last entry with where the log ought to end."""
        if self.reason or (self.entries == 0 and end == AuditEnd()):
            return
        if end.number > self.last.number:
            self._broken(self.last.number + 1, f"it ends at {self.last.number}, but had {end.number} entries")
        elif end != self.last:
            self._broken(end.number + 1, f"entries after {end.number} were not written by Parlour")

    def _broken(self, number: int, reason: str) -> None:
        self.broken_at, self.reason = number, reason


def _fault(row: AuditRow, before: AuditEnd) -> str:
    wanted = before.number + 1
    if row.number != wanted:
        return f"entry {wanted} is missing"
    if row.hash != hash_of(row):
        return f"entry {wanted} was changed"
    return "" if row.previous_hash == before.hash else f"entry {wanted} does not follow the one before it"


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The log of one deployment: the `Auditor` of every session, and what the audit cmdlets read.

    Attributes:
        store: where it is kept.
        clock: time.
        deployment: GUID of the deployment.
    """

    store: SqlAuditStore
    clock: Clock
    deployment: str

    async def record(self, actor: Actor, records: Sequence[AuditRecord]) -> Sequence[int]:
        """Append records, all or none; returns their numbers once they are on disk.

        Raises:
            ParlourError: StorageUnavailable.
        """
        def write(end: AuditEnd) -> Sequence[AuditRow]:
            return chained(actor, records, self.clock.now(), end if end.hash else self._start(end))
        return await self.store.append(write)

    def _start(self, end: AuditEnd) -> AuditEnd:
        return replace(end, hash=first_hash(self.deployment))

    async def entries(self, wanted: AuditFilter, *, oldest_first: bool = False) -> AsyncIterator[AuditRow]:
        """Return the entries wanted that there are now, page by page; newest first unless told otherwise."""
        after, until = 0, await self.store.end()
        while rows := await self.store.page(after, until, _PAGE, wanted, newest_first=not oldest_first):
            for row in rows:
                yield row
            after, until = (rows[-1].number, until) if oldest_first else (after, rows[-1].number - 1)

    async def check(self, seen: Callable[[AuditRow], None] = lambda _: None) -> ChainCheck:
        """Follow the whole chain, page by page; `seen` is shown every entry."""
        check = ChainCheck(self.deployment)
        while True:
            rows, end = await self.store.follow(check.last.number, _PAGE)
            for row in rows:
                check.take(row)
                seen(row)
            if not rows:
                check.finish(end)
                return check
