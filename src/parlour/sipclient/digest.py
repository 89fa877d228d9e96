"""Digest credentials (RFC 2617 section 3.2.2) of a client."""

import hashlib
import os
from collections.abc import Mapping

from parlour.sip import render_auth

_UNQUOTED = frozenset({"qop", "nc", "algorithm"})


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def credentials(
    challenge: Mapping[str, str], method: str, user: str, ha1: bytes, uri: str, count: int = 1
) -> str:
    """Answer a Digest challenge.

    Args:
        challenge: the parameters of the challenge, by lower-case name.
        method: SIP method of the request.
        user: user name.
        ha1: MD5 of user name, realm and password (RFC 2617 section 3.2.2.2), 16 bytes.
        uri: digest-uri.
        count: nonce count.

    Returns:
        The value for Authorization or Proxy-Authorization.
    """
    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    secret, request = ha1.hex(), _md5(f"{method}:{uri}")
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    if "opaque" in challenge:
        fields["opaque"] = challenge["opaque"]
    if "qop" not in challenge:
        return render_auth("Digest", {**fields, "response": _md5(f"{secret}:{nonce}:{request}")}, _UNQUOTED)
    cnonce, counted = os.urandom(8).hex(), f"{count:08x}"
    response = _md5(f"{secret}:{nonce}:{counted}:{cnonce}:auth:{request}")
    fields |= {"qop": "auth", "nc": counted, "cnonce": cnonce, "response": response}
    return render_auth("Digest", fields, _UNQUOTED)
