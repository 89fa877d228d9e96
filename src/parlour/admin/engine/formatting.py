"""Objects and errors as text, as PowerShell prints them: tables, lists, and the way values read in them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from parlour.admin.engine.objects import ErrorRecord, PsObject, Value, as_list, is_list, to_text
from parlour.textwidth import display_width

DEFAULT_WIDTH: Final = 120

_SAMPLE: Final = 50
"""Objects looked at to find the widths of a table's columns; a table of any length then streams."""

_MOST_COLUMNS: Final = 4
_SHOWN_ELEMENTS: Final = 4
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_BREAK: Final = re.compile("\r\n|\r|\n")


class HeaderLine(str):
    """A line above the rows of a table; whoever shows it may make it stand out."""

    __slots__ = ()


def visible(text: str) -> str:
    """Return a text with control characters (and those that turn the direction of writing) escaped."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}" if ord(found[0]) > 255 else _short(found[0]), text)


def _short(character: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\x{ord(character):02x}")


def cell(value: Value) -> str:
    """Return a value as it reads in a table or list: ``{a, b, c, d...}`` for collections."""
    if isinstance(value, bytes):
        return cell(list(value[:_SHOWN_ELEMENTS + 1]))
    if is_list(value):
        elements = as_list(value)
        shown = ", ".join(cell(element) for element in elements[:_SHOWN_ELEMENTS])
        return "{" + shown + ("..." if len(elements) > _SHOWN_ELEMENTS else "") + "}"
    return visible(to_text(value))


def _fitted(text: str, width: int) -> str:
    """Return a text padded or cut to a width."""
    while display_width(text) > width:
        text = text[: max(0, width - 3)] + "..." if width > 3 and not text.endswith("...") else _cut(text, width)
    return text + " " * (width - display_width(text))


def _cut(text: str, width: int) -> str:
    while display_width(text) > width:
        text = text[:-1]
    return text


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table with their widths."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    numeric: frozenset[str]

    def header(self) -> list[str]:
        """Return the lines above the rows."""
        names = [self._aligned(name, name, width) for name, width in zip(self.columns, self.widths, strict=True)]
        under = [
            self._aligned(name, "-" * min(display_width(visible(name)), width), width)
            for name, width in zip(self.columns, self.widths, strict=True)
        ]
        return ["", HeaderLine(" ".join(names).rstrip()), HeaderLine(" ".join(under).rstrip())]

    def row(self, item: PsObject) -> str:
        """Return the line of an object."""
        pairs = zip(self.columns, self.widths, strict=True)
        return " ".join(self._aligned(name, cell(item.get(name)), width) for name, width in pairs).rstrip()

    def _aligned(self, name: str, text: str, width: int) -> str:
        fitted = _fitted(visible(text), width)
        return fitted.rstrip().rjust(width) if name in self.numeric else fitted


def make_table(sample: Sequence[PsObject], columns: Sequence[str], width: int) -> Table:
    """Choose the widths of a table's columns so that it fits the width; columns without room are left out.

    Args:
        sample: objects to look at.
        columns: property names.
        width: characters in a line.
    """
    wanted = [_column_width(sample, name) for name in columns]
    widths: list[int] = []
    for index, natural in enumerate(wanted):
        room = width - sum(widths) - len(widths)
        others = len(wanted) - index - 1
        widths.append(min(natural, max(room - sum(min(w + 1, 11) for w in wanted[index + 1 :]), room // (others + 1))))
    kept = [(name, size) for name, size in zip(columns, widths, strict=True) if size > 0]
    numeric = frozenset(name for name, _ in kept if sample and all(_is_number(item.get(name)) for item in sample))
    return Table(tuple(name for name, _ in kept), tuple(size for _, size in kept), numeric)


def _column_width(sample: Sequence[PsObject], name: str) -> int:
    return max([display_width(visible(name)), *(display_width(cell(item.get(name))) for item in sample), 1])


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def list_lines(item: PsObject, columns: Sequence[str], width: int) -> list[str]:
    """Return the ``Name : value`` lines of an object; long values go on in the next line."""
    longest = max((display_width(visible(name)) for name in columns), default=0)
    return [line for name in columns for line in _list_entry(name, item, longest, width)]


def _list_entry(name: str, item: PsObject, longest: int, width: int) -> list[str]:
    label = _fitted(visible(name), longest) + " : "
    value = item.get(name)
    lines = _LINE_BREAK.split(value) if isinstance(value, str) else [cell(value)]
    room = max(width - len(label), 10)
    pieces = list(chain.from_iterable(_wrapped(visible(line), room) for line in lines))
    indent = " " * (longest + 3)
    return [((label if index == 0 else indent) + piece).rstrip() for index, piece in enumerate(pieces)]


def _wrapped(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)] or [""]


@dataclass(slots=True)
class Formatter:
    """Turns a stream of objects into lines; holds back only the first objects of a table.

    Attributes:
        width: characters in a line.
        columns: properties to show; none means all of the first object's.
        as_list: list view; None chooses by the number of properties.
    """

    width: int = DEFAULT_WIDTH
    columns: tuple[str, ...] = ()
    as_list: bool | None = None
    _held: list[PsObject] = field(default_factory=list)
    _table: Table | None = None
    _shape: tuple[str, ...] | None = None

    def feed(self, value: Value) -> list[str]:
        """Take an object; return the lines that are ready."""
        if is_list(value):
            return [line for element in as_list(value) for line in self.feed(element)]
        if not isinstance(value, PsObject):
            return [*self.finish(), *_plain_lines(value)]
        shape = self._columns_of(value)
        if not shape:
            return [*self.finish(), visible(str(value))]
        before = [] if self._shape in (None, shape) or self.columns else self.finish()
        self._shape = self._shape if self.columns and self._shape else shape
        return before + (self._list(value) if self._wants_list() else self._row(value))

    def finish(self) -> list[str]:
        """Return the lines that are still held back; the next object begins a new table."""
        lines = self._start_table() if self._held else []
        if self._shape is not None:
            lines.append("")
        self._table, self._shape = None, None
        return lines

    def _columns_of(self, item: PsObject) -> tuple[str, ...]:
        if not self.columns:
            return tuple(item.properties)
        from parlour.admin.engine.projection import matching_names

        return tuple(matching_names(item, self.columns))

    def _wants_list(self) -> bool:
        return len(self._shape or ()) > _MOST_COLUMNS if self.as_list is None else self.as_list

    def _list(self, item: PsObject) -> list[str]:
        return ["", *list_lines(item, self._columns_of(item), self.width)]

    def _row(self, item: PsObject) -> list[str]:
        if self._table is not None:
            return [self._table.row(item)]
        self._held.append(item)
        return self._start_table() if len(self._held) >= _SAMPLE else []

    def _start_table(self) -> list[str]:
        self._table = make_table(self._held, self._shape or (), self.width)
        lines = [*self._table.header(), *(self._table.row(item) for item in self._held)]
        self._held = []
        return lines


def _plain_lines(value: Value) -> list[str]:
    if value is None:
        return []
    if isinstance(value, HeaderLine):  # of Format-Table; it shows what it shows
        return [value]
    if isinstance(value, bytes):
        return [cell(value)]
    return [visible(line) for line in _LINE_BREAK.split(to_text(value))]


def format_values(values: Iterable[Value], width: int = DEFAULT_WIDTH) -> list[str]:
    """Return the lines of some objects."""
    formatter = Formatter(width)
    return [line for value in values for line in formatter.feed(value)] + formatter.finish()


def format_error(record: ErrorRecord) -> list[str]:
    """Return the lines of an error record."""
    message = visible(record.message)  # in one line: what somebody typed may not look like lines of ours
    return [
        f"{record.command} : {message}" if record.command else message,
        *([] if record.line is None else [f"    + Line                  : {record.line}"]),
        f"    + CategoryInfo          : {visible(record.category_info)}",
        f"    + FullyQualifiedErrorId : {visible(record.fully_qualified_id)}",
    ]
