"""How far a role reaches: which people and which sites it may be used on (reference/cmdlets.md section 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Self, TypeVar

from parlour.addresses import DistinguishedName

T = TypeVar("T")


class ActsOn(Enum):
    """What a cmdlet acts on, and so which scopes of a role hold it back.

    NOTHING: it tells nothing that a scope would hide. PEOPLE: the cmdlet itself leaves alone whom the user scopes do
    not reach. POOLS: the cmdlet itself leaves alone what belongs to pools of sites that the configuration scopes do not
    reach. DEPLOYMENT: anything else; a role whose scopes are not all global does not have such cmdlets.
    """

    NOTHING = "nothing"
    PEOPLE = "people"
    POOLS = "pools"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom and what a cmdlet may be used on.

    Attributes:
        containers: the containers of the directory whose people are reached; None for everybody.
        sites: names of the sites whose pools are reached; None for all pools.
    """

    containers: tuple[DistinguishedName, ...] | None = None
    sites: tuple[str, ...] | None = None

    def covers(self, container: DistinguishedName) -> bool:
        """Say whether people in a container are reached."""
        return self.containers is None or any(container.is_within(one) for one in self.containers)

    @classmethod
    def of_all(cls, reaches: Iterable[Self]) -> Self:
        """Return what any of several roles reaches with one cmdlet, which is held back by one kind of scopes alone."""
        found = list(reaches)
        return cls(_union(reach.containers for reach in found), _union(reach.sites for reach in found))


def _union(parts: Iterable[tuple[T, ...] | None]) -> tuple[T, ...] | None:
    """Return everything that any of the parts names; None, which is all, if one of them is."""
    found: list[T] = []
    for part in parts:
        if part is None:
            return None
        found.extend(part)
    return tuple(found)


EVERYWHERE = Reach()
