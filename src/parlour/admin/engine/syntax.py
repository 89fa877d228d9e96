"""What the parsers hand to the binder: calls with their arguments, before anything is known about the cmdlets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from parlour.admin.engine.objects import BYTES, PsObject, Value

if TYPE_CHECKING:
    from parlour.admin.engine.expressions import Expression
    from parlour.errors import ParlourError


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal. It keeps its spelling, so that ``-Identity 0123`` can bind the text 0123."""

    value: int | float
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an argument list from another shell; quotes are gone, so the parameter decides what it means."""

    text: str


@dataclass(frozen=True, slots=True)
class Late:
    """An argument whose value is known only when its command runs: there is ``$_`` or a variable in it.

    Attributes:
        expression: gives the value.
        text: as written.
    """

    expression: "Expression"
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Missing:
    """What a late argument came to when there was nothing: a variable without a value, a property that is not there.

    Attributes:
        text: as written.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ScriptBlock:
    """``{ ... }``: text, a condition over ``$_`` or commands, whichever the parameter takes.

    Attributes:
        text: what stands inside the braces.
        expression: the lowered expression, or None if it is none.
        refusal: why it is no expression.
        body: its pipelines, or None if it is none that the shell takes.
        body_refusal: why not.
    """

    text: str
    expression: "Expression | None" = None
    refusal: "ParlourError | None" = None
    body: "tuple[Statement, ...] | None" = None
    body_refusal: "ParlourError | None" = None

    def __str__(self) -> str:
        return self.text


RawValue: TypeAlias = Value | Number | Word | Late | Missing | ScriptBlock | Sequence["RawValue"]


class Absent:
    """Says that a parameter stands without a value attached by a colon."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class NameToken:
    """``-Name``, or ``-Name:value``."""

    name: str
    value: "RawValue | Absent" = ABSENT


@dataclass(frozen=True, slots=True)
class ValueToken:
    """A value on its own: it belongs to the name before it, or to a position."""

    value: "RawValue"


Token: TypeAlias = NameToken | ValueToken


@dataclass(frozen=True, slots=True)
class Call:
    """One command of a pipeline."""

    name: str
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One pipeline.

    Attributes:
        calls: its commands.
        inputs: values that feed it, if any.
        variable: the variable that takes its results, in lower case; None when they go to the host.
        line: where it begins, from 1.
    """

    calls: tuple[Call, ...]
    inputs: tuple[Value, ...] | Late | None = None
    variable: str | None = None
    line: int = 1


def plain(raw: "RawValue") -> Value:
    """Return a raw value as a pipeline value."""
    if isinstance(raw, Number):
        return raw.value
    if isinstance(raw, Missing):
        return None
    if isinstance(raw, Word | ScriptBlock | Late):
        return raw.text
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return [plain(element) for element in raw]
    return raw


def spelling(raw: object) -> str:
    """Return a raw value as the user wrote it, near enough for a message."""
    if isinstance(raw, Number | Word | Late | Missing):
        return raw.text
    if isinstance(raw, ScriptBlock):
        return "{" + raw.text + "}"
    if raw is None or isinstance(raw, bool):
        return {None: "$null", True: "$true", False: "$false"}[raw]
    if isinstance(raw, bytes):
        return BYTES
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return ",".join(spelling(element) for element in raw)
    return "@{...}" if isinstance(raw, PsObject) and raw.text is None else str(raw)
