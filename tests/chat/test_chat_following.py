"""What somebody follows, what he has not read, where he is named, and what is pinned."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.chat.chat_kit import NOON
from tests.chat.stage_kit import Stage, map_sip, refused
from tests.storage.storage_kit import DOMAIN, one_person

from parlour.addresses import SipAddress
from parlour.chat import following
from parlour.chat.content import MAX_CANDIDATES, MAX_MENTIONS, check_content, mentioned
from parlour.chat.events import MessagePinned
from parlour.chat.following import Followed, Mention
from parlour.chat.model import Content, Message, Room
from parlour.chat.pins import MAX_PINS
from parlour.chat.ports import SearchPlace
from parlour.chat.principals import RoomRole
from parlour.errors import ParlourError

ALICE, BOB, CAROL = (one_person(number) for number in (1, 2, 3))


async def unread(stage: Stage, number: int = 2) -> list[tuple[str, int, int]]:
    """Return what a person follows: room, unread, mentions."""
    return [(one.room.name, one.unread, one.mentions) for one in await stage.core.following.followed(
        one_person(number))]


async def test_what_was_there_before_is_not_unread(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "before")
    await stage.core.following.follow(BOB, room.uri)
    assert await stage.core.following.followed(BOB) == [Followed(room, 1, 1, 0, 0)]
    for words in ("one", "two @person2"):
        await stage.post(alice, room.uri, words)
    assert await stage.core.following.followed(BOB) == [Followed(room, 1, 3, 2, 1)]
    await stage.core.following.follow(BOB, room.uri)  # again: nothing changes
    assert await unread(stage) == [("Engineering", 2, 1)]


async def test_corrections_are_nothing_to_read(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.core.following.follow(BOB, room.uri)
    await stage.post(alice, room.uri, "one")
    await stage.chat.edit(alice.person, room.uri, 1, Content("two"))
    assert await unread(stage) == [("Engineering", 1, 0)]
    await stage.core.following.mark(BOB, room.uri, 1)
    assert await unread(stage) == [("Engineering", 0, 0)]
    await stage.chat.delete(alice.person, room.uri, 1)
    assert await unread(stage) == [("Engineering", 0, 0)]


async def test_a_mark_moves_forth_and_back(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.core.following.follow(BOB, room.uri)
    for number in range(5):
        await stage.post(alice, room.uri, f"{number} @person2")
    for mark, left in ((3, 2), (5, 0), (0, 5), (4, 1), (99, 0), (-7, 5), (2**62, 0)):
        await stage.core.following.mark(BOB, room.uri, mark)
        assert await unread(stage) == [("Engineering", left, left)]


async def test_whoever_posts_has_read_so_far(stage: Stage) -> None:
    room = await stage.room()
    alice, bob = await stage.joined(room, 1), await stage.joined(room, 2)
    await stage.core.following.follow(BOB, room.uri)
    for session in (alice, bob, alice):
        await stage.post(session, room.uri, "@person2")
    assert await unread(stage) == [("Engineering", 1, 1)]


async def test_a_room_that_one_may_not_read_any_more_is_not_shown(stage: Stage) -> None:
    room = await stage.closed_room(1, 2)
    await stage.core.following.follow(BOB, room.uri)
    await stage.post(await stage.joined(room), room.uri, "@person2")
    await stage.put(room, RoomRole.MEMBER, map_sip([1]))
    assert await unread(stage) == []
    assert await refused(stage.core.following.mark(BOB, room.uri, 1)) == "NotAMember"
    assert (await stage.core.following.mentions(BOB, 10)).found == ()
    await stage.put(room, RoomRole.MEMBER, map_sip([1, 2]))
    assert await unread(stage) == [("Engineering", 1, 1)]
    await stage.core.following.unfollow(BOB, room.uri)
    assert await unread(stage) == []


async def test_only_readers_follow(stage: Stage) -> None:
    room = await stage.closed_room(1)
    assert await refused(stage.core.following.follow(BOB, room.uri)) == "NotAMember"
    assert await refused(stage.core.following.mark(ALICE, room.uri, 1)) == "NotFollowing"


async def test_purged_messages_are_not_unread(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.core.following.follow(BOB, room.uri)
    for words in ("one", "two @person2"):
        await stage.post(alice, room.uri, words)
    stage.archive.clock.advance(10)
    await stage.post(alice, room.uri, "three")
    await stage.administration.purge_room(room, NOON.replace(year=2000))
    assert await unread(stage) == [("Engineering", 3, 1)]
    cut = (await stage.core.history.message(BOB, room.uri, 2)).posted_at
    await stage.administration.purge_room(room, cut)
    assert await unread(stage) == [("Engineering", 1, 0)]
    await stage.core.following.mark(BOB, room.uri, 0)
    assert await unread(stage) == [("Engineering", 1, 0)]


async def test_counts_agree_with_counting_whatever_happens(stage: Stage) -> None:
    """Post, edit, delete, mark, follow and unfollow at random, and count by reading."""
    scenes: list[list[tuple[str, int]]] = []
    acts = st.tuples(st.sampled_from(["post", "name", "edit", "delete", "mark", "own"]), st.integers(0, 30))

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(acts, min_size=5, max_size=25))
    def draw(scene: list[tuple[str, int]]) -> None:
        scenes.append(scene)
    draw()
    for number, scene in enumerate(scenes):
        await play(stage, await stage.room(f"Room {number}"), scene)


async def play(stage: Stage, room: Room, scene: list[tuple[str, int]]) -> None:
    alice, bob = await stage.joined(room, 1), await stage.joined(room, 2)
    await stage.core.following.follow(BOB, room.uri)
    named: dict[int, bool] = {}  # by the number of each message: whether it names him
    read, last = 0, 0
    for act, number in scene:
        target = sorted(named)[number % len(named)] if named else None
        if act in ("post", "name", "own"):
            text = "@person2" if act == "name" else "words"
            last = (await stage.post(bob if act == "own" else alice, room.uri, text)).number
            named[last] = act == "name"
            read = last if act == "own" else read
        elif act == "mark":
            await stage.core.following.mark(BOB, room.uri, number)
            read = min(number, last)
        elif target is not None:
            message = await stage.core.history.message(ALICE, room.uri, target)
            if message.deleted or message.author_id != ALICE.id:
                continue
            if act == "edit":
                await stage.chat.edit(alice.person, room.uri, target, Content("@person2 again"))
            else:
                await stage.chat.delete(alice.person, room.uri, target)
            named[target] = act == "edit"
            last += 1
        shown = next(one for one in await stage.core.following.followed(BOB) if one.room.id == room.id)
        later = {number: names for number, names in named.items() if number > read}
        assert (shown.read, shown.last, shown.unread, shown.mentions) == (read, last, len(later), sum(later.values()))


# -- being named

@pytest.mark.parametrize(("text", "names"), [
    ("@bob", ["bob"]), ("hi @Bob, @carol!", ["Bob", "carol"]), ("(@bob)", ["bob"]), ("@bob.", ["bob"]),
    ("@bob @BOB @bob@litwareinc.com", ["bob"]), ("mail bob@litwareinc.com", []), ("a@bob", []), ("@@bob", []),
    ("@", []), ("@ bob", []), ("@bob@other.com.", ["bob@other.com"]), ("@anne-marie @o'neil @a.b+c", [
        "anne-marie", "o'neil", "a.b+c"]), ("\n@bob\n", ["bob"]), ("@" + "x" * 500, []), ("@bob's", ["bob's"]),
    ("no name at all", []), ("@...", []),
])
def test_who_is_named(text: str, names: list[str]) -> None:
    wanted = [SipAddress(*(name.split("@") if "@" in name else (name, DOMAIN))) for name in names]
    assert list(mentioned(Content(text), DOMAIN)) == wanted


@given(st.text(max_size=300))
def test_any_text_names_people_or_nobody(text: str) -> None:
    assert len(mentioned(Content(text + "@" * 20), DOMAIN)) <= MAX_MENTIONS


def test_a_message_names_so_many_and_no_more() -> None:
    assert len(mentioned(Content(" ".join(f"@p{number}" for number in range(1000))), DOMAIN)) == MAX_MENTIONS


@pytest.mark.parametrize(("text", "parsed"), [
    ("@x " * 21_845, 1), ("@.. " * 16_384, 1), (" ".join(f"@.{number}." for number in range(8000)), MAX_CANDIDATES),
    (" ".join(f"@p{number}" for number in range(8000)), MAX_MENTIONS)])
def test_not_every_sign_of_a_long_message_is_looked_at(
    text: str, parsed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    def counted(address: str) -> SipAddress:
        looked.append(address)
        return parse(address)
    parse = SipAddress.parse
    monkeypatch.setattr(SipAddress, "parse", counted)
    mentioned(Content(text), DOMAIN)
    assert len(looked) <= parsed


class Unwalked(str):
    """A text that nobody may look at character by character."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        raise AssertionError


