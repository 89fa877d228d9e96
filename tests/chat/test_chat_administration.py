"""Administration of rooms and categories: refusals change nothing, and changes act at once on who is in a room."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from tests.chat.stage_kit import GENERAL, Stage, map_sip, refused, seen, sip
from tests.storage.storage_kit import FOREST, POOL, one_person

from parlour.chat.events import ParticipantLeft, RoomChanged, RoomClosed
from parlour.chat.model import CategoryChange, NewCategory, NewRoom, Privacy, Room, RoomChange, RoomType
from parlour.chat.presence import ChatSession
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.rights import Act
from parlour.errors import ParlourError

MEMBER, MANAGER, PRESENTER = RoomRole.MEMBER, RoomRole.MANAGER, RoomRole.PRESENTER
ALLOWED, DENIED, CREATOR = CategoryRole.ALLOWED, CategoryRole.DENIED, CategoryRole.CREATOR
NOBODY = "sip:nobody@litwareinc.com"
SECOND = "second.litwareinc.com"


async def change(stage: Stage, room: Room, change: RoomChange) -> Room:
    return (await stage.administration.change_room(room, change))[0]


async def people(stage: Stage, room: Room) -> dict[RoomRole, list[str]]:
    """Return the lists of a room, by the names of who stands in them."""
    return {role: [one.name for one in listed]
            for role, listed in (await stage.administration.room_people(room)).items()}


async def category_people(stage: Stage, identity: str = GENERAL) -> dict[CategoryRole, list[str]]:
    category = await stage.administration.category_named(identity)
    return {role: [one.name for one in listed]
            for role, listed in (await stage.administration.category_people(category)).items()}


def may_post(stage: Stage, session: ChatSession, room: Room) -> str:
    """Try to post; return "" or the name of the refusal."""
    try:
        stage.post(session, room.uri, "hello").cancel()
    except ParlourError as refusal:
        return refusal.kind.name
    return ""


# -- rooms


async def test_a_room_is_changed_as_a_whole(stage: Stage) -> None:
    room = await stage.room()
    changed = await change(stage, room, RoomChange(
        "Trading", "Buy and sell", None, Privacy.SECRET, RoomType.AUDITORIUM, None, None,
        {MEMBER: map_sip([1, 2]), PRESENTER: [sip(2)], MANAGER: [FOREST]}))
    assert (changed.name, changed.description, changed.privacy, changed.type) == (
        "Trading", "Buy and sell", Privacy.SECRET, RoomType.AUDITORIUM)
    assert (changed.id, changed.uri, changed.disabled) == (room.id, room.uri, False)
    assert await stage.administration.room_named("trading") == changed
    assert await people(stage, changed) == {MEMBER: map_sip([1, 2]), MANAGER: [FOREST], PRESENTER: [sip(2)]}


async def test_what_a_change_does_not_name_stays(stage: Stage) -> None:
    room = await stage.closed_room(1, 2)
    assert await change(stage, room, RoomChange()) == room
    assert (await people(stage, room))[MEMBER] == map_sip([1, 2])


async def test_a_name_may_change_its_letter_case(stage: Stage) -> None:
    room = await stage.room("Engineering")
    assert (await change(stage, room, RoomChange("ENGINEERING"))).name == "ENGINEERING"


@pytest.mark.parametrize(("wanted", "error"), [
    (RoomChange(" "), "ChatRoomNameInvalid"),
    (RoomChange("n" * 257), "ChatRoomNameInvalid"),
    (RoomChange("a\nb"), "ChatRoomNameInvalid"),
    (RoomChange(description="d" * 257), "ChatRoomNameInvalid"),
    (RoomChange("OTHER"), "ChatRoomExists"),
    (RoomChange("general"), "ChatRoomExists"),
    (RoomChange(category="Nowhere"), "ChatCategoryNotFound"),
    (RoomChange(category=f"{SECOND}\\General"), "ChatCategoryNotFound"),
    (RoomChange(lists={MEMBER: [sip(2), NOBODY]}), "PrincipalNotProvisioned"),
    (RoomChange(lists={MEMBER: ["person2"]}), "PrincipalNotProvisioned"),
    (RoomChange(lists={PRESENTER: [sip(1)]}), "PresentersOnNormalRoom"),
    (RoomChange(type=RoomType.AUDITORIUM, lists={PRESENTER: [sip(2)]}), "PresenterNotInMemberList"),
    (RoomChange(lists={MEMBER: map_sip([1, 4])}), "PrincipalsNotInScope"),
    (RoomChange(lists={MANAGER: [sip(4)]}), "PrincipalsNotInScope"),
])
async def test_a_refused_change_changes_nothing(stage: Stage, wanted: RoomChange, error: str) -> None:
    await stage.room("Other")
    room = await stage.closed_room(1)
    await stage.wall(DENIED, [sip(4)])
    session = await stage.joined(room, 1)
    everything = RoomChange(wanted.name or "New", wanted.description or "new", wanted.category, Privacy.OPEN,
                            wanted.type, None, disabled=True, lists=wanted.lists)
    for attempt in (wanted, everything):
        assert await refused(stage.administration.change_room(room, attempt)) == error
        assert await stage.administration.room_named(room.name) == room
        assert await people(stage, room) == {MEMBER: [sip(1)], MANAGER: [], PRESENTER: []}
    assert session.outlet.events == []
    assert may_post(stage, session, room) == ""


async def test_a_refusal_names_everybody_outside(stage: Stage) -> None:
    room = await stage.room()
    await stage.wall(ALLOWED, [sip(1)])
    with pytest.raises(ParlourError, match=r"does not allow: sip:person2@litwareinc\.com, sip:person3@litwareinc\.com"):
        await change(stage, room, RoomChange(lists={MEMBER: map_sip([1, 2, 3])}))


async def test_somebody_outside_who_is_listed_gets_no_further_role(stage: Stage) -> None:
    room = await stage.closed_room(1, 2)
    await stage.wall(DENIED, [sip(2)])
    assert await refused(stage.administration.change_room(room, RoomChange(lists={MANAGER: [sip(2)]}))) == (
        "PrincipalsNotInScope")
    assert (await change(stage, room, RoomChange(description="he may stay listed"))).description
    assert (await people(stage, room))[MEMBER] == map_sip([1, 2])


async def test_a_group_counts_as_inside_if_it_is_allowed_itself(stage: Stage) -> None:
    room = await stage.room()
    for name, members in (("Traders", [sip(1)]), ("Others", [sip(2)])):
        await stage.groups.set_members(await stage.groups.add(name), members)
    traders, others = [f"CN={name},OU=Groups,{FOREST}" for name in ("Traders", "Others")]
    await stage.wall(ALLOWED, [traders])
    await stage.put(room, MEMBER, [traders, sip(1)])
    assert await refused(stage.put(room, MEMBER, [others])) == "PrincipalsNotInScope"


async def test_force_takes_out_who_is_outside_and_says_so(stage: Stage) -> None:
    room = await change(stage, await stage.room(), RoomChange(type=RoomType.AUDITORIUM))
    await stage.wall(DENIED, [sip(2)])
    changed, dropped = await stage.administration.change_room(room, RoomChange(
        lists={MEMBER: map_sip([1, 2]), PRESENTER: map_sip([1, 2]), MANAGER: [sip(2)]}, force=True))
    assert [one.name for one in dropped] == [sip(2)]
    assert await people(stage, changed) == {MEMBER: [sip(1)], PRESENTER: [sip(1)], MANAGER: []}


async def second_category(stage: Stage, *allowed: int) -> None:
    await stage.administration.create_category(NewCategory("Trading", POOL))
    await stage.wall(ALLOWED, map_sip(allowed), f"{POOL}\\Trading")


async def test_on_a_move_everybody_is_checked(stage: Stage) -> None:
    await second_category(stage, 1)
    room = await stage.closed_room(1, 2)
    stays, goes = await stage.joined(room, 1), await stage.joined(room, 2)
    move = RoomChange(category="Trading")
    assert await refused(stage.administration.change_room(room, move)) == "PrincipalsNotInScope"
    assert (await stage.administration.room_named(room.name)).category == "General"
    assert may_post(stage, goes, room) == ""
    changed, dropped = await stage.administration.change_room(room, RoomChange(category="trading", force=True))
    assert (changed.category, [one.name for one in dropped]) == ("Trading", [sip(2)])
    assert (await people(stage, changed))[MEMBER] == [sip(1)]
    assert (may_post(stage, stays, room), may_post(stage, goes, room)) == ("", "NotJoined")


async def test_an_open_room_that_moves_loses_who_is_not_allowed_there(stage: Stage) -> None:
    await second_category(stage, 1)
    room = await stage.room()
    stays, goes = await stage.joined(room, 1), await stage.joined(room, 2)
    await change(stage, room, RoomChange(category="Trading"))
    assert (may_post(stage, stays, room), may_post(stage, goes, room)) == ("", "NotJoined")


async def test_presenters_go_before_their_room_turns_normal(stage: Stage) -> None:
    room = await change(stage, await stage.closed_room(1), RoomChange(
        type=RoomType.AUDITORIUM, lists={PRESENTER: [sip(1)]}))
    for wanted, error in ((RoomChange(type=RoomType.NORMAL), "PresentersOnNormalRoom"),
                          (RoomChange(lists={MEMBER: []}), "PresenterNotInMemberList")):
        assert await refused(stage.administration.change_room(room, wanted)) == error
    assert (await change(stage, room, RoomChange(type=RoomType.NORMAL, lists={PRESENTER: []}))).type is RoomType.NORMAL


async def test_changing_a_room_that_is_gone_says_so(stage: Stage) -> None:
    room = await stage.closed_room(1)
    await stage.administration.remove_room(room)
    for wanted in (RoomChange("New"), RoomChange(lists={MEMBER: [sip(2)]})):
        assert await refused(stage.administration.change_room(room, wanted)) == "ChatRoomNotFound"
    assert await stage.administration.all_rooms() == []


async def test_every_room_comes_once_with_its_people_however_many_there_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parlour.chat.administration._PAGE", 3)
    names = [f"Room {number}" for number in range(7)]
    for name in names:
        await stage.put(await stage.room(name, Privacy.CLOSED), MEMBER, [sip(1)])
    found = [(room, listed) async for room, listed in stage.administration.rooms_with_people(lambda _: True)]
    assert [room for room, _ in found] == await stage.administration.all_rooms()
    assert [room.name for room, _ in found] == names
    for room, listed in found:
        assert listed == await stage.administration.room_people(room)
        assert listed[MEMBER] != []
    chosen = [room async for room, _ in stage.administration.rooms_with_people(lambda room: room == found[5][0])]
    assert chosen == [found[5][0]]


# -- categories


async def test_a_new_category_allows_nobody(stage: Stage) -> None:
    made = await stage.administration.create_category(NewCategory("Trading", POOL.upper(), "d", True, True, False))
    assert (made.identity, made.description, made.invitations, made.file_upload, made.chat_history) == (
        f"{POOL}\\Trading", "d", True, True, False)
    assert await category_people(stage, "Trading") == {ALLOWED: [], DENIED: [], CREATOR: []}
    room = await stage.administration.create_room(NewRoom("Floor", "Trading", privacy=Privacy.OPEN))
    assert await refused(stage.chat.join(stage.session(), room.uri)) == "ChatRoomNotFound"
    assert await stage.find_rooms(one_person(1), "Floor") == []


@pytest.mark.parametrize(("new", "error"), [
    (NewCategory("", POOL), "ChatRoomNameInvalid"), (NewCategory("a\nb", POOL), "ChatRoomNameInvalid"),
    (NewCategory("x", POOL, "d" * 257), "ChatRoomNameInvalid"), (NewCategory("x"), "NameNeedsPool"),
    (NewCategory("x", "third.litwareinc.com"), "PoolUnknown"), (NewCategory("GENERAL", POOL), "ChatCategoryExists"),
    (NewCategory("engineering", POOL), "ChatCategoryExists"),
])
async def test_bad_categories_are_refused_and_not_made(stage: Stage, new: NewCategory, error: str) -> None:
    await stage.room("Engineering")
    before = await stage.administration.all_categories()
    assert await refused(stage.administration.create_category(new)) == error
    assert await stage.administration.all_categories() == before


@pytest.mark.parametrize(("wanted", "error"), [
    (CategoryChange(""), "ChatRoomNameInvalid"), (CategoryChange("x" * 257), "ChatRoomNameInvalid"),
    (CategoryChange("x", "d\0"), "ChatRoomNameInvalid"), (CategoryChange("ENGINEERING"), "ChatCategoryExists"),
    (CategoryChange("x", lists={ALLOWED: [NOBODY]}), "PrincipalNotProvisioned"),
    (CategoryChange("x", lists={ALLOWED: [sip(1)], CREATOR: [sip(2)]}), "CreatorsNotInScope"),
    (CategoryChange("x", lists={DENIED: [sip(2)], CREATOR: [sip(2)]}), "CreatorsNotInScope"),
])
async def test_a_refused_change_of_a_category_changes_nothing(
    stage: Stage, wanted: CategoryChange, error: str
) -> None:
    session = await stage.joined(await stage.room("Engineering"), 2)
    before = await stage.administration.category_named(GENERAL)
    assert await refused(stage.administration.change_category(before, wanted)) == error
    assert await stage.administration.category_named(GENERAL) == before
    assert await category_people(stage) == {ALLOWED: [FOREST], DENIED: [], CREATOR: []}
    assert len(session.joined) == 1


async def test_a_category_is_changed_as_a_whole(stage: Stage) -> None:
    before = await stage.administration.category_named(GENERAL)
    changed = await stage.administration.change_category(before, CategoryChange(
        "GENERAL", "new", False, True, False, {CREATOR: [sip(1)], DENIED: [sip(2)]}))
    assert (changed.name, changed.description, changed.invitations, changed.file_upload, changed.chat_history) == (
        "GENERAL", "new", False, True, False)
    assert await category_people(stage) == {ALLOWED: [FOREST], DENIED: [sip(2)], CREATOR: [sip(1)]}
    room = await stage.room()
    assert (room.invites, room.file_upload, room.chat_history) == (False, True, False)


async def test_only_an_empty_category_goes(stage: Stage) -> None:
    room = await stage.room()
    category = await stage.administration.category_named(GENERAL)
    with pytest.raises(ParlourError, match="still has 1 rooms"):
        await stage.administration.remove_category(category)
    await stage.administration.remove_room(room)
    await stage.administration.remove_category(category)
    assert [one.pool for one in await stage.administration.all_categories()] == [SECOND]
    assert await refused(stage.administration.change_category(category, CategoryChange("x"))) == "ChatCategoryNotFound"


# -- what changes acts at once


def leaves_told(session: ChatSession) -> list[int]:
    """Return who was seen to leave."""
    return [event.person.id for event in session.outlet.events if isinstance(event, ParticipantLeft)]


class Scene:
    """A Closed room with persons 1 (on two endpoints), 2 and 3 in it; a group, and a wall, hold 1 as well."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.room: Room
        self.gone: list[ChatSession]
        self.rest: list[ChatSession]

    async def set(self, members: Sequence[str] = tuple(map_sip([1, 2, 3])), privacy: Privacy = Privacy.CLOSED) -> None:
        """Make the room and bring everybody in."""
        self.room = await self.stage.put(await self.stage.room(privacy=privacy), MEMBER, members)
        self.gone = [await self.stage.joined(self.room, 1) for _ in range(2)]
        self.rest = [await self.stage.joined(self.room, number) for number in (2, 3)]

    async def check_gone(self) -> None:
        """Person 1 is out, everybody saw it once, and the others talk on."""
        room = self.room
        for session in (*self.gone, *self.rest):
            assert leaves_told(session) == [1]
        for session in self.gone:
            assert session.joined == {}
            assert session.standings == {}
            assert may_post(self.stage, session, room) == "NotJoined"
            with pytest.raises(ParlourError, match="You have not joined"):
                self.stage.chat.part(session, room.uri)
        await self.stage.post(self.rest[0], room.uri, "he is out")
        assert [seen(session) for session in (*self.gone, *self.rest)] == [[], [], [1], [1]]
        assert await refused(self.stage.chat.join(self.gone[0], room.uri)) in ("NotAMember", "ChatRoomNotFound")
        assert await refused(self.stage.history(one_person(1), room.uri, 1)) in ("NotAMember", "ChatRoomNotFound")


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage)


