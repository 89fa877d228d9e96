"""Expressions over ``$_`` as data: what script blocks and filters become."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol, TypeAlias

from parlour.admin.engine.comparison import compare, member, truthy
from parlour.admin.engine.limits import MAX_TEXT
from parlour.admin.engine.objects import PsObject, Value, as_list, to_text
from parlour.errors import TEXT_TOO_LONG, ParlourError


class Evaluates(Protocol):
    """Anything that has a value for an object."""

    def evaluate(self, item: Value) -> Value:
        """Return the value for one object."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out."""

    value: Value

    def evaluate(self, item: Value) -> Value:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Item:
    """``$_``: the object itself."""

    def evaluate(self, item: Value) -> Value:
        """Return the object."""
        return item


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``; `replaced` puts its value in its place before anything is evaluated."""

    name: str

    def evaluate(self, item: Value) -> NoReturn:
        """Fail: its value is not known yet."""
        raise LookupError(f"${self.name} has no value yet")


@dataclass(frozen=True, slots=True)
class Text:
    """``"a $($_.Name) b"``: its parts as text, one after the other."""

    parts: tuple["Expression", ...]

    def evaluate(self, item: Value) -> Value:
        """Return the text.

        Raises:
            ParlourError: TEXT_TOO_LONG.
        """
        pieces = [to_text(part.evaluate(item)) for part in self.parts]
        if sum(map(len, pieces)) > MAX_TEXT:
            raise ParlourError(TEXT_TOO_LONG, None, limit=MAX_TEXT)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name``.

    Attributes:
        base: what it is a member of.
        name: as written.
        column: where the name stands, from 1.
    """

    base: "Expression"
    name: str
    column: int = 1

    def evaluate(self, item: Value) -> Value:
        """Return the property."""
        return member(self.base.evaluate(item), self.name)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left -operator right``."""

    operator: str
    case: bool
    left: "Expression"
    right: "Expression"

    def evaluate(self, item: Value) -> Value:
        """Compare; a list on the left gives the elements that fit."""
        return compare(self.operator, self.left.evaluate(item), self.right.evaluate(item), self.case)


@dataclass(frozen=True, slots=True)
class Logical:
    """``left -and right``, ``-or``, ``-xor``."""

    operator: str
    left: "Expression"
    right: "Expression"

    def evaluate(self, item: Value) -> Value:
        """Return the truth; the right side is looked at only if it matters."""
        left = truthy(self.left.evaluate(item))
        if (self.operator == "and" and not left) or (self.operator == "or" and left):
            return left
        right = truthy(self.right.evaluate(item))
        return left != right if self.operator == "xor" else right


@dataclass(frozen=True, slots=True)
class Not:
    """``-not operand`` or ``!operand``."""

    operand: "Expression"

    def evaluate(self, item: Value) -> Value:
        """Return the opposite truth."""
        return not truthy(self.operand.evaluate(item))


@dataclass(frozen=True, slots=True)
class Array:
    """``a, b`` (one element each) or ``@(...)`` (lists inside are taken apart)."""

    elements: tuple["Expression", ...]
    flat: bool = False

    def evaluate(self, item: Value) -> Value:
        """Return the list."""
        values = [element.evaluate(item) for element in self.elements]
        return [inner for value in values for inner in as_list(value)] if self.flat else values


@dataclass(frozen=True, slots=True)
class Table:
    """``@{name = value}``."""

    type_name: str
    entries: tuple[tuple[str, "Expression"], ...]

    def evaluate(self, item: Value) -> Value:
        """Return an object with these properties."""
        return PsObject((self.type_name,), {name: value.evaluate(item) for name, value in self.entries})


Expression: TypeAlias = Literal | Item | Variable | Text | Member | Comparison | Logical | Not | Array | Table


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the parts of an expression."""
    match expression:
        case Member(base=base):
            return (base,)
        case Comparison(left=left, right=right) | Logical(left=left, right=right):
            return (left, right)
        case Not(operand=operand):
            return (operand,)
        case Array(elements=elements):
            return elements
        case Table(entries=entries):
            return tuple(value for _, value in entries)
        case Text(parts=parts):
            return parts
    return ()


def replaced(expression: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """Return an expression with some of its parts changed.

    Args:
        expression: what it is made of stays as it is.
        change: returns what comes in the place of a part, None where it stays.
    """
    def inner(part: Expression) -> Expression:
        return replaced(part, change)
    changed = change(expression)
    if changed is not None:
        return changed
    match expression:
        case Text(parts=parts):
            return Text(tuple(map(inner, parts)))
        case Member(base=base):
            return replace(expression, base=inner(base))
        case Comparison(left=left, right=right) | Logical(left=left, right=right):
            return replace(expression, left=inner(left), right=inner(right))
        case Not(operand=operand):
            return Not(inner(operand))
        case Array(elements=elements):
            return replace(expression, elements=tuple(map(inner, elements)))
        case Table(entries=entries):
            return replace(expression, entries=tuple((name, inner(value)) for name, value in entries))
    return expression


def holds(expression: Expression, kind: type) -> bool:
    """Tell whether an expression is of a kind, or some part of it is."""
    return isinstance(expression, kind) or any(holds(part, kind) for part in children(expression))
