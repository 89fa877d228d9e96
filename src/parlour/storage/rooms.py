"""Rooms and categories on SQL."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, Table, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as upsert

from parlour.addresses import RoomUri
from parlour.chat.model import (
    Addin,
    Category,
    CategoryChange,
    Invitations,
    NewCategory,
    NewRoom,
    Privacy,
    Room,
    RoomChange,
    RoomType,
)
from parlour.chat.names import name_key, split_identity
from parlour.chat.ports import CategoryLists, ListsOf, RoomLists, RoomsWanted
from parlour.chat.principals import CategoryRole, Entries, Principal, RoomRole
from parlour.clock import Clock
from parlour.errors import (
    CATEGORY_EXISTS,
    CATEGORY_NOT_EMPTY,
    CATEGORY_NOT_FOUND,
    NAME_NEEDS_POOL,
    ROOM_EXISTS,
    ROOM_NOT_FOUND,
    ErrorKind,
    ParlourError,
)
from parlour.storage.addins import addin_id
from parlour.storage.changes import Watched
from parlour.storage.database import Database
from parlour.storage.lists import (
    category_entries,
    entries,
    read_lists,
    read_lists_of,
    visible_rooms,
    whole_entries,
    write_lists,
)
from parlour.storage.messages import purge
from parlour.storage.pools import pool_named
from parlour.storage.schema import addins, categories, room_principals, rooms, sip_domains

_ROOMS = select(
    rooms, categories.c.name.label("category"), categories.c.guid.label("category_guid"),
    categories.c.invitations.label("category_invites"), categories.c.file_upload, categories.c.chat_history,
    addins.c.guid.label("addin_guid"), addins.c.name.label("addin_name"), addins.c.url.label("addin_url"),
).join(categories, categories.c.id == rooms.c.category_id).join(addins, addins.c.id == rooms.c.addin_id, isouter=True)
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

    @property
    def revision(self) -> int:
        """A number that goes up with each change of rooms, categories, add-ins and lists."""
        return self._database.revision(Watched.ROOMS)

    async def at_all(self, uris: Collection[RoomUri]) -> dict[RoomUri, Room]:
        """Find rooms by their addresses."""
        wanted = set(uris)
        found = await self._select(_ROOMS.where(rooms.c.guid.in_([uri.guid for uri in wanted])))
        return {room.uri: room for room in found if room.uri in wanted}

    async def named(self, name: str, pool: str | None) -> list[Room]:
        """Find rooms of that name, without letter case."""
        query = _ROOMS.where(rooms.c.name_key == name_key(name))
        return await self._select(query if pool is None else query.where(rooms.c.pool_fqdn == pool.lower()))

    async def search(self, wanted: RoomsWanted, among: Collection[int], count: int) -> list[Room]:
        """Find the first `count` rooms, by name, that are as wanted and that whoever is all of `among` may see."""
        visible = visible_rooms(among)
        says = func.says(visible.c.name_key, visible.c.description if wanted.in_description else "")
        found = select(visible.c.id).where(says).order_by(visible.c.name_key, visible.c.id).limit(count)
        query = _ROOMS.where(rooms.c.id.in_(found)).order_by(rooms.c.name_key, rooms.c.id)

        def work(connection: Connection) -> Sequence[Row[Any]]:
            driver = cast("sqlite3.Connection", connection.connection.driver_connection)
            driver.create_function("says", 2, _sayer(wanted), deterministic=True)
            return connection.execute(query).all()
        return [_room(row) for row in await self._database.read(work)]

    async def listing(self, role: RoomRole, principals: Collection[int]) -> list[Room]:
        """Find the rooms whose list `role` has any of these principals in it, by name."""
        listed = select(room_principals.c.room_id).where(
            room_principals.c.role == role.value, room_principals.c.principal_id.in_(principals))
        return await self._select(_ROOMS.where(rooms.c.id.in_(listed)).order_by(rooms.c.name_key, rooms.c.id))

    async def numbered(self, numbers: Collection[int]) -> list[Room]:
        """Find rooms by their numbers; by name."""
        return await self._select(_ROOMS.where(rooms.c.id.in_(numbers)).order_by(rooms.c.name_key, rooms.c.id))

    async def all(self) -> list[Room]:
        """Return every room, by pool and name."""
        return await self._select(_ROOMS.order_by(rooms.c.pool_fqdn, rooms.c.name_key))

    async def page(self, last: Room | None, count: int) -> list[Room]:
        """Return the next rooms by pool and name, after a room or from the first one on."""
        place = tuple_(rooms.c.pool_fqdn, rooms.c.name_key)
        query = _ROOMS.order_by(rooms.c.pool_fqdn, rooms.c.name_key).limit(count)
        return await self._select(query if last is None else query.where(place > (last.pool, name_key(last.name))))

    async def create(self, new: NewRoom, guid: str, lists: RoomLists, *, trial: bool = False) -> Room:
        """Keep a new room in its category, with its lists; a trial is taken back."""
        def work(connection: Connection) -> Room:
            category = _category(connection, new)
            _refuse_taken_name(connection, category.pool_fqdn, new.name, ROOM_EXISTS)
            connection.execute(insert(rooms), {**_row(new), "guid": guid, "category_id": category.id,
                                               "pool_fqdn": category.pool_fqdn, "domain": category.domain,
                                               "addin_id": addin_id(connection, category.pool_fqdn, new.addin),
                                               "created_at": self._clock.now()})
            room = _room(connection.execute(_ROOMS.where(rooms.c.guid == guid)).one())
            write_lists(connection, room.id, lists)
            return room
        return await (self._database.trial(work) if trial else self._database.write(work))

    async def change(
        self, room: Room, change: RoomChange, category: Category | None, lists: RoomLists, *, trial: bool = False
    ) -> Room:
        """Keep what changed of a room, its new category and whole lists included; a trial is taken back."""
        values = _changed(change, ("description", "privacy", "type", "invitations", "disabled"))
        if category is not None:
            values["category_id"] = category.id

        def work(connection: Connection) -> Room:
            _refuse_absent(connection, rooms, room.id, ParlourError(ROOM_NOT_FOUND, room.name, identity=room.identity))
            if change.name is not None:
                _refuse_taken_name(connection, room.pool, change.name, ROOM_EXISTS, room_id=room.id)
                values.update(name=change.name, name_key=name_key(change.name))
            if change.addin is not None:
                values["addin_id"] = addin_id(connection, room.pool, change.addin)
            if values:
                connection.execute(update(rooms).where(rooms.c.id == room.id).values(values))
            write_lists(connection, room.id, lists)
            return _room(connection.execute(_ROOMS.where(rooms.c.id == room.id)).one())
        return await (self._database.trial(work) if trial else self._database.write(work))

    async def lists(self, room: Room) -> dict[RoomRole, list[Principal]]:
        """Return who stands in the lists of a room."""
        return await self._database.read(lambda connection: read_lists(connection, RoomRole, room.id))

    async def lists_of(self, rooms: Sequence[Room]) -> dict[int, dict[RoomRole, list[Principal]]]:
        """Return the same of several rooms, by their numbers."""
        numbers = [room.id for room in rooms]
        return await self._database.read(lambda connection: read_lists_of(connection, RoomRole, numbers))

    async def entries(self, rooms: Sequence[Room], among: Collection[int]) -> dict[int, Entries]:
        """Return which of these principals stand in the lists of each room and of its category."""
        pairs = [(room.id, room.category_id) for room in rooms]
        return await self._database.read(lambda connection: entries(connection, pairs, among))

    async def category_entries(self, categories: Sequence[int], among: Collection[int]) -> dict[int, Entries]:
        """Return, by the number of each category, which of these principals stand in its lists."""
        return await self._database.read(lambda connection: category_entries(connection, categories, among))

    async def whole_entries(self, lists: Collection[ListsOf], most: int) -> dict[ListsOf, Entries]:
        """Return everybody who stands in these lists; lists of more than `most` entries are left out."""
        return await self._database.read(lambda connection: whole_entries(connection, lists, most))

    async def add_entry(self, room: Room, role: RoomRole, principal_id: int) -> None:
        """Put one principal into a list of a room; nothing changes if he is there already."""
        row = {"room_id": room.id, "role": role.value, "principal_id": principal_id}
        await self._database.write(
            lambda connection: connection.execute(upsert(room_principals).on_conflict_do_nothing(), row))

    async def remove_entries(self, room: Room, roles: Collection[RoomRole], principal_id: int) -> None:
        """Take one principal out of lists of a room."""
        entry = (room_principals.c.room_id == room.id) & (room_principals.c.principal_id == principal_id)
        await self._database.write(lambda connection: connection.execute(
            delete(room_principals).where(entry, room_principals.c.role.in_([role.value for role in roles]))))

    async def remove(self, room_id: int) -> None:
        """Delete a room; its messages go with it."""
        def work(connection: Connection) -> None:
            purge(connection, room_id)
            connection.execute(delete(rooms).where(rooms.c.id == room_id))
        await self._database.write(work)

    async def categories(self) -> list[Category]:
        """Return every category, by pool and name."""
        rows = await self._database.read(lambda connection: connection.execute(_CATEGORIES).all())
        return [_to_category(row) for row in rows]

    async def create_category(self, new: NewCategory, guid: str, *, trial: bool = False) -> Category:
        """Keep a new category that allows nobody; a trial is taken back."""
        def work(connection: Connection) -> Category:
            pool = pool_named(connection, new.pool, "category")
            _refuse_taken_name(connection, pool, new.name, CATEGORY_EXISTS)
            domain = connection.execute(select(sip_domains.c.name).where(sip_domains.c.is_default)).scalar_one()
            number = connection.execute(insert(categories).returning(categories.c.id), {
                "guid": guid, "pool_fqdn": pool, "domain": domain, "name": new.name, "name_key": name_key(new.name),
                "description": new.description, "invitations": new.invitations, "file_upload": new.file_upload,
                "chat_history": new.chat_history}).scalar_one()
            return _to_category(connection.execute(_CATEGORIES.where(categories.c.id == number)).one())
        return await (self._database.trial(work) if trial else self._database.write(work))

    async def change_category(
        self, category: Category, change: CategoryChange, lists: CategoryLists, *, trial: bool = False
    ) -> Category:
        """Keep what changed of a category, whole lists included; a trial is taken back."""
        values = _changed(change, ("description", "invitations", "file_upload", "chat_history"))

        def work(connection: Connection) -> Category:
            _refuse_absent(connection, categories, category.id, ParlourError(
                CATEGORY_NOT_FOUND, category.name, identity=category.identity))
            if change.name is not None:
                _refuse_taken_name(connection, category.pool, change.name, CATEGORY_EXISTS, category_id=category.id)
                values.update(name=change.name, name_key=name_key(change.name))
            if values:
                connection.execute(update(categories).where(categories.c.id == category.id).values(values))
            write_lists(connection, category.id, lists)
            return _to_category(connection.execute(_CATEGORIES.where(categories.c.id == category.id)).one())
        return await (self._database.trial(work) if trial else self._database.write(work))

    async def remove_category(self, category: Category) -> None:
        """Delete a category without rooms."""
        def work(connection: Connection) -> None:
            count = connection.execute(
                select(func.count()).select_from(rooms).where(rooms.c.category_id == category.id)).scalar_one()
            if count:
                raise ParlourError(
                    CATEGORY_NOT_EMPTY, category.identity, identity=category.identity, count=count)
            connection.execute(delete(categories).where(categories.c.id == category.id))
        await self._database.write(work)

    async def category_lists(self, category: Category) -> dict[CategoryRole, list[Principal]]:
        """Return who stands in the lists of a category."""
        return await self._database.read(lambda connection: read_lists(connection, CategoryRole, category.id))

    async def _select(self, query: Select[Any]) -> list[Room]:
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_room(row) for row in rows]


def _sayer(wanted: RoomsWanted) -> Callable[[str, str], bool]:
    """Return what says whether a room with this name's key and this description is wanted."""
    words = tuple(map(name_key, wanted.words))
    enough = all if wanted.every or not words else any

    def says(key: str, description: str) -> bool:
        described = name_key(description)
        return enough(word in key or word in described for word in words)
    return says


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


