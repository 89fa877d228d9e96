"""Talks to an OpenID provider: its description, its keys, and the exchange of a code for who somebody is.

Everything that it answers is bounded in time and size; nothing is asked before somebody wants to sign in.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from parlour.clock import Clock
from parlour.errors import OIDC_REFUSED, OIDC_UNAVAILABLE, ParlourError
from parlour.web.oidc_token import ALGORITHMS, Claims, Expected, KeyUnknownError, checked_claims, tells, untrusted

_SECONDS: Final = 10.0  # for one request, from beginning to end
_MOST_BYTES: Final = 1 << 18
_FRESH_SECONDS: Final = 3600.0  # that its description and its keys are believed unasked
_RETRY_SECONDS: Final = 5.0  # that a provider which did not answer is left alone
_KEYS_SECONDS: Final = 60.0  # between two looks for a key that is not there
_DESCRIPTION: Final = "/.well-known/openid-configuration"
_CODE: Final = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True, repr=False)
class OidcSettings:
    """What a deployment says of its provider.

    Attributes:
        issuer: the provider's address, just as it calls itself.
        client: what this server is called there.
        secret: proves it; None for a public client.
        name: what people call the provider.
        claim: which claim holds the SIP address.
        domain: what follows it if it is a user name alone; None: it is the whole address.
        scopes: what is asked for.
        authority: certificates of whoever vouches for it; None: those of the machine.
        redirect: address that people come back to.
    """

    issuer: str
    client: str
    secret: str | None
    name: str
    claim: str
    domain: str | None
    scopes: tuple[str, ...]
    authority: Path | None
    redirect: str


@dataclass(frozen=True, slots=True)
class _Description:
    """What a provider says of itself (OpenID Connect Discovery 1.0 section 3)."""

    authorize: str
    token: str
    keys: str
    userinfo: str | None
    algorithms: tuple[str, ...]
    by_body: bool  # whether it wants the client's secret in the body
    names_itself: bool  # whether it says who it is when people come back (RFC 9207)


class OidcProvider:
    """One provider.

    Args:
        settings: what the deployment says of it.
        clock: time.
    """

    def __init__(self, settings: OidcSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._lock = asyncio.Lock()
        self._described: tuple[_Description, float] | None = None
        self._keys: tuple[KeySet, float] | None = None
        self._failed: tuple[ParlourError, float] | None = None
        self._trust: ssl.SSLContext | None = None

    async def address(self, state: str, nonce: str, challenge: str) -> str:
        """Return where to send somebody to sign in.

        Args:
            state: comes back with him.
            nonce: comes back in the ID token.
            challenge: SHA-256 of what proves that the code was meant for us (RFC 7636).

        Raises:
            ParlourError: OidcUnavailable, OidcAnswerInvalid.
        """
        description = await self._description()
        settings = self.settings
        query = urlencode({
            "response_type": "code", "client_id": settings.client, "redirect_uri": settings.redirect,
            "scope": " ".join(settings.scopes), "state": state, "nonce": nonce,
            "code_challenge": challenge, "code_challenge_method": "S256"})
        return f"{description.authorize}{'&' if '?' in description.authorize else '?'}{query}"

    async def claims(self, code: str, verifier: str, nonce: str, issuer: str | None) -> Claims:
        """Exchange the code that somebody came back with for what the provider says of him.

        Args:
            code: the code.
            verifier: what the challenge was made of.
            nonce: what was sent along.
            issuer: who the code is from, as far as that was said.

        Raises:
            ParlourError: OidcUnavailable, OidcAnswerInvalid, OidcRefused.
        """
        description = await self._description()
        if issuer != self.settings.issuer and (issuer is not None or description.names_itself):
            raise untrusted("the answer is not from the provider that was asked")
        answer = await self._exchange(description, code, verifier)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise untrusted("there is no ID token")
        claims = await self._checked(description, token, nonce)
        if tells(claims, self.settings.claim) or description.userinfo is None or not isinstance(access, str):
            return claims
        return await self._more(description.userinfo, access, claims)

    # -- what it says of itself

    async def _description(self) -> _Description:
        async with self._lock:
            now = self._clock.monotonic()
            if self._described is not None and now - self._described[1] < _FRESH_SECONDS:
                return self._described[0]
            if self._failed is not None and now - self._failed[1] < _RETRY_SECONDS:
                fault = self._failed[0]
                raise ParlourError(fault.kind, fault.target, **fault.details)
            try:
                found = self._read(await self._get(self.settings.issuer.rstrip("/") + _DESCRIPTION))
            except ParlourError as fault:
                self._failed = fault, now
                raise
            self._described, self._failed = (found, now), None
            return found

    def _read(self, told: Mapping[str, Any]) -> _Description:
        if told.get("issuer") != self.settings.issuer:
            raise untrusted(f'it calls itself "{str(told.get("issuer"))[:200]}", not "{self.settings.issuer}"')
        methods = told.get("token_endpoint_auth_methods_supported")
        offered = told.get("id_token_signing_alg_values_supported")
        algorithms = tuple(one for one in ALGORITHMS if not isinstance(offered, list) or one in offered)
        if not algorithms:
            raise untrusted("it signs in no way that is known here")
        return _Description(
            authorize=self._endpoint(told, "authorization_endpoint"), token=self._endpoint(told, "token_endpoint"),
            keys=self._endpoint(told, "jwks_uri"),
            userinfo=self._endpoint(told, "userinfo_endpoint") if "userinfo_endpoint" in told else None,
            algorithms=algorithms, by_body=isinstance(methods, list) and "client_secret_basic" not in methods,
            names_itself=told.get("authorization_response_iss_parameter_supported") is True)

    def _endpoint(self, told: Mapping[str, Any], name: str) -> str:
        url = told.get(name)
        if not isinstance(url, str) or not is_safe(url):
            raise untrusted(f"{name} is no address that can be used")
        return url

    # -- who somebody is

    async def _exchange(self, description: _Description, code: str, verifier: str) -> Mapping[str, Any]:
        settings = self.settings
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": settings.redirect,
                "code_verifier": verifier}
        auth = None
        if settings.secret is None or description.by_body:
            form |= {"client_id": settings.client}
            form |= {} if settings.secret is None else {"client_secret": settings.secret}
        else:
            auth = httpx.BasicAuth(quote(settings.client, safe=""), quote(settings.secret, safe=""))  # RFC 6749 2.3.1
        return await self._ask("POST", description.token, data=form, auth=auth)

    async def _checked(self, description: _Description, token: str, nonce: str) -> Claims:
        expected = Expected(self.settings.issuer, self.settings.client, nonce)
        now = int(self._clock.now().timestamp())
        for again in (False, True):
            try:
                keys = await self._known_keys(description, again=again)
                return checked_claims(token, keys, description.algorithms, expected, now)
            except KeyUnknownError:
                continue  # it may have new ones
        raise untrusted("the ID token is signed with a key that the provider does not show")

    async def _known_keys(self, description: _Description, *, again: bool) -> KeySet:
        async with self._lock:
            now = self._clock.monotonic()
            if self._keys is not None and now - self._keys[1] < (_KEYS_SECONDS if again else _FRESH_SECONDS):
                return self._keys[0]
            told = await self._get(description.keys)
            try:
                found = KeySet.import_key_set({"keys": told["keys"]})
            except (JoseError, ValueError, TypeError, KeyError, AttributeError) as fault:
                raise untrusted("its keys cannot be read") from fault
            self._keys = found, now
            return found

    async def _more(self, url: str, access: str, claims: Claims) -> Claims:
        """Return the claims with those that are only told when asked (OpenID Connect Core 1.0 section 5.3)."""
        told = await self._ask("GET", url, headers={"Authorization": f"Bearer {access}"})
        if told.get("sub") != claims["sub"]:
            raise untrusted("what it tells is of somebody else")
        return {**told, **claims}

    # -- on the wire

    async def _get(self, url: str) -> Mapping[str, Any]:
        return await self._ask("GET", url)

    async def _ask(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401 - of httpx
        """Return the JSON object that answers a request.

        Raises:
            ParlourError: OidcUnavailable, OidcRefused, OidcAnswerInvalid.
        """
        if self._trust is None:
            self._trust = await asyncio.to_thread(self._read_trust)
        try:
            async with asyncio.timeout(_SECONDS), httpx.AsyncClient(
                    verify=self._trust, trust_env=False, timeout=_SECONDS,
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"}) as client, \
                    client.stream(method, url, **more) as answer:
                return self._told(answer, await _bounded(answer))
        except TimeoutError:
            raise self._unavailable(f"there was no answer within {_SECONDS:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            raise self._unavailable(str(fault) or type(fault).__name__) from fault

    def _told(self, answer: httpx.Response, content: bytes) -> Mapping[str, Any]:
        try:
            told = httpx.Response(answer.status_code, content=content).json()
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict) and answer.status_code == httpx.codes.OK:
            return told
        if isinstance(told, dict) and _CODE.fullmatch(str(told.get("error"))):
            raise ParlourError(OIDC_REFUSED, None, name=self.settings.name, reason=told["error"])
        if answer.status_code != httpx.codes.OK:
            raise self._unavailable(f"it answered {answer.status_code}")
        raise untrusted("it is no JSON object")

    def _read_trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.settings.authority)
        except (OSError, ssl.SSLError) as fault:
            raise self._unavailable(f"{self.settings.authority}: {fault}") from fault

    def _unavailable(self, reason: str) -> ParlourError:
        return ParlourError(OIDC_UNAVAILABLE, None, name=self.settings.name, reason=reason)


async def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) > _MOST_BYTES:
            raise untrusted(f"it is longer than {_MOST_BYTES} bytes")
    return bytes(content)


def is_safe(url: str) -> bool:
    """Say whether an address can be used: by TLS, unless it is on this very machine."""
    try:
        parsed = urlsplit(url)
        host = parsed.hostname or ""
    except ValueError:
        return False
    if not host or parsed.fragment or parsed.username is not None:
        return False
    return parsed.scheme == "https" or (parsed.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refused_by(name: str, code: str | None) -> ParlourError:
    """Return the error of a provider that sent somebody back without a code.

    Args:
        name: what it is called.
        code: the name of its reason; shown only if it is one.
    """
    reason = code if code is not None and _CODE.fullmatch(code) else "it gave no reason"
    return ParlourError(OIDC_REFUSED, None, name=name, reason=reason)
