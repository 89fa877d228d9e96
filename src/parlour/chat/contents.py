"""What was said in rooms as a whole, for administrators: how much it is, all of it, and what comes from elsewhere."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from datetime import datetime

from parlour.chat.model import Draft, Message, Room
from parlour.chat.ports import MessageLog
from parlour.chat.service import Chat

PAGE = 500  # messages read, or written in one commit: nobody who posts needs to wait longer than for that


class Contents:
    """The contents of rooms, whoever may read them.

    Args:
        chat: told when a room is filled.
        log: where messages are kept.
    """

    def __init__(self, chat: Chat, log: MessageLog) -> None:
        self._chat = chat
        self._log = log

    async def exceeds(self, room: Room, size: int) -> bool:
        """Say whether more than `size` bytes are kept of what was said in a room (`MessageLog.exceeds`)."""
        return await self._log.exceeds(room.id, size)

    async def is_unused(self, room: Room) -> bool:
        """Say whether nothing was ever posted in a room."""
        return await self.last(room) == 0

    async def last(self, room: Room) -> int:
        """Return the number of the newest entry of a room; 0 if there never was one."""
        return await self._log.last_number(room.id)

    async def pages(self, room: Room, since: datetime | None = None) -> AsyncGenerator[list[Message], None]:
        """Give every message that can be read, page by page, oldest first; without those that were deleted.

        Args:
            room: whose.
            since: only messages of this moment and later.
        """
        first = 1 if since is None else await self._log.first_since(room.id, since)
        place = 0 if first is None else first - 1
        while first is not None and (page := await self._log.after(room.id, place, PAGE)):
            place = page[-1].number
            yield page

    async def fill(self, room: Room, batches: AsyncIterable[Sequence[Draft]], after: int = 0) -> int:
        """Put messages from elsewhere into a room in which nothing was ever posted, or go on with that.

        They get the numbers of the room. Each batch is in, or not in, as a whole.

        Whoever has the room open leaves it, and finds them when he comes back.

        Args:
            room: where.
            batches: the messages in their order, of at most `PAGE` each.
            after: number of the newest entry that the room may have.

        Returns:
            The number of the last one.

        Raises:
            ParlourError: ChatRoomUsed, when somebody posts meanwhile: what was put in before that stays.
        """
        last = after
        self._chat.room_closed(room)
        try:
            async for batch in batches:
                await self._log.load(room.id, last, batch)
                last += len(batch)
        finally:
            self._chat.room_closed(room)  # for whoever came in meanwhile
        return last
