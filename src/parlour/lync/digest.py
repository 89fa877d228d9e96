"""Digest sign-in (RFC 2617, MD5 with qop=auth), for TLS connections only.

The client this is made for sends the literal digest-uri ``(null)`` (reference/sip-client-flow.md section 4.5), so the
uri is taken from the header, as the RFC lets proxies do. A nonce is good for one connection and one sign-in.
"""

import hmac
from hashlib import md5

from parlour.errors import SIGN_IN_REFUSED, ParlourError
from parlour.sip import AuthValue


def response_of(ha1: bytes, method: str, given: AuthValue, nonce: str) -> str:
    """Return the response that somebody who knows HA1 (16 bytes) sends: 32 lower-case hexadecimal digits."""
    params = given.params
    ha2 = _hex(f"{method}:{params.get('uri', '')}")
    return _hex(f"{ha1.hex()}:{nonce}:{params.get('nc', '')}:{params.get('cnonce', '')}:auth:{ha2}")


def check(ha1: bytes, method: str, given: AuthValue, nonce: str) -> None:
    """Check the client's credentials against the nonce it was given.

    Raises:
        ParlourError: SignInRefused, whatever was wrong.
    """
    params = given.params
    fitting = (params.get("nonce") == nonce and params.get("qop") == "auth" and params.get("cnonce")
               and params.get("algorithm", "MD5").upper() == "MD5")
    expected = response_of(ha1, method, given, nonce)
    response = params.get("response", "").lower()
    if not fitting or not response.isascii() or not hmac.compare_digest(expected, response):
        raise ParlourError(SIGN_IN_REFUSED)


def _hex(text: str) -> str:
    return md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
