"""Authors edit and delete, administrators replace and purge: everyone sees it, and the log keeps what was there."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from tests.chat.stage_kit import Stage, map_sip, refused, sip
from tests.storage.storage_kit import one_person

from parlour.chat.events import MessageChanged, MessagePosted, MessagesPurged
from parlour.chat.model import Content, RoomType
from parlour.chat.presence import ChatSession
from parlour.chat.principals import RoomRole
from parlour.chat.search import MessageQuery


async def archive(stage: Stage) -> list[tuple[object, ...]]:
    """Return the whole log as the archive has it: number, kind, what it refers to, text."""
    def read(connection: Connection) -> list[tuple[object, ...]]:
        query = text("SELECT number, kind, refers, text FROM messages ORDER BY room_id, number")
        return [tuple(row) for row in connection.execute(query)]
    return await stage.archive.database.read(read)


def changes(session: ChatSession) -> list[tuple[int, int, str, bool]]:
    """Return what an endpoint was told of changes: number, message, text, deleted."""
    return [(event.number, event.message.number, event.message.text, event.message.deleted)
            for event in session.outlet.events if isinstance(event, MessageChanged)]


async def test_everyone_sees_an_edit_and_the_archive_keeps_both(stage: Stage) -> None:
    room = await stage.room()
    alice, bob = await stage.joined(room, 1), await stage.joined(room, 2)
    await stage.post(alice, room.uri, "helo")
    await stage.post(bob, room.uri, "hi")
    stage.archive.clock.advance(60)
    edited = await stage.chat.edit(alice.person, room.uri, 1, Content("hello"))
    assert (edited.number, edited.text, edited.edited_at) == (1, "hello", stage.archive.clock.now())
    assert changes(alice) == changes(bob) == [(3, 1, "hello", False)]
    _, messages = await stage.history(one_person(3), room.uri, 10)
    assert [(one.number, one.text, one.edited_at is not None) for one in messages] == [
        (1, "hello", True), (2, "hi", False)]
    assert await archive(stage) == [(1, 0, None, "hello"), (2, 0, None, "hi"), (3, 1, 1, "helo")]


async def test_a_message_edited_twice_keeps_every_text(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "one")
    for words in ("two", "three"):
        await stage.chat.edit(alice.person, room.uri, 1, Content(words))
    await stage.chat.delete(alice.person, room.uri, 1)
    assert await archive(stage) == [(1, 0, None, ""), (2, 1, 1, "one"), (3, 1, 1, "two"), (4, 2, 1, "three")]
    message = await stage.core.history.message(one_person(2), room.uri, 1)
    assert (message.deleted, message.text) == (True, "")


async def test_numbers_go_on_without_a_gap_after_refused_corrections(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "one")
    await stage.chat.delete(alice.person, room.uri, 1)
    assert await refused(stage.chat.delete(alice.person, room.uri, 1)) == "MessageNotFound"
    assert await refused(stage.chat.edit(alice.person, room.uri, 1, Content("x"))) == "MessageNotFound"
    # an entry, but no message
    assert await refused(stage.chat.edit(alice.person, room.uri, 2, Content("x"))) == "MessageNotFound"
    assert await refused(stage.chat.edit(alice.person, room.uri, 99, Content("x"))) == "MessageNotFound"
    results = await asyncio.gather(
        stage.chat.correct(room, 1, None), stage.post(alice, room.uri, "two"), return_exceptions=True)
    assert [getattr(result, "number", type(result).__name__) for result in results] == ["ParlourError", 3]


@pytest.mark.parametrize(("content", "error"), [
    (Content("  "), "MessageEmpty"), (Content("x" * 101), "MessageTooLong"), (Content("a\0b"), "MessageInvalid"),
    (Content("a\ud800"), "MessageInvalid"), (Content("x", rtf="r" * 301), "RichTextTooLong"),
    (Content("x" * 201, title="T"), "MessageTooLong"), (Content("x", title=" "), "StoryTitleInvalid"),
    (Content("x", title="two\nlines"), "StoryTitleInvalid"), (Content("x", title="t" * 257), "StoryTitleInvalid"),
    (Content("x", title="a\0"), "MessageInvalid"),
])
async def test_a_correction_obeys_the_rules_of_a_post(stage: Stage, content: Content, error: str) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "one")

    async def post() -> object:
        return await stage.chat.post(alice, room.uri, content)
    assert await refused(stage.chat.edit(alice.person, room.uri, 1, content)) == error
    assert await refused(post()) == error
    assert await archive(stage) == [(1, 0, None, "one")]


async def test_nobody_corrects_what_another_wrote(stage: Stage) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room, 1), room.uri, "mine")
    bob = await stage.joined(room, 2)
    assert await refused(stage.chat.edit(bob.person, room.uri, 1, Content("yours"))) == "NotTheAuthor"
    assert await refused(stage.chat.delete(bob.person, room.uri, 1)) == "NotTheAuthor"


async def test_who_may_not_post_any_more_corrects_nothing(stage: Stage) -> None:
    room = await stage.closed_room(1, 2, kind=RoomType.AUDITORIUM)
    room = await stage.put(room, RoomRole.PRESENTER, map_sip([1]))
    alice = await stage.joined(room, 1)
    await stage.post(alice, room.uri, "one")
    await stage.put(room, RoomRole.PRESENTER, [])
    assert await refused(stage.chat.edit(alice.person, room.uri, 1, Content("two"))) == "NotAPresenter"
    await stage.put(room, RoomRole.MEMBER, [sip(2)])
    assert await refused(stage.chat.delete(alice.person, room.uri, 1)) == "NotAMember"


async def test_stories_alerts_and_rich_text_come_back_as_they_were(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    content = Content("<b>body</b>\r\n\u0301", title="A *title*", rtf="{\\rtf1 \\b body}", alert=True)
    await stage.chat.post(alice, room.uri, content)
    _, messages = await stage.history(one_person(2), room.uri, 1)
    assert messages[0].content == content


async def test_time_in_a_room_never_goes_back(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    first = await stage.post(alice, room.uri, "one")
    stage.archive.clock.step(-3600)
    second = await stage.post(alice, room.uri, "two")
    assert second.posted_at == first.posted_at


async def test_a_purge_leaves_nothing_of_the_past(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    for words in ("old secret", "old too"):
        await stage.post(alice, room.uri, words)
    await stage.chat.edit(alice.person, room.uri, 1, Content("old edited"))
    bound = stage.archive.clock.now()
    stage.archive.clock.advance(1)
    await stage.post(alice, room.uri, "new")
    await stage.chat.edit(alice.person, room.uri, 2, Content("new edit of an old one"))
    await stage.core.pins.pin(one_person(1), room.uri, 2)
    await stage.administration.purge_room(room, bound)
    assert [event for event in alice.outlet.events if isinstance(event, MessagesPurged)] == [MessagesPurged(room.id, 3)]
    assert [one.text for one in (await stage.history(one_person(2), room.uri, 10))[1]] == ["new"]
    assert await archive(stage) == [(4, 0, None, "new"), (5, 1, 2, "")]
    assert await stage.core.pins.pinned(one_person(1), room.uri) == []
    await stage.post(alice, room.uri, "newer")
    assert [event.message.number for event in alice.outlet.events if isinstance(event, MessagePosted)][-1] == 6


async def test_a_purge_of_many_messages_and_of_none(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await asyncio.gather(*(stage.post(alice, room.uri, f"message {number}") for number in range(1201)))
    await stage.administration.purge_room(room, stage.archive.clock.now() - timedelta(seconds=1))
    assert len(await archive(stage)) == 1201
    await stage.administration.purge_room(room, stage.archive.clock.now())
    assert await archive(stage) == []
    await stage.administration.purge_room(room, stage.archive.clock.now())
    assert (await stage.post(alice, room.uri, "again")).number == 1202


async def test_a_room_without_history_shows_nothing_later_and_the_archive_keeps_it(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    await stage.post(alice, room.uri, "kept")
    await stage.history_kept(room, kept=False)
    await stage.post(alice, room.uri, "for now")
    assert [event.message.text for event in alice.outlet.events if isinstance(event, MessagePosted)] == [
        "kept", "for now"]
    assert (await stage.history(one_person(2), room.uri, 10))[1] == []
    assert await refused(stage.core.history.message(one_person(2), room.uri, 1)) == "MessageNotFound"
    assert await refused(stage.core.pins.pin(one_person(2), room.uri, 1)) == "MessageNotFound"
    query = MessageQuery((room.uri,), "kept")
    room = await stage.administration.room_named(room.identity)
    assert [message.text async for message in stage.administration.find_messages(room, query)] == ["kept"]
    await stage.history_kept(room, kept=True)
    assert [one.text for one in (await stage.history(one_person(2), room.uri, 10))[1]] == ["kept"]
    assert await archive(stage) == [(1, 0, None, "kept"), (2, 3, None, "for now")]
