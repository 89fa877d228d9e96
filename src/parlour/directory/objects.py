"""Everything in the directory that has a name, people and what they lie in and belong to alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, select

from parlour.addresses import DistinguishedName, SipAddress
from parlour.chat.principals import PrincipalKind
from parlour.directory.belonging import domain_name
from parlour.directory.contacts import Contacts
from parlour.directory.identities import Names
from parlour.directory.people import People
from parlour.storage.database import Database
from parlour.storage.schema import principals, sip_domains


class ObjectClass(Enum):
    """What an object is: its classes, the most special one last."""

    USER = ("top", "person", "organizationalPerson", "user")
    CONTACT = ("top", "person", "organizationalPerson", "contact")
    GROUP = ("top", "group")
    CONTAINER = ("top", "container")
    UNIT = ("top", "organizationalUnit")
    DOMAIN = ("top", "domain", "domainDNS")


_OF_ATTRIBUTE = {"OU": ObjectClass.UNIT, "DC": ObjectClass.DOMAIN}


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """An object of the directory; only people and endpoints have an address, a GUID and times."""

    distinguished_name: DistinguishedName
    kind: ObjectClass
    name: str
    display_name: str
    address: SipAddress | None = None
    guid: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None

    @property
    def names(self) -> Names:
        """What it is called."""
        return Names(self.display_name, self.distinguished_name, self.address)


class DirectoryObjects:
    """The objects of the built-in directory, put together of those who keep them.

    Args:
        database: where groups and domains are.
        people: the people.
        contacts: the endpoints.
    """

    def __init__(self, database: Database, people: People, contacts: Contacts) -> None:
        self._database = database
        self._people = people
        self._contacts = contacts
        self.forest = people.forest

    async def all(self) -> list[DirectoryObject]:
        """Return all of them: people, endpoints, groups, and the containers and domains that are in use."""
        people = await self._people.entries()
        places = {person.container for person in people}
        named = await self._database.read(_named)
        found = [
            *(DirectoryObject(one.distinguished_name, ObjectClass.USER, one.address.bare, one.display_name, one.address,
                              one.guid, one.created_at, one.changed_at) for one in people),
            *(DirectoryObject(self._contacts.distinguished_name(one), ObjectClass.CONTACT, f"{{{one.guid}}}",
                              one.display_name, one.address, one.guid, one.created_at, one.changed_at)
              for one in await self._contacts.all()),
        ]
        unique = {name.key: name for name in (*_around(places), self.forest, *named)}
        return [*found, *map(_nameless, sorted(unique.values(), key=lambda name: (name.parts[0][0], name.key)))]


def _named(connection: Connection) -> list[DistinguishedName]:
    """Return the names of the groups, containers and domains that are kept, and of SIP domains."""
    rows = connection.execute(select(principals.c.name).where(principals.c.kind != PrincipalKind.USER.value))
    domains = connection.execute(select(sip_domains.c.name))
    return [*(DistinguishedName.parse(row.name) for row in rows), *(domain_name(row.name) for row in domains)]


def _around(places: Iterable[DistinguishedName]) -> Iterator[DistinguishedName]:
    """Return containers and those they lie in, up to the domain."""
    for place in places:
        for start, (attribute, _) in enumerate(place.parts):
            if attribute == "DC":
                break
            yield DistinguishedName(place.parts[start:])


def _nameless(name: DistinguishedName) -> DirectoryObject:
    """Return the object that has no names but its distinguished one."""
    attribute, value = name.parts[0]
    kind = _OF_ATTRIBUTE.get(attribute, ObjectClass.GROUP)
    return DirectoryObject(name, kind, value, value)
