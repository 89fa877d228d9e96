"""Messages that are pinned to their room, so that everybody finds them."""

from parlour.addresses import RoomUri
from parlour.chat.access import Access
from parlour.chat.events import MessagePinned
from parlour.chat.model import Message, Person, Room
from parlour.chat.ports import Bus, MessageLog, PinStore
from parlour.chat.rights import Act
from parlour.clock import Clock
from parlour.errors import MESSAGE_NOT_FOUND, ParlourError

MAX_PINS = 100  # in one room


class Pins:
    """Pinning, for whoever may post in a room.

    Args:
        access: who may.
        log: where messages are kept.
        store: where pins are kept.
        bus: tells everybody in the room.
        clock: tells when.
    """

    def __init__(self, access: Access, log: MessageLog, store: PinStore, bus: Bus, clock: Clock) -> None:
        self._access = access
        self._log = log
        self._store = store
        self._bus = bus
        self._clock = clock

    async def pin(self, person: Person, uri: RoomUri, number: int) -> None:
        """Pin a message; a pinned one stays so.

        Raises:
            ParlourError: MessageNotFound, PinsTooMany, ChatRoomNotFound, or another refusal by rights.
        """
        room = await self._access.room(person, uri, Act.POST)
        if not room.chat_history:
            raise ParlourError(MESSAGE_NOT_FOUND, number, number=number)
        if await self._store.pin(room.id, number, person.id, self._clock.now(), MAX_PINS):
            self._bus.publish(MessagePinned(room.id, number, person, pinned=True))

    async def unpin(self, person: Person, uri: RoomUri, number: int) -> None:
        """Take a pin away, whoever set it.

        Raises:
            ParlourError: MessageNotFound if it is not pinned, ChatRoomNotFound, or another refusal by rights.
        """
        room = await self._access.room(person, uri, Act.POST)
        if not await self._store.unpin(room.id, number):
            raise ParlourError(MESSAGE_NOT_FOUND, number, number=number)
        self._bus.publish(MessagePinned(room.id, number, person, pinned=False))

    async def pinned(self, person: Person, uri: RoomUri) -> list[Message]:
        """Return the pinned messages of a room, in the order of pinning.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        return await self._access.read(person, uri, self._pinned)

    async def _pinned(self, room: Room) -> list[Message]:
        if not room.chat_history:
            return []
        found = [await self._log.one(room.id, number) for number in await self._store.pinned(room.id)]
        return [message for message in found if message is not None and not message.deleted]
