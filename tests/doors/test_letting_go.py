"""Whoever is gone is let go of at once, without a look for garbage: full looks are rare (docs/decisions/0023)."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.model import NewRoom, Privacy, Room
from parlour.chat.presence import ChatSession
from parlour.client import AsyncClient, live
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import FIRST_CATEGORY, DataFolder, NewDeployment, make_deployment
from parlour.directory.people import NewPerson
from parlour.lync.chat_dialog import ChatDialog
from parlour.lync.endpoint import Endpoint
from parlour.node import open_node, running
from parlour.sip import Dialog, SipConnection
from parlour.sipclient import ChatClient, Password
from parlour.testing.sip_connection import insecure
from parlour.web.live.connection import LiveConnection
from parlour.web.live.protocol import LiveProtocol

ALICE, PASSWORD = SipAddress("alice", "litwareinc.com"), "Correct-Horse-1"
OF_A_CLIENT = (Endpoint, SipConnection, ChatDialog, Dialog, ChatSession, LiveConnection, LiveProtocol)
COUNT = 3


class Place:
    """A node of this process."""

    def __init__(self, addresses: dict[str, str], room: Room) -> None:
        self.addresses = addresses
        self.room = room

    def port(self, kind: str) -> int:
        """Return the port of a listener."""
        return int(self.addresses[kind].rpartition(":")[2])


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    folder = DataFolder(tmp_path / "data")
    make_deployment(folder, NewDeployment(Fqdn("litwareinc.com"), Fqdn("pool.litwareinc.com")), SystemClock())
    settings = Settings.load(folder.path, sip_tls="127.0.0.1:0", sip_tcp="127.0.0.1:0", web="127.0.0.1:0")
    async with open_node(folder, settings) as node:
        await node.people.add(NewPerson(ALICE, PASSWORD))
        room = await node.core.administration.create_room(NewRoom("Open", FIRST_CATEGORY, privacy=Privacy.OPEN))
        async with running(node) as addresses:
            yield Place(addresses, room)


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def present() -> dict[str, int]:
    """Return how many there are of what a client has on the server."""
    kinds = [type(one) for one in gc.get_objects()]
    return {kind.__name__: kinds.count(kind) for kind in OF_A_CLIENT}


async def over_sip(place: Place, listener: str) -> None:
    tls = insecure() if listener == "sip_tls" else None
    async with ChatClient(ALICE.bare, "127.0.0.1", place.port(listener), tls=tls) as client:
        await client.sign_in(Password(ALICE.bare, PASSWORD))
        await client.open_chat((await client.provisioning())["DefaultPersistentChatPoolUri"])
        await client.join(str(place.room.uri))
        await client.post(str(place.room.uri), "hello")


async def over_the_web(place: Place) -> None:
    client = AsyncClient(f"https://127.0.0.1:{place.port('web')}", address=ALICE.bare, password=PASSWORD,
                         verify=insecure())
    async with client, client.live() as connection:
        room = f"{place.room.uri.domain}/{place.room.uri.guid}"
        await connection.ask(live.join(room))
        await connection.ask(live.post(room, "hello"))


@pytest.mark.parametrize("visit", [
    lambda place: over_sip(place, "sip_tcp"), lambda place: over_sip(place, "sip_tls"), over_the_web],
    ids=["tcp", "tls", "websocket"])
async def test_who_is_gone_leaves_nothing(
    place: Place, visit: Callable[[Place], Coroutine[Any, Any, None]]
) -> None:
    for _ in range(COUNT):
        await visit(place)
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not any(present().values()):
            break
    assert present() == dict.fromkeys((kind.__name__ for kind in OF_A_CLIENT), 0)
