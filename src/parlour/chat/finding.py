"""Finding rooms: among those that the asker may see, and no trace of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from parlour.chat.access import Access
from parlour.chat.model import Person, Room, RoomSummary
from parlour.chat.names import MAX_NAME, name_key
from parlour.chat.ports import RoomStore
from parlour.chat.presence import Presence
from parlour.chat.principals import RoomRole
from parlour.chat.rights import Act

_PAGE = 1000  # rooms read at a time


class Match(Enum):
    """How the words of a search must occur."""

    PHRASE = "phrase"
    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class RoomQuery:
    """What rooms somebody looks for.

    Attributes:
        text: words of the name; every room if it is empty.
        match: how these words must occur, letter case apart.
        in_description: look in the description as well.
        limit: most rooms wanted, within that of the service.
    """

    text: str = ""
    match: Match = Match.PHRASE
    in_description: bool = False
    limit: int | None = None


class RoomFinder:
    """Finds rooms for somebody.

    Args:
        access: who may see what.
        rooms: where rooms are kept.
        presence: how many people are in them.
        limit: most rooms that one search returns.
    """

    def __init__(self, access: Access, rooms: RoomStore, presence: Presence, limit: int) -> None:
        self._access = access
        self._rooms = rooms
        self._presence = presence
        self._limit = limit

    async def find(self, person: Person, query: RoomQuery) -> list[RoomSummary]:
        """Return the rooms that `person` may see and that match, by name.

        Hidden rooms take no place among those that are found: not even their number shows.

        Raises:
            ParlourError: ChatNotEnabled.
        """
        self._access.check_enabled(person)
        if len(query.text) > MAX_NAME:
            return []  # nothing contains it
        limit = self._limit if query.limit is None else max(0, min(query.limit, self._limit))
        found: list[Room] = []
        start, more = 0, True
        while more and len(found) < limit:
            page = await self._rooms.search(_prefix(query), start, _PAGE)
            found += await self._access.allowed(person, [room for room in page if _matches(room, query)], Act.SEE)
            start += len(page)
            more = len(page) == _PAGE  # a short page is the last: no search to learn that nothing follows
        return self._summaries(found[:limit])

    async def of_member(self, person: Person, limit: int | None = None) -> list[RoomSummary]:
        """Return the rooms whose members `person` is among, by name. Raises ChatNotEnabled."""
        self._access.check_enabled(person)
        return self._summaries((await self._access.listed(person, RoomRole.MEMBER, Act.JOIN))[:limit])

    async def of_manager(self, person: Person, limit: int | None = None) -> list[RoomSummary]:
        """Return the rooms that `person` manages, by name. Raises ChatNotEnabled."""
        self._access.check_enabled(person)
        return self._summaries((await self._access.listed(person, RoomRole.MANAGER, Act.MANAGE))[:limit])

    def _summaries(self, rooms: Sequence[Room]) -> list[RoomSummary]:
        return [RoomSummary(room, self._presence.participants(room.id)) for room in rooms[:self._limit]]


def _prefix(query: RoomQuery) -> str:
    """Return what the store can look for by itself."""
    return query.text if query.match is Match.PHRASE and not query.in_description else ""


def _matches(room: Room, query: RoomQuery) -> bool:
    texts = [name_key(room.name), *([name_key(room.description)] if query.in_description else [])]
    words = [name_key(query.text)] if query.match is Match.PHRASE else name_key(query.text).split()
    hits = [any(word in text for text in texts) for word in words]
    return any(hits) if query.match is Match.ANY and hits else all(hits)
