"""Errors as HTTP shows them: problem details (RFC 9457), straight from the registry."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from parlour.errors import REQUEST_INVALID, SIGN_IN_TOO_OFTEN, TOKEN_REFUSED, ErrorKind, ParlourError

_MEDIA_TYPE = "application/problem+json"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_BEARER = 'Bearer realm="Parlour"'
_BASIC = 'Basic realm="Parlour", charset="UTF-8"'


def register(app: FastAPI) -> None:
    """Have `app` answer with problem details whatever goes wrong in a way that has a name."""
    app.add_exception_handler(ParlourError, _named)
    app.add_exception_handler(HTTPException, _unnamed)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unforeseen)
    app.add_exception_handler(RequestValidationError, _invalid)


def problem(kind: ErrorKind, detail: str, more: Mapping[str, Any] | None = None) -> JSONResponse:
    """Return the problem details of an error.

    Args:
        kind: the row of the registry.
        detail: what happened, and what to do.
        more: further members.
    """
    headers = dict(_HEADERS)
    members = {"type": f"urn:parlour:error:{kind.name}", "title": kind.name, "status": kind.http, "detail": detail,
               **(more or {})}
    if kind is SIGN_IN_TOO_OFTEN and more and "seconds" in more:
        headers["Retry-After"] = str(more["seconds"])
    return JSONResponse({name: _sendable(value) for name, value in members.items()}, kind.http,
                        media_type=_MEDIA_TYPE, headers=headers)


def _sendable(value: object) -> object:
    """Return a value without halves of characters, which nothing can encode."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


async def _named(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, ParlourError)  # noqa: S101 - registered for these alone
    seconds = fault.details.get("seconds") if fault.kind is SIGN_IN_TOO_OFTEN else None
    response = problem(fault.kind, str(fault), None if seconds is None else {"seconds": seconds})
    if fault.kind.http == HTTPStatus.UNAUTHORIZED:
        for challenge in _challenges(request, fault.kind):
            response.headers.append("WWW-Authenticate", challenge)
    return response


def _challenges(request: Request, kind: ErrorKind) -> list[str]:
    """Return the ways to sign in (RFC 9110 section 11.6.1).

    A page asks in a form of its own: were its scripts told of Basic, the browser would ask before it can.
    """
    scripted = "Sec-Fetch-Mode" in request.headers or kind is TOKEN_REFUSED
    return [_BEARER] if scripted else [_BASIC, _BEARER]


async def _invalid(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, RequestValidationError)  # noqa: S101 - registered for these alone
    first = fault.errors()[0]
    place = ".".join(map(str, first["loc"][1:])) or str(first["loc"][0])
    refused = ParlourError(REQUEST_INVALID, None, reason=f"{place}: {first['msg']}")
    return problem(refused.kind, str(refused))


async def _gone(_request: Request, _fault: Exception) -> Response:
    """Answer nobody: whoever asked went in the middle of it, which is no fault of ours to be reported."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _unforeseen(_request: Request, _fault: Exception) -> JSONResponse:
    """Answer when something went wrong that has no name; the server reports it itself."""
    return JSONResponse({"type": "about:blank", "title": "Internal Server Error", "status": 500}, 500,
                        headers=_HEADERS, media_type=_MEDIA_TYPE)


async def _unnamed(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, HTTPException)  # noqa: S101 - registered for these alone
    return JSONResponse(
        {"type": "about:blank", "title": fault.detail, "status": fault.status_code}, fault.status_code,
        headers={**_HEADERS, **(fault.headers or {})}, media_type=_MEDIA_TYPE)
