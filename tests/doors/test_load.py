"""Many posts at once, also while the server is killed or stopped: every acknowledged post is there, once, in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from tests.doors.kit import TRANSPORTS, fresh_room, in_room

from parlour.addresses import RoomUri
from parlour.chat.history import Before
from parlour.chat.model import Message
from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.node import open_node
from parlour.sip import Response
from parlour.testing import Deployment, LostError, SipClient

PEOPLE = tuple(f"person{number}" for number in range(10))
PAGE = 300


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment with ten people that nobody serves yet."""
    deployment = Deployment(tmp_path_factory.mktemp("load"), users=PEOPLE, rooms=())
    asyncio.run(deployment.create())
    return deployment


@asynccontextmanager
async def crowd(deployment: Deployment, room: str) -> AsyncIterator[list[SipClient]]:
    """Let ten people join a room, half of them over TLS and half over TCP."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(
            in_room(deployment, user, room, transport=TRANSPORTS[number % 2])) for number, user in enumerate(PEOPLE)]


async def post_all(client: SipClient, room: str, count: int, first: asyncio.Event) -> list[str]:
    """Post without waiting for answers; return what was acknowledged, even if the connection broke before the end.

    `first` is set with the first answer.
    """
    said = [f"{client.address} {number}" for number in range(count)]
    sent: list[tuple[str, asyncio.Future[Response]]] = []
    for text, post in [(text, client.post_request(room, text)) for text in said]:
        await asyncio.sleep(0)  # the others want to post, too
        if client.wire.lost.done():
            break
        sent.append((text, client.wire.request(post)))
        sent[-1][1].add_done_callback(lambda _: first.set())
    await asyncio.wait([answer for _, answer in sent])
    kept = [(text, answer.result()) for text, answer in sent if answer.exception() is None]
    assert {type(answer.exception()) for _, answer in sent} <= {type(None), LostError}
    assert {answer.status for _, answer in kept} <= {200}
    return [text for text, _ in kept]


async def acknowledged_by(posting: list["asyncio.Task[list[str]]"]) -> list[str]:
    """Return all that was acknowledged to anybody."""
    return [text for texts in await asyncio.gather(*posting) for text in texts]


def received(client: SipClient, room: str) -> list[tuple[int | None, str]]:
    """Return number and text of what was delivered to a client."""
    found = [event.message for event in client.events if event.kind == "grpchat"]
    return [(message.number, message.text) for message in found if message.room == room]


async def history(deployment: Deployment, room: str) -> list[tuple[int | None, str]]:
    """Read a room's whole history page by page, while nobody serves it; return numbers and texts."""
    found: list[Message] = []
    address = RoomUri.parse(room)
    assert address
    async with open_node(DataFolder(deployment.data), Settings.load(deployment.data)) as node:
        reader = (await node.people.all())[0]
        place = Before()
        while page := (await node.core.history.page(reader, address, place, PAGE)).messages:
            found = [*page, *found]
            place = Before(found[0].number)
    return [(message.number, message.text) for message in found]


def check(kept: list[tuple[int | None, str]], acknowledged: list[str], clients: list[SipClient], room: str) -> None:
    """Check what holds for every history: no gap, nothing twice, nothing lost, and everybody's order is its order."""
    texts = [text for _, text in kept]
    assert [number for number, _ in kept] == list(range(1, len(kept) + 1))
    assert len(set(texts)) == len(texts)
    assert set(acknowledged) <= set(texts)
    for client in clients:
        mine = [int(text.rpartition(" ")[2]) for text in texts if text.startswith(client.address)]
        assert mine == list(range(len(mine)))
        delivered = received(client, room)
        assert delivered == kept[:len(delivered)]


async def test_a_thousand_posts_by_ten_at_once(peopled: Deployment) -> None:
    await peopled.serve()
    room = await fresh_room(peopled)
    async with crowd(peopled, room) as clients:
        posting = [asyncio.create_task(post_all(client, room, 100, asyncio.Event())) for client in clients]
        acknowledged = await acknowledged_by(posting)
        for client in clients:
            await client.next("grpchat", number=1000)
            assert [number for number, _ in received(client, room)] == list(range(1, 1001))
        newest = (await clients[0].bccontext(room, 500)).history
        assert [(message.number, message.text) for message in newest] == received(clients[0], room)[500:]
    await peopled.stop()
    kept = await history(peopled, room)
    assert len(kept) == 1000
    check(kept, acknowledged, clients, room)


async def killed(deployment: Deployment) -> None:
    """End the server as a power cut would."""
    await deployment.kill()


async def stopped(deployment: Deployment) -> None:
    """End the server in order; this insists on exit status 0."""
    await deployment.stop()


@pytest.mark.parametrize("end", [killed, stopped])
async def test_what_was_acknowledged_outlives_the_server(
    peopled: Deployment, end: Callable[[Deployment], Awaitable[None]]
) -> None:
    await peopled.serve()
    room = await fresh_room(peopled)
    async with crowd(peopled, room) as clients:
        first = asyncio.Event()
        posting = [asyncio.create_task(post_all(client, room, 200, first)) for client in clients]
        await clients[0].next("grpchat", number=100)
        await first.wait()
        await end(peopled)
        acknowledged = await acknowledged_by(posting)
        for client in clients:
            await client.lost()
    assert 0 < len(acknowledged) < 2000  # it was in the middle
    kept = await history(peopled, room)
    check(kept, acknowledged, clients, room)
    await peopled.serve()
    async with in_room(peopled, PEOPLE[0], room) as again:
        await again.post(room, "afterwards")
        assert (await again.next("grpchat", text="afterwards")).message.number == len(kept) + 1
        newest = (await again.bccontext(room, 500)).history
        assert [(message.number, message.text) for message in newest[:-1]] == kept[-len(newest) + 1:]
    await peopled.stop()
