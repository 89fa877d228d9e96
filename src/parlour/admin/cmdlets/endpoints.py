"""New-, Get- and Remove-CsPersistentChatEndpoint (reference/cmdlets.md section 2.1)."""

from parlour.addresses import Fqdn, SipAddress
from parlour.admin.cmdlets.directory import DirectoryCmdlet, View
from parlour.admin.engine import ActsOn, Cmdlet, Example, Meta, Pipeline, PsObject, Value, parameter
from parlour.admin.poolreach import PoolReach, reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.directory.contacts import Contacts, Endpoint, NewEndpoint, refuse_automatic
from parlour.directory.topology import Topology
from parlour.errors import ENDPOINT_NOT_FOUND, POOL_UNKNOWN, ParlourError

CONTACT = "Microsoft.Rtc.Management.ADConnect.Schema.OCSPersistentChatContact"

# The printed form of the original is not documented; these are the properties its family has.
PROPERTIES = ("Identity", "DistinguishedName", "Guid", "Name", "DisplayName", "SipAddress", "PersistentChatPoolFqdn",
              "RegistrarPool", "Enabled", "ObjectClass", "WhenCreated", "WhenChanged")


def contact(contacts: Contacts, endpoint: Endpoint) -> PsObject:
    """Return the endpoint as administrators see it; as text, it is its distinguished name."""
    name = str(contacts.distinguished_name(endpoint))
    values = (name, name, endpoint.guid, f"{{{endpoint.guid}}}", endpoint.display_name, str(endpoint.address),
              endpoint.pool, endpoint.pool, True, "contact", endpoint.created_at, endpoint.changed_at)
    return PsObject((CONTACT,), dict(zip(PROPERTIES, values, strict=True)), text=name)


def ldap_attributes(contacts: Contacts, endpoint: Endpoint) -> dict[str, Value]:
    """Return the endpoint by the generic attributes that an LDAP filter names."""
    name = str(contacts.distinguished_name(endpoint))
    return {
        "cn": f"{{{endpoint.guid}}}", "name": f"{{{endpoint.guid}}}", "distinguishedName": name,
        "displayName": endpoint.display_name, "objectClass": ["top", "contact"], "objectCategory": "contact",
        "objectGUID": endpoint.guid, "msRTCSIP-PrimaryUserAddress": str(endpoint.address),
        "msRTCSIP-UserEnabled": True,
    }


class NewCsPersistentChatEndpoint(Cmdlet):
    """Gives a Persistent Chat pool one more SIP address, so that legacy clients can find it.

    People who use such a client type the address into it. Newer clients find pools by themselves.
    """

    meta = Meta(
        "New-CsPersistentChatEndpoint", should_process=True, outputs=(CONTACT,), roles=CHAT_ADMINISTRATORS,
        acts_on=ActsOn.POOLS, examples=(
            Example('New-CsPersistentChatEndpoint -SipAddress "sip:pce2@litwareinc.com" -PersistentChatPoolFqdn '
                    '"atl-pcpool-001.litwareinc.com" -DisplayName "Persistent Chat Endpoint 2"',
                    "Makes an endpoint; clients can use the address at once."),
            Example('New-CsPersistentChatEndpoint -SipAddress "sip:pce2@litwareinc.com" -PersistentChatPoolFqdn '
                    '"atl-pcpool-001.litwareinc.com" -WhatIf',
                    "Checks everything, says what would be done, and does nothing."),
        ))
    sip_address: str = parameter(
        mandatory=True, help='Address of the endpoint: "sip:" and a name in one of the SIP domains.')
    persistent_chat_pool_fqdn: str = parameter(
        values=Values.POOL, mandatory=True, help="Fully qualified domain name of the pool that the address leads to.")
    display_name: str | None = parameter(help='Name in the directory. Without it, the address without "sip:".')
    pass_thru: bool = parameter(help="Writes the new endpoint; otherwise nothing is written.")

    async def process(self) -> None:
        """Make the endpoint."""
        contacts = self.service(Contacts)
        new = NewEndpoint(SipAddress.parse(self.sip_address), Fqdn.parse(self.persistent_chat_pool_fqdn),
                          self.display_name)
        (await reached_by(self)).check(new.pool.name)
        await contacts.check_new(new)
        if not await self.should_process(str(new.address)):
            return
        made = await contacts.add(new)
        if self.pass_thru:
            await self.write(contact(contacts, made))


