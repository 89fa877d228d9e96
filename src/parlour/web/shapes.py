"""What the core speaks of, in the one JSON form that REST and the live connection share."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from parlour.chat.following import Followed
from parlour.chat.model import Mark, Message, Page, Person, Room
from parlour.chat.principals import Duty, Principal, PrincipalKind
from parlour.chat.rights import Act
from parlour.directory.bearers import Bearer, Scope
from parlour.forms import (
    ActName,
    DutyName,
    FollowedForm,
    HitForm,
    MarkForm,
    MessageForm,
    PageForm,
    PersonForm,
    PresentForm,
    PrincipalForm,
    RoomForm,
    ScopeName,
    TokenForm,
)
from parlour.web.live.commands import room_id

Json = Mapping[str, Any]


def moment(time: datetime) -> str:
    """Return a time as RFC 3339 has it, in UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def optional_moment(time: datetime | None) -> str | None:
    """Return a time likewise, if there is one."""
    return None if time is None else moment(time)


def person_shape(person: Person) -> PersonForm:
    """Return a person as others see him."""
    return {"address": person.address.bare, "name": person.display_name}


def message_shape(message: Message) -> MessageForm:
    """Return a message; what is not so is left out."""
    content = message.content
    shape: MessageForm = {
        "number": message.number, "author": message.author.bare, "name": message.author_name,
        "at": moment(message.posted_at), "text": content.text}
    if content.title is not None:
        shape["title"] = content.title
    if content.alert:
        shape["alert"] = True
    if message.edited_at is not None:
        shape["edited"] = moment(message.edited_at)
    if message.deleted:
        shape["deleted"] = True
    return shape


def room_shape(room: Room) -> RoomForm:
    """Return a room as whoever may see it sees it."""
    return {
        "id": room_id(room.uri), "name": room.name, "description": room.description, "category": room.category,
        "privacy": room.privacy.value, "type": room.type.value, "disabled": room.disabled,
        "files": room.file_upload, "history": room.chat_history,
        "addin": None if room.addin is None else {"name": room.addin.name, "url": room.addin.url}}


def present_shape(person: Person, duties: Mapping[int, Duty]) -> PresentForm:
    """Return somebody who has a room open; `duties` are of those who have one, by the number of the person."""
    return {**person_shape(person), "duties": duty_names(duties.get(person.id, Duty.NONE))}


def act_names(acts: Iterable[Act]) -> list[ActName]:
    """Return what somebody may do in a room."""
    return [act.value for act in acts]


def mark_shape(mark: Mark | Followed) -> MarkForm:
    """Return how far somebody has read a room."""
    return {"read": mark.read, "last": mark.last, "unread": mark.unread, "mentions": mark.mentions}


def followed_shape(followed: Followed) -> FollowedForm:
    """Return a room that somebody follows."""
    return {"room": room_shape(followed.room), **mark_shape(followed)}


def page_shape(page: Page) -> PageForm:
    """Return a part of a room's history."""
    return {"messages": [message_shape(one) for one in page.messages], "earlier": page.earlier, "later": page.later}


def hit_shape(room: Room, message: Message) -> HitForm:
    """Return a message that was found, with its room."""
    return {"room": {"id": room_id(room.uri), "name": room.name}, "message": message_shape(message)}


def principal_shape(principal: Principal) -> PrincipalForm:
    """Return somebody who can stand in a list."""
    kind = "person" if principal.kind is PrincipalKind.USER else principal.kind.value.lower()
    return {"name": principal.name, "display": principal.display_name, "kind": kind}


def scope_names(scopes: frozenset[Scope]) -> list[ScopeName]:
    """Return what somebody may do with what he showed, always in the same order."""
    return [scope.value for scope in Scope if scope in scopes]


def token_shape(one: Bearer) -> TokenForm:
    """Return an access token as its owner sees it."""
    return {"id": one.id, "name": one.name, "scopes": scope_names(one.scopes), "since": moment(one.created_at),
            "used": optional_moment(one.used_at), "expires": optional_moment(one.expires_at)}


def duty_names(duty: Duty) -> list[DutyName]:
    """Return what a participant is to the others beyond one of them."""
    return [name for flag, name in _DUTIES if flag in duty]


_DUTIES: Final[tuple[tuple[Duty, DutyName], ...]] = ((Duty.MANAGER, "manager"), (Duty.PRESENTER, "presenter"))
