"""SIP domains and pools: the frame that everything else has its names in."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from parlour.addresses import Fqdn
from parlour.errors import SIP_DOMAIN_EXISTS, SIP_DOMAIN_IN_USE, SIP_DOMAIN_NOT_FOUND, ParlourError
from parlour.storage.database import Database
from parlour.storage.schema import pools, sip_addresses, sip_domains


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
    """SIP domains and pools as they are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    async def pools(self) -> list[Pool]:
        """Return every pool, by name."""
        rows = await self._database.read(lambda connection: connection.execute(select(pools)).all())
        return sorted((Pool(row.fqdn, row.site, row.service_id) for row in rows), key=lambda pool: pool.fqdn)


def _is_default(connection: Connection, name: str) -> bool | None:
    return connection.execute(select(sip_domains.c.is_default).where(sip_domains.c.name == name)).scalar()


def _refuse_known(connection: Connection, name: str) -> None:
    if _is_default(connection, name) is not None:
        raise ParlourError(SIP_DOMAIN_EXISTS, name, domain=name)


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
