"""Everything that can be asked on the live connection; docs/reference/websocket.md says what each does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from parlour.forms import DoneForm, JoinedForm, MessageForm, PostedForm, WatchedForm

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """One command.

    Attributes:
        do: its name.
        more: its other members; None is left out.
    """

    do: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def frame(self, mark: int) -> dict[str, Any]:
        """Return what is sent."""
        given = {name: value for name, value in self.more.items() if value is not None}
        return {"do": self.do, "id": mark, **given}


def watch() -> Ask[WatchedForm]:
    """Hear of the rooms that one follows."""
    return Ask("watch")


def join(
    room: str, *, after: int | None = None, page: int | None = None, around: int | None = None
) -> Ask[JoinedForm]:
    """Open a room."""
    return Ask("join", {"room": room, "after": after, "page": page, "around": around})


def part(room: str) -> Ask[DoneForm]:
    """Close a room."""
    return Ask("part", {"room": room})


def post(
    room: str, text: str, *, title: str | None = None, alert: bool = False, key: str | None = None
) -> Ask[PostedForm]:
    """Say something in a room that is open."""
    return Ask("post", {"room": room, "text": text, "title": title, "alert": alert or None, "key": key})


def edit(room: str, number: int, text: str, *, title: str | None = None, alert: bool = False) -> Ask[MessageForm]:
    """Change a message of one's own."""
    return Ask("edit", {"room": room, "number": number, "text": text, "title": title, "alert": alert or None})


def delete(room: str, number: int) -> Ask[MessageForm]:
    """Delete a message of one's own."""
    return Ask("delete", {"room": room, "number": number})


def read(room: str, number: int) -> Ask[DoneForm]:
    """Note up to where one has read."""
    return Ask("read", {"room": room, "number": number})


def typing(room: str) -> Ask[DoneForm]:
    """Let the others know that one is writing."""
    return Ask("typing", {"room": room})


def ping() -> Ask[DoneForm]:
    """Ask for a sign of life."""
    return Ask("ping")
