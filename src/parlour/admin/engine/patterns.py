"""Matching users' patterns in bounded time: regular expressions and wildcards."""

import re
from functools import lru_cache
from typing import Final, Protocol

from parlour.admin.engine import patience
from parlour.admin.engine.limits import MATCH_SECONDS
from parlour.errors import PATTERN_INVALID, PATTERN_TOO_SLOW, ParlourError

_LONGEST_PATTERN: Final = 4096
_LEAST: Final = 0.001  # seconds that any match may take


class _Pattern(Protocol):
    """The part of a compiled pattern that is used: `regex` comes without types."""

    def search(self, text: str, *, timeout: float) -> object: ...


def match(text: str, pattern: str, case: bool = False) -> bool:
    """Tell whether a regular expression matches anywhere in a text.

    Raises:
        ParlourError: PATTERN_INVALID or PATTERN_TOO_SLOW.
    """
    return _search(_expression(pattern, case), text, pattern)


def like(text: str, pattern: str, case: bool = False) -> bool:
    """Tell whether a wildcard pattern (``*``, ``?``, ``[a-z]``, backtick before a literal one) matches the whole text.

    Raises:
        ParlourError: PATTERN_INVALID or PATTERN_TOO_SLOW.
    """
    return _search(_wildcard(pattern, case), text, pattern)


def has_wildcard(pattern: str) -> bool:
    """Tell whether a text is a wildcard pattern at all."""
    return any(character in pattern for character in "*?[")


def _search(compiled: _Pattern, text: str, pattern: str) -> bool:
    patience.check()
    try:
        return compiled.search(text, timeout=min(MATCH_SECONDS, patience.left() + _LEAST)) is not None
    except TimeoutError:
        raise ParlourError(PATTERN_TOO_SLOW, pattern, pattern=pattern) from None


@lru_cache(maxsize=256)
def _expression(pattern: str, case: bool) -> _Pattern:
    import regex  # type: ignore[import-untyped]  # here, because half of all commands never match anything

    if len(pattern) > _LONGEST_PATTERN:
        raise ParlourError(PATTERN_INVALID, pattern[:80], pattern=pattern[:80], reason="it is too long")
    try:
        compiled: _Pattern = regex.compile(pattern, 0 if case else regex.IGNORECASE)
        return compiled
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise ParlourError(PATTERN_INVALID, pattern, pattern=pattern, reason=str(error)) from None


@lru_cache(maxsize=256)
def _wildcard(pattern: str, case: bool) -> _Pattern:

    parts: list[str] = []
    position = 0
    while position < len(pattern):
        piece, position = _piece(pattern, position)
        # a run of stars means one star, and would cost time
        if piece != ".*" or parts[-1:] != [".*"]:
            parts.append(piece)
    try:
        return _expression(r"(?s)\A" + "".join(parts) + r"\Z", case)
    except ParlourError as error:
        raise ParlourError(PATTERN_INVALID, pattern, pattern=pattern, reason=str(error.details["reason"])) from None


def _piece(pattern: str, position: int) -> tuple[str, int]:
    """Translate one element of a wildcard pattern; return it and where the next one begins."""
    character = pattern[position]
    if character == "`" and position + 1 < len(pattern):
        return re.escape(pattern[position + 1]), position + 2
    if character in "*?":
        return {"*": ".*", "?": "."}[character], position + 1
    closing = pattern.find("]", position + 1)
    if character == "[" and closing > position + 1:
        inner = "".join("\\" + one if one in r"\[]^&~|" else one for one in pattern[position + 1 : closing])
        return f"[{inner}]", closing + 1
    return re.escape(character), position + 1
