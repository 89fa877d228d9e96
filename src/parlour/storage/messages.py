"""The message log on SQL: numbers given and rows written in the same commit, so there is never a gap."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from parlour.addresses import SipAddress
from parlour.chat.model import Draft, Message
from parlour.errors import ROOM_GONE, ParlourError
from parlour.storage.database import Database
from parlour.storage.schema import messages, people, rooms

_TAKE_NUMBERS = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(last_number=rooms.c.last_number + bindparam("count"))
    .returning(rooms.c.last_number)
)
_INSERT = insert(messages)
_PAGE = (
    select(messages.c.room_id, messages.c.number, people.c.sip_address, people.c.display_name,
           messages.c.posted_at, messages.c.text)
    .join(people, people.c.id == messages.c.author_id)
    .where(messages.c.room_id == bindparam("room"), messages.c.number <= bindparam("until"))
    .order_by(messages.c.number.desc())
    .limit(bindparam("count"))
)
_LAST_NUMBER = select(rooms.c.last_number).where(rooms.c.id == bindparam("room"))
_NO_BOUND = 2**62


class SqlMessageLog:
    """`parlour.chat.ports.MessageLog` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, draft: Draft) -> "asyncio.Future[Message]":
        """Queue `draft` for the next group commit."""
        return self._database.write_batched(append_all, draft)

    async def last(self, room_id: int, count: int, until: int | None = None) -> list[Message]:
        """Return the newest `count` messages up to number `until`, oldest first."""
        bounds = {"room": room_id, "count": count, "until": _NO_BOUND if until is None else until}
        rows = await self._database.read(lambda connection: connection.execute(_PAGE, bounds).all())
        return [_message(row) for row in reversed(rows)]

    async def last_number(self, room_id: int) -> int:
        """Return the number of the newest message; asked of the writer, so that it is never ahead of the news."""
        number: int | None = await self._database.write(
            lambda connection: connection.execute(_LAST_NUMBER, {"room": room_id}).scalar())
        if number is None:
            raise ParlourError(ROOM_GONE)
        return number


def append_all(connection: Connection, drafts: Sequence[Draft]) -> list[Message | ParlourError]:
    """Give each draft its room's next number and write them all; a draft for a room that is gone gets an error."""
    next_number = _take_numbers(connection, drafts)
    results: list[Message | ParlourError] = []
    rows: list[dict[str, Any]] = []
    for draft in drafts:
        number = next_number.get(draft.room_id)
        if number is None:
            results.append(ParlourError(ROOM_GONE))
            continue
        next_number[draft.room_id] = number + 1
        rows.append({"room_id": draft.room_id, "number": number, "author_id": draft.author.id,
                     "posted_at": draft.posted_at, "text": draft.text})
        results.append(Message(draft.room_id, number, draft.author.address, draft.author.display_name,
                               draft.posted_at, draft.text))
    if rows:
        connection.execute(_INSERT, rows)
    return results


def _take_numbers(connection: Connection, drafts: Sequence[Draft]) -> dict[int, int]:
    """Move each room's counter on by what it gets, and return the first number of each."""
    first: dict[int, int] = {}
    for room, count in Counter(draft.room_id for draft in drafts).items():
        last = connection.execute(_TAKE_NUMBERS, {"room": room, "count": count}).scalar()
        if last is not None:
            first[room] = last - count + 1
    return first


def _message(row: Row[Any]) -> Message:
    return Message(row.room_id, row.number, SipAddress.parse(row.sip_address), row.display_name,
                   row.posted_at, row.text)
