"""Accounts that are locked after too many wrong passwords: when, for how long, and what a stranger learns of it."""

import itertools
from datetime import timedelta

import pytest
from tests.directory.directory_kit import PASSWORD, new_person
from tests.web.signin_kit import ALICE, BOB, LOCK, TRIES, House

from parlour.addresses import SipAddress
from parlour.directory.lockout import Lockout, LockRule, Standing
from parlour.errors import ParlourError

NOBODY = "sip:nobody@litwareinc.com"
WRONG = "wrong"
LOCKED = Standing(TRIES, locked=True)
_peers = itertools.count(1)


async def guess(house: House, address: str, password: str = WRONG, times: int = 1) -> set[str]:
    """Try a password, each time from somewhere else; return what the answers were."""
    answers = set()
    for _ in range(times):
        number = next(_peers)
        try:
            await house.callers.passwords.check(address, password, f"198.51.{number // 250}.{number % 250}")
            answers.add("let in")
        except ParlourError as refused:
            answers.add(str(refused))
    return answers


async def standing(house: House, address: str) -> Standing:
    return await house.lockout.standing(SipAddress.parse(address))


async def test_too_many_wrong_passwords_lock_an_account_for_a_while(house: House) -> None:
    refused = await guess(house, ALICE, times=TRIES - 1)
    assert await guess(house, ALICE, PASSWORD) == {"let in"}  # and all is forgotten
    assert await guess(house, ALICE, times=TRIES) == refused
    assert await standing(house, ALICE) == LOCKED
    assert await guess(house, ALICE, PASSWORD) == refused  # the right one tells nothing either
    assert await guess(house, BOB, PASSWORD) == {"let in"}
    house.desk.clock.advance(LOCK.total_seconds() - 1)
    assert await guess(house, ALICE, PASSWORD) == refused
    house.desk.clock.advance(1)
    assert await guess(house, ALICE, PASSWORD) == {"let in"}


async def test_guessing_on_does_not_keep_it_locked(house: House) -> None:
    await guess(house, ALICE, times=TRIES)
    house.desk.clock.advance(LOCK.total_seconds() - 1)
    await guess(house, ALICE, times=2)
    house.desk.clock.advance(1)
    assert await guess(house, ALICE, PASSWORD) == {"let in"}


async def test_wrong_passwords_are_forgotten_after_a_while(house: House) -> None:
    await guess(house, ALICE, times=TRIES - 1)
    house.desk.clock.advance(LOCK.total_seconds())
    await guess(house, ALICE)
    assert await standing(house, ALICE) == Standing(1)


async def test_a_stranger_learns_nothing_of_who_there_is(house: House) -> None:
    """Answers are the same, and so is what is written: the time that takes would tell."""
    there, absent = [[await guess(house, address) for _ in range(TRIES + 2)] for address in (ALICE, NOBODY)]
    assert there == absent
    assert [await standing(house, one) for one in (ALICE, NOBODY)] == [LOCKED, LOCKED]
    assert await guess(house, "no address", times=2) == there[0]


async def test_sessions_and_tokens_go_on(house: House) -> None:
    async with house.browser() as browser:
        await browser.sign_in()
        await guess(house, ALICE, times=TRIES)
        assert (await browser.get("/api/v1/session")).status_code == 200
        change = {"current": PASSWORD, "new": "battery staple"}
        answer = await browser.put("/api/v1/session/password", json=change)
        assert answer.json()["title"] == "CurrentPasswordWrong"  # it could be tried out otherwise


@pytest.mark.parametrize("way", ["unlock", "a new password", "a new account"])
async def test_what_unlocks_it(house: House, way: str) -> None:
    address = NOBODY if way == "a new account" else ALICE
    await guess(house, address, times=TRIES)
    if way == "unlock":
        await house.lockout.forgive(SipAddress.parse(address))
    elif way == "a new password":
        await house.desk.people.set_password(house.people[ALICE], PASSWORD)
    else:
        await house.desk.people.add(new_person(NOBODY))
    assert await standing(house, address) == Standing()
    assert await guess(house, address, PASSWORD) == {"let in"}


async def test_a_node_that_begins_anew_gives_no_new_tries(house: House) -> None:
    await guess(house, ALICE, times=TRIES - 1)
    another = House(house.desk)
    await guess(another, ALICE)
    assert await another.lockout.locked() == {ALICE}
    house.desk.clock.advance(LOCK.total_seconds())
    assert await another.lockout.locked() == frozenset()


async def test_it_can_be_switched_off(house: House) -> None:
    off = Lockout(house.desk.database, house.desk.clock, LockRule(0, LOCK))
    alice = SipAddress.parse(ALICE)
    for _ in range(50):
        await off.failed(alice)
    assert await off.standing(alice) == Standing()
    assert await off.locked() == frozenset()


async def test_what_counts_no_more_is_swept_away(house: House) -> None:
    await guess(house, ALICE, times=TRIES)
    await guess(house, BOB)
    house.desk.clock.advance((LOCK - timedelta(minutes=1)).total_seconds())
    await guess(house, NOBODY)
    house.desk.clock.advance(60)
    await house.lockout.sweep()
    house.desk.clock.step(-3600)  # so that what is left would count again
    assert [(await standing(house, one)).count for one in (ALICE, BOB, NOBODY)] == [0, 0, 1]
