"""How far a role reaches: which people and which pools it may be used on (reference/cmdlets.md section 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Self

from parlour.addresses import DistinguishedName


class ActsOn(Enum):
    """What a cmdlet acts on, and so which scopes of a role hold it back.

    NOTHING: it tells nothing that a scope would hide. PEOPLE: the cmdlet itself leaves alone whom the user scopes do
    not reach. DEPLOYMENT: anything else; a role whose scopes are not all global does not have such cmdlets.
    """

    NOTHING = "nothing"
    PEOPLE = "people"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a cmdlet may be used on.

    Attributes:
        containers: the containers of the directory whose people are reached; None for everybody.
    """

    containers: tuple[DistinguishedName, ...] | None = None

    def covers(self, container: DistinguishedName) -> bool:
        """Say whether people in a container are reached."""
        return self.containers is None or any(container.is_within(one) for one in self.containers)

    @classmethod
    def of_all(cls, reaches: Iterable[Self]) -> Self:
        """Return what any of several roles reaches."""
        found = [reach.containers for reach in reaches]
        if any(containers is None for containers in found):
            return cls()
        return cls(tuple(name for containers in found for name in containers or ()))


EVERYWHERE = Reach()
