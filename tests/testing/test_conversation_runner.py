"""Scripts that must fail, and servers that must be found out: a runner that cannot fail shows nothing."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parlour.testing.conversations import (
    CannotError,
    ConversationError,
    CoreStage,
    Endpoint,
    ScriptError,
    Sight,
    core_stage,
    parse,
    play,
    read_script,
    xccos_stage,
)
from parlour.testing.conversations.forms import Form
from parlour.testing.conversations.grammar import Verb
from parlour.testing.conversations.script import Act, Script, Sees, Step
from parlour.testing.conversations.values import Values

SCRIPTS = sorted(Path(__file__).parents[1].glob("conversations/*.chat"))
SCENE = """
people: alice, bob, carol
room "Hall" in "General": open
room "Board" in "General": closed; members alice
alice joins "Hall"
bob joins "Hall"
alice sees bob join "Hall"
"""
HELLO = """
alice says "Hello" in "Hall"
everyone in "Hall" sees alice say "Hello" in "Hall"
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[CoreStage]:
    async with core_stage(tmp_path) as place:
        yield place


async def told(stage: CoreStage, text: str) -> None:
    await play(parse(SCENE + text, "told"), stage)


# --- scripts that are wrong ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "reason"), [
    ('bob sees alice join "Hall"', 'bob saw nothing more; expected: alice join "Hall"'),
    ('alice says "Hello" in "Hall"', 'alice saw what the script does not tell: alice say "Hello" in "Hall"'),
    ('alice says "Hello" in "Hall"\nalice sees alice say "Hello" in "Hall"', "bob saw what the script does not tell"),
    ('alice says "Hello" in "Hall"\ncarol sees alice say "Hello" in "Hall"', "carol saw nothing more"),
    ('alice says "Hello" in "Hall"\nalice sees alice say "Hello " in "Hall"',
     'alice saw something else: alice say "Hello" in "Hall"'),
    ('alice says "Hello" in "Hall"\nalice sees bob say "Hello" in "Hall"', "saw something else"),
    ('alice says "Hello" in "Hall"\nalice sees alice say "Hello" in "Board"', "saw something else"),
    ('alice says "1" in "Hall"\nalice says "2" in "Hall"\nalice sees alice say "2" in "Hall"', "saw something else"),
    (HELLO + 'alice sees alice say "Hello" in "Hall"', "alice saw nothing more"),
    (HELLO + 'bob leaves "Hall"\nbob sees nothing more\nnobody sees anything more', 'not tell: bob leave "Hall"'),
    ('bob joins "Board"', "bob was refused, and not expected to be at all: NotAMember"),
    ('bob joins "Board"\nbob is refused: NotAPresenter', "expected to be with NotAPresenter: NotAMember"),
    ('bob joins "Hall"\nbob is refused: NotAMember', "bob was not refused; expected NotAMember"),
    ('administrator makes room "Hall" in "General": open', "administrator was refused.*ChatRoomExists"),
    ('carol joins "Hall" and meets bob', 'came out otherwise: "and meets alice and bob"'),
    ("carol looks for rooms and finds nothing", 'came out otherwise: "and finds "Board" and "Hall""'),
    (HELLO + 'carol reads the last 2 messages of "Hall" and finds nothing', "came out otherwise: .and finds these"),
    (HELLO + 'carol reads the last 2 messages of "Hall" and finds these:\n    alice: "hello"', "came out otherwise"),
    ('bob on his phone joins "Hall"\n' + HELLO + "bob sees nothing more\n"
     'bob on his phone sees alice say "Hello" in "Hall"', "bob on their phone saw nothing more"),
])
async def test_fails_where_something_else_happens(stage: CoreStage, text: str, reason: str) -> None:
    with pytest.raises(ConversationError, match=reason):
        await told(stage, text)


