"""The cmdlets there are, what a session sees of them, and the way in: `execute`."""

from collections.abc import AsyncIterator, Iterable, Sequence

from parlour.admin.engine.binder import Binding, bind
from parlour.admin.engine.characters import plain_dashes
from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.objects import Value, error_record
from parlour.admin.engine.runner import Result, Status, run_pipeline
from parlour.admin.engine.session import Host, Session
from parlour.admin.engine.syntax import Call, NameToken, Statement, ValueToken
from parlour.admin.engine.trail import write_refusal
from parlour.errors import COMMAND_NOT_FOUND, ParlourError


class CmdletRegistry:
    """Cmdlets by name and alias, without case; with the utility cmdlets of the language unless told otherwise."""

    def __init__(self, cmdlets: Iterable[type[Cmdlet]] = (), utilities: bool = True) -> None:
        from parlour.admin.engine.utility import UTILITIES

        self._by_name: dict[str, type[Cmdlet]] = {}
        self._cmdlets: dict[str, type[Cmdlet]] = {}
        for cmdlet in (*(UTILITIES if utilities else ()), *cmdlets):
            self.add(cmdlet)

    def add(self, cmdlet: type[Cmdlet]) -> type[Cmdlet]:
        """Add a cmdlet; returns it, so that it serves as a decorator.

        Raises:
            ValueError: its name or an alias is taken.
        """
        names = [name.casefold() for name in (cmdlet.meta.name, *cmdlet.meta.aliases)]
        taken = [name for name in names if name in self._by_name]
        if taken:
            raise ValueError(f"a cmdlet named {taken[0]} is registered already")
        self._by_name.update(dict.fromkeys(names, cmdlet))
        self._cmdlets[cmdlet.meta.name] = cmdlet
        return cmdlet

    def find(self, session: Session, name: str) -> type[Cmdlet]:
        """Return the cmdlet of a name or alias, as far as the session may run it.

        Raises:
            ParlourError: COMMAND_NOT_FOUND, the same for what does not exist and what is not allowed.
        """
        cmdlet = self.known(name)
        if cmdlet is None or not _may_run(session, cmdlet):
            raise ParlourError(COMMAND_NOT_FOUND, name, name=name)
        return cmdlet

    def known(self, name: str) -> type[Cmdlet] | None:
        """Return the cmdlet of a name or alias, whoever may run it; None if there is none."""
        return self._by_name.get(plain_dashes(name.rpartition("\\")[2]).casefold())

    def visible(self, session: Session) -> list[type[Cmdlet]]:
        """Return the cmdlets a session may run, by name."""
        allowed = [cmdlet for cmdlet in self._cmdlets.values() if _may_run(session, cmdlet)]
        return sorted(allowed, key=lambda cmdlet: cmdlet.meta.name)

    def all(self) -> list[type[Cmdlet]]:
        """Return all cmdlets, by name, for documents and role definitions."""
        return sorted(self._cmdlets.values(), key=lambda cmdlet: cmdlet.meta.name)


def _may_run(session: Session, cmdlet: type[Cmdlet]) -> bool:
    return cmdlet.meta.utility or session.allowed(cmdlet.meta.name)


def parse(source: str | Sequence[str]) -> list[Statement]:
    """Parse a line of the language, or the words another shell made of it.

    Raises:
        ParlourError: SYNTAX_ERROR, SYNTAX_REFUSED or SYNTAX_LIMIT.
    """
    if isinstance(source, str):
        from parlour.admin.engine.language import parse_script

        return parse_script(source)
    from parlour.admin.engine.argv import parse_words

    return parse_words(source)


async def execute(
    registry: CmdletRegistry,
    session: Session,
    host: Host,
    source: str | Sequence[str],
    inputs: AsyncIterator[Value] | None = None,
) -> Result:
    """Run what a user typed. Errors go to the host; nothing runs unless all of it can be understood.

    Args:
        registry: the cmdlets there are.
        session: who runs them.
        host: where results, errors and questions go.
        source: text of the language, or an argument list whose lone ``|`` separates commands.
        inputs: objects for the first command.

    Returns:
        Exit status 0 done, 1 some error record, 2 wrong usage; statements after a failed pipeline are not run when
        the failure ended that pipeline.
    """
    try:
        statements = parse(source)
    except ParlourError as error:
        await _show(host, error, await write_refusal(session, None, None, error))
        return Result(Status.USAGE, 1)
    return await execute_statements(registry, session, host, statements, inputs)


async def execute_statements(
    registry: CmdletRegistry,
    session: Session,
    host: Host,
    statements: Sequence[Statement],
    inputs: AsyncIterator[Value] | None = None,
) -> Result:
    """Run what is parsed already, as `execute` does."""
    bound: list[list[Binding]] = []
    for statement in statements:
        has_inputs = statement.inputs is not None or (inputs is not None and not bound)
        prepared = await _bind_all(registry, session, host, statement, has_inputs)
        if prepared is None:
            return Result(Status.USAGE, 1)
        bound.append(prepared)
    return await _run_all(registry, session, host, list(zip(statements, bound, strict=True)), inputs)


async def _bind_all(
    registry: CmdletRegistry, session: Session, host: Host, statement: Statement, has_inputs: bool
) -> list[Binding] | None:
    bindings: list[Binding] = []
    for call in map(_with_help, statement.calls):
        name = ""
        try:
            cmdlet = registry.find(session, call.name)
            name = cmdlet.meta.name
            bindings.append(bind(cmdlet, call, expects_input=has_inputs or bool(bindings)))
        except ParlourError as error:
            await _show(host, error, await write_refusal(session, call, registry.known(call.name), error), name)
            return None
    return bindings


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


async def _run_all(
    registry: CmdletRegistry,
    session: Session,
    host: Host,
    prepared: Sequence[tuple[Statement, list[Binding]]],
    inputs: AsyncIterator[Value] | None,
) -> Result:
    errors = 0
    for index, (statement, bindings) in enumerate(prepared):
        source = _each(statement.inputs) if statement.inputs is not None else inputs if index == 0 else None
        result = await run_pipeline(bindings, registry, session, host, source)
        errors += result.errors
        if result.ended:
            return Result(Status.FAILED, errors, result.interrupted, ended=True)
    return Result(Status.FAILED if errors else Status.DONE, errors)


async def _each(values: Sequence[Value]) -> AsyncIterator[Value]:
    for value in values:
        yield value
