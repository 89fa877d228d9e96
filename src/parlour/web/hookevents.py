"""What outgoing hooks are told, in the forms of the API.

It stands apart from the routes: a node without a web listener tells, too.
"""

from typing import Any

from parlour.chat.model import Message, Room
from parlour.web.live.commands import room_id
from parlour.web.shapes import message_shape


def event_shape(room: Room, message: Message) -> dict[str, Any]:
    """Return what happened in a room."""
    return {"room": {"id": room_id(room.uri), "name": room.name}, "message": message_shape(message)}
