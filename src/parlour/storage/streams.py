"""Streams of numbers of messages, each in the order wanted, read from an index only as far as somebody goes."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, groupby, islice
from sqlite3 import Cursor
from typing import cast

from sqlalchemy import Connection

from parlour.storage.textindex import number_of, row_id
from parlour.storage.wording import Key

_ROWS = 64  # read from an index at a time
_PROBE = 32  # numbers by which one sees how close together those of a stream lie
_DENSITY = 8  # a stream helps to sift another one unless it is so many times as dense

_TEXT = "SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid {order}"
_AUTHOR = ("SELECT number FROM messages INDEXED BY ix_messages_author WHERE author_id = ? AND room_id = ? "
           "AND number BETWEEN ? AND ? ORDER BY number {order}")
_ALL = "SELECT number FROM messages WHERE room_id = ? AND number BETWEEN ? AND ? ORDER BY number {order}"


@dataclass(slots=True)
class Meter:
    """What a search may still look at; each number read from an index is one."""

    left: int


@dataclass(frozen=True, slots=True)
class Span:
    """The entries of a room from `low` to `high`, in the order wanted."""

    room_id: int
    low: int
    high: int
    newest_first: bool


@dataclass(slots=True)
class Stream:
    """Numbers in the order wanted.

    Attributes:
        first: the first of them; fewer than `_PROBE` if there are no others.
        rest: the others.
    """

    first: list[int]
    rest: Iterator[int]

    @property
    def density(self) -> float:
        """How close together the first numbers lie; 0 for a stream that ends with them."""
        return 0.0 if len(self.first) < _PROBE else len(self.first) / (abs(self.first[-1] - self.first[0]) + 1)

    def __iter__(self) -> Iterator[int]:
        return chain(self.first, self.rest)


@dataclass(slots=True)
class Sieve:
    """Says which numbers a stream has, asked for numbers in its order; when the meter is empty, it lets all pass."""

    numbers: Iterator[int]
    newest_first: bool
    meter: Meter
    current: int | None = None
    ended: bool = field(default=False)

    def passes(self, number: int) -> bool:
        """Say whether the stream may have `number`."""
        while not self.ended and (self.current is None or self._is_before(self.current, number)):
            if self.meter.left <= 0:
                return True
            self.current = next(self.numbers, None)
            self.ended = self.current is None
        return self.current == number

    def _is_before(self, one: int, other: int) -> bool:
        return one > other if self.newest_first else one < other


class Cursors:
    """The driver's own cursors, which read on row by row at a fraction of the cost.

    Args:
        connection: in a read transaction.
        opened: closes them, since that transaction lasts as long as any of them is open.
    """

    def __init__(self, connection: Connection, opened: ExitStack) -> None:
        self._connection = connection.connection
        self._opened = opened

    def open(self) -> Cursor:
        """Return a new cursor."""
        cursor = cast("Cursor", self._connection.cursor())
        self._opened.callback(cursor.close)
        return cursor


class Index:
    """What the indexes know of a span.

    Args:
        cursors: read from them.
        span: where to look.
        meter: counts what is read.
    """

    def __init__(self, cursors: Cursors, span: Span, meter: Meter) -> None:
        self._cursors = cursors
        self._span = span
        self._meter = meter

    def texts(self, key: Key) -> Iterator[int]:
        """Return the messages that have `key` in their text."""
        span, table = self._span, "message_text" if key.piece else "message_terms"
        low, high = row_id(span.room_id, span.low), row_id(span.room_id, span.high)
        return map(number_of, self._rows(_TEXT, key.query, low, high, table=table))

    def author(self, person: int) -> Iterator[int]:
        """Return the entries that somebody wrote."""
        return self._rows(_AUTHOR, person, self._span.room_id, self._span.low, self._span.high)

    def all(self) -> Iterator[int]:
        """Return every entry."""
        return self._rows(_ALL, self._span.room_id, self._span.low, self._span.high)

    def any_of(self, streams: Iterable[Iterator[int]]) -> Iterator[int]:
        """Return what any of the streams has."""
        numbers = merge(*streams, reverse=self._span.newest_first)
        return (number for number, _ in groupby(numbers))

    def stream(self, numbers: Iterator[int]) -> Stream:
        """Look at the first numbers."""
        return Stream(list(islice(numbers, _PROBE)), numbers)

    def sieve(self, stream: Stream) -> Sieve:
        """Make a stream sift others."""
        return Sieve(iter(stream), self._span.newest_first, self._meter)

    def _rows(self, statement: str, *values: str | int, **parts: str) -> Iterator[int]:
        order = "DESC" if self._span.newest_first else "ASC"
        cursor = self._cursors.open().execute(statement.format(order=order, **parts), values)
        while rows := cursor.fetchmany(_ROWS):
            for row in rows:
                self._meter.left -= 1
                yield row[0]


def candidates(index: Index, streams: list[Stream]) -> tuple[Iterator[int], list[Sieve]]:
    """Return the shortest of the streams, and what sifts it: the others, unless they are too dense to be of use."""
    driver, *others = sorted(streams, key=lambda stream: (stream.density, len(stream.first)))
    useful = [other for other in others if other.density <= driver.density * _DENSITY] if driver.density else []
    return iter(driver), [index.sieve(other) for other in useful]
