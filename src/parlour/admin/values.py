"""What there is in a deployment, by the names that parameters take: for completion.

A value is told to nobody who could not list it: each kind names the cmdlet that shows it, and a session that may not
run that cmdlet is told nothing. Where there may be many, the database looks for those that begin as typed.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from parlour.admin.engine import Session
from parlour.admin.engine.reach import Reach
from parlour.admin.poolreach import PoolReach, Reached, pools_of
from parlour.admin.roles import Roles
from parlour.bots.service import Hooks
from parlour.chat.core import Core
from parlour.chat.policies import ChatPolicy
from parlour.chat.scoped import HasScope
from parlour.chat.scopes import GLOBAL, Scope, ScopeKind
from parlour.directory.bots import Bots
from parlour.directory.contacts import Contacts
from parlour.directory.people import People
from parlour.directory.topology import Pool, Topology
from parlour.storage.names import NameIndex


class Values(StrEnum):
    """What the values of a parameter are the names of."""

    ADDIN = "add-in"
    BOT = "bot"
    CATEGORY = "category"
    CONTAINER = "container"
    ENDPOINT = "endpoint"
    GROUP = "group"
    HOOK = "hook"
    PERSON = "person"
    POLICY = "policy"
    POLICY_FOR_PEOPLE = "policy for people"
    POOL = "pool"
    ROLE = "role"
    ROOM = "room"
    SCOPE = "scope of configurations"
    SERVICE = "service"
    SIP_DOMAIN = "SIP domain"
    SITE = "site"


PRINCIPALS = (Values.PERSON, Values.GROUP, Values.CONTAINER)
"""Who may stand in the lists of rooms, categories and groups."""


@dataclass(frozen=True, slots=True)
class _Query:
    """What is looked for.

    Attributes:
        session: for whom.
        reach: whom he may see.
        prefix: what was typed so far.
        limit: at most so many.
    """

    session: Session
    reach: Reach
    prefix: str
    limit: int

    async def pools(self) -> PoolReach:
        """Return the pools that he may see."""
        return await pools_of(self.reach, self.session.service(Topology))

    async def topology(self) -> list[Pool]:
        """Return those pools with their sites."""
        reach = await self.pools()
        return [pool for pool in await self.session.service(Topology).pools() if reach.covers(pool.fqdn)]

    def chosen(self, names: Iterable[str]) -> list[str]:
        """Return the first of these names that begin as wanted."""
        wanted = self.prefix.casefold()
        return sorted(name for name in names if name.casefold().startswith(wanted))[:self.limit]


_Find = Callable[[_Query], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One kind of values.

    Attributes:
        shown_by: the cmdlet that lists them.
        find: finds them.
    """

    shown_by: str
    find: _Find


class DeploymentValues:
    """`parlour.admin.engine.values.ValueSource` of a deployment."""

    async def starting(self, session: Session, kind: StrEnum, prefix: str, limit: int) -> list[str]:
        """Return the first values of a kind that begin so, without letter case."""
        shelf = _SHELVES[Values(kind)]
        if not session.allowed(shelf.shown_by):
            return []
        return await shelf.find(_Query(session, session.reach(shelf.shown_by), prefix, limit))


# -- few enough to read all


async def _pools(query: _Query) -> list[str]:
    return query.chosen(pool.fqdn for pool in await query.topology())


async def _services(query: _Query) -> list[str]:
    return query.chosen(f"PersistentChatServer:{pool.fqdn}" for pool in await query.topology())


async def _sites(query: _Query) -> list[str]:
    return query.chosen({pool.site for pool in await query.topology()})


async def _bots(query: _Query) -> list[str]:
    return query.chosen(str(bot.person.address) for bot in await query.session.service(Bots).all())


async def _hooks(query: _Query) -> list[str]:
    covers = (await query.pools()).covers
    return query.chosen({hook.name for hook in await query.session.service(Hooks).all() if covers(hook.pool)})