@pytest.mark.parametrize(("text", "right"), [
    ("\u65e5" * 65_536, True), ("\U0001f389", True), ("\u65e5\ud800", False), ("\udfff", False), ("a\0", False)])
def test_halves_of_characters_are_refused_and_not_looked_for_one_by_one(text: str, *, right: bool) -> None:
    sizes = {"message": 65_536, "story": 65_536, "rtf": 262_144}
    if right:
        check_content(Content(Unwalked(text), None, Unwalked(text)), **sizes)
        return
    for content in (Content(text), Content("a", text), Content("a", None, text)):
        with pytest.raises(ParlourError) as fault:
            check_content(content, **sizes)
        assert fault.value.kind.name == "MessageInvalid"


async def test_my_mentions_come_newest_first_in_pages(stage: Stage) -> None:
    first, second = await stage.room("One"), await stage.room("Two")
    alices = {room.id: await stage.joined(room) for room in (first, second)}
    wanted: list[tuple[str, int]] = []
    for number in range(45):
        room = (first, second)[number % 3 == 0]
        message = await stage.post(alices[room.id], room.uri, f"{number} @person2 @nobody @person3@{DOMAIN}")
        await stage.post(alices[room.id], room.uri, "nobody is named")
        wanted.insert(0, (room.name, message.number))
        stage.archive.clock.advance(1)
    found: list[Mention] = []
    place = None
    while True:
        page = await stage.core.following.mentions(BOB, 7, place)
        found += page.found
        place = page.next
        if place is None:
            break
    assert [(one.room.name, one.message.number) for one in found] == wanted
    assert len((await stage.core.following.mentions(CAROL, 20)).found) == 20
    assert (await stage.core.following.mentions(ALICE, 10)).found == ()


