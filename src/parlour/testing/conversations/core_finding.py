"""Searching messages, and topic feeds, on the stage "core"."""

from dataclasses import replace
from datetime import timedelta

from parlour.addresses import RoomUri, SipAddress
from parlour.chat.feeds import Feed
from parlour.chat.finding import Match
from parlour.chat.model import Message, Room
from parlour.chat.search import MessageQuery, Order
from parlour.testing.conversations.core_base import CorePlace, refusals
from parlour.testing.conversations.values import Endpoint, Quote

_PAGE = 100  # messages of a feed


class Finding(CorePlace):
    """What is found is told room by room, and oldest first, but for feeds."""

    async def find_any(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have one of the words in them."""
        return await self._find(who, MessageQuery(self._uris(rooms), part, match=Match.ANY))

    async def find_all(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have all of the words in them."""
        return await self._find(who, MessageQuery(self._uris(rooms), part, match=Match.ALL))

    async def find_phrase(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have all of this in them, as it stands."""
        return await self._find(who, MessageQuery(self._uris(rooms), part, match=Match.PHRASE))

    async def find_by(self, who: Endpoint, people: frozenset[str], rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that one of these wrote."""
        return await self._find(who, MessageQuery(self._uris(rooms), authors=self._authors(people)))

    async def find_recent(self, who: Endpoint, count: int, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages of the last hours."""
        since = self._clock.now() - timedelta(hours=count)
        return await self._find(who, MessageQuery(self._uris(rooms), since=since))

    async def _find(self, who: Endpoint, query: MessageQuery) -> tuple[Quote, ...]:
        """Return everything that a search finds, as somebody who goes on until there is no more."""
        person = await self._person(who)
        found: list[tuple[Room, Message]] = []
        wanted: MessageQuery | None = replace(query, order=Order.OLDEST)
        while wanted is not None:
            with refusals():
                result = await self._core.search.search(person, wanted)
            found += result.hits
            wanted = replace(wanted, after=result.next) if result.next else None
        place = {uri: number for number, uri in enumerate(query.rooms)}
        return self._quotes(message for _, message in sorted(found, key=lambda hit: place[hit[0].uri]))

    # -- feeds

    async def feed_words(self, who: Endpoint, name: str, names: frozenset[str]) -> None:
        """Keep a feed of messages with one of these words or phrases."""
        await self._keep(who, Feed(name, tuple(sorted(names))))

    async def feed_people(self, who: Endpoint, name: str, people: frozenset[str]) -> None:
        """Keep a feed of what these write."""
        await self._keep(who, Feed(name, authors=self._authors(people)))

    async def feed_both(self, who: Endpoint, name: str, names: frozenset[str], people: frozenset[str]) -> None:
        """Keep a feed of what these write with one of these words or phrases."""
        await self._keep(who, Feed(name, tuple(sorted(names)), self._authors(people)))

    async def _keep(self, who: Endpoint, feed: Feed) -> None:
        with refusals():
            await self._core.feeds.keep(await self._person(who), feed)

    async def unfeed(self, who: Endpoint, name: str) -> None:
        """Forget a feed."""
        with refusals():
            await self._core.feeds.remove(await self._person(who), name)

    async def feeds(self, who: Endpoint) -> frozenset[str]:
        """Return the names of somebody's feeds."""
        return frozenset(feed.name for feed in await self._core.feeds.all(await self._person(who)))

    async def read_feed(self, who: Endpoint, name: str) -> tuple[Quote, ...]:
        """Return the messages of a feed, newest first."""
        with refusals():
            result = await self._core.feeds.read(await self._person(who), name, _PAGE)
        return self._quotes(message for _, message in result.hits)

    def _uris(self, rooms: frozenset[str]) -> tuple[RoomUri, ...]:
        return tuple(map(self.administrator.room, sorted(rooms)))

    def _authors(self, people: frozenset[str]) -> tuple[SipAddress, ...]:
        return tuple(map(self.administrator.address, sorted(people)))
