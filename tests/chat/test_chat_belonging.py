"""Asking to come in, being invited, leaving; making and changing rooms as a creator or manager."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.chat.stage_kit import GENERAL, Stage, map_sip, refused, sip
from tests.storage.storage_kit import POOL, one_person

from parlour.addresses import RoomUri
from parlour.chat.events import Invited, ParticipantLeft
from parlour.chat.model import CategoryChange, NewRoom, Privacy, Room, RoomChange, RoomType
from parlour.chat.model import Invitations as Setting
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.chat.rights import Act

ALICE, BOB, CAROL, DAVE, EVE = (one_person(number) for number in range(1, 6))


async def managed(stage: Stage, members: Sequence[int] = (1,), privacy: Privacy = Privacy.CLOSED) -> Room:
    """Make a room whose manager is person 1."""
    room = await stage.room(privacy=privacy)
    room = await stage.put(room, RoomRole.MANAGER, [sip(1)])
    return await stage.put(room, RoomRole.MEMBER, map_sip(members))


async def may_join(stage: Stage, number: int, room: Room) -> bool:
    return (await stage.core.access.explain(one_person(number), room))[Act.JOIN].allowed


# -- requests

async def test_somebody_asks_a_manager_approves_and_he_is_in(stage: Stage) -> None:
    room = await managed(stage)
    await stage.core.membership.ask(BOB, room.uri, "I work on it, too")
    stage.archive.clock.advance(1)
    await stage.core.membership.ask(CAROL, room.uri)
    requests = await stage.core.membership.requests(ALICE, room.uri)
    assert [(one.person, one.note) for one in requests] == [(BOB, "I work on it, too"), (CAROL, "")]
    await stage.core.membership.approve(ALICE, room.uri, BOB.address)
    await stage.core.membership.deny(ALICE, room.uri, CAROL.address)
    assert await stage.core.membership.requests(ALICE, room.uri) == []
    assert [await may_join(stage, number, room) for number in (2, 3)] == [True, False]
    assert [one.room.name for one in (await stage.core.invitations.since(BOB, 0)).found] == [room.name]
    people = await stage.administration.room_people(room)
    assert [one.name for one in people[RoomRole.MEMBER]] == [sip(1), sip(2)]


async def test_asking_again_changes_the_note_and_keeps_the_place(stage: Stage) -> None:
    room = await managed(stage)
    for person, note in ((BOB, "please"), (CAROL, ""), (BOB, "pretty please")):
        await stage.core.membership.ask(person, room.uri, note)
        stage.archive.clock.advance(1)
    assert [(one.person, one.note) for one in await stage.core.membership.requests(ALICE, room.uri)] == [
        (BOB, "pretty please"), (CAROL, "")]
    await stage.core.membership.withdraw(BOB, room.uri)
    assert await refused(stage.core.membership.withdraw(BOB, room.uri)) == "JoinRequestNotFound"
    assert await refused(stage.core.membership.approve(ALICE, room.uri, BOB.address)) == "JoinRequestNotFound"
    assert not await may_join(stage, 2, room)


async def test_who_needs_not_ask_is_told_so(stage: Stage) -> None:
    room = await managed(stage)
    assert await refused(stage.core.membership.ask(ALICE, room.uri)) == "RequestNotNeeded"
    await stage.administration.change_room(room, RoomChange(privacy=Privacy.OPEN))
    assert await refused(stage.core.membership.ask(BOB, room.uri)) == "RequestNotNeeded"


@pytest.mark.parametrize("note", ["x" * 257, "a\nb", "a\0"])
async def test_a_note_is_one_short_line(stage: Stage, note: str) -> None:
    room = await managed(stage)
    assert await refused(stage.core.membership.ask(BOB, room.uri, note)) == "ChatRoomNameInvalid"


async def test_a_secret_room_is_as_absent_for_all_of_this(stage: Stage) -> None:
    room = await managed(stage, privacy=Privacy.SECRET)
    membership, absent = stage.core.membership, RoomUri(room.uri.domain, "no-such-room")
    for uri in (room.uri, absent):
        calls = (membership.ask(BOB, uri), membership.withdraw(BOB, uri), membership.requests(BOB, uri),
                 membership.approve(BOB, uri, CAROL.address), membership.deny(BOB, uri, CAROL.address),
                 membership.leave(BOB, uri), stage.core.management.lists(BOB, uri),
                 stage.core.management.change(BOB, uri, RoomChange(name="x")),
                 stage.core.following.follow(BOB, uri), stage.core.following.unfollow(BOB, uri),
                 stage.core.following.mark(BOB, uri, 1), stage.core.pins.pin(BOB, uri, 1),
                 stage.core.pins.unpin(BOB, uri, 1), stage.core.pins.pinned(BOB, uri),
                 stage.core.history.message(BOB, uri, 1), stage.chat.participants(BOB, uri, 0, 10))
        assert [await refused(call) for call in calls] == ["ChatRoomNotFound"] * len(calls)


async def test_only_managers_answer(stage: Stage) -> None:
    room = await managed(stage, (1, 3))
    await stage.core.membership.ask(BOB, room.uri)
    for call in (stage.core.membership.requests(CAROL, room.uri),
                 stage.core.membership.approve(CAROL, room.uri, BOB.address),
                 stage.core.membership.deny(BOB, room.uri, BOB.address)):
        assert await refused(call) == "NotAManager"


async def test_who_is_behind_the_wall_by_now_is_not_approved(stage: Stage) -> None:
    room = await managed(stage)
    await stage.core.membership.ask(BOB, room.uri)
    await stage.wall(CategoryRole.DENIED, [sip(2)])
    assert await refused(stage.core.membership.approve(ALICE, room.uri, BOB.address)) == "PrincipalsNotInScope"
    assert len(await stage.core.membership.requests(ALICE, room.uri)) == 1


# -- leaving

async def test_a_member_leaves_a_closed_room_for_good(stage: Stage) -> None:
    room = await managed(stage, (1, 2))
    alice, bob = await stage.joined(room, 1), await stage.joined(room, 2)
    await stage.core.membership.leave(BOB, room.uri)
    assert isinstance(alice.outlet.events[-1], ParticipantLeft)
    assert not bob.joined
    assert not await may_join(stage, 2, room)
    assert await refused(stage.core.membership.leave(BOB, room.uri)) == "NotAMember"


async def test_a_presenter_who_leaves_presents_no_more(stage: Stage) -> None:
    room = await stage.closed_room(1, 2, kind=RoomType.AUDITORIUM)
    room = await stage.put(room, RoomRole.PRESENTER, map_sip([1, 2]))
    await stage.core.membership.leave(BOB, room.uri)
    people = await stage.administration.room_people(room)
    assert [one.name for one in people[RoomRole.PRESENTER]] == [sip(1)]


async def test_who_belongs_through_a_group_is_told_which(stage: Stage) -> None:
    inner = await stage.group("Inner", [sip(2)])
    outer = await stage.group("Outer", [inner])
    room = await stage.put(await managed(stage), RoomRole.MEMBER, [sip(2), outer])
    with pytest.raises(Exception, match=f"{sip(2)} in {inner} in {outer}"):
        await stage.core.membership.leave(BOB, room.uri)
    assert await may_join(stage, 2, room)
    people = await stage.administration.room_people(room)
    assert len(people[RoomRole.MEMBER]) == 2


# -- invitations

async def test_invitations_are_numbered_for_each_person(stage: Stage) -> None:
    rooms = [await stage.put(await stage.room(f"Room {number}", Privacy.CLOSED), RoomRole.MEMBER, map_sip(members))
             for number, members in enumerate(((2, 3), (3,), (2,)))]
    assert [(one.number, one.room) for one in (await stage.core.invitations.since(BOB, 0)).found] == [
        (1, rooms[0]), (2, rooms[2])]
    assert [(one.number, one.room) for one in (await stage.core.invitations.since(CAROL, 0)).found] == [
        (1, rooms[0]), (2, rooms[1])]
    later = await stage.core.invitations.since(BOB, 1)
    assert ([one.number for one in later.found], later.last) == ([2], 2)
    assert (await stage.core.invitations.since(BOB, 2)).last == 2
    assert (await stage.core.invitations.since(BOB, 99)).found == ()


async def test_who_is_signed_in_hears_at_once_on_every_endpoint(stage: Stage) -> None:
    bobs = [stage.session(2), stage.session(2)]
    carol = stage.session(3)
    room = await stage.closed_room(1, 2)
    assert [bob.outlet.events for bob in bobs] == [[Invited(room.id, 1, stage.archive.clock.now())]] * 2
    assert carol.outlet.events == []


async def test_only_who_is_new_is_invited_through_whatever(stage: Stage) -> None:
    team = await stage.group("Team", [sip(2), sip(3)])
    room = await stage.put(await stage.room(privacy=Privacy.CLOSED), RoomRole.MEMBER, [sip(2)])
    await stage.put(room, RoomRole.MEMBER, [sip(2), team])
    assert [len((await stage.core.invitations.since(person, 0)).found) for person in (BOB, CAROL, DAVE)] == [1, 1, 0]
    await stage.put(room, RoomRole.MEMBER, ["OU=Users,DC=litwareinc,DC=com"])
    assert [(await stage.core.invitations.since(person, 0)).last for person in (BOB, CAROL, DAVE, EVE)] == [1, 1, 1, 1]
    await stage.put(room, RoomRole.MEMBER, [])
    await stage.put(room, RoomRole.MEMBER, ["DC=litwareinc,DC=com"])
    assert [[one.number for one in (await stage.core.invitations.since(person, 0)).found]
            for person in (BOB, CAROL)] == [[2], [2]]


@pytest.mark.parametrize("how", ["open", "room off", "category off", "disabled"])
async def test_some_rooms_do_not_invite(stage: Stage, how: str) -> None:
    room = await stage.room(privacy=Privacy.OPEN if how == "open" else Privacy.CLOSED, disabled=how == "disabled")
    if how == "room off":
        room, _ = await stage.administration.change_room(room, RoomChange(invitations=Setting.FALSE))
    if how == "category off":
        category = await stage.administration.category_named(GENERAL)
        await stage.administration.change_category(category, CategoryChange(invitations=False))
        room = await stage.administration.room_named(room.identity)
    await stage.put(room, RoomRole.MEMBER, [sip(2)])
    assert (await stage.core.invitations.since(BOB, 0)).found == ()


async def test_an_invitation_to_what_one_may_not_see_any_more_is_gone(stage: Stage) -> None:
    room = await stage.put(await stage.room(privacy=Privacy.SECRET), RoomRole.MEMBER, [sip(2)])
    await stage.put(room, RoomRole.MEMBER, [])
    assert (await stage.core.invitations.since(BOB, 0)).found == ()
    other = await stage.put(await stage.room("Other", Privacy.CLOSED), RoomRole.MEMBER, [sip(2)])
    await stage.administration.remove_room(room)
    assert [(one.number, one.room) for one in (await stage.core.invitations.since(BOB, 0)).found] == [(2, other)]


# -- creators and managers

async def test_a_creator_makes_a_room_and_manages_it(stage: Stage) -> None:
    await stage.wall(CategoryRole.CREATOR, [sip(2)])
    management = stage.core.management
    assert [one.identity for one in await management.categories(BOB)] == [GENERAL]
    assert await management.categories(CAROL) == []
    room = await management.create(BOB, NewRoom("Mine", "General", POOL), {RoomRole.MEMBER: [sip(3)]})
    people = await management.lists(BOB, room.uri)
    assert {role.value: [one.name for one in listed] for role, listed in people.items()} == {
        "Members": [sip(2), sip(3)], "Managers": [sip(2)], "Presenters": []}
    assert len((await stage.core.invitations.since(CAROL, 0)).found) == 1
    assert await refused(management.create(CAROL, NewRoom("Other", "General", POOL))) == "NotACreator"
    assert await refused(management.create(BOB, NewRoom("Other", "Nowhere", POOL))) == "ChatCategoryNotFound"


async def test_behind_the_wall_a_category_is_not_there(stage: Stage) -> None:
    await stage.wall(CategoryRole.CREATOR, [await stage.group("Team", [sip(2)])])
    await stage.wall(CategoryRole.DENIED, [sip(2), sip(3)])
    management = stage.core.management
    assert await management.categories(BOB) == []
    for person in (BOB, CAROL):
        assert await refused(management.create(person, NewRoom("x", "General", POOL))) == "ChatCategoryNotFound"


@pytest.mark.parametrize(("lists", "error"), [
    ({RoomRole.MEMBER: ["sip:nobody@litwareinc.com"]}, "PrincipalNotProvisioned"),
    ({RoomRole.PRESENTER: [sip(3)]}, "PresentersOnNormalRoom"),
    ({RoomRole.MEMBER: [sip(5)]}, "PrincipalsNotInScope"),
])
async def test_a_room_with_impossible_lists_is_not_made(
    stage: Stage, lists: dict[RoomRole, list[str]], error: str
) -> None:
    await stage.wall(CategoryRole.CREATOR, [sip(2)])
    await stage.wall(CategoryRole.DENIED, [sip(5)])
    assert await refused(stage.core.management.create(BOB, NewRoom("Mine", "General", POOL), lists)) == error
    assert await stage.administration.all_rooms() == []


async def test_a_manager_changes_everything_but_what_administrators_do(stage: Stage) -> None:
    room = await managed(stage)
    management = stage.core.management
    changed = await management.change(ALICE, room.uri, RoomChange(
        name="New", description="for all", privacy=Privacy.SECRET, type=RoomType.AUDITORIUM,
        lists={RoomRole.MEMBER: map_sip([1, 2]), RoomRole.PRESENTER: [sip(2)], RoomRole.MANAGER: map_sip([1, 3])}))
    assert (changed.name, changed.description, changed.privacy, changed.type) == (
        "New", "for all", Privacy.SECRET, RoomType.AUDITORIUM)
    assert await refused(management.change(BOB, room.uri, RoomChange(name="x"))) == "NotAManager"
    assert await refused(management.lists(BOB, room.uri)) == "NotAManager"
    assert (await management.change(CAROL, room.uri, RoomChange(disabled=True))).disabled
    assert await refused(management.change(CAROL, room.uri, RoomChange(disabled=False))) == "OnlyAdministratorsEnable"
    assert (await management.change(CAROL, room.uri, RoomChange(description="still"))).description == "still"


async def test_a_manager_moves_a_room_only_where_he_may_make_one(stage: Stage) -> None:
    room = await managed(stage)
    other = await stage.second_category("Other")
    move = RoomChange(category=other.identity)
    assert await refused(stage.core.management.change(ALICE, room.uri, move)) == "NotACreator"
    await stage.wall(CategoryRole.CREATOR, [sip(1)], other.identity)
    assert (await stage.core.management.change(ALICE, room.uri, move)).category == "Other"


async def test_changes_of_the_same_list_at_once_are_all_kept(stage: Stage) -> None:
    room = await managed(stage)
    await stage.core.membership.ask(BOB, room.uri)

    async def add(number: int) -> None:
        async with stage.administration.editing:
            people = await stage.administration.room_people(room)
            names = [one.name for one in people[RoomRole.MEMBER]]
            await stage.administration.change_room(room, RoomChange(lists={RoomRole.MEMBER: [*names, sip(number)]}))
    await asyncio.gather(*(add(number) for number in (3, 4, 5)),
                         stage.core.membership.approve(ALICE, room.uri, BOB.address),
                         stage.administration.change_room(room, RoomChange(description="new")))
    people = await stage.administration.room_people(room)
    assert [one.name for one in people[RoomRole.MEMBER]] == map_sip([1, 2, 3, 4, 5])
