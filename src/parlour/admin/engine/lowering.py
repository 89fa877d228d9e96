"""From the syntax tree to expressions: an allow-list; every kind of node not named here is refused."""

from collections.abc import Callable, Iterator, Mapping, Set
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from parlour.admin.engine.comparison import operator_of
from parlour.admin.engine.expressions import (
    Array,
    Comparison,
    Expression,
    Item,
    Literal,
    Logical,
    Member,
    Not,
    Table,
    Text,
    Variable,
)
from parlour.admin.engine.limits import MAX_DEPTH
from parlour.admin.engine.literals import expanded_piece, number, verbatim, word
from parlour.admin.engine.objects import HASHTABLE, to_text
from parlour.admin.engine.tree import Source
from parlour.errors import SYNTAX_LIMIT, ParlourError

if TYPE_CHECKING:
    from tree_sitter import Node

AUTOMATIC: Final[Mapping[str, Expression]] = MappingProxyType({
    "$_": Item(), "$psitem": Item(), "$true": Literal(True), "$false": Literal(False), "$null": Literal(None),
})

_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "assignment_expression": "an assignment",
    "variable": "a variable that nothing before sets",
    "invokation_expression": "a method call",
    "invocation_expression": "a method call",
    "element_access": "an index",
    "sub_expression": "$( )",
    "redirection": "a redirection",
    "cast_expression": "a type cast",
    "type_literal": "a type",
    "script_block_expression": "a script block here",
    "command": "a command here",
    "additive_expression": "arithmetic",
    "multiplicative_expression": "arithmetic",
    "range_expression": "a range",
    "foreach_statement": "the word foreach (write ... | ForEach-Object {...})",
    "if_statement": "the word if (write ... | Where-Object {...})",
    "flow_control_statement": "a word that jumps",
    "format_expression": "the operator -f",
})


def describe(node: "Node") -> str:
    """Return words for a construct that is refused."""
    return _NAMES.get(node.type, f"this ({node.type.replace('_', ' ')})")


def bare_name(text: str) -> str:
    """Return a variable's name as it is compared: ``${Rooms}`` is ``$rooms``."""
    return text.lower().replace("${", "$", 1).removesuffix("}")


def named(node: "Node") -> list["Node"]:
    """Return the children that carry meaning."""
    return [child for child in node.named_children if child.type != "comment"]


