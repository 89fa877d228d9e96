"""Scripts: variables, commands inside ForEach-Object, strings with values in them, lines of errors."""

import asyncio
import sys
from collections.abc import Sequence

import pytest
from tests.admin.engine.engine_kit import Bench, RecordingHost

from parlour.admin.engine import (
    Auditor,
    AuditOutcome,
    AuditRecord,
    CannotPrompt,
    Choice,
    Cmdlet,
    CmdletRegistry,
    Meta,
    Session,
    Value,
    execute,
    parameter,
)
from parlour.admin.engine.formatting import format_error
from parlour.admin.engine.limits import MAX_BLOCKS, MAX_COLLECTED
from parlour.admin.engine.variables import Variables


async def output(text: str) -> list[Value]:
    """Run a text that has to succeed; return what it wrote."""
    bench = Bench()
    found = await bench.run(text)
    assert (bench.host.errors, bench.status) == ([], 0)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$x = 1; $x", [1]),
        ("$x = 1, 2; $x | Measure-Object | ForEach-Object Count", [2]),
        ("$X = 'a'; $x", ["a"]),
        ("$x = Get-Thing 3; $x.N", [0, 1, 2]),
        ("$x = Get-Thing 1; $x.Identity", ["thing0"]),
        ("$x = Get-Thing 0; $x | ForEach-Object {1}", []),
        ("$x = Get-Thing 3 | Where-Object {$_.N -gt 0}; $x.N", [1, 2]),
        ("$x = 'a'; $y = \"$x-$x\"; $y", ["a-a"]),
        ("$x = 1; $x = 2; $x", [2]),
        ("$null = Get-Thing 3", []),
        ('$x = Get-Thing 2; "have $($x.Identity) and `$x"', ["have thing0 thing1 and $x"]),
        ("$n = 1; Get-Thing 3 | Where-Object {$_.N -eq $n} | ForEach-Object N", [1]),
        ("$n = 2; Get-Thing $n | ForEach-Object N", [0, 1]),
        ("$n = 2; Get-Thing -Count:$n | ForEach-Object N", [0, 1]),
        ("${n} = 2; ${n}", [2]),
        ("$x = @{a='b'}; $x.a", ["b"]),
        ("$x = $true; $x", [True]),
        ('1, 2 | ForEach-Object {$_; "n$_"}', [1, "n1", 2, "n2"]),
        ('Get-Thing 2 | ForEach-Object {"$($_.Identity)!"}', ["thing0!", "thing1!"]),
        ("1, 2 | ForEach-Object {Get-Thing $_ | ForEach-Object Identity}", ["thing0", "thing0", "thing1"]),
        ("Get-Thing 2 | ForEach-Object {$_.Cmdlets | Where-Object {$_ -like 'New*'}}", ["New-Thing0", "New-Thing1"]),
        ("1, 2, 3 | ForEach-Object {Get-Thing $_} | Select-Object -First 2 | ForEach-Object N", [0, 0]),
        ("1, 2 | ForEach-Object {Get-Thing 5 | Select-Object -First 1 | ForEach-Object N}", [0, 0]),
        ('$n = 7; 1 | ForEach-Object { 2 | ForEach-Object {"$_$n"} }', ["27"]),
        ("1 | ForEach-Object { }", []),
        ('Get-Thing 2 |\n  # of two\n  ForEach-Object `\n {$_.N}\n\n"end"', [0, 1, "end"]),
    ],
)
async def test_what_scripts_give(text: str, expected: list[Value]) -> None:
    assert await output(text) == expected


async def test_objects_are_bound_as_they_are() -> None:
    bench = Bench()
    await bench.run('Get-Thing 1 | % {Set-Thing -Identity $_ -DisplayName "<$($_.N)>" -Members $_.Cmdlets}')
    assert bench.status == 0
    (done,) = [line for line in bench.trace.done if line.startswith("{")]
    assert "'identity': 'thing0', 'instance': None, 'display_name': '<0>'" in done
    assert "'members': ['New-Thing0', 'Get-All']" in done


async def test_a_list_with_a_late_element_is_a_list() -> None:
    bench = Bench()
    await bench.run("$x = 'b'; Set-Thing 1 -Members a, $x, 'c'; Set-Thing 1 -Scopes @{Add=$x,'d'}")
    assert "'members': ['a', 'b', 'c']" in bench.trace.done[0]
    assert "add=('b', 'd')" in bench.trace.done[1]


