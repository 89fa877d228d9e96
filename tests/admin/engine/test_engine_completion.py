"""Completion at a cursor: cmdlets, parameters and values; the words come out as the language has them."""

from dataclasses import replace
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admin.engine.engine_kit import Bench

from parlour.admin.engine import Cmdlet, CmdletRegistry, ListModifier, Meta, PsObject, Session, complete, parameter
from parlour.admin.engine.cursor import cursor_after, cursor_in
from parlour.admin.engine.language import parse_script
from parlour.admin.engine.syntax import ValueToken, plain
from parlour.admin.engine.values import MOST, Own, ValueSource


class Fruit(StrEnum):
    """Kinds of values."""

    APPLE = "apple"
    PEAR = "pear"


_KNOWN = {
    Fruit.APPLE: ["Boskoop", "Cox Orange", "Elise"],
    Fruit.PEAR: ["Beurré d'Anjou", "CN=Pears,OU=Fruit", 'Conference "late"', "Clapp’s"],
}


class Pick(Cmdlet):
    """Takes values of all sorts."""

    meta = Meta("Pick-Fruit")
    identity: str | None = parameter(position=1, values=Fruit.APPLE)
    instance: PsObject | None = parameter(position=1)
    other: str | None = parameter(position=3, values=Fruit.PEAR)
    ripe: bool = parameter()
    apples: list[str] | None = parameter(values=Fruit.APPLE)
    any: ListModifier | None = parameter(values=(Fruit.APPLE, Fruit.PEAR))
    cmdlet: str | None = parameter(values=Own.CMDLET)


