"""Names that people give to rooms: what is allowed, and when two are the same."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

from parlour.errors import NAME_NEEDS_POOL, ROOM_NAME_INVALID, ErrorKind, ParlourError

T = TypeVar("T")

Covers = Callable[[str], bool]
"""Says of a pool, by its FQDN in lower case, whether names in it count."""

MAX_NAME = 256
# Control characters, separators that break lines, and what turns the direction of writing or cannot be seen.
UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def checked_name(name: str, what: str = "room name") -> str:
    """Return `name` if a room may be called so.

    Raises:
        ParlourError: ChatRoomNameInvalid, for an empty one, one over 256 characters, or one with control characters.
    """
    if not name.strip():
        raise ParlourError(ROOM_NAME_INVALID, name, what=what, reason="it is empty")
    return checked_text(name, what)


def checked_text(text: str, what: str) -> str:
    """Return `text` if it may stand as a description: at most 256 characters, no control characters."""
    if len(text) > MAX_NAME:
        raise ParlourError(ROOM_NAME_INVALID, text[:40], what=what, reason=f"it has more than {MAX_NAME} characters")
    if UNSHOWABLE.search(text):
        raise ParlourError(ROOM_NAME_INVALID, text, what=what, reason="it contains control characters")
    return text


def name_key(name: str) -> str:
    """Return the form by which names are compared: composed, without letter case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def split_identity(identity: str) -> tuple[str | None, str]:
    r"""Split ``pool\name`` into its parts; a name alone has no pool. The name itself may have backslashes in it."""
    pool, backslash, name = identity.partition("\\")
    return (pool, name) if backslash else (None, identity)


def all_pools(_pool: str) -> bool:
    """Let names count in whatever pool."""
    return True


def the_only(found: Sequence[T], identity: str, absent: ErrorKind) -> T:
    """Return what was found under a name, if that is one thing.

    Raises:
        ParlourError: `absent` if there is none, NameNeedsPool if there are several.
    """
    if not found:
        raise ParlourError(absent, identity, identity=identity)
    if len(found) > 1:
        raise ParlourError(NAME_NEEDS_POOL, identity, identity=identity)
    return found[0]
