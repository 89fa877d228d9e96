"""Who is in which room, and who hears of it: any order of comings and goings, against a naive model."""

from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from tests.chat.chat_kit import NOON, Screen, ScreenDoor, person, room

from parlour.bus.local import LocalBus
from parlour.chat.events import (
    InvitationsGranted,
    Invited,
    MessagePosted,
    ParticipantJoined,
    ParticipantLeft,
    RoomClosed,
    RoomEvent,
    RosterResumed,
)
from parlour.chat.model import Content, Message
from parlour.chat.presence import ChatSession, Presence
from parlour.chat.principals import Standing

PEOPLE = [person(number) for number in range(3)]
ROOMS = [room(number) for number in range(3)]


class _Attendance(RuleBasedStateMachine):
    """Endpoints of several people, through two doors, come and go in any order."""

    sessions: Bundle[ChatSession] = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.bus = LocalBus()
        self.presence = Presence(self.bus, lambda _: 1000)
        self.doors = (ScreenDoor(), ScreenDoor())
        self.open: dict[int, list[ChatSession]] = {room.id: [] for room in ROOMS}
        self.expected: dict[ChatSession, list[RoomEvent]] = {}
        self.number = 0

    def tell(self, room_id: int, event: RoomEvent) -> None:
        for session in self.open[room_id]:
            self.expected[session].append(event)

    def is_in(self, session: ChatSession, room_id: int) -> bool:
        return any(other.person == session.person for other in self.open[room_id])

    @rule(target=sessions, who=st.sampled_from(PEOPLE), door=st.integers(0, 1))
    def arrive(self, who: Any, door: int) -> ChatSession:  # noqa: ANN401 - hypothesis hands in what was drawn
        session = ChatSession(who, self.doors[door], Screen())
        self.expected[session] = []
        return session

    @rule(session=sessions, where=st.sampled_from(ROOMS))
    def join(self, session: ChatSession, where: Any) -> None:  # noqa: ANN401
        if session not in self.open[where.id]:
            if not self.is_in(session, where.id):
                self.tell(where.id, ParticipantJoined(where.id, session.person))
            self.open[where.id].append(session)
        self.presence.enter(session, where, Standing())

    def forget(self, session: ChatSession, room_id: int) -> None:
        self.open[room_id].remove(session)
        if not self.is_in(session, room_id):
            self.tell(room_id, ParticipantLeft(room_id, session.person))

    @rule(session=sessions, where=st.sampled_from(ROOMS))
    def leave(self, session: ChatSession, where: Any) -> None:  # noqa: ANN401
        if session in self.open[where.id]:
            self.forget(session, where.id)
            self.presence.leave(session, where.id)

    @rule(session=consumes(sessions))
    def close(self, session: ChatSession) -> None:
        for room_id in tuple(session.joined):
            self.forget(session, room_id)
            self.presence.leave(session, room_id)

    @rule(where=st.sampled_from(ROOMS))
    def post(self, where: Any) -> None:  # noqa: ANN401
        self.number += 1
        message = Message(
            where.id, self.number, self.number, 0, PEOPLE[0].address, "Person0", NOON, Content("hello"))
        event = MessagePosted(where.id, message)
        self.tell(where.id, event)
        self.bus.publish(event)

    @rule(where=st.sampled_from(ROOMS))
    def remove(self, where: Any) -> None:  # noqa: ANN401
        event = RoomClosed(where.id, where)
        people = {session.person.id: session.person for session in self.open[where.id]}
        self.tell(where.id, RoomClosed(where.id, where, tuple(people.values())))
        self.open[where.id].clear()
        self.bus.publish(event)
        self.presence.close(where.id)

    @invariant()
    def everybody_has_heard_exactly_what_concerns_him(self) -> None:
        for session, events in self.expected.items():
            assert session.outlet.events == events

    @invariant()
    def everybody_is_where_the_model_says(self) -> None:
        for room_id, sessions in self.open.items():
            assert self.presence.participants(room_id) == len({session.person.id for session in sessions})
            for session in self.expected:
                assert (room_id in session.joined) == (session in sessions)

    @invariant()
    def people_are_listed_once_in_the_order_of_joining(self) -> None:
        for sessions in self.open.values():
            for session in sessions:
                for live in session.joined.values():
                    listed = [one.id for one in live.people]
                    assert len(listed) == len(set(listed))
                    assert session.person.id in listed
                    assert set(live.sessions) == set(self.open[live.room.id])


