"""What clients can ask for in XCCOS, as values. Those marked unconfirmed have no source for their shape."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from parlour.addresses import RoomUri
from parlour.chat.model import Content, Privacy, RoomType
from parlour.errors import ParlourError


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
    """``cmd:chansrch`` by name; `extended`: in descriptions as well."""

    text: str
    extended: bool = False


@dataclass(frozen=True, slots=True)
class RecentHistory:
    """``cmd:bccontext``: the newest messages of a room; without a count, as many as a room shows at first."""

    room: RoomUri
    count: int | None


class Relation(Enum):
    """What somebody is to the rooms that ``cmd:getassociations`` asks for."""

    MEMBER = "MEMBER"
    MANAGER = "MANAGER"


@dataclass(frozen=True, slots=True)
class GetAssociations:
    """``cmd:getassociations``: the rooms of which one is a member, or a manager. Unconfirmed."""

    relation: Relation
    limit: int | None


@dataclass(frozen=True, slots=True)
class SearchMessages:
    """``cmd:bcbydate`` and ``cmd:bcbymsg``: messages of rooms by date, author, words or number. Unconfirmed.

    Attributes:
        rooms: where to look; at least one.
        text: words, of which one must occur; or all of it, with `exact`. Without text, authors and dates, a page of
            the first room's history is meant.
        after: go on from this number in the first room, in the order wanted, whatever has or had that number; messages
            of other rooms are gone on with from the same moment.
        limit: most messages in all.
        newest_first: which of too many to return; they are always sent oldest first.
    """

    rooms: tuple[RoomUri, ...]
    text: str
    exact: bool
    match_case: bool
    authors: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    after: int | None
    limit: int | None
    newest_first: bool


@dataclass(frozen=True, slots=True)
class GetInvitations:
    """``cmd:getinv``: invitations with a number above `after`."""

    after: int
    domain: str


@dataclass(frozen=True, slots=True)
class GetPreference:
    """``cmd:getpref``: what a legacy client keeps under `label`, if it is newer than `known`."""

    label: str
    known: int
    create_default: bool


@dataclass(frozen=True, slots=True)
class SetPreference:
    """``cmd:setpref``: keep this under `label`."""

    label: str
    content: str


@dataclass(frozen=True, slots=True)
class CreatableCategories:
    """``cmd:nodespermcreatechild``: in which categories may one make rooms?"""


@dataclass(frozen=True, slots=True)
class GetRoom:
    """``cmd:getchan``: one room. Unconfirmed."""

    room: RoomUri


@dataclass(frozen=True, slots=True)
class GetUser:
    """``cmd:getuser``: one person, by address. Unconfirmed."""

    address: str


@dataclass(frozen=True, slots=True)
class GetAddins:
    """``cmd:getaddin``: the add-ins that rooms may have. Unconfirmed."""


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """``cmd:chancreate``. Unconfirmed. The category is its address."""

    name: str
    description: str
    category: str
    privacy: Privacy
    type: RoomType


@dataclass(frozen=True, slots=True)
class ChangeRoom:
    """``cmd:chanmodify``; None leaves as it is. Unconfirmed."""

    room: RoomUri
    name: str | None
    description: str | None
    privacy: Privacy | None
    type: RoomType | None
    disabled: bool | None


@dataclass(frozen=True, slots=True)
class GetFileToken:
    """``cmd:getfutok`` and ``cmd:getfdtok``: what lets one up- or download a file of a room."""

    room: RoomUri
    file: str
    upload: bool


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
    RequestUri | GetServerInfo | Join | BatchJoin | Part | SearchRooms | RecentHistory | GetAssociations
    | SearchMessages | GetInvitations | GetPreference | SetPreference | CreatableCategories | GetRoom | GetUser
    | GetAddins | CreateRoom | ChangeRoom | GetFileToken | Post | Unknown | Malformed
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
