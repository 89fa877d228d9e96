"""How far a long command is, as the client of the control socket and of HTTPS is told it."""

import asyncio
from typing import Any

from tests.doors.kit import in_room, room_name

from parlour.operator import Console, connected
from parlour.testing import Deployment


class _Watcher(Console):
    """A console that keeps what it is told; somebody looks at it or not."""

    def __init__(self, looks: bool) -> None:
        super().__init__()
        self.looks = looks
        self.told: list[dict[str, Any]] = []

    @property
    def shows_progress(self) -> bool:
        """Say whether somebody looks."""
        return self.looks

    def progress(self, progress: dict[str, Any]) -> None:
        """Keep it."""
        self.told.append(progress)


def _run(deployment: Deployment, console: Console, line: str) -> int:
    with connected(deployment.data, console) as connection:
        return connection.run(line)


async def test_whoever_looks_is_told_how_far_a_removal_is(deployment: Deployment, room: str) -> None:
    name = room_name(deployment, room)
    line = f"Remove-CsPersistentChatMessage -Identity '{name}' -Remove"
    async with in_room(deployment, "alice", room) as alice:
        for looks in (True, False):
            for number in range(4):
                await alice.post(room, f"{number}")
            watcher = _Watcher(looks)
            assert await asyncio.to_thread(_run, deployment, watcher, line) == 0
            assert [(one["done"], one["total"]) for one in watcher.told] == ([(0, 4), (1, 4), (2, 4), (3, 4)]
                                                                             if looks else [])
            assert all(one["activity"] == f"Removing messages of {name}" for one in watcher.told)
