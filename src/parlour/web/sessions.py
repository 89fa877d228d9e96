"""Signing in and out, passwords, sessions and access tokens: what everybody does for himself.

An access token does for none of it but to ask whose it is: whoever finds one must not be able to make himself more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from parlour.admin.engine import Session
from parlour.chat.model import Person
from parlour.directory.bearers import Bearer, Bearers, Kind, NewBearer, Scope
from parlour.directory.people import People
from parlour.errors import (
    BODY_INVALID,
    CURRENT_PASSWORD_WRONG,
    PASSWORD_INVALID,
    SIGN_IN_REFUSED,
    TOKEN_INVALID,
    ParlourError,
)
from parlour.forms import (
    LimitsForm,
    NewTokenForm,
    OpenSessionForm,
    ProviderForm,
    SessionForm,
    SessionsForm,
    TokensForm,
    WaysForm,
)
from parlour.web.api.serving import Body
from parlour.web.body import json_body
from parlour.web.callers import COOKIE, Caller, Callers, csrf_token, peer_of
from parlour.web.credentials import cookie_value
from parlour.web.shapes import moment, optional_moment, person_shape, scope_names, token_shape

PREFIX: Final = "/api/v1"
_DAYS: Final = 90  # that a token lasts if nobody says
_B = TypeVar("_B", bound=Body)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignInServices:
    """What the routes need.

    Attributes:
        callers: says who asks.
        people: changes passwords.
        session: makes the administrative session of a person at a network address, which knows his roles.
        limits: how long or large what people send may be, by what it is.
        longest: how long the browser keeps the cookie at most.
        elsewhere: name and address of signing in elsewhere; None if that is not possible.
        shortest: characters that a password must have which somebody gives himself.
    """

    callers: Callers
    people: People
    session: Callable[[Person, str], Awaitable[Session]]
    limits: Callable[[], LimitsForm]
    longest: timedelta
    elsewhere: ProviderForm | None = None
    shortest: int = 8

    @property
    def bearers(self) -> Bearers:
        """The sessions and access tokens."""
        return self.callers.bearers


class SignInBody(Body):
    """SIP address and password."""

    address: str
    password: str


class PasswordBody(Body):
    """One's present password, and the one to have from now on."""

    current: str
    new: str


class NewTokenBody(Body):
    """An access token to be made. `days`: how long it lasts; null: until it is revoked."""

    name: str
    scopes: list[str]
    days: int | None = _DAYS


def _takes(body: type[Body]) -> dict[str, Any]:
    """Return how the description of the API tells of a body; who asks is seen to before it is read."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": body.model_json_schema()}}}}


def session_routes(services: SignInServices) -> APIRouter:
    """Return the routes of signing in."""
    router = APIRouter(prefix=PREFIX, tags=["signing in"])
    callers, bearers = services.callers, services.bearers

    @router.get("/sign-in")
    async def ways() -> WaysForm:
        """Say how one can sign in."""
        return WaysForm(password=True, oidc=services.elsewhere)

    @router.post("/session", status_code=201, response_model=SessionForm, openapi_extra=_takes(SignInBody))
    async def sign_in(request: Request) -> Response:
        """Sign in with SIP address and password."""
        callers.check_origin(request.headers)
        given = await _read(request, SignInBody)
        person = await callers.passwords.check(given.address, given.password, peer_of(request))
        new = await begin(services, request, person)
        response = JSONResponse(
            await _session_shape(services, request, Caller(person, new.bearer.scopes, new.bearer), new.secret), 201)
        set_cookie(response, new.secret, services.longest)
        return response

    @router.get("/session")
    async def session(request: Request) -> SessionForm:
        """Say who asks, and what he may."""
        caller = await callers.of(request)
        return await _session_shape(services, request, caller, _session_secret(request))

    @router.delete("/session", status_code=204)
    async def sign_out(request: Request) -> Response:
        """Sign out: the session is over, and the cookie goes."""
        caller = await _himself(callers, request)
        if caller.bearer is not None:
            await bearers.end(caller.person, Kind.SESSION, caller.bearer.id)
        response = Response(status_code=204)
        set_cookie(response, "", timedelta(0))
        return response

    @router.put("/session/password", status_code=204, openapi_extra=_takes(PasswordBody))
    async def change_password(request: Request) -> None:
        """Change one's own password; one's other sessions end."""
        caller = await _himself(callers, request)
        given = await _read(request, PasswordBody)
        await _check_current(callers, caller.person, given.current, peer_of(request))
        if 0 < len(given.new) < services.shortest:
            raise ParlourError(
                PASSWORD_INVALID, None, reason=f"it has fewer than {services.shortest} characters")
        kept = "" if caller.bearer is None else caller.bearer.id
        await services.people.set_password(caller.person, given.new, kept_session=kept)
        _log.info("sign-in.password-changed", person=str(caller.person.address), peer=peer_of(request))

    @router.get("/sessions")
    async def sessions(request: Request) -> SessionsForm:
        """List one's own sessions."""
        caller = await _himself(callers, request)
        found = await bearers.of(caller.person, Kind.SESSION)
        return {"sessions": [_listed_session(bearers, one, caller.bearer) for one in found]}

    @router.delete("/sessions", status_code=204)
    async def end_others(request: Request) -> None:
        """End one's other sessions."""
        caller = await _himself(callers, request)
        await bearers.end_others(caller.person, None if caller.bearer is None else caller.bearer.id)

    @router.delete("/sessions/{bearer_id}", status_code=204)
    async def end_session(bearer_id: str, request: Request) -> None:
        """End one of one's own sessions."""
        await bearers.end((await _himself(callers, request)).person, Kind.SESSION, bearer_id)

    @router.get("/tokens")
    async def tokens(request: Request) -> TokensForm:
        """List one's own access tokens."""
        caller = await _himself(callers, request)
        return {"tokens": [token_shape(one) for one in await bearers.of(caller.person, Kind.TOKEN)]}

    @router.post("/tokens", status_code=201, openapi_extra=_takes(NewTokenBody))
    async def make_token(request: Request) -> NewTokenForm:
        """Make an access token; its secret is shown this once."""
        caller = await _himself(callers, request)
        given = await _read(request, NewTokenBody)
        new = await bearers.make_token(
            caller.person, given.name, _scopes(given.scopes), given.days, _agent(request), peer_of(request))
        _log.info("sign-in.token-made", person=str(caller.person.address), peer=peer_of(request), token=new.bearer.id)
        return {**token_shape(new.bearer), "token": new.secret}

    @router.delete("/tokens/{bearer_id}", status_code=204)
    async def revoke_token(bearer_id: str, request: Request) -> None:
        """Revoke one of one's own access tokens."""
        await bearers.end((await _himself(callers, request)).person, Kind.TOKEN, bearer_id)

    return router