async def test_a_member_who_is_removed_leaves_at_once(scene: Scene) -> None:
    await scene.set()
    await scene.stage.put(scene.room, MEMBER, map_sip([2, 3]))
    await scene.check_gone()


async def test_a_room_that_closes_loses_who_is_no_member(scene: Scene) -> None:
    await scene.set(map_sip([2, 3]), Privacy.OPEN)
    await change(scene.stage, scene.room, RoomChange(privacy=Privacy.CLOSED))
    await scene.check_gone()


@pytest.mark.parametrize("lists", [{DENIED: [sip(1)]}, {ALLOWED: map_sip([2, 3])}])
@pytest.mark.parametrize("privacy", Privacy)
async def test_whoever_the_wall_shuts_out_leaves_at_once(
    scene: Scene, lists: Mapping[CategoryRole, Sequence[str]], privacy: Privacy
) -> None:
    await scene.set(privacy=privacy)
    category = await scene.stage.administration.category_named(GENERAL)
    await scene.stage.administration.change_category(category, CategoryChange(lists=lists))
    await scene.check_gone()


@pytest.mark.parametrize("removed", [True, False])
async def test_who_was_in_by_a_group_leaves_with_it(scene: Scene, removed: bool) -> None:
    inner, outer = [await scene.stage.groups.add(name) for name in ("Inner", "Outer")]
    await scene.stage.groups.set_members(inner, [sip(1)])
    await scene.stage.groups.set_members(outer, [inner.principal.name])
    await scene.set([outer.principal.name, *map_sip([2, 3])])
    await (scene.stage.groups.remove(inner) if removed else scene.stage.groups.set_members(outer, []))
    await scene.stage.chat.rights_changed()
    await scene.check_gone()


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_a_room_that_ends_is_empty_at_once(scene: Scene, how: str) -> None:
    await scene.set()
    admin = scene.stage.administration
    if how == "removed":
        await admin.remove_room(scene.room)
    else:
        await change(scene.stage, scene.room, RoomChange(disabled=True))
    for session in (*scene.gone, *scene.rest):
        assert [type(event) for event in session.outlet.events].count(RoomClosed) == 1
        assert session.joined == {}
        assert session.standings == {}
        assert may_post(scene.stage, session, scene.room) == "NotJoined"
    error = "ChatRoomNotFound" if how == "removed" else "ChatRoomDisabled"
    assert await refused(scene.stage.chat.join(scene.gone[0], scene.room.uri)) == error


