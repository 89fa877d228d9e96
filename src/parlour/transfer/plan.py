"""What an import would do: decided from values alone, the same for -WhatIf and for the import itself."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from parlour.addresses import RoomUri
from parlour.chat.addins import checked_addin_name, checked_addin_url
from parlour.chat.model import Addin, Category, Invitations, Room, RoomType
from parlour.chat.names import checked_name, checked_text
from parlour.chat.policies import ChatConfiguration, ChatPolicy
from parlour.chat.principals import CategoryRole, PrincipalKind, RoomRole
from parlour.chat.scoped import Scoped
from parlour.chat.scopes import CONFIGURATION_SCOPES, POLICY_SCOPES, ScopeKind, parse_scope
from parlour.compliance.settings import ComplianceConfiguration
from parlour.errors import ParlourError
from parlour.transfer.model import (
    Invites,
    ListedAddin,
    ListedCategory,
    ListedSettings,
    Listing,
    RoomDetails,
    RoomEntry,
    SettingsKind,
)
from parlour.transfer.report import Log
from parlour.transfer.settings import Settings, unlisted
from parlour.transfer.world import Place, World, place

T = TypeVar("T")
R = TypeVar("R", CategoryRole, RoomRole)
Lists = Mapping[R, tuple[str, ...]]
Shelves = Mapping[SettingsKind, Scoped[ChatConfiguration] | Scoped[ChatPolicy] | Scoped[ComplianceConfiguration]]


_GUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Tally:
    """The messages of one room in an export: how many of each author, by number."""

    authors: Counter[int]

    @property
    def count(self) -> int:
        """All of them."""
        return self.authors.total()


@dataclass(frozen=True, slots=True)
class PutSettings:
    """Keep settings; `exists`: in place of others."""

    kind: SettingsKind
    value: Settings
    exists: bool


@dataclass(frozen=True, slots=True)
class PutAddin:
    """Make an add-in, or have one in place of `existing`."""

    pool: str
    name: str
    url: str
    existing: Addin | None


@dataclass(frozen=True, slots=True)
class PutCategory:
    """Make a category, or have one in place of `existing`; its lists by name."""

    pool: str
    values: ListedCategory
    lists: Lists[CategoryRole]
    existing: Category | None


@dataclass(frozen=True, slots=True)
class PutRoom:
    """Make a room, or have one in place of `existing`; `category` is the identity of its category.

    Attributes:
        fill: it gets the messages of the export.
        guid: a new one keeps this GUID, so that links to it go on leading there; empty if another room has it.
    """

    pool: str
    category: str
    entry: RoomEntry
    details: RoomDetails
    invitations: Invitations
    addin: str
    lists: Lists[RoomRole]
    existing: Room | None
    fill: bool
    guid: str

    @property
    def identity(self) -> str:
        """What it is called from then on."""
        return f"{self.pool}\\{self.entry.name}"


@dataclass(slots=True)
class Plan:
    """What an import would do, in this order."""

    settings: list[PutSettings] = field(default_factory=list)
    addins: list[PutAddin] = field(default_factory=list)
    categories: list[PutCategory] = field(default_factory=list)
    rooms: list[PutRoom] = field(default_factory=list)


class Planner:
    """Decides what is done with each thing in an export, and tells the log.

    Args:
        listing: what the export has.
        tallies: the messages it has, by the numbers of their rooms.
        world: where it goes.
        shelves: the settings there are; they are only asked.
        log: told of everything.
    """

    def __init__(
        self, listing: Listing, tallies: Mapping[int, Tally], world: World, shelves: Shelves, log: Log
    ) -> None:
        self._listing = listing
        self._tallies = tallies
        self._world = world
        self._shelves = shelves
        self._log = log
        self._plan = Plan()
        self._names: dict[int, str] = {}  # how principals of the export are called here
        self._categories: dict[int, PutCategory] = {}
        self._addins: dict[int, PutAddin] = {}
        self._pools: dict[str, str | None] = {}
        self._taken: dict[Place, str] = dict.fromkeys(world.rooms, "room") | dict.fromkeys(
            world.categories, "category")
        self._guids = {room.uri.guid for room in world.rooms.values()}
        self._planned: set[tuple[str, Place]] = set()

    def plan(self) -> Plan:
        """Return what would be done."""
        self._meet()
        for settings in self._listing.settings:
            self._try(f"{settings.kind} {settings.scope}", self._put_settings, settings)
        for addin in self._listing.addins:
            self._try(f"Add-in {addin.pool}\\{addin.name}", self._put_addin, addin)
        for category in self._listing.categories:
            self._try(f"Category {category.pool}\\{category.name}", self._put_category, category)
        for room in self._listing.rooms:
            self._try(f"Room {room[0].name}", self._put_room, room)
        return self._plan

    def _try(self, subject: str, put: Callable[[str, T], None], thing: T) -> None:
        try:
            put(subject, thing)
        except ParlourError as fault:
            self._log.error(subject, f"left out: {fault}")

    # -- principals

    def _meet(self) -> None:
        """Find out who of the export is known here."""
        for one in self._listing.principals:
            name = self._world.directory.known(one.name)
            if name is not None:
                self._names[one.number] = name
            else:
                what = "in lists, and what he wrote" if one.kind is PrincipalKind.USER else "in lists"
                self._log.warning(f"{one.kind} {one.name}", f"not known here: left out {what}")

    def _named(self, lists: Mapping[R, tuple[int, ...]]) -> dict[R, list[str]]:
        return {role: [self._names[number] for number in listed if number in self._names]
                for role, listed in lists.items()}

    def _inside(self, subject: str, role: R, names: Iterable[str], scope: Lists[CategoryRole]) -> list[str]:
        """Return those whom a category lets in; the others are told of."""
        allowed = {name.lower() for name in scope[CategoryRole.ALLOWED]}
        denied = {name.lower() for name in scope[CategoryRole.DENIED]}
        kept = []
        for name in names:
            closure = self._world.directory.closure(name)
            if closure & allowed and not closure & denied:
                kept.append(name)
            else:
                self._log.warning(subject, f"{name} left out of {role}: the category does not allow that")
        return kept

    # -- places

    def _pool(self, fqdn: str) -> str | None:
        """Return the pool that takes what was in a pool, and tell of it if it is called otherwise."""
        if fqdn not in self._pools:
            self._pools[fqdn] = found = self._world.pool_for(fqdn)
            if found is not None and found != fqdn.lower():
                self._log.warning(f"Pool {fqdn}", f"there is none here: what was in it goes to {found}")
        return self._pools[fqdn]

    def _place(self, subject: str, what: str, pool: str, name: str) -> str | None:
        """Return the pool for something, if it may have its name there; otherwise tell why not."""
        here = self._pool(pool)
        if here is None:
            self._log.error(subject, f"left out: there is no pool {pool} here, and several others")
            return None
        at = place(here, name)
        if (what, at) in self._planned:
            self._log.error(subject, "left out: the export has another one of this name")
            return None
        if what != "add-in" and self._taken.setdefault(at, what) != what:
            self._log.error(subject, f"left out: there is a {self._taken[at]} of this name")
            return None
        self._planned.add((what, at))
        return here

    def _tell(self, subject: str, existing: object) -> None:
        self._log.done(subject, "new" if existing is None else "takes the place of the one that is there")

    # -- things

    def _put_settings(self, subject: str, settings: ListedSettings) -> None:
        kinds = POLICY_SCOPES if settings.kind is SettingsKind.POLICY else CONFIGURATION_SCOPES
        scope = parse_scope(settings.scope, kinds)
        if scope.kind is ScopeKind.SERVICE:
            scope = replace(scope, name=self._pool(scope.name) or scope.name)
        value = unlisted(settings, scope)
        shelf: Scoped[Settings] = self._shelves[settings.kind]  # type: ignore[assignment]  # of its own kind
        existing = shelf.find(scope)
        if existing is None:
            shelf.check_new(value)
        else:
            shelf.rules.checked(value)
        self._plan.settings.append(PutSettings(settings.kind, value, existing is not None))
        self._tell(subject, existing)

    def _put_addin(self, subject: str, addin: ListedAddin) -> None:
        checked_addin_name(addin.name)
        checked_addin_url(addin.url)
        pool = self._place(subject, "add-in", addin.pool, addin.name)
        if pool is not None:
            existing = self._world.addins.get(place(pool, addin.name))
            self._addins[addin.number] = PutAddin(pool, addin.name, addin.url, existing)
            self._plan.addins.append(self._addins[addin.number])
            self._tell(subject, existing)

    def _put_category(self, subject: str, category: ListedCategory) -> None:
        checked_name(category.name, "category name")
        checked_text(category.description, "description")
        pool = self._place(subject, "category", category.pool, category.name)
        if pool is None:
            return
        named = dict.fromkeys(CategoryRole, ()) | {
            role: tuple(names) for role, names in self._named(category.lists).items()}
        creators = self._inside(subject, CategoryRole.CREATOR, named[CategoryRole.CREATOR], named)
        existing = self._world.categories.get(place(pool, category.name))
        put = PutCategory(pool, category, named | {CategoryRole.CREATOR: tuple(creators)}, existing)
        self._categories[category.number] = put
        self._plan.categories.append(put)
        self._tell(subject, existing)

    def _put_room(self, subject: str, room: tuple[RoomEntry, RoomDetails]) -> None:
        entry, details = room
        category = self._categories.get(details.category)
        if category is None:
            self._log.error(subject, "left out: so is its category")
            return
        subject = f"Room {category.pool}\\{entry.name}"
        checked_name(entry.name)
        checked_text(entry.description, "description")
        pool = self._place(subject, "room", category.pool, entry.name)
        if pool is None:
            return
        existing = self._world.rooms.get(place(pool, entry.name))
        put = PutRoom(
            pool, f"{pool}\\{category.values.name}", entry, details, self._invitations(subject, details, category),
            self._addin(subject, details), self._people(subject, entry, details, category), existing,
            self._fills(subject, entry, existing), "" if existing else self._guid(details))
        self._plan.rooms.append(put)
        self._tell(subject, existing)

    def _invitations(self, subject: str, details: RoomDetails, category: PutCategory) -> Invitations:
        """Return the room's own; one that invites by itself does so with its category, or not at all."""
        if details.invitations is Invites.TRUE and not category.values.invitations:
            self._log.warning(subject, "invitations set to False: its category has them off")
            return Invitations.FALSE
        return Invitations.FALSE if details.invitations is Invites.FALSE else Invitations.INHERIT

    def _guid(self, details: RoomDetails) -> str:
        uri = RoomUri.parse(details.uri)
        if uri is None or not _GUID.fullmatch(uri.guid) or uri.guid in self._guids:
            return ""
        self._guids.add(uri.guid)
        return uri.guid

    def _addin(self, subject: str, details: RoomDetails) -> str:
        if details.addin is None:
            return ""
        found = self._addins.get(details.addin)
        if found is None:
            self._log.warning(subject, "its add-in is left out")
        return "" if found is None else found.name

    def _people(
        self, subject: str, entry: RoomEntry, details: RoomDetails, category: PutCategory
    ) -> Lists[RoomRole]:
        named = self._named(entry.lists)
        lists = {role: self._inside(subject, role, named.get(role, ()), category.lists) for role in RoomRole}
        members = {name.lower() for name in lists[RoomRole.MEMBER]}
        presenters = []
        for name in lists[RoomRole.PRESENTER]:
            if details.type is RoomType.AUDITORIUM and name.lower() in members:
                presenters.append(name)
            else:
                self._log.warning(subject, f"{name} left out of Presenters: they are members of an Auditorium")
        return {role: tuple(names) for role, names in (lists | {RoomRole.PRESENTER: presenters}).items()}

    def _fills(self, subject: str, entry: RoomEntry, existing: Room | None) -> bool:
        """Say whether the messages of the export can go into a room, and tell how many."""
        tally = self._tallies.get(entry.number)
        if tally is None or not tally.count:
            return False
        if existing is not None and existing.id in self._world.used:
            self._log.warning(subject, f"{tally.count} messages left out: something was posted in this room already")
            return False
        unknown = sum(count for author, count in tally.authors.items() if author not in self._names)
        if unknown:
            self._log.warning(subject, f"{unknown} messages left out: their authors are not known here")
        self._log.done(subject, f"{tally.count - unknown} messages")
        return tally.count > unknown
