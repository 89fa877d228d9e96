"""Deployments to export from and import into, in this process; and what they look like to administrators."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.model import (
    CategoryChange,
    Content,
    Correction,
    Draft,
    Invitations,
    Message,
    NewCategory,
    NewRoom,
    Privacy,
    Room,
    RoomType,
)
from parlour.chat.policies import ChatConfiguration, ChatPolicy
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.scopes import Scope, ScopeKind
from parlour.compliance.settings import ComplianceConfiguration
from parlour.config import Settings
from parlour.deployment import DataFolder, NewDeployment, make_deployment
from parlour.directory.people import NewPerson
from parlour.node import Node, open_node
from parlour.storage.messages import SqlMessageLog
from parlour.testing import FakeClock
from parlour.transfer.archive import Package
from parlour.transfer.exporting import Exporter, ExportWanted, Sources
from parlour.transfer.importing import Importer
from parlour.transfer.report import Log, Severity

DOMAIN = "litwareinc.com"
POOL = f"pool.{DOMAIN}"
FOREST = "DC=litwareinc,DC=com"
SALES = f"OU=Sales,{FOREST}"
ALICE, BOB, CAROL, SALLY, NOBODY = (f"sip:{name}@{DOMAIN}" for name in ("alice", "bob", "carol", "sally", "nobody"))
TRADERS, CHIEFS = f"CN=Traders,OU=Groups,{FOREST}", f"CN=Chiefs,OU=Groups,{FOREST}"
START = datetime(2020, 1, 1, tzinfo=UTC)
REPLACED = "ChatConfiguration Global: replaced: default_chat_history, room_management_url will be otherwise than now"
"""What an import says that brings the settings of a furnished deployment to a new one."""


@asynccontextmanager
async def deployment(folder: Path, pattern: Path) -> AsyncIterator[Node]:
    """Copy a deployment and open it."""
    shutil.copytree(pattern, folder)
    async with open_node(DataFolder(folder), Settings.load(folder), FakeClock()) as node:
        yield node


async def make_pattern(folder: Path) -> None:
    """Make a deployment with people and groups."""
    clock = FakeClock()
    make_deployment(DataFolder(folder), NewDeployment(Fqdn.parse(DOMAIN), Fqdn.parse(POOL)), clock)
    async with open_node(DataFolder(folder), Settings.load(folder), clock) as node:
        for name in ("alice", "bob", "carol"):
            await node.people.add(NewPerson(SipAddress(name, DOMAIN), "Pa$$w0rd", name.title(), ntlm=False))
        await node.people.add(NewPerson(SipAddress("sally", DOMAIN), "Pa$$w0rd", "Sally", False, SALES))
        await node.groups.set_members(await node.groups.add("Traders"), [BOB, SALLY])
        await node.groups.set_members(await node.groups.add("Chiefs"), [TRADERS])


def sources(node: Node) -> Sources:
    """Return what exports are made from."""
    return Sources(node.core, node.people, node.groups, node.topology, node.compliance, node.clock)


async def furnish(node: Node) -> None:
    """Make rooms of every kind, with everything that can be exported."""
    admin = node.core.administration
    await node.core.addins.add("Ticker", "https://ticker.litwareinc.com/?a=1&b=2", POOL, "addin-1")
    trading = await admin.create_category(NewCategory("Trading & <more>", POOL, "behind a wall", True, True, True))
    await admin.change_category(trading, CategoryChange(lists={
        CategoryRole.ALLOWED: [TRADERS, ALICE, SALES], CategoryRole.DENIED: [CAROL], CategoryRole.CREATOR: [ALICE]}))
    quiet = await admin.create_category(NewCategory("Quiet", POOL, "", False, False, False))
    await admin.change_category(quiet, CategoryChange(lists={CategoryRole.ALLOWED: [FOREST]}))
    await admin.create_room(NewRoom("Open", "General", privacy=Privacy.OPEN, description='"quoted" é😀'))
    await admin.create_room(
        NewRoom("Closed", trading.identity, addin="Ticker"),
        {RoomRole.MEMBER: [ALICE, TRADERS, SALES], RoomRole.MANAGER: [BOB]})
    await admin.create_room(
        NewRoom("Secret \u2018room\u2019", trading.identity, privacy=Privacy.SECRET, invitations=Invitations.FALSE),
        {RoomRole.MEMBER: [ALICE]})
    await admin.create_room(
        NewRoom("Stage", "General", type=RoomType.AUDITORIUM),
        {RoomRole.MEMBER: [ALICE, BOB, CAROL], RoomRole.PRESENTER: [ALICE], RoomRole.MANAGER: [CAROL]})
    await admin.create_room(NewRoom("Off", "Quiet", disabled=True))
    await node.core.configurations.change(ChatConfiguration(default_chat_history=77, room_management_url="https://x/"))
    await node.core.policies.add(ChatPolicy(Scope(ScopeKind.TAG, "Contractors"), enabled=False, description="out"))
    await node.compliance.add(ComplianceConfiguration(
        Scope(ScopeKind.SERVICE, POOL), adapter_name="XML", run_interval=timedelta(hours=2), add_user_details=True))


async def say(node: Node, room: str, *contents: str | Content, author: str = ALICE) -> list[Message]:
    """Post in a room, a minute after the other."""
    found = await node.core.administration.room_named(room)
    person = await node.people.find(author)
    log = stores(node)
    first = await log.last_number(found.id)
    done = [log.append(Draft(
        found.id, person, START + timedelta(minutes=first + index), one if isinstance(one, Content) else Content(one)))
        for index, one in enumerate(contents)]
    return [await one for one in done]


async def correct(node: Node, room: str, number: int, content: Content | None) -> None:
    """Change or delete a message."""
    found = await node.core.administration.room_named(room)
    moment = START + timedelta(days=1)
    await stores(node).correct(Correction(found.id, number, moment, content))


def stores(node: Node) -> SqlMessageLog:
    """Return the message log."""
    return SqlMessageLog(node.database)


async def nothing(_written: int = 0) -> None:
    """Go on."""


async def exported(node: Node, wanted: ExportWanted | None = None, log: Log | None = None) -> bytes:
    """Return an export."""
    stream = BytesIO()
    await Exporter(sources(node), wanted or ExportWanted(), log or Log(), nothing).write(stream)
    return stream.getvalue()


async def imported(
    node: Node, content: bytes, *, apply: bool = True, turn: Callable[[], Awaitable[None]] = nothing,
    replace_same_named: bool = False,
) -> Log:
    """Import an export, or only look what that would do; return what it came to."""
    package = Package(BytesIO(content))
    log = Log()
    importer = Importer(sources(node), package, log, turn, replace_same_named=replace_same_named)
    plan = await importer.plan()
    if apply:
        await importer.apply(plan)
    package.close()
    return log


def lines(log: Log, severity: Severity) -> list[str]:
    """Return the findings of a severity."""
    return [str(finding) for finding in log.findings if finding.severity is severity]


async def history(node: Node, room: Room) -> list[tuple[object, ...]]:
    """Return the messages of a room, without their numbers."""
    return [(one.author.key, one.posted_at, one.content, one.edited_at)
            async for page in node.core.contents.pages(room) for one in page]


async def state(node: Node, *, messages: bool = True) -> dict[str, object]:
    """Return all that an export takes along, as administrators see it."""
    admin = node.core.administration
    rooms: dict[str, object] = {}
    for room in await admin.all_rooms():
        people = {str(role): names(listed) for role, listed in (await admin.room_people(room)).items()}
        rooms[room.name] = (
            room.pool, room.category, room.description, room.privacy, room.type, room.invitations, room.disabled,
            room.addin and room.addin.name, people, await history(node, room) if messages else None)
    categories = {
        one.name: (one.pool, one.description, one.invitations, one.file_upload, one.chat_history, one.number_of_rooms,
                   {str(role): names(listed) for role, listed in (await admin.category_people(one)).items()})
        for one in await admin.all_categories()}
    return {"rooms": rooms, "categories": categories,
            "addins": [(one.pool, one.name, one.url) for one in await node.core.addins.all()],
            "settings": [*node.core.configurations.all(), *node.core.policies.all(), *node.compliance.all()]}


def names(listed: Sequence[object]) -> list[str]:
    """Return the names in a list."""
    return [one.name for one in listed]  # type: ignore[attr-defined]


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table of a deployment."""
    with closing(sqlite3.connect(f"file:{folder / 'parlour.db'}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(database.execute(f'SELECT * FROM "{name}"'), key=repr) for name in tables}  # noqa: S608