class _Orchard:
    """A source of values that notes what it is asked for."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    async def starting(self, session: Session, kind: StrEnum, prefix: str, limit: int) -> list[str]:
        self.limits.append(limit)
        return [one for one in _KNOWN[Fruit(kind)] if one.casefold().startswith(prefix.casefold())]


async def _completed(source: str | list[str], services: dict[type, object] | None = None) -> list[str]:
    session = replace(Bench().session, services={ValueSource: _Orchard()} if services is None else services)
    return await complete(CmdletRegistry([Pick]), session, source)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get-t", ["Get-Thing"]),
        ("Get-Thing | Wh", ["Where-Object"]),
        ("Get-Thing; # a remark\n Wh", ["Where-Object"]),
        ("Get-Thing\nWh", ["Where-Object"]),
        ("Set-Thing –Dis", ["-DisplayName"]),
        ("Set-Thing -Privacy ", ["Closed", "Open", "Secret"]),
        ("Set-Thing -Privacy o", ["Open"]),
        ("Set-Thing -Privacy 'o", ["'Open'"]),
        ("Set-Thing -Privacy:o", ["Open"]),
        ("Set-Thing -IsDefault ", ["$false", "$true"]),
        ("Set-Thing -IsDefault:$t", ["$true"]),
        ("Set-Thing -Scopes @{", ["Add=", "Remove=", "Replace="]),
        ("Set-Thing -Scopes @{Add='a'; re", ["Remove=", "Replace="]),
        ("Set-Thing -Force -Fo", []),
        ("Set-Thing -Nope x", []),
        ("Get-Help Inv", ["Invoke-Trouble"]),
        ("Get-Command Get-Thing, Inv", ["Invoke-Trouble"]),
        ("Get-Thing | ForEach-Object { Get-T", ["Get-Thing"]),
        ("Get-Thing | Where-Object {$_.N -eq 1} | Wh", ["Where-Object"]),
        ("Nope -", []),
        ("@{", []),
    ],
)
async def test_completion(text: str, expected: list[str]) -> None:
    bench = Bench()
    assert await complete(bench.registry, bench.session, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pick-Fruit ", ["'Cox Orange'", "Boskoop", "Elise"]),
        ("Pick-Fruit cox", ["'Cox Orange'"]),
        ("Pick-Fruit 'cox o", ["'Cox Orange'"]),
        ('Pick-Fruit -Ripe "cox o', ['"Cox Orange"']),
        ("Pick-Fruit -Identity:co", ["'Cox Orange'"]),
        ("Pick-Fruit -Id e", ["Elise"]),
        ("Pick-Fruit Elise -Ripe CN", ["'CN=Pears,OU=Fruit'"]),
        ("Pick-Fruit -Identity Elise CN", ["'CN=Pears,OU=Fruit'"]),
        ("Pick-Fruit Elise CN x", []),
        ("Pick-Fruit x conf", ["'Conference \"late\"'"]),
        ('Pick-Fruit x "conf', ['"Conference `"late`""']),
        ("Pick-Fruit x beu", ['"Beurré d\'Anjou"']),
        ("Pick-Fruit x 'clapp", ['"Clapp’s"']),
        ("Pick-Fruit x “clapp", ['"Clapp’s"']),
        ("Pick-Fruit -Apples Elise,b", ["Boskoop"]),
        ("Pick-Fruit -Apples Elise, 'cox", ["'Cox Orange'"]),
        ("Pick-Fruit -Apples Elise,  \t b", ["Boskoop"]),
        ("Pick-Fruit -Apples: b", ["Boskoop"]),
        ("Pick-Fruit -Apples @('Elise', b", ["Boskoop"]),
        ('Pick-Fruit -Any @{Add="Elise","co', ['"Conference `"late`""', '"Cox Orange"']),
        ("Pick-Fruit -Any @{Add='Elise'; Remove=b", ['"Beurré d\'Anjou"', "Boskoop"]),
        ("Pick-Fruit -Cmdlet pick", ["Pick-Fruit"]),
        ("Pick-Fruit -Ripe:", []),
    ],
)
async def test_values(text: str, expected: list[str]) -> None:
    assert await _completed(text) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["Pi"], ["Pick-Fruit"]),
        (["Pick-Fruit", "cox o"], ["Cox Orange"]),
        (["Pick-Fruit", "-Identity:co"], ["-Identity:Cox Orange"]),
        (["Pick-Fruit", "-Apples", "Elise,co"], ["Elise,Cox Orange"]),
        (["Pick-Fruit", "-Any", "CN=Pears,OU=Fruit,cn"], ["CN=Pears,OU=Fruit,CN=Pears,OU=Fruit"]),
        (["Pick-Fruit", "-Any", "@{Add=\"Elise\",'cox"], ["@{Add=\"Elise\",'Cox Orange'"]),
        (["Pick-Fruit", "-Any", "@{a"], ["@{Add="]),
        (["Get-Command", "|", "Pick-Fruit", "-Ap"], ["-Apples"]),
        (["Pick-Fruit", ""], ["Boskoop", "Cox Orange", "Elise"]),
    ],
)
async def test_words_of_another_shell(words: list[str], expected: list[str]) -> None:
    assert await _completed(words) == expected


@pytest.mark.parametrize("text", [" " * 2**20, "a," * 2**19, "@{" * 2**19, ["x" * 2**20]])
async def test_what_nobody_types_is_not_looked_at(text: str | list[str]) -> None:
    assert await _completed(text) == []


async def test_without_anybody_who_knows_values_there_are_none() -> None:
    assert await _completed("Pick-Fruit ", {}) == []


async def test_never_more_than_fifty_values() -> None:
    class Many(_Orchard):
        async def starting(self, session: Session, kind: StrEnum, prefix: str, limit: int) -> list[str]:
            return [f"{kind}{number}" for number in range(limit)]

    assert len(await _completed("Pick-Fruit -Any ", {ValueSource: Many()})) == MOST


@given(st.text(), st.sampled_from(["", "'", '"', "“", "‘"]))
def test_a_value_offered_is_the_value_that_is_read(value: str, quote: str) -> None:
    if any(one in value for one in "\0\r\n") or not value.isprintable():
        return  # no name has them
    written = cursor_in(f"Pick-Fruit {quote}").written(value)
    (statement,) = parse_script(f"Pick-Fruit {written}")
    (token,) = statement.calls[0].tokens
    assert isinstance(token, ValueToken)
    assert plain(token.value) == value


@given(st.text(alphabet="ab-:@{}()|;,=\"'`# \n$._“’"))
def test_whatever_is_typed_the_last_word_is_its_end(text: str) -> None:
    cursor = cursor_in(text)
    assert text.endswith(text[cursor.start:])
    assert len(cursor.last) == len(text) - cursor.start
    after = cursor_after([text])
    straight = text.replace("“", '"').replace("’", "'")  # which is what these quotes mean in a line
    assert after.last in ("", text, straight[after.start:])
