"""How long many clients take to join one room, all of them at once.

    python -m benchmarks.joins [--clients 1000] [--runs 3] [--transport sip]

Two times: of clients that are signed in, from the first command to the last answer; and over WebSocket of clients that
come from nowhere, each connecting, signing in by its access token and joining. Medians of some runs.
"""

import argparse
from collections.abc import Sequence
from statistics import median

from benchmarks.crowd.gathering import Queue, Transport, join, sign_in
from benchmarks.crowd.member import Done, Member, Scene
from benchmarks.crowd.server import Meter, Server
from benchmarks.crowd.stage import Result, crowd, scene_of, served, show
from benchmarks.crowd.world import PlannedRoom, World

TARGET = 1.0  # seconds
TRANSPORTS = (Transport.WEBSOCKET, Transport.TCP)


def measure(transport: Transport, clients: int, runs: int) -> list[Result]:
    """Measure a transport; each run has a room of its own."""
    rooms = [PlannedRoom(f"Joined {number}") for number in range(2 * runs)]
    with served(clients, rooms) as (world, server):
        costs: list[float] = []
        signed_in = [_joins(world, server, transport, room, clients, costs) for room in range(runs)]
        results = [
            Result(transport, clients, "join, signed in", "s", median(signed_in), TARGET),
            Result(transport, clients, "join, processor time each", "ms", median(costs) / clients * 1e3)]
        if transport is Transport.WEBSOCKET:
            whole = [_arrivals(world, server, transport, room, clients) for room in range(runs, 2 * runs)]
            results.append(Result(transport, clients, "connect, sign in and join", "s", median(whole)))
        return results


def _joins(
    world: World, server: Server, transport: Transport, room: int, clients: int, costs: list[float]
) -> float:
    scene = scene_of(world, server, transport)
    members = crowd(scene, transport, range(clients))
    sign_in(scene, members)
    meter = Meter(server.pid)
    taken = join(scene, members, lambda _: (room,), at_once=clients)
    costs.append(meter.server)
    _leave(scene, members)
    return taken


def _arrivals(world: World, server: Server, transport: Transport, room: int, clients: int) -> float:
    scene = scene_of(world, server, transport)
    members = crowd(scene, transport, range(clients))

    def arrive(member: Member, done: Done) -> None:
        member.enter(lambda one: one.join((room,), done))
    taken = Queue(scene, members, arrive, at_once=clients).run("arriving")
    _leave(scene, members)
    return taken


def _leave(scene: Scene, members: Sequence[Member]) -> None:
    for member in members:
        member.leave()
    scene.loop.wait(0)
    if scene.board.refused:
        raise SystemExit(f"the server refused something: {scene.board.refused}")


def main(given: Sequence[str] | None = None) -> None:
    """Measure each transport with a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--transport", type=Transport, choices=list(Transport), action="append")
    parser.add_argument("--dry", action="store_true", help="record nothing")
    arguments = parser.parse_args(given)
    results = [result for transport in arguments.transport or TRANSPORTS
               for result in measure(transport, arguments.clients, arguments.runs)]
    show("joins", results, keep=not arguments.dry)


if __name__ == "__main__":
    main()
