"""What people are besides themselves: where they lie, the groups they are in, and the groups those are in."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Row, Select, select

from parlour.addresses import DistinguishedName
from parlour.chat.model import Person
from parlour.chat.principals import Affiliations, Path, Principal, PrincipalKind
from parlour.storage.schema import group_members, people, principals

_CHUNK = 10_000  # values in one statement
_PEOPLE = select(people.c.id, people.c.container, principals.c.id.label("own")).join(
    principals, principals.c.person_id == people.c.id, isouter=True)
_PLACES = select(principals.c.id, principals.c.key, principals.c.name)
_GROUPS = select(group_members.c.member_id, group_members.c.group_id, principals.c.name).join(
    principals, principals.c.id == group_members.c.group_id)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Start:
    """Somebody or something without its groups: its name, its number if it has one, and where it lies."""

    who: str
    own: int | None
    places: tuple[str, ...]


def affiliations_of(connection: Connection, wanted: Collection[Person]) -> dict[Person, Affiliations]:
    """Return every principal that each of these people is, with the way there."""
    rows = {row.id: row for row in rows_of(connection, _PEOPLE, people.c.id, [person.id for person in wanted])}

    def start(person: Person) -> _Start:
        row, domain = rows.get(person.id), str(domain_name(person.address.domain))
        return _Start(str(person.address), row.own if row else None, (row.container if row else "", domain))
    return _all(connection, wanted, start)


def closures_of(connection: Connection, wanted: Collection[Principal]) -> dict[Principal, Affiliations]:
    """Return of each principal every principal that whoever it stands for is at least."""
    query = select(principals.c.id, people.c.container).join(people, people.c.id == principals.c.person_id)
    users = [one.id for one in wanted if one.kind is PrincipalKind.USER]
    containers = {row.id: row.container for row in rows_of(connection, query, principals.c.id, users)}

    def start(one: Principal) -> _Start:
        match one.kind:
            case PrincipalKind.USER:
                domain = str(domain_name(one.name.rpartition("@")[2]))
                return _Start(one.name, one.id, (containers.get(one.id, ""), domain))
            case PrincipalKind.GROUP:  # where a group lies, its people need not: they are only in its domain
                return _Start(one.name, one.id, (around(one.name)[-1],))
            case PrincipalKind.CONTAINER | PrincipalKind.DOMAIN:
                return _Start(one.name, one.id, (one.name,))
    return _all(connection, wanted, start)


def _all(connection: Connection, wanted: Collection[K], start_of: Callable[[K], _Start]) -> dict[K, Affiliations]:
    """Return what each of these is, by statements for all of them together."""
    starts = {one: start_of(one) for one in wanted}
    keys = {key for start in starts.values() for place in start.places if place for key in around(place)}
    places = {row.key: (row.id, row.name) for row in rows_of(connection, _PLACES, principals.c.key, keys)}
    begun = {one: _without_groups(start, places) for one, start in starts.items()}
    groups = _groups_above(connection, {number for known in begun.values() for number in known})
    return {one: _climb(known, groups) for one, known in begun.items()}


def _without_groups(start: _Start, places: Mapping[str, tuple[int, str]]) -> dict[int, Path]:
    known: dict[int, Path] = {} if start.own is None else {start.own: (start.who,)}
    for key in {key for place in start.places if place for key in around(place)} & places.keys():
        number, name = places[key]
        known.setdefault(number, (start.who, name))  # a container is itself, and lies in itself
    return known


def _groups_above(connection: Connection, numbers: set[int]) -> dict[int, list[tuple[int, str]]]:
    """Return the groups that each of these is in, and those that these are in, with their names."""
    found: dict[int, list[tuple[int, str]]] = {}
    seen, frontier = set(numbers), numbers
    while frontier:
        for row in rows_of(connection, _GROUPS, group_members.c.member_id, frontier):
            found.setdefault(row.member_id, []).append((row.group_id, row.name))
        frontier = {group for member in frontier for group, _ in found.get(member, ())} - seen
        seen |= frontier
    return found


def _climb(start: Mapping[int, Path], groups: Mapping[int, Sequence[tuple[int, str]]]) -> Affiliations:
    """Add the groups above; a circle of groups ends where it began."""
    known = dict(start)
    frontier = list(start)
    while frontier:
        found: dict[int, Path] = {}
        for member in frontier:
            for group, name in groups.get(member, ()):
                if group not in known:
                    found.setdefault(group, (*known[member], name))
        known |= found
        frontier = list(found)
    return known


def domain_name(domain: str) -> DistinguishedName:
    """Return the distinguished name of a DNS domain, ``DC=example,DC=com``."""
    return DistinguishedName(tuple(("DC", label) for label in domain.split(".")))


@lru_cache(maxsize=4096)
def around(place: str) -> tuple[str, ...]:
    """Return the keys of a place and of all it lies in, given by its distinguished name; a domain ends the way up."""
    parts = DistinguishedName.parse(place).parts
    names = [DistinguishedName(parts[start:]) for start in range(len(parts))]
    first_domain = next((name for name in names if name.parts[0][0] == "DC"), None)
    inner = [name for name in names if name.parts[0][0] != "DC"]
    return tuple(str(name).lower() for name in [*inner, *([first_domain] if first_domain else [])])


def rows_of(
    connection: Connection, query: Select[Any], column: Column[Any], values: Iterable[Any]
) -> Iterator[Row[Any]]:
    """Run `query` for all rows whose `column` is one of `values`, however many these are."""
    ordered = list(values)
    for start in range(0, len(ordered), _CHUNK):
        yield from connection.execute(query.where(column.in_(ordered[start:start + _CHUNK])))
