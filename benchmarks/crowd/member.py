"""What all clients of a crowd have in common: they sign in, join, post, receive, and count what they receive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.crowd.board import Board, Seen
from benchmarks.crowd.loop import Connection, Loop, Place
from benchmarks.crowd.world import World

Done: TypeAlias = "Callable[[Member], None]"


def nothing(_: "Member") -> None:
    """Do nothing more."""


@dataclass(slots=True)
class Scene:
    """What the members of a crowd share.

    Attributes:
        loop: waits for all of them.
        board: counts what they receive.
        world: where they are.
        place: where they connect.
        ended: connections that ended without having been closed by us.
    """

    loop: Loop
    board: Board
    world: World
    place: Place
    ended: int = 0


class Member(Connection):
    """A client of somebody.

    Args:
        scene: what it shares with others.
        index: its own number, from 0; says where it connects from.
        person: index of whose client it is.

    Attributes:
        is_ready: it has signed in.
        rooms: indices of the rooms that it has joined.
        seen: the newest number that it has seen, by room.
    """

    __slots__ = ("_asked", "_done", "_due", "index", "is_ready", "person", "rooms", "scene", "seen")

    def __init__(self, scene: Scene, index: int, person: int) -> None:
        super().__init__(scene.loop)
        self.scene = scene
        self.index = index
        self.person = person
        self.is_ready = False
        self.rooms: Sequence[int] = ()
        self.seen: Seen = {}
        self._done: Done = nothing
        self._asked: Sequence[int] = ()  # the rooms that it is joining
        self._due: dict[int, int] | None = None  # when a post was due, by the number of its request

    # -- for heirs

    def join(self, rooms: Sequence[int], done: Done = nothing) -> None:
        """Join rooms; `done` is called when all of them are open."""
        raise NotImplementedError

    def resume(self, rooms: Sequence[int], done: Done = nothing) -> None:
        """Join rooms again, and get what was missed of them."""
        self.join(rooms, done)

    def post(self, room: int, text: str, due: int) -> None:
        """Post a message.

        Args:
            room: index of the room.
            text: see `board.marked`.
            due: when it is due.
        """
        raise NotImplementedError

    def renew(self) -> None:
        """Renew the registration, if there is such a thing."""

    def refresh(self) -> None:
        """Refresh the session, if there is such a thing."""

    def keep_alive(self) -> None:
        """Give a sign of life, if it takes one."""

    # -- the beginning and the end

    def enter(self, done: Done = nothing) -> None:
        """Connect and sign in; `done` is called then."""
        self._done = done
        self.open(self.scene.place, f"127.{1 + self.index // 62_500}.{self.index // 250 % 250}.{1 + self.index % 250}")

    def leave(self) -> None:
        """Close the connection, without a word."""
        self.is_ready = False
        self.close()

    def lost(self, reason: str) -> None:
        """Note that the connection has ended."""
        self.is_ready = False
        self.scene.ended += 1
        self.scene.board.refuse(f"client {self.index} lost its connection: {reason}")

    def _finish(self) -> None:
        """Call whoever waits for the step that has ended."""
        done, self._done = self._done, nothing
        done(self)

    def _joined(self) -> None:
        self.rooms = (*self.rooms, *(room for room in self._asked if room not in self.rooms))
        self._asked = ()
        self._finish()

    # -- posts

    def _expect(self, number: int, due: int) -> None:
        if self._due is None:
            self._due = {}
        self._due[number] = due

    @property
    def unanswered(self) -> int:
        """How many posts have no answer yet."""
        return len(self._due) if self._due else 0

    def _acknowledged(self, number: int) -> bool:
        """Note the answer to a post; say whether it was one."""
        due = self._due.pop(number, None) if self._due else None
        if due is None:
            return False
        self.scene.board.acknowledged.add(self.loop.now - due)
        return True
