"""Groups of the built-in directory: people and groups under one name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from parlour.addresses import DistinguishedName
from parlour.chat.principals import Principal, PrincipalKind
from parlour.directory.displaynames import checked_display_name
from parlour.directory.principals import add_principal, resolve, to_principal
from parlour.errors import GROUP_EXISTS, PRINCIPAL_NOT_FOUND, ParlourError
from parlour.storage.database import Database
from parlour.storage.lists import named_principals
from parlour.storage.schema import group_members, principals

_CONTAINER = "OU=Groups"


@dataclass(frozen=True, slots=True)
class Group:
    """A group and who is in it directly, by their names."""

    principal: Principal
    members: tuple[str, ...]


class Groups:
    """The groups as they are kept.

    Args:
        database: where.
        forest: the directory's root.
    """

    def __init__(self, database: Database, forest: str) -> None:
        self._database = database
        self._forest = DistinguishedName.parse(forest)

    async def all(self) -> list[Group]:
        """Return every group, by name."""
        query = select(principals).where(principals.c.kind == PrincipalKind.GROUP.value).order_by(principals.c.key)
        return await self._database.read(
            lambda connection: [_group(connection, row) for row in connection.execute(query).all()])

    async def find(self, identity: str) -> Group:
        """Find the group with this name or distinguished name.

        Raises:
            ParlourError: PrincipalNotProvisioned.
        """
        wanted = identity.lower()
        for group in await self.all():
            if wanted in (group.principal.name.lower(), group.principal.display_name.lower()):
                return group
        raise ParlourError(PRINCIPAL_NOT_FOUND, identity, name=identity)

    async def add(self, name: str) -> Group:
        """Make an empty group.

        Raises:
            ParlourError: DisplayNameInvalid, GroupExists.
        """
        checked_display_name(name)
        full = str(DistinguishedName((("CN", name), *DistinguishedName.parse(f"{_CONTAINER},{self._forest}").parts)))

        def work(connection: Connection) -> Group:
            if connection.execute(select(principals.c.id).where(principals.c.key == full.lower())).scalar() is not None:
                raise ParlourError(GROUP_EXISTS, name, name=name)
            return Group(add_principal(connection, PrincipalKind.GROUP, full, name), ())
        return await self._database.write(work)

    async def set_members(self, group: Group, names: Sequence[str]) -> None:
        """Have these in the group, and nobody else.

        Raises:
            ParlourError: PrincipalNotProvisioned.
        """
        number = group.principal.id

        def work(connection: Connection) -> None:
            if connection.execute(select(principals.c.id).where(principals.c.id == number)).scalar() is None:
                raise ParlourError(PRINCIPAL_NOT_FOUND, group.principal.name, name=group.principal.name)
            members = {resolve(connection, name, self._forest).id for name in names}
            connection.execute(delete(group_members).where(group_members.c.group_id == group.principal.id))
            if members:
                connection.execute(insert(group_members), [
                    {"group_id": group.principal.id, "member_id": member} for member in members])
        await self._database.write(work)

    async def remove(self, group: Group) -> None:
        """Delete a group; it vanishes from every list it stands in."""
        await self._database.write(lambda connection: connection.execute(
            delete(principals).where(principals.c.id == group.principal.id)))


def _group(connection: Connection, row: Row[Any]) -> Group:
    members = select(group_members.c.member_id).where(group_members.c.group_id == row.id)
    return Group(to_principal(row), tuple(sorted(found.name for found in named_principals(connection, members))))
