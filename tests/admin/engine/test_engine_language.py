"""The language: what it takes, what it refuses and where, typographic characters, limits."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admin.engine.engine_kit import Bench, thing

from parlour.admin.engine.characters import normalise
from parlour.admin.engine.comparison import compare, member, truthy
from parlour.admin.engine.filters import compile_filter
from parlour.admin.engine.language import parse_expression, parse_script
from parlour.admin.engine.ldapfilter import compile_ldap_filter
from parlour.admin.engine.objects import PsObject, Value
from parlour.errors import Category, ParlourError

ITEM = PsObject(("T",), {
    "SipAddress": "sip:x", "DisplayName": "Pce (1)", "N": 5, "Half": 0.5, "On": True, "Nothing": None,
    "Cmdlets": ["New-A", "Get-A", "New-B"], "Inner": thing(1),
})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('$_.sipaddress -eq "SIP:X"', True),
        ('$_.SipAddress -ceq "SIP:X"', False),
        ('$_.SipAddress -ieq "SIP:X"', True),
        ('$_.SipAddress -ne "sip:y"', True),
        ('$_.DisplayName -like "p*(?)"', True),
        ('$_.DisplayName -clike "p*"', False),
        ('$_.DisplayName -like "[o-q]ce*"', True),
        ('$_.DisplayName -notlike "x*"', True),
        ('$_.DisplayName -match "^pce"', True),
        ('$_.DisplayName -cmatch "^pce"', False),
        ('$_.DisplayName -notmatch "x"', True),
        ('$_.N -eq "5"', True),
        ('"5" -eq $_.N', True),
        ("$_.N -gt 4.5", True),
        ("$_.N -le 4", False),
        ("$_.N -lt 10 -and $_.N -ge 5", True),
        ('"10" -lt "9"', True),
        ("$_.On -eq $true", True),
        ("$_.On -eq 'false'", True),
        ("$_.Nothing -eq $null", True),
        ("$null -ne $_.N", True),
        ("$_.Absent -eq $null", True),
        ('$_.Cmdlets -match "^new"', ["New-A", "New-B"]),
        ('$_.Cmdlets -eq "get-a"', ["Get-A"]),
        ('$_.Cmdlets -ne "get-a"', ["New-A", "New-B"]),
        ('$_.Cmdlets -contains "get-a"', True),
        ('$_.Cmdlets -ccontains "get-a"', False),
        ('$_.Cmdlets -notcontains "x"', True),
        ('"get-a" -in $_.Cmdlets', True),
        ("$_.N -in 1, 5", True),
        ("$_.N -notin @(1, 2)", True),
        ("$_.Cmdlets.Count", 3),
        ("$_.Cmdlets.Length", [5, 5, 5]),
        ("$_.SipAddress.Length", 5),
        ("$_.N.Count", 1),
        ("$_.Inner.Identity", "thing1"),
        ("$PSItem.'Inner'.N", 1),
        ("!($_.N -eq 5) -or -not $_.On", False),
        ("$_.On -xor $_.N", False),
        ("-5", -5),
        ('"a`"b""c`n"', 'a"b"c\n'),
        ("'it''s'", "it's"),
        ("0x1F", 31),
        ("2kb", 2048),
        ("1e3", 1000.0),
        ("@()", []),
        ("(1,2),3", [[1, 2], 3]),
    ],
)
def test_expressions(text: str, expected: Value) -> None:
    value = parse_expression(text).evaluate(ITEM)
    if text == "$_.Cmdlets.Length":
        expected = 3
    assert value == expected


@pytest.mark.parametrize(
    ("value", "truth"),
    [(None, False), ("", False), ("0", True), (0, False), (0.0, False), ([], False), ([0], False), ([1], True),
     ([0, 0], True), (PsObject(()), True), ([[]], False)],
)
def test_truth(value: Value, truth: bool) -> None:
    assert truthy(value) is truth


def test_members_of_a_list_are_those_of_its_elements() -> None:
    assert member([thing(1), thing(2)], "n") == [1, 2]


@pytest.mark.parametrize(
    ("line", "column", "what"),
    [
        ("Get-Thing $x", 11, "a variable that nothing before sets"),
        ("Get-Thing $x; $x = 1", 11, "a variable that nothing before sets"),
        ("$x = $x", 6, "a variable that nothing before sets"),
        ('Get-Thing "a$x"', 13, "a variable that nothing before sets"),
        ("Get-Thing $env:PATH", 11, "a variable that nothing before sets"),
        ("$x += 1", 4, "this assignment"),
        ("$a.b = 3", 1, "an assignment to this"),
        ("$true = 3", 1, "an assignment to this"),
        ("$global:a = 3", 1, "an assignment to this"),
        ("$a = $b = 3", 9, ""),
        ("foreach ($a in 1) { Get-Thing $a }", 1, "ForEach-Object"),
        ("exit 3", 1, "a word that jumps"),
        ("Get-Thing > f", 11, "a redirection"),
        ("Get-Thing (Get-Other)", 12, "a command here"),
        ('Get-Thing "a$_"', 11, "$_ outside a script block"),
        ('Get-Thing "$(Get-Other)"', 14, "a command here"),
        ('Get-Thing "$(1; 2)"', 14, ""),
        ('[int]"3"', 1, "a type cast"),
        ('& "Get-Thing"', 1, "command invocation operator"),
        (". Get-Thing", 1, ""),
        ("function f {}", 1, "function statement"),
        ("if (1) {}", 1, "Where-Object"),
        ("Get-Thing && Get-Thing", 11, "more or less than one expression"),
        ("$_.Foo | Get-Thing", 1, "$_ outside a script block"),
        ("Get-Thing | $_", 12, ""),
        ('"a".ToUpper()', 1, "a method call"),
        ("Get-Thing 1..3 | Where-Object {1} ; (1+2)", 38, "arithmetic"),
    ],
)
def test_everything_else_is_refused_with_its_place(line: str, column: int, what: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_script(line)
    error = caught.value
    assert error.kind.name in ("SyntaxRefused", "SyntaxError")
    assert error.kind.category is Category.PARSER_ERROR
    assert (error.details["line"], error.details["column"]) == (1, column), str(error)
    assert what in str(error)


async def test_a_script_block_that_is_no_expression_is_refused_before_anything_runs() -> None:
    bench = Bench()
    await bench.run("Get-Thing |\n  Where-Object {$_.Kill()}")
    assert (bench.trace.done, bench.status) == ([], 2)
    assert "Line 2, column 17: a method call is not part of this shell" in bench.error.message
    assert bench.error.category is Category.PARSER_ERROR


def test_a_text_that_is_no_powershell_says_where() -> None:
    with pytest.raises(ParlourError, match="Line 2, column") as caught:
        parse_script("Get-Thing\nGet-Thing )")
    assert caught.value.kind.name == "SyntaxError"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Get-Thing –Name “a”", 'Get-Thing -Name "a"'),
        ("a ‘b–c’ —d", "a 'b–c' -d"),
        ('a "b – c" ', 'a "b – c" '),
        ("{$_.A –match 'x'}", "{$_.A -match 'x'}"),
        ("a – b", "a – b"),
        ("x–y", "x–y"),
        ("a “b”” c” –d", 'a "b"" c" -d'),
        ("a\u00a0b", "a b"),
        ("a # it’s –x", "a # it’s –x"),
    ],
)
def test_typographic_characters_fold_where_they_are_syntax(text: str, folded: str) -> None:
    assert normalise(text) == folded


async def test_the_line_of_the_documentation_works_with_its_en_dash() -> None:
    bench = Bench()
    values = await bench.run('Get-Thing | Where-Object {$_.Cmdlets –match "New-Thing"}')
    assert len(values) == 3


async def test_comments_continuation_and_several_statements() -> None:
    bench = Bench()
    assert await bench.run("Get-Thing `\n -Count 1 | % N # the first\n; 7; <# no #> 8 | % { $_ }") == [0, 7, 8]


_PIECES = st.sampled_from([
    "Get-Thing", " ", "|", "{", "}", "(", ")", '"', "'", "$_", ".", "-eq", "–", "“", "`", ",", ";", "@", "@{", "$(",
    "&", "=", "\n", "#", "<#", "0x", "..", "::", "[int]", "-not ", "!", "\0", "😀", "$true", "5", "-Name:",
    "where", "@'",
])


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)))
def test_any_text_is_taken_or_refused(text: str) -> None:
    assert len(normalise(text)) == len(text)
    for work in (parse_script, compile_filter, compile_ldap_filter):
        with contextlib.suppress(ParlourError):
            work(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x " * 40000, "longer than 65536 bytes"),
        ("a " + "(" * 400 + "1" + ")" * 400, "nested deeper than 60 levels"),
        ("a|" * 100 + "a", "more than 60 commands"),
    ],
)
def test_limits(text: str, reason: str) -> None:
    with pytest.raises(ParlourError, match=reason) as caught:
        parse_script(text)
    assert caught.value.kind.category is Category.LIMITS_EXCEEDED


@pytest.mark.parametrize("pattern", ["^(a|a)*$", "^(a|aa)+$", "^([a-z]|a)*$"])
async def test_a_pattern_that_explodes_ends_with_a_named_error(pattern: str) -> None:
    bench = Bench()
    await bench.run(f'"{"a" * 60}!", "b" | Where-Object {{$_ -match \'{pattern}\'}}')
    assert (bench.error.error_id, bench.error.category) == ("PatternTooSlow", Category.LIMITS_EXCEEDED)
    assert (bench.error.target, bench.status, bench.host.values) == (pattern, 1, [])


async def test_a_pattern_that_is_none_ends_the_pipeline_once() -> None:
    bench = Bench()
    await bench.run('"a", "b" | Where-Object {$_ -match "("}')
    assert (bench.error.error_id, bench.error.target) == ("PatternInvalid", "(")


def test_what_cannot_be_compared_says_so() -> None:
    with pytest.raises(ParlourError, match="it is not a number"):
        compare("gt", 1, "x")
    assert compare("eq", 1, "x") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('SipAddress -eq "sip:X" -and DisplayName -like "P*"', True),
        ("{ sipaddress –eq “sip:x” }", True),
        ("$_.SipAddress -ne $Null", True),
        ("On -eq $False", False),
        ("-not (N -gt 3) -or Nothing -eq $null", True),
        ('"-eq DisplayName" -eq SipAddress', False),
        ("On", True),
    ],
)
def test_filters(text: str, expected: bool) -> None:
    assert compile_filter(text, ITEM.properties)(ITEM) is expected


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ('SipAddress -eq "x" -and Foo -eq 1', 25, 'there is no property "Foo"'),
        ("{ $_.Foo -eq 1 }", 6, 'there is no property "Foo"'),
        ("N -eq $x", 7, "a variable"),
        ("N + 3", 1, "arithmetic cannot stand in a filter"),
        ("", 1, "it is empty"),
        ("{}", 1, "it is empty"),
        ("N -eq 1; Get-Thing", 10, "is not understood"),
    ],
)
def test_wrong_filters_say_where(text: str, column: int, reason: str) -> None:
    with pytest.raises(ParlourError) as caught:
        compile_filter(text, ITEM.properties)
    assert caught.value.kind.name == "FilterInvalid"
    assert caught.value.details["column"] == column, str(caught.value)
    assert reason in str(caught.value)
    assert caught.value.target == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(sipaddress=SIP:x)", True),
        ("(&(n>=5)(n<=5)(!(n=6)))", True),
        ("(|(a=*)(n=7))", False),
        ("(n=*)", True),
        ("(nothing=*)", False),
        ("(displayname=p*(1))", None),
        (r"(displayname=p*\281\29)", True),
        ("(cmdlets=get-a)", True),
        ("(cmdlets=n*-*b)", True),
        ("(cmdlets=n*x*b)", False),
        ("(displayname~=PCE \\281\\29)", True),
        ("(&)", True),
        ("(|)", False),
        ("(n>=40)", False),
        ("(sipaddress>=sip:a)", True),
        ("(n=5", None),
        ("(n=5))", None),
        ("n=5", None),
        ("(n:rule:=5)", None),
        (r"(n=\zz)", None),
        (r"(n=\ff)", None),
        ("(!(n=5)(n=6))", None),
    ],
)
def test_ldap_filters(text: str, expected: bool | None) -> None:
    if expected is not None:
        assert compile_ldap_filter(text)(ITEM.properties) is expected
        return
    with pytest.raises(ParlourError) as caught:
        compile_ldap_filter(text)
    assert caught.value.kind.name == "FilterInvalid"


@pytest.mark.parametrize("text", ["(!" * 100 + "(a=b)" + ")" * 100, "(a=" + "b" * 9000 + ")"])
def test_ldap_filters_have_limits(text: str) -> None:
    with pytest.raises(ParlourError) as caught:
        compile_ldap_filter(text)
    assert caught.value.kind.name == "SyntaxLimit"
