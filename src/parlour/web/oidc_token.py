"""What an OpenID provider says of somebody: whether it can be believed, and whom of the directory it means."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from parlour.errors import OIDC_ANSWER_INVALID, OIDC_CLAIM_MISSING, OIDC_EMAIL_UNVERIFIED, ParlourError

# Signatures that only the provider can make. Never "none", nor one by a secret that both sides know.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
EMAIL: Final = "email"
VERIFIED: Final = "email_verified"
_LEEWAY_SECONDS = 60  # between the clocks of both sides
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must say (OpenID Connect Core 1.0 section 3.1.3.7).

    Attributes:
        issuer: who issued it.
        client: whom it is for.
        nonce: what was sent along when this sign-in began.
    """

    issuer: str
    client: str
    nonce: str


class KeyUnknownError(Exception):
    """It is signed with a key that is not among those known."""


def checked_claims(token: str, keys: KeySet, algorithms: Collection[str], expected: Expected, now: int) -> Claims:
    """Return the claims of an ID token.

    Args:
        token: the token.
        keys: the provider's keys.
        algorithms: those that are allowed.
        expected: what it must say.
        now: seconds since 1970.

    Raises:
        KeyUnknownError: the key that signed it is not there.
        ParlourError: OidcAnswerInvalid.
    """
    registry = jwt.JWTClaimsRegistry(
        now, _LEEWAY_SECONDS, iss={"essential": True, "value": expected.issuer}, sub={"essential": True},
        aud={"essential": True, "value": expected.client}, exp={"essential": True}, iat={"essential": True},
        nonce={"essential": True, "value": expected.nonce})
    try:
        claims = jwt.decode(token, keys, algorithms=algorithms).claims
        registry.validate(claims)
    except InvalidKeyIdError as fault:
        raise KeyUnknownError from fault
    except (JoseError, ValueError, TypeError) as fault:
        raise untrusted(f"the ID token: {fault}") from fault
    audience = claims["aud"]
    if claims.get("azp", expected.client) != expected.client or (
            isinstance(audience, list) and len(audience) > 1 and "azp" not in claims):
        raise untrusted("the ID token is for somebody else")
    return claims


def tells(claims: Claims, claim: str) -> bool:
    """Say whether claims tell everything that is asked."""
    return claim in claims and (claim != EMAIL or VERIFIED in claims)


def address_in(claims: Claims, claim: str, domain: str | None, name: str) -> str:
    """Return the SIP address that claims stand for.

    Args:
        claims: of the provider.
        claim: which of them holds the address.
        domain: what follows it if it is a user name alone; None: it is the whole address.
        name: what the provider is called.

    Raises:
        ParlourError: OidcClaimMissing, OidcEmailUnverified.
    """
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip():
        raise ParlourError(OIDC_CLAIM_MISSING, claim, name=name, claim=claim)
    if claim == EMAIL and claims.get(VERIFIED) is not True:
        raise ParlourError(OIDC_EMAIL_UNVERIFIED, value, name=name, email=value)
    return f"{value}@{domain}" if domain and "@" not in value else value


def untrusted(reason: str) -> ParlourError:
    """Return the error of an answer that cannot be believed."""
    return ParlourError(OIDC_ANSWER_INVALID, None, reason=reason)
