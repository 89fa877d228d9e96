"""The utility cmdlets, help, JSON Schema, and how objects and errors print."""

import json
import subprocess
import sys

import pytest
from tests.admin.engine.engine_kit import Bench, RemoveThing, SetThing, thing

from parlour.admin.engine import ErrorRecord, PsObject, Value, parameter_sets, syntax, to_text
from parlour.admin.engine.formatting import Formatter, cell, format_error, format_values, visible
from parlour.admin.engine.objects import Secret, error_record
from parlour.admin.engine.schema import json_schema
from parlour.admin.engine.types import ListModifier
from parlour.errors import SIP_ADDRESS_TAKEN, ParlourError


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Get-Thing | ? N -gt 0 | % Identity", ["thing1", "thing2"]),
        ("Get-Thing | where Identity -like *1 | % N", [1]),
        ("Get-Thing | where Identity -clike T* | % N", []),
        ("Get-Thing | where Even | % N", [0, 2]),
        ("Get-Thing | where N -in 0,2 | % N", [0, 2]),
        ("Get-Thing | where N 1 | % N", [1]),
        ("Get-Thing | where Cmdlets -contains new-thing1 | % N", [1]),
        ("Get-Thing | % {$_.N -gt 1}", [False, False, True]),
        ("Get-Thing 1 | % Cmdlets", ["New-Thing0", "Get-All"]),
        ("Get-Thing 1 | select -ExpandProperty Cmdlets", ["New-Thing0", "Get-All"]),
        ("Get-Thing 9 | select -Skip 1 -First 2 | % N", [1, 2]),
        ("Get-Thing 9 | select -First 1 -Last 1 | % N", [0, 8]),
        ("Get-Thing 9 | select -First 0", []),
        ("Get-Thing 9 | select -Last 2 | % N", [7, 8]),
        ("1, 2, 1, '2' | select -Unique", [1, 2]),
        ("Get-Thing | select Even -Unique | % Even", [True, False]),
        ("'b', 'A', 'c', $null, 3 | sort", [None, 3, "A", "b", "c"]),
        ("'b', 'B', 'a' | sort -Unique -Descending", ["b", "a"]),
        ("Get-Thing | sort Even, N -Descending | % N", [2, 0, 1]),
        ("Get-Thing | measure | % Count", [3]),
        ("Get-Thing 0 | measure | % Count", [0]),
        ("'1', 2, 3.5 | measure -Sum | % Sum", [6.5]),
        ("Get-Thing | measure N -Average | % Average", [1]),
        ("Get-Thing | measure Identity -Minimum -Maximum | % Maximum", ["thing2"]),
        ("'a' | ConvertTo-Json", ['"a"']),
        ("Get-Thing 0 | ConvertTo-Json", []),
        ("1, $null, $true | ConvertTo-Json -Compress", ["[1,null,true]"]),
        ("Get-Thing 1 | select N, Cmdlets | ConvertTo-Csv -NoTypeInformation",
         ['"N","Cmdlets"', '"0","New-Thing0;Get-All"']),
        ("'a\"b' | ConvertTo-Csv", ['"Value"', '"a""b"']),
        ("1 | Out-Default", [1]),
        ("Get-Command -Verb Get -Noun Th* | % Name", ["Get-Thing"]),
        ("'gth' | Get-Command | % Name", ["Get-Thing"]),
    ],
)
async def test_utilities(line: str, expected: list[Value]) -> None:
    bench = Bench()
    assert await bench.run(line) == expected
    assert bench.host.errors == []


@pytest.mark.parametrize(
    ("line", "error_id", "target", "status"),
    [
        ("Get-Thing 1 | select -ExpandProperty Foo", "PropertyNotFound", "Foo", 1),
        ("'x' | measure -Sum", "MeasureNotNumeric", "x", 1),
        ("1 | select -First (-1)", "ParameterValueInvalid", "-1", 1),
        ("1 | select -Last 999999999", "ParameterValueInvalid", "999999999", 1),
        ("1 | ConvertTo-Json -Depth 500", "ParameterValueInvalid", "500", 1),
        ("1 | where N 1 -gt -lt", "ParameterSetUnresolved", "-GT", 1),
        ("1 | where", "ParameterMissing", "Where-Object", 2),
        ("1 | where {$_.A()}", "SyntaxRefused", "$_.A()", 2),
        ("1 | where {$_} -Property N", "ParameterValueInvalid", "{$_}", 2),
        ("1 | where -FilterScript {$_} -Property N", "ParameterSetUnresolved", "-Property", 2),
        ("Get-Command No-Such", "CommandNotFound", "No-Such", 1),
        ("Get-Help No*", "CommandNotFound", "No*", 1),
        ("Get-Thing 1 | where N -gt x", "ComparisonInvalid", "x", 1),
    ],
)
async def test_utilities_refuse_by_name(line: str, error_id: str, target: str | None, status: int) -> None:
    bench = Bench()
    await bench.run(line)
    assert (bench.error.error_id, bench.status) == (error_id, status), bench.error.message
    assert target is None or bench.error.target == target


async def test_json_keeps_the_shape() -> None:
    bench = Bench()
    await bench.run("Get-Thing 2 | select Identity, Cmdlets, Even | ConvertTo-Json")
    (text,) = bench.host.values
    assert json.loads(to_text(text))[1] == {
        "Identity": "thing1", "Cmdlets": ["New-Thing1", "Get-All"], "Even": False,
    }
    await bench.run("@{a=@{b=@{c=1}}} | ConvertTo-Json -Depth 1 -Compress")
    assert bench.host.values[-1] == '{"a":{"b":"@{c=1}"}}'


