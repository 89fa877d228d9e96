"""Display names of people and endpoints."""

import re

from parlour.errors import DISPLAY_NAME_INVALID, ParlourError

MAX_DISPLAY_NAME = 256  # the directory's own limit
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def checked_display_name(name: str) -> str:
    """Return `name` if it can be shown.

    Raises:
        ParlourError: DisplayNameInvalid.
    """
    if not name.strip():
        raise ParlourError(DISPLAY_NAME_INVALID, name, reason="it is empty")
    if len(name) > MAX_DISPLAY_NAME:
        raise ParlourError(DISPLAY_NAME_INVALID, name[:40], reason=f"it has more than {MAX_DISPLAY_NAME} characters")
    if _CONTROL.search(name):
        raise ParlourError(DISPLAY_NAME_INVALID, name, reason="it contains control characters")
    return name
