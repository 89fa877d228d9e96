"""What came of a cmdlet that was run over HTTP (docs/how-to/from-elsewhere.md)."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cmdlet gave.

    Attributes:
        output: its objects, as JSON has them.
        errors: error records: ``id``, ``category``, ``target``, ``command``, ``message``.
        messages: warnings and the like: ``stream``, ``text``.
        lines: what it would show a person besides, such as what it would do.
        done: whether it was carried out without an error.
    """

    output: tuple[Any, ...]
    errors: tuple[dict[str, Any], ...]
    messages: tuple[dict[str, Any], ...]
    lines: tuple[str, ...]
    done: bool


def path_of(name: str) -> str:
    """Return where a cmdlet is run."""
    return f"/api/admin/v1/cmdlets/{quote(name, safe='')}"


def read_outcome(content: bytes) -> Outcome:
    """Read the whole stream of a run."""
    events = [json.loads(line) for line in content.splitlines()]

    def named(name: str) -> tuple[Any, ...]:
        return tuple(event[name] for event in events if name in event)
    ends = named("end")
    return Outcome(named("output"), named("error"), named("message"), named("line"),
                   done=bool(ends) and ends[-1]["status"] == 0)
