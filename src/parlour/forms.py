"""The JSON forms of the HTTP API and the live connection, as types: what the server sends and `parlour.client` gets."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

Moment = str  # RFC 3339, in UTC


class PersonForm(TypedDict):
    """A person as others see him."""

    address: str
    name: str


class AddinForm(TypedDict):
    """A web page beside a room."""

    name: str
    url: str


class RoomForm(TypedDict):
    """A room as whoever may see it sees it; `id` is ``DOMAIN/GUID``."""

    id: str
    name: str
    description: str
    category: str
    privacy: Literal["Open", "Closed", "Secret"]
    type: Literal["Normal", "Auditorium"]
    disabled: bool
    files: bool
    history: bool
    addin: AddinForm | None


class FoundRoomForm(RoomForm):
    """A room in a list, with how many people have it open."""

    participants: int


class RoomsForm(TypedDict):
    """Rooms by name."""

    rooms: list[FoundRoomForm]


ActName = Literal["see", "join", "read", "post", "manage"]


class RoomViewForm(TypedDict):
    """A room, and what whoever asks is to it."""

    room: RoomForm
    may: list[ActName]
    following: bool
    asked: bool
    participants: int


class MessageForm(TypedDict):
    """A message as it is now; what is not so is left out."""

    number: int
    author: str
    name: str
    at: Moment
    text: str
    title: NotRequired[str]
    alert: NotRequired[bool]
    edited: NotRequired[Moment]
    deleted: NotRequired[bool]


class PageForm(TypedDict):
    """Part of a room's history, oldest first."""

    messages: list[MessageForm]
    earlier: bool
    later: bool


class MessagesForm(TypedDict):
    """Messages of one room."""

    messages: list[MessageForm]


class MarkForm(TypedDict):
    """How far somebody has read a room."""

    read: int
    last: int
    unread: int
    mentions: int


class FollowedForm(MarkForm):
    """A room that somebody follows."""

    room: RoomForm


class FollowedRoomsForm(TypedDict):
    """The rooms that somebody follows, by name."""

    followed: list[FollowedForm]


class RoomNameForm(TypedDict):
    """A room by its name."""

    id: str
    name: str


class HitForm(TypedDict):
    """A message with its room."""

    room: RoomNameForm
    message: MessageForm


class HitsForm(TypedDict):
    """Part of what was found; `next` goes on from here."""

    hits: list[HitForm]
    next: str | None


class FoundMessagesForm(HitsForm):
    """What a search found: `words` is what to highlight; if it is not `complete`, rooms were left out."""

    words: list[str]
    complete: bool


class FeedForm(TypedDict):
    """A topic feed."""

    name: str
    keywords: list[str]
    authors: list[str]


class FeedsForm(TypedDict):
    """Topic feeds by name."""

    feeds: list[FeedForm]


class PrincipalForm(TypedDict):
    """Whoever can stand in a list; `name` is what to send back."""

    name: str
    display: str
    kind: str


class PrincipalsForm(TypedDict):
    """Principals that were found."""

    principals: list[PrincipalForm]


class ListsForm(TypedDict):
    """Who stands in the lists of a room."""

    members: list[PrincipalForm]
    managers: list[PrincipalForm]
    presenters: list[PrincipalForm]


class PeopleForm(TypedDict):
    """People."""

    people: list[PersonForm]


class ParticipantsForm(PeopleForm):
    """A page of those who have a room open; `total` is how many there are."""

    total: int


class RequestForm(TypedDict):
    """Somebody asks to join a room."""

    person: PersonForm
    note: str
    at: Moment


class RequestsForm(TypedDict):
    """Requests to join a room, the longest waiting first."""

    requests: list[RequestForm]


class RoomRequestForm(RequestForm):
    """The same, with the room."""

    room: RoomForm


class RoomRequestsForm(TypedDict):
    """Requests to join rooms that somebody manages."""

    requests: list[RoomRequestForm]


class InvitationForm(TypedDict):
    """Somebody was made a member of a room."""

    number: int
    room: RoomForm
    at: Moment


class InvitationsForm(TypedDict):
    """Invitations; `last` is the number to ask with the next time."""

    invitations: list[InvitationForm]
    last: int


class CategoryForm(TypedDict):
    """A category in which somebody may make rooms."""

    name: str
    pool: str
    description: str
    files: bool
    history: bool


class CategoriesForm(TypedDict):
    """Categories by pool and name."""

    categories: list[CategoryForm]


class AddinsForm(TypedDict):
    """Add-ins by name."""

    addins: list[AddinForm]


class UploadForm(TypedDict):
    """What lets somebody upload a file once: its bytes go to `upload`."""

    guid: str
    link: str
    upload: str


class FileForm(TypedDict):
    """A file of a room."""

    guid: str
    name: str
    type: str
    size: int
    link: str


class ProblemForm(TypedDict):
    """What went wrong (RFC 9457); `title` is the error's name."""

    type: str
    title: str
    status: int
    detail: NotRequired[str]
