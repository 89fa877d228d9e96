"""Search finds what a plain look at every message finds, in its order, whatever happened to the log before."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.chat.stage_kit import Stage, refused
from tests.storage.search_kit import LIVES, ROOMS, TEXTS, Change, Post, Purge, live, plain_search, queries
from tests.storage.storage_kit import NOW, Archive, draft, one_person, open_archive

from parlour.chat.finding import Match
from parlour.chat.model import Content, Correction, Draft, Message, Person, Room
from parlour.chat.ports import Wanted
from parlour.chat.search import MessageQuery, MessageSearch, Order, SearchLimits, read_cursor
from parlour.errors import ParlourError
from parlour.storage import streams, textindex
from parlour.storage.terms import MAX_TEXT, short_terms
from parlour.storage.wording import Wording

READER = one_person(5)


def check_indexes(connection: Connection) -> None:
    """Have the engine compare its indexes with themselves; it raises if they do not agree."""
    for table in ("message_text", "message_terms"):
        connection.exec_driver_sql(f"INSERT INTO {table}({table}) VALUES('integrity-check')")


async def all_pages(search: MessageSearch, query: MessageQuery, person: Person = READER) -> list[Message]:
    """Go on to the end, by what a client is given to go on with."""
    found: list[Message] = []
    more = True
    while more:
        result = await search.search(person, query)
        assert query.limit is None or len(result.hits) <= query.limit
        assert all(room.id == message.room_id for room, message in result.hits)
        found += [message for _, message in result.hits]
        more = result.more
        assert more == (result.cursor is not None)
        if result.cursor:
            assert read_cursor(result.cursor) == result.next
            query = replace(query, after=read_cursor(result.cursor))
    return found


@given(life=LIVES, efforts=st.tuples(st.integers(0, 40), st.integers(0, 200)), data=st.data())
@settings(max_examples=40, deadline=None)
def test_all_pages_together_are_what_a_plain_search_finds(
    life: list[Post | Change | Purge], efforts: tuple[int, int], data: st.DataObject
) -> None:
    async def play(folder: Path) -> None:
        async with open_archive(folder) as archive:
            rooms = [await archive.room(str(number)) for number in range(ROOMS)]
            messages = await live(archive, rooms, life)
            await archive.database.write(check_indexes)
            limits = SearchLimits(first_effort=efforts[0], effort=efforts[1])
            search = MessageSearch(Stage(archive).core.access, archive.stores.search, limits)
            for query in data.draw(st.lists(queries(rooms), min_size=1, max_size=8)):
                if not (query.text.strip() or query.authors or query.since or query.until):
                    assert await refused(search.search(READER, query)) == "SearchEmpty"
                    continue
                wanted = {room.id for room in rooms if room.uri in query.rooms}
                expected = plain_search([one for one in messages if one.room_id in wanted], query)
                assert await all_pages(search, query) == expected
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


WORDS = ("red", "green", "blue", "greenred", "it", "日本", "reddish")


@given(chance=st.randoms(use_true_random=False), probe=st.sampled_from([2, 5, 32]),
       efforts=st.tuples(st.integers(0, 40), st.integers(30, 400)))
@settings(max_examples=10, deadline=None)
def test_talk_of_few_words_in_several_rooms_at_once_is_found_page_by_page(
    chance: Random, probe: int, efforts: tuple[int, int]
) -> None:
    """Here every search has many hits in every room, many at the same moment, and streams long enough to be sifted."""
    def some_words(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))
    async def play(folder: Path) -> None:
        async with open_archive(folder) as archive:
            rooms = [await archive.room(str(number)) for number in range(ROOMS)]
            messages = await asyncio.gather(*(archive.log.append(Draft(
                chance.choice(rooms).id, one_person(chance.randint(1, 3)), NOW + timedelta(seconds=number // 20),
                Content(some_words(3)))) for number in range(150)))
            limits = SearchLimits(first_effort=efforts[0], effort=efforts[1])
            search = MessageSearch(Stage(archive).core.access, archive.stores.search, limits)
            for order in Order:
                for match in Match:
                    query = MessageQuery(
                        tuple(room.uri for room in rooms), some_words(2), match=match, order=order,
                        authors=(one_person(2).address,) * chance.randrange(2), limit=chance.randint(8, 40))
                    assert await all_pages(search, query) == plain_search(messages, query)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "_PROBE", probe)
        asyncio.run(play(Path(folder)))


@given(texts=st.lists(TEXTS, min_size=1, max_size=30), effort=st.integers(0, 300), limit=st.integers(1, 7),
       order=st.sampled_from(Order))
@settings(max_examples=20, deadline=None)
def test_nothing_but_dates_or_authors_finds_every_message(
    texts: list[str], effort: int, limit: int, order: Order
) -> None:
    async def play(folder: Path) -> None:
        async with open_archive(folder) as archive:
            room = await archive.room("Engineering")
            posted = [await archive.log.append(draft(room, text, 1 + number % 3)) for number, text in enumerate(texts)]
            search = MessageSearch(
                Stage(archive).core.access, archive.stores.search, SearchLimits(first_effort=effort, effort=effort))
            for query in (MessageQuery((room.uri,), since=datetime.min.replace(tzinfo=UTC), order=order, limit=limit),
                          MessageQuery((room.uri,), authors=(one_person(2).address,), order=order, limit=limit)):
                assert await all_pages(search, query) == plain_search(posted, query)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


# -- what is found, by examples

@pytest.fixture
async def room(archive: Archive) -> Room:
    return await archive.room("Engineering")


@pytest.fixture
def search(archive: Archive) -> MessageSearch:
    return Stage(archive).core.search


async def found(
    search: MessageSearch, room: Room, text: str, match: Match = Match.ALL, *, case: bool = False
) -> list[int]:
    """Return the numbers of what is found, oldest first."""
    query = MessageQuery((room.uri,), text, match=match, match_case=case, order=Order.OLDEST, limit=1)
    return [message.number for message in await all_pages(search, query)]


SAID = {
    1: "The deployment of parlour-0.1 failed at 10.20.30.40:5061",
    2: "call foo->bar() in a_b, then C# (C++, C#)",
    3: "東京タワーに行きます。会議は三時",
    4: "🎉 party! 👩\u200d💻 🇩🇪 ❤\ufe0f",
    5: "Straße und STRASSE, caf\u00e9 and cafe\u0301, ＦＵＬＬ width",
    6: 'he said "NEAR(a b, 5) AND * OR NOT ^x" {text}: 100% \\o/ ?',
    7: "IT-Leiter of the IT department",
    8: "สวัสดีชาวโลก",
    9: "Привет, мир",
    10: "control \x01\x02\x1b[0m characters\tand tabs",
}


@pytest.mark.parametrize(("text", "numbers"), [
    ("deploy", [1]), ("PLOYME", [1]), ("10.20.30.40", [1]), ("20.30", [1]), (":5061", [1]), ("parlour-0.1", [1]),
    ("foo->bar()", [2]), ("->", []), ("bar()", [2]), ("a_b", [2]), ("C#", [2]), ("c#", [2]), ("C++", [2]), ("(C", [2]),
    ("東京", [3]), ("京", [3]), ("タワー", [3]), ("会議", [3]), ("京東", []), ("三時", [3]),
    ("🎉", [4]), ("👩\u200d💻", [4]), ("👩", [4]), ("🇩🇪", [4]), ("❤\ufe0f", [4]), ("❤", [4]), ("🚀", []),
    ("strasse", [5]), ("straße", [5]), ("caf\u00e9", [5]), ("cafe\u0301", [5]), ("full", [5]), ("ｆｕｌｌ", [5]),
    ('"NEAR(a', [6]), ("AND", [5, 6, 10]), ("*", [6]), ('"', []), ("^x", [6]), ("{text}:", [6]), ("100%", [6]),
    ("\\o/", [6]), ("?", [6]), (".*", []), ("[a-z]+", []), ("a OR b", [6]), ("a OR c", []), ("(a", [6]),
    ("it", [7]), ("IT", [7]), ("he", [6]), ("of", [1, 7]), ("o", [6]), ("th", []),
    ("วัส", [8]), ("สว", [8]), ("ช", [8]), ("прив", [9]), ("МИР", [9]), ("ми", []),
    ("\x01\x02", []), ("\x01\x02\x1b", [10]), ("\x1b[0m", [10]), ("control\x01", []), ("\0", []), ("con\0trol", []),
    ("\ud800", []), ("con\ud800", []), ("deploy\0", []), ("the failed", [1]), ("deployment party", []),
])
async def test_the_examples(
    archive: Archive, room: Room, search: MessageSearch, text: str, numbers: list[int]
) -> None:
    await archive.post(room, *SAID.values())
    assert await found(search, room, text) == numbers


EVERY, PHRASE, ANY = Match.ALL, Match.PHRASE, Match.ANY


@pytest.mark.parametrize(("text", "match", "case", "numbers"), [
    ("red green", EVERY, False, [1, 2]), ("red green", PHRASE, False, [1]), ("red green", ANY, False, [1, 2, 3]),
    (" green  ", PHRASE, False, [1, 2]), ("green  red", PHRASE, False, []), ("d g", PHRASE, False, [1]),
    ("red", EVERY, True, [1, 3]), ("Red", EVERY, True, [2]), ("Red Green", ANY, True, [2]),
    ("\0 red", ANY, False, [1, 2, 3]), ("\0 red", EVERY, False, []), ("\0 \ud800", ANY, False, []),
    ("red red red", EVERY, False, [1, 2, 3]), ("it IT", EVERY, True, [5]), ("it", ANY, True, [4, 5]),
    ("IT", PHRASE, True, [5]), ("It", EVERY, True, []), ("straße", EVERY, True, [6]),
    ("STRASSE", EVERY, True, []), ("ß", EVERY, True, []), ("日", EVERY, True, [6]),
])
async def test_words_phrases_and_letter_case(
    archive: Archive, room: Room, search: MessageSearch, text: str, match: Match, *, case: bool, numbers: list[int]
) -> None:
    await archive.post(room, "a red green one", "Green, and Red", "red alone", "it is", "it and IT", "straße 日本")
    assert await found(search, room, text, match, case=case) == numbers


async def test_a_story_is_found_by_its_title_too(archive: Archive, room: Room, search: MessageSearch) -> None:
    await archive.log.append(Draft(room.id, one_person(1), NOW, Content("the body", "Headline", rtf="{\\rtf1 hidden}")))
    assert [await found(search, room, text) for text in ("headline", "body", "hidden")] == [[1], [1], []]


async def test_what_was_said_before_an_edit_is_not_found(archive: Archive, room: Room, search: MessageSearch) -> None:
    await archive.post(room, "the old words", "other")
    await archive.log.correct(Correction(room.id, 1, NOW, Content("a new text it 日本")))
    assert [await found(search, room, text) for text in ("old", "words", "new text", "it", "日本")] == [
        [], [], [1], [1], [1]]
    await archive.log.correct(Correction(room.id, 1, NOW, Content("third")))
    assert [await found(search, room, text) for text in ("new", "it", "日", "third")] == [[], [], [], [1]]


async def test_what_was_deleted_or_purged_is_not_found(archive: Archive, room: Room, search: MessageSearch) -> None:
    await archive.post(room, "secret one", "secret two", "secret three")
    await archive.log.correct(Correction(room.id, 2, NOW, None))
    assert await found(search, room, "secret") == [1, 3]
    await archive.log.purge(room.id, 1)
    assert await found(search, room, "secret") == [3]
    author = MessageQuery((room.uri,), authors=(one_person(1).address,))
    assert [message.number for message in await all_pages(search, author)] == [3]
    await archive.database.write(check_indexes)


async def test_messages_without_history_are_not_found(archive: Archive, room: Room, search: MessageSearch) -> None:
    await archive.log.append(Draft(room.id, one_person(1), NOW, Content("off the record"), is_kept=False))
    assert await found(search, room, "record") == []


# -- authors and dates

async def test_authors(archive: Archive, room: Room, search: MessageSearch) -> None:
    for author in (1, 2, 3, 1):
        await archive.log.append(draft(room, "hello", author))

    async def by(*authors: str) -> list[int]:
        addresses = tuple(replace(one_person(1).address, user=author) for author in authors)
        query = MessageQuery((room.uri,), "hello", authors=addresses, order=Order.OLDEST)
        return [message.number for message in await all_pages(search, query)]
    assert [await by("person1"), await by("PERSON2", "person3", "nobody"), await by("nobody")] == [[1, 4], [2, 3], []]


FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
EAST, WEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))


@pytest.mark.parametrize(("since", "until", "numbers"), [
    (None, NOW, [1]), (NOW, None, [1, 2, 3]), (NOW + timedelta(microseconds=1), None, [2, 3]),
    (None, NOW - timedelta(microseconds=1), []), (NOW + timedelta(hours=1), NOW + timedelta(hours=1), [2]),
    (FIRST, LAST, [1, 2, 3]), (LAST, None, []), (None, FIRST, []), (None, LAST, [1, 2, 3]), (FIRST, None, [1, 2, 3]),
    (LAST, FIRST, []), (NOW + timedelta(hours=2), NOW, []),
    (FIRST.replace(tzinfo=EAST), LAST.replace(tzinfo=WEST), [1, 2, 3]), (LAST.replace(tzinfo=WEST), None, []),
    (NOW.astimezone(EAST), NOW.astimezone(WEST), [1]),
])
@pytest.mark.parametrize("order", Order)
async def test_dates(
    archive: Archive, room: Room, search: MessageSearch, since: datetime | None, until: datetime | None, order: Order,
    numbers: list[int],
) -> None:
    for hour in range(3):
        await archive.log.append(Draft(room.id, one_person(1), NOW + timedelta(hours=hour), Content("hello")))
    for text in ("", "hello"):
        query = MessageQuery((room.uri,), text, since=since, until=until, order=order, limit=1)
        pages = [message.number for message in await all_pages(search, query)]
        assert (pages if order is Order.OLDEST else pages[::-1]) == numbers


async def test_a_place_of_any_calendar_is_only_a_place(archive: Archive, room: Room, search: MessageSearch) -> None:
    await archive.post(room, "hello")
    for moment, number in ((FIRST, 0), (LAST, 0), (FIRST, 10**12 - 1), (LAST, 10**12 - 1)):
        for order in Order:
            for room_id in (0, room.id, 10**12 - 1):
                micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
                place = read_cursor(f"{micros}.{room_id}.{number}")
                query = MessageQuery((room.uri,), "hello", order=order, after=place)
                assert len(await all_pages(search, query)) in (0, 1)


@pytest.mark.parametrize("text", [
    "", "1.2", "a.b.c", "1.2.3.4", "1.2.-3", "999999999999999999.1.1", "1.1.1\n", "\u0661.1.1", "9" * 5000 + ".1.1"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ParlourError) as fault:
        read_cursor(text)
    assert fault.value.kind.name == "SearchInvalid"


# -- what it may cost

async def test_a_search_in_vain_stops_and_goes_on_from_there(archive: Archive, room: Room) -> None:
    await archive.post(room, "needle", *("ned dle eed needl eedle" for _ in range(400)))
    search = MessageSearch(Stage(archive).core.access, archive.stores.search, SearchLimits(first_effort=50, effort=500))
    query = MessageQuery((room.uri,), "needle")
    calls, result = 1, await search.search(READER, query)
    while result.next:
        assert result.hits == ()
        calls, result = calls + 1, await search.search(READER, replace(query, after=result.next))
    assert [message.number for _, message in result.hits] == [1]
    assert 5 <= calls <= 50


async def test_many_hits_do_not_count_as_looked_at_in_vain(archive: Archive, room: Room) -> None:
    await archive.post(room, *("hello" for _ in range(300)))
    search = MessageSearch(Stage(archive).core.access, archive.stores.search, SearchLimits(first_effort=50, effort=50))
    result = await search.search(READER, MessageQuery((room.uri,), "hello", limit=250))
    assert (len(result.hits), result.more) == (250, True)


async def test_long_texts_cost_more_to_look_at(archive: Archive, room: Room) -> None:
    await archive.post(room, "needle", *("needl eedle " * 2000 for _ in range(20)))
    limits = SearchLimits(first_effort=1000, effort=1000)
    search = MessageSearch(Stage(archive).core.access, archive.stores.search, limits)
    result = await search.search(READER, MessageQuery((room.uri,), "needle"))
    assert result.next
    assert result.next.number > 10


async def test_many_short_words_in_long_texts_are_looked_for_within_the_budget(
    archive: Archive, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"{first}{second}" for first in "abcd" for second in "efghijkl"]
    await archive.post(room, *("ae " + "".join(words) * 1000 for _ in range(20)))
    works: list[int] = []
    def counted(wording: Wording, text: str) -> tuple[bool, int]:
        fits, work = look(wording, text)
        works.append(work)
        return fits, work
    look = Wording.look
    monkeypatch.setattr(Wording, "look", counted)
    limits = SearchLimits()
    search = MessageSearch(Stage(archive).core.access, archive.stores.search, limits)
    query = MessageQuery((room.uri,), " ".join(words), match=Match.ALL, match_case=True)
    wanted = Wanted(tuple(words), True, True, (), None, None, newest_first=True)
    done = await archive.stores.search.examine(room.id, wanted, None, 20, limits.effort)
    assert done.messages == ()
    assert sum(works) <= 64 * limits.effort + max(works, default=0)
    assert await all_pages(search, query) == []


async def test_the_beginning_of_a_long_text_is_found_and_the_rest_is_not(
    archive: Archive, room: Room, search: MessageSearch
) -> None:
    text = "needle it " + "x" * MAX_TEXT + " haystack at"
    await archive.post(room, text, "\ufdfa" * 65_536, "\ufdfa" * 65_536)
    for word, count in (("needle", 1), ("it", 1), ("haystack", 0), ("at", 0)):
        for match_case in (True, False):
            query = MessageQuery((room.uri,), word, match_case=match_case)
            assert len((await search.search(READER, query)).hits) == count
    await archive.log.correct(Correction(room.id, 1, NOW, Content("short")))
    await archive.log.correct(Correction(room.id, 2, NOW, None))
    await archive.log.purge(room.id, 99)
    await archive.database.write(check_indexes)
    left = await archive.database.read(lambda connection: [
        connection.exec_driver_sql("SELECT count(*) FROM message_text WHERE message_text MATCH ?", (word,)).scalar()
        for word in ('"nee"', '"\u0635\u0644\u0649"')])
    assert left == [0, 0]


async def test_a_post_is_indexed_up_to_a_length(archive: Archive, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed: list[int] = []
    def counted(folded: str) -> list[str]:
        indexed.append(len(folded))
        return short_terms(folded)
    monkeypatch.setattr(textindex, "short_terms", counted)
    await archive.post(room, "\ufdfa" * 65_536, "a " * 32_768, "\u00df" * 65_536)
    assert indexed == [MAX_TEXT, MAX_TEXT, 2 * MAX_TEXT]  # that of sharp s is longer without letter case


async def test_the_last_page_says_that_it_is_the_last(archive: Archive, room: Room, search: MessageSearch) -> None:
    await archive.post(room, *("hello" for _ in range(3)))
    assert not (await search.search(READER, MessageQuery((room.uri,), "hello", limit=3))).more
    assert (await search.search(READER, MessageQuery((room.uri,), "hello", limit=2))).more


def plans(connection: Connection) -> list[str]:
    statements = (
        "SELECT number FROM messages INDEXED BY ix_messages_author WHERE author_id = 1 AND room_id = 1 "
        "AND number BETWEEN 1 AND 9 ORDER BY number DESC",
        "SELECT rowid FROM message_text WHERE message_text MATCH '\"abc\"' AND rowid BETWEEN 1 AND 9 "
        "ORDER BY rowid DESC",
        "SELECT number FROM messages WHERE room_id = 1 AND posted_at <= 5 ORDER BY posted_at DESC, number DESC LIMIT 1",
    )
    return [" ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements]


async def test_nothing_is_sorted_and_every_bound_goes_to_an_index(archive: Archive) -> None:
    author, text, moment = await archive.database.read(plans)
    assert "ix_messages_author (author_id=? AND room_id=? AND number>? AND number<?)" in author
    assert text.endswith("M1><")  # what is matched, and both bounds
    assert "ix_messages_posted (room_id=? AND posted_at<?)" in moment
    assert not any("TEMP B-TREE" in plan or "SCAN messages" in plan for plan in (author, text, moment))
