"""May this person do this here, and why: pure decisions from values.

The same answer serves the refusal and the explanation. The rules are those of reference/product.md section 3, in the
order in which they speak: the policy first, then the wall, then what nobody may see, then what is switched off, then
the lists.
"""

from dataclasses import dataclass
from enum import Enum

from parlour.chat.model import Category, Person, Privacy, Room, RoomType
from parlour.chat.principals import Path, Standing
from parlour.errors import (
    CATEGORY_NOT_FOUND,
    CHAT_NOT_ENABLED,
    NOT_A_CREATOR,
    NOT_A_MANAGER,
    NOT_A_MEMBER,
    NOT_A_PRESENTER,
    PRINCIPALS_NOT_IN_SCOPE,
    ROOM_DISABLED,
    ROOM_NOT_FOUND,
    ErrorKind,
    ParlourError,
)


class Act(Enum):
    """What somebody wants to do with a room."""

    SEE = "see"
    JOIN = "join"
    READ = "read"
    POST = "post"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer.

    Attributes:
        refusal: None when allowed.
        rule: in words, what decided.
        way: how the person belongs to what decided; empty if it is not a matter of belonging.
    """

    refusal: ErrorKind | None
    rule: str
    way: Path = ()

    @property
    def allowed(self) -> bool:
        """Whether the act may go on."""
        return self.refusal is None

    def enforce(self, room: Room) -> None:
        """Raise the refusal, if there is one; that of a hidden room is the very one for a room that is not there."""
        if self.refusal is ROOM_NOT_FOUND:
            raise ParlourError(ROOM_NOT_FOUND, str(room.uri), identity=room.uri)
        if self.refusal:
            raise ParlourError(self.refusal, str(room.uri), room=room.name)


    def enforce_category(self, category: Category, typed: str) -> None:
        """Raise the refusal to make a room in a category; one behind a wall is as if it were not there.

        Args:
            category: the category.
            typed: what somebody called it.
        """
        if self.refusal is ROOM_NOT_FOUND:
            raise ParlourError(CATEGORY_NOT_FOUND, typed, identity=typed)
        if self.refusal:
            raise ParlourError(self.refusal, category.identity, room=category.name)


_SECRET = Decision(ROOM_NOT_FOUND, "only its members and managers know that a Secret room exists")
_GONE = Decision(ROOM_NOT_FOUND, "a room that is switched off is not found")
_OFF = Decision(ROOM_DISABLED, "the room is switched off")
_NO_MEMBER = Decision(NOT_A_MEMBER, "only members use a room that is not Open")
_NO_MANAGER = Decision(NOT_A_MANAGER, "only managers change a room")
_NO_PRESENTER = Decision(NOT_A_PRESENTER, "only presenters post in an Auditorium")
_NO_CREATOR = Decision(NOT_A_CREATOR, "only creators make rooms in a category")
_OPEN = Decision(None, "everyone inside the category's wall may use an Open room")


def decide(act: Act, room: Room, standing: Standing) -> Decision:
    """Decide whether somebody who is `standing` to `room` may do `act`, by the first rule that speaks."""
    if standing.barred_by is not None:
        return not_enabled(standing.barred_by)
    wall = _wall(standing)
    if not wall.allowed:
        return wall
    if room.privacy is Privacy.SECRET and standing.member is None and standing.manager is None:
        return _SECRET
    if act is Act.MANAGE:
        return _listed(standing.manager, "managers change a room", _NO_MANAGER)
    if act is Act.SEE:
        return _GONE if room.disabled else _visible(room, standing, wall)
    if room.disabled:
        return _OFF
    return _use(act, room, standing)


def acts(room: Room, standing: Standing) -> tuple[Act, ...]:
    """Return everything that somebody who is `standing` to `room` may do there."""
    return tuple(act for act in Act if decide(act, room, standing).allowed)


def not_enabled(policy: str) -> Decision:
    """Return the decision about whoever is not enabled by this policy: nothing, anywhere."""
    return Decision(CHAT_NOT_ENABLED, f'the policy "{policy}" does not enable him for Persistent Chat')


def _wall(standing: Standing) -> Decision:
    """The ethical wall: whoever is outside gets no right inside, whatever lists he is in."""
    if standing.denied is not None:
        return Decision(ROOM_NOT_FOUND, "the category denies him", standing.denied)
    if standing.allowed is None:
        return Decision(ROOM_NOT_FOUND, "the category does not allow him")
    return Decision(None, "the category allows him", standing.allowed)


def _visible(room: Room, standing: Standing, wall: Decision) -> Decision:
    if room.privacy is Privacy.SECRET:
        return Decision(None, "he is a member or manager of the Secret room", standing.member or standing.manager or ())
    return Decision(None, "everyone inside the category's wall sees a room that is not Secret", wall.way)


def _use(act: Act, room: Room, standing: Standing) -> Decision:
    if room.privacy is not Privacy.OPEN and standing.member is None:
        return _NO_MEMBER
    if act is Act.POST and room.type is RoomType.AUDITORIUM:
        return _listed(standing.presenter, "presenters post in an Auditorium", _NO_PRESENTER)
    return _OPEN if room.privacy is Privacy.OPEN else _listed(standing.member, "members use the room", _NO_MEMBER)


def enforce_scope(room: Room, person: Person, standing: Standing) -> None:
    """Make sure that `person` may stand in a list of `room`.

    Raises:
        ParlourError: PrincipalsNotInScope.
    """
    if not _wall(standing).allowed:
        raise ParlourError(PRINCIPALS_NOT_IN_SCOPE, room.identity, names=person.address)


def decide_creation(standing: Standing) -> Decision:
    """Decide whether somebody may make rooms in a category."""
    if standing.barred_by is not None:
        return not_enabled(standing.barred_by)
    wall = _wall(standing)
    return _listed(standing.creator, "creators make rooms in a category", _NO_CREATOR) if wall.allowed else wall


def _listed(way: Path | None, rule: str, otherwise: Decision) -> Decision:
    return otherwise if way is None else Decision(None, rule, way)
