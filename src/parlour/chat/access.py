"""Who may do what where: finds rooms, people's standing in them, and asks the pure rules."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from parlour.addresses import RoomUri
from parlour.chat import rights
from parlour.chat.model import Category, Person, Room
from parlour.chat.ports import Directory, RoomStore, RoomsWanted
from parlour.chat.principals import RoomRole, Standing, standing_of
from parlour.chat.rights import Act, Decision
from parlour.chat.scoped import Policies
from parlour.errors import ROOM_NOT_FOUND, ParlourError

T = TypeVar("T")


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
        revision = -1
        while revision != self.revision:  # what changed while we waited may have changed the answer
            revision = self.revision
            room, standing = await self.find(person, uri)
        rights.decide(act, room, standing).enforce(room)
        return room, standing

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

    async def find(self, person: Person, uri: RoomUri) -> tuple[Room, Standing]:
        """Return a room and what `person` is to it; whether he may see it is not decided yet.

        Whoever is not enabled is told so of every room: he could tell hidden ones from absent ones otherwise.

        Raises:
            ParlourError: ChatNotEnabled, ChatRoomNotFound.
        """
        room = await self._rooms.at(uri)
        self.check_enabled(person)
        if room is None:
            await self._look_in_vain(person)
            raise ParlourError(ROOM_NOT_FOUND, str(uri), identity=uri)
        return room, await self.standing(person, room)

    async def _look_in_vain(self, person: Person) -> None:
        """Take as long as for a room that is there: hidden ones must not be told from absent ones by the clock."""
        affiliations = await self._directory.affiliations(person)
        await self._rooms.entries([], affiliations.keys())

    async def principals_of(self, person: Person) -> Collection[int]:
        """Return the numbers of all that stands for a person in lists: himself, his groups, containers and domain."""
        return (await self._directory.affiliations(person)).keys()

    async def standing(self, person: Person, room: Room) -> Standing:
        """Return what `person` is to `room`."""
        return (await self._standings(person, [room]))[room.id]

    async def _standings(self, person: Person, rooms: Sequence[Room]) -> dict[int, Standing]:
        affiliations = await self._directory.affiliations(person)
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
        return {person.id: standing_of(affiliations[person.id], entries, self._barred_by(person)) for person in people}

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
        affiliations = await self._directory.affiliations(person)
        return await self.allowed(
            person, await self._rooms.search(wanted, affiliations.keys(), count), Act.SEE)

    async def listed(self, person: Person, role: RoomRole, act: Act) -> list[Room]:
        """Return the rooms whose list `role` has `person` in it, in any way, and where he may do `act`, by name."""
        affiliations = await self._directory.affiliations(person)
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
        affiliations = await self._directory.affiliations(person)
        entries = await self._rooms.category_entries([category.id for category in categories], affiliations.keys())
        barred_by = self._barred_by(person)
        return {number: standing_of(affiliations, entries[number], barred_by) for number in entries}

    async def explain(self, person: Person, room: Room) -> dict[Act, Decision]:
        """Explain what `person` may do in `room`, and why: the very decisions that refuse or allow it."""
        standing = await self.standing(person, room)
        return {act: rights.decide(act, room, standing) for act in Act}