@pytest.mark.parametrize(("text", "reason"), [
    ('alice joins "Mall"', 'there is no room "Mall"; rooms are: .*Hall'),
    ('dave joins "Hall"', "there is nobody called dave; people are: alice, bob, carol"),
    ('alice on her phone sees bob join "Hall"', "alice on their phone is not here"),
    ('everyone in "Board" sees alice join "Board"', "nobody who could see it"),
    ('bob signs out\nalice sees bob leave "Hall"\nbob joins "Hall"', "bob has signed out"),
    ("bob signs in", "bob is signed in already"),
    ("people: bob", "bob is there already"),
    ('administrator renames "Hall" to "Mall"\neveryone in "Mall" sees that "Mall" is changed\nbob leaves "Hall"',
     'there is no room "Hall"'),
])
async def test_fails_where_a_script_speaks_of_what_is_not_there(stage: CoreStage, text: str, reason: str) -> None:
    with pytest.raises(ScriptError, match=reason):
        await told(stage, text)


async def test_says_where_it_failed(stage: CoreStage) -> None:
    with pytest.raises(ConversationError) as fault:
        await told(stage, 'bob sees alice say "one" in "Hall"')
    assert fault.value.__notes__ == ['told, line 8, over core:\n    bob sees alice say "one" in "Hall"']


async def test_what_somebody_saw_before_he_left_still_counts(stage: CoreStage) -> None:
    with pytest.raises(ConversationError, match='bob saw what the script does not tell: alice say "Hello"'):
        await told(stage, 'alice says "Hello" in "Hall"\nbob signs out\n'
                          'alice sees alice say "Hello" in "Hall"\nalice sees bob leave "Hall"')


async def test_what_may_be_seen_need_not_be(stage: CoreStage) -> None:
    await told(stage, 'bob may see alice say "Hello" in "Hall"\n')


async def test_what_may_be_seen_is_no_fault_once(stage: CoreStage) -> None:
    maybe = 'bob may see alice say "Hello" in "Hall"\n'
    said = 'alice says "Hello" in "Hall"\nalice sees alice say "Hello" in "Hall"\n'
    await told(stage, maybe + said + 'alice leaves "Hall"\nbob sees alice leave "Hall"')
    with pytest.raises(ConversationError, match="bob saw what the script does not tell"):
        await play(parse('alice joins "Hall"\nbob sees alice join "Hall"\n' + maybe + said + said), stage)


async def test_fails_on_a_stage_it_is_not_for(stage: CoreStage) -> None:
    with pytest.raises(ScriptError, match="not for the stage core: of the wire"):
        await play(parse("only over xccos, because of the wire"), stage)


async def test_fails_where_the_stage_has_no_such_verb(stage: CoreStage) -> None:
    act = Act(1, Verb("yodel", Form("{who} yodels in {room}")), {"who": Endpoint("alice"), "room": "Hall"})
    with pytest.raises(CannotError, match=r'nobody can do this over core: "\{who\} yodels in \{room\}"'):
        await play(Script("new", (act,)), stage)


async def test_fails_over_a_wire_as_well(tmp_path: Path) -> None:
    async with xccos_stage(tmp_path, patience=0.2) as stage:
        for text, reason in (
            ('carol sees alice say "Hello" in "Hall"', "carol saw nothing more"),
            ('bob joins "Board"\nbob is refused: NotAPresenter', "with NotAPresenter: NotAMember"),
            ('bob says " " in "Hall"\nbob is refused: MessageInvalid', "with MessageInvalid: MessageEmpty"),
            ('carol says "x" in "Hall"', "at all: NotJoined"),
            ('alice says "Hello" in "Hall"', "alice saw what the script does not tell"),
        ):
            with pytest.raises(ConversationError, match=reason):
                await play(parse(text if stage.endpoints else SCENE + text), stage)


# --- scripts that are right but for one line -------------------------------------------------------------------------
def seen(step: Step) -> bool:
    return isinstance(step, Sees)


def refused(step: Step) -> bool:
    return isinstance(step, Act) and bool(step.refusal)


