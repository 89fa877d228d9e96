"""Searching messages: only what one may read, only what can be answered, and nothing about what is hidden."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection
from tests.chat.stage_kit import Stage, map_sip, refused, sip
from tests.storage.storage_kit import NOW, address, one_person

from parlour.addresses import RoomUri
from parlour.chat.finding import Match
from parlour.chat.model import Content, Privacy, RoomChange
from parlour.chat.ports import Examined, SearchPlace, SearchStore, Wanted
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.search import MessageQuery, MessageSearch, Order, SearchLimits
from parlour.chat.turns import Turns
from parlour.errors import SEARCHES_TOO_MANY, ParlourError

READER = one_person(1)
NOWHERE = RoomUri("litwareinc.com", "nowhere")


async def texts(stage: Stage, query: MessageQuery, person: int = 1) -> list[str]:
    """Return what somebody finds on the first page."""
    return [message.text for _, message in (await stage.core.search.search(one_person(person), query)).hits]


async def refusal(stage: Stage, query: MessageQuery, person: int = 1) -> str:
    """Return the text of the refusal that a search ends with."""
    with pytest.raises(ParlourError) as fault:
        await stage.core.search.search(one_person(person), query)
    return str(fault.value)


async def test_a_hit_is_a_message_with_its_room(stage: Stage) -> None:
    room = await stage.room()
    message = await stage.post(await stage.joined(room, 2), room.uri, "hello world")
    result = await stage.core.search.search(READER, MessageQuery((room.uri,), "WORLD"))
    assert (result.hits, result.more, result.cursor) == (((room, message),), False, None)


async def test_several_rooms_are_in_the_order_of_time(stage: Stage) -> None:
    one, two = await stage.room("One"), await stage.room("Two")
    sessions = {room.id: await stage.joined(room) for room in (one, two)}
    for number, room in enumerate((one, two, two, one)):
        await stage.post(sessions[room.id], room.uri, f"hello {number}")
        stage.archive.clock.advance(60)
    query = MessageQuery((one.uri, two.uri, one.uri), "hello")
    first = await stage.core.search.search(READER, query)  # 3 is the limit of the stage
    assert [(room.name, message.text[-1]) for room, message in first.hits] == [("One", "3"), ("Two", "2"), ("Two", "1")]
    assert await texts(stage, replace(query, after=first.next)) == ["hello 0"]
    assert await texts(stage, replace(query, order=Order.OLDEST, limit=2)) == ["hello 0", "hello 1"]


@pytest.mark.parametrize("limit", [0, -1, 1])
async def test_a_limit_is_at_least_one(stage: Stage, limit: int) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    for text in ("hello 1", "hello 2"):
        await stage.post(session, room.uri, text)
    assert await texts(stage, MessageQuery((room.uri,), "hello", limit=limit)) == ["hello 2"]


# -- rights

async def test_who_may_not_read_a_room_may_not_search_it(stage: Stage) -> None:
    room = await stage.closed_room(1)
    await stage.post(await stage.joined(room), room.uri, "confidential")
    query = MessageQuery((room.uri,), "confidential")
    assert await texts(stage, query) == ["confidential"]
    assert await refused(stage.core.search.search(one_person(2), query)) == "NotAMember"


async def test_a_hidden_room_is_refused_just_as_one_that_is_not_there(stage: Stage) -> None:
    secret = await stage.put(await stage.room("Secret", Privacy.SECRET), RoomRole.MEMBER, [sip(2)])
    said = MessageQuery((secret.uri,), "hello")
    nowhere = replace(said, rooms=(NOWHERE,))
    assert await refusal(stage, said) == (await refusal(stage, nowhere)).replace(str(NOWHERE), str(secret.uri))
    await stage.wall(CategoryRole.DENIED, map_sip([3]))
    assert await refused(stage.core.search.search(one_person(3), said)) == "ChatRoomNotFound"


async def test_one_room_that_may_not_be_read_refuses_the_whole_search_and_is_named(stage: Stage) -> None:
    room = await stage.room("Open")
    closed = await stage.closed_room(2)
    await stage.post(await stage.joined(room), room.uri, "hello")
    for rooms in ((room.uri, closed.uri), (closed.uri, room.uri)):
        assert "Engineering" in await refusal(stage, MessageQuery(rooms, "hello"))
    assert "nowhere" in await refusal(stage, MessageQuery((room.uri, NOWHERE), "hello"))


async def test_rights_come_before_what_cannot_be_found(stage: Stage) -> None:
    closed = await stage.closed_room(2)
    for query in (MessageQuery((closed.uri,), "\0"), MessageQuery((closed.uri,), authors=(address("nobody"),))):
        assert await refused(stage.core.search.search(READER, query)) == "NotAMember"


async def test_who_lost_the_right_cannot_go_on(stage: Stage) -> None:
    room = await stage.closed_room(1, 2)
    session = await stage.joined(room)
    for text in ("hello 1", "hello 2"):
        await stage.post(session, room.uri, text)
    query = MessageQuery((room.uri,), "hello", limit=1)
    first = await stage.core.search.search(READER, query)
    await stage.put(room, RoomRole.MEMBER, [sip(2)])
    assert await refused(stage.core.search.search(READER, replace(query, after=first.next))) == "NotAMember"


async def test_a_room_that_is_switched_off_is_refused(stage: Stage) -> None:
    room = await stage.room()
    await stage.administration.change_room(room, RoomChange(disabled=True))
    assert await refused(stage.core.search.search(READER, MessageQuery((room.uri,), "hello"))) == "ChatRoomDisabled"


async def test_a_room_without_history_has_nothing_to_find(stage: Stage) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room), room.uri, "hello")
    await stage.history_kept(room, kept=False)
    query = MessageQuery((room.uri,), "hello")
    assert await texts(stage, query) == []
    await stage.history_kept(room, kept=True)
    assert await texts(stage, query) == ["hello"]


async def test_a_removed_room_is_not_found(stage: Stage) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room), room.uri, "hello")
    await stage.administration.remove_room(room)
    assert await refused(stage.core.search.search(READER, MessageQuery((room.uri,), "hello"))) == "ChatRoomNotFound"


# -- what it may cost

async def test_many_rooms_take_no_more_hops_for_their_rights_than_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [await stage.room(f"Room {number}") for number in range(20)]
    hops = Hops(stage, monkeypatch)
    async def hops_of(count: int) -> int:
        await stage.core.access.principals_of(READER)  # what he is himself is known from here on
        hops.count = 0
        await stage.core.search.search(READER, MessageQuery(tuple(room.uri for room in rooms[:count]), "hello"))
        return hops.count - count  # one to look into each
    assert await hops_of(1) == await hops_of(20)


class Hops:
    """Counts hops to the database."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        read = stage.archive.database.read
        async def counted(work: Callable[[Connection], object]) -> object:
            self.count += 1
            return await read(work)
        monkeypatch.setattr(stage.archive.database, "read", counted)


