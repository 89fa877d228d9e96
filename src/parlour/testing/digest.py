"""Digest credentials (RFC 2617 section 3.2.2) as Lync-style clients send them, quirk included."""

from collections.abc import Mapping

from parlour.sipclient import Password
from parlour.sipclient import digest as client_digest

PIDGIN_URI = "(null)"  # what pidgin-sipe 1.25 writes as digest-uri, and computes with


def credentials(
    challenge: Mapping[str, str], method: str, user: str, password: str, uri: str = PIDGIN_URI, count: int = 1
) -> str:
    """Answer a Digest challenge.

    Args:
        challenge: the parameters of the challenge, by lower-case name.
        method: SIP method of the request.
        user: user name.
        password: the password.
        uri: digest-uri; by default the literal that pidgin-sipe sends.
        count: nonce count.

    Returns:
        The value for Authorization or Proxy-Authorization.
    """
    ha1 = Password(user, password).ha1(challenge.get("realm", ""))
    return client_digest.credentials(challenge, method, user, ha1, uri, count)
