"""XCCOS as the server writes it (reference/xccos.md sections 5, 8 and 9; unconfirmed extras: section 21).

Each function returns one whole envelope as bytes. An event is rendered once, whoever receives it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from parlour.addresses import RoomUri
from parlour.chat.files import Grant
from parlour.chat.invitations import NewInvitations
from parlour.chat.model import Addin, Category, Content, Message, Person, Privacy, Room, RoomSummary, RoomType
from parlour.chat.principals import Duty
from parlour.chat.service import Joined
from parlour.errors import ParlourError
from parlour.lync.xccos_commands import Command
from parlour.lync.xml import escape, escape_attribute

# The permission sets by which clients tell who is what (reference/xccos.md section 11).
_KEYS = {Duty.NONE: 3984, Duty.MANAGER: 12276, Duty.PRESENTER: 8080, Duty.MANAGER | Duty.PRESENTER: 16372}
HISTORY_BYTES = 1_000_000  # most of one reply, unless a single message is longer
_USER = "5"  # the type of a principal that is a person
_VISIBILITY = {Privacy.OPEN: "open", Privacy.CLOSED: "scoped", Privacy.SECRET: "private"}
_INFO = "urn:parlano:ma:info:"
_PROP = "urn:parlano:ma:prop:"
_SUCCESS = "SUCCESS_OK"
_REPLIES = {"getfutok": "getftok", "getfdtok": "getftok"}  # where a reply is not called like its command
_CHANGED = "[message of {time} changed] {text}"
_DELETED = "[message of {time} deleted]"


def timestamp(moment: datetime) -> str:
    """Write a moment as the original did: ISO 8601, UTC, seven decimals."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def _envelope(envid: int, content: str) -> bytes:
    return f'<xccos ver="1" envid="{envid}" xmlns="urn:parlano:xml:ns:xccos">{content}</xccos>'.encode()


def reply(envid: int, command: Command, data: str = "", code: int = 200, text: str = _SUCCESS) -> bytes:
    """Answer `command`; `data` is XML, `text` is for people when the code is not 200."""
    name = escape_attribute(_REPLIES.get(command.name, command.name))
    content = f"<data>{data}</data>" if data else "<data/>"
    return _envelope(envid, (
        f'<rpl id="rpl:{name}" seqid="1"><commandid seqid="{command.seqid}" envid="{command.envid}"/>'
        f'<resp code="{code}">{escape(text)}</resp>{content}</rpl>'))


def refusal(envid: int, command: Command, fault: ParlourError) -> bytes:
    """Answer `command` with an error; clients show its text."""
    return reply(envid, command, code=fault.kind.xccos, text=str(fault))


def service_uri(uri: str) -> str:
    """Data of ``rpl:requri``."""
    return f'<uib uri="{escape_attribute(uri)}" type="{_USER}"/>'


def server_info(
    *, info_type: str, now: datetime, search_limit: int, message_limit: int, story_limit: int, root_uri: str,
    version: str, room_page: str = "",
) -> str:
    """Data of ``rpl:getserverinfo``; limits in items and characters, and where rooms are managed (unconfirmed)."""
    page = f' roomManagementUrl="{escape_attribute(room_page)}"' if room_page else ""
    return (
        f'<sib infoType="{escape_attribute(info_type)}" serverTime="{timestamp(now)}" searchLimit="{search_limit}"'
        f' messageSizeLimit="{message_limit}" storySizeLimit="{story_limit}" rootUri="{escape_attribute(root_uri)}"'
        f' dbVersion="{escape_attribute(version)}"{page}/>')


def joined(rooms: Sequence[Joined], failed: Iterable[RoomUri] = ()) -> str:
    """Data of ``rpl:join`` and ``rpl:bjoin``: each room with the people in it, and the rooms that stayed closed."""
    numbers: dict[int, int] = {}
    people: list[str] = []
    for one in rooms:
        for person in one.people:
            if person.id not in numbers:
                numbers[person.id] = len(numbers)
                people.append(_person(person, f' id="{numbers[person.id]}"'))
    open_rooms = [_joined_room(one, numbers) for one in rooms]
    refused = [f'<fib key="OPERATION_FAILED" value="{escape_attribute(ref.guid)}"'
               f' domain="{escape_attribute(ref.domain)}"/>' for ref in failed]
    return "".join((*open_rooms, *people, *refused))


def _joined_room(one: Joined, numbers: dict[int, int]) -> str:
    by_duty: dict[Duty, list[str]] = {}
    for person in one.people:
        by_duty.setdefault(_shown_duty(one.room, one.duties, person), []).append(str(numbers[person.id]))
    return _room(one.room, one.participants, "".join(
        f'<aib key="{_KEYS[duty]}" value="{",".join(ids)}"/>' for duty, ids in by_duty.items()))


