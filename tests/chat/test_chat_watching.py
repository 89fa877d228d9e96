"""Hearing of rooms that one follows without having them open; keys that make a post happen once."""

import asyncio

import pytest
from tests.chat.chat_kit import Screen
from tests.chat.stage_kit import Stage, refused, seen, sip
from tests.storage.storage_kit import one_person

from parlour.chat.events import (
    FollowingChanged,
    Invited,
    JoinRequested,
    MessageChanged,
    MessagePosted,
    MessagesPurged,
    ParticipantJoined,
    ReadMoved,
    RoomChanged,
    RoomClosed,
    RoomHidden,
)
from parlour.chat.model import Content, Draft, Privacy, Repeated, Room, RoomChange
from parlour.chat.presence import ChatSession
from parlour.chat.principals import RoomRole
from parlour.chat.search import MessageQuery
from parlour.chat.service import KEY_LIFE
from parlour.errors import ParlourError

ALICE, BOB = one_person(1), one_person(2)


async def watching(stage: Stage, room: Room, number: int = 2) -> ChatSession:
    """Bring on an endpoint of somebody who follows a room, and does not open it."""
    await stage.core.following.follow(one_person(number), room.uri)
    session = stage.session(number)
    await stage.core.following.watch(session)
    return session


def kinds(session: ChatSession) -> list[type]:
    """Return what an endpoint was told, and forget it."""
    screen: Screen = session.outlet
    found = [type(event) for event in screen.events]
    screen.events.clear()
    return found


async def test_a_watcher_hears_what_is_said_and_not_who_comes(stage: Stage) -> None:
    room = await stage.room()
    bob = await watching(stage, room)
    alice = await stage.joined(room, 1)
    await stage.post(alice, room.uri, "one")
    await stage.chat.edit(ALICE, room.uri, 1, Content("two"))
    await stage.administration.change_room(room, RoomChange(description="new"))
    await stage.administration.purge_room(room, stage.archive.clock.now())
    stage.chat.type(alice, room.uri)
    assert kinds(bob) == [MessagePosted, MessageChanged, RoomChanged, MessagesPurged]
    assert ParticipantJoined not in kinds(bob)
    assert stage.chat.present(room) == 1


async def test_who_watches_is_seen_by_nobody(stage: Stage) -> None:
    room = await stage.room()
    await watching(stage, room)
    alice = await stage.joined(room, 1)
    assert await stage.chat.participants(ALICE, room.uri, 0, 10) == (ALICE,)
    assert kinds(alice) == []


async def test_everything_comes_once_and_is_rendered_once(stage: Stage) -> None:
    room = await stage.room()
    bob = await watching(stage, room)
    await stage.chat.join(bob, room.uri)
    carol = await watching(stage, room, 3)
    alice = await stage.joined(room, 1)
    before = stage.door.renderings
    await stage.post(alice, room.uri, "one")
    assert stage.door.renderings == before + 1
    assert [seen(one) for one in (alice, bob, carol)] == [[1], [1], [1]]
    stage.chat.part(bob, room.uri)
    await stage.post(alice, room.uri, "two")
    assert [seen(one) for one in (alice, bob, carol)] == [[1, 2], [1, 2], [1, 2]]


async def test_who_may_not_read_any_more_is_told_once_and_hears_nothing(stage: Stage) -> None:
    room = await stage.room()
    bob = await watching(stage, room)
    alice = await stage.joined(room, 1)
    await stage.administration.change_room(
        room, RoomChange(privacy=Privacy.CLOSED, lists={RoomRole.MEMBER: [sip(1)]}))
    await stage.post(alice, room.uri, "between us")
    assert kinds(bob) == [RoomHidden]
    assert bob.watched == {}
    await stage.put(room, RoomRole.MEMBER, [sip(1), sip(2)])
    assert [one.room.id for one in await stage.core.following.watch(bob)] == [room.id]
    assert kinds(bob) == [FollowingChanged, Invited]
    await stage.post(alice, room.uri, "welcome back")
    assert kinds(bob) == [MessagePosted]


async def test_a_room_that_closes_is_watched_no_more(stage: Stage) -> None:
    room = await stage.room()
    bob = await watching(stage, room)
    await stage.administration.change_room(room, RoomChange(disabled=True))
    assert kinds(bob) == [RoomClosed]
    assert (bob.watched, stage.chat.present(room)) == ({}, 0)


