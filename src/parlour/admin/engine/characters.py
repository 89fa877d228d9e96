"""The characters that word processors and web pages put in the place of dashes and quotes."""

DASHES = "-\u2013\u2014\u2015"
"""Hyphen, en dash, em dash, horizontal bar: all begin a parameter name in PowerShell."""

DOUBLE_QUOTES = '"\u201c\u201d\u201e'
SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"

_BEFORE_DASH = "({,;|=!\"')"


_PLAIN = str.maketrans(dict.fromkeys(DASHES, "-"))


def plain_dashes(name: str) -> str:
    """Return the name of a cmdlet with its hyphen, whatever dash was typed."""
    return name.translate(_PLAIN)


def is_parameter_start(text: str) -> bool:
    """Tell whether a word reads as a parameter name: a dash, then a letter or ``?``."""
    return len(text) > 1 and text[0] in DASHES and (text[1].isalpha() or text[1] in "?_")


def quote_kind(character: str) -> str:
    """Return the plain quote a character stands for, or ``""``."""
    if character and character in DOUBLE_QUOTES:
        return '"'
    return "'" if character and character in SINGLE_QUOTES else ""


def unquoted(word: str) -> str:
    """Strip a pair of typographic quotes that another shell left around a word; more than a pair is text."""
    inner = word[1:-1]
    kinds = [quote_kind(character) for character in (word[:1], word[-1:])]
    if len(word) > 1 and word[0] not in "\"'" and kinds[0] and kinds[0] == kinds[1] and kinds[0] not in map(
            quote_kind, inner):
        return inner
    return word


def normalise(source: str) -> str:
    """Fold typographic dashes and quotes to plain ones where they are syntax, and leave them inside strings.

    One character takes the place of one, so positions in the result are positions in the source.
    """
    result: list[str] = []
    quote = ""
    position = 0
    while position < len(source):
        if quote:
            taken, quote = _in_string(source, position, quote)
        else:
            taken, quote = _outside(source, position, result[-1] if result else "\n")
        result.append(taken)
        position += len(taken)
    return "".join(result)


def _in_string(source: str, position: int, quote: str) -> tuple[str, str]:
    """Return what to write for the next one or two characters of a string, and the quote it still waits for."""
    character = source[position]
    following = source[position + 1 : position + 2]
    if quote == '"' and character == "`" and following:
        return character + following, quote
    if quote_kind(character) != quote:
        return character, quote
    return (quote * 2, quote) if quote_kind(following) == quote else (quote, "")


def _outside(source: str, position: int, before: str) -> tuple[str, str]:
    character = source[position]
    following = source[position + 1 : position + 2]
    if character == "#" and (before[-1].isspace() or before[-1] in ";|({"):
        return source[position:].partition("\n")[0], ""
    if character == "`" and following:
        return character + following, ""
    if kind := quote_kind(character):
        return kind, kind
    if character in DASHES and _begins_token(before[-1]) and is_parameter_start(source[position : position + 2]):
        return "-", ""
    return (" " if character == "\u00a0" else character), ""


def _begins_token(before: str) -> bool:
    return before.isspace() or before in _BEFORE_DASH
