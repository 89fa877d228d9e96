"""Terms too short for the index of three-letter pieces, which cannot find less than three characters.

In scripts that write words apart, a term of one or two characters is found as a whole word ("IT"), or as one character
with the sign beside it ("C#"); in others (Chinese, Japanese, Thai, emoji ...) anywhere, since there every single
character and every pair is a term. Each term is written as the hexadecimal numbers of its characters: the index sees
letters and digits only.
"""

import re
import unicodedata

MAX_LENGTH = 2
MAX_TEXT = 8_192
"""As many characters of a text are indexed and looked at, counted in one composition."""

# Up to U+07FF, scripts separate words: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, and their neighbours.
_LAST_WITH_SPACES = "\u07ff"
_UNSPACED = r"[^\s\0-\u07ff]"
_SHORT = tuple(map(re.compile, (
    r"(?<!\S)\S{1,2}(?!\S)",  # between spaces
    r"(?<!\w)\w{1,2}(?!\w)",  # words
    r"[^\w\s]\w(?!\w)",  # a letter by itself, and the sign before it
    r"(?<!\w)\w[^\w\s]",  # and behind it
)))
_PIECES = tuple(map(re.compile, (_UNSPACED, rf"(?=({_UNSPACED}\S|\S{_UNSPACED}))")))
# To compose takes time by the square of how many marks follow each other, so it is done in blocks. They end before what
# never melts into the character before it: no mark, no part of a Korean syllable, no Japanese sign of voice.
_APART = r"[\0-\u02ff]|[^\W\u1100-\u11ff\u3130-\u318f\uff9e-\uffdc]"
_BLOCK = re.compile(rf"[\s\S]{{32}}(?:(?!{_APART})[\s\S]){{0,96}}|[\s\S]+")


def compose(text: str) -> str:
    """Return `text` in one composition, so that what looks the same is the same; at most `MAX_TEXT` characters of it.

    The cost is bounded as well: a text of ligatures becomes eighteen times as long, and only its beginning matters.
    """
    if text.isascii():
        return text[:MAX_TEXT]
    blocks: list[str] = []
    length = 0
    for block in _BLOCK.finditer(text):
        blocks.append(unicodedata.normalize("NFKC", block[0]))
        length += len(blocks[-1])
        if length >= MAX_TEXT:
            break
    return "".join(blocks)[:MAX_TEXT]


def without_case(composed: str) -> str:
    """Return what `compose` returned as the index compares it."""
    return composed.lower() if composed.isascii() else composed.casefold()


def fold(text: str) -> str:
    """Return `text` as the index compares it: without letter case, in one composition."""
    return without_case(compose(text))


def short_terms(folded: str) -> list[str]:
    """Return every term of one or two characters that a folded text holds, as the index keeps it, each once."""
    return [encoded(term) for term in plain_terms(folded)]


def plain_terms(text: str) -> dict[str, None]:
    """Return every term of one or two characters that `text` holds, just as it is written there, in a fixed order."""
    patterns = _SHORT if text.isascii() else _SHORT + _PIECES
    return dict.fromkeys(term for pattern in patterns for term in dict.fromkeys(pattern.findall(text)))


def is_unspaced(term: str) -> bool:
    """Say whether a short term is one wherever it stands: it has a character of a script without spaces."""
    return any(character > _LAST_WITH_SPACES for character in term)


def encoded(term: str) -> str:
    """Return a term as the index keeps it."""
    return "x".join([f"{ord(character):x}" for character in term])
