"""Get- and Set-CsPersistentChatState, and Set-CsPersistentChatActiveServer (reference/cmdlets.md section 2.8)."""

from dataclasses import replace

from parlour.addresses import Fqdn
from parlour.admin.cmdlets.scoped import FORCE_HELP, INSTANCE_HELP, LOCAL_STORE_HELP, given_values
from parlour.admin.engine import ActsOn, Cmdlet, Example, ListModifier, Meta, Pipeline, PsObject, parameter, to_text
from parlour.admin.engine.patterns import like
from parlour.admin.poolreach import no_pool, reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.directory.poolstates import PoolStanding, PoolState
from parlour.directory.topology import Topology
from parlour.errors import PARAMETER_MISSING, SERVICE_IDENTITY_INVALID, ParlourError

STATE = "Microsoft.Rtc.Management.WritableConfig.Settings.PersistentChat.PersistentChatState"
SERVER_ADMINISTRATORS = (*CHAT_ADMINISTRATORS, "CsServerAdministrator")
_SERVICE = "PersistentChatServer:"
_IDENTITY = "Identity of the service: PersistentChatServer:FQDN."
_UNUSED = "This version keeps and shows that, and does not act on it:"


def service_identity(fqdn: str) -> str:
    """Return the identity of a pool's chat service."""
    return f"{_SERVICE}{fqdn}"


def pool_of_service(identity: str) -> str:
    """Return the FQDN, in lower case, in ``PersistentChatServer:FQDN``, with or without ``service:`` before it.

    The manuals write ``service:FQDN``, too.

    Raises:
        ParlourError: ServiceIdentityInvalid, FqdnInvalid.
    """
    text = identity.strip()
    rest = text[len("service:"):] if text.lower().startswith("service:") else text
    if rest.lower().startswith(_SERVICE.lower()):
        rest = rest[len(_SERVICE):]
    if rest == text or ":" in rest:
        raise ParlourError(SERVICE_IDENTITY_INVALID, identity, identity=identity)
    return Fqdn.parse(rest).name


def shown(standing: PoolStanding) -> PsObject:
    """Return the state of a pool as administrators see it."""
    identity = service_identity(standing.fqdn)
    return PsObject((STATE,), {"Identity": identity, "PoolState": str(standing.state)}, text=identity)


async def standings_of(cmdlet: Cmdlet, identity: str | None) -> list[PoolStanding]:
    """Return what was declared of the pool with this identity; without one, of all pools that the cmdlet reaches.

    Raises:
        ParlourError: ServiceIdentityInvalid, FqdnInvalid, PoolUnknown.
    """
    states, pools = cmdlet.service(Topology).states, await reached_by(cmdlet)
    if identity is None:
        return [standing for standing in await states.all() if pools.covers(standing.fqdn)]
    fqdn = pool_of_service(identity)
    pools.check(fqdn)
    return [await states.at(fqdn)]


async def standing_of(cmdlet: Cmdlet, identity: str | None) -> PoolStanding:
    """Return what was declared of the pool with this identity; without one, of the only pool that the cmdlet reaches.

    Raises:
        ParlourError: ServiceIdentityInvalid, FqdnInvalid, PoolUnknown; ParameterMissing if there are several pools.
    """
    known = await standings_of(cmdlet, identity)
    if not known:
        raise no_pool(cmdlet.meta.name)
    if len(known) > 1:
        raise ParlourError(PARAMETER_MISSING, "-Identity", names="-Identity (there is more than one pool)")
    return known[0]


class GetCsPersistentChatState(Cmdlet):
    """Shows which databases pools were declared to use: Normal, their own; FailedOver, those kept for the worst.

    This version keeps and shows what was declared, and does not act on it.
    """

    meta = Meta("Get-CsPersistentChatState", outputs=(STATE,), roles=(*SERVER_ADMINISTRATORS, *READERS),
                default_set="Identity", acts_on=ActsOn.POOLS, examples=(
        Example("Get-CsPersistentChatState", "Shows the state of all pools."),
        Example('Get-CsPersistentChatState -Identity "PersistentChatServer:atl-pcpool-001.litwareinc.com"',
                "Shows that of one."),))
    identity: str | None = parameter(values=Values.SERVICE, position=2, sets=("Identity",), help=_IDENTITY)
    filter: str | None = parameter(sets=("Filter",), help="Identity of services, with * and ? as wildcards.")
    local_store: bool = parameter(help=LOCAL_STORE_HELP)

    async def process(self) -> None:
        """Show states."""
        found = await standings_of(self, self.identity)
        await self.write_all(shown(one) for one in found
                             if self.filter is None or like(service_identity(one.fqdn), self.filter))


