"""Topic feeds: keywords and people over the rooms that somebody follows."""

import pytest
from tests.chat.stage_kit import Stage, map_sip, refused
from tests.storage.storage_kit import one_person

from parlour.addresses import SipAddress
from parlour.chat.feeds import MAX_FEEDS, Feed
from parlour.chat.principals import RoomRole

BOB = one_person(2)
ONE, THREE = one_person(1).address, one_person(3).address


async def read(stage: Stage, name: str) -> list[str]:
    """Return the texts of a feed of person 2, read page by page."""
    found: list[str] = []
    place = None
    while True:
        result = await stage.core.feeds.read(BOB, name, 3, place)
        found += [message.text for _, message in result.hits]
        place = result.next
        if place is None:
            return found


async def talk(stage: Stage) -> None:
    """Two rooms that person 2 follows and one that he does not, with talk of 1 and 3 in each."""
    for name in ("Alpha", "Beta", "Gamma"):
        room = await stage.room(name)
        if name != "Gamma":
            await stage.core.following.follow(BOB, room.uri)
        for number, words in ((1, "the trading floor opens"), (3, "floor of trading"), (1, "lunch"), (3, "C# and IT")):
            await stage.post(await stage.joined(room, number), room.uri, f"{words} {name}")
            stage.archive.clock.advance(1)


@pytest.mark.parametrize(("feed", "expected"), [
    (Feed("f", ("trading floor",)), ["the trading floor opens Beta", "the trading floor opens Alpha"]),
    (Feed("f", ("lunch", "c#")), ["C# and IT Beta", "lunch Beta", "C# and IT Alpha", "lunch Alpha"]),
    (Feed("f", (), (THREE,)), ["C# and IT Beta", "floor of trading Beta", "C# and IT Alpha", "floor of trading Alpha"]),
    (Feed("f", ("trading",), (THREE,)), ["floor of trading Beta", "floor of trading Alpha"]),
    (Feed("f", ("Gamma",)), []),
])
async def test_a_feed_shows_what_it_is_for_newest_first(stage: Stage, feed: Feed, expected: list[str]) -> None:
    await talk(stage)
    await stage.core.feeds.keep(BOB, feed)
    assert await read(stage, "F") == expected


async def test_a_page_of_a_feed_has_as_many_as_wanted(stage: Stage) -> None:
    await talk(stage)
    await stage.core.feeds.keep(BOB, Feed("all", (), (ONE, THREE)))
    assert [len((await stage.core.feeds.read(BOB, "all", count)).hits) for count in (1, 2, 50)] == [1, 2, 3]
    assert len(await read(stage, "all")) == 8


async def test_feeds_are_kept_changed_and_removed_by_their_owner(stage: Stage) -> None:
    feeds = stage.core.feeds
    await feeds.keep(BOB, Feed("Ärger", ("x",)))
    await feeds.keep(BOB, Feed("ärger", ("y", "two words"), (ONE,)))
    await feeds.keep(BOB, Feed("Beta", ("z",)))
    assert await feeds.all(BOB) == [Feed("Beta", ("z",)), Feed("ärger", ("y", "two words"), (ONE,))]
    assert await feeds.all(one_person(1)) == []
    assert await refused(feeds.read(one_person(1), "Beta", 1)) == "FeedNotFound"
    await feeds.remove(BOB, "BETA")
    assert await refused(feeds.remove(BOB, "Beta")) == "FeedNotFound"
    assert await read(stage, "ÄRGER") == []  # he follows nothing


async def test_a_feed_shows_nothing_that_its_owner_may_not_read(stage: Stage) -> None:
    room = await stage.closed_room(1, 2)
    await stage.core.following.follow(BOB, room.uri)
    await stage.core.feeds.keep(BOB, Feed("f", ("secret",)))
    await stage.post(await stage.joined(room), room.uri, "a secret")
    assert await read(stage, "f") == ["a secret"]
    await stage.put(room, RoomRole.MEMBER, map_sip([1]))
    assert await read(stage, "f") == []


@pytest.mark.parametrize(("feed", "error"), [
    (Feed("f"), "FeedInvalid"), (Feed("f", ("a", " ")), "FeedInvalid"), (Feed("", ("a",)), "ChatRoomNameInvalid"),
    (Feed("f", tuple(map(str, range(33)))), "FeedInvalid"), (Feed("f", ("x" * 1001,)), "FeedInvalid"),
    (Feed("f", (), tuple(SipAddress(f"p{number}", "d.com") for number in range(33))), "FeedInvalid"),
    (Feed("a\nb", ("x",)), "ChatRoomNameInvalid"),
])
async def test_bad_feeds_are_not_kept(stage: Stage, feed: Feed, error: str) -> None:
    assert await refused(stage.core.feeds.keep(BOB, feed)) == error
    assert await stage.core.feeds.all(BOB) == []


async def test_nobody_has_more_than_so_many_feeds(stage: Stage) -> None:
    for number in range(MAX_FEEDS):
        await stage.core.feeds.keep(BOB, Feed(f"feed {number}", ("x",)))
    assert await refused(stage.core.feeds.keep(BOB, Feed("one more", ("x",)))) == "FeedsTooMany"
    await stage.core.feeds.keep(BOB, Feed("feed 1", ("y",)))