def _shown_duty(room: Room, duties: Mapping[int, Duty], person: Person) -> Duty:
    """Return what clients are told about somebody; only an Auditorium has presenters."""
    duty = duties.get(person.id, Duty.NONE)
    return duty if room.type is RoomType.AUDITORIUM else duty & Duty.MANAGER


def found(rooms: Iterable[RoomSummary]) -> str:
    """Data of ``rpl:chansrch``."""
    return "".join(_room(summary.room, summary.participants) for summary in rooms)


def _room(room: Room, participants: int | None, inner: str = "") -> str:
    behavior = "AUDITORIUM" if room.type is RoomType.AUDITORIUM else "NORMAL"
    visibility = _VISIBILITY[room.privacy]
    # The first spelling is the one that clients are known to read (reference/xccos.md section 7).
    infos = (("ucnt", participants), ("visibilty", visibility), ("visibility", visibility))
    props = (("logged", room.chat_history), ("invite", room.invites), ("filepost", room.file_upload))
    return (
        f'<chanib name="{escape_attribute(room.name)}" description="{escape_attribute(room.description)}" topic=""'
        f' uri="{escape_attribute(room.uri)}" parent="{escape_attribute(room.category_uri)}" behavior="{behavior}"'
        f' disabled="{_boolean(room.disabled)}"{_addin(room.addin) if room.addin else ""}>{inner}'
        + "".join(f'<info id="{_INFO}{name}">{value}</info>' for name, value in infos if value is not None)
        + "".join(f'<prop id="{_PROP}{name}">{_boolean(value)}</prop>' for name, value in props)
        + "</chanib>")


def _person(person: Person, extra: str, inner: str = "") -> str:
    return (
        f'<uib uri="{escape_attribute(person.address)}" guid="{person.guid}" type="{_USER}"'
        f' uname="{escape_attribute(person.address.bare)}" disp="{escape_attribute(person.display_name)}"{extra}'
        + (f">{inner}</uib>" if inner else "/>"))


def room_only(room: RoomUri, inner: str = "", *, more: bool = False) -> str:
    """Data that names a room, as ``rpl:part`` and ``rpl:bccontext`` do.

    That there may be `more` is told in an attribute of our own (unconfirmed): clients pass over those they do not know.
    """
    start = f'<chanib uri="{escape_attribute(room)}"' + ' more="true"' * more
    return f"{start}>{inner}</chanib>" if inner else f"{start}/>"


def history(room: Room, messages: Sequence[Message], *, more: bool = False) -> str:
    """Data of ``rpl:bccontext``: oldest first, since clients show them in this order.

    Of many long messages only the newest fit: a reply that never ends would look like a client that never reads.
    """
    shown: list[str] = []
    size = 0
    for message in reversed(messages):
        if message.deleted:
            continue
        text = f"<msg {_message(room, message)}</msg>"
        size += len(text.encode())
        if shown and size > HISTORY_BYTES:
            break
        shown.append(text)
    return room_only(room.uri, "".join(reversed(shown)), more=more)


def found_messages(hits: Iterable[tuple[Room, Message]], asked: Iterable[RoomUri], *, more: bool) -> str:
    """Data of ``rpl:bcbydate`` and ``rpl:bcbymsg``: every room that was asked for, with what was found there."""
    by_room: dict[RoomUri, list[Message]] = {uri: [] for uri in asked}
    rooms: dict[RoomUri, Room] = {}
    for room, message in hits:
        by_room[room.uri].append(message)
        rooms[room.uri] = room
    return "".join(
        history(rooms[uri], sorted(found, key=lambda message: message.number), more=more) if found
        else room_only(uri, more=more)
        for uri, found in by_room.items())


def invitations(new: NewInvitations, domain: str) -> str:
    """Data of ``rpl:getinv``: the number to ask with the next time, and the rooms (unconfirmed)."""
    rooms = "".join(_room(one.room, None, f'<inv inviteId="{one.number}" ts="{timestamp(one.created_at)}"/>')
                    for one in new.found)
    return f'<inv inviteId="{new.last}" domain="{escape_attribute(domain)}"/>{rooms}'


def preference(label: str, version: int, content: str | None) -> str:
    """Data of ``rpl:getpref`` and, without content, ``rpl:setpref`` (unconfirmed)."""
    text = "" if content is None else f' content="{escape_attribute(content)}"'
    return f'<pref label="{escape_attribute(label)}" seqid="{version}"{text}/>'


def categories(found: Iterable[Category]) -> str:
    """Data of ``rpl:nodespermcreatechild``: where one may make rooms (unconfirmed unless there is none)."""
    return "".join(
        f'<chanib name="{escape_attribute(one.name)}" description="{escape_attribute(one.description)}"'
        f' uri="{escape_attribute(one.uri)}"><prop id="{_PROP}invite">{_boolean(one.invitations)}</prop></chanib>'
        for one in found)


def addins(found: Iterable[Addin]) -> str:
    """Data of ``rpl:getaddin`` (unconfirmed)."""
    return "".join(f"<siop{_addin(addin)}/>" for addin in found)


