"""What the core needs from the rest of the house. Storage and bus provide it; node.py plugs it in."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self, TypeVar

from parlour.addresses import RoomUri, SipAddress
from parlour.chat.events import Event, RoomEvent
from parlour.chat.model import (
    Addin,
    Category,
    CategoryChange,
    Corrected,
    Correction,
    Draft,
    Mark,
    Message,
    NewCategory,
    NewRoom,
    Person,
    Room,
    RoomChange,
)
from parlour.chat.principals import Affiliations, CategoryRole, Entries, Principal, RoomRole

MOST_MENTIONS = 100  # as many are counted in one room

RoomLists = Mapping[RoomRole, Collection[int]]
ListsOf = tuple[type[CategoryRole] | type[RoomRole], int]
"""Whose lists: a category's or a room's, by its number."""
CategoryLists = Mapping[CategoryRole, Collection[int]]


@dataclass(frozen=True, slots=True, order=True)
class SearchPlace:
    """A place among the messages of all rooms, which are in the order of time, then of their rooms' numbers."""

    posted_at: datetime
    room_id: int
    number: int

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return where a message is."""
        return cls(message.posted_at, message.room_id, message.number)


class MessageLog(Protocol):
    """The durable, numbered log of every room.

    Futures of one room, of `append` and `correct` alike, finish in the order of their numbers, when it is on disk.
    """

    def append(self, draft: Draft) -> "asyncio.Future[Message]":
        """Queue `draft`; it gets the room's next number. Errors: ChatRoomGone, KeyUsed, StorageUnavailable.

        With a key that its author gave to the same message before, the result is that one, as `Repeated`.
        """
        ...

    def correct(self, correction: Correction) -> "asyncio.Future[Corrected]":
        """Queue `correction`, whose entry gets the room's next number. Errors: MessageNotFound, StorageUnavailable."""
        ...

    async def before(self, room_id: int, number: int, count: int) -> list[Message]:
        """Return the newest `count` messages below `number`, oldest first."""
        ...

    async def after(self, room_id: int, number: int, count: int) -> list[Message]:
        """Return the oldest `count` messages above `number`, oldest first."""
        ...

    async def entries(self, room_id: int, number: int, count: int) -> list[tuple[int, Message]]:
        """Return the oldest `count` entries above `number`, each with the message that it is or changed, as it is now.

        Messages that are not kept for readers have none.
        """
        ...

    async def one(self, room_id: int, number: int) -> Message | None:
        """Return the message of that number."""
        ...

    async def first_since(self, room_id: int, moment: datetime) -> int | None:
        """Return the number of the first entry of that moment or later, if there is one."""
        ...

    async def first_number(self, room_id: int) -> int:
        """Return the number of the oldest entry that is still there; 0 in an empty room."""
        ...

    async def last_number(self, room_id: int) -> int:
        """Return the number of the newest entry; 0 in an empty room.

        Counts what was appended before the call, and is done after those appends are. Errors: ChatRoomGone.
        """
        ...

    async def last_until(self, room_id: int, moment: datetime) -> int:
        """Return the number of the last entry of that moment or before; 0 if there is none.

        Counts what was appended before the call, and nothing that is later.
        """
        ...

    async def purge(self, room_id: int, last: int) -> None:
        """Delete every entry up to number `last` for good."""
        ...

    async def forget_keys(self, before: datetime) -> None:
        """Forget the keys of messages that were posted before that moment."""
        ...

    async def exceeds(self, room_id: int, size: int) -> bool:
        """Say whether more than `size` bytes are kept of what was said in a room.

        Counts text, headline and Rich Text twin of every entry, as UTF-8, what messages said before they were
        corrected included. Looks at the room piece by piece, and no further than to where that is clear.
        """
        ...

    async def load(self, room_id: int, after: int, drafts: Sequence[Draft]) -> None:
        """Append messages that were written elsewhere, all in one commit; they get the room's next numbers.

        Args:
            room_id: the room of all of them.
            after: number of the newest entry as the caller knows it.
            drafts: the messages in their order, a few hundred at most.

        Errors: ChatRoomGone, ChatRoomUsed if the newest entry is another one, StorageUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class RoomsWanted:
    """What names of rooms must have in them, letter case apart.

    Attributes:
        words: what; without any, every name is wanted.
        every: all of `words`, not only one of them.
        in_description: it may be in the description as well.
    """

    words: tuple[str, ...]
    every: bool
    in_description: bool


class RoomStore(Protocol):
    """Rooms and categories as they are kept."""

    @property
    def revision(self) -> int:
        """A number that goes up with each change of rooms, categories, add-ins and lists, before it is acknowledged."""
        ...

    async def at_all(self, uris: Collection[RoomUri]) -> dict[RoomUri, Room]:
        """Find rooms by their addresses."""
        ...

    async def named(self, name: str, pool: str | None) -> list[Room]:
        """Find rooms of that name, without letter case; in every pool if none is given."""
        ...

    async def search(self, wanted: RoomsWanted, among: Collection[int], count: int) -> list[Room]:
        """Find the first `count` rooms, by name, that are as wanted and that whoever is all of `among` may see.

        The names and descriptions of others are not even compared: how long it takes tells nothing of them.
        """
        ...

    async def listing(self, role: RoomRole, principals: Collection[int]) -> list[Room]:
        """Find the rooms whose list `role` has any of these principals in it, by name."""
        ...

    async def numbered(self, numbers: Collection[int]) -> list[Room]:
        """Find rooms by their numbers; by name."""
        ...

    async def all(self) -> list[Room]:
        """Return every room, by pool and name."""
        ...

    async def page(self, last: Room | None, count: int) -> list[Room]:
        """Return the next `count` rooms by pool and name, after `last` or from the first one on."""
        ...

    async def create(self, new: NewRoom, guid: str, lists: RoomLists, *, trial: bool = False) -> Room:
        """Keep a new room with its lists; a trial is taken back.

        Errors: ChatCategoryNotFound, NameNeedsPool, ChatRoomExists.
        """
        ...

    async def change(
        self, room: Room, change: RoomChange, category: Category | None, lists: RoomLists, *, trial: bool = False
    ) -> Room:
        """Keep what changed of a room, its new category and whole lists included; a trial is taken back.

        Errors: ChatRoomExists, ChatAddinNotFound.
        """
        ...

    async def lists(self, room: Room) -> dict[RoomRole, list[Principal]]:
        """Return who stands in the lists of a room."""
        ...

    async def lists_of(self, rooms: Sequence[Room]) -> dict[int, dict[RoomRole, list[Principal]]]:
        """Return the same of several rooms, by their numbers."""
        ...

    async def entries(self, rooms: Sequence[Room], among: Collection[int]) -> dict[int, Entries]:
        """Return, by the number of each room, which of these principals stand in its and its category's lists.

        The cost is that of `among`, not of the lists' length.
        """
        ...

    async def category_entries(self, categories: Sequence[int], among: Collection[int]) -> dict[int, Entries]:
        """Return, by the number of each category, which of these principals stand in its lists."""
        ...

    async def whole_entries(self, lists: Collection[ListsOf], most: int) -> dict[ListsOf, Entries]:
        """Return everybody who stands in these lists; lists of more than `most` entries are left out."""
        ...

    async def add_entry(self, room: Room, role: RoomRole, principal_id: int) -> None:
        """Put one principal into a list of a room; nothing changes if he is there already."""
        ...

    async def remove_entries(self, room: Room, roles: Collection[RoomRole], principal_id: int) -> None:
        """Take one principal out of lists of a room."""
        ...

    async def remove(self, room_id: int) -> None:
        """Delete a room with its messages."""
        ...

    async def categories(self) -> list[Category]:
        """Return every category, by pool and name."""
        ...

    async def create_category(self, new: NewCategory, guid: str, *, trial: bool = False) -> Category:
        """Keep a new category that allows nobody; a trial is taken back.

        Errors: PoolUnknown, NameNeedsPool, ChatCategoryExists.
        """
        ...

    async def change_category(
        self, category: Category, change: CategoryChange, lists: CategoryLists, *, trial: bool = False
    ) -> Category:
        """Keep what changed of a category, whole lists included; a trial is taken back. Errors: ChatCategoryExists."""
        ...

    async def remove_category(self, category: Category) -> None:
        """Delete a category. Errors: ChatCategoryNotEmpty."""
        ...

    async def category_lists(self, category: Category) -> dict[CategoryRole, list[Principal]]:
        """Return who stands in the lists of a category."""
        ...


class ReadingStore(Protocol):
    """Who follows which rooms, how far he has read them, and where he is named."""

    async def follow(self, person_id: int, room_id: int, moment: datetime, most: int) -> Mark | None:
        """Note that somebody follows a room and has read all of it; who does already keeps his mark, and gets it.

        There is none if the room is gone. Errors: FollowsTooMany, above `most` rooms.
        """
        ...

    async def unfollow(self, person_id: int, room_id: int) -> bool:
        """Forget that somebody follows a room; say whether he did."""
        ...

    async def follows(self, person_id: int, room_id: int) -> bool:
        """Say whether somebody follows a room."""
        ...

    async def marks(self, person_id: int) -> list[Mark]:
        """Return how far somebody has read each room that he follows; at most `MOST_MENTIONS` are counted in each."""
        ...

    async def mark(self, person_id: int, room_id: int, number: int) -> Mark | None:
        """Move a mark to entry `number`, or the newest if that is less; None if the person does not follow the room."""
        ...

    async def mentions(self, person_id: int, before: SearchPlace | None, count: int) -> list[Message]:
        """Return the newest `count` messages that name somebody, before a place among them, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What messages somebody looks for; those that are as every attribute says.

    Attributes:
        terms: what they must say; nothing in these has a meaning of its own.
        every: they must say all of `terms`, not only one of them.
        match_case: "a" and "A" are different.
        authors: one of these wrote them; without any, anybody.
        since: posted at this moment or later.
        until: posted at this moment or before.
        newest_first: in which order they are wanted.
    """

    terms: tuple[str, ...]
    every: bool
    match_case: bool
    authors: tuple[SipAddress, ...]
    since: datetime | None
    until: datetime | None
    newest_first: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a room, in the order wanted, and the place up to which it was examined; None for all of it."""

    messages: tuple[Message, ...]
    place: SearchPlace | None


