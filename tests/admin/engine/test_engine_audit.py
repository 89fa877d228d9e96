"""What the engine tells the audit log: before and after commands, of refused ones, and never a secret."""

import asyncio
from collections.abc import Sequence

import pytest
import structlog
from tests.admin.engine.engine_kit import Bench, RecordingHost, registry

from parlour.admin.catalog import registry as whole_registry
from parlour.admin.engine import (
    Actor,
    AuditOutcome,
    AuditRecord,
    Cmdlet,
    CmdletRegistry,
    Meta,
    Secret,
    Session,
    Surface,
    Value,
    execute,
    parameter,
)
from parlour.admin.engine.masking import STARS, command_name
from parlour.errors import STORAGE_UNAVAILABLE, ParlourError
from parlour.testing import FakeClock

SECRET = "geheim"


class Ledger:
    """An auditor that keeps what it is told, with what was done by then; it fails from the `fails_at`th time on."""

    def __init__(self, bench: Bench | None = None, fails_at: int = 1000) -> None:
        self.actors: list[Actor] = []
        self.records: list[AuditRecord] = []
        self.done_by_then: list[int] = []
        self._bench = bench
        self._left = fails_at

    async def record(self, actor: Actor, records: Sequence[AuditRecord]) -> Sequence[int]:
        """Keep records."""
        self._left -= 1
        if self._left < 0:
            raise ParlourError(STORAGE_UNAVAILABLE, reason="the disk is full")
        await asyncio.sleep(0)
        first = len(self.records) + 1
        self.actors.append(actor)
        self.records.extend(records)
        self.done_by_then.append(len(self._bench.trace.done) if self._bench else 0)
        return list(range(first, first + len(records)))

    @property
    def short(self) -> list[tuple[str, str]]:
        """Cmdlet and outcome of every record."""
        return [(record.cmdlet, record.outcome.value) for record in self.records]


class SetLock(Cmdlet):
    """Takes a secret."""

    meta = Meta("Set-CsLock", should_process=True)
    identity: str = parameter(position=1, mandatory=True)
    label: str | None = parameter()
    password: Secret = parameter(mandatory=True)
    force: bool = parameter()

    async def process(self) -> None:
        """Do it."""
        await self.should_process(self.identity)


class Audited(Bench):
    """A bench with an auditor."""

    def __init__(
        self, answers: Sequence[int] | None = None, fails_at: int = 1000, hidden: tuple[str, ...] = ()
    ) -> None:
        super().__init__(answers)
        self.registry: CmdletRegistry = registry()
        self.registry.add(SetLock)
        self.ledger = Ledger(self, fails_at)
        self.clock = FakeClock()
        self.session = Session(
            "alice", frozenset({"CsHelpDesk"}), lambda name: name not in hidden, self.session.services, self.clock,
            auditor=self.ledger, surface=Surface.SHELL, address="192.0.2.7")

    @property
    def only(self) -> AuditRecord:
        """The only record."""
        (record,) = self.ledger.records
        return record

    @property
    def last(self) -> AuditRecord:
        """The newest record."""
        return self.ledger.records[-1]


async def test_who_it_was_and_from_where() -> None:
    bench = Audited()
    await bench.run("Get-Thing 1")
    assert bench.ledger.actors == [Actor("alice", frozenset({"CsHelpDesk"}), Surface.SHELL, "192.0.2.7")]


async def test_reading_is_recorded_once_and_afterwards() -> None:
    bench = Audited()
    await bench.run("gth -cou 2 | Where-Object {$_.N -ge 0} | Select-Object N")
    assert bench.only == AuditRecord("Get-Thing", AuditOutcome.COMPLETED, {"Count": "2"}, [], duration=0.0)
    assert bench.ledger.done_by_then == [len(bench.trace.done)]


async def test_a_change_is_recorded_before_and_after() -> None:
    bench = Audited()
    await bench.run("Remove-Thing sip:x")
    before, after = bench.ledger.records
    assert bench.ledger.done_by_then == [0, 1]
    assert before == AuditRecord("Remove-Thing", AuditOutcome.STARTED, {"Identity": "sip:x"})
    assert after == AuditRecord("Remove-Thing", AuditOutcome.COMPLETED, {"Identity": "sip:x"}, ["sip:x"],
                                duration=0.0, started=1)


async def test_a_pipeline_counts_its_objects_and_names_what_they_were() -> None:
    bench = Audited()
    await bench.run("Get-Thing 60 | Remove-Thing")
    assert bench.ledger.short == [("Remove-Thing", "Started"), ("Get-Thing", "Completed"),
                                  ("Remove-Thing", "Completed")]
    assert (bench.last.objects, bench.last.started, bench.last.parameters) == (60, 1, {})
    assert bench.last.targets == [*(f"thing{number}" for number in range(50)), "... (10 more)"]
    assert bench.ledger.records[1].objects is None