async def _sip_domains(query: _Query) -> list[str]:
    return query.chosen(domain.name for domain in await query.session.service(Topology).domains())


async def _endpoints(query: _Query) -> list[str]:
    found = (await query.pools()).among(await query.session.service(Contacts).all())
    return query.chosen(str(endpoint.address) for endpoint in found)


async def _roles(query: _Query) -> list[str]:
    return query.chosen(role.identity for role in await query.session.service(Roles).all())


async def _policies(query: _Query) -> list[str]:
    return _scopes(query, await _reached_policies(query))


async def _policies_for_people(query: _Query) -> list[str]:
    return _scopes(query, (policy for policy in await _reached_policies(query)
                           if policy.identity.kind is ScopeKind.TAG))


async def _reached_policies(query: _Query) -> list[ChatPolicy]:
    return Reached(query.session.service(Core).policies, await query.pools()).all()


async def _scopes_of_configurations(query: _Query) -> list[str]:
    reach = await query.pools()
    scopes = {GLOBAL, *(scope for pool in await query.topology() for scope in (
        Scope(ScopeKind.SITE, pool.site), Scope(ScopeKind.SERVICE, pool.fqdn)))}
    return query.chosen(scope.shown for scope in scopes if reach.covers_scope(scope))


def _scopes(query: _Query, kept: Iterable[HasScope]) -> list[str]:
    return query.chosen(one.identity.shown for one in kept)


# -- many


async def _rooms(query: _Query) -> list[str]:
    return await query.session.service(NameIndex).rooms(query.prefix, query.limit, (await query.pools()).covers)


async def _categories(query: _Query) -> list[str]:
    return await query.session.service(NameIndex).categories(
        query.prefix, query.limit, (await query.pools()).covers)


async def _addins(query: _Query) -> list[str]:
    return await query.session.service(NameIndex).addins(query.prefix, query.limit, (await query.pools()).covers)


async def _people(query: _Query) -> list[str]:
    covers = None if query.reach.containers is None else query.reach.covers
    return await query.session.service(NameIndex).people(query.prefix, query.limit, covers)


async def _groups(query: _Query) -> list[str]:
    return await query.session.service(NameIndex).groups(query.prefix, query.limit)


async def _containers(query: _Query) -> list[str]:
    found = await query.session.service(People).containers()
    return query.chosen(str(container) for container in found if query.reach.covers(container))


_SHELVES: Mapping[Values, _Shelf] = {
    Values.ADDIN: _Shelf("Get-CsPersistentChatAddin", _addins),
    Values.BOT: _Shelf("Get-CsPersistentChatBot", _bots),
    Values.CATEGORY: _Shelf("Get-CsPersistentChatCategory", _categories),
    Values.CONTAINER: _Shelf("Get-CsUser", _containers),
    Values.ENDPOINT: _Shelf("Get-CsPersistentChatEndpoint", _endpoints),
    Values.GROUP: _Shelf("Get-CsGroup", _groups),
    Values.HOOK: _Shelf("Get-CsPersistentChatHook", _hooks),
    Values.PERSON: _Shelf("Get-CsUser", _people),
    Values.POLICY: _Shelf("Get-CsPersistentChatPolicy", _policies),
    Values.POLICY_FOR_PEOPLE: _Shelf("Get-CsPersistentChatPolicy", _policies_for_people),
    Values.POOL: _Shelf("Get-CsPool", _pools),
    Values.ROLE: _Shelf("Get-CsAdminRole", _roles),
    Values.ROOM: _Shelf("Get-CsPersistentChatRoom", _rooms),
    Values.SCOPE: _Shelf("Get-CsPool", _scopes_of_configurations),
    Values.SERVICE: _Shelf("Get-CsService", _services),
    Values.SIP_DOMAIN: _Shelf("Get-CsSipDomain", _sip_domains),
    Values.SITE: _Shelf("Get-CsPool", _sites),
}
