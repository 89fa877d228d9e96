"""What people show instead of their passwords: sessions of browsers, and access tokens of programs.

A secret is 256 random bits. What is kept of it is its SHA-256, from which nobody gets it back.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, update

from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.errors import BEARER_NOT_FOUND, TOKEN_INVALID, TOKENS_TOO_MANY, ParlourError
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import bearers, bots, people
from parlour.together import Together

TOKEN_PREFIX: Final = "parlour_"  # noqa: S105 - by which scanners for leaked secrets know them
MAX_NAME: Final = 128
MAX_DAYS: Final = 3650
_MOST_SESSIONS = 50  # of one person: a further one ends that which was used least lately
_MOST_TOKENS = 100
_MAX_AGENT, _MAX_ADDRESS = 256, 64


class Scope(StrEnum):
    """What an access token is good for."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"
    ADMIN = "admin"


ALL_SCOPES: Final = frozenset(Scope)


class Kind(StrEnum):
    """What a bearer is."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word


@dataclass(frozen=True, slots=True)
class Bearer:
    """A session or an access token.

    Attributes:
        id: names it to its owner; opens nothing.
        kind: which of both it is.
        name: what its owner calls a token; empty for a session.
        scopes: what it is good for.
        agent: what the program that made it called itself.
        address: network address that it was made from.
        created_at: when it was made.
        used_at: when it was last used; None if never.
        expires_at: when it ends whatever happens; None if never.
    """

    id: str
    kind: Kind
    name: str
    scopes: frozenset[Scope]
    agent: str
    address: str
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class NewBearer:
    """One that was just made, with its secret, which nobody is ever told again."""

    bearer: Bearer
    secret: str


@dataclass(frozen=True, slots=True)
class BearerLimits:
    """How long sessions last.

    Attributes:
        idle: without any use.
        longest: whatever happens.
    """

    idle: timedelta
    longest: timedelta


Ended = Callable[[frozenset[str]], None]
"""Is told the ids of sessions and tokens that are no more."""


class Bearers:
    """The sessions and access tokens of all people.

    When one was used is kept in memory and written now and then by `flush`: reading must not cost a commit.

    Args:
        database: where they are kept.
        clock: time.
        limits: how long sessions last.
        new_secret: makes secrets.
    """

    def __init__(
        self, database: Database, clock: Clock, limits: BearerLimits,
        new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits
        self._new_secret = new_secret
        self._used: dict[str, datetime] = {}
        self._when_ended: list[Ended] = []
        self._endings = 0
        self._shown = Together(self._read)  # thousands who come back at once show theirs at once

    def on_ended(self, call: Ended) -> None:
        """Have `call` called with what was ended one by one."""
        self._when_ended.append(call)

    # -- made

    async def open_session(self, person: Person, agent: str, address: str) -> NewBearer:
        """Begin a session; somebody who has too many loses the one that was used least lately."""
        new = self._new(Kind.SESSION, agent=agent, address=address, scopes=ALL_SCOPES,
                        expires_at=self._clock.now() + self._limits.longest)

        def work(connection: Connection) -> None:
            _end_least_used(connection, person)
            _insert(connection, person, new)
        await self._database.write(work)
        return new

    async def make_token(
        self, person: Person, name: str, scopes: Iterable[Scope], days: int | None, agent: str = "", address: str = ""
    ) -> NewBearer:
        """Make an access token.

        Args:
            person: whose.
            name: what he calls it.
            scopes: what it is good for.
            days: how long; None: until it is revoked.
            agent: what the program that asks calls itself.
            address: the network address that it asks from.

        Raises:
            ParlourError: TokenInvalid, TokensTooMany.
        """
        wanted = frozenset(scopes)
        _check_token(name, wanted, days)
        expires = None if days is None else self._clock.now() + timedelta(days=days)
        new = self._new(Kind.TOKEN, name=name, agent=agent, address=address, scopes=wanted, expires_at=expires)

        def work(connection: Connection) -> None:
            count = connection.execute(select(func.count()).where(*_of(person, Kind.TOKEN))).scalar_one()
            if count >= _MOST_TOKENS:
                bare = person.address.bare
                raise ParlourError(TOKENS_TOO_MANY, bare, person=bare, limit=_MOST_TOKENS)
            _insert(connection, person, new)
        await self._database.write(work)
        return new

    def _new(
        self, kind: Kind, *, agent: str, address: str, scopes: frozenset[Scope], expires_at: datetime | None,
        name: str = "",
    ) -> NewBearer:
        now = self._clock.now()
        bearer = Bearer(uuid4().hex, kind, name, scopes, agent[:_MAX_AGENT], address[:_MAX_ADDRESS], now,
                        now if kind is Kind.SESSION else None, expires_at)
        return NewBearer(bearer, (TOKEN_PREFIX if kind is Kind.TOKEN else "") + self._new_secret())

    # -- shown

    async def find(self, secret: str, kind: Kind) -> tuple[Person, Bearer] | None:
        """Return whose a secret is, and note that it was used; None if it is, or has become, nobody's."""
        endings = -1
        while endings != self._endings:  # it may be among those that were ended while we read
            endings = self._endings
            found = await self._shown.ask(digest_of(secret))
        if found is None:
            return None
        person, bearer = found[0], self._current(found[1])
        if bearer.kind is not kind or not person.enabled or self.is_over(bearer):
            return None
        return person, self.touch(bearer)

    async def _read(self, digests: Sequence[bytes]) -> dict[bytes, tuple[Person, Bearer]]:
        query = select(*PERSON, *_BEARER, bearers.c.secret_hash).join(
            people, people.c.id == bearers.c.person_id).where(bearers.c.secret_hash.in_(digests))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row.secret_hash: (to_person(row), _to_bearer(row)) for row in rows}

    def touch(self, bearer: Bearer) -> Bearer:
        """Note that one is used now."""
        now = self._clock.now()
        self._used[bearer.id] = now
        return replace(bearer, used_at=now)

    def _current(self, bearer: Bearer) -> Bearer:
        used = self._used.get(bearer.id)
        return bearer if used is None else replace(bearer, used_at=used)

    def expiry(self, bearer: Bearer) -> datetime | None:
        """Return when one ends if it is not used any more; None if never."""
        if bearer.kind is Kind.TOKEN or bearer.expires_at is None:
            return bearer.expires_at
        return min(bearer.expires_at, (bearer.used_at or bearer.created_at) + self._limits.idle)

    def is_over(self, bearer: Bearer) -> bool:
        """Say whether one has expired."""
        expiry = self.expiry(bearer)
        return expiry is not None and expiry <= self._clock.now()

    async def of(self, person: Person, kind: Kind) -> list[Bearer]:
        """Return somebody's sessions or tokens, the newest first."""
        query = select(*_BEARER).where(*_of(person, kind)).order_by(bearers.c.created_at.desc(), bearers.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [one for one in map(self._current, map(_to_bearer, rows)) if not self.is_over(one)]

    async def alive(self, ids: Iterable[str]) -> frozenset[str]:
        """Return which of some sessions and tokens are still there and have not expired."""
        query = select(*_BEARER).where(bearers.c.id.in_(list(ids)))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return frozenset(one.id for one in map(self._current, map(_to_bearer, rows)) if not self.is_over(one))

    # -- ended

    async def end(self, person: Person, kind: Kind, bearer_id: str) -> None:
        """End one of somebody's sessions or tokens.

        Raises:
            ParlourError: SignInNotFound.
        """
        if not await self._end(and_(*_of(person, kind), bearers.c.id == bearer_id)):
            raise ParlourError(BEARER_NOT_FOUND, bearer_id, id=bearer_id)

    async def end_others(self, person: Person, kept: str | None) -> None:
        """End all of somebody's sessions but one; all of them without one."""
        await self._end(and_(*_of(person, Kind.SESSION), bearers.c.id != (kept or "")))

    async def _end(self, which: ColumnElement[bool]) -> frozenset[str]:
        change = delete(bearers).where(which).returning(bearers.c.id)
        ended = frozenset(await self._database.write(
            lambda connection: list(connection.execute(change).scalars())))
        for one in ended:
            self._used.pop(one, None)
        if ended:
            self._endings += 1
            for call in self._when_ended:
                call(ended)
        return ended

    # -- kept in order

    async def flush(self) -> None:
        """Write when what was used was used."""
        used, self._used = self._used, {}
        if not used:
            return
        change = update(bearers).where(bearers.c.id == bindparam("which")).values(used_at=bindparam("at"))
        values = [{"which": one, "at": at} for one, at in used.items()]
        try:
            await self._database.write(lambda connection: connection.execute(change, values))
        except BaseException:
            self._used = used | self._used
            raise

    async def sweep(self) -> None:
        """Forget what has expired."""
        await self.flush()
        now = self._clock.now()
        idle = and_(bearers.c.kind == Kind.SESSION.value, bearers.c.used_at <= now - self._limits.idle)
        await self._end(or_(bearers.c.expires_at <= now, idle))


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def end_bearers(
    connection: Connection, person_id: int, kept_session: str | None = None, *, with_bots: bool = False
) -> None:
    """End somebody's sessions and tokens, in the unit of work that takes his password or his account.

    Args:
        connection: the unit of work.
        person_id: whose.
        kept_session: id of the one session that goes on, and with it the tokens: he acts himself.
        with_bots: also the tokens of the bots that he owns: he knows them.
    """
    which: ColumnElement[bool] = bearers.c.person_id == person_id
    if with_bots:
        which = or_(which, bearers.c.person_id.in_(select(bots.c.person_id).where(bots.c.owner_id == person_id)))
    if kept_session is not None:
        which = and_(which, bearers.c.kind == Kind.SESSION.value, bearers.c.id != kept_session)
    connection.execute(delete(bearers).where(which))


_BEARER = (bearers.c.id.label("bearer_id"), bearers.c.kind, bearers.c.name, bearers.c.scopes, bearers.c.agent,
           bearers.c.address, bearers.c.created_at, bearers.c.used_at, bearers.c.expires_at)


def _of(person: Person, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return bearers.c.person_id == person.id, bearers.c.kind == kind.value


def _to_bearer(row: Any) -> Bearer:  # noqa: ANN401 - a row of any select that has these columns
    return Bearer(row.bearer_id, Kind(row.kind), row.name, frozenset(map(Scope, row.scopes.split())), row.agent,
                  row.address, row.created_at, row.used_at, row.expires_at)


def _insert(connection: Connection, person: Person, new: NewBearer) -> None:
    one = new.bearer
    connection.execute(insert(bearers).values(
        id=one.id, person_id=person.id, kind=one.kind.value, secret_hash=digest_of(new.secret), name=one.name,
        scopes=" ".join(sorted(one.scopes)), agent=one.agent, address=one.address, created_at=one.created_at,
        used_at=one.used_at, expires_at=one.expires_at))


def _end_least_used(connection: Connection, person: Person) -> None:
    kept = select(bearers.c.id).where(*_of(person, Kind.SESSION)).order_by(
        bearers.c.used_at.desc()).limit(_MOST_SESSIONS - 1)
    connection.execute(delete(bearers).where(*_of(person, Kind.SESSION), bearers.c.id.not_in(kept)))


def _check_token(name: str, scopes: frozenset[Scope], days: int | None) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise ParlourError(TOKEN_INVALID, name, reason=f"its name is empty, unprintable, or longer than {MAX_NAME}")
    if not scopes:
        raise ParlourError(TOKEN_INVALID, name, reason="it has no scope")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise ParlourError(TOKEN_INVALID, name, reason=f"it lasts for 1 to {MAX_DAYS} days")
