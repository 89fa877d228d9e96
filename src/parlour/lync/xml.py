"""XML from strangers: no document types, no entities, bounded depth and size. Namespaces are dropped, as clients do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from parlour.errors import XML_INVALID, ParlourError

MAX_DEPTH = 32
MAX_ELEMENTS = 10_000
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
# XML 1.0 section 2.2 leaves these out of documents altogether, escaped or not.
_IMPOSSIBLE = {chr(code): "\ufffd" for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF)}
_SURROGATES = dict.fromkeys(range(55296, 57344), "�")
_TEXT = str.maketrans(_ENTITIES | _IMPOSSIBLE) | _SURROGATES
_ATTRIBUTE = _TEXT | str.maketrans({"\n": "&#10;", "\t": "&#9;"})


@dataclass(slots=True)
class Element:
    """An element: name and attribute names without namespaces, attribute names in lower case."""

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

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
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as fault:
        raise _invalid(str(fault)) from None
    except (LookupError, ValueError) as fault:  # an encoding that nobody knows, or that expat cannot use
        raise _invalid(str(fault)) from None
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.root = Element("", {})
        self._open: list[Element] = []
        self._count = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH:
            raise _invalid(f"elements are nested more than {MAX_DEPTH} deep")
        if self._count > MAX_ELEMENTS:
            raise _invalid(f"there are more than {MAX_ELEMENTS} elements")
        element = Element(_local(name), {_local(key).lower(): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        self._open[-1].text += data

    def _refuse_doctype(self, *_: object) -> None:
        raise _invalid("a document type is not allowed")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _invalid(reason: str) -> ParlourError:
    return ParlourError(XML_INVALID, reason=reason)


def escape(text: str) -> str:
    """Escape character data. What XML cannot carry at all becomes U+FFFD."""
    return text.translate(_TEXT)


def escape_attribute(value: object) -> str:
    """Escape an attribute's value, line breaks included."""
    return str(value).translate(_ATTRIBUTE)
