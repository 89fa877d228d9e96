"""The syntax tree of tree-sitter-pwsh, and errors at places in it."""

from functools import cache
from typing import TYPE_CHECKING, NoReturn

from parlour.admin.engine.characters import normalise
from parlour.admin.engine.limits import MAX_SOURCE
from parlour.errors import SYNTAX_ERROR, SYNTAX_LIMIT, SYNTAX_REFUSED, ParlourError

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_SHOWN = 40


@cache
def _parser() -> "Parser":
    import tree_sitter_pwsh
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_pwsh.language()))


class Source:
    """One source text and its tree.

    Raises:
        ParlourError: SYNTAX_LIMIT for too long a text, SYNTAX_ERROR for what is no PowerShell.
    """

    def __init__(self, text: str) -> None:
        self.bytes = normalise(text).encode("utf-8", "replace")
        if len(self.bytes) > MAX_SOURCE:
            raise ParlourError(SYNTAX_LIMIT, None, reason=f"longer than {MAX_SOURCE} bytes")
        self.root = _parser().parse(self.bytes).root_node
        if self.root.has_error:
            self._fail()

    def text(self, node: "Node") -> str:
        """Return what stands at a node."""
        return self.bytes[node.start_byte : node.end_byte].decode()

    def place(self, node: "Node") -> tuple[int, int]:
        """Return line and column of a node, in characters, from 1."""
        before = self.bytes[: node.start_byte].decode("utf-8", "replace")
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    def refusal(self, node: "Node", what: str) -> ParlourError:
        """Make the error for a construct that the shell does not take."""
        line, column = self.place(node)
        shown = _short(self.text(node))
        return ParlourError(SYNTAX_REFUSED, shown, line=line, column=column, reason=what, text=shown)

    def _fail(self) -> NoReturn:
        node = _first_error(self.root)
        line, column = self.place(node)
        shown = _short(self.text(node).strip())
        reason = f"{node.type} is missing" if node.is_missing else f'"{shown}" is not understood'
        raise ParlourError(SYNTAX_ERROR, shown or None, line=line, column=column, reason=reason)


def _first_error(root: "Node") -> "Node":
    """Return the innermost first node that the parser could make nothing of, without recursion."""
    node = root
    while not node.is_missing:
        inner = next((child for child in node.children if child.has_error or child.is_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
