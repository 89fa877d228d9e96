"""What a person does with a client, in the words of a person."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.real_client.harness import Event, PurpleClient

SIP_DOMAIN = "litwareinc.com"


@dataclass(frozen=True)
class Way:
    """How a client reaches the server.

    Attributes:
        server: ``host:port``.
        transport: ``tls`` or ``tcp``.
    """

    server: str
    transport: str


class Person(PurpleClient):
    """One person at one client.

    Args:
        name: the user part of the address.
        folder: for logs.
        device: tells two clients of the same person apart.
    """

    def __init__(self, name: str, folder: Path, device: str = "") -> None:
        super().__init__(name + device, folder)
        self.address = f"{name}@{SIP_DOMAIN}"
        self.uri = f"sip:{self.address}"

    async def begin(self, way: Way, password: str, endpoint: str | None = None, *more: str) -> Self:
        """Start the client and begin to sign in.

        Args:
            way: the server.
            password: the person's.
            endpoint: what is typed as "Group Chat Proxy"; None leaves it to provisioning.
            more: further options of the driver.
        """
        typed = ["--groupchat-user", endpoint] if endpoint else []
        await self.start("--username", self.address, "--password", password, "--server", way.server,
                         "--transport", way.transport, "--auth", "ntlm", *typed, *more, "--connect")
        return self

    async def sign_in(self, way: Way, password: str, endpoint: str | None = None, *more: str) -> Self:
        """Sign in and wait until group chat is there."""
        await self.begin(way, password, endpoint, *more)
        await self.wait("signed_on")
        await self.group_chat()
        return self

    async def group_chat(self, within: float = 20) -> None:
        """Wait until the client reached the group chat server."""
        await self.wait("groupchat", within=within, phase="connected")

    async def rooms(self) -> dict[str, Event]:
        """List the rooms, by name."""
        await self.cmd("list_rooms")
        listed = await self.wait("rooms")
        return {room["name"]: room for room in listed["rooms"]}

    async def enter(self, uri: str) -> Event:
        """Join a room."""
        await self.cmd("join", uri=uri)
        return await self.wait("room_joined", uri=uri)

    async def leave(self, uri: str) -> None:
        """Leave a room, up to the server's answer: until that, the client takes itself for a participant."""
        await self.cmd("leave", room=uri)
        await self.wait("room_left")
        await self.rooms()  # answered after that one

    async def say(self, uri: str, text: str) -> None:
        """Send a message; its echo is an event of its own."""
        await self.cmd("send", room=uri, text=text)

    async def hears(self, text: str, within: float = 20) -> Event:
        """Wait for a message with exactly this text."""
        return await self.wait("chat_message", within=within, text=text)

    def heard(self, uri: str) -> list[str]:
        """The texts shown in a room so far, in order."""
        return [event["text"] for event in self.seen("chat_message", uri=uri)]

    async def sees(self, uri: str) -> list[str]:
        """Who is in a room, by this client's list."""
        users = (await self.cmd("participants", room=uri))["users"]
        return sorted({user["uri"] for user in users})

    async def sees_come(self, other: "Person", within: float = 20) -> None:
        """Wait until somebody's arrival is shown."""
        await self.wait("users_added", within=within, new_arrivals=True,
                        when=lambda event: other.uri in [user["uri"] for user in event["users"]])

    async def sees_go(self, other: "Person", within: float = 20) -> None:
        """Wait until somebody's departure is shown."""
        await self.wait("users_removed", within=within, when=lambda event: other.uri in event["users"])

    async def returns(self, uri: str, within: float = 30) -> None:
        """Wait until a client that reconnects by itself is back in a room, from its lost connection on."""
        await self.wait("connection_error", within=within, reason="network_error")
        await self.group_chat(within=within)
        await self.wait("room_joined", within=within, uri=uri)

    async def hears_all(self, uri: str, count: int, within: float = 30) -> list[str]:
        """Wait until this many messages were shown in a room; return them all, in order."""
        while len(self.heard(uri)) < count:
            await self.wait("chat_message", within=within, uri=uri)
        return self.heard(uri)
