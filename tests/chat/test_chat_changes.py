"""When rights change while people are inside and things are under way: nobody stays, reads or comes in who may not."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta

import pytest
from tests.chat.stage_kit import Stage, map_sip, refused, sip
from tests.storage.storage_kit import one_person

from parlour.chat.events import Invited, RoomChanged
from parlour.chat.history import Before
from parlour.chat.model import Person, Privacy, Room, RoomChange, RoomType
from parlour.chat.policies import ChatPolicy
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.errors import STORAGE_UNAVAILABLE, ParlourError

ALICE, BOB, CAROL = (one_person(number) for number in (1, 2, 3))


# -- invitations

async def test_nobody_behind_the_wall_is_invited(stage: Stage) -> None:
    team = await stage.group("Team", map_sip([1, 2]))
    await stage.wall(CategoryRole.DENIED, [sip(2)])
    bob = stage.session(2)
    await stage.put(await stage.room(privacy=Privacy.SECRET), RoomRole.MEMBER, [team])
    assert bob.outlet.events == []
    assert (await stage.core.invitations.since(BOB, 0)).last == 0
    assert len((await stage.core.invitations.since(ALICE, 0)).found) == 1


async def test_nobody_without_persistent_chat_is_invited(stage: Stage) -> None:
    await stage.core.policies.change(ChatPolicy(enabled=False))
    bob = stage.session(2)
    await stage.put(await stage.room(privacy=Privacy.SECRET), RoomRole.MEMBER, [sip(2)])
    assert not [event for event in bob.outlet.events if isinstance(event, Invited)]


async def test_not_even_the_number_of_a_hidden_invitation_shows(stage: Stage) -> None:
    rooms = [await stage.put(await stage.room(f"Room {number}", Privacy.SECRET), RoomRole.MEMBER, [sip(2)])
             for number in range(3)]
    await stage.put(rooms[2], RoomRole.MEMBER, [])
    assert (await stage.core.invitations.since(BOB, 0)).last == 2
    assert (await stage.core.invitations.since(BOB, 2)).last == 2
    await stage.put(rooms[0], RoomRole.MEMBER, [])
    assert [one.number for one in (await stage.core.invitations.since(BOB, 0)).found] == [2]


# -- requests that several managers answer

async def test_of_several_answers_to_a_request_only_one_counts(stage: Stage) -> None:
    room = await stage.put(await stage.room(privacy=Privacy.CLOSED), RoomRole.MANAGER, map_sip([1, 3]))
    for _ in range(5):
        await stage.core.membership.ask(BOB, room.uri)
        answers = await asyncio.gather(
            stage.core.membership.approve(ALICE, room.uri, BOB.address),
            stage.core.membership.deny(CAROL, room.uri, BOB.address), return_exceptions=True)
        members = (await stage.administration.room_people(room))[RoomRole.MEMBER]
        assert [isinstance(answer, ParlourError) for answer in answers].count(True) == 1
        assert bool(members) == (answers[0] is None)
        await stage.put(room, RoomRole.MEMBER, [])


# -- what a room is like, while something else changes

async def test_a_change_beside_an_approval_is_not_undone(stage: Stage) -> None:
    room = await stage.put(await stage.room(privacy=Privacy.CLOSED), RoomRole.MANAGER, [sip(1)])
    room = await stage.put(room, RoomRole.MEMBER, map_sip([1, 3]))
    carol = await stage.joined(room, 3)
    await stage.core.membership.ask(BOB, room.uri)
    await asyncio.gather(
        stage.core.membership.approve(ALICE, room.uri, BOB.address),
        stage.administration.change_room(room, RoomChange("New name", type=RoomType.AUDITORIUM)))
    assert (carol.joined[room.id].room.type, carol.joined[room.id].room.name) == (RoomType.AUDITORIUM, "New name")
    told = [event.room.name for event in carol.outlet.events if isinstance(event, RoomChanged)]
    assert told == ["New name"]


# -- looking again

class Faulty:
    """A directory that fails when told to; everything else is the real one."""

    def __init__(self, directory: object) -> None:
        self._directory = directory
        self.fails = False

    async def affiliations_of(self, people: Collection[Person]) -> object:
        """Fail, or ask the real one."""
        if self.fails:
            raise ParlourError(STORAGE_UNAVAILABLE, reason="the test says so")
        return await self._directory.affiliations_of(people)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._directory, name)


async def test_who_cannot_be_checked_may_not_stay(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await stage.closed_room(1, 2)
    bob = await stage.joined(room, 2)
    faulty = Faulty(stage.core.access._directory)  # noqa: SLF001 - the one place where a fault can be put
    monkeypatch.setattr(stage.core.access, "_directory", faulty)
    faulty.fails = True
    await stage.core.chat.rights_changed([room.id])
    assert not bob.joined
    faulty.fails = False
    await stage.chat.join(bob, room.uri)


async def test_a_look_at_many_people_costs_few_units_of_work(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await stage.room()
    for number in range(1, 6):
        for _ in range(20):
            await stage.joined(room, number)
    works = counted(stage, monkeypatch)
    await stage.core.chat.rights_changed([room.id])
    assert len(works) == 3  # the room, everybody's affiliations, the lists


def counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note every unit of work that reads from now on."""
    works: list[object] = []
    read = stage.archive.database.read

    async def noting(work: Callable[..., object]) -> object:
        works.append(work)
        return await read(work)
    monkeypatch.setattr(stage.archive.database, "read", noting)
    return works


