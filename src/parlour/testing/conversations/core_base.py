"""What every part of the stage "core" stands on: who is there, what they are shown, and how refusals are told."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from parlour.chat.model import Message, Person
from parlour.chat.presence import ChatSession
from parlour.errors import ParlourError
from parlour.node import Node
from parlour.testing.conversations.core_screen import Player, Screen, ScreenDoor, sight_of
from parlour.testing.conversations.node_stage import NodeStage
from parlour.testing.conversations.stage import RefusedAct
from parlour.testing.conversations.values import Endpoint, Quote, Sight


class CorePlace(NodeStage[Player]):
    """The chat, and people who come and go."""

    name = "core"

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._node = node
        self._core = node.core
        self._door = ScreenDoor()

    # -- coming and going

    async def _signed_in(self, who: Endpoint) -> Player:
        person = await self._node.people.find(str(self.administrator.address(who.person)))
        screen: Screen = deque()
        player = Player(person, self._core.chat.open_session(person, self._door, screen), screen)
        self._door.players.append(player)
        return player

    async def _signed_out(self, player: Player) -> None:
        self._core.chat.close_session(player.session)

    async def _lost(self, player: Player) -> None:
        self._core.chat.close_session(player.session)

    async def _session(self, who: Endpoint) -> ChatSession:
        return (await self._player(who)).session

    async def _person(self, who: Endpoint) -> Person:
        return (await self._player(who)).person

    # -- what is seen

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Return what was shown next; the chat shows everything at once, so there is nothing to wait for."""
        screen = (await self._player(who)).screen
        return sight_of(screen.popleft(), self.administrator) if screen else None

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Return everything that was shown."""
        screen = (await self._player(who)).screen
        found = [sight_of(shown, self.administrator) for shown in screen]
        screen.clear()
        return found

    # -- names

    def _quotes(self, messages: Iterable[Message]) -> tuple[Quote, ...]:
        return tuple(Quote(self.administrator.person(message.author), message.text)
                     for message in messages if not message.deleted)

    def _names(self, people: Iterable[Person]) -> frozenset[str]:
        return frozenset(self.administrator.person(person.address) for person in people)


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what the core refuses as scripts do."""
    try:
        yield
    except ParlourError as refusal:
        raise RefusedAct(frozenset({refusal.kind.name}), str(refusal)) from refusal
