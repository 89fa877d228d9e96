"""Variables of a shell or a script; some of them say what commands do when nothing else does."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from parlour.admin.engine.common import Action, Preferences
from parlour.admin.engine.convert import convert
from parlour.admin.engine.limits import MAX_COLLECTED
from parlour.admin.engine.objects import Value, as_list
from parlour.admin.engine.parameters import Parameter
from parlour.admin.engine.types import Kind, ParameterType
from parlour.errors import COLLECTION_TOO_LARGE, ParlourError


class _Ask(StrEnum):
    """From which impact on to ask."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    NONE = "None"


_CONFIRM: Final[Mapping[_Ask, bool | None]] = MappingProxyType(
    {_Ask.HIGH: None, _Ask.MEDIUM: True, _Ask.LOW: True, _Ask.NONE: False})


def _preference(name: str, type_: ParameterType) -> Parameter:
    return Parameter(name, name, type_, mandatory=True)


_ACTION: Final = ParameterType(Kind.CHOICE, enum=Action)


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - what `convert` made
    return value


def _shown(action: Action) -> bool:
    return action.shows


# Each preference variable: what it takes, the field of `Preferences` that it is the default of, and its value there.
_PREFERENCES: Final[Mapping[str, tuple[Parameter, str, Callable[[Any], Any]]]] = MappingProxyType({
    "erroractionpreference": (_preference("ErrorActionPreference", _ACTION), "error_action", _as_it_is),
    "warningpreference": (_preference("WarningPreference", _ACTION), "warning_action", _as_it_is),
    "informationpreference": (_preference("InformationPreference", _ACTION), "information_action", _as_it_is),
    "verbosepreference": (_preference("VerbosePreference", _ACTION), "verbose", _shown),
    "debugpreference": (_preference("DebugPreference", _ACTION), "debug", _shown),
    "whatifpreference": (_preference("WhatIfPreference", ParameterType(Kind.BOOLEAN)), "what_if", _as_it_is),
    "confirmpreference": (
        _preference("ConfirmPreference", ParameterType(Kind.CHOICE, enum=_Ask)), "confirm", _CONFIRM.__getitem__),
})


class Variables:
    """Values by name, without case.

    Args:
        trial: begins with $WhatIfPreference on, so that commands only say what they would do.

    Attributes:
        preferences: what commands do when their own parameters do not say.
    """

    def __init__(self, trial: bool = False) -> None:
        self._values: dict[str, Value] = {"whatifpreference": True} if trial else {}
        self.preferences = Preferences(what_if=trial)

    @property
    def names(self) -> Set[str]:
        """The names that have a value, in lower case."""
        return self._values.keys()

    @property
    def values(self) -> Mapping[str, Value]:
        """The values, by name in lower case."""
        return self._values

    def room(self) -> int:
        """Return how many objects may still be kept in all variables together."""
        return MAX_COLLECTED - sum(len(as_list(value)) for value in self._values.values())

    def set(self, name: str, found: Sequence[Value]) -> None:
        """Give a variable what a pipeline came to: nothing, one object, or a list of several.

        Args:
            name: of the variable, in lower case; ``null`` takes it and keeps nothing.
            found: the objects.

        Raises:
            ParlourError: a value that a preference variable does not take.
        """
        if name == "null":
            return
        value = found[0] if len(found) == 1 else list(found) if found else None
        if name in _PREFERENCES:
            parameter, attribute, meaning = _PREFERENCES[name]
            meant = meaning(convert(parameter, value))
            self.preferences = replace(self.preferences, **{attribute: meant})
        self._values[name] = value


class Gathered:
    """What a variable is about to take: no more than there is room for.

    Args:
        name: the variable.
        room: how many objects there is room for.
    """

    def __init__(self, name: str, room: int) -> None:
        self.objects: list[Value] = []
        self._name = name
        self._room = room

    async def take(self, value: Value) -> None:
        """Take one object.

        Raises:
            ParlourError: COLLECTION_TOO_LARGE.
        """
        if len(self.objects) >= self._room:
            raise ParlourError(COLLECTION_TOO_LARGE, f"${self._name}", command=f"${self._name}", limit=MAX_COLLECTED)
        self.objects.append(value)
