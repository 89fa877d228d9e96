"""Members of a room over SIP, who sign in as real clients do, with signatures both ways."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from parlour.bench.gathering import gathered
from parlour.bench.load import Heard
from parlour.bench.temporary import Account, Room
from parlour.sipclient import ChatClient, ChatEvent, LostError, Password

_URI = "DefaultPersistentChatPoolUri"


@dataclass(frozen=True, slots=True)
class SipPlace:
    """Where the members connect.

    Attributes:
        host, port: of the SIP listener.
        tls: how to use TLS; None for plain TCP.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None

    @property
    def label(self) -> str:
        """What is said of it."""
        return "SIP over TCP" if self.tls is None else "SIP over TLS"


class _Listener(ChatClient):
    """A client that says what arrives, and keeps none of it."""

    def __init__(self, account: Account, place: SipPlace, heard: Heard) -> None:
        super().__init__(account.address, place.host, place.port, tls=place.tls)
        self._heard = heard

    def _arrived(self, event: ChatEvent) -> None:
        self._unread.clear()
        if event.kind == "grpchat":
            self._heard(event.message.text)


class Member:
    """One member on a connection.

    Args:
        client: signed in, in the room.
        room: the room's URI.

    Attributes:
        leaves: the connection is about to end.
    """

    def __init__(self, client: ChatClient, room: str) -> None:
        self.leaves = False
        self._client = client
        self._room = room

    async def post(self, text: str) -> None:
        """Post, and return when it is on disk.

        Raises:
            RefusedError: it was refused. TimeoutError: there was no answer in time.
        """
        await self._client.post(self._room, text, within=60)

    async def stay(self) -> None:
        """Wait until the connection ends.

        Raises:
            LostError: it ends although nobody wants to leave.
        """
        reason = await self._client.wire.lost
        if not self.leaves:
            raise LostError(reason)


@asynccontextmanager
async def joined(place: SipPlace, room: Room, heard: Heard) -> AsyncIterator[Sequence[Member]]:
    """Have a member in the room for each account; they listen until the end.

    Args:
        place: where to connect.
        room: the room, and who may be there.
        heard: is told what arrives at any of them.

    Raises:
        ClientError: the node refused. OSError: it is not reached, not trusted, or ended a connection.
    """
    async def enter(stack: AsyncExitStack, account: Account) -> Member:
        client = await stack.enter_async_context(_Listener(account, place, heard))
        await client.sign_in(Password(account.address, account.secret))
        await client.open_chat((await client.provisioning())[_URI])
        await client.join(room.uri)
        return Member(client, room.uri)
    async with gathered(room.accounts, enter) as members:
        yield members