TestAttendance = _Attendance.TestCase
TestAttendance.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


class Stage:
    """One room and its presence, for single scenes."""

    def __init__(self, large: int = 1000) -> None:
        self.bus = LocalBus()
        self.presence = Presence(self.bus, lambda _: large)
        self.room = room()

    def session(self, number: int, door: ScreenDoor) -> ChatSession:
        """Bring on an endpoint of person `number`."""
        return ChatSession(person(number), door, Screen())

    def enter(self, *sessions: ChatSession) -> None:
        """Let them all open the room."""
        for session in sessions:
            self.presence.enter(session, self.room, Standing())


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_door_is_handed_an_event_once_however_many_outlets_it_has(stage: Stage) -> None:
    one, other = ScreenDoor(), ScreenDoor()
    stage.enter(*(stage.session(number, one) for number in range(5)), stage.session(9, other))
    before = one.renderings, other.renderings
    stage.bus.publish(MessagePosted(1, Message(1, 1, 1, 0, PEOPLE[0].address, "x", NOON, Content("hello"))))
    assert (one.renderings, other.renderings) == (before[0] + 1, before[1] + 1)


def test_a_joiner_hears_nothing_of_his_own_joining_and_leaving(stage: Stage) -> None:
    alone = stage.session(1, ScreenDoor())
    stage.enter(alone)
    stage.presence.leave(alone, stage.room.id)
    assert alone.outlet.events == []


def test_a_second_endpoint_is_no_news(stage: Stage) -> None:
    watcher, first, second = (stage.session(number, ScreenDoor()) for number in (1, 2, 2))
    stage.enter(watcher, first, second)
    stage.presence.leave(first, stage.room.id)
    assert watcher.outlet.events == [ParticipantJoined(1, first.person)]
    stage.presence.leave(second, stage.room.id)
    assert watcher.outlet.events[1:] == [ParticipantLeft(1, first.person)]


def test_an_event_for_a_room_that_nobody_has_open_goes_nowhere(stage: Stage) -> None:
    stage.bus.publish(RoomClosed(7, room(7)))
    stage.presence.close(7)
    assert stage.presence.participants(7) == 0


def test_leaving_a_room_that_is_not_open_is_a_fault_of_the_caller(stage: Stage) -> None:
    with pytest.raises(KeyError):
        stage.presence.leave(stage.session(1, ScreenDoor()), stage.room.id)


# -- large rooms

def whole(session: ChatSession) -> list[RoomEvent]:
    """Return what an endpoint was sent since the last time, and forget it."""
    events = list(session.outlet.events)
    session.outlet.events.clear()
    return events


@pytest.fixture
def hall() -> tuple[Stage, list[ChatSession]]:
    """A room that is large with more than five people, and five who have it open."""
    stage, door = Stage(large=5), ScreenDoor()
    sessions = [stage.session(number, door) for number in range(5)]
    stage.enter(*sessions)
    for session in sessions:
        whole(session)
    return stage, sessions


def test_above_the_limit_nobody_is_told_who_comes_and_goes(hall: tuple[Stage, list[ChatSession]]) -> None:
    stage, sessions = hall
    crowd = [stage.session(number, cast("ScreenDoor", sessions[0].door)) for number in range(5, 40)]
    stage.enter(*crowd)
    for session in crowd[10:20]:
        stage.presence.leave(session, stage.room.id)
    assert [whole(session) for session in (*sessions, *crowd)] == [[]] * 40
    live = stage.presence.room(stage.room.id)
    assert live
    assert live.size == 30
    assert [one.id for one in live.people] == [*range(15), *range(25, 40)]


def test_below_four_fifths_of_the_limit_everybody_is_told_who_is_there(hall: tuple[Stage, list[ChatSession]]) -> None:
    stage, sessions = hall
    crowd = [stage.session(number, cast("ScreenDoor", sessions[0].door)) for number in range(5, 10)]
    stage.enter(*crowd)
    for session in (*sessions[:2], *crowd[:3]):
        stage.presence.leave(session, stage.room.id)
    rest = [*sessions[2:], *crowd[3:]]
    assert [whole(session) for session in rest] == [[]] * 5
    stage.presence.leave(crowd[3], stage.room.id)
    assert [whole(session) for session in sessions[2:]] == [[]] * 3  # four are four fifths of five
    stage.presence.leave(crowd[4], stage.room.id)
    resumed = RosterResumed(stage.room.id, tuple(session.person for session in sessions[2:]),
                            tuple(session.person for session in sessions[:2]), {})
    assert [whole(session) for session in sessions[2:]] == [[resumed]] * 3
    stage.enter(crowd[0])
    assert [whole(session) for session in sessions[2:]] == [[ParticipantJoined(stage.room.id, crowd[0].person)]] * 3


async def test_a_raised_limit_acts_at_once() -> None:
    limits = [5]
    stage = Stage()
    stage.presence = Presence(stage.bus, lambda _: limits[0])
    sessions = [stage.session(number, ScreenDoor()) for number in range(8)]
    stage.enter(*sessions)
    for session in sessions:
        whole(session)
    await stage.presence.limits_changed()
    assert [whole(session) for session in sessions] == [[]] * 8
    limits[0] = 11
    await stage.presence.limits_changed()
    told = [whole(session) for session in sessions]
    assert [type(event) for events in told for event in events] == [RosterResumed] * 8
    stage.presence.leave(sessions[0], stage.room.id)
    assert [type(event) for event in whole(sessions[1])] == [ParticipantLeft]


def test_the_end_of_a_large_room_tells_nobody_who_else_was_there(hall: tuple[Stage, list[ChatSession]]) -> None:
    stage, sessions = hall
    crowd = [stage.session(number, cast("ScreenDoor", sessions[0].door)) for number in range(5, 10)]
    stage.enter(*crowd)
    stage.bus.publish(RoomClosed(stage.room.id, stage.room))
    for session in (*sessions, *crowd):
        assert whole(session) == [RoomClosed(stage.room.id, stage.room, (session.person,))]


def test_who_is_put_out_of_a_large_room_hears_it_alone(hall: tuple[Stage, list[ChatSession]]) -> None:
    stage, sessions = hall
    crowd = [stage.session(number, cast("ScreenDoor", sessions[0].door)) for number in range(5, 10)]
    stage.enter(*crowd)
    live = stage.presence.room(stage.room.id)
    assert live
    stage.presence.evict(live, crowd[0].person)
    assert whole(crowd[0]) == [ParticipantLeft(stage.room.id, crowd[0].person)]
    assert [whole(session) for session in (*sessions, *crowd[1:])] == [[]] * 9
    assert not crowd[0].joined


def test_an_invitation_reaches_every_endpoint_of_the_person_and_nobody_else() -> None:
    stage, door = Stage(), ScreenDoor()
    sessions = [stage.session(number, door) for number in (1, 1, 2, 3)]
    for session in sessions:
        stage.presence.begin(session)
    stage.presence.end(sessions[3])
    stage.bus.publish(InvitationsGranted(stage.room, {1: 7, 3: 1}, NOON))
    assert [whole(session) for session in sessions] == [[Invited(stage.room.id, 7, NOON)]] * 2 + [[], []]