class GetCsPersistentChatEndpoint(DirectoryCmdlet):
    """Lists the endpoints of Persistent Chat pools, the one that every pool has by itself included."""

    meta = Meta(
        "Get-CsPersistentChatEndpoint", outputs=(CONTACT,), roles=(*CHAT_ADMINISTRATORS, *READERS),
        acts_on=ActsOn.POOLS, examples=(
            Example("Get-CsPersistentChatEndpoint", "Lists all endpoints."),
            Example('Get-CsPersistentChatEndpoint -Identity "sip:pce@litwareinc.com"',
                    "Shows the endpoint with that address."),
            Example('Get-CsPersistentChatEndpoint -Filter {DisplayName -like "Persistent*"}',
                    "Lists the endpoints with such a display name."),
        ))
    properties = PROPERTIES
    identity: str | None = parameter(
        values=Values.ENDPOINT, position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY,
        help="SIP address, display name or distinguished name. Without it, all endpoints.")
    persistent_chat_pool_fqdn: str | None = parameter(values=Values.POOL, help="Only endpoints of this pool.")

    async def list_objects(self) -> None:
        """List endpoints."""
        contacts, pools = self.service(Contacts), await reached_by(self)
        pool = None if self.persistent_chat_pool_fqdn is None else await self._pool(
            self.persistent_chat_pool_fqdn, pools)
        found = [one for one in await self._candidates(contacts, pools) if pool is None or one.pool == pool]
        await self.write_chosen(found, View(
            contacts.distinguished_name, lambda one: contact(contacts, one),
            lambda one: ldap_attributes(contacts, one)))

    async def _candidates(self, contacts: Contacts, pools: PoolReach) -> list[Endpoint]:
        if self.identity is not None:
            return [await contacts.find(self.identity, pools.covers)]
        return pools.among(await contacts.all())

    async def _pool(self, text: str, pools: PoolReach) -> str:
        fqdn = Fqdn.parse(text).name
        pools.check(fqdn)
        if all(pool.fqdn != fqdn for pool in await self.service(Topology).pools()):
            raise ParlourError(POOL_UNKNOWN, fqdn, fqdn=fqdn)
        return fqdn


class RemoveCsPersistentChatEndpoint(Cmdlet):
    """Removes endpoints: their addresses lead nowhere from then on. A pool's own endpoint cannot be removed."""

    meta = Meta(
        "Remove-CsPersistentChatEndpoint", should_process=True, roles=CHAT_ADMINISTRATORS,
        acts_on=ActsOn.POOLS, examples=(
            Example('Remove-CsPersistentChatEndpoint -Identity "sip:pce2@litwareinc.com"', "Removes that endpoint."),
            Example('Get-CsPersistentChatEndpoint -Filter {DisplayName -like "Old*"} | '
                    "Remove-CsPersistentChatEndpoint -WhatIf",
                    "Says which endpoints would be removed."),
        ))
    identity: str = parameter(
        values=Values.ENDPOINT, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY,
        help="SIP address, display name or distinguished name.")
    force: bool = parameter(help="Does not complain about an endpoint that is not there.")

    async def process(self) -> None:
        """Remove one endpoint."""
        contacts = self.service(Contacts)
        try:
            endpoint = await contacts.find(self.identity, (await reached_by(self)).covers)
        except ParlourError as absent:
            if self.force and absent.kind is ENDPOINT_NOT_FOUND:
                await self.verbose(str(absent))
                return
            raise
        refuse_automatic(endpoint)
        if await self.should_process(str(endpoint.address)):
            await contacts.remove(endpoint)


CMDLETS = (NewCsPersistentChatEndpoint, GetCsPersistentChatEndpoint, RemoveCsPersistentChatEndpoint)
