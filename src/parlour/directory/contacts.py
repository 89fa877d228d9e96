"""Contact objects: the endpoints that give a pool its SIP addresses (reference/cmdlets.md section 2.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select

from parlour.addresses import DistinguishedName, Fqdn, SipAddress
from parlour.chat.names import Covers, all_pools
from parlour.clock import Clock
from parlour.directory.addressbook import refuse_unusable, take_for_contact
from parlour.directory.displaynames import MAX_DISPLAY_NAME, checked_display_name
from parlour.directory.identities import Names, called
from parlour.errors import (
    ENDPOINT_AMBIGUOUS,
    ENDPOINT_AUTOMATIC,
    ENDPOINT_NOT_FOUND,
    POOL_UNKNOWN,
    ParlourError,
)
from parlour.storage.database import Database
from parlour.storage.schema import contacts, pools, sip_addresses, sip_domains

_TAKEN = (
    select(contacts.c.pool_fqdn, sip_addresses.c.address_key)
    .select_from(sip_addresses)
    .join(contacts, contacts.c.id == sip_addresses.c.contact_id, isouter=True)
    .where(sip_addresses.c.address_key == bindparam("address"))
)
_AUTOMATIC = select(contacts).where(contacts.c.automatic, contacts.c.pool_fqdn == bindparam("pool"))
_CONTAINER = "CN=Application Contacts,CN=RTC Service,CN=Services,CN=Configuration"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of a pool. `automatic` marks the one that every pool has from the start."""

    id: int
    guid: str
    address: SipAddress
    display_name: str
    pool: str
    automatic: bool
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What is given to make an endpoint; without a display name, its address serves as one."""

    address: SipAddress
    pool: Fqdn
    display_name: str | None = None
    automatic: bool = False


class Contacts:
    """The endpoints as they are kept.

    Args:
        database: where.
        clock: gives creation its time.
        new_guid: makes their GUIDs.
        forest: the directory's root, e.g. ``DC=litwareinc,DC=com``.
    """

    def __init__(self, database: Database, clock: Clock, new_guid: Callable[[], str], forest: str) -> None:
        self._database = database
        self._clock = clock
        self._new_guid = new_guid
        self._forest = DistinguishedName.parse(forest)
        self.container = DistinguishedName.parse(f"{_CONTAINER},{forest}")

    def distinguished_name(self, endpoint: Endpoint) -> DistinguishedName:
        """Return the endpoint's name in the directory: its GUID in braces, in the container of such contacts."""
        return DistinguishedName((("CN", f"{{{endpoint.guid}}}"), *self.container.parts))

    async def all(self) -> list[Endpoint]:
        """Return every endpoint, by address."""
        return sorted(await self._select(select(contacts)), key=lambda endpoint: endpoint.address.key)

    async def find(self, identity: str, covers: Covers = all_pools) -> Endpoint:
        """Find the one endpoint with this SIP address, distinguished name or display name.

        Args:
            identity: the name.
            covers: endpoints of which pools count.

        Raises:
            ParlourError: PersistentChatEndpointNotFound, PersistentChatEndpointAmbiguous.
        """
        candidates = [endpoint for endpoint in await self.all() if covers(endpoint.pool)]
        found = called(candidates, self.names, identity, self._forest)
        if not found:
            raise ParlourError(ENDPOINT_NOT_FOUND, identity, identity=identity)
        if len(found) > 1:
            raise ParlourError(ENDPOINT_AMBIGUOUS, identity, identity=identity)
        return found[0]

    def names(self, endpoint: Endpoint) -> Names:
        """Return what an endpoint is called."""
        return Names(endpoint.display_name, self.distinguished_name(endpoint), endpoint.address)

    async def check_new(self, new: NewEndpoint) -> None:
        """Raise what `add` would raise."""
        await self._database.read(lambda connection: _refuse(connection, new))

    async def add(self, new: NewEndpoint) -> Endpoint:
        """Make an endpoint; from then on, its address leads to the pool.

        Raises:
            ParlourError: PoolUnknown, SipDomainUnknown, SipAddressTaken, DisplayNameInvalid.
        """
        guid, now = self._new_guid(), self._clock.now()
        return await self._database.write(lambda connection: insert_endpoint(connection, new, guid, now))

    async def remove(self, endpoint: Endpoint) -> None:
        """Delete an endpoint; its address leads nowhere then.

        Raises:
            ParlourError: PersistentChatEndpointAutomatic.
        """
        refuse_automatic(endpoint)
        await self._database.write(
            lambda connection: connection.execute(delete(contacts).where(contacts.c.id == endpoint.id)))

    async def service_at(self, address: SipAddress) -> Endpoint | None:
        """Return the own endpoint of the pool that `address` leads to, or None.

        ``sip:ocschat@DOMAIN``, which legacy clients try by themselves (reference/sip-client-flow.md section 5.1), leads
        to the first pool in every SIP domain where nobody took that address.
        """
        def work(connection: Connection) -> Endpoint | None:
            pool = _pool_at(connection, address)
            return None if pool is None else _endpoint(connection.execute(_AUTOMATIC, {"pool": pool}).one())
        return await self._database.read(work)

    async def automatic(self, pool: str) -> Endpoint:
        """Return the pool's own endpoint."""
        return await self._database.read(
            lambda connection: _endpoint(connection.execute(_AUTOMATIC, {"pool": pool}).one()))

    async def own_of_pools(self) -> list[Endpoint]:
        """Return the own endpoint of every pool; that of the first, where people are at home, comes first."""
        return await self._select(
            select(contacts).join(pools, pools.c.fqdn == contacts.c.pool_fqdn).where(contacts.c.automatic)
            .order_by(pools.c.service_id))

    async def _select(self, query: Select[Any]) -> list[Endpoint]:
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_endpoint(row) for row in rows]


