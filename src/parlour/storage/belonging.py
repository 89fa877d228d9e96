"""Who asks to come into a room, and who is invited to one, on SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from parlour.chat.ports import InvitationRow, RequestRow
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import invitations, join_requests, people

_CHUNK = 500  # people in one statement


class SqlRequestStore:
    """`parlour.chat.ports.RequestStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, room_id: int, person_id: int, note: str, moment: datetime) -> None:
        """Keep a request; a second one of the same person has its note, and the first one's place."""
        row = {"room_id": room_id, "person_id": person_id, "note": note, "asked_at": moment}
        statement = upsert(join_requests).values(row).on_conflict_do_update(
            index_elements=["room_id", "person_id"], set_={"note": note})
        await self._database.write(lambda connection: connection.execute(statement))

    async def withdraw(self, room_id: int, person_id: int) -> bool:
        """Forget a request; say whether there was one."""
        is_this = (join_requests.c.room_id == room_id) & (join_requests.c.person_id == person_id)
        done = await self._database.write(
            lambda connection: connection.execute(delete(join_requests).where(is_this)).rowcount)
        return done > 0

    async def requests(self, room_ids: Collection[int]) -> list[RequestRow]:
        """Return the requests for these rooms, oldest first."""
        query = select(join_requests.c.room_id, join_requests.c.note, join_requests.c.asked_at, *PERSON).join(
            people, people.c.id == join_requests.c.person_id).where(
            join_requests.c.room_id.in_(room_ids)).order_by(join_requests.c.asked_at, people.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [RequestRow(row.room_id, to_person(row), row.note, row.asked_at) for row in rows]


class SqlInvitationStore:
    """`parlour.chat.ports.InvitationStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def grant(self, room_id: int, person_ids: Collection[int], moment: datetime) -> dict[int, int]:
        """Give each of these people his next invitation, to this room, in place of an older one to it."""
        def work(connection: Connection) -> dict[int, int]:
            numbers: dict[int, int] = {}
            ordered = sorted(person_ids)
            for start in range(0, len(ordered), _CHUNK):
                numbers |= _grant(connection, room_id, ordered[start:start + _CHUNK], moment)
            return numbers
        return await self._database.write(work)

    async def since(self, person_id: int, number: int, count: int) -> list[InvitationRow]:
        """Return the oldest `count` invitations of somebody above `number`."""
        query = select(invitations).where(
            invitations.c.person_id == person_id, invitations.c.number > number).order_by(
            invitations.c.number).limit(count)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [InvitationRow(row.number, row.room_id, row.created_at) for row in rows]


def _grant(connection: Connection, room_id: int, person_ids: Collection[int], moment: datetime) -> dict[int, int]:
    connection.execute(delete(invitations).where(
        invitations.c.room_id == room_id, invitations.c.person_id.in_(person_ids)))
    taken = connection.execute(
        update(people).where(people.c.id.in_(person_ids)).values(last_invitation=people.c.last_invitation + 1)
        .returning(people.c.id, people.c.last_invitation)).all()
    if taken:
        connection.execute(insert(invitations), [
            {"person_id": row.id, "number": row.last_invitation, "room_id": room_id, "created_at": moment}
            for row in taken])
    return {row.id: row.last_invitation for row in taken}
