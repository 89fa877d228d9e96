"""An export, imported into another deployment: the same rooms, people, settings and messages as before."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.transfer.transfer_kit import (
    ALICE,
    BOB,
    CAROL,
    POOL,
    REPLACED,
    START,
    correct,
    exported,
    imported,
    lines,
    rows,
    say,
    state,
    stores,
)

from parlour.chat.contents import PAGE
from parlour.chat.model import Content, Draft, RoomChange
from parlour.chat.principals import RoomRole
from parlour.chat.search import MessageQuery
from parlour.node import Node
from parlour.transfer.exporting import ExportWanted
from parlour.transfer.model import ExportLevel
from parlour.transfer.report import Log, Severity

HOSTILE = ("plain", "<b>&amp;</b> ]]> \r\n\ttabs  ", "\x01\x1f control", "\ufffe\uffff", "é😀\u202e", "-->", " x ")


@pytest.fixture
async def source(furnished: Node) -> Node:
    """A deployment with everything in it."""
    node = furnished
    await say(node, "Open", *HOSTILE, Content("body\nof it", title="A story"), Content("!", alert=True),
              Content("text", rtf="{\\rtf1 text}"), "@bob look", author=BOB)
    await say(node, "Open", "will be changed", "will be deleted")
    await correct(node, "Open", 12, Content("changed"))
    await correct(node, "Open", 13, None)
    await say(node, "Off", "kept from earlier", author=CAROL)
    return node


async def test_everything_comes_over(source: Node, target: Node) -> None:
    log = await imported(target, await exported(source))
    assert (lines(log, Severity.WARNING), lines(log, Severity.ERROR)) == ([REPLACED], [])
    assert await state(target) == await state(source)


async def test_messages_get_the_numbers_of_their_room_without_gaps_and_are_found(source: Node, target: Node) -> None:
    await imported(target, await exported(source))
    room = await target.core.administration.room_named("Open")
    numbers = [one.number async for page in target.core.contents.pages(room) for one in page]
    assert numbers == list(range(1, 13))  # the deleted one and what corrections kept are not there
    assert [one.number for one in await say(target, "Open", "next")] == [13]
    alice = await target.people.find(ALICE)
    found = await target.core.search.search(alice, MessageQuery((room.uri,), "changed"))
    assert [message.text for _, message in found.hits] == ["changed"]
    assert await target.core.contents.is_unused(room) is False


async def test_a_long_history_comes_over_page_by_page(source: Node, target: Node) -> None:
    texts = [f"message {number}" for number in range(PAGE * 2 + 7)]
    await say(source, "Closed", *texts)
    await imported(target, await exported(source, ExportWanted(scope=("Trading & <more>",))))
    room = await target.core.administration.room_named("Closed")
    pages = [page async for page in target.core.contents.pages(room)]
    assert [one.text for page in pages for one in page] == texts
    assert [len(page) for page in pages] == [PAGE, PAGE, 7]


async def test_importing_twice_changes_nothing_more(source: Node, target: Node) -> None:
    content = await exported(source)
    await imported(target, content)
    before = await state(target)
    log = await imported(target, content)
    assert await state(target) == before
    assert lines(log, Severity.ERROR) == lines(log, Severity.WARNING) == []
    assert {f"Room {POOL}\\Off: its 1 messages are there already",
            f"Room {POOL}\\Open: its 12 messages are there already"} <= set(lines(log, Severity.DONE))


async def test_an_import_puts_back_what_was_changed(source: Node) -> None:
    content = await exported(source)
    before = await state(source)
    admin = source.core.administration
    room = await admin.room_named("Stage")
    await admin.change_room(room, RoomChange(
        name="STAGE", description="other", category="Quiet", disabled=True,
        lists={RoomRole.MEMBER: [BOB], RoomRole.PRESENTER: [], RoomRole.MANAGER: []}))
    await admin.remove_room(await admin.room_named("Closed"))
    assert await state(source) != before
    await imported(source, content)
    assert await state(source) == before


async def test_looking_only_changes_nothing_at_all(source: Node, target: Node, tmp_path: Path) -> None:
    content = await exported(source)
    before = rows(tmp_path / "target")
    log = await imported(target, content, apply=False)
    assert rows(tmp_path / "target") == before
    assert f"Room {POOL}\\Open: 12 messages" in lines(log, Severity.DONE)
    assert f"Room {POOL}\\Stage: new" in lines(log, Severity.DONE)


async def test_an_export_changes_nothing(source: Node, tmp_path: Path) -> None:
    before = rows(tmp_path / "source")
    await exported(source)
    assert rows(tmp_path / "source") == before


@pytest.mark.parametrize(("level", "more"), [
    (ExportLevel.USER, set[str]()),
    (ExportLevel.CATEGORY, {"Categories.xml"}),
    (ExportLevel.ROOM_DIRECTORY, {"Categories.xml", "AddIns.xml", "ChatRooms.xml", "RoomDetails.xml"}),
    (ExportLevel.CONTENT, {"Categories.xml", "AddIns.xml", "ChatRooms.xml", "RoomDetails.xml", "Messages"}),
    (ExportLevel.ALL, {"Categories.xml", "AddIns.xml", "ChatRooms.xml", "RoomDetails.xml", "Messages",
                       "Configuration.xml"}),
])
async def test_what_each_level_has(source: Node, target: Node, level: ExportLevel, more: set[str]) -> None:
    content = await exported(source, ExportWanted(level))
    with ZipFile(BytesIO(content)) as archive:
        entries = {name.partition("/")[0] for name in archive.namelist()}
        assert archive.testzip() is None
    assert entries == {"Export.xml", "AdUsers.xml", "AdGroups.xml", "AdAffiliations.xml"} | more
    log = await imported(target, content)
    assert lines(log, Severity.WARNING) == ([REPLACED] if level is ExportLevel.ALL else [])
    assert lines(log, Severity.ERROR) == []
    assert bool(await target.core.administration.all_rooms()) == ("ChatRooms.xml" in more)
    assert (target.core.configurations.all()[0].default_chat_history == 77) == ("Configuration.xml" in more)


async def test_the_scope_takes_some_categories_only(source: Node, target: Node) -> None:
    content = await exported(source, ExportWanted(scope=(f"{POOL}\\quiet", "General")))
    await imported(target, content)
    rooms = {room.name for room in await target.core.administration.all_rooms()}
    assert rooms == {"Off", "Open", "Stage"}
    assert {one.name for one in await target.core.administration.all_categories()} == {"General", "Quiet"}
    assert await target.core.addins.all() == []


async def test_the_start_date_leaves_earlier_messages_out(source: Node, target: Node) -> None:
    content = await exported(source, ExportWanted(since=START + timedelta(minutes=10)))
    await imported(target, content)
    room = await target.core.administration.room_named("Open")
    texts = [one.text async for page in target.core.contents.pages(room) for one in page]
    assert texts == ["@bob look", "changed"]


async def test_the_log_of_an_export_names_everything(source: Node) -> None:
    log = Log()
    await exported(source, log=log)
    assert {f"Category {POOL}\\General: exported", f"Room {POOL}\\Open: exported",
            f"Room {POOL}\\Open: 12 messages exported"} <= set(lines(log, Severity.DONE))


async def test_somebody_posts_while_a_room_is_filled(source: Node, target: Node) -> None:
    await say(source, "Closed", *map(str, range(PAGE + 1)))
    await imported(target, await exported(source, ExportWanted(ExportLevel.ROOM_DIRECTORY)))
    room = await target.core.administration.room_named("Closed")
    bob = await target.people.find(BOB)
    turns = iter(range(10**6))

    async def post() -> None:
        """Post after the first page is in; the turns before are those of reading, and of things before the room."""
        if next(turns) == 6:
            posted.append(stores(target).append(Draft(room.id, bob, START, Content("me first"))))
    posted: list[object] = []
    log = await imported(target, await exported(source, ExportWanted(scope=("Trading & <more>",))), turn=post)
    assert lines(log, Severity.ERROR) == [
        f"Room {POOL}\\Closed: not all messages were imported: somebody posted in the room meanwhile"]
    texts = [one.text async for page in target.core.contents.pages(room) for one in page]
    assert texts in (["me first"], [*map(str, range(PAGE)), "me first"])
