"""The shell's language: PowerShell pipelines of cmdlets, filters and variables, and nothing else.

tree-sitter-pwsh parses; this module and `lowering` take what is allowed, and refuse the rest before anything runs.
"""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from parlour.admin.engine.expressions import Expression, Item, Variable, holds
from parlour.admin.engine.limits import MAX_BLOCKS, MAX_COMMANDS
from parlour.admin.engine.literals import number, word
from parlour.admin.engine.lowering import AUTOMATIC, Lowering, bare_name, describe, named
from parlour.admin.engine.objects import as_list
from parlour.admin.engine.syntax import (
    Absent,
    Call,
    Late,
    NameToken,
    RawValue,
    ScriptBlock,
    Statement,
    Token,
    ValueToken,
    plain,
)
from parlour.admin.engine.tree import Source
from parlour.errors import SYNTAX_LIMIT, SYNTAX_REFUSED, ParlourError

if TYPE_CHECKING:
    from tree_sitter import Node

T = TypeVar("T")

_VARIABLE: Final = re.compile(r"\$[a-z_][a-z0-9_]{0,63}")

_TO_BLOCK_CONTENT = ("script_block", "script_block_body", "statement_list", "pipeline", "pipeline_chain")
_TO_CONTENT = ("statement_list", "pipeline", "pipeline_chain")
_TO_STATEMENTS = ("script_block", "script_block_body", "statement_list")


def parse_script(text: str, variables: Set[str] = frozenset()) -> list[Statement]:
    """Parse a text of the language.

    Args:
        text: the text.
        variables: names of the variables that have a value already, in lower case.

    Raises:
        ParlourError: SYNTAX_ERROR, SYNTAX_REFUSED (both with line and column) or SYNTAX_LIMIT.
    """
    return _guarded(text, _Script.statements, variables)


def parse_literal(text: str) -> RawValue:
    """Parse one value, such as ``@{Add="a"}`` or ``{$_.Name -like "A*"}``.

    Raises:
        ParlourError: as `parse_script`.
    """
    return _guarded(text, _Script.single)


def parse_expression(text: str) -> Expression:
    """Parse one expression over ``$_``.

    Raises:
        ParlourError: as `parse_script`.
    """
    return _guarded(text, _Script.bare_expression)


