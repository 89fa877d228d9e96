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
    for pause in (0.0, 0.0095, 0.0, 60.0):
        before = len(seen)
        time.pass_by(pause)
        await turns()
        counts.append(len(seen) - before)
    assert counts == [3, 10, 3, 51]  # and no longer than a twentieth of a second


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