class SetCsPersistentChatState(Cmdlet):
    """Declares a pool failed over, or normal.

    This version keeps and shows that, and does not act on it: the pool goes on with the database it has.
    """

    meta = Meta("Set-CsPersistentChatState", should_process=True, roles=SERVER_ADMINISTRATORS, default_set="Identity",
                acts_on=ActsOn.POOLS, examples=(
        Example('Set-CsPersistentChatState -Identity "PersistentChatServer:atl-pcpool-001.litwareinc.com" '
                "-PoolState FailedOver", "Declares a pool failed over."),
        Example("Get-CsPersistentChatState | Set-CsPersistentChatState -PoolState Normal",
                "Declares all pools normal."),))
    identity: str | None = parameter(
        values=Values.SERVICE,
        position=2, sets=("Identity",), help=f"{_IDENTITY} It may be left out if there is only one pool.")
    instance: PsObject | None = parameter(
        mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help=INSTANCE_HELP)
    pool_state: PoolState | None = parameter(help="Normal or FailedOver.")
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Declare a state."""
        states = self.service(Topology).states
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        standing = await standing_of(self, identity)
        wanted = replace(standing, **given_values(self, {"pool_state": "state"}, self.instance))
        if not await self.should_process(service_identity(wanted.fqdn)) or wanted == standing:
            return
        await states.declare(wanted)
        if wanted.state is PoolState.FAILED_OVER:
            await self.warning(f"{_UNUSED} the pool {wanted.fqdn} goes on with the database it has.")


class SetCsPersistentChatActiveServer(Cmdlet):
    """Chooses which servers of a pool take new connections; Get-CsService shows them.

    This version keeps and shows that, and does not act on it: an inactive server takes connections as before. A pool
    is one server today, of the pool's own name.
    """

    meta = Meta("Set-CsPersistentChatActiveServer", should_process=True, roles=SERVER_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('Set-CsPersistentChatActiveServer -Identity "PersistentChatServer:atl-pcpool-001.litwareinc.com" '
                '-ActiveServers @{Add="atl-pcpool-001.litwareinc.com"}', "Adds an active server."),
        Example("Set-CsPersistentChatActiveServer -Swap", "Makes the active ones inactive and the others active."),))
    identity: str | None = parameter(
        values=Values.SERVICE, position=2, help=f"{_IDENTITY} It may be left out if there is only one pool.")
    active_servers: ListModifier = parameter(
        values=Values.POOL, mandatory=True, sets=("Explicit",),
        help="Fully qualified domain names of at most four servers: a list, @{Add=...; Remove=...}, $null for none.")
    swap: bool = parameter(
        mandatory=True, sets=("Swap",), help="Makes the active servers inactive, and the inactive ones active.")
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Choose servers."""
        states = self.service(Topology).states
        standing = await standing_of(self, self.identity)
        wanted = standing.with_active(self._active(standing))
        if not await self.should_process(service_identity(wanted.fqdn)) or wanted == standing:
            return
        await states.declare(wanted)
        if not wanted.active:
            await self.warning(f"{_UNUSED} the pool {wanted.fqdn} has no active server now, and goes on serving.")

    def _active(self, standing: PoolStanding) -> tuple[str, ...]:
        if "Swap" in self.bound:
            return standing.inactive if self.swap else standing.active
        given = self.active_servers
        add, remove, replaced = (
            tuple(Fqdn.parse(name).name for name in names) for names in (given.add, given.remove, given.replace or ()))
        standing.check_servers((*add, *remove, *replaced))
        change = ListModifier(add, remove, None if given.replace is None else replaced)
        return tuple(change.apply(standing.active))


CMDLETS = (GetCsPersistentChatState, SetCsPersistentChatState, SetCsPersistentChatActiveServer)
