"""Running: streams, errors, -WhatIf and -Confirm, stopping early, and what a session does not see."""

import asyncio
import sys

import pytest
import structlog
from tests.admin.engine.engine_kit import Bench, RecordingHost

from parlour.admin.engine import Cmdlet, Meta, Progress, PsObject, Stream, Value, complete
from parlour.errors import Category

WHAT_IF = 'What if: Performing the operation "Remove-Thing" on target "sip:x".'


async def test_objects_flow_one_by_one_and_everything_is_closed() -> None:
    bench = Bench()
    await bench.run("Get-Thing 2 | ForEach-Object N")
    assert bench.host.values == [0, 1]
    assert bench.trace.done == ["begin", "made 0", "made 1", "end", "close"]
    assert bench.status == 0


async def test_select_first_stops_what_comes_before_it() -> None:
    bench = Bench()
    await bench.run("Get-Thing 1000000 | Where-Object {$_.Even} | Select-Object -First 2 | Sort-Object N -Descending")
    assert [value.get("N") for value in bench.host.values if isinstance(value, PsObject)] == [2, 0]
    assert bench.trace.done == ["begin", "made 0", "made 1", "made 2", "close"]
    assert bench.status == 0


async def test_a_stop_during_the_end_of_a_command_counts_too() -> None:
    bench = Bench()
    await bench.run("Get-Thing 5 | Sort-Object N -Descending | Select-Object -First 1 | Select-Object -First 1")
    assert len(bench.host.values) == 1


async def test_a_long_pipeline_holds_nothing_back() -> None:
    class Counting(RecordingHost):
        seen = 0
        largest = 0

        async def output(self, value: Value) -> None:
            self.seen += 1
            if self.seen % 1000 == 0:
                self.largest = max(self.largest, sys.getallocatedblocks())

    bench = Bench()
    bench.host = host = Counting()
    bench.trace.done = _Nothing()
    before = sys.getallocatedblocks()
    await bench.run("Get-Thing 20000 | Where-Object {$_.N -ge 0} | Select-Object Identity, N")
    assert host.seen == 20000
    assert host.largest - before < 20000


class _Nothing(list[str]):
    def append(self, _: str) -> None: ...


async def test_other_tasks_get_their_turn_while_a_pipeline_runs() -> None:
    bench = Bench()
    task = asyncio.create_task(bench.run("Get-Thing 100000"))
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < len(bench.host.values) < 100000
    assert bench.trace.done[-1] == "close"


async def test_an_interruption_ends_the_pipeline_cleanly() -> None:
    bench = Bench()
    bench.host.interrupt_after = 2
    await bench.run("Get-Thing 100; Get-Thing 100")
    assert len(bench.host.values) == 2
    assert bench.trace.done == ["begin", "made 0", "made 1", "made 2", "close"]
    assert (bench.status, bench.result and bench.result.interrupted) == (1, True)


async def test_an_error_of_one_object_lets_the_others_pass() -> None:
    bench = Bench()
    await bench.run('"a", "taken", "b" | Remove-Thing; Get-Thing 1')
    assert bench.trace.done[:2] == ["removed a", "removed b"]
    assert bench.error.message.startswith('The SIP address "taken" already belongs to Bob.')
    assert bench.error.category is Category.RESOURCE_EXISTS
    assert (bench.error.target, bench.error.command) == ("taken", "Remove-Thing")
    assert bench.error.fully_qualified_id == "SipAddressTaken,Parlour.RemoveThing"
    assert bench.error.category_info == "ResourceExists: (taken:String) [Remove-Thing], ParlourError"
    assert (bench.status, len(bench.host.values)) == (1, 1)


@pytest.mark.parametrize(
    ("action", "errors", "removed", "status"),
    [
        ("Continue", 1, ["removed b"], 1),
        ("SilentlyContinue", 0, ["removed b"], 1),
        ("Ignore", 0, ["removed b"], 0),
        ("Stop", 1, [], 1),
    ],
)
async def test_error_action(action: str, errors: int, removed: list[str], status: int) -> None:
    bench = Bench()
    await bench.run(f'"taken", "b" | Remove-Thing -ErrorAction {action}')
    assert (len(bench.host.errors), bench.trace.done, bench.status) == (errors, removed, status)