def with_middle(kind: Callable[[Step], bool], paths: Sequence[Path]) -> list[object]:
    """Return the scripts that have steps of a kind, each with the place of the middle one."""
    places = {path: [place for place, step in enumerate(read_script(path).steps) if kind(step)] for path in paths}
    return [pytest.param(path, found[len(found) // 2], id=path.stem) for path, found in places.items() if found]


@pytest.mark.parametrize(("path", "place"), with_middle(seen, SCRIPTS))
async def test_every_script_needs_what_is_seen(path: Path, place: int, tmp_path: Path) -> None:
    script = read_script(path)
    async with core_stage(tmp_path) as stage:
        with pytest.raises(ConversationError, match="saw"):
            await play(replace(script, steps=(*script.steps[:place], *script.steps[place + 1:])), stage)


@pytest.mark.parametrize(("path", "place"), with_middle(refused, SCRIPTS[::3]))
async def test_scripts_need_their_refusals(path: Path, place: int, tmp_path: Path) -> None:
    script = read_script(path)
    step = script.steps[place]
    assert isinstance(step, Act)
    allowed = replace(step, refusal="")
    async with core_stage(tmp_path) as stage:
        with pytest.raises(ConversationError, match=f"was refused.*{step.refusal}"):
            await play(replace(script, steps=(*script.steps[:place], allowed, *script.steps[place + 1:])), stage)


# --- servers that are wrong ------------------------------------------------------------------------------------------
class Faulty:
    """A stage that shows something else than the one below; `spoil` says what, for each endpoint."""

    def __init__(self, stage: CoreStage, spoil: Callable[[Endpoint, list[Sight]], list[Sight]]) -> None:
        self._stage = stage
        self._spoil = spoil
        self._shown: dict[Endpoint, list[Sight]] = {}
        self.name = stage.name

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Those below."""
        return self._stage.endpoints

    async def perform(self, verb: Verb, values: Values) -> Any:  # noqa: ANN401 - see `Stage.perform`
        """Do it below."""
        return await self._stage.perform(verb, values)

    async def _fetch(self, who: Endpoint) -> list[Sight]:
        found = await self._stage.sights(who)
        return self._shown.setdefault(who, []) + (self._spoil(who, found) if found else [])

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Show the first of what is shown, spoilt."""
        self._shown[who] = await self._fetch(who)
        return self._shown[who].pop(0) if self._shown[who] else None

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Show the rest of it."""
        found = await self._fetch(who)
        self._shown[who] = []
        return found


BOB = Endpoint("bob")
CORRECT = SCENE + HELLO + 'bob says "1" in "Hall"\nbob says "2" in "Hall"\n' + "".join(
    f'everyone in "Hall" sees bob say "{number}" in "Hall"\n' for number in (1, 2))


async def test_an_honest_server_passes(stage: CoreStage) -> None:
    await play(parse(CORRECT), Faulty(stage, lambda _, sights: sights))


@pytest.mark.parametrize("spoil", [
    pytest.param(lambda who, sights: [] if who == BOB else sights, id="loses"),
    pytest.param(lambda who, sights: sights * 2 if who == BOB else sights, id="repeats"),
    pytest.param(lambda who, sights: sights[::-1], id="reorders"),
    pytest.param(lambda who, sights: [replace(sight, text=sight.text.lower()) for sight in sights], id="alters"),
    pytest.param(lambda who, sights: [replace(sight, people=frozenset({"carol"})) for sight in sights], id="forges"),
    pytest.param(lambda who, sights: [replace(sight, room="Board") for sight in sights], id="misplaces"),
    pytest.param(lambda who, sights: [*sights, Sight("?new", frozenset(), "Hall")], id="invents"),
])
async def test_a_faulty_server_is_found_out(
    stage: CoreStage, spoil: Callable[[Endpoint, list[Sight]], list[Sight]]
) -> None:
    with pytest.raises(ConversationError, match="saw"):
        await play(parse(CORRECT), Faulty(stage, spoil))
