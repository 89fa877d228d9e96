"""Everything that can be asked of the HTTP API: each function returns a call, for a client to carry out.

Rooms are named by their ids, ``DOMAIN/GUID``; times are RFC 3339 texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NotRequired, TypeVar
from urllib.parse import quote

from typing_extensions import TypedDict, Unpack

from parlour.forms import (
    AddinsForm,
    CategoriesForm,
    FeedsForm,
    FileForm,
    FollowedRoomsForm,
    FoundMessagesForm,
    HitsForm,
    InvitationsForm,
    ListsForm,
    MessageForm,
    MessagesForm,
    PageForm,
    ParticipantsForm,
    PeopleForm,
    PrincipalsForm,
    RequestsForm,
    RoomRequestsForm,
    RoomsForm,
    RoomViewForm,
    UploadForm,
)

T = TypeVar("T", covariant=True)
PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        method: of HTTP.
        path: what it is about.
        query: parameters; None is left out.
        body: a JSON object, or nothing.
        headers: further ones.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class RoomParts(TypedDict):
    """What a room can be given."""

    description: NotRequired[str]
    privacy: NotRequired[Literal["Open", "Closed", "Secret"]]
    type: NotRequired[Literal["Normal", "Auditorium"]]
    invitations: NotRequired[Literal["Inherit", "False"]]
    addin: NotRequired[str]
    members: NotRequired[list[str]]
    managers: NotRequired[list[str]]
    presenters: NotRequired[list[str]]


class RoomChanges(RoomParts):
    """What can change of a room."""

    name: NotRequired[str]
    category: NotRequired[str]
    disabled: NotRequired[bool]


class SearchParts(TypedDict):
    """How messages are looked for."""

    since: NotRequired[str]
    until: NotRequired[str]
    match: NotRequired[Literal["all", "any", "phrase"]]
    case: NotRequired[bool]
    order: NotRequired[Literal["newest", "oldest"]]
    limit: NotRequired[int]
    after: NotRequired[str]


def _room(room: str, *more: object) -> str:
    parts = [*room.split("/"), *map(str, more)]
    return "/".join((f"{PREFIX}/rooms", *(quote(part, safe="") for part in parts)))


# -- rooms

def rooms(
    q: str = "", *, where: Literal["name", "all"] = "name", match: Literal["all", "any", "phrase"] = "all",
    among: Literal["all", "member", "manager"] = "all", limit: int | None = None,
) -> Call[RoomsForm]:
    """Find rooms by words of their name, or of their description as well."""
    return Call("GET", f"{PREFIX}/rooms", {"q": q, "where": where, "match": match, "list": among, "limit": limit})


def room(room: str) -> Call[RoomViewForm]:
    """Look at a room."""
    return Call("GET", _room(room))


def create_room(name: str, category: str, **parts: Unpack[RoomParts]) -> Call[RoomViewForm]:
    """Make a room."""
    return Call("POST", f"{PREFIX}/rooms", body={"name": name, "category": category, **parts})


def change_room(room: str, **changes: Unpack[RoomChanges]) -> Call[RoomViewForm]:
    """Change a room; lists are whole lists."""
    return Call("PATCH", _room(room), body=changes)


def lists(room: str) -> Call[ListsForm]:
    """See who stands in the lists of a room that one manages."""
    return Call("GET", _room(room, "lists"))


def participants(room: str, start: int = 0, limit: int = 100) -> Call[ParticipantsForm]:
    """See who has a room open."""
    return Call("GET", _room(room, "participants"), {"start": start, "limit": limit})


def categories() -> Call[CategoriesForm]:
    """See where one may make rooms."""
    return Call("GET", f"{PREFIX}/categories")


def addins(pool: str | None = None) -> Call[AddinsForm]:
    """See which add-ins there are."""
    return Call("GET", f"{PREFIX}/addins", {"pool": pool})


# -- messages

def messages(
    room: str, *, before: int | None = None, after: int | None = None, around: int | None = None,
    since: str | None = None, limit: int | None = None,
) -> Call[PageForm]:
    """Read part of a room's history, oldest first; without a place, the newest."""
    return Call("GET", _room(room, "messages"), {
        "before": before, "after": after, "around": around, "since": since, "limit": limit})


def message(room: str, number: int) -> Call[MessageForm]:
    """Read one message."""
    return Call("GET", _room(room, "messages", number))


def post(
    room: str, text: str, *, title: str | None = None, alert: bool = False, key: str | None = None
) -> Call[MessageForm]:
    """Say something. With a key it is said once, however often the call is carried out."""
    return Call("POST", _room(room, "messages"), body={"text": text, "title": title, "alert": alert},
                headers={} if key is None else {"Idempotency-Key": key})


