"""Sessions and access tokens: how long they last, what ends them, and what is kept of them."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection
from tests.web.signin_kit import ALICE, BOB, IDLE, LONGEST, House

from parlour.directory.bearers import Bearers, Kind, NewBearer, Scope, digest_of
from parlour.errors import BEARER_NOT_FOUND, TOKEN_INVALID, TOKENS_TOO_MANY, ParlourError

MINUTE = timedelta(minutes=1)
T = TypeVar("T")


async def lives(house: House, new: NewBearer) -> bool:
    """Say whether somebody gets in; that is a use."""
    return await house.bearers.find(new.secret, new.bearer.kind) is not None


def advance(house: House, time: timedelta) -> None:
    house.desk.clock.advance(time.total_seconds())


async def begun(house: House, address: str = ALICE) -> NewBearer:
    return await house.bearers.open_session(house.people[address], "Browser/1", "192.0.2.1")


async def test_a_session_ends_when_it_is_not_used(house: House) -> None:
    session = await begun(house)
    advance(house, IDLE - MINUTE)
    assert await lives(house, session)
    advance(house, IDLE - MINUTE)
    assert await lives(house, session)  # it was used in between
    advance(house, IDLE)
    assert not await lives(house, session)


async def test_a_session_ends_one_day_however_it_is_used(house: House) -> None:
    session = await begun(house)
    step = IDLE / 2
    for _ in range(int(LONGEST / step)):
        assert await lives(house, session)
        advance(house, step)
    assert LONGEST % step != timedelta(0)  # what is left of its time is shorter than a step
    assert await lives(house, session)
    advance(house, step)
    assert not await lives(house, session)


async def test_what_is_told_of_its_end_is_true(house: House) -> None:
    session = await begun(house)
    now = house.desk.clock.now()
    assert house.bearers.expiry(session.bearer) == now + IDLE
    advance(house, LONGEST - IDLE / 2 - IDLE)
    await lives(house, session)
    advance(house, IDLE - MINUTE)
    found = await house.bearers.find(session.secret, Kind.SESSION)
    assert found is not None
    assert house.bearers.expiry(found[1]) == now + LONGEST


async def test_a_token_lasts_as_long_as_it_should(house: House) -> None:
    tokens = {days: await house.bearers.make_token(house.people[ALICE], "script", [Scope.READ], days)
              for days in (1, 90, None)}
    left: list[tuple[int, list[int | None]]] = []
    for day in (0, 1, 89, 90, 5000):
        advance(house, timedelta(days=day - (left[-1][0] if left else 0)))
        left.append((day, [days for days, token in tokens.items() if await lives(house, token)]))
    assert left == [(0, [1, 90, None]), (1, [90, None]), (89, [90, None]), (90, [None]), (5000, [None])]


async def test_tokens_that_cannot_be(house: House) -> None:
    scopes, alice = [Scope.READ], house.people[ALICE]
    for name, wanted, days in (
            ("", scopes, 1), ("  ", scopes, 1), ("x" * 129, scopes, 1), ("a\nb", scopes, 1), ("\ud800", scopes, 1),
            ("script", [], 1), ("script", scopes, 0), ("script", scopes, -1), ("script", scopes, 10**12)):
        with pytest.raises(ParlourError) as refused:
            await house.bearers.make_token(alice, name, wanted, days)
        assert refused.value.kind is TOKEN_INVALID
    assert await house.bearers.of(alice, Kind.TOKEN) == []


async def test_nobody_has_any_number_of_them(house: House) -> None:
    alice = house.people[ALICE]
    for number in range(100):
        await house.bearers.make_token(alice, f"script {number}", [Scope.READ], None)
    with pytest.raises(ParlourError) as refused:
        await house.bearers.make_token(alice, "one more", [Scope.READ], None)
    assert refused.value.kind is TOKENS_TOO_MANY
    first = await begun(house)
    others = []
    for _ in range(49):
        advance(house, MINUTE)
        others.append(await begun(house))
    await begun(house, BOB)
    assert await lives(house, first)
    await house.bearers.flush()
    await begun(house)  # ends the one that was used least lately: not the first any more
    assert await lives(house, first)
    assert [await lives(house, one) for one in others] == [False, *[True] * 48]


async def test_the_secret_is_nowhere(house: House) -> None:
    session = await begun(house)
    token = await house.bearers.make_token(house.people[ALICE], "script", [Scope.READ], None)
    assert token.secret.startswith("parlour_")
    await house.desk.database.close()
    with sqlite3.connect(house.desk.path) as raw:
        kept = "\n".join(raw.iterdump())
    raw.close()
    for new in (session, token):
        assert new.secret not in kept
        assert new.bearer.id in kept
        assert digest_of(new.secret).hex().upper() in kept.upper()


def test_secrets_are_long_and_new_each_time(house: House) -> None:
    made = Bearers(house.desk.database, house.desk.clock, house.bearers._limits)._new_secret  # noqa: SLF001
    assert len({made() for _ in range(100)}) == 100
    assert all(len(made()) == 43 for _ in range(10))  # 256 bits, six in each character


async def test_when_one_was_used_outlives_the_process(house: House) -> None:
    session = await begun(house)
    advance(house, MINUTE * 30)
    await lives(house, session)
    another = Bearers(house.desk.database, house.desk.clock, house.bearers._limits)  # noqa: SLF001
    (before,) = await another.of(house.people[ALICE], Kind.SESSION)
    await house.bearers.flush()
    (after,) = await another.of(house.people[ALICE], Kind.SESSION)
    assert before.used_at == session.bearer.created_at
    assert after.used_at == house.desk.clock.now()


async def test_ended_ones_are_told(house: House) -> None:
    told: list[frozenset[str]] = []
    house.bearers.on_ended(told.append)
    one, two, three = [await begun(house) for _ in range(3)]
    token = await house.bearers.make_token(house.people[ALICE], "script", [Scope.READ], None)
    alice = house.people[ALICE]
    await house.bearers.end(alice, Kind.SESSION, one.bearer.id)
    await house.bearers.end_others(alice, two.bearer.id)
    await house.bearers.end(alice, Kind.TOKEN, token.bearer.id)
    assert told == [{one.bearer.id}, {three.bearer.id}, {token.bearer.id}]
    assert await lives(house, two)


async def test_one_ends_only_what_is_ones_own(house: House) -> None:
    session = await begun(house)
    named = session.bearer.id
    for address, kind, which in ((BOB, Kind.SESSION, named), (ALICE, Kind.TOKEN, named),
                                 (ALICE, Kind.SESSION, "0" * 32), (ALICE, Kind.SESSION, session.secret)):
        with pytest.raises(ParlourError) as refused:
            await house.bearers.end(house.people[address], kind, which)
        assert refused.value.kind is BEARER_NOT_FOUND
    assert await lives(house, session)


async def test_what_is_over_is_swept_away(house: House) -> None:
    alice = house.people[ALICE]
    idle, used = await begun(house), await begun(house)
    for days in (1, None):
        await house.bearers.make_token(alice, f"for {days}", [Scope.READ], days)
    advance(house, IDLE - MINUTE)
    await lives(house, used)
    advance(house, MINUTE)
    ids = {idle.bearer.id, used.bearer.id}
    await house.bearers.sweep()
    assert await house.bearers.alive(ids) == {used.bearer.id}
    advance(house, timedelta(days=2))
    await house.bearers.sweep()
    with sqlite3.connect(house.desk.path) as raw:
        assert raw.execute("SELECT name FROM bearers").fetchall() == [("for None",)]
    raw.close()


@pytest.mark.parametrize(("kept", "sessions", "tokens"), [(None, [], 0), ("own", ["own"], 1), ("", [], 1)])
async def test_a_new_password_ends_them_in_the_same_stroke(
    house: House, kept: str | None, sessions: list[str], tokens: int
) -> None:
    alice = house.people[ALICE]
    own, _other = await begun(house), await begun(house)
    await house.bearers.make_token(alice, "script", [Scope.READ], None)
    bobs = await begun(house, BOB)
    await house.desk.people.set_password(
        alice, "battery staple", kept_session=own.bearer.id if kept == "own" else kept)
    left = {own.bearer.id: "own"}
    assert [left[one.id] for one in await house.bearers.of(alice, Kind.SESSION)] == sessions
    assert len(await house.bearers.of(alice, Kind.TOKEN)) == tokens
    assert await lives(house, bobs)


async def test_those_who_come_at_once_are_looked_up_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = [[await begun(house, address) for _ in range(20)] for address in (ALICE, BOB)]
    read, reads = house.desk.database.read, 0

    def counted(work: Callable[[Connection], T]) -> Coroutine[object, object, T]:
        nonlocal reads
        reads += 1
        return read(work)
    monkeypatch.setattr(house.desk.database, "read", counted)
    wrong = [house.bearers.find("secret", Kind.SESSION), house.bearers.find(alice[0].secret, Kind.TOKEN)]
    found = await asyncio.gather(*(house.bearers.find(one.secret, Kind.SESSION) for one in [*alice, *bob]), *wrong)
    assert [one and str(one[0].address) for one in found] == [ALICE] * 20 + [BOB] * 20 + [None, None]
    assert [one[1].id for one in found if one] == [one.bearer.id for one in [*alice, *bob]]
    assert reads == 1


async def test_one_that_ends_while_it_is_looked_up_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    session, other = await begun(house), await begun(house)
    read, reads = house.desk.database.read, 0

    async def overtaken(work: Callable[[Connection], T]) -> T:
        nonlocal reads
        found = await read(work)
        reads += 1
        if reads == 1:
            await house.bearers.end(house.people[ALICE], Kind.SESSION, session.bearer.id)
        return found
    monkeypatch.setattr(house.desk.database, "read", overtaken)
    assert [await lives(house, one) for one in (session, other)] == [False, True]
