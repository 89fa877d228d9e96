"""The trail that the commands of one pipeline leave in the audit log."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from parlour.admin.engine.audit import Actor, AuditOutcome, AuditRecord
from parlour.admin.engine.binder import Binding
from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.masking import bound_text, command_name, cut, refused_text
from parlour.admin.engine.syntax import Call
from parlour.errors import AUDIT_INCOMPLETE, AUDIT_UNAVAILABLE, ErrorKind, ParlourError

if TYPE_CHECKING:
    from parlour.admin.engine.context import Context
    from parlour.admin.engine.session import Session

_MOST_TARGETS: Final = 50
_MOST_OF_TARGET: Final = 200


class Traced:
    """One command of the pipeline that leaves a trail."""

    def __init__(self, binding: Binding, context: "Context") -> None:
        self._binding = binding
        self._context = context
        self.started: int | None = None

    @property
    def name(self) -> str:
        """The cmdlet's name."""
        return self._binding.cmdlet.meta.name

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self._binding.cmdlet.meta.changes

    def before(self) -> AuditRecord:
        """Say that it is about to run."""
        return AuditRecord(self.name, AuditOutcome.STARTED, bound_text(self._binding))

    def after(self, stopped: bool, duration: float) -> AuditRecord:
        """Say what it came to."""
        facts = self._context.facts
        return AuditRecord(
            self.name, self._outcome(stopped), bound_text(self._binding), _listed(facts.targets, facts.target_count),
            facts.objects if self._binding.expects_input else None, facts.error_id, duration, self.started)

    def _outcome(self, stopped: bool) -> AuditOutcome:
        facts = self._context.facts
        if facts.error_id:
            return AuditOutcome.FAILED
        if stopped:
            return AuditOutcome.STOPPED
        if self._binding.preferences.what_if:
            return AuditOutcome.WHAT_IF
        return AuditOutcome.DECLINED if facts.declined and not facts.target_count else AuditOutcome.COMPLETED


def _listed(targets: Sequence[str], count: int) -> list[str]:
    more = count - len(targets)
    return [cut(target, _MOST_OF_TARGET) for target in targets] + ([f"... ({more} more)"] if more else [])


class Facts:
    """What is seen of a running command."""

    def __init__(self) -> None:
        self.error_id = ""
        self.objects = 0
        self.targets: list[str] = []
        self.target_count = 0
        self.declined = False

    def failed(self, error_id: str) -> None:
        """Keep the first error."""
        self.error_id = self.error_id or error_id

    def touched(self, target: str) -> None:
        """Keep what it is done to; of many, the first ones and how many there were."""
        self.target_count += 1
        if len(self.targets) < _MOST_TARGETS:
            self.targets.append(target)


class Trail:
    """Writes what the commands of one pipeline do, before and after.

    Args:
        session: who runs them.
        commands: those that leave a trail.
    """

    def __init__(self, session: "Session", commands: Sequence[Traced]) -> None:
        self._session = session
        self._commands = commands
        self._began = session.clock.monotonic()

    async def begin(self) -> None:
        """Write of all commands that may change something that they are about to run.

        Raises:
            ParlourError: AUDIT_UNAVAILABLE; then none may run.
        """
        changing = [command for command in self._commands if command.changes]
        numbers = await _write(self._session, [command.before() for command in changing], AUDIT_UNAVAILABLE)
        for command, number in zip(changing, numbers, strict=False):  # without an auditor there are no numbers
            command.started = number

    async def end(self, stopped: bool) -> ParlourError | None:
        """Write what all commands came to; returns the error if that cannot be written."""
        duration = self._session.clock.monotonic() - self._began
        try:
            await _write(self._session, [command.after(stopped, duration) for command in self._commands],
                         AUDIT_INCOMPLETE)
        except ParlourError as fault:
            return fault
        return None


async def write_refusal(
    session: "Session", call: Call | None, cmdlet: type[Cmdlet] | None, error: ParlourError
) -> ParlourError | None:
    """Write that a command was not run; returns the error if that cannot be written.

    Args:
        session: who wanted it.
        call: the command as typed; None if the text could not be read at all.
        cmdlet: the cmdlet that was meant, whether the session may run it or not; None if there is none.
        error: why not.
    """
    if cmdlet is not None and cmdlet.meta.utility:
        return None
    typed = "" if call is None else command_name(call.name)
    record = AuditRecord(typed if cmdlet is None else cmdlet.meta.name, AuditOutcome.REFUSED, error_id=error.kind.name)
    if call is not None:
        record = replace(record, parameters=refused_text(cmdlet, call))
    try:
        await _write(session, [record], AUDIT_INCOMPLETE)
    except ParlourError as fault:
        return fault
    return None


async def _write(session: "Session", records: Sequence[AuditRecord], failing: ErrorKind) -> Sequence[int]:
    if session.auditor is None or not records:
        return ()
    actor = Actor(session.operator, session.roles, session.surface, session.address)
    try:
        return await session.auditor.record(actor, records)
    except ParlourError as fault:
        import structlog  # here: only failures need it

        names = ", ".join(record.cmdlet for record in records)
        structlog.get_logger("parlour.admin").error("audit.failed", command=names, reason=str(fault))
        reason = fault.details.get("reason", fault.kind.name)
        raise ParlourError(failing, names, command=names or "a text that is no command", reason=reason) from fault
