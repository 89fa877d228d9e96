"""Headers that go with every answer, unless a route has said it better."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS: Final = "max-age=31536000"
_ALWAYS: Final[Mapping[str, str]] = {
    # Only by TLS from now on (RFC 6797); other hosts of the domain are not ours to speak for.
    "Strict-Transport-Security": HSTS,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
                          "microphone=(), midi=(), payment=(), usb=()",
    # An answer is no page; those that are have a policy of their own.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
_API: Final = ("/api/", "/hooks/")
_API_ALONE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}


class SafeHeaders:
    """ASGI middleware that adds them.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = {**_ALWAYS, **(_API_ALONE if scope["path"].startswith(_API) else {})}

        async def send_with_them(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)
        await self._app(scope, receive, send_with_them)