class Lowering:
    """Makes expressions of the nodes of one source text.

    Args:
        source: the text.
        variables: names of the variables that have a value, in lower case.
    """

    def __init__(self, source: Source, variables: Set[str]) -> None:
        self._source = source
        self._known = variables
        self._depth = 0
        self._rules: Mapping[str, Callable[[Node], Expression]] = {
            "unary_expression": self._only,
            "string_literal": self._only,
            "pipeline": self._only,
            "pipeline_chain": self._only,
            "parenthesized_expression": self._only,
            "generic_token": self._word,
            "variable": self._variable,
            "integer_literal": self._number,
            "real_literal": self._number,
            "verbatim_string_characters": self._verbatim,
            "expandable_string_literal": self._expandable,
            "sub_expression": self._sub_expression,
            "array_literal_expression": self._array,
            "bareword_argument_list": self._array,
            "array_expression": self._flat_array,
            "hash_literal_expression": self._table,
            "member_access": self._member,
            "comparison_expression": self._comparison,
            "logical_expression": self._logical,
            "expression_with_unary_operator": self._unary,
        }

    def expression(self, node: "Node") -> Expression:
        """Lower one node.

        Raises:
            ParlourError: SYNTAX_REFUSED with the place, or SYNTAX_LIMIT for too deep nesting.
        """
        rule = self._rules.get(node.type)
        if rule is None:
            raise self._source.refusal(node, describe(node))
        self._depth += 1
        try:
            # a level of nesting in the source is several levels of nodes
            if self._depth > MAX_DEPTH * 5:
                raise ParlourError(SYNTAX_LIMIT, None, reason=f"nested deeper than {MAX_DEPTH} levels")
            return rule(node)
        finally:
            self._depth -= 1

    def _only(self, node: "Node") -> Expression:
        inner = named(node)
        if len(inner) != 1:
            raise self._source.refusal(node, describe(node))
        return self.expression(inner[0])

    def _word(self, node: "Node") -> Expression:
        return Literal(word(self._source.text(node)))

    def _variable(self, node: "Node") -> Expression:
        name = bare_name(self._source.text(node))
        if (found := AUTOMATIC.get(name)) is not None:
            return found
        if name[1:] not in self._known:
            raise self._source.refusal(node, describe(node))
        return Variable(name[1:])

    def _number(self, node: "Node") -> Expression:
        found = number(self._source.text(node))
        if found is None:
            raise self._source.refusal(node, "this form of number")
        return Literal(found.value)

    def _verbatim(self, node: "Node") -> Expression:
        return Literal(verbatim(self._source.text(node)))

    def _expandable(self, node: "Node") -> Expression:
        parts = tuple(self._parts(node))
        if all(isinstance(part, Literal) for part in parts):
            return Literal(Text(parts).evaluate(None))
        return Text(parts)

    def _parts(self, node: "Node") -> Iterator[Expression]:
        """Return what a double-quoted string is made of: text, and expressions between."""
        start, end = node.start_byte + 1, node.end_byte - 1
        for child in named(node):
            yield Literal(expanded_piece(self._source.bytes[start : child.start_byte].decode()))
            yield self.expression(child)
            start = child.end_byte
        yield Literal(expanded_piece(self._source.bytes[start:end].decode()))

    def _sub_expression(self, node: "Node") -> Expression:
        """Return what stands in ``$( )`` inside a string: one expression."""
        (block,) = self._exactly(node, 1)
        return self._only(block)

    def _array(self, node: "Node") -> Expression:
        return Array(tuple(self.expression(child) for child in named(node)))

    def _flat_array(self, node: "Node") -> Expression:
        statements = [pipeline for block in named(node) for pipeline in named(block)]
        return Array(tuple(self.expression(child) for child in statements), flat=True)

    def _table(self, node: "Node") -> Expression:
        entries = [entry for body in named(node) for entry in named(body)]
        table = tuple(self._entry(entry) for entry in entries)
        folded = [name.casefold() for name, _ in table]
        if len(set(folded)) < len(folded):
            raise self._source.refusal(node, "a table with the same name twice")
        return Table(HASHTABLE, table)

    def _entry(self, node: "Node") -> tuple[str, Expression]:
        key, value = self._exactly(node, 2)
        (name,) = self._exactly(key, 1)
        if name.type == "simple_name":
            return self._source.text(name), self.expression(value)
        return self._literal_text(name), self.expression(value)

    def _member(self, node: "Node") -> Expression:
        base, name = self._exactly(node, 2)
        (inner,) = self._exactly(name, 1)
        column = self._source.place(inner)[1]
        if "::" in (self._source.text(child) for child in node.children if not child.is_named):
            raise self._source.refusal(node, "a static member")
        if inner.type == "simple_name":
            return Member(self.expression(base), self._source.text(inner), column)
        if inner.type == "string_literal":
            return Member(self.expression(base), self._literal_text(inner), column)
        raise self._source.refusal(inner, describe(inner))

    def _literal_text(self, node: "Node") -> str:
        """Return the text of a name, which is written out."""
        found = self.expression(node)
        if not isinstance(found, Literal):
            raise self._source.refusal(node, "a name that is not written out")
        return to_text(found.value)

    def _comparison(self, node: "Node") -> Expression:
        left, sign, right = self._exactly(node, 3)
        found = operator_of(self._source.text(sign))
        if found is None:
            raise self._source.refusal(sign, "this operator")
        return Comparison(*found, self.expression(left), self.expression(right))

    def _logical(self, node: "Node") -> Expression:
        left, right = self._exactly(node, 2)
        sign = self._operator(node)
        if sign not in ("-and", "-or", "-xor"):
            raise self._source.refusal(node, "this operator")
        return Logical(sign[1:], self.expression(left), self.expression(right))

    def _unary(self, node: "Node") -> Expression:
        (operand,) = self._exactly(node, 1)
        sign = self._operator(node)
        if sign in ("!", "-not"):
            return Not(self.expression(operand))
        lowered = self.expression(operand)
        if sign in ("-", "+") and isinstance(lowered, Literal) and isinstance(lowered.value, int | float):
            return Literal(-lowered.value if sign == "-" else lowered.value)
        raise self._source.refusal(node, "this operator")

    def _operator(self, node: "Node") -> str:
        return next((self._source.text(child).lower() for child in node.children if not child.is_named), "")

    def _exactly(self, node: "Node", count: int) -> list["Node"]:
        inner = named(node)
        if len(inner) != count:
            raise self._source.refusal(node, describe(node))
        return inner
