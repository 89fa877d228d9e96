"""Fills rooms with millions of messages: what the log would have written, without a post for each.

To make messages takes as long as to write them, so other processes make them. A room's messages come in order, as they
do in real life, and the indexes of texts are written by the storage's own code.
"""

import multiprocessing
import os
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.pool import AsyncResult

from sqlalchemy import Connection, bindparam, update

from benchmarks import talk
from parlour.storage import textindex
from parlour.storage.database import open_engine
from parlour.storage.messages import Kind
from parlour.storage.schema import messages, rooms

START = datetime(2020, 1, 1, tzinfo=UTC)
PAUSE = timedelta(seconds=30)  # between two messages of a room
PIECE = 20_000  # messages in one commit
_AHEAD = 2  # pieces that each process may be ahead of who writes
_CACHE = 256  # MB of pages that the writer keeps: authors and rooms are many
_REPORTED = 500_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COLUMNS = ("room_id", "number", "author_id", "posted_at", "text", "kind", "ordinal", "alert", "deleted")
_INSERT = f"INSERT INTO {messages.name} ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_KIND = int(Kind.MESSAGE)
_COUNT = update(rooms).where(rooms.c.id == bindparam("room")).values(
    last_number=bindparam("number"), message_count=bindparam("number"), last_posted_at=bindparam("moment"))

Row = tuple[int, int, int, int, str, int, int, bool, bool]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages `first` to `last` of a room that gets `count` in all."""

    room: int
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What is written in one commit."""

    rows: Sequence[Row]
    indexed: textindex.Prepared
    ends: Mapping[int, int]  # number of the last message so far, by room


def posted_at(number: int) -> datetime:
    """Return when the message of this number was posted."""
    return START + number * PAUSE


def fill(url: str, counts: Mapping[int, int], authors: Sequence[int]) -> None:
    """Write messages into rooms that have none.

    Args:
        url: The database; nobody else writes to it meanwhile.
        counts: How many messages each room gets, by the room's number.
        authors: Numbers of the people who take turns to write them.
    """
    engine = open_engine(url, "BEGIN IMMEDIATE")
    written = 0
    with closing(engine.raw_connection()) as first:
        first.cursor().execute(f"PRAGMA cache_size=-{_CACHE << 10}")
    try:
        for piece in _made(list(_pieces(sorted(counts.items()))), tuple(authors)):
            with engine.begin() as connection:
                _write(connection, piece)
            before, written = written, written + len(piece.rows)
            if before // _REPORTED < written // _REPORTED:
                print(f"  {written:,} messages written", flush=True)
    finally:
        engine.dispose()


def _pieces(counts: Iterable[tuple[int, int]]) -> Iterator[list[Stretch]]:
    """Cut what is to be written into pieces; a room may be in several, and a piece may have several rooms."""
    piece, left = list[Stretch](), PIECE
    for room, count in counts:
        done = 0
        while done < count:
            taken = min(left, count - done)
            piece.append(Stretch(room, done + 1, done + taken, count))
            done, left = done + taken, left - taken
            if not left:
                yield piece
                piece, left = [], PIECE
    if piece:
        yield piece


def _made(pieces: Sequence[list[Stretch]], authors: tuple[int, ...]) -> Iterator[Piece]:
    """Have other processes make the pieces, in their order, not too far ahead."""
    processes = os.cpu_count() or 1
    waiting: deque[AsyncResult[Piece]] = deque()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for piece in pieces:
            waiting.append(pool.apply_async(made, (piece, authors)))
            if len(waiting) > processes * _AHEAD:
                yield waiting.popleft().get()
        while waiting:
            yield waiting.popleft().get()


def made(piece: Sequence[Stretch], authors: Sequence[int]) -> Piece:
    """Make a piece."""
    rows, indexed = list[Row](), list[tuple[int, str]]()
    for one in piece:
        said = talk.texts(one.room, one.first, one.last, one.count)
        by = random.Random(one.room).choices(authors, k=len(said))
        for number, text, author in zip(range(one.first, one.last + 1), said, by, strict=True):
            moment = (posted_at(number) - _EPOCH) // _MICROSECOND
            rows.append((one.room, number, author, moment, text, _KIND, number, False, False))
            indexed.append((textindex.row_id(one.room, number), text))
    return Piece(rows, textindex.prepared(indexed), {one.room: one.last for one in piece})


def _write(connection: Connection, piece: Piece) -> None:
    connection.exec_driver_sql(_INSERT, list(piece.rows))
    textindex.insert(connection, piece.indexed)
    connection.execute(_COUNT, [
        {"room": room, "number": number, "moment": posted_at(number)} for room, number in piece.ends.items()])
