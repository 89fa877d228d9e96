"""Writes down what happens on a stage, as a script that plays again."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from parlour.testing.conversations.grammar import SCENE, Verb
from parlour.testing.conversations.roll import Roll
from parlour.testing.conversations.script import Act, NothingMore, Sees
from parlour.testing.conversations.stage import RefusedAct, Stage
from parlour.testing.conversations.values import Endpoint, Sight, Values, Watchers
from parlour.testing.conversations.writer import written


class Recorder:
    """A stage that plays on another one and writes down each act, its outcome, and what everyone saw.

    Args:
        stage: where it is played.
        write: takes each line of the script, without its end.
    """

    def __init__(self, stage: Stage, write: Callable[[str], None]) -> None:
        self._stage = stage
        self._write = write
        self._roll = Roll()
        self._shown: dict[Endpoint, deque[Sight]] = {}  # written down, but not asked for yet
        self._told = False  # the last line told what was seen

    @property
    def name(self) -> str:
        """The name of the stage below."""
        return self._stage.name

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Everybody who has signed in."""
        return self._stage.endpoints

    async def perform(self, verb: Verb, values: Values) -> Any:  # noqa: ANN401 - see `Stage.perform`
        """Do something, and write it down with what comes of it."""
        await self.catch_up()
        try:
            answer = await self._stage.perform(verb, values)
        except RefusedAct as refused:
            self._act(Act(0, verb, values, refusal=_only_name(refused)))
            await self.catch_up()
            raise
        self._act(Act(0, verb, values, verb.answer is not None, answer))
        self._roll.did(verb, values)
        if verb in SCENE:
            await self._look_away()
        await self.catch_up()
        return answer

    async def _look_away(self) -> None:
        """What comes of setting the scene is no part of the play."""
        for who in self._stage.endpoints:
            await self._stage.sights(who)

    def _act(self, act: Act) -> None:
        if self._told:
            self._write("")
        self._told = False
        self._lines(written(act))

    def _lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._write(line)

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Return what `who` was shown next; what comes only now is written down now."""
        if not self._shown.get(who):
            late = await self._stage.next_sight(who)
            self._take({} if late is None else {who: [late]})
        return self._shown[who].popleft() if self._shown.get(who) else None

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Return everything else that `who` was shown."""
        self._take({who: await self._stage.sights(who)})
        found = list(self._shown[who])
        self._shown[who].clear()
        return found

    async def catch_up(self) -> None:
        """Write down what everyone has seen since."""
        self._take({who: await self._stage.sights(who) for who in self._stage.endpoints})

    async def finish(self) -> None:
        """Write down the rest, and that there was no more."""
        await self.catch_up()
        self._write("")
        self._lines(written(NothingMore(0, Watchers())))

    def _take(self, seen: dict[Endpoint, list[Sight]]) -> None:
        for who, sights in seen.items():
            self._shown.setdefault(who, deque()).extend(sights)
        for watchers, sight in _together({who: deque(sights) for who, sights in seen.items()}):
            self._told = True
            self._lines(written(Sees(0, self._called(watchers, sight), sight)))
            for who in watchers:
                self._roll.saw(who, sight)

    def _called(self, watchers: Sequence[Endpoint], sight: Sight) -> Watchers:
        inside = self._roll.inside(sight.room)
        if len(inside) > 1 and set(inside) == set(watchers):
            return Watchers(room=sight.room)
        return Watchers(tuple(watchers))


def _together(seen: dict[Endpoint, deque[Sight]]) -> Iterator[tuple[list[Endpoint], Sight]]:
    """Tell what several saw at once; each one's own order stays."""
    while any(seen.values()):
        sight = next(sights[0] for sights in seen.values() if sights)
        watchers = [who for who, sights in seen.items() if sights and sights[0] == sight]
        for who in watchers:
            seen[who].popleft()
        yield watchers, sight


def _only_name(refused: RefusedAct) -> str:
    """Return the name to write down; where a wire leaves several, any of them plays again."""
    if not refused.names:
        raise AssertionError(f"a refusal that is in no registry: {refused.words}")
    return min(refused.names)
