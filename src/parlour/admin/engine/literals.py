"""Literals of the language: numbers, strings, words."""

import re
from typing import Final

from parlour.admin.engine.syntax import Number

_MULTIPLES: Final = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
_ESCAPES: Final = {
    "n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b",
}
_INTEGER = re.compile(r"(0x[0-9a-f]{1,16}|\d{1,30})l?(kb|mb|gb|tb|pb)?\Z", re.IGNORECASE)
_REAL = re.compile(r"(\d*\.?\d*(?:e[+-]?\d{1,3})?)[dl]?(kb|mb|gb|tb|pb)?\Z", re.IGNORECASE)


def number(text: str) -> Number | None:
    """Return the number a literal stands for, None if it is none we take."""
    if found := _INTEGER.match(text):
        digits, multiple = found.groups()
        value = int(digits, 16) if digits[:2].lower() == "0x" else int(digits)
        return Number(value * _MULTIPLES.get((multiple or "").lower(), 1), text)
    found = _REAL.match(text)
    if found is None or not any(character.isdigit() for character in found[1]):
        return None
    try:
        return Number(float(found[1]) * _MULTIPLES.get((found[2] or "").lower(), 1), text)
    except ValueError:
        return None


def verbatim(text: str) -> str:
    """Return the content of a single-quoted string."""
    return text[1:-1].replace("''", "'")


def expanded(text: str) -> str:
    """Return the content of a double-quoted string, its backtick escapes resolved."""
    return expanded_piece(text[1:-1])


def expanded_piece(text: str) -> str:
    """Return what a piece of a double-quoted string stands for: its backtick escapes and doubled quotes resolved."""
    inner = text.replace('""', '`"') if "`" not in text else _doubled(text)
    return re.sub(r"`(.)", lambda found: _ESCAPES.get(found[1], found[1]), inner, flags=re.DOTALL)


def _doubled(inner: str) -> str:
    """Turn doubled quotes into escaped ones, minding escapes that stand before them."""
    return re.sub(r'`.|""', lambda found: '`"' if found[0] == '""' else found[0], inner, flags=re.DOTALL)


def word(text: str) -> str:
    """Return a bareword with its backtick escapes resolved."""
    return re.sub(r"`(.)", r"\1", text)
