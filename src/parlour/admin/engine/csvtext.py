"""Comma-separated values: objects as lines, and lines as objects."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from parlour.admin.engine.objects import CUSTOM_OBJECT, PsObject, Value, as_list, is_list, to_text

MOST_COLUMNS: Final = 1000
"""Columns of a table."""

# Longer cells than csv's own limit: a message of a room is a cell.
csv.field_size_limit(1 << 24)


_LINE_ENDS: Final = ("\n", "\r")


class UnfinishedError(Exception):
    """The first line of a table goes on behind what there is of it."""


class CsvWriter:
    """Makes lines of objects; the first object decides the columns.

    Args:
        delimiter: stands between the columns.
        columns: those of a file that is gone on with; None takes them from the first object.
    """

    def __init__(self, delimiter: str, columns: Sequence[str] | None = None) -> None:
        self._delimiter = delimiter
        self._columns = None if columns is None else tuple(columns)

    def lines(self, item: Value) -> list[str]:
        """Return the line of an object, before the first one the names of the columns."""
        given = item if isinstance(item, PsObject) else PsObject((), {"Value": item})
        head: list[str] = []
        if self._columns is None:
            self._columns = tuple(given.properties)
            head = [self._line(self._columns)]
        return [*head, self._line([given.get(name) for name in self._columns])]

    def missing(self, item: Value) -> str | None:
        """Return a column that an object has no property for; None if it has all, or decides the columns itself."""
        given = item if isinstance(item, PsObject) else PsObject((), {"Value": item})
        return next((name for name in self._columns or () if given.find(name) is None), None)

    def _line(self, values: Sequence[Value]) -> str:
        return self._delimiter.join(_quoted(value) for value in values)


def _quoted(value: Value) -> str:
    text = ";".join(to_text(element) for element in as_list(value)) if is_list(value) else to_text(value)
    return '"' + text.replace('"', '""') + '"'


def read_csv(lines: Iterable[str], delimiter: str, header: Sequence[str] | None = None) -> Iterator[PsObject | None]:
    """Return the objects that lines stand for, one by one, and None for each that stands for nothing.

    Args:
        lines: with their line ends; the first one names the columns unless `header` does.
        delimiter: stands between the columns.
        header: the names of the columns.

    Raises:
        ValueError: what is no table, with the number of its line.
    """
    names = None if header is None else _checked_names(header, 0)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in rows:
            if not row:
                yield None
            elif names is None:
                names = _checked_names(row, rows.line_num)
            else:
                yield _object(names, row)
    except csv.Error as fault:
        raise ValueError(f"line {rows.line_num} cannot be read: {fault}") from fault


def _object(names: Sequence[str], row: Sequence[str]) -> PsObject:
    return PsObject((CUSTOM_OBJECT,), {
        name: row[place] if place < len(row) else None for place, name in enumerate(names)})


def columns_of(beginning: str, delimiter: str, final: bool) -> Sequence[str] | None:
    """Return the columns that the first line of a table names, None if there is nothing in it.

    Args:
        beginning: of the table.
        delimiter: stands between the columns.
        final: it is all of it.

    Raises:
        UnfinishedError: more of it is needed.
        ValueError: what is no table.
    """
    rows = csv.reader(_whole_lines(beginning, final), delimiter=delimiter, strict=True)
    try:
        row = next((row for row in rows if row), None)
    except csv.Error as fault:
        raise ValueError(f"line {rows.line_num} cannot be read: {fault}") from fault
    return None if row is None else _checked_names(row, rows.line_num)


def _whole_lines(text: str, final: bool) -> Iterator[str]:
    """Return the lines that came to their end.

    Raises:
        UnfinishedError: there may be more.
    """
    for line in StringIO(text, newline=""):
        if not final and not line.endswith(_LINE_ENDS):
            break
        yield line
    if not final:
        raise UnfinishedError


def _checked_names(row: Sequence[str], line: int) -> Sequence[str]:
    """Return the names of the columns, in a line or given otherwise (line 0).

    Raises:
        ValueError: one stands there twice, there are too many, or they are none.
    """
    if line and row[:1] and row[0].startswith("#TYPE "):
        raise ValueError("its first line is type information, not the names of columns; remove that line")
    if len(row) > MOST_COLUMNS:
        where = f"line {line} has" if line else "there are"
        raise ValueError(f"{where} {len(row)} columns, and there may be at most {MOST_COLUMNS}")
    seen: dict[str, str] = {}
    for name in row:
        if name.casefold() in seen:
            raise ValueError(f'the column "{seen[name.casefold()]}" is there twice')
        seen[name.casefold()] = name
    return row
