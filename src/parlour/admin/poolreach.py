"""What a role for sites reaches: their pools, and what belongs to those. Every cmdlet that keeps to it asks here.

What lies elsewhere is, for such a role, as if it were not there: no list shows it, no name means it, and whoever names
it is told what he would be told of something that does not exist.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from parlour.admin.engine import Cmdlet, Reach
from parlour.chat.scoped import HasScope, Scoped
from parlour.chat.scopes import Scope, ScopeKind
from parlour.directory.topology import Topology
from parlour.errors import NAME_NEEDS_POOL, OUT_OF_REACH, POOL_UNKNOWN, SITE_UNKNOWN, ParlourError


class InPool(Protocol):
    """Something that belongs to a pool."""

    @property
    def pool(self) -> str:
        """FQDN of the pool, in lower case."""
        ...


P = TypeVar("P", bound=InPool)
V = TypeVar("V", bound=HasScope)


@dataclass(frozen=True, slots=True)
class PoolReach:
    """The pools that are reached.

    Attributes:
        pools: their FQDNs, in lower case; None for all pools, and the deployment as a whole.
        scopes: keys of the scopes of these pools and of their sites.
    """

    pools: tuple[str, ...] | None = None
    scopes: frozenset[str] = frozenset()

    def covers(self, fqdn: str) -> bool:
        """Say whether a pool is reached, by its FQDN in lower case."""
        return self.pools is None or fqdn in self.pools

    def covers_scope(self, scope: Scope) -> bool:
        """Say whether policies and configurations of a scope are reached: those of the pools, and of their sites."""
        return self.pools is None or scope.key in self.scopes

    def among(self, found: Iterable[P]) -> list[P]:
        """Return those of several things that belong to pools that are reached."""
        return [one for one in found if self.covers(one.pool)]

    def check(self, fqdn: str) -> None:
        """Make sure that a pool is reached, by its FQDN in lower case.

        Raises:
            ParlourError: PoolUnknown.
        """
        if not self.covers(fqdn):
            raise ParlourError(POOL_UNKNOWN, fqdn, fqdn=fqdn)

    def pool_for(self, wanted: str | None, what: str) -> str | None:
        """Return the pool in which something new is made: the one wanted, else the only one that is reached.

        Args:
            wanted: FQDN of the pool, as it was given.
            what: what is made, for the error.

        Returns:
            None if all pools are reached and none was given.

        Raises:
            ParlourError: PoolUnknown; NameNeedsPool if several are reached; OutOfScope if none is.
        """
        if self.pools is None:
            return wanted
        if wanted is not None:
            if wanted.lower() not in self.pools:
                raise ParlourError(POOL_UNKNOWN, wanted, fqdn=wanted)
            return wanted
        if not self.pools:
            raise no_pool(what)
        if len(self.pools) > 1:
            raise ParlourError(NAME_NEEDS_POOL, identity=what)
        return self.pools[0]


def no_pool(target: str) -> ParlourError:
    """Return what is said when something needs a pool, and none is reached."""
    return ParlourError(OUT_OF_REACH, target, what="any pool")


async def pools_of(reach: Reach, topology: Topology) -> PoolReach:
    """Return which pools lie in a reach, as the deployment is now."""
    if reach.sites is None:
        return PoolReach()
    sites = frozenset(Scope(ScopeKind.SITE, site).key for site in reach.sites)
    pools = tuple(pool.fqdn for pool in await topology.pools() if Scope(ScopeKind.SITE, pool.site).key in sites)
    return PoolReach(pools, sites | {Scope(ScopeKind.SERVICE, fqdn).key for fqdn in pools})


async def reached_by(cmdlet: Cmdlet) -> PoolReach:
    """Return which pools whoever runs a cmdlet may use it on."""
    return await pools_of(cmdlet.reach, cmdlet.service(Topology))


class Reached(Generic[V]):
    """One kind of policies or configurations, as far as they are reached.

    Args:
        kept: all of the kind.
        pools: the pools that are reached.
    """

    def __init__(self, kept: Scoped[V], pools: PoolReach) -> None:
        self._kept = kept
        self._pools = pools

    def all(self) -> list[V]:
        """Return every one that is reached (`Scoped.all`)."""
        return [one for one in self._kept.all() if self._pools.covers_scope(one.identity)]

    def find(self, scope: Scope) -> V | None:
        """Return the one of a scope, if there is one that is reached."""
        return self._kept.find(scope) if self._pools.covers_scope(scope) else None

    def at(self, scope: Scope) -> V:
        """Return the one of a scope.

        Raises:
            ParlourError: that of the kind for a scope that has none, also for one that is not reached.
        """
        found = self.find(scope)
        if found is None:
            raise ParlourError(self._kept.rules.absent, scope.shown, identity=scope.shown)
        return found

    def check_new(self, value: V) -> None:
        """Raise what `add` of the kind would raise, and what says that its scope is not reached.

        Raises:
            ParlourError: also SiteUnknown, PoolUnknown; OutOfScope for a scope of the whole deployment.
        """
        if not self._pools.covers_scope(value.identity):
            raise _out_of_reach(value.identity)
        self._kept.check_new(value)


def _out_of_reach(scope: Scope) -> ParlourError:
    """Return what is said of a scope: of a site or pool, that there is none."""
    match scope.kind:
        case ScopeKind.SITE:
            return ParlourError(SITE_UNKNOWN, str(scope), site=scope.name)
        case ScopeKind.SERVICE:
            return ParlourError(POOL_UNKNOWN, str(scope), fqdn=scope.name)
        case _:
            return ParlourError(OUT_OF_REACH, scope.shown, what=scope.shown)
