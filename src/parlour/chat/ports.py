"""What the core needs from the rest of the house. Storage and bus provide it; node.py plugs it in."""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from parlour.addresses import RoomUri
from parlour.chat.events import RoomEvent
from parlour.chat.model import Category, Draft, Message, NewRoom, Room


class MessageLog(Protocol):
    """The durable, numbered log of every room."""

    def append(self, draft: Draft) -> "asyncio.Future[Message]":
        """Queue `draft`; the future is done when the message is on disk, with the room's next number.

        Futures of one room finish in the order of their numbers. Errors: ChatRoomGone, StorageUnavailable.
        """
        ...

    async def last(self, room_id: int, count: int, until: int | None = None) -> list[Message]:
        """Return the newest `count` messages, oldest first; none above number `until` if it is given."""
        ...

    async def last_number(self, room_id: int) -> int:
        """Return the number of the newest message; 0 in an empty room.

        Counts what was appended before the call, and is done after those appends are. Errors: ChatRoomGone.
        """
        ...


class RoomStore(Protocol):
    """Rooms and categories as they are kept."""

    async def at(self, uri: RoomUri) -> Room | None:
        """Find a room by its address."""
        ...

    async def named(self, name: str, pool: str | None) -> list[Room]:
        """Find rooms of that name, without letter case; in every pool if none is given."""
        ...

    async def search(self, text: str, start: int, count: int) -> list[Room]:
        """Find rooms whose name contains `text`, without letter case, by name: `count` of them after `start` others."""
        ...

    async def all(self) -> list[Room]:
        """Return every room, by pool and name."""
        ...

    async def create(self, new: NewRoom, guid: str) -> Room:
        """Keep a new room. Errors: ChatCategoryNotFound, NameNeedsPool, ChatRoomExists."""
        ...

    async def remove(self, room_id: int) -> None:
        """Delete a room with its messages."""
        ...

    async def categories(self) -> list[Category]:
        """Return every category, by pool and name."""
        ...


class Bus(Protocol):
    """Carries events to every node, this one included, in the order of publishing for one room."""

    def publish(self, event: RoomEvent) -> None:
        """Send `event` to all subscribers."""
        ...

    def subscribe(self, receive: Callable[[RoomEvent], None]) -> None:
        """Have `receive` called with each event."""
        ...


_Outlet = TypeVar("_Outlet", contravariant=True)


class Door(Protocol[_Outlet]):
    """A protocol through which people take part: it renders an event once and writes it to its own outlets."""

    def deliver(self, event: RoomEvent, room: Room, outlets: Collection[_Outlet]) -> None:
        """Write `event` to every outlet, now: no await, no task."""
        ...
