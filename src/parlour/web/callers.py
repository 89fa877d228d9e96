"""Who asks: by session cookie, access token, or name and password. One piece for everything that HTTP reaches."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from parlour.chat.model import Person
from parlour.directory.bearers import ALL_SCOPES, Bearer, Bearers, Kind, Scope
from parlour.directory.passwords import PasswordSignIn
from parlour.errors import (
    CSRF_NEEDED,
    ORIGIN_FOREIGN,
    SCOPE_MISSING,
    SIGN_IN_NEEDED,
    TOKEN_NOT_ENOUGH,
    TOKEN_REFUSED,
    ParlourError,
)
from parlour.web.credentials import basic_credentials, cookie_value

__all__ = ["COOKIE", "CSRF_HEADER", "Caller", "Callers", "Scope", "csrf_token", "peer_of"]

COOKIE: Final = "__Host-parlour"
CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks.

    Attributes:
        person: who.
        scopes: what he may do with what he showed; all of it unless that was an access token.
        bearer: the session or token that he showed; None if he gave name and password.
    """

    person: Person
    scopes: frozenset[Scope]
    bearer: Bearer | None

    def require(self, scope: Scope) -> None:
        """Insist on a scope.

        Raises:
            ParlourError: ScopeMissing.
        """
        if scope not in self.scopes:
            raise ParlourError(SCOPE_MISSING, scope.value, scope=scope.value)

    def require_himself(self) -> None:
        """Insist on a person rather than an access token, for what would outlive the token.

        Raises:
            ParlourError: TokenNotEnough.
        """
        if self.bearer is not None and self.bearer.kind is Kind.TOKEN:
            raise ParlourError(TOKEN_NOT_ENOUGH)


class Callers:
    """Says who asks.

    Args:
        passwords: checks names and passwords.
        bearers: knows sessions and tokens.
        origin: how browsers reach this server, if a proxy shows them another host than it tells.
    """

    def __init__(self, passwords: PasswordSignIn, bearers: Bearers, origin: str | None = None) -> None:
        self.passwords = passwords
        self.bearers = bearers
        self._origin = origin

    async def of(self, request: Request) -> Caller:
        """Return who sent a request.

        Raises:
            ParlourError: as `identify`.
        """
        return await self.identify(request.headers, request.method, peer_of(request))

    async def identify(self, headers: Mapping[str, str], method: str, peer: str) -> Caller:
        """Return who asks. What stands in Authorization goes before a cookie, which comes by itself.

        Args:
            headers: of the request; names in any case.
            method: of the request. With a cookie alone, only what changes nothing needs no token against forgery.
            peer: network address that it comes from.

        Raises:
            ParlourError: SignInNeeded, SignInRefused, SignInTooOften, TokenRefused, CsrfNeeded, OriginForeign.
        """
        given = headers.get("Authorization")
        opens = headers.get("Upgrade", "").lower() == "websocket"
        if opens:  # a page cannot set headers of its own, so that its origin has to do
            self.check_origin(headers, must=given is None)
        if given is None:
            return await self._by_cookie(headers, method)
        scheme, _, value = given.partition(" ")
        if scheme.lower() == "bearer":
            return await self._by_token(value.strip())
        return Caller(await self.passwords.check(*basic_credentials(given), peer), ALL_SCOPES, None)

    async def _by_token(self, secret: str) -> Caller:
        found = await self.bearers.find(secret, Kind.TOKEN)
        if found is None:
            raise ParlourError(TOKEN_REFUSED)
        person, bearer = found
        return Caller(person, bearer.scopes, bearer)

    async def _by_cookie(self, headers: Mapping[str, str], method: str) -> Caller:
        secret = cookie_value(headers.get("Cookie", ""), COOKIE)
        if secret is None:
            raise ParlourError(SIGN_IN_NEEDED)
        if method not in _SAFE:
            self.check_origin(headers)
        found = await self.bearers.find(secret, Kind.SESSION)
        if found is None:
            raise ParlourError(SIGN_IN_NEEDED)
        if method not in _SAFE:
            _check_csrf(headers, secret)
        person, bearer = found
        return Caller(person, bearer.scopes, bearer)

    def check_origin(self, headers: Mapping[str, str], *, must: bool = False) -> None:
        """Keep pages of other sites out, by what browsers say of where a request comes from.

        Args:
            headers: of the request.
            must: whether the origin has to be told.

        Raises:
            ParlourError: OriginForeign.
        """
        origin = headers.get("Origin")
        own = {f"https://{headers.get('Host', '')}".lower(), (self._origin or "").lower()}
        foreign = must if origin is None else origin.lower() not in own
        if foreign or headers.get("Sec-Fetch-Site", "").lower() == "cross-site":
            shown = origin or "another site"
            raise ParlourError(ORIGIN_FOREIGN, shown, origin=shown)


def csrf_token(secret: str) -> str:
    """Return what a page of ours sends along with the session's cookie: no other page can read or guess it."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), b"parlour csrf", hashlib.sha256)).decode().rstrip("=")


def _check_csrf(headers: Mapping[str, str], secret: str) -> None:
    given = headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token(secret).encode()):
        raise ParlourError(CSRF_NEEDED)


def peer_of(request: Request) -> str:
    """Return the network address that a request comes from."""
    return request.client.host if request.client else "unknown"
