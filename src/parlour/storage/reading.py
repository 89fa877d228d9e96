"""What people read, on SQL: which rooms they follow, up to where, where they are named, and what is pinned."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from parlour.chat.model import Mark, Message
from parlour.chat.ports import MOST_MENTIONS, SearchPlace
from parlour.errors import FOLLOWS_TOO_MANY, MESSAGE_NOT_FOUND, PINS_TOO_MANY, ParlourError
from parlour.storage.database import Database
from parlour.storage.messages import ONE, SHOWN, first_kept, to_message
from parlour.storage.schema import follows, mentions, messages, pins, rooms

_NAMED = (
    select(literal(1).label("one")).select_from(mentions)
    .where(mentions.c.person_id == follows.c.person_id, mentions.c.room_id == follows.c.room_id,
           mentions.c.number > follows.c.read_number)
    .limit(MOST_MENTIONS).correlate(follows).subquery()
)
_MARKS = (
    select(follows.c.room_id, follows.c.read_number, rooms.c.last_number,
           (rooms.c.message_count - follows.c.read_ordinal).label("unread"),
           select(func.count()).select_from(_NAMED).scalar_subquery().label("mentions"))
    .join(rooms, rooms.c.id == follows.c.room_id)
    .where(follows.c.person_id == bindparam("person"))
)
_MARK = _MARKS.where(follows.c.room_id == bindparam("room"))
_ORDINAL = (
    select(messages.c.ordinal).where(messages.c.room_id == bindparam("room"), messages.c.number <= bindparam("number"))
    .order_by(messages.c.number.desc()).limit(1)
)
_MENTIONING = (
    SHOWN.join(mentions, (mentions.c.room_id == messages.c.room_id) & (mentions.c.number == messages.c.number))
    .where(mentions.c.person_id == bindparam("person"))
    .order_by(mentions.c.posted_at.desc(), mentions.c.room_id.desc(), mentions.c.number.desc())
    .limit(bindparam("count"))
)
_EARLIER = tuple_(mentions.c.posted_at, mentions.c.room_id, mentions.c.number) < tuple_(
    bindparam("moment", type_=mentions.c.posted_at.type), bindparam("room"), bindparam("number"))


class SqlReadingStore:
    """`parlour.chat.ports.ReadingStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(self, person_id: int, room_id: int, moment: datetime, most: int) -> Mark | None:
        """Note that somebody follows a room and has read all of it; who does already keeps his mark, and gets it."""
        newest = select(literal(person_id), rooms.c.id, rooms.c.last_number, rooms.c.message_count,
                        literal(moment, follows.c.followed_at.type)).where(rooms.c.id == room_id)
        columns = ["person_id", "room_id", "read_number", "read_ordinal", "followed_at"]
        count = select(func.count()).where(follows.c.person_id == person_id)

        def work(connection: Connection) -> Mark | None:
            done = connection.execute(insert(follows).from_select(columns, newest).on_conflict_do_nothing())
            if done.rowcount and connection.execute(count).scalar_one() > most:
                raise ParlourError(FOLLOWS_TOO_MANY, None, limit=most)
            return _mark(connection, person_id, room_id)
        return await self._database.write(work)

    async def unfollow(self, person_id: int, room_id: int) -> bool:
        """Forget that somebody follows a room; say whether he did."""
        is_this = (follows.c.person_id == person_id) & (follows.c.room_id == room_id)
        done = await self._database.write(
            lambda connection: connection.execute(delete(follows).where(is_this)).rowcount)
        return done > 0

    async def follows(self, person_id: int, room_id: int) -> bool:
        """Say whether somebody follows a room."""
        query = select(literal(1)).where(follows.c.person_id == person_id, follows.c.room_id == room_id)
        return await self._database.read(lambda connection: connection.execute(query).scalar() is not None)

    async def marks(self, person_id: int) -> list[Mark]:
        """Return how far somebody has read each room that he follows."""
        rows = await self._database.read(lambda connection: connection.execute(_MARKS, {"person": person_id}).all())
        return [Mark(*row) for row in rows]

    async def mark(self, person_id: int, room_id: int, number: int) -> Mark | None:
        """Move a mark to entry `number`, or the newest if that is less; None if the person does not follow the room."""
        def work(connection: Connection) -> Mark | None:
            last = connection.execute(select(rooms.c.last_number).where(rooms.c.id == room_id)).scalar() or 0
            read = max(0, min(number, last))
            ordinal = connection.execute(_ORDINAL, {"room": room_id, "number": read}).scalar()
            connection.execute(
                update(follows).where(follows.c.person_id == person_id, follows.c.room_id == room_id)
                .values(read_number=read, read_ordinal=first_kept(connection, room_id) if ordinal is None else ordinal))
            return _mark(connection, person_id, room_id)
        return await self._database.write(work)

    async def mentions(self, person_id: int, before: SearchPlace | None, count: int) -> list[Message]:
        """Return the newest `count` messages that name somebody, before a place among them, newest first."""
        values: dict[str, object] = {"person": person_id, "count": count}
        query = _MENTIONING
        if before is not None:
            query = query.where(_EARLIER)
            values |= {"moment": before.posted_at, "room": before.room_id, "number": before.number}
        rows = await self._database.read(lambda connection: connection.execute(query, values).all())
        return [to_message(row) for row in rows]


def _mark(connection: Connection, person_id: int, room_id: int) -> Mark | None:
    row = connection.execute(_MARK, {"person": person_id, "room": room_id}).one_or_none()
    return None if row is None else Mark(*row)


class SqlPinStore:
    """`parlour.chat.ports.PinStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pin(self, room_id: int, number: int, person_id: int, moment: datetime, most: int) -> bool:
        """Pin a message; say whether it was not pinned before."""
        def work(connection: Connection) -> bool:
            shown = connection.execute(ONE, {"room": room_id, "number": number}).one_or_none()
            if shown is None or shown.deleted:
                raise ParlourError(MESSAGE_NOT_FOUND, number, number=number)
            known = set(connection.execute(select(pins.c.number).where(pins.c.room_id == room_id)).scalars())
            if number in known:
                return False
            if len(known) >= most:
                raise ParlourError(PINS_TOO_MANY, number, limit=most)
            connection.execute(insert(pins), {
                "room_id": room_id, "number": number, "person_id": person_id, "pinned_at": moment})
            return True
        return await self._database.write(work)

    async def unpin(self, room_id: int, number: int) -> bool:
        """Take a pin away; say whether there was one."""
        is_this = (pins.c.room_id == room_id) & (pins.c.number == number)
        done = await self._database.write(lambda connection: connection.execute(delete(pins).where(is_this)).rowcount)
        return done > 0

    async def pinned(self, room_id: int) -> list[int]:
        """Return the numbers of the pinned messages of a room, in the order of pinning."""
        query = select(pins.c.number).where(pins.c.room_id == room_id).order_by(pins.c.pinned_at, pins.c.number)
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))