async def test_a_value_that_does_not_fit_one_object_leaves_the_others_alone() -> None:
    bench = Bench()
    await bench.run("'1', 'two', '3' | ForEach-Object {Set-Thing x -Number $_}")
    assert [line.count("'number': 1") + line.count("'number': 3") for line in bench.trace.done] == [1, 1]
    assert (bench.error.error_id, bench.error.command, bench.status) == ("ParameterValueInvalid", "Set-Thing", 1)


@pytest.mark.parametrize("end", ["-ErrorAction Stop}", "}"])
async def test_an_error_that_stops_ends_the_whole_pipeline(end: str) -> None:
    bench = Bench()
    before = "" if "Stop" in end else "$ErrorActionPreference = 'Stop'; "
    await bench.run(f"{before}'a', 'taken', 'b' | ForEach-Object {{Remove-Thing $_ {end}; Remove-Thing never")
    assert bench.trace.done == ["removed a"]
    assert (bench.error.error_id, bench.status) == ("SipAddressTaken", 1)


async def test_an_error_that_does_not_stop_goes_on() -> None:
    bench = Bench()
    await bench.run("'a', 'taken', 'b' | ForEach-Object {Remove-Thing $_}; Remove-Thing c")
    assert bench.trace.done == ["removed a", "removed b", "removed c"]
    assert bench.status == 1


async def test_preferences_hold_for_what_follows_and_for_blocks() -> None:
    bench = Bench()
    await bench.run("$WhatIfPreference = $true\nRemove-Thing a\n'b' | ForEach-Object {Remove-Thing $_}\n"
                    "Remove-Thing c -WhatIf:$false")
    assert bench.trace.done == ["removed c"]
    assert len(bench.host.lines) == 2


async def test_what_has_no_trial_is_not_run_in_one() -> None:
    bench = Bench()
    await bench.run("$WhatIfPreference = $true; Set-Thing a; Get-Thing 1 | ForEach-Object Identity")
    assert (bench.error.error_id, bench.host.values) == ("TrialImpossible", ["thing0"])
    assert not [done for done in bench.trace.done if "identity" in done]


NOTHING = [
    "$x = Get-Thing 0; Set-Thing $x", "$x = Get-Thing 0; Set-Thing a -Members $x.Identity",
    "$x = Get-Thing 1; Set-Thing $x.Identiy", "Get-Thing 1 | % {Set-Thing a -Scopes $_.Scops}",
    "Get-Thing 1 | % {Set-Thing -Identity $_.Idnetity}", "$n = $null; Set-Thing a -Description $n",
    "@{Name='a'} | % {Remove-Thing $_.Nmae}"]


@pytest.mark.parametrize("text", NOTHING)
async def test_nothing_where_something_was_meant_is_refused(text: str) -> None:
    bench = Bench()
    await bench.run(text)
    assert bench.error.error_id == "ParameterValueInvalid"
    assert not [done for done in bench.trace.done if done.startswith(("{", "removed"))]


async def test_no_list_may_be_nothing_either() -> None:
    bench = Bench()
    await bench.run("Set-Thing a -Scopes $null")
    assert "replace=()" in bench.trace.done[0]  # written out, it empties the list


@pytest.mark.parametrize("inside", [
    "$WhatIfPreference = $false; Remove-Thing a", "Remove-Thing a -WhatIf:$false",
    "$WhatIfPreference = $false; 'a' | % {Remove-Thing $_ -WhatIf:$false}", "Clear-Thing a -Confirm:$false"])
async def test_nothing_in_a_script_leaves_a_trial(inside: str) -> None:
    bench = Bench()
    await execute(bench.registry, bench.session, bench.host, inside, variables=Variables(trial=True))
    assert (bench.host.errors, bench.trace.done, len(bench.host.lines)) == ([], [], 1)


@pytest.mark.parametrize("text", [
    "'a', 'b', 'c' | Remove-Thing", "'a', 'b', 'c' | % {Remove-Thing $_}", "Remove-Thing a; Remove-Thing b",
    "'x' | % {Remove-Thing a; Remove-Thing b; Remove-Thing c}", "Remove-Thing a\nClear-Thing b\nRemove-Thing c"])
