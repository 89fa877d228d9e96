"""What an import would do: decided from values alone, the same for -WhatIf and for the import itself."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
from parlour.transfer.settings import Settings, differences, unlisted
from parlour.transfer.world import Place, Standing, World, place

T = TypeVar("T")
R = TypeVar("R", CategoryRole, RoomRole)
Lists = Mapping[R, tuple[str, ...]]
Shelves = Mapping[SettingsKind, Scoped[ChatConfiguration] | Scoped[ChatPolicy] | Scoped[ComplianceConfiguration]]


_MOST_NAMES = 10  # told in one line
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
        fill: it gets the messages of the export, after so many that are there already; None if it gets none.
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
    fill: int | None
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
    messages: int = 0

    def __str__(self) -> str:
        """Say how much it is."""
        return (f"{len(self.categories)} categories, {len(self.rooms)} rooms, {self.messages} messages, "
                f"{len(self.addins)} add-ins, {len(self.settings)} settings")


class Planner:
    """Decides what is done with each thing in an export, and tells the log.

    Args:
        listing: what the export has.
        tallies: the messages it has, by the numbers of their rooms.
        world: where it goes.
        shelves: the settings there are; they are only asked.
        log: told of everything.
        replace_same_named: what is there takes the values of something else that is called so, even if it is in use.
    """

    def __init__(
        self, listing: Listing, tallies: Mapping[int, Tally], world: World, shelves: Shelves, log: Log,
        replace_same_named: bool = False,
    ) -> None:
        self._listing = listing
        self._tallies = tallies
        self._world = world
        self._shelves = shelves
        self._log = log
        self._replaces = replace_same_named
        self._plan = Plan()
        self._names: dict[int, str] = {}  # how principals of the export are called here
        self._categories: dict[int, PutCategory] = {}
        self._addins: dict[int, PutAddin] = {}
        self._pools: dict[str, str | None] = {}
        self._taken: dict[Place, str] = dict.fromkeys(world.rooms, "room") | dict.fromkeys(
            world.categories, "category")
        self._guids = {room.uri.guid: room.identity for room in world.rooms.values()}
        self._unknown: dict[int, str] = {}
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
                self._unknown[one.number] = one.name
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
            if not closure.isdisjoint(allowed) and closure.isdisjoint(denied):
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

    def _may_replace(self, subject: str, kind: str) -> bool:
        """Say whether something in use becomes another thing of the same name, and tell of it either way."""
        if self._replaces:
            self._log.warning(subject, f"takes the place of another {kind} of this name, in which something was posted")
            return True
        self._log.error(subject, f"left out: there is another {kind} of this name, in which something was posted; "
                        "rename one of them, or use -ReplaceSameNamed")
        return False

    def _warn(self, subject: str, changes: Iterable[str]) -> None:
        for change in changes:
            self._log.warning(subject, change)

    # -- things

    def _put_settings(self, subject: str, settings: ListedSettings) -> None:
        kinds = POLICY_SCOPES if settings.kind is SettingsKind.POLICY else CONFIGURATION_SCOPES
        scope = parse_scope(settings.scope, kinds)
        if scope.kind is ScopeKind.SERVICE:
            scope = replace(scope, name=self._pool(scope.name) or scope.name)
        shelf: Scoped[Settings] = self._shelves[settings.kind]  # type: ignore[assignment]  # of its own kind
        existing = shelf.find(scope)
        value = unlisted(settings, scope, existing)
        if existing is None:
            shelf.check_new(value)
        else:
            shelf.rules.checked(value)
            if changed := differences(existing, value):
                self._log.warning(subject, f"replaced: {', '.join(changed)} will be otherwise than now")
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
        unknown = [self._unknown[number] for number in category.lists.get(CategoryRole.DENIED, ())
                   if number in self._unknown]
        if unknown:  # without them, the wall would let in who is kept out where it comes from
            self._log.error(subject, f"left out with its rooms: {_some(unknown)} stands in its "
                            f"{CategoryRole.DENIED}, and is not known here")
            return
        pool = self._place(subject, "category", category.pool, category.name)
        if pool is None:
            return
        named = dict.fromkeys(CategoryRole, ()) | {
            role: tuple(names) for role, names in self._named(category.lists).items()}
        creators = self._inside(subject, CategoryRole.CREATOR, named[CategoryRole.CREATOR], named)
        existing = self._world.categories.get(place(pool, category.name))
        put = PutCategory(pool, category, named | {CategoryRole.CREATOR: tuple(creators)}, existing)
        changes = [] if existing is None else [
            *_values_changed(existing, category), *_lists_changed(self._world.category_lists[existing.id], put.lists)]
        if existing and existing.id in self._world.foreign and changes and not self._may_replace(subject, "category"):
            return
        self._warn(subject, changes)
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
        if existing and _is_other(existing, details) and existing.id in self._world.used and not self._may_replace(
                subject, "room"):
            return
        put = PutRoom(
            pool, f"{pool}\\{category.values.name}", entry, details, self._invitations(subject, details, category),
            self._addin(subject, details), self._people(subject, entry, details, category), existing,
            self._fills(subject, entry), "" if existing else self._guid(subject, details))
        if existing:
            self._warn(subject, _room_changes(existing, put, self._world.room_lists.get(existing.id, {})))
        self._plan.rooms.append(put)
        self._tell(subject, existing)

    def _invitations(self, subject: str, details: RoomDetails, category: PutCategory) -> Invitations:
        """Return the room's own; one that invites by itself does so with its category, or not at all."""
        if details.invitations is Invites.TRUE and not category.values.invitations:
            self._log.warning(subject, "invitations set to False: its category has them off")
            return Invitations.FALSE
        return Invitations.FALSE if details.invitations is Invites.FALSE else Invitations.INHERIT

    def _guid(self, subject: str, details: RoomDetails) -> str:
        guid = _guid_of(details)
        if guid in self._guids:
            self._log.warning(subject, f"gets another GUID: {self._guids[guid]} has its own, so links lead there")
            return ""
        if guid:
            self._guids[guid] = subject
        return guid

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

    def _fills(self, subject: str, entry: RoomEntry) -> int | None:
        """Return after how many that are there the messages of the export go into a room, and tell of them."""
        tally = self._tallies.get(entry.number)
        if tally is None or not tally.count:
            return None
        unknown = sum(count for author, count in tally.authors.items() if author not in self._names)
        if unknown:
            self._log.warning(subject, f"{unknown} messages left out: their authors are not known here")
        standing = self._world.standings.get(entry.number, Standing(0, 0))
        missing = tally.count - unknown - standing.present
        if missing <= 0:
            if standing.present:
                self._log.done(subject, f"its {standing.present} messages are there already")
            return None
        if standing.after is None:
            self._log.error(subject, f"{missing} messages left out: they are not in this room, in which other things "
                            "were posted, changed or deleted")
            return None
        there = f", after {standing.after} that are there already" if standing.after else ""
        self._log.done(subject, f"{missing} messages{there}")
        self._plan.messages += missing
        return standing.after


