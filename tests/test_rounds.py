"""When connections write what was queued for them."""

import asyncio
from collections.abc import Callable

import pytest

from parlour.rounds import Rounds


class Sender:
    """Notes when it is called on."""

    def __init__(self, name: str, seen: list[str], act: Callable[[], object] = lambda: None) -> None:
        self.name = name
        self._seen = seen
        self._act = act

    def flush(self) -> None:
        """Write its name."""
        self._seen.append(self.name)
        self._act()


async def turns(count: int = 1) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_everybody_is_called_on_once_for_each_round() -> None:
    seen: list[str] = []
    senders = [Sender(str(number), seen) for number in range(5)]
    rounds = Rounds()
    rounds.add(senders[0])
    rounds.add_all(senders[1:])
    rounds.add_all(senders[3:])
    assert seen == []
    await turns(2)
    assert sorted(seen) == ["0", "1", "2", "3", "3", "4", "4"]
    assert seen[0] == "0"
    rounds.add_all(senders[:2])
    await turns(2)
    assert seen[7:] == ["0", "1"]


class Time:
    """The event loop's time, which passes only when somebody says so."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        patch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


async def test_a_long_round_holds_up_neither_others_nor_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    time = Time(monkeypatch)
    rounds = Rounds(slice_seconds=2.5)
    rounds.add_all([Sender("long", seen, lambda: time.pass_by(1)) for _ in range(20)])
    await turns()
    assert seen == ["long"] * 3
    rounds.add_all([Sender("short", seen)])
    rounds.add(Sender("alone", seen))
    await turns()
    assert {"short", "alone"} <= set(seen)
    assert len(seen) <= 8
    await turns(20)
    assert seen.count("long") == 20


async def test_when_others_take_long_it_takes_as_long_as_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    time = Time(monkeypatch)
    rounds = Rounds(slice_seconds=0.0025)
    rounds.add_all([Sender("one", seen, lambda: time.pass_by(0.001)) for _ in range(1000)])
    counts = []
    for pause in (0.0, 0.0065, 0.0, 60.0):
        before = len(seen)
        time.pass_by(pause)
        await turns()
        counts.append(len(seen) - before)
    assert counts == [3, 7, 3, 11]  # and no longer than a hundredth of a second


async def test_none_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    time = Time(monkeypatch)
    rounds = Rounds(slice_seconds=0.5)
    rounds.add_all([Sender("long", seen, lambda: time.pass_by(1)) for _ in range(10)])
    for _ in range(30):
        rounds.add_all([Sender("short", seen, lambda: time.pass_by(1))])
        await turns()
    assert seen.count("long") == 10


async def test_ones_fault_is_nobody_elses() -> None:
    def fail() -> None:
        raise RuntimeError("no")
    seen: list[str] = []
    rounds = Rounds()
    rounds.add_all([Sender("broken", seen, fail), Sender("whole", seen)])
    await turns(2)
    assert seen == ["broken", "whole"]


async def test_nothing_is_kept_of_rounds_that_are_over() -> None:
    rounds = Rounds()
    for _ in range(10):
        rounds.add_all([Sender("one", [])])
        await turns(2)
    assert not rounds._oldest  # noqa: SLF001 - what is kept is seen nowhere else
    assert not rounds._smallest  # noqa: SLF001


class Wire:
    """A connection that joins what is queued for it."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._queued = ""

    def queue(self, text: str) -> None:
        """Have a text written in the next round."""
        self._queued += text

    def flush(self) -> None:
        """Write what was queued, if anything was."""
        if self._queued:
            self.written.append(self._queued)
            self._queued = ""


async def test_what_is_queued_in_one_turn_is_written_at_once_and_in_order() -> None:
    rounds, one, other = Rounds(), Wire(), Wire()
    for text in ("first ", "second ", "third"):
        one.queue(text)
        rounds.add(one)
    one.queue(", fourth")
    other.queue("hello")
    rounds.add_all([one, other])
    assert one.written == []  # nothing is written before this turn ends
    await turns(2)
    assert one.written == ["first second third, fourth"]
    assert other.written == ["hello"]
    one.queue("fifth")
    rounds.add(one)
    await turns()
    assert one.written[1:] == ["fifth"]


async def test_between_two_slices_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    time = Time(monkeypatch)
    rounds, loop = Rounds(slice_seconds=0.5), asyncio.get_running_loop()

    def other() -> None:
        seen.append("-")
        if seen.count("-") < 4:
            loop.call_soon(other)

    rounds.add_all([Sender(name, seen, lambda: time.pass_by(1)) for name in "abcd"])
    loop.call_soon(other)
    await turns(6)
    assert "".join(seen) == "a-b-c-d-"


@pytest.mark.parametrize("seconds", [0.5, 60.0])
async def test_what_is_added_while_others_write_is_written_too(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    seen: list[str] = []
    time = Time(monkeypatch)
    rounds, late = Rounds(slice_seconds=seconds), Sender("late", seen)

    def act() -> None:
        time.pass_by(1)
        rounds.add(late)

    rounds.add_all([Sender("busy", seen, act), Sender("next", seen)])
    await turns(4)
    assert sorted(seen) == ["busy", "late", "next"]
