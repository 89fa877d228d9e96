"""What scripts speak of, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ScriptError(ValueError):
    """A script is not understood, or speaks of what is not there.

    Attributes:
        line: number of the line, from 1; 0 for the script as a whole.
        reason: what is wrong, and what was expected.
    """

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line}: {reason}" if line else reason)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One device of a person; the first one has no name."""

    person: str
    device: str = ""

    def __str__(self) -> str:
        return f"{self.person} on their {self.device}" if self.device else self.person


@dataclass(frozen=True, slots=True)
class Watchers:
    """Whose eyes are meant.

    Attributes:
        endpoints: these; if there are none, everyone.
        room: of everyone, only those who are in this room.
    """

    endpoints: tuple[Endpoint, ...] = ()
    room: str | None = None


class Kin(StrEnum):
    """What stands in the list of a room, category or group."""

    PERSON = "person"
    EVERYONE = "everyone"
    GROUP = "group"
    CONTAINER = "container"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who can be given something; everyone has no name."""

    kin: Kin
    name: str = ""


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """How a room is made; `privacy` and `type` are words of the product, or empty for its own choice."""

    privacy: str = ""
    type: str = ""
    disabled: bool = False
    invitations: bool = True
    description: str = ""
    members: tuple[Principal, ...] = ()
    managers: tuple[Principal, ...] = ()
    presenters: tuple[Principal, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """What is set of a category; None leaves it as it is."""

    allowed: tuple[Principal, ...] | None = None
    denied: tuple[Principal, ...] | None = None
    creators: tuple[Principal, ...] | None = None
    history: bool | None = None
    invitations: bool | None = None
    files: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A message in a history: who said what."""

    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that one endpoint was shown.

    Attributes:
        verb: name of the form in `grammar.SIGHTS`; anything else is a sight that no script can expect.
        people: who does it, if it is anybody.
        room: the room's name.
        text: what is said, or what somebody becomes.
        title: of a story.
        gone: who is not there any more, where `people` are.
    """

    verb: str
    people: frozenset[str]
    room: str
    text: str = ""
    title: str = ""
    gone: frozenset[str] = frozenset()


Values = Mapping[str, Any]
"""What stands in the slots of a form, by their names."""