def edit(
    room: str, number: int, text: str, *, title: str | None = None, alert: bool = False
) -> Call[MessageForm]:
    """Change a message of one's own."""
    return Call("PUT", _room(room, "messages", number), body={"text": text, "title": title, "alert": alert})


def delete(room: str, number: int) -> Call[MessageForm]:
    """Delete a message of one's own."""
    return Call("DELETE", _room(room, "messages", number))


def pins(room: str) -> Call[MessagesForm]:
    """Read the pinned messages."""
    return Call("GET", _room(room, "pins"))


def pin(room: str, number: int) -> Call[None]:
    """Pin a message."""
    return Call("PUT", _room(room, "pins", number))


def unpin(room: str, number: int) -> Call[None]:
    """Take a pin away."""
    return Call("DELETE", _room(room, "pins", number))


# -- reading

def followed() -> Call[FollowedRoomsForm]:
    """See which rooms one follows, and what is unread there."""
    return Call("GET", f"{PREFIX}/followed")


def follow(room: str) -> Call[None]:
    """Follow a room."""
    return Call("PUT", _room(room, "following"))


def unfollow(room: str) -> Call[None]:
    """Stop following a room."""
    return Call("DELETE", _room(room, "following"))


def read(room: str, number: int) -> Call[None]:
    """Note up to where one has read."""
    return Call("PUT", _room(room, "read"), body={"number": number})


def mentions(after: str | None = None, limit: int | None = None) -> Call[HitsForm]:
    """Read the messages that name oneself."""
    return Call("GET", f"{PREFIX}/mentions", {"after": after, "limit": limit})


def search(
    q: str = "", *, rooms: Sequence[str] = (), authors: Sequence[str] = (), **parts: Unpack[SearchParts]
) -> Call[FoundMessagesForm]:
    """Find messages; without rooms, wherever one may read."""
    return Call("GET", f"{PREFIX}/search", {"q": q, "room": list(rooms), "author": list(authors), **parts})


def feeds() -> Call[FeedsForm]:
    """See one's topic feeds."""
    return Call("GET", f"{PREFIX}/feeds")


def keep_feed(name: str, *, keywords: Sequence[str] = (), authors: Sequence[str] = ()) -> Call[None]:
    """Make or change a topic feed."""
    return Call("PUT", f"{PREFIX}/feeds/{quote(name, safe='')}", body={
        "keywords": list(keywords), "authors": list(authors)})


def remove_feed(name: str) -> Call[None]:
    """Forget a topic feed."""
    return Call("DELETE", f"{PREFIX}/feeds/{quote(name, safe='')}")


def read_feed(name: str, after: str | None = None, limit: int | None = None) -> Call[HitsForm]:
    """Read what a topic feed shows."""
    return Call("GET", f"{PREFIX}/feeds/{quote(name, safe='')}/messages", {"after": after, "limit": limit})


# -- joining, and people

def ask_to_join(room: str, note: str = "") -> Call[None]:
    """Ask to become a member."""
    return Call("PUT", _room(room, "request"), body={"note": note})


def withdraw_request(room: str) -> Call[None]:
    """Take one's request back."""
    return Call("DELETE", _room(room, "request"))


def requests(room: str) -> Call[RequestsForm]:
    """See who asks to join a room that one manages."""
    return Call("GET", _room(room, "requests"))


def all_requests() -> Call[RoomRequestsForm]:
    """See who asks to join any room that one manages."""
    return Call("GET", f"{PREFIX}/requests")


def answer_request(room: str, address: str, *, approve: bool) -> Call[None]:
    """Make somebody who asked a member, or refuse him."""
    return Call("POST", _room(room, "requests", address), body={"approve": approve})


def leave(room: str) -> Call[None]:
    """Stop being a member."""
    return Call("DELETE", _room(room, "membership"))


def invitations(after: int = 0) -> Call[InvitationsForm]:
    """See one's invitations."""
    return Call("GET", f"{PREFIX}/invitations", {"after": after})


def people(q: str, limit: int = 20) -> Call[PeopleForm]:
    """Find people by a part of their name or address."""
    return Call("GET", f"{PREFIX}/people", {"q": q, "limit": limit})


def principals(q: str, limit: int = 20) -> Call[PrincipalsForm]:
    """Find whoever can stand in a list."""
    return Call("GET", f"{PREFIX}/principals", {"q": q, "limit": limit})


# -- files

def begin_upload(room: str, name: str) -> Call[UploadForm]:
    """Get an address for the bytes of a file; `parlour.client.Client.upload` does both."""
    return Call("POST", _room(room, "files"), body={"name": name})


def file(room: str, guid: str) -> Call[FileForm]:
    """Look at a file."""
    return Call("GET", _room(room, "files", guid))
