"""Get-CsPersistentChatRoom -ChatContentExceedsMB, on rooms in which something was said."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from tests.cli.kit import Place

from parlour.chat.model import Content, Draft
from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.node import open_node

MEGABYTE = 1 << 20


async def say(data: Path, **texts: str) -> None:
    """Post a text in each room, by their names."""
    async with open_node(DataFolder(data), Settings.load(data)) as node:
        alice = await node.people.find("alice@litwareinc.com")
        for name, text in texts.items():
            room = await node.core.administration.room_named(name.replace("_", " "))
            await node.core.contents.fill(room, _one(Draft(room.id, alice, node.clock.now(), Content(text))))


async def _one(draft: Draft) -> AsyncIterator[list[Draft]]:
    yield [draft]


def names(place: Place, *words: str) -> list[str]:
    """Return the names of the rooms that are listed."""
    return place.prints(
        "Get-CsPersistentChatRoom", *words, "|", "Select-Object", "-ExpandProperty", "Name").splitlines()


def test_rooms_with_more_than_so_many_megabytes(copy: Place) -> None:
    asyncio.run(say(copy.data, Engineering="x" * MEGABYTE, All_hands="é" * (MEGABYTE // 2) + "x"))
    assert names(copy, "-ChatContentExceedsMB", "0") == ["All hands", "Engineering"]
    assert names(copy, "-ChatContentExceedsMB", "1") == ["All hands"]
    assert names(copy, "-ChatContentExceedsMB", "2") == []
    assert names(copy, "-ChatContentExceedsMB", "0", "-Filter", "Eng") == ["Engineering"]
    assert names(copy, "-ChatContentExceedsMB", "0", "-ResultSize", "1") == ["All hands"]


def test_a_size_below_nothing_is_refused(stopped: Place) -> None:
    assert stopped.fails("Get-CsPersistentChatRoom", "-ChatContentExceedsMB", "-1").id == "ParameterValueInvalid"
