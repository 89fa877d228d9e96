"""Imports that do not come to their end: the next one goes on from there, or says that it cannot."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from io import BytesIO

import pytest
from tests.transfer.test_transfer_hostile import packed, replaced, unpacked
from tests.transfer.transfer_kit import (
    ALICE,
    BOB,
    CAROL,
    NOBODY,
    POOL,
    START,
    correct,
    exported,
    history,
    imported,
    lines,
    nothing,
    say,
    sources,
    stores,
)

from parlour.chat.contents import PAGE
from parlour.chat.model import Content, Draft, Room
from parlour.errors import ParlourError
from parlour.node import Node
from parlour.transfer.archive import Package
from parlour.transfer.exporting import ExportWanted
from parlour.transfer.importing import Importer
from parlour.transfer.model import ExportLevel
from parlour.transfer.plan import Planner
from parlour.transfer.report import MOST_LINES, Log, Severity, html

OPEN = f"Room {POOL}\\Open"
COUNT = PAGE * 2 + 7


async def texts(node: Node, name: str = "Open") -> list[str]:
    """Return what was said in a room."""
    room = await node.core.administration.room_named(name)
    return [one[2].text for one in await history(node, room)]  # type: ignore[attr-defined]


async def open_room(node: Node) -> Room:
    return await node.core.administration.room_named("Open")


def stopping(node: Node, after: int) -> Callable[[], Awaitable[None]]:
    """Return what ends an import once a room has so many messages."""
    async def turn() -> None:
        rooms = [one for one in await node.core.administration.all_rooms() if one.name == "Open"]
        if rooms and await stores(node).last_number(rooms[0].id) >= after:
            raise asyncio.CancelledError
    return turn


@pytest.fixture
async def long(furnished: Node) -> bytes:
    """An export with a long history in the room Open."""
    await say(furnished, "Open", *[f"m{number}" for number in range(COUNT)])
    return await exported(furnished)


async def test_an_interrupted_import_is_completed_by_the_next_one(target: Node, long: bytes) -> None:
    wanted = [f"m{number}" for number in range(COUNT)]
    for after in (PAGE, PAGE * 2):
        with pytest.raises(asyncio.CancelledError):
            await imported(target, long, turn=stopping(target, after))
        assert await texts(target) == wanted[:after]
        assert (await open_room(target)).disabled, "nobody may post before all of it is there"
    log = await imported(target, long, apply=False)
    assert f"{OPEN}: 7 messages, after {PAGE * 2} that are there already" in lines(log, Severity.DONE)
    log = await imported(target, long)
    assert lines(log, Severity.ERROR) == []
    assert await texts(target) == wanted
    assert not (await open_room(target)).disabled
    log = await imported(target, long)
    assert f"{OPEN}: its {COUNT} messages are there already" in lines(log, Severity.DONE)
    assert lines(log, Severity.WARNING) == lines(log, Severity.ERROR) == []


async def test_a_room_that_was_filled_but_not_opened_is_opened_by_the_next_import(target: Node, long: bytes) -> None:
    async def changed(_: str, text: str) -> None:
        if "messages imported" in text:
            raise asyncio.CancelledError
    package = Package(BytesIO(long))
    importer = Importer(sources(target), package, Log(), nothing, changed)
    with pytest.raises(asyncio.CancelledError):
        await importer.apply(await importer.plan())
    assert (await open_room(target)).disabled
    log = await imported(target, long)
    assert f"{OPEN}: it will be switched on" in lines(log, Severity.WARNING)
    assert not (await open_room(target)).disabled
    assert len(await texts(target)) == COUNT


async def test_a_room_that_is_off_in_the_export_stays_off(furnished: Node, target: Node) -> None:
    await say(furnished, "Off", "quiet")
    await imported(target, await exported(furnished))
    assert (await target.core.administration.room_named("Off")).disabled
    assert await texts(target, "Off") == ["quiet"]


@pytest.mark.parametrize("disturbance", ["posted", "changed", "deleted"])
async def test_a_part_that_was_disturbed_is_an_error(target: Node, long: bytes, disturbance: str) -> None:
    with pytest.raises(asyncio.CancelledError):
        await imported(target, long, turn=stopping(target, PAGE))
    if disturbance == "posted":
        await say(target, "Open", "me, too", author=BOB)
    else:
        await correct(target, "Open", 3, Content("other") if disturbance == "changed" else None)
    before = await texts(target)
    log = await imported(target, long)
    missing = COUNT - PAGE + (disturbance == "deleted")
    assert lines(log, Severity.ERROR) == [
        f"{OPEN}: {missing} messages left out: they are not in this room, in which other things were posted, changed "
        "or deleted"]
    assert await texts(target) == before


async def test_a_new_room_that_somebody_posted_in_stays_off_and_is_an_error_again(target: Node, long: bytes) -> None:
    bob = await target.people.find(BOB)
    posted: list[object] = []

    async def post() -> None:
        """Post around the rights: whoever is let in could not, since the room is off."""
        rooms = [one for one in await target.core.administration.all_rooms() if one.name == "Open"]
        if rooms and not posted:
            assert rooms[0].disabled
            posted.append(await stores(target).append(Draft(rooms[0].id, bob, START, Content("hi, new room!"))))
    log = await imported(target, long, turn=post)
    assert lines(log, Severity.ERROR) == [
        f"{OPEN}: not all messages were imported: somebody posted in the room meanwhile; the room stays disabled"]
    assert (await open_room(target)).disabled
    log = await imported(target, long)
    assert [line for line in lines(log, Severity.ERROR) if line.startswith(f"{OPEN}: {COUNT} messages left out")]


async def test_a_deployment_that_went_on_has_all_messages_of_its_own_export(furnished: Node) -> None:
    await say(furnished, "Open", "one", "two", "three", author=CAROL)
    content = await exported(furnished)
    await correct(furnished, "Open", 2, Content("changed"))
    await say(furnished, "Open", "four")
    log = await imported(furnished, content)
    assert lines(log, Severity.ERROR) == lines(log, Severity.WARNING) == []
    assert await texts(furnished) == ["one", "changed", "three", "four"]
    log = await imported(furnished, await exported(furnished, ExportWanted(since=START.replace(minute=2))))
    assert f"{OPEN}: its 2 messages are there already" in lines(log, Severity.DONE)


async def test_going_on_leaves_out_whom_nobody_knows_here(furnished: Node, target: Node) -> None:
    for number in range(PAGE + 5):
        await say(furnished, "Open", f"a{number}", author=ALICE)
        if number % 100 == 0:
            await say(furnished, "Open", f"b{number}", author=BOB)
    content = packed(replaced("AdUsers.xml", f"<SipAddress>{BOB}", f"<SipAddress>{NOBODY}")(
        unpacked(await exported(furnished))))
    with pytest.raises(asyncio.CancelledError):
        await imported(target, content, turn=stopping(target, 400))
    assert 0 < len(await texts(target)) < PAGE + 5
    log = await imported(target, content)
    assert lines(log, Severity.ERROR) == []
    assert await texts(target) == [f"a{number}" for number in range(PAGE + 5)]


# -- what an import tells of itself


async def test_each_change_is_told_with_the_numbers_of_its_messages(target: Node, long: bytes) -> None:
    told: list[tuple[str, str]] = []

    async def changed(subject: str, text: str) -> None:
        told.append((subject, text))
    importer = Importer(sources(target), Package(BytesIO(long)), Log(), stopping(target, PAGE), changed)
    with pytest.raises(asyncio.CancelledError):
        await importer.apply(await importer.plan())
    assert told[-1] == (OPEN, f"{PAGE} messages imported, numbers 1 to {PAGE}")
    importer = Importer(sources(target), Package(BytesIO(long)), Log(), nothing, changed)
    await importer.apply(await importer.plan())
    assert (OPEN, f"{PAGE + 7} messages imported, numbers {PAGE + 1} to {COUNT}") in told
    assert {("ChatConfiguration Global", "changed"), (f"Add-in {POOL}\\Ticker", "made"),
            (f"Category {POOL}\\Quiet", "made"), (f"Category {POOL}\\General", "changed"), (OPEN, "made"),
            (OPEN, "changed")} <= set(told)


async def test_the_plan_is_made_beside_the_event_loop(
    target: Node, long: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[int] = []
    real = Planner.plan

    def plan(planner: Planner) -> object:
        made_in.append(threading.get_ident())
        return real(planner)
    monkeypatch.setattr(Planner, "plan", plan)
    await imported(target, long, apply=False)
    assert made_in
    assert made_in[0] != threading.get_ident()


async def test_each_closure_is_found_once(
    furnished: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer = Importer(sources(furnished), Package(BytesIO(await exported(furnished))), Log(), nothing)
    view = await importer._directory()  # noqa: SLF001 - the one part that counts
    found = view.closure(ALICE)
    assert view.closure(ALICE.upper()) is found


def test_errors_are_kept_however_many_other_findings_there_are() -> None:
    log = Log()
    for number in range(MOST_LINES + 1):
        log.warning("User", str(number))
    log.error("Room", "left out")
    assert [str(one) for one in log.findings[:2]] == ["Room: left out", "User: 0"]
    page = "".join(html("Title", {}, log))
    assert page.index("left out") < page.index("<td>User</td><td>0</td>")
    assert "<p>1 more.</p>" in page


async def test_a_level_without_rooms_has_none_to_choose(furnished: Node) -> None:
    with pytest.raises(ParlourError, match="Nowhere"):
        await exported(furnished, ExportWanted(ExportLevel.USER, scope=("Nowhere",)))