async def test_a_room_that_is_switched_on_again_has_everything(scene: Scene) -> None:
    await scene.set()
    await scene.stage.post(scene.rest[0], scene.room.uri, "kept")
    off = await change(scene.stage, scene.room, RoomChange(disabled=True))
    assert await change(scene.stage, off, RoomChange(disabled=False)) == scene.room
    assert (await scene.stage.chat.join(scene.gone[0], scene.room.uri)).last_number == 1


async def test_who_may_stay_keeps_his_place(scene: Scene) -> None:
    await scene.set()
    events = [list(session.outlet.events) for session in (*scene.gone, *scene.rest)]
    changed = await change(scene.stage, scene.room, RoomChange("New name", privacy=Privacy.SECRET))
    assert [session.outlet.events for session in (*scene.gone, *scene.rest)] == [
        [*before, RoomChanged(changed.id, changed)] for before in events]
    assert [session.joined[changed.id].room for session in (*scene.gone, *scene.rest)] == [changed] * 4


async def test_who_is_presenter_no_more_stays_and_is_silent(stage: Stage) -> None:
    room = await change(stage, await stage.closed_room(1, 2, kind=RoomType.AUDITORIUM), RoomChange(
        lists={PRESENTER: [sip(1)]}))
    speaker, listener = await stage.joined(room, 1), await stage.joined(room, 2)
    assert (may_post(stage, speaker, room), may_post(stage, listener, room)) == ("", "NotAPresenter")
    await stage.put(room, PRESENTER, [sip(2)])
    assert (may_post(stage, speaker, room), may_post(stage, listener, room)) == ("NotAPresenter", "")
    assert leaves_told(listener) == leaves_told(speaker) == []


