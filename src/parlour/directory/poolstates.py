"""What administrators declared of pools: their state, and which servers are active (reference/cmdlets.md section 2.8).

It is kept and shown; nothing in this version acts on it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from parlour.errors import ACTIVE_SERVERS_TOO_MANY, POOL_UNKNOWN, SERVER_UNKNOWN, ParlourError
from parlour.storage.database import Database
from parlour.storage.schema import pool_states, pools

MOST_ACTIVE = 4


class PoolState(StrEnum):
    """Which databases a pool is declared to use: its own, or those kept for the worst."""

    NORMAL = "Normal"
    FAILED_OVER = "FailedOver"


@dataclass(frozen=True, slots=True)
class PoolStanding:
    """What was declared of a pool; before anything was, it is normal and all its servers are active.

    Attributes:
        fqdn: the pool.
        state: its state.
        servers: its computers; today a pool is one computer of its own name.
        active: those that take new connections.
    """

    fqdn: str
    state: PoolState
    servers: tuple[str, ...]
    active: tuple[str, ...]

    @property
    def inactive(self) -> tuple[str, ...]:
        """The servers that take no new connections."""
        return tuple(server for server in self.servers if server not in self.active)

    def with_active(self, active: tuple[str, ...]) -> "PoolStanding":
        """Return it with these servers as the active ones.

        Raises:
            ParlourError: ServerUnknown, ActiveServersTooMany.
        """
        self.check_servers(active)
        if len(active) > MOST_ACTIVE:
            raise ParlourError(ACTIVE_SERVERS_TOO_MANY, self.fqdn, most=MOST_ACTIVE, count=len(active))
        return replace(self, active=active)

    def check_servers(self, names: tuple[str, ...]) -> None:
        """Make sure that these are servers of the pool.

        Raises:
            ParlourError: ServerUnknown.
        """
        for name in names:
            if name not in self.servers:
                raise ParlourError(SERVER_UNKNOWN, name, pool=self.fqdn, server=name)


class PoolStates:
    """What was declared of pools, as it is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[PoolStanding]:
        """Return what was declared of every pool, the first pool first."""
        return await self._database.read(_standings)

    async def at(self, fqdn: str) -> PoolStanding:
        """Return what was declared of a pool, by its FQDN in lower case.

        Raises:
            ParlourError: PoolUnknown.
        """
        found = [standing for standing in await self.all() if standing.fqdn == fqdn]
        if not found:
            raise ParlourError(POOL_UNKNOWN, fqdn, fqdn=fqdn)
        return found[0]

    async def declare(self, standing: PoolStanding) -> None:
        """Keep what is declared of a pool.

        Raises:
            ParlourError: PoolUnknown.
        """
        values = {"state": str(standing.state), "active_servers": json.dumps(standing.active)}
        await self._database.write(lambda connection: _keep(connection, standing.fqdn, values))


def _standings(connection: Connection) -> list[PoolStanding]:
    query = (select(pools.c.fqdn, pool_states.c.state, pool_states.c.active_servers)
             .join(pool_states, pool_states.c.pool_fqdn == pools.c.fqdn, isouter=True).order_by(pools.c.service_id))
    return [
        PoolStanding(row.fqdn, PoolState.NORMAL, (row.fqdn,), (row.fqdn,)) if row.state is None
        else PoolStanding(row.fqdn, PoolState(row.state), (row.fqdn,), tuple(json.loads(row.active_servers)))
        for row in connection.execute(query)]


def _keep(connection: Connection, fqdn: str, values: Mapping[str, Any]) -> None:
    if connection.execute(select(pools.c.fqdn).where(pools.c.fqdn == fqdn)).scalar() is None:
        raise ParlourError(POOL_UNKNOWN, fqdn, fqdn=fqdn)
    if not connection.execute(update(pool_states).where(pool_states.c.pool_fqdn == fqdn).values(values)).rowcount:
        connection.execute(insert(pool_states), {"pool_fqdn": fqdn, **values})
