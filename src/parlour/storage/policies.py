"""Policies, grants and configurations on SQL."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from parlour.chat.model import Person
from parlour.chat.policies import ChatConfiguration, ChatPolicy, ServiceBook
from parlour.chat.scopes import Scope, ScopeKind
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


class SqlServiceStore:
    """`parlour.chat.scoped.ServiceStore` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self) -> ServiceBook:
        """Return everything, as of one moment."""
        return await self._database.read(_book)

    async def add_policy(self, policy: ChatPolicy) -> None:
        """Keep a new policy."""
        await self._database.write(lambda connection: _add(
            connection, chat_policies, policy.identity, _policy_row(policy), POLICY_EXISTS))

    async def change_policy(self, policy: ChatPolicy) -> None:
        """Keep a policy in place of the one of its scope."""
        await self._database.write(lambda connection: _change(
            connection, chat_policies, policy.identity, _policy_row(policy), POLICY_NOT_FOUND))

    async def remove_policy(self, scope: Scope) -> None:
        """Delete a policy, and take it from everybody who has it: one made later under its name is another one."""
        def work(connection: Connection) -> None:
            name = _kept_name(connection, scope)
            connection.execute(delete(chat_policies).where(chat_policies.c.identity_key == scope.key))
            if scope.kind is ScopeKind.TAG:
                connection.execute(update(people).where(people.c.chat_policy == name).values(chat_policy=None))
        await self._database.write(work)

    async def grant(self, persons: Collection[Person], policy: Scope | None) -> None:
        """Give people a policy of their own, or take it away."""
        def work(connection: Connection) -> None:
            name = None if policy is None else _kept_name(connection, policy)
            change = update(people).where(people.c.id == bindparam("who")).values(chat_policy=name)
            connection.execute(change, [{"who": person.id} for person in persons])
        await self._database.write(work)

    async def add_configuration(self, configuration: ChatConfiguration) -> None:
        """Keep a new configuration."""
        await self._database.write(lambda connection: _add(
            connection, chat_configurations, configuration.identity, _configuration_row(configuration),
            CONFIGURATION_EXISTS))

    async def change_configuration(self, configuration: ChatConfiguration) -> None:
        """Keep a configuration in place of the one of its scope."""
        await self._database.write(lambda connection: _change(
            connection, chat_configurations, configuration.identity, _configuration_row(configuration),
            CONFIGURATION_NOT_FOUND))

    async def remove_configuration(self, scope: Scope) -> None:
        """Delete a configuration."""
        def work(connection: Connection) -> None:
            kept = chat_configurations.c.identity_key == scope.key
            if not connection.execute(delete(chat_configurations).where(kept)).rowcount:
                raise ParlourError(CONFIGURATION_NOT_FOUND, scope.shown, identity=scope.shown)
        await self._database.write(work)


def _book(connection: Connection) -> ServiceBook:
    policies = [_policy(row) for row in connection.execute(select(chat_policies))]
    configurations = [_configuration(row) for row in connection.execute(select(chat_configurations))]
    granted = connection.execute(select(people.c.id, people.c.chat_policy).where(people.c.chat_policy.is_not(None)))
    sites = connection.execute(select(pools.c.fqdn, pools.c.site).order_by(pools.c.service_id))
    return ServiceBook(
        policies={policy.identity.key: policy for policy in policies},
        configurations={configuration.identity.key: configuration for configuration in configurations},
        granted={row.id: row.chat_policy for row in granted},
        sites={row.fqdn: row.site for row in sites})


def _add(connection: Connection, table: Table, scope: Scope, row: dict[str, Any], taken: ErrorKind) -> None:
    if connection.execute(select(table.c.identity).where(table.c.identity_key == scope.key)).scalar() is not None:
        raise ParlourError(taken, scope.shown, identity=scope.shown)
    connection.execute(insert(table), {"identity_key": scope.key, "identity": str(scope), **row})


def _change(connection: Connection, table: Table, scope: Scope, row: dict[str, Any], absent: ErrorKind) -> None:
    if not connection.execute(update(table).where(table.c.identity_key == scope.key).values(row)).rowcount:
        raise ParlourError(absent, scope.shown, identity=scope.shown)


def _kept_name(connection: Connection, scope: Scope) -> str:
    """Return the name of a policy as it was spelt when it was made."""
    identity = connection.execute(
        select(chat_policies.c.identity).where(chat_policies.c.identity_key == scope.key)).scalar()
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
