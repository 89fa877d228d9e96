"""Where an import goes: what there is already, as values, so that everything can be decided before anything changes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from parlour.addresses import DistinguishedName, SipAddress
from parlour.chat.model import Addin, Category, Person, Room
from parlour.chat.names import name_key
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.directory.belonging import domain_name
from parlour.errors import ParlourError

Place = tuple[str, str]
"""A pool, and the key of a name in it."""


def place(pool: str, name: str) -> Place:
    """Return where something of a name is."""
    return pool.lower(), name_key(name)


class DirectoryView:
    """The directory as of one moment: whom it knows, and who belongs to whom.

    Args:
        people: the container of each person, by SIP address.
        groups: the direct members of each group, by distinguished name; all by their names.
        domains: distinguished names of the domains.
    """

    def __init__(
        self, people: Mapping[str, DistinguishedName], groups: Mapping[str, Collection[str]],
        domains: Iterable[DistinguishedName],
    ) -> None:
        self._containers = {name.lower(): container for name, container in people.items()}
        self._names = {name.lower(): name for name in (*people, *groups)}
        self._domains = {domain.key for domain in domains}
        self._places = {container.key: container for container in self._containers.values()}.values()
        self._closures: dict[str, frozenset[str]] = {}
        self._around: dict[str, list[str]] = {}  # the groups that somebody is directly in
        for group, members in groups.items():
            for member in members:
                self._around.setdefault(member.lower(), []).append(group.lower())

    def known(self, name: str) -> str | None:
        """Return how somebody is called here; None if nobody is."""
        found = self._names.get(name.lower())
        if found is not None or name[:4].lower() == "sip:":
            return found
        try:
            wanted = DistinguishedName.parse(name)
        except ParlourError:
            return None
        kind = wanted.parts[0][0]
        there = (kind == "DC" and wanted.key in self._domains) or (
            kind == "OU" and any(container.is_within(wanted) for container in self._places))
        return str(wanted) if there else None

    def closure(self, name: str) -> frozenset[str]:
        """Return, in lower case, every principal that whoever is called so is at least."""
        key = name.lower()
        if key not in self._closures:
            self._closures[key] = self._closure(name)
        return self._closures[key]

    def _closure(self, name: str) -> frozenset[str]:
        found = set(self._direct(name))
        frontier = found
        while frontier:
            frontier = {group for member in frontier for group in self._around.get(member, ())} - found
            found = found | frontier
        return frozenset(found)

    def _direct(self, name: str) -> list[str]:
        key = name.lower()
        if key in self._containers:
            domain = domain_name(SipAddress.parse(name).domain)
            return [key, *_around(self._containers[key]), *_around(domain)]
        around = _around(DistinguishedName.parse(name))
        is_group = key.startswith("cn=")  # where a group lies, its people need not: they are only in its domain
        return [key, *(around[-1:] if is_group else around)]


def _around(inner: DistinguishedName) -> list[str]:
    """Return a place and all it lies in; a domain ends the way up."""
    names = [DistinguishedName(inner.parts[start:]) for start in range(len(inner.parts))]
    domain = next((name for name in names if name.parts[0][0] == "DC"), None)
    inside = [name for name in names if name.parts[0][0] != "DC"]
    return [str(name).lower() for name in (*inside, *((domain,) if domain else ()))]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a room in which something was posted has of the messages that an export has for it.

    Attributes:
        present: so many of them are there.
        after: the others can go after this number, which is that of the newest entry; None if they cannot.
    """

    present: int
    after: int | None


@dataclass(frozen=True, slots=True)
class World:
    """The deployment that an import goes to.

    Attributes:
        pools: FQDNs.
        directory: who is who.
        people: by SIP address in lower case.
        categories: by their places.
        rooms: by their places.
        addins: by their places.
        category_lists: names in the lists of those categories that are called as one in the export, by number.
        room_lists: the same for rooms.
        used: numbers of those rooms that are called as one in the export, and in which something was posted ever.
        foreign: numbers of those categories that are called as one in the export but have other rooms, with messages.
        standings: how far the messages of the export are there, by the numbers of its rooms.
    """

    pools: tuple[str, ...]
    directory: DirectoryView
    people: Mapping[str, Person] = field(default_factory=dict)
    categories: Mapping[Place, Category] = field(default_factory=dict)
    rooms: Mapping[Place, Room] = field(default_factory=dict)
    addins: Mapping[Place, Addin] = field(default_factory=dict)
    category_lists: Mapping[int, Mapping[CategoryRole, Collection[str]]] = field(default_factory=dict)
    room_lists: Mapping[int, Mapping[RoomRole, Collection[str]]] = field(default_factory=dict)
    used: frozenset[int] = frozenset()
    foreign: frozenset[int] = frozenset()
    standings: Mapping[int, Standing] = field(default_factory=dict)

    def pool_for(self, fqdn: str) -> str | None:
        """Return the pool that takes what was in a pool: the one of its name, or the only one; None if that is open."""
        if fqdn.lower() in self.pools:
            return fqdn.lower()
        return self.pools[0] if len(self.pools) == 1 else None
