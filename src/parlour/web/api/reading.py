"""What somebody follows and has not read, where he is named, what he wants to see, and what he looks for."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from parlour.addresses import RoomUri
from parlour.chat.core import Core
from parlour.chat.feeds import Feed
from parlour.chat.finding import Match
from parlour.chat.model import Message, Person, Room
from parlour.chat.ports import SearchPlace
from parlour.chat.search import MessageQuery, Order, cursor_text, read_cursor, words_of
from parlour.directory.people import parse_person_address
from parlour.errors import ROOM_NOT_FOUND, ParlourError
from parlour.forms import FeedsForm, FollowedRoomsForm, FoundMessagesForm, HitsForm
from parlour.web.api.serving import PREFIX, Body, BoundedRoute, Reader, TheCore, TheRoom, Writer
from parlour.web.live.commands import LARGEST, parse_room_id
from parlour.web.shapes import followed_shape, hit_shape

router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=BoundedRoute)

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=64)]
_MOST = 100  # things in a list of a request


class ReadBody(Body):
    """Up to where somebody has read."""

    number: Annotated[int, Field(ge=0, lt=LARGEST)]


class FeedBody(Body):
    """What a feed shows: messages with any of the keywords, by any of the authors."""

    keywords: Annotated[list[str], Field(max_length=_MOST)] = Field(default_factory=list)
    authors: Annotated[list[str], Field(max_length=_MOST)] = Field(default_factory=list)


@router.get("/followed")
async def followed(core: TheCore, caller: Reader) -> FollowedRoomsForm:
    """Return the rooms that one follows, with what is unread in them."""
    return {"followed": [followed_shape(one) for one in await core.following.followed(caller.person)]}


@router.put("/rooms/{domain}/{guid}/following", status_code=204)
async def follow(core: TheCore, caller: Writer, room: TheRoom) -> None:
    """Follow a room."""
    await core.following.follow(caller.person, room)


@router.delete("/rooms/{domain}/{guid}/following", status_code=204)
async def unfollow(core: TheCore, caller: Writer, room: TheRoom) -> None:
    """Stop following a room."""
    await core.following.unfollow(caller.person, room)


@router.put("/rooms/{domain}/{guid}/read", status_code=204)
async def read(core: TheCore, caller: Writer, room: TheRoom, body: ReadBody) -> None:
    """Note up to where one has read a room that one follows."""
    await core.following.mark(caller.person, room, body.number)


@router.get("/mentions")
async def mentions(core: TheCore, caller: Reader, after: Cursor = None, limit: Limit = 50) -> HitsForm:
    """Return the messages that name oneself, newest first."""
    found = await core.following.mentions(caller.person, limit, _place(after))
    return _hits(((one.room, one.message) for one in found.found), found.next)


@router.get("/feeds")
async def feeds(core: TheCore, caller: Reader) -> FeedsForm:
    """Return one's topic feeds."""
    return {"feeds": [
        {"name": one.name, "keywords": list(one.keywords), "authors": [address.bare for address in one.authors]}
        for one in await core.feeds.all(caller.person)]}


@router.put("/feeds/{name:path}", status_code=204)
async def keep_feed(core: TheCore, caller: Writer, name: str, body: FeedBody) -> None:
    """Make a topic feed, or change it."""
    authors = tuple(map(parse_person_address, body.authors))
    await core.feeds.keep(caller.person, Feed(name, tuple(body.keywords), authors))


@router.delete("/feeds/{name:path}", status_code=204)
async def remove_feed(core: TheCore, caller: Writer, name: str) -> None:
    """Forget a topic feed."""
    await core.feeds.remove(caller.person, name)


@router.get("/feeds/{name:path}/messages")
async def read_feed(
    core: TheCore, caller: Reader, name: str, after: Cursor = None, limit: Limit = 50
) -> HitsForm:
    """Return the newest messages of a feed, or those after a place in it."""
    found = await core.feeds.read(caller.person, name, limit, _place(after))
    return _hits(found.hits, found.next)


@router.get("/search")
async def search(
    core: TheCore, caller: Reader, q: str = "", room: Annotated[list[str] | None, Query(max_length=_MOST)] = None,
    author: Annotated[list[str] | None, Query(max_length=_MOST)] = None, since: AwareDatetime | None = None,
    until: AwareDatetime | None = None, match: Match = Match.ALL, case: bool = False, order: Order = Order.NEWEST,
    limit: Limit = 50, after: Cursor = None,
) -> FoundMessagesForm:
    """Find messages by what they say; without rooms, in those that one follows, and in others that one may read."""
    rooms, complete = await _where(core, caller.person, room)
    query = MessageQuery(
        rooms, q, match, match_case=case, authors=tuple(map(parse_person_address, author or ())), since=since,
        until=until, order=order, limit=limit, after=_place(after))
    hits = await core.search.search(caller.person, query) if rooms else None
    found = _hits(hits.hits, hits.next) if hits else _hits((), None)
    return {**found, "words": list(words_of(query)), "complete": complete}


async def _where(core: Core, person: Person, given: list[str] | None) -> tuple[tuple[RoomUri, ...], bool]:
    """Return where to look, and whether that is everywhere."""
    if given:
        return tuple(map(_room, given)), True
    most = core.search.most_rooms
    followed = [one.room for one in await core.following.followed(person)]
    readable = await core.finder.readable(person, most + 1)
    rooms = tuple(dict.fromkeys(one.uri for one in (*followed, *readable)))
    return rooms[:most], len(rooms) <= most


def _room(text: str) -> RoomUri:
    uri = parse_room_id(text)
    if uri is None:
        raise ParlourError(ROOM_NOT_FOUND, text[:200], identity=text[:200])
    return uri


def _place(cursor: str | None) -> SearchPlace | None:
    return None if cursor is None else read_cursor(cursor)


def _hits(found: Iterable[tuple[Room, Message]], place: SearchPlace | None) -> HitsForm:
    return {"hits": [hit_shape(room, message) for room, message in found],
            "next": None if place is None else cursor_text(place)}