async def test_several_statements_are_each_recorded() -> None:
    bench = Audited()
    await bench.run("Remove-Thing a; Get-Thing 1; Remove-Thing taken; Get-Thing 1")
    assert [outcome for _, outcome in bench.ledger.short] == [
        "Started", "Completed", "Completed", "Started", "Failed", "Completed"]


@pytest.mark.parametrize(("line", "outcome", "error"), [
    ("Remove-Thing x -WhatIf", "WhatIf", ""),
    ("Remove-Thing taken -WhatIf", "Failed", "SipAddressTaken"),
    ("Remove-Thing taken", "Failed", "SipAddressTaken"),
    ("Remove-Thing taken -ErrorAction Ignore", "Failed", "SipAddressTaken"),
    ("Remove-Thing taken -ErrorAction SilentlyContinue", "Failed", "SipAddressTaken"),
    ("'a', 'taken', 'b' | Remove-Thing", "Failed", "SipAddressTaken"),
    ("Invoke-Trouble terminate", "Failed", "SipAddressTaken"),
    ("Clear-Thing x", "Failed", "CannotConfirm"),
    ("Clear-Thing x -Confirm:$false", "Completed", ""),
])
async def test_how_it_ended(line: str, outcome: str, error: str) -> None:
    bench = Audited()
    await bench.run(line)
    assert (bench.last.outcome.value, bench.last.error_id) == (outcome, error)


@pytest.mark.parametrize(("answers", "outcome", "targets"), [
    ([0, 0], "Completed", ["a", "b"]), ([2, 0], "Completed", ["b"]), ([2, 2], "Declined", []), ([3], "Declined", [])])
async def test_a_no_is_recorded(answers: list[int], outcome: str, targets: list[str]) -> None:
    bench = Audited(answers)
    await bench.run("'a', 'b' | Remove-Thing -Confirm")
    assert (bench.last.outcome.value, bench.last.targets) == (outcome, targets)


async def test_a_defect_is_recorded() -> None:
    bench = Audited()
    with structlog.testing.capture_logs():
        await bench.run("Invoke-Trouble defect")
    assert (bench.last.outcome, bench.last.error_id) == (AuditOutcome.FAILED, "Unexpected")


async def test_the_command_that_fails_and_the_one_it_stops() -> None:
    bench = Audited()
    await bench.run("Get-Thing 3 | ForEach-Object {'terminate'} | Invoke-Trouble")
    assert bench.ledger.short == [("Invoke-Trouble", "Started"), ("Get-Thing", "Stopped"), ("Invoke-Trouble", "Failed")]


async def test_enough_is_not_an_interruption() -> None:
    bench = Audited()
    await bench.run("Get-Thing 100 | Select-Object -First 1")
    assert bench.ledger.short == [("Get-Thing", "Completed")]


async def test_an_interruption_is_recorded_even_when_nobody_listens_any_more() -> None:
    bench = Audited()
    bench.host.interrupt_after = 2
    await bench.run("Get-Thing 100")
    assert bench.ledger.short == [("Get-Thing", "Stopped")]
    task = asyncio.create_task(Audited.run(bench, "Get-Thing 100000"))
    bench.host.interrupt_after = None
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.ledger.short == [("Get-Thing", "Stopped")] * 2


async def test_how_long_it_took() -> None:
    bench = Audited()

    class Slow(RecordingHost):
        async def output(self, value: Value) -> None:
            bench.clock.advance(0.25)

    bench.host = Slow()
    await bench.run("Get-Thing 2")
    assert bench.only.duration == 0.5


# -- when it cannot be written

async def test_nothing_is_changed_without_a_trace() -> None:
    bench = Audited(fails_at=0)
    with structlog.testing.capture_logs() as logs:
        await bench.run("Get-Thing 1 | Remove-Thing; Get-Thing 1")
    assert (bench.trace.done, bench.host.values, bench.status) == ([], [], 1)
    assert bench.error.error_id == "AuditUnavailable"
    assert "Remove-Thing cannot be recorded in the audit log: the disk is full" in bench.error.message
    assert [log["event"] for log in logs] == ["audit.failed"]


@pytest.mark.parametrize(("line", "fails_at", "done"), [
    ("Remove-Thing x", 1, ["removed x"]), ("Get-Thing 0", 0, ["begin", "end", "close"])])
async def test_an_end_that_cannot_be_recorded_is_said(line: str, fails_at: int, done: list[str]) -> None:
    bench = Audited(fails_at=fails_at)
    with structlog.testing.capture_logs():
        await bench.run(line)
    assert (bench.trace.done, bench.error.error_id, bench.status) == (done, "AuditIncomplete", 1)