async def begin(services: SignInServices, request: Request, person: Person) -> NewBearer:
    """Begin a session of somebody who proved who he is; one that this browser had is over, whosever it was."""
    if former := _session_secret(request):
        found = await services.bearers.find(former, Kind.SESSION)
        if found is not None:
            await services.bearers.end(found[0], Kind.SESSION, found[1].id)
    new = await services.bearers.open_session(person, _agent(request), peer_of(request))
    _log.info("sign-in.began", person=str(person.address), peer=peer_of(request), session=new.bearer.id)
    return new


def set_cookie(response: Response, secret: str, lifetime: timedelta, name: str = COOKIE) -> None:
    """Give the browser a cookie that goes to this very host alone, and that no script reads (RFC 6265bis 4.1.3.2)."""
    response.set_cookie(name, secret, max_age=int(lifetime.total_seconds()), path="/", secure=True, httponly=True,
                        samesite="lax")


async def _himself(callers: Callers, request: Request) -> Caller:
    """Return who asks, if he did not come by an access token.

    Raises:
        ParlourError: as `Callers.identify`; TokenNotEnough.
    """
    caller = await callers.of(request)
    caller.require_himself()
    return caller


async def _check_current(callers: Callers, person: Person, current: str, peer: str) -> None:
    """Insist on somebody's present password; a wrong one counts as it does at the sign-in.

    Raises:
        ParlourError: CurrentPasswordWrong, SignInTooOften.
    """
    try:
        await callers.passwords.check(person.address.bare, current, peer)
    except ParlourError as refused:
        if refused.kind is SIGN_IN_REFUSED:
            raise ParlourError(CURRENT_PASSWORD_WRONG) from None
        raise


def _session_secret(request: Request) -> str | None:
    return cookie_value(request.headers.get("Cookie", ""), COOKIE)


async def _session_shape(services: SignInServices, request: Request, caller: Caller, secret: str | None) -> SessionForm:
    person, bearer = caller.person, caller.bearer
    by_cookie = bearer is not None and bearer.kind is Kind.SESSION and secret is not None
    roles = (await services.session(person, peer_of(request))).roles
    expires = None if bearer is None else services.bearers.expiry(bearer)
    return {
        "person": person_shape(person), "csrf": csrf_token(secret) if by_cookie and secret is not None else None,
        "expires": optional_moment(expires), "password": await services.people.has_password(person),
        "roles": sorted(roles), "limits": services.limits(), "scopes": scope_names(caller.scopes)}


def _listed_session(bearers: Bearers, one: Bearer, current: Bearer | None) -> OpenSessionForm:
    return {
        "id": one.id, "current": current is not None and one.id == current.id, "agent": one.agent,
        "address": one.address, "since": moment(one.created_at), "used": optional_moment(one.used_at),
        "expires": optional_moment(bearers.expiry(one))}


def _agent(request: Request) -> str:
    return request.headers.get("User-Agent", "")


async def _read(request: Request, body: type[_B]) -> _B:
    """Return the body of a request.

    Raises:
        ParlourError: RequestBodyInvalid, RequestBodyTooLarge.
    """
    given = await json_body(request)
    try:
        return body.model_validate(given)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise ParlourError(BODY_INVALID, name, reason=f"{name}: {first['msg']}") from None


def _scopes(given: list[str]) -> frozenset[Scope]:
    unknown = [one for one in given if one not in set(Scope)]
    if unknown:
        raise ParlourError(TOKEN_INVALID, unknown[0], reason=f'there is no scope "{unknown[0]}"')
    return frozenset(map(Scope, given))
