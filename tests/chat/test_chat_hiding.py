"""What is hidden costs just what is absent costs, counted in what the database does: the clock tells nothing."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection
from tests.chat.stage_kit import GENERAL, Stage, map_sip, refused
from tests.storage.storage_kit import one_person

from parlour.addresses import RoomUri
from parlour.chat.finding import Match, RoomQuery
from parlour.chat.model import NewRoom, Privacy
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.rights import Act

READER = one_person(1)


class Work:
    """Counts what the database does from now on, one entry for each hop to it: steps of its machine."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hops: list[int] = []
        read = stage.archive.database.read

        async def counted(work: Callable[[Connection], object]) -> object:
            steps = 0
            def step() -> None:
                nonlocal steps
                steps += 1
            def run(connection: Connection) -> object:
                driver = connection.connection.driver_connection
                driver.set_progress_handler(step, 1)  # type: ignore[union-attr]
                try:
                    return work(connection)
                finally:
                    driver.set_progress_handler(None, 1)  # type: ignore[union-attr]
            result = await read(run)
            self.hops.append(steps)
            return result
        monkeypatch.setattr(stage.archive.database, "read", counted)

    async def of(self, call: Awaitable[object]) -> list[int]:
        """Return the work of one call."""
        self.hops.clear()
        await call
        return self.hops.copy()


async def hidden_rooms(stage: Stage) -> None:
    """Make rooms of every kind, of which READER may see one."""
    for number in range(5):
        room = await stage.administration.create_room(NewRoom(
            f"hidden {number}", GENERAL, description="covert", privacy=Privacy.SECRET))
        await stage.put(room, RoomRole.MEMBER, map_sip([2]))
    await stage.room("switched off", disabled=True)
    await stage.second_category("Behind")
    await stage.wall(CategoryRole.DENIED, map_sip([1]), "Behind")
    await stage.administration.create_room(NewRoom("walled", "Behind", description="covert"))
    await stage.room("plain")


@pytest.mark.parametrize("match", Match)
@pytest.mark.parametrize("extended", [True, False])
async def test_a_search_for_hidden_rooms_is_the_same_work_as_one_for_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, match: Match, *, extended: bool
) -> None:
    await hidden_rooms(stage)
    work = Work(stage, monkeypatch)
    def search(text: str, person: int = 1) -> Awaitable[object]:
        return stage.core.finder.find(one_person(person), RoomQuery(text, match, in_description=extended))
    await search("absent")  # what he is himself is known from here on
    absent = await work.of(search("absent"))
    assert sum(absent) > 0
    for text in ("hidden", "covert", "walled", "switch"):
        assert await search(text) == []
        assert await work.of(search(text)) == absent
    assert await work.of(search("plain0")) == absent
    await search("absent", person=2)
    assert await work.of(search("hidden", person=2)) != await work.of(search("absent", person=2))  # it does count


async def test_a_hidden_room_is_the_same_work_as_one_that_is_not_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hidden_rooms(stage)
    secret = await stage.administration.room_named("hidden 1")
    work = Work(stage, monkeypatch)
    async def ask(uri: RoomUri) -> None:
        assert await refused(stage.core.access.room(READER, uri, Act.SEE)) == "ChatRoomNotFound"
    absent = await work.of(ask(RoomUri(secret.uri.domain, "nowhere")))
    assert min(absent) > 0
    for _ in range(2):  # what was looked up once is in memory, and yet nobody is refused from there
        await stage.joined(secret, 2)
        hidden = await work.of(ask(secret.uri))
        assert len(hidden) == len(absent)  # hops to the database: each costs many times what it does there
