"""Conversion of what was typed into what a parameter takes."""

import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from parlour.admin.engine.characters import unquoted
from parlour.admin.engine.objects import PsObject, Secret, as_list, to_text
from parlour.admin.engine.parameters import Parameter
from parlour.admin.engine.syntax import Late, Missing, Number, ScriptBlock, Word, plain, spelling
from parlour.admin.engine.timespans import parse_timespan
from parlour.admin.engine.types import LARGEST_SIZE, UNLIMITED, Credential, Kind, ListModifier, Size
from parlour.errors import PARAMETER_VALUE_INVALID, ParlourError

_LITERALS: dict[str, bool | None] = {"$true": True, "$false": False, "$null": None}
_DN_RANKS = {"CN": 1, "OU": 2, "DC": 3}  # a name goes on with the same or a wider part, and never with a CN
_MODIFIER_KEYS = ("add", "remove", "replace")
_CREDENTIAL_FORM = 'a credential is written @{UserName="name@domain"; Password="..."}'
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z")


class _UnfitError(Exception):
    """A value that does not fit, with the reason for the message."""


def convert(parameter: Parameter, raw: object) -> object:
    """Return the value `parameter` makes of what was typed.

    Args:
        parameter: where it goes.
        raw: a raw value of the parser, or an object of the pipeline.

    Raises:
        ParlourError: PARAMETER_VALUE_INVALID with the parameter, the value and the reason; or the refusal of a
            script block that is no expression.
    """
    if isinstance(raw, Late):
        return raw  # what is known of it so far
    try:
        if isinstance(raw, Missing) and parameter.type.kind is not Kind.ANY:
            raise _UnfitError("there is nothing in it")
        value = _convert(parameter, _literal(parameter, raw))
        if parameter.mandatory and (value is None or value in ("", b"", [])):
            raise _UnfitError("it must not be empty")
        if value is None and not (parameter.nullable or parameter.type.kind is Kind.ANY):
            raise _UnfitError("it must not be $null; leave the parameter out instead")
        return value
    except _UnfitError as unfit:
        shown = "********" if parameter.type.kind.is_secret else spelling(raw)
        raise ParlourError(
            PARAMETER_VALUE_INVALID, shown, name=parameter.name, value=shown, reason=str(unfit)
        ) from None


def _literal(parameter: Parameter, raw: object) -> object:
    """Give a word from another shell the meaning it has for this parameter."""
    if not isinstance(raw, Word):
        return raw
    text = raw.text
    if parameter.type.kind is Kind.SECRET:
        return text  # to the letter: quotes and dollar signs are part of it
    if text.lower() in _LITERALS:
        return _LITERALS[text.lower()]
    kind = parameter.type.kind
    if kind is Kind.CREDENTIAL:
        return _credential_literal(text)
    if kind is Kind.SCRIPT or (text[:1] in "{@" and text.endswith("}")):
        return _parsed(text, kind)
    if parameter.type.is_list or kind is Kind.LIST_MODIFIER:
        parts = [unquoted(part) for part in list_parts(text)]
        return parts if len(parts) > 1 else unquoted(text)
    return unquoted(text)


def list_parts(text: str) -> list[str]:
    """Split a list of words at its commas, but for those inside a distinguished name (``CN=a,OU=b,DC=c``)."""
    parts: list[str] = []
    rank = 0
    for piece in text.split(","):
        before, rank = rank, _DN_RANKS.get(_attribute(piece), 0)
        if parts and 0 < before <= rank and rank > 1:
            parts[-1] += f",{piece}"
        else:
            parts.append(piece)
    return parts


def _attribute(piece: str) -> str:
    """Return what stands before the equals sign, without the ``OU:`` that a scope of a role begins with."""
    return piece.partition("=")[0].rpartition(":")[2].strip().upper()


