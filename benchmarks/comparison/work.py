"""What is done at every server, and what is measured of it."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from statistics import median
from typing import TypeAlias

from benchmarks.comparison import generator
from benchmarks.comparison.generator import GeneratorError, Row
from benchmarks.comparison.packages import MissingError
from benchmarks.comparison.peer import Peer
from benchmarks.comparison.processes import ServerError, memory
from benchmarks.figures import Figure

JOIN, SATURATION, RATE, POSTS, HISTORY = "join", "saturation", "rate", "posts", "history"
"""Names of works: see README.md."""

FEW = 10  # members of the room in which posts are counted
_RATES = {10: 20, 100: 20, 1000: 5, 2500: 2}  # messages a second at a fixed rate, by members
_WINDOWS = {10: 64, 100: 32, 1000: 8, 2500: 4}  # messages on their way at saturation
_IN_FLIGHT = 64  # messages on their way from one client that posts
STORED = 20_000  # messages in the room whose last page is asked for
_WARM_UP = 2.0  # seconds before each measurement, and for the news of who has joined
_COUNTED = 100_000  # deliveries to which CPU seconds are given
_MANY = 1000  # clients from which on memory shows

Key: TypeAlias = tuple[str, int, str, str]
"""Work, members, metric, unit."""

Values: TypeAlias = Mapping[Key, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done.

    Attributes:
        sizes: members of the rooms.
        seconds: how long each measurement lasts.
        runs: how often all of it is done; medians count.
        stored: messages in the room whose last page is asked for; 0: none is asked for.
        posts: whether posts are counted, too.
        warm_up: seconds of the same work before each measurement, and of rest before the first.
    """

    sizes: Sequence[int]
    seconds: float
    runs: int = 1
    stored: int = STORED
    posts: bool = True
    warm_up: float = _WARM_UP

    @property
    def people(self) -> int:
        """How many people it takes."""
        return max(FEW, *self.sizes)


def _nearest(table: Mapping[int, int], members: int) -> int:
    """Return what a table says of the largest size that is not larger, or else of the smallest."""
    return table[max((size for size in table if size <= members), default=min(table))]


def compare(peers: Sequence[Peer], plan: Plan) -> list[Figure]:
    """Have all servers do the work, one after the other.

    Returns:
        The medians of all runs. What a server failed in is said on stderr, and has no figures.
    """
    ready = [peer for peer in peers if _is_prepared(peer, plan.people)]
    found: dict[Peer, dict[Key, list[float]]] = {peer: defaultdict(list) for peer in ready}
    for number in range(plan.runs):
        for peer in ready:
            _say(f"{peer.server} ({peer.transport}): run {number + 1} of {plan.runs}")
            for values in _run(peer, plan, last=number == plan.runs - 1):
                for key, value in values.items():
                    found[peer][key].append(value)
    return [Figure(work, peer.server, peer.transport, members, metric, unit, median(values), peer.versions())
            for peer in ready for (work, members, metric, unit), values in found[peer].items()]


def _is_prepared(peer: Peer, people: int) -> bool:
    _say(f"{peer.server} ({peer.transport}): preparing")
    try:
        peer.prepare(people)
    except (GeneratorError, ServerError, MissingError) as fault:
        _say(f"  left out: {fault}")
        return False
    return True


def _run(peer: Peer, plan: Plan, *, last: bool) -> Iterator[Values]:
    pace = {"seconds": plan.seconds, "warm-up": plan.warm_up, "settle": plan.warm_up}
    for members in plan.sizes:
        if peer.most is None or members <= peer.most:
            yield _visit(peer, f"{members} members", members, {
                "phases": "join,rate,saturation", "rate": _nearest(_RATES, members),
                "window": _nearest(_WINDOWS, members), **pace})
        else:
            _say(f"  {members} members: left out, {peer.why}")
    if plan.posts:
        yield _visit(peer, "posts", FEW, {
            "phases": "join,saturation", "posters": 1, "window": _IN_FLIGHT, **pace})
    if plan.stored and last:  # it takes long, and hardly differs from run to run
        yield _visit(peer, "history", 1, {
            "phases": "join,fill,history", "fill": plan.stored, "window": _IN_FLIGHT, **pace})


def _visit(peer: Peer, name: str, members: int, options: Mapping[str, object]) -> Values:
    """Start a server afresh, do something there, and return what was measured."""
    try:
        peer.start()
        server, *others = peer.processes
        before = memory(server)
        with peer.visit(members) as visit:
            rows = generator.run(visit, {
                "n": members, "server-pids": ",".join(map(str, (server, *others))), "memory-pids": server, **options})
        values = {"posts": _posts, "history": _history}.get(name, partial(_rooms, before))(rows)
    except (GeneratorError, ServerError) as fault:
        _say(f"  {name}: failed: {fault}")
        return {}
    finally:
        peer.stop()
    _say(f"  {name}: " + ", ".join(f"{work} {metric} {value:.5g} {unit}" for (work, _, metric, unit), value
                                   in values.items()))
    return values


def _rooms(before: float, rows: Mapping[str, Row]) -> Values:
    """Return the figures of a room of some size, before which the server had so many MiB of memory."""
    join = rows["join"]
    members = int(join["n"])
    values = {(JOIN, members, "time", "s"): float(join["wall_s"]),
              (JOIN, members, "CPU", "ms per client"): 1000 * float(join["server_cpu_s"]) / members}
    if members >= _MANY:
        values[JOIN, members, "memory per client", "KiB"] = (float(join["rss_mb"]) - before) * 1024 / members
    return {**values, **_deliveries(SATURATION, rows[SATURATION]), **_deliveries(RATE, rows[RATE])}


def _deliveries(work: str, row: Row) -> Values:
    members, wall = int(row["n"]), float(row["wall_s"])
    deliveries = float(row["deliveries"])
    if not deliveries:
        raise GeneratorError(f"{work}: nothing was delivered to {members} members")
    return {
        (work, members, "deliveries", "1/s"): deliveries / wall,
        (work, members, "CPU", "s per 100,000"): float(row["server_cpu_s"]) * _COUNTED / deliveries,
        (work, members, "p50", "ms"): float(row["p50_ms"]),
        (work, members, "p99", "ms"): float(row["p99_ms"]),
        (work, members, "share of generator", "%"): 100 * float(row["generator_cpu_s"]) / wall,
        (work, members, "share of others", "%"): 100 * float(row["foreign_cpu_s"]) / wall,
        **{(work, members, name.replace("_", " "), "messages"): float(row[name])
           for name in ("lost", "doubled", "out_of_order")}}


def _posts(rows: Mapping[str, Row]) -> Values:
    """Return how many messages a second one client got to everybody."""
    row = rows[SATURATION]
    posted = float(row["posted"])
    return {(POSTS, FEW, "posts", "1/s"): posted / float(row["wall_s"]),
            (POSTS, FEW, "CPU", "s per 100,000"): float(row["server_cpu_s"]) * _COUNTED / posted,
            (POSTS, FEW, "share of generator", "%"): 100 * float(row["generator_cpu_s"]) / float(row["wall_s"])}


def _history(rows: Mapping[str, Row]) -> Values:
    """Return how long the last page takes."""
    row = rows[HISTORY]
    return {(HISTORY, 1, "page", "ms"): float(row["median_ms"]), (HISTORY, 1, "messages", "messages"):
            float(row["messages"]), (HISTORY, 1, "CPU", "ms"): 1000 * float(row["server_cpu_s"])}


def _say(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
