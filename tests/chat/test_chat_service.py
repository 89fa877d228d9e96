"""The chat over a real database: order, numbers, bounds, refusals, and who is told what and when."""

import asyncio

import pytest
from sqlalchemy import Connection, text
from tests.chat.stage_kit import Stage, refused, seen
from tests.storage.storage_kit import POOL, one_person

from parlour.addresses import RoomUri
from parlour.chat.events import ParticipantJoined, RoomClosed
from parlour.chat.model import Content, Message, NewRoom, Privacy, RoomType
from parlour.chat.presence import ChatSession
from parlour.errors import ParlourError

NOWHERE = RoomUri("litwareinc.com", "nowhere")
READER = one_person(1)


# -- posting


async def test_messages_have_gap_free_numbers_in_the_order_of_posting(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    posted = [await done for done in [stage.post(session, room.uri, f"text {n}") for n in range(50)]]
    assert [(message.number, message.text) for message in posted] == [(n + 1, f"text {n}") for n in range(50)]
    assert seen(session) == list(range(1, 51))


async def test_a_message_says_who_and_when(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room, 2)
    stage.archive.clock.advance(60)
    message = await stage.post(session, room.uri, "hello")
    assert message == Message(
        room.id, 1, 1, 2, session.person.address, "Person 2", stage.archive.clock.now(), Content("hello"))
    assert (await stage.history(READER, room.uri, 10)) == (room, [message])


async def test_whoever_is_told_of_his_post_finds_it_published_and_committed(stage: Stage) -> None:
    room = await stage.room()
    author, reader = await stage.joined(room, 1), await stage.joined(room, 2)
    await stage.post(author, room.uri, "hello")
    assert (seen(author), seen(reader)) == ([1], [1])
    assert [message.number for message in await stage.archive.last(room.id, 5)] == [1]


async def test_a_message_is_on_disk_before_anybody_sees_it(stage: Stage) -> None:
    room = await stage.room()
    session, kept = await stage.joined(room), []
    stage.when_delivered = lambda _: kept.append(asyncio.ensure_future(stage.archive.last(room.id, 5)))
    await stage.post(session, room.uri, "hello")
    assert [message.text for message in await kept[0]] == ["hello"]


async def test_who_stops_waiting_for_his_post_does_not_keep_it_from_the_others(stage: Stage) -> None:
    room = await stage.room()
    author, reader = await stage.joined(room, 1), await stage.joined(room, 2)
    stage.post(author, room.uri, "first").cancel()
    await stage.post(author, room.uri, "second")
    assert seen(reader) == [1, 2]
    assert (await stage.chat.join(stage.session(3), room.uri)).last_number == 2


@pytest.mark.parametrize(("text", "error"), [
    ("", "MessageEmpty"), (" \r\n\t ", "MessageEmpty"), ("x" * 101, "MessageTooLong"),
])
async def test_bad_messages_are_refused_and_nothing_is_kept(stage: Stage, text: str, error: str) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    with pytest.raises(ParlourError) as fault:
        stage.post(session, room.uri, text)
    assert fault.value.kind.name == error
    assert await stage.archive.log.last_number(room.id) == 0


@pytest.mark.parametrize("text", ["x" * 100, " x ", "<b>&amp;</b>", "🎉" * 100, "a\r\nb"])
async def test_texts_are_kept_as_they_are(stage: Stage, text: str) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room), room.uri, text)
    assert [message.text for message in (await stage.history(READER, room.uri, 1))[1]] == [text]


