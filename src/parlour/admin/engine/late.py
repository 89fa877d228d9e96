"""Late values: what ``$_`` and variables come to, once the command that uses them is about to run."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from parlour.admin.engine.expressions import Expression, Item, Literal, Variable, holds, replaced
from parlour.admin.engine.objects import Value, as_list
from parlour.admin.engine.syntax import (
    Absent,
    Call,
    Late,
    Missing,
    NameToken,
    RawValue,
    ScriptBlock,
    Statement,
    Token,
    plain,
)

_Change: TypeAlias = Callable[[Expression], Expression | None]


def with_variables(statement: Statement, values: Mapping[str, Value]) -> Statement:
    """Put the values of variables in their places, also inside script blocks.

    Raises:
        ParlourError: a comparison that cannot be made.
    """
    def change(part: Expression) -> Expression | None:
        return Literal(values[part.name]) if isinstance(part, Variable) else None
    return _changed(statement, change, inside=True)


def with_item(statement: Statement, item: Value) -> Statement:
    """Put an object in the place of ``$_``; script blocks inside have a ``$_`` of their own.

    Raises:
        ParlourError: a comparison that cannot be made.
    """
    def change(part: Expression) -> Expression | None:
        return Literal(item) if isinstance(part, Item) else None
    return _changed(statement, change, inside=False)


def _changed(statement: Statement, change: _Change, inside: bool) -> Statement:
    inputs = statement.inputs
    if isinstance(inputs, Late):
        given = _raw(inputs, change, inside)
        inputs = given if isinstance(given, Late) else tuple(as_list(plain(given)))
    calls = tuple(Call(call.name, tuple(_token(token, change, inside) for token in call.tokens))
                  for call in statement.calls)
    return replace(statement, calls=calls, inputs=inputs)


def _token(token: Token, change: _Change, inside: bool) -> Token:
    if isinstance(token, NameToken) and isinstance(token.value, Absent):
        return token
    return replace(token, value=_raw(token.value, change, inside))  # type: ignore[arg-type]  # there is a value


def _raw(raw: RawValue, change: _Change, inside: bool) -> RawValue:
    if isinstance(raw, Late):
        expression = replaced(raw.expression, change)
        is_late = holds(expression, Item) or holds(expression, Variable)
        if is_late:
            return replace(raw, expression=expression)
        value = expression.evaluate(None)
        return Missing(raw.text) if value is None else value
    if isinstance(raw, ScriptBlock) and inside:
        return _block(raw, change)
    return raw


def _block(block: ScriptBlock, change: _Change) -> ScriptBlock:
    expression = None if block.expression is None else replaced(block.expression, change)
    body = None if block.body is None else tuple(_changed(one, change, inside=True) for one in block.body)
    return replace(block, expression=expression, body=body)
