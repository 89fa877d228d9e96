"""What the core speaks of, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from parlour.addresses import RoomUri, SipAddress
from parlour.chat.principals import CategoryRole, RoomRole


class Privacy(StrEnum):
    """Who may see and join a room (reference/product.md section 2.4)."""

    OPEN = "Open"
    CLOSED = "Closed"
    SECRET = "Secret"  # noqa: S105 - a kind of room, not a password


class RoomType(StrEnum):
    """Who may post: everyone in the room, or only presenters."""

    NORMAL = "Normal"
    AUDITORIUM = "Auditorium"


class Invitations(StrEnum):
    """Whether new members are invited: as the category says, or never."""

    INHERIT = "Inherit"
    FALSE = "False"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in.

    Attributes:
        id: number in the directory; never given to anybody else.
        guid: directory GUID, lower case with dashes.
        address: sign-in address.
        display_name: the name others see.
        enabled: may sign in.
    """

    id: int
    guid: str
    address: SipAddress
    display_name: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """A group of rooms in one pool. `number_of_rooms` is a count at the time of reading."""

    id: int
    guid: str
    domain: str
    pool: str
    name: str
    description: str
    invitations: bool
    file_upload: bool
    chat_history: bool
    number_of_rooms: int

    @property
    def uri(self) -> str:
        """``ma-cat://domain/guid`` (reference/xccos.md section 6)."""
        return f"ma-cat://{self.domain}/{self.guid}"

    @property
    def identity(self) -> str:
        """The pool, a backslash and the name, as administrators name it."""
        return f"{self.pool}\\{self.name}"


@dataclass(frozen=True, slots=True)
class NewCategory:
    """What is given to create a category; without a pool, it is in the only one."""

    name: str
    pool: str | None = None
    description: str = ""
    invitations: bool = False
    file_upload: bool = False
    chat_history: bool = True


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """What changes of a category; None leaves it as it is. Lists are whole lists of principals' names."""

    name: str | None = None
    description: str | None = None
    invitations: bool | None = None
    file_upload: bool | None = None
    chat_history: bool | None = None
    lists: Mapping[CategoryRole, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoomChange:
    """What changes of a room; None leaves it as it is. Lists are whole lists of principals' names.

    Attributes:
        force: take out of the lists whom the category does not allow, instead of refusing.
        addin: the name of an add-in of the pool; empty for none.
    """

    name: str | None = None
    description: str | None = None
    category: str | None = None
    privacy: Privacy | None = None
    type: RoomType | None = None
    invitations: Invitations | None = None
    disabled: bool | None = None
    lists: Mapping[RoomRole, Sequence[str]] = field(default_factory=dict)
    force: bool = False
    addin: str | None = None


@dataclass(frozen=True, slots=True)
class NewRoom:
    """What is given to create a room.

    Attributes:
        category: its name or its whole identity.
        guid: the room's GUID where it comes from, which no other room has; without it, it gets a new one.
    """

    name: str
    category: str
    pool: str | None = None
    description: str = ""
    privacy: Privacy = Privacy.CLOSED
    type: RoomType = RoomType.NORMAL
    invitations: Invitations = Invitations.INHERIT
    disabled: bool = False
    addin: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Addin:
    """A web page that clients show beside a room."""

    id: int
    guid: str
    pool: str
    name: str
    url: str

    @property
    def identity(self) -> str:
        """The pool, a backslash and the name, as administrators name it."""
        return f"{self.pool}\\{self.name}"


@dataclass(frozen=True, slots=True)
class Room:
    """A room as it is kept. `invites`, `file_upload` and `chat_history` are what its category and itself allow."""

    id: int
    uri: RoomUri
    pool: str
    category_id: int
    category: str
    category_uri: str
    name: str
    description: str
    privacy: Privacy
    type: RoomType
    invitations: Invitations
    invites: bool
    file_upload: bool
    chat_history: bool
    disabled: bool
    created_at: datetime
    addin: Addin | None = None

    @property
    def identity(self) -> str:
        """The pool, a backslash and the name, as administrators name it."""
        return f"{self.pool}\\{self.name}"


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody writes. All of it is text, never markup, but for `rtf`, which clients show in place of `text`.

    Attributes:
        text: plain text; with a `title`, the story's body.
        title: the headline, which makes it a story.
        rtf: the same in Rich Text Format, from clients that write it.
        alert: of high importance.
    """

    text: str
    title: str | None = None
    rtf: str | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A message on its way into the log: it has no number yet.

    Attributes:
        mentions: addresses of people that it names, whether there are such people or not.
        is_kept: people can read it again later; otherwise it is kept for compliance alone.
        edited_at: when it was last changed, if it was, where it comes from.
        key: the author's own mark on it, if he gave one: with the same mark it is posted once.
    """

    room_id: int
    author: Person
    posted_at: datetime
    content: Content
    mentions: tuple[SipAddress, ...] = ()
    is_kept: bool = True
    edited_at: datetime | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of a message on its way into the log, which keeps what was there before.

    Attributes:
        number: the message that changes.
        content: what it says from now on; None when it is deleted.
        by_administrator: an administrator does it, not the author.
    """

    room_id: int
    number: int
    corrected_at: datetime
    content: Content | None
    mentions: tuple[SipAddress, ...] = ()
    by_administrator: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A committed message, as it is now. `number` is its place in the log of its room, which has no gaps.

    Attributes:
        ordinal: how many messages the room had with this one.
        edited_at: when it was last changed, if it was.
        deleted: nothing is left of it for readers but its place.
    """

    room_id: int
    number: int
    ordinal: int
    author_id: int
    author: SipAddress
    author_name: str
    posted_at: datetime
    content: Content
    edited_at: datetime | None = None
    deleted: bool = False

    @property
    def text(self) -> str:
        """The plain text."""
        return self.content.text


@dataclass(frozen=True, slots=True)
class Repeated(Message):
    """What its author posted before with the same key: this time, nothing was committed."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A committed correction: its own number in the log, and the message as it is now."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has read a room that he follows.

    Attributes:
        read: number up to which he has read it.
        last: number of the newest entry of its log.
        unread: how many messages came after that.
        mentions: in how many of them he is named; `parlour.chat.ports.MOST_MENTIONS` may mean more.
    """

    room_id: int
    read: int
    last: int
    unread: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a room's history, oldest message first.

    Attributes:
        earlier: there are messages before these.
        later: there are messages after these.
    """

    room: Room
    messages: tuple[Message, ...]
    earlier: bool
    later: bool


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """A room as a search shows it, with how many people have it open now."""

    room: Room
    participants: int
