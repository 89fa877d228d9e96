"""What requests carry to say who asks."""

import binascii
from base64 import b64decode

from parlour.errors import SIGN_IN_NEEDED, ParlourError


def basic_credentials(header: str) -> tuple[str, str]:
    """Read an Authorization header with name and password (RFC 7617).

    Raises:
        ParlourError: SignInNeeded.
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise ParlourError(SIGN_IN_NEEDED)
    try:
        name, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ParlourError(SIGN_IN_NEEDED) from None
    if not colon:
        raise ParlourError(SIGN_IN_NEEDED)
    return name, password


def cookie_value(header: str, name: str) -> str | None:
    """Read one cookie of a Cookie header (RFC 6265 section 4.2); None without it, or if it is there more than once."""
    found = [value.strip() for key, equals, value in (part.partition("=") for part in header.split(";"))
             if equals and key.strip() == name]
    return found[0] if len(found) == 1 and found[0].isascii() else None
