#!/usr/bin/env python3
"""Does a big room cost more to read and search than a small one? And how much disk does a message take?

Makes one deployment with a room of 10,000 and one of 10,000,000 messages of 80 characters, then asks both rooms the
same questions in turns, through the core as every door does: rights included. Prints a table with the targets beside.

    python -m benchmarks.big_room [--messages 10000000] [--folder DIR]

A folder is kept, and used again if it has these rooms already: to fill them takes minutes.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import select

from benchmarks.figures import RESULTS, Figure, record
from benchmarks.filling import fill, posted_at
from benchmarks.talk import (
    ABSENT_WORD,
    CHINESE_WORD,
    COMMON_WORD,
    FREQUENT_PHRASE,
    OLD_PHRASE,
    RARE_PHRASE,
    RARE_WORD,
)
from parlour.addresses import Fqdn, SipAddress
from parlour.chat.finding import Match
from parlour.chat.history import After, Around, Before, Place, Since
from parlour.chat.model import NewRoom, Person, Privacy, Room
from parlour.chat.ports import SearchPlace
from parlour.chat.search import MessageQuery
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import FIRST_CATEGORY, DataFolder, NewDeployment, make_deployment
from parlour.directory.people import NewPerson
from parlour.node import Node, open_node
from parlour.storage.database import file_of
from parlour.storage.schema import rooms as room_rows

DOMAIN, POOL = "litwareinc.com", "pool.litwareinc.com"
SMALL, BIG = "Small", "Big"
PAGE = 20  # messages in a page
PEOPLE = 8
MOST_GROWTH, MOST_BYTES = 1.5, 700
MOST_PAGE_MS, MOST_SEARCH_MS = 5, 100  # the median, and the 95th of a hundred

# -- the rooms

@dataclass(frozen=True, slots=True)
class World:
    """What is measured."""

    node: Node
    people: Sequence[Person]
    small: Room
    big: Room
    counts: tuple[int, int]


async def make_world(data: DataFolder, settings: Settings, small: int, big: int) -> None:
    """Make people and both rooms, and fill these."""
    make_deployment(data, NewDeployment(Fqdn(DOMAIN), Fqdn(POOL)), SystemClock())
    async with open_node(data, settings) as node:
        people = [await node.people.add(NewPerson(SipAddress(f"person{number}", DOMAIN), "Benchmark!1", ntlm=False))
                  for number in range(PEOPLE)]
        rooms = [await node.core.administration.create_room(NewRoom(name, FIRST_CATEGORY, privacy=Privacy.OPEN))
                 for name in (SMALL, BIG)]
    start = time.perf_counter()
    counts = {room.id: count for room, count in zip(rooms, (small, big), strict=True)}
    await asyncio.to_thread(fill, data.database, counts, [person.id for person in people])
    print(f"  written in {time.perf_counter() - start:.0f} s\n", flush=True)


async def found_world(node: Node) -> World:
    """Find what `make_world` made."""
    query = select(room_rows.c.name, room_rows.c.message_count)
    counts = {row.name: row.message_count
              for row in await node.database.read(lambda connection: connection.execute(query).all())}
    rooms = {room.name: room for room in await node.core.administration.all_rooms()}
    return World(node, await node.people.all(), rooms[SMALL], rooms[BIG], (counts[SMALL], counts[BIG]))


def file_size(node: Node) -> int:
    """Return the size of the database in bytes, with nothing left in its journal."""
    file = file_of(node.settings.database or node.folder.database)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file.stat().st_size


# -- the questions

LAST_PAGE, SEARCH = "last page", "search"
Question = Callable[[Room, int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """How long one question took, in milliseconds, each time it was asked."""

    name: str
    small: Sequence[float]
    big: Sequence[float]

    @property
    def growth(self) -> float:
        """How much longer the big room takes."""
        return median(self.big) / median(self.small)

    @property
    def late(self) -> float:
        """What 95 of 100 take at most, in the big room."""
        return quantiles(self.big, n=100)[94] if len(self.big) > 1 else self.big[0]

    @property
    def target(self) -> str:
        """What it should be."""
        growth = f"growth ≤ {MOST_GROWTH}"
        if self.name == LAST_PAGE:
            return f"median ≤ {MOST_PAGE_MS} ms, {growth}"
        return f"p95 ≤ {MOST_SEARCH_MS} ms, {growth}" if self.name.startswith(SEARCH) else growth

    @property
    def meets(self) -> bool:
        """Whether it is so."""
        quick = (self.name != LAST_PAGE or median(self.big) <= MOST_PAGE_MS) and (
            not self.name.startswith(SEARCH) or self.late <= MOST_SEARCH_MS)
        return quick and self.growth <= MOST_GROWTH


def questions(world: World) -> dict[str, Question]:
    """Return what is asked of a room that has so many messages."""
    history, search, reader = world.node.core.history, world.node.core.search, world.people[0]
    author = (world.people[1].address,)

    def page(place: Callable[[int], Place]) -> Question:
        return lambda room, count: history.page(reader, room.uri, place(count // 2), PAGE)

    def words(text: str, **how: object) -> Question:
        query = replace(MessageQuery((), text, limit=PAGE), **how)  # type: ignore[arg-type]  # its own fields
        return lambda room, _: search.search(reader, replace(query, rooms=(room.uri,)))
    phrase = {"match": Match.PHRASE}
    return {
        LAST_PAGE: page(lambda _: Before()),
        "page in the middle": page(Before),
        "page in the middle, onwards": page(After),
        "page by date": page(lambda middle: Since(posted_at(middle))),
        "around a message": page(Around),
        f"{SEARCH}: frequent word": words(COMMON_WORD),
        f"{SEARCH}: rare word": words(RARE_WORD),
        f"{SEARCH}: absent word": words(ABSENT_WORD),
        f"{SEARCH}: part of a word": words(RARE_WORD[2:7]),
        f"{SEARCH}: frequent phrase": words(FREQUENT_PHRASE, **phrase),
        f"{SEARCH}: rare phrase of common words": words(RARE_PHRASE, **phrase),
        f"{SEARCH}: two Chinese characters": words(CHINESE_WORD),
        f"{SEARCH}: author": words("", authors=author),
        f"{SEARCH}: author and word": words(COMMON_WORD, authors=author),
    }


async def milliseconds(question: Question, room: Room, count: int) -> float:
    """Ask once."""
    start = time.perf_counter()
    await question(room, count)
    return (time.perf_counter() - start) * 1000


async def ask(world: World, name: str, question: Question, runs: int) -> Asked:
    """Ask both rooms in turns; the first time of each does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for one, room, count in zip(times, (world.small, world.big), world.counts, strict=True):
            taken = await milliseconds(question, room, count)
            one += [taken] * (run > 0)
    return Asked(name, *times)