async def test_following_acts_at_once_on_every_endpoint_that_watches(stage: Stage) -> None:
    room = await stage.room()
    first, second, other = stage.session(2), stage.session(2), stage.session(2)
    for session in (first, second):
        assert await stage.core.following.watch(session) == []
    await stage.core.following.follow(BOB, room.uri)
    alice = await stage.joined(room, 1)
    await stage.post(alice, room.uri, "one")
    await stage.core.following.mark(BOB, room.uri, 1)
    await stage.core.following.unfollow(BOB, room.uri)
    await stage.core.following.unfollow(BOB, room.uri)
    await stage.post(alice, room.uri, "two")
    wanted = [FollowingChanged, MessagePosted, ReadMoved, FollowingChanged]
    assert [kinds(one) for one in (first, second, other)] == [wanted, wanted, []]


async def test_an_endpoint_that_ends_leaves_nothing(stage: Stage) -> None:
    room = await stage.room()
    bob = await watching(stage, room)
    screen: Screen = bob.outlet
    stage.chat.close_session(bob)
    assert bob.watched == {}
    alice = await stage.joined(room, 1)
    await stage.post(alice, room.uri, "one")
    assert screen.events == []
    stage.chat.close_session(alice)
    assert stage.chat.sessions() == []


async def test_who_ends_while_it_asks_to_watch_watches_nothing(stage: Stage) -> None:
    room = await stage.room()
    await stage.core.following.follow(BOB, room.uri)
    bob = stage.session(2)
    asking = asyncio.ensure_future(stage.core.following.watch(bob))
    await asyncio.sleep(0)
    stage.chat.close_session(bob)
    await asking
    assert bob.watched == {}


async def test_what_is_not_in_the_counts_comes_live(stage: Stage) -> None:
    """Of messages posted while somebody begins to watch, each is counted, or comes live, or both; none is lost."""
    room = await stage.room()
    await stage.core.following.follow(BOB, room.uri)
    alice, bob = await stage.joined(room, 1), stage.session(2)
    posting = asyncio.gather(*(stage.post(alice, room.uri, str(number)) for number in range(40)))
    [followed] = await stage.core.following.watch(bob)
    await posting
    assert set(range(1, followed.last + 1)) | set(seen(bob)) == set(range(1, 41))


async def test_managers_hear_who_asks(stage: Stage) -> None:
    room = await stage.put(await stage.closed_room(1), RoomRole.MANAGER, [sip(1)])
    alice, quiet = stage.session(1), stage.session(1)
    await stage.core.following.watch(alice)
    await stage.core.membership.ask(BOB, room.uri, "please")
    [event] = alice.outlet.events
    assert isinstance(event, JoinRequested)
    assert (event.person, event.note) == (BOB, "please")
    assert kinds(quiet) == []
    assert await stage.core.membership.has_asked(BOB, room)
    assert [(one.id, asked.person) for one, asked in await stage.core.membership.all_requests(ALICE)] == [
        (room.id, BOB)]
    assert await stage.core.membership.all_requests(BOB) == []


# -- keys


async def test_the_same_key_posts_once(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room, 1)
    posted = await asyncio.gather(*(
        stage.chat.post(alice, room.uri, Content("once"), "k") for _ in range(3)),
        stage.chat.post_as(ALICE, room.uri, Content("once"), "k"))
    assert {message.number for message in posted} == {1}
    assert sum(isinstance(message, Repeated) for message in posted) == 3
    assert seen(alice) == [1]
    assert (await stage.chat.post_as(BOB, room.uri, Content("once"), "k")).number == 2
    assert (await stage.chat.post_as(ALICE, room.uri, Content("once"))).number == 3


async def test_keys_of_one_commit_are_kept_apart(stage: Stage) -> None:
    room, gone = await stage.room(), await stage.room("Gone")
    await stage.archive.rooms.remove(gone.id)
    log, now = stage.archive.log, stage.archive.clock.now()
    posts = [(ALICE, room, "a", "k"), (BOB, room, "b", "k"), (ALICE, room, "c", ""), (ALICE, room, "a", "k"),
             (ALICE, room, "d", "k"), (ALICE, room, "c", ""), (ALICE, gone, "e", "g"), (ALICE, room, "f", "g")]
    outcomes = await asyncio.gather(*(
        log.append(Draft(where.id, author, now, Content(text), key=key)) for author, where, text, key in posts),
        return_exceptions=True)
    assert [one.kind.name if isinstance(one, ParlourError) else getattr(one, "number", one) for one in outcomes] == [
        1, 2, 3, 1, "KeyUsed", 4, "ChatRoomGone", 5]
    assert [message.text for message in await stage.archive.last(room.id, 10)] == ["a", "b", "c", "c", "f"]


