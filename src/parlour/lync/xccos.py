"""XCCOS as clients write it: bytes to typed commands, without I/O (reference/xccos.md sections 5 and 8).

Shapes marked there as confirmed are read exactly; everything else in an envelope is ignored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from parlour.addresses import RoomUri
from parlour.chat.model import Content
from parlour.errors import XCCOS_INVALID, ParlourError
from parlour.lync.xml import Element, parse_xml

MAX_COMMANDS = 16  # in one envelope; known clients send one
MAX_ROOMS = 256  # in one bjoin
_DIGITS = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class RequestUri:
    """``cmd:requri``: which address is the chat service at?"""


@dataclass(frozen=True, slots=True)
class GetServerInfo:
    """``cmd:getserverinfo``."""

    info_type: str


@dataclass(frozen=True, slots=True)
class Join:
    """``cmd:join``: open one room."""

    room: RoomUri


@dataclass(frozen=True, slots=True)
class BatchJoin:
    """``cmd:bjoin``: open several rooms."""

    rooms: tuple[RoomUri, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """``cmd:part``: close a room."""

    room: RoomUri


@dataclass(frozen=True, slots=True)
class SearchRooms:
    """``cmd:chansrch`` by name."""

    text: str


@dataclass(frozen=True, slots=True)
class RecentHistory:
    """``cmd:bccontext``: the newest messages of a room."""

    room: RoomUri
    count: int


@dataclass(frozen=True, slots=True)
class GetInvitations:
    """``cmd:getinv``: invitations with a number above `after`."""

    after: str
    domain: str


@dataclass(frozen=True, slots=True)
class Post:
    """``grpchat``: a message. `author` is only what the client claims."""

    room: RoomUri
    author: str
    content: Content


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command that this server does not have."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A command that this server has, in a form it cannot read."""

    fault: ParlourError


Body = (
    RequestUri | GetServerInfo | Join | BatchJoin | Part | SearchRooms | RecentHistory | GetInvitations | Post
    | Unknown | Malformed
)


@dataclass(frozen=True, slots=True)
class Command:
    """One primitive of an envelope: what is asked, and what a reply must point back to.

    Attributes:
        name: the id without ``cmd:``, e.g. ``bjoin``; ``grpchat`` for a message.
        envid: the envelope's number, as the client wrote it.
        seqid: the primitive's number in the envelope, as the client wrote it.
        body: what is asked.
    """

    name: str
    envid: str
    seqid: str
    body: Body


def read_commands(body: bytes) -> list[Command]:
    """Read a client's envelope.

    Raises:
        ParlourError: XmlInvalid, or XccosInvalid when it is no envelope or holds no command.
    """
    root = parse_xml(body)
    if root.name != "xccos":
        raise _invalid(f'the document is "{root.name[:40]}", not "xccos"')
    envid = _number(root, "envid")
    commands = [_command(child, envid) for child in root.children if child.name in ("cmd", "grpchat")]
    if not 0 < len(commands) <= MAX_COMMANDS:
        raise _invalid(f"it holds {len(commands)} commands")
    return commands


def _command(element: Element, envid: str) -> Command:
    seqid = _number(element, "seqid")
    if element.name == "grpchat":
        return Command("grpchat", envid, seqid, _post(element))
    name = element.get("id").lower().removeprefix("cmd:")
    reader = _READERS.get(name)
    return Command(name, envid, seqid, Unknown() if reader is None else _tolerant(reader, element))


def _tolerant(reader: Callable[[Element], Body], element: Element) -> Body:
    data = element.child("data")
    try:
        return reader(data if data is not None else Element("data", {}))
    except ParlourError as fault:
        return Malformed(fault)


def _post(element: Element) -> Body:
    try:
        chat = element.child("chat")
        if chat is None:
            raise _invalid("the message has no text")
        rtf = element.child("rtf")
        content = Content(
            chat.text, rtf=(rtf.text or None) if rtf else None, alert=element.get("alert").lower() == "true")
        return Post(_room_uri(element.get("chanUri")), element.get("author"), content)
    except ParlourError as fault:
        return Malformed(fault)


def _join(data: Element) -> Join:
    rooms = _room_ids(data)
    if len(rooms) != 1:
        raise _invalid("join names one room")
    return Join(rooms[0])


def _room_ids(data: Element) -> tuple[RoomUri, ...]:
    rooms = tuple(RoomUri(item.get("domain").lower(), item.get("value")) for item in data.all("chanid"))
    if not 0 < len(rooms) <= MAX_ROOMS:
        raise _invalid(f"it names {len(rooms)} rooms")
    return rooms


def _search(data: Element) -> SearchRooms:
    query = _required(data, "qib")
    if query.get("qtype").upper() != "BYNAME":
        raise _invalid(f'rooms are searched BYNAME, not "{query.get("qtype")[:40]}"')
    return SearchRooms(query.get("criteria"))


def _recent(data: Element) -> RecentHistory:
    last = _required(_required(data, "bcq"), "last")
    return RecentHistory(_named_room(data), int(_number(last, "cnt")))


def _server_info(data: Element) -> GetServerInfo:
    info = data.child("sib")
    return GetServerInfo(info.get("infoType") if info else "")


def _invitations(data: Element) -> GetInvitations:
    item = _required(data, "inv")
    return GetInvitations(_number(item, "inviteId"), item.get("domain"))


_READERS: dict[str, Callable[[Element], Body]] = {
    "requri": lambda _: RequestUri(),
    "getserverinfo": _server_info,
    "join": _join,
    "bjoin": lambda data: BatchJoin(tuple(dict.fromkeys(_room_ids(data)))),  # a room opens once (trap 9)
    "part": lambda data: Part(_named_room(data)),
    "chansrch": _search,
    "bccontext": _recent,
    "getinv": _invitations,
}


def _named_room(data: Element) -> RoomUri:
    return _room_uri(_required(data, "chanib").get("uri"))


def _room_uri(uri: str) -> RoomUri:
    address = RoomUri.parse(uri)
    if address is None:
        raise _invalid(f'"{uri[:80]}" is not the address of a room')
    return address


def _required(element: Element, name: str) -> Element:
    child = element.child(name)
    if child is None:
        raise _invalid(f'"{name}" is missing')
    return child


def _number(element: Element, attribute: str) -> str:
    value = element.get(attribute)
    if not _DIGITS.fullmatch(value):
        raise _invalid(f'{element.name}/@{attribute} is "{value[:40]}", not a number')
    return value


def _invalid(reason: str) -> ParlourError:
    return ParlourError(XCCOS_INVALID, reason=reason)
