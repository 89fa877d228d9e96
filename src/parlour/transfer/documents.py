"""The documents in an export: what each is called, and how values are written in it and read from it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Generic, TypeVar

from parlour.chat.content import check_content
from parlour.chat.model import Content, Privacy, RoomType
from parlour.chat.principals import CategoryRole, PrincipalKind, RoomRole
from parlour.errors import EXPORT_INVALID, ParlourError
from parlour.transfer.model import (
    Affiliation,
    ExportLevel,
    Invites,
    ListedAddin,
    ListedCategory,
    ListedMessage,
    ListedPrincipal,
    ListedSettings,
    Manifest,
    RoomDetails,
    RoomEntry,
    SettingsKind,
)
from parlour.transfer.settings import names_of
from parlour.transfer.xml import (
    TEXT,
    Element,
    Shape,
    XmlFaultError,
    document,
    flag,
    moment,
    read_records,
    tag,
    text_tag,
)

T = TypeVar("T")
FORMAT = 1
LONGEST = 262_144
"""Characters of a message, whatever it is: no deployment allows more."""


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """One kind of document.

    Attributes:
        entry: its name in the ZIP.
        container: the element around its records.
        record: name of a record.
        shape: what a record may have in it.
        write: makes the record of a value.
        read: makes the value of a record; raises XmlFaultError.
    """

    entry: str
    container: str
    record: str
    shape: Shape
    write: Callable[[T], str]
    read: Callable[[Element], T]

    def pieces(self, values: Iterable[T]) -> Iterator[str]:
        """Yield the document of values piece by piece."""
        return document(self.container, map(self.write, values))

    def values(self, stream: BinaryIO, entry: str = "") -> Iterator[T]:
        """Yield the values of a document.

        Raises:
            ParlourError: ExportInvalid.
        """
        try:
            for record in read_records(stream, self.container, self.record, self.shape):
                yield self.read(record)
        except XmlFaultError as fault:
            raise invalid(entry or self.entry, str(fault)) from None


def _shape(attributes: str = "", texts: str = "", **children: Shape) -> Shape:
    """Return a shape with attributes and texts by their names, blanks in between, and other elements."""
    return Shape(frozenset(attributes.split()), {**dict.fromkeys(texts.split(), TEXT), **children})


def invalid(entry: str, reason: str) -> ParlourError:
    """Return the error of an entry that cannot be read."""
    return ParlourError(EXPORT_INVALID, entry, entry=entry, reason=reason)


# -- the export itself

def _write_manifest(value: Manifest) -> str:
    attributes: dict[str, str | int] = {
        "format": FORMAT, "level": value.level, "created": moment(value.created_at), "domain": value.domain}
    since = {} if value.since is None else {"startDate": moment(value.since)}
    return tag("Export", {**attributes, **since}, text_tag("DBInstance", value.source),
               text_tag("DBName", value.database), *(text_tag("Scope", name) for name in value.scope))


def _read_manifest(record: Element) -> Manifest:
    if record.number("format") != FORMAT:
        raise record.unfit("format", f"{FORMAT}, the one that is known here")
    return Manifest(
        record.choice("level", ExportLevel), record.moment("created"), record.get("domain"),
        record.text_of("DBInstance"), record.text_of("DBName"),
        tuple(scope.content() for scope in record.all("Scope")), record.optional_moment("startDate"))


# -- principals

def _write_user(value: ListedPrincipal) -> str:
    return tag("User", {"principalId": value.number, "UserPrincipalName": value.name.removeprefix("sip:"),
                        "isDisabled": flag(not value.enabled)},
               text_tag("SipAddress", value.name), text_tag("DisplayName", value.display_name))


def _read_user(record: Element) -> ListedPrincipal:
    return ListedPrincipal(record.number("principalId"), PrincipalKind.USER, record.text_of("SipAddress"),
                           record.text_of("DisplayName"), not record.flag("isDisabled"))


def _write_group(value: ListedPrincipal) -> str:
    return tag("Group", {"principalId": value.number, "kind": value.kind},
               text_tag("DistinguishedName", value.name), text_tag("DisplayName", value.display_name))


def _read_group(record: Element) -> ListedPrincipal:
    kind = record.choice("kind", PrincipalKind)
    if kind is PrincipalKind.USER:
        raise record.unfit("kind", "that of a group, container or domain")
    return ListedPrincipal(record.number("principalId"), kind, record.text_of("DistinguishedName"),
                           record.text_of("DisplayName"))


def _write_affiliation(value: Affiliation) -> str:
    groups = (tag("Group", {"id": number}) for number in value.groups)
    return tag("User", {"id": value.number}, tag("Groups", {}, *groups))


def _read_affiliation(record: Element) -> Affiliation:
    groups = (group.number("id") for group in record.only("Groups").all("Group"))
    return Affiliation(record.number("id"), tuple(groups))


# -- categories and add-ins

def _write_category(value: ListedCategory) -> str:
    entries = (tag("Principal", {"id": number, "role": role})
               for role, listed in value.lists.items() for number in listed)
    return tag("Category", {
        "id": value.number, "pool": value.pool, "invitations": flag(value.invitations),
        "fileUpload": flag(value.file_upload), "chatHistory": flag(value.chat_history)},
        text_tag("Name", value.name), text_tag("Desc", value.description), tag("Scope", {}, *entries))


def _read_category(record: Element) -> ListedCategory:
    lists: dict[CategoryRole, list[int]] = {role: [] for role in CategoryRole}
    for entry in record.only("Scope").all("Principal"):
        lists[entry.choice("role", CategoryRole)].append(entry.number("id"))
    return ListedCategory(
        record.number("id"), record.get("pool"), record.text_of("Name"), record.text_of("Desc"),
        record.flag("invitations"), record.flag("fileUpload"), record.flag("chatHistory"),
        {role: tuple(dict.fromkeys(listed)) for role, listed in lists.items()})


def _write_addin(value: ListedAddin) -> str:
    return tag("AddIn", {"id": value.number, "pool": value.pool},
               text_tag("Name", value.name), text_tag("Url", value.url))


def _read_addin(record: Element) -> ListedAddin:
    return ListedAddin(record.number("id"), record.get("pool"), record.text_of("Name"), record.text_of("Url"))


# -- rooms

_FLAGS = {RoomRole.MANAGER: "isManager", RoomRole.MEMBER: "isMember", RoomRole.PRESENTER: "isPresenter"}


def _write_room(value: RoomEntry) -> str:
    listed = sorted({number for numbers in value.lists.values() for number in numbers})
    held = {role: set(value.lists.get(role, ())) for role in _FLAGS}
    creators = set(value.creators)
    roles = (tag("Principal", {"id": number, **{name: flag(number in held[role]) for role, name in _FLAGS.items()},
                               "isCreator": flag(number in creators)}) for number in listed)
    return tag("ChatRoom", {"id": value.number, "isDisabled": flag(value.disabled)},
               text_tag("Name", value.name), text_tag("Desc", value.description), tag("Roles", {}, *roles))


def _read_room(record: Element) -> RoomEntry:
    lists: dict[RoomRole, list[int]] = {role: [] for role in RoomRole}
    creators = []
    for entry in record.only("Roles").all("Principal"):
        number = entry.number("id")
        for role, name in _FLAGS.items():
            if entry.flag(name):
                lists[role].append(number)
        if entry.flag("isCreator"):
            creators.append(number)
    return RoomEntry(
        record.number("id"), record.text_of("Name"), record.text_of("Desc"), record.flag("isDisabled"),
        {role: tuple(dict.fromkeys(listed)) for role, listed in lists.items()}, tuple(dict.fromkeys(creators)))


def _write_details(value: RoomDetails) -> str:
    addin = {} if value.addin is None else {"addin": value.addin}
    return tag("Room", {
        "id": value.number, "category": value.category, "privacy": value.privacy, "type": value.type,
        "invitations": value.invitations, **addin, "uri": value.uri, "created": moment(value.created_at)})


def _read_details(record: Element) -> RoomDetails:
    addin = record.number("addin") if "addin" in record.attributes else None
    return RoomDetails(
        record.number("id"), record.number("category"), record.choice("privacy", Privacy),
        record.choice("type", RoomType), record.choice("invitations", Invites), addin, record.get("uri"),
        record.moment("created"))


# -- messages

def _write_message(value: ListedMessage) -> str:
    content = value.content
    more = {"alert": flag(True)} if content.alert else {}
    edited = {} if value.edited_at is None else {"edited": moment(value.edited_at)}
    optional = [text_tag(name, text) for name, text in (("Title", content.title), ("Rtf", content.rtf))
                if text is not None]
    return tag("Message", {"number": value.number, "author": value.author, "time": moment(value.posted_at), **more,
                           **edited}, text_tag("Text", content.text), *optional)


def _read_message(record: Element) -> ListedMessage:
    content = Content(record.text_of("Text"), record.optional_text("Title"), record.optional_text("Rtf"),
                      record.flag("alert"))
    try:
        check_content(content, message=LONGEST, story=LONGEST, rtf=LONGEST)
    except ParlourError as fault:
        raise XmlFaultError(f"message {record.number('number')}: {fault.kind.text.format(**fault.details)}") from None
    return ListedMessage(record.number("number"), record.number("author"), record.moment("time"), content,
                         record.optional_moment("edited"))


# -- settings

def _write_settings(value: ListedSettings) -> str:
    return tag("Settings", {"kind": value.kind}, text_tag("Scope", value.scope), *(
        tag("Value", {"name": name}, text_tag("Text", text)) for name, text in value.values.items()))


def _read_settings(record: Element) -> ListedSettings:
    kind = record.choice("kind", SettingsKind)
    known, values = names_of(kind), dict[str, str]()
    for value in record.all("Value"):
        name, text = value.get("name"), value.text_of("Text")
        if name not in known:
            raise value.unfit("name", f"a setting of {kind}")
        if name in values:
            raise XmlFaultError(f"{name} stands there twice")
        if "\0" in text:
            raise XmlFaultError(f"{name} has zero bytes in it")
        values[name] = text
    return ListedSettings(kind, record.text_of("Scope"), values)


MANIFEST = Document("Export.xml", "Exports", "Export", _shape(
    "format level created domain startDate", "DBInstance DBName Scope"), _write_manifest, _read_manifest)
USERS = Document("AdUsers.xml", "AdUsers", "User", _shape(
    "principalId UserPrincipalName isDisabled", "SipAddress DisplayName"), _write_user, _read_user)
GROUPS = Document("AdGroups.xml", "AdGroups", "Group", _shape(
    "principalId kind", "DistinguishedName DisplayName"), _write_group, _read_group)
AFFILIATIONS = Document("AdAffiliations.xml", "AdAffiliations", "User", _shape(
    "id", Groups=_shape(Group=_shape("id"))), _write_affiliation, _read_affiliation)
CATEGORIES = Document("Categories.xml", "Categories", "Category", _shape(
    "id pool invitations fileUpload chatHistory", "Name Desc", Scope=_shape(Principal=_shape("id role"))),
    _write_category, _read_category)
ADDINS = Document("AddIns.xml", "AddIns", "AddIn", _shape("id pool", "Name Url"), _write_addin, _read_addin)
ROOMS = Document("ChatRooms.xml", "ChatRooms", "ChatRoom", _shape(
    "id isDisabled", "Name Desc", Roles=_shape(Principal=_shape("id isManager isMember isPresenter isCreator"))),
    _write_room, _read_room)
DETAILS = Document("RoomDetails.xml", "RoomDetails", "Room", _shape(
    "id category privacy type invitations addin uri created"), _write_details, _read_details)
SETTINGS = Document("Configuration.xml", "Configuration", "Settings", _shape(
    "kind", "Scope", Value=_shape("name", "Text")), _write_settings, _read_settings)
MESSAGES = Document("Messages", "Messages", "Message", _shape(
    "number author time alert edited", "Text Title Rtf"), _write_message, _read_message)
"""Its entries are many: one for each room (`messages_entry`)."""

ENTRIES = {
    ExportLevel.USER: (MANIFEST.entry, USERS.entry, GROUPS.entry, AFFILIATIONS.entry),
    ExportLevel.CATEGORY: (CATEGORIES.entry,),
    ExportLevel.ROOM_DIRECTORY: (ADDINS.entry, ROOMS.entry, DETAILS.entry),
    ExportLevel.CONTENT: (),
    ExportLevel.ALL: (SETTINGS.entry,),
}
"""The entries that each level adds."""


def messages_entry(number: int) -> str:
    """Return the name of the entry with the messages of a room."""
    return f"{MESSAGES.entry}/{number}.xml"


def entries_of(level: ExportLevel) -> list[str]:
    """Return the entries that an export of a level must have."""
    return [entry for added, entries in ENTRIES.items() if level.includes(added) for entry in entries]