def _credential_literal(text: str) -> object:
    """Read a credential as text; what does not fit is not repeated, as an error of the language would."""
    from parlour.admin.engine.language import parse_literal

    try:
        return parse_literal(text)
    except ParlourError:
        raise _UnfitError(_CREDENTIAL_FORM) from None


def _parsed(text: str, kind: Kind) -> object:
    from parlour.admin.engine.language import parse_literal

    wants_syntax = kind in (Kind.SCRIPT, Kind.LIST_MODIFIER, Kind.ANY)
    if text.startswith("{") and not wants_syntax:
        return text[1:-1]
    return parse_literal(text) if wants_syntax and text[:1] in "{@" else text


def _convert(parameter: Parameter, raw: object) -> object:
    kind = parameter.type.kind
    if parameter.type.is_list:
        return None if raw is None else [_one(parameter, element) for element in _elements(raw)]
    if kind in _WHOLE:
        return _WHOLE[kind](raw)
    if raw is None:
        return None
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        if len(raw) != 1:
            raise _UnfitError("it takes one value, not a list")
        raw = raw[0]
    return _one(parameter, raw)


def _elements(raw: object) -> list[object]:
    return list(raw) if isinstance(raw, Sequence) and not isinstance(raw, str) else [raw]


def _one(parameter: Parameter, raw: object) -> object:
    if parameter.type.enum is not None:
        return _choice(parameter.type.enum, raw)
    if parameter.type.commands:
        return _commands(raw)
    return _ONE[parameter.type.kind](raw)


def _text(raw: object) -> str:
    if isinstance(raw, PsObject) and raw.text is None:
        raise _UnfitError("an object has no text form that would fit here")
    if isinstance(raw, Number | ScriptBlock | Word):
        return raw.text
    return to_text(raw)


def _integer(raw: object) -> int:
    if isinstance(raw, Number):
        raw = raw.value
    if isinstance(raw, bool) or not re.fullmatch(r"[+-]?\d{1,10}", to_text(raw).strip()):
        raise _UnfitError("it must be a whole number")
    number = int(to_text(raw))
    if not -LARGEST_SIZE - 1 <= number <= LARGEST_SIZE:
        raise _UnfitError(f"it must not exceed {LARGEST_SIZE}")
    return number


def _number(raw: object) -> float:
    if isinstance(raw, Number):
        return float(raw.value)
    if isinstance(raw, bool) or not _NUMBER.match(to_text(raw).strip()):
        raise _UnfitError("it must be a number")
    return float(to_text(raw))


def _size(raw: object) -> Size:
    if _text(raw).strip().lower() == "unlimited":
        return UNLIMITED
    try:
        number = _integer(raw)
    except _UnfitError:
        number = -1
    if number < 0:
        raise _UnfitError(f"it must be a whole number from 0 to {LARGEST_SIZE}, or Unlimited")
    return number


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, Number):
        return raw.value != 0
    if isinstance(raw, int | float):
        return raw != 0
    known = {"true": True, "false": False, "$true": True, "$false": False, "1": True, "0": False}
    text = _text(raw).strip().lower()
    if text not in known:
        raise _UnfitError("it must be $true or $false")
    return known[text]


def _switch(raw: object) -> bool:
    return False if raw is None else _boolean(raw)


def _datetime(raw: object) -> datetime:
    if isinstance(raw, datetime):
        return raw
    try:
        moment = _parse_datetime(_text(raw).strip())
    except ValueError:
        raise _UnfitError('it must be a date, e.g. "2026-01-31" or "2026-01-31 18:30"') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse_datetime(text: str) -> datetime:
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)", text)
    if american is None:
        return datetime.fromisoformat(text)
    month, day, year, rest = american.groups()
    return datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}{rest}")


def _timespan(raw: object) -> timedelta:
    # A plain number could mean days, as text, or tenths of microseconds, as a number: it is neither here.
    span = raw if isinstance(raw, timedelta) else parse_timespan(_text(raw))
    if span is None:
        raise _UnfitError('it must be a time span, days.hours:minutes:seconds, e.g. "00:15:00" or "1.00:00:00"')
    return span


