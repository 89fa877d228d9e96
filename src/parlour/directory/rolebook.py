"""Administrative roles as they are kept: those that administrators made, and who is in the groups of all.

A role belongs to the group of its name: whoever is in the group, by whatever way, has the role
(reference/cmdlets.md section 4).
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from parlour.addresses import DistinguishedName
from parlour.chat.model import Person
from parlour.chat.principals import Principal, PrincipalKind
from parlour.directory.belonging import affiliations_of
from parlour.directory.principals import add_principal, to_principal, within
from parlour.errors import ROLE_EXISTS, ROLE_GROUP_MISSING, ROLE_NOT_FOUND, ParlourError
from parlour.storage.database import Database
from parlour.storage.schema import admin_roles, principals

GROUPS = "OU=Groups"
_LISTS = ("cmdlets", "script_modules", "config_scopes", "user_scopes")


@dataclass(frozen=True, slots=True)
class KeptRole:
    """A role that an administrator made; of a standard role, only the script modules.

    Attributes:
        identity: name of the role and of its group.
        template: the standard role it was made from; empty for a standard role itself.
        cmdlets: names of the cmdlets it may run.
        script_modules: scripts that belong to it.
        config_scopes: ``Global`` or ``site:NAME``.
        user_scopes: ``Global`` or ``OU:DISTINGUISHED NAME``.
        number: last part of its security identifier; given when it is kept.
    """

    identity: str
    template: str
    cmdlets: tuple[str, ...]
    script_modules: tuple[str, ...] = ()
    config_scopes: tuple[str, ...] = ()
    user_scopes: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Protected:
    """What lies inside the groups of roles: whoever could change it could give himself a role.

    Attributes:
        principals: numbers of groups, people, containers and domains.
        places: names of the containers and domains among them.
    """

    principals: frozenset[int]
    places: tuple[DistinguishedName, ...]

    def covers(self, place: DistinguishedName) -> bool:
        """Say whether whoever lies at `place` has a role."""
        return any(place.is_within(inner) for inner in self.places)


class RoleBook:
    """Roles as they are kept.

    Args:
        database: where.
        forest: the directory's root.
    """

    def __init__(self, database: Database, forest: str) -> None:
        self._database = database
        self._forest = forest

    def group_key(self, role: str) -> str:
        """Return the key of the group that a role belongs to."""
        return group_name(role, self._forest).lower()

    async def all(self) -> list[KeptRole]:
        """Return every role that is kept, by name."""
        rows = await self._database.read(lambda connection: connection.execute(
            select(admin_roles).order_by(admin_roles.c.identity_key)).all())
        return [_kept(row) for row in rows]

    async def group(self, role: str) -> Principal | None:
        """Return the group of a role's name, if there is one."""
        return await self._database.read(lambda connection: self._group(connection, role))

    def _group(self, connection: Connection, role: str) -> Principal | None:
        row = connection.execute(select(principals).where(
            principals.c.key == self.group_key(role), principals.c.kind == PrincipalKind.GROUP.value)).one_or_none()
        return None if row is None else to_principal(row)

    async def check_new(self, identity: str, standard: Collection[str]) -> str:
        """Raise what `add` would raise of a name; returns the name as its group has it.

        Args:
            identity: the name.
            standard: names of the standard roles, which are there without being kept.
        """
        def work(connection: Connection) -> str:
            taken = {name.lower() for name in standard}
            return self._check_new(connection, identity, taken).display_name
        return await self._database.read(work)

    def _check_new(self, connection: Connection, identity: str, taken: Collection[str] = ()) -> Principal:
        at = select(admin_roles.c.identity_key).where(admin_roles.c.identity_key == identity.lower())
        if identity.lower() in taken or connection.execute(at).first() is not None:
            raise ParlourError(ROLE_EXISTS, identity, identity=identity)
        group = self._group(connection, identity)
        if group is None:
            raise ParlourError(ROLE_GROUP_MISSING, identity, identity=identity)
        return group

    async def add(self, role: KeptRole, *, first_number: int) -> KeptRole:
        """Keep a new role.

        Raises:
            ParlourError: AdminRoleExists, AdminRoleGroupMissing.
        """
        def work(connection: Connection) -> KeptRole:
            group = self._check_new(connection, role.identity)
            # the group's own number makes the role's: groups never share one, not even one after the other
            values = {"identity_key": role.identity.lower(), "identity": group.display_name,
                      "number": first_number + group.id, "template": role.template, **_lists(role)}
            return _kept(connection.execute(insert(admin_roles).returning(admin_roles), values).one())
        return await self._database.write(work)

    async def change(self, role: KeptRole) -> None:
        """Keep a role in place of the one of its name.

        Raises:
            ParlourError: AdminRoleNotFound.
        """
        def work(connection: Connection) -> None:
            change = update(admin_roles).where(admin_roles.c.identity_key == role.identity.lower())
            if not connection.execute(change.values(_lists(role))).rowcount:
                raise ParlourError(ROLE_NOT_FOUND, role.identity, identity=role.identity)
        await self._database.write(work)

    async def keep_scripts(self, standard: str, scripts: Collection[str]) -> None:
        """Keep the script modules of a standard role; nothing else of it is kept."""
        def work(connection: Connection) -> None:
            connection.execute(delete(admin_roles).where(admin_roles.c.identity_key == standard.lower()))
            group = self._group(connection, standard)
            if scripts and group is not None:
                role = KeptRole(standard, "", (), tuple(scripts))
                connection.execute(insert(admin_roles), {
                    "identity_key": standard.lower(), "identity": standard, "number": group.id, "template": "",
                    **_lists(role)})
        await self._database.write(work)

    async def remove(self, identity: str) -> None:
        """Delete a role; its group and the people in it stay.

        Raises:
            ParlourError: AdminRoleNotFound.
        """
        def work(connection: Connection) -> None:
            gone = delete(admin_roles).where(admin_roles.c.identity_key == identity.lower())
            if not connection.execute(gone).rowcount:
                raise ParlourError(ROLE_NOT_FOUND, identity, identity=identity)
        await self._database.write(work)

    async def make_groups(self, roles: Iterable[str]) -> None:
        """Make the groups of these roles as far as they are missing."""
        await self._database.write(lambda connection: make_role_groups(connection, roles, self._forest))

    async def groups_of(self, person: Person) -> set[str]:
        """Return the keys of all groups, containers and domains that a person is in."""
        def work(connection: Connection) -> set[str]:
            found = affiliations_of(connection, [person])[person]
            return {path[-1].lower() for path in found.values()}
        return await self._database.read(work)

    async def protected(self, roles: Collection[str]) -> Protected:
        """Return what lies inside the groups of these roles, at any depth; the groups themselves as well."""
        keys = [self.group_key(role) for role in roles]

        def work(connection: Connection) -> Protected:
            start = set(connection.execute(select(principals.c.id).where(principals.c.key.in_(keys))).scalars())
            inside = within(connection, start)
            places = connection.execute(select(principals.c.id, principals.c.name).where(
                principals.c.kind.in_((PrincipalKind.CONTAINER.value, PrincipalKind.DOMAIN.value)))).all()
            return Protected(frozenset(inside), tuple(
                DistinguishedName.parse(row.name) for row in places if row.id in inside))
        return await self._database.read(work)


def group_name(role: str, forest: str) -> str:
    """Return the distinguished name of the group that a role belongs to."""
    return str(DistinguishedName((("CN", role), *DistinguishedName.parse(f"{GROUPS},{forest}").parts)))


def make_role_groups(connection: Connection, roles: Iterable[str], forest: str) -> None:
    """Make the groups of these roles as far as they are missing."""
    for role in roles:
        name = group_name(role, forest)
        if connection.execute(select(principals.c.id).where(principals.c.key == name.lower())).scalar() is None:
            add_principal(connection, PrincipalKind.GROUP, name, role)


def _lists(role: KeptRole) -> dict[str, str]:
    return {name: json.dumps(getattr(role, name), ensure_ascii=False) for name in _LISTS}


def _kept(row: Row[Any]) -> KeptRole:
    lists = {name: tuple(json.loads(getattr(row, name))) for name in _LISTS}
    return KeptRole(identity=row.identity, template=row.template, number=row.number, **lists)
