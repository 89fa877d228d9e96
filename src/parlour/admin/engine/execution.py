"""Running what was typed: the way in is `execute`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from parlour.admin.engine.binder import Binding, bind
from parlour.admin.engine.common import Action, Preferences
from parlour.admin.engine.context import Interrupted, Terminated, Turns
from parlour.admin.engine.diverted import Diverted
from parlour.admin.engine.late import with_item, with_variables
from parlour.admin.engine.objects import Value, error_record
from parlour.admin.engine.registry import CmdletRegistry
from parlour.admin.engine.runner import Result, Status, run_pipeline
from parlour.admin.engine.session import Host, Session
from parlour.admin.engine.syntax import Call, Late, NameToken, ScriptBlock, Statement, ValueToken
from parlour.admin.engine.trail import write_refusal
from parlour.admin.engine.variables import Variables
from parlour.errors import TRIAL_IMPOSSIBLE, ParlourError


class _RefusedError(Exception):
    """A command that cannot be bound; its error is shown and written to the audit log already."""


async def execute(
    registry: CmdletRegistry,
    session: Session,
    host: Host,
    source: str | Sequence[str],
    inputs: AsyncIterator[Value] | None = None,
    variables: Variables | None = None,
) -> Result:
    """Run what a user typed. Errors go to the host; nothing runs unless all of it can be understood.

    Args:
        registry: the cmdlets there are.
        session: who runs them.
        host: where results, errors and questions go.
        source: text of the language, or an argument list whose lone ``|`` separates commands.
        inputs: objects for the first command.
        variables: those of the shell it is typed in; none if not given.

    Returns:
        Exit status 0 done, 1 some error record, 2 wrong usage; statements after a failed pipeline are not run when
        the failure ended that pipeline.
    """
    known = Variables() if variables is None else variables
    try:
        statements = parse(source, known)
    except ParlourError as error:
        await _show(host, error, await write_refusal(session, None, None, error))
        return Result(Status.USAGE, 1)
    return await execute_statements(registry, session, host, statements, inputs, known)


def parse(source: str | Sequence[str], variables: Variables) -> list[Statement]:
    """Parse a text of the language, or the words another shell made of it.

    Raises:
        ParlourError: SYNTAX_ERROR, SYNTAX_REFUSED or SYNTAX_LIMIT.
    """
    if isinstance(source, str):
        from parlour.admin.engine.language import parse_script

        return parse_script(source, variables.names)
    from parlour.admin.engine.argv import parse_words

    return parse_words(source)


async def execute_statements(
    registry: CmdletRegistry,
    session: Session,
    host: Host,
    statements: Sequence[Statement],
    inputs: AsyncIterator[Value] | None = None,
    variables: Variables | None = None,
) -> Result:
    """Run what is parsed already, as `execute` does."""
    known = Variables() if variables is None else variables
    run = _Run(registry, session, Diverted(host) if len(statements) > 1 else host)
    try:
        for index, statement in enumerate(statements):
            await run.check(statement, inputs is not None and index == 0)
    except _RefusedError:
        return Result(Status.USAGE, 1)
    errors, turns = 0, Turns()
    for index, statement in enumerate(statements):
        try:
            await turns.take(host)
        except Interrupted:
            return Result(Status.FAILED, errors, interrupted=True, ended=True)
        result = await run.statement(statement, inputs if index == 0 else None, known)
        errors += result.errors
        if result.ended:
            return Result(Status.FAILED, errors, result.interrupted, ended=True)
    return Result(Status.FAILED if errors else Status.DONE, errors)


async def run_block(
    registry: CmdletRegistry, session: Session, host: Host, body: Sequence[Statement], item: Value,
    sink: Callable[[Value], Awaitable[None]], preferences: Preferences,
) -> int:
    """Run the pipelines of a script block for one object.

    Args:
        registry: the cmdlets there are.
        session: who runs them.
        host: where errors and questions go.
        body: the pipelines; variables have their values already.
        item: ``$_``.
        sink: takes the results.
        preferences: what commands do when their own parameters do not say.

    Returns:
        How many errors were met.

    Raises:
        Terminated: an error ended one of them. Interrupted: the user did.
    """
    run = _Run(registry, session, Diverted(host, sink))
    errors, turns = 0, Turns()
    for statement in body:
        await turns.take(host)
        result = await run.pipeline(partial(with_item, statement, item), None, preferences)
        errors += result.errors
        if result.interrupted:
            raise Interrupted
        if result.ended:
            raise Terminated
    return errors


class _Run:
    """The statements of one text, one after the other."""

    def __init__(self, registry: CmdletRegistry, session: Session, host: Host) -> None:
        self._registry = registry
        self._session = session
        self._host = host

    async def check(self, statement: Statement, has_inputs: bool = False) -> None:
        """See that every command of a statement exists and takes what it is given, as far as that is known.

        Raises:
            _RefusedError: one does not.
        """
        for binding in await self._bind(statement, has_inputs, Preferences()):
            for block in _blocks(binding):
                for inner in block.body or ():
                    await self.check(inner)

    async def statement(
        self, statement: Statement, inputs: AsyncIterator[Value] | None, variables: Variables
    ) -> Result:
        """Run one statement of a text."""
        if isinstance(self._host, Diverted):
            self._host.line = statement.line
        ready = partial(with_variables, statement, variables.values)
        if statement.variable is None:
            return await self.pipeline(ready, inputs, variables.preferences)
        gathered = variables.gather(statement.variable)
        into = _Run(self._registry, self._session, Diverted(self._host, gathered.take))
        result = await into.pipeline(ready, inputs, variables.preferences)
        if result.ended:
            return result
        try:
            variables.set(gathered)
        except ParlourError as error:
            await self._host.error(error_record(error))
            return Result(Status.FAILED, result.errors + 1, ended=True)
        return result

    async def pipeline(
        self, ready: Callable[[], Statement], inputs: AsyncIterator[Value] | None, preferences: Preferences
    ) -> Result:
        """Run a statement whose late values are known by now; `ready` puts them in."""
        try:
            statement = ready()
            bindings = await self._bind(statement, statement.inputs is not None or inputs is not None, preferences)
        except ParlourError as error:
            if preferences.error_action.shows:
                await self._host.error(error_record(error))
            return Result(Status.FAILED, 1, ended=preferences.error_action is Action.STOP)
        except _RefusedError:
            return Result(Status.FAILED, 1, ended=preferences.error_action is Action.STOP)
        source = inputs if statement.inputs is None else _each(statement.inputs)
        return await run_pipeline(bindings, self._registry, self._session, self._host, source)

    async def _bind(self, statement: Statement, has_inputs: bool, preferences: Preferences) -> list[Binding]:
        bindings: list[Binding] = []
        fed = has_inputs or statement.inputs is not None
        for call in map(_with_help, statement.calls):
            name = ""
            try:
                cmdlet = self._registry.find(self._session, call.name)
                name = cmdlet.meta.name
                bindings.append(bind(cmdlet, call, fed or bool(bindings), preferences))
                _require_trial(bindings[-1])
            except ParlourError as error:
                unrecorded = await write_refusal(self._session, call, self._registry.known(call.name), error)
                if preferences.error_action.shows:
                    await _show(self._host, error, unrecorded, name)
                raise _RefusedError from error
        return bindings


def _require_trial(binding: Binding) -> None:
    """Keep a command that changes something, and cannot say what it would do, out of a trial.

    Raises:
        ParlourError: TRIAL_IMPOSSIBLE.
    """
    meta = binding.cmdlet.meta
    if binding.preferences.what_if and meta.changes and not (meta.should_process or meta.utility):
        raise ParlourError(TRIAL_IMPOSSIBLE, meta.name, command=meta.name)


def _blocks(binding: Binding) -> list[ScriptBlock]:
    """Return the script blocks with commands that a command was given."""
    given = [binding.values.get(one.attribute) for one in binding.cmdlet.parameters if one.type.commands]
    return [value for value in given if isinstance(value, ScriptBlock)]


async def _show(host: Host, error: ParlourError, unrecorded: ParlourError | None, name: str = "") -> None:
    """Show why a command was refused, and that this could not be recorded, if so."""
    await host.error(error_record(error, name))
    if unrecorded is not None:
        await host.error(error_record(unrecorded))


def _with_help(call: Call) -> Call:
    """``Name -?`` asks for help on Name."""
    if any(isinstance(token, NameToken) and token.name == "?" for token in call.tokens):
        return Call("Get-Help", (ValueToken(call.name),))
    return call


async def _each(values: Sequence[Value] | Late) -> AsyncIterator[Value]:
    if isinstance(values, Late):
        raise TypeError(f"{values} has no value yet")
    for value in values:
        yield value
