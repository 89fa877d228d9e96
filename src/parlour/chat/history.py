"""Reading what was said: pages of a room's history, whose cost is that of the page."""

from dataclasses import dataclass, replace
from datetime import datetime

from parlour.addresses import RoomUri
from parlour.chat.access import Access
from parlour.chat.model import Message, Page, Person, Room
from parlour.chat.ports import MessageLog
from parlour.chat.sizes import fitting
from parlour.errors import MESSAGE_NOT_FOUND, ParlourError

_BEYOND = 2**62  # above every number


@dataclass(frozen=True, slots=True)
class Before:
    """The messages before this number; without one, the newest."""

    number: int = _BEYOND


@dataclass(frozen=True, slots=True)
class After:
    """The messages after this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Around:
    """The message of this number, with those before and after it."""

    number: int


@dataclass(frozen=True, slots=True)
class Since:
    """The messages of this moment and later."""

    moment: datetime


Place = Before | After | Around | Since


@dataclass(frozen=True, slots=True)
class Missed:
    """What happened in a room after an entry of its log.

    Attributes:
        room: the room.
        entries: the number of each entry, and the message that it is or changed, as it is now.
        more: there are entries after these.
    """

    room: Room
    entries: tuple[tuple[int, Message], ...]
    more: bool


class History:
    """Pages of messages, for those who may read them.

    Args:
        access: who may.
        log: where messages are kept.
        limit: most messages in one page.
    """

    def __init__(self, access: Access, log: MessageLog, limit: int) -> None:
        self._access = access
        self._log = log
        self._limit = limit

    async def page(self, person: Person, uri: RoomUri, place: Place, count: int) -> Page:
        """Return up to `count` messages (bounded by the limit) of a room that `person` may read.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        page = await self._access.read(
            person, uri, lambda room: self._page(room, place, max(0, min(count, self._limit))))
        return _within(page, place)

    async def missed(self, person: Person, uri: RoomUri, number: int, count: int) -> Missed:
        """Return what happened to messages after entry `number`, for somebody who comes back; bounded by the limit.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        return await self._access.read(
            person, uri, lambda room: self._missed(room, number, max(0, min(count, self._limit))))

    async def first(self, person: Person, uri: RoomUri) -> int:
        """Return the number of the oldest entry that is left of a room's log: what was before it was purged.

        It is 0 in an empty room, and where no history is shown.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        return await self._access.read(person, uri, self._first)

    async def _first(self, room: Room) -> int:
        return await self._log.first_number(room.id) if room.chat_history else 0

    async def _missed(self, room: Room, number: int, count: int) -> Missed:
        if not room.chat_history:
            return Missed(room, (), more=False)
        found = await self._log.entries(room.id, number, count + 1)
        kept = fitting([message for _, message in found[:count]])
        return Missed(room, tuple(found[:kept]), len(found) > kept)

    async def message(self, person: Person, uri: RoomUri, number: int) -> Message:
        """Return one message of a room that `person` may read.

        Raises:
            ParlourError: ChatRoomNotFound, MessageNotFound, or another refusal by rights.
        """
        return await self._access.read(person, uri, lambda room: self._message(room, number))

    async def _message(self, room: Room, number: int) -> Message:
        message = await self._log.one(room.id, number) if room.chat_history else None
        if message is None:
            raise ParlourError(MESSAGE_NOT_FOUND, number, number=number)
        return message

    async def _page(self, room: Room, place: Place, count: int) -> Page:
        if not room.chat_history:
            return Page(room, (), earlier=False, later=False)
        match place:
            case Before(number):
                return await self._backward(room, number, count)
            case After(number):
                return await self._forward(room, number, count)
            case Since(moment):
                first = await self._log.first_since(room.id, moment)
                return await self._forward(room, _BEYOND if first is None else first - 1, count)
            case Around(number):
                back = await self._backward(room, number + 1, count // 2 + 1)
                on = await self._forward(room, number, max(0, count - len(back.messages)))
                return Page(room, (*back.messages, *on.messages), back.earlier, on.later)

    async def _backward(self, room: Room, number: int, count: int) -> Page:
        found = await self._log.before(room.id, number, count + 1)
        later = number < _BEYOND and bool(await self._log.after(room.id, number - 1, 1))
        return Page(room, tuple(found[max(0, len(found) - count):]), len(found) > count, later)

    async def _forward(self, room: Room, number: int, count: int) -> Page:
        found = await self._log.after(room.id, number, count + 1)
        earlier = bool(await self._log.before(room.id, number + 1, 1))
        return Page(room, tuple(found[:count]), earlier, len(found) > count)


def _within(page: Page, place: Place) -> Page:
    """Return a page, or as much of it as is not too long: from where somebody wanted to read on."""
    messages = page.messages
    if fitting(messages) == len(messages):
        return page
    match place:
        case Before():
            kept = fitting(messages[::-1])
            return replace(page, messages=messages[len(messages) - kept:], earlier=True)
        case After() | Since():
            return replace(page, messages=messages[:fitting(messages)], later=True)
        case Around(number):
            return _around(page, number)


def _around(page: Page, number: int) -> Page:
    """Return as much of a page as fits, the messages that are next to a number first."""
    nearest = sorted(page.messages, key=lambda message: abs(message.number - number))
    kept = {message.number for message in nearest[:fitting(nearest)]}
    found = tuple(message for message in page.messages if message.number in kept)
    return replace(page, messages=found, earlier=page.earlier or found[0] is not page.messages[0],
                   later=page.later or found[-1] is not page.messages[-1])

