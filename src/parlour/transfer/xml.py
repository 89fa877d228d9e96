"""XML of exports: written piece by piece, and read record by record whoever made it, in bounded memory.

A document is ``Pool`` with one container in it, whose children are its records. No document types, no entities.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO, TypeVar
from xml.parsers import expat

E = TypeVar("E", bound=StrEnum)

ROOT = "Pool"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
MAX_ELEMENTS = 250_000  # in one record: a room's list of members
MAX_TEXT = 1 << 24  # characters in one record
MAX_TOKEN = 1 << 22  # bytes of a tag, comment or the like
MAX_ATTRIBUTES = 32  # of one element
_PIECE = 1 << 16
_BASE64 = "base64"
# XML 1.0 section 2.2 leaves these out of documents altogether, escaped or not.
_IMPOSSIBLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}  # in this order: the first is in all the others
_ATTRIBUTE_ESCAPES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


class XmlFaultError(Exception):
    """Why a document cannot be read."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an element may have in it; whatever else is there is refused, for it may have been meant.

    Attributes:
        attributes: their names.
        children: the elements, by their names.
        is_text: it has a text.
    """

    attributes: frozenset[str] = frozenset()
    children: Mapping[str, "Shape"] = field(default_factory=dict)
    is_text: bool = False


TEXT = Shape(frozenset({"encoding"}), is_text=True)
"""The shape of what `text_tag` writes."""


# -- writing

def tag(name: str, attributes: Mapping[str, str | int], *children: str) -> str:
    """Return an element; attributes must be of characters that XML can carry."""
    head = "".join(f' {key}="{_attribute(str(value))}"' for key, value in attributes.items())
    return f"<{name}{head}>{''.join(children)}</{name}>" if children else f"<{name}{head}/>"


def text_tag(name: str, text: str) -> str:
    """Return an element with a text, whatever is in it: where XML cannot carry it, as Base64 of its UTF-8."""
    if _IMPOSSIBLE.search(text):
        return f'<{name} encoding="{_BASE64}">{b64encode(text.encode()).decode()}</{name}>'
    return f"<{name}>{_escaped(text)}</{name}>"


def document(container: str, records: Iterator[str]) -> Iterator[str]:
    """Yield a document piece by piece."""
    yield opening(container)
    for record in records:
        yield f"{record}\n"
    yield closing(container)


def opening(container: str) -> str:
    """Return what stands before the first record."""
    return f"{HEAD}<{ROOT}>\n<{container}>\n"


def closing(container: str) -> str:
    """Return what stands after the last record."""
    return f"</{container}>\n</{ROOT}>\n"


def flag(value: bool) -> str:
    """Return how exports write yes and no."""
    return "1" if value else "0"


def moment(value: datetime) -> str:
    """Return a moment in UTC, to the microsecond."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)  # strftime does not pad years


def _escaped(text: str) -> str:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _attribute(text: str) -> str:
    text = _escaped(_IMPOSSIBLE.sub("\ufffd", text))
    for character, escape in _ATTRIBUTE_ESCAPES.items():
        text = text.replace(character, escape)
    return text


# -- reading

@dataclass(slots=True)
class Element:
    """An element of a record."""

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def all(self, name: str) -> list["Element"]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name]

    def only(self, name: str) -> "Element":
        """Return the child of a name.

        Raises:
            XmlFaultError: there is not exactly one.
        """
        found = self.all(name)
        if len(found) != 1:
            raise XmlFaultError(f"<{self.name}> needs one <{name}>, and has {len(found)}")
        return found[0]

    def text_of(self, name: str) -> str:
        """Return the text of the child of a name.

        Raises:
            XmlFaultError: there is not exactly one, or it is no text.
        """
        return self.only(name).content()

    def optional_text(self, name: str) -> str | None:
        """Return the same, or None if there is no such child."""
        return self.text_of(name) if self.all(name) else None

    def content(self) -> str:
        """Return the text in it, from Base64 if it is so.

        Raises:
            XmlFaultError: it is no Base64 of UTF-8.
        """
        text = "".join(self.pieces)
        encoding = self.attributes.get("encoding")
        if encoding is None:
            return text
        try:
            if encoding != _BASE64:
                raise ValueError(encoding)
            return b64decode(text, validate=True).decode()
        except ValueError:
            raise XmlFaultError(f"the text of <{self.name}> is no Base64 of UTF-8") from None

    def get(self, attribute: str) -> str:
        """Return an attribute.

        Raises:
            XmlFaultError: there is none of that name.
        """
        found = self.attributes.get(attribute)
        if found is None:
            raise XmlFaultError(f"<{self.name}> has no {attribute}")
        return found

    def number(self, attribute: str) -> int:
        """Return an attribute that is a whole number from 0 on."""
        value = self.get(attribute)
        if not re.fullmatch("[0-9]{1,18}", value):
            raise self.unfit(attribute, "a number")
        return int(value)

    def flag(self, attribute: str) -> bool:
        """Return an attribute that says yes (1, true) or no (0, false); not being there is a no."""
        known = {"1": True, "true": True, "0": False, "false": False}
        value = self.attributes.get(attribute, "0").lower()
        if value not in known:
            raise self.unfit(attribute, "1 or 0")
        return known[value]

    def moment(self, attribute: str) -> datetime:
        """Return an attribute that is a moment with its time zone."""
        try:
            found = datetime.fromisoformat(self.get(attribute))
            return found.astimezone(UTC) if found.tzinfo else self._no_moment(attribute)
        except (ValueError, OverflowError):
            return self._no_moment(attribute)

    def optional_moment(self, attribute: str) -> datetime | None:
        """Return the same, or None if there is no such attribute."""
        return self.moment(attribute) if attribute in self.attributes else None

    def choice(self, attribute: str, kind: type[E]) -> E:
        """Return an attribute that is one of some words."""
        value = self.get(attribute)
        if value not in set(kind):
            raise self.unfit(attribute, "one of " + ", ".join(kind))
        return kind(value)

    def unfit(self, attribute: str, wanted: str) -> XmlFaultError:
        """Return the fault of an attribute that is not what it should be."""
        value = self.attributes.get(attribute, "")[:40]
        return XmlFaultError(f'{attribute}="{value}" of <{self.name}> is not {wanted}')

    def _no_moment(self, attribute: str) -> datetime:
        raise self.unfit(attribute, "a moment such as 2026-01-31T18:30:00Z")


