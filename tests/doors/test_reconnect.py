"""A client that comes back and opens all its rooms at once while people write: everything once, and nothing early."""

import asyncio
from contextlib import suppress

import pytest
from tests.doors.kit import fresh_room, in_room, signed_in

from parlour.errors import DIALOGS_TOO_MANY
from parlour.testing import Deployment, RefusedError, SipClient

ROOMS = 12
RECONNECTS = 12
LIMIT = 16  # dialogs of one connection


async def _write(writer: SipClient, rooms: list[str]) -> None:
    number = 0
    while True:
        await writer.post(rooms[number % len(rooms)], f"message {number}")
        number += 1


def _live(reader: SipClient, room: str) -> list[int | None]:
    return [event.message.number for event in reader.events
            if event.kind == "grpchat" and event.message.room == room]


async def _come_back(reader: SipClient, rooms: list[str]) -> None:
    """Open all rooms and ask for their histories without waiting, as a client does on reading the reply."""
    _, *histories = await asyncio.gather(reader.bjoin(rooms), *(reader.bccontext(room, 500) for room in rooms))
    kinds = [event.kind for event in reader.events]
    assert "grpchat" not in kinds[:kinds.index("rpl:bjoin")]  # clients drop what comes for a room that is not open yet
    for room, history in zip(rooms, histories, strict=True):
        numbers = [message.number for message in history.history] + _live(reader, room)
        assert numbers == list(range(1, len(numbers) + 1)), room


async def test_all_rooms_at_once_while_others_write(deployment: Deployment) -> None:
    rooms = [await fresh_room(deployment) for _ in range(ROOMS)]
    async with in_room(deployment, "alice", *rooms) as writer:
        writing = asyncio.ensure_future(_write(writer, rooms))
        try:
            for _ in range(RECONNECTS):
                async with signed_in(deployment, "bobby") as reader:
                    await _come_back(reader, rooms)
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


async def test_a_connection_has_a_limited_number_of_dialogs(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        for _ in range(LIMIT - 1):  # one is open already
            await alice.invite(deployment.endpoint)
        with pytest.raises(RefusedError) as refused:
            await alice.invite(deployment.endpoint)
        assert refused.value.code == DIALOGS_TOO_MANY.sip
