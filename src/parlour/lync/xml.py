"""XML from strangers: no document types, no entities, bounded depth and size. Namespaces are dropped, as clients do."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from parlour.errors import XML_INVALID, ParlourError

MAX_DEPTH = 32
MAX_ELEMENTS = 10_000
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}  # in this order: the first is in all the others
_ATTRIBUTE_ENTITIES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
# XML 1.0 section 2.2 leaves these out of documents altogether, escaped or not.
_IMPOSSIBLE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")


@dataclass(slots=True)
class Element:
    """An element: name and attribute names without namespaces, attribute names in lower case.

    `tag` and `written` have the names as they stand in the document, for who has to give it back.
    """

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    tag: str = ""
    written: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The character data directly in it."""
        return "".join(self.pieces)

    def get(self, attribute: str, default: str = "") -> str:
        """Return an attribute's value; names count without letter case."""
        return self.attributes.get(attribute.lower(), default)

    def child(self, name: str) -> "Element | None":
        """Return the first child of that name."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the children of that name."""
        return (child for child in self.children if child.name == name)


def parse_xml(body: bytes) -> Element:
    """Read a document and return its root.

    Raises:
        ParlourError: XmlInvalid, for anything that is not well-formed, has a document type, or exceeds a bound.
    """
    reader, parser = _Reader(), expat.ParserCreate()
    reader.listen(parser)
    try:
        parser.Parse(body, True)
    except expat.ExpatError as fault:
        raise _invalid(str(fault)) from None
    except (LookupError, ValueError) as fault:  # an encoding that nobody knows, or that expat cannot use
        raise _invalid(str(fault)) from None
    return reader.root


class _Reader:
    """Builds elements of what a parser finds; it does not know the parser, so both are let go of at once."""

    def __init__(self) -> None:
        self.root = Element("", {})
        self._open: list[Element] = []
        self._count = 0

    def listen(self, parser: expat.XMLParserType) -> None:
        """Have the parser say what it finds."""
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH:
            raise _invalid(f"elements are nested more than {MAX_DEPTH} deep")
        if self._count > MAX_ELEMENTS:
            raise _invalid(f"there are more than {MAX_ELEMENTS} elements")
        plain = {_local(key).lower(): value for key, value in attributes.items()}
        element = Element(_local(name), plain, tag=name, written=attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        self._open[-1].pieces.append(data)

    def _refuse_doctype(self, *_: object) -> None:
        raise _invalid("a document type is not allowed")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _invalid(reason: str) -> ParlourError:
    return ParlourError(XML_INVALID, reason=reason)


def escape(text: str) -> str:
    """Escape character data. What XML cannot carry at all becomes U+FFFD."""
    return _replaced(_IMPOSSIBLE.sub(lambda found: "\ufffd" * len(found[0]), text), _ENTITIES)


def escape_attribute(value: object) -> str:
    """Escape an attribute's value, line breaks included."""
    return _replaced(escape(str(value)), _ATTRIBUTE_ENTITIES)


def _replaced(text: str, entities: Mapping[str, str]) -> str:
    """Replace characters one kind after the other: that is much faster than to look at every character of a text."""
    for character, entity in entities.items():
        text = text.replace(character, entity)
    return text
