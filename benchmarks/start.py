#!/usr/bin/env python3
"""How long does a node take to serve, with a whole official pool's rooms and 10,000,000 messages?

Makes a deployment with the 33,077 rooms of the capacity guide (32,000 small, 1,067 medium, 10 large ones, with members,
in categories) and messages in all of them. Then it starts `parlour serve` on it again and again, and takes the time
from the start of the process until SIP answers a request and the web listener one.

    python -m benchmarks.start [--messages 10000000] [--people 4000] [--folder DIR]

A folder is kept, and used again: to fill it takes minutes. Everything it has is in the system's cache when the node
starts; a disk would add the time to read some megabytes.
"""

import argparse
import http.client
import math
import random
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from benchmarks.crowd.server import HOST, Server, cpu_seconds, settled_memory
from benchmarks.crowd.world import DOMAIN, POOL, PlannedRoom, make_world
from benchmarks.figures import RESULTS, Figure, record
from benchmarks.filling import fill
from parlour.chat.names import name_key
from parlour.deployment import DataFolder
from parlour.storage.database import file_of, open_engine
from parlour.storage.schema import categories, messages, people, room_principals, rooms

TARGET_SECONDS = 2.0
CATEGORIES = 50
_SECONDS = 30  # that an answer may take


@dataclass(frozen=True, slots=True)
class Size:
    """Rooms of one size, as in the capacity guide.

    Attributes:
        name: what they are called.
        rooms: how many.
        part: how many of 80,000 people are in each.
        talk: which part of all messages is theirs.
        open: how many of 100 let everybody in.
    """

    name: str
    rooms: int
    part: int
    talk: float
    open: int


PEOPLE = 80_000
FEWEST = 4  # members of a room, however few people there are
SIZES = (Size("small", 32_000, 30, 0.925, 3), Size("medium", 1_067, 150, 0.07, 3), Size("large", 10, 16_000, 0.005, 50))


# -- the deployment

def make(folder: Path, most_rooms: int, people_count: int, message_count: int) -> None:
    """Make the deployment, and fill it."""
    began = time.perf_counter()
    plan = list(planned(most_rooms, people_count))
    make_world(folder, people_count, plan)
    url = DataFolder(folder).database
    engine = open_engine(url, "BEGIN IMMEDIATE")
    with engine.begin() as connection:
        spread(connection)
        authors = list(connection.execute(select(people.c.id)).scalars())
        numbers = {row.name: row.id for row in connection.execute(select(rooms.c.name, rooms.c.id))}
    engine.dispose()
    print(f"  {people_count:,} people and {len(plan):,} rooms made in {time.perf_counter() - began:.0f} s", flush=True)
    counts = {numbers[room.name]: count for room, count in zip(plan, shares(most_rooms, message_count), strict=True)}
    fill(url, counts, authors)
    print(f"  {sum(counts.values()):,} messages; in all {time.perf_counter() - began:.0f} s", flush=True)


def planned(most_rooms: int, people_count: int) -> Iterator[PlannedRoom]:
    """Plan the rooms, of each size at most so many, with members in proportion to how many people there are."""
    chance = random.Random(1)
    for size in SIZES:
        members = max(FEWEST, size.part * people_count // PEOPLE)
        for number in range(min(size.rooms, most_rooms)):
            listed = () if chance.randrange(100) < size.open else chance.sample(range(people_count), members)
            yield PlannedRoom(f"{size.name} {number:05}", listed)


def shares(most_rooms: int, message_count: int) -> Iterator[int]:
    """Share messages among the rooms, in the order of `planned`; every room gets one at least."""
    for size in SIZES:
        count = min(size.rooms, most_rooms)
        yield from [math.ceil(message_count * size.talk / count)] * count


def spread(connection: Connection) -> None:
    """Spread the rooms over categories like the first one."""
    first = connection.execute(select(categories)).mappings().one()
    for number in range(CATEGORIES):
        name = f"Category {number:02}"
        own = {"guid": str(uuid4()), "name": name, "name_key": name_key(name)}
        made = connection.execute(insert(categories).returning(categories.c.id), {
            **{column: value for column, value in first.items() if column != "id"}, **own}).scalar_one()
        connection.execute(update(rooms).where(rooms.c.id % CATEGORIES == number).values(category_id=made))


def described(folder: Path) -> str:
    """Say what is in a deployment."""
    with sqlite3.connect(file_of(DataFolder(folder).database)) as connection:
        counts = {table.name: connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]  # noqa: S608
                  for table in (people, categories, rooms, room_principals)}
        (said,) = connection.execute(f"SELECT sum(message_count) FROM {rooms.name}").fetchone()  # noqa: S608
    connection.close()
    listed = ", ".join(f"{count:,} {name.replace('room_principals', 'entries of lists')}"
                       for name, count in {**counts, messages.name: said}.items())
    size = file_of(DataFolder(folder).database).stat().st_size
    return f"{listed}; {size / 2**30:.1f} GiB"


