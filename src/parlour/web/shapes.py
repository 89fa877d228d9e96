"""What the core speaks of, in the one JSON form that REST and the live connection share."""

from datetime import UTC, datetime
from typing import Any

from parlour.chat.following import Followed
from parlour.chat.model import Mark, Message, Page, Person, Room
from parlour.chat.principals import Duty
from parlour.web.live.commands import room_id

Json = dict[str, Any]


def moment(time: datetime) -> str:
    """Return a time as RFC 3339 has it, in UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def person_shape(person: Person) -> Json:
    """Return a person as others see him."""
    return {"address": person.address.bare, "name": person.display_name}


def message_shape(message: Message) -> Json:
    """Return a message; what is not so is left out."""
    content = message.content
    optional = {
        "title": content.title, "alert": content.alert or None, "deleted": message.deleted or None,
        "edited": None if message.edited_at is None else moment(message.edited_at)}
    return {
        "number": message.number, "author": message.author.bare, "name": message.author_name,
        "at": moment(message.posted_at), "text": content.text,
        **{name: value for name, value in optional.items() if value is not None}}


def room_shape(room: Room) -> Json:
    """Return a room as whoever may see it sees it."""
    return {
        "id": room_id(room.uri), "name": room.name, "description": room.description, "category": room.category,
        "privacy": room.privacy.value, "type": room.type.value, "disabled": room.disabled,
        "files": room.file_upload, "history": room.chat_history,
        "addin": None if room.addin is None else {"name": room.addin.name, "url": room.addin.url}}


def mark_shape(mark: Mark | Followed) -> Json:
    """Return how far somebody has read a room."""
    return {"read": mark.read, "last": mark.last, "unread": mark.unread, "mentions": mark.mentions}


def followed_shape(followed: Followed) -> Json:
    """Return a room that somebody follows."""
    return {"room": room_shape(followed.room), **mark_shape(followed)}


def page_shape(page: Page) -> Json:
    """Return a part of a room's history."""
    return {"messages": [message_shape(one) for one in page.messages], "earlier": page.earlier, "later": page.later}


def duty_names(duty: Duty) -> list[str]:
    """Return what a participant is to the others beyond one of them."""
    return [name.lower() for flag, name in ((Duty.MANAGER, "manager"), (Duty.PRESENTER, "presenter")) if flag in duty]
