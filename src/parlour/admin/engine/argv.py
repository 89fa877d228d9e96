"""Calls from an argument list, as another shell (bash) split it: quotes are gone, dollar words stayed if quoted."""

from collections.abc import Iterator, Sequence

from parlour.admin.engine.characters import is_parameter_start, quote_kind
from parlour.admin.engine.limits import MAX_COMMANDS, MAX_SOURCE
from parlour.admin.engine.syntax import Call, NameToken, Statement, Token, ValueToken, Word
from parlour.errors import SYNTAX_ERROR, SYNTAX_LIMIT, ParlourError


def parse_words(words: Sequence[str]) -> list[Statement]:
    """Make one pipeline of an argument list; a lone ``|`` separates its commands.

    Raises:
        ParlourError: an empty command, or a list beyond the limits.
    """
    if sum(len(word.encode("utf-8", "surrogatepass")) + 1 for word in words) > MAX_SOURCE:
        raise ParlourError(SYNTAX_LIMIT, None, reason=f"longer than {MAX_SOURCE} bytes")
    if not words:
        return []
    commands: list[list[str]] = [[]]
    for word in _rejoined(words):
        if word == "|":
            commands.append([])
        else:
            commands[-1].append(word)
    if len(commands) > MAX_COMMANDS:
        raise ParlourError(SYNTAX_LIMIT, None, reason=f"a pipeline of more than {MAX_COMMANDS} commands")
    return [Statement(tuple(_call(command) for command in commands))]


def _call(words: Sequence[str]) -> Call:
    if not words:
        raise ParlourError(SYNTAX_ERROR, "|", line=1, column=1, reason='a command is missing beside "|"')
    return Call(words[0], tuple(_token(word) for word in words[1:]))


def _token(word: str) -> Token:
    if not is_parameter_start(word):
        return ValueToken(Word(word))
    name, colon, value = word[1:].partition(":")
    return NameToken(name, Word(value)) if colon and value else NameToken(name)


def _rejoined(words: Sequence[str]) -> Iterator[str]:
    """Put together what typographic quotes hold together: the other shell split it at the blanks."""
    open_quote, parts = "", list[str]()
    for word in words:
        parts.append(word)
        if not open_quote and not _opens(word):
            yield parts.pop()
            continue
        open_quote = open_quote or quote_kind(word[0])
        if _closes(word, open_quote):
            yield " ".join(parts)
            open_quote, parts = "", []
    yield from parts


def _opens(word: str) -> bool:
    if not word or word[0] in "\"'":
        return False
    return bool(quote_kind(word[0])) and not _closes(word[1:], quote_kind(word[0]))


def _closes(word: str, quote: str) -> bool:
    return bool(word) and word[-1] not in "\"'" and quote_kind(word[-1]) == quote
