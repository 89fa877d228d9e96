"""Running a bound pipeline: every object goes through all commands before the next one is asked for.

So nothing piles up between commands, a slow host slows the source down, and whoever has enough stops it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from parlour.admin.engine.binder import Binding
from parlour.admin.engine.context import Context, Interrupted, Outcome, Terminated, UpstreamStopped
from parlour.admin.engine.intake import Intake
from parlour.admin.engine.objects import Value, error_record
from parlour.admin.engine.session import Host, Session
from parlour.admin.engine.trail import Traced, Trail
from parlour.errors import UNEXPECTED, ParlourError

if TYPE_CHECKING:
    from parlour.admin.engine.registry import CmdletRegistry


class Status(IntEnum):
    """Exit status of a run."""

    DONE = 0
    FAILED = 1
    USAGE = 2


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    Attributes:
        status: the exit status.
        errors: error records made.
        interrupted: the user stopped it.
        ended: it did not come to its end (interrupted, or an error ended it).
    """

    status: Status
    errors: int = 0
    interrupted: bool = False
    ended: bool = False


class _Step:
    """One command at its place in the pipeline."""

    def __init__(self, binding: Binding, context: Context) -> None:
        self._binding = binding
        self._intake = Intake(binding)
        self.context = context
        self.cmdlet = binding.cmdlet()
        self.cmdlet.context = context
        self._give(binding.values)
        self.cmdlet.bound = binding.bound

    def _give(self, values: dict[str, object]) -> None:
        for attribute, value in values.items():
            setattr(self.cmdlet, attribute, value)

    def traced(self) -> Traced:
        """Return it as the audit log sees it."""
        return Traced(self._binding, self.context)

    async def take(self, value: Value) -> None:
        """Process one object of the pipeline."""
        self.context.facts.objects += 1
        try:
            found = self._intake.take(value)
        except ParlourError as error:
            await self.context.error(error)
            return
        for taker in self._intake.takers:
            setattr(self.cmdlet, taker.attribute, found.get(taker.attribute, taker.default))
        await self.process()

    async def process(self) -> None:
        """Process once; a known error is reported and the next object is tried."""
        try:
            await self.cmdlet.process()
        except ParlourError as error:
            await self.context.error(error)
        except Exception as error:
            await self._unexpected(error)

    async def phase(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run `begin` or `end`; an error there ends the pipeline."""
        try:
            await run()
        except ParlourError as error:
            await self.context.terminate(error)
        except Exception as error:
            await self._unexpected(error)

    async def close(self) -> None:
        """Give back what the cmdlet holds; what goes wrong here is logged and changes nothing."""
        try:
            await self.cmdlet.close()
        except Interrupted:
            pass  # nobody is there any more, and the others want to be closed too
        except Exception as error:
            _log(self.context.session, self._name, error)

    @property
    def _name(self) -> str:
        return self._binding.cmdlet.meta.name

    async def _unexpected(self, error: Exception) -> None:
        incident = _log(self.context.session, self._name, error)
        await self.context.report(error_record(ParlourError(UNEXPECTED, None, incident=incident), self._name))
        raise Terminated from error


def _log(session: Session, command: str, error: Exception) -> str:
    import structlog  # here: only failures need it, and the commands of the CLI start faster without

    incident = session.incident()
    structlog.get_logger("parlour.admin").error(
        "cmdlet failed unexpectedly", incident=incident, command=command, operator=session.operator, exc_info=error
    )
    return incident


async def run_pipeline(
    bindings: Sequence[Binding],
    registry: "CmdletRegistry",
    session: Session,
    host: Host,
    inputs: AsyncIterator[Value] | None = None,
) -> Result:
    """Run one pipeline to its end.

    Args:
        bindings: its commands, bound.
        registry: all cmdlets, for Get-Command and Get-Help.
        session: who runs it.
        host: where results and messages go.
        inputs: objects for the first command, if it does not start the pipeline itself.

    Returns:
        Done, failed (some error record), and whether the user interrupted it.
    """
    outcome = Outcome(_changing(bindings[1:]))
    steps: list[_Step] = []
    sink: Callable[[Value], Awaitable[None]] = host.output
    for place, binding in reversed(list(enumerate(bindings))):
        context = Context(
            binding.cmdlet.meta, place, session, host, binding.preferences, binding.defaults, registry, sink, outcome,
            binding.expects_input,
        )
        steps.insert(0, _Step(binding, context))
        sink = steps[0].take
    trail = Trail(session, [step.traced() for step in steps if not step.cmdlet.meta.utility])
    try:
        await trail.begin()
    except ParlourError as error:
        await host.error(error_record(error))
        return Result(Status.FAILED, 1, ended=True)
    return await _run(steps, inputs, outcome, trail, host)


def _changing(bindings: Sequence[Binding]) -> str:
    """Return the name of the first command that changes something, "" if there is none."""
    metas = [binding.cmdlet.meta for binding in bindings]
    return next((meta.name for meta in metas if meta.changes and not meta.utility), "")


async def _run(
    steps: Sequence[_Step], inputs: AsyncIterator[Value] | None, outcome: Outcome, trail: Trail, host: Host
) -> Result:
    interrupted = terminated = False
    stopped = True
    try:
        await _feed_and_end(steps, inputs, outcome)
        stopped = False
    except Terminated:
        terminated = True
    except Interrupted:
        interrupted = True
    finally:
        for step in steps:
            await step.close()
        fault = await trail.end(stopped)
    if fault is not None:
        outcome.errors += 1
        await host.error(error_record(fault))
    failed = terminated or interrupted or outcome.errors > 0
    return Result(Status.FAILED if failed else Status.DONE, outcome.errors, interrupted, terminated or interrupted)


async def _feed_and_end(steps: Sequence[_Step], inputs: AsyncIterator[Value] | None, outcome: Outcome) -> None:
    place = 0
    try:
        for step in steps:
            await step.phase(step.cmdlet.begin)
        await _feed(steps[0], inputs)
    except UpstreamStopped as stopped:
        place = _own(stopped, outcome)
    while place < len(steps):
        try:
            await steps[place].phase(steps[place].cmdlet.end)
            place += 1
        except UpstreamStopped as stopped:
            place = max(_own(stopped, outcome), place + 1)


def _own(stopped: UpstreamStopped, outcome: Outcome) -> int:
    """Return the place of the command that has enough, if it is one of this pipeline."""
    if stopped.outcome is not outcome:
        raise stopped
    return stopped.place


async def _feed(first: _Step, inputs: AsyncIterator[Value] | None) -> None:
    if inputs is None:
        await first.process()
        return
    async for value in inputs:
        await first.context.turn()  # for every later command, `write` of the one before it does that
        await first.take(value)
