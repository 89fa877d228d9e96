"""Policies, grants and configurations on SQL."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from parlour.chat.model import Person
from parlour.chat.policies import ChatConfiguration, ChatPolicy, ServiceBook
from parlour.chat.scoped import HasScope, Shelf
from parlour.chat.scopes import GLOBAL, Scope, ScopeKind
from parlour.errors import (
    CONFIGURATION_EXISTS,
    CONFIGURATION_NOT_FOUND,
    POLICY_EXISTS,
    POLICY_NOT_FOUND,
    ErrorKind,
    ParlourError,
)
from parlour.storage.database import Database
from parlour.storage.schema import chat_configurations, chat_policies, people, pools

V = TypeVar("V", bound=HasScope)
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows(Generic[V]):
    """How one kind of policies or configurations stands in a table.

    Attributes:
        table: with an identity, its key, and a column for each setting.
        row: returns the settings of one by column.
        read: returns the one that stands in a row.
        taken: the error for a scope that has one already.
        absent: the error for a scope that has none.
    """

    table: Table
    row: Callable[[V], Values]
    read: Callable[[Row[Any]], V]
    taken: ErrorKind
    absent: ErrorKind

    def all(self, connection: Connection) -> dict[str, V]:
        """Return every one, by the key of its scope."""
        found = [self.read(row) for row in connection.execute(select(self.table))]
        return {value.identity.key: value for value in found}

    def name(self, connection: Connection, scope: Scope) -> str | None:
        """Return the identity of a scope as it was spelt when it was made, if there is one."""
        query = select(self.table.c.identity).where(self.table.c.identity_key == scope.key)
        return connection.execute(query).scalar()

    def add(self, connection: Connection, value: V) -> None:
        """Keep a new one."""
        scope = value.identity
        if self.name(connection, scope) is not None:
            raise ParlourError(self.taken, scope.shown, identity=scope.shown)
        connection.execute(
            insert(self.table), {"identity_key": scope.key, "identity": str(scope), **self.row(value)})

    def change(self, connection: Connection, value: V) -> None:
        """Keep one in place of that of its scope; there is always one for Global."""
        scope = value.identity
        change = update(self.table).where(self.table.c.identity_key == scope.key).values(self.row(value))
        if connection.execute(change).rowcount:
            return
        if scope != GLOBAL:
            raise ParlourError(self.absent, scope.shown, identity=scope.shown)
        self.add(connection, value)

    def remove(self, connection: Connection, scope: Scope) -> None:
        """Delete one."""
        if not connection.execute(delete(self.table).where(self.table.c.identity_key == scope.key)).rowcount:
            raise ParlourError(self.absent, scope.shown, identity=scope.shown)


class SqlShelf(Generic[V]):
    """`parlour.chat.scoped.Shelf` on a `Database`."""

    def __init__(self, database: Database, rows: Rows[V]) -> None:
        self._database = database
        self._rows = rows

    async def add(self, value: V) -> None:
        """Keep a new one."""
        await self._database.write(lambda connection: self._rows.add(connection, value))

    async def change(self, value: V) -> None:
        """Keep one in place of that of its scope."""
        await self._database.write(lambda connection: self._rows.change(connection, value))

    async def remove(self, scope: Scope) -> None:
        """Delete one."""
        await self._database.write(lambda connection: self._rows.remove(connection, scope))


class _SqlPolicies(SqlShelf[ChatPolicy]):
    """Policies, which people may have been granted."""

    async def remove(self, scope: Scope) -> None:
        """Delete a policy, and take it from everybody who has it: one made later under its name is another one."""
        def work(connection: Connection) -> None:
            name = _kept_name(connection, scope)
            _POLICIES.remove(connection, scope)
            if scope.kind is ScopeKind.TAG:
                connection.execute(update(people).where(people.c.chat_policy == name).values(chat_policy=None))
        await self._database.write(work)


class SqlServiceStore:
    """`parlour.chat.scoped.ServiceStore` on a `Database`.

    Attributes:
        policies: the policies.
        configurations: the configurations.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.policies: Shelf[ChatPolicy] = _SqlPolicies(database, _POLICIES)
        self.configurations: Shelf[ChatConfiguration] = SqlShelf(database, _CONFIGURATIONS)

    async def book(self) -> ServiceBook:
        """Return everything, as of one moment."""
        return await self._database.read(_book)

    async def grant(self, persons: Collection[Person], policy: Scope | None) -> None:
        """Give people a policy of their own, or take it away."""
        def work(connection: Connection) -> None:
            name = None if policy is None else _kept_name(connection, policy)
            change = update(people).where(people.c.id == bindparam("who")).values(chat_policy=name)
            connection.execute(change, [{"who": person.id} for person in persons])
        await self._database.write(work)


def _book(connection: Connection) -> ServiceBook:
    granted = connection.execute(select(people.c.id, people.c.chat_policy).where(people.c.chat_policy.is_not(None)))
    return ServiceBook(
        policies=_POLICIES.all(connection), configurations=_CONFIGURATIONS.all(connection),
        granted={row.id: row.chat_policy for row in granted}, sites=sites_of_pools(connection))


def sites_of_pools(connection: Connection) -> dict[str, str]:
    """Return the site of each pool by its FQDN, the first pool first."""
    rows = connection.execute(select(pools.c.fqdn, pools.c.site).order_by(pools.c.service_id))
    return {row.fqdn: row.site for row in rows}


def _kept_name(connection: Connection, scope: Scope) -> str:
    """Return the name of a policy as it was spelt when it was made."""
    identity = _POLICIES.name(connection, scope)
    if identity is None:
        raise ParlourError(POLICY_NOT_FOUND, scope.shown, identity=scope.shown)
    return Scope.read(identity).name


def _policy_row(policy: ChatPolicy) -> dict[str, Any]:
    return {"enabled": policy.enabled, "description": policy.description}


def _policy(row: Row[Any]) -> ChatPolicy:
    return ChatPolicy(Scope.read(row.identity), row.enabled, row.description)


def _configuration_row(configuration: ChatConfiguration) -> dict[str, Any]:
    return {"default_chat_history": configuration.default_chat_history,
            "max_file_size_kb": configuration.max_file_size_kb,
            "participant_update_limit": configuration.participant_update_limit,
            "room_management_url": configuration.room_management_url}


def _configuration(row: Row[Any]) -> ChatConfiguration:
    return ChatConfiguration(
        Scope.read(row.identity), row.default_chat_history, row.max_file_size_kb, row.participant_update_limit,
        row.room_management_url)


_POLICIES = Rows(chat_policies, _policy_row, _policy, POLICY_EXISTS, POLICY_NOT_FOUND)
_CONFIGURATIONS = Rows(
    chat_configurations, _configuration_row, _configuration, CONFIGURATION_EXISTS, CONFIGURATION_NOT_FOUND)
