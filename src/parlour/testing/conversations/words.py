"""The smallest things in a line: names, texts in quotes, lists."""

import re
from collections.abc import Sequence

from parlour.testing.conversations.values import Kin, Principal

# Words that mean something of their own are nobody's name.
NAME = r"\b(?!(?:administrator|and|because|everyone|nobody|nothing|group|container|domain|people)\b)[a-z][a-z0-9.-]*\b"
QUOTED = r'"(?:[^"\\]|\\.)*"'
_PRINCIPAL = rf"(?:(?:group|container|domain) {QUOTED}|everyone\b|{NAME})"
PRINCIPALS = rf"nobody\b|{_PRINCIPAL}(?:(?:, ?| and ){_PRINCIPAL})*"

_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WRITTEN = {meant: f"\\{letter}" for letter, meant in _ESCAPES.items()}


def unquoted(text: str) -> str:
    r"""Return what stands in quotes; ``\"``, ``\\``, ``\n``, ``\r``, ``\t`` and ``\u{263A}`` are single characters.

    Raises:
        ValueError: another escape.
    """
    return _ESCAPE.sub(_unescaped, text[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is not None:
        code = int(found[1], 16)
        if code > 0x10FFFF:
            raise ValueError(f'"{found[0]}" is no character')
        return chr(code)
    if found[2] not in _ESCAPES:
        raise ValueError(f'"{found[0]}" has no meaning; a backslash is written \\\\')
    return _ESCAPES[found[2]]


def quoted(text: str) -> str:
    """Return a text in quotes; what could not be seen in a script is written as an escape."""
    return '"' + "".join(map(_written, text)) + '"'


def _written(character: str) -> str:
    if character in _WRITTEN:
        return _WRITTEN[character]
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def read_list(text: str) -> list[str]:
    """Split ``a, b and c``."""
    return re.split(r", ?| and ", text)


def listed(items: Sequence[str]) -> str:
    """Write ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def read_principals(text: str) -> tuple[Principal, ...]:
    """Read a list of principals; ``nobody`` is the empty one."""
    return () if text == "nobody" else tuple(map(_principal, re.findall(_PRINCIPAL, text)))


def _principal(text: str) -> Principal:
    kin, quote, _ = text.partition(' "')
    if quote:
        return Principal(Kin(kin), unquoted(text.removeprefix(f"{kin} ")))
    return Principal(Kin.EVERYONE) if text == "everyone" else Principal(Kin.PERSON, text)


def write_principals(principals: Sequence[Principal]) -> str:
    """Write a list of principals."""
    return listed([_write_principal(one) for one in principals]) or "nobody"


def _write_principal(principal: Principal) -> str:
    match principal.kin:
        case Kin.PERSON:
            return principal.name
        case Kin.EVERYONE:
            return "everyone"
    return f"{principal.kin} {quoted(principal.name)}"
