"""The shell's language: PowerShell pipelines of cmdlets with literal values and filters, and nothing else.

tree-sitter-pwsh parses; this module and `lowering` take what is allowed, and refuse the rest before anything runs.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from parlour.admin.engine.expressions import Expression, Item, children
from parlour.admin.engine.limits import MAX_COMMANDS
from parlour.admin.engine.literals import number, word
from parlour.admin.engine.lowering import Lowering, describe, named
from parlour.admin.engine.objects import as_list
from parlour.admin.engine.syntax import (
    Absent,
    Call,
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

_TO_BLOCK_CONTENT = ("script_block", "script_block_body", "statement_list", "pipeline", "pipeline_chain")
_TO_CONTENT = ("statement_list", "pipeline", "pipeline_chain")


def parse_script(text: str) -> list[Statement]:
    """Parse a text of the language.

    Raises:
        ParlourError: SYNTAX_ERROR, SYNTAX_REFUSED (both with line and column) or SYNTAX_LIMIT.
    """
    return _guarded(text, _Script.statements)


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

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lowering = Lowering(source)

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        for block in named(self._source.root):
            self._expect(block, "statement_list")
            found += [self._statement(node) for node in named(block) if node.type != "empty_statement"]
        return found

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
        chain = self._only_child(node)
        self._expect(chain, "pipeline_chain")
        first, *others = named(chain)
        if len(others) >= MAX_COMMANDS:
            raise ParlourError(SYNTAX_LIMIT, None, reason=f"a pipeline of more than {MAX_COMMANDS} commands")
        if first.type == "command":
            return Statement(tuple(self._call(command) for command in (first, *others)))
        inputs = tuple(as_list(plain(self._constant(first))))
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
        return self._constant(node) if block is None else self._script_block(block)

    def _wrapped(self, node: "Node", kind: str) -> "Node | None":
        while node.type in ("unary_expression", "string_literal") and len(named(node)) == 1:
            node = named(node)[0]
        return node if node.type == kind else None

    def _script_block(self, node: "Node") -> ScriptBlock:
        text = self._source.text(node)[1:-1].strip()
        try:
            return ScriptBlock(text, self._lowering.expression(self._descend(node, _TO_BLOCK_CONTENT)))
        except ParlourError as refusal:
            return ScriptBlock(text, None, refusal)

    def _constant(self, node: "Node") -> RawValue:
        """Return the value of an argument; numbers keep their spelling."""
        literal = self._wrapped(node, "integer_literal") or self._wrapped(node, "real_literal")
        if literal is not None and (found := number(self._source.text(literal))):
            return found
        if node.type in ("array_literal_expression", "bareword_argument_list"):
            return [self._constant(child) for child in named(node)]
        lowered = self._lowering.expression(node)
        if _uses_item(lowered):
            raise self._source.refusal(node, "$_ outside a script block")
        return lowered.evaluate(None)


def _uses_item(expression: Expression) -> bool:
    return isinstance(expression, Item) or any(_uses_item(child) for child in children(expression))


def _guarded(text: str, work: Callable[[_Script], T]) -> T:
    """Do the work; a tree of an unforeseen shape is refused like everything that is not allowed."""
    try:
        return work(_Script(Source(text)))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        shown = text[:40]
        raise ParlourError(SYNTAX_REFUSED, shown, line=1, column=1, reason="this", text=shown) from error
