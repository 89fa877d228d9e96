"""Plays a script on a stage, and fails where what happens is not what it says."""

from collections import deque
from collections.abc import Sequence

from parlour.sipclient import ClientError
from parlour.testing.conversations.grammar import SCENE
from parlour.testing.conversations.roll import Roll
from parlour.testing.conversations.script import Act, NothingMore, Script, Sees, Step
from parlour.testing.conversations.stage import RefusedAct, Stage
from parlour.testing.conversations.values import Endpoint, ScriptError, Sight, Watchers
from parlour.testing.conversations.writer import written, written_answer, written_sight


class ConversationError(AssertionError):
    """Something else happened than the script says."""


async def play(script: Script, stage: Stage) -> None:
    """Play a script to its end, where nobody may have seen anything that it does not tell.

    Raises:
        ConversationError: with the line, and what happened instead.
        ScriptError: the script speaks of what is not there, or is not for this stage.
        CannotError: it wants what the stage cannot do.
    """
    if not script.suits(stage.name):
        raise ScriptError(0, f"{script.name} is not for the stage {stage.name}: {script.because}")
    play = _Play(script, stage)
    for step in script.steps:
        await play.step(step)
    await play.end()


class _Play:
    def __init__(self, script: Script, stage: Stage) -> None:
        self._script = script
        self._stage = stage
        self._roll = Roll()
        self._cast: dict[Endpoint, deque[Sight]] = {}  # what each has seen and the script has not told yet
        self._may: dict[Endpoint, list[Sight]] = {}

    async def step(self, step: Step) -> None:
        try:
            await self._step(step)
        except (AssertionError, ClientError, ScriptError) as fault:
            place = f"{self._script.name}, line {step.line}, over {self._stage.name}"
            fault.add_note(f"{place}:\n" + "\n".join(f"    {line}" for line in written(step)))
            raise

    async def _step(self, step: Step) -> None:
        match step:
            case Act():
                await self._act(step)
            case Sees(may=True):
                for who in self._watchers(step.line, step.watchers):
                    self._may.setdefault(who, []).append(step.sight)
            case Sees():
                for who in self._watchers(step.line, step.watchers):
                    await self._see(who, step.sight)
            case NothingMore():
                for who in self._watchers(step.line, step.watchers):
                    await self._see_nothing_more(who)

    async def end(self) -> None:
        """Insist that all that was seen was told."""
        for who in self._cast:
            await self._see_nothing_more(who)

    # -- what is done

    async def _act(self, act: Act) -> None:
        if act.verb.name in ("sign_out", "lose"):
            await self._take_in(act.values["who"])  # nothing can be asked of him later
        try:
            await self._perform(act)
        except RefusedAct as refused:
            if act.refusal not in refused.names:
                raise ConversationError(_refused(act, refused)) from None
        for who in self._stage.endpoints:
            self._cast.setdefault(who, deque())
            if act.verb in SCENE:
                await self._stage.sights(who)  # the curtain is still down

    async def _perform(self, act: Act) -> None:
        answer = await self._stage.perform(act.verb, act.values)
        if act.refusal:
            raise ConversationError(f"{act.actor} was not refused; expected {act.refusal}")
        if act.answers and answer != act.answer:
            raise ConversationError(f'it came out otherwise: "{written_answer(act, answer)}"')
        self._roll.did(act.verb, act.values)

    # -- what is seen

    def _watchers(self, line: int, watchers: Watchers) -> Sequence[Endpoint]:
        if unknown := [str(one) for one in watchers.endpoints if one not in self._cast]:
            raise ScriptError(line, f"{unknown[0]} is not here, and sees nothing")
        if watchers.endpoints:
            return watchers.endpoints
        found = tuple(self._cast) if watchers.room is None else self._roll.inside(watchers.room)
        if not found:
            raise ScriptError(line, "there is nobody who could see it")
        return found

    async def _see(self, who: Endpoint, expected: Sight) -> None:
        seen = await self._next(who)
        while seen is not None and seen != expected and self._was_allowed(who, seen):
            seen = await self._next(who)
        if seen is None:
            raise ConversationError(f"{who} saw nothing more; expected: {written_sight(expected)}")
        if seen != expected:
            raise ConversationError(f"{who} saw something else: {written_sight(seen)}")

    async def _see_nothing_more(self, who: Endpoint) -> None:
        await self._take_in(who)
        left = [sight for sight in self._cast[who] if not self._was_allowed(who, sight)]
        self._cast[who].clear()
        if left:
            raise ConversationError(
                f"{who} saw what the script does not tell: " + "; ".join(map(written_sight, left)))

    async def _take_in(self, who: Endpoint) -> None:
        if who in self._stage.endpoints:
            for sight in await self._stage.sights(who):
                self._cast[who].append(self._noted(who, sight))

    async def _next(self, who: Endpoint) -> Sight | None:
        if self._cast[who]:
            return self._cast[who].popleft()
        sight = await self._stage.next_sight(who) if who in self._stage.endpoints else None
        return None if sight is None else self._noted(who, sight)

    def _noted(self, who: Endpoint, sight: Sight) -> Sight:
        self._roll.saw(who, sight)
        return sight

    def _was_allowed(self, who: Endpoint, sight: Sight) -> bool:
        """Say whether the script says that he may see this, which he may once."""
        allowed = self._may.get(who, [])
        if sight not in allowed:
            return False
        allowed.remove(sight)
        return True


def _refused(act: Act, refused: RefusedAct) -> str:
    names = " or ".join(sorted(refused.names)) or "no error of the registry"
    wanted = f"with {act.refusal}" if act.refusal else "at all"
    return f"{act.actor} was refused, and not expected to be {wanted}: {names} ({refused.words})"
