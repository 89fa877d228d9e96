"""Reading an export into a deployment: all of it is read and decided on first, and only then something changes."""

import asyncio
from collections import Counter
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from parlour.addresses import RoomUri
from parlour.chat.content import mentioned
from parlour.chat.contents import PAGE
from parlour.chat.model import Category, CategoryChange, Draft, NewCategory, NewRoom, Person, Room, RoomChange
from parlour.chat.principals import CategoryRole, Principal, PrincipalKind, RoomRole
from parlour.chat.scoped import Scoped
from parlour.directory.belonging import domain_name
from parlour.errors import ROOM_USED, STORAGE_UNAVAILABLE, ParlourError
from parlour.transfer.archive import Package
from parlour.transfer.documents import invalid, messages_entry
from parlour.transfer.exporting import Sources
from parlour.transfer.model import ListedMessage, Listing, SettingsKind
from parlour.transfer.plan import Plan, Planner, PutAddin, PutCategory, PutRoom, PutSettings, Shelves, Tally
from parlour.transfer.report import Log
from parlour.transfer.standing import Comparison
from parlour.transfer.world import DirectoryView, Place, Standing, World, place

_CHARACTERS = 1 << 20  # of the messages that are in memory at once, unless it is a single one
_AHEAD = timedelta(minutes=5)  # so much may clocks differ
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # there was no chat service before

Changed = Callable[[str, str], Awaitable[None]]
T = TypeVar("T")
R = TypeVar("R", CategoryRole, RoomRole)


async def _untold(_subject: str, _text: str) -> None:
    """Tell nobody."""