async def test_sorting_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.admin.engine.utility.base.MAX_COLLECTED", 2)
    bench = Bench()
    await bench.run("Get-Thing 3 | Sort-Object")
    assert (bench.error.error_id, bench.error.target, bench.host.values) == ("CollectionTooLarge", "Sort-Object", [])


@pytest.mark.parametrize("line", ["Get-Help Set-Thing", "Set-Thing -?", "help set-thing", "'Set-Thing' | man"])
async def test_help_shows_the_definition(line: str) -> None:
    bench = Bench()
    page = "\n".join(to_text(value) for value in await bench.run(line))
    parts = ("Takes a parameter of every type.", "-Privacy <Privacy>", "One of: Open, Closed, Secret.", "Alias: Id.")
    assert [part for part in parts if part not in page] == []


def test_syntax_lines_have_the_form_of_get_help() -> None:
    assert syntax(RemoveThing) == ["Remove-Thing [-Identity] <String> [-WhatIf] [-Confirm] [<CommonParameters>]"]
    assert parameter_sets(SetThing) == ("Identity", "Instance")
    first, second = syntax(SetThing)
    assert first.startswith("Set-Thing [-Identity] <String> ")
    assert "-Instance <PSObject>" in second
    assert "[-Members <String[]>]" in first


def test_json_schema_comes_from_the_definition() -> None:
    schema = json_schema(SetThing)
    assert schema["anyOf"] == [{"required": ["Identity"]}, {"required": ["Instance"]}]
    assert schema["properties"]["Privacy"] == {"enum": ["Open", "Closed", "Secret"]}
    assert schema["properties"]["Members"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["Password"]["writeOnly"] is True
    assert "ErrorVariable" not in schema["properties"]
    assert json_schema(RemoveThing)["required"] == ["Identity"]
    json.dumps(schema)


def test_objects_of_few_properties_print_as_a_table() -> None:
    rows = [PsObject(("T",), {"Name": "a", "Number": 5, "List": ["w", "x", "y", "z", "!"]})]
    assert format_values(rows) == [
        "",
        "Name Number List",
        "---- ------ ----",
        "a         5 {w, x, y, z...}",
        "",
    ]


def test_objects_of_many_properties_print_as_a_list() -> None:
    item = PsObject(("T",), {"A": 1, "Long": True, "C": None, "D": [], "E": "x\ny"})
    assert format_values([item]) == ["", "A    : 1", "Long : True", "C    :", "D    : {}", "E    : x", "       y", ""]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_table_keeps_to_the_width(width: int) -> None:
    rows = [PsObject(("T",), {"One": "x" * 90, "Two": "中" * 30, "Three": "y", "Four": "z" * 9})]
    assert all(len(line) <= width for line in format_values(rows, width))


def test_strings_and_numbers_print_plain_and_kinds_do_not_mix() -> None:
    values: list[Value] = ["a\nb", 1, True, None, PsObject(("T",), {"X": 1}), PsObject(("U",), {"Y": 2}), [1, 2]]
    assert format_values(values) == ["a", "b", "1", "True", "", "X", "-", "1", "", "", "Y", "-", "2", "", "1", "2"]


def test_a_long_table_does_not_wait_for_its_end() -> None:
    formatter = Formatter()
    lines = [formatter.feed(PsObject(("T",), {"X": number})) for number in range(60)]
    assert not any(lines[:49])
    assert len(lines[49]) == 53
    assert all(len(ready) == 1 for ready in lines[50:])


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("\x1b[2J", "\\x1b[2J"), ("a\tb", "a\\tb"), ("\u202eabc", "\\u202eabc"), ("\x9b31m", "\\x9b31m"), ("é中", "é中")],
)
def test_control_characters_never_reach_a_terminal(raw: str, shown: str) -> None:
    assert visible(raw) == shown
    assert cell([raw]) == "{" + shown + "}"
    table = format_values([PsObject(("T",), {raw: raw})])
    assert not any(raw in line for line in table if raw != shown)


def error(address: str) -> ErrorRecord:
    problem = ParlourError(SIP_ADDRESS_TAKEN, address, address=address, owner="Bob")
    return error_record(problem, "New-CsPersistentChatEndpoint")


def test_errors_print_as_powershell_prints_them() -> None:
    assert format_error(error("sip:x@y")) == [
        'New-CsPersistentChatEndpoint : The SIP address "sip:x@y" already belongs to Bob. '
        "Choose another address, or remove that one first.",
        "    + CategoryInfo          : ResourceExists: (sip:x@y:String) [New-CsPersistentChatEndpoint], ParlourError",
        "    + FullyQualifiedErrorId : SipAddressTaken,Parlour.NewCsPersistentChatEndpoint",
    ]
    assert not any("\x1b" in line for line in format_error(error("\x1b]0;x\x07")))


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "True"), (None, ""), (["a", 1, None], "a 1 "), (1.0, "1"), (0.5, "0.5"), (thing(1), "thing1"),
     (PsObject((), {"a": 1, "b": None}), "@{a=1; b=}"), (Secret("x"), "********")],
)
def test_text_of_values(value: object, text: str) -> None:
    assert to_text(value) == text


def test_a_list_modifier_changes_lists() -> None:
    assert ListModifier(add=("c", "A"), remove=("B",)).apply(["a", "b"]) == ["A", "c"]
    assert ListModifier(replace=("x",)).apply(["a"]) == ["x"]


def test_the_engine_imports_nothing_heavy() -> None:
    code = "import sys, parlour.admin.engine; print([n for n in sys.modules if n.split('.')[0] in " \
           "('sqlalchemy', 'pydantic', 'structlog', 'tree_sitter', 'regex')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    assert done.stdout.strip() == "[]"
