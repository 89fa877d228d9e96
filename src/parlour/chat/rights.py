"""May this person do this here, and why: pure decisions from values.

The same answer serves the refusal and the explanation. (Memberships and scopes join these rules with part 2 of the
plan; until then a Closed or Secret room has an empty membership list, as every new one has.)
"""

from dataclasses import dataclass
from enum import Enum

from parlour.chat.model import Privacy, Room, RoomType
from parlour.errors import NOT_A_MEMBER, NOT_A_PRESENTER, ROOM_DISABLED, ROOM_NOT_FOUND, ErrorKind, ParlourError


class Act(Enum):
    """What somebody wants to do with a room."""

    SEE = "see"
    JOIN = "join"
    READ = "read"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: `refusal` is None when allowed; `rule` says in words what decided."""

    refusal: ErrorKind | None
    rule: str

    @property
    def allowed(self) -> bool:
        """Whether the act may go on."""
        return self.refusal is None

    def enforce(self, room: Room) -> None:
        """Raise the refusal, if there is one; that of a Secret room is the very one for a room that is not there."""
        if self.refusal is ROOM_NOT_FOUND:
            raise ParlourError(ROOM_NOT_FOUND, str(room.uri), identity=room.uri)
        if self.refusal:
            raise ParlourError(self.refusal, str(room.uri), room=room.name)


_SECRET = Decision(ROOM_NOT_FOUND, "only members know that a Secret room exists")
_OFF = Decision(ROOM_DISABLED, "the room is switched off")
_CLOSED = Decision(NOT_A_MEMBER, "only members join a Closed room")
_AUDITORIUM = Decision(NOT_A_PRESENTER, "only presenters post in an Auditorium")
_OPEN = Decision(None, "everyone may use an Open room")
_VISIBLE = Decision(None, "everyone may see a room that is not Secret")


def decide(act: Act, room: Room) -> Decision:
    """Decide whether anybody who is signed in may do `act` in `room`, by the first rule that speaks."""
    if room.privacy is Privacy.SECRET:
        return _SECRET
    if act is Act.SEE:
        return Decision(ROOM_NOT_FOUND, _OFF.rule) if room.disabled else _VISIBLE
    if room.disabled:
        return _OFF
    if room.privacy is Privacy.CLOSED:
        return _CLOSED
    if act is Act.POST and room.type is RoomType.AUDITORIUM:
        return _AUDITORIUM
    return _OPEN