async def test_one_that_cannot_be_kept_does_not_take_its_neighbours_along(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    before = stage.post(session, room.uri, "before")
    with pytest.raises(ParlourError, match="halves of characters"):
        stage.post(session, room.uri, "half a character \ud83d")
    await asyncio.gather(before, stage.post(session, room.uri, "after"))
    assert [message.text for message in (await stage.history(READER, room.uri, 5))[1]] == ["before", "after"]
    assert seen(session) == [1, 2]


async def test_only_who_has_joined_may_post(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    stage.chat.part(session, room.uri)
    for uri in (room.uri, NOWHERE):
        with pytest.raises(ParlourError, match="You have not joined"):
            stage.post(session, uri, "hello")
        with pytest.raises(ParlourError, match="You have not joined"):
            stage.chat.part(session, uri)


async def test_nobody_posts_in_an_auditorium_without_being_presenter(stage: Stage) -> None:
    room = await stage.room(kind=RoomType.AUDITORIUM)
    session = await stage.joined(room)
    with pytest.raises(ParlourError, match="Only presenters may post"):
        stage.post(session, room.uri, "hello")


# -- joining


async def test_a_joiner_sees_who_is_there_and_the_newest_number(stage: Stage) -> None:
    room = await stage.room()
    first = await stage.joined(room, 1)
    await stage.post(first, room.uri, "hello")
    joined = await stage.chat.join(stage.session(2), room.uri)
    assert [one.id for one in joined.people] == [1, 2]
    assert (joined.room, joined.last_number) == (room, 1)
    assert first.outlet.events[-1] == ParticipantJoined(room.id, one_person(2))


async def test_joining_again_answers_the_same_and_is_no_news(stage: Stage) -> None:
    room = await stage.room()
    watcher, session = await stage.joined(room, 1), stage.session(2)
    first = await stage.chat.join(session, room.uri)
    assert await stage.chat.join(session, room.uri) == first
    assert watcher.outlet.events == [ParticipantJoined(room.id, session.person)]


@pytest.mark.parametrize(("privacy", "disabled", "error"), [
    (Privacy.CLOSED, False, "NotAMember"), (Privacy.SECRET, False, "ChatRoomNotFound"),
    (Privacy.OPEN, True, "ChatRoomDisabled"), (Privacy.SECRET, True, "ChatRoomNotFound"),
])
async def test_who_may_not_join_may_not_read_either(
    stage: Stage, privacy: Privacy, disabled: bool, error: str
) -> None:
    room = await stage.room(privacy=privacy, disabled=disabled)
    session = stage.session()
    assert await refused(stage.chat.join(session, room.uri)) == error
    assert await refused(stage.history(READER, room.uri, 1)) == error
    assert session.joined == {}


async def test_a_secret_room_cannot_be_told_from_none(stage: Stage) -> None:
    secret, messages = await stage.room(privacy=Privacy.SECRET), []
    for uri in (secret.uri, NOWHERE):
        with pytest.raises(ParlourError) as fault:
            await stage.chat.join(stage.session(), uri)
        messages.append((str(fault.value).replace(uri.guid, ""), fault.value.kind))
    assert messages[0] == messages[1]


async def test_live_and_history_together_are_every_message_once(stage: Stage) -> None:
    room = await stage.room()
    authors = [await stage.joined(room, number) for number in (1, 2)]
    histories: list[tuple[ChatSession, int]] = []

    async def talk(author: ChatSession) -> None:
        for number in range(30):
            await stage.post(author, room.uri, f"text {number}")

    async def drop_in(delay: int) -> None:
        for _ in range(delay):
            await asyncio.sleep(0)
        session = stage.session(3)
        histories.append((session, (await stage.chat.join(session, room.uri)).last_number))

    async with asyncio.TaskGroup() as tasks:
        for author in authors * 2:
            tasks.create_task(talk(author))
        for number in range(40):
            tasks.create_task(drop_in(number * 3))
    for session, last_number in histories:
        old = await stage.archive.last(room.id, 500, last_number)
        assert [message.number for message in old] + seen(session) == list(range(1, 121))


async def test_the_first_to_join_after_a_restart_learns_the_newest_number(stage: Stage) -> None:
    room = await stage.room()
    await stage.archive.post(room, "one", "two")
    joined = await Stage(stage.archive).chat.join(stage.session(), room.uri)
    assert joined.last_number == 2


async def test_an_endpoint_that_goes_leaves_every_room(stage: Stage) -> None:
    rooms = [await stage.room(name) for name in ("One", "Two")]
    session = await stage.joined(rooms[0])
    await stage.chat.join(session, rooms[1].uri)
    stage.chat.close_session(session)
    assert session.joined == {}
    assert [found.participants for found in await stage.find_rooms(READER, "")] == [0, 0]


async def test_an_endpoint_that_goes_while_it_joins_is_nowhere(stage: Stage) -> None:
    room, session = await stage.room(), stage.session()
    joining = asyncio.ensure_future(stage.chat.join(session, room.uri))
    await asyncio.sleep(0)  # it waits for the store now
    stage.chat.close_session(session)
    assert await refused(joining) == "SessionClosed"
    assert [found.participants for found in await stage.find_rooms(READER, "")] == [0]


# -- reading


@pytest.mark.parametrize(("count", "until", "numbers"), [
    (3, None, [28, 29, 30]), (500, None, list(range(11, 31))), (0, None, []), (-1, None, []), (3, 2, [1, 2]),
    (2, 30, [29, 30]), (2, 10**18, [29, 30]), (5, 0, []), (10**19, None, list(range(11, 31))),
])
async def test_history_is_the_newest_within_the_bounds(
    stage: Stage, count: int, until: int | None, numbers: list[int]
) -> None:
    room = await stage.room()
    await stage.archive.post(room, *map(str, range(30)))
    _, messages = await stage.history(READER, room.uri, count, until)
    assert [message.number for message in messages] == numbers


async def test_a_search_shows_what_anybody_may_see(stage: Stage) -> None:
    await stage.room("Open alpha")
    await stage.room("Closed alpha", Privacy.CLOSED)
    await stage.room("Off alpha", disabled=True)
    assert [found.room.name for found in await stage.find_rooms(READER, "ALPHA")] == ["Closed alpha", "Open alpha"]
    assert await stage.find_rooms(READER, "beta") == []


async def test_hidden_rooms_take_no_place_among_those_found(stage: Stage) -> None:
    for number in range(5):
        await stage.room(f"A secret {number}", Privacy.SECRET)
    await stage.room("Open")
    assert [found.room.name for found in await stage.find_rooms(READER, "")] == ["Open"]


async def test_a_search_is_bounded(stage: Stage) -> None:
    for name in ("d", "b", "a", "c"):
        await stage.room(name)
    assert [found.room.name for found in await stage.find_rooms(READER, "")] == ["a", "b", "c"]


async def test_what_is_longer_than_any_name_is_not_even_looked_at(stage: Stage) -> None:
    await stage.room("Engineering")
    assert await stage.find_rooms(READER, "a" + "\u0301\u0323" * 10_000_000) == []


async def test_several_rooms_open_at_one_moment(stage: Stage) -> None:
    rooms = [await stage.room(name) for name in ("One", "Two")]
    writer = await stage.joined(rooms[0], 2)
    session = stage.session()
    admitted = [await stage.chat.admit(session, room.uri) for room in rooms]
    await stage.post(writer, rooms[0].uri, "before")
    assert session.joined == {}
    opened = [stage.chat.enter(session, room) for room in admitted]
    await stage.post(writer, rooms[0].uri, "after")
    assert [joined.last_number for joined in opened] == [1, 0]
    assert seen(session) == [2]


async def test_a_room_that_is_removed_after_it_was_admitted_does_not_open(stage: Stage) -> None:
    room, session = await stage.room(), stage.session()
    admitted = await stage.chat.admit(session, room.uri)
    await stage.administration.remove_room(room)
    with pytest.raises(ParlourError, match="removed meanwhile"):
        stage.chat.enter(session, admitted)


async def test_a_search_counts_people_not_endpoints(stage: Stage) -> None:
    room = await stage.room()
    for number in (1, 1, 2):
        await stage.joined(room, number)
    assert [found.participants for found in await stage.find_rooms(READER, "eng")] == [2]


# -- administration


async def test_a_removed_room_is_gone_for_everybody(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    await stage.post(session, room.uri, "hello")
    await stage.administration.remove_room(room)
    assert session.outlet.events[-1] == RoomClosed(room.id, room, (session.person,))
    with pytest.raises(ParlourError, match="You have not joined"):
        stage.post(session, room.uri, "hello")
    assert await refused(stage.history(READER, room.uri, 1)) == "ChatRoomNotFound"
    assert await refused(stage.chat.join(session, room.uri)) == "ChatRoomNotFound"


async def test_a_post_that_crosses_the_removal_of_its_room_is_refused(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    removal = asyncio.ensure_future(stage.administration.remove_room(room))
    await asyncio.sleep(0)  # the removal is queued now, and not done yet
    with pytest.raises(ParlourError) as fault:
        stage.post(session, room.uri, "too late")
    assert fault.value.kind.name == "NotJoined"
    await removal
    assert seen(session) == []


async def test_a_room_that_is_removed_leaves_nothing_behind(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    for words in ("first secret", "second secret"):
        await stage.post(session, room.uri, words)
    await stage.core.following.follow(session.person, room.uri)
    await stage.administration.remove_room(room)

    def left(connection: Connection) -> list[int]:
        tables = ("messages", "message_text_docsize", "message_terms_docsize", "follows", "mentions")
        return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]  # noqa: S608
    assert await stage.archive.database.read(left) == [0] * 5


async def test_a_room_of_the_same_name_begins_anew(stage: Stage) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room), room.uri, "hello")
    await stage.administration.remove_room(room)
    again = await stage.room()
    assert again.id != room.id
    assert (await stage.chat.join(stage.session(), again.uri)).last_number == 0


async def test_administrators_find_rooms_by_name_or_identity(stage: Stage) -> None:
    room = await stage.room("Engineering")
    for identity in ("engineering", f"{POOL}\\Engineering", f"{POOL.upper()}\\ENGINEERING"):
        assert await stage.administration.room_named(identity) == room
    for identity in ("Sales", "second.litwareinc.com\\Engineering", ""):
        assert await refused(stage.administration.room_named(identity)) == "ChatRoomNotFound"
    assert await stage.administration.all_rooms() == [room]


async def test_a_name_may_have_a_backslash_in_it(stage: Stage) -> None:
    room = await stage.room("AC\\DC")
    assert await stage.administration.room_named(room.identity) == room


async def test_a_name_in_two_pools_needs_its_pool(stage: Stage) -> None:
    rooms = [await stage.room("Engineering", pool=pool) for pool in (POOL, "second.litwareinc.com")]
    assert await refused(stage.administration.room_named("Engineering")) == "NameNeedsPool"
    assert [await stage.administration.room_named(room.identity) for room in rooms] == rooms


@pytest.mark.parametrize(("new", "error"), [
    (NewRoom("", "General", POOL), "ChatRoomNameInvalid"),
    (NewRoom("x", "General", POOL, description="d" * 257), "ChatRoomNameInvalid"),
    (NewRoom("x", "Elsewhere", POOL), "ChatCategoryNotFound"),
    (NewRoom("x", "General"), "NameNeedsPool"),
    (NewRoom("general", "General", POOL), "ChatRoomExists"),
])
async def test_bad_rooms_are_refused_and_not_made(stage: Stage, new: NewRoom, error: str) -> None:
    assert await refused(stage.administration.create_room(new)) == error
    assert await stage.administration.all_rooms() == []


async def test_categories_count_their_rooms(stage: Stage) -> None:
    await stage.room("One")
    await stage.room("Two")
    assert [(one.identity, one.number_of_rooms) for one in await stage.administration.all_categories()] == [
        (f"{POOL}\\General", 2), ("second.litwareinc.com\\General", 0)]
