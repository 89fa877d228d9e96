"""The body of a request, read no further than it may be long."""

import asyncio
import json
from typing import Any, Final

from fastapi import Request

from parlour.errors import BODY_INVALID, BODY_TOO_LARGE, BODY_TOO_SLOW, ParlourError

MOST_BODY: Final = 1 << 20
_SECONDS = 30  # for a whole body


async def json_body(request: Request) -> dict[str, Any]:
    """Return the body, a JSON object; only that type, since other sites' pages cannot send it unasked.

    Raises:
        ParlourError: RequestBodyInvalid, RequestBodyTooLarge, RequestBodyTooSlow.
    """
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise ParlourError(BODY_INVALID, reason="its type is not application/json")
    content = await bounded_body(request, MOST_BODY)
    try:
        found = json.loads(content or b"{}")
    except (ValueError, RecursionError) as fault:
        raise ParlourError(BODY_INVALID, reason="it is no JSON") from fault
    if not isinstance(found, dict):
        raise ParlourError(BODY_INVALID, reason="it is no JSON object")
    return found


async def bounded_body(request: Request, most: int) -> bytes:
    """Return the body as it came.

    Args:
        request: the request.
        most: bytes that it may have.

    Raises:
        ParlourError: RequestBodyTooLarge, RequestBodyTooSlow.
    """
    told = request.headers.get("Content-Length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > most:
        raise ParlourError(BODY_TOO_LARGE, limit=most)
    try:
        async with asyncio.timeout(_SECONDS):
            return await _read(request, most)
    except TimeoutError:  # nobody holds a connection by sending nothing
        raise ParlourError(BODY_TOO_SLOW, seconds=_SECONDS) from None


async def _read(request: Request, most: int) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise ParlourError(BODY_TOO_LARGE, limit=most)
    return bytes(content)
