"""Which typed lines may hold a secret, and so have no place in a history."""

import re
from collections.abc import Mapping
from typing import Final

SECRET_PARAMETERS: Final = ("Password", "SenderCredential", "sc", "ReceiverCredential", "rc")
"""Names of all parameters whose values never show; a table, since the shell starts without the cmdlets."""

_SPOKEN: Final = "password"
_NAME: Final = re.compile("[-\u2013\u2014\u2015]([A-Za-z]+)")
_ASSIGNED: Final = re.compile(r"\$(\{[^}]*\}|[\w:]+)\s*\+?=\s*([^;\n]*)")
_QUOTES: Final = frozenset("'\"\u2018\u2019\u201a\u201b\u201c\u201d\u201e")
_ECHO: Final = re.compile("(?:write-output|write|echo)\\b", re.IGNORECASE)
_PREFERENCE: Final = "preference"
_TRANSPARENT: Final[Mapping[int, None]] = {ord("`"): None}
"""A backtick inside a word changes nothing of it."""


def may_hold_secret(line: str) -> bool:
    """Say whether a line may hold a secret: rather once too often.

    That is a parameter which is, or could be short for, one with a secret; the word password, as in tables; or text
    that goes into a variable as it stands.
    """
    plain = line.translate(_TRANSPARENT)
    return (_SPOKEN in plain.lower() or any(_may_be_secret(name) for name in _NAME.findall(plain))
            or any(_is_literal(name, value) for name, value in _ASSIGNED.findall(plain)))


def _may_be_secret(name: str) -> bool:
    return any(known.lower().startswith(name.lower()) for known in SECRET_PARAMETERS)


def _is_literal(variable: str, value: str) -> bool:
    """Say whether what is assigned stands there itself, not what a command gives."""
    if variable.strip("{}").lower().endswith(_PREFERENCE):
        return False
    is_command = value[:1].isalpha() and not _ECHO.match(value)
    return not is_command and not _QUOTES.isdisjoint(value)
