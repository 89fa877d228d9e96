"""Get-CsService (reference/cmdlets.md section 3.2)."""

from dataclasses import dataclass
from typing import Final

from parlour.addresses import Fqdn
from parlour.admin.cmdlets.state import SERVER_ADMINISTRATORS
from parlour.admin.engine import ActsOn, Cmdlet, Example, Kind, Meta, Parameter, PsObject, Value, parameter
from parlour.admin.engine.patterns import like
from parlour.admin.engine.types import ParameterType
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import READERS
from parlour.admin.values import Values
from parlour.directory.poolstates import PoolStanding
from parlour.directory.topology import Pool, Topology
from parlour.errors import POOL_UNKNOWN, SERVICE_NOT_FOUND, ParlourError

PERSISTENT_CHAT_SERVER = "Microsoft.Rtc.Management.Xds.DisplayPersistentChatServer"
PERSISTENT_CHAT_DATABASE = "Microsoft.Rtc.Management.Xds.DisplayPersistentChatDatabase"

_SERVER, _DATABASE = "PersistentChatServer", "PersistentChatDatabase"
_PRESENT: Final = {_SERVER: "Lists the chat services of pools.", _DATABASE: "Lists the databases of chat services."}
# Services of the original's topology that Parlour does not have.
_ABSENT: Final = (
    "PersistentChatComplianceDatabase",
    "ApplicationDatabase", "ApplicationServer", "ArchivingDatabase", "ArchivingServer", "BackupServer",
    "CentralManagement", "CentralManagementDatabase", "ConferencingServer", "Director", "EdgeServer", "FileStore",
    "LegalInterceptServer", "ManagementServer", "MediationServer", "MonitoringDatabase", "MonitoringServer",
    "PstnGateway", "Registrar", "TrustedApplicationPool", "UserDatabase", "UserServer", "WacServer", "WebServer",
    "ProvisionDatabase", "ProvisionServer", "VideoGateway", "VideoInteropServer")
_NOTHING = "Accepted for scripts; finds nothing: there is no such service here."


@dataclass(frozen=True, slots=True)
class _Service:
    """A service as it is found: what it is, and where."""

    role: str
    pool: str
    shown: PsObject


def _identity(role: str, pool: str) -> str:
    return f"{role}:{pool}"


def _shown(type_name: str, role: str, pool: Pool, properties: dict[str, Value]) -> PsObject:
    identity = _identity(role, pool.fqdn)
    return PsObject((type_name,), {
        "Identity": identity, "PoolFqdn": pool.fqdn, **properties, "DependentServiceList": [],
        "ServiceId": f"{pool.service_id}-{role}-{pool.service_id}", "SiteId": f"Site:{pool.site}", "Version": None,
        "Role": role}, text=identity)


def shown_server(pool: Pool, standing: PoolStanding, database: str) -> PsObject:
    """Return a pool's chat service as administrators see it; what Parlour does not have is null.

    Args:
        pool: the pool.
        standing: what was declared of it.
        database: the kind of its database.
    """
    return _shown(PERSISTENT_CHAT_SERVER, _SERVER, pool, {
        "Registrar": None, "FileStore": None, "MtlsPort": None, "DisplayName": "Persistent Chat Service",
        "ActiveServers": list(standing.active), "InactiveServers": list(standing.inactive),
        "PersistentChatDatabase": database, "MirrorPersistentChatDatabase": None,
        "BackupPersistentChatDatabase": None, "BackupMirrorPersistentChatDatabase": None,
        "PersistentChatComplianceDatabase": None, "MirrorPersistentChatComplianceDatabase": None,
        "BackupPersistentChatComplianceDatabase": None, "BackupMirrorPersistentChatComplianceDatabase": None})


class GetCsService(Cmdlet):
    """Lists the services of the deployment: the chat service of each pool, and its database.

    Switches for the services that the original knows besides find nothing. At most one switch can be given.
    """

    meta = Meta("Get-CsService", outputs=(PERSISTENT_CHAT_SERVER, PERSISTENT_CHAT_DATABASE),
                roles=(*SERVER_ADMINISTRATORS, *READERS), default_set="Identity", acts_on=ActsOn.POOLS, examples=(
        Example("Get-CsService -PersistentChatServer", "Lists the chat services, with their active servers."),
        Example('Get-CsService -Filter "*:atl-pcpool-001.*"', "Lists the services of such a pool."),))
    identity: str | None = parameter(
        values=Values.SERVICE,
        position=2, sets=("Identity",), help="Identity of a service, e.g. PersistentChatServer:FQDN.")
    filter: str | None = parameter(sets=("Filter",), help="Identity of services, with * and ? as wildcards.")
    pool_fqdn: str | None = parameter(
        values=Values.POOL, help="Only services of the pool with this fully qualified domain name.")

    async def process(self) -> None:
        """List services."""
        pool = None if self.pool_fqdn is None else Fqdn.parse(self.pool_fqdn).name
        services = await self._services()
        if pool is not None and all(one.pool != pool for one in services):
            raise ParlourError(POOL_UNKNOWN, pool, fqdn=pool)
        found = [one for one in services if self._fits(one) and pool in (None, one.pool)]
        if self.identity is not None and not found:
            raise ParlourError(SERVICE_NOT_FOUND, self.identity, identity=self.identity)
        await self.write_all(one.shown for one in found)

    async def _services(self) -> list[_Service]:
        topology, pools = self.service(Topology), await reached_by(self)
        database = await topology.database_kind()
        standings = {standing.fqdn: standing for standing in await topology.states.all()}
        found = []
        for pool in await topology.pools():
            if not pools.covers(pool.fqdn):
                continue
            server = shown_server(pool, standings[pool.fqdn], database)
            kept = _shown(PERSISTENT_CHAT_DATABASE, _DATABASE, pool, {"DatabaseKind": database})
            found += [_Service(_SERVER, pool.fqdn, server), _Service(_DATABASE, pool.fqdn, kept)]
        return found

    def _fits(self, service: _Service) -> bool:
        identity = _identity(service.role, service.pool)
        given = self.identity
        wanted = None if given is None else given.strip().lower().removeprefix("service:")
        roles = [name for name, attribute in _ATTRIBUTES.items() if getattr(self, attribute, False)]
        return ((wanted is None or wanted == identity.lower()) and (not roles or service.role in roles)
                and (self.filter is None or like(identity, self.filter)))


_ATTRIBUTES = {role: f"is_{role.lower()}" for role in (*_PRESENT, *_ABSENT)}


def _role_switch(role: str) -> Parameter:
    return Parameter(role, _ATTRIBUTES[role], ParameterType(Kind.SWITCH), sets=(role,), default=False,
                     help=_PRESENT.get(role, _NOTHING))


GetCsService.parameters += tuple(map(_role_switch, _ATTRIBUTES))

CMDLETS = (GetCsService,)
