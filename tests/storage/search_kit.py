"""A log with a life, and a search through it that reads every message: slow, plain, and without any index."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from tests.storage.storage_kit import NOW, Archive, one_person

from parlour.addresses import SipAddress
from parlour.chat.finding import Match
from parlour.chat.model import Content, Correction, Draft, Message, Room
from parlour.chat.search import MessageQuery, Order

ROOMS = 3
AUTHORS = 3
_LAST_WITH_SPACES = "\u07ff"

# Few characters, so that much is found: letters of all cases and scripts, signs that search engines give a meaning,
# characters that fold to several ("ß", "İ"), that compose (e and its accent), that are wide, that are white space.
CHARACTERS = 'aAbB11 .,#"*-_()^\n\u3000\u00a0ßİe\u0301é日本Ａ🎉🇩🇪\ufe0f'
PIECES = st.one_of(
    st.sampled_from(["AND", "and", "NEAR(a", "foo->bar()", "C#", "a_b", "10.0.0.1", "日本語", "text:", "abab"]),
    st.text(CHARACTERS, min_size=1, max_size=6))
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)


@dataclass(frozen=True)
class Post:
    """Somebody writes."""

    room: int
    author: int
    minutes: int
    text: str
    title: str | None
    kept: bool


@dataclass(frozen=True)
class Change:
    """Some message is edited, or deleted if there is no text."""

    which: int
    text: str | None


@dataclass(frozen=True)
class Purge:
    """Everything up to a number goes."""

    room: int
    number: int


POSTS = st.builds(
    Post, st.integers(0, ROOMS - 1), st.integers(1, AUTHORS), st.integers(0, 8), TEXTS,
    st.one_of(st.none(), st.none(), st.text("aAb日", min_size=1, max_size=3)),
    st.sampled_from([True, True, True, False]))
CHANGES = st.builds(Change, st.integers(0, 99), st.one_of(TEXTS, st.none()))
PURGES = st.builds(Purge, st.integers(0, ROOMS - 1), st.integers(0, 10))
LIVES = st.lists(st.one_of(POSTS, POSTS, POSTS, POSTS, CHANGES, PURGES), max_size=40)

MOMENTS = st.one_of(st.none(), st.none(), st.integers(-1, 9).map(lambda minutes: NOW + timedelta(minutes=minutes)))


async def live(archive: Archive, rooms: Sequence[Room], steps: Iterable[Post | Change | Purge]) -> list[Message]:
    """Do all that, and return what readers may see in the end."""
    shown: dict[tuple[int, int], Message] = {}
    for step in steps:
        match step:
            case Post(room, author, minutes, words, title, kept):
                message = await archive.log.append(Draft(
                    rooms[room].id, one_person(author), NOW + timedelta(minutes=minutes), Content(words, title),
                    is_kept=kept))
                if kept:
                    shown[message.room_id, message.number] = message
            case Change(which, changed):
                if shown:
                    where = sorted(shown)[which % len(shown)]
                    corrected = await archive.log.correct(Correction(
                        *where, NOW + timedelta(minutes=which % 9), None if changed is None else Content(changed)))
                    shown[where] = corrected.message
                    if changed is None:
                        del shown[where]
            case Purge(room, number):
                await archive.log.purge(rooms[room].id, number)
                for where in [where for where in shown if where[0] == rooms[room].id and where[1] <= number]:
                    del shown[where]
    return list(shown.values())


def plain_search(messages: Iterable[Message], query: MessageQuery) -> list[Message]:
    """Return every message of the rooms that is as the query says."""
    words = [query.text.strip()] if query.match is Match.PHRASE else composed(query.text).split()
    found = [message for message in messages if _is_as(message, query, words)]
    return sorted(found, key=lambda message: (message.posted_at, message.room_id, message.number),
                  reverse=query.order is Order.NEWEST)


def _is_as(message: Message, query: MessageQuery, words: Sequence[str]) -> bool:
    content = message.content
    text = content.text if content.title is None else content.title + "\n" + content.text
    said = [says(text, word, match_case=query.match_case) for word in words if composed(word).strip()]
    return (not said or (any(said) if query.match is Match.ANY else all(said))) \
        and (not query.authors or message.author in query.authors) \
        and (query.since is None or message.posted_at >= query.since) \
        and (query.until is None or message.posted_at <= query.until)


def composed(text: str) -> str:
    """Return what looks the same as the same."""
    return unicodedata.normalize("NFKC", text)


def says(text: str, word: str, *, match_case: bool) -> bool:
    """Say whether a text says a word: anywhere, or by itself if it is short in a script with spaces."""
    word, text = composed(word).strip(), composed(text)
    short = len(word.casefold()) <= 2
    looks = [(text.casefold(), word.casefold()), *([(text, word)] if match_case else [])]
    return all(_by_itself(text, word) if short else word in text for text, word in looks)


def _by_itself(text: str, word: str) -> bool:
    if any(one > _LAST_WITH_SPACES for one in word):
        return word in text
    starts = [start for start in range(len(text)) if text.startswith(word, start)]
    return any(_stands(text, start, start + len(word)) for start in starts)


def _stands(text: str, start: int, end: int) -> bool:
    word, before, after = text[start:end], text[:start][-1:], text[end:][:1]
    if not (before.strip() or after.strip()):
        return True  # between spaces
    letters = [_is_letter(one) for one in word]
    if all(letters):
        return not _is_letter(before) and not _is_letter(after)
    if len(word) == 2 and letters[0] != letters[1]:  # a letter by itself, and the sign beside it
        return not _is_letter(before if letters[0] else after)
    return False


def _is_letter(one: str) -> bool:
    return one.isalnum() or one == "_"


def queries(rooms: Sequence[Room]) -> st.SearchStrategy[MessageQuery]:
    """Return a strategy for queries in some of these rooms."""
    return st.builds(
        MessageQuery,
        rooms=st.lists(st.sampled_from([room.uri for room in rooms]), min_size=1, max_size=ROOMS).map(tuple),
        text=st.lists(PIECES, min_size=1, max_size=3).map(" ".join) | st.text(CHARACTERS, min_size=1, max_size=3),
        match=st.sampled_from(Match), match_case=st.booleans(),
        authors=st.lists(st.integers(1, AUTHORS).map(_address), max_size=2).map(tuple),
        since=MOMENTS, until=MOMENTS, order=st.sampled_from(Order), limit=st.integers(1, 5))


def _address(number: int) -> SipAddress:
    return one_person(number).address