def _refuse_taken_name(
    connection: Connection, pool: str, name: str, refusal: ErrorKind, *, room_id: int = 0, category_id: int = 0
) -> None:
    """A name is the only one in its pool, of rooms and categories alike (reference/cmdlets.md section 2.2)."""
    for table, own in ((rooms, room_id), (categories, category_id)):
        query = select(table.c.id).where(
            table.c.pool_fqdn == pool, table.c.name_key == name_key(name), table.c.id != own)
        if connection.execute(query).scalar() is not None:
            raise ParlourError(refusal, name, name=name)


def _refuse_absent(connection: Connection, table: Table, number: int, refusal: ParlourError) -> None:
    """Refuse to change what somebody else removed meanwhile."""
    if connection.execute(select(table.c.id).where(table.c.id == number)).scalar() is None:
        raise refusal


def _changed(change: RoomChange | CategoryChange, names: Sequence[str]) -> dict[str, Any]:
    """Return the columns that a change gives a value."""
    values = {name: getattr(change, name) for name in names}
    return {name: str(value) if isinstance(value, StrEnum) else value
            for name, value in values.items() if value is not None}


def _room(row: Row[Any]) -> Room:
    invitations = Invitations(row.invitations)
    addin = None if row.addin_id is None else Addin(
        row.addin_id, row.addin_guid, row.pool_fqdn, row.addin_name, row.addin_url)
    return Room(
        id=row.id, uri=RoomUri(row.domain, row.guid), pool=row.pool_fqdn, category_id=row.category_id,
        category=row.category,
        category_uri=f"ma-cat://{row.domain}/{row.category_guid}", name=row.name, description=row.description,
        privacy=Privacy(row.privacy), type=RoomType(row.type), invitations=invitations,
        invites=row.category_invites and invitations is Invitations.INHERIT,
        file_upload=row.file_upload, chat_history=row.chat_history, disabled=row.disabled, created_at=row.created_at,
        addin=addin)


def _to_category(row: Row[Any]) -> Category:
    return Category(
        id=row.id, guid=row.guid, domain=row.domain, pool=row.pool_fqdn, name=row.name, description=row.description,
        invitations=row.invitations, file_upload=row.file_upload, chat_history=row.chat_history,
        number_of_rooms=row.number_of_rooms)
