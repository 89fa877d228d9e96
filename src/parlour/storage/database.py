"""Units of work on the database, each in one hop to a thread, and one group commit for all that writes.

A unit of work is a plain function of a SQLAlchemy `Connection`. Reads run side by side; writes run in one thread, and
whatever queued up while the last commit was syncing shares the next one. A write is acknowledged only after that
commit: with SQLite in WAL mode and synchronous=FULL, it is on disk by then.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from parlour.errors import SETTING_INVALID, STORAGE_UNAVAILABLE, ParlourError
from parlour.storage.changes import Changes, Watched

T = TypeVar("T")
Item = TypeVar("Item")

MAX_BATCH = 512  # jobs of one turn that share a commit; and no more are taken along when there are so many
_READERS = 2

Batch = Callable[[Connection, Sequence[Any]], Sequence[Any]]


class _TakenBackError(Exception):
    """Undoes work that was only a trial."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One write: `run` gets the payloads of all neighbouring jobs with the same `run`."""

    run: Batch
    payload: Any
    done: "asyncio.Future[Any]"


_STOP = None


class Database:
    """One database, used from one event loop.

    Args:
        url: SQLAlchemy URL; this version supports ``sqlite:///PATH``.

    Raises:
        ParlourError: SettingInvalid for another kind of URL.
    """

    def __init__(self, url: str) -> None:
        check_url(url)
        self._changes = Changes()
        self._writer = open_engine(url, "BEGIN IMMEDIATE")
        event.listen(self._writer, "connect", lambda connection, _entry: self._changes.attach(connection))
        self._reader = open_engine(url, "BEGIN")
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="parlour-read")
        self._queued: list[_Job] = []  # in this turn of the loop
        self._jobs: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write_forever, name="parlour-write", daemon=True)
        self._thread.start()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read transaction and return its result."""
        return await self._loop.run_in_executor(self._threads, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with named_faults(), self._reader.begin() as connection:
            return work(connection)

    def revision(self, watched: Watched) -> int:
        """Return how often such things were changed: what was read before it went up may not hold any more."""
        return self._changes.revisions[watched]

    def write(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Run `work` in the order of the calls; its result comes when it is committed, its error when undone."""
        return self.write_batched(_one_by_one, work)

    async def trial(self, work: Callable[[Connection], T]) -> T:
        """Do some work and take it back; return what it gave. For errors that only doing it shows."""
        found: list[T] = []

        def attempt(connection: Connection) -> None:
            found.append(work(connection))
            raise _TakenBackError
        with suppress(_TakenBackError):
            await self.write(attempt)
        return found[-1]

    def write_batched(self, run: Batch, payload: object) -> "asyncio.Future[Any]":
        """Queue `payload` for `run`, which gets all that queued up for it; it returns a result or error for each."""
        done: asyncio.Future[Any] = self._loop.create_future()
        if self._closed:
            done.set_exception(ParlourError(STORAGE_UNAVAILABLE, reason="it is closed"))
            return done
        if not self._queued:  # the writer gets all of this turn at once: one commit, and not one more for the first
            self._loop.call_soon(self._hand_over)
        self._queued.append(_Job(run, payload, done))
        return done

    def _hand_over(self) -> None:
        queued, self._queued = self._queued, []
        for start in range(0, len(queued), MAX_BATCH):
            self._jobs.put(queued[start:start + MAX_BATCH])

    async def close(self) -> None:
        """Finish what is queued, then let go of the database."""
        if self._closed:
            return
        self._closed = True
        self._hand_over()
        self._jobs.put(_STOP)
        await self._loop.run_in_executor(self._threads, self._thread.join)
        self._threads.shutdown()
        self._writer.dispose()
        self._reader.dispose()

    # -- in the writer's thread

    def _write_forever(self) -> None:
        while jobs := self._next_jobs():
            results = self._commit(jobs)
            self._changes.commit()
            self._loop.call_soon_threadsafe(_deliver, jobs, results)

    def _next_jobs(self) -> list[_Job]:
        """Wait for jobs and take what queued up behind them; empty when it is time to stop."""
        jobs: list[_Job] = []
        more = self._jobs.get()
        while more is not _STOP:
            jobs += more
            if len(jobs) >= MAX_BATCH or self._jobs.empty():
                return jobs
            more = self._jobs.get()
        if jobs:
            self._jobs.put(_STOP)  # these first, then stop
        return jobs

    def _commit(self, jobs: list[_Job]) -> list[Any]:
        results: list[Any] = []
        try:
            with named_faults(), self._writer.begin() as connection:
                for run, group in groupby(jobs, key=lambda job: job.run):
                    results.extend(_all_or_each(connection, run, [job.payload for job in group]))
        except Exception as fault:  # whatever it was, everybody who waits must hear of it
            return [fault] * len(jobs)
        return results


