"""The eleven standard roles (reference/cmdlets.md section 4) and what each may run.

Which roles a cmdlet belongs to stands in its own definition. The original never published a full table; this one is
Parlour's, and docs/reference/roles.md shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from parlour.admin.engine import Cmdlet

ADMINISTRATOR = "CsAdministrator"
CHAT_ADMINISTRATORS = (ADMINISTRATOR, "CsPersistentChatAdministrator")
USER_ADMINISTRATORS = (ADMINISTRATOR, "CsUserAdministrator")
READERS = ("CsViewOnlyAdministrator", "CsHelpDesk")

# Name and relative identifier: the last part of the role's security identifier.
STANDARD_ROLES: dict[str, int] = {
    ADMINISTRATOR: 1101,
    "CsArchivingAdministrator": 1102,
    "CsHelpDesk": 1103,
    "CsLocationAdministrator": 1104,
    "CsPersistentChatAdministrator": 1105,
    "CsResponseGroupAdministrator": 1106,
    "CsResponseGroupManager": 1107,
    "CsServerAdministrator": 1108,
    "CsUserAdministrator": 1109,
    "CsViewOnlyAdministrator": 1110,
    "CsVoiceAdministrator": 1111,
}
ALL_ROLES = tuple(STANDARD_ROLES)


@dataclass(frozen=True, slots=True)
class Role:
    """A role: a name, its security identifier, and the cmdlets it may run."""

    identity: str
    sid: str
    cmdlets: tuple[str, ...]


class Roles:
    """The roles of a deployment.

    Args:
        cmdlets: every cmdlet there is.
        domain_sid: what the roles' security identifiers begin with.
    """

    def __init__(self, cmdlets: Iterable[type[Cmdlet]], domain_sid: str) -> None:
        published = sorted(cmdlet.meta.name for cmdlet in cmdlets if not cmdlet.meta.utility)
        by_role = {name: {cmdlet.meta.name for cmdlet in cmdlets if name in cmdlet.meta.roles} for name in ALL_ROLES}
        by_role[ADMINISTRATOR] = set(published)
        self._roles = [
            Role(name, f"{domain_sid}-{rid}", tuple(cmdlet for cmdlet in published if cmdlet in by_role[name]))
            for name, rid in STANDARD_ROLES.items()]

    def all(self) -> list[Role]:
        """Return every role, by name."""
        return list(self._roles)
