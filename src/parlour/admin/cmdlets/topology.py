"""Get-, New-, Remove-CsPool; Get-, New-, Set-, Remove-CsSipDomain (reference/cmdlets.md sections 3.2 and 3.3)."""

from parlour.addresses import Fqdn
from parlour.admin.engine import ActsOn, Boolean, Cmdlet, Example, Meta, Pipeline, PsObject, parameter
from parlour.admin.engine.patterns import like
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import ADMINISTRATOR, ALL_ROLES
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.compliance.settings import ComplianceConfigurations
from parlour.directory.topology import FIRST_SITE, Pool, SipDomain, Topology
from parlour.errors import (
    PARAMETER_MISSING,
    POOL_UNKNOWN,
    SIP_DOMAIN_DEFAULT_NEEDED,
    SIP_DOMAIN_NOT_FOUND,
    ParlourError,
)

CLUSTER = "Microsoft.Rtc.Management.Deploy.Internal.Cluster"
SIP_DOMAIN = "Microsoft.Rtc.Management.Xds.SipDomain"


def shown_pool(pool: Pool) -> PsObject:
    """Return the pool as administrators see it."""
    return PsObject((CLUSTER,), {
        "Identity": pool.fqdn, "Fqdn": pool.fqdn, "Site": f"Site:{pool.site}",
        "Services": [f"PersistentChatServer:{pool.fqdn}"], "Computers": [pool.fqdn],
    }, text=pool.fqdn)


def shown_domain(domain: SipDomain) -> PsObject:
    """Return the SIP domain as administrators see it."""
    return PsObject((SIP_DOMAIN,), {
        "Identity": domain.name, "Name": domain.name, "IsDefault": domain.is_default}, text=domain.name)


class GetCsPool(Cmdlet):
    """Lists the pools of the deployment."""

    meta = Meta("Get-CsPool", outputs=(CLUSTER,), roles=ALL_ROLES, default_set="Identity", acts_on=ActsOn.POOLS,
                examples=(Example("Get-CsPool", "Lists all pools."),))
    identity: str | None = parameter(
        values=Values.POOL, position=2, sets=("Identity",), help="Fully qualified domain name of the pool.")
    filter: str | None = parameter(sets=("Filter",), help="Name of pools, with * and ? as wildcards.")
    site: str | None = parameter(values=Values.SITE, help="Only pools of the site with this name.")

    async def process(self) -> None:
        """List pools."""
        pools = await reached_by(self)
        found = [pool for pool in await self.service(Topology).pools() if pools.covers(pool.fqdn)
                 and self._matches(pool)]
        if self.identity is not None and not found:
            raise ParlourError(POOL_UNKNOWN, self.identity, fqdn=self.identity)
        await self.write_all(map(shown_pool, found))

    def _matches(self, pool: Pool) -> bool:
        return ((self.identity is None or pool.fqdn == self.identity.lower())
                and (self.filter is None or like(pool.fqdn, self.filter))
                and (self.site is None or pool.site.lower() == self.site.lower()))


class _PoolCmdlet(Cmdlet):
    """A cmdlet that changes which pools there are."""

    async def tell(self) -> None:
        """Let everything that knows pools and sites know them as they are now."""
        await self.service(Core).load()
        await self.service(ComplianceConfigurations).load()


class NewCsPool(_PoolCmdlet):
    """Makes a Persistent Chat pool with an endpoint of its own.

    Rooms can be made in it at once. It is one more place for names and settings, served by the same node.
    """

    meta = Meta("New-CsPool", should_process=True, outputs=(CLUSTER,), roles=(ADMINISTRATOR,), examples=(
        Example("New-CsPool -Identity atl-pcpool-002.litwareinc.com -Site Atlanta", "Makes a pool at a site."),))
    identity: str = parameter(position=2, mandatory=True, help="Fully qualified domain name of the pool.")
    site: str = parameter(
        values=Values.SITE,
        default=FIRST_SITE, help='Name of its site, up to 64 characters, without "site:"; by default, Default. '
        "A site is made by naming it.")

    async def process(self) -> None:
        """Make a pool."""
        topology, fqdn = self.service(Topology), Fqdn.parse(self.identity)
        await topology.check_new_pool(fqdn, self.site)
        if await self.should_process(fqdn.name):
            made = await topology.add_pool(fqdn, self.site)
            await self.tell()
            await self.write(shown_pool(made))


