"""Walls, and what is in use: an import lets nobody in who was kept out, and overwrites nothing unasked."""

from tests.transfer.test_transfer_hostile import packed, replaced, unpacked
from tests.transfer.transfer_kit import (
    ALICE,
    BOB,
    CAROL,
    FOREST,
    POOL,
    SALES,
    TRADERS,
    exported,
    history,
    imported,
    lines,
    names,
    say,
    state,
)

from parlour.chat.finding import RoomQuery
from parlour.chat.model import CategoryChange, NewCategory, NewRoom, Privacy, RoomChange
from parlour.chat.policies import ChatConfiguration, ChatPolicy
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.scopes import GLOBAL
from parlour.node import Node
from parlour.transfer.exporting import ExportWanted
from parlour.transfer.model import ExportLevel
from parlour.transfer.report import Severity

TRADING = "Trading & <more>"


async def wall(node: Node, category: str) -> dict[str, list[str]]:
    """Return who stands in the lists of a category."""
    admin = node.core.administration
    found = await admin.category_people(await admin.category_named(category))
    return {str(role): names(listed) for role, listed in found.items()}


async def finds(node: Node, who: str) -> list[str]:
    """Return the rooms that somebody finds."""
    return [one.room.name for one in await node.core.finder.find(await node.people.find(who), RoomQuery())]


async def test_a_wall_that_keeps_out_who_is_not_known_here_is_left_out(furnished: Node, target: Node) -> None:
    admin = furnished.core.administration
    await furnished.groups.set_members(await furnished.groups.add("Banned"), [CAROL])
    deal = await admin.create_category(NewCategory("Deal", POOL, "", True, True, True))
    await admin.change_category(deal, CategoryChange(lists={
        CategoryRole.ALLOWED: [FOREST], CategoryRole.DENIED: [f"CN=Banned,OU=Groups,{FOREST}"]}))
    await admin.create_room(NewRoom("Deal room", deal.identity, privacy=Privacy.OPEN))
    await say(furnished, "Deal room", "the secret")
    assert "Deal room" not in await finds(furnished, CAROL)
    content = await exported(furnished)
    for apply in (False, True):
        log = await imported(target, content, apply=apply)
        assert lines(log, Severity.ERROR) == [
            f"Category {POOL}\\Deal: left out with its rooms: CN=Banned,OU=Groups,{FOREST} stands in its "
            "DeniedMembers, and is not known here", "Room Deal room: left out: so is its category"]
    assert "Deal room" not in {room.name for room in await target.core.administration.all_rooms()}
    await target.groups.add("Banned")
    await imported(target, content)
    assert (await wall(target, "Deal"))["DeniedMembers"] == [f"CN=Banned,OU=Groups,{FOREST}"]


async def test_a_wall_that_is_there_stays_when_that_of_the_export_cannot_be_built(
    furnished: Node, target: Node
) -> None:
    admin = target.core.administration
    trading = await admin.create_category(NewCategory(TRADING, POOL))
    await admin.change_category(trading, CategoryChange(lists={CategoryRole.DENIED: [ALICE]}))
    entries = replaced("AdUsers.xml", f"<SipAddress>{CAROL}", "<SipAddress>sip:gone@x.example")(
        unpacked(await exported(furnished)))
    await imported(target, packed(entries))
    assert await wall(target, TRADING) == {"AllowedMembers": [], "DeniedMembers": [ALICE], "Creators": []}


async def test_another_room_in_use_is_not_overwritten(furnished: Node, target: Node) -> None:
    await say(furnished, "Closed", "theirs")
    content = await exported(furnished)
    admin = target.core.administration
    await admin.create_room(NewRoom("Closed", "General", privacy=Privacy.SECRET), {RoomRole.MEMBER: [CAROL]})
    await say(target, "Closed", "for carol alone", author=CAROL)
    log = await imported(target, content)
    assert lines(log, Severity.ERROR) == [
        f"Room {POOL}\\Closed: left out: there is another room of this name, in which something was posted; rename "
        "one of them, or use -ReplaceSameNamed"]
    room = await admin.room_named("Closed")
    assert (room.category, room.privacy, names((await admin.room_people(room))[RoomRole.MEMBER])) == (
        "General", Privacy.SECRET, [CAROL])
    log = await imported(target, content, replace_same_named=True)
    subject = f"Room {POOL}\\Closed"
    assert [line for line in lines(log, Severity.WARNING) if line.startswith(subject)] == [
        f"{subject}: takes the place of another room of this name, in which something was posted",
        f"{subject}: category will be {POOL}\\{TRADING} instead of {POOL}\\General",
        f"{subject}: privacy will be Closed instead of Secret",
        f"{subject}: Members: in comes {ALICE}, {TRADERS}, {SALES}; out goes {CAROL}",
        f"{subject}: Managers: in comes {BOB}"]
    assert lines(log, Severity.ERROR) == [
        f"{subject}: 1 messages left out: they are not in this room, in which other things were posted, changed or "
        "deleted"]
    assert [one[2].text for one in await history(target, room)] == ["for carol alone"]  # type: ignore[attr-defined]


