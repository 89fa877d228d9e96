"""What clients ask for on the live connection: JSON texts in, values out. No input but these forms, and no I/O."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from parlour.addresses import RoomUri
from parlour.chat.model import Content
from parlour.errors import FRAME_INVALID, ParlourError

MOST_KEY: Final = 64  # characters of the mark that an author puts on a message
_MOST_ID: Final = 64  # characters of the mark that a client puts on a request
LARGEST: Final = 1 << 53  # the whole numbers that JavaScript has

Mark: TypeAlias = str | int | None


@dataclass(frozen=True, slots=True)
class Join:
    """Open a room.

    Attributes:
        after: the newest entry of its log that the client has already, None if it has none.
        page: so many of its messages are wanted at once; None for none.
        around: those around this number; None for the newest.
    """

    room: RoomUri
    after: int | None = None
    page: int | None = None
    around: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Close a room."""

    room: RoomUri


@dataclass(frozen=True, slots=True)
class Watch:
    """Hear of the rooms that one follows, also while they are not open."""


@dataclass(frozen=True, slots=True)
class Post:
    """Say something; with the same `key` it is said once, however often it is sent."""

    room: RoomUri
    content: Content
    key: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Change a message of one's own."""

    room: RoomUri
    number: int
    content: Content


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a message of one's own."""

    room: RoomUri
    number: int


@dataclass(frozen=True, slots=True)
class Read:
    """Note that everything up to an entry of the log is read."""

    room: RoomUri
    number: int


@dataclass(frozen=True, slots=True)
class Typing:
    """Let the others know that one is writing."""

    room: RoomUri


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask for a sign of life."""


Command: TypeAlias = Watch | Join | Part | Post | Edit | Delete | Read | Typing | Ping


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, and the mark that its answer will have."""

    mark: Mark
    command: Command


class BadFrameError(Exception):
    """A frame that cannot be understood; the mark is what of it could be, for the answer."""

    def __init__(self, mark: Mark, error: ParlourError) -> None:
        super().__init__(str(error))
        self.mark = mark
        self.error = error


def read_frame(text: str) -> Asked:
    """Read one frame of a client.

    Raises:
        BadFrameError: it is none.
    """
    mark: Mark = None
    try:
        given = _object(text)
        mark = _mark(given.get("id"))
        name = given.get("do")
        read = _COMMANDS.get(name) if isinstance(name, str) else None
        if read is None:
            raise _invalid(f'"do" must be one of {", ".join(_COMMANDS)}')
        return Asked(mark, read(given))
    except ParlourError as error:
        raise BadFrameError(mark, error) from None


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _invalid("it is no JSON") from None
    if not isinstance(found, dict):
        raise _invalid("it is no JSON object")
    return found


def _mark(given: object) -> Mark:
    if given is None or (isinstance(given, str) and len(given) <= _MOST_ID):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < LARGEST:
        return given
    raise _invalid(f'"id" must be a whole number, or a text of at most {_MOST_ID} characters')


def room_id(room: RoomUri) -> str:
    """Return how a room is named here: its domain, a slash and its GUID."""
    return f"{room.domain}/{room.guid}"


def parse_room_id(text: str) -> RoomUri | None:
    """Read what `room_id` writes; None if it is none."""
    return RoomUri.parse(f"ma-chan://{text}")


def _room(given: Mapping[str, Any]) -> RoomUri:
    room = parse_room_id(_text(given, "room"))
    if room is None:
        raise _invalid('"room" must be a room\'s id, DOMAIN/GUID')
    return room


def _number(given: Mapping[str, Any], name: str) -> int:
    found = given.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < LARGEST:
        raise _invalid(f'"{name}" must be a whole number from 0')
    return found


def _text(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name)
    if not isinstance(found, str):
        raise _invalid(f'"{name}" must be a text')
    try:
        found.encode()
    except UnicodeEncodeError:
        raise _invalid(f'"{name}" has half a character in it') from None
    return found


def _content(given: Mapping[str, Any]) -> Content:
    alert = given.get("alert", False)
    if not isinstance(alert, bool):
        raise _invalid('"alert" must be true or false')
    title = None if given.get("title") is None else _text(given, "title")
    return Content(_text(given, "text"), title=title, alert=alert)


def _join(given: Mapping[str, Any]) -> Command:
    return Join(_room(given), *(_optional(given, name) for name in ("after", "page", "around")))


def _optional(given: Mapping[str, Any], name: str) -> int | None:
    return None if given.get(name) is None else _number(given, name)


def _key(given: Mapping[str, Any]) -> str:
    if given.get("key") is None:
        return ""
    found = _text(given, "key")
    if not 0 < len(found) <= MOST_KEY or not found.isprintable():
        raise _invalid(f'"key" must have 1 to {MOST_KEY} characters that can be printed')
    return found


_COMMANDS: Final[Mapping[str, Callable[[Mapping[str, Any]], Command]]] = MappingProxyType({
    "watch": lambda _: Watch(),
    "join": _join,
    "part": lambda given: Part(_room(given)),
    "post": lambda given: Post(_room(given), _content(given), _key(given)),
    "edit": lambda given: Edit(_room(given), _number(given, "number"), _content(given)),
    "delete": lambda given: Delete(_room(given), _number(given, "number")),
    "read": lambda given: Read(_room(given), _number(given, "number")),
    "typing": lambda given: Typing(_room(given)),
    "ping": lambda _: Ping(),
})


def _invalid(reason: str) -> ParlourError:
    return ParlourError(FRAME_INVALID, None, reason=reason)
