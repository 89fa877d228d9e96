"""A room with 16,000 seats: how long until the last one has heard, and what others notice of it.

    python -m benchmarks.auditorium [--seats 16000] [--posts 5] [--transport websocket]

The presenter of an auditorium posts once in a while. Meanwhile thirty other people chat in a room of their own, as many
times a second as a lively room does: how late their messages are says what a big post costs everybody else.
"""

import argparse
import time
from collections.abc import Sequence
from statistics import median

from benchmarks.crowd.board import Histogram, marked
from benchmarks.crowd.gathering import Conversation, Transport, drain, join, sign_in, wait
from benchmarks.crowd.member import Member, Scene
from benchmarks.crowd.server import Meter
from benchmarks.crowd.stage import Result, crowd, scene_of, served, show
from benchmarks.crowd.world import PlannedRoom

AUDITORIUM, LIVELY = 0, 1  # rooms, and their groups
OTHERS, RATE = 30, 20.0
PAUSE = 3.0  # seconds between two posts
LAST_TARGET, OTHERS_TARGET = 1000.0, 200.0  # ms


def measure(transport: Transport, seats: int, posts: int) -> list[Result]:
    """Fill the auditorium and let its presenter speak."""
    people = seats + OTHERS
    plan = [PlannedRoom("Auditorium", presenters=(0,)), PlannedRoom("Lively", range(seats, people))]
    with served(people, plan) as (world, server):
        scene = scene_of(world, server, transport, (AUDITORIUM, LIVELY))
        members = crowd(scene, transport, range(people))
        came = sign_in(scene, members)
        joined = join(scene, members, lambda member: (AUDITORIUM if member.person < seats else LIVELY,))
        for member in members[seats:]:
            scene.loop.prefer(member)
        talk = Conversation(scene, LIVELY, members[seats:], RATE)
        scene.loop.wait(PAUSE)
        scene.board.begin()
        meter = Meter(server.pid)
        times = [_post(scene, members[0], seats) for _ in range(posts)]
        server_seconds, own_seconds, seconds = meter.server, meter.own, meter.seconds
        talk.stop()
        lost = drain(scene, members, (AUDITORIUM, LIVELY)) + scene.board.lost
        late = scene.board.lateness
        return [
            Result(transport, seats, "sign-in", "clients/s", people / came),
            Result(transport, seats, "join", "clients/s", people / joined),
            Result(transport, seats, "last delivery after the post, median", "ms", median(times), LAST_TARGET),
            Result(transport, seats, "last delivery after the post, worst", "ms", max(times)),
            Result(transport, OTHERS, "p99 of a lively room meanwhile", "ms", late[LIVELY].share(0.99), OTHERS_TARGET),
            Result(transport, OTHERS, "worst of a lively room meanwhile", "ms", late[LIVELY].max),
            Result(transport, seats, "lost, doubled or out of order", "messages",
                   lost + scene.board.doubled + scene.board.disordered, 0),
            Result(transport, seats, "server", "% of a core", 100 * server_seconds / seconds),
            Result(transport, seats, "load generator", "% of a core", 100 * own_seconds / seconds)]


def _post(scene: Scene, presenter: Member, seats: int) -> float:
    """Have the presenter post; return the milliseconds until every seat has it."""
    board = scene.board
    board.lateness[AUDITORIUM] = Histogram()
    due = time.monotonic_ns()
    presenter.post(AUDITORIUM, marked(due, AUDITORIUM), due)
    wait(scene.loop, lambda: board.lateness[AUDITORIUM].count >= seats, "the auditorium hears a post", 60.0)
    scene.loop.wait(PAUSE)
    return (board.newest_at[AUDITORIUM] - due) / 1e6


def main(given: Sequence[str] | None = None) -> None:
    """Measure each transport with a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seats", type=int, default=16_000)
    parser.add_argument("--posts", type=int, default=5)
    parser.add_argument("--transport", type=Transport, choices=list(Transport), action="append")
    parser.add_argument("--dry", action="store_true", help="record nothing")
    arguments = parser.parse_args(given)
    results = [result for transport in arguments.transport or (Transport.WEBSOCKET, Transport.TCP)
               for result in measure(transport, arguments.seats, arguments.posts)]
    show("auditorium", results, keep=not arguments.dry)


if __name__ == "__main__":
    main()
