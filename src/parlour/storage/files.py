"""Which files there are, and the tokens for them, on SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from parlour.addresses import RoomUri
from parlour.chat.model import Person
from parlour.chat.ports import FilePurpose, FileRow
from parlour.errors import FILE_TOKENS_TOO_MANY, ROOM_GONE, ParlourError
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import file_tokens, files, people, rooms

MAX_TOKENS = 100  # of one person that are not used yet
_FILES = select(
    files.c.id.label("file_id"), files.c.guid.label("file_guid"), files.c.name, files.c.media_type, files.c.size,
    files.c.sha256, rooms.c.domain, rooms.c.guid.label("room_guid")).join(rooms, rooms.c.id == files.c.room_id)


class SqlFileStore:
    """`parlour.chat.ports.FileStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self, room_id: int, person_id: int, row: FileRow, token: str, moment: datetime, expires_at: datetime
    ) -> None:
        """Note a file that is to come, and the token to upload it with."""
        def work(connection: Connection) -> None:
            number = connection.execute(insert(files).returning(files.c.id), {
                "guid": row.guid, "room_id": room_id, "person_id": person_id, "name": row.name, "media_type": "",
                "size": 0, "created_at": moment}).scalar_one()
            _keep_token(connection, token, number, person_id, FilePurpose.UPLOAD, expires_at)
        await self._database.write(work)

    async def complete(self, file_id: int, size: int, sha256: str, media_type: str) -> FileRow:
        """Note that a file is there."""
        def work(connection: Connection) -> FileRow:
            connection.execute(update(files).where(files.c.id == file_id).values(
                size=size, sha256=sha256, media_type=media_type))
            row = connection.execute(_FILES.where(files.c.id == file_id)).one_or_none()
            if row is None:
                raise ParlourError(ROOM_GONE)
            return _file(row)
        return await self._database.write(work)

    async def discard(self, file_id: int) -> None:
        """Forget a file that did not come."""
        await self._database.write(lambda connection: connection.execute(
            delete(files).where(files.c.id == file_id, files.c.sha256.is_(None))))

    async def find(self, room_id: int, guid: str) -> FileRow | None:
        """Find a file of a room that is there."""
        query = _FILES.where(files.c.room_id == room_id, files.c.guid == guid, files.c.sha256.is_not(None))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _file(row)

    async def grant(self, file_id: int, person_id: int, token: str, expires_at: datetime) -> None:
        """Keep a token to download a file with."""
        await self._database.write(lambda connection: _keep_token(
            connection, token, file_id, person_id, FilePurpose.DOWNLOAD, expires_at))

    async def take(self, token: str, purpose: FilePurpose, now: datetime) -> tuple[Person, FileRow] | None:
        """Return whom a token was given to and for which file, and forget it; None if it is unknown or too old."""
        def work(connection: Connection) -> tuple[Person, FileRow] | None:
            taken = connection.execute(
                delete(file_tokens).where(file_tokens.c.token_hash == token, file_tokens.c.purpose == purpose.value)
                .returning(file_tokens.c.file_id, file_tokens.c.person_id, file_tokens.c.expires_at)).one_or_none()
            if taken is None or taken.expires_at <= now:
                return None
            person = to_person(connection.execute(select(*PERSON).where(people.c.id == taken.person_id)).one())
            if not person.enabled:
                return None
            return person, _file(connection.execute(_FILES.where(files.c.id == taken.file_id)).one())
        return await self._database.write(work)

    async def sweep(self, now: datetime, before: datetime) -> None:
        """Forget tokens that are too old by now, and files that did not come since `before`."""
        def work(connection: Connection) -> None:
            connection.execute(delete(file_tokens).where(file_tokens.c.expires_at <= now))
            waiting = select(literal(1)).where(file_tokens.c.file_id == files.c.id).exists()
            connection.execute(delete(files).where(files.c.sha256.is_(None), files.c.created_at <= before, ~waiting))
        await self._database.write(work)

    async def purge(self, room_id: int, until: datetime) -> None:
        """Forget the files of a room that came at that moment or before."""
        await self._database.write(lambda connection: connection.execute(
            delete(files).where(files.c.room_id == room_id, files.c.created_at <= until)))

    async def uses(self, sha256: str) -> bool:
        """Say whether any file has these bytes."""
        query = select(literal(1)).where(files.c.sha256 == sha256).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).scalar() is not None)


def _keep_token(
    connection: Connection, token: str, file_id: int, person_id: int, purpose: FilePurpose, expires_at: datetime
) -> None:
    mine = file_tokens.c.person_id == person_id
    if connection.execute(select(func.count()).select_from(file_tokens).where(mine)).scalar_one() >= MAX_TOKENS:
        raise ParlourError(FILE_TOKENS_TOO_MANY, limit=MAX_TOKENS)
    connection.execute(insert(file_tokens), {
        "token_hash": token, "file_id": file_id, "person_id": person_id, "purpose": purpose.value,
        "expires_at": expires_at})


def _file(row: Any) -> FileRow:  # noqa: ANN401 - a row of `_FILES`, however it is typed
    return FileRow(row.file_id, row.file_guid, RoomUri(row.domain, row.room_guid), row.name, row.media_type, row.size,
                   row.sha256)
