"""A whole pool, or a part of it, on one server process: does it keep up, and what does it cost?

    python -m benchmarks.pool [--model 2] [--factor 0.1 | --endpoints 19000 --full-rates] [--minutes 10]

A process may have a limited number of connections (ulimit -n). With --full-rates there are fewer endpoints than in the
whole pool, but as many posts, deliveries, comings and goings, renewals and signs of life in each second. --smoke is a
handful of people for a few seconds, and shows that it still works.
"""

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.crowd.gathering import Queue, Transport, drain
from benchmarks.crowd.member import Done, Member, Scene
from benchmarks.crowd.server import Meter, Server, memory, settled_memory
from benchmarks.crowd.stage import Result, crowd, scene_of, served, show
from benchmarks.crowd.world import World
from benchmarks.pool.model import KINDS, Load, Model, Rooms, full_rates, part_of_pool, rooms_of, smallest
from benchmarks.pool.traffic import Traffic

SMOKE_SECONDS = 3.0
AT_ONCE = 100
SETTLE = 5.0  # seconds after everybody has come
LAST = 60.0  # seconds for what is under way at the end
P99_TARGET, MEMORY_TARGET, RESERVE = 1000.0, 4096.0, 500  # ms, MiB, descriptors for everything else


@dataclass(frozen=True, slots=True)
class Run:
    """What is run.

    Attributes:
        name: of the work, for the figures.
        load: how much of everything.
        transport: how clients reach the server.
        seconds: for how long.
    """

    name: str
    load: Load
    transport: Transport
    seconds: float


def measure(run: Run) -> list[Result]:
    """Fill the pool, let its people chat, and see."""
    load, rooms = run.load, rooms_of(run.load)
    print(f"{run.name}: {load.users:,} people with {load.endpoints:,} endpoints in {len(rooms.plan):,} rooms; "
          f"{load.posts:.1f} posts/s, {load.deliveries:,.0f} deliveries/s, {load.joins:.2f} joins/s", flush=True)
    began = time.monotonic()
    with served(load.users, rooms.plan) as (world, server):
        print(f"made and served within {time.monotonic() - began:.1f} s", flush=True)
        return _with(run, rooms, world, server)


def _with(run: Run, rooms: Rooms, world: World, server: Server) -> list[Result]:
    scene = scene_of(world, server, run.transport, rooms.kinds)
    empty = memory(server.pid)
    users = run.load.users
    members = crowd(scene, run.transport, (number % users for number in range(run.load.endpoints)))
    came = _fill(scene, members, rooms, server)
    full = settled_memory(server.pid)
    scene.loop.wait(min(SETTLE, run.seconds))
    scene.board.begin()
    traffic, meter = Traffic(scene, run.load, rooms, members, run.transport), Meter(server.pid)
    traffic.start()
    _run(scene, traffic, meter, run.seconds)
    server_seconds, own_seconds, seconds = meter.server, meter.own, meter.seconds
    traffic.stop()
    scene.loop.run(lambda: not (traffic.returning or traffic.unanswered), LAST)
    absent = drain(scene, members, range(len(rooms.plan)))
    count = run.load.endpoints
    late, board = scene.board.total(), scene.board

    def result(metric: str, unit: str, value: float, target: float | None = None) -> Result:
        return Result(run.transport, count, metric, unit, value, target)
    found = [
        result("sign-in with all joins", "clients/s", count / came),
        result("posts", "1/s", traffic.posts / seconds),
        result("deliveries", "1/s", late.count / seconds),
        result("other news", "1/s", board.news / seconds),
        result("lateness, p50", "ms", late.share(0.5)),
        result("lateness, p99", "ms", late.share(0.99), P99_TARGET),
        result("lateness, worst", "ms", late.max),
        *(result(f"lateness in {kind} rooms, p99", "ms", one.share(0.99))
          for kind, one in zip(KINDS, board.lateness, strict=True)),
        result("acknowledgement, p99", "ms", board.acknowledged.share(0.99)),
        result("coming again with all joins, p99", "ms", traffic.returned.share(0.99)),
        result("lost", "messages", board.lost + absent + traffic.unanswered, 0),
        result("doubled", "messages", board.doubled, 0),
        result("out of order", "messages", board.disordered, 0),
        result("refused", "requests", board.refusals, 0),
        result("server", "% of a core", 100 * server_seconds / seconds, 100),
        result("server, per 100,000 deliveries", "CPU-s", 1e5 * server_seconds / max(1, late.count)),
        result("server's memory", "MiB", memory(server.pid) / 2**20, MEMORY_TARGET),
        result("server's memory per endpoint", "KB", (full - empty) / count / 1024),
        result("load generator", "% of a core", 100 * own_seconds / seconds),
        result("load generator's own lag, p99", "ms", traffic.lags.share(0.99))]
    for text in board.refused:
        print(f"refused: {text[:300]}")
    return found