async def test_who_stops_a_script_stops_it(text: str) -> None:
    class Stopping(RecordingHost):
        @property
        def interrupted(self) -> bool:
            return bool(bench.trace.done)

    bench = Bench()
    bench.host = Stopping()
    await bench.run(text)
    assert bench.trace.done == ["removed a"]
    assert bench.result is not None
    assert (bench.result.interrupted, bench.status, bench.host.errors) == (True, 1, [])


async def test_a_question_that_is_not_answered_because_of_a_stop_stops() -> None:
    class Stopping(RecordingHost):
        stopped = False

        @property
        def interrupted(self) -> bool:
            return self.stopped

        async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
            self.stopped = True
            raise CannotPrompt

    bench = Bench()
    bench.host = Stopping()
    await bench.run("Remove-Thing a -Confirm; Remove-Thing b")
    assert (bench.trace.done, bench.host.errors, bench.status) == ([], [], 1)


TOO_MUCH = {
    "a filter over a list for each of a list": (f"$x = {','.join('1' * 400)}; $x | % {{$x | ? {{$false}}}}", "", 0),
    "patterns over a list": (
        "$x = " + ",".join(["'aaaaaaaaaaaaaaaaaaaaaab'"] * 50) + "; $x -match '^(a|a)*$'",
        "PatternTooSlow EvaluationTooLong", 1),
    "a text that doubles": ("$a = 'x'; " + '$a = "$a$a"; ' * 22, "TextTooLong", 1),
    "a table that doubles": ("$a = 'x'; " + "$a = @{x=$a;y=$a}; " * 24, "CollectionTooLarge EvaluationTooLong", 1),
    "a table in a table": ("$a = 'x'; " + "$a = @{x=$a}; " * 40, "CollectionTooLarge", 1),
    "many texts": ("$a = 'x'; " + '$a = "$a$a"; ' * 19 + "$b = " + ",".join(["$a"] * 2100), "CollectionTooLarge", 1),
}


@pytest.mark.parametrize("name", TOO_MUCH)
async def test_what_is_too_much_ends_by_name_and_others_have_their_turn(name: str) -> None:
    text, expected, status = TOO_MUCH[name]
    bench = Bench()
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(another())
    await bench.run(text)
    task.cancel()
    assert bench.status == status
    assert {error.error_id for error in bench.host.errors} <= set(expected.split())
    assert turns or expected  # whatever goes on for long lets others have their turn


@pytest.mark.parametrize("text", [
    '$x = "v"; Write-Output @{$x=1}', 'Get-Thing 1 | % {Write-Output @{$_.Identity="x"}}', 'Get-Thing 1 | % {$_."$_"}',
    "Write-Output @{b=1; a=2; B=3}"])
async def test_names_are_written_out_and_once(text: str) -> None:
    bench = Bench()
    await bench.run(text)
    assert (bench.error.error_id, bench.status) == ("SyntaxRefused", 2)


async def test_values_of_an_object_without_a_name_are_not_told() -> None:
    bench = Bench()
    await bench.run("@{Row='x'; Password='Geheim99'} | Remove-Thing")
    assert "Geheim99" not in str(bench.error) + bench.error.category_info
    assert "@{Row; Password}" in bench.error.message


async def test_binding_errors_are_as_loud_as_wanted() -> None:
    bench = Bench()
    await bench.run("$ErrorActionPreference = 'SilentlyContinue'; 'zz' | % {Set-Thing a -Number $_}; "
                    "$ErrorActionPreference")
    assert (bench.host.errors, bench.host.values, bench.status) == ([], ["SilentlyContinue"], 1)


async def test_confirmation_can_be_switched_off_for_a_script() -> None:
    bench = Bench()
    await bench.run("$ConfirmPreference = 'None'; Clear-Thing a")
    assert (bench.trace.done, bench.status) == (["removed a"], 0)


async def test_a_preference_takes_only_what_it_knows() -> None:
    bench = Bench()
    await bench.run("$ErrorActionPreference = 'Explode'; Remove-Thing a")
    assert (bench.trace.done, bench.error.error_id, bench.status) == ([], "ParameterValueInvalid", 1)
    assert "Stop" in bench.error.message