class Observed:
    """The real store; `most` is how many look into it at one time at most."""

    def __init__(self, store: SearchStore, people: int) -> None:
        self._store = store
        self._meeting = asyncio.Barrier(people)  # each waits until all the others look as well
        self._now = 0
        self.most = 0

    async def place(self, room_id: int, number: int) -> SearchPlace | None:
        """Ask the real one."""
        return await self._store.place(room_id, number)

    async def examine(
        self, room_id: int, wanted: Wanted, after: SearchPlace | None, count: int, effort: int
    ) -> Examined:
        """Look into the real one."""
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await self._meeting.wait()
            return await self._store.examine(room_id, wanted, after, count, effort)
        finally:
            self._now -= 1


@pytest.mark.parametrize("people", [(1,) * 8, (1, 2, 3), (1, 1, 2, 2)])
async def test_the_searches_of_one_person_come_one_after_the_other(stage: Stage, people: tuple[int, ...]) -> None:
    room = await stage.room()
    store = Observed(stage.archive.stores.search, len(set(people)))
    search = MessageSearch(stage.core.access, store, SearchLimits())
    query = MessageQuery((room.uri,), "hello")
    await asyncio.gather(*(search.search(one_person(number), query) for number in people))
    assert store.most == len(set(people))


async def test_one_answer_for_who_cannot_go_on_by_himself(stage: Stage) -> None:
    room = await stage.room()
    await stage.archive.post(room, "needle", *["ned dle eed needl eedle"] * 60, "needle")
    def search(first: int, effort: int) -> MessageSearch:
        return MessageSearch(stage.core.access, stage.archive.stores.search, SearchLimits(
            first_effort=first, effort=effort))
    query = MessageQuery((room.uri,), "needle")
    async def numbers(found: MessageSearch, query: MessageQuery) -> tuple[list[int], bool]:
        result = await found.gather(READER, query)
        return [message.number for _, message in result.hits], result.more
    assert len((await search(30, 20_000).search(READER, query)).hits) == 1  # a first look ends with the first hit
    assert await numbers(search(30, 20_000), query) == ([62, 1], False)
    assert await numbers(search(30, 20_000), replace(query, limit=1)) == ([62], True)
    assert await numbers(search(30, 20_000), replace(query, order=Order.OLDEST)) == ([1, 62], False)
    assert await numbers(search(30, 30), query) == ([62], True)  # and there is an end to it


@pytest.mark.parametrize(("number", "older", "newer"), [
    (0, [], ["0", "1", "3", "4"]), (1, [], ["0", "1", "3", "4"]), (2, [], ["1", "3", "4"]),
    (4, ["0", "1"], ["3", "4"]), (5, ["0", "1"], ["4"]), (7, ["0", "1", "3", "4"], []),
    (99, ["0", "1", "3", "4"], [])])
