"""What only a CsAdministrator may do, since anybody else could give himself a role by it; and how far roles reach.

Whoever may set passwords, or say who is in a group, could otherwise become whatever he likes.
"""

from parlour.addresses import DistinguishedName, SipAddress
from parlour.admin.engine import Cmdlet
from parlour.admin.roles import ADMINISTRATOR, Roles
from parlour.directory.belonging import domain_name
from parlour.directory.groups import Group
from parlour.directory.people import DirectoryPerson, People
from parlour.errors import OUT_OF_REACH, ROLE_PROTECTED, ParlourError


def _may_all(cmdlet: Cmdlet) -> bool:
    return ADMINISTRATOR in cmdlet.context.session.roles


async def changeable(cmdlet: Cmdlet, identity: str) -> DirectoryPerson:
    """Return the person of a name, if whoever runs `cmdlet` may change his account.

    Raises:
        ParlourError: UserNotFound, UserAmbiguous, AdminRoleProtected.
    """
    person = await cmdlet.service(People).called(identity, cmdlet.reach.covers)
    if not _may_all(cmdlet) and await cmdlet.service(Roles).of(person):
        raise _protected(str(person.address), "he has an administrative role")
    return person


async def check_place(cmdlet: Cmdlet, address: SipAddress, container: DistinguishedName) -> None:
    """Make sure that whoever runs `cmdlet` may put somebody with this address into a container.

    Raises:
        ParlourError: OutOfScope, AdminRoleProtected.
    """
    if not cmdlet.reach.covers(container):
        raise ParlourError(OUT_OF_REACH, str(container), what=container)
    if _may_all(cmdlet):
        return
    protected = await cmdlet.service(Roles).protected()
    if protected.covers(container) or protected.covers(domain_name(address.domain)):
        raise _protected(str(container), "whoever lies there has an administrative role")


async def check_group(cmdlet: Cmdlet, group: Group) -> None:
    """Make sure that whoever runs `cmdlet` may say who is in a group.

    Raises:
        ParlourError: AdminRoleProtected.
    """
    if not _may_all(cmdlet) and group.principal.id in (await cmdlet.service(Roles).protected()).principals:
        raise _protected(group.principal.name, "whoever is in it has an administrative role")


def require_administrator(cmdlet: Cmdlet, target: str) -> None:
    """Make sure that whoever runs `cmdlet` is a CsAdministrator: nobody else could be kept from giving himself more.

    Raises:
        ParlourError: AdminRoleProtected.
    """
    if not _may_all(cmdlet):
        raise _protected(target, "roles are theirs to make and change")


def _protected(target: str, reason: str) -> ParlourError:
    return ParlourError(ROLE_PROTECTED, target, what=target, reason=reason)
