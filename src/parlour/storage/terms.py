"""Terms too short for the index of three-letter pieces, which cannot find less than three characters.

In scripts that write words apart, a term of one or two characters is found as a whole word ("IT"), or as one character
with the sign beside it ("C#"); in others (Chinese, Japanese, Thai, emoji ...) anywhere, since there every single
character and every pair is a term. Each term is written as the hexadecimal numbers of its characters: the index sees
letters and digits only.
"""

import re
import unicodedata
from itertools import pairwise

MAX_LENGTH = 2
_SHORT_RUNS = re.compile(r"(?<!\S)\S{1,2}(?!\S)")
_SHORT_WORDS = re.compile(r"(?<!\w)\w{1,2}(?!\w)")
_LONE_CHARACTERS = re.compile(r"(?<!\w)\w(?!\w)")
# Up to here, scripts separate words: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, and their neighbours.
_LAST_WITH_SPACES = "\u07ff"


def compose(text: str) -> str:
    """Return `text` in one composition, so that what looks the same is the same."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def fold(text: str) -> str:
    """Return `text` as the index compares it: without letter case, in one composition."""
    return text.lower() if text.isascii() else compose(text).casefold()


def short_terms(text: str) -> list[str]:
    """Return every term of one or two characters that `text` holds, as the index keeps it, each once."""
    return [encoded(term) for term in plain_terms(fold(text))]


def plain_terms(text: str) -> dict[str, None]:
    """Return every term of one or two characters that `text` holds, just as it is written there, in a fixed order."""
    found = dict.fromkeys(_SHORT_RUNS.findall(text))
    found.update(dict.fromkeys(_SHORT_WORDS.findall(text)))
    for lone in _LONE_CHARACTERS.finditer(text):
        start, end = lone.span()
        beside = (text[max(0, start - 1):end], text[start:end + 1])
        found.update((term, None) for term in beside if not any(map(str.isspace, term)))
    if not text.isascii():
        found.update(dict.fromkeys(_pieces(text)))
    return found


def holds(text: str, term: str) -> bool:
    """Say whether `term`, of one or two characters, is among the `plain_terms` of `text`."""
    if term not in text:
        return False
    return any(character > _LAST_WITH_SPACES for character in term) or term in plain_terms(text)


def _pieces(text: str) -> list[str]:
    """Return the characters of scripts without spaces, and the pairs that any of them is in."""
    singles = [one for one in text if one > _LAST_WITH_SPACES and not one.isspace()]
    pairs = [first + second for first, second in pairwise(text)
             if (first > _LAST_WITH_SPACES or second > _LAST_WITH_SPACES)
             and not first.isspace() and not second.isspace()]
    return singles + pairs


def encoded(term: str) -> str:
    """Return a term as the index keeps it."""
    return "x".join(f"{ord(character):x}" for character in term)
