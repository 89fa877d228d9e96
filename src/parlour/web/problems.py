"""Errors as HTTP shows them: problem details (RFC 9457), straight from the registry."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from parlour.errors import SIGN_IN_NEEDED, SIGN_IN_REFUSED, SIGN_IN_TOO_OFTEN, ErrorKind, ParlourError

_MEDIA_TYPE = "application/problem+json"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Parlour", charset="UTF-8"'}


def register(app: FastAPI) -> None:
    """Have `app` answer with problem details whatever goes wrong in a way that has a name."""
    app.add_exception_handler(ParlourError, _named)
    app.add_exception_handler(HTTPException, _unnamed)


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
    if kind in (SIGN_IN_NEEDED, SIGN_IN_REFUSED):
        headers |= _CHALLENGE
    if kind is SIGN_IN_TOO_OFTEN and more and "seconds" in more:
        headers["Retry-After"] = str(more["seconds"])
    return JSONResponse({name: _sendable(value) for name, value in members.items()}, kind.http,
                        media_type=_MEDIA_TYPE, headers=headers)


def _sendable(value: object) -> object:
    """Return a value without halves of characters, which nothing can encode."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


async def _named(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, ParlourError)  # noqa: S101 - registered for these alone
    seconds = fault.details.get("seconds") if fault.kind is SIGN_IN_TOO_OFTEN else None
    return problem(fault.kind, str(fault), None if seconds is None else {"seconds": seconds})


async def _unnamed(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, HTTPException)  # noqa: S101 - registered for these alone
    return JSONResponse(
        {"type": "about:blank", "title": fault.detail, "status": fault.status_code}, fault.status_code,
        headers={**_HEADERS, **(fault.headers or {})}, media_type=_MEDIA_TYPE)
