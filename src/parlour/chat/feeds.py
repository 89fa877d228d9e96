"""Topic feeds: what somebody wants to see of the rooms he follows, by keywords or by who wrote it."""

from dataclasses import dataclass
from itertools import islice

from parlour.addresses import SipAddress
from parlour.chat.finding import Match
from parlour.chat.following import Following
from parlour.chat.model import Person
from parlour.chat.names import checked_name
from parlour.chat.ports import FeedRow, FeedStore, SearchPlace
from parlour.chat.search import MessageQuery, MessageSearch, SearchLimits, SearchResult
from parlour.errors import FEED_INVALID, FEED_NOT_FOUND, FEEDS_TOO_MANY, ParlourError

MAX_FEEDS = 50  # of one person


@dataclass(frozen=True, slots=True)
class Feed:
    """A topic: messages with any of the keywords, by any of the authors; at least one of both is given.

    Attributes:
        name: what its owner calls it, unlike his others.
        keywords: words or phrases, each as it stands.
        authors: who writes what is shown; anybody if there are none.
    """

    name: str
    keywords: tuple[str, ...] = ()
    authors: tuple[SipAddress, ...] = ()


class Feeds:
    """The topic feeds of everybody.

    Args:
        store: where they are kept.
        following: which rooms somebody follows.
        search: finds the messages.
        limits: bounds of searches, which hold for feeds as well.
    """

    def __init__(self, store: FeedStore, following: Following, search: MessageSearch, limits: SearchLimits) -> None:
        self._store = store
        self._following = following
        self._search = search
        self._limits = limits

    async def all(self, person: Person) -> list[Feed]:
        """Return the feeds of `person`, by name."""
        return [_feed(row) for row in await self._store.all(person.id)]

    async def keep(self, person: Person, feed: Feed) -> None:
        """Make a feed, or change the one of that name.

        Raises:
            ParlourError: FeedInvalid, FeedsTooMany, ChatRoomNameInvalid.
        """
        checked_name(feed.name, "name of the feed")
        self._check(feed)
        row = FeedRow(feed.name, feed.keywords, tuple(map(str, feed.authors)))
        if not await self._store.keep(person.id, row, MAX_FEEDS):
            raise ParlourError(FEEDS_TOO_MANY, feed.name, limit=MAX_FEEDS)

    def _check(self, feed: Feed) -> None:
        if not feed.keywords and not feed.authors:
            raise ParlourError(FEED_INVALID, feed.name, reason="it has neither keywords nor people")
        if not all(word.strip() for word in feed.keywords):
            raise ParlourError(FEED_INVALID, feed.name, reason="a keyword is empty")
        if len(feed.keywords) > self._limits.words or len(feed.authors) > self._limits.authors:
            raise ParlourError(FEED_INVALID, feed.name, reason="it has too many keywords or people")
        if sum(map(len, feed.keywords)) > self._limits.characters:
            raise ParlourError(FEED_INVALID, feed.name, reason="its keywords are too long")

    async def remove(self, person: Person, name: str) -> None:
        """Forget a feed.

        Raises:
            ParlourError: FeedNotFound.
        """
        if not await self._store.remove(person.id, name):
            raise ParlourError(FEED_NOT_FOUND, name, name=name)

    async def read(self, person: Person, name: str, count: int, after: SearchPlace | None = None) -> SearchResult:
        """Return the newest messages of a feed, or those after a place in it.

        Raises:
            ParlourError: FeedNotFound.
        """
        row = await self._store.find(person.id, name)
        if row is None:
            raise ParlourError(FEED_NOT_FOUND, name, name=name)
        feed = _feed(row)
        followed = await self._following.followed(person)
        rooms = tuple(islice((one.room.uri for one in followed), self._limits.rooms))
        if not rooms:
            return SearchResult((), None)
        return await self._search.search(person, MessageQuery(
            rooms, phrases=feed.keywords, match=Match.ANY, authors=feed.authors, limit=count, after=after))


def _feed(row: FeedRow) -> Feed:
    return Feed(row.name, row.keywords, tuple(map(SipAddress.parse, row.authors)))