async def test_a_refusal_that_cannot_be_recorded_is_said() -> None:
    bench = Audited(fails_at=0)
    with structlog.testing.capture_logs():
        await bench.run("Remove-Thing")
    assert [record.error_id for record in bench.host.errors] == ["ParameterMissing", "AuditIncomplete"]


# -- parameters

@pytest.mark.parametrize(("line", "shown"), [
    ("Set-Thing x -Disp 'A b'", {"Identity": "x", "DisplayName": "A b"}),
    ("Set-Thing x -Members a,b", {"Identity": "x", "Members": "a, b"}),
    ("Set-Thing x -Scopes @{Add='a','b'; Remove='c'}", {"Identity": "x", "Scopes": "@{Add=a, b; Remove=c}"}),
    ("Set-Thing x -Scopes @{Replace='d'}", {"Identity": "x", "Scopes": "d"}),
    ("Set-Thing x -Scopes $null", {"Identity": "x", "Scopes": "$null"}),
    ("Set-Thing x -Enabled $false -Privacy closed", {"Identity": "x", "Enabled": "False", "Privacy": "Closed"}),
    ("Set-Thing x -Since 2026-01-31", {"Identity": "x", "Since": "01/31/2026 00:00:00"}),
    ("Set-Thing x -ResultSize Unlimited -Force", {"Identity": "x", "ResultSize": "Unlimited", "Force": "True"}),
    ("Set-Thing x -Password geheim -Verbose", {"Identity": "x", "Password": STARS, "Verbose": "True"}),
    ("Set-Thing -Instance @{Identity='a'; Password='geheim'}", {"Instance": f"@{{Identity=a; Password={STARS}}}"}),
    ("Set-Thing x -ErrorAction stop", {"Identity": "x", "ErrorAction": "Stop"}),
    ("Remove-Thing x -wi -Confirm:$false", {"Identity": "x", "WhatIf": "True", "Confirm": "False"}),
])
async def test_parameters_read_well(line: str, shown: dict[str, str]) -> None:
    bench = Audited()
    await bench.run(line)
    assert bench.ledger.records[0].parameters == shown
    assert bench.last.parameters == shown


async def test_long_values_are_cut_and_say_so() -> None:
    bench = Audited()
    await bench.run(["Set-Thing", "x", "-Description", "d" * 2500])
    assert bench.last.parameters["Description"] == "d" * 1000 + "... (1500 more characters)"
    many = [word for name in ("DisplayName", "Description", "Filter", "Members", "Scopes", "Identity", "Password")
            for word in (f"-{name}", "y" * 5000)]
    await bench.run(["Set-Thing", *many])
    assert bench.last.parameters.keys() == {
        "DisplayName", "Description", "Filter", "Members", "Scopes", "Identity", "Password"}
    assert sum(map(len, bench.last.parameters.values())) < 6200


async def test_text_that_is_no_text_is_legible() -> None:
    bench = Audited()
    await bench.run(["Set-Thing", "x", "-Description", "a\udc80b\x00"])
    assert bench.last.parameters["Description"] == "a\\udc80b\x00"


# -- refused

@pytest.mark.parametrize(("line", "error", "shown"), [
    ("Set-CsLock x -Passwrd geheim", "ParameterUnknown", {"(others)": "3 masked"}),
    ("Set-CsLock x -Passwrd:geheim", "ParameterUnknown", {"(others)": "2 masked"}),
    ("Set-CsLock x geheim", "ArgumentSurplus", {"(others)": "2 masked"}),
    ("Set-CsLock -Identity x -Password correct geheim", "ArgumentSurplus",
     {"Identity": "x", "Password": STARS, "(others)": "1 masked"}),
    ("Set-CsLock -Identity x -Password -geheim", "ParameterValueAbsent",
     {"Identity": "x", "Password": STARS, "(others)": "1 masked"}),
    ("Set-CsLock -Identity x -Pass geheim -Bogus", "ParameterUnknown", {"Identity": "x", "(others)": "3 masked"}),
    ("Set-CsLock -Label:x -Password:geheim", "ParameterMissing", {"Label": "x", "Password": STARS}),
    ("Set-CsLock -Identity x -Force geheim", "ArgumentSurplus",
     {"Identity": "x", "Force": "True", "(others)": "1 masked"}),
    ("Set-CsLock -Identity geheim,geheim -Password y", "ParameterValueInvalid", {"Identity": STARS, "Password": STARS}),
    ("Get-Thing geheim", "ParameterValueInvalid", {"(others)": "1 masked"}),
    ("Get-Thing -Password geheim", "ParameterUnknown", {"(others)": "2 masked"}),
    ("Set-Thing x -Number geheim", "ParameterValueInvalid", {"Number": STARS, "(others)": "1 masked"}),
    ("'geheim' | Set-CsLock -Identity x", "ParameterMissing", {"Identity": "x"}),
])
async def test_what_is_refused_is_recorded_without_its_secrets(line: str, error: str, shown: dict[str, str]) -> None:
    bench = Audited()
    await bench.run(line)
    assert bench.status == 2
    assert (bench.only.outcome, bench.only.error_id, bench.only.parameters) == (AuditOutcome.REFUSED, error, shown)
    assert SECRET not in repr(bench.ledger.records)


