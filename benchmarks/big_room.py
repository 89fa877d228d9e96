#!/usr/bin/env python3
"""Does a big room cost more to read and search than a small one? And how much disk does a message take?

Makes one deployment with a room of 1,000 and one of 1,000,000 messages of 80 characters, written by the log's own code,
then asks both rooms the same questions in turns, through the core as every door does: rights included. What counts is
the ratio of the medians. Figures are printed, and appended as lines of JSON to benchmarks/results/big_room.jsonl.

    python benchmarks/big_room.py [--messages 1000000]
"""

import argparse
import asyncio
import json
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from statistics import median

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.finding import Match
from parlour.chat.history import After, Around, Before, Place, Since
from parlour.chat.model import Content, Draft, NewRoom, Person, Privacy, Room
from parlour.chat.ports import SearchPlace
from parlour.chat.search import MessageQuery
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import FIRST_CATEGORY, DataFolder, NewDeployment, make_deployment
from parlour.directory.people import NewPerson
from parlour.node import Node, open_node
from parlour.storage.database import file_of
from parlour.storage.messages import append_all

WORK = "big_room"
RESULTS = Path(__file__).parent / "results" / "big_room.jsonl"
DOMAIN, POOL = "litwareinc.com", "pool.litwareinc.com"
START = datetime(2020, 1, 1, tzinfo=UTC)
PAUSE = timedelta(seconds=30)  # between two messages
LENGTH = 80  # characters of a message
BATCH = 5_000  # messages in one commit
PAGE = 20  # messages in a page
PEOPLE = 8
TARGET_RATIO, TARGET_BYTES = 1.5, 700

# -- what people say

def _words(text: str) -> list[str]:
    return text.split()


COMMON = _words("""
the of and to in is that for it on was with as at be this have from or had by not but what all were when we there can
an your which their if do will each about how up out them then she many some so these would other into has more her two
like him see time could no make than first been its who now people my made over did down only way find use may long
little very after called just where most know get through back much before go good new write our used me man too any
day same right look think also around another come work three word must because does part even place well such here
take why things help put years different away again off went old number great tell say small every found still between
name should home big give air line set own under read last never us left end along while might next seen something
server database network budget report customer meeting release update ticket review backup printer contract invoice
""")
SYLLABLES = _words("""
ba be bi bo da de di do fa fe fi ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta
te ti to va ve vi vo sta tra ing tion ment ter con pro per dis
""")
CHINESE = _words("我们明天开会 数据库已经更新 会议在三点开始 请查看报告 服务器重启完成")
FREQUENT = "good morning"  # a phrase in a tenth of all messages
COMMON_WORD, RARE_WORD, RARE_PHRASE, OLD_PHRASE = "server", "zephyrus", "budget printer", "contract backup"
PLANTED = {"recently": (100, 400, 800), "long ago": (0.999, 0.995, 0.99)}  # messages before the end; parts of the room


class Talk:
    """Makes messages: words as frequent as in real talk (Zipf), the same for every run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < 20_000:
            made["".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4)))] = None
        self._words = [*COMMON, *made]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))

    def messages(self, count: int) -> Iterator[str]:
        """Make messages of a room: three times a rare word and phrase, and one that nobody used for long."""
        recent = {count - before for before in PLANTED["recently"]}
        old = {int(count * (1 - part)) for part in PLANTED["long ago"]}
        for number in range(count):
            said = [RARE_WORD, RARE_PHRASE] if number in recent else [OLD_PHRASE] if number in old else []
            yield self._message(number, said)

    def _message(self, number: int, said: Sequence[str]) -> str:
        words = [*said, *self._random.choices(self._words, cum_weights=self._weights, k=30)]
        if number % 10 == 3:
            words.insert(len(said), FREQUENT)
        if number % 5 == 1:
            words.insert(len(said), COMMON_WORD)
        if number % 20 == 7:
            words.insert(len(said), "".join(self._random.choices(CHINESE, k=3)))
        text = " ".join(words)[:LENGTH]
        return text if said else text.replace(RARE_PHRASE, "budget report").replace(OLD_PHRASE, "contract report")


# -- the rooms

@dataclass(frozen=True, slots=True)
class World:
    """What is measured."""

    node: Node
    people: Sequence[Person]
    small: Room
    big: Room


async def make_world(node: Node, small: int, big: int) -> World:
    """Make people and both rooms."""
    people = [await node.people.add(NewPerson(SipAddress(f"person{number}", DOMAIN), "Benchmark!1", ntlm=False))
              for number in range(PEOPLE)]
    rooms = [await node.core.administration.create_room(NewRoom(name, FIRST_CATEGORY, privacy=Privacy.OPEN))
             for name in ("Small", "Big")]
    for room, count in zip(rooms, (small, big), strict=True):
        await load(node, room, people, count)
    return World(node, people, *rooms)


async def load(node: Node, room: Room, people: Sequence[Person], count: int) -> None:
    """Write a room's messages as the log does, many in one commit."""
    authors = random.Random(1)
    drafts: list[Draft] = []
    for number, text in enumerate(Talk(2).messages(count), start=1):
        drafts.append(Draft(room.id, authors.choice(people), START + number * PAUSE, Content(text)))
        if len(drafts) == BATCH or number == count:
            await node.database.write(partial(append_all, works=drafts))
            drafts = []
        if number % 100_000 == 0:
            print(f"  {number:,} messages written", flush=True)


def file_size(node: Node) -> int:
    """Return the size of the database in bytes, with nothing left in its journal."""
    file = file_of(node.settings.database or node.folder.database)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file.stat().st_size


# -- the questions

Question = Callable[[Room, int], Awaitable[object]]


