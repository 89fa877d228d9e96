"""Policies and configurations in memory: asked for with every command, so asking costs no input or output.

Whoever changes one does it here: it is stored, read anew, and acts before the change is acknowledged.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

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


class HasScope(Protocol):
    """A policy or configuration: it belongs to a scope."""

    @property
    def identity(self) -> Scope:
        """The scope."""
        ...


V = TypeVar("V", bound=HasScope)
V_contra = TypeVar("V_contra", bound=HasScope, contravariant=True)


class Shelf(Protocol[V_contra]):
    """One kind of policies or configurations as they are kept, at most one for a scope."""

    async def add(self, value: V_contra) -> None:
        """Keep a new one. Errors: the kind's own for a scope that has one."""
        ...

    async def change(self, value: V_contra) -> None:
        """Keep one in place of that of its scope; for Global, even if there is none. Errors: the kind's for none."""
        ...

    async def remove(self, scope: Scope) -> None:
        """Delete one. Errors: the kind's own for a scope that has none."""
        ...


class ServiceStore(Protocol):
    """Policies and configurations as they are kept. A policy that is removed is taken from whoever had it granted."""

    @property
    def policies(self) -> Shelf[ChatPolicy]:
        """The policies."""
        ...

    @property
    def configurations(self) -> Shelf[ChatConfiguration]:
        """The configurations."""
        ...

    async def book(self) -> ServiceBook:
        """Return everything, as of one moment."""
        ...

    async def grant(self, persons: Collection[Person], policy: Scope | None) -> None:
        """Give people a policy of their own, or take it away. Errors: ChatPolicyNotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Rules(Generic[V]):
    """What one kind of policies or configurations differs in from the others.

    Attributes:
        make: makes one from its scope and settings; those that are not given have their defaults.
        checked: returns it if it may be kept.
        taken: the error for a scope that has one already.
        absent: the error for a scope that has none.
    """

    make: Callable[..., V]
    checked: Callable[[V], V]
    taken: ErrorKind
    absent: ErrorKind


class Scoped(ABC, Generic[V]):
    """One kind of policies or configurations in memory: at most one for a scope, and always one for Global.

    Args:
        rules: what is particular about the kind.
        shelf: where they are kept.
    """

    def __init__(self, rules: Rules[V], shelf: Shelf[V]) -> None:
        self.rules = rules
        self._shelf = shelf
        self._changing = asyncio.Lock()
        self._listeners: list[Callable[[], Awaitable[None]]] = []

    @abstractmethod
    async def _read(self) -> None:
        """Read everything that is kept."""

    @abstractmethod
    def _kept(self) -> Mapping[str, V]:
        """Return what was read, by the key of the scope."""

    @abstractmethod
    def _sites(self) -> Mapping[str, str]:
        """Return the site of each pool that was read."""

    def on_changed(self, call: Callable[[], Awaitable[None]]) -> None:
        """Have `call` called after each change; the change is acknowledged after that."""
        self._listeners.append(call)

    async def load(self) -> None:
        """Read everything anew; what is different acts at once. Called at the start, and when pools have changed."""
        async with self._changing:
            await self._reload()

    def all(self) -> list[V]:
        """Return every one: the global one, then those of each kind of scope; each by name."""
        values = ({GLOBAL.key: self.rules.make()} | dict(self._kept())).values()
        return sorted(values, key=lambda value: (_ORDER.index(value.identity.kind), value.identity.key))

    def find(self, scope: Scope) -> V | None:
        """Return the one of a scope, if there is one."""
        return self._kept().get(scope.key, self.rules.make() if scope == GLOBAL else None)

    def at(self, scope: Scope) -> V:
        """Return the one of a scope.

        Raises:
            ParlourError: that of the kind for a scope that has none.
        """
        found = self.find(scope)
        if found is None:
            raise ParlourError(self.rules.absent, scope.shown, identity=scope.shown)
        return found

    def check_new(self, value: V) -> None:
        """Raise what `add` would raise."""
        scope = value.identity
        self.rules.checked(value)
        self._check_target(scope)
        if self.find(scope) is not None:
            raise ParlourError(self.rules.taken, scope.shown, identity=scope.shown)

    async def add(self, value: V) -> None:
        """Make one; it holds at once.

        Raises:
            ParlourError: SettingInvalid, SiteUnknown, PoolUnknown, or that of the kind for a scope that has one.
        """
        self.check_new(value)
        await self._change(self._shelf.add(value))

    async def change(self, value: V) -> None:
        """Change one; it holds at once.

        Raises:
            ParlourError: SettingInvalid, or that of the kind for a scope that has none.
        """
        await self._change(self._shelf.change(self.rules.checked(value)))

    async def remove(self, scope: Scope) -> None:
        """Delete one; the global one only gets its defaults back.

        Raises:
            ParlourError: that of the kind for a scope that has none.
        """
        if scope == GLOBAL:
            await self.change(self.rules.make())
        else:
            await self._change(self._shelf.remove(scope))

    async def _change(self, write: Awaitable[None]) -> None:
        async with self._changing:  # what was read before another change must not come after it
            await write
            await self._reload()

    async def _reload(self) -> None:
        await self._read()
        for call in self._listeners:
            await call()

    def _check_target(self, scope: Scope) -> None:
        """Make sure that the site or pool exists."""
        sites = self._sites()
        if scope.kind is ScopeKind.SITE and scope.key not in {Scope(ScopeKind.SITE, at).key for at in sites.values()}:
            raise ParlourError(SITE_UNKNOWN, str(scope), site=scope.name)
        if scope.kind is ScopeKind.SERVICE and scope.name not in sites:
            raise ParlourError(POOL_UNKNOWN, str(scope), fqdn=scope.name)


class _Service(Scoped[V]):
    """What policies and configurations have in common: a book with both of them."""

    def __init__(self, rules: Rules[V], shelf: Shelf[V], store: ServiceStore) -> None:
        super().__init__(rules, shelf)
        self._store = store
        self._book = ServiceBook()

    async def _read(self) -> None:
        self._book = await self._store.book()

    def _sites(self) -> Mapping[str, str]:
        return self._book.sites


class Policies(_Service[ChatPolicy]):
    """Who may use Persistent Chat. Who may not any more leaves every room at once."""

    def __init__(self, store: ServiceStore) -> None:
        super().__init__(Rules(ChatPolicy, checked_policy, POLICY_EXISTS, POLICY_NOT_FOUND), store.policies, store)

    def _kept(self) -> Mapping[str, ChatPolicy]:
        return self._book.policies

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

    def holders(self, scope: Scope) -> int:
        """Return to how many people a policy is granted."""
        return sum(Scope(ScopeKind.TAG, name).key == scope.key for name in self._book.granted.values())

    async def grant(self, people: Collection[Person], policy: Scope | None) -> None:
        """Give people a policy of their own; without one, that of their site or the global one holds again.

        Raises:
            ParlourError: ChatPolicyNotFound.
        """
        await self._change(self._store.grant(people, policy))


class Configurations(_Service[ChatConfiguration]):
    """How the service behaves."""

    def __init__(self, store: ServiceStore) -> None:
        rules = Rules(ChatConfiguration, checked_configuration, CONFIGURATION_EXISTS, CONFIGURATION_NOT_FOUND)
        super().__init__(rules, store.configurations, store)

    def _kept(self) -> Mapping[str, ChatConfiguration]:
        return self._book.configurations

    def of_pool(self, pool: str) -> ChatConfiguration:
        """Return the configuration that holds for a pool, by its FQDN in lower case."""
        return configuration_of(self._book, pool)

    def home(self) -> ChatConfiguration:
        """Return the configuration that holds for the pool where people are at home."""
        return configuration_of(self._book, self._book.home)
