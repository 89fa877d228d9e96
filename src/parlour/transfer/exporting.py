"""Writing an export: what there is, read page by page, into a ZIP file; never a whole room in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from parlour.chat.core import Core
from parlour.chat.model import Category, Message, Room
from parlour.chat.principals import CategoryRole, Principal, PrincipalKind, RoomRole
from parlour.clock import Clock
from parlour.compliance.settings import ComplianceConfigurations
from parlour.directory.groups import Group, Groups
from parlour.directory.people import People
from parlour.directory.topology import Topology
from parlour.transfer.archive import begin_entry, write_entry
from parlour.transfer.documents import (
    ADDINS,
    AFFILIATIONS,
    CATEGORIES,
    DETAILS,
    GROUPS,
    MANIFEST,
    MESSAGES,
    ROOMS,
    SETTINGS,
    USERS,
    Document,
    messages_entry,
)
from parlour.transfer.model import (
    Affiliation,
    ExportLevel,
    Invites,
    ListedAddin,
    ListedCategory,
    ListedMessage,
    ListedPrincipal,
    Manifest,
    RoomDetails,
    RoomEntry,
)
from parlour.transfer.report import Log
from parlour.transfer.settings import Settings, listed
from parlour.transfer.xml import closing, opening

T = TypeVar("T")
RoomPeople = dict[RoomRole, list[Principal]]


@dataclass(frozen=True, slots=True)
class Sources:
    """What exports are made from, and imports go to."""

    core: Core
    people: People
    groups: Groups
    topology: Topology
    compliance: ComplianceConfigurations
    clock: Clock


@dataclass(frozen=True, slots=True)
class ExportWanted:
    """What is to be exported.

    Attributes:
        level: how much of everything; None for all of it, but no settings if it is limited to some categories: they
            are those of the whole deployment.
        scope: names of categories; none for all.
        since: messages of this moment and later.
        source: what the operator calls the deployment.
        database: what he calls its database.
    """

    level: ExportLevel | None = None
    scope: tuple[str, ...] = ()
    since: datetime | None = None
    source: str = ""
    database: str = ""

    @property
    def depth(self) -> ExportLevel:
        """How much of everything it is in the end."""
        return self.level or (ExportLevel.CONTENT if self.scope else ExportLevel.ALL)


@dataclass(slots=True)
class _Register:
    """Gives principals their numbers in the export."""

    known: dict[str, ListedPrincipal] = field(default_factory=dict)

    def number(self, kind: PrincipalKind, name: str, display_name: str, *, enabled: bool = True) -> int:
        entry = ListedPrincipal(len(self.known) + 1, kind, name, display_name, enabled)
        return self.known.setdefault(name.lower(), entry).number

    def numbers(self, principals: Sequence[Principal]) -> tuple[int, ...]:
        return tuple(self.number(one.kind, one.name, one.display_name) for one in principals)

    def author(self, message: Message) -> int:
        return self.number(PrincipalKind.USER, str(message.author), message.author_name)


class Exporter:
    """Makes one export.

    Args:
        sources: what it is made from.
        wanted: what is to be in it.
        log: told what was done.
        progress: called now and then with the bytes written so far; may raise to stop.

    Attributes:
        rooms: the rooms that were exported.
        switched_off: numbers of rooms that are disabled only for the export; in it, they are not.
    """

    def __init__(
        self, sources: Sources, wanted: ExportWanted, log: Log, progress: Callable[[int], Awaitable[None]]
    ) -> None:
        self._sources = sources
        self._wanted = wanted
        self._log = log
        self._progress = progress
        self._register = _Register()
        self.rooms: list[Room] = []
        self.switched_off: set[int] = set()

    async def write(self, stream: BinaryIO) -> None:
        """Write the export to a file that can be sought in.

        Raises:
            ParlourError: ChatCategoryNotFound, NameNeedsPool, for a category of the scope; StorageUnavailable.
        """
        level = self._wanted.depth
        categories = await self._categories()
        groups = await self._enter_directory()
        async with AsyncExitStack() as stack:
            archive = ZipFile(stream, "w", ZIP_DEFLATED)
            stack.push_async_callback(asyncio.to_thread, archive.close)
            manifest = Manifest(level, self._sources.clock.now(), await self._domain(), self._wanted.source,
                                self._wanted.database, self._wanted.scope, self._wanted.since)
            await _put(archive, MANIFEST, [manifest])
            if level.includes(ExportLevel.CATEGORY):
                await self._write_categories(archive, categories)
            if level.includes(ExportLevel.ROOM_DIRECTORY):
                await self._write_rooms(archive, categories)
            if level.includes(ExportLevel.CONTENT):
                for room in self.rooms:
                    await self._write_messages(archive, stream, room)
            if level.includes(ExportLevel.ALL):
                await self._write_settings(archive)
            await self._write_directory(archive, groups)
        await self._progress(stream.tell())

    async def _categories(self) -> list[Category]:
        """Return the categories to export."""
        admin = self._sources.core.administration
        if not self._wanted.scope:
            return await admin.all_categories()
        found = [await admin.category_named(name) for name in self._wanted.scope]
        return list({category.id: category for category in found}.values())

    async def chosen_rooms(self) -> list[Room]:
        """Return the rooms that are to be exported.

        Raises:
            ParlourError: ChatCategoryNotFound, NameNeedsPool.
        """
        wanted = {category.id for category in await self._categories()}
        return [room for room in await self._sources.core.administration.all_rooms() if room.category_id in wanted]

    async def _domain(self) -> str:
        return next(domain.name for domain in await self._sources.topology.domains() if domain.is_default)

    # -- principals

    async def _enter_directory(self) -> list[Group]:
        """Give everybody a number; whoever else turns up in lists gets one there."""
        for person in await self._sources.people.entries():
            self._register.number(
                PrincipalKind.USER, str(person.address), person.display_name, enabled=person.enabled)
        groups = await self._sources.groups.all()
        self._register.numbers([group.principal for group in groups])
        return groups

    async def _write_directory(self, archive: ZipFile, groups: Sequence[Group]) -> None:
        known = self._register.known
        people = [one for one in known.values() if one.kind is PrincipalKind.USER]
        others = [one for one in known.values() if one.kind is not PrincipalKind.USER]
        around: dict[int, list[int]] = {}
        for group in groups:
            for name in group.members:
                if name.lower() in known:
                    around.setdefault(known[name.lower()].number, []).append(known[group.principal.name.lower()].number)
        await _put(archive, USERS, people)
        await _put(archive, GROUPS, others)
        await _put(archive, AFFILIATIONS, [Affiliation(number, tuple(inside)) for number, inside in around.items()])
        self._log.done("Directory", f"{len(people)} people, {len(others)} groups, containers and domains")

    # -- categories and rooms

    async def _write_categories(self, archive: ZipFile, categories: Sequence[Category]) -> None:
        admin = self._sources.core.administration
        entries = []
        for one in categories:
            people = await admin.category_people(one)
            lists = {role: self._register.numbers(people[role]) for role in CategoryRole}
            entries.append(ListedCategory(one.id, one.pool, one.name, one.description, one.invitations,
                                          one.file_upload, one.chat_history, lists))
            self._log.done(f"Category {one.identity}", "exported")
        await _put(archive, CATEGORIES, entries)

    async def _write_rooms(self, archive: ZipFile, categories: Sequence[Category]) -> None:
        creators = {one.id: (await self._sources.core.administration.category_people(one))[CategoryRole.CREATOR]
                    for one in categories}
        found = self._sources.core.administration.rooms_with_people(lambda room: room.category_id in creators)
        entries: list[RoomEntry] = []
        async with aclosing(found):
            async for room, people in found:
                await self._progress(0)
                self.rooms.append(room)
                entries.append(self._entry(room, people, self._register.numbers(creators[room.category_id])))
                self._log.done(f"Room {room.identity}", "exported")
        await _put(archive, ADDINS, await self._addins())
        await _put(archive, ROOMS, entries)
        await _put(archive, DETAILS, map(_details, self.rooms))

    async def _addins(self) -> list[ListedAddin]:
        """Return every add-in; of an export limited to some categories, only those that its rooms have."""
        used = {room.addin.id for room in self.rooms if room.addin is not None}
        return [ListedAddin(one.id, one.pool, one.name, one.url) for one in await self._sources.core.addins.all()
                if not self._wanted.scope or one.id in used]

    def _entry(self, room: Room, people: RoomPeople, creators: tuple[int, ...]) -> RoomEntry:
        lists = {role: self._register.numbers(people[role]) for role in RoomRole}
        disabled = room.disabled and room.id not in self.switched_off
        return RoomEntry(room.id, room.name, room.description, disabled, lists, creators)

    # -- messages

    async def _write_messages(self, archive: ZipFile, stream: BinaryIO, room: Room) -> None:
        pages = self._sources.core.contents.pages(room, self._wanted.since)
        count = 0
        async with aclosing(pages), AsyncExitStack() as stack:
            async for page in pages:
                if not count:
                    entry = await asyncio.to_thread(stack.enter_context, begin_entry(archive, messages_entry(room.id)))
                    await asyncio.to_thread(entry.write, opening(MESSAGES.container).encode())
                await asyncio.to_thread(entry.write, self._page(page))
                count += len(page)
                await self._progress(stream.tell())
            if count:
                await asyncio.to_thread(entry.write, closing(MESSAGES.container).encode())
        if count:
            self._log.done(f"Room {room.identity}", f"{count} messages exported")

    def _page(self, page: Sequence[Message]) -> bytes:
        return "".join(f"{MESSAGES.write(self._listed(message))}\n" for message in page).encode()

    def _listed(self, message: Message) -> ListedMessage:
        return ListedMessage(message.number, self._register.author(message), message.posted_at, message.content,
                             message.edited_at)

    # -- settings

    async def _write_settings(self, archive: ZipFile) -> None:
        core = self._sources.core
        values: list[Settings] = [*core.configurations.all(), *core.policies.all(), *self._sources.compliance.all()]
        await _put(archive, SETTINGS, map(listed, values))
        self._log.done("Configuration", f"{len(values)} settings of the service exported")


async def _put(archive: ZipFile, document: Document[T], values: Iterable[T]) -> None:
    await asyncio.to_thread(write_entry, archive, document.entry, document.pieces(values))


def _details(room: Room) -> RoomDetails:
    return RoomDetails(room.id, room.category_id, room.privacy, room.type, Invites(room.invitations.value),
                       None if room.addin is None else room.addin.id, str(room.uri), room.created_at)