async def test_a_search_goes_on_from_a_number_whatever_has_or_had_it(
    stage: Stage, number: int, older: list[str], newer: list[str]
) -> None:
    room, empty = await stage.room(), await stage.room("Empty")
    session = await stage.joined(room)
    for text in ("gone", "hello 0", "hello 1", "hello 2", "hello 3", "hello 4"):
        await stage.post(session, room.uri, text)
        stage.archive.clock.advance(1)
    await stage.chat.delete(session.person, room.uri, 4)  # number 7
    await stage.archive.log.purge(room.id, 1)
    search = MessageSearch(stage.core.access, stage.archive.stores.search, SearchLimits())
    query = MessageQuery((room.uri, empty.uri), "hello", after_number=number)
    found = (await search.search(READER, query)).hits
    assert [message.text[-1] for _, message in found] == older[::-1]
    found = (await search.search(READER, replace(query, order=Order.OLDEST))).hits
    assert [message.text[-1] for _, message in found] == newer
    assert (await search.search(READER, replace(query, rooms=(empty.uri,)))).hits == ()


async def test_who_may_not_read_a_room_is_refused_whatever_the_number(stage: Stage) -> None:
    closed = await stage.closed_room(2)
    assert await refused(stage.core.search.search(
        READER, MessageQuery((closed.uri,), "hello", after_number=1))) == "NotAMember"


async def test_too_many_searches_at_once_are_refused_by_name_and_the_others_answered(stage: Stage) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room), room.uri, "hello")
    query = MessageQuery((room.uri,), "hello")
    answers = await asyncio.gather(
        *(stage.core.search.search(READER, query) for _ in range(SearchLimits().waiting + 2)), return_exceptions=True)
    refusals = [answer.kind.name for answer in answers if isinstance(answer, ParlourError)]
    assert refusals == ["SearchesTooMany"] * 2
    assert await texts(stage, query) == ["hello"]  # and it is his turn again


async def test_whoever_stops_waiting_gives_up_his_turn() -> None:
    turns, refusal = Turns(2, SEARCHES_TOO_MANY), "SearchesTooMany"
    async def wait() -> None:
        async with turns.of(1):
            raise AssertionError
    async with turns.of(1):
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        async with turns.of(2):
            assert await refused(wait()) == refusal
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with turns.of(1):
        pass


# -- bad input

@pytest.mark.parametrize(("query", "error"), [
    (MessageQuery((NOWHERE,)), "SearchEmpty"),
    (MessageQuery((NOWHERE,), " \n\t\u3000"), "SearchEmpty"),
    (MessageQuery((NOWHERE,), " ", match=Match.PHRASE), "SearchEmpty"),
    (MessageQuery((), "hello"), "SearchEmpty"),
    (MessageQuery((NOWHERE,), "x" * 1001), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), "x" * 1001, match=Match.PHRASE), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), " ".join(map(str, range(10_000)))), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), "\ufdfa" * 56, match=Match.PHRASE), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), phrases=("\ufdfa" * 28, "x\ufdfa" * 28)), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), " ".join(map(str, range(33)))), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), authors=tuple(address(f"a{n}") for n in range(33))), "SearchTooLarge"),
    (MessageQuery(tuple(RoomUri("litwareinc.com", f"r{n}") for n in range(10_000)), "hello"), "SearchTooLarge"),
    (MessageQuery((NOWHERE,), since=datetime(2026, 1, 1)), "SearchInvalid"),
    (MessageQuery((NOWHERE,), until=datetime(9999, 1, 1)), "SearchInvalid"),
])
async def test_what_cannot_be_answered_is_refused_by_name(stage: Stage, query: MessageQuery, error: str) -> None:
    assert await refused(stage.core.search.search(READER, query)) == error


@pytest.mark.parametrize("query", [
    MessageQuery((), "x" * 1000), MessageQuery((), "\ufdfa" * 55, match=Match.PHRASE),
    MessageQuery((), " ".join(map(str, range(32)))), MessageQuery((), " ".join(map(str, range(32))), match=Match.ANY),
    MessageQuery((), "a b " * 200), MessageQuery((), "\u65e5" * 1000), MessageQuery((), '"' * 1000),
    MessageQuery((), "hello", authors=tuple(address(f"a{n}") for n in range(32))),
    MessageQuery((), since=NOW), MessageQuery((), until=NOW), MessageQuery((), authors=(address("person1"),)),
])
async def test_what_is_just_within_the_bounds_is_answered(stage: Stage, query: MessageQuery) -> None:
    room = await stage.room()
    await stage.post(await stage.joined(room), room.uri, "31 hello x")
    found = await texts(stage, replace(query, rooms=(room.uri,)))
    answered = query.match is Match.ANY or not query.text
    assert found == (["31 hello x"] if answered else [])


async def test_edits_and_deletions_are_seen_at_once(stage: Stage) -> None:
    room = await stage.room()
    session = await stage.joined(room)
    for text in ("first draft", "second draft"):
        await stage.post(session, room.uri, text)
    await stage.chat.edit(session.person, room.uri, 1, Content("first version"))
    await stage.chat.delete(session.person, room.uri, 2)
    assert await texts(stage, MessageQuery((room.uri,), "draft")) == []
    assert await texts(stage, MessageQuery((room.uri,), "first")) == ["first version"]