class Importer:
    """Imports one export.

    Args:
        sources: where it goes.
        package: the export.
        log: told what was done, and what was not.
        turn: called now and then; may raise to stop.
        changed: told of each thing that was made or changed, and of the messages that a room got, once that is done.
        replace_same_named: see `Planner`.
    """

    def __init__(
        self, sources: Sources, package: Package, log: Log, turn: Callable[[], Awaitable[None]],
        changed: Changed = _untold, *, replace_same_named: bool = False,
    ) -> None:
        self._sources = sources
        self._package = package
        self._log = log
        self._turn = turn
        self._changed = changed
        self._replaces = replace_same_named
        self._authors = {one.number for one in package.listing.principals if one.kind is PrincipalKind.USER}
        self._people: dict[int, Person] = {}
        core = sources.core
        self._shelves: Shelves = {
            SettingsKind.CONFIGURATION: core.configurations, SettingsKind.POLICY: core.policies,
            SettingsKind.COMPLIANCE: sources.compliance}

    async def plan(self) -> Plan:
        """Read the whole export and decide what to do; changes nothing.

        Raises:
            ParlourError: ExportInvalid, StorageUnavailable.
        """
        tallies = {room: await self._tally(room) for room in self._package.message_rooms}
        people = await self._sources.people.entries()
        known = {str(one.address).lower(): one for one in people}
        self._people = {
            one.number: known[one.name.lower()] for one in self._package.listing.principals
            if one.kind is PrincipalKind.USER and one.name.lower() in known}
        world = await self._world(known, frozenset(tallies))
        planner = Planner(
            self._package.listing, tallies, world, self._shelves, self._log, replace_same_named=self._replaces)
        return await asyncio.to_thread(planner.plan)

    async def _tally(self, room: int) -> Tally:
        """Read all messages of a room; whatever is wrong with them is found before anything changes."""
        entry = messages_entry(room)
        latest = self._sources.clock.now() + _AHEAD
        before = _EARLIEST
        found: Counter[int] = Counter()
        async for batch in _batches(self._package.messages(room)):
            await self._turn()
            for message in batch:
                if message.author not in self._authors:
                    raise invalid(entry, f"message {message.number}: there is no author {message.author}")
                if fault := _time_fault(message, before, latest):
                    raise invalid(entry, f"message {message.number} {fault}")
                before = message.posted_at
                found[message.author] += 1
        return Tally(found)

    # -- what there is

    async def _world(self, people: Mapping[str, Person], filled: frozenset[int]) -> World:
        core, listing = self._sources.core, self._package.listing
        rooms = {place(room.pool, room.name): room for room in await core.administration.all_rooms()}
        categories = {place(one.pool, one.name): one for one in await core.administration.all_categories()}
        world = World(
            pools=tuple(pool.fqdn for pool in await self._sources.topology.pools()),
            directory=await self._directory(), people=people, categories=categories, rooms=rooms,
            addins={place(one.pool, one.name): one for one in await core.addins.all()})
        same_rooms = await asyncio.to_thread(_called_so, world, listing)
        same_categories = {one.id: one for category in listing.categories
                           if (one := _there(world, categories, category.pool, category.name))}
        lasts = {room.id: await core.contents.last(room) for room in same_rooms.values()}
        return replace(
            world, category_lists=await self._category_lists(same_categories.values()),
            room_lists=await self._room_lists({room.id for room in same_rooms.values()}),
            used=frozenset(number for number, last in lasts.items() if last),
            foreign=await self._foreign(same_categories, rooms.values()),
            standings={number: await self._standing(number, room, lasts[room.id])
                       for number, room in same_rooms.items() if number in filled and lasts[room.id]})

    async def _category_lists(
        self, categories: Iterable[Category]
    ) -> dict[int, dict[CategoryRole, tuple[str, ...]]]:
        admin = self._sources.core.administration
        return {one.id: _names(await admin.category_people(one)) for one in categories}

    async def _room_lists(self, wanted: Collection[int]) -> dict[int, dict[RoomRole, tuple[str, ...]]]:
        if not wanted:
            return {}
        found = self._sources.core.administration.rooms_with_people(lambda room: room.id in wanted)
        async with aclosing(found):
            return {room.id: _names(people) async for room, people in found}

    async def _foreign(self, categories: Collection[int], rooms: Collection[Room]) -> frozenset[int]:
        """Return those categories in which something was posted, and none of whose rooms is in the export."""
        listed = {RoomUri.parse(details.uri) for _, details in self._package.listing.rooms}
        guids = {uri.guid for uri in listed if uri}
        inside: dict[int, list[Room]] = {}
        for room in rooms:
            if room.category_id in categories:
                inside.setdefault(room.category_id, []).append(room)
        return frozenset([number for number, those in inside.items()
                          if not any(room.uri.guid in guids for room in those) and await self._any_used(those)])

    async def _any_used(self, rooms: Iterable[Room]) -> bool:
        for room in rooms:
            if not await self._sources.core.contents.is_unused(room):
                return True
        return False

    async def _standing(self, number: int, room: Room, last: int) -> Standing:
        """Find out how many of the messages for a room are in it."""
        comparison = Comparison(self._sources.core.contents.pages(room))
        async with aclosing(comparison):
            async for batch in _batches(self._package.messages(number)):
                await self._turn()
                for message in batch:
                    if message.author in self._people:
                        await comparison.take(message, self._people[message.author].id)
            return comparison.standing(last)

    async def _directory(self) -> DirectoryView:
        people = {str(one.address): one.container for one in await self._sources.people.entries()}
        groups = {group.principal.name: group.members for group in await self._sources.groups.all()}
        domains = [domain_name(domain.name) for domain in await self._sources.topology.domains()]
        return await asyncio.to_thread(DirectoryView, people, groups, [self._sources.people.forest, *domains])

    # -- what is done

    async def apply(self, plan: Plan) -> None:
        """Do what was decided. What cannot be done after all is left out, and the log says so.

        Raises:
            ParlourError: StorageUnavailable.
        """
        for settings in plan.settings:
            await self._try(f"{settings.kind} {settings.value.identity}", self._put_settings(settings))
        for addin in plan.addins:
            await self._try(f"Add-in {addin.pool}\\{addin.name}", self._put_addin(addin))
        for category in plan.categories:
            await self._try(f"Category {category.pool}\\{category.values.name}", self._put_category(category))
        for room in plan.rooms:
            await self._try(f"Room {room.identity}", self._put_room(room))

    async def _try(self, subject: str, put: Awaitable[None]) -> None:
        await self._turn()
        try:
            await put
        except ParlourError as fault:
            if fault.kind is STORAGE_UNAVAILABLE:
                raise
            self._log.error(subject, f"not imported after all: {fault}")

    async def _put_settings(self, put: PutSettings) -> None:
        shelf: Scoped[Any] = self._shelves[put.kind]
        await (shelf.change(put.value) if put.exists else shelf.add(put.value))
        await self._changed(f"{put.kind} {put.value.identity}", _how(put.exists))

    async def _put_addin(self, put: PutAddin) -> None:
        addins = self._sources.core.addins
        if put.existing is None:
            await addins.add(put.name, put.url, put.pool, str(uuid4()))
        else:
            await addins.change(put.existing, put.name, put.url)
        await self._changed(f"Add-in {put.pool}\\{put.name}", _how(put.existing))

    async def _put_category(self, put: PutCategory) -> None:
        admin, values = self._sources.core.administration, put.values
        async with admin.editing:
            category = put.existing or await admin.create_category(NewCategory(
                values.name, put.pool, values.description, values.invitations, values.file_upload,
                values.chat_history))
            await admin.change_category(category, CategoryChange(
                _unless_same(values.name, category.name), values.description, values.invitations, values.file_upload,
                values.chat_history, put.lists))
        await self._changed(f"Category {put.pool}\\{values.name}", _how(put.existing))

    async def _put_room(self, put: PutRoom) -> None:
        """Make or change a room; while messages come into it, it is disabled: nobody may post in between."""
        disabled = put.entry.disabled or put.fill is not None
        async with self._sources.core.administration.editing:
            room = await (self._make(put, disabled) if put.existing is None
                          else self._change(put, put.existing, disabled))
        await self._changed(f"Room {put.identity}", _how(put.existing))
        if put.fill is None:
            return
        filled = await self._fill(put, room, put.fill)
        if not (put.entry.disabled if filled else put.existing is None or put.existing.disabled):
            async with self._sources.core.administration.editing:
                await self._sources.core.administration.change_room(room, RoomChange(disabled=False))

    async def _make(self, put: PutRoom, disabled: bool) -> Room:
        entry, details = put.entry, put.details
        new = NewRoom(entry.name, put.category, put.pool, entry.description, details.privacy, details.type,
                      put.invitations, disabled, put.addin, put.guid)
        return await self._sources.core.administration.create_room(new, put.lists)

    async def _change(self, put: PutRoom, room: Room, disabled: bool) -> Room:
        entry, details = put.entry, put.details
        changed, dropped = await self._sources.core.administration.change_room(room, RoomChange(
            _unless_same(entry.name, room.name), entry.description,
            None if put.category.lower() == f"{room.pool}\\{room.category}".lower() else put.category,
            details.privacy, details.type, put.invitations, disabled, put.lists, force=True, addin=put.addin))
        for principal in dropped:
            self._log.warning(f"Room {put.identity}", f"{principal.name} left out: the category does not allow that")
        return changed

    async def _fill(self, put: PutRoom, room: Room, after: int) -> bool:
        """Put in the messages that are not there yet; say whether all of them are there now."""
        subject = f"Room {put.identity}"
        loaded = Loaded(after)
        try:
            async with aclosing(self._drafts(put.entry.number, room, loaded)) as drafts:
                await self._sources.core.contents.fill(room, drafts, after)
        except ParlourError as fault:
            if fault.kind is not ROOM_USED:
                raise
            closed = "; the room stays disabled" if put.existing is None else ""
            self._log.error(subject, f"not all messages were imported: somebody posted in the room meanwhile{closed}")
            return False
        finally:
            if loaded.last > after:
                count, numbers = loaded.last - after, f"numbers {after + 1} to {loaded.last}"
                self._log.done(subject, f"{count} messages imported: {numbers}")
                await self._changed(subject, f"{count} messages imported, {numbers}")
        return True

    async def _drafts(self, number: int, room: Room, loaded: "Loaded") -> AsyncGenerator[list[Draft], None]:
        there = loaded.last
        async for batch in _batches(self._package.messages(number)):
            await self._turn()
            known = [message for message in batch if message.author in self._people]
            drafts = [self._draft(message, room) for message in known[there:]]
            there = max(0, there - len(known))
            if drafts:
                yield drafts
                loaded.last += len(drafts)  # who asks for more has put them in

    def _draft(self, message: ListedMessage, room: Room) -> Draft:
        return Draft(room.id, self._people[message.author], message.posted_at, message.content,
                     mentioned(message.content, room.uri.domain), edited_at=message.edited_at)