async def test_words_from_another_shell_are_masked_alike() -> None:
    bench = Audited()
    for words in (["Set-CsLock", "x", "-Passwrd", SECRET], ["Set-CsLock", "x", "--password", SECRET],
                  ["Set-CsLock", "x", "-", "Password", SECRET], [SECRET], ["Set-CsLock", "-Password", "|", SECRET]):
        await bench.run(words)
    assert len(bench.ledger.records) == 5
    assert SECRET not in repr(bench.ledger.records)


@pytest.mark.parametrize(("typed", "name"), [
    ("New-CsUsr", "New-CsUsr"), ("SkypeForBusiness\\New\u2013CsUsr", "New-CsUsr"), (SECRET, ""), ("ge-heim", ""),
    ("Get-Secret", ""), ("Get-Cs" + "x" * 70, ""), ("geheim\\Get-CsUsr", "Get-CsUsr")])
def test_names_that_are_no_cmdlets_may_be_anything(typed: str, name: str) -> None:
    assert command_name(typed) == name


async def test_what_one_may_not_run_is_recorded_by_its_name() -> None:
    bench = Audited(hidden=("Set-CsLock",))
    await bench.run(f"set-cslock -Identity x -Password {SECRET}")
    assert (bench.only.cmdlet, bench.only.outcome.value, bench.only.error_id) == (
        "Set-CsLock", "Refused", "CommandNotFound")
    assert bench.only.parameters == {"Identity": "x", "Password": STARS}


@pytest.mark.parametrize("line", ["New-CsUser x -Password ('geheim' + 1)", "Get-Thing | | geheim", "'geheim"])
async def test_what_cannot_be_read_is_recorded_without_a_word_of_it(line: str) -> None:
    bench = Audited()
    await bench.run(line)
    assert (bench.only.cmdlet, bench.only.outcome.value, bench.only.parameters) == ("", "Refused", {})
    assert bench.only.error_id.startswith("Syntax")


@pytest.mark.parametrize("line", ["Get-Help Get-Thing", "Get-Thing -?", "Where-Object", "1, 2 | Measure-Object"])
async def test_the_words_of_the_language_are_no_commands(line: str) -> None:
    bench = Audited()
    await bench.run(line)
    assert bench.ledger.records == []


async def test_a_line_that_is_refused_runs_nothing_of_it() -> None:
    bench = Audited()
    await bench.run("Remove-Thing x; Get-Thing 1 | Remove-Thing -Bogus")
    assert (bench.ledger.short, bench.trace.done) == ([("Remove-Thing", "Refused")], [])


# -- the definitions

@pytest.mark.parametrize(("meta", "changes"), [
    (Meta("Get-X"), False), (Meta("Test-X"), False), (Meta("Test-X", should_process=True), True),
    (Meta("Set-X"), True), (Meta("Invoke-X"), True), (Meta("Export-X"), True)])
def test_what_may_change_something(meta: Meta, changes: bool) -> None:
    assert meta.changes is changes


def test_every_cmdlet_of_parlour_that_is_taken_for_reading_gets_or_tests() -> None:
    reading = {cmdlet.meta.verb for cmdlet in whole_registry().all() if not cmdlet.meta.changes}
    assert reading - {"ConvertTo", "ForEach", "Format", "Measure", "Out", "Select", "Sort", "Where"} == {"Get", "Test"}


def test_every_parameter_for_a_secret_is_of_the_type_that_is_masked() -> None:
    for cmdlet in whole_registry().all():
        for known in cmdlet.parameters:
            named_so = any(word in known.name.lower() for word in ("password", "secret", "credential"))
            if named_so and not known.unsupported:
                assert known.type.kind.is_secret, f"{cmdlet.meta.name} -{known.name}"


async def test_a_session_without_an_auditor_runs_all_the_same() -> None:
    bench = Bench()
    await execute(bench.registry, bench.session, bench.host, "Get-Thing 1 | Remove-Thing")
    assert bench.trace.done[-2:] == ["end", "close"]
