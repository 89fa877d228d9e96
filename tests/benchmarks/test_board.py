"""What a crowd receives is counted rightly: a benchmark that overlooks a loss would be worth nothing."""

import pytest

from benchmarks.crowd.board import MARK, Board, Histogram, Seen, marked
from benchmarks.pool.model import KINDS, Kind, Load, Model, full_rates, part_of_pool, rooms_of

MS = 1_000_000


def receive(board: Board, seen: Seen, *numbers: int, room: int = 0, late: int = 1) -> None:
    mark = marked(5 * MS, room).encode().removeprefix(MARK)
    for number in numbers:
        board.arrived(seen, mark, number, (5 + late) * MS)


@pytest.mark.parametrize(("numbers", "lost", "doubled", "disordered"), [
    ((1, 2, 3), 0, 0, 0),
    ((1, 2, 2, 3), 0, 1, 0),
    ((1, 4), 2, 0, 0),
    ((1, 3, 2, 4), 0, 0, 1),
    ((7, 8, 9), 0, 0, 0),
])
def test_numbers_tell_what_went_wrong(numbers: tuple[int, ...], lost: int, doubled: int, disordered: int) -> None:
    board = Board([0])
    receive(board, {}, *numbers)
    assert (board.lost, board.doubled, board.disordered) == (lost, doubled, disordered)
    assert board.delivered == len(numbers)


def test_rooms_are_counted_apart() -> None:
    board, seen = Board([0, 1]), {0: 3}
    receive(board, seen, 4, room=0, late=2)
    receive(board, seen, 1, 2, room=1, late=30)
    assert (seen, board.newest, board.lost) == ({0: 4, 1: 2}, {0: 4, 1: 2}, 0)
    assert [one.count for one in board.lateness] == [1, 2]
    assert (board.total().count, board.total().max) == (3, 30.0)


def test_a_histogram_knows_its_shares() -> None:
    histogram = Histogram()
    for ms in range(1, 101):
        histogram.add(ms * MS)
    assert (histogram.share(0.5), histogram.share(0.99), histogram.max) == (50.1, 99.1, 100.0)


@pytest.mark.parametrize(("model", "deliveries"), [(Model.USER, 5_000), (Model.ONE, 7_500), (Model.TWO, 11_700)])
@pytest.mark.parametrize("endpoints", [120_000, 19_000])
def test_fewer_endpoints_have_as_many_deliveries(model: Model, deliveries: int, endpoints: int) -> None:
    load = part_of_pool(model, 1.0) if endpoints == 120_000 else full_rates(model, endpoints)
    assert load.endpoints == pytest.approx(endpoints, abs=1)
    assert load.deliveries == pytest.approx(deliveries, rel=0.02)


def test_a_part_of_the_pool_shrinks_alike() -> None:
    whole, part = part_of_pool(Model.TWO, 1.0), part_of_pool(Model.TWO, 0.1)
    assert part.deliveries == pytest.approx(whole.deliveries / 10, rel=0.01)
    assert (part.users, part.joins, part.sizes[Kind.LARGE]) == (8_000, 1.0, 1_600)


@pytest.mark.parametrize("load", [part_of_pool(Model.TWO, 0.02), full_rates(Model.TWO, 600)])
def test_everybody_has_his_rooms(load: Load) -> None:
    rooms = rooms_of(load)
    assert {len(set(of_one)) for of_one in rooms.of_user} == {16}
    small = [planned for planned, kind in zip(rooms.plan, rooms.kinds, strict=True) if KINDS[kind] is Kind.SMALL]
    assert max(len(set(planned.members)) for planned in small) == 30