def _addin(addin: Addin) -> str:
    return (f' siopid="{addin.guid}" siopname="{escape_attribute(addin.name)}"'
            f' siopurl="{escape_attribute(addin.url)}"')


def file_token(grant: Grant, server: str) -> str:
    """Data of ``rpl:getftok``; the link, for use in a message, is our own addition."""
    return (f'<token token="{escape_attribute(grant.token)}" serveruri="{escape_attribute(server)}"'
            f' fileUrl="{escape_attribute(grant.file.link)}"/>')


def people(found: Iterable[Person]) -> str:
    """Data of ``rpl:getuser`` (unconfirmed)."""
    return "".join(_person(person, ' id="0"') for person in found)


def chat(envid: int, room: Room, message: Message) -> bytes:
    """A live message."""
    return _envelope(envid, f'<grpchat seqid="1" {_message(room, message)}</grpchat>')


def _message(room: Room, message: Message, text: str | None = None) -> str:
    """Render a message; `text` in place of its own."""
    content = message.content
    rtf = "" if content.rtf is None or text is not None else f"<rtf>{escape(content.rtf)}</rtf>"
    shown = shown_text(content) if text is None else text
    return (
        f'id="grpchat" chanUri="{escape_attribute(room.uri)}" author="{escape_attribute(message.author)}"'
        f' authdisp="{escape_attribute(message.author_name)}" alert="{_boolean(content.alert)}"'
        f' chatId="{message.number}" ts="{timestamp(message.posted_at)}"><chat>{escape(shown)}</chat>{rtf}')


def shown_text(content: Content) -> str:
    """Return what these clients show of a message: a story as its title, an empty line, and its body."""
    return content.text if content.title is None else f"{content.title}\n\n{content.text}"


def changed(envid: int, room: Room, number: int, message: Message) -> bytes:
    """A message was changed or deleted: these clients can only be shown a new one that says so."""
    note = _CHANGED if not message.deleted else _DELETED
    told = replace(message, number=number, posted_at=message.edited_at or message.posted_at)
    text = note.format(time=f"{message.posted_at:%Y-%m-%d %H:%M} UTC", text=shown_text(message.content))
    return _envelope(envid, f'<grpchat seqid="1" {_message(room, told, text)}</grpchat>')


def join_notice(envid: int, room: Room, person: Person, duty: Duty) -> bytes:
    """Tell the others that somebody has opened the room."""
    return _envelope(envid, _notice("join", 1, _comers(room, [person], {person.id: duty})))


def duty_notices(envid: int, room: Room, person: Person, duty: Duty) -> bytes:
    """Tell clients that somebody is or is not a manager or presenter any more.

    The second notice is unconfirmed (reference/xccos.md section 21); the first shows it to those who ignore that one.
    """
    data = _comers(room, [person], {person.id: duty})
    return _envelope(envid, _notice("join", 1, data) + _notice("permmodify", 2, data))


def roster_notices(
    envid: int, room: Room, people: Iterable[Person], gone: Iterable[Person], duties: Mapping[int, Duty]
) -> bytes:
    """Tell clients who is in the room, and who is not any more, after a time without such news."""
    left, here = _leavers(room, gone), _comers(room, people, duties)
    return _envelope(envid, _notice("part", 1, left) + _notice("join", 2, here))


def _notice(name: str, number: int, data: str) -> str:
    return f'<ntc id="ntc:{name}" seqid="{number}"><data>{data}</data></ntc>'


def _comers(room: Room, people: Iterable[Person], duties: Mapping[int, Duty]) -> str:
    place = f'domain="{escape_attribute(room.uri.domain)}" value="{escape_attribute(room.uri.guid)}"'
    return "".join(
        _person(person, "", f'<aib key="{_KEYS[_shown_duty(room, duties, person)]}" {place}/>') for person in people)


def _leavers(room: Room, people: Iterable[Person]) -> str:
    who = "".join(f'<uib uri="{escape_attribute(person.address)}" type="{_USER}"/>' for person in people)
    return room_only(room.uri, who)


def room_notice(envid: int, room: Room) -> bytes:
    """Tell clients what a room is like now (unconfirmed: reference/xccos.md section 21)."""
    return _envelope(envid, _notice("chanmodify", 1, _room(room, None)))


def invitation_notice(envid: int, room: Room, number: int) -> bytes:
    """Tell somebody that he was invited to a room (unconfirmed: reference/xccos.md section 21)."""
    invitation = f'<inv inviteId="{number}" domain="{escape_attribute(room.uri.domain)}"/>'
    return _envelope(envid, _notice("invite", 1, invitation + _room(room, None)))


def part_notice(envid: int, room: Room, people: Iterable[Person]) -> bytes:
    """Tell clients that these people have closed the room."""
    return _envelope(envid, _notice("part", 1, _leavers(room, people)))


def _boolean(value: bool) -> str:
    return "true" if value else "false"
