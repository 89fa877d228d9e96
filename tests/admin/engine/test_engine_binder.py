"""Binding: names, positions, types, sets, pipeline input, and what is said when it does not work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admin.engine.engine_kit import Bench, SetThing

from parlour.admin.engine import Binding, bind
from parlour.admin.engine.argv import parse_words
from parlour.admin.engine.convert import list_parts
from parlour.admin.engine.definition import all_parameters
from parlour.admin.engine.language import parse_script
from parlour.errors import Category, ParlourError


def bound(line: str, expects_input: bool = False) -> Binding:
    (statement,) = parse_script(line)
    return bind(SetThing, statement.calls[0], expects_input)


def bound_words(*words: str) -> Binding:
    (statement,) = parse_words(["Set-Thing", *words])
    return bind(SetThing, statement.calls[0])


@pytest.mark.parametrize(
    ("line", "attribute", "expected"),
    [
        ("a", "identity", "'a'"),
        ("-Id a", "identity", "'a'"),
        ("-identity:a", "identity", "'a'"),
        ("-Identity: a", "identity", "'a'"),
        ("0123", "identity", "'0123'"),
        ("5kb", "identity", "'5kb'"),
        ("–Identity “a b”", "identity", "'a b'"),
        ("—Identity ‘a b’", "identity", "'a b'"),
        ("―Identity a", "identity", "'a'"),
        ("a -Force", "force", "True"),
        ("a -Force:$false", "force", "False"),
        ("a -Force:$true", "force", "True"),
        ("a -Privacy closed", "privacy", "<Privacy.CLOSED: 'Closed'>"),
        ("a -ResultSize unlimited", "result_size", "<Unlimited.UNLIMITED: 'Unlimited'>"),
        ("a -ResultSize 0", "result_size", "0"),
        ("a -ResultSize 2147483647", "result_size", "2147483647"),
        ("a -Number -7", "number", "-7"),
        ("a -Number 2KB", "number", "2048"),
        ("a -Ratio 1.5", "ratio", "1.5"),
        ("a -IsDefault $true", "is_default", "True"),
        ("a -Enabled $false", "enabled", "False"),
        ("a -Members b", "members", "['b']"),
        ("a -Members b,c", "members", "['b', 'c']"),
        ('a -Members "b", "c"', "members", "['b', 'c']"),
        ("a -Members @('b','c')", "members", "['b', 'c']"),
        ('a -Scopes @{Add="b"; remove=\'d\'}', "scopes", "ListModifier(add=('b',), remove=('d',), replace=None)"),
        ("a -Scopes b,c", "scopes", "ListModifier(add=(), remove=(), replace=('b', 'c'))"),
        ("a -Scopes $null", "scopes", "ListModifier(add=(), remove=(), replace=())"),
        ("a -Password hush", "password", "********"),
        ('a -Filter {Name -like "x*"}', "filter", "'Name -like \"x*\"'"),
        ('a -Since "2026-01-31"', "since", "datetime.datetime(2026, 1, 31, 0, 0, tzinfo=datetime.timezone.utc)"),
        ('a -Since "1/31/2026 18:30"', "since", "datetime.datetime(2026, 1, 31, 18, 30, tzinfo=datetime.timezone.utc)"),
    ],
)
def test_values_reach_their_parameters(line: str, attribute: str, expected: str) -> None:
    assert repr(bound(f"Set-Thing {line}").values[attribute]) == expected


@pytest.mark.parametrize(
    ("words", "attribute", "expected"),
    [
        (["–Identity", "“sip:a@b”"], "identity", "'sip:a@b'"),
        (["-Identity", "“Persistent", "Chat", "1”"], "identity", "'Persistent Chat 1'"),
        (["-Identity", "Doe, Jane"], "identity", "'Doe, Jane'"),
        (["a", "-Members", "b,c"], "members", "['b', 'c']"),
        (["a", "-Force:$false"], "force", "False"),
        (["a", "-IsDefault", "$true"], "is_default", "True"),
        (["a", "-Number", "-5"], "number", "-5"),
        (["a", "-Scopes", '@{Add="b"}'], "scopes", "ListModifier(add=('b',), remove=(), replace=None)"),
        (["a", "-Filter", '{Name -like "x*"}'], "filter", "'Name -like \"x*\"'"),
        (["a", "-Password", "{$x}"], "password", "********"),
    ],
)
def test_words_of_another_shell_mean_the_same(words: list[str], attribute: str, expected: str) -> None:
    assert repr(bound_words(*words).values[attribute]) == expected


def test_a_secret_is_kept_whole() -> None:
    secret = bound_words("a", "-Password", "{$x}").values["password"]
    assert getattr(secret, "reveal")() == "{$x}"  # noqa: B009 - the values are typed as objects


@pytest.mark.parametrize(
    ("line", "kind", "message", "target"),
    [
        ("a -Colour red", "ParameterUnknown", 'There is no parameter named "-Colour".', "-Colour"),
        ("a -DispName x", "ParameterUnknown", "Did you mean -DisplayName?", "-DispName"),
        ("a -P x", "ParameterAmbiguous", "-Privacy or -Password", "-P"),
        ("a -Id b -Identity c", "ParameterTwice", 'The parameter "-Identity" is given more than once.', "-Identity"),
        ("a -Number", "ParameterValueAbsent", 'The parameter "-Number" needs a value of type Int32', "-Number"),
        ("a -Number -Force", "ParameterValueAbsent", "needs a value", "-Number"),
        ("a -Number x", "ParameterValueInvalid", '"-Number" cannot take the value "x": it must be a whole', "x"),
        ("a -Number 99999999999", "ParameterValueInvalid", "whole number", "99999999999"),
        ("a -ResultSize -1", "ParameterValueInvalid", "from 0 to 2147483647, or Unlimited", "-1"),
        ("a -Privacy Locked", "ParameterValueInvalid", "it must be one of Open, Closed, Secret", "Locked"),
        ("a -IsDefault maybe", "ParameterValueInvalid", "it must be $true or $false", "maybe"),
        ("a -Force:perhaps", "ParameterValueInvalid", "it must be $true or $false", "perhaps"),
        ("a -Since soon", "ParameterValueInvalid", "it must be a date", "soon"),
        ("a -Ratio x", "ParameterValueInvalid", "it must be a number", "x"),
        ("a -DisplayName b,c", "ParameterValueInvalid", "it takes one value, not a list", "b,c"),
        ("a -DisplayName @{x=1}", "ParameterValueInvalid", "an object has no text form", "@{...}"),
        ("a -Scopes @{Plus=1}", "ParameterValueInvalid", "@{Add=...; Remove=...}", "@{...}"),
        ("-Instance x", "ParameterValueInvalid", "it must be an object from another cmdlet", "x"),
        ("-Identity $null", "ParameterValueInvalid", "it must not be empty", "$null"),
        ("a -Members $null", "ParameterValueInvalid", "it must not be $null", "$null"),
        ("a -Description $null", "ParameterValueInvalid", "it must not be $null", "$null"),
        ("a -Privacy $null", "ParameterValueInvalid", "it must not be $null", "$null"),
        ("a -Number $null", "ParameterValueInvalid", "it must not be $null", "$null"),
        ("", "ParameterMissing", "A required parameter is missing: -Identity.", "Set-Thing"),
        ("-Force", "ParameterMissing", "-Identity", "Set-Thing"),
        ("a b", "ArgumentSurplus", 'No parameter is left for the argument "b".', "b"),
        ("-Filter x -Instance y", "ParameterValueInvalid", "object", "y"),
        ("a -Password a,b", "ParameterValueInvalid", '"********"', "********"),
        ("a -ErrorAction Sometimes", "ParameterValueInvalid", "Continue, Stop, SilentlyContinue, Ignore", "Sometimes"),
    ],
)
def test_wrong_calls_are_refused_by_name(line: str, kind: str, message: str | None, target: str) -> None:
    with pytest.raises(ParlourError) as caught:
        bound(f"Set-Thing {line}")
    assert caught.value.kind.name == kind
    assert caught.value.kind.category is Category.INVALID_ARGUMENT
    assert caught.value.target == target
    assert message is None or message in str(caught.value)


def test_an_ambiguous_prefix_names_the_candidates() -> None:
    with pytest.raises(ParlourError, match="it could be -DisplayName or -Description or -Debug"):
        bound("Set-Thing a -D x")


@pytest.mark.parametrize("name", ["ErrorVariable", "wv", "iv", "OutVariable", "OutBuffer", "pv"])
def test_common_parameters_that_cannot_work_are_refused(name: str) -> None:
    with pytest.raises(ParlourError, match="is not supported here") as caught:
        bound(f"Set-Thing a -{name} x")
    assert caught.value.kind.category is Category.NOT_IMPLEMENTED


def test_what_if_exists_only_where_something_is_changed() -> None:
    with pytest.raises(ParlourError, match='no parameter named "-WhatIf"'):
        bound("Set-Thing a -WhatIf")


_NAMES = [known.name for known in all_parameters(SetThing) if not known.unsupported and known.name != "Instance"]
_SAMPLES = {
    "Privacy": "Open", "ResultSize": "5", "Number": "5", "Ratio": "5", "IsDefault": "$true", "Enabled": "$true",
    "Since": "2026-01-31", "ErrorAction": "Stop", "WarningAction": "Stop", "InformationAction": "Stop",
}
_SWITCHES = {"Force", "Verbose", "Debug"}


def _is_unambiguous(prefix: str, name: str) -> bool:
    folded = prefix.casefold()
    fitting = {
        known.name for known in all_parameters(SetThing)
        if any(own.casefold().startswith(folded) for own in known.names)
    }
    exact = {known.name for known in all_parameters(SetThing) if known.answers_to(prefix)}
    return fitting == {name} or exact == {name}


@given(st.sampled_from(_NAMES), st.data())
def test_any_case_and_unambiguous_prefix_bind_alike(name: str, data: st.DataObject) -> None:
    prefixes = [name[:end] for end in range(1, len(name) + 1) if _is_unambiguous(name[:end], name)]
    prefix = data.draw(st.sampled_from(prefixes))
    flips = data.draw(st.lists(st.booleans(), min_size=len(prefix), max_size=len(prefix)))
    typed = "".join(one.upper() if flip else one.lower() for one, flip in zip(prefix, flips, strict=True))
    dash = data.draw(st.sampled_from("-–—―"))
    value = "" if name in _SWITCHES else _SAMPLES.get(name, "x")
    identity = "" if name == "Identity" else "a"
    assert bound(f"Set-Thing {identity} {dash}{typed} {value}") == bound(f"Set-Thing {identity} -{name} {value}")


async def test_pipeline_input_binds_by_value_and_by_property() -> None:
    bench = Bench()
    await bench.run('"a" | Set-Thing')
    await bench.run('@{Identity="b"} | Remove-Thing')
    assert bench.trace.done[1] == "removed b"
    assert bench.trace.done[0].startswith("{'identity': 'a'")


async def test_an_object_goes_to_the_parameter_that_takes_objects() -> None:
    bench = Bench()
    await bench.run("Get-Thing 1 | Set-Thing -Description d")
    assert bench.status == 0
    assert "'instance': PsObject" in bench.trace.done[2]


async def test_the_line_comes_before_the_pipeline() -> None:
    bench = Bench()
    await bench.run('"ignored" | Set-Thing -Identity kept')
    assert bench.error.error_id == "InputNotBound"
    assert bench.error.target == "ignored"


async def test_each_object_starts_from_the_defaults() -> None:
    bench = Bench()
    await bench.run('@{Identity="a"; DisplayName="A"}, @{Identity="b"} | Remove-Thing')
    assert bench.trace.done == ["removed a", "removed b"]


@pytest.mark.parametrize(("word", "parts"), [
    ("a,b", ["a", "b"]),
    ("CN=Traders,OU=Groups,DC=example,DC=com", ["CN=Traders,OU=Groups,DC=example,DC=com"]),
    ("sip:a@b.c,CN=x,OU=y,DC=z", ["sip:a@b.c", "CN=x,OU=y,DC=z"]),
    ("OU=a,OU=b,DC=z,OU=c,DC=z,sip:a@b.c", ["OU=a,OU=b,DC=z", "OU=c,DC=z", "sip:a@b.c"]),
    ("cn=x,dc=z,cn=y,dc=z", ["cn=x,dc=z", "cn=y,dc=z"]),
])
def test_a_list_of_words_is_split_around_distinguished_names(word: str, parts: list[str]) -> None:
    assert list_parts(word) == parts
