"""What values a parameter takes, read from the annotation of the cmdlet's attribute."""

import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Annotated, Final, TypeAlias, Union, get_args, get_origin

from parlour.admin.engine.objects import PsObject, Secret, Value
from parlour.admin.engine.syntax import ScriptBlock


class Unlimited(Enum):
    """The word Unlimited, as a size."""

    UNLIMITED = "Unlimited"

    def __str__(self) -> str:
        return self.value


UNLIMITED: Final = Unlimited.UNLIMITED
Size: TypeAlias = int | Unlimited
"""A number of objects from 0 to 2147483647, or Unlimited."""

LARGEST_SIZE: Final = 2**31 - 1

_REAL_BOOLEAN: Final = "boolean"
_COMMANDS: Final = "commands"
Commands: TypeAlias = Annotated[ScriptBlock, _COMMANDS]
"""A script block of commands (``{Set-CsUser $_ ...}``), or of values."""

Boolean: TypeAlias = Annotated[bool, _REAL_BOOLEAN]
"""A bool that must be given a value (``-IsDefault $true``), other than a switch."""


def limit_of(size: Size | None) -> int | None:
    """Return a size as a number, None for unlimited or not given."""
    return size if isinstance(size, int) else None


@dataclass(frozen=True, slots=True)
class ListModifier:
    """A change of a list: ``@{Add="a"; Remove="b"}``, ``@{Replace="c","d"}``, a bare list, ``$null`` (empties).

    Attributes:
        add: to append.
        remove: to take out.
        replace: the whole new list, or None to keep what `add` and `remove` leave.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    replace: tuple[str, ...] | None = None

    def apply(self, current: Sequence[str]) -> list[str]:
        """Return the new list; elements compare without case and keep their order."""
        gone = {element.casefold() for element in self.remove}
        base = list(current if self.replace is None else self.replace)
        return list({e.casefold(): e for e in [*base, *self.add] if e.casefold() not in gone}.values())


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name with its password: ``@{UserName="alice@litwareinc.com"; Password="..."}``. The password never shows.

    Attributes:
        user_name: whose it is.
        password: the password.
    """

    user_name: str
    password: Secret

    def __str__(self) -> str:
        return f"@{{UserName={self.user_name}; Password={self.password}}}"


class Kind(Enum):
    """Kinds of parameter values, by the type name that help shows."""

    STRING = "String"
    INTEGER = "Int32"
    NUMBER = "Double"
    SIZE = "Unlimited"
    SWITCH = "SwitchParameter"
    BOOLEAN = "Boolean"
    DATETIME = "DateTime"
    TIMESPAN = "TimeSpan"
    CHOICE = "Choice"
    SECRET = "SecureString"  # noqa: S105 - a type name
    CREDENTIAL = "PSCredential"
    BYTES = "Byte[]"
    OBJECT = "PSObject"
    LIST_MODIFIER = "PSListModifier"
    SCRIPT = "ScriptBlock"
    ANY = "Object"

    @property
    def is_secret(self) -> bool:
        """Whether its values are never shown."""
        return self in (Kind.SECRET, Kind.CREDENTIAL)


@dataclass(frozen=True, slots=True)
class ParameterType:
    """The type of a parameter.

    Attributes:
        kind: what one value is.
        is_list: it takes several, and receives a list.
        enum: the choices of a CHOICE.
        commands: the SCRIPT is made of commands; others are a condition or a value.
    """

    kind: Kind
    is_list: bool = False
    enum: type[StrEnum] | None = None
    commands: bool = False

    @property
    def is_switch(self) -> bool:
        """Tell whether naming it is enough."""
        return self.kind is Kind.SWITCH

    @property
    def choices(self) -> tuple[str, ...]:
        """The values a CHOICE allows; the two truths of a boolean; nothing for the others."""
        if self.enum is not None:
            return tuple(member.value for member in self.enum)
        return ("True", "False") if self.kind in (Kind.BOOLEAN, Kind.SWITCH) else ()

    @property
    def name(self) -> str:
        """The type name for syntax lines, e.g. ``String[]``."""
        one = self.enum.__name__ if self.enum is not None else self.kind.value
        return f"{one}[]" if self.is_list else one


_KINDS: dict[type, Kind] = {
    str: Kind.STRING,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.SWITCH,
    datetime: Kind.DATETIME,
    timedelta: Kind.TIMESPAN,
    Secret: Kind.SECRET,
    bytes: Kind.BYTES,
    Credential: Kind.CREDENTIAL,
    PsObject: Kind.OBJECT,
    ListModifier: Kind.LIST_MODIFIER,
    ScriptBlock: Kind.SCRIPT,
}


def parameter_type(annotation: object, boolean: bool = False) -> ParameterType:
    """Return the type a parameter's annotation stands for.

    Args:
        annotation: e.g. ``str | None``, ``list[str]``, ``int | Unlimited``, a StrEnum, ``Value`` for anything.
        boolean: a ``bool`` is no switch.

    Raises:
        TypeError: the annotation means nothing here; a mistake in the cmdlet.
    """
    if annotation == Value:
        return ParameterType(Kind.ANY)
    if get_origin(annotation) in (Union, types.UnionType):
        return _union(annotation, boolean)
    if get_origin(annotation) is list:
        element = get_args(annotation)[0]
        return ParameterType(parameter_type(element).kind, is_list=True, enum=_enum(element))
    if get_origin(annotation) is Annotated and _REAL_BOOLEAN in get_args(annotation)[1:]:
        return ParameterType(Kind.BOOLEAN)
    if get_origin(annotation) is Annotated and _COMMANDS in get_args(annotation)[1:]:
        return ParameterType(Kind.SCRIPT, commands=True)
    if annotation is bool and boolean:
        return ParameterType(Kind.BOOLEAN)
    return _single(annotation)


def _union(annotation: object, boolean: bool) -> ParameterType:
    members = [member for member in get_args(annotation) if member is not type(None)]
    if set(members) == {int, Unlimited}:
        return ParameterType(Kind.SIZE)
    if len(members) != 1:
        raise TypeError(f"a parameter cannot be annotated {annotation}")
    return parameter_type(members[0], boolean)


def _single(annotation: object) -> ParameterType:
    if (enum := _enum(annotation)) is not None:
        return ParameterType(Kind.CHOICE, enum=enum)
    if not isinstance(annotation, type) or annotation not in _KINDS:
        raise TypeError(f"a parameter cannot be annotated {annotation}")
    return ParameterType(_KINDS[annotation])


def _enum(annotation: object) -> type[StrEnum] | None:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return annotation
    return None
