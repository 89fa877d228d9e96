"""Comma-separated values: objects as lines, and lines as objects."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from parlour.admin.engine.objects import CUSTOM_OBJECT, PsObject, Value, as_list, is_list, to_text

# Longer cells than csv's own limit: a message of a room is a cell.
_LONGEST_CELL = 1 << 24


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

    def _line(self, values: Sequence[Value]) -> str:
        return self._delimiter.join(_quoted(value) for value in values)


def _quoted(value: Value) -> str:
    text = ";".join(to_text(element) for element in as_list(value)) if is_list(value) else to_text(value)
    return '"' + text.replace('"', '""') + '"'


def read_csv(lines: Iterable[str], delimiter: str, header: Sequence[str] | None = None) -> Iterator[PsObject]:
    """Return the objects that lines stand for, one by one.

    Args:
        lines: with their line ends; the first one names the columns unless `header` does.
        delimiter: stands between the columns.
        header: the names of the columns.

    Raises:
        ValueError: what is no table, with the number of its line.
    """
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        names = header
        for row in rows:
            if names is None:
                names = _checked_names(row)
            elif row:
                yield PsObject((CUSTOM_OBJECT,), {
                    name: row[place] if place < len(row) else None for place, name in enumerate(names)})
    except csv.Error as fault:
        raise ValueError(f"line {rows.line_num} cannot be read: {fault}") from fault


def columns_of(lines: Iterable[str], delimiter: str) -> list[str] | None:
    """Return what the first line says, None if there is none."""
    return next((row for row in csv.reader(lines, delimiter=delimiter) if row), None)


def _checked_names(row: Sequence[str]) -> Sequence[str]:
    """Return the names of the columns.

    Raises:
        ValueError: one stands there twice, or nothing does.
    """
    if row[:1] and row[0].startswith("#TYPE "):
        raise ValueError("its first line is type information, not the names of columns; remove that line")
    folded = [name.casefold() for name in row]
    twice = next((name for name in row if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise ValueError(f'the column "{twice}" is there twice')
    return row