@pytest.mark.parametrize("other", [Content("two"), Content("one", title="t"), Content("one", alert=True)])
async def test_a_key_belongs_to_one_message(stage: Stage, other: Content) -> None:
    room, elsewhere = await stage.room(), await stage.room("Elsewhere")
    await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")
    assert await refused(stage.chat.post_as(ALICE, room.uri, other, "k")) == "KeyUsed"
    assert await refused(stage.chat.post_as(ALICE, elsewhere.uri, Content("one"), "k")) == "KeyUsed"
    _, messages = await stage.history(ALICE, room.uri, 10)
    assert [message.text for message in messages] == ["one"]


async def test_a_repeated_post_shows_the_message_as_it_is(stage: Stage) -> None:
    room = await stage.room()
    await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")
    await stage.chat.edit(ALICE, room.uri, 1, Content("two"))
    assert (await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")).text == "two"
    await stage.administration.purge_room(room, stage.archive.clock.now())
    again = await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")
    assert (again.number, isinstance(again, Repeated)) == (1, True)


async def test_a_key_that_failed_is_free(stage: Stage) -> None:
    room = await stage.room()
    assert await refused(stage.chat.post_as(ALICE, room.uri, Content(" "), "k")) == "MessageEmpty"
    assert (await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")).number == 1


async def test_old_keys_are_forgotten(stage: Stage) -> None:
    room = await stage.room()
    await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")
    stage.archive.clock.advance(KEY_LIFE.total_seconds() - 1)
    await stage.chat.forget_keys()
    assert (await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")).number == 1
    stage.archive.clock.advance(2)
    await stage.chat.forget_keys()
    assert (await stage.chat.post_as(ALICE, room.uri, Content("one"), "k")).number == 2


async def test_nobody_follows_any_number_of_rooms(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.chat.following.MAX_FOLLOWED", 2)
    rooms = [await stage.room(name) for name in ("A", "B", "C")]
    for room in rooms[:2] * 2:
        await stage.core.following.follow(BOB, room.uri)
    assert await refused(stage.core.following.follow(BOB, rooms[2].uri)) == "FollowsTooMany"
    await stage.core.following.unfollow(BOB, rooms[0].uri)
    await stage.core.following.follow(BOB, rooms[2].uri)
    assert [one.room.name for one in await stage.core.following.followed(BOB)] == ["B", "C"]


async def test_a_room_that_is_switched_on_again_is_watched_again(stage: Stage) -> None:
    room, other = await stage.room(), await stage.room("Other")
    bob = await watching(stage, room)
    await stage.administration.change_room(room, RoomChange(disabled=True))
    await stage.administration.change_room(other, RoomChange(description="nothing to do with it"))
    assert kinds(bob) == [RoomClosed]
    await stage.administration.change_room(room, RoomChange(disabled=False))
    assert kinds(bob) == [FollowingChanged]
    await stage.chat.post_as(ALICE, room.uri, Content("back"))
    assert kinds(bob) == [MessagePosted]


async def test_who_may_read_again_hears_again(stage: Stage) -> None:
    room = await stage.room()
    bob = await watching(stage, room)
    await stage.administration.change_room(room, RoomChange(privacy=Privacy.SECRET))
    await stage.administration.change_room(room, RoomChange(privacy=Privacy.OPEN))
    assert kinds(bob) == [RoomHidden, FollowingChanged]
    await stage.chat.post_as(ALICE, room.uri, Content("back"))
    assert kinds(bob) == [MessagePosted]


async def test_who_follows_while_he_is_put_out_hears_nothing(stage: Stage) -> None:
    room = await stage.closed_room(1, 2)
    bob = stage.session(2)
    await stage.core.following.watch(bob)
    results = await asyncio.gather(
        stage.core.following.follow(BOB, room.uri), stage.put(room, RoomRole.MEMBER, [sip(1)]), return_exceptions=True)
    assert results[1]
    kinds(bob)
    await stage.chat.post_as(ALICE, room.uri, Content("between us"))
    assert kinds(bob) == []


async def test_mentions_and_hits_are_bounded_by_their_text(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.chat.sizes.MOST_TEXT", 60)
    room = await stage.room()
    for number in range(6):
        await stage.chat.post_as(ALICE, room.uri, Content(f"{number} @{BOB.address.bare}".ljust(25, ".")))
    found, place = list[int](), None
    while True:
        page = await stage.core.following.mentions(BOB, 20, place)
        assert len(page.found) <= 2
        found += [one.message.number for one in page.found]
        if page.next is None:
            break
        place = page.next
    assert found == [6, 5, 4, 3, 2, 1]
    hits, place = list[int](), None
    while True:
        result = await stage.core.search.search(BOB, MessageQuery((room.uri,), "litwareinc", limit=3, after=place))
        assert len(result.hits) <= 2
        hits += [message.number for _, message in result.hits]
        if result.next is None:
            break
        place = result.next
    assert hits == [6, 5, 4, 3, 2, 1]
