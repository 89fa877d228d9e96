"""Sign-in by name and password: one answer for every reason to refuse, and fewer and fewer tries for who guesses."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from argon2.exceptions import InvalidHashError, VerificationError

from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.directory.people import People, parse_person_address
from parlour.directory.secrets import Vault
from parlour.errors import SIGN_IN_REFUSED, SIGN_IN_TOO_OFTEN, ParlourError

_FREE_TRIES = 5
_FREE_TRIES_OF_PEER = 20
_FIRST_WAIT = 1.0  # seconds; it doubles with every further failure
_LONGEST_WAIT = 900.0
_MOST_REMEMBERED = 10_000
_AT_ONCE = 2  # hashing takes a processor and 64 MiB each time


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    wait_until: float


class Attempts:
    """Failed sign-ins by whatever they are counted for; who failed too often has to wait.

    Args:
        clock: time.
        free: failures that cost nothing.
    """

    def __init__(self, clock: Clock, free: int) -> None:
        self._clock = clock
        self._free = free
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str) -> float:
        """Return for how many seconds `key` has to wait yet; 0 if it may try."""
        failures = self._failures.get(key)
        return 0.0 if failures is None else max(0.0, failures.wait_until - self._clock.monotonic())

    def failed(self, key: str) -> None:
        """Count a failure."""
        count = self._failures[key].count + 1 if key in self._failures else 1
        over = min(count - self._free, 20)
        wait = min(_FIRST_WAIT * 2.0 ** (over - 1), _LONGEST_WAIT) if over > 0 else 0.0
        self._failures[key] = _Failures(count, self._clock.monotonic() + wait)
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST_REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)


class PasswordSignIn:
    """Says who somebody is by his name and password.

    Args:
        people: who there is.
        vault: made the hashes.
        clock: time.
    """

    def __init__(self, people: People, vault: Vault, clock: Clock) -> None:
        self._people = people
        self._hasher = vault.hasher
        self._by_account = Attempts(clock, _FREE_TRIES)
        self._by_peer = Attempts(clock, _FREE_TRIES_OF_PEER)
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._nobody = self._hasher.hash("nobody's password")  # a stranger's attempt takes as long as anybody's

    async def check(self, name: str, password: str, peer: str) -> Person:
        """Return the person who has this address and password.

        Args:
            name: SIP address, with or without ``sip:``.
            password: what was given.
            peer: the network address it came from.

        Raises:
            ParlourError: SignInRefused, whatever is wrong; SignInTooOften.
        """
        account = f"{name.casefold()[:512]} {peer}"
        wait = max(self._by_account.wait(account), self._by_peer.wait(peer))
        if wait > 0:
            raise ParlourError(SIGN_IN_TOO_OFTEN, None, seconds=int(wait) + 1)
        async with self._hashing:
            person = await self._checked(name, password)
        if person is None:
            self._by_account.failed(account)
            self._by_peer.failed(peer)
            raise ParlourError(SIGN_IN_REFUSED)
        self._by_account.succeeded(account)
        return person

    async def _checked(self, name: str, password: str) -> Person | None:
        try:
            kept = await self._people.password_of(parse_person_address(name))
        except ParlourError:  # what is no address is nobody's
            kept = None
        person, hashed = kept or (None, self._nobody)
        matches = await asyncio.to_thread(self._matches, hashed, password)
        return person if matches and person is not None and person.enabled else None

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError, UnicodeError):
            return False