# -- what becomes otherwise


def _guid_of(details: RoomDetails) -> str:
    """Return the GUID that a room has in the export; empty if that is none."""
    uri = RoomUri.parse(details.uri)
    return "" if uri is None or not _GUID.fullmatch(uri.guid) else uri.guid


def _is_other(existing: Room, details: RoomDetails) -> bool:
    """Say whether a room here is another one than that of the same name in the export."""
    return _guid_of(details) != existing.uri.guid


def _values_changed(existing: Category, values: ListedCategory) -> Iterator[str]:
    for name, before, after in (
            ("invitations", existing.invitations, values.invitations),
            ("files", existing.file_upload, values.file_upload),
            ("chat history", existing.chat_history, values.chat_history)):
        if before != after:
            yield f"{name} will be {'on' if after else 'off'}"


def _room_changes(existing: Room, put: PutRoom, lists: Mapping[RoomRole, Collection[str]]) -> Iterator[str]:
    before = f"{existing.pool}\\{existing.category}"
    for name, old, new in (
            ("category", before, put.category), ("privacy", existing.privacy, put.details.privacy),
            ("type", existing.type, put.details.type)):
        if old.lower() != new.lower():
            yield f"{name} will be {new} instead of {old}"
    if existing.disabled != put.entry.disabled:
        yield f"it will be switched {'off' if put.entry.disabled else 'on'}"
    yield from _lists_changed(lists, put.lists)


def _lists_changed(before: Mapping[R, Collection[str]], after: Lists[R]) -> Iterator[str]:
    """Tell who comes into lists, and who goes."""
    for role, names in after.items():
        known, wanted = ({name.lower() for name in listed} for listed in (before.get(role, ()), names))
        coming = [name for name in names if name.lower() not in known]
        going = [name for name in before.get(role, ()) if name.lower() not in wanted]
        told = [f"{who} {_some(listed)}" for who, listed in (("in comes", coming), ("out goes", going)) if listed]
        if told:
            yield f"{role}: {'; '.join(told)}"


def _some(names: Sequence[str]) -> str:
    """Return names, or the first ones of them and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
