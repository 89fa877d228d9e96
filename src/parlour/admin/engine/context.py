"""The place of one command in a running pipeline: what `Cmdlet` methods talk to."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from parlour.admin.engine import patience
from parlour.admin.engine.common import Action, Preferences
from parlour.admin.engine.files import Files
from parlour.admin.engine.limits import TURN_SECONDS
from parlour.admin.engine.objects import ErrorRecord, Value, error_record
from parlour.admin.engine.session import CannotPrompt, Choice, Host, Progress, Session, Stream
from parlour.admin.engine.trail import Facts
from parlour.errors import CANNOT_CONFIRM, FILES_UNAVAILABLE, WARNING_STOPPED, ParlourError

if TYPE_CHECKING:
    from parlour.admin.engine.definition import Meta
    from parlour.admin.engine.registry import CmdletRegistry
    from parlour.admin.engine.syntax import Statement

CHOICES: Sequence[Choice] = (
    Choice("&Yes", "Continue with only the next step of the operation."),
    Choice("Yes to &All", "Continue with all the steps of the operation."),
    Choice("&No", "Skip this operation and proceed with the next operation."),
    Choice("No to A&ll", "Skip this operation and all subsequent operations."),
)
_YES, _YES_TO_ALL, _NO, _NO_TO_ALL = range(4)


class PipelineStop(BaseException):
    """Ends commands of a pipeline. Not an Exception, so that no cmdlet catches it by mistake."""


class Terminated(PipelineStop):
    """The pipeline ends because of an error that is already reported."""


class Interrupted(PipelineStop):
    """The pipeline ends because the user said so."""


class UpstreamStopped(PipelineStop):
    """The commands before this place are not needed any more.

    Attributes:
        outcome: of which pipeline; there may be one inside another.
        place: index of the command that has enough.
    """

    def __init__(self, outcome: "Outcome", place: int) -> None:
        super().__init__(place)
        self.outcome = outcome
        self.place = place


class Turns:
    """Looks between two objects whether the user stopped the run, and gives others in the process their turn."""

    def __init__(self) -> None:
        self._since = time.monotonic()  # real time, whatever clock the session has: others really wait

    async def take(self, host: Host) -> None:
        """Begin with the next object.

        Raises:
            Interrupted: the user said so.
        """
        if host.interrupted:
            raise Interrupted
        if time.monotonic() - self._since > TURN_SECONDS:
            await asyncio.sleep(0)
            self._since = time.monotonic()
        patience.begin()


class Outcome:
    """What a run came to so far.

    Args:
        changing: name of a command that changes what the first one finds; "" if there is none.
    """

    def __init__(self, changing: str = "") -> None:
        self.changing = changing
        self.changed = 0
        self.turns = Turns()
        self.errors = 0


class Context:
    """What one command sees of its pipeline.

    Args:
        meta: the command.
        place: its index in the pipeline.
        session: who runs it.
        host: where messages go.
        preferences: its common parameters.
        defaults: those of commands that it runs itself.
        commands: all cmdlets, for Get-Command and Get-Help.
        sink: takes what it writes.
        outcome: counts errors of the run.
        expects_input: objects come through the pipeline.

    Attributes:
        facts: what the audit log shall know of the command.
    """

    def __init__(
        self,
        meta: "Meta",
        place: int,
        session: Session,
        host: Host,
        preferences: Preferences,
        defaults: Preferences,
        commands: "CmdletRegistry",
        sink: Callable[[Value], Awaitable[None]],
        outcome: Outcome,
        expects_input: bool = False,
    ) -> None:
        self.expects_input = expects_input
        self.facts = Facts()
        self.session = session
        self.host = host
        self.commands = commands
        self._meta = meta
        self._place = place
        self._preferences = preferences
        self._defaults = defaults
        self._sink = sink
        self._outcome = outcome
        self._answer: bool | None = None

    async def write(self, value: Value) -> None:
        """Pass one object on; other tasks of the process get a turn now and then."""
        await self._outcome.turns.take(self.host)
        await self._sink(value)
        if self._outcome.changing and self._place == 0:
            self._outcome.changed += 1
            await self.progress(self._outcome.changing, self._outcome.changed)

    async def turn(self) -> None:
        """Begin with the next object: see whether the user stopped the run, and let others have their turn.

        Raises:
            Interrupted: he did.
        """
        await self._outcome.turns.take(self.host)

    async def run(self, body: "Sequence[Statement]", item: Value) -> None:
        """Run pipelines for an object; what they give is passed on."""
        from parlour.admin.engine.execution import run_block

        self._outcome.errors += await run_block(
            self.commands, self.session, self.host, body, item, self.write, self._defaults)

    async def report(self, record: ErrorRecord) -> None:
        """Show an error record, whatever the preferences say."""
        self.facts.failed(record.error_id)
        self._outcome.errors += 1
        await self.host.error(record)

    async def error(self, error: ParlourError) -> None:
        """Report an error as -ErrorAction says. Ignore leaves no trace; SilentlyContinue still counts as failure."""
        self.facts.failed(error.kind.name)
        action = self._preferences.error_action
        if action is Action.IGNORE:
            return
        if action is Action.SILENTLY_CONTINUE:
            self._outcome.errors += 1
            return
        await self.report(error_record(error, self._meta.name))
        if action is Action.STOP:
            raise Terminated

    async def terminate(self, error: ParlourError) -> NoReturn:
        """Report an error and end the pipeline."""
        await self.report(error_record(error, self._meta.name))
        raise Terminated

    def stop_upstream(self) -> NoReturn:
        """End the commands before this one; this one and those after it come to their end."""
        raise UpstreamStopped(self._outcome, self._place)

    async def warning(self, text: str) -> None:
        """Warn as -WarningAction says."""
        action = self._preferences.warning_action
        if action.shows:
            await self.host.message(Stream.WARNING, text)
        if action is Action.STOP:
            await self.terminate(ParlourError(WARNING_STOPPED, None, warning=text))

    async def verbose(self, text: str) -> None:
        """Say it if -Verbose is on."""
        if self._preferences.verbose:
            await self.host.message(Stream.VERBOSE, text)

    async def debug(self, text: str) -> None:
        """Say it if -Debug is on."""
        if self._preferences.debug:
            await self.host.message(Stream.DEBUG, text)

    async def information(self, text: str) -> None:
        """Say it if -InformationAction shows it."""
        if self._preferences.information_action.shows:
            await self.host.message(Stream.INFORMATION, text)

    def files(self) -> Files:
        """Return the files of whoever runs the commands.

        Raises:
            ParlourError: FILES_UNAVAILABLE, where they cannot be reached.
        """
        if self.host.files is None:
            raise ParlourError(FILES_UNAVAILABLE, self._meta.name, command=self._meta.name)
        return self.host.files

    async def progress(self, activity: str, done: int, total: int | None = None, status: str = "") -> None:
        """Say how far it is, as often as there is something to say; a good moment to stop.

        Args:
            activity: what it does.
            done: how many objects it is done with.
            total: of how many; None if that is not known.
            status: further words.
        """
        if self.host.interrupted:
            raise Interrupted
        await self.host.progress(Progress(activity, done, total, status))

    @property
    def is_trial(self) -> bool:
        """Whether -WhatIf asks only what would be done."""
        return self._preferences.what_if

    @property
    def confirms(self) -> bool | None:
        """Whether -Confirm asks to be asked, or not to be; None if nothing was said about it."""
        return self._preferences.confirm

    async def should_process(self, target: str, action: str) -> bool:
        """Honour -WhatIf, -Confirm and the impact.

        Raises:
            ParlourError: CANNOT_CONFIRM when nobody can be asked.
        """
        if self.host.interrupted:
            raise Interrupted
        what = f'Performing the operation "{action}" on target "{target}".'
        if self._preferences.what_if:
            self.facts.touched(target)
            await self.host.host_line(f"What if: {what}")
            return False
        if not self._must_ask():
            await self.verbose(what)
        elif not await self._ask(f"Are you sure you want to perform this action?\n{what}", target, action):
            return False
        self.facts.touched(target)
        return True

    def _must_ask(self) -> bool:
        asked_for = self._preferences.confirm
        return self._meta.impact.value == "High" if asked_for is None else asked_for

    async def should_continue(self, question: str) -> bool:
        """Ask a question of the cmdlet's own.

        Raises:
            ParlourError: CANNOT_CONFIRM when nobody can be asked.
        """
        return await self._ask(question, self._meta.name, self._meta.name)

    async def _ask(self, message: str, target: str, action: str) -> bool:
        if self._answer is not None:
            return self._answer
        try:
            answer = await self.host.prompt_choice("Confirm", message, CHOICES, _YES)
        except CannotPrompt:
            if self.host.interrupted:
                raise Interrupted from None
            raise ParlourError(CANNOT_CONFIRM, target, action=action) from None
        if answer in (_YES_TO_ALL, _NO_TO_ALL):
            self._answer = answer == _YES_TO_ALL
        self.facts.declined = self.facts.declined or answer in (_NO, _NO_TO_ALL)
        return answer in (_YES, _YES_TO_ALL)
