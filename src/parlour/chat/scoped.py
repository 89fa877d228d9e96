"""Policies and configurations in memory: asked for with every command, so asking costs no input or output.

Whoever changes one does it here: it is stored, read anew, and acts before the change is acknowledged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol, TypeVar

from parlour.chat.model import Person
from parlour.chat.policies import (
    ChatConfiguration,
    ChatPolicy,
    ServiceBook,
    checked_configuration,
    checked_policy,
    configuration_of,
    policy_of,
)
from parlour.chat.scopes import GLOBAL, Scope, ScopeKind
from parlour.errors import (
    CHAT_NOT_ENABLED,
    CONFIGURATION_EXISTS,
    CONFIGURATION_NOT_FOUND,
    POLICY_EXISTS,
    POLICY_NOT_FOUND,
    POOL_UNKNOWN,
    SITE_UNKNOWN,
    ErrorKind,
    ParlourError,
)

_ORDER = list(ScopeKind)
V = TypeVar("V", ChatPolicy, ChatConfiguration)


class ServiceStore(Protocol):
    """Policies and configurations as they are kept."""

    async def book(self) -> ServiceBook:
        """Return everything, as of one moment."""
        ...

    async def add_policy(self, policy: ChatPolicy) -> None:
        """Keep a new policy. Errors: ChatPolicyExists."""
        ...

    async def change_policy(self, policy: ChatPolicy) -> None:
        """Keep a policy in place of the one of its scope. Errors: ChatPolicyNotFound."""
        ...

    async def remove_policy(self, scope: Scope) -> None:
        """Delete a policy; whoever had it granted has none of his own then. Errors: ChatPolicyNotFound."""
        ...

    async def grant(self, persons: Collection[Person], policy: Scope | None) -> None:
        """Give people a policy of their own, or take it away. Errors: ChatPolicyNotFound."""
        ...

    async def add_configuration(self, configuration: ChatConfiguration) -> None:
        """Keep a new configuration. Errors: ChatConfigurationExists."""
        ...

    async def change_configuration(self, configuration: ChatConfiguration) -> None:
        """Keep a configuration in place of the one of its scope. Errors: ChatConfigurationNotFound."""
        ...

    async def remove_configuration(self, scope: Scope) -> None:
        """Delete a configuration. Errors: ChatConfigurationNotFound."""
        ...


class _Kept:
    """What both services have in common: the book in memory, and one change after the other.

    Args:
        store: where everything is kept.
    """

    def __init__(self, store: ServiceStore) -> None:
        self._store = store
        self._book = ServiceBook()
        self._changing = asyncio.Lock()
        self._listeners: list[Callable[[], Awaitable[None]]] = []

    def on_changed(self, call: Callable[[], Awaitable[None]]) -> None:
        """Have `call` called after each change; the change is acknowledged after that."""
        self._listeners.append(call)

    async def load(self) -> None:
        """Read everything anew; what is different acts at once. Called at the start, and when sites have changed."""
        async with self._changing:
            await self._reload()

    async def _change(self, write: Awaitable[None]) -> None:
        async with self._changing:  # a book that was read before another change must not come after it
            await write
            await self._reload()

    async def _reload(self) -> None:
        self._book = await self._store.book()
        for call in self._listeners:
            await call()

    def _check_target(self, scope: Scope) -> None:
        """Make sure that the site or pool exists."""
        sites = self._book.sites
        if scope.kind is ScopeKind.SITE and scope.key not in {Scope(ScopeKind.SITE, at).key for at in sites.values()}:
            raise ParlourError(SITE_UNKNOWN, str(scope), site=scope.name)
        if scope.kind is ScopeKind.SERVICE and scope.name not in sites:
            raise ParlourError(POOL_UNKNOWN, str(scope), fqdn=scope.name)


class Policies(_Kept):
    """Who may use Persistent Chat."""

    def of(self, person: Person) -> ChatPolicy:
        """Return the policy that holds for a person."""
        return policy_of(self._book, person.id)

    def check(self, person: Person) -> None:
        """Make sure that a person may use Persistent Chat at all.

        Raises:
            ParlourError: ChatNotEnabled.
        """
        if not self.of(person).enabled:
            raise ParlourError(CHAT_NOT_ENABLED, str(person.address))

    def granted(self, person: Person) -> str | None:
        """Return the name of the policy that a person was granted himself."""
        return self._book.granted.get(person.id)

    def all(self) -> list[ChatPolicy]:
        """Return every policy: the global one, those of sites, those for people; each by name."""
        return _ordered(self._book.policies)

    def find(self, scope: Scope) -> ChatPolicy | None:
        """Return the policy of a scope, if there is one."""
        return self._book.policies.get(scope.key)

    def at(self, scope: Scope) -> ChatPolicy:
        """Return the policy of a scope.

        Raises:
            ParlourError: ChatPolicyNotFound.
        """
        return _at(self._book.policies, scope, POLICY_NOT_FOUND)

    def holders(self, scope: Scope) -> int:
        """Return to how many people a policy is granted."""
        return sum(Scope(ScopeKind.TAG, name).key == scope.key for name in self._book.granted.values())

    def check_new(self, policy: ChatPolicy) -> None:
        """Raise what `add` would raise."""
        checked_policy(policy)
        self._check_target(policy.identity)
        if policy.identity.key in self._book.policies:
            raise ParlourError(POLICY_EXISTS, policy.identity.shown, identity=policy.identity.shown)

    async def add(self, policy: ChatPolicy) -> None:
        """Make a policy; it holds at once.

        Raises:
            ParlourError: SettingInvalid, SiteUnknown, ChatPolicyExists.
        """
        self.check_new(policy)
        await self._change(self._store.add_policy(policy))

    async def change(self, policy: ChatPolicy) -> None:
        """Change a policy; who may not use Persistent Chat any more leaves every room at once.

        Raises:
            ParlourError: SettingInvalid, ChatPolicyNotFound.
        """
        await self._change(self._store.change_policy(checked_policy(policy)))

    async def remove(self, scope: Scope) -> None:
        """Delete a policy; the global one only gets its defaults back.

        Raises:
            ParlourError: ChatPolicyNotFound.
        """
        if scope == GLOBAL:
            await self.change(ChatPolicy())
        else:
            await self._change(self._store.remove_policy(scope))

    async def grant(self, people: Collection[Person], policy: Scope | None) -> None:
        """Give people a policy of their own; without one, that of their site or the global one holds again.

        Raises:
            ParlourError: ChatPolicyNotFound.
        """
        await self._change(self._store.grant(people, policy))


class Configurations(_Kept):
    """How the service behaves."""

    def of_pool(self, pool: str) -> ChatConfiguration:
        """Return the configuration that holds for a pool, by its FQDN in lower case."""
        return configuration_of(self._book, pool)

    def home(self) -> ChatConfiguration:
        """Return the configuration that holds for the pool where people are at home."""
        return configuration_of(self._book, self._book.home)

    def all(self) -> list[ChatConfiguration]:
        """Return every configuration: the global one, those of sites, those of services; each by name."""
        return _ordered(self._book.configurations)

    def find(self, scope: Scope) -> ChatConfiguration | None:
        """Return the configuration of a scope, if there is one."""
        return self._book.configurations.get(scope.key)

    def at(self, scope: Scope) -> ChatConfiguration:
        """Return the configuration of a scope.

        Raises:
            ParlourError: ChatConfigurationNotFound.
        """
        return _at(self._book.configurations, scope, CONFIGURATION_NOT_FOUND)

    def check_new(self, configuration: ChatConfiguration) -> None:
        """Raise what `add` would raise."""
        scope = configuration.identity
        checked_configuration(configuration)
        self._check_target(scope)
        if scope.key in self._book.configurations:
            raise ParlourError(CONFIGURATION_EXISTS, scope.shown, identity=scope.shown)

    async def add(self, configuration: ChatConfiguration) -> None:
        """Make a configuration; it holds at once.

        Raises:
            ParlourError: SettingInvalid, SiteUnknown, PoolUnknown, ChatConfigurationExists.
        """
        self.check_new(configuration)
        await self._change(self._store.add_configuration(configuration))

    async def change(self, configuration: ChatConfiguration) -> None:
        """Change a configuration; it holds at once.

        Raises:
            ParlourError: SettingInvalid, ChatConfigurationNotFound.
        """
        await self._change(self._store.change_configuration(checked_configuration(configuration)))

    async def remove(self, scope: Scope) -> None:
        """Delete a configuration; the global one only gets its defaults back.

        Raises:
            ParlourError: ChatConfigurationNotFound.
        """
        if scope == GLOBAL:
            await self.change(ChatConfiguration())
        else:
            await self._change(self._store.remove_configuration(scope))


def _ordered(kept: Mapping[str, V]) -> list[V]:
    return sorted(kept.values(), key=lambda value: (_ORDER.index(value.identity.kind), value.identity.key))


def _at(kept: Mapping[str, V], scope: Scope, absent: ErrorKind) -> V:
    found = kept.get(scope.key)
    if found is None:
        raise ParlourError(absent, scope.shown, identity=scope.shown)
    return found
