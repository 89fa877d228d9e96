"""What every benchmark with a crowd begins and ends with: a world that is served, members, and a table."""

import gc
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crowd.board import Board
from benchmarks.crowd.gathering import KINDS, Transport, place_of
from benchmarks.crowd.loop import Loop
from benchmarks.crowd.member import Member, Scene
from benchmarks.crowd.server import CLIENTS_CPU, Server, pin
from benchmarks.crowd.world import PlannedRoom, World, make_world
from benchmarks.figures import Figure, record


@contextmanager
def served(count: int, plan: Sequence[PlannedRoom], settings: dict[str, str] | None = None) -> Iterator[
        tuple[World, Server]]:
    """Make a deployment in a folder of its own, and serve it; it is gone afterwards.

    Meanwhile, this process does not look for garbage: among thousands of clients that takes a quarter of a second, and
    would count as the server's lateness.

    Args:
        count: how many people.
        plan: the rooms.
        settings: settings of the node by name.
    """
    pin(0, CLIENTS_CPU)
    gc.disable()
    with tempfile.TemporaryDirectory(prefix="parlour-crowd-") as folder:
        world = make_world(Path(folder) / "data", count, plan)
        with Server(world.folder, settings) as server:
            yield world, server
    gc.enable()
    gc.collect()


def scene_of(world: World, server: Server, transport: Transport, groups: Sequence[int] | None = None) -> Scene:
    """Return what the members of a crowd share.

    Args:
        world: where they are.
        server: serves it.
        transport: how they reach it.
        groups: the group of each room, for the histograms; by default there is one.
    """
    board = Board(groups if groups is not None else [0] * len(world.rooms))
    return Scene(Loop(), board, world, place_of(transport, server.ports, world))


def crowd(scene: Scene, transport: Transport, persons: Iterable[int], first: int = 0) -> list[Member]:
    """Return a member for each of some persons.

    Args:
        scene: what they share.
        transport: how they reach the server.
        persons: indices of the persons.
        first: number of the first member; no two may have the same.
    """
    kind = KINDS[transport]
    return [kind(scene, number, person) for number, person in enumerate(persons, start=first)]


def small_rooms(name: str, count: int, size: int, first: int = 0) -> list[PlannedRoom]:
    """Plan rooms that have no member in common: each has the next `size` people, from the first one on."""
    return [PlannedRoom(f"{name} {number}", range(first + number * size, first + (number + 1) * size))
            for number in range(count)]


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the table.

    Attributes:
        transport: how clients reached the server.
        members: how many the room had, or how many clients there were; None if that says nothing.
        metric, unit, value: what was measured.
        target: what the value should not exceed; None if there is no such thing.
    """

    transport: Transport
    members: int | None
    metric: str
    unit: str
    value: float
    target: float | None = None


def show(work: str, results: Sequence[Result], *, keep: bool = True) -> None:
    """Print results as a table, and record them.

    Args:
        work: what was done.
        results: what was measured.
        keep: whether to record them, too.
    """
    print(f"\n| {work} | clients | measured | value | target |\n|---|---:|---|---:|---:|")
    for one in results:
        target = "" if one.target is None else f"≤ {one.target:,g} {one.unit}"
        members = "" if one.members is None else f"{one.members:,}"
        print(f"| {one.transport} | {members} | {one.metric} | {one.value:,.4g} {one.unit} | {target} |")
    if keep:
        record([Figure(work, "parlour", one.transport.value, one.members, one.metric, one.unit, one.value,
                       target=one.target) for one in results])
