"""XCCOS as clients write it: bytes to typed commands, without I/O (reference/xccos.md sections 5 and 8).

Shapes marked there as confirmed are read exactly. Of the others the candidates in its section 21 are read, and what is
not understood is left aside; everything else in an envelope is ignored.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from parlour.addresses import RoomUri
from parlour.chat.model import Content, Privacy, RoomType
from parlour.errors import XCCOS_INVALID, ParlourError
from parlour.lync.xccos_commands import (
    BatchJoin,
    Body,
    ChangeRoom,
    Command,
    CreatableCategories,
    CreateRoom,
    GetAddins,
    GetAssociations,
    GetFileToken,
    GetInvitations,
    GetPreference,
    GetRoom,
    GetServerInfo,
    GetUser,
    Join,
    Malformed,
    Part,
    Post,
    RecentHistory,
    Relation,
    RequestUri,
    SearchMessages,
    SearchRooms,
    SetPreference,
    Unknown,
)
from parlour.lync.xml import Element, parse_xml

T = TypeVar("T", bound=Enum)
V = TypeVar("V")

MAX_COMMANDS = 16  # in one envelope; known clients send one
MAX_ROOMS = 256  # in one bjoin
MAX_LABEL = 255  # characters of a preference's label
_DIGITS = re.compile(r"[0-9]{1,20}")
_LARGEST = 2**62  # no count or number of anything is above this
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(?:Z|\+00:00)?")
_INFO = "urn:parlano:ma:info:"
_VISIBILITIES = {"open": Privacy.OPEN, "scoped": Privacy.CLOSED, "scope": Privacy.CLOSED, "closed": Privacy.CLOSED,
                 "private": Privacy.SECRET, "secret": Privacy.SECRET}
_BEHAVIORS = {"normal": RoomType.NORMAL, "auditorium": RoomType.AUDITORIUM}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


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
    return SearchRooms(query.get("criteria"), _is_true(query.get("extended")))


def _recent(data: Element) -> RecentHistory:
    query = _required(data, "bcq")
    last = query.child("last")
    return RecentHistory(_named_room(data), None if last is None else _integer(last, "cnt"))


def _server_info(data: Element) -> GetServerInfo:
    info = data.child("sib")
    return GetServerInfo(info.get("infoType") if info else "")


def _associations(data: Element) -> GetAssociations:
    item = _required(data, "association")
    return GetAssociations(_one_of(Relation, item.get("type")), _count(item, "maxResults"))


def _messages(data: Element) -> SearchMessages:
    """Read a query for messages: every part of it may be missing."""
    query = _required(data, "bcq")
    parts = {part.name: part for part in query.children}
    none = Element("none", {})
    date, text, start = (parts.get(name, none) for name in ("date", "text", "msgid"))
    rooms = tuple(dict.fromkeys(_room_uri(room.get("uri")) for room in data.all("chanib")))
    if not 0 < len(rooms) <= MAX_ROOMS:
        raise _invalid(f"it names {len(rooms)} rooms")
    return SearchMessages(
        rooms=rooms, text=text.get("value") or text.text, exact=_is_true(text.get("matchExactPhrase")),
        match_case=_is_true(text.get("matchCase")),
        authors=tuple(author.get("uri") for author in query.all("author")), since=_moment(date, "from"),
        until=_moment(date, "to"), after=_count(start, "value"), limit=_count(parts.get("limit", none), "cnt"),
        newest_first=not _is_true(parts.get("sort", none).get("reversed")))


def _invitations(data: Element) -> GetInvitations:
    item = _required(data, "inv")
    return GetInvitations(_integer(item, "inviteId"), item.get("domain"))


def _get_preference(data: Element) -> GetPreference:
    item = _required(data, "pref")
    return GetPreference(_label(item), _integer(item, "seqid"), _is_true(item.get("createdefault")))


def _set_preference(data: Element) -> SetPreference:
    item = _required(data, "pref")
    return SetPreference(_label(item), item.get("content"))


def _label(item: Element) -> str:
    label = item.get("label")
    if not 0 < len(label) <= MAX_LABEL:
        raise _invalid(f"a preference's label has between 1 and {MAX_LABEL} characters")
    return label


def _create(data: Element) -> CreateRoom:
    room = _required(data, "chanib")
    return CreateRoom(
        room.get("name"), room.get("description"), room.get("parent"), _privacy(room) or Privacy.CLOSED,
        _among(_BEHAVIORS, room.get("behavior"), "behavior") or RoomType.NORMAL)


def _change(data: Element) -> ChangeRoom:
    room = _required(data, "chanib")
    given = room.attributes
    return ChangeRoom(
        _room_uri(room.get("uri")), given.get("name"), given.get("description"), _privacy(room),
        _among(_BEHAVIORS, room.get("behavior"), "behavior"), _among(_BOOLEANS, room.get("disabled"), "disabled"))


def _privacy(room: Element) -> Privacy | None:
    infos = {info.get("id"): info.text for info in room.all("info")}
    return _among(_VISIBILITIES, infos.get(f"{_INFO}visibility") or infos.get(f"{_INFO}visibilty") or "", "visibility")


def _file_token(data: Element, *, upload: bool) -> GetFileToken:
    item = _required(data, "ftdb")
    return GetFileToken(_room_uri(item.get("channelUri")), item.get("fileUrl"), upload)


_READERS: dict[str, Callable[[Element], Body]] = {
    "requri": lambda _: RequestUri(),
    "getserverinfo": _server_info,
    "join": _join,
    "bjoin": lambda data: BatchJoin(tuple(dict.fromkeys(_room_ids(data)))),  # a room opens once (trap 9)
    "part": lambda data: Part(_named_room(data)),
    "chansrch": _search,
    "bccontext": _recent,
    "bcbydate": _messages,
    "bcbymsg": _messages,
    "getassociations": _associations,
    "getinv": _invitations,
    "getpref": _get_preference,
    "setpref": _set_preference,
    "nodespermcreatechild": lambda _: CreatableCategories(),
    "getchan": lambda data: GetRoom(_named_room(data)),
    "getuser": lambda data: GetUser(_required(data, "uib").get("uri")),
    "getaddin": lambda _: GetAddins(),
    "chancreate": _create,
    "chanmodify": _change,
    "getfutok": lambda data: _file_token(data, upload=True),
    "getfdtok": lambda data: _file_token(data, upload=False),
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


def _integer(element: Element, attribute: str) -> int:
    return min(int(_number(element, attribute)), _LARGEST)


def _count(element: Element, attribute: str) -> int | None:
    return _integer(element, attribute) if element.get(attribute) else None


def _is_true(value: str) -> bool:
    return value.lower() == "true"


def _among(values: Mapping[str, V], written: str, what: str) -> V | None:
    if not written:
        return None
    if written.lower() not in values:
        raise _invalid(f'"{written[:40]}" is no {what}')
    return values[written.lower()]


def _one_of(kind: type[T], written: str) -> T:
    try:
        return kind(written.upper())
    except ValueError:
        raise _invalid(f'"{written[:40]}" is none of {", ".join(str(one.value) for one in kind)}') from None


def _moment(element: Element, attribute: str) -> datetime | None:
    """Read a moment in UTC; times have up to seven decimals, of which six are kept."""
    value = element.get(attribute)
    if not value:
        return None
    match = _MOMENT.fullmatch(value)
    try:
        return datetime.fromisoformat("".join(match.groups(""))).replace(tzinfo=UTC) if match else _refuse(value)
    except ValueError:
        return _refuse(value)


def _refuse(value: str) -> datetime:
    raise _invalid(f'"{value[:40]}" is not a moment in UTC')


def _invalid(reason: str) -> ParlourError:
    return ParlourError(XCCOS_INVALID, reason=reason)