# -- starting

def sip_answers(port: int) -> bytes:
    """Ask whether the SIP port is there, and return the first line of the answer."""
    with socket.create_connection((HOST, port), _SECONDS) as peer:
        here = f"{HOST}:{peer.getsockname()[1]}"
        peer.sendall((
            f"OPTIONS sip:{POOL} SIP/2.0\r\nVia: SIP/2.0/TCP {here};branch=z9hG4bK{uuid4().hex}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:nobody@{DOMAIN}>;tag=1\r\nTo: <sip:{POOL}>\r\nCall-ID: {uuid4().hex}\r\nCSeq: 1 OPTIONS\r\n"
            "Content-Length: 0\r\n\r\n").encode())
        answer = b""
        while b"\r\n" not in answer:
            piece = peer.recv(4096)
            if not piece:
                raise RuntimeError("SIP hangs up instead of answering")
            answer += piece
    return answer.partition(b"\r\n")[0]


def web_answers(port: int) -> int:
    """Ask for the web client, and return the status of the answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status


@dataclass(frozen=True, slots=True)
class Started:
    """What one start took.

    Attributes:
        seconds: from the start of the process until both doors answered.
        processor: processor seconds that it used until then: the part that does not depend on who else is at work.
        memory: resident MiB, once they stay the same.
    """

    seconds: float
    processor: float
    memory: float


def start_once(server: Server) -> Started:
    """Start the node, and end it."""
    began = time.monotonic()
    server.start()
    try:
        sip_answers(server.ports.sip_tcp)
        web_answers(server.ports.web)
        seconds, processor = time.monotonic() - began, cpu_seconds(server.pid)
        return Started(seconds, processor, settled_memory(server.pid) / 2**20)
    finally:
        server.stop()


_ROWS = (("until it serves", "seconds", "s", TARGET_SECONDS), ("processor time until then", "processor", "s", None),
         ("memory then", "memory", "MiB", None))


def measure(folder: Path, runs: int) -> list[Figure]:
    """Start the node that often, and return the figures."""
    server = Server(folder)
    start_once(server)  # what Python compiles once, and the system reads once, is no part of it
    starts = [start_once(server) for _ in range(runs)]
    print(f"\n| start of a node | median of {runs} | least | most | target | met |\n|---|---:|---:|---:|---|---|")
    figures = list[Figure]()
    for name, attribute, unit, target in _ROWS:
        values = [getattr(start, attribute) for start in starts]
        aim = "" if target is None else f"≤ {target:g} {unit}"
        met = "" if target is None else "yes" if median(values) <= target else "NO"
        print(f"| {name} | {median(values):.2f} {unit} | {min(values):.2f} | {max(values):.2f} | {aim} | {met} |")
        figures.append(Figure("start of a node", "parlour", "", None, name, unit, median(values), target=target))
    return figures


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000_000, help="messages in all rooms")
    parser.add_argument("--rooms", type=int, default=32_000, help="most rooms of each size")
    parser.add_argument("--people", type=int, default=4_000, help="people")
    parser.add_argument("--runs", type=int, default=5, help="how often the node is started")
    parser.add_argument("--folder", type=Path, help="make the deployment there and keep it, or use the one there")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder where the figures are recorded")
    return parser.parse_args(given)


def main() -> int:
    """Measure; returns the exit status."""
    given = arguments(sys.argv[1:])
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "data"
        if not DataFolder(folder).key.exists():
            make(folder, given.rooms, given.people, given.messages)
        print(described(folder), flush=True)
        figures = measure(folder, given.runs)
    record(figures, given.results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
