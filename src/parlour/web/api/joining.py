"""Coming into rooms and leaving them: requests, their answers, invitations; and finding people."""

from typing import Annotated

from fastapi import APIRouter, Query

from parlour.directory.people import parse_person_address
from parlour.forms import InvitationsForm, PeopleForm, PrincipalsForm, RequestsForm, RoomRequestsForm
from parlour.web.api.serving import (
    PREFIX,
    Body,
    BoundedRoute,
    Manager,
    Reader,
    TheCore,
    TheLookup,
    TheRoom,
    Writer,
)
from parlour.web.live.commands import LARGEST
from parlour.web.shapes import moment, person_shape, principal_shape, room_shape

router = APIRouter(prefix=PREFIX, tags=["joining"], route_class=BoundedRoute)
_ROOM = "/rooms/{domain}/{guid}"

Text = Annotated[str, Query(min_length=1, max_length=256)]
Count = Annotated[int, Query(ge=1, le=50)]


class AskBody(Body):
    """A word to the managers."""

    note: str = ""


class AnswerBody(Body):
    """The answer to a request."""

    approve: bool


@router.put(f"{_ROOM}/request", status_code=204)
async def ask(core: TheCore, caller: Writer, room: TheRoom, body: AskBody) -> None:
    """Ask to become a member."""
    await core.membership.ask(caller.person, room, body.note)


@router.delete(f"{_ROOM}/request", status_code=204)
async def withdraw(core: TheCore, caller: Writer, room: TheRoom) -> None:
    """Take one's request back."""
    await core.membership.withdraw(caller.person, room)


@router.get(f"{_ROOM}/requests")
async def requests(core: TheCore, caller: Reader, room: TheRoom) -> RequestsForm:
    """Return who asks to join a room that one manages."""
    return {"requests": [
        {"person": person_shape(one.person), "note": one.note, "at": moment(one.asked_at)}
        for one in await core.membership.requests(caller.person, room)]}


@router.get("/requests")
async def all_requests(core: TheCore, caller: Reader) -> RoomRequestsForm:
    """Return who asks to join any of the rooms that one manages, the longest waiting first."""
    return {"requests": [
        {"room": room_shape(room), "person": person_shape(one.person), "note": one.note, "at": moment(one.asked_at)}
        for room, one in await core.membership.all_requests(caller.person)]}


@router.post(f"{_ROOM}/requests/{{address}}", status_code=204)
async def answer(core: TheCore, caller: Manager, room: TheRoom, address: str, body: AnswerBody) -> None:
    """Make somebody who asked a member, or refuse him."""
    act = core.membership.approve if body.approve else core.membership.deny
    await act(caller.person, room, parse_person_address(address))


@router.delete(f"{_ROOM}/membership", status_code=204)
async def leave(core: TheCore, caller: Writer, room: TheRoom) -> None:
    """Stop being a member."""
    await core.membership.leave(caller.person, room)


@router.get("/invitations")
async def invitations(
    core: TheCore, caller: Reader, after: Annotated[int, Query(ge=0, lt=LARGEST)] = 0
) -> InvitationsForm:
    """Return one's invitations above a number, oldest first."""
    found = await core.invitations.since(caller.person, after)
    return {"last": found.last, "invitations": [
        {"number": one.number, "room": room_shape(one.room), "at": moment(one.created_at)} for one in found.found]}


@router.get("/people")
async def people(lookup: TheLookup, _caller: Reader, q: Text, limit: Count = 20) -> PeopleForm:
    """Find people by a part of their name or address."""
    return {"people": [person_shape(one) for one in await lookup.people(q, limit)]}


@router.get("/principals")
async def principals(
    core: TheCore, lookup: TheLookup, caller: Reader, q: Text, limit: Count = 20
) -> PrincipalsForm:
    """Find whoever can stand in the list of a room, by a part of the name; groups, only for whoever fills lists."""
    fills = await core.management.categories(caller.person) or await core.finder.of_manager(caller.person, 1)
    found = await lookup.principals(q, limit, groups=bool(fills))
    return {"principals": [principal_shape(one) for one in found]}
