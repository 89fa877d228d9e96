"""Who somebody is, by the built-in directory: containers, domains, and groups in groups."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from parlour.addresses import DistinguishedName, SipAddress
from parlour.chat.model import Person
from parlour.chat.principals import Affiliations, Principal, PrincipalKind
from parlour.directory.belonging import affiliations_of, around, closures_of, domain_name, rows_of
from parlour.errors import PRINCIPAL_NOT_FOUND, ParlourError
from parlour.storage.changes import Watched
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import group_members, people, principals, sip_addresses, sip_domains

_KINDS = {"CN": PrincipalKind.GROUP, "OU": PrincipalKind.CONTAINER, "DC": PrincipalKind.DOMAIN}
_PLACES = (PrincipalKind.CONTAINER.value, PrincipalKind.DOMAIN.value)


class BuiltinPrincipals:
    """`parlour.chat.ports.Directory` on the built-in directory.

    Args:
        database: where.
        forest: the directory's root.
    """

    def __init__(self, database: Database, forest: str) -> None:
        self._database = database
        self._forest = DistinguishedName.parse(forest)

    @property
    def revision(self) -> int:
        """A number that goes up with each change of the directory."""
        return self._database.revision(Watched.DIRECTORY)

    async def affiliations_of(self, people: Collection[Person]) -> dict[Person, Affiliations]:
        """Return every principal that each of these people is, with the way there."""
        return await self._database.read(lambda connection: affiliations_of(connection, people))

    async def closures(self, entries: Collection[Principal]) -> dict[int, Affiliations]:
        """Return of each principal every principal that whoever it stands for is at least."""
        found = await self._database.read(lambda connection: closures_of(connection, entries))
        return {entry.id: found[entry] for entry in found}

    async def people_of(self, principals: Collection[Principal]) -> list[Person]:
        """Return all people that any of these principals stands for."""
        def work(connection: Connection) -> list[Person]:
            numbers = _downward(connection, principals)
            return [to_person(row) for row in rows_of(connection, select(*PERSON), people.c.id, numbers)]
        return await self._database.read(work)

    async def resolve(self, names: Sequence[str]) -> list[Principal]:
        """Find the principals that administrators name.

        Raises:
            ParlourError: PrincipalNotProvisioned, naming the first unknown one.
        """
        return await self._database.write(partial(self._resolve, names))

    async def check(self, names: Sequence[str]) -> None:
        """See that there are principals of these names, and keep nothing of it.

        Raises:
            ParlourError: PrincipalNotProvisioned, naming the first unknown one.
        """
        await self._database.trial(partial(self._resolve, names))

    def _resolve(self, names: Sequence[str], connection: Connection) -> list[Principal]:
        return [resolve(connection, name, self._forest) for name in names]


def resolve(connection: Connection, name: str, forest: DistinguishedName) -> Principal:
    """Find the principal of a SIP address or distinguished name; what the directory has becomes one when first named.

    Raises:
        ParlourError: PrincipalNotProvisioned.
    """
    try:
        name.encode()  # half a character is in no name
    except UnicodeEncodeError:
        raise ParlourError(PRINCIPAL_NOT_FOUND, name, name=name) from None
    if name[:4].lower() == "sip:":
        return _person_principal(connection, name)
    try:
        wanted = DistinguishedName.parse(name)
        kind = _KINDS[wanted.parts[0][0]]
    except (ParlourError, KeyError):
        raise ParlourError(PRINCIPAL_NOT_FOUND, name, name=name) from None
    known = connection.execute(select(principals).where(principals.c.key == str(wanted).lower())).one_or_none()
    if known is not None:
        return to_principal(known)
    if kind is PrincipalKind.GROUP or not _exists(connection, wanted, kind, forest):
        raise ParlourError(PRINCIPAL_NOT_FOUND, name, name=name)
    return add_principal(connection, kind, str(wanted), wanted.parts[0][1])


def _person_principal(connection: Connection, name: str) -> Principal:
    query = select(people).join(sip_addresses, sip_addresses.c.person_id == people.c.id).where(
        sip_addresses.c.address_key == name.lower())
    person = connection.execute(query).one_or_none()
    if person is None:
        raise ParlourError(PRINCIPAL_NOT_FOUND, name, name=name)
    known = connection.execute(select(principals.c.id).where(principals.c.person_id == person.id)).scalar()
    number = known if known is not None else connection.execute(insert(principals).returning(principals.c.id), {
        "kind": PrincipalKind.USER.value, "key": f"user:{person.guid}", "name": "", "display_name": "",
        "person_id": person.id}).scalar_one()
    return Principal(number, PrincipalKind.USER, str(SipAddress.parse(person.sip_address)), person.display_name)


def _exists(
    connection: Connection, wanted: DistinguishedName, kind: PrincipalKind, forest: DistinguishedName
) -> bool:
    if kind is PrincipalKind.DOMAIN:
        domains = connection.execute(select(sip_domains.c.name)).scalars()
        return wanted.key in {forest.key, *(domain_name(domain).key for domain in domains)}
    used = connection.execute(select(people.c.container).distinct()).scalars()
    return any(DistinguishedName.parse(container).is_within(wanted) for container in used)


def add_principal(connection: Connection, kind: PrincipalKind, name: str, display_name: str) -> Principal:
    """Note a group, container or domain, so that lists can name it."""
    row = connection.execute(insert(principals).returning(principals), {
        "kind": kind.value, "key": name.lower(), "name": name, "display_name": display_name}).one()
    return to_principal(row)


def to_principal(row: Row[Any]) -> Principal:
    """Read a row of principals that is no person's."""
    return Principal(row.id, PrincipalKind(row.kind), row.name, row.display_name)


def within(connection: Connection, start: Collection[int]) -> set[int]:
    """Return these principals, and the members of groups among them, at any depth."""
    wanted = set(start)
    frontier = wanted
    while frontier:
        query = select(group_members.c.member_id)
        frontier = {row.member_id for row in rows_of(connection, query, group_members.c.group_id, frontier)} - wanted
        wanted = wanted | frontier
    return wanted


def _downward(connection: Connection, start: Collection[Principal]) -> set[int]:
    """Return the people whom any of these stands for: members of groups in groups, and who lies where."""
    wanted = within(connection, {principal.id for principal in start})
    rows = list(rows_of(connection, select(principals), principals.c.id, wanted))
    places = {row.key for row in rows if row.kind in _PLACES}
    return {row.person_id for row in rows if row.person_id is not None} | _people_in(connection, places)


def _people_in(connection: Connection, places: set[str]) -> set[int]:
    """Return the people who lie in any of these containers and domains, given by their keys."""
    if not places:
        return set()
    found: set[int] = set()
    for row in connection.execute(select(people.c.id, people.c.container, people.c.sip_address)):
        domain = str(domain_name(row.sip_address.rpartition("@")[2]))
        if not places.isdisjoint((*around(row.container), *around(domain))):
            found.add(row.id)
    return found
