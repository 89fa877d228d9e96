"""Finding rooms: among those that the asker may see, and no trace of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from parlour.chat.access import Access
from parlour.chat.model import Person, Room, RoomSummary
from parlour.chat.names import MAX_NAME
from parlour.chat.ports import RoomsWanted
from parlour.chat.presence import Presence
from parlour.chat.principals import RoomRole
from parlour.chat.rights import Act


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
        presence: how many people are in them.
        limit: most rooms that one search returns.
    """

    def __init__(self, access: Access, presence: Presence, limit: int) -> None:
        self._access = access
        self._presence = presence
        self._limit = limit

    async def find(self, person: Person, query: RoomQuery) -> list[RoomSummary]:
        """Return the rooms that `person` may see and that match, by name.

        Hidden rooms take no place among those that are found: not even their number shows, nor do they take time.

        Raises:
            ParlourError: ChatNotEnabled.
        """
        self._access.check_enabled(person)
        if len(query.text) > MAX_NAME:
            return []  # nothing contains it
        limit = self._limit if query.limit is None else max(0, min(query.limit, self._limit))
        return self._summaries(await self._access.found(person, _wanted(query), limit))

    async def readable(self, person: Person, count: int) -> list[Room]:
        """Return the first `count` rooms, by name, that `person` may read. Raises ChatNotEnabled."""
        self._access.check_enabled(person)
        seen = await self._access.found(person, RoomsWanted((), every=True, in_description=False), self._limit)
        return (await self._access.allowed(person, seen, Act.READ))[:count]

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


def _wanted(query: RoomQuery) -> RoomsWanted:
    words = (query.text,) if query.match is Match.PHRASE else tuple(dict.fromkeys(query.text.split()))
    return RoomsWanted(words, every=query.match is not Match.ANY, in_description=query.in_description)