async def test_mentions_that_may_not_be_read_are_passed_over_a_bounded_number_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_PAGE", 5)
    monkeypatch.setattr(following, "_PAGES", 3)
    room = await stage.room("Open")
    closed = await stage.closed_room(1, 2)
    alices = {one.id: await stage.joined(one) for one in (room, closed)}
    for where in (room, *([closed] * 42), room):
        await stage.post(alices[where.id], where.uri, "@person2")
        stage.archive.clock.advance(1)
    await stage.put(closed, RoomRole.MEMBER, map_sip([1]))
    store = stage.archive.stores.reading
    read: list[int] = []
    mentions = store.mentions
    async def counted(person: int, before: SearchPlace | None, count: int) -> list[Message]:
        page = await mentions(person, before, count)
        read.append(len(page))
        return page
    monkeypatch.setattr(type(store), "mentions", lambda _, *values: counted(*values))
    for count in (1, 2, 7):
        found, place, calls = [], None, 0
        while calls == 0 or place:
            read.clear()
            page = await stage.core.following.mentions(BOB, count, place)
            assert sum(read) <= 15
            assert len(page.found) <= count
            found += [(one.room.name, one.message.number) for one in page.found]
            place, calls = page.next, calls + 1
        assert found == [("Open", 2), ("Open", 1)]
        assert calls > 2


async def test_an_edit_names_others_and_a_deleted_message_nobody(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "@person2")
    await stage.chat.edit(alice.person, room.uri, 1, Content("@person3"))
    assert (await stage.core.following.mentions(BOB, 9)).found == ()
    assert [one.message.text for one in (await stage.core.following.mentions(CAROL, 9)).found] == ["@person3"]
    await stage.chat.delete(alice.person, room.uri, 1)
    assert (await stage.core.following.mentions(CAROL, 9)).found == ()


# -- pins

async def test_pins_are_seen_by_all_and_kept_in_their_order(stage: Stage) -> None:
    room = await stage.room()
    alice, bob = await stage.joined(room, 1), await stage.joined(room, 2)
    for words in ("one", "two", "three"):
        await stage.post(alice, room.uri, words)
    for number in (3, 1, 3):
        await stage.core.pins.pin(BOB, room.uri, number)
        stage.archive.clock.advance(1)
    assert [one.text for one in await stage.core.pins.pinned(CAROL, room.uri)] == ["three", "one"]
    await stage.core.pins.unpin(ALICE, room.uri, 3)
    assert await refused(stage.core.pins.unpin(ALICE, room.uri, 3)) == "MessageNotFound"
    told = [(event.number, event.by, event.pinned) for event in alice.outlet.events if isinstance(event, MessagePinned)]
    assert told == [(3, BOB, True), (1, BOB, True), (3, ALICE, False)]
    assert [event for event in bob.outlet.events if isinstance(event, MessagePinned)] == [
        event for event in alice.outlet.events if isinstance(event, MessagePinned)]
    await stage.chat.delete(alice.person, room.uri, 1)
    assert await stage.core.pins.pinned(CAROL, room.uri) == []


async def test_what_is_not_there_cannot_be_pinned(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "one")
    await stage.chat.delete(alice.person, room.uri, 1)
    for number in (0, 1, 2, 99):
        assert await refused(stage.core.pins.pin(ALICE, room.uri, number)) == "MessageNotFound"


async def test_only_who_may_post_pins_and_only_so_many(stage: Stage) -> None:
    room = await stage.closed_room(1)
    alice = await stage.joined(room)
    for number in range(MAX_PINS + 1):
        await stage.post(alice, room.uri, str(number))
    assert await refused(stage.core.pins.pin(BOB, room.uri, 1)) == "NotAMember"
    assert await refused(stage.core.pins.pinned(BOB, room.uri)) == "NotAMember"
    for number in range(1, MAX_PINS + 1):
        await stage.core.pins.pin(ALICE, room.uri, number)
    assert await refused(stage.core.pins.pin(ALICE, room.uri, MAX_PINS + 1)) == "PinsTooMany"