class _Script:
    """Lowers one source text."""

    def __init__(self, source: Source, variables: Set[str]) -> None:
        self._source = source
        self._variables = set(variables)
        self._lowering = Lowering(source, self._variables)
        self._blocks = 0

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        for block in named(self._source.root):
            self._expect(block, "statement_list")
            found += self._statements(block)
        return found

    def _statements(self, block: "Node") -> list[Statement]:
        return [self._statement(node) for node in named(block) if node.type != "empty_statement"]

    def single(self) -> RawValue:
        return self._argument(self._descend(self._source.root, _TO_CONTENT))

    def bare_expression(self) -> Expression:
        return self._lowering.expression(self._descend(self._source.root, _TO_CONTENT))

    def _expect(self, node: "Node", kind: str) -> None:
        if node.type != kind:
            raise self._source.refusal(node, describe(node))

    def _descend(self, node: "Node", path: Sequence[str]) -> "Node":
        """Follow a path of only children to the single node at its end."""
        for kind in path:
            node = self._only_child(node)
            self._expect(node, kind)
        return self._only_child(node)

    def _only_child(self, node: "Node") -> "Node":
        inner = named(node)
        if len(inner) != 1:
            raise self._source.refusal(inner[1] if inner else node, "more or less than one expression")
        return inner[0]

    def _statement(self, node: "Node") -> Statement:
        self._expect(node, "pipeline")
        content = self._only_child(node)
        if content.type == "assignment_expression":
            return self._assignment(content)
        return replace(self._pipeline(content), line=self._source.place(node)[0])

    def _assignment(self, node: "Node") -> Statement:
        """Take ``$name = ...``; what stands after it may use the variable."""
        target, sign, value = named(node)
        name = bare_name(self._source.text(target))
        if self._blocks:
            raise self._source.refusal(node, "an assignment inside a script block")
        if self._source.text(sign) != "=":
            raise self._source.refusal(sign, "this assignment (only = is)")
        if not _VARIABLE.fullmatch(name) or (name in AUTOMATIC and name != "$null"):
            raise self._source.refusal(target, "an assignment to this")
        statement = self._pipeline(self._only_child(value))
        self._variables.add(name[1:])
        return replace(statement, variable=name[1:], line=self._source.place(node)[0])

    def _pipeline(self, chain: "Node") -> Statement:
        self._expect(chain, "pipeline_chain")
        first, *others = named(chain)
        if len(others) >= MAX_COMMANDS:
            raise ParlourError(SYNTAX_LIMIT, None, reason=f"a pipeline of more than {MAX_COMMANDS} commands")
        if first.type == "command":
            return Statement(tuple(self._call(command) for command in (first, *others)))
        value = self._value(first)
        inputs = value if isinstance(value, Late) else tuple(as_list(plain(value)))
        return Statement(tuple(self._call(command) for command in others) or (Call("Out-Default"),), inputs)

    def _call(self, node: "Node") -> Call:
        self._expect(node, "command")
        name, tokens = "", list[Token]()
        for child in named(node):
            if child.type == "command_name":
                name = word(self._source.text(child))
            else:
                self._expect(child, "command_elements")
                tokens += self._tokens(named(child))
        if not name:
            raise self._source.refusal(node, "a command without a name")
        return Call(name, tuple(tokens))

    def _tokens(self, nodes: Sequence["Node"]) -> list[Token]:
        tokens: list[Token] = []
        attached = False
        for node in nodes:
            text = self._source.text(node)
            if node.type == "command_argument_sep":
                attached = attached or ":" in text
            elif node.type == "command_parameter":
                tokens.append(NameToken(text[1:].rstrip(":")))
                attached = text.endswith(":")
            elif attached:
                tokens[-1] = self._with_value(tokens[-1:], node)
                attached = False
            else:
                tokens.append(ValueToken(self._argument(node)))
        return tokens

    def _with_value(self, last: Sequence[Token], node: "Node") -> Token:
        if not last or not isinstance(last[0], NameToken) or not isinstance(last[0].value, Absent):
            raise self._source.refusal(node, "a colon here")
        return NameToken(last[0].name, self._argument(node))

    def _argument(self, node: "Node") -> RawValue:
        block = self._wrapped(node, "script_block_expression")
        return self._value(node) if block is None else self._script_block(block)

    def _wrapped(self, node: "Node", kind: str) -> "Node | None":
        while node.type in ("unary_expression", "string_literal") and len(named(node)) == 1:
            node = named(node)[0]
        return node if node.type == kind else None

    def _script_block(self, node: "Node") -> ScriptBlock:
        """Take a block as whatever it can be; what it is meant to be, its parameter knows."""
        text = self._source.text(node)[1:-1].strip()
        self._blocks += 1
        if self._blocks > MAX_BLOCKS:
            raise ParlourError(SYNTAX_LIMIT, None, reason=f"more than {MAX_BLOCKS} script blocks inside each other")
        expression, refusal = _tried(lambda: self._lowering.expression(self._descend(node, _TO_BLOCK_CONTENT)))
        body, body_refusal = _tried(lambda: tuple(self._block_statements(node)))
        self._blocks -= 1
        return ScriptBlock(text, expression, refusal, body, body_refusal)

    def _block_statements(self, node: "Node") -> list[Statement]:
        for kind in _TO_STATEMENTS:
            inner = named(node)
            if not inner:
                return []
            self._expect(inner[0], kind)
            node = self._only_child(node)
        return self._statements(node)

    def _value(self, node: "Node") -> RawValue:
        """Return the value of an argument; numbers keep their spelling."""
        literal = self._wrapped(node, "integer_literal") or self._wrapped(node, "real_literal")
        if literal is not None and (found := number(self._source.text(literal))):
            return found
        if node.type in ("array_literal_expression", "bareword_argument_list"):
            elements = [self._value(child) for child in named(node)]
            if not any(isinstance(element, Late) for element in elements):
                return elements
        lowered = self._lowering.expression(node)
        uses_item = holds(lowered, Item)
        if uses_item and not self._blocks:
            raise self._source.refusal(node, "$_ outside a script block")
        if uses_item or holds(lowered, Variable):
            return Late(lowered, self._source.text(node))
        return lowered.evaluate(None)


def _tried(work: Callable[[], T]) -> tuple[T | None, ParlourError | None]:
    """Return what the work gives, or why it is refused."""
    try:
        return work(), None
    except ParlourError as refusal:
        if refusal.kind is SYNTAX_LIMIT:
            raise
        return None, refusal


def _guarded(text: str, work: Callable[[_Script], T], variables: Set[str] = frozenset()) -> T:
    """Do the work; a tree of an unforeseen shape is refused like everything that is not allowed."""
    try:
        return work(_Script(Source(text), variables))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        shown = text[:40]
        raise ParlourError(SYNTAX_REFUSED, shown, line=1, column=1, reason="this", text=shown) from error
