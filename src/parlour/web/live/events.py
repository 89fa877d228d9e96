"""What happens in rooms, as frames: rendered once, whoever gets them."""

import json
import struct
from collections.abc import Mapping

from parlour.chat.events import (
    FollowingChanged,
    Invited,
    JoinRequested,
    MessageChanged,
    MessagePinned,
    MessagePosted,
    MessagesPurged,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantTyping,
    ReadMoved,
    RoomChanged,
    RoomClosed,
    RoomEvent,
    RoomHidden,
    RosterResumed,
)
from parlour.chat.model import Room
from parlour.errors import ParlourError
from parlour.forms import LiveEvent, MessageEvent
from parlour.web.live.commands import Mark, room_id
from parlour.web.shapes import (
    Json,
    duty_names,
    mark_shape,
    message_shape,
    moment,
    person_shape,
    present_shape,
    room_shape,
)

_FINAL_TEXT = 0x81


def text_of(frame: Mapping[str, object]) -> bytes:
    """Return a frame as it is sent."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def text_frame(text: bytes) -> bytes:
    """Return a whole frame with this text, as a server sends it (RFC 6455 section 5.2)."""
    size = len(text)
    if size < 126:
        return bytes((_FINAL_TEXT, size)) + text
    if size < 1 << 16:
        return struct.pack("!BBH", _FINAL_TEXT, 126, size) + text
    return struct.pack("!BBQ", _FINAL_TEXT, 127, size) + text


def answer(mark: Mark, content: Json) -> Json:
    """Return the answer to a command that was carried out."""
    return {"re": mark, "ok": content}


def refusal(mark: Mark, error: ParlourError) -> Json:
    """Return the answer to a command that was refused, straight from the registry."""
    return {"re": mark, "error": {"id": error.kind.name, "status": error.kind.http, "message": str(error)}}


def event_frame(event: RoomEvent, room: Room) -> LiveEvent:
    """Return what happened in a room."""
    place = room_id(room.uri)
    match event:
        case MessagePosted(_, message, mentions):
            posted: MessageEvent = {
                "room": place, "event": "message", "number": message.number, "message": message_shape(message)}
            if mentions:
                posted["mentions"] = [address.bare for address in mentions]
            return posted
        case MessageChanged(_, number, message):
            return {"room": place, "event": "changed", "number": number, "message": message_shape(message)}
        case MessagesPurged(_, last):
            return {"room": place, "event": "purged", "until": last}
        case MessagePinned(_, number, by, pinned):
            return {"room": place, "event": "pinned" if pinned else "unpinned", "message": number,
                    "by": person_shape(by)}
        case ParticipantJoined(_, person, duty):
            return {"room": place, "event": "joined", "person": person_shape(person), "duties": duty_names(duty)}
        case ParticipantChanged(_, person, duty):
            return {"room": place, "event": "duties", "person": person_shape(person), "duties": duty_names(duty)}
        case ParticipantLeft(_, person):
            return {"room": place, "event": "left", "person": person_shape(person)}
        case ParticipantTyping(_, person):
            return {"room": place, "event": "typing", "person": person_shape(person)}
        case RosterResumed(_, people, gone, duties):
            return {"room": place, "event": "roster", "gone": [person_shape(one) for one in gone],
                    "people": [present_shape(one, duties) for one in people]}
        case RoomChanged(_, changed):
            return {"room": place, "event": "room", "details": room_shape(changed)}
        case RoomClosed():
            return {"room": place, "event": "closed"}
    return _for_oneself(event, place)


def _for_oneself(event: Invited | FollowingChanged | ReadMoved | RoomHidden | JoinRequested, place: str) -> LiveEvent:
    """Return what only whoever it is about is told."""
    match event:
        case Invited(_, number, created_at):
            return {"room": place, "event": "invited", "invitation": number, "at": moment(created_at)}
        case FollowingChanged(_, _, None):
            return {"room": place, "event": "unfollowed"}
        case FollowingChanged(changed, _, mark) if mark is not None:
            return {"room": place, "event": "followed", "details": room_shape(changed), **mark_shape(mark)}
        case ReadMoved(_, _, mark):
            return {"room": place, "event": "read", **mark_shape(mark)}
        case RoomHidden():
            return {"room": place, "event": "hidden"}
        case JoinRequested(_, person, note):
            return {"room": place, "event": "asked", "person": person_shape(person), "note": note}
    raise AssertionError(event)
