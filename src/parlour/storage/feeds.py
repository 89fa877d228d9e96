"""Topic feeds on SQL."""

import json
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from parlour.chat.names import name_key
from parlour.chat.ports import FeedRow
from parlour.storage.database import Database
from parlour.storage.schema import feeds


class SqlFeedStore:
    """`parlour.chat.ports.FeedStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, person_id: int) -> list[FeedRow]:
        """Return the feeds of somebody, by name."""
        query = select(feeds).where(feeds.c.person_id == person_id).order_by(feeds.c.name_key)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_feed(row) for row in rows]

    async def find(self, person_id: int, name: str) -> FeedRow | None:
        """Find somebody's feed of that name."""
        query = select(feeds).where(feeds.c.person_id == person_id, feeds.c.name_key == name_key(name))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _feed(row)

    async def keep(self, person_id: int, row: FeedRow, most: int) -> bool:
        """Keep a feed in place of the one of that name, if any; say whether so many are allowed."""
        values = {"name": row.name, "keywords": json.dumps(row.keywords), "authors": json.dumps(row.authors)}

        def work(connection: Connection) -> bool:
            others = connection.execute(select(func.count()).where(
                feeds.c.person_id == person_id, feeds.c.name_key != name_key(row.name))).scalar_one()
            if others >= most:
                return False
            connection.execute(
                insert(feeds).values(person_id=person_id, name_key=name_key(row.name), **values)
                .on_conflict_do_update(index_elements=["person_id", "name_key"], set_=values))
            return True
        return await self._database.write(work)

    async def remove(self, person_id: int, name: str) -> bool:
        """Forget a feed; say whether there was one."""
        is_this = (feeds.c.person_id == person_id) & (feeds.c.name_key == name_key(name))
        done = await self._database.write(lambda connection: connection.execute(delete(feeds).where(is_this)).rowcount)
        return done > 0


def _feed(row: Row[Any]) -> FeedRow:
    return FeedRow(row.name, tuple(json.loads(row.keywords)), tuple(json.loads(row.authors)))
