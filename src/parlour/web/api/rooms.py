"""Rooms: finding, making and changing them, and what somebody is to them."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from parlour.addresses import RoomUri
from parlour.chat.administration import RoomPeople
from parlour.chat.core import Core
from parlour.chat.finding import Match, RoomQuery
from parlour.chat.model import Invitations, NewRoom, Person, Privacy, RoomChange, RoomSummary, RoomType
from parlour.chat.principals import RoomRole
from parlour.chat.rights import Act, acts, decide
from parlour.forms import (
    AddinsForm,
    CategoriesForm,
    FoundRoomForm,
    ListsForm,
    ParticipantsForm,
    RoomsForm,
    RoomViewForm,
)
from parlour.web.api.serving import (
    PREFIX,
    Body,
    BoundedRoute,
    Manager,
    Reader,
    TheCore,
    TheRoom,
    check_match,
    tag_of,
    tagged,
)
from parlour.web.shapes import act_names, person_shape, principal_shape, room_shape

router = APIRouter(prefix=PREFIX, tags=["rooms"], route_class=BoundedRoute)
_MOST = 1_000  # names in a list of a request
Names = Annotated[list[str], Field(max_length=_MOST)]


class Among(StrEnum):
    """Which rooms are listed."""

    ALL = "all"
    MEMBER = "member"
    MANAGER = "manager"


class Where(StrEnum):
    """Where words are looked for."""

    NAME = "name"
    ALL = "all"


class NewRoomBody(Body):
    """A room to be made. Lists are of SIP addresses and distinguished names; whoever makes it is added."""

    name: str
    category: str
    description: str = ""
    privacy: Annotated[Privacy, Field(strict=False)] = Privacy.CLOSED
    type: Annotated[RoomType, Field(strict=False)] = RoomType.NORMAL
    invitations: Annotated[Invitations, Field(strict=False)] = Invitations.INHERIT
    addin: str = ""
    members: Names = Field(default_factory=list)
    managers: Names = Field(default_factory=list)
    presenters: Names = Field(default_factory=list)


class RoomChangeBody(Body):
    """What changes of a room; what is left out stays. Lists are whole lists."""

    name: str | None = None
    description: str | None = None
    category: str | None = None
    privacy: Annotated[Privacy | None, Field(strict=False)] = None
    type: Annotated[RoomType | None, Field(strict=False)] = None
    invitations: Annotated[Invitations | None, Field(strict=False)] = None
    disabled: bool | None = None
    addin: str | None = None
    members: Names | None = None
    managers: Names | None = None
    presenters: Names | None = None


def _lists(body: NewRoomBody | RoomChangeBody) -> dict[RoomRole, Sequence[str]]:
    given = {RoomRole.MEMBER: body.members, RoomRole.MANAGER: body.managers, RoomRole.PRESENTER: body.presenters}
    return {role: names for role, names in given.items() if names is not None}


@router.get("/rooms")
async def rooms(
    core: TheCore, caller: Reader, q: Annotated[str, Query(max_length=256)] = "", where: Where = Where.NAME,
    match: Match = Match.ALL, among: Annotated[Among, Query(alias="list")] = Among.ALL,
    limit: Annotated[int, Query(ge=1, le=999)] = 100,
) -> RoomsForm:
    """Return the rooms that whoever asks may see, by name."""
    return {"rooms": [_found(one) for one in await _listed(core, caller.person, among, RoomQuery(
        q, match, in_description=where is Where.ALL, limit=limit))]}


async def _listed(core: Core, person: Person, among: Among, query: RoomQuery) -> list[RoomSummary]:
    if among is Among.MEMBER:
        return await core.finder.of_member(person, query.limit)
    if among is Among.MANAGER:
        return await core.finder.of_manager(person, query.limit)
    return await core.finder.find(person, query)


def _found(summary: RoomSummary) -> FoundRoomForm:
    return {**room_shape(summary.room), "participants": summary.participants}


@router.post("/rooms", status_code=201)
async def create(core: TheCore, caller: Manager, body: NewRoomBody, response: Response) -> RoomViewForm:
    """Make a room in a category whose creators one is among; one becomes its manager and a member."""
    room = await core.management.create(caller.person, NewRoom(
        body.name, body.category, description=body.description, privacy=body.privacy, type=body.type,
        invitations=body.invitations, addin=body.addin), _lists(body))
    response.headers["Location"] = f"{PREFIX}/rooms/{room.uri.domain}/{room.uri.guid}"
    return await _view(core, caller.person, room.uri)


@router.get("/rooms/{domain}/{guid}")
async def view(core: TheCore, caller: Reader, room: TheRoom, response: Response) -> RoomViewForm:
    """Return a room, and what one is to it; its tag is that of what can be changed of it."""
    found = await _view(core, caller.person, room)
    response.headers["ETag"] = await _tag(core, caller.person, found, room)
    return found


async def _tag(core: Core, person: Person, found: RoomViewForm, uri: RoomUri) -> str:
    """Return the tag of what can be changed of a room: for whoever manages it, its lists as well."""
    lists = _lists_shape(await core.management.lists(person, uri)) if "manage" in found["may"] else None
    return tag_of({"room": found["room"], "lists": lists})


def _lists_shape(found: RoomPeople) -> ListsForm:
    return {"members": [principal_shape(one) for one in found[RoomRole.MEMBER]],
            "managers": [principal_shape(one) for one in found[RoomRole.MANAGER]],
            "presenters": [principal_shape(one) for one in found[RoomRole.PRESENTER]]}


async def _view(core: Core, person: Person, uri: RoomUri) -> RoomViewForm:
    room, standing = await core.access.find(person, uri)
    allowed = acts(room, standing)
    if Act.MANAGE not in allowed:  # who manages a room sees it also when it is switched off
        decide(Act.SEE, room, standing).enforce(room)
    return {"room": room_shape(room), "may": act_names(allowed),
            "following": await core.following.follows(person, room),
            "asked": await core.membership.has_asked(person, room), "participants": core.chat.present(room)}


@router.patch("/rooms/{domain}/{guid}")
async def change(
    request: Request, core: TheCore, caller: Manager, room: TheRoom, body: RoomChangeBody, response: Response
) -> RoomViewForm:
    """Change a room that one manages. With If-Match, only if nobody else did meanwhile."""
    async with _changing:
        if "If-Match" in request.headers:
            present = await _tag(core, caller.person, await _view(core, caller.person, room), room)
            check_match(request, present, "the room")
        await core.management.change(caller.person, room, RoomChange(
            name=body.name, description=body.description, category=body.category, privacy=body.privacy, type=body.type,
            invitations=body.invitations, disabled=body.disabled, addin=body.addin, lists=_lists(body)))
    changed = await _view(core, caller.person, room)
    response.headers["ETag"] = await _tag(core, caller.person, changed, room)
    return changed


_changing = asyncio.Lock()  # from the look at a tag to the change that it lets through


@router.get("/rooms/{domain}/{guid}/lists", response_model=ListsForm)
async def lists(request: Request, core: TheCore, caller: Reader, room: TheRoom) -> Response:
    """Return who stands in the lists of a room that one manages."""
    return tagged(request, _lists_shape(await core.management.lists(caller.person, room)))


@router.get("/rooms/{domain}/{guid}/participants")
async def participants(
    core: TheCore, caller: Reader, room: TheRoom, start: Annotated[int, Query(ge=0, lt=1 << 31)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ParticipantsForm:
    """Return who has a room open, in the order of joining."""
    found = await core.chat.participants(caller.person, room, start, limit)
    total = core.chat.present(await core.access.room(caller.person, room, Act.JOIN))
    return {"people": [person_shape(one) for one in found], "total": total}


@router.get("/categories")
async def categories(core: TheCore, caller: Reader) -> CategoriesForm:
    """Return the categories in which one may make rooms."""
    return {"categories": [
        {"name": one.name, "pool": one.pool, "description": one.description, "files": one.file_upload,
         "history": one.chat_history} for one in await core.management.categories(caller.person)]}


@router.get("/addins")
async def addins(core: TheCore, caller: Reader, pool: str | None = None) -> AddinsForm:
    """Return the add-ins that rooms can have, of one pool or of all."""
    return {"addins": [{"name": one.name, "url": one.url} for one in await core.addins.all()
                       if pool is None or one.pool == pool.lower()]}
