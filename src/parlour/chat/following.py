"""Which rooms somebody follows, what he has not read there yet, and where he is mentioned.

Nothing is counted per member when a message is posted: a mark keeps how many messages the room had when it was read up
to there, and what is unread is how many it has by now, less that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from parlour.addresses import RoomUri
from parlour.chat.access import Access
from parlour.chat.events import FollowingChanged, ReadMoved
from parlour.chat.model import Mark, Message, Person, Room
from parlour.chat.ports import Bus, ReadingStore, RoomStore, SearchPlace
from parlour.chat.presence import ChatSession, Presence
from parlour.chat.rights import Act
from parlour.chat.sizes import fitting
from parlour.clock import Clock
from parlour.errors import NOT_FOLLOWING, ROOM_GONE, ParlourError

_PAGE = 100  # mentions read at a time
_PAGES = 10  # at most so many times for one answer
MAX_FOLLOWED = 1_000  # rooms of one person


@dataclass(frozen=True, slots=True)
class Followed:
    """A room that somebody follows.

    Attributes:
        room: the room.
        read: number up to which he has read it.
        last: number of the newest entry of its log.
        unread: how many messages came after that.
        mentions: in how many of them he is named; `MOST_MENTIONS` may mean more.
    """

    room: Room
    read: int
    last: int
    unread: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that names somebody."""

    room: Room
    message: Message


@dataclass(frozen=True, slots=True)
class Mentions:
    """A page of mentions, newest first; `next` is where the following page begins, None after the last.

    A page can have fewer mentions than were asked for, or none, and more can follow: of those that may not be read any
    more, only so many are passed over at once.
    """

    found: tuple[Mention, ...]
    next: SearchPlace | None


class Following:
    """Rooms with what is unread in them.

    Args:
        access: who may read what.
        rooms: where rooms are kept.
        store: where marks and mentions are kept.
        presence: whom to tell of rooms that they follow and do not have open.
        bus: tells somebody's other endpoints.
        clock: tells when somebody began to follow.
        limit: most mentions in one page.
    """

    def __init__(
        self, *, access: Access, rooms: RoomStore, store: ReadingStore, presence: Presence, bus: Bus, clock: Clock,
        limit: int,
    ) -> None:
        self._access = access
        self._rooms = rooms
        self._store = store
        self._presence = presence
        self._bus = bus
        self._clock = clock
        self._limit = limit

    async def follow(self, person: Person, uri: RoomUri) -> None:
        """Follow a room from now on; to follow it again changes nothing.

        Raises:
            ParlourError: FollowsTooMany; ChatRoomNotFound, or another refusal by rights; ChatRoomGone if it was
                removed meanwhile.
        """
        revision = -1
        while revision != self._access.revision:  # what he may read could have changed meanwhile
            revision = self._access.revision
            room = await self._access.room(person, uri, Act.READ)
            mark = await self._store.follow(person.id, room.id, self._clock.now(), MAX_FOLLOWED)
        if mark is None:
            raise ParlourError(ROOM_GONE)
        self._bus.publish(FollowingChanged(room, person.id, mark))

    async def unfollow(self, person: Person, uri: RoomUri) -> None:
        """Stop following a room.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        room = await self._access.room(person, uri, Act.SEE)
        if await self._store.unfollow(person.id, room.id):
            self._bus.publish(FollowingChanged(room, person.id, None))

    async def watch(self, session: ChatSession) -> list[Followed]:
        """Let an endpoint hear of the rooms that its person follows and may read, whether it has them open or not.

        Returns what `followed` returns; of what comes live from now on, some may be counted there already: its number
        is not above `last` then.
        """
        session.watches = True
        while True:
            revision = self._access.revision
            found = await self.followed(session.person)
            if revision == self._access.revision:  # what he may read could have changed meanwhile
                break
        if not session.closed:
            for one in found:
                self._presence.watch(session, one.room)
        return await self.followed(session.person)

    async def follows(self, person: Person, room: Room) -> bool:
        """Say whether somebody follows a room."""
        return await self._store.follows(person.id, room.id)

    async def restore(self, rooms: Collection[int] | None) -> None:
        """Let endpoints hear again of rooms that they lost, and that their people may read by now.

        Args:
            rooms: numbers of the rooms that it is about; None for any.
        """
        for session in self._presence.losers(rooms):
            lost, session.lost = session.lost, set()
            before = set(session.watched)
            for one in await self.watch(session):
                if one.room.id in lost - before:
                    mark = Mark(one.room.id, one.read, one.last, one.unread, one.mentions)
                    self._presence.tell(session, FollowingChanged(one.room, session.person.id, mark))
            session.lost |= lost - set(session.watched)

    async def followed(self, person: Person) -> list[Followed]:
        """Return the rooms that `person` follows and may read, by name."""
        marks = {mark.room_id: mark for mark in await self._store.marks(person.id)}
        rooms = await self._access.allowed(person, await self._rooms.numbered(marks.keys()), Act.READ)
        return [_followed(room, marks[room.id]) for room in rooms]

    async def mark(self, person: Person, uri: RoomUri, number: int) -> None:
        """Note that everything up to entry `number` is read, and nothing after it: this marks as unread, too.

        Raises:
            ParlourError: NotFollowing, ChatRoomNotFound, or another refusal by rights.
        """
        room = await self._access.room(person, uri, Act.READ)
        mark = await self._store.mark(person.id, room.id, number)
        if mark is None:
            raise ParlourError(NOT_FOLLOWING, str(uri), room=room.name)
        self._bus.publish(ReadMoved(room, person.id, mark))

    async def mentions(self, person: Person, count: int, before: SearchPlace | None = None) -> Mentions:
        """Return the messages that name `person`, in rooms that he may read, newest first."""
        count = max(1, min(count, self._limit))
        found: list[Mention] = []
        place = before
        for _ in range(_PAGES):
            page = await self._store.mentions(person.id, place, _PAGE)
            found += await self._readable(person, page)
            fits = fitting(one.message for one in found)
            if len(found) > count or fits < len(found):
                kept = found[:min(count, fits)]
                return Mentions(tuple(kept), SearchPlace.of(kept[-1].message))
            if len(page) < _PAGE:
                return Mentions(tuple(found), None)
            place = SearchPlace.of(page[-1])
            if len(found) == count:
                break
        return Mentions(tuple(found), place)

    async def _readable(self, person: Person, messages: Sequence[Message]) -> list[Mention]:
        numbered = await self._rooms.numbered({message.room_id for message in messages})
        rooms = {room.id: room for room in await self._access.allowed(person, numbered, Act.READ) if room.chat_history}
        return [Mention(rooms[message.room_id], message) for message in messages if message.room_id in rooms]


def _followed(room: Room, mark: Mark) -> Followed:
    return Followed(room, mark.read, mark.last, mark.unread, mark.mentions)