@dataclass(slots=True)
class Loaded:
    """Number of the last message that came into a room."""

    last: int


def _how(existing: object) -> str:
    return "changed" if existing else "made"


def _names(lists: Mapping[R, Sequence[Principal]]) -> dict[R, tuple[str, ...]]:
    return {role: tuple(one.name for one in listed) for role, listed in lists.items()}


def _there(world: World, things: Mapping[Place, T], pool: str, name: str) -> T | None:
    """Return what is called as something in the export is."""
    here = world.pool_for(pool)
    return None if here is None else things.get(place(here, name))


def _called_so(world: World, listing: Listing) -> dict[int, Room]:
    """Return the rooms here that are called as those in the export, by the numbers of these."""
    pools = {category.number: category.pool for category in listing.categories}
    found = {entry.number: _there(world, world.rooms, pools[details.category], entry.name)
             for entry, details in listing.rooms}
    return {number: room for number, room in found.items() if room is not None}


def _time_fault(message: ListedMessage, before: datetime, latest: datetime) -> str:
    """Return what is wrong with the times of a message; before it came one of `before`."""
    if message.posted_at > latest or (message.edited_at or latest) > latest:
        return "is of the future"
    if message.posted_at < _EARLIEST:
        return f"is of before {_EARLIEST.year}"
    if message.posted_at < before:
        return "is older than the one before it"
    return "was changed before it was posted" if (message.edited_at or latest) < message.posted_at else ""


def _unless_same(name: str, known: str) -> str | None:
    return None if name == known else name


async def _batches(messages: Iterator[ListedMessage]) -> AsyncIterator[list[ListedMessage]]:
    """Yield messages as many at once as memory bears; they are read in another thread."""
    while batch := await asyncio.to_thread(partial(_take, messages)):
        yield batch


def _take(messages: Iterator[ListedMessage]) -> list[ListedMessage]:
    taken: list[ListedMessage] = []
    left = _CHARACTERS
    for message in messages:
        taken.append(message)
        left -= len(message.content.text) + len(message.content.rtf or "")
        if left < 0 or len(taken) == PAGE:
            break
    return taken
