"""Pages of a room's history, against a list and slices of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.chat.stage_kit import Stage, refused
from tests.storage.storage_kit import one_person

from parlour.chat.history import After, Around, Before, Place, Since
from parlour.chat.model import Room

COUNT = 12
READER = one_person(3)
MINUTE = timedelta(minutes=1)


async def told(stage: Stage) -> tuple[Room, datetime]:
    """Make a room with messages 1 to 12, a minute apart, the third and the ninth edited at once, the fifth deleted."""
    room = await stage.room()
    alice = await stage.joined(room)
    start = stage.archive.clock.now()
    for number in range(COUNT):
        await stage.post(alice, room.uri, f"message {number}")
        stage.archive.clock.advance(60)
    return room, start


def expected(place: Place, count: int, start: datetime) -> tuple[list[int], bool, bool]:
    """Return the numbers of a page, and whether there are earlier and later ones, by slicing."""
    numbers = list(range(1, COUNT + 1))
    match place:
        case Before(number):
            shown = [one for one in numbers if one < number][-count:] if count else []
            return shown, len([one for one in numbers if one < number]) > count, any(one >= number for one in numbers)
        case After(number):
            shown = [one for one in numbers if one > number][:count]
            return shown, any(one <= number for one in numbers), len([one for one in numbers if one > number]) > count
        case Since(moment):
            first = next((one for one in numbers if start + (one - 1) * MINUTE >= moment), COUNT + 1)
            return expected(After(first - 1), count, start)
        case Around(number):
            back, earlier, _ = expected(Before(number + 1), count // 2 + 1, start)
            on, _, later = expected(After(number), max(0, count - len(back)), start)
            return back + on, earlier, later


def places(start: datetime) -> st.SearchStrategy[Place]:
    numbers = st.integers(-2, COUNT + 3) | st.just(2**62)
    moments = st.integers(-3, COUNT + 3).map(lambda one: start + one * MINUTE / 2)
    ends = st.sampled_from([datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
    return st.one_of(st.builds(Before, numbers), st.builds(After, numbers), st.builds(Around, numbers),
                     st.builds(Since, moments | ends))


async def test_every_page_is_the_slice_of_the_whole(stage: Stage) -> None:
    room, start = await told(stage)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(places(start), st.integers(0, 15))
    def draw(place: Place, count: int) -> None:
        drawn.append((place, count))
    drawn: list[tuple[Place, int]] = []
    draw()
    for place, count in drawn:
        page = await stage.core.history.page(READER, room.uri, place, count)
        shown = [message.number for message in page.messages]
        assert (shown, page.earlier, page.later) == expected(place, count, start), (place, count)


async def test_paging_forth_and_back_meets_every_message_once(stage: Stage) -> None:
    room, _ = await told(stage)
    forth: list[int] = []
    while (page := await stage.core.history.page(READER, room.uri, After(forth[-1] if forth else 0), 5)).messages:
        forth += [message.number for message in page.messages]
    back: list[int] = []
    while (page := await stage.core.history.page(READER, room.uri, Before(back[0]) if back else Before(), 5)).messages:
        back = [message.number for message in page.messages] + back
    assert forth == back == list(range(1, COUNT + 1))


@pytest.mark.parametrize(("count", "shown"), [(-5, 0), (0, 0), (20, 12), (501, 12), (10**9, 12)])
async def test_the_size_of_a_page_is_bounded(stage: Stage, count: int, shown: int) -> None:
    room, _ = await told(stage)
    page = await stage.core.history.page(READER, room.uri, Before(), count)
    assert len(page.messages) == shown


async def test_only_readers_see_pages_and_messages(stage: Stage) -> None:
    room = await stage.closed_room(1)
    await stage.post(await stage.joined(room, 1), room.uri, "for members")
    for place in (Before(), After(0), Around(1), Since(datetime(2000, 1, 1, tzinfo=UTC))):
        assert await refused(stage.core.history.page(READER, room.uri, place, 1)) == "NotAMember"
    assert await refused(stage.core.history.message(READER, room.uri, 1)) == "NotAMember"


# -- pages whose messages are long


async def long_room(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Make a room with ten messages of ten characters, where a page may have thirty-five."""
    monkeypatch.setattr("parlour.chat.sizes.MOST_TEXT", 35)
    room = await stage.room()
    alice = await stage.joined(room)
    for number in range(10):
        await stage.post(alice, room.uri, f"message {number:2}")
    return room


@pytest.mark.parametrize(("place", "numbers", "earlier", "later"), [
    (Before(), [8, 9, 10], True, False), (Before(6), [3, 4, 5], True, True), (Before(3), [1, 2], False, True),
    (After(0), [1, 2, 3], False, True), (After(8), [9, 10], True, False), (Around(5), [4, 5, 6], True, True),
    (Around(10), [8, 9, 10], True, False), (Since(datetime(1, 1, 1, tzinfo=UTC)), [1, 2, 3], False, True),
])
async def test_a_page_has_no_more_text_than_it_may(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, place: Place, numbers: list[int], earlier: bool, later: bool
) -> None:
    room = await long_room(stage, monkeypatch)
    page = await stage.core.history.page(READER, room.uri, place, 8)
    assert ([one.number for one in page.messages], page.earlier, page.later) == (numbers, earlier, later)


async def test_a_message_that_is_longer_than_a_page_comes_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await long_room(stage, monkeypatch)
    monkeypatch.setattr("parlour.chat.sizes.MOST_TEXT", 5)
    page = await stage.core.history.page(READER, room.uri, Before(), 8)
    assert ([one.number for one in page.messages], page.earlier) == ([10], True)


async def test_what_was_missed_comes_in_pieces_that_are_not_too_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await long_room(stage, monkeypatch)
    number, found = 0, list[int]()
    while True:
        missed = await stage.core.history.missed(READER, room.uri, number, 8)
        assert 1 <= len(missed.entries) <= 3
        found += [entry for entry, _ in missed.entries]
        number = found[-1]
        if not missed.more:
            break
    assert found == list(range(1, 11))