def insert_endpoint(connection: Connection, new: NewEndpoint, guid: str, now: datetime) -> Endpoint:
    """Do `Contacts.add` on an open connection."""
    _refuse(connection, new)
    name = new.display_name or new.address.bare[:MAX_DISPLAY_NAME]
    values = {"guid": guid, "sip_address": str(new.address), "display_name": name,
              "pool_fqdn": new.pool.name, "automatic": new.automatic, "created_at": now, "changed_at": now}
    row = connection.execute(insert(contacts).returning(contacts), values).one()
    take_for_contact(connection, new.address, row.id)
    return _endpoint(row)


def refuse_automatic(endpoint: Endpoint) -> None:
    """Raise PersistentChatEndpointAutomatic for a pool's own endpoint."""
    if endpoint.automatic:
        raise ParlourError(ENDPOINT_AUTOMATIC, str(endpoint.address), identity=endpoint.address)


def _refuse(connection: Connection, new: NewEndpoint) -> None:
    if connection.execute(select(pools.c.fqdn).where(pools.c.fqdn == new.pool.name)).scalar() is None:
        raise ParlourError(POOL_UNKNOWN, new.pool.name, fqdn=new.pool.name)
    refuse_unusable(connection, new.address)
    if new.display_name is not None:
        checked_display_name(new.display_name)


def _pool_at(connection: Connection, address: SipAddress) -> str | None:
    taken = connection.execute(_TAKEN, {"address": address.key}).one_or_none()
    if taken is not None:
        return taken.pool_fqdn if taken.pool_fqdn is None else str(taken.pool_fqdn)
    if address.user.lower() != "ocschat" or not _is_sip_domain(connection, address.domain.lower()):
        return None
    return connection.execute(select(pools.c.fqdn).order_by(pools.c.service_id).limit(1)).scalar()


def _is_sip_domain(connection: Connection, name: str) -> bool:
    return connection.execute(select(sip_domains.c.name).where(sip_domains.c.name == name)).scalar() is not None


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(row.id, row.guid, SipAddress.parse(row.sip_address), row.display_name, row.pool_fqdn,
                    row.automatic, row.created_at, row.changed_at)