class SearchStore(Protocol):
    """Finds messages by what they say."""

    async def place(self, room_id: int, number: int) -> SearchPlace | None:
        """Return the place of a number in a room, whatever has or had this number; None in a room without entries."""
        ...

    async def examine(
        self, room_id: int, wanted: Wanted, after: SearchPlace | None, count: int, effort: int
    ) -> Examined:
        """Find the first `count` messages of a room in the wanted order, beyond a place in it.

        Args:
            room_id: where to look.
            wanted: what to look for.
            after: where to go on from; without it, from the beginning.
            count: stop after this many.
            effort: how many messages, about, may be looked at in vain; at least one is.
        """
        ...


class AddinStore(Protocol):
    """The registered add-ins; names count without letter case."""

    async def all(self) -> list[Addin]:
        """Return every add-in, by pool and name."""
        ...

    async def add(self, name: str, url: str, pool: str | None, guid: str, *, trial: bool = False) -> Addin:
        """Keep a new add-in; a trial is taken back. Errors: ChatAddinExists, PoolUnknown, NameNeedsPool."""
        ...

    async def change(self, addin: Addin, name: str, url: str) -> Addin:
        """Keep a new name and address. Errors: ChatAddinExists, ChatAddinNotFound."""
        ...

    async def remove(self, addin: Addin, *, force: bool) -> None:
        """Delete an add-in; with `force`, rooms that have it have none then. Errors: ChatAddinInUse."""
        ...