async def test_errors_of_a_script_say_their_line() -> None:
    bench = Bench()
    await bench.run("Remove-Thing a\n\nRemove-Thing taken\n'x' | ForEach-Object {\n  Remove-Thing taken }")
    assert [record.line for record in bench.host.errors] == [3, 4]
    assert "    + Line                  : 3" in format_error(bench.host.errors[0])
    alone = Bench()
    await alone.run("Remove-Thing taken")
    assert alone.error.line is None


async def test_variables_of_a_shell_last_from_line_to_line() -> None:
    bench, variables = Bench(), Variables()
    for line in ("$x = Get-Thing 2", "$x | ForEach-Object N"):
        await execute(bench.registry, bench.session, bench.host, line, variables=variables)
    assert bench.host.values == [0, 1]
    unknown = RecordingHost()
    await execute(bench.registry, bench.session, unknown, "$x")
    assert unknown.errors[0].error_id == "SyntaxRefused"


async def test_a_failed_pipeline_sets_nothing() -> None:
    bench, variables = Bench(), Variables()
    await execute(bench.registry, bench.session, bench.host, "$x = Invoke-Trouble terminate", variables=variables)
    assert "x" not in variables.names


async def test_blocks_are_nested_only_so_deep() -> None:
    deep = "1 | ForEach-Object {" * (MAX_BLOCKS + 1) + "Get-Thing" + "}" * (MAX_BLOCKS + 1)
    bench = Bench()
    await bench.run(deep)
    assert (bench.error.error_id, bench.trace.done) == ("SyntaxLimit", [])
    assert await output(deep.replace("1 | ForEach-Object {", "", 1).replace("}", "", 1))


async def test_the_user_stops_commands_inside_a_block() -> None:
    bench = Bench()
    bench.host.interrupt_after = 3
    await bench.run("1, 2, 3 | ForEach-Object {Get-Thing 2}; Remove-Thing never")
    assert len(bench.host.values) == 3
    assert "removed never" not in bench.trace.done
    assert bench.result is not None
    assert bench.result.interrupted


class _Auditing(Auditor):
    def __init__(self) -> None:
        self.records: list[AuditRecord] = []

    async def record(self, actor: object, records: object) -> list[int]:
        """Keep them."""
        kept = list(records)  # type: ignore[call-overload]  # a sequence of records
        self.records += kept
        return list(range(len(kept)))


async def test_every_command_of_a_block_leaves_its_own_trail() -> None:
    bench, auditor = Bench(), _Auditing()
    session = Session("alice", services=bench.session.services, auditor=auditor)
    await execute(bench.registry, session, bench.host, "$p = 'hunter2'; 'a', 'b' | ForEach-Object {Remove-Thing $_}\n"
                                                       "Set-Thing x -Password $p; Set-Thing x -Password $p -Number $p")
    done = [(one.cmdlet, one.parameters) for one in auditor.records if one.outcome is not AuditOutcome.STARTED]
    assert done == [
        ("Remove-Thing", {"Identity": "a"}), ("Remove-Thing", {"Identity": "b"}),
        ("Set-Thing", {"Identity": "x", "Password": "********"}),
        ("Set-Thing", {"Password": "********", "Number": "********", "(others)": "1 masked"}),
    ]
    assert "hunter2" not in str(done)


class GetMany(Cmdlet):
    """Writes many numbers."""

    meta = Meta("Get-Many")
    count: int = parameter(position=1, mandatory=True)

    async def process(self) -> None:
        """Write them."""
        for number in range(self.count):
            await self.write(number)


async def test_a_million_objects_stream_in_bounded_memory() -> None:
    class Counting(RecordingHost):
        seen = most = 0

        async def output(self, value: Value) -> None:
            Counting.seen += 1
            if Counting.seen % 1000 == 0:
                Counting.most = max(Counting.most, sys.getallocatedblocks())

    registry, host = CmdletRegistry([GetMany]), Counting()
    before = sys.getallocatedblocks()
    result = await execute(registry, Session("alice"), host, "Get-Many 1000000 | Where-Object {$_ -ge 0} | % {$_}")
    assert (result.errors, Counting.seen) == (0, 1_000_000)
    assert Counting.most - before < 50_000


async def test_a_variable_holds_only_so_much() -> None:
    registry, host = CmdletRegistry([GetMany]), RecordingHost()
    result = await execute(registry, Session("alice"), host, f"$x = Get-Many {MAX_COLLECTED + 1}")
    assert ([error.error_id for error in host.errors], int(result.status)) == (["CollectionTooLarge"], 1)
