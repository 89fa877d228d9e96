"""Files of rooms: uploaded and downloaded once per token, by the one it was given to, while he may.

Bytes lie under the hash of their content, outside the database; a name is only ever a name, never a place.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from parlour.addresses import RoomUri
from parlour.chat.access import Access
from parlour.chat.filetypes import media_type
from parlour.chat.model import Person, Room
from parlour.chat.ports import BlobStore, FilePurpose, FileRow, FileStore
from parlour.chat.rights import Act
from parlour.chat.scoped import Configurations
from parlour.clock import Clock
from parlour.errors import (
    FILE_NAME_INVALID,
    FILE_NOT_FOUND,
    FILE_TOKEN_INVALID,
    FILE_TOO_LARGE,
    FILES_NOT_ALLOWED,
    ParlourError,
)

TOKEN_LIFE = timedelta(minutes=30)  # reference/product.md section 4
MAX_NAME = 256
_HEAD = 8192  # bytes that the kind of a file is told by
# Nothing that any system takes for a path, a stream, a device or a control character.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file of a room."""

    guid: str
    room: RoomUri
    name: str
    media_type: str
    size: int

    @property
    def link(self) -> str:
        """The address of the file, as it stands in messages (its form is our own: reference/xccos.md section 6)."""
        return f"ma-filelink://{self.room.domain}/{self.room.guid}/{self.guid}"


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets one person up- or download one file once."""

    token: str
    file: FileInfo
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way to somebody, piece by piece."""

    file: FileInfo
    content: AsyncGenerator[bytes, None]


