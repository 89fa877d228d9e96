"""Errors as HTTP shows them: problem details (RFC 9457), straight from the registry."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from parlour.errors import ParlourError

_MEDIA_TYPE = "application/problem+json"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def register(app: FastAPI) -> None:
    """Have `app` answer with problem details whatever goes wrong in a way that has a name."""
    app.add_exception_handler(ParlourError, _named)
    app.add_exception_handler(HTTPException, _unnamed)


async def _named(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, ParlourError)  # noqa: S101 - registered for these alone
    kind = fault.kind
    return JSONResponse(
        {"type": f"urn:parlour:error:{kind.name}", "title": kind.name, "status": kind.http, "detail": str(fault)},
        kind.http, media_type=_MEDIA_TYPE, headers=_HEADERS)


async def _unnamed(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, HTTPException)  # noqa: S101 - registered for these alone
    return JSONResponse(
        {"type": "about:blank", "title": fault.detail, "status": fault.status_code}, fault.status_code,
        headers={**_HEADERS, **(fault.headers or {})}, media_type=_MEDIA_TYPE)
