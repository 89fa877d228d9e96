"""XCCOS as a client reads and writes it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from xml.etree import ElementTree

NAMESPACE = "urn:parlano:xml:ns:xccos"
ElementTree.register_namespace("", NAMESPACE)


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


@dataclass(frozen=True)
class Member:
    """Somebody in a join reply or notice.

    Attributes:
        uri: SIP URI.
        room: room URI.
        operator: listed as such.
    """

    uri: str
    room: str
    operator: bool = False


@dataclass(frozen=True)
class ChatMessage:
    """One message, live or from history."""

    room: str
    author: str
    text: str
    time: str
    number: int | None


@dataclass(frozen=True)
class FoundRoom:
    """A room as a search shows it.

    Attributes:
        uri, name: what it is called.
        disabled: it is switched off.
        auditorium: only presenters post in it.
    """

    uri: str
    name: str
    disabled: bool = False
    auditorium: bool = False


@dataclass(frozen=True)
class ChatEvent:
    """One primitive of a server's envelope.

    Attributes:
        kind: ``grpchat``, or the id in lower case, e.g. ``rpl:join``, ``ntc:part``.
        element: the primitive itself.
        raw: the whole body it came in.
    """

    kind: str
    element: ElementTree.Element = field(repr=False)
    raw: bytes = field(default=b"", repr=False)

    @property
    def code(self) -> int:
        """The reply's code; 500 where there is none, as clients take it."""
        return int(self._response().get("code", "500"))

    @property
    def reason(self) -> str:
        """The reply's text."""
        return self._response().text or ""

    def _response(self) -> ElementTree.Element:
        found = self.element.find(_tag("resp"))
        return ElementTree.Element("resp") if found is None else found

    @property
    def command(self) -> tuple[str, str] | None:
        """Envid and seqid of the command that this answers."""
        found = self.element.find(_tag("commandid"))
        return None if found is None else (found.get("envid", ""), found.get("seqid", ""))

    @cached_property
    def message(self) -> ChatMessage:
        """The message of a ``grpchat``."""
        return _message(self.element)

    @property
    def history(self) -> list[ChatMessage]:
        """The messages of a history reply, in its order."""
        return [_message(found) for found in self.element.iter(_tag("msg"))]

    @property
    def rooms(self) -> dict[str, str]:
        """Room URIs by name, from a list of rooms or a join reply."""
        return {found.get("name", ""): found.get("uri", "") for found in self.element.iter(_tag("chanib"))}

    @property
    def found(self) -> list[FoundRoom]:
        """The rooms of a list, in its order."""
        return [FoundRoom(room.get("uri", ""), room.get("name", ""), room.get("disabled", "").lower() == "true",
                          room.get("behavior", "").upper() == "AUDITORIUM")
                for room in self.element.iter(_tag("chanib"))]

    @property
    def users(self) -> list[str]:
        """The SIP URIs it names, in its order."""
        return [found.get("uri", "") for found in self.element.iter(_tag("uib"))]

    @property
    def members(self) -> list[Member]:
        """Who is in which room, from a join reply or a join or part notice."""
        return list(_replied(self.element)) if self.kind.startswith("rpl:") else list(_noticed(self.element))

    def fits(self, **match: object) -> bool:
        """Say whether these attributes (of the event or its message) have these values."""
        return all(self._value(name) == value for name, value in match.items())

    def _value(self, name: str) -> object:
        on_message = self.kind == "grpchat" and name in ChatMessage.__dataclass_fields__
        return getattr(self.message if on_message else self, name)


def _message(element: ElementTree.Element) -> ChatMessage:
    number = element.get("chatId")
    return ChatMessage(
        element.get("chanUri", ""), element.get("author", ""), element.findtext(_tag("chat")) or "",
        element.get("ts", ""), None if number is None else int(number))


def _replied(element: ElementTree.Element) -> Iterator[Member]:
    people = {found.get("id", ""): found.get("uri", "") for found in element.iter(_tag("uib"))}
    for room in element.iter(_tag("chanib")):
        for group in room.iter(_tag("aib")):
            for number in filter(None, group.get("value", "").split(",")):
                yield Member(people[number], room.get("uri", ""), group.get("key") == "12276")


def _noticed(element: ElementTree.Element) -> Iterator[Member]:
    for person in element.iter(_tag("uib")):
        for group in person.iter(_tag("aib")):
            yield Member(person.get("uri", ""), f"ma-chan://{group.get('domain')}/{group.get('value')}")
    for room in element.iter(_tag("chanib")):
        for person in room.iter(_tag("uib")):
            yield Member(person.get("uri", ""), room.get("uri", ""))


def read_envelope(body: bytes) -> list[ChatEvent]:
    """Read a server's envelope as pidgin-sipe does: all replies, or all notices, or the first message.

    Raises:
        xml.etree.ElementTree.ParseError: the body is not XML.
    """
    root = ElementTree.fromstring(body)  # noqa: S314 - expat fetches nothing and bounds entities
    for name in ("rpl", "ntc"):
        if found := root.findall(_tag(name)):
            return [ChatEvent(element.get("id", "").lower(), element, body) for element in found]
    return [ChatEvent("grpchat", element, body) for element in root.findall(_tag("grpchat"))[:1]]


def envelope(number: int, primitive: str) -> bytes:
    """Wrap a primitive."""
    return f'<xccos ver="1" envid="{number}" xmlns="{NAMESPACE}">{primitive}</xccos>'.encode()


def command(name: str, data: str = "") -> str:
    """Write ``cmd:NAME`` with the inside of its data element."""
    content = f"<data>{data}</data>" if data else "<data/>"
    return f'<cmd id="cmd:{name}" seqid="1">{content}</cmd>'


def chat(room: str, author: str, text: str, time: str, *, alert: bool = False) -> str:
    """Write a message as clients send it: line breaks as CR LF."""
    lines = escape(text.replace("\r\n", "\n").replace("\n", "\r\n"), quote=False)
    importance = ' alert="true"' if alert else ""
    return (f'<grpchat id="grpchat" seqid="1" chanUri="{escape(room)}" author="{escape(author)}"{importance} '
            f'ts="{escape(time)}"><chat>{lines}</chat></grpchat>')


def channel_id(room: str, key: int = 0) -> str:
    """Write the ``chanid`` of a room URI."""
    domain, _, value = room.removeprefix("ma-chan://").partition("/")
    return f'<chanid key="{key}" domain="{escape(domain)}" value="{escape(value)}"/>'