class Files:
    """Up- and downloads.

    Args:
        access: who may do what.
        store: where it is noted which files there are.
        blobs: where their bytes are.
        configurations: tell how large they may be.
        clock: tells when a token is too old.
        new_guid: names files and tokens: nobody can guess one.
    """

    def __init__(
        self, *, access: Access, store: FileStore, blobs: BlobStore, configurations: Configurations, clock: Clock,
        new_guid: Callable[[], str],
    ) -> None:
        self._access = access
        self._store = store
        self._blobs = blobs
        self._configurations = configurations
        self._clock = clock
        self._new_guid = new_guid
        self._settling = asyncio.Lock()  # bytes are not swept between their commit and the note that they are used

    async def grant_upload(self, person: Person, uri: RoomUri, name: str) -> Grant:
        """Let somebody who may post in a room upload one file to it.

        Raises:
            ParlourError: FileNameInvalid, FilesNotAllowed, ChatRoomNotFound, or another refusal by rights.
        """
        checked_file_name(name)
        room = await self._uploadable(person, uri)
        token, now = self._new_guid(), self._clock.now()
        row = FileRow(0, self._new_guid(), room.uri, name, "", 0, None)
        await self._store.begin(room.id, person.id, row, _hash(token), now, now + TOKEN_LIFE)
        return Grant(token, _info(row), now + TOKEN_LIFE)

    async def _uploadable(self, person: Person, uri: RoomUri) -> Room:
        room = await self._access.room(person, uri, Act.POST)
        if not room.file_upload:
            raise ParlourError(FILES_NOT_ALLOWED, str(uri), room=room.name)
        return room

    async def receive(self, token: str, chunks: AsyncIterator[bytes]) -> FileInfo:
        """Take the bytes of a file; the token is worth nothing from the first one on.

        Raises:
            ParlourError: FileTokenInvalid, FileTooLarge, StorageUnavailable, or a refusal by rights.
        """
        person, row = await self._take(token, FilePurpose.UPLOAD)
        try:
            room = await self._uploadable(person, row.room)
            limit = self._configurations.of_pool(room.pool).max_file_size_kb
            return _info(await self._keep(person, row, chunks, limit))
        except BaseException:  # also when the client goes away in the middle
            await self._store.discard(row.id)
            raise

    async def _keep(
        self, person: Person, row: FileRow, chunks: AsyncIterator[bytes], limit_kb: int
    ) -> FileRow:
        head, size, began = b"", 0, self._clock.monotonic()
        async with self._blobs.writer() as writer:
            async for chunk in chunks:
                head = head if len(head) >= _HEAD else (head + chunk)[:_HEAD]
                size += len(chunk)
                if size > limit_kb * 1024:
                    raise ParlourError(FILE_TOO_LARGE, row.name, limit=limit_kb)
                if self._clock.monotonic() - began > TOKEN_LIFE.total_seconds():
                    raise ParlourError(FILE_TOKEN_INVALID)
                await writer.write(chunk)
            await self._uploadable(person, row.room)  # what he may do could have changed meanwhile
            async with self._settling:
                return await self._store.complete(row.id, size, await writer.commit(), media_type(head))

    async def grant_download(self, person: Person, uri: RoomUri, guid: str) -> Grant:
        """Let somebody who may read a room download one of its files.

        Raises:
            ParlourError: FileNotFound, ChatRoomNotFound, or another refusal by rights.
        """
        row = await self._readable(person, uri, guid)
        token, now = self._new_guid(), self._clock.now()
        await self._store.grant(row.id, person.id, _hash(token), now + TOKEN_LIFE)
        return Grant(token, _info(row), now + TOKEN_LIFE)

    async def _readable(self, person: Person, uri: RoomUri, guid: str) -> FileRow:
        room = await self._access.room(person, uri, Act.READ)
        row = await self._store.find(room.id, guid)
        if row is None or row.sha256 is None:
            raise ParlourError(FILE_NOT_FOUND, guid, file=guid[:80])
        return row

    async def info(self, person: Person, uri: RoomUri, guid: str) -> FileInfo:
        """Tell of a file of a room that `person` may read.

        Raises:
            ParlourError: FileNotFound, ChatRoomNotFound, or another refusal by rights.
        """
        return _info(await self._readable(person, uri, guid))

    async def read(self, person: Person, uri: RoomUri, guid: str) -> Download:
        """Begin to give out the bytes of a file to somebody who is known to ask for it himself, without a token.

        Raises:
            ParlourError: FileNotFound, ChatRoomNotFound, or another refusal by rights.
        """
        row = await self._readable(person, uri, guid)
        return Download(_info(row), self._blobs.read(row.sha256 or ""))

    async def send(self, token: str) -> Download:
        """Begin to give out the bytes of a file; the token is worth nothing from now on.

        Raises:
            ParlourError: FileTokenInvalid, or a refusal by rights.
        """
        person, row = await self._take(token, FilePurpose.DOWNLOAD)
        await self._access.room(person, row.room, Act.READ)
        if row.sha256 is None:
            raise ParlourError(FILE_TOKEN_INVALID)
        return Download(_info(row), self._blobs.read(row.sha256))

    async def _take(self, token: str, purpose: FilePurpose) -> tuple[Person, FileRow]:
        taken = await self._store.take(_hash(token), purpose, self._clock.now())
        if taken is None:
            raise ParlourError(FILE_TOKEN_INVALID)
        return taken

    async def purge(self, room: Room, until: datetime) -> None:
        """Forget the files of a room that came at that moment or before; the next sweep takes their bytes."""
        await self._store.purge(room.id, until)

    async def sweep(self) -> None:
        """Forget old tokens, uploads that never came, and bytes that no file has any more."""
        now = self._clock.now()
        await self._store.sweep(now, now - 2 * TOKEN_LIFE)  # an upload may begin late, and take as long again
        async with aclosing(self._blobs.idle(2 * TOKEN_LIFE)) as idle:
            async for sha256 in idle:
                async with self._settling:
                    if not await self._store.uses(sha256):
                        await self._blobs.remove(sha256)


def checked_file_name(name: str) -> str:
    """Return `name` if a file may be called so: what no system takes for anything but a name.

    Raises:
        ParlourError: FileNameInvalid.
    """
    if not name.strip(" .") or len(name) > MAX_NAME or _FORBIDDEN.search(name):
        raise ParlourError(FILE_NAME_INVALID, name[:80], limit=MAX_NAME)
    return name


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _info(row: FileRow) -> FileInfo:
    return FileInfo(row.guid, row.room, row.name, row.media_type, row.size)