class RemoveCsPool(_PoolCmdlet):
    """Removes a pool with its own endpoint, and the settings that were made for it alone.

    A pool with rooms, categories, add-ins or further endpoints stays, and so does the last one. If the pool where
    people are at home is removed, the one that was made next takes its place.
    """

    meta = Meta("Remove-CsPool", should_process=True, roles=(ADMINISTRATOR,), examples=(
        Example("Remove-CsPool -Identity atl-pcpool-002.litwareinc.com", "Removes a pool."),))
    identity: str = parameter(
        values=Values.POOL,
        position=2, mandatory=True, pipeline=Pipeline.PROPERTY, help="Fully qualified domain name of the pool.")
    force: bool = parameter(help="Does not complain about a pool that is not there.")

    async def process(self) -> None:
        """Remove a pool."""
        topology = self.service(Topology)
        try:
            await topology.check_removable_pool(self.identity)
        except ParlourError as absent:
            if self.force and absent.kind is POOL_UNKNOWN:
                return
            raise
        if await self.should_process(self.identity):
            home = (await topology.pools())[0]
            await topology.remove_pool(self.identity)
            await self.tell()
            if home.fqdn == self.identity.lower():
                await self.warning(f'People were at home in the pool "{home.fqdn}". A running node goes by that name '
                                   "until it is started again.")


class GetCsSipDomain(Cmdlet):
    """Lists the SIP domains: what addresses of people and endpoints may end in."""

    meta = Meta("Get-CsSipDomain", outputs=(SIP_DOMAIN,), roles=ALL_ROLES, default_set="Identity",
                examples=(Example("Get-CsSipDomain", "Lists all SIP domains."),))
    identity: str | None = parameter(values=Values.SIP_DOMAIN, position=2, sets=("Identity",), help="The domain.")
    filter: str | None = parameter(sets=("Filter",), help="Name of domains, with * and ? as wildcards.")

    async def process(self) -> None:
        """List SIP domains."""
        found = [domain for domain in await self.service(Topology).domains() if self._matches(domain)]
        if self.identity is not None and not found:
            raise ParlourError(SIP_DOMAIN_NOT_FOUND, self.identity, domain=self.identity)
        await self.write_all(map(shown_domain, found))

    def _matches(self, domain: SipDomain) -> bool:
        return ((self.identity is None or domain.name == self.identity.lower())
                and (self.filter is None or like(domain.name, self.filter)))


class NewCsSipDomain(Cmdlet):
    """Adds a SIP domain."""

    meta = Meta("New-CsSipDomain", should_process=True, outputs=(SIP_DOMAIN,), roles=(ADMINISTRATOR,),
                examples=(Example("New-CsSipDomain -Identity fabrikam.com", "Adds a domain for addresses."),))
    identity: str = parameter(position=2, mandatory=True, help="The domain.")
    is_default: Boolean = parameter(default=False, help="$true makes it the default in place of the former one.")
    force: bool = parameter(help="Accepted for scripts; there is nothing to suppress.")

    async def process(self) -> None:
        """Add a SIP domain."""
        topology = self.service(Topology)
        await topology.check_new_domain(self.identity)
        if await self.should_process(self.identity):
            await self.write(shown_domain(await topology.add_domain(self.identity, default=self.is_default)))


class SetCsSipDomain(Cmdlet):
    """Makes a SIP domain the default one, in place of the former."""

    meta = Meta("Set-CsSipDomain", should_process=True, roles=(ADMINISTRATOR,), examples=(
        Example("Set-CsSipDomain -Identity fabrikam.com -IsDefault $true", "Makes it the default domain."),))
    identity: str | None = parameter(values=Values.SIP_DOMAIN, position=2, help="The domain.")
    is_default: Boolean | None = parameter(
        boolean=True, help="$true makes it the default; $false is refused, for there must be one. "
        "Without it, nothing changes.")
    force: bool = parameter(help="Accepted for scripts; there is nothing to suppress.")

    async def process(self) -> None:
        """Change a SIP domain."""
        topology = self.service(Topology)
        if not self.identity:
            raise ParlourError(PARAMETER_MISSING, "-Identity", names="-Identity")
        await topology.check_domain(self.identity)
        if self.is_default is False:
            raise ParlourError(SIP_DOMAIN_DEFAULT_NEEDED, self.identity, domain=self.identity)
        if await self.should_process(self.identity) and self.is_default:
            await topology.make_default(self.identity)


class RemoveCsSipDomain(Cmdlet):
    """Removes a SIP domain that no address uses. The default domain, and so the last one, stays."""

    meta = Meta("Remove-CsSipDomain", should_process=True, roles=(ADMINISTRATOR,),
                examples=(Example("Remove-CsSipDomain -Identity fabrikam.com", "Removes a domain."),))
    identity: str = parameter(
        values=Values.SIP_DOMAIN, position=2, mandatory=True, pipeline=Pipeline.PROPERTY, help="The domain.")
    force: bool = parameter(help="Does not complain about a domain that is not there.")

    async def process(self) -> None:
        """Remove a SIP domain."""
        topology = self.service(Topology)
        try:
            await topology.check_removable(self.identity)
        except ParlourError as absent:
            if self.force and absent.kind is SIP_DOMAIN_NOT_FOUND:
                return
            raise
        if await self.should_process(self.identity):
            await topology.remove_domain(self.identity)


CMDLETS = (GetCsPool, NewCsPool, RemoveCsPool, GetCsSipDomain, NewCsSipDomain, SetCsSipDomain, RemoveCsSipDomain)