class FilePurpose(StrEnum):
    """What a file's token is for."""

    UPLOAD = "upload"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as it is noted; without a hash, it is still to come."""

    id: int
    guid: str
    room: RoomUri
    name: str
    media_type: str
    size: int
    sha256: str | None


class FileStore(Protocol):
    """Which files there are, and the tokens for them; tokens are known by their hashes alone."""

    async def begin(
        self, room_id: int, person_id: int, row: FileRow, token: str, moment: datetime, expires_at: datetime
    ) -> None:
        """Note a file that is to come, and the token to upload it with. Errors: FileTokensTooMany."""
        ...

    async def complete(self, file_id: int, size: int, sha256: str, media_type: str) -> FileRow:
        """Note that a file is there. Errors: ChatRoomGone."""
        ...

    async def discard(self, file_id: int) -> None:
        """Forget a file that did not come."""
        ...

    async def find(self, room_id: int, guid: str) -> FileRow | None:
        """Find a file of a room that is there."""
        ...

    async def grant(self, file_id: int, person_id: int, token: str, expires_at: datetime) -> None:
        """Keep a token to download a file with. Errors: FileTokensTooMany."""
        ...

    async def take(self, token: str, purpose: FilePurpose, now: datetime) -> tuple[Person, FileRow] | None:
        """Return whom a token was given to and for which file, and forget it; None if it is unknown or too old."""
        ...

    async def sweep(self, now: datetime, before: datetime) -> None:
        """Forget tokens that are too old by now, and files that did not come since `before`."""
        ...

    async def purge(self, room_id: int, until: datetime) -> None:
        """Forget the files of a room that came at that moment or before."""
        ...

    async def uses(self, sha256: str) -> bool:
        """Say whether any file has these bytes."""
        ...


class BlobWriter(Protocol):
    """Bytes on their way to where they are kept."""

    async def write(self, data: bytes) -> None:
        """Take the next bytes. Errors: StorageUnavailable."""
        ...

    async def commit(self) -> str:
        """Keep the bytes, on disk, and return their SHA-256. Errors: StorageUnavailable."""
        ...


class BlobStore(Protocol):
    """Bytes, each known by the SHA-256 of its content."""

    def writer(self) -> AbstractAsyncContextManager[BlobWriter]:
        """Begin to take bytes; nothing is kept of them unless they are committed before the end."""
        ...

    def read(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """Return bytes piece by piece. Errors: StorageUnavailable."""
        ...

    def idle(self, age: timedelta) -> AsyncGenerator[str, None]:
        """Yield the hashes of what was written longer ago than `age`; what was never committed vanishes with it."""
        ...

    async def remove(self, sha256: str) -> None:
        """Delete bytes."""
        ...


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A topic feed as it is kept; see `parlour.chat.feeds.Feed`."""

    name: str
    keywords: tuple[str, ...]
    authors: tuple[str, ...]


