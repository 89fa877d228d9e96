"""Making and changing rooms without being an administrator: creators make them, managers change them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from parlour.addresses import RoomUri
from parlour.chat.access import Access
from parlour.chat.administration import ChatAdministration, RoomPeople
from parlour.chat.model import Category, NewRoom, Person, Privacy, Room, RoomChange
from parlour.chat.principals import RoomRole
from parlour.chat.rights import Act
from parlour.errors import ONLY_ADMINISTRATORS_ENABLE, ParlourError


class Management:
    """What creators and managers may do (reference/product.md section 3).

    Args:
        access: who may do what.
        administration: does it.
    """

    def __init__(self, access: Access, administration: ChatAdministration) -> None:
        self._access = access
        self._administration = administration

    async def categories(self, person: Person) -> list[Category]:
        """Return the categories in which `person` may make rooms, by pool and name."""
        return await self._access.creatable(person, await self._administration.all_categories())

    async def create(
        self, person: Person, new: NewRoom, lists: Mapping[RoomRole, Sequence[str]] | None = None
    ) -> Room:
        """Make a room in a category whose creators `person` is among; he becomes its manager, and a member.

        Args:
            person: who makes it.
            new: what it is like.
            lists: who shall stand in its lists, by SIP address or distinguished name, besides him.

        Raises:
            ParlourError: NotACreator, ChatCategoryNotFound also for one that he has no part in, and everything that
                `ChatAdministration.create_room` raises.
        """
        category = await self._administration.category_named(new.category, new.pool)
        await self._access.check_creator(person, category, new.category)
        own = str(person.address)
        given = dict(lists or {})
        given[RoomRole.MANAGER] = [*given.get(RoomRole.MANAGER, ()), own]
        if new.privacy is not Privacy.OPEN:
            given[RoomRole.MEMBER] = [*given.get(RoomRole.MEMBER, ()), own]
        return await self._administration.create_room(
            replace(new, category=category.identity, pool=category.pool, disabled=False), given)

    async def lists(self, person: Person, uri: RoomUri) -> RoomPeople:
        """Return who stands in the lists of a room that `person` manages.

        Raises:
            ParlourError: NotAManager, ChatRoomNotFound.
        """
        return await self._administration.room_people(await self._access.room(person, uri, Act.MANAGE))

    async def change(self, person: Person, uri: RoomUri, change: RoomChange) -> Room:
        """Change a room that `person` manages.

        He may switch it off, but not on again; and move it only to a category whose creators he is among.

        Raises:
            ParlourError: NotAManager, NotACreator, OnlyAdministratorsEnable, and everything that
                `ChatAdministration.change_room` raises.
        """
        async with self._administration.editing:  # whoever takes him out of the managers is before or after all of it
            return await self._change(person, uri, change)

    async def _change(self, person: Person, uri: RoomUri, change: RoomChange) -> Room:
        room = await self._access.room(person, uri, Act.MANAGE)
        if room.disabled and change.disabled is False:
            raise ParlourError(ONLY_ADMINISTRATORS_ENABLE, room.identity, room=room.name)
        if change.category is not None:
            target = await self._administration.category_named(change.category, room.pool)
            await self._access.check_creator(person, target, change.category)
        changed, _ = await self._administration.change_room(room, replace(change, force=False))
        return changed


