"""Locks an account's sign-in by password for a while after too many wrong ones, wherever they came from.

Wrong passwords are counted by SIP address, whether or not somebody has it, so that nothing tells a stranger which
addresses there are. They are counted on disk: to start a node anew gives nobody new tries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select
from sqlalchemy.dialects.sqlite import insert

from parlour.addresses import SipAddress
from parlour.clock import Clock
from parlour.storage.database import Database
from parlour.storage.schema import wrong_passwords

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_KEPT = select(wrong_passwords).where(wrong_passwords.c.account_key == bindparam("address"))


@dataclass(frozen=True, slots=True)
class LockRule:
    """When an account is locked, and for how long.

    Attributes:
        tries: wrong passwords in a row that lock it; 0: nothing does.
        period: how long it stays locked, and after what time without another one wrong passwords are forgotten.
    """

    tries: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of an address.

    Attributes:
        count: wrong passwords in a row.
        locked: whether its sign-in by password is locked.
    """

    count: int = 0
    locked: bool = False


class Lockout:
    """Counts wrong passwords, and says whose account is locked.

    Args:
        database: where they are counted.
        clock: time.
        rule: when an account is locked, and for how long.
    """

    def __init__(self, database: Database, clock: Clock, rule: LockRule) -> None:
        self._database = database
        self._clock = clock
        self._rule = rule

    async def standing(self, address: SipAddress) -> Standing:
        """Return what is kept of an address."""
        standing, _ = await self.standing_with(address, lambda _: None)
        return standing

    async def standing_with(self, address: SipAddress, read: Callable[[Connection], T]) -> tuple[Standing, T]:
        """Return what is kept of an address, and what `read` reads of the same moment: all in one hop."""
        def work(connection: Connection) -> tuple[Standing, T]:
            row = connection.execute(_KEPT, {"address": address.key}).one_or_none() if self._rule.tries else None
            return Standing() if row is None else self._standing(row, now), read(connection)
        now = self._clock.now()
        return await self._database.read(work)

    def _standing(self, row: Any, now: datetime) -> Standing:  # noqa: ANN401 - a row of the table
        if row.locked_until is not None:
            return Standing(row.count, locked=True) if now < row.locked_until else Standing()
        return Standing(row.count) if now < row.failed_at + self._rule.period else Standing()

    async def failed(self, address: SipAddress) -> None:
        """Count a wrong password. While an account is locked nothing counts: nobody keeps it locked by trying on."""
        if not self._rule.tries:
            return
        now = self._clock.now()
        if await self._database.write(self._counting(address, now)):
            _log.warning("sign-in.locked", account=str(address), seconds=int(self._rule.period.total_seconds()))

    def _counting(self, address: SipAddress, now: datetime) -> Callable[[Connection], bool]:
        """Return the unit of work that counts one, and says whether that locked the account."""
        def work(connection: Connection) -> bool:
            row = connection.execute(_KEPT, {"address": address.key}).one_or_none()
            before = Standing() if row is None else self._standing(row, now)
            if before.locked:
                return False
            count = before.count + 1
            locks = count >= self._rule.tries
            values = {"count": count, "failed_at": now, "locked_until": now + self._rule.period if locks else None}
            connection.execute(insert(wrong_passwords).values(account_key=address.key, **values)
                               .on_conflict_do_update(index_elements=["account_key"], set_=values))
            return locks
        return work

    async def forgive(self, address: SipAddress) -> None:
        """Forget the wrong passwords of an address: it is unlocked."""
        await self._database.write(lambda connection: forgive(connection, address))

    async def locked(self) -> frozenset[str]:
        """Return the keys of the addresses that are locked."""
        if not self._rule.tries:
            return frozenset()
        query = select(wrong_passwords.c.account_key).where(wrong_passwords.c.locked_until > self._clock.now())
        return frozenset(await self._database.read(lambda connection: list(connection.execute(query).scalars())))

    async def sweep(self) -> None:
        """Forget what counts no more."""
        now, kept = self._clock.now(), wrong_passwords.c
        over: ColumnElement[bool] = or_(
            kept.locked_until <= now,
            and_(kept.locked_until.is_(None), kept.failed_at <= now - self._rule.period))
        await self._database.write(lambda connection: connection.execute(delete(wrong_passwords).where(over)))


def forgive(connection: Connection, address: SipAddress) -> None:
    """Forget the wrong passwords of an address, in a unit of work."""
    connection.execute(delete(wrong_passwords).where(wrong_passwords.c.account_key == address.key))
