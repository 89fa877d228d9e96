"""What an export holds, as values. Numbers of things hold within one export; they mean nothing outside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from parlour.chat.model import Content, Privacy, RoomType
from parlour.chat.principals import CategoryRole, PrincipalKind, RoomRole


class ExportLevel(StrEnum):
    """How much is exported; each level has what those before it have (reference/product.md section 7)."""

    USER = "User"
    CATEGORY = "Category"
    ROOM_DIRECTORY = "RoomDirectory"
    CONTENT = "Content"
    ALL = "All"

    def includes(self, other: "ExportLevel") -> bool:
        """Say whether this level has what `other` has."""
        order = list(ExportLevel)
        return order.index(self) >= order.index(other)


class Invites(StrEnum):
    """Whether a room invites new members. Parlour writes the first and the last; older chat services knew True."""

    INHERIT = "Inherit"
    TRUE = "True"
    FALSE = "False"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export is.

    Attributes:
        level: how much of everything.
        created_at: when it was begun.
        domain: default SIP domain of where it comes from.
        source: what -DBInstance said.
        database: what -DBName said.
        scope: the categories it was limited to; none for all.
        since: messages from then on, if it was limited so.
    """

    level: ExportLevel
    created_at: datetime
    domain: str
    source: str = ""
    database: str = ""
    scope: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedPrincipal:
    """Somebody or something that stands in a list, or wrote a message.

    Attributes:
        number: its number in the export.
        kind: what it is.
        name: SIP address, or distinguished name.
        display_name: how people call it.
        enabled: a person may sign in.
    """

    number: int
    kind: PrincipalKind
    name: str
    display_name: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Affiliation:
    """The groups that somebody is directly in, all by their numbers."""

    number: int
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListedCategory:
    """A category; who stands in its lists, by number."""

    number: int
    pool: str
    name: str
    description: str
    invitations: bool
    file_upload: bool
    chat_history: bool
    lists: Mapping[CategoryRole, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedAddin:
    """An add-in."""

    number: int
    pool: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """What ChatRooms.xml tells of a room: that much is known of the original's format."""

    number: int
    name: str
    description: str
    disabled: bool
    lists: Mapping[RoomRole, tuple[int, ...]] = field(default_factory=dict)
    creators: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomDetails:
    """What ChatRooms.xml does not tell of a room."""

    number: int
    category: int
    privacy: Privacy
    type: RoomType
    invitations: Invites
    addin: int | None
    uri: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message; its author by number."""

    number: int
    author: int
    posted_at: datetime
    content: Content
    edited_at: datetime | None = None


class SettingsKind(StrEnum):
    """What settings are for."""

    CONFIGURATION = "ChatConfiguration"
    POLICY = "ChatPolicy"
    COMPLIANCE = "ComplianceConfiguration"


@dataclass(frozen=True, slots=True)
class ListedSettings:
    """The settings of one scope, as texts by their names."""

    kind: SettingsKind
    scope: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything in an export but the messages."""

    manifest: Manifest
    principals: tuple[ListedPrincipal, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    categories: tuple[ListedCategory, ...] = ()
    addins: tuple[ListedAddin, ...] = ()
    rooms: tuple[tuple[RoomEntry, RoomDetails], ...] = ()
    settings: tuple[ListedSettings, ...] = ()