async def to_the_end(world: World) -> list[float]:
    """Look for a phrase of common words that nobody used for long until it is found; return the time of each call."""
    query = MessageQuery((world.big.uri,), OLD_PHRASE, match=Match.PHRASE, limit=PAGE)
    times: list[float] = []
    place: SearchPlace | None = None
    while not times or place:
        start = time.perf_counter()
        place = (await world.node.core.search.search(world.people[0], replace(query, after=place))).next
        times.append((time.perf_counter() - start) * 1000)
    return times


# -- the figures

TABLE = """\
| question | {small:,} messages, median | {big:,}, median | p95 | growth | target | met |
|---|---:|---:|---:|---:|---|---|"""


def row(asked: Asked) -> str:
    """Return the line of the table for a question."""
    return (f"| {asked.name} | {median(asked.small):.2f} ms | {median(asked.big):.2f} ms | {asked.late:.2f} ms "
            f"| {asked.growth:.2f} | {asked.target} | {'yes' if asked.meets else 'NO'} |")


def figures_of(asked: Asked, work: str) -> list[Figure]:
    """Return what is kept of a question."""
    values = (("median", "ms", median(asked.big), MOST_PAGE_MS if asked.name == LAST_PAGE else None),
              ("p95", "ms", asked.late, MOST_SEARCH_MS if asked.name.startswith(SEARCH) else None),
              ("growth", "ratio", asked.growth, MOST_GROWTH))
    return [_figure(work, f"{asked.name}, {name}", unit, value, target) for name, unit, value, target in values]


def _figure(work: str, metric: str, unit: str, value: float, target: float | None = None) -> Figure:
    return Figure(work, "parlour", "", None, metric, unit, value, target=target)


async def measure(folder: Path, small: int, big: int, runs: int) -> list[Figure]:
    """Make the deployment in `folder`, or use the one that is there, and ask."""
    data = DataFolder(folder)
    settings = Settings.load(folder)
    if not data.key.exists():
        await make_world(data, settings, small, big)
    async with open_node(data, settings) as node:
        world = await found_world(node)
        if world.counts != (small, big):
            raise SystemExit(f"The rooms in {folder} have {world.counts[0]:,} and {world.counts[1]:,} messages.")
        work = f"a room of {big:,} messages"
        print(TABLE.format(small=small, big=big))
        figures = list[Figure]()
        for name, question in questions(world).items():
            asked = await ask(world, name, question, runs)
            print(row(asked), flush=True)
            figures += figures_of(asked, work)
        times = await to_the_end(world)
        size = file_size(node) / (small + big)
    missed = ", MISSED" if size >= MOST_BYTES else ""
    print(f"\nA phrase of common words that nobody used for long is found in {len(times)} calls, {sum(times):.0f} ms "
          f"in all, {max(times):.0f} ms at most.\n"
          f"A message takes {size:.0f} bytes of disk (target: less than {MOST_BYTES}{missed}).")
    return [*figures, _figure(work, "old rare phrase, calls", "1", len(times)),
            _figure(work, "old rare phrase, to the end", "ms", sum(times)),
            _figure(work, "old rare phrase, longest call", "ms", max(times)),
            _figure(work, "disk per message", "B", size, MOST_BYTES)]


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000_000, help="messages in the big room")
    parser.add_argument("--small", type=int, default=10_000, help="messages in the small room")
    parser.add_argument("--runs", type=int, default=200, help="how often each room is asked each question")
    parser.add_argument("--folder", type=Path, help="make the deployment there and keep it, or use the one there")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder where the figures are recorded")
    return parser.parse_args(given)


def main() -> int:
    """Measure; returns the exit status."""
    given = arguments(sys.argv[1:])
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "data"
        figures = asyncio.run(measure(folder, given.small, given.messages, given.runs))
    record(figures, given.results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
