"""Search on SQL: an index gives candidates in their order, and each is compared with what it says.

Only single keys of the text indexes are asked for, never phrases or several keys at once: those the engine would look
for itself in the whole index before it gave the first answer, however large the room.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from sqlite3 import Cursor
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from parlour.addresses import SipAddress
from parlour.chat.model import Content, Message
from parlour.chat.ports import Examined, SearchPlace, Wanted
from parlour.storage.database import Database, named_driver_faults
from parlour.storage.messages import SHOWN, Kind, to_message
from parlour.storage.schema import messages, sip_addresses
from parlour.storage.streams import Cursors, Index, Meter, Sieve, Span, Stream, candidates
from parlour.storage.textindex import HIGHEST, searched_text
from parlour.storage.wording import Term, Wording, key_of_each, keys

_KEYS = 4  # keys of which the rarest are taken
_LOOK = 8  # what it costs to look at a text, in numbers read from an index
_CHARACTERS = 64  # as many characters read, or looked through, cost one more

_IN_ROOM = messages.c.room_id == bindparam("room")
_BY_TIME = (messages.c.posted_at, messages.c.number)
_OLDEST = select(messages.c.number).where(_IN_ROOM).order_by(*_BY_TIME).limit(1)
_NEWEST = select(messages.c.number).where(_IN_ROOM).order_by(*(column.desc() for column in _BY_TIME)).limit(1)
_FROM = _OLDEST.where(messages.c.posted_at >= bindparam("moment"))
_AFTER = _OLDEST.where(messages.c.posted_at > bindparam("moment"))
_UP_TO = _NEWEST.where(messages.c.posted_at <= bindparam("moment"))
_BEFORE = _NEWEST.where(messages.c.posted_at < bindparam("moment"))
_MOMENT = select(messages.c.posted_at).where(_IN_ROOM, messages.c.number == bindparam("number"))
_MOMENTS = select(messages.c.posted_at).where(_IN_ROOM).limit(1)
_MOMENT_UP_TO = _MOMENTS.where(messages.c.number <= bindparam("number")).order_by(messages.c.number.desc())
_MOMENT_BEYOND = _MOMENTS.where(messages.c.number > bindparam("number")).order_by(messages.c.number)
_LOOKED_AT = "SELECT text, title, author_id FROM messages WHERE room_id = ? AND number = ? AND kind = ? AND NOT deleted"
_FOUND = SHOWN.where(_IN_ROOM, messages.c.number.in_(bindparam("numbers", expanding=True)))


class SqlSearchStore:
    """`parlour.chat.ports.SearchStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, room_id: int, number: int) -> SearchPlace | None:
        """Return the place of a number in a room, whatever has or had this number; None in a room without entries."""
        values = {"room": room_id, "number": number}
        moment = await self._database.read(lambda connection: (
            connection.execute(_MOMENT_UP_TO, values).scalar() or connection.execute(_MOMENT_BEYOND, values).scalar()))
        return None if moment is None else SearchPlace(moment, room_id, number)

    async def examine(
        self, room_id: int, wanted: Wanted, after: SearchPlace | None, count: int, effort: int
    ) -> Examined:
        """Find the first `count` messages of a room in the wanted order, beyond a place in it."""
        return await self._database.read(
            partial(_examine, room_id=room_id, wanted=wanted, after=after, count=count, meter=Meter(effort)))


def _examine(
    connection: Connection, room_id: int, wanted: Wanted, after: SearchPlace | None, count: int, meter: Meter
) -> Examined:
    span = _span(connection, room_id, wanted, after)
    authors = _people(connection, wanted.authors)
    wording = _wording(wanted)
    if span is None or wording is None or (wanted.authors and not authors):
        return Examined((), None)
    with ExitStack() as opened, named_driver_faults():
        cursors = Cursors(connection, opened)
        index = Index(cursors, span, meter)
        numbers, sieves = candidates(index, _streams(index, wording, authors))
        look = _Look(cursors.open(), room_id, wording, frozenset(authors), meter)
        found, last = _walk(numbers, sieves, look, count)
    return Examined(_messages(connection, room_id, found), None if last is None else _place(connection, room_id, last))


# -- what is looked for

def _span(connection: Connection, room_id: int, wanted: Wanted, after: SearchPlace | None) -> Span | None:
    """Turn moments into numbers: time in a room never goes back. None if nothing can be there."""
    low, high = 0, HIGHEST

    def number(query: Select[Any], moment: datetime, nothing: int) -> int:
        found: int | None = connection.execute(query, {"room": room_id, "moment": moment}).scalar()
        return nothing if found is None else found
    if wanted.since:
        low = number(_FROM, wanted.since, HIGHEST + 1)
    if wanted.until:
        high = number(_UP_TO, wanted.until, -1)
    if after and wanted.newest_first:
        high = min(high, after.number - 1 if after.room_id == room_id else number(
            _UP_TO if room_id < after.room_id else _BEFORE, after.posted_at, -1))
    elif after:
        low = max(low, after.number + 1 if after.room_id == room_id else number(
            _FROM if room_id > after.room_id else _AFTER, after.posted_at, HIGHEST + 1))
    return Span(room_id, low, high, wanted.newest_first) if low <= high else None


def _people(connection: Connection, authors: Sequence[SipAddress]) -> list[int]:
    if not authors:
        return []
    query = select(sip_addresses.c.person_id).where(
        sip_addresses.c.address_key.in_([author.key for author in authors]), sip_addresses.c.person_id.is_not(None))
    return sorted(connection.execute(query).scalars())


@lru_cache(maxsize=8)
def _wording(wanted: Wanted) -> Wording | None:
    """Return what texts must say, prepared once for all rooms; None if none can."""
    terms = tuple(map(Term.of, wanted.terms))
    sayable = tuple(term for term in terms if term.is_text)
    if terms and (not sayable or (wanted.every and sayable != terms)):
        return None
    return Wording(sayable, wanted.every, wanted.match_case)


def _streams(index: Index, wording: Wording, authors: Sequence[int]) -> list[Stream]:
    """Return streams that have every message that is wanted."""
    numbers: list[Iterator[int]] = []
    if wording.terms and wording.every:
        numbers = [index.texts(key) for key in keys(wording, _KEYS)]
    elif wording.terms:
        numbers = [index.any_of([index.texts(key) for key in key_of_each(wording)])]
    if authors:
        numbers.append(index.any_of([index.author(author) for author in authors]))
    return [index.stream(stream) for stream in numbers or [index.all()]]


# -- looking

@dataclass(frozen=True, slots=True)
class _Look:
    """Looks at one message at a time."""

    cursor: Cursor
    room_id: int
    wording: Wording
    authors: frozenset[int]
    meter: Meter

    def finds(self, number: int) -> bool:
        """Say whether the message of this number is wanted; what is found does not count as looked at in vain."""
        row = self.cursor.execute(_LOOKED_AT, (self.room_id, number, Kind.MESSAGE)).fetchone()
        if row is None:
            self.meter.left -= _LOOK
            return False
        text = searched_text(Content(row[0], row[1]))
        found, work = self.wording.look(text) if not self.authors or row[2] in self.authors else (False, 0)
        self.meter.left -= _LOOK + (len(text) + work) // _CHARACTERS
        self.meter.left += 2 * _LOOK * found
        return found


def _walk(numbers: Iterator[int], sieves: Sequence[Sieve], look: _Look, count: int) -> tuple[list[int], int | None]:
    """Return up to `count` wanted messages, and the last one looked at unless it was the last there is."""
    found: list[int] = []
    last: int | None = None
    for number in numbers:
        if look.meter.left <= 0 and last is not None:
            return found, last
        last = number
        if all(sieve.passes(number) for sieve in sieves) and look.finds(number):
            found.append(number)
            if len(found) == count:
                return found, last
    return found, None


# -- what was found

def _messages(connection: Connection, room_id: int, numbers: Sequence[int]) -> tuple[Message, ...]:
    rows = connection.execute(_FOUND, {"room": room_id, "numbers": numbers}).all() if numbers else ()
    found = {row.number: to_message(row) for row in rows}
    return tuple(found[number] for number in numbers)


def _place(connection: Connection, room_id: int, number: int) -> SearchPlace:
    moment = connection.execute(_MOMENT, {"room": room_id, "number": number}).scalar_one()
    return SearchPlace(moment, room_id, number)
