"""Finding messages by what they say, who wrote them and when: a search costs what it may look at, not the room."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from heapq import merge

from parlour.addresses import RoomUri, SipAddress
from parlour.chat.access import Access
from parlour.chat.finding import Match
from parlour.chat.model import Message, Person, Room
from parlour.chat.ports import Examined, SearchPlace, SearchStore, Wanted
from parlour.chat.rights import Act
from parlour.chat.sizes import fitting
from parlour.chat.turns import Turns
from parlour.errors import SEARCH_EMPTY, SEARCH_INVALID, SEARCH_TOO_LARGE, SEARCHES_TOO_MANY, ParlourError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LOOKS = 3  # taken for somebody who cannot go on by himself
_CURSOR = re.compile(r"(-?\d{1,18})\.(\d{1,12})\.(\d{1,12})", re.ASCII)


class Order(StrEnum):
    """Which messages come first."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """What messages somebody looks for.

    Attributes:
        rooms: where to look, each once.
        text: words, or a phrase; nothing in it has a meaning of its own. Without any, every message.
        match: how the words must occur.
        match_case: "a" and "A" are different.
        authors: one of these wrote the message; without any, anybody.
        since: posted at this moment or later.
        until: posted at this moment or before.
        order: which messages come first.
        limit: most messages wanted, at least one, within the limit of the service.
        after: where to go on from; the `next` of an earlier result of the same query.
        after_number: the same, as a number in the first room, of whatever entry, even one that is gone.
        phrases: what must occur as it stands, besides the words of `text`, and like them.
    """

    rooms: tuple[RoomUri, ...]
    text: str = ""
    match: Match = Match.ALL
    match_case: bool = False
    authors: tuple[SipAddress, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    order: Order = Order.NEWEST
    limit: int | None = None
    after: SearchPlace | None = None
    phrases: tuple[str, ...] = ()
    after_number: int | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A part of what a search finds; even without any hits, more may follow.

    Attributes:
        hits: messages with their rooms, in the order wanted.
        next: where to go on from; None when everything was looked at.
    """

    hits: tuple[tuple[Room, Message], ...]
    next: SearchPlace | None

    @property
    def more(self) -> bool:
        """Whether there may be more."""
        return self.next is not None

    @property
    def cursor(self) -> str | None:
        """Where to go on from, as text that `read_cursor` reads."""
        return None if self.next is None else cursor_text(self.next)


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Bounds of searches, in items; `characters` in characters.

    Attributes:
        messages: most messages in one result.
        rooms: most rooms to look in.
        authors: most authors.
        words: most words.
        characters: longest text, as it is compared.
        first_effort: how many messages, about, may be looked at in vain for a first answer that has something in it.
        effort: the same, when there is nothing in it, or somebody goes on.
        waiting: most searches of one person that are under way or wait for that: only one at a time is carried out.
    """

    messages: int = 999
    rooms: int = 250
    authors: int = 32
    words: int = 32
    characters: int = 1_000
    first_effort: int = 1_000
    effort: int = 20_000
    waiting: int = 8


class MessageSearch:
    """Finds messages for somebody.

    Args:
        access: who may read what.
        store: where messages are found.
        limits: bounds.
    """

    def __init__(self, access: Access, store: SearchStore, limits: SearchLimits) -> None:
        self._access = access
        self._store = store
        self._limits = limits
        self._turns = Turns(limits.waiting, SEARCHES_TOO_MANY)

    async def search(self, person: Person, query: MessageQuery) -> SearchResult:
        """Return the first messages that `person` may read and that are as `query` says.

        Raises:
            ParlourError: SearchEmpty, SearchTooLarge, SearchInvalid; SearchesTooMany if he waits for too many others;
                for the first room that he may not read, ChatRoomNotFound or another refusal by rights.
        """
        words = self._checked_words(query)
        async with self._turns.of(person.id):
            while True:
                revision = self._access.revision
                rooms = await self._access.rooms(person, tuple(dict.fromkeys(query.rooms)), Act.READ)
                if query.after is None and query.after_number is not None:
                    query = replace(query, after=await self._store.place(rooms[0].id, query.after_number))
                result = _within(await self._search([room for room in rooms if room.chat_history], query, words))
                if revision == self._access.revision:  # what he may read could have changed meanwhile
                    return result

    async def gather(self, person: Person, query: MessageQuery) -> SearchResult:
        """Search, and go on until there is as much as is wanted, or `_LOOKS` looks are taken.

        Raises:
            ParlourError: what `search` raises.
        """
        limit = self._limit(query)
        result = await self.search(person, query)
        hits = list(result.hits)
        for _ in range(_LOOKS - 1):
            if result.next is None or len(hits) >= limit:
                break
            result = await self.search(person, replace(query, after=result.next, limit=limit - len(hits)))
            hits += result.hits
        return SearchResult(tuple(hits), result.next)

    @property
    def most_rooms(self) -> int:
        """In how many rooms one search looks."""
        return self._limits.rooms

    def _limit(self, query: MessageQuery) -> int:
        most = self._limits.messages
        return most if query.limit is None else max(1, min(query.limit, most))

    async def search_in(self, found: Sequence[Room], query: MessageQuery) -> SearchResult:
        """Do the same in these rooms, whoever may read them, and whether they keep history for people or not.

        Raises:
            ParlourError: SearchEmpty, SearchTooLarge, SearchInvalid.
        """
        return await self._search(found, query, self._checked_words(query))

    async def _search(self, found: Sequence[Room], query: MessageQuery, words: tuple[str, ...]) -> SearchResult:
        rooms = {room.id: room for room in found}
        messages, place = await self._find(list(rooms), _wanted(query, words), query.after, self._limit(query))
        return SearchResult(tuple((rooms[message.room_id], message) for message in messages), place)

    async def _find(
        self, rooms: Sequence[int], wanted: Wanted, after: SearchPlace | None, limit: int
    ) -> tuple[list[Message], SearchPlace | None]:
        """Look a little first: what is new is what most look for. Only if nothing is there, or by request, look far."""
        if after is None:
            messages, after = await self._examine(rooms, wanted, None, limit, self._limits.first_effort)
            if messages or after is None:
                return messages, after
        return await self._examine(rooms, wanted, after, limit, self._limits.effort)

    async def _examine(
        self, rooms: Sequence[int], wanted: Wanted, after: SearchPlace | None, limit: int, effort: int
    ) -> tuple[list[Message], SearchPlace | None]:
        """Look through the rooms, which share what may be looked at; for one message more than wanted."""
        found = [await self._store.examine(room, wanted, after, limit + 1, effort // len(rooms)) for room in rooms]
        return _merged(found, limit, newest_first=wanted.newest_first)

    def _checked_words(self, query: MessageQuery) -> tuple[str, ...]:
        limits = self._limits
        _check_size("characters", len(query.text) + sum(map(len, query.phrases)), limits.characters)
        words = words_of(query)
        _check_size("characters", sum(map(len, words)), limits.characters)  # one character can become eighteen
        if not query.rooms or not (words or query.authors or query.since or query.until):
            raise ParlourError(SEARCH_EMPTY)
        _check_size("words", len(words), limits.words)
        _check_size("authors", len(query.authors), limits.authors)
        _check_size("rooms", len(query.rooms), limits.rooms)
        if any(moment and moment.utcoffset() is None for moment in (query.since, query.until)):
            raise ParlourError(SEARCH_INVALID, reason="a date has no time zone")
        return words


def _within(result: SearchResult) -> SearchResult:
    """Return a result, or as much of it as is not too long."""
    fits = fitting(message for _, message in result.hits)
    if fits == len(result.hits):
        return result
    return SearchResult(result.hits[:fits], SearchPlace.of(result.hits[fits - 1][1]))


def _check_size(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise ParlourError(SEARCH_TOO_LARGE, what=what, size=size, limit=limit)


def words_of(query: MessageQuery) -> tuple[str, ...]:
    """Return what must occur; in one composition, so that what looks like a space is one."""
    text = unicodedata.normalize("NFKC", query.text)
    words = [text.strip()] if query.match is Match.PHRASE else text.split()
    phrases = (unicodedata.normalize("NFKC", phrase).strip() for phrase in query.phrases)
    return tuple(dict.fromkeys(word for word in (*words, *phrases) if word))


def _wanted(query: MessageQuery, words: tuple[str, ...]) -> Wanted:
    return Wanted(
        words, every=query.match is not Match.ANY, match_case=query.match_case, authors=query.authors,
        since=query.since, until=query.until, newest_first=query.order is Order.NEWEST)


def _merged(found: Sequence[Examined], limit: int, *, newest_first: bool) -> tuple[list[Message], SearchPlace | None]:
    """Return the first messages of all rooms in their order, and where to go on from.

    Beyond the place up to which *every* room was examined, a message that comes earlier may still be missing: those
    behind it are found again when somebody goes on from there.
    """
    places = [examined.place for examined in found if examined.place]
    end = (max if newest_first else min)(places) if places else None
    merged = merge(*(examined.messages for examined in found), key=SearchPlace.of, reverse=newest_first)
    messages = [
        message for message in merged
        if end is None or _is_within(message, end, newest_first=newest_first)]
    if len(messages) > limit:
        return messages[:limit], SearchPlace.of(messages[limit - 1])
    return messages, end


def _is_within(message: Message, end: SearchPlace, *, newest_first: bool) -> bool:
    """Say whether a message comes before `end` in the order wanted, or is there."""
    return SearchPlace.of(message) >= end if newest_first else SearchPlace.of(message) <= end


def cursor_text(place: SearchPlace) -> str:
    """Return a place as text for clients, who make nothing of it but give it back."""
    return f"{(place.posted_at - _EPOCH) // _MICROSECOND}.{place.room_id}.{place.number}"


def read_cursor(text: str) -> SearchPlace:
    """Read what `cursor_text` wrote.

    Raises:
        ParlourError: SearchInvalid.
    """
    found = _CURSOR.fullmatch(text)
    try:
        if found:
            moment, room, number = map(int, found.groups())
            return SearchPlace(_EPOCH + moment * _MICROSECOND, room, number)
    except OverflowError:
        pass  # a moment that no calendar has
    raise ParlourError(SEARCH_INVALID, reason="this is not where to go on from")
