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


class WatchedForm(FollowedRoomsForm):
    """The same, and whom the connection belongs to."""

    person: PersonForm


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


# -- the live connection

DutyName = Literal["manager", "presenter"]


class PresentForm(PersonForm):
    """Somebody who has the room open, and what he is there."""

    duties: list[DutyName]


class EntryForm(TypedDict):
    """An entry of a room's log, with the message that it is or changed, as it is now."""

    number: int
    message: MessageForm


class JoinedForm(TypedDict):
    """What somebody who joins sees at once."""

    room: RoomForm
    may: list[ActName]
    last: int
    first: int
    participants: int
    people: list[PresentForm]
    missed: NotRequired[list[EntryForm]]
    more: NotRequired[bool]
    page: NotRequired[PageForm]


class PostedForm(TypedDict):
    """Where a post stands in the log, and since when."""

    number: int
    at: Moment


class DoneForm(TypedDict):
    """Nothing but that it is done."""


class MessageEvent(TypedDict):
    """Somebody said something; `mentions` are the addresses that it names."""

    room: str
    event: Literal["message"]
    number: int
    message: MessageForm
    mentions: NotRequired[list[str]]


class ChangedEvent(TypedDict):
    """A message was changed or deleted; `number` is that of the change."""

    room: str
    event: Literal["changed"]
    number: int
    message: MessageForm


class PurgedEvent(TypedDict):
    """Every message up to `until` is gone for good."""

    room: str
    event: Literal["purged"]
    until: int


class PinnedEvent(TypedDict):
    """A message was pinned, or is not any more."""

    room: str
    event: Literal["pinned", "unpinned"]
    message: int
    by: PersonForm


class JoinedEvent(TypedDict):
    """Somebody has opened the room, or has become something else in it."""

    room: str
    event: Literal["joined", "duties"]
    person: PersonForm
    duties: list[DutyName]


class LeftEvent(TypedDict):
    """Somebody has closed the room, on his last device; or is writing."""

    room: str
    event: Literal["left", "typing"]
    person: PersonForm


class RosterEvent(TypedDict):
    """A large room has shrunk: who is in it, and who of those that were known has left."""

    room: str
    event: Literal["roster"]
    people: list[PresentForm]
    gone: list[PersonForm]


class InvitedEvent(TypedDict):
    """Oneself was made a member."""

    room: str
    event: Literal["invited"]
    invitation: int
    at: Moment


class RoomEvent(TypedDict):
    """The room has another name, description, type or the like."""

    room: str
    event: Literal["room"]
    details: RoomForm


class ClosedEvent(TypedDict):
    """The room was switched off or deleted; one may not read it any more; or does not follow it any more."""

    room: str
    event: Literal["closed", "hidden", "unfollowed"]


class FollowedEvent(MarkForm):
    """Oneself follows the room from now on."""

    room: str
    event: Literal["followed"]
    details: RoomForm


class ReadEvent(MarkForm):
    """Oneself has read the room up to another place, maybe elsewhere."""

    room: str
    event: Literal["read"]


class AskedEvent(TypedDict):
    """Somebody asks to join a room that one manages."""

    room: str
    event: Literal["asked"]
    person: PersonForm
    note: str


LiveEvent = (
    MessageEvent | ChangedEvent | PurgedEvent | PinnedEvent | JoinedEvent | LeftEvent | RosterEvent | InvitedEvent
    | RoomEvent | ClosedEvent | FollowedEvent | ReadEvent | AskedEvent
)

Mark = str | int


class WatchCommand(TypedDict):
    """Hear of the rooms that one follows, whether they are open or not."""

    do: Literal["watch"]
    id: NotRequired[Mark]


class JoinCommand(TypedDict):
    """Open a room; with `after`, what happened since that number; with `page`, so many messages, those `around` one."""

    do: Literal["join"]
    id: NotRequired[Mark]
    room: str
    after: NotRequired[int | None]
    page: NotRequired[int | None]
    around: NotRequired[int | None]


class RoomCommand(TypedDict):
    """Close a room; or let the others know that one is writing."""

    do: Literal["part", "typing"]
    id: NotRequired[Mark]
    room: str


class PostCommand(TypedDict):
    """Say something; with the same `key`, it is said once."""

    do: Literal["post"]
    id: NotRequired[Mark]
    room: str
    text: str
    title: NotRequired[str | None]
    alert: NotRequired[bool]
    key: NotRequired[str | None]


class EditCommand(TypedDict):
    """Change a message of one's own."""

    do: Literal["edit"]
    id: NotRequired[Mark]
    room: str
    number: int
    text: str
    title: NotRequired[str | None]
    alert: NotRequired[bool]


class NumberCommand(TypedDict):
    """Delete a message of one's own; or note up to where one has read."""

    do: Literal["delete", "read"]
    id: NotRequired[Mark]
    room: str
    number: int


class PingCommand(TypedDict):
    """Ask for a sign of life."""

    do: Literal["ping"]
    id: NotRequired[Mark]


LiveCommand = WatchCommand | JoinCommand | RoomCommand | PostCommand | EditCommand | NumberCommand | PingCommand

Answer = WatchedForm | JoinedForm | PostedForm | MessageForm | DoneForm


class AnswerFrame(TypedDict):
    """The answer to a command that was carried out; `re` is the command's `id`."""

    re: Mark | None
    ok: Answer


class RefusalForm(TypedDict):
    """Why not; `id` is the error's name."""

    id: str
    status: int
    message: str


class RefusalFrame(TypedDict):
    """The answer to a command that was refused."""

    re: Mark | None
    error: RefusalForm


# --- signing in

ScopeName = Literal["read", "write", "manage", "admin"]


class ProviderForm(TypedDict):
    """Where one can sign in besides."""

    name: str
    href: str


class WaysForm(TypedDict):
    """How one can sign in."""

    password: bool
    oidc: ProviderForm | None


class LimitsForm(TypedDict):
    """How long what people send may be: texts in characters, files in units of 1024 bytes."""

    message: int
    story: int
    file: int


class SessionForm(TypedDict):
    """Who one is, and what one may; with a cookie, `csrf` goes along as X-CSRF-Token with what changes something."""

    person: PersonForm
    csrf: str | None
    expires: Moment | None
    password: bool
    roles: list[str]
    limits: LimitsForm
    scopes: list[ScopeName]


class OpenSessionForm(TypedDict):
    """A session of one's own, somewhere."""

    id: str
    current: bool
    agent: str
    address: str
    since: Moment
    used: Moment | None
    expires: Moment | None


class SessionsForm(TypedDict):
    """One's own sessions, the newest first."""

    sessions: list[OpenSessionForm]


class TokenForm(TypedDict):
    """An access token of one's own."""

    id: str
    name: str
    scopes: list[ScopeName]
    since: Moment
    used: Moment | None
    expires: Moment | None


class NewTokenForm(TokenForm):
    """One that was just made, with what to send: it is shown this once."""

    token: str


class TokensForm(TypedDict):
    """One's own access tokens, the newest first."""

    tokens: list[TokenForm]
