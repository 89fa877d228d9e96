"""What was played and written down plays again, on every stage."""

import io
from contextlib import suppress
from pathlib import Path

import pytest

from parlour.testing.conversations import ConversationError, core_stage, parse, play, read_script, xccos_stage
from parlour.testing.conversations.__main__ import main
from parlour.testing.conversations.recorder import Recorder
from parlour.testing.conversations.script import Act, Sees
from parlour.testing.conversations.stage import RefusedAct
from parlour.testing.conversations.stages import STAGES

SCRIPTS = sorted(Path(__file__).parents[1].glob("conversations/*.chat"))[::2]
ACTS = """\
people: alice, bob
room "Hall" in "General": open
alice joins "Hall"
bob joins "Hall"
bob on his phone says "Hello" in "Hall"
alice says this in "Hall":
    | one
    | two
bob reads the last 5 messages of "Hall"
bob loses the connection
"""
RECORDED = """\
people: alice and bob
room "Hall" in "General": open
alice joins "Hall" and meets nobody
bob joins "Hall" and meets alice
alice sees bob join "Hall"

bob on their phone says "Hello" in "Hall"
bob on their phone is refused: NotJoined
alice says this in "Hall":
    | one
    | two
everyone in "Hall" sees alice say this in "Hall":
    | one
    | two

bob reads the last 5 messages of "Hall" and finds these:
    alice:
        | one
        | two
bob loses the connection
alice sees bob leave "Hall"

everyone sees nothing more
"""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
async def test_a_recorded_script_plays_again(path: Path, tmp_path: Path) -> None:
    script, lines = read_script(path), list[str]()
    async with core_stage(tmp_path / "first") as stage:
        recorder = Recorder(stage, lines.append)
        await play(script, recorder)
        await recorder.finish()
    recorded = parse("\n".join(lines))
    async with core_stage(tmp_path / "second") as stage:
        await play(recorded, stage)
    acts = [step.verb.name for step in script.steps if isinstance(step, Act)]
    assert [step.verb.name for step in recorded.steps if isinstance(step, Act)] == acts
    assert [step.refusal for step in recorded.steps if isinstance(step, Act)] == [
        step.refusal for step in script.steps if isinstance(step, Act)]
    seen, told = ([step for step in one.steps if isinstance(step, Sees)] for one in (script, recorded))
    assert bool(seen) == bool(told)


async def test_what_was_recorded_over_a_wire_plays_in_the_core(tmp_path: Path) -> None:
    lines: list[str] = []
    async with xccos_stage(tmp_path / "first") as stage:
        recorder = Recorder(stage, lines.append)
        for step in parse(ACTS.replace('bob reads the last 5 messages of "Hall"\n', "")).steps:
            assert isinstance(step, Act)
            with suppress(RefusedAct):
                await recorder.perform(step.verb, step.values)
        await recorder.finish()
    assert "bob on their phone is refused: NotJoined" in lines
    async with core_stage(tmp_path / "second") as stage:
        await play(parse("\n".join(lines)), stage)


async def test_a_recording_is_as_strict_as_a_script(tmp_path: Path) -> None:
    async with core_stage(tmp_path) as stage:
        with pytest.raises(ConversationError, match='alice saw nothing more; expected: bob leave "Hall"'):
            await play(parse(RECORDED.replace("bob loses the connection", "")), stage)


# --- the command -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stage", STAGES)
def test_records_what_is_only_done(stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acts, recorded = tmp_path / "acts.chat", tmp_path / "recorded.chat"
    acts.write_text(ACTS)
    assert main(["record", "--over", stage, str(acts), "--to", str(recorded)]) == 0
    assert recorded.read_text() == RECORDED
    assert main(["play", "--over", "core", str(recorded)]) == 0
    assert capsys.readouterr().out == f"{recorded}: as written\n"


def test_records_what_is_typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(RECORDED))
    assert main(["record"]) == 0
    assert capsys.readouterr().out == RECORDED


@pytest.mark.parametrize(("text", "reason"), [
    ('people: alice\nalice shouts "x"', "line 2: "), ('people: alice\nalice joins "Hall"', 'there is no room "Hall"')])
def test_stops_recording_at_a_mistake(
    text: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "acts.chat").write_text(text)
    assert main(["record", str(tmp_path / "acts.chat")]) == 1
    assert reason in capsys.readouterr().err


def test_checks_and_plays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, wrong, other = (tmp_path / f"{name}.chat" for name in ("good", "wrong", "other"))
    good.write_text("people: alice\n")
    wrong.write_text('people: alice\nalice sees bob join "Hall"\n')
    other.write_text("only over web, because of the browser\npeople: alice\n")
    assert main(["check", str(good), str(wrong), str(other)]) == 0
    assert main(["play", str(good), str(other)]) == 0
    assert f"{other}: not for core: of the browser" in capsys.readouterr().out
    assert main(["play", str(good), str(wrong)]) == 1
    told = capsys.readouterr()
    assert told.out == f"{good}: as written\n"
    assert "alice saw nothing more" in told.err
    assert "wrong, line 2, over core" in told.err
    assert main(["check", str(tmp_path / "absent.chat")]) == 1
