"""SIP domains and pools: the frame that everything else has its names in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.scopes import Scope, ScopeKind, parse_scope
from parlour.clock import Clock
from parlour.directory.contacts import NewEndpoint, insert_endpoint
from parlour.directory.poolstates import PoolStates
from parlour.errors import (
    POOL_EXISTS,
    POOL_IN_USE,
    POOL_UNKNOWN,
    SETTING_INVALID,
    SIP_DOMAIN_EXISTS,
    SIP_DOMAIN_IN_USE,
    SIP_DOMAIN_NOT_FOUND,
    ParlourError,
)
from parlour.storage.database import Database
from parlour.storage.schema import (
    addins,
    categories,
    chat_configurations,
    compliance_configurations,
    contacts,
    pools,
    rooms,
    sip_addresses,
    sip_domains,
)

FIRST_SITE = "Default"
_LONGEST_SITE = 64
_KINDS_OF_DATABASE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# What keeps a pool from being removed, with the word for it.
_HELD = ((rooms, "rooms"), (categories, "categories"), (addins, "add-ins"))


@dataclass(frozen=True, slots=True)
class SipDomain:
    """A domain that SIP addresses of this deployment may have; exactly one is the default."""

    name: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """A Persistent Chat pool. `service_id` counts the services of a deployment, from 1."""

    fqdn: str
    site: str
    service_id: int


class Topology:
    """SIP domains and pools as they are kept.

    Args:
        database: where.
        clock: gives the endpoints of new pools their time.
        new_guid: makes their GUIDs.

    Attributes:
        states: what was declared of pools.
    """

    def __init__(self, database: Database, clock: Clock, new_guid: Callable[[], str]) -> None:
        self._database = database
        self._clock = clock
        self._new_guid = new_guid
        self.states = PoolStates(database)

    async def database_kind(self) -> str:
        """Return what keeps everything, e.g. ``SQLite``."""
        name = await self._database.read(lambda connection: connection.dialect.name)
        return _KINDS_OF_DATABASE.get(name, name)

    async def domains(self) -> list[SipDomain]:
        """Return every SIP domain, the default one first."""
        query = select(sip_domains).order_by(sip_domains.c.is_default.desc(), sip_domains.c.name)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [SipDomain(row.name, row.is_default) for row in rows]

    async def check_new_domain(self, name: str) -> None:
        """Raise what `add_domain` would raise."""
        await self._database.read(lambda connection: _refuse_known(connection, Fqdn.parse(name).name))

    async def add_domain(self, name: str, *, default: bool = False) -> SipDomain:
        """Add a SIP domain; as the default it takes that place from the former one.

        Raises:
            ParlourError: FqdnInvalid, SipDomainExists.
        """
        domain = SipDomain(Fqdn.parse(name).name, default)

        def work(connection: Connection) -> None:
            _refuse_known(connection, domain.name)
            if default:
                connection.execute(update(sip_domains).values(is_default=False))
            connection.execute(insert(sip_domains), {"name": domain.name, "is_default": default})
        await self._database.write(work)
        return domain

    async def check_removable(self, name: str) -> None:
        """Raise what `remove_domain` would raise."""
        await self._database.read(lambda connection: _refuse_used(connection, name.lower()))

    async def remove_domain(self, name: str) -> None:
        """Remove a SIP domain that is neither the default (so never the last one) nor used in an address.

        Raises:
            ParlourError: SipDomainNotFound, SipDomainInUse.
        """
        def work(connection: Connection) -> None:
            _refuse_used(connection, name.lower())
            connection.execute(delete(sip_domains).where(sip_domains.c.name == name.lower()))
        await self._database.write(work)

    async def make_default(self, name: str) -> None:
        """Make a SIP domain the default in place of the former one.

        Raises:
            ParlourError: SipDomainNotFound.
        """
        def work(connection: Connection) -> None:
            _refuse_unknown(connection, name.lower())
            connection.execute(update(sip_domains).values(is_default=sip_domains.c.name == name.lower()))
        await self._database.write(work)

    async def check_domain(self, name: str) -> None:
        """Make sure that there is a SIP domain.

        Raises:
            ParlourError: SipDomainNotFound.
        """
        await self._database.read(lambda connection: _refuse_unknown(connection, name.lower()))

    async def pools(self) -> list[Pool]:
        """Return every pool; the first is where people are at home."""
        query = select(pools).order_by(pools.c.service_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [Pool(row.fqdn, row.site, row.service_id) for row in rows]

    async def check_new_pool(self, fqdn: Fqdn, site: str) -> None:
        """Raise what `add_pool` would raise."""
        checked_site(site)
        await self._database.read(lambda connection: _refuse_known_pool(connection, fqdn))

    async def add_pool(self, fqdn: Fqdn, site: str = FIRST_SITE) -> Pool:
        """Make a pool with its own endpoint; a site is made by naming it.

        Raises:
            ParlourError: PoolExists, SettingInvalid.
        """
        name, guid, now = checked_site(site), self._new_guid(), self._clock.now()
        return await self._database.write(lambda connection: insert_pool(connection, fqdn, name, guid, now))

    async def check_removable_pool(self, fqdn: str) -> None:
        """Raise what `remove_pool` would raise."""
        await self._database.read(lambda connection: _refuse_held_pool(connection, fqdn.lower()))

    async def remove_pool(self, fqdn: str) -> None:
        """Remove a pool in which there is nothing, with its own endpoint and the settings made for it alone.

        Raises:
            ParlourError: PoolUnknown, PoolInUse.
        """
        name = fqdn.lower()

        def work(connection: Connection) -> None:
            _refuse_held_pool(connection, name)
            connection.execute(delete(contacts).where(contacts.c.pool_fqdn == name))
            key = Scope(ScopeKind.SERVICE, name).key
            for table in (chat_configurations, compliance_configurations):
                connection.execute(delete(table).where(table.c.identity_key == key))
            connection.execute(delete(pools).where(pools.c.fqdn == name))
        await self._database.write(work)


def _is_default(connection: Connection, name: str) -> bool | None:
    return connection.execute(select(sip_domains.c.is_default).where(sip_domains.c.name == name)).scalar()


def _refuse_known(connection: Connection, name: str) -> None:
    if _is_default(connection, name) is not None:
        raise ParlourError(SIP_DOMAIN_EXISTS, name, domain=name)


def checked_site(name: str) -> str:
    """Return the name of a site without spaces around it.

    Raises:
        ParlourError: SettingInvalid.
    """
    try:
        site = parse_scope(f"site:{name}", (ScopeKind.SITE,)).name
    except ParlourError as invalid:
        reason = invalid.details.get("reason", invalid)
        raise ParlourError(SETTING_INVALID, name[:_LONGEST_SITE], setting="Site", reason=reason) from None
    if len(site) > _LONGEST_SITE:
        reason = f"it may have {_LONGEST_SITE} characters"
        raise ParlourError(SETTING_INVALID, site[:_LONGEST_SITE], setting="Site", reason=reason)
    return site


def insert_pool(connection: Connection, fqdn: Fqdn, site: str, guid: str, now: datetime) -> Pool:
    """Do `Topology.add_pool` on an open connection; a site that is there keeps its spelling."""
    _refuse_known_pool(connection, fqdn)
    known = connection.execute(select(pools.c.site)).scalars()
    wanted = Scope(ScopeKind.SITE, site).key
    site = next((one for one in known if Scope(ScopeKind.SITE, one).key == wanted), site)
    number = (connection.execute(select(func.max(pools.c.service_id))).scalar() or 0) + 1
    connection.execute(insert(pools), {"fqdn": fqdn.name, "site": site, "service_id": number})
    domain = connection.execute(select(sip_domains.c.name).where(sip_domains.c.is_default)).scalar_one()
    # The pool's own address; the pattern is that of the original (reference/cmdlets.md section 2.1, inferred).
    own = NewEndpoint(SipAddress(f"GC-{number}-PersistentChatService-{number}", domain), fqdn,
                      "Persistent Chat Service", automatic=True)
    insert_endpoint(connection, own, guid, now)
    return Pool(fqdn.name, site, number)


def _refuse_known_pool(connection: Connection, fqdn: Fqdn) -> None:
    if connection.execute(select(pools.c.fqdn).where(pools.c.fqdn == fqdn.name)).scalar() is not None:
        raise ParlourError(POOL_EXISTS, fqdn.name, fqdn=fqdn.name)


def _refuse_held_pool(connection: Connection, fqdn: str) -> None:
    known = list(connection.execute(select(pools.c.fqdn)).scalars())
    if fqdn not in known:
        raise ParlourError(POOL_UNKNOWN, fqdn, fqdn=fqdn)
    if len(known) == 1:
        raise ParlourError(POOL_IN_USE, fqdn, fqdn=fqdn, reason="it is the last pool")
    for table, word in _HELD:
        if connection.execute(select(table.c.id).where(table.c.pool_fqdn == fqdn).limit(1)).first() is not None:
            raise ParlourError(POOL_IN_USE, fqdn, fqdn=fqdn, reason=f"there are {word} in it")
    made = select(contacts.c.sip_address).where(contacts.c.pool_fqdn == fqdn, ~contacts.c.automatic).limit(1)
    if (address := connection.execute(made).scalar()) is not None:
        raise ParlourError(POOL_IN_USE, fqdn, fqdn=fqdn, reason=f'the endpoint "{address}" leads to it')


def _refuse_unknown(connection: Connection, name: str) -> None:
    if _is_default(connection, name) is None:
        raise ParlourError(SIP_DOMAIN_NOT_FOUND, name, domain=name)


def _refuse_used(connection: Connection, name: str) -> None:
    match _is_default(connection, name):
        case None:
            raise ParlourError(SIP_DOMAIN_NOT_FOUND, name, domain=name)
        case True:
            raise ParlourError(SIP_DOMAIN_IN_USE, name, domain=name, reason="it is the default SIP domain")
    ending = f"@{name}"
    used = select(sip_addresses.c.address_key).where(
        func.substr(sip_addresses.c.address_key, -len(ending)) == ending).limit(1)
    if (address := connection.execute(used).scalar()) is not None:
        raise ParlourError(SIP_DOMAIN_IN_USE, name, domain=name, reason=f'"{address}" has it')