async def test_a_category_of_other_rooms_in_use_is_not_overwritten(furnished: Node, target: Node) -> None:
    content = await exported(furnished)
    admin = target.core.administration
    trading = await admin.create_category(NewCategory(TRADING, POOL, "", True, True, True))
    await admin.change_category(trading, CategoryChange(lists={CategoryRole.ALLOWED: [BOB]}))
    await admin.create_room(NewRoom("Ours", trading.identity, privacy=Privacy.OPEN))
    await say(target, "Ours", "for bob", author=BOB)
    log = await imported(target, content)
    assert [line.partition(": ")[0] for line in lines(log, Severity.ERROR)] == [
        f"Category {POOL}\\{TRADING}", "Room Closed", "Room Secret \u2018room\u2019"]
    assert (await wall(target, TRADING))["AllowedMembers"] == [BOB]
    assert "Ours" not in await finds(target, ALICE)
    log = await imported(target, content, replace_same_named=True)
    assert lines(log, Severity.ERROR) == []
    assert CAROL in (await wall(target, TRADING))["DeniedMembers"]


async def test_what_changes_for_people_is_told_before(furnished: Node) -> None:
    content = await exported(furnished)
    admin = furnished.core.administration
    trading = await admin.category_named(TRADING)
    await admin.change_category(trading, CategoryChange(chat_history=False, lists={
        CategoryRole.ALLOWED: [BOB, ALICE], CategoryRole.DENIED: [], CategoryRole.CREATOR: [BOB]}))
    stage = await admin.room_named("Stage")
    await admin.change_room(stage, RoomChange(privacy=Privacy.SECRET, category="Quiet", disabled=True, lists={
        RoomRole.MEMBER: [ALICE, BOB], RoomRole.MANAGER: [BOB]}))
    before = await state(furnished)
    log = await imported(furnished, content, apply=False)
    assert await state(furnished) == before
    category, room = f"Category {POOL}\\{TRADING}", f"Room {POOL}\\Stage"
    warned = lines(log, Severity.WARNING)
    assert f"{category}: chat history will be on" in warned
    assert f"{category}: DeniedMembers: in comes {CAROL}" in warned
    assert f"{category}: Creators: in comes {ALICE}; out goes {BOB}" in warned
    assert {f"{room}: category will be {POOL}\\General instead of {POOL}\\Quiet",
            f"{room}: privacy will be Closed instead of Secret", f"{room}: it will be switched on",
            f"{room}: Members: in comes {CAROL}", f"{room}: Managers: in comes {CAROL}; out goes {BOB}"} <= set(warned)


async def test_many_names_in_one_warning_are_counted(furnished: Node, target: Node) -> None:
    content = await exported(furnished)
    admin = target.core.administration
    units = [f"OU=Unit {number},{FOREST}" for number in range(12)]
    for number, unit in enumerate(units):
        await target.people.move(await target.people.find(BOB), unit)
        await admin.create_room(NewRoom(f"Dummy {number}", "General"), {RoomRole.MEMBER: [unit]})
    room = await admin.create_room(NewRoom("Stage", "General"), {RoomRole.MEMBER: units})
    assert room
    log = await imported(target, content, apply=False)
    (told,) = [line for line in lines(log, Severity.WARNING) if "Stage: Members" in line]
    assert told.endswith(" and 2 more")


async def test_a_room_whose_guid_another_one_has_is_told_of(furnished: Node) -> None:
    content = await exported(furnished)
    admin = furnished.core.administration
    await admin.change_room(await admin.room_named("Stage"), RoomChange(name="Podium"))
    log = await imported(furnished, content)
    assert (f"Room {POOL}\\Stage: gets another GUID: {POOL}\\Podium has its own, so links lead there"
            in lines(log, Severity.WARNING))


# -- settings


async def test_settings_that_the_export_does_not_have_stay(furnished: Node, target: Node) -> None:
    await target.core.configurations.change(ChatConfiguration(default_chat_history=99))
    entries = replaced("Configuration.xml", '<Value name="default_chat_history"><Text>77</Text></Value>', "")(
        unpacked(await exported(furnished)))
    log = await imported(target, packed(entries))
    found = target.core.configurations.find(GLOBAL)
    assert found is not None
    assert (found.default_chat_history, found.room_management_url) == (99, "https://x/")
    assert ("ChatConfiguration Global: replaced: room_management_url will be otherwise than now"
            in lines(log, Severity.WARNING))


async def test_an_export_of_some_categories_switches_chat_off_for_nobody(furnished: Node, target: Node) -> None:
    await furnished.core.policies.change(ChatPolicy(enabled=False))
    content = await exported(furnished, ExportWanted(scope=("General",)))
    assert "Configuration.xml" not in unpacked(content)
    await imported(target, content)
    policy = target.core.policies.find(GLOBAL)
    assert policy is not None
    assert policy.enabled
    log = await imported(target, await exported(furnished, ExportWanted(ExportLevel.ALL, scope=("General",))))
    assert "ChatPolicy Global: replaced: enabled will be otherwise than now" in lines(log, Severity.WARNING)
