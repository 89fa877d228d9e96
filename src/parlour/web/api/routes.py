"""The API as one piece, and its description (OpenAPI 3.1)."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from parlour.forms import ProblemForm
from parlour.web.api import files, joining, messages, reading, rooms
from parlour.web.api.serving import PREFIX, PROBLEMS, ApiServices

OPENAPI = f"{PREFIX}/openapi.json"
_ROUTERS = (rooms.router, messages.router, reading.router, joining.router, files.router)
_ABOUT = (
    "Rooms by topic whose conversation stays. Numbers are places in the log of a room, which has no gaps; what "
    "happens live comes over the WebSocket at `/api/v1/live`. Refusals are problems (RFC 9457) whose title is the "
    "error's name.")
_SCHEMES: dict[str, Any] = {
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-parlour",
                "description": "The session of a browser; with `X-CSRF-Token` for everything that changes something."},
    "token": {"type": "http", "scheme": "bearer", "description": "An access token."},
    "password": {"type": "http", "scheme": "basic", "description": "SIP address and password."},
}


def add_api(app: FastAPI, services: ApiServices) -> None:
    """Add the routes of the API, and where it is described."""
    app.state.api = services
    for router in _ROUTERS:
        app.include_router(router)

    @app.get(OPENAPI, include_in_schema=False)
    async def description() -> dict[str, Any]:
        return describe(app)


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of every operation of the API."""
    if app.openapi_schema is None:
        found = get_openapi(
            title="Parlour", version="1", summary="Persistent group chat", description=_ABOUT, routes=app.routes)
        found["paths"] = {path: what for path, what in found["paths"].items() if path.startswith(f"{PREFIX}/")}
        for operation in (each for path in found["paths"].values() for each in path.values()):
            operation["responses"].pop("422", None)  # what FastAPI would answer: here, it is a problem like any other
            operation["responses"] |= PROBLEMS
        parts = found.setdefault("components", {})
        parts.setdefault("schemas", {})["ProblemForm"] = TypeAdapter(ProblemForm).json_schema()
        parts["securitySchemes"] = _SCHEMES
        found["security"] = [{name: []} for name in _SCHEMES]
        app.openapi_schema = found
    return app.openapi_schema
