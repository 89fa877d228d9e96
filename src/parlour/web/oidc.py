"""Signing in at an OpenID provider: authorization code flow with PKCE (OpenID Connect Core 1.0 section 3.1).

What must be remembered between going there and coming back is in a sealed cookie of that browser: nobody can be
signed in by a link that somebody else began.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

import structlog
from cryptography.exceptions import InvalidTag
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.directory.passwords import Attempts, network_of
from parlour.directory.secrets import Vault
from parlour.errors import OIDC_PERSON_UNKNOWN, OIDC_STALE, SIGN_IN_TOO_OFTEN, ParlourError
from parlour.web.callers import peer_of
from parlour.web.credentials import cookie_value
from parlour.web.oidc_pages import refusal_page
from parlour.web.oidc_provider import OidcProvider, refused_by
from parlour.web.oidc_token import address_in
from parlour.web.sessions import PREFIX, SignInServices, begin, set_cookie

PATH: Final = f"{PREFIX}/oidc"
CALLBACK: Final = f"{PATH}/callback"
COOKIE: Final = "__Host-parlour-oidc"
_PURPOSE: Final = "sign-in elsewhere"
_LONGEST: Final = timedelta(minutes=10)  # between going there and coming back
_MOST_TO: Final = 512  # characters of where somebody goes afterwards
_FREE_TRIES: Final = 20
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class _Begun:
    """A sign-in that was begun in this browser."""

    state: str
    nonce: str
    verifier: str
    to: str
    at: float


@dataclass(frozen=True, slots=True)
class OidcServices:
    """What the routes need.

    Attributes:
        signing_in: begins sessions.
        provider: the provider.
        vault: seals what a browser keeps.
        clock: time.
    """

    signing_in: SignInServices
    provider: OidcProvider
    vault: Vault
    clock: Clock


def oidc_routes(services: OidcServices) -> APIRouter:
    """Return the routes of signing in elsewhere."""
    router = APIRouter(include_in_schema=False)  # pages, not for programs
    attempts = Attempts(services.clock, _FREE_TRIES)

    @router.get(PATH)
    async def go(request: Request, to: str = "/") -> Response:
        """Send somebody to the provider."""
        begun = _Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48),
                       own_path(to), services.clock.now().timestamp())
        challenge = urlsafe_b64encode(sha256(begun.verifier.encode()).digest()).decode().rstrip("=")
        try:
            address = await services.provider.address(begun.state, begun.nonce, challenge)
        except ParlourError as refused:
            return _refuse(request, refused)
        response = RedirectResponse(address, 303)
        set_cookie(response, _sealed(services.vault, begun), _LONGEST, COOKIE)
        return response

    @router.get(CALLBACK)
    async def come_back(
        request: Request, state: str = "", code: str = "", error: str | None = None, iss: str | None = None
    ) -> Response:
        """Take somebody who comes back from the provider."""
        peer = network_of(peer_of(request))
        if wait := attempts.wait(peer):
            return _refuse(request, ParlourError(SIGN_IN_TOO_OFTEN, None, seconds=int(wait) + 1))
        try:
            begun = _begun(services, request, state)
            if not code:
                raise refused_by(services.provider.settings.name, error)
            person = await _person(services, begun, code, iss)
        except ParlourError as refused:
            attempts.failed(peer)
            response = _refuse(request, refused)
        else:
            attempts.succeeded(peer)
            new = await begin(services.signing_in, request, person)
            response = RedirectResponse(begun.to, 303)
            set_cookie(response, new.secret, services.signing_in.longest)
        set_cookie(response, "", timedelta(0), COOKIE)  # it was for once
        return response

    return router


def own_path(to: str) -> str:
    """Return where somebody goes after he signed in: a page of ours, whatever a link says."""
    plain = len(to) <= _MOST_TO and to.isascii() and to.isprintable() and "\\" not in to
    return to if plain and to.startswith("/") and not to.startswith("//") else "/"


async def _person(services: OidcServices, begun: _Begun, code: str, issuer: str | None) -> Person:
    """Return whom of the directory the provider means.

    Raises:
        ParlourError: what keeps him out.
    """
    settings, people = services.provider.settings, services.signing_in.people
    claims = await services.provider.claims(code, begun.verifier, begun.nonce, issuer)
    address = address_in(claims, settings.claim, settings.domain, settings.name)
    unknown = ParlourError(OIDC_PERSON_UNKNOWN, address, name=settings.name, address=address[:200])
    try:
        person = await people.find(address)
    except ParlourError:
        raise unknown from None
    if not person.enabled or not await people.has_password(person):  # a bot has none, and never signs in
        raise unknown
    return person


def _refuse(request: Request, refused: ParlourError) -> Response:
    _log.warning("sign-in.elsewhere-refused", error=refused.kind.name, reason=str(refused), peer=peer_of(request))
    return refusal_page(refused, PATH)


def _sealed(vault: Vault, begun: _Begun) -> str:
    return urlsafe_b64encode(vault.seal(json.dumps(asdict(begun)).encode(), _PURPOSE, COOKIE)).decode()


def _begun(services: OidcServices, request: Request, state: str) -> _Begun:
    """Return the sign-in that this browser began.

    Raises:
        ParlourError: OidcStale.
    """
    stale = ParlourError(OIDC_STALE)
    kept = cookie_value(request.headers.get("Cookie", ""), COOKIE)
    try:
        begun = _Begun(**json.loads(services.vault.open(urlsafe_b64decode(kept or ""), _PURPOSE, COOKIE)))
    except (InvalidTag, ValueError, TypeError):  # TypeError: of another version of this server
        raise stale from None
    age = services.clock.now().timestamp() - begun.at
    if not 0 <= age < _LONGEST.total_seconds() or not hmac.compare_digest(state.encode("utf-8", "replace"),
                                                                          begun.state.encode()):
        raise stale
    return begun
