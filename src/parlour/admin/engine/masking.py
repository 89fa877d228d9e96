"""What a command was given, as text for the audit log: legible, bounded, and without secrets."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from parlour.admin.engine.binder import Binding, find_parameter
from parlour.admin.engine.characters import plain_dashes
from parlour.admin.engine.convert import convert
from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.objects import CUSTOM_OBJECT, HASHTABLE, PsObject, is_list, to_text
from parlour.admin.engine.parameters import Parameter
from parlour.admin.engine.syntax import Absent, Call, NameToken, Token, ValueToken
from parlour.admin.engine.types import ListModifier
from parlour.errors import ParlourError

STARS: Final = "********"
OTHERS: Final = "(others)"
"""Stands for what was given and is not shown."""
_MOST_OF_ONE: Final = 1000
_MOST_OF_ALL: Final = 6000
_SECRET_NAME: Final = re.compile("passw|secret|pwd|token|credential", re.IGNORECASE)
_COMMAND: Final = re.compile(
    "(?:Add|Approve|Clear|ConvertTo|Copy|Disable|Enable|Export|Get|Grant|Import|Invoke|Move|New|Publish|Remove|Revoke|Set|"
    "Start|Stop|Sync|Test|Update)-Cs[A-Za-z]{1,58}", re.IGNORECASE)


def bound_text(binding: Binding) -> dict[str, str]:
    """Return the parameters given on the line, by their full names."""
    own = {one.name: _shown(one, binding.values[one.attribute])
           for one in binding.cmdlet.parameters if one.attribute in binding.values}
    return _bounded(own | _common_text(binding))


def _common_text(binding: Binding) -> dict[str, str]:
    given = binding.preferences
    common = {"Verbose": given.verbose, "Debug": given.debug, "ErrorAction": given.error_action,
              "WarningAction": given.warning_action, "InformationAction": given.information_action,
              "WhatIf": given.what_if, "Confirm": given.confirm}
    return {name: to_text(value) for name, value in common.items() if name in binding.bound}


def refused_text(cmdlet: type[Cmdlet] | None, call: Call) -> dict[str, str]:
    """Return what is certain about the parameters of a call that could not be bound.

    A value is shown if it follows the name of a parameter that takes it and is no secret. Every other one may be a
    secret at a wrong place, and a name that is not known may be one, too: they are only counted.
    """
    shown: dict[str, str] = {}
    unnamed = 0
    pending = deque(call.tokens)
    while pending:
        token = pending.popleft()
        known = _named(cmdlet, token)
        raw: object = _value(token, known, pending)
        if known is None:
            unnamed += 1
        else:
            shown[known.name] = _converted(known, raw)
    return _bounded(shown | ({OTHERS: f"{unnamed} masked"} if unnamed else {}))


def _named(cmdlet: type[Cmdlet] | None, token: Token) -> Parameter | None:
    if cmdlet is None or not isinstance(token, NameToken):
        return None
    try:
        found = find_parameter(cmdlet, token.name)
    except ParlourError:
        return None
    # The beginning of a name could be a password with a dash before it.
    return found if found.answers_to(token.name) else None


def _value(token: Token, known: Parameter | None, pending: deque[Token]) -> object:
    if isinstance(token, ValueToken):
        return token.value
    if not isinstance(token.value, Absent) or known is None:
        return token.value
    if known.type.is_switch:
        return True
    return pending.popleft().value if pending and isinstance(pending[0], ValueToken) else None


def _converted(known: Parameter, raw: object) -> str:
    if known.type.kind.is_secret:
        return STARS
    try:
        return _shown(known, convert(known, raw))
    except ParlourError:
        return STARS  # what does not fit may belong somewhere else


def command_name(typed: str) -> str:
    """Return the name of an unknown cmdlet if it looks like one of Parlour's, else nothing: it may be anything."""
    name = plain_dashes(typed.rpartition("\\")[2])
    return name if _COMMAND.fullmatch(name) else ""


def _shown(known: Parameter, value: object) -> str:
    if known.type.kind.is_secret:
        return STARS
    return "$null" if value is None else _text(value)


def _text(value: object) -> str:
    if isinstance(value, ListModifier):
        return _modifier_text(value)
    if isinstance(value, PsObject) and value.text is None and value.type_name in (HASHTABLE, CUSTOM_OBJECT):
        return _table_text(value.properties)
    if is_list(value):
        return ", ".join(map(_text, value))  # type: ignore[call-overload]  # it is a sequence
    return to_text(value)


def _modifier_text(change: ListModifier) -> str:
    if change.replace is not None and not (change.add or change.remove):
        return ", ".join(change.replace) or "$null"
    parts = {"Replace": change.replace, "Add": change.add, "Remove": change.remove}
    return _table(f"{name}={', '.join(listed)}" for name, listed in parts.items() if listed)


def _table_text(properties: Mapping[str, object]) -> str:
    return _table(f"{name}={STARS if _SECRET_NAME.search(name) else _text(value)}"
                  for name, value in properties.items())


def _table(parts: Iterable[str]) -> str:
    return "@{" + "; ".join(parts) + "}"


def cut(text: str, most: int = _MOST_OF_ONE) -> str:
    """Return at most so many characters of a text, with a note of how many more it had; half characters as escapes."""
    kept = text[:most].encode("utf-8", "backslashreplace").decode()
    return kept if len(text) <= most else f"{kept}... ({len(text) - most} more characters)"


def _bounded(texts: Mapping[str, str]) -> dict[str, str]:
    left, kept = _MOST_OF_ALL, dict[str, str]()
    for name, text in texts.items():
        kept[name] = cut(text, min(_MOST_OF_ONE, max(left, 0)))
        left -= len(kept[name])
    return kept
