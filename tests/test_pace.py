"""The pace of one sender."""

from parlour.pace import Pace
from parlour.testing import FakeClock


def test_twice_the_rate_may_come_at_once_and_the_rest_waits() -> None:
    clock = FakeClock()
    pace = Pace(1000, clock)
    assert pace.spend(2000) == 0
    assert pace.spend(500) == 0.5
    clock.advance(0.5)
    assert pace.spend(1) == 0.001


def test_a_rest_gives_back_no_more_than_the_bucket_holds() -> None:
    clock = FakeClock()
    pace = Pace(1000, clock)
    pace.spend(3000)
    clock.advance(3600)
    assert pace.spend(2000) == 0
    assert pace.spend(1000) == 1


def test_whoever_keeps_to_the_rate_never_waits() -> None:
    clock = FakeClock()
    pace = Pace(1000, clock)
    for _ in range(50):
        clock.advance(0.25)
        assert pace.spend(250) == 0