def read_records(stream: BinaryIO, container: str, record: str, shape: Shape) -> Iterator[Element]:
    """Yield the records of a document one after the other.

    Args:
        stream: the document.
        container: the element around the records.
        record: name of a record.
        shape: what a record may have in it.

    Raises:
        XmlFaultError: it is not well-formed, another kind of document, has something unknown in it, or exceeds a
            bound.
    """
    reader = _Reader(container, record, shape)
    while piece := stream.read(_PIECE):
        reader.feed(piece)
        yield from reader.taken()
    reader.feed(b"", final=True)
    yield from reader.taken()


class _Reader:
    def __init__(self, container: str, record: str, shape: Shape) -> None:
        self._path = (ROOT, container, record)
        self._records: list[Element] = []
        self._open: list[Element] = []
        self._shapes = [Shape(children={ROOT: Shape(children={container: Shape(children={record: shape})})})]
        self._elements = self._characters = self._silent = 0
        self._containers = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        self._silent += len(piece)
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as fault:
            raise XmlFaultError(f"it is not well-formed XML: {fault}") from None
        except (LookupError, ValueError) as fault:  # an encoding that nobody knows, or that expat cannot use
            raise XmlFaultError(f"it cannot be decoded: {fault}") from None
        if self._silent > MAX_TOKEN:
            raise XmlFaultError(f"something in it is longer than {MAX_TOKEN} bytes")
        if final and not self._containers:
            raise XmlFaultError(f"it has no <{self._path[1]}>")

    def taken(self) -> list[Element]:
        found, self._records = self._records, []
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._silent = 0
        depth = len(self._open)
        if depth < len(self._path) and name != self._path[depth]:
            raise XmlFaultError(f"<{name[:40]}> stands where only <{self._path[depth]}> may")
        self._shapes.append(self._shape_of(name, attributes))
        self._containers += depth == 1
        if depth < len(self._path):
            self._elements = self._characters = 0
        self._count(sum(len(key) + len(value) for key, value in attributes.items()))
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise XmlFaultError(f"a record has more than {MAX_ELEMENTS} elements")
        element = Element(name, attributes)
        if depth >= len(self._path):
            self._open[-1].children.append(element)
        self._open.append(element)

    def _shape_of(self, name: str, attributes: Collection[str]) -> Shape:
        shape = self._shapes[-1].children.get(name)
        if shape is None:
            raise XmlFaultError(f"nobody knows what <{name[:40]}> means in <{self._open[-1].name[:40]}>")
        if len(attributes) > MAX_ATTRIBUTES:
            raise XmlFaultError(f"<{name}> has more than {MAX_ATTRIBUTES} attributes")
        for attribute in attributes:
            if attribute not in shape.attributes:
                raise XmlFaultError(f"nobody knows what {attribute[:40]} means in <{name}>")
        return shape

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_TEXT:
            raise XmlFaultError(f"a record has more than {MAX_TEXT} characters")

    def _end(self, _name: str) -> None:
        self._silent = 0
        self._shapes.pop()
        element = self._open.pop()
        if len(self._open) == len(self._path) - 1:
            self._records.append(element)

    def _text(self, data: str) -> None:
        self._silent = 0
        self._count(len(data))
        if self._shapes[-1].is_text:
            self._open[-1].pieces.append(data)
        elif data.strip():
            raise XmlFaultError(f"a text stands in <{self._open[-1].name}>, where none may")

    def _refuse_doctype(self, *_: object) -> None:
        raise XmlFaultError("a document type is not allowed")
