"""The client's side of the sign-in that Lync-style clients use, by password: that of `parlour.sipclient`."""

from parlour.sipclient import ChallengeError, Password
from parlour.sipclient import ntlm as client_ntlm
from parlour.sipclient.ntlm import NEEDED_FLAGS, SEQUENCE, Security, string_to_sign

__all__ = ["NEEDED_FLAGS", "SEQUENCE", "ChallengeError", "Security", "authenticate", "string_to_sign"]


def authenticate(challenge: bytes, user: str, password: str, domain: str = "") -> tuple[bytes, Security]:
    """Answer a CHALLENGE as pidgin-sipe does: NTLMv2, key exchange, no MIC.

    Args:
        challenge: the server's token.
        user: user name as typed, e.g. ``alice@litwareinc.com``.
        password: the password.
        domain: NT domain; empty for a user name with @.

    Returns:
        The AUTHENTICATE token, and what to sign with.

    Raises:
        ChallengeError: the challenge lacks a flag that real clients insist on.
    """
    return client_ntlm.authenticate(challenge, user, Password(user, password).nt_hash, domain, "TESTKIT")