# -- sessions that end while they wait

async def test_a_session_that_ended_enters_nothing(stage: Stage) -> None:
    room = await stage.room()
    session = stage.session(2)
    admission = await stage.chat.admit(session, room.uri)
    stage.chat.close_session(session)
    with pytest.raises(ParlourError) as fault:
        stage.chat.enter(session, admission)
    assert fault.value.kind.name == "SessionClosed"
    assert stage.chat.present(room) == 0


# -- reading while one loses the right to

async def test_what_was_read_after_the_right_was_lost_is_not_given_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await stage.closed_room(1, 2)
    alice = await stage.joined(room, 1)
    before = stage.archive.log.before

    async def slowly(room_id: int, number: int, count: int) -> Sequence[object]:
        monkeypatch.setattr(stage.archive.log, "before", before)
        await stage.put(room, RoomRole.MEMBER, [sip(1)])
        await stage.post(alice, room.uri, "not for Bob")
        return await before(room_id, number, count)
    monkeypatch.setattr(stage.archive.log, "before", slowly)
    assert await refused(stage.core.history.page(BOB, room.uri, Before(), 10)) == "NotAMember"


# -- purges and pins beside posts

async def test_a_purge_takes_nothing_that_is_newer(stage: Stage) -> None:
    room = await stage.room()
    alice = await stage.joined(room)
    for _ in range(10):
        await stage.post(alice, room.uri, "old")
        bound = stage.archive.clock.now()
        stage.archive.clock.advance(60)
        await asyncio.gather(stage.administration.purge_room(room, bound), stage.post(alice, room.uri, "new"))
        assert [one.text for one in (await stage.history(BOB, room.uri, 10))[1]][-1] == "new"
        await stage.administration.purge_room(room, stage.archive.clock.now() + timedelta(seconds=1))


async def together(works: Sequence[Awaitable[object]]) -> list[object]:
    return list(await asyncio.gather(*works, return_exceptions=True))


async def test_pins_hold_their_limit_and_no_deleted_message_stays_pinned(stage: Stage) -> None:
    room: Room = await stage.room()
    alice = await stage.joined(room)
    await together([stage.post(alice, room.uri, str(number)) for number in range(120)])
    await together([stage.core.pins.pin(ALICE, room.uri, number) for number in range(1, 121)])
    assert len(await stage.core.pins.pinned(ALICE, room.uri)) == 100
    await together([work for number in range(1, 20) for work in (
        stage.core.pins.unpin(ALICE, room.uri, number), stage.chat.delete(alice.person, room.uri, number),
        stage.core.pins.pin(ALICE, room.uri, number))])
    assert not [one for one in await stage.core.pins.pinned(ALICE, room.uri) if one.number < 20]
