"""Get-CsPool, and Get-, New- and Remove-CsSipDomain (reference/cmdlets.md sections 3.2 and 3.3)."""

from parlour.admin.engine import Boolean, Cmdlet, Example, Meta, Pipeline, PsObject, parameter
from parlour.admin.engine.patterns import like
from parlour.admin.roles import ADMINISTRATOR, ALL_ROLES
from parlour.directory.topology import Pool, SipDomain, Topology
from parlour.errors import POOL_UNKNOWN, SIP_DOMAIN_NOT_FOUND, ParlourError

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

    meta = Meta("Get-CsPool", outputs=(CLUSTER,), roles=ALL_ROLES, default_set="Identity",
                examples=(Example("Get-CsPool", "Lists all pools."),))
    identity: str | None = parameter(position=2, sets=("Identity",), help="Fully qualified domain name of the pool.")
    filter: str | None = parameter(sets=("Filter",), help="Name of pools, with * and ? as wildcards.")
    site: str | None = parameter(help="Only pools of the site with this name.")

    async def process(self) -> None:
        """List pools."""
        found = [pool for pool in await self.service(Topology).pools() if self._matches(pool)]
        if self.identity is not None and not found:
            raise ParlourError(POOL_UNKNOWN, self.identity, fqdn=self.identity)
        await self.write_all(map(shown_pool, found))

    def _matches(self, pool: Pool) -> bool:
        return ((self.identity is None or pool.fqdn == self.identity.lower())
                and (self.filter is None or like(pool.fqdn, self.filter))
                and (self.site is None or pool.site.lower() == self.site.lower()))


class GetCsSipDomain(Cmdlet):
    """Lists the SIP domains: what addresses of people and endpoints may end in."""

    meta = Meta("Get-CsSipDomain", outputs=(SIP_DOMAIN,), roles=ALL_ROLES, default_set="Identity",
                examples=(Example("Get-CsSipDomain", "Lists all SIP domains."),))
    identity: str | None = parameter(position=2, sets=("Identity",), help="The domain.")
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


class RemoveCsSipDomain(Cmdlet):
    """Removes a SIP domain that no address uses. The default domain, and so the last one, stays."""

    meta = Meta("Remove-CsSipDomain", should_process=True, roles=(ADMINISTRATOR,),
                examples=(Example("Remove-CsSipDomain -Identity fabrikam.com", "Removes a domain."),))
    identity: str = parameter(position=2, mandatory=True, pipeline=Pipeline.PROPERTY, help="The domain.")
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


CMDLETS = (GetCsPool, GetCsSipDomain, NewCsSipDomain, RemoveCsSipDomain)