def _choice(enum: type[StrEnum], raw: object) -> StrEnum:
    wanted = _text(raw).casefold()
    for member in enum:
        if member.value.casefold() == wanted:
            return member
    raise _UnfitError("it must be one of " + ", ".join(member.value for member in enum))


def _bytes(raw: object) -> bytes | None:
    """Return bytes: as they are, of Base64, or of a list of numbers."""
    if raw is None or isinstance(raw, bytes):
        return raw
    try:
        if isinstance(raw, Sequence) and not isinstance(raw, str):
            return bytes(_integer(element) for element in raw)
        return b64decode(_text(raw), validate=True)
    except (ValueError, _UnfitError):
        raise _UnfitError("it must be bytes from another cmdlet, Base64, or numbers from 0 to 255") from None


def _object(raw: object) -> PsObject:
    if not isinstance(raw, PsObject):
        raise _UnfitError("it must be an object from another cmdlet")
    return raw


def _script(raw: object) -> ScriptBlock:
    if not isinstance(raw, ScriptBlock):
        raise _UnfitError('it must be a script block, e.g. {$_.Name -like "A*"}')
    if raw.refusal is not None:
        raise raw.refusal
    return raw


def _commands(raw: object) -> ScriptBlock:
    if not isinstance(raw, ScriptBlock):
        raise _UnfitError("it must be a script block, e.g. {Set-CsUser $_ -Enabled $false}")
    if raw.body_refusal is not None:
        raise raw.body_refusal
    return raw


def _any(raw: object) -> object:
    if isinstance(raw, ScriptBlock):
        raise _UnfitError("it takes a value, not a script block")
    return plain(raw)  # type: ignore[arg-type]  # whatever else comes here is a pipeline value already


def _modifier(raw: object) -> ListModifier:
    if isinstance(raw, PsObject):
        return _modifier_of(raw)
    return ListModifier(replace=tuple(_text(element) for element in _elements([] if raw is None else raw)))


def _modifier_of(table: PsObject) -> ListModifier:
    unknown = [key for key in table.properties if key.casefold() not in _MODIFIER_KEYS]
    if unknown or not table.properties:
        raise _UnfitError("a list is changed with @{Add=...; Remove=...} or @{Replace=...}")
    add, remove, replace = (tuple(_text(element) for element in as_list(table.get(key))) for key in _MODIFIER_KEYS)
    return ListModifier(add, remove, replace if table.find("Replace") else None)


def _credential(raw: object) -> Credential:
    if isinstance(raw, Credential):
        return raw
    table = raw if isinstance(raw, PsObject) else PsObject(())
    if sorted(map(str.casefold, table.properties)) != ["password", "username"]:
        raise _UnfitError(_CREDENTIAL_FORM)
    name, password = _text(table.get("UserName")), table.get("Password")
    if not name or not password:
        raise _UnfitError("neither the user name nor the password of a credential may be empty")
    return Credential(name, Secret(_text(password)))


_WHOLE: dict[Kind, Callable[[object], object]] = {
    Kind.LIST_MODIFIER: _modifier,
    Kind.ANY: _any,
    Kind.SWITCH: _switch,
    Kind.BYTES: _bytes,
}

_ONE: dict[Kind, Callable[[object], object]] = {
    Kind.STRING: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.SIZE: _size,
    Kind.BOOLEAN: _boolean,
    Kind.DATETIME: _datetime,
    Kind.TIMESPAN: _timespan,
    Kind.SECRET: lambda raw: raw if isinstance(raw, Secret) else Secret(_text(raw)),
    Kind.CREDENTIAL: _credential,
    Kind.OBJECT: _object,
    Kind.SCRIPT: _script,
    Kind.ANY: _any,
}
