"""Terms too short for the index of three-letter pieces, which cannot find less than three characters.

In scripts that write words apart, a term of one or two characters is found as a whole word ("IT", "C#"); in others
(Chinese, Japanese, Thai, emoji ...) anywhere, since there every single character and every pair is a term.
Each term is written as the hexadecimal numbers of its characters: the index sees letters and digits only.
"""

import re
import unicodedata
from itertools import pairwise

MAX_LENGTH = 2
_RUNS = re.compile(r"\S+")
_EDGES = re.compile(r"^\W+|\W+$")
# Up to here, scripts separate words: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, and their neighbours.
_LAST_WITH_SPACES = "\u07ff"


def fold(text: str) -> str:
    """Return `text` as the index compares it: without letter case, in one composition."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def short_terms(text: str) -> list[str]:
    """Return every term of one or two characters that `text` holds, as the index keeps it, each once."""
    found: dict[str, None] = {}
    for run in _RUNS.findall(fold(text)):
        if len(run) <= MAX_LENGTH:
            found[run] = None
        if 0 < len(word := _EDGES.sub("", run)) <= MAX_LENGTH:
            found[word] = None
        if not run.isascii():
            found.update(dict.fromkeys(_pieces(run)))
    return [encoded(term) for term in found]


def _pieces(run: str) -> list[str]:
    """Return the characters of scripts without spaces, and the pairs that any of them is in."""
    singles = [one for one in run if one > _LAST_WITH_SPACES]
    pairs = [first + second for first, second in pairwise(run)
             if first > _LAST_WITH_SPACES or second > _LAST_WITH_SPACES]
    return singles + pairs


def encoded(term: str) -> str:
    """Return a term as the index keeps it."""
    return "x".join(f"{ord(character):x}" for character in term)
