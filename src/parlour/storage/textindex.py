"""The indexes of what messages say: pieces of three letters, and terms shorter than that.

A message's row in them is its room and number in one integer, so the messages of a room are one range, in order.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from parlour.chat.model import Content
from parlour.storage.terms import fold, short_terms

_NUMBER_BITS = 40
HIGHEST = (1 << _NUMBER_BITS) - 1  # number that a message can have
Prepared: TypeAlias = tuple[Sequence[tuple[int, str]], Sequence[tuple[int, str]]]
"""Rows of the index of pieces, and of that of shorter terms."""

_TABLES = (("message_text", "text"), ("message_terms", "terms"))


def row_id(room_id: int, number: int) -> int:
    """Return the row of a message in the indexes."""
    return room_id << _NUMBER_BITS | number


def number_of(row: int) -> int:
    """Return the number of the message that has this row."""
    return row & HIGHEST


def searched_text(content: Content) -> str:
    """Return the text of a message that searches look through."""
    return content.text if content.title is None else f"{content.title}\n{content.text}"


def add(connection: Connection, texts: Iterable[tuple[int, str]]) -> None:
    """Index these texts, each by the row of its message."""
    insert(connection, prepared(texts))


def insert(connection: Connection, rows_of_each: Prepared) -> None:
    """Index texts that were prepared, maybe by another process: to prepare them takes as long as to write them."""
    for (table, column), rows in zip(_TABLES, rows_of_each, strict=True):
        if rows:
            connection.exec_driver_sql(f"INSERT INTO {table} (rowid, {column}) VALUES (?, ?)", rows)  # noqa: S608


def remove(connection: Connection, texts: Iterable[tuple[int, str]]) -> None:
    """Forget these texts; they must be those that were added."""
    for (table, column), rows in zip(_TABLES, prepared(texts), strict=True):
        if rows:
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({table}, rowid, {column}) VALUES ('delete', ?, ?)", rows)  # noqa: S608


def prepared(texts: Iterable[tuple[int, str]]) -> Prepared:
    """Return what the indexes keep of these texts, each by the row of its message."""
    pieces, terms = [], []
    for row, text in texts:
        folded = fold(text)
        pieces.append((row, folded))
        if found := short_terms(folded):
            terms.append((row, " ".join(found)))
    return pieces, terms
