"""Expressions over ``$_`` as data: what script blocks and filters become."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from parlour.admin.engine.comparison import compare, member, truthy
from parlour.admin.engine.objects import PsObject, Value, as_list


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


Expression: TypeAlias = Literal | Item | Member | Comparison | Logical | Not | Array | Table


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
    return ()
