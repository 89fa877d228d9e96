"""Members of a room over WebSocket: each posts when it is told to, and says what it hears."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from parlour.bench.gathering import gathered
from parlour.bench.load import Heard
from parlour.bench.temporary import Account, Room
from parlour.client import ApiError, AsyncClient, AsyncConnection, ConnectionEnded, live


@dataclass(frozen=True, slots=True)
class WebPlace:
    """Where the members connect.

    Attributes:
        url: of the web listener.
        trust: whom to trust to certify it.
    """

    url: str
    trust: ssl.SSLContext
    label: ClassVar[str] = "WebSocket"


class Member:
    """One member on a live connection.

    Args:
        connection: open, with the room joined.
        room: the room's id.
        heard: is told what arrives.

    Attributes:
        leaves: the connection is about to end.
    """

    def __init__(self, connection: AsyncConnection, room: str, heard: Heard) -> None:
        self.leaves = False
        self._connection = connection
        self._room = room
        self._heard = heard
        self._posted: dict[int, asyncio.Future[None]] = {}

    async def post(self, text: str) -> None:
        """Post, and return when it is on disk.

        Raises:
            ApiError: it was refused.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._posted[await self._connection.send(live.post(self._room, text))] = done
        await done

    async def stay(self) -> None:
        """Take what comes, until the connection ends.

        Raises:
            ConnectionEnded: it ends although nobody wants to leave.
        """
        try:
            while True:
                self._take(await self._connection.receive())
        except ConnectionEnded:
            if not self.leaves:
                raise

    def _take(self, frame: dict[str, Any]) -> None:
        if "event" not in frame:
            self._answered(frame)
        elif frame["event"] == "message":
            self._heard(frame["message"]["text"])

    def _answered(self, frame: dict[str, Any]) -> None:
        done = self._posted.pop(frame["re"])
        if done.done():
            return
        if "error" in frame:
            error = frame["error"]
            done.set_exception(ApiError(error["status"], error["id"], error["message"]))
        else:
            done.set_result(None)


@asynccontextmanager
async def joined(place: WebPlace, room: Room, heard: Heard) -> AsyncIterator[Sequence[Member]]:
    """Have a member in the room for each account; they listen until the end.

    Args:
        place: where to connect.
        room: the room, and who may be there.
        heard: is told what arrives at any of them.

    Raises:
        ApiError: the node refused. OSError: it is not reached, or not trusted. ConnectionEnded: it ended a connection.
    """
    async def enter(stack: AsyncExitStack, account: Account) -> Member:
        client = AsyncClient(place.url, token=account.secret, verify=place.trust)
        connection = await stack.enter_async_context(client.live())
        await connection.ask(live.join(room.id))
        return Member(connection, room.id, heard)
    async with gathered(room.accounts, enter) as members:
        yield members