async def test_a_terminating_error_ends_all_that_follows() -> None:
    bench = Bench()
    await bench.run('"terminate", "x" | Invoke-Trouble -ErrorAction SilentlyContinue; Get-Thing')
    assert (bench.error.error_id, bench.host.values, bench.status) == ("SipAddressTaken", [], 1)


async def test_a_defect_becomes_a_record_with_an_incident_and_a_log_entry() -> None:
    bench = Bench()
    with structlog.testing.capture_logs() as logs:
        await bench.run("Get-Thing | Invoke-Trouble defect; Get-Thing")
        await bench.run('"defect" | Invoke-Trouble')
    record = bench.host.errors[-1]
    assert record.message.startswith("Something went wrong inside Parlour (incident 00c0ffee).")
    assert (record.error_id, record.category) == ("Unexpected", Category.NOT_SPECIFIED)
    (entry,) = logs
    assert (entry["incident"], entry["command"], entry["operator"]) == ("00c0ffee", "Invoke-Trouble", "alice")
    assert isinstance(entry["exc_info"], ZeroDivisionError)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", []),
        ("-Verbose", [(Stream.VERBOSE, "v")]),
        ("-vb -db", [(Stream.VERBOSE, "v"), (Stream.DEBUG, "d")]),
        ("-Verbose:$false", []),
        ("-infa Continue", [(Stream.INFORMATION, "i")]),
    ],
)
async def test_messages_appear_when_asked_for(options: str, expected: list[tuple[Stream, str]]) -> None:
    bench = Bench()
    await bench.run(f"Invoke-Trouble talk {options}")
    assert bench.host.messages == expected


@pytest.mark.parametrize(
    ("action", "shown", "values"),
    [("Continue", 1, 1), ("SilentlyContinue", 0, 1), ("Ignore", 0, 1), ("Stop", 1, 0)],
)
async def test_warning_action(action: str, shown: int, values: int) -> None:
    bench = Bench()
    await bench.run(f"Invoke-Trouble warning -WarningAction {action}")
    assert (len(bench.host.messages), len(bench.host.values)) == (shown, values)
    assert [record.error_id for record in bench.host.errors] == (["WarningStopped"] if action == "Stop" else [])


YES, YES_TO_ALL, NO, NO_TO_ALL = range(4)


@pytest.mark.parametrize(
    ("line", "answers", "removed", "questions"),
    [
        ("Remove-Thing", [], "ab", 0),
        ("Remove-Thing -Confirm", [YES, NO], "a", 2),
        ("Remove-Thing -cf", [NO, YES], "b", 2),
        ("Remove-Thing -Confirm", [YES_TO_ALL], "ab", 1),
        ("Remove-Thing -Confirm", [NO_TO_ALL], "", 1),
        ("Remove-Thing -Confirm:$false", [], "ab", 0),
        ("Remove-Thing -WhatIf -Confirm", [], "", 0),
        ("Clear-Thing", [YES, YES], "ab", 2),
        ("Clear-Thing -Confirm:$false", [], "ab", 0),
        ("Clear-Thing -wi", [], "", 0),
    ],
)
async def test_confirmation(line: str, answers: list[int], removed: str, questions: int) -> None:
    bench = Bench(answers)
    await bench.run(f'"a", "b" | {line}')
    assert bench.trace.done == [f"removed {one}" for one in removed]
    assert len(bench.host.questions) == questions
    assert bench.status == 0


@pytest.mark.parametrize("line", ["Remove-Thing x -Confirm", "Clear-Thing x", "Invoke-Trouble continue"])
async def test_nobody_to_ask_means_an_error_and_no_change(line: str) -> None:
    bench = Bench()
    await bench.run(line)
    assert (bench.trace.done, bench.status) == ([], 1)
    assert bench.error.error_id == "CannotConfirm"
    assert bench.error.category is Category.INVALID_OPERATION
    assert "nobody can be asked" in bench.error.message


