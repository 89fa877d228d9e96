"""A host that remembers, and a few cmdlets to run in it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from parlour.admin.engine import (
    Boolean,
    CannotPrompt,
    Choice,
    Cmdlet,
    CmdletRegistry,
    ErrorRecord,
    Example,
    Impact,
    ListModifier,
    Meta,
    Pipeline,
    Progress,
    PsObject,
    Result,
    Secret,
    Session,
    Size,
    Stream,
    Value,
    execute,
    parameter,
)
from parlour.admin.engine.files import Files
from parlour.errors import SIP_ADDRESS_TAKEN, ParlourError

THING = "Test.Thing"


class RecordingHost:
    """Keeps everything; answers questions from a list, or cannot be asked."""

    def __init__(self, answers: Sequence[int] | None = None, files: Files | None = None) -> None:
        self.files = files
        self.values: list[Value] = []
        self.errors: list[ErrorRecord] = []
        self.messages: list[tuple[Stream, str]] = []
        self.lines: list[str] = []
        self.questions: list[str] = []
        self.progressed: list[Progress] = []
        self.interrupt_after: int | None = None
        self._answers = None if answers is None else list(answers)

    @property
    def interrupted(self) -> bool:
        """Whether to stop, once enough values came."""
        return self.interrupt_after is not None and len(self.values) >= self.interrupt_after

    async def output(self, value: Value) -> None:
        """Keep a value."""
        self.values.append(value)

    async def error(self, record: ErrorRecord) -> None:
        """Keep a record."""
        self.errors.append(record)

    async def message(self, stream: Stream, text: str) -> None:
        """Keep a message."""
        self.messages.append((stream, text))

    async def host_line(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)

    async def progress(self, progress: Progress) -> None:
        """Keep how far it is."""
        self.progressed.append(progress)

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        """Answer, if there are answers."""
        if self._answers is None:
            raise CannotPrompt
        self.questions.append(message)
        assert (caption, len(choices), default) == ("Confirm", 4, 0)
        return self._answers.pop(0)


class Trace:
    """What the cmdlets of a test did; a service of the session."""

    def __init__(self) -> None:
        self.done: list[str] = []


class Privacy(StrEnum):
    """Choices."""

    OPEN = "Open"
    CLOSED = "Closed"
    SECRET = "Secret"


class GetThing(Cmdlet):
    """Gets things.

    As many as asked for.
    """

    meta = Meta("Get-Thing", outputs=(THING,), aliases=("gth",), examples=(Example("Get-Thing 2", "Two things."),))
    count: int = parameter(default=3, position=1, help="How many.")

    async def begin(self) -> None:
        """Leave a trace."""
        self.service(Trace).done.append("begin")

    async def process(self) -> None:
        """Do it."""
        for number in range(self.count):
            self.service(Trace).done.append(f"made {number}")
            await self.write(thing(number))

    async def end(self) -> None:
        """Leave a trace."""
        self.service(Trace).done.append("end")

    async def close(self) -> None:
        """Leave a trace."""
        self.service(Trace).done.append("close")


def thing(number: int) -> PsObject:
    properties: dict[str, Value] = {
        "Identity": f"thing{number}",
        "N": number,
        "Even": number % 2 == 0,
        "Cmdlets": [f"New-Thing{number}", "Get-All"],
    }
    return PsObject((THING,), properties, f"thing{number}")


class SetThing(Cmdlet):
    """Takes a parameter of every type."""

    meta = Meta("Set-Thing", default_set="Identity")
    identity: str | None = parameter(
        position=2, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, sets=("Identity",), aliases=("Id",)
    )
    instance: PsObject | None = parameter(mandatory=True, sets=("Instance",), pipeline=Pipeline.VALUE)
    display_name: str | None = parameter(pipeline=Pipeline.PROPERTY)
    description: str | None = parameter()
    privacy: Privacy | None = parameter()
    result_size: Size | None = parameter()
    number: int | None = parameter()
    ratio: float | None = parameter()
    is_default: Boolean | None = parameter()
    enabled: bool | None = parameter(boolean=True)
    since: datetime | None = parameter()
    members: list[str] | None = parameter()
    scopes: ListModifier | None = parameter()
    password: Secret | None = parameter()
    filter: str | None = parameter(sets=("Identity",))
    force: bool = parameter()

    async def process(self) -> None:
        """Do it."""
        names = [known.attribute for known in self.parameters]
        given = {name: getattr(self, name) for name in names}
        self.service(Trace).done.append(repr(given))
        await self.write(to_object({name: value for name, value in given.items() if value not in (None, False)}))


def to_object(values: dict[str, object]) -> PsObject:
    return PsObject(("Bound",), {name: repr(value) for name, value in values.items()})


class RemoveThing(Cmdlet):
    """Removes a thing."""

    meta = Meta("Remove-Thing", should_process=True)
    identity: str = parameter(position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY)

    async def process(self) -> None:
        """Do it."""
        if self.identity == "taken":
            raise ParlourError(SIP_ADDRESS_TAKEN, self.identity, address=self.identity, owner="Bob")
        if await self.should_process(self.identity):
            self.service(Trace).done.append(f"removed {self.identity}")


class ClearThing(RemoveThing):
    """Removes what is inside a thing."""

    meta = Meta("Clear-Thing", should_process=True, impact=Impact.HIGH)


class InvokeTrouble(Cmdlet):
    """Goes wrong in the way asked for."""

    meta = Meta("Invoke-Trouble")
    kind: str = parameter(position=1, mandatory=True, pipeline=Pipeline.VALUE)

    async def process(self) -> None:
        """Do it."""
        error = ParlourError(SIP_ADDRESS_TAKEN, "sip:x@y", address="sip:x@y", owner="Bob")
        actions: dict[str, Callable[[], object]] = {
            "error": lambda: self.error(error),
            "terminate": lambda: self.terminate(error),
            "warning": lambda: self.warning("careful"),
            "talk": self._talk,
            "continue": lambda: self.should_continue("Really?"),
        }
        if self.kind == "defect":
            raise ZeroDivisionError("a defect")
        if self.kind in actions:
            await actions[self.kind]()  # type: ignore[misc]  # each gives an awaitable
        await self.write(self.kind)

    async def _talk(self) -> None:
        await self.verbose("v")
        await self.debug("d")
        await self.information("i")


def registry() -> CmdletRegistry:
    return CmdletRegistry([GetThing, SetThing, RemoveThing, ClearThing, InvokeTrouble])


class Bench:
    """Runs lines in one session and keeps what came of them."""

    def __init__(self, answers: Sequence[int] | None = None, allowed: Callable[[str], bool] = lambda _: True) -> None:
        self.trace = Trace()
        self.host = RecordingHost(answers)
        self.registry = registry()
        self.session = Session(
            "alice", allowed=allowed, services={Trace: self.trace}, incident=lambda: "00c0ffee", width=80
        )
        self.result: Result | None = None

    async def run(self, source: str | Sequence[str]) -> list[Value]:
        """Run a line; return all output so far."""
        self.result = await execute(self.registry, self.session, self.host, source)
        return self.host.values

    @property
    def status(self) -> int:
        """The exit status of the last run."""
        assert self.result is not None
        return int(self.result.status)

    @property
    def error(self) -> ErrorRecord:
        """The only error record."""
        (record,) = self.host.errors
        return record
