"""What happens in rooms, as frames: rendered once, whoever gets them."""

import json
from typing import assert_never

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
from parlour.web.live.commands import Mark, room_id
from parlour.web.shapes import Json, duty_names, mark_shape, message_shape, moment, person_shape, room_shape


def text_of(frame: Json) -> bytes:
    """Return a frame as it is sent."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer(mark: Mark, content: Json) -> Json:
    """Return the answer to a command that was carried out."""
    return {"re": mark, "ok": content}


def refusal(mark: Mark, error: ParlourError) -> Json:
    """Return the answer to a command that was refused, straight from the registry."""
    return {"re": mark, "error": {"id": error.kind.name, "status": error.kind.http, "message": str(error)}}


def event_frame(event: RoomEvent, room: Room) -> Json:
    """Return what happened in a room."""
    return {"room": room_id(room.uri), **_happened(event)}


def _happened(event: RoomEvent) -> Json:
    match event:
        case MessagePosted(_, message, mentions):
            named = {"mentions": [address.bare for address in mentions]} if mentions else {}
            return {"event": "message", "number": message.number, "message": message_shape(message), **named}
        case MessageChanged(_, number, message):
            return {"event": "changed", "number": number, "message": message_shape(message)}
        case MessagesPurged(_, last):
            return {"event": "purged", "until": last}
        case MessagePinned(_, number, by, pinned):
            return {"event": "pinned" if pinned else "unpinned", "message": number, "by": person_shape(by)}
        case ParticipantJoined(_, person, duty):
            return {"event": "joined", "person": person_shape(person), "duties": duty_names(duty)}
        case ParticipantChanged(_, person, duty):
            return {"event": "duties", "person": person_shape(person), "duties": duty_names(duty)}
        case ParticipantLeft(_, person):
            return {"event": "left", "person": person_shape(person)}
        case ParticipantTyping(_, person):
            return {"event": "typing", "person": person_shape(person)}
        case RosterResumed(_, people, gone, duties):
            return {"event": "roster", "gone": [person_shape(one) for one in gone], "people": [
                {**person_shape(one), "duties": duty_names(duties[one.id]) if one.id in duties else []}
                for one in people]}
        case Invited(_, number, created_at):
            return {"event": "invited", "invitation": number, "at": moment(created_at)}
        case RoomChanged(_, changed):
            return {"event": "room", "details": room_shape(changed)}
        case RoomClosed():
            return {"event": "closed"}
        case FollowingChanged(changed, _, mark):
            return {"event": "unfollowed"} if mark is None else {
                "event": "followed", "details": room_shape(changed), **mark_shape(mark)}
        case ReadMoved(_, _, mark):
            return {"event": "read", **mark_shape(mark)}
        case RoomHidden():
            return {"event": "hidden"}
        case JoinRequested(_, person, note):
            return {"event": "asked", "person": person_shape(person), "note": note}
    assert_never(event)
