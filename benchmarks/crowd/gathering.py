"""Bringing many clients in, and waiting until all of them have seen everything."""

import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import StrEnum

from benchmarks.crowd.board import marked
from benchmarks.crowd.loop import Loop, Place
from benchmarks.crowd.member import Done, Member, Scene
from benchmarks.crowd.server import HOST, Ports
from benchmarks.crowd.sip import SipMember
from benchmarks.crowd.websocket import WebMember
from benchmarks.crowd.world import World

AT_ONCE = 200  # clients that are on their way in at the same time
STEP_SECONDS = 600.0


class Transport(StrEnum):
    """How clients reach the server."""

    TCP = "sip"
    TLS = "sip-tls"
    WEBSOCKET = "websocket"


KINDS: dict[Transport, type[Member]] = {
    Transport.TCP: SipMember, Transport.TLS: SipMember, Transport.WEBSOCKET: WebMember}


class LateError(Exception):
    """Something did not come to pass in time."""


def place_of(transport: Transport, ports: Ports, world: World) -> Place:
    """Return where clients connect."""
    if transport is Transport.TLS:
        context = ssl.create_default_context(cafile=str(world.folder / "tls" / "certificate.pem"))
        context.check_hostname = False  # they connect by address
        return Place(HOST, ports.sip_tls, context)
    return Place(HOST, ports.web if transport is Transport.WEBSOCKET else ports.sip_tcp)


def wait(loop: Loop, until: Callable[[], bool], what: str, within: float = STEP_SECONDS) -> None:
    """Handle what comes until something is so.

    Raises:
        LateError: it is not so after `within` seconds.
    """
    if not loop.run(until, within):
        raise LateError(f"{what}: not done within {within:.0f} s")


class Queue:
    """Lets many do the same, some at a time.

    Args:
        scene: what they share.
        members: who.
        begin: begins it for one of them, with what is to be called at the end.
        at_once: how many are under way at the same time.

    Attributes:
        done: how many have done it.
    """

    def __init__(
        self, scene: Scene, members: Sequence[Member], begin: Callable[[Member, Done], None], at_once: int = AT_ONCE
    ) -> None:
        self.done = 0
        self._scene = scene
        self._count = len(members)
        self._waiting: Iterator[Member] = iter(members)
        self._begin = begin
        self._at_once = at_once

    def run(self, what: str, within: float = STEP_SECONDS) -> float:
        """Have all of them do it; return the seconds it took.

        Raises:
            LateError: it takes too long, or connections ended meanwhile.
        """
        began, ended = time.monotonic(), self._scene.ended
        for _ in range(self._at_once):
            self._next()
        wait(self._scene.loop, lambda: self.done >= self._count or self._scene.ended > ended, what, within)
        if self._scene.ended > ended:
            raise LateError(f"{what}: {self._scene.board.refused}")
        return time.monotonic() - began

    def _next(self) -> None:
        member = next(self._waiting, None)
        if member is not None:
            self._begin(member, self._on_done)

    def _on_done(self, _: Member) -> None:
        self.done += 1
        self._next()


def sign_in(scene: Scene, members: Sequence[Member], at_once: int = AT_ONCE) -> float:
    """Have members connect and sign in; return the seconds it took."""
    return Queue(scene, members, lambda member, done: member.enter(done), at_once).run("signing in")


def join(
    scene: Scene, members: Sequence[Member], rooms: Callable[[Member], Sequence[int]], at_once: int = AT_ONCE
) -> float:
    """Have members join their rooms while nobody posts there; return the seconds it took."""
    taken = Queue(scene, members, lambda member, done: member.join(rooms(member), done), at_once).run("joining")
    for member in members:
        member.seen = {room: scene.board.newest.get(room, 0) for room in member.rooms}
    return taken


def missing(scene: Scene, members: Iterable[Member], rooms: Collection[int]) -> int:
    """Return how many messages of rooms members have not seen that others have."""
    newest = scene.board.newest
    return sum(max(0, newest.get(room, 0) - member.seen[room])
               for member in members for room in member.rooms if room in rooms and room in member.seen)


def drain(scene: Scene, members: Sequence[Member], rooms: Collection[int], patience: float = 15.0) -> int:
    """Wait until members have seen all messages of rooms.

    Args:
        scene: what they share.
        members: who.
        rooms: indices of the rooms.
        patience: seconds without anything new after which nothing more is expected.

    Returns:
        How many messages are missing then.
    """
    left, deadline = missing(scene, members, rooms), time.monotonic() + patience
    while left and time.monotonic() < deadline:
        scene.loop.wait(0.5)
        before, left = left, missing(scene, members, rooms)
        if left != before:
            deadline = time.monotonic() + patience
    return left


class Conversation:
    """Posts in a room at a steady pace, whoever of its members has the turn.

    Args:
        scene: what all share.
        room: index of the room.
        authors: who posts, in turns.
        rate: posts a second.
    """

    def __init__(self, scene: Scene, room: int, authors: Sequence[Member], rate: float) -> None:
        self.posts = 0
        self._scene = scene
        self._room = room
        self._authors = authors
        self._pause = int(1e9 / rate)
        self._goes_on = True
        self._next = time.monotonic_ns() + self._pause
        scene.loop.at(self._next, self._post)

    def stop(self) -> None:
        """Post nothing more."""
        self._goes_on = False

    def _post(self) -> None:
        if not self._goes_on:
            return
        author = self._authors[self.posts % len(self._authors)]
        if author.is_ready:
            author.post(self._room, marked(self._next, self._room), self._next)
        self.posts += 1
        self._next += self._pause
        self._scene.loop.at(self._next, self._post)
