"""How far the messages of an export are in a room already: an import that was interrupted goes on from there."""

from collections.abc import AsyncGenerator

from parlour.chat.model import Message
from parlour.transfer.model import ListedMessage
from parlour.transfer.world import Standing


class Comparison:
    """Goes along the messages of a room, and those that an export has for it, both in their order.

    A message is the same if its author and its time are; to go on with an import, everything in the room must be the
    first messages of the export, word by word.

    Args:
        pages: the messages of the room.
    """

    def __init__(self, pages: AsyncGenerator[list[Message], None]) -> None:
        self._pages = pages
        self._page: list[Message] = []
        self._place = 0
        self._present = 0
        self._begins_so = True

    async def aclose(self) -> None:
        """Stop reading the room."""
        await self._pages.aclose()

    async def take(self, wanted: ListedMessage, author: int) -> None:
        """Look for the next message of the export; `author` is the number that its author has here."""
        while (message := await self._next()) is not None and message.posted_at <= wanted.posted_at:
            self._place += 1
            if message.posted_at == wanted.posted_at and message.author_id == author:
                self._begins_so = self._begins_so and _is_same(message, wanted)
                self._present += 1
                return
            self._begins_so = False  # the room has something that the export has not
        if message is not None:
            self._begins_so = False

    def standing(self, last: int) -> Standing:
        """Return the result; `last` is the number of the room's newest entry."""
        goes_on = self._begins_so and self._present == last
        return Standing(self._present, last if goes_on else None)

    async def _next(self) -> Message | None:
        """Return the message of the room that comes next; None after the last."""
        if self._place == len(self._page):
            self._page, self._place = await anext(self._pages, []), 0
        return self._page[self._place] if self._page else None


def _is_same(message: Message, wanted: ListedMessage) -> bool:
    return (message.content, message.edited_at) == (wanted.content, wanted.edited_at)
