"""What is said in rooms: history, posts, corrections, pins."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime

from parlour.chat.history import After, Around, Before, Place, Since
from parlour.chat.model import Content
from parlour.errors import REQUEST_INVALID, ParlourError
from parlour.forms import MessageForm, MessagesForm, PageForm
from parlour.web.api.serving import PREFIX, Body, BoundedRoute, Reader, TheCore, TheRoom, Writer, tagged
from parlour.web.live.commands import LARGEST, MOST_KEY
from parlour.web.shapes import message_shape, page_shape

router = APIRouter(prefix=f"{PREFIX}/rooms/{{domain}}/{{guid}}", tags=["messages"], route_class=BoundedRoute)

Number = Annotated[int | None, Query(ge=0, lt=LARGEST)]
Key = Annotated[str | None, Header(min_length=1, max_length=MOST_KEY, pattern=r"^[\x21-\x7e]+$")]


class Said(Body):
    """What somebody says; with a title it is a story."""

    text: str
    title: str | None = None
    alert: bool = False

    @property
    def content(self) -> Content:
        """The content of the message."""
        return Content(self.text, title=self.title, alert=self.alert)


@router.get("/messages", response_model=PageForm)
async def page(
    request: Request, core: TheCore, caller: Reader, room: TheRoom, before: Number = None,
    after: Number = None, around: Number = None, since: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Return part of a room's history, oldest message first; of no place in it, the newest."""
    place = _place(before, after, around, since)
    return tagged(request, page_shape(await core.history.page(caller.person, room, place, limit)))


def _place(before: int | None, after: int | None, around: int | None, since: datetime | None) -> Place:
    places: list[Place] = [
        *([] if before is None else [Before(before)]), *([] if after is None else [After(after)]),
        *([] if around is None else [Around(around)]), *([] if since is None else [Since(since)])]
    if len(places) > 1:
        raise ParlourError(REQUEST_INVALID, reason='only one of "before", "after", "around" and "since" can be given')
    return places[0] if places else Before()


@router.post("/messages", status_code=201)
async def post(
    core: TheCore, caller: Writer, room: TheRoom, said: Said, idempotency_key: Key = None
) -> MessageForm:
    """Say something. With an Idempotency-Key, it is said once, however often it is sent."""
    return message_shape(await core.chat.post_as(caller.person, room, said.content, idempotency_key or ""))


@router.get("/messages/{number}", response_model=MessageForm)
async def message(request: Request, core: TheCore, caller: Reader, room: TheRoom, number: int) -> Response:
    """Return one message."""
    return tagged(request, message_shape(await core.history.message(caller.person, room, _number(number))))


@router.put("/messages/{number}")
async def edit(core: TheCore, caller: Writer, room: TheRoom, number: int, said: Said) -> MessageForm:
    """Change a message of one's own."""
    return message_shape(await core.chat.edit(caller.person, room, _number(number), said.content))


@router.delete("/messages/{number}")
async def delete(core: TheCore, caller: Writer, room: TheRoom, number: int) -> MessageForm:
    """Delete a message of one's own; what is left of it is returned."""
    return message_shape(await core.chat.delete(caller.person, room, _number(number)))


@router.get("/pins")
async def pins(core: TheCore, caller: Reader, room: TheRoom) -> MessagesForm:
    """Return the pinned messages, in the order of pinning."""
    return {"messages": [message_shape(one) for one in await core.pins.pinned(caller.person, room)]}


@router.put("/pins/{number}", status_code=204)
async def pin(core: TheCore, caller: Writer, room: TheRoom, number: int) -> None:
    """Pin a message."""
    await core.pins.pin(caller.person, room, _number(number))


@router.delete("/pins/{number}", status_code=204)
async def unpin(core: TheCore, caller: Writer, room: TheRoom, number: int) -> None:
    """Take a pin away."""
    await core.pins.unpin(caller.person, room, _number(number))


def _number(number: int) -> int:
    """Return a number that the storage has room for; no message has any other."""
    return number if 0 <= number < LARGEST else LARGEST