def questions(world: World) -> dict[str, Question]:
    """Return what is asked of a room that has so many messages."""
    history, search, reader = world.node.core.history, world.node.core.search, world.people[0]
    author = (world.people[1].address,)

    def page(place: Callable[[int], Place]) -> Question:
        return lambda room, count: history.page(reader, room.uri, place(count // 2), PAGE)

    def words(query: MessageQuery) -> Question:
        return lambda room, _: search.search(reader, replace(query, rooms=(room.uri,)))
    query = MessageQuery((), limit=PAGE)
    return {
        "last page": page(lambda _: Before()),
        "page in the middle": page(Before),
        "page in the middle, onwards": page(After),
        "page by date": page(lambda middle: Since(START + middle * PAUSE)),
        "around a message": page(Around),
        "search: common word": words(replace(query, text=COMMON_WORD)),
        "search: rare word": words(replace(query, text=RARE_WORD)),
        "search: frequent phrase": words(replace(query, text=FREQUENT, match=Match.PHRASE)),
        "search: rare phrase of common words": words(replace(query, text=RARE_PHRASE, match=Match.PHRASE)),
        "search: two Chinese characters": words(replace(query, text="会议")),
        "search: author": words(replace(query, authors=author)),
        "search: author and word": words(replace(query, authors=author, text=COMMON_WORD)),
        "search: nothing like it": words(replace(query, text="xyzzyx")),
    }


async def seconds(question: Question, room: Room, count: int) -> float:
    """Ask once."""
    start = time.perf_counter()
    await question(room, count)
    return time.perf_counter() - start


async def compare(world: World, question: Question, small: int, big: int, runs: int) -> tuple[float, float]:
    """Ask both rooms in turns, and return the medians."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        times[0].append(await seconds(question, world.small, small))
        times[1].append(await seconds(question, world.big, big))
    return median(times[0]), median(times[1])


async def to_the_end(world: World) -> list[float]:
    """Look for a phrase of common words that nobody used for long until it is found; return the time of each call."""
    query = MessageQuery((world.big.uri,), OLD_PHRASE, match=Match.PHRASE, limit=PAGE)
    times: list[float] = []
    place: SearchPlace | None = None
    while not times or place:
        start = time.perf_counter()
        place = (await world.node.core.search.search(world.people[0], replace(query, after=place))).next
        times.append(time.perf_counter() - start)
    return times


# -- the figures

@dataclass(frozen=True, slots=True)
class Figure:
    """One result."""

    metric: str
    unit: str
    value: float


def versions() -> dict[str, str]:
    """Return what was measured, and on what."""
    return {"parlour": version("parlour"), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
            "machine": platform.machine()}


def keep(file: Path, figures: Sequence[Figure], small: int, big: int) -> None:
    """Append the figures."""
    file.parent.mkdir(parents=True, exist_ok=True)
    common = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "messages": [small, big], "versions": versions()}
    with file.open("a", encoding="utf-8") as lines:
        for figure in figures:
            lines.write(json.dumps({"work": WORK, "metric": figure.metric, "unit": figure.unit,
                                    "value": round(figure.value, 3), **common}) + "\n")


async def measure(folder: Path, small: int, big: int, runs: int) -> list[Figure]:
    """Make the deployment in `folder`, or use the one that is there, and ask."""
    data = DataFolder(folder)
    if data.key.exists():
        raise SystemExit(f"There is a deployment in {folder} already.")
    make_deployment(data, NewDeployment(Fqdn(DOMAIN), Fqdn(POOL)), SystemClock())
    async with open_node(data, Settings.load(folder)) as node:
        empty = file_size(node)
        start = time.perf_counter()
        world = await make_world(node, small, big)
        print(f"  written in {time.perf_counter() - start:.0f} s\n")
        figures = [Figure("bytes per message", "B", (file_size(node) - empty) / (small + big))]
        print(f"{'':36}{'small':>10}{'big':>10}{'ratio':>8}   ({runs} runs each; medians)")
        for name, question in questions(world).items():
            figures += await figures_of(world, name, question, small, big, runs)
        times = await to_the_end(world)
        figures += [Figure("old rare phrase, to the end", "ms", sum(times) * 1000),
                    Figure("old rare phrase, calls", "1", len(times)),
                    Figure("old rare phrase, longest call", "ms", max(times) * 1000)]
    for figure in figures[:1] + figures[-3:]:
        print(f"{figure.metric:36}{figure.value:10.1f} {figure.unit}")
    return figures


async def figures_of(
    world: World, name: str, question: Question, small: int, big: int, runs: int
) -> list[Figure]:
    """Ask one question, and print the answer."""
    few, many = await compare(world, question, small, big, runs)
    ratio = many / few
    above = "  above the target" if ratio > TARGET_RATIO else ""
    print(f"{name:36}{few * 1000:7.2f} ms{many * 1000:7.2f} ms{ratio:8.2f}{above}", flush=True)
    return [Figure(f"{name}: big to small", "ratio", ratio), Figure(f"{name}: big", "ms", many * 1000)]


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages in the big room")
    parser.add_argument("--small", type=int, default=1_000, help="messages in the small room")
    parser.add_argument("--runs", type=int, default=200, help="how often each room is asked each question")
    parser.add_argument("--folder", type=Path, help="make the deployment there and keep it")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are appended")
    return parser.parse_args(given)


def main() -> int:
    """Measure; returns the exit status."""
    given = arguments(sys.argv[1:])
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "data"
        figures = asyncio.run(measure(folder, given.small, given.messages, given.runs))
    keep(given.results, figures, given.small, given.messages)
    over = figures[0].value > TARGET_BYTES
    print(f"targets: ratio up to {TARGET_RATIO}; less than {TARGET_BYTES} bytes a message{' (MISSED)' if over else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
