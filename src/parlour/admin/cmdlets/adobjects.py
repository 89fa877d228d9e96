"""Get-CsAdPrincipal and Get-CsAdContact (reference/cmdlets.md section 3.4)."""

from collections.abc import Sequence

from parlour.admin.cmdlets.directory import PEOPLE_HELP, DirectoryCmdlet, View
from parlour.admin.engine import ActsOn, Example, Meta, Pipeline, PsObject, Value, parameter
from parlour.admin.engine.patterns import has_wildcard, like
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS, USER_ADMINISTRATORS
from parlour.admin.values import Values
from parlour.directory.identities import called
from parlour.directory.objects import DirectoryObject, DirectoryObjects
from parlour.errors import CONTACT_NOT_FOUND, DIRECTORY_OBJECT_AMBIGUOUS, PRINCIPAL_NOT_FOUND, ParlourError

PRINCIPAL = "Microsoft.Rtc.Management.ADConnect.Schema.OCSADPrincipal"
CONTACT = "Microsoft.Rtc.Management.ADConnect.Schema.ADContact"
PROPERTIES = ("Identity", "DistinguishedName", "Guid", "Name", "DisplayName", "SipAddress", "ObjectClass",
              "ObjectCategory", "WhenCreated", "WhenChanged", "OriginatingServer", "IsByPassValidation", "IsValid",
              "ObjectState")
_READERS = (*USER_ADMINISTRATORS, *CHAT_ADMINISTRATORS[1:], *READERS)


def shown(one: DirectoryObject) -> PsObject:
    """Return the object as administrators see it; as text, it is what lists of rooms and categories call it."""
    name, address = str(one.distinguished_name), None if one.address is None else str(one.address)
    classes: list[Value] = list(one.kind.value)
    values = (name, name, one.guid, one.name, one.display_name, address, classes, one.kind.value[-1], one.created_at,
              one.changed_at, None, False, True, "Unchanged")
    return PsObject((PRINCIPAL,), dict(zip(PROPERTIES, values, strict=True)), text=address or name)


def ldap_attributes(one: DirectoryObject) -> dict[str, Value]:
    """Return the object by the generic attributes that an LDAP filter names."""
    address = one.address
    named: dict[str, Value] = {} if address is None else {
        "msRTCSIP-PrimaryUserAddress": str(address), "sAMAccountName": address.user, "userPrincipalName": address.bare}
    classes: list[Value] = list(one.kind.value)
    return {"cn": one.name, "name": one.name, "distinguishedName": str(one.distinguished_name),
            "displayName": one.display_name, "objectClass": classes, "objectCategory": one.kind.value[-1],
            "objectGUID": one.guid, **named}


_VIEW: View[DirectoryObject] = View(lambda one: one.distinguished_name, shown, ldap_attributes)


class GetCsAdPrincipal(DirectoryCmdlet):
    """Lists what the directory has: people, groups, containers and domains, which lists can name, and contacts.

    The contacts are the endpoints of Persistent Chat pools; nobody is behind them, so lists do not take those.
    """

    meta = Meta("Get-CsAdPrincipal", outputs=(PRINCIPAL,), roles=_READERS, examples=(
        Example('Get-CsAdPrincipal -Filter {ObjectClass -eq "group"}', "Lists the groups."),
        Example('Get-CsAdPrincipal -LdapFilter "objectClass=organizationalUnit"', "Lists the containers."),
        Example('Get-CsAdPrincipal -Identity "Traders"', "Shows what is called so."),))
    properties = PROPERTIES
    identity: str | None = parameter(
        values=(Values.PERSON, Values.GROUP),
        position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=f"{PEOPLE_HELP} Without it, everything.")

    async def list_objects(self) -> None:
        """List objects."""
        objects = self.service(DirectoryObjects)
        known = await objects.all()
        await self.write_chosen(
            known if self.identity is None else _called(objects, known, self.identity), _VIEW)


def _called(objects: DirectoryObjects, known: Sequence[DirectoryObject], identity: str) -> Sequence[DirectoryObject]:
    found = called(known, lambda one: one.names, identity, objects.forest)
    if has_wildcard(identity):
        return found or [one for one in known if like(one.display_name, identity)]
    if len(found) > 1:
        raise ParlourError(DIRECTORY_OBJECT_AMBIGUOUS, identity, identity=identity)
    if not found:
        raise ParlourError(PRINCIPAL_NOT_FOUND, identity, name=identity)
    return found


class GetCsAdContact(DirectoryCmdlet):
    """Lists contacts: users of other forests. The built-in directory has none; endpoints are no such contacts."""

    meta = Meta("Get-CsAdContact", outputs=(CONTACT,), roles=_READERS, acts_on=ActsOn.PEOPLE, examples=(
        Example("Get-CsAdContact", "Lists all contacts: here, none."),))
    properties = PROPERTIES
    identity: str | None = parameter(
        values=Values.ENDPOINT,
        position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=f"{PEOPLE_HELP} Without it, all contacts.")

    async def list_objects(self) -> None:
        """List contacts."""
        if self.identity is not None and not has_wildcard(self.identity):
            raise ParlourError(CONTACT_NOT_FOUND, self.identity, identity=self.identity)


CMDLETS = (GetCsAdPrincipal, GetCsAdContact)
