"""Administrative roles (reference/cmdlets.md sections 3.1, 4 and 5): what each may run, and who has them.

Which standard roles a cmdlet belongs to stands in its own definition. The original never published a full table; this
one is Parlour's, and docs/reference/roles.md shows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parlour.addresses import DistinguishedName
from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.reach import EVERYWHERE, ActsOn, Reach
from parlour.chat.model import Person
from parlour.directory.rolebook import KeptRole, Protected, RoleBook
from parlour.directory.standardroles import STANDARD_ROLES
from parlour.errors import ROLE_NOT_FOUND, ParlourError

ADMINISTRATOR = "CsAdministrator"
CHAT_ADMINISTRATORS = (ADMINISTRATOR, "CsPersistentChatAdministrator")
USER_ADMINISTRATORS = (ADMINISTRATOR, "CsUserAdministrator")
READERS = ("CsViewOnlyAdministrator", "CsHelpDesk")
ALL_ROLES = tuple(STANDARD_ROLES)
GLOBAL_SCOPE = "Global"
CONTAINER_SCOPE = "OU:"
SITE_SCOPE = "site:"
_EVERYTHING = (GLOBAL_SCOPE,)
_FIRST_CUSTOM = 10_000  # relative identifiers of roles that administrators make begin above it


@dataclass(frozen=True, slots=True)
class Role:
    """A role.

    Attributes:
        identity: its name, and that of its group.
        sid: its security identifier.
        cmdlets: names of the cmdlets it may run.
        template: the standard role it was made from; empty for a standard role.
        script_modules: scripts that belong to it.
        config_scopes: ``Global`` or ``site:NAME``.
        user_scopes: ``Global`` or ``OU:DISTINGUISHED NAME``.
    """

    identity: str
    sid: str
    cmdlets: tuple[str, ...]
    template: str = ""
    script_modules: tuple[str, ...] = ()
    config_scopes: tuple[str, ...] = _EVERYTHING
    user_scopes: tuple[str, ...] = _EVERYTHING

    @property
    def is_standard(self) -> bool:
        """Whether it is one of the eleven."""
        return not self.template

    def reach(self, acts_on: ActsOn) -> Reach | None:
        """Return how far the role reaches with cmdlets that act on something; None if it does not have them."""
        everyone, everything = GLOBAL_SCOPE in self.user_scopes, GLOBAL_SCOPE in self.config_scopes
        match acts_on:
            case ActsOn.NOTHING:
                return EVERYWHERE
            case ActsOn.PEOPLE:
                return EVERYWHERE if everyone else Reach(containers=tuple(
                    DistinguishedName.parse(scope.removeprefix(CONTAINER_SCOPE)) for scope in self.user_scopes))
            case ActsOn.POOLS:
                return EVERYWHERE if everything else Reach(sites=tuple(
                    scope.removeprefix(SITE_SCOPE) for scope in self.config_scopes))
            case ActsOn.DEPLOYMENT:
                return EVERYWHERE if everyone and everything else None


Grants = Mapping[str, Reach]
"""The cmdlets that somebody may run, by name in lower case, and how far each reaches."""


class Roles:
    """The roles of a deployment.

    Args:
        cmdlets: every cmdlet there is.
        domain_sid: what the roles' security identifiers begin with.
        book: the roles that administrators made, and who is in whose group.
    """

    def __init__(self, cmdlets: Iterable[type[Cmdlet]], domain_sid: str, book: RoleBook) -> None:
        self._cmdlets = {cmdlet.meta.name.lower(): cmdlet for cmdlet in cmdlets if not cmdlet.meta.utility}
        self._domain_sid = domain_sid
        self._book = book
        self._standard = standard_roles(self._cmdlets.values(), domain_sid)

    async def all(self) -> list[Role]:
        """Return every role: the standard ones, then the others, each by name."""
        kept = await self._book.all()
        scripts = {role.identity: role.script_modules for role in kept if not role.template}
        standard = [_with_scripts(role, scripts.get(role.identity, ())) for role in self._standard]
        return [*standard, *(self._role(role) for role in kept if role.template)]

    async def find(self, identity: str) -> Role:
        """Return the role of a name.

        Raises:
            ParlourError: AdminRoleNotFound.
        """
        wanted = identity.casefold()
        found = next((role for role in await self.all() if role.identity.casefold() == wanted), None)
        if found is None:
            raise ParlourError(ROLE_NOT_FOUND, identity, identity=identity)
        return found

    async def of(self, person: Person) -> list[Role]:
        """Return the roles that a person has."""
        groups = await self._book.groups_of(person)
        return [role for role in await self.all() if self._book.group_key(role.identity) in groups]

    async def add(self, role: Role) -> Role:
        """Make a role; whoever is in the group of its name has it from then on.

        Raises:
            ParlourError: AdminRoleExists, AdminRoleGroupMissing.
        """
        return self._role(await self._book.add(_kept(role), first_number=_FIRST_CUSTOM))

    async def check_new(self, identity: str) -> str:
        """Raise what `add` would raise of a name; returns the name as the group has it."""
        return await self._book.check_new(identity, [role.identity for role in self._standard])

    async def change(self, role: Role) -> None:
        """Keep a role in place of the one of its name; of a standard one, only its script modules are kept.

        Raises:
            ParlourError: AdminRoleNotFound.
        """
        if role.is_standard:
            await self._book.keep_scripts(role.identity, role.script_modules)
        else:
            await self._book.change(_kept(role))

    async def remove(self, role: Role) -> None:
        """Delete a role; its group and the people in it stay.

        Raises:
            ParlourError: AdminRoleNotFound.
        """
        await self._book.remove(role.identity)

    async def refresh(self) -> None:
        """Make the groups of standard roles that are missing, and forget cmdlets that there are no more."""
        await self._book.make_groups(role.identity for role in self._standard)
        for role in await self.all():
            known = tuple(name for name in role.cmdlets if name.lower() in self._cmdlets)
            if known != role.cmdlets:
                await self._book.change(_kept(role, known))

    async def protected(self) -> Protected:
        """Return what lies inside the groups of all roles."""
        return await self._book.protected([role.identity for role in await self.all()])

    def cmdlet(self, name: str) -> str | None:
        """Return how a cmdlet's name is spelt; None if there is none that a role could have."""
        found = self._cmdlets.get(name.strip().lower())
        return None if found is None else found.meta.name

    def granted(self, roles: Iterable[Role]) -> Grants:
        """Return what whoever has these roles may run. What no scope can hold back, a scoped role does not give."""
        found: dict[str, list[Reach]] = {}
        for role in roles:
            for name in map(str.lower, role.cmdlets):
                cmdlet = self._cmdlets.get(name)
                reach = None if cmdlet is None else role.reach(cmdlet.meta.acts_on)
                if reach is not None:
                    found.setdefault(name, []).append(reach)
        return {name: Reach.of_all(reaches) for name, reaches in found.items()}

    def everything(self) -> Grants:
        """Return what the local operator may run."""
        return dict.fromkeys(self._cmdlets, EVERYWHERE)

    def _role(self, kept: KeptRole) -> Role:
        return Role(kept.identity, f"{self._domain_sid}-{kept.number}", kept.cmdlets, kept.template,
                    kept.script_modules, kept.config_scopes, kept.user_scopes)


def standard_roles(cmdlets: Iterable[type[Cmdlet]], domain_sid: str) -> list[Role]:
    """Return the eleven standard roles.

    Args:
        cmdlets: every cmdlet there is.
        domain_sid: what the roles' security identifiers begin with.
    """
    published = sorted((cmdlet.meta for cmdlet in cmdlets if not cmdlet.meta.utility), key=lambda meta: meta.name)
    return [Role(name, f"{domain_sid}-{number}", tuple(
        meta.name for meta in published if name in (ADMINISTRATOR, *meta.roles))) for name, number in
        STANDARD_ROLES.items()]


def _with_scripts(role: Role, scripts: tuple[str, ...]) -> Role:
    return Role(role.identity, role.sid, role.cmdlets, script_modules=scripts)


def _kept(role: Role, cmdlets: tuple[str, ...] | None = None) -> KeptRole:
    return KeptRole(role.identity, role.template, role.cmdlets if cmdlets is None else cmdlets, role.script_modules,
                    role.config_scopes, role.user_scopes)
