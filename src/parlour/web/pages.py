"""The browser client, as it was built: one page for every address that is neither of the API nor of a file."""

from collections.abc import Awaitable, Callable, Iterable
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from parlour.chat.model import Addin

CLIENT = Path(__file__).parent / "client"
_POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' blob:",
    "connect-src": "'self'", "font-src": "'self'", "manifest-src": "'self'", "worker-src": "'self'",
    "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'"}
_WORKER_POLICY = "default-src 'none'; connect-src 'self'"  # it fetches the files of the client, to keep them
_FOREVER = "public, max-age=31536000, immutable"  # names of assets change with their content
_ANEW = "no-cache"  # kept, but asked for again each time
_PRESSED = (("br", ".br"), ("gzip", ".gz"))  # best first
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}
_DOTTED = ("/rooms/", "/feeds/", "/console/")
_APART = ("/api", "/files", "/hooks")  # what stands below these is no page


def page_routes(addins: Callable[[], Awaitable[Iterable[Addin]]], folder: Path = CLIENT) -> APIRouter:
    """Return the routes of the client; include them after all others, since they take every address.

    Args:
        addins: the registered add-ins: the page may show those, and nothing else of elsewhere.
        folder: where the client was built.
    """
    router = APIRouter(route_class=_PageRoute)
    files = _by_address(folder)

    @router.api_route("/{path:path}", methods=["GET", "HEAD"])
    async def page(request: Request) -> FileResponse:
        """Return a file of the client, or its page."""
        address = request.url.path
        if found := files.get(address):
            if address != "/index.html":
                caching = _FOREVER if address.startswith("/assets/") else _ANEW
                return _file(request, found, caching, _WORKER_POLICY if address == "/sw.js" else None)
        elif not _may_be_page(address) or "/index.html" not in files:
            raise HTTPException(404)
        return _file(request, files["/index.html"], _ANEW, _policy(await addins()))

    return router


def _by_address(folder: Path) -> dict[str, Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".br", ".gz"})
    return {f"/{path.relative_to(folder).as_posix()}": path for path in found}


class _PageRoute(APIRoute):
    """A route for every address but those of the API, of files and of hooks: what is wrong there has its own answer."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether a request is for a page."""
        address = scope.get("path", "")
        if any(address == start or address.startswith(f"{start}/") for start in _APART):
            return Match.NONE, {}
        return super().matches(scope)


def _may_be_page(address: str) -> bool:
    """Say whether an address can be one of the client's own: some have names with dots in them, files are no others."""
    return "." not in address or address.startswith(_DOTTED)


def _file(request: Request, path: Path, caching: str, policy: str | None = None) -> FileResponse:
    accepted = {one.partition(";")[0].strip() for one in request.headers.get("Accept-Encoding", "").split(",")}
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if policy:
        headers["Content-Security-Policy"] = policy
    kind = _TYPES.get(path.suffix) or guess_type(path.name)[0]
    for coding, suffix in _PRESSED:
        pressed = path.with_name(path.name + suffix)
        if coding in accepted and pressed.is_file():
            return FileResponse(pressed, media_type=kind, headers={**headers, "Content-Encoding": coding})
    return FileResponse(path, media_type=kind, headers=headers)


def _policy(addins: Iterable[Addin]) -> str:
    """Return the Content Security Policy of the page (W3C CSP 3): nothing inline, nothing of elsewhere but add-ins."""
    origins = sorted({origin for addin in addins if (origin := _origin(addin.url))})
    rules = {**_POLICY, "frame-src": " ".join(origins) or "'none'"}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origin(url: str) -> str | None:
    """Return the origin of an add-in as a policy can name it, None if it cannot."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in {"http", "https"} or not all(one.isalnum() or one in ".-:" for one in host):
        return None
    try:
        named = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except UnicodeError:  # what has no such form has no address either
        return None
    return f"{parts.scheme}://{named}" + (f":{port}" if port else "")
