"""The names of what there is, by how they begin: for completion. What is read is what is found, not all there is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, or_, select

from parlour.addresses import DistinguishedName
from parlour.chat.names import Covers as InPool
from parlour.chat.names import all_pools, name_key, split_identity
from parlour.chat.principals import PrincipalKind
from parlour.storage.database import Database
from parlour.storage.schema import addins, categories, people, pools, principals, rooms, sip_addresses

_LAST = "\U0010ffff"
_SIP = "sip:"

Covers = Callable[[DistinguishedName], bool]


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Finds names by how they begin, without letter case.

    Attributes:
        database: where they are.
    """

    database: Database

    async def rooms(self, prefix: str, count: int, in_pool: InPool = all_pools) -> list[str]:
        """Return the first `count` rooms whose name, or pool, backslash and name, begins so.

        Args:
            prefix: how it begins.
            count: at most so many.
            in_pool: says of a pool whether rooms in it may be found.
        """
        return await self.database.read(lambda connection: _in_pools(connection, rooms, prefix, count, in_pool))

    async def categories(self, prefix: str, count: int, in_pool: InPool = all_pools) -> list[str]:
        """Return the first `count` categories, as `rooms` does."""
        return await self.database.read(lambda connection: _in_pools(connection, categories, prefix, count, in_pool))

    async def addins(self, prefix: str, count: int, in_pool: InPool = all_pools) -> list[str]:
        """Return the first `count` add-ins, as `rooms` does."""
        return await self.database.read(lambda connection: _in_pools(connection, addins, prefix, count, in_pool))

    async def people(self, prefix: str, count: int, covers: Covers | None = None) -> list[str]:
        """Return the SIP addresses of the first `count` people whose address begins so, with or without ``sip:``.

        Args:
            prefix: how it begins.
            count: at most so many.
            covers: says of a container whether people in it may be found; None for all.
        """
        key = prefix.lower()
        starts = _begins(sip_addresses.c.address_key, key if key.startswith(_SIP) else _SIP + key)
        if key and _SIP.startswith(key):
            starts = or_(starts, _begins(sip_addresses.c.address_key, _SIP))
        query = select(people.c.sip_address).join(sip_addresses, sip_addresses.c.person_id == people.c.id).where(
            starts).order_by(sip_addresses.c.address_key).limit(count)

        def work(connection: Connection) -> list[str]:
            found = query if covers is None else query.where(
                people.c.container.in_(_covered(connection, covers)))
            return list(connection.execute(found).scalars())
        return await self.database.read(work)

    async def groups(self, prefix: str, count: int) -> list[str]:
        """Return the distinguished names of the first `count` groups whose name, with or without ``CN=``, begins so."""
        key = prefix.lower()
        starts = [_begins(principals.c.key, start) for start in (f"cn={key}", key)]
        query = select(principals.c.name).where(
            principals.c.kind == PrincipalKind.GROUP.value, or_(*starts)).order_by(principals.c.key).limit(count)
        return await self.database.read(lambda connection: list(connection.execute(query).scalars()))


def _begins(column: Column[Any], prefix: str) -> ColumnElement[bool]:
    """Return the condition that an index serves: all values from the prefix itself to the last that begins so."""
    return (column >= prefix) & (column < prefix + _LAST)


def _covered(connection: Connection, covers: Covers) -> list[str]:
    found = connection.execute(select(people.c.container).distinct()).scalars()
    return [container for container in found if covers(DistinguishedName.parse(container))]


def _in_pools(connection: Connection, table: Table, prefix: str, count: int, in_pool: InPool) -> list[str]:
    pool, name = split_identity(prefix)
    if pool is not None:
        rows = _rows(connection, table, table.c.pool_fqdn == pool.lower(), name, count)
        return [_identity(row) for row in rows if in_pool(row.pool_fqdn)]
    known = [fqdn for fqdn in connection.execute(select(pools.c.fqdn)).scalars() if in_pool(fqdn)]
    rows = _rows(connection, table, table.c.pool_fqdn.in_(known), name, count)
    names = [row.name_key for row in rows]
    found = [row.name if names.count(row.name_key) == 1 else _identity(row) for row in rows]
    meant = [fqdn for fqdn in known if prefix and fqdn.startswith(prefix.lower())]
    whole = _rows(connection, table, table.c.pool_fqdn.in_(meant), "", count - len(found))
    return found + [_identity(row) for row in whole]


def _rows(
    connection: Connection, table: Table, where: ColumnElement[bool], name: str, count: int
) -> list[Row[Any]]:
    """Return the first rows by name; of a name that several pools have, either all or, at the end, none."""
    query = select(table.c.pool_fqdn, table.c.name, table.c.name_key).where(
        where, _begins(table.c.name_key, name_key(name))).order_by(table.c.name_key, table.c.pool_fqdn)
    rows: list[Row[Any]] = list(connection.execute(query.limit(max(count, 0) + 1)))
    return rows if len(rows) <= count else [row for row in rows if row.name_key != rows[-1].name_key] or rows[:count]


def _identity(row: Row[Any]) -> str:
    return f"{row.pool_fqdn}\\{row.name}"
