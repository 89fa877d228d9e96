"""Display names of people and endpoints."""

from parlour.chat.names import UNSHOWABLE
from parlour.errors import DISPLAY_NAME_INVALID, ParlourError

MAX_DISPLAY_NAME = 256  # the directory's own limit


def checked_display_name(name: str) -> str:
    """Return `name` if it can be shown.

    Raises:
        ParlourError: DisplayNameInvalid.
    """
    if not name.strip():
        raise ParlourError(DISPLAY_NAME_INVALID, name, reason="it is empty")
    if len(name) > MAX_DISPLAY_NAME:
        raise ParlourError(DISPLAY_NAME_INVALID, name[:40], reason=f"it has more than {MAX_DISPLAY_NAME} characters")
    if UNSHOWABLE.search(name):
        raise ParlourError(DISPLAY_NAME_INVALID, name, reason="it contains control characters")
    return name
