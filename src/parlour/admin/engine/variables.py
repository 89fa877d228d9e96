"""Variables of a shell or a script; some of them say what commands do when nothing else does."""

from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from parlour.admin.engine import patience
from parlour.admin.engine.common import Action, Preferences
from parlour.admin.engine.convert import convert
from parlour.admin.engine.limits import MAX_COLLECTED, MAX_NESTING, MAX_WEIGHT
from parlour.admin.engine.objects import PsObject, Value, as_list, is_list
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


_LOOKS: Final = 1024  # values between two looks at the clock
_TEXT_UNIT: Final = 256  # characters of a text that count as a value
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


_DEFAULTS: Final[Mapping[str, Value]] = MappingProxyType({
    "erroractionpreference": "Continue", "warningpreference": "Continue",
    "informationpreference": "SilentlyContinue", "verbosepreference": "SilentlyContinue",
    "debugpreference": "SilentlyContinue", "whatifpreference": False, "confirmpreference": "High",
})


class Variables:
    """Values by name, without case.

    Attributes:
        preferences: what commands do when their own parameters do not say.
    """

    def __init__(self, trial: bool = False) -> None:
        self._values: dict[str, Value] = dict(_DEFAULTS)
        self._weights: dict[str, int] = {}
        self.preferences = Preferences()
        if trial:
            self.begin_trial()

    def begin_trial(self) -> None:
        """Have commands only say what they would do, whatever they or a preference say about it."""
        self._values["whatifpreference"] = True
        self.preferences = replace(self.preferences, what_if=True, trial=True)

    @property
    def names(self) -> Set[str]:
        """The names that have a value, in lower case."""
        return self._values.keys()

    @property
    def values(self) -> Mapping[str, Value]:
        """The values, by name in lower case."""
        return self._values

    def gather(self, name: str) -> "Gathered":
        """Begin to gather what a variable shall have: as much as there is room for beside the others."""
        others = sum(weight for other, weight in self._weights.items() if other != name)
        return Gathered(name, MAX_WEIGHT - others)

    def set(self, gathered: "Gathered") -> None:
        """Give a variable what a pipeline came to: nothing, one object, or a list of several; ``null`` keeps nothing.

        Raises:
            ParlourError: a value that a preference variable does not take.
        """
        name, found = gathered.name, gathered.objects
        if name == "null":
            return
        value = found[0] if len(found) == 1 else list(found) if found else None
        if name in _PREFERENCES:
            parameter, attribute, meaning = _PREFERENCES[name]
            meant = meaning(convert(parameter, value))
            self.preferences = replace(self.preferences, **{attribute: meant})
        self._values[name] = value
        self._weights[name] = gathered.weight


class Gathered:
    """What a variable is about to have.

    Args:
        name: the variable, in lower case.
        room: how much there is room for (`MAX_WEIGHT`).

    Attributes:
        objects: what came so far.
        weight: what they count for.
    """

    def __init__(self, name: str, room: int) -> None:
        self.name = name
        self.objects: list[Value] = []
        self.weight = 0
        self._room = room

    async def take(self, value: Value) -> None:
        """Take one object.

        Raises:
            ParlourError: COLLECTION_TOO_LARGE.
        """
        self.weight += _weight(value, self._room - self.weight)
        if self.weight > self._room or len(self.objects) >= MAX_COLLECTED:
            shown = f"${self.name}"
            raise ParlourError(COLLECTION_TOO_LARGE, shown, command=shown, limit=MAX_COLLECTED)
        self.objects.append(value)


def _weight(value: Value, most: int) -> int:
    """Count the values inside a value; more than `most` as soon as that is clear, or it is nested too deep.

    Raises:
        ParlourError: EVALUATION_TOO_LONG.
    """
    weight, pending = 0, [(value, 0)]
    while pending and weight <= most:
        one, depth = pending.pop()
        if weight % _LOOKS == 0:
            patience.check()
        weight += 1 + (len(one) // _TEXT_UNIT if isinstance(one, str | bytes) else 0)
        if depth > MAX_NESTING:
            return most + 1
        if isinstance(one, PsObject):
            pending += [(inner, depth + 1) for inner in one.properties.values()]
        elif is_list(one):
            pending += [(inner, depth + 1) for inner in as_list(one)]
    return weight
