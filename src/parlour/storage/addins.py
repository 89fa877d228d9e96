"""Add-ins on SQL."""

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from parlour.chat.model import Addin
from parlour.chat.names import name_key
from parlour.errors import ADDIN_EXISTS, ADDIN_IN_USE, ADDIN_NOT_FOUND, ParlourError
from parlour.storage.database import Database
from parlour.storage.pools import pool_named
from parlour.storage.schema import addins, rooms


class SqlAddinStore:
    """`parlour.chat.ports.AddinStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Addin]:
        """Return every add-in, by pool and name."""
        query = select(addins).order_by(addins.c.pool_fqdn, addins.c.name_key)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_addin(row) for row in rows]

    async def add(self, name: str, url: str, pool: str | None, guid: str, *, trial: bool = False) -> Addin:
        """Keep a new add-in; a trial is taken back."""
        def work(connection: Connection) -> Addin:
            fqdn = pool_named(connection, pool, "add-in")
            _refuse_taken(connection, fqdn, name, 0)
            row = connection.execute(insert(addins).returning(addins), {
                "guid": guid, "pool_fqdn": fqdn, "name": name, "name_key": name_key(name), "url": url}).one()
            return _addin(row)
        return await (self._database.trial(work) if trial else self._database.write(work))

    async def change(self, addin: Addin, name: str, url: str) -> Addin:
        """Keep a new name and address."""
        def work(connection: Connection) -> Addin:
            _refuse_taken(connection, addin.pool, name, addin.id)
            row = connection.execute(update(addins).where(addins.c.id == addin.id).values(
                name=name, name_key=name_key(name), url=url).returning(addins)).one_or_none()
            if row is None:
                raise ParlourError(ADDIN_NOT_FOUND, addin.identity, identity=addin.identity)
            return _addin(row)
        return await self._database.write(work)

    async def remove(self, addin: Addin, *, force: bool) -> None:
        """Delete an add-in; rooms that have it keep it from that, unless forced."""
        def work(connection: Connection) -> None:
            users = connection.execute(
                select(func.count()).select_from(rooms).where(rooms.c.addin_id == addin.id)).scalar_one()
            if users and not force:
                raise ParlourError(ADDIN_IN_USE, addin.identity, identity=addin.identity, count=users)
            connection.execute(update(rooms).where(rooms.c.addin_id == addin.id).values(addin_id=None))
            connection.execute(delete(addins).where(addins.c.id == addin.id))
        await self._database.write(work)


def addin_id(connection: Connection, pool: str, name: str) -> int | None:
    """Return the number of a pool's add-in; None for the empty name, which means none.

    Raises:
        ParlourError: ChatAddinNotFound.
    """
    if not name:
        return None
    wanted = name.rpartition("\\")[2]
    found: int | None = connection.execute(select(addins.c.id).where(
        addins.c.pool_fqdn == pool, addins.c.name_key == name_key(wanted))).scalar()
    if found is None:
        raise ParlourError(ADDIN_NOT_FOUND, name, identity=name)
    return found


def _refuse_taken(connection: Connection, pool: str, name: str, own: int) -> None:
    taken = connection.execute(select(addins.c.name).where(
        addins.c.pool_fqdn == pool, addins.c.name_key == name_key(name), addins.c.id != own)).scalar()
    if taken is not None:
        raise ParlourError(ADDIN_EXISTS, name, name=taken)


def _addin(row: Row[Any]) -> Addin:
    return Addin(row.id, row.guid, row.pool_fqdn, row.name, row.url)
