"""Thousands of clients lose their connections at once, come back, and resume where they were.

    python -m benchmarks.reconnect [--clients 10000] [--rooms 1] [--transport websocket] [--kill]

Thirty people share their rooms, one or more. Of each thirty, 29 clients lose their connections; the one
that stays posts in all of these rooms while they are away. Then all connect at once, sign in, join, and get what they
missed: the time counts until each of them has it. Meanwhile thirty others, who stayed, chat in a room of their own, and
it is seen how late their messages are.

With --kill it is the server that goes: it is killed and started again, and nobody stays.
"""

import argparse
import time
from collections.abc import Sequence

from benchmarks.crowd.board import Seen, marked
from benchmarks.crowd.gathering import Conversation, Queue, Transport, join, missing, sign_in, wait
from benchmarks.crowd.member import Done, Member, Scene
from benchmarks.crowd.server import Meter, Server
from benchmarks.crowd.stage import Result, crowd, scene_of, served, show
from benchmarks.crowd.world import PlannedRoom

GROUP = 30  # people with the same rooms
LIVELY = 0  # the room of those who stay, and its group on the board; all others are in the other one
RATE = 10.0  # posts a second there
MISSED = 5  # messages that are posted in each of the other rooms
CURRENT_TARGET, LIVE_TARGET = 30.0, 2000.0  # s and ms
PAUSE = 2.0


def measure(transport: Transport, clients: int, rooms: int, *, kill: bool) -> list[Result]:
    """Have clients lose their connections, and see how they come back."""
    groups = 1 + -(-clients // (GROUP if kill else GROUP - 1))
    plan = [PlannedRoom(f"Room {number} of {group}", range(group * GROUP, (group + 1) * GROUP))
            for group in range(groups) for number in range(rooms)]
    with served(groups * GROUP, plan) as (world, server):
        scene = scene_of(world, server, transport, [LIVELY, *[1] * (len(plan) - 1)])
        members = crowd(scene, transport, range(groups * GROUP))
        came = sign_in(scene, members)
        join(scene, members, lambda member: _rooms_of(member.person, rooms))
        speaks = members[GROUP::GROUP]  # one of each group but the first
        if kill:
            _speak(scene, speaks)
            wait(scene.loop, lambda: not missing(scene, members, range(len(plan))), "everybody hears")
            gone = members
        else:
            gone = [member for member in members[GROUP:] if member.person % GROUP]
        back = _return(scene, server, transport, gone, [] if kill else speaks, members[:GROUP])
        work = "all are current, after the server was killed" if kill else "all are current"
        found = [
            Result(transport, len(gone), work, "s", back.seconds, CURRENT_TARGET),
            Result(transport, len(gone), "server's processor time", "s", back.server),
            Result(transport, len(gone), "load generator", "% of a core", 100 * back.own / back.seconds),
            Result(transport, len(members), "first sign-in", "clients/s", len(members) / came)]
        return found if kill else [*found, *_live(scene, transport)]


def _rooms_of(person: int, rooms: int) -> Sequence[int]:
    group = person // GROUP
    return range(group * rooms, (group + 1) * rooms)


def _live(scene: Scene, transport: Transport) -> list[Result]:
    """Return what those who stayed noticed."""
    live, board = scene.board.lateness[LIVELY], scene.board
    return [
        Result(transport, GROUP, "live messages meanwhile, p99", "ms", live.share(0.99)),
        Result(transport, GROUP, "live messages meanwhile, worst", "ms", live.max, LIVE_TARGET),
        Result(transport, GROUP, "lost, doubled or out of order", "messages",
               board.lost + board.doubled + board.disordered, 0)]


class Back:
    """What coming back took: seconds, and processor seconds of the server and of ourselves."""

    def __init__(self, meter: Meter) -> None:
        self.seconds, self.server, self.own = meter.seconds, meter.server, meter.own


def _return(
    scene: Scene, server: Server, transport: Transport, gone: Sequence[Member], speaks: Sequence[Member],
    live: Sequence[Member],
) -> Back:
    """Have clients lose their connections and come back; speakers post meanwhile, if there are any."""
    known: list[tuple[Seen, Sequence[int]]] = [(member.seen, member.rooms) for member in gone]
    again = crowd(scene, transport, [member.person for member in gone], first=len(scene.world.people))
    talk = Conversation(scene, LIVELY, live, RATE) if speaks else None
    if speaks:
        for member in live:
            scene.loop.prefer(member)
    scene.loop.wait(PAUSE)
    if not speaks:
        server.kill()
    for member in gone:
        member.leave()
    if speaks:
        _speak(scene, speaks)
        wait(scene.loop, lambda: not missing(scene, speaks, range(len(scene.world.rooms))), "those who stayed hear")
    else:
        print(f"the server came back within {server.start():.1f} s")
    for member, (seen, _) in zip(again, known, strict=True):
        member.seen = seen
    rooms = {member.index: joined for member, (_, joined) in zip(again, known, strict=True)}
    scene.board.begin()
    meter = Meter(server.pid)

    def resume(member: Member, done: Done) -> None:
        member.enter(lambda one: one.resume(rooms[one.index], done))
    Queue(scene, again, resume, at_once=len(again)).run("coming back")
    back = Back(meter)
    if lacking := missing(scene, again, range(len(scene.world.rooms))):
        raise SystemExit(f"{lacking} messages are missing: {scene.board.refused}")
    if talk is not None:
        talk.stop()
    return back


def _speak(scene: Scene, speaks: Sequence[Member]) -> None:
    """Have messages posted in all rooms of some members, and wait until they are on disk."""
    board = scene.board
    wanted = board.acknowledged.count + MISSED * sum(len(member.rooms) for member in speaks)
    for member in MISSED * list(speaks):
        for room in member.rooms:
            due = time.monotonic_ns()
            member.post(room, marked(due, room), due)
    wait(scene.loop, lambda: board.acknowledged.count >= wanted, "posts are acknowledged")


def main(given: Sequence[str] | None = None) -> None:
    """Measure each transport with a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--rooms", type=int, default=1, help="of each client")
    parser.add_argument("--transport", type=Transport, choices=list(Transport), action="append")
    parser.add_argument("--kill", action="store_true", help="kill the server")
    parser.add_argument("--dry", action="store_true", help="record nothing")
    arguments = parser.parse_args(given)
    results = [result for transport in arguments.transport or (Transport.WEBSOCKET,)
               for result in measure(transport, arguments.clients, arguments.rooms, kill=arguments.kill)]
    show("reconnect", results, keep=not arguments.dry)


if __name__ == "__main__":
    main()
