"""Who can be given something: a person, a group, a container of the directory, or a whole domain.

A person *is* every principal he belongs to: himself, the containers and the domain he lies in, the groups that any of
these is a member of, and the groups those are in. How he belongs is kept beside it, for the explanation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Flag, StrEnum, auto

Path = tuple[str, ...]
"""How somebody belongs to a principal: the names on the way, himself first; of one name if it is himself."""

Affiliations = Mapping[int, Path]
"""Every principal that somebody is, by its number, with the way there."""


class PrincipalKind(StrEnum):
    """What a principal is (reference/xccos.md section 22)."""

    USER = "User"
    GROUP = "Group"
    CONTAINER = "Container"
    DOMAIN = "Domain"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody or something that can stand in a list of a room or category.

    Attributes:
        id: number; never given to another one.
        kind: what it is.
        name: how administrators write it: a SIP address, or a distinguished name.
        display_name: how people call it.
    """

    id: int
    kind: PrincipalKind
    name: str
    display_name: str


class CategoryRole(StrEnum):
    """The lists of a category. Denied beats Allowed."""

    ALLOWED = "AllowedMembers"
    DENIED = "DeniedMembers"
    CREATOR = "Creators"


class RoomRole(StrEnum):
    """The lists of a room."""

    MEMBER = "Members"
    MANAGER = "Managers"
    PRESENTER = "Presenters"


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person is to one room: by which way he is in each list, or None.

    Attributes:
        allowed: in the category's AllowedMembers.
        denied: in its DeniedMembers.
        creator: in its Creators.
        member: in the room's Members.
        manager: in its Managers.
        presenter: in its Presenters.
        barred_by: the policy that keeps him out of Persistent Chat altogether, if one does.
    """

    allowed: Path | None = None
    denied: Path | None = None
    creator: Path | None = None
    member: Path | None = None
    manager: Path | None = None
    presenter: Path | None = None
    barred_by: str | None = None


    @property
    def duty(self) -> "Duty":
        """What others see him as."""
        manager = Duty.NONE if self.manager is None else Duty.MANAGER
        return manager if self.presenter is None else manager | Duty.PRESENTER


class Duty(Flag):
    """What a participant is to the others beyond one of them."""

    NONE = 0
    MANAGER = auto()
    PRESENTER = auto()


Entries = Mapping[CategoryRole | RoomRole, frozenset[int]]
"""Which principals stand in the lists of a room and its category."""

_FIELDS: dict[CategoryRole | RoomRole, str] = {
    CategoryRole.ALLOWED: "allowed", CategoryRole.DENIED: "denied", CategoryRole.CREATOR: "creator",
    RoomRole.MEMBER: "member", RoomRole.MANAGER: "manager", RoomRole.PRESENTER: "presenter",
}


def standing_of(affiliations: Affiliations, entries: Entries, barred_by: str | None = None) -> Standing:
    """Return what somebody with these affiliations is, where these lists have these entries.

    Of several ways into a list the shortest is kept: it explains best.
    """
    ways: dict[str, Path | None] = {}
    for role, listed in entries.items():
        found = [way for principal, way in affiliations.items() if principal in listed]
        ways[_FIELDS[role]] = min(found, key=lambda way: (len(way), way), default=None)
    return Standing(**ways, barred_by=barred_by)
