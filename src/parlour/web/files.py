"""Up- and downloads of files, each by an address that works once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from parlour.chat.files import Download, FileInfo, Files
from parlour.errors import BODY_TOO_SLOW, ParlourError

PATH = "/files"
_PIECE_SECONDS = 30  # for each piece of an upload
# Whatever a file claims to be, a browser saves it: it neither guesses, shows, runs nor keeps it.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
# Told by their first bytes, not by their names (`parlour.chat.filetypes`).
_DRAWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def file_routes(files: Files) -> APIRouter:
    """Return the routes of files; the token in the address says who asks, and for what."""
    router = APIRouter(prefix=PATH)

    @router.put("/{token}", status_code=201)
    async def upload(token: str, request: Request) -> dict[str, Any]:
        """Take the body as the file that the token was given for."""
        async with aclosing(_steadily(request.stream())) as pieces:
            return _shown(await files.receive(token, pieces))

    @router.get("/{token}")
    async def download(token: str) -> StreamingResponse:
        """Give out the file that the token was given for."""
        return answer(await files.send(token))

    return router


def answer(found: Download, *, inline: bool = False) -> StreamingResponse:
    """Return a file.

    Args:
        found: the file.
        inline: a page may show it, if it is an image of a kind that browsers only draw.
    """
    shown = inline and found.file.media_type in _DRAWN
    headers = _headers(found.file, "inline" if shown else "attachment")
    return StreamingResponse(_pieces(found), media_type=found.file.media_type, headers=headers)


async def _steadily(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Give the pieces of a body; one that does not come in time ends it.

    Raises:
        ParlourError: RequestBodyTooSlow.
    """
    while True:
        try:
            async with asyncio.timeout(_PIECE_SECONDS):
                piece = await anext(stream, None)
        except TimeoutError:
            raise ParlourError(BODY_TOO_SLOW, seconds=_PIECE_SECONDS) from None
        if piece is None:
            return
        yield piece


async def _pieces(found: Download) -> AsyncIterator[bytes]:
    async with aclosing(found.content) as content:
        async for piece in content:
            yield piece


def _headers(file: FileInfo, how: str) -> dict[str, str]:
    """Return the headers of a download (RFC 6266: a plain name for old clients, the real one for the others)."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._- ") else "_" for one in file.name)
    disposition = f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return {**_HEADERS, "Content-Disposition": disposition, "Content-Length": str(file.size)}


def _shown(file: FileInfo) -> dict[str, Any]:
    return {"guid": file.guid, "room": str(file.room), "name": file.name, "mediaType": file.media_type,
            "size": file.size, "link": file.link}
