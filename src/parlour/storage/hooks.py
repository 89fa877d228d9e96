"""Hooks on SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from parlour.addresses import RoomUri
from parlour.bots.model import Hook, HookKind
from parlour.bots.ports import HookRow
from parlour.errors import HOOK_EXISTS, HOOKS_TOO_MANY, ROOM_GONE, ParlourError
from parlour.storage.database import Database
from parlour.storage.people import PERSON, PartOfRow, to_person
from parlour.storage.schema import hooks, people, rooms

_HOOKS = (
    select(hooks, *(column.label(f"person_{column.name}") for column in PERSON), rooms.c.domain.label("room_domain"),
           rooms.c.guid.label("room_guid"), rooms.c.name.label("room_name"),
           rooms.c.pool_fqdn.label("room_pool"))
    .join(people, people.c.id == hooks.c.bot_id).join(rooms, rooms.c.id == hooks.c.room_id)
)


class SqlHookStore:
    """`parlour.bots.ports.HookStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: HookRow, most: int) -> Hook:
        """Keep a hook."""
        def work(connection: Connection) -> Hook:
            _check_room(connection, row, most)
            number = connection.execute(insert(hooks).returning(hooks.c.id), _values(row)).scalar_one()
            return _hook(connection.execute(_HOOKS.where(hooks.c.id == number)).one())
        return await self._database.write(work)

    async def all(self) -> list[Hook]:
        """Return every hook, by room and name."""
        return await self._found(_HOOKS.order_by(rooms.c.pool_fqdn, rooms.c.name_key, hooks.c.name, hooks.c.id))

    async def of_room(self, room: RoomUri, kind: HookKind | None = None) -> list[Hook]:
        """Return the hooks of a room, by name."""
        query = _HOOKS.where(rooms.c.domain == room.domain, rooms.c.guid == room.guid)
        if kind is not None:
            query = query.where(hooks.c.kind == kind.value)
        return await self._found(query.order_by(hooks.c.name, hooks.c.id))

    async def find(self, guid: str) -> Hook | None:
        """Find a hook."""
        return next(iter(await self._found(_HOOKS.where(hooks.c.guid == guid))), None)

    async def by_token(self, token: str) -> Hook | None:
        """Find an incoming hook by the hash of its secret."""
        return next(iter(await self._found(_HOOKS.where(hooks.c.token_hash == token))), None)

    async def _found(self, query: Select[Any]) -> list[Hook]:
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_hook(row) for row in rows]

    async def advance(self, hook_id: int, cursor: int) -> None:
        """Note that everything up to an entry was told."""
        await self._update(hook_id, cursor=cursor, failing_since=None, fault="")

    async def failing(self, hook_id: int, since: datetime, fault: str) -> None:
        """Note that telling fails."""
        await self._update(hook_id, failing_since=since, fault=fault)

    async def switch(self, hook_id: int, *, enabled: bool, fault: str = "") -> None:
        """Switch a hook on or off, with the reason."""
        forgotten: dict[str, object] = {"failing_since": None} if enabled else {}
        await self._update(hook_id, enabled=enabled, fault=fault, **forgotten)

    async def _update(self, hook_id: int, **values: object) -> None:
        change = update(hooks).where(hooks.c.id == hook_id).values(**values)
        await self._database.write(lambda connection: connection.execute(change))

    async def remove(self, guid: str) -> bool:
        """Forget a hook; say whether there was one."""
        gone = delete(hooks).where(hooks.c.guid == guid)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount) > 0


def _check_room(connection: Connection, row: HookRow, most: int) -> None:
    """Make sure that the room is there, and has no such command nor too many hooks."""
    if connection.execute(select(rooms.c.id).where(rooms.c.id == row.room_id)).scalar() is None:
        raise ParlourError(ROOM_GONE)
    of_room = select(func.count()).select_from(hooks).where(hooks.c.room_id == row.room_id)
    if connection.execute(of_room).scalar_one() >= most:
        raise ParlourError(HOOKS_TOO_MANY, row.new.name, limit=most)
    same = of_room.where(hooks.c.kind == row.new.kind.value, hooks.c.name == row.new.name)
    if row.new.kind is HookKind.COMMAND and connection.execute(same).scalar_one():
        raise ParlourError(HOOK_EXISTS, row.new.name, command=row.new.name)


def _values(row: HookRow) -> dict[str, object]:
    new = row.new
    return {"guid": row.guid, "room_id": row.room_id, "bot_id": row.bot_id, "kind": new.kind.value, "name": new.name,
            "description": new.description, "url": new.url, "creator": row.creator, "created_at": row.created_at,
            "cursor": row.cursor, "enabled": True, "failing_since": None, "fault": "", "token_hash": row.token,
            "sealed": row.sealed}


def _hook(row: Row[Any]) -> Hook:
    bot = to_person(PartOfRow(row, "person_"))
    return Hook(
        id=row.id, guid=row.guid, kind=HookKind(row.kind), room=RoomUri(row.room_domain, row.room_guid),
        room_id=row.room_id, room_name=row.room_name, pool=row.room_pool, bot=bot, name=row.name,
        description=row.description, url=row.url,
        creator=row.creator, created_at=row.created_at, cursor=row.cursor, enabled=row.enabled,
        failing_since=row.failing_since, fault=row.fault, sealed=row.sealed)