def _fill(scene: Scene, members: Sequence[Member], rooms: Rooms, server: Server) -> float:
    """Have everybody sign in and join all his rooms, as fast as the server lets them; return the seconds it took."""
    meter = Meter(server.pid)

    def come(member: Member, done: Done) -> None:
        member.enter(lambda one: one.join(rooms.of_user[one.person], done))
    taken = Queue(scene, members, come, AT_ONCE).run("coming", within=7200.0)
    print(f"all came within {taken:.1f} s, for {meter.server:.1f} s of the server's processor", flush=True)
    for member in members:
        member.seen = {room: scene.board.newest.get(room, 0) for room in member.rooms}
    return taken


def _run(scene: Scene, traffic: Traffic, meter: Meter, seconds: float) -> None:
    """Let it go on for a while, and say every minute how it goes."""
    left = seconds
    while left > 0:
        scene.loop.wait(min(60.0, left))
        left -= 60.0
        late = scene.board.total()
        print(f"{meter.seconds:5.0f} s: {late.count:,} deliveries, p99 {late.share(0.99):.0f} ms, "
              f"{traffic.returned.count} came again, server {100 * meter.server / meter.seconds:.0f} %, "
              f"load generator {100 * meter.own / meter.seconds:.0f} %", flush=True)


def _checked(load: Load) -> Load:
    """Refuse more endpoints than a process may have connections."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE
    if load.endpoints > allowed:
        raise SystemExit(f"{load.endpoints:,} endpoints need more descriptors than a process may have here "
                         f"(ulimit -n): take --factor {allowed / 120_000:.2f}, or --endpoints {allowed} --full-rates")
    return load


def main(given: Sequence[str] | None = None) -> None:
    """Run what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Model, choices=list(Model), default=Model.TWO)
    parser.add_argument("--factor", type=float, default=0.1)
    parser.add_argument("--endpoints", type=int, default=19_000, help="with --full-rates")
    parser.add_argument("--full-rates", action="store_true")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--transport", type=Transport, choices=list(Transport), default=Transport.TCP)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--dry", action="store_true", help="record nothing")
    wanted = parser.parse_args(given)
    run = _smoke(wanted.model, wanted.transport) if wanted.smoke else _run_of(wanted)
    show(run.name, measure(run), keep=not (wanted.dry or wanted.smoke))


def _smoke(model: Model, transport: Transport) -> Run:
    return Run(f"pool, model {model}, smallest", smallest(model), transport, SMOKE_SECONDS)


def _run_of(wanted: argparse.Namespace) -> Run:
    load = full_rates(wanted.model, wanted.endpoints) if wanted.full_rates else part_of_pool(
        wanted.model, wanted.factor)
    share = "full rates" if wanted.full_rates else f"factor {wanted.factor:g}"
    return Run(f"pool, model {wanted.model}, {share}", _checked(load), wanted.transport, wanted.minutes * 60)


if __name__ == "__main__":
    main()
