"""The parameters that every cmdlet has, and those of every cmdlet that changes something."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from parlour.admin.engine.parameters import Parameter
from parlour.admin.engine.types import Kind, ParameterType


class Action(StrEnum):
    """What to do when a message of a kind comes up."""

    CONTINUE = "Continue"
    STOP = "Stop"
    SILENTLY_CONTINUE = "SilentlyContinue"
    IGNORE = "Ignore"

    @property
    def shows(self) -> bool:
        """Tell whether the message is shown."""
        return self in (Action.CONTINUE, Action.STOP)


_SWITCH = ParameterType(Kind.SWITCH)
_ACTION = ParameterType(Kind.CHOICE, enum=Action)
_NO_VARIABLES = "write $name = ... in front of the command"


def _switch(name: str, alias: str, text: str) -> Parameter:
    return Parameter(name, name, _SWITCH, aliases=(alias,), help=text)


def _action(name: str, alias: str, text: str) -> Parameter:
    return Parameter(name, name, _ACTION, aliases=(alias,), help=text)


def _variable(name: str, alias: str) -> Parameter:
    return Parameter(name, name, ParameterType(Kind.STRING), aliases=(alias,), unsupported=_NO_VARIABLES)


COMMON: tuple[Parameter, ...] = (
    _switch("Verbose", "vb", "Says what is going on."),
    _switch("Debug", "db", "Says details for developers."),
    _action("ErrorAction", "ea", "What to do at an error: Continue, Stop, SilentlyContinue or Ignore."),
    _action("WarningAction", "wa", "What to do at a warning."),
    _action("InformationAction", "infa", "What to do at a message for information."),
    _variable("ErrorVariable", "ev"),
    _variable("WarningVariable", "wv"),
    _variable("InformationVariable", "iv"),
    _variable("OutVariable", "ov"),
    Parameter("OutBuffer", "OutBuffer", ParameterType(Kind.INTEGER), aliases=("ob",),
              unsupported="objects are passed on one by one"),
    _variable("PipelineVariable", "pv"),
)

SHOULD_PROCESS: tuple[Parameter, ...] = (
    _switch("WhatIf", "wi", "Says what would be done, and does nothing."),
    _switch("Confirm", "cf", "Asks before doing it; -Confirm:$false does not ask."),
)

COMMON_NAMES = frozenset(known.name for known in COMMON)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The common parameters of one command, as bound.

    Attributes:
        trial: nothing is to be changed, and no command can say otherwise.
    """

    verbose: bool = False
    debug: bool = False
    error_action: Action = Action.CONTINUE
    warning_action: Action = Action.CONTINUE
    information_action: Action = Action.SILENTLY_CONTINUE
    what_if: bool = False
    confirm: bool | None = None
    trial: bool = False


_FIELDS: Final[Mapping[str, str]] = MappingProxyType({
    "Verbose": "verbose", "Debug": "debug", "ErrorAction": "error_action", "WarningAction": "warning_action",
    "InformationAction": "information_action", "WhatIf": "what_if", "Confirm": "confirm",
})


def preferences(bound: Mapping[str, Any], defaults: Preferences) -> Preferences:
    """Make the preferences of the common parameters bound, by name; the others are as the defaults say."""
    meant = replace(defaults, **{_FIELDS[name]: value for name, value in bound.items()})
    return replace(meant, what_if=True) if defaults.trial else meant