async def test_a_room_that_turns_auditorium_silences_who_is_in_it(stage: Stage) -> None:
    room = await stage.closed_room(1)
    session = await stage.joined(room, 1)
    await change(stage, room, RoomChange(type=RoomType.AUDITORIUM))
    assert may_post(stage, session, room) == "NotAPresenter"


async def test_a_join_that_crosses_a_removal_from_the_list_is_refused(stage: Stage) -> None:
    room, session = await stage.closed_room(1), stage.session(1)
    for yields in range(12):
        await stage.put(room, MEMBER, [sip(1)])
        joining = asyncio.ensure_future(stage.chat.join(session, room.uri))
        for _ in range(yields):
            await asyncio.sleep(0)
        await stage.put(room, MEMBER, [])
        await asyncio.wait([joining])
        assert session.joined == {}


async def test_a_join_never_enters_with_what_it_knew_before_a_change(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, session, asked = await stage.closed_room(1), stage.session(1), asyncio.Event()
    release, last_number = asyncio.Event(), stage.archive.log.last_number

    async def slow(room_id: int) -> int:
        asked.set()
        await release.wait()
        return await last_number(room_id)
    monkeypatch.setattr(stage.archive.log, "last_number", slow)
    joining = asyncio.ensure_future(stage.chat.join(session, room.uri))
    await asked.wait()
    await stage.put(room, MEMBER, [])
    release.set()
    assert await refused(joining) == "NotAMember"
    assert session.joined == {}


async def test_a_room_may_close_while_its_people_are_looked_at(scene: Scene) -> None:
    await scene.set()
    await scene.stage.put(scene.room, MEMBER, map_sip([1, 2, 3]))
    looking = asyncio.ensure_future(scene.stage.chat.rights_changed())
    await asyncio.sleep(0)  # it waits for the directory now
    scene.stage.chat.room_closed(scene.room)
    await looking
    assert [session.joined for session in (*scene.gone, *scene.rest)] == [{}] * 4


# -- finding and explaining


async def test_hidden_rooms_do_not_use_up_a_search(stage: Stage) -> None:
    for number in range(7):
        await stage.room(f"a hidden {number}", Privacy.SECRET)
    for number in range(4):
        await stage.room(f"b open {number}")
    found = [one.room.name for one in await stage.find_rooms(one_person(1), "")]
    assert found == ["b open 0", "b open 1", "b open 2"]  # the limit of the stage


async def test_the_explanation_is_the_decision(stage: Stage) -> None:
    group = await stage.groups.add("Traders")
    await stage.groups.set_members(group, [sip(2)])
    room = await stage.put(await stage.room(privacy=Privacy.CLOSED), MEMBER, [group.principal.name])
    access = await stage.core.access.explain(one_person(2), room)
    assert {act: decision.allowed for act, decision in access.items()} == {
        Act.SEE: True, Act.JOIN: True, Act.READ: True, Act.POST: True, Act.MANAGE: False}
    assert access[Act.POST].way == (sip(2), group.principal.name)
    assert access[Act.SEE].way == (sip(2), FOREST)
    assert not (await stage.core.access.explain(one_person(3), room))[Act.JOIN].allowed
