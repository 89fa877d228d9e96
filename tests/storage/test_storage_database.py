"""Units of work and the group commit."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from tests.storage.storage_kit import Archive, draft, make_file

from parlour.errors import ParlourError
from parlour.storage.database import MAX_BATCH, Database, open_engine
from parlour.storage.schema import settings


def keep(name: str, value: str = "") -> Callable[[Connection], str]:
    """Return a unit of work that keeps a setting and returns its name."""
    def work(connection: Connection) -> str:
        connection.execute(insert(settings), {"name": name, "value": value})
        return name
    return work


def keep_then_fail(name: str) -> Callable[[Connection], str]:
    """Return a unit of work that fails when it has changed something already."""
    def work(connection: Connection) -> str:
        keep(name)(connection)
        raise ValueError(name)
    return work


async def kept(archive: Archive) -> set[str]:
    return set(await archive.database.read(lambda connection: connection.execute(select(settings.c.name)).scalars()
                                           .all()))


async def gathered(*futures: "asyncio.Future[Any]") -> list[Any]:
    return await asyncio.gather(*futures, return_exceptions=True)


def name_of(result: object) -> str:
    return result.kind.name if isinstance(result, ParlourError) else type(result).__name__


def limit_pages(spare: int) -> Callable[[Connection], object]:
    """Return a unit of work after which the file may grow by `spare` pages only."""
    def work(connection: Connection) -> object:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return connection.exec_driver_sql(f"PRAGMA max_page_count={pages + spare}").scalar()
    return work


async def hold(archive: Archive, *, until: "asyncio.Event") -> "asyncio.Future[None]":
    """Keep the writer busy, so that what is written meanwhile shares one commit."""
    loop, begun = asyncio.get_running_loop(), asyncio.Event()

    def work(_: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(_wait(until), loop).result()
    busy = archive.database.write(work)
    await begun.wait()
    return busy


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def test_the_writer_waits_for_the_disk(archive: Archive) -> None:
    def pragmas(connection: Connection) -> tuple[Any, ...]:
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                     for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"))
    assert await archive.database.write(pragmas) == ("wal", 2, 1, 10_000)  # 2 is FULL
    assert (await archive.database.read(pragmas))[0] == "wal"


async def test_results_come_in_the_order_of_the_calls(archive: Archive) -> None:
    finished: list[int] = []
    writes = [archive.database.write(keep(str(number))) for number in range(3 * MAX_BATCH // 2)]
    for number, write in enumerate(writes):
        write.add_done_callback(lambda _, number=number: finished.append(number))  # type: ignore[misc]
    assert await gathered(*writes) == [str(number) for number in range(len(writes))]
    assert finished == list(range(len(writes)))


async def test_each_unit_of_work_sees_what_the_ones_before_it_did(archive: Archive) -> None:
    def count(connection: Connection) -> int:
        return len(connection.execute(select(settings)).all())
    results = await gathered(*(archive.database.write(work) for work in (count, keep("a"), count, keep("b"), count)))
    assert results == [0, "a", 1, "b", 2]


async def test_what_queued_up_shares_one_commit(archive: Archive) -> None:
    batches: list[int] = []

    def run(_: Connection, payloads: Any) -> list[int]:  # noqa: ANN401
        batches.append(len(payloads))
        return list(payloads)
    release = asyncio.Event()
    busy = await hold(archive, until=release)
    writes = [archive.database.write_batched(run, number) for number in range(MAX_BATCH + 10)]
    release.set()
    assert await gathered(busy, *writes) == [None, *range(MAX_BATCH + 10)]
    assert batches == [MAX_BATCH, 10]


async def test_a_failing_unit_of_work_undoes_only_itself(archive: Archive) -> None:
    release = asyncio.Event()
    busy = await hold(archive, until=release)
    writes = [archive.database.write(work) for work in (keep("a"), keep_then_fail("b"), keep("a"), keep("c"))]
    release.set()
    _, *results = await gathered(busy, *writes)
    assert list(map(name_of, results)) == ["str", "ValueError", "StorageUnavailable", "str"]
    assert await kept(archive) == {"a", "c"}


async def test_of_a_failing_batch_only_the_one_at_fault_fails(archive: Archive) -> None:
    def run(connection: Connection, payloads: Any) -> list[str]:  # noqa: ANN401
        return [work(connection) for work in payloads]
    release = asyncio.Event()
    busy = await hold(archive, until=release)
    works = (keep("a"), keep_then_fail("b"), keep("c"))
    writes = [archive.database.write_batched(run, work) for work in works]
    release.set()
    _, *results = await gathered(busy, *writes)
    assert list(map(name_of, results)) == ["str", "ValueError", "str"]
    assert await kept(archive) == {"a", "c"}


async def test_when_the_commit_fails_everybody_hears_of_it(archive: Archive) -> None:
    def orphan(connection: Connection) -> str:
        """Break a rule that is checked at the commit."""
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=1")
        connection.execute(text("INSERT INTO sip_addresses (address_key, person_id) VALUES ('sip:x@y.z', 99)"))
        return "orphan"
    release = asyncio.Event()
    busy = await hold(archive, until=release)
    writes = [archive.database.write(work) for work in (keep("a"), orphan, keep("b"))]
    release.set()
    results = await gathered(busy, *writes)
    assert set(map(name_of, results[1:])) == {"StorageUnavailable"}
    assert await kept(archive) == set()
    assert await archive.database.write(keep("later")) == "later"


async def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_kept(archive: Archive) -> None:
    await archive.database.write(limit_pages(2))
    release = asyncio.Event()
    busy = await hold(archive, until=release)
    works = (keep("a"), keep("b", "x" * 100_000), keep("c"))
    writes = [archive.database.write(work) for work in works]
    release.set()
    _, *results = await gathered(busy, *writes)
    assert name_of(results[1]) == "StorageUnavailable"
    assert {result for result in results if isinstance(result, str)} == await kept(archive)


async def test_after_a_full_disk_it_goes_on(archive: Archive) -> None:
    room = await archive.room("Engineering")
    await archive.database.write(limit_pages(0))
    posts = [archive.log.append(draft(room, "x" * 50_000)) for _ in range(3)]
    assert set(map(name_of, await gathered(*posts))) == {"StorageUnavailable"}
    await archive.database.write(limit_pages(1000))
    assert [message.number for message in await archive.post(room, "one", "two")] == [1, 2]


async def test_a_read_only_database_is_named(tmp_path: Path) -> None:
    url = make_file(tmp_path)
    database = Database(f"sqlite:///file:{tmp_path / 'parlour.db'}?mode=ro&uri=true")
    try:
        results = await gathered(database.write(keep("a")), database.write(keep("b")))
        assert [name_of(result) for result in results] == ["StorageUnavailable"] * 2
    finally:
        await database.close()
    engine = open_engine(url, "BEGIN")
    with engine.begin() as connection:
        assert connection.execute(select(settings)).all() == []
    engine.dispose()


async def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "parlour.db").write_bytes(b"this is no database" * 100)
    database = Database(f"sqlite:///{tmp_path / 'parlour.db'}")
    try:
        results = await gathered(
            database.write(keep("a")),
            asyncio.ensure_future(database.read(lambda connection: connection.execute(select(settings)).all())))
        assert [name_of(result) for result in results] == ["StorageUnavailable"] * 2
    finally:
        await database.close()


async def test_reading_cannot_write_past_the_writer(archive: Archive) -> None:
    with pytest.raises(RuntimeError, match="oops"):
        await archive.database.read(_keep_and_raise)
    assert await kept(archive) == set()


def _keep_and_raise(connection: Connection) -> None:
    keep("a")(connection)
    raise RuntimeError("oops")


async def test_closing_finishes_what_is_queued(tmp_path: Path) -> None:
    database = Database(make_file(tmp_path))
    writes = [database.write(keep(str(number))) for number in range(2 * MAX_BATCH + 5)]
    await database.close()
    assert await gathered(*writes) == [str(number) for number in range(len(writes))]


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(make_file(tmp_path))
    await database.close()
    with pytest.raises(ParlourError, match="it is closed"):
        await database.write(keep("a"))


async def test_who_stops_waiting_does_not_disturb_the_others(archive: Archive) -> None:
    first, second = archive.database.write(keep("a")), archive.database.write(keep("b"))
    first.cancel()
    assert await second == "b"
    assert await kept(archive) == {"a", "b"}


@pytest.mark.parametrize("url", ["", "nonsense", "postgresql://host/db", "mysql://host/db", "sqlite+aiosqlite:///x"])
async def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ParlourError, match="only sqlite:/// URLs are supported"):
        Database(url)
