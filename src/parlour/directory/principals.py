"""Who somebody is, by the built-in directory: containers, domains, and groups in groups."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, insert, select

from parlour.addresses import DistinguishedName, SipAddress
from parlour.chat.model import Person
from parlour.chat.principals import Affiliations, Path, Principal, PrincipalKind
from parlour.errors import PRINCIPAL_NOT_FOUND, ParlourError
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import group_members, people, principals, sip_addresses, sip_domains

_KINDS = {"CN": PrincipalKind.GROUP, "OU": PrincipalKind.CONTAINER, "DC": PrincipalKind.DOMAIN}
_CHUNK = 10_000  # values in one statement
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

    async def affiliations(self, person: Person) -> Affiliations:
        """Return every principal that `person` is, with the way there."""
        return await self._database.read(lambda connection: upward(connection, of_person(connection, person)))

    async def affiliations_of(self, people: Collection[Person]) -> dict[int, Affiliations]:
        """Return the same of many people, by the number of each."""
        return await self._database.read(lambda connection: {
            person.id: upward(connection, of_person(connection, person)) for person in people})

    async def closures(self, entries: Collection[Principal]) -> dict[int, Affiliations]:
        """Return of each principal every principal that whoever it stands for is at least."""
        def work(connection: Connection) -> dict[int, Affiliations]:
            return {entry.id: upward(connection, _of_principal(connection, entry)) for entry in entries}
        return await self._database.read(work)

    async def people_of(self, principals: Collection[Principal]) -> list[Person]:
        """Return all people that any of these principals stands for."""
        def work(connection: Connection) -> list[Person]:
            numbers = _downward(connection, principals)
            return [to_person(row) for row in _of(connection, select(*PERSON), people.c.id, numbers)]
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


def domain_name(domain: str) -> DistinguishedName:
    """Return the distinguished name of a DNS domain, ``DC=example,DC=com``."""
    return DistinguishedName(tuple(("DC", label) for label in domain.split(".")))


def add_principal(connection: Connection, kind: PrincipalKind, name: str, display_name: str) -> Principal:
    """Note a group, container or domain, so that lists can name it."""
    row = connection.execute(insert(principals).returning(principals), {
        "kind": kind.value, "key": name.lower(), "name": name, "display_name": display_name}).one()
    return to_principal(row)


def to_principal(row: Row[Any]) -> Principal:
    """Read a row of principals that is no person's."""
    return Principal(row.id, PrincipalKind(row.kind), row.name, row.display_name)


def of_person(connection: Connection, person: Person) -> dict[int, Path]:
    """Return what a person is without any group."""
    container = connection.execute(select(people.c.container).where(people.c.id == person.id)).scalar()
    own = connection.execute(select(principals.c.id).where(principals.c.person_id == person.id)).scalar()
    start: dict[int, Path] = {} if own is None else {own: (str(person.address),)}
    domain = str(domain_name(person.address.domain))
    return start | _by_place(connection, str(person.address), [container or "", domain])


def _of_principal(connection: Connection, entry: Principal) -> dict[int, Path]:
    if entry.kind is PrincipalKind.USER:
        query = select(people.c.container).join(principals, principals.c.person_id == people.c.id).where(
            principals.c.id == entry.id)
        place = connection.execute(query).scalar() or ""
        domain = str(domain_name(entry.name.rpartition("@")[2]))
        return {entry.id: (entry.name,)} | _by_place(connection, entry.name, [place, domain])
    place = entry.name
    if entry.kind is PrincipalKind.GROUP:  # where a group lies, its people need not: they are only in its domain
        place = _around(DistinguishedName.parse(place))[-1]
    return {entry.id: (entry.name,)} | _by_place(connection, entry.name, [place])


def _by_place(connection: Connection, who: str, places: Iterable[str]) -> dict[int, Path]:
    """Return the containers and domains that lie around these places."""
    keys = {key for place in places if place for key in _around(DistinguishedName.parse(place))}
    rows = connection.execute(select(principals.c.id, principals.c.name).where(principals.c.key.in_(keys)))
    return {row.id: (who, row.name) for row in rows if row.name.lower() != who.lower()}


def _around(place: DistinguishedName) -> list[str]:
    """Return the keys of a place and of all it lies in; a domain ends the way up."""
    names = [DistinguishedName(place.parts[start:]) for start in range(len(place.parts))]
    first_domain = next((name for name in names if name.parts[0][0] == "DC"), None)
    inner = [name for name in names if name.parts[0][0] != "DC"]
    return [str(name).lower() for name in [*inner, *([first_domain] if first_domain else [])]]


def upward(connection: Connection, start: dict[int, Path]) -> Affiliations:
    """Add the groups that any of these is in, and the groups those are in; a circle of groups ends where it began."""
    known = dict(start)
    frontier = set(start)
    while frontier:
        query = select(group_members, principals.c.name).join(
            principals, principals.c.id == group_members.c.group_id).where(group_members.c.member_id.in_(frontier))
        rows = connection.execute(query).all()
        found = {row.group_id: (*known[row.member_id], row.name) for row in rows if row.group_id not in known}
        known |= found
        frontier = set(found)
    return known


def within(connection: Connection, start: Collection[int]) -> set[int]:
    """Return these principals, and the members of groups among them, at any depth."""
    wanted = set(start)
    frontier = wanted
    while frontier:
        query = select(group_members.c.member_id)
        frontier = {row.member_id for row in _of(connection, query, group_members.c.group_id, frontier)} - wanted
        wanted = wanted | frontier
    return wanted


def _downward(connection: Connection, start: Collection[Principal]) -> set[int]:
    """Return the people whom any of these stands for: members of groups in groups, and who lies where."""
    wanted = within(connection, {principal.id for principal in start})
    rows = list(_of(connection, select(principals), principals.c.id, wanted))
    places = {row.key for row in rows if row.kind in _PLACES}
    return {row.person_id for row in rows if row.person_id is not None} | _people_in(connection, places)


def _of(connection: Connection, query: Select[Any], column: Column[Any], values: Iterable[int]) -> Iterator[Row[Any]]:
    """Run `query` for all rows whose `column` is one of `values`, however many these are."""
    ordered = list(values)
    for start in range(0, len(ordered), _CHUNK):
        yield from connection.execute(query.where(column.in_(ordered[start:start + _CHUNK])))


def _people_in(connection: Connection, places: set[str]) -> set[int]:
    """Return the people who lie in any of these containers and domains, given by their keys."""
    if not places:
        return set()
    found: set[int] = set()
    for row in connection.execute(select(people.c.id, people.c.container, people.c.sip_address)):
        domain = str(domain_name(row.sip_address.rpartition("@")[2]))
        around = {key for place in (row.container, domain) for key in _around(DistinguishedName.parse(place))}
        if around & places:
            found.add(row.id)
    return found
