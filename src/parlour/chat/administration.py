"""Making and changing rooms and categories: one place for every surface."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from parlour.chat.invitations import Invitations
from parlour.chat.model import (
    Category,
    CategoryChange,
    Content,
    Message,
    NewCategory,
    NewRoom,
    Person,
    Room,
    RoomChange,
    RoomType,
)
from parlour.chat.names import Covers, all_pools, checked_name, checked_text, name_key, split_identity, the_only
from parlour.chat.ports import Directory, RoomLists, RoomStore
from parlour.chat.principals import Affiliations, CategoryRole, Principal, RoomRole
from parlour.chat.search import MessageQuery, MessageSearch
from parlour.chat.service import Chat
from parlour.errors import (
    CATEGORY_NOT_FOUND,
    CREATORS_NOT_IN_SCOPE,
    PRESENTERS_NOT_MEMBERS,
    PRESENTERS_NOT_NEEDED,
    PRINCIPALS_NOT_IN_SCOPE,
    ROOM_NOT_FOUND,
    ParlourError,
)

RoomPeople = dict[RoomRole, list[Principal]]
Scope = Mapping[CategoryRole, Sequence[Principal]]
_PAGE = 500  # rooms read at once
_NOBODY: RoomPeople = {role: [] for role in RoomRole}


class ChatAdministration:
    """What administrators do with rooms and categories.

    Whoever changes a list by what is in it holds `editing` from reading to writing, so that nobody's change is lost.

    Args:
        chat: told of what changes for people who are in rooms.
        rooms: where rooms are kept.
        directory: who is who.
        invitations: tell new members.
        search: finds messages.
        new_guid: makes the GUIDs of rooms and categories.
    """

    def __init__(
        self, chat: Chat, rooms: RoomStore, directory: Directory, invitations: Invitations, search: MessageSearch,
        new_guid: Callable[[], str],
    ) -> None:
        self._chat = chat
        self._rooms = rooms
        self._directory = directory
        self._invitations = invitations
        self._search = search
        self.editing = asyncio.Lock()
        self._new_guid = new_guid

    # -- rooms

    async def all_rooms(self) -> list[Room]:
        """Return every room, by pool and name."""
        return await self._rooms.all()

    async def rooms_with_people(self, wanted: Callable[[Room], bool]) -> AsyncGenerator[tuple[Room, RoomPeople], None]:
        """Give every room that is wanted, and who stands in its lists, by pool and name.

        They are read page by page: a room that gets another name meanwhile may be missed, or come twice.
        """
        last: Room | None = None
        while page := await self._rooms.page(last, _PAGE):
            last = page[-1]
            chosen = [room for room in page if wanted(room)]
            people = await self._rooms.lists_of(chosen)
            for room in chosen:
                yield room, people[room.id]

    async def room_named(self, identity: str, covers: Covers = all_pools) -> Room:
        """Find the room that is called so: pool, backslash and name or, where that is clear, its name.

        Args:
            identity: the name.
            covers: which pools count.

        Raises:
            ParlourError: ChatRoomNotFound, NameNeedsPool.
        """
        pool, name = split_identity(identity)
        found = [room for room in await self._rooms.named(name, pool) if covers(room.pool)]
        return the_only(found, identity, ROOM_NOT_FOUND)

    async def create_room(
        self, new: NewRoom, lists: Mapping[RoomRole, Sequence[str]] | None = None, *, trial: bool = False
    ) -> Room:
        """Create a room, with whoever shall stand in its lists. A trial only shows what would come of it.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatRoomExists, ChatCategoryNotFound, NameNeedsPool,
                PrincipalNotProvisioned, PrincipalsNotInScope, PresenterNotInMemberList, PresentersOnNormalRoom.
        """
        checked_name(new.name)
        checked_text(new.description, "description")
        people = _NOBODY | {role: await self._directory.resolve(names) for role, names in (lists or {}).items()}
        await self._check_new(new, people)
        room = await self._rooms.create(new, new.guid or self._new_guid(), _numbers(people), trial=trial)
        if not trial:
            await self._invitations.grant(room, (), people[RoomRole.MEMBER])
        return room

    async def _check_new(self, new: NewRoom, people: RoomPeople) -> None:
        if not any(people.values()):
            return
        _check_presenters(new.name, new.type, people)
        category = await self.category_named(new.category, new.pool)
        listed = {one.id: one for principals in people.values() for one in principals}
        outside = await self._outside(await self._rooms.category_lists(category), listed.values())
        if outside:
            raise ParlourError(PRINCIPALS_NOT_IN_SCOPE, new.name, names=_names(outside))

    async def remove_room(self, room: Room) -> None:
        """Delete a room with its messages; whoever has it open leaves it."""
        self._chat.room_closed(room)
        await self._chat.erase(room)
        await self._rooms.remove(room.id)
        self._chat.room_closed(room)  # for whoever came in meanwhile

    async def purge_room(self, room: Room, until: datetime) -> None:
        """Delete every message of that moment and before for good."""
        await self._chat.purge(room, until)

    async def correct_message(self, room: Room, number: int, content: Content | None) -> None:
        """Replace a message, or remove it; everyone sees that, and the archive keeps what it said.

        Raises:
            ParlourError: MessageNotFound.
        """
        await self._chat.correct(room, number, content, by_administrator=True)

    async def find_messages(self, room: Room, query: MessageQuery) -> AsyncIterator[Message]:
        """Find messages of a room, whoever may read it.

        Raises:
            ParlourError: what `MessageSearch.search` raises of a query.
        """
        more = True
        while more:
            result = await self._search.search_in([room], query)
            for _, message in result.hits:
                yield message
            query = replace(query, after=result.next)
            more = result.more

    async def room_people(self, room: Room) -> RoomPeople:
        """Return who stands in the lists of a room."""
        return await self._rooms.lists(room)

    async def change_room(self, room: Room, change: RoomChange) -> tuple[Room, list[Principal]]:
        """Change a room, and what it means for the people in it at once.

        Returns:
            The room as it is now, and whom `change.force` took out of its lists.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatRoomExists, ChatCategoryNotFound, PrincipalNotProvisioned,
                PrincipalsNotInScope, PresenterNotInMemberList, PresentersOnNormalRoom.
        """
        _check_texts(change.name, change.description, "room name")
        category = None if change.category is None else await self._target(room, change.category)
        before = await self._rooms.lists(room)
        people, dropped = await self._people_after(room, change, category, before)
        _check_presenters(change.name or room.name, change.type or room.type, people)
        changed = await self._rooms.change(room, change, category, _numbers(
            {role: listed for role, listed in people.items() if listed != before[role]}))
        if changed.disabled:
            self._chat.room_closed(changed)
        else:
            await self._chat.rights_changed([room.id])
        if RoomRole.MEMBER in change.lists:
            await self._invitations.grant(changed, before[RoomRole.MEMBER], people[RoomRole.MEMBER])
        return changed, dropped

    async def try_room(self, room: Room, change: RoomChange) -> None:
        """Look for what would keep a change of a room from being made; who stands outside its wall is not looked at.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatRoomExists, ChatCategoryNotFound, PrincipalNotProvisioned.
        """
        _check_texts(change.name, change.description, "room name")
        category = None if change.category is None else await self._target(room, change.category)
        await self._directory.check([name for names in change.lists.values() for name in names])
        await self._rooms.change(room, change, category, {}, trial=True)

    async def _target(self, room: Room, identity: str) -> Category:
        """Find the category that a room moves to; rooms never leave their pool (reference/product.md section 9.4)."""
        category = await self.category_named(identity, room.pool)
        if category.pool != room.pool:
            raise ParlourError(CATEGORY_NOT_FOUND, identity, identity=identity)
        return category

    async def _people_after(
        self, room: Room, change: RoomChange, category: Category | None, before: RoomPeople
    ) -> tuple[RoomPeople, list[Principal]]:
        """Return the lists as they will be, without those the category does not allow if that is wanted.

        Who is new is checked, and everybody when the room moves (reference/product.md section 3). Others who are
        outside by now may stay in the lists: behind the wall, that gives them nothing.
        """
        people = before | {role: await self._directory.resolve(names) for role, names in change.lists.items()}
        new = {one.id: one for role, listed in people.items() for one in listed
               if category or one.id not in {known.id for known in before[role]}}
        scope = await self._scope_of(room.category_id if category is None else category.id)
        outside = await self._outside(scope, new.values())
        if outside and not change.force:
            raise ParlourError(PRINCIPALS_NOT_IN_SCOPE, room.identity, names=_names(outside))
        gone = {principal.id for principal in outside}
        kept = {role: [one for one in listed if one.id not in gone] for role, listed in people.items()}
        return kept, outside

    # -- categories

    async def all_categories(self) -> list[Category]:
        """Return every category, by pool and name."""
        return await self._rooms.categories()

    async def category_named(self, identity: str, pool: str | None = None, covers: Covers = all_pools) -> Category:
        """Find the category that is called so: pool, backslash and name or, where that is clear, its name.

        Args:
            identity: the name.
            pool: the pool, if the name has none.
            covers: which pools count.

        Raises:
            ParlourError: ChatCategoryNotFound, NameNeedsPool.
        """
        given, name = split_identity(identity)
        wanted = (given or pool or "").lower()
        found = [category for category in await self._rooms.categories()
                 if covers(category.pool) and name_key(category.name) == name_key(name)
                 and (not wanted or category.pool == wanted)]
        return the_only(found, identity, CATEGORY_NOT_FOUND)

    async def category_people(self, category: Category) -> dict[CategoryRole, list[Principal]]:
        """Return who stands in the lists of a category."""
        return await self._rooms.category_lists(category)

    async def people_allowed(self, category: Category) -> list[Person]:
        """Return everybody inside the wall of a category, by address."""
        lists = await self._rooms.category_lists(category)
        denied = {person.id for person in await self._directory.people_of(lists[CategoryRole.DENIED])}
        allowed = await self._directory.people_of(lists[CategoryRole.ALLOWED])
        return sorted((person for person in allowed if person.id not in denied), key=_by_address)

    async def people_presentable(self, room: Room) -> list[Person]:
        """Return everybody who may become a presenter of an Auditorium, by address.

        Raises:
            ParlourError: PresentersOnNormalRoom.
        """
        if room.type is RoomType.NORMAL:
            raise ParlourError(PRESENTERS_NOT_NEEDED, room.identity, room=room.name)
        inside = await self.people_allowed(await self.category_named(room.category, room.pool))
        lists = await self._rooms.lists(room)
        members = {person.id for person in await self._directory.people_of(lists[RoomRole.MEMBER])}
        return [person for person in inside if person.id in members]

    async def create_category(self, new: NewCategory, *, trial: bool = False) -> Category:
        """Create a category; it allows nobody until somebody is put into its AllowedMembers.

        A trial only shows what would come of it.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatCategoryExists, PoolUnknown, NameNeedsPool.
        """
        checked_name(new.name, "category name")
        checked_text(new.description, "description")
        return await self._rooms.create_category(new, self._new_guid(), trial=trial)

    async def change_category(self, category: Category, change: CategoryChange) -> Category:
        """Change a category; whoever is in one of its rooms and is not allowed any more leaves at once.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatCategoryExists, PrincipalNotProvisioned, CreatorsNotInScope.
        """
        _check_texts(change.name, change.description, "category name")
        people = await self._rooms.category_lists(category)
        for role, names in change.lists.items():
            people[role] = await self._directory.resolve(names)
        outside = await self._outside(people, people[CategoryRole.CREATOR])
        if outside:
            raise ParlourError(CREATORS_NOT_IN_SCOPE, category.identity, names=_names(outside))
        lists = {role: [principal.id for principal in people[role]] for role in change.lists}
        changed = await self._rooms.change_category(category, change, lists)
        rooms = [room for room in await self._rooms.all() if room.category_id == category.id]
        await self._chat.rights_changed({room.id for room in rooms})
        return changed

    async def try_category(self, category: Category, change: CategoryChange) -> None:
        """Look for what would keep a change of a category from being made; creators outside its wall are not found.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatCategoryExists, PrincipalNotProvisioned.
        """
        _check_texts(change.name, change.description, "category name")
        await self._directory.check([name for names in change.lists.values() for name in names])
        await self._rooms.change_category(category, change, {}, trial=True)

    async def remove_category(self, category: Category) -> None:
        """Delete an empty category.

        Raises:
            ParlourError: ChatCategoryNotEmpty.
        """
        await self._rooms.remove_category(category)

    async def _scope_of(self, category_id: int) -> Scope:
        categories = {category.id: category for category in await self._rooms.categories()}
        return await self._rooms.category_lists(categories[category_id])

    async def _outside(self, scope: Scope, entries: Iterable[Principal]) -> list[Principal]:
        """Return which of these stand outside the wall: not allowed in any way, or denied in one."""
        listed = list(entries)
        closures = await self._directory.closures(listed)
        return [one for one in listed if not _is_inside(scope, closures[one.id])]


def _is_inside(scope: Scope, closure: Affiliations) -> bool:
    allowed = any(principal.id in closure for principal in scope[CategoryRole.ALLOWED])
    return allowed and not any(principal.id in closure for principal in scope[CategoryRole.DENIED])


def _check_texts(name: str | None, description: str | None, what: str) -> None:
    if name is not None:
        checked_name(name, what)
    if description is not None:
        checked_text(description, "description")


def _by_address(person: Person) -> str:
    return person.address.key


def _numbers(people: Mapping[RoomRole, Sequence[Principal]]) -> RoomLists:
    return {role: [principal.id for principal in listed] for role, listed in people.items()}


def _names(principals: Sequence[Principal]) -> str:
    return ", ".join(principal.name for principal in principals)


def _check_presenters(room: str, kind: RoomType, people: RoomPeople) -> None:
    """Presenters are members, and only an Auditorium has them (reference/cmdlets.md section 2.2)."""
    presenters = people[RoomRole.PRESENTER]
    if presenters and kind is RoomType.NORMAL:
        raise ParlourError(PRESENTERS_NOT_NEEDED, room, room=room)
    members = {principal.id for principal in people[RoomRole.MEMBER]}
    strangers = [principal for principal in presenters if principal.id not in members]
    if strangers:
        raise ParlourError(PRESENTERS_NOT_MEMBERS, room, names=_names(strangers))
