"""Who may do what where: finds rooms, people's standing in them, and asks the pure rules."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from parlour.addresses import RoomUri
from parlour.chat import rights
from parlour.chat.memory import Memory
from parlour.chat.model import Category, Person, Room
from parlour.chat.ports import Directory, ListsOf, RoomStore, RoomsWanted
from parlour.chat.principals import Affiliations, CategoryRole, Entries, RoomRole, Standing, standing_of
from parlour.chat.rights import Act, Decision
from parlour.chat.scoped import Policies
from parlour.errors import ROOM_NOT_FOUND, ParlourError

T = TypeVar("T")

_PEOPLE_KEPT = 20_000  # whose affiliations are kept
_ROOMS_KEPT = 20_000
_ENTRIES_KEPT = 500_000  # of lists of rooms and categories, in all
_LONGEST = 50_000  # entries; longer lists are not kept, but asked for one person each


class Access:
    """The one way to a room for whoever is not an administrator.

    Args:
        rooms: where rooms are kept.
        directory: who is who.
        policies: who may use Persistent Chat at all.

    Attributes:
        revision: goes up with each change of rights: what was decided before may be different now.
    """

    def __init__(self, rooms: RoomStore, directory: Directory, policies: Policies) -> None:
        self._rooms = rooms
        self._directory = directory
        self._policies = policies
        self._known_rooms = Memory(rooms.at_all, lambda: rooms.revision, _ROOMS_KEPT)
        self._known_people = Memory(directory.affiliations_of, lambda: directory.revision, _PEOPLE_KEPT)
        self._known_lists = Memory(
            lambda lists: rooms.whole_entries(lists, _LONGEST), lambda: rooms.revision, _ENTRIES_KEPT, _weight)
        self.revision = 0

    def check_enabled(self, person: Person) -> None:
        """Make sure that `person` may use Persistent Chat at all; costs no input or output.

        Raises:
            ParlourError: ChatNotEnabled.
        """
        self._policies.check(person)

    async def room(self, person: Person, uri: RoomUri, act: Act) -> Room:
        """Return the room if `person` may do `act` there.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        return (await self.standing_for(person, uri, act))[0]

    async def standing_for(self, person: Person, uri: RoomUri, act: Act) -> tuple[Room, Standing]:
        """Return the same with what `person` is to the room.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        while True:
            revision = self.revision
            found = self._remembered(person, uri)
            if found is None or not rights.decide(act, *found).allowed:
                found = await self.find(person, uri)
            if revision == self.revision:  # what changed while we waited may have changed the answer
                rights.decide(act, *found).enforce(found[0])
                return found

    async def rooms(self, person: Person, uris: Sequence[RoomUri], act: Act) -> list[Room]:
        """Return all of these rooms if `person` may do `act` in each; it takes no more hops than for one.

        Raises:
            ParlourError: of the first that he may not, what `room` raises.
        """
        known = await self._rooms.at_all(uris)
        self.check_enabled(person)
        standings = await self._standings(person, list(known.values()))
        for uri in uris:
            if uri not in known:
                raise ParlourError(ROOM_NOT_FOUND, str(uri), identity=uri)
            rights.decide(act, known[uri], standings[known[uri].id]).enforce(known[uri])
        return [known[uri] for uri in uris]

    async def read(self, person: Person, uri: RoomUri, read: Callable[[Room], Awaitable[T]]) -> T:
        """Return what `read` returns of a room that `person` may read; he may still do so when it is returned.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        while True:
            revision = self.revision
            found = await read(await self.room(person, uri, Act.READ))
            if revision == self.revision:
                return found

    def _remembered(self, person: Person, uri: RoomUri) -> tuple[Room, Standing] | None:
        """Return what `find` would, if all of it is kept in memory.

        Nobody is refused because of what this returns: hidden rooms must not be told from absent ones by the clock.
        """
        room, affiliations = self._known_rooms.known(uri), self._known_people.known(person)
        if room is None or affiliations is None:
            return None
        entries = _joined([self._known_lists.known(lists) for lists in _lists_of(room)])
        return None if entries is None else (room, standing_of(affiliations, entries, self._barred_by(person)))

    async def find(self, person: Person, uri: RoomUri) -> tuple[Room, Standing]:
        """Look up a room and what `person` is to it; whether he may see it is not decided yet.

        Whoever is not enabled is told so of every room: he could tell hidden ones from absent ones otherwise.

        Raises:
            ParlourError: ChatNotEnabled, ChatRoomNotFound.
        """
        room = await self._known_rooms.read(uri)
        self.check_enabled(person)
        if room is None:
            await self._looked_up(person, _NOWHERE)  # absent rooms take as long as hidden ones
            raise ParlourError(ROOM_NOT_FOUND, str(uri), identity=uri)
        affiliations, entries = await self._looked_up(person, _lists_of(room))
        if entries is None:
            entries = (await self._rooms.entries([room], affiliations.keys()))[room.id]
        return room, standing_of(affiliations, entries, self._barred_by(person))

    async def _looked_up(self, person: Person, lists: Sequence[ListsOf]) -> tuple[Affiliations, Entries | None]:
        """Look up what somebody is, and who stands in these lists; None if that is too much to know."""
        readings = [self._known_lists.read(one) for one in lists]
        affiliations = await self._known_people.read(person)
        return affiliations or {}, _joined([await reading for reading in readings])

    async def affiliations(self, person: Person) -> Affiliations:
        """Return every principal that `person` is, with the way there."""
        return await self._known_people.get(person) or {}

    async def principals_of(self, person: Person) -> Collection[int]:
        """Return the numbers of all that stands for a person in lists: himself, his groups, containers and domain."""
        return (await self.affiliations(person)).keys()

    async def standing(self, person: Person, room: Room) -> Standing:
        """Return what `person` is to `room`."""
        return (await self._standings(person, [room]))[room.id]

    async def _standings(self, person: Person, rooms: Sequence[Room]) -> dict[int, Standing]:
        affiliations = await self.affiliations(person)
        entries = await self._rooms.entries(rooms, affiliations.keys())
        barred_by = self._barred_by(person)
        return {room.id: standing_of(affiliations, entries[room.id], barred_by) for room in rooms}

    def _barred_by(self, person: Person) -> str | None:
        policy = self._policies.of(person)
        return None if policy.enabled else policy.identity.shown

    async def standings(self, people: Sequence[Person], room: Room) -> dict[int, Standing]:
        """Return what each of these people is to `room`, by his number."""
        affiliations = await self._directory.affiliations_of(people)
        among = set().union(*affiliations.values())
        entries = (await self._rooms.entries([room], among))[room.id]
        return {person.id: standing_of(affiliations[person], entries, self._barred_by(person)) for person in people}

    async def renewed(self, room: Room) -> Room | None:
        """Return a room as it is now; None if it is no more."""
        found = await self._rooms.numbered([room.id])
        return found[0] if found else None

    async def allowed(self, person: Person, rooms: Sequence[Room], act: Act) -> list[Room]:
        """Return those of `rooms` where `person` may do `act`, in their order; it takes no less time for none."""
        standings = await self._standings(person, rooms)
        return [room for room in rooms if rights.decide(act, room, standings[room.id]).allowed]

    async def found(self, person: Person, wanted: RoomsWanted, count: int) -> list[Room]:
        """Return the first `count` rooms, by name, that are as wanted and that `person` may see."""
        affiliations = await self.affiliations(person)
        return await self.allowed(
            person, await self._rooms.search(wanted, affiliations.keys(), count), Act.SEE)

    async def listed(self, person: Person, role: RoomRole, act: Act) -> list[Room]:
        """Return the rooms whose list `role` has `person` in it, in any way, and where he may do `act`, by name."""
        affiliations = await self.affiliations(person)
        return await self.allowed(person, await self._rooms.listing(role, affiliations.keys()), act)

    async def check_creator(self, person: Person, category: Category, typed: str) -> None:
        """Make sure that `person` may make rooms in `category`, which he called what he `typed`.

        Raises:
            ParlourError: NotACreator; ChatCategoryNotFound if he is outside its wall; ChatNotEnabled.
        """
        standing = (await self._creators(person, [category]))[category.id]
        rights.decide_creation(standing).enforce_category(category, typed)

    async def creatable(self, person: Person, categories: Sequence[Category]) -> list[Category]:
        """Return those of `categories` in which `person` may make rooms, in their order."""
        standings = await self._creators(person, categories)
        return [category for category in categories if rights.decide_creation(standings[category.id]).allowed]

    async def _creators(self, person: Person, categories: Sequence[Category]) -> dict[int, Standing]:
        affiliations = await self.affiliations(person)
        entries = await self._rooms.category_entries([category.id for category in categories], affiliations.keys())
        barred_by = self._barred_by(person)
        return {number: standing_of(affiliations, entries[number], barred_by) for number in entries}

    async def explain(self, person: Person, room: Room) -> dict[Act, Decision]:
        """Explain what `person` may do in `room`, and why: the very decisions that refuse or allow it."""
        standing = await self.standing(person, room)
        return {act: rights.decide(act, room, standing) for act in Act}


_NOWHERE: tuple[ListsOf, ListsOf] = ((CategoryRole, 0), (RoomRole, 0))  # where nobody stands


def _lists_of(room: Room) -> tuple[ListsOf, ListsOf]:
    return (CategoryRole, room.category_id), (RoomRole, room.id)


def _joined(lists: Sequence[Entries | None]) -> Entries | None:
    """Return the entries of all these lists; None if any is not known."""
    joined: dict[CategoryRole | RoomRole, frozenset[int]] = {}
    for entries in lists:
        if entries is None:
            return None
        joined |= entries
    return joined


def _weight(entries: Entries) -> int:
    return 1 + sum(map(len, entries.values()))
