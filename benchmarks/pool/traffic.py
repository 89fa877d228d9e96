"""What the people of a pool do in a second: they post, come again, renew what must be renewed, and are still there."""

import random
import time
from collections.abc import Callable, Sequence

from benchmarks.crowd.board import Histogram, marked
from benchmarks.crowd.gathering import KINDS as CLIENTS
from benchmarks.crowd.gathering import Transport
from benchmarks.crowd.loop import Act, Loop
from benchmarks.crowd.member import Member, Scene
from benchmarks.pool.model import KINDS, Load, Rooms

TICK = 10_000_000  # ns
REGISTRATION, SESSION, KEEP_ALIVE = 570.0, 1790.0, 120.0  # seconds between two renewals of a client
_LENGTHS = (40, 60, 80, 100, 120, 160, 240)  # characters of messages


class Steady:
    """Does something so many times a second, evenly.

    Args:
        loop: has the time.
        rate: times a second.
        act: what is done.
    """

    def __init__(self, loop: Loop, rate: float, act: Act) -> None:
        self._loop = loop
        self._rate = rate
        self._act = act
        self._began = time.monotonic_ns()
        self._done = 0
        loop.at(self._began, self._tick)

    def _tick(self) -> None:
        now = time.monotonic_ns()
        due = int((now - self._began) / 1e9 * self._rate)
        for _ in range(due - self._done):
            self._act()
        self._done = due
        self._loop.at(now + TICK, self._tick)


class Traffic:
    """Everything that happens in the pool while it is measured.

    Args:
        scene: what all clients share.
        load: how much of everything.
        rooms: where.
        members: the clients, in the order of `users`; whoever comes again takes the place of the one who left.
        transport: how clients reach the server.
        seed: of what is left to chance.

    Attributes:
        posts: how many messages were posted.
        abandoned: posts whose author left before he was told.
        returned: how long coming again took.
        returning: who is on his way.
        lags: how late this process itself was with what it had to do.
    """

    def __init__(
        self, scene: Scene, load: Load, rooms: Rooms, members: list[Member], transport: Transport, seed: int = 2
    ) -> None:
        self.posts = self.abandoned = 0
        self.returned = Histogram()
        self.returning = 0
        self.lags = Histogram()
        self._scene = scene
        self._load = load
        self._rooms = rooms
        self._members = members
        self._transport = transport
        self._random = random.Random(seed)
        self._goes_on = True
        self._next_number = len(members)
        self._of_kind = [[room for room, kind in enumerate(rooms.kinds) if kind == index]
                         for index in range(len(KINDS))]

    def start(self) -> None:
        """Begin."""
        for index, kind in enumerate(KINDS):
            self._plan_post(index, self._load.rates[kind], time.monotonic_ns())
        loop, renewing = self._scene.loop, self._load.renewing
        Steady(loop, self._load.joins, self._come_again)
        if self._transport is not Transport.WEBSOCKET:  # there the server asks
            Steady(loop, renewing / REGISTRATION, self._round(Member.renew))
            Steady(loop, renewing / SESSION, self._round(Member.refresh))
            Steady(loop, renewing / KEEP_ALIVE, self._round(Member.keep_alive))

    def stop(self) -> None:
        """Do nothing more."""
        self._goes_on = False
        self._scene.loop.forget_timers()

    @property
    def unanswered(self) -> int:
        """How many posts have no answer yet, though their authors are there."""
        return self.posts - self.abandoned - self._scene.board.acknowledged.count

    # -- posts

    def _plan_post(self, kind: int, rate: float, after: int) -> None:
        """Post in a room of a kind, when chance will have it."""
        due = after + int(self._random.expovariate(rate) * 1e9)
        self._scene.loop.at(due, lambda: self._post(kind, rate, due))

    def _post(self, kind: int, rate: float, due: int) -> None:
        if not self._goes_on:
            return
        room = self._random.choice(self._of_kind[kind])
        author = self._author(self._rooms.authors[room], room)
        if author is not None:
            author.post(room, marked(due, room, self._random.choice(_LENGTHS)), due)
            self.posts += 1
            self.lags.add(time.monotonic_ns() - due)
        self._plan_post(kind, rate, due)

    def _author(self, users: Sequence[int], room: int) -> Member | None:
        """Return somebody who is in the room; None if chance does not find one soon."""
        for _ in range(10):
            found = self._members[self._random.choice(users)]  # the first endpoint of each has his own index
            if found.is_ready and room in found.rooms:
                return found
        return None

    # -- comings and goings

    def _come_again(self) -> None:
        """Have somebody leave without a word, and come again at once."""
        place = self._random.randrange(len(self._members))
        before = self._members[place]
        if not before.is_ready or not before.rooms:
            return  # he is on his way already
        self.abandoned += before.unanswered
        before.leave()
        began = time.monotonic_ns()
        self._next_number += 1
        after = self._members[place] = CLIENTS[self._transport](self._scene, self._next_number, before.person)
        self.returning += 1

        def done(_: Member) -> None:
            self.returning -= 1
            self.returned.add(time.monotonic_ns() - began)
        after.enter(lambda member: member.join(self._rooms.of_user[member.person], done))

    # -- renewals

    def _round(self, act: Callable[[Member], None]) -> Act:
        """Return what does something for the next of all clients, one after the other, again and again."""
        place = 0

        def go_on() -> None:
            nonlocal place
            place = (place + 1) % len(self._members)
            member = self._members[place]
            if member.is_ready:
                act(member)
        return go_on
