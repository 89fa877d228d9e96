"""What the routes of the API share: who asks, which room is meant, bodies that are bounded, answers with tags."""

import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from parlour.addresses import RoomUri
from parlour.chat.core import Core
from parlour.directory.lookup import Lookup
from parlour.errors import BODY_INVALID, CHANGED_MEANWHILE, ROOM_NOT_FOUND, ParlourError
from parlour.forms import ProblemForm
from parlour.web.body import MOST_BODY, bounded_body
from parlour.web.callers import Caller, Callers, Scope
from parlour.web.live.commands import parse_room_id

PREFIX: Final = "/api/v1"
PROBLEMS: Final[dict[str, dict[str, Any]]] = {
    "4XX": {"description": "Refused, with the reason",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemForm"}}}}}
"""What every operation may answer besides; `ProblemForm` is one of the application's schemas."""


@dataclass(frozen=True, slots=True)
class ApiServices:
    """What the routes work with.

    Attributes:
        core: the chat.
        callers: says who asks.
        lookup: finds people and groups by their names.
    """

    core: Core
    callers: Callers
    lookup: Lookup


def services_of(request: Request) -> ApiServices:
    """Return what the application works with."""
    return cast("ApiServices", request.app.state.api)


async def _core(request: Request) -> Core:
    return services_of(request).core


async def _lookup(request: Request) -> Lookup:
    return services_of(request).lookup


def _asking(scope: Scope) -> Callable[[Request], Coroutine[Any, Any, Caller]]:
    async def asking(request: Request) -> Caller:
        found = services_of(request)
        caller = await found.callers.of(request)
        caller.require(scope)
        found.core.access.check_enabled(caller.person)
        return caller
    return asking


async def _room_uri(domain: str, guid: str) -> RoomUri:
    """Return which room an address names; what can be none is not there, as any other that is not."""
    uri = parse_room_id(f"{domain}/{guid}")
    if uri is None:
        raise ParlourError(ROOM_NOT_FOUND, f"{domain}/{guid}"[:200], identity=f"{domain}/{guid}"[:200])
    return uri


TheCore = Annotated[Core, Depends(_core)]
TheLookup = Annotated[Lookup, Depends(_lookup)]
Reader = Annotated[Caller, Depends(_asking(Scope.READ))]
Writer = Annotated[Caller, Depends(_asking(Scope.WRITE))]
Manager = Annotated[Caller, Depends(_asking(Scope.MANAGE))]
TheRoom = Annotated[RoomUri, Depends(_room_uri)]


class Body(BaseModel):
    """The body of a request: exactly what is named, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class BoundedRoute(APIRoute):
    """A route whose body is read no further than it may be long, and has to be called JSON.

    Other sites' pages can send that type only when they are asked first whether they may.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what handles a request."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def bounded(request: Request) -> Response:
            if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
                raise ParlourError(BODY_INVALID, reason="its type is not application/json")
            return await handle(_with_body(request, await bounded_body(request, MOST_BODY)))
        return bounded


def _with_body(request: Request, body: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}
    return Request(request.scope, receive)


def tagged(request: Request, content: Mapping[str, Any]) -> Response:
    """Return an answer with a tag of its content; nothing but that if the client has it already (RFC 9110 13.1.2)."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {"ETag": tag_of(content), "Cache-Control": "private, no-cache"}
    if headers["ETag"] in _tags(request.headers.get("If-None-Match", "")):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


def tag_of(content: Mapping[str, Any]) -> str:
    """Return the tag of some content."""
    text = json.dumps(content, sort_keys=True).encode()
    return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def check_match(request: Request, present: str, what: str) -> None:
    """Make sure that whoever changes something has seen it as it is, if he says what he has seen.

    Args:
        request: the request; with If-Match, it is only meant for what has this tag (RFC 9110 section 13.1.1).
        present: the tag of what there is.
        what: how to call it.

    Raises:
        ParlourError: ChangedMeanwhile.
    """
    wanted = _tags(request.headers.get("If-Match", ""))
    if wanted and "*" not in wanted and present not in wanted:
        raise ParlourError(CHANGED_MEANWHILE, what, what=what)


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()]


__all__ = ["PREFIX", "PROBLEMS", "ApiServices", "Body", "BoundedRoute", "Manager", "ProblemForm", "Reader", "TheCore",
           "TheLookup", "TheRoom", "Writer", "check_match", "services_of", "tag_of", "tagged"]
