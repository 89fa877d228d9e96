"""What flows through a pipeline: plain values, `PsObject` and error records, and their PowerShell text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias, Union

from parlour.admin.engine import patience
from parlour.admin.engine.timespans import timespan_text
from parlour.errors import Category, ErrorKind, ParlourError

Value: TypeAlias = Union[str, bytes, int, float, bool, datetime, timedelta, "PsObject", Sequence["Value"], None]

BYTES = "System.Byte[]"
HASHTABLE = "System.Collections.Hashtable"
CUSTOM_OBJECT = "System.Management.Automation.PSCustomObject"

_NO_PROPERTIES: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PsObject:
    """An object as PowerShell sees it.

    Attributes:
        type_names: the .NET type name, then its bases if they matter to anyone.
        properties: in the order of display; found without regard to case.
        text: what the object reads as where text is wanted; None for the ``@{a=1; b=2}`` form.
    """

    type_names: tuple[str, ...]
    properties: Mapping[str, Value] = field(default_factory=lambda: _NO_PROPERTIES)
    text: str | None = None

    @property
    def type_name(self) -> str:
        """The most specific type name."""
        return self.type_names[0] if self.type_names else CUSTOM_OBJECT

    def find(self, name: str) -> str | None:
        """Return the property's name as the object spells it, or None when there is no such property."""
        if name in self.properties:
            return name
        wanted = name.casefold()
        return next((own for own in self.properties if own.casefold() == wanted), None)

    def get(self, name: str) -> Value:
        """Return the property's value, or None when there is no such property."""
        own = self.find(name)
        return None if own is None else self.properties[own]

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        return "@{" + "; ".join(f"{name}={to_text(value)}" for name, value in self.properties.items()) + "}"


class Secret:
    """A secret string that shows as stars wherever it is printed; `reveal` gives it to the one who needs it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return "********"

    __repr__ = __str__


def is_list(value: object) -> bool:
    """Tell whether a value is a collection to PowerShell; text is not, and bytes go through a pipeline in one piece."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def as_list(value: Value) -> list[Value]:
    """Return the elements of a collection, a single value as one element, and nothing for null."""
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    return [value]


def to_text(value: object) -> str:
    """Return the text PowerShell makes of a value inside a string (the invariant culture)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime):
        return value.strftime("%m/%d/%Y %H:%M:%S")
    if isinstance(value, timedelta):
        return timespan_text(value)
    if isinstance(value, bytes):
        return BYTES
    patience.check()
    if isinstance(value, Sequence):
        return " ".join(to_text(element) for element in value)
    return str(value)


_DOTNET_NAMES: tuple[tuple[type, str], ...] = (
    (str, "System.String"),
    (bytes, BYTES),
    (bool, "System.Boolean"),
    (int, "System.Int32"),
    (float, "System.Double"),
    (datetime, "System.DateTime"),
    (timedelta, "System.TimeSpan"),
    (Sequence, "System.Object[]"),
)


def type_name(value: object) -> str:
    """Return the .NET type name of a value, ``""`` for null."""
    if isinstance(value, PsObject):
        return value.type_name
    for python_type, name in _DOTNET_NAMES:
        if isinstance(value, python_type):
            return name
    return "" if value is None else "System.Object"


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One error of a run, as every surface shows it.

    Attributes:
        message: what happened and what to do about it.
        category: PowerShell error category.
        error_id: stable name from the error registry.
        target: what it happened to.
        command: the cmdlet that reported it, or ``""`` when none had started.
        exception: class name shown in the category line.
        kind: the row of the registry, for the HTTP, SIP and XCCOS codes.
        line: the line of the text in which it came up, from 1; None if there is only one.
    """

    message: str
    category: Category
    error_id: str
    target: Value
    command: str
    kind: ErrorKind
    exception: str = "ParlourError"
    line: int | None = None

    @property
    def fully_qualified_id(self) -> str:
        """E.g. ``SipAddressTaken,Parlour.NewCsPersistentChatEndpoint``."""
        if not self.command:
            return self.error_id
        return f"{self.error_id},Parlour.{re.sub('[^0-9A-Za-z]', '', self.command)}"

    @property
    def category_info(self) -> str:
        """E.g. ``ResourceExists: (sip:x@y:String) [New-CsPersistentChatEndpoint], ParlourError``."""
        kind = type_name(self.target).rpartition(".")[2]
        return f"{self.category}: ({to_text(self.target)}:{kind}) [{self.command}], {self.exception}"


def error_record(error: ParlourError, command: str = "") -> ErrorRecord:
    """Make the record of an error met while `command` ran."""
    return ErrorRecord(
        message=str(error),
        category=error.kind.category,
        error_id=error.kind.name,
        target=_as_target(error.target),
        command=command,
        kind=error.kind,
    )


def _as_target(target: object) -> Value:
    if isinstance(target, str | int | float | datetime | timedelta | PsObject) or target is None:
        return target
    return to_text(target)
