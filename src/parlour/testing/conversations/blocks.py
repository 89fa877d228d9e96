"""The indented lines below a statement: a text word for word, or messages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parlour.testing.conversations.values import Quote, ScriptError
from parlour.testing.conversations.words import NAME, QUOTED, quoted, unquoted

_ITEM = re.compile(rf"({NAME}):(?: ({QUOTED}))?")


@dataclass(frozen=True, slots=True)
class Line:
    """A line below a statement, without its indentation."""

    number: int
    text: str


def read_text(lines: Sequence[Line]) -> str:
    """Read lines that begin with ``|``: what follows one blank is the text, exactly.

    Raises:
        ScriptError: another line.
    """
    return "\n".join(map(_text_line, lines))


def _text_line(line: Line) -> str:
    if line.text != "|" and not line.text.startswith("| "):
        raise ScriptError(line.number, 'expected a line of text, which begins with "| "')
    return line.text[2:]


def write_text(text: str) -> list[str] | None:
    """Write a text of several lines as such, if all of it can be seen there."""
    lines = text.split("\n")
    if len(lines) < 2 or any(not line.isprintable() or line != line.rstrip() for line in lines):
        return None
    return [f"    | {line}".rstrip() for line in lines]


def read_quotes(lines: Sequence[Line]) -> tuple[Quote, ...]:
    """Read ``alice: "text"``, or ``alice:`` and the lines of the text below it.

    Raises:
        ScriptError: another line.
    """
    quotes: list[Quote] = []
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        found = _ITEM.fullmatch(line.text)
        if not found:
            raise ScriptError(line.number, 'expected a message: a name, a colon, and a text in quotes or "| " lines')
        below = [] if found[2] else _text_lines(rest)
        if not found[2] and not below:
            raise ScriptError(line.number, f"expected what {found[1]} says")
        quotes.append(Quote(found[1], _unquoted(line, found[2]) if found[2] else read_text(below)))
    return tuple(quotes)


def _unquoted(line: Line, text: str) -> str:
    try:
        return unquoted(text)
    except ValueError as fault:
        raise ScriptError(line.number, str(fault)) from None


def _text_lines(rest: list[Line]) -> list[Line]:
    """Take the lines of a text off the front."""
    taken: list[Line] = []
    while rest and rest[0].text.startswith("|"):
        taken.append(rest.pop(0))
    return taken


def write_quotes(quotes: Sequence[Quote]) -> list[str] | None:
    """Write messages; none is the empty history, which stands in the line itself."""
    return [line for quote in quotes for line in _write_quote(quote)] or None


def _write_quote(quote: Quote) -> list[str]:
    below = write_text(quote.text)
    if below is None:
        return [f"    {quote.person}: {quoted(quote.text)}"]
    return [f"    {quote.person}:", *(f"    {line}" for line in below)]
