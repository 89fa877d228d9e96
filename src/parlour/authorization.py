"""What a client's requests carry to say who asks; the other side of `parlour.web.callers`."""

from base64 import b64encode


def bearer(token: str) -> str:
    """Return the value of Authorization for an access token (RFC 6750)."""
    return f"Bearer {token}"


def basic(address: str, password: str) -> str:
    """Return the value of Authorization for SIP address and password (RFC 7617)."""
    return "Basic " + b64encode(f"{address}:{password}".encode()).decode()
