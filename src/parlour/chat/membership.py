"""Coming into a Closed room and leaving it, without an administrator: somebody asks, a manager answers."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from parlour.addresses import RoomUri, SipAddress
from parlour.chat import rights
from parlour.chat.access import Access
from parlour.chat.events import JoinRequested
from parlour.chat.invitations import Invitations
from parlour.chat.model import Person, Privacy, Room
from parlour.chat.names import checked_text
from parlour.chat.ports import Bus, Directory, RequestStore, RoomStore
from parlour.chat.principals import RoomRole, standing_of
from parlour.chat.rights import Act
from parlour.chat.service import Chat
from parlour.clock import Clock
from parlour.errors import (
    MEMBER_THROUGH_GROUP,
    NOT_A_MEMBER,
    REQUEST_NOT_FOUND,
    REQUEST_NOT_NEEDED,
    ParlourError,
)


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Somebody asks to become a member."""

    person: Person
    note: str
    asked_at: datetime


class Membership:
    """Requests to join, their answers, and leaving for good.

    Args:
        access: who may do what.
        rooms: where rooms and their lists are kept.
        store: where requests are kept.
        directory: who is who.
        chat: told when somebody's rights change.
        invitations: tell somebody that he is in.
        bus: tells managers.
        clock: gives requests their time.
        editing: held by whoever changes lists; see `ChatAdministration`.
    """

    def __init__(
        self, *, access: Access, rooms: RoomStore, store: RequestStore, directory: Directory, chat: Chat,
        invitations: Invitations, bus: Bus, clock: Clock, editing: asyncio.Lock,
    ) -> None:
        self._access = access
        self._rooms = rooms
        self._store = store
        self._directory = directory
        self._chat = chat
        self._invitations = invitations
        self._bus = bus
        self._clock = clock
        self._editing = editing

    async def ask(self, person: Person, uri: RoomUri, note: str = "") -> None:
        """Ask to become a member of a room that one sees; asking again replaces the note.

        Raises:
            ParlourError: RequestNotNeeded, ChatRoomNotFound, or another refusal by rights.
        """
        checked_text(note, "note")
        room, standing = await self._access.standing_for(person, uri, Act.SEE)
        if room.privacy is Privacy.OPEN or standing.member is not None:
            raise ParlourError(REQUEST_NOT_NEEDED, str(uri), room=room.name)
        await self._store.ask(room.id, person.id, note, self._clock.now())
        managers = await self._directory.people_of((await self._rooms.lists(room))[RoomRole.MANAGER])
        self._bus.publish(JoinRequested(room, person, note, frozenset(one.id for one in managers)))

    async def has_asked(self, person: Person, room: Room) -> bool:
        """Say whether somebody waits for the answer to his request."""
        return any(row.person.id == person.id for row in await self._store.requests([room.id]))

    async def withdraw(self, person: Person, uri: RoomUri) -> None:
        """Take one's own request back.

        Raises:
            ParlourError: RequestNotFound, ChatRoomNotFound, or another refusal by rights.
        """
        room = await self._access.room(person, uri, Act.SEE)
        await self._take(room, person)

    async def requests(self, manager: Person, uri: RoomUri) -> list[JoinRequest]:
        """Return who asks to join a room, the longest waiting first.

        Raises:
            ParlourError: NotAManager, or ChatRoomNotFound.
        """
        room = await self._access.room(manager, uri, Act.MANAGE)
        return [JoinRequest(row.person, row.note, row.asked_at) for row in await self._store.requests([room.id])]

    async def all_requests(self, manager: Person) -> list[tuple[Room, JoinRequest]]:
        """Return who asks to join any of the rooms that `manager` manages, the longest waiting first."""
        rooms = {room.id: room for room in await self._access.listed(manager, RoomRole.MANAGER, Act.MANAGE)}
        return [(rooms[row.room_id], JoinRequest(row.person, row.note, row.asked_at))
                for row in await self._store.requests(rooms.keys())]

    async def approve(self, manager: Person, uri: RoomUri, asker: SipAddress) -> None:
        """Make somebody who asked a member.

        Raises:
            ParlourError: RequestNotFound, PrincipalsNotInScope if the category does not allow him any more,
                NotAManager, or ChatRoomNotFound.
        """
        async with self._editing:  # whoever takes him out of the managers is before or after all of it
            room, person = await self._asked(manager, uri, asker)
            standing = await self._access.standing(person, room)
            rights.enforce_scope(room, person, standing)
            members = await self._directory.resolve([str(person.address)])
            await self._take(room, person)  # first, so that only one of several answers counts
            await self._rooms.add_entry(room, RoomRole.MEMBER, members[0].id)
        await self._chat.rights_changed([room.id])
        if standing.member is None:
            await self._invitations.grant(room, (), members)

    async def deny(self, manager: Person, uri: RoomUri, asker: SipAddress) -> None:
        """Refuse somebody who asked; he may ask again.

        Raises:
            ParlourError: RequestNotFound, NotAManager, or ChatRoomNotFound.
        """
        async with self._editing:
            await self._take(*await self._asked(manager, uri, asker))

    async def leave(self, person: Person, uri: RoomUri) -> None:
        """Stop being a member, and a presenter; whoever is one through a group has to leave that instead.

        Raises:
            ParlourError: NotAMember, MemberThroughGroup, or ChatRoomNotFound.
        """
        async with self._editing:
            room, standing = await self._access.standing_for(person, uri, Act.SEE)
            if standing.member is None:
                raise ParlourError(NOT_A_MEMBER, str(uri), room=room.name)
            await self._refuse_other_ways(person, room)
            own = await self._directory.resolve([str(person.address)])
            await self._rooms.remove_entries(room, (RoomRole.MEMBER, RoomRole.PRESENTER), own[0].id)
        await self._chat.rights_changed([room.id])

    async def _refuse_other_ways(self, person: Person, room: Room) -> None:
        affiliations = await self._access.affiliations(person)
        others = {principal: way for principal, way in affiliations.items() if len(way) > 1}
        way = standing_of(others, (await self._rooms.entries([room], others.keys()))[room.id]).member
        if way is not None:
            raise ParlourError(MEMBER_THROUGH_GROUP, str(room.uri), room=room.name, way=" in ".join(way))

    async def _asked(self, manager: Person, uri: RoomUri, asker: SipAddress) -> tuple[Room, Person]:
        room = await self._access.room(manager, uri, Act.MANAGE)
        for row in await self._store.requests([room.id]):
            if row.person.address.key == asker.key:
                return room, row.person
        raise ParlourError(REQUEST_NOT_FOUND, str(asker), room=room.name)

    async def _take(self, room: Room, person: Person) -> None:
        if not await self._store.withdraw(room.id, person.id):
            raise ParlourError(REQUEST_NOT_FOUND, str(person.address), room=room.name)
