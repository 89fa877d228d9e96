"""Get-CsAuditLog and Test-CsAuditLog. Both are Parlour's own, in the original's style."""

from datetime import datetime

from parlour.admin.audit import AuditLog, decoded, micros, moment_of
from parlour.admin.engine import (
    AuditOutcome,
    Cmdlet,
    Example,
    Meta,
    PsObject,
    Size,
    Surface,
    Value,
    limit_of,
    parameter,
)
from parlour.admin.engine.masking import OTHERS
from parlour.admin.engine.patterns import like
from parlour.admin.engine.values import Own
from parlour.admin.roles import ADMINISTRATOR
from parlour.admin.values import Values
from parlour.errors import AUDIT_LOG_BROKEN, ParlourError
from parlour.storage.audit import AuditFilter, AuditRow

ENTRY = "Parlour.AuditLogEntry"
CHECK = "Parlour.AuditLogCheck"
_ROLES = (ADMINISTRATOR, "CsViewOnlyAdministrator")


def shown(row: AuditRow) -> PsObject:
    """Return an entry as administrators see it."""
    return PsObject((ENTRY,), {
        "Number": row.number, "Date": moment_of(row), "Person": row.person, "Cmdlet": row.cmdlet,
        "Outcome": row.outcome, "ErrorId": row.error_id, "Parameters": _parameters(row.parameters),
        "Targets": _texts(row.targets), "Objects": row.objects, "DurationMs": row.duration_ms,
        "Surface": row.surface, "Address": row.address, "Roles": _texts(row.roles), "Started": row.started,
        "Hash": row.hash}, text=str(row.number))


def _parameters(text: str) -> str:
    """Return parameters nearly as one types them."""
    given = decoded(text)
    if not isinstance(given, dict):
        return str(text)
    return " ".join(_parameter(name, str(value)) for name, value in given.items())


def _parameter(name: str, value: str) -> str:
    if name == OTHERS:
        return f"({value})"
    return f"-{name}" if value == "True" else f'-{name} "{value}"'


def _texts(text: str) -> list[Value]:
    listed = decoded(text)
    return [str(element) for element in listed] if isinstance(listed, list) else [str(text)]


class GetCsAuditLog(Cmdlet):
    """Lists what administrators did: every command with person, surface, parameters, outcome and duration.

    A command that may change something has two entries: Started, on disk before it runs, and what it came to. One that
    only reads has one. Secrets are never in the log.
    """

    meta = Meta("Get-CsAuditLog", outputs=(ENTRY,), roles=_ROLES, examples=(
        Example("Get-CsAuditLog -ResultSize 20", "Lists the newest entries."),
        Example('Get-CsAuditLog -Cmdlet "Remove-*" -StartDate "2026-01-01" -Outcome Completed',
                "Lists what was removed since then."),
        Example('Get-CsAuditLog -Person "sip:alice@*" -Oldest | ConvertTo-Csv', "Lists what Alice did, for a table."),))
    start_date: datetime | None = parameter(help="Only entries of this moment and later, in UTC.")
    end_date: datetime | None = parameter(help="Only entries of this moment and before, in UTC.")
    person: str = parameter(
        values=Values.PERSON, default="*", help="Only what this person did; * and ? are understood.")
    cmdlet: str = parameter(values=Own.CMDLET, default="*", help="Only this cmdlet; * and ? are understood.")
    outcome: AuditOutcome | None = parameter(help="Only entries with this outcome.")
    surface: Surface | None = parameter(help="Only what came through this surface.")
    result_size: Size | None = parameter(help="At most this many entries; without it, all.")
    oldest: bool = parameter(help="Lists the oldest entries first, not the newest.")

    async def process(self) -> None:
        """List entries."""
        wanted = AuditFilter(
            None if self.start_date is None else micros(self.start_date),
            None if self.end_date is None else micros(self.end_date), self.outcome, self.surface)
        limit, written = limit_of(self.result_size), 0
        if limit == 0:
            return
        async for row in self.service(AuditLog).entries(wanted, oldest_first=self.oldest):
            if like(row.person, self.person) and like(row.cmdlet, self.cmdlet):
                await self.write(shown(row))
                written += 1
            if written == limit:
                return


class TestCsAuditLog(Cmdlet):
    """Checks that nobody changed, removed, swapped or added entries of the audit log behind Parlour's back.

    It follows the chain of hashes through all entries. Who may write to the database's file and knows how could write
    the whole log anew; so note the last hash somewhere else, and give it as -KnownHash later.
    """

    meta = Meta("Test-CsAuditLog", outputs=(CHECK,), roles=_ROLES, examples=(
        Example("Test-CsAuditLog", "Checks all entries, and shows the last hash."),
        Example("Test-CsAuditLog | Select-Object LastNumber, LastHash", "Shows what to note somewhere else."),))
    known_hash: str | None = parameter(help="Hash of an entry, as it was shown earlier.")

    async def process(self) -> None:
        """Check the log."""
        self._known = False
        check = await self.service(AuditLog).check(self._look)
        reason = check.reason
        if not reason and self.known_hash is not None and not self._known:
            reason = "no entry has the hash that is known"
        await self.write(PsObject((CHECK,), {
            "Entries": check.entries, "LastNumber": check.last.number, "LastHash": check.last.hash,
            "Intact": not reason, "FirstBroken": check.broken_at, "Reason": reason or None}))
        if reason:
            await self.error(ParlourError(AUDIT_LOG_BROKEN, check.broken_at, reason=reason))

    def _look(self, row: AuditRow) -> None:
        self._known = self._known or row.hash == (self.known_hash or "").lower()


CMDLETS = (GetCsAuditLog, TestCsAuditLog)