async def test_what_if_says_exactly_this_and_changes_nothing() -> None:
    bench = Bench()
    await bench.run("Remove-Thing sip:x -WhatIf")
    assert (bench.host.lines, bench.trace.done, bench.status) == ([WHAT_IF], [], 0)


@pytest.mark.parametrize(
    "line",
    ["No-Such", "Get-Thing | No-Such", "Remove-Thing a; No-Such", "Remove-Thing a; Set-Thing -Foo", "Remove-Thing a; (",
     "Remove-Thing a; $x += 1", "Remove-Thing a; 1 | ForEach-Object {No-Such}",
     "Remove-Thing a; 1 | ForEach-Object {Set-Thing -Foo $_}", "Remove-Thing a; 1 | % {Remove-Thing b; if (1) {}}",
     "Remove-Thing a; 1 | % { 2 | % {No-Such} }", "Remove-Thing a; Set-Thing $x"],
)
async def test_wrong_usage_runs_nothing_at_all(line: str) -> None:
    bench = Bench()
    await bench.run(line)
    assert (bench.trace.done, bench.status, len(bench.host.errors)) == ([], 2, 1)


async def test_what_is_not_allowed_does_not_exist() -> None:
    bench = Bench(allowed=lambda name: name == "Get-Thing")
    for line in ("Remove-Thing a", "Get-Command Remove-Thing", "Get-Help Remove-Thing", "Remove-Thing -?"):
        await bench.run(line)
    unknown = Bench()
    await unknown.run("Remove-Thing2 a")
    texts = {record.message for record in bench.host.errors}
    assert texts == {unknown.error.message.replace("Remove-Thing2", "Remove-Thing")}
    assert bench.host.errors[0].category_info == "ObjectNotFound: (Remove-Thing:String) [], ParlourError"
    await bench.run("Get-Command *-Thing | ForEach-Object Name")
    assert bench.host.values == ["Get-Thing"]
    assert await complete(bench.registry, bench.session, "Rem") == []
    assert await complete(bench.registry, bench.session, "Remove-Thing -") == []


async def test_words_make_pipelines_too() -> None:
    bench = Bench()
    await bench.run(["Get-Thing", "|", "Where-Object", '{$_.Cmdlets –match "New-Thing1"}', "|", "%", "Identity"])
    assert bench.host.values == ["thing1"]
    for words in (["|"], ["Get-Thing", "|"]):
        await bench.run(words)
        assert bench.status == 2
    assert await bench.run([]) == ["thing1"]
    assert bench.status == 0


@pytest.mark.parametrize("word", ["\ud800", "", "“", "-", "–", "{", "@{", "{$_.A()}", "\0"])
async def test_odd_words_do_no_harm(word: str) -> None:
    bench = Bench()
    await bench.run(["Where-Object", word])
    assert bench.status in (0, 2)
    await bench.run(["Set-Thing", word, "-Members", word])


def test_a_name_belongs_to_one_cmdlet() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="registered already"):
        bench.registry.add(bench.registry.all()[0])


async def test_a_pipeline_into_a_changing_command_tells_how_far_it_is() -> None:
    bench = Bench()
    await bench.run("Get-Thing 3 | Where-Object N -gt 0 | Set-Thing")
    assert bench.host.progressed == [Progress("Set-Thing", done) for done in (1, 2, 3)]
    await bench.run("Get-Thing 3 | Where-Object N -gt 0")
    assert len(bench.host.progressed) == 3


async def test_whoever_tells_how_far_it_is_can_be_stopped_there() -> None:
    bench = Bench()
    bench.host.interrupt_after = 1

    class Slow(Cmdlet):
        """Works for long."""

        meta = Meta("Measure-Slowly")

        async def process(self) -> None:
            await self.write(1)
            await self.context.progress("Working", 1, 2)
            raise AssertionError("it goes on")

    bench.registry.add(Slow)
    await bench.run("Measure-Slowly")
    assert bench.host.values == [1]
    assert bench.host.progressed == []
