"""Typed definitions of cmdlets: the one place that says what a cmdlet is, for every surface.

A cmdlet is a class; its parameters are annotated attributes whose value is `parameter(...)`.
"""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NoReturn, TypeVar

from parlour.admin.engine.common import COMMON, SHOULD_PROCESS
from parlour.admin.engine.objects import Value
from parlour.admin.engine.parameters import Parameter, collect
from parlour.admin.engine.reach import ActsOn, Reach
from parlour.errors import ParlourError

if TYPE_CHECKING:
    from parlour.admin.engine.context import Context

T = TypeVar("T")

ALL_SETS = "__AllParameterSets"

READING_VERBS = frozenset({"Compare", "Find", "Get", "Measure", "Resolve", "Search", "Show", "Test"})
"""Verbs of cmdlets that only look, unless they have -WhatIf."""


class Impact(Enum):
    """How much a cmdlet may destroy; HIGH asks for confirmation without being told to."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


@dataclass(frozen=True, slots=True)
class Example:
    """A line to copy, and what it does."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Meta:
    """What a cmdlet is, apart from its parameters.

    Attributes:
        name: Verb-Noun.
        should_process: it changes something, so it has -WhatIf and -Confirm.
        impact: HIGH confirms without -Confirm.
        outputs: type names it writes.
        roles: built-in roles that may run it.
        examples: for Get-Help.
        aliases: other names of the cmdlet.
        default_set: the parameter set taken when several fit.
        utility: part of the language (Where-Object ...), so every session may run it.
        local: works with files of whoever runs it, so it exists only on the machine of the deployment.
        acts_on: what scopes of roles hold it back.
        leaves_traces: it changes something although its verb and the lack of -WhatIf say that it only looks.
    """

    name: str
    should_process: bool = False
    impact: Impact = Impact.MEDIUM
    outputs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    aliases: tuple[str, ...] = ()
    default_set: str | None = None
    utility: bool = False
    local: bool = False
    acts_on: ActsOn = ActsOn.DEPLOYMENT
    leaves_traces: bool = False

    @property
    def verb(self) -> str:
        """The part before the hyphen."""
        return self.name.partition("-")[0]

    @property
    def noun(self) -> str:
        """The part after the hyphen."""
        return self.name.partition("-")[2]

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.should_process or self.leaves_traces or self.verb not in READING_VERBS


class Cmdlet:
    """Base of all cmdlets. One instance serves one place in one pipeline.

    Override `process` (once per pipeline object, or once without a pipeline), and `begin`, `end`, `close` if needed.
    A ParlourError raised in `process` becomes an error record and the next object is tried; one raised in `begin` or
    `end`, or given to `terminate`, ends the pipeline.

    Attributes:
        meta: what the cmdlet is.
        parameters: its own parameters, without the common ones.
        context: its place in the running pipeline, set by the runner.
        bound: names of the parameters that were given for the present object.
    """

    meta: ClassVar[Meta]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    context: "Context"
    bound: frozenset[str] = frozenset()

    def __init_subclass__(cls) -> None:
        inherited = (known for base in reversed(cls.__mro__[1:]) for known in vars(base).get("parameters", ()))
        cls.parameters = tuple(collect(cls, inherited))

    async def begin(self) -> None:
        """Run once before the first object."""

    async def process(self) -> None:
        """Run for each object of the pipeline."""

    async def end(self) -> None:
        """Run once after the last object; not when the pipeline was stopped."""

    async def close(self) -> None:
        """Run at the very end in any case, to give resources back."""

    async def write(self, value: Value) -> None:
        """Pass one object on; returns when whoever follows has taken it."""
        await self.context.write(value)

    async def write_all(self, values: Iterable[Value]) -> None:
        """Pass objects on one by one."""
        for value in values:
            await self.context.write(value)

    async def error(self, error: ParlourError) -> None:
        """Report an error and go on, unless -ErrorAction says otherwise."""
        await self.context.error(error)

    async def terminate(self, error: ParlourError) -> NoReturn:
        """Report an error and end the whole pipeline."""
        await self.context.terminate(error)

    async def warning(self, text: str) -> None:
        """Warn."""
        await self.context.warning(text)

    async def verbose(self, text: str) -> None:
        """Say what is going on, if -Verbose asks for it."""
        await self.context.verbose(text)

    async def debug(self, text: str) -> None:
        """Say details, if -Debug asks for them."""
        await self.context.debug(text)

    async def information(self, text: str) -> None:
        """Tell something that is no result, if -InformationAction asks for it."""
        await self.context.information(text)

    async def should_process(self, target: str, action: str = "") -> bool:
        """Ask whether to do it, by -WhatIf and -Confirm; `action` is the cmdlet's name unless given."""
        return await self.context.should_process(target, action or self.meta.name)

    @property
    def is_trial(self) -> bool:
        """Whether -WhatIf asks only what would be done."""
        return self.context.is_trial

    @property
    def confirms(self) -> bool | None:
        """Whether -Confirm asks to be asked, or not to be; None if nothing was said about it."""
        return self.context.confirms

    async def should_continue(self, question: str) -> bool:
        """Ask a question of its own (which -Force of the cmdlet leaves out)."""
        return await self.context.should_continue(question)

    def service(self, kind: type[T]) -> T:
        """Return what the session provides of a type."""
        return self.context.session.service(kind)

    @property
    def reach(self) -> Reach:
        """Whom whoever runs it may use it on."""
        return self.context.session.reach(self.meta.name)


def synopsis(cmdlet: type[Cmdlet]) -> str:
    """Return the first paragraph of the class docstring as one line."""
    return " ".join(inspect.cleandoc(cmdlet.__doc__ or "").partition("\n\n")[0].split())


def description(cmdlet: type[Cmdlet]) -> str:
    """Return what the class docstring says after its first paragraph."""
    return inspect.cleandoc(cmdlet.__doc__ or "").partition("\n\n")[2].strip()


def all_parameters(cmdlet: type[Cmdlet]) -> tuple[Parameter, ...]:
    """Return its own parameters, then -WhatIf and -Confirm where it has them, then the common ones."""
    return cmdlet.parameters + (SHOULD_PROCESS if cmdlet.meta.should_process else ()) + COMMON


def parameter_sets(cmdlet: type[Cmdlet]) -> tuple[str, ...]:
    """Return the names of its parameter sets; the default one first."""
    named = dict.fromkeys(name for known in cmdlet.parameters for name in known.sets)
    default = cmdlet.meta.default_set
    return tuple(sorted(named, key=lambda name: name != default)) or (ALL_SETS,)


def syntax(cmdlet: type[Cmdlet]) -> list[str]:
    """Return one line per parameter set, as Get-Help prints them."""
    return [_syntax_line(cmdlet, name) for name in parameter_sets(cmdlet)]


def _syntax_line(cmdlet: type[Cmdlet], set_name: str) -> str:
    own = [known for known in cmdlet.parameters if known.is_in(set_name) and not known.unsupported]
    own.sort(key=lambda known: (known.position is None, known.position or 0, not known.mandatory))
    changing = SHOULD_PROCESS if cmdlet.meta.should_process else ()
    parts = [known.syntax() for known in (*own, *changing)]
    return " ".join([cmdlet.meta.name, *parts, "[<CommonParameters>]"])