def _one_by_one(connection: Connection, works: Sequence[Callable[[Connection], Any]]) -> list[Any]:
    return [_alone(connection, work) for work in works]


def _all_or_each(connection: Connection, run: Batch, payloads: Sequence[Any]) -> Sequence[Any]:
    """Run `payloads` together; if that fails, each for itself, so that only the one at fault fails."""
    results = _alone(connection, lambda connection: run(connection, payloads))
    if not isinstance(results, Exception):
        return cast("Sequence[Any]", results)
    if len(payloads) == 1:
        return [results]
    return [result for payload in payloads for result in _all_or_each(connection, run, [payload])]


def _alone(connection: Connection, work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 - whatever work returns
    """Run one unit of work so that its failure undoes only itself; return its result or its error.

    Raises:
        Exception: the error, when the engine has undone the whole transaction with it (SQLite does so on a full disk).
    """
    savepoint = connection.begin_nested()
    try:
        with named_faults():
            result = work(connection)
    except Exception as refusal:  # it goes to the one who waits for this work, and to nobody else
        if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            raise
        savepoint.rollback()
        return refusal
    savepoint.commit()
    return result


def _deliver(jobs: list[_Job], results: list[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        if job.done.cancelled():
            continue
        if isinstance(result, Exception):
            job.done.set_exception(result)
        else:
            job.done.set_result(result)


@contextmanager
def named_faults() -> Iterator[None]:
    """Give the engine's own faults (disk full, file gone) their name in the registry."""
    try:
        yield
    except DBAPIError as fault:
        raise ParlourError(STORAGE_UNAVAILABLE, reason=str(fault.orig)) from fault


@contextmanager
def named_driver_faults() -> Iterator[None]:
    """Do the same where the driver's own cursors are used."""
    try:
        yield
    except sqlite3.Error as fault:
        raise ParlourError(STORAGE_UNAVAILABLE, reason=str(fault)) from fault


def check_url(url: str) -> None:
    """Make sure that `url` names a database of a kind that this version supports.

    Raises:
        ParlourError: SettingInvalid.
    """
    try:
        parsed = make_url(url)
        supported = parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database not in (None, "", ":memory:")
    except ArgumentError:
        supported = False
    if not supported:
        raise ParlourError(
            SETTING_INVALID, url, setting="database", reason="only sqlite:/// URLs of files are supported")


def absolute_url(url: str, base: Path) -> str:
    """Return `url` with the place of its file made absolute: a relative one is meant from `base`.

    Raises:
        ParlourError: SettingInvalid.
    """
    check_url(url)
    parsed = make_url(url)
    return parsed.set(database=str(base / (parsed.database or ""))).render_as_string(hide_password=False)


def file_of(url: str) -> Path:
    """Return the file of a database."""
    return Path(make_url(url).database or "")


def open_engine(url: str, begin: str, *, foreign_keys: bool = True) -> Engine:
    """Open an SQLite engine whose transactions start with the statement `begin`."""
    engine = create_engine(url)
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", f"foreign_keys={int(foreign_keys)}")

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own connection
        connection.isolation_level = None  # the "begin" event starts transactions, not the driver
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine
