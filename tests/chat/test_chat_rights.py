"""Rights: decisions about random worlds, against a naive statement of the rules (reference/product.md section 3)."""

import itertools
import random
from dataclasses import dataclass, field

import pytest
from tests.chat.chat_kit import room

from parlour.chat.model import Privacy, Room, RoomType
from parlour.chat.principals import CategoryRole, Path, RoomRole, Standing, standing_of
from parlour.chat.rights import Act, decide, decide_creation
from parlour.errors import CHAT_NOT_ENABLED, ParlourError

WORLDS = 100_000
ROLES: tuple[CategoryRole | RoomRole, ...] = (*CategoryRole, *RoomRole)


@dataclass
class World:
    """Principals 0 to n; number 0 is the person. `inside[a]` are the groups that `a` is directly in; circles occur."""

    inside: dict[int, set[int]]
    lists: dict[CategoryRole | RoomRole, set[int]]
    room: Room
    is_enabled: bool
    _is: set[int] = field(default_factory=set)

    def is_listed(self, role: CategoryRole | RoomRole) -> bool:
        """Say whether the person stands in a list, himself or by any group."""
        return any(self._belongs(0, listed, set()) for listed in self.lists[role])

    def _belongs(self, who: int, wanted: int, seen: set[int]) -> bool:
        if who == wanted:
            return True
        seen.add(who)
        return any(self._belongs(group, wanted, seen) for group in self.inside[who] - seen)


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same worlds each time; nobody is to be surprised


def make_world(dice: random.Random) -> World:
    size = dice.randint(1, 7)
    inside = {one: {other for other in range(1, size) if other != one and dice.random() < 0.25} for one in range(size)}
    lists = {role: {one for one in range(size) if dice.random() < 0.3} for role in ROLES}
    return World(inside, lists, room(1, dice.choice(list(Privacy)), dice.choice(list(RoomType)),
                                     disabled=dice.random() < 0.2), is_enabled=dice.random() < 0.8)


def naive(act: Act, world: World) -> bool:
    """Say in the words of the manual whether the person may do it."""
    subject = world.room
    inside_the_wall = world.is_listed(CategoryRole.ALLOWED) and not world.is_listed(CategoryRole.DENIED)
    member, manager = world.is_listed(RoomRole.MEMBER), world.is_listed(RoomRole.MANAGER)
    knows_of_it = subject.privacy is not Privacy.SECRET or member or manager
    may_join = (subject.privacy is Privacy.OPEN or member) and not subject.disabled
    may = {
        Act.SEE: not subject.disabled,
        Act.JOIN: may_join,
        Act.READ: may_join,
        Act.POST: may_join and (subject.type is RoomType.NORMAL or world.is_listed(RoomRole.PRESENTER)),
        Act.MANAGE: manager,
    }
    return world.is_enabled and inside_the_wall and knows_of_it and may[act]


def affiliations(world: World) -> dict[int, Path]:
    """Follow the groups level by level, as the directory does."""
    known: dict[int, Path] = {0: ("0",)}
    frontier = [0]
    while frontier:
        found = {group: (*known[one], str(group)) for one in frontier for group in world.inside[one]
                 if group not in known}
        known |= found
        frontier = list(found)
    return known


def standing(world: World) -> Standing:
    return standing_of(affiliations(world), {role: frozenset(listed) for role, listed in world.lists.items()},
                       None if world.is_enabled else "Visitors")


def test_decisions_agree_with_the_naive_rules_in_random_worlds() -> None:
    dice = dice_of(4711)
    for _ in range(WORLDS):
        world = make_world(dice)
        where = standing(world)
        for act in Act:
            assert decide(act, world.room, where).allowed == naive(act, world), (act, world)


def test_creating_needs_the_wall_and_the_creators_list() -> None:
    dice = dice_of(42)
    for _ in range(WORLDS // 10):
        world = make_world(dice)
        may = (world.is_enabled and world.is_listed(CategoryRole.ALLOWED) and not world.is_listed(CategoryRole.DENIED)
               and world.is_listed(CategoryRole.CREATOR))
        assert decide_creation(standing(world)).allowed == may, world


def test_the_way_is_a_way() -> None:
    dice = dice_of(7)
    for _ in range(WORLDS // 10):
        world = make_world(dice)
        for act in Act:
            way = [int(step) for step in decide(act, world.room, standing(world)).way]
            assert not way or way[0] == 0
            assert all(after in world.inside[before] for before, after in itertools.pairwise(way))


def test_whoever_is_not_enabled_is_told_so_by_the_policys_name_wherever_he_stands() -> None:
    dice = dice_of(11)
    told = set()
    for _ in range(WORLDS // 10):
        world = make_world(dice)
        decisions = [*(decide(act, world.room, standing(world)) for act in Act), decide_creation(standing(world))]
        barred = {decision for decision in decisions if decision.refusal is CHAT_NOT_ENABLED}
        assert len(barred) == (not world.is_enabled)
        assert barred in (set(), set(decisions))
        told |= barred
    assert {(decision.rule, decision.way) for decision in told} == {
        ('the policy "Visitors" does not enable him for Persistent Chat', ())}


EVERYTHING = Standing(allowed=("a",), creator=("a",), member=("a",), manager=("a",), presenter=("a",))


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("privacy", Privacy)
def test_whoever_is_denied_gets_no_right_whatever_lists_he_is_in(act: Act, privacy: Privacy) -> None:
    denied = Standing(allowed=("a",), denied=("a", "b"), creator=("a",), member=("a",), manager=("a",),
                      presenter=("a",))
    decision = decide(act, room(1, privacy), denied)
    assert (decision.allowed, decision.way) == (False, ("a", "b"))


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("outsider", [Standing(), Standing(allowed=("a",)), Standing(denied=("a",))])
def test_a_secret_room_is_refused_as_one_that_is_not_there(act: Act, outsider: Standing) -> None:
    secret = room(1, Privacy.SECRET)
    with pytest.raises(ParlourError) as fault:
        decide(act, secret, outsider).enforce(secret)
    assert str(fault.value) == f'There is no room "{secret.uri}".'


@pytest.mark.parametrize("act", Act)
def test_a_refusal_is_raised_and_a_permission_is_not(act: Act) -> None:
    decide(act, room(1, Privacy.CLOSED), EVERYTHING).enforce(room(1))
    closed = room(1, Privacy.CLOSED)
    refusal = decide(act, closed, Standing(allowed=("a",)))
    if refusal.allowed:
        assert act is Act.SEE
        return
    with pytest.raises(ParlourError) as fault:
        refusal.enforce(closed)
    assert fault.value.kind is refusal.refusal
    assert closed.name in str(fault.value)
