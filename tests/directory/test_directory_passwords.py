"""Sign-in by password: whom it lets in, and how long those who guess have to wait."""

import asyncio

import pytest
from tests.directory.directory_kit import PASSWORD, Desk, new_person

from parlour.directory.passwords import Attempts, PasswordSignIn
from parlour.errors import SIGN_IN_REFUSED, SIGN_IN_TOO_OFTEN, ErrorKind, ParlourError
from parlour.testing import FakeClock

ALICE = "sip:alice@litwareinc.com"
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
async def door(desk: Desk) -> PasswordSignIn:
    """A sign-in for Alice, with a quick hash."""
    desk.vault.hasher = type(desk.vault.hasher)(time_cost=1, memory_cost=8, parallelism=1)
    await desk.people.add(new_person(ALICE))
    return PasswordSignIn(desk.people, desk.vault, desk.clock, desk.lockout)


async def refusal(door: PasswordSignIn, name: str, password: str, peer: str = HOME) -> ErrorKind:
    with pytest.raises(ParlourError) as caught:
        await door.check(name, password, peer)
    return caught.value.kind


@pytest.mark.parametrize("name", [ALICE, "alice@litwareinc.com", "ALICE@LitwareInc.com"])
async def test_the_right_password_lets_in(door: PasswordSignIn, name: str) -> None:
    assert str((await door.check(name, PASSWORD, HOME)).address) == ALICE


@pytest.mark.parametrize(("name", "password"), [
    (ALICE, "wrong"), (ALICE, ""), (ALICE, "x" * 100_000), (ALICE, "\ud800"), ("bob@litwareinc.com", PASSWORD),
    ("no address at all", PASSWORD), ("", ""), ("\x00", PASSWORD), ("alice@elsewhere.com", PASSWORD)])
async def test_whatever_is_wrong_the_answer_is_the_same(door: PasswordSignIn, name: str, password: str) -> None:
    assert await refusal(door, name, password) is SIGN_IN_REFUSED


async def test_who_is_disabled_stays_out(door: PasswordSignIn, desk: Desk) -> None:
    await desk.people.set_enabled(await desk.people.find(ALICE), enabled=False)
    assert await refusal(door, ALICE, PASSWORD) is SIGN_IN_REFUSED


async def test_guessing_takes_longer_and_longer(door: PasswordSignIn, desk: Desk) -> None:
    for _ in range(5):
        assert await refusal(door, ALICE, "guess") is SIGN_IN_REFUSED
    assert await refusal(door, ALICE, "guess") is SIGN_IN_REFUSED  # from now on, there is a wait
    assert await refusal(door, ALICE, PASSWORD) is SIGN_IN_TOO_OFTEN
    desk.clock.advance(1.0)
    assert await refusal(door, ALICE, "guess") is SIGN_IN_REFUSED
    desk.clock.advance(1.0)
    assert await refusal(door, ALICE, PASSWORD) is SIGN_IN_TOO_OFTEN
    desk.clock.advance(1.0)
    await door.check(ALICE, PASSWORD, HOME)
    assert await refusal(door, ALICE, "guess") is SIGN_IN_REFUSED  # and all is forgotten


async def test_guessing_from_elsewhere_keeps_nobody_out_at_home(door: PasswordSignIn) -> None:
    for _ in range(7):
        await refusal(door, ALICE, "guess", ELSEWHERE)
    assert await refusal(door, ALICE, PASSWORD, ELSEWHERE) is SIGN_IN_TOO_OFTEN
    await door.check(ALICE, PASSWORD, HOME)


async def test_who_tries_many_names_has_to_wait_as_well(door: PasswordSignIn) -> None:
    kinds = [await refusal(door, f"p{number}@litwareinc.com", "guess") for number in range(22)]
    assert kinds == [SIGN_IN_REFUSED] * 21 + [SIGN_IN_TOO_OFTEN]


async def test_a_burst_gets_no_more_tries_than_one_after_the_other(door: PasswordSignIn) -> None:
    async with asyncio.TaskGroup() as tasks:
        tries = [tasks.create_task(refusal(door, ALICE, "guess")) for _ in range(60)]
    kinds = [one.result() for one in tries]
    assert kinds.count(SIGN_IN_REFUSED) <= 7  # the free ones, the one that brings the wait, and one beside it
    assert kinds.count(SIGN_IN_TOO_OFTEN) >= 53


async def test_mistakes_of_long_ago_are_forgotten(door: PasswordSignIn, desk: Desk) -> None:
    for number in range(40):
        assert await refusal(door, f"p{number}@litwareinc.com", "typo") is SIGN_IN_REFUSED
        desk.clock.advance(86_400)
    assert await refusal(door, ALICE, "typo") is SIGN_IN_REFUSED
    await door.check(ALICE, PASSWORD, HOME)


async def test_all_of_a_network_of_ipv6_count_as_one(door: PasswordSignIn) -> None:
    kinds = [await refusal(door, ALICE, "guess", f"2001:db8::{number:x}") for number in range(8)]
    assert kinds[-1] is SIGN_IN_TOO_OFTEN
    await door.check(ALICE, PASSWORD, "2001:db8:0:1::1")


def test_a_wait_ends_at_a_quarter_of_an_hour_and_little_is_remembered() -> None:
    attempts = Attempts(FakeClock(), 1)
    for _ in range(100):
        attempts.failed("one")
    assert attempts.wait("one") == 900.0
    for number in range(10_000):
        attempts.failed(str(number))
    assert attempts.wait("one") == 0.0
