"""What the engine asks of an audit log, and what it tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Surface(StrEnum):
    """What a command came through."""

    SHELL = "Shell"
    COMMAND_LINE = "CommandLine"
    CONTROL_SOCKET = "ControlSocket"
    REST = "Rest"
    POWERSHELL = "PowerShell"

    @property
    def is_local(self) -> bool:
        """Whether whoever runs commands through it is at the machine of the deployment, with his files."""
        return self in (Surface.SHELL, Surface.COMMAND_LINE, Surface.CONTROL_SOCKET)


class AuditOutcome(StrEnum):
    """What a command came to.

    Started: it is about to run. Completed: it came to its end without an error. Declined: it asked, and the answer was
    no. WhatIf: it only said what it would do. Failed: it met an error. Stopped: it was ended before its end. Refused:
    it did not run.
    """

    STARTED = "Started"
    COMPLETED = "Completed"
    DECLINED = "Declined"
    WHAT_IF = "WhatIf"
    FAILED = "Failed"
    STOPPED = "Stopped"
    REFUSED = "Refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where."""

    person: str
    roles: frozenset[str]
    surface: Surface
    address: str


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What one command did.

    Attributes:
        cmdlet: its name; empty when what was typed names none.
        outcome: what it came to.
        parameters: its parameters as text, by name; secrets are masked.
        targets: what it was done to, as the cmdlet names it.
        objects: how many objects the pipeline fed it with; None if none fed it.
        error_id: name of the first error, or empty.
        duration: seconds from the beginning of its pipeline to its end; None while it has not ended.
        started: number of the entry that says it began; None without one.
    """

    cmdlet: str
    outcome: AuditOutcome
    parameters: Mapping[str, str] = field(default_factory=dict)
    targets: Sequence[str] = ()
    objects: int | None = None
    error_id: str = ""
    duration: float | None = None
    started: int | None = None


class Auditor(Protocol):
    """The audit log, as far as the engine needs it."""

    async def record(self, actor: Actor, records: Sequence[AuditRecord]) -> Sequence[int]:
        """Keep records, all or none; returns their numbers once they are on disk.

        Raises:
            ParlourError: they could not be kept.
        """
        ...
