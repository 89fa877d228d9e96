"""Rooms and categories on SQL."""

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from parlour.addresses import RoomUri
from parlour.chat.model import Category, Invitations, NewRoom, Privacy, Room, RoomType
from parlour.chat.names import name_key, split_identity
from parlour.clock import Clock
from parlour.errors import CATEGORY_NOT_FOUND, NAME_NEEDS_POOL, ROOM_EXISTS, ParlourError
from parlour.storage.database import Database
from parlour.storage.schema import categories, rooms

_ROOMS = select(
    rooms, categories.c.name.label("category"), categories.c.guid.label("category_guid"),
    categories.c.invitations.label("category_invites"), categories.c.file_upload, categories.c.chat_history,
).join(categories, categories.c.id == rooms.c.category_id)
_CATEGORIES = (
    select(categories, func.count(rooms.c.id).label("number_of_rooms"))
    .join(rooms, rooms.c.category_id == categories.c.id, isouter=True)
    .group_by(categories.c.id)
    .order_by(categories.c.pool_fqdn, categories.c.name_key)
)


class SqlRoomStore:
    """`parlour.chat.ports.RoomStore` on a `Database`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def at(self, uri: RoomUri) -> Room | None:
        """Find a room by its address."""
        found = await self._select(_ROOMS.where(rooms.c.guid == uri.guid, rooms.c.domain == uri.domain))
        return found[0] if found else None

    async def named(self, name: str, pool: str | None) -> list[Room]:
        """Find rooms of that name, without letter case."""
        query = _ROOMS.where(rooms.c.name_key == name_key(name))
        return await self._select(query if pool is None else query.where(rooms.c.pool_fqdn == pool.lower()))

    async def search(self, text: str, start: int, count: int) -> list[Room]:
        """Find rooms whose name contains `text`, without letter case, by name: `count` of them after `start` others."""
        matching = _ROOMS.where(rooms.c.name_key.contains(name_key(text), autoescape=True))
        ordered = matching.order_by(rooms.c.name_key, rooms.c.id)
        return await self._select(ordered.limit(count).offset(start))

    async def all(self) -> list[Room]:
        """Return every room, by pool and name."""
        return await self._select(_ROOMS.order_by(rooms.c.pool_fqdn, rooms.c.name_key))

    async def create(self, new: NewRoom, guid: str) -> Room:
        """Keep a new room in its category."""
        def work(connection: Connection) -> Room:
            category = _category(connection, new)
            _refuse_taken_name(connection, category.pool_fqdn, new.name)
            connection.execute(insert(rooms), {**_row(new), "guid": guid, "category_id": category.id,
                                               "pool_fqdn": category.pool_fqdn, "domain": category.domain,
                                               "created_at": self._clock.now()})
            return _room(connection.execute(_ROOMS.where(rooms.c.guid == guid)).one())
        return await self._database.write(work)

    async def remove(self, room_id: int) -> None:
        """Delete a room; its messages go with it."""
        await self._database.write(lambda connection: connection.execute(delete(rooms).where(rooms.c.id == room_id)))

    async def categories(self) -> list[Category]:
        """Return every category, by pool and name."""
        rows = await self._database.read(lambda connection: connection.execute(_CATEGORIES).all())
        return [_to_category(row) for row in rows]

    async def _select(self, query: Select[Any]) -> list[Room]:
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_room(row) for row in rows]


def _row(new: NewRoom) -> dict[str, Any]:
    return {"name": new.name, "name_key": name_key(new.name), "description": new.description,
            "privacy": new.privacy.value, "type": new.type.value, "invitations": new.invitations.value,
            "disabled": new.disabled, "last_number": 0}


def _category(connection: Connection, new: NewRoom) -> Row[Any]:
    pool, name = split_identity(new.category)
    query = select(categories).where(categories.c.name_key == name_key(name))
    if wanted := pool or new.pool:
        query = query.where(categories.c.pool_fqdn == wanted.lower())
    found = connection.execute(query).all()
    if not found:
        raise ParlourError(CATEGORY_NOT_FOUND, new.category, identity=new.category)
    if len(found) > 1:
        raise ParlourError(NAME_NEEDS_POOL, new.category, identity=new.category)
    return found[0]


def _refuse_taken_name(connection: Connection, pool: str, name: str) -> None:
    """A room's name is the only one in its pool, categories included (reference/cmdlets.md section 2.2)."""
    for table, owner in ((rooms, "room"), (categories, "category")):
        query = select(table.c.name).where(table.c.pool_fqdn == pool, table.c.name_key == name_key(name))
        if (taken := connection.execute(query).scalar()) is not None:
            raise ParlourError(ROOM_EXISTS, name, owner=owner, name=taken)


def _room(row: Row[Any]) -> Room:
    invitations = Invitations(row.invitations)
    return Room(
        id=row.id, uri=RoomUri(row.domain, row.guid), pool=row.pool_fqdn, category=row.category,
        category_uri=f"ma-cat://{row.domain}/{row.category_guid}", name=row.name, description=row.description,
        privacy=Privacy(row.privacy), type=RoomType(row.type), invitations=invitations,
        invites=row.category_invites and invitations is Invitations.INHERIT,
        file_upload=row.file_upload, chat_history=row.chat_history, disabled=row.disabled, created_at=row.created_at)


def _to_category(row: Row[Any]) -> Category:
    return Category(
        id=row.id, guid=row.guid, domain=row.domain, pool=row.pool_fqdn, name=row.name, description=row.description,
        invitations=row.invitations, file_upload=row.file_upload, chat_history=row.chat_history,
        number_of_rooms=row.number_of_rooms)