class FeedStore(Protocol):
    """The topic feeds of everybody; names count without letter case."""

    async def all(self, person_id: int) -> list[FeedRow]:
        """Return the feeds of somebody, by name."""
        ...

    async def find(self, person_id: int, name: str) -> FeedRow | None:
        """Find somebody's feed of that name."""
        ...

    async def keep(self, person_id: int, row: FeedRow, most: int) -> bool:
        """Keep a feed in place of the one of that name, if any; say whether so many are allowed."""
        ...

    async def remove(self, person_id: int, name: str) -> bool:
        """Forget a feed; say whether there was one."""
        ...


class PinStore(Protocol):
    """Which messages are pinned."""

    async def pin(self, room_id: int, number: int, person_id: int, moment: datetime, most: int) -> bool:
        """Pin a message; say whether it was not pinned before. Errors: MessageNotFound, PinsTooMany."""
        ...

    async def unpin(self, room_id: int, number: int) -> bool:
        """Take a pin away; say whether there was one."""
        ...

    async def pinned(self, room_id: int) -> list[int]:
        """Return the numbers of the pinned messages of a room, in the order of pinning."""
        ...


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Somebody asks to join a room."""

    room_id: int
    person: Person
    note: str
    asked_at: datetime


class RequestStore(Protocol):
    """Who asks to join which room."""

    async def ask(self, room_id: int, person_id: int, note: str, moment: datetime) -> None:
        """Keep a request; a second one of the same person has its note, and the first one's place."""
        ...

    async def withdraw(self, room_id: int, person_id: int) -> bool:
        """Forget a request; say whether there was one."""
        ...

    async def requests(self, room_ids: Collection[int]) -> list[RequestRow]:
        """Return the requests for these rooms, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation, by the numbers of itself and its room."""

    number: int
    room_id: int
    created_at: datetime


class InvitationStore(Protocol):
    """Who is invited where."""

    async def grant(self, room_id: int, person_ids: Collection[int], moment: datetime) -> dict[int, int]:
        """Give each of these people his next invitation, to this room, in place of an older one to it."""
        ...

    async def since(self, person_id: int, number: int, count: int) -> list[InvitationRow]:
        """Return the oldest `count` invitations of somebody above `number`."""
        ...


class Directory(Protocol):
    """Who is who."""

    @property
    def revision(self) -> int:
        """A number that goes up with each change of people, groups and who belongs where, before it is acknowledged."""
        ...

    async def affiliations_of(self, people: Collection[Person]) -> dict[Person, Affiliations]:
        """Return every principal that each of these people is, with the way there."""
        ...

    async def closures(self, entries: Collection[Principal]) -> dict[int, Affiliations]:
        """Return, of each principal, every principal that whoever it stands for is at least."""
        ...

    async def people_of(self, principals: Collection[Principal]) -> list[Person]:
        """Return all people that any of these principals stands for."""
        ...

    async def resolve(self, names: Sequence[str]) -> list[Principal]:
        """Find principals by SIP address or distinguished name. Errors: PrincipalNotProvisioned."""
        ...

    async def check(self, names: Sequence[str]) -> None:
        """See that there are principals of these names. Errors: PrincipalNotProvisioned."""
        ...


class Bus(Protocol):
    """Carries events to every node, this one included, in the order of publishing for one room."""

    def publish(self, event: Event) -> None:
        """Send `event` to all subscribers."""
        ...

    def subscribe(self, receive: Callable[[Event], None]) -> None:
        """Have `receive` called with each event."""
        ...


_Outlet = TypeVar("_Outlet", contravariant=True)


class Door(Protocol[_Outlet]):
    """A protocol through which people take part: it renders an event once and writes it to its own outlets."""

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[_Outlet]) -> None:
        """Write `event` to every outlet, now: no await, no task."""
        ...
