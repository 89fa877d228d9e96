"""Completion at a cursor: names of cmdlets, of parameters, and values where they are known."""

import re
from typing import TYPE_CHECKING

from parlour.admin.engine.binder import find_parameter
from parlour.admin.engine.characters import is_parameter_start, normalise
from parlour.admin.engine.definition import Cmdlet, all_parameters
from parlour.admin.engine.session import Session
from parlour.errors import ParlourError

if TYPE_CHECKING:
    from parlour.admin.engine.registry import CmdletRegistry

_TOKEN = re.compile(r"\"(?:`.|[^\"`])*\"?|'[^']*'?|[|;{]|[^\s|;{\"']+")
_BEGINS = {"|", ";", "{"}


def complete(registry: "CmdletRegistry", session: Session, text: str, cursor: int | None = None) -> list[str]:
    """Return what the word at the cursor can become, sorted.

    Args:
        registry: the cmdlets there are.
        session: only what it may run is offered.
        text: the line as typed.
        cursor: where the user is; None means the end.
    """
    before = normalise(text[:cursor])
    words, current = _current_command(before)
    if not words:
        return _starting([cmdlet.meta.name for cmdlet in registry.visible(session)], current)
    try:
        cmdlet = registry.find(session, words[0])
    except ParlourError:
        return []
    if current[:1] == "-":
        return _parameters(cmdlet, words, current)
    return _values(registry, session, cmdlet, words[-1], current)


def _current_command(before: str) -> tuple[list[str], str]:
    """Return the finished words of the command the cursor is in, and the word it is at."""
    words: list[str] = []
    for token in _TOKEN.finditer(before):
        words = [] if token[0] in _BEGINS else [*words, token[0]]
    unfinished = bool(words) and not before[-1:].isspace()
    return (words[:-1], words[-1]) if unfinished else (words, "")


def _starting(candidates: list[str], prefix: str) -> list[str]:
    return sorted(one for one in candidates if one.casefold().startswith(prefix.casefold()))


def _parameters(cmdlet: type[Cmdlet], words: list[str], current: str) -> list[str]:
    used = {word.lstrip("-").partition(":")[0].casefold() for word in words[1:] if is_parameter_start(word)}
    offered = [one for one in all_parameters(cmdlet) if not one.unsupported and one.name.casefold() not in used]
    return _starting([f"-{one.name}" for one in offered], current)


def _values(
    registry: "CmdletRegistry", session: Session, cmdlet: type[Cmdlet], last: str, current: str
) -> list[str]:
    if cmdlet.meta.name in ("Get-Help", "Get-Command"):
        return _starting([one.meta.name for one in registry.visible(session)], current)
    if not is_parameter_start(last):
        return []
    try:
        known = find_parameter(cmdlet, last[1:])
    except ParlourError:
        return []
    choices = [] if known.type.is_switch else list(known.type.choices)
    return _starting([f"${one.lower()}" for one in choices] if known.type.enum is None else choices, current)
