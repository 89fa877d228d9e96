"""Sign-in by name and password: one answer for every reason to refuse, and fewer and fewer tries for who guesses.

Whoever fails too often from one place waits longer and longer (`Attempts`); an account with too many wrong passwords
from anywhere is locked for a while (`parlour.directory.lockout`).
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

import structlog
from argon2.exceptions import InvalidHashError, VerificationError

from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.directory.lockout import Lockout
from parlour.directory.people import People, parse_person_address
from parlour.directory.secrets import Vault
from parlour.errors import SIGN_IN_REFUSED, SIGN_IN_TOO_OFTEN, ParlourError

_FREE_TRIES = 5
_FREE_TRIES_OF_PEER = 20
_FIRST_WAIT = 1.0  # seconds; it doubles with every further failure
_LONGEST_WAIT = 900.0
_FORGOTTEN_AFTER = 3600.0  # seconds without another failure
_MOST_REMEMBERED = 10_000
_log = structlog.get_logger(__name__)
_AT_ONCE = 2  # hashing takes a processor and 64 MiB each time


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    at: float
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
        now, before = self._clock.monotonic(), self._failures.get(key)
        recent = before is not None and now - before.at < _FORGOTTEN_AFTER
        count = before.count + 1 if before is not None and recent else 1
        over = min(count - self._free, 20)
        wait = min(_FIRST_WAIT * 2.0 ** (over - 1), _LONGEST_WAIT) if over > 0 else 0.0
        self._failures[key] = _Failures(count, now, now + wait)
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
        lockout: counts wrong passwords by account.
    """

    def __init__(self, people: People, vault: Vault, clock: Clock, lockout: Lockout) -> None:
        self._people = people
        self._lockout = lockout
        self._hasher = vault.hasher
        self._by_account = Attempts(clock, _FREE_TRIES)
        self._by_peer = Attempts(clock, _FREE_TRIES_OF_PEER)
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def check(self, name: str, password: str, peer: str) -> Person:
        """Return the person who has this address and password.

        Args:
            name: SIP address, with or without ``sip:``.
            password: what was given.
            peer: the network address it came from.

        Raises:
            ParlourError: SignInRefused, whatever is wrong; SignInTooOften.
        """
        peer = network_of(peer)
        account = f"{name.casefold()[:512]} {peer}"
        self._refuse_waiting(account, peer)
        async with self._hashing:
            self._refuse_waiting(account, peer)  # others may have failed while this one stood in line
            person = await self._checked(name, password)
            if person is None:
                self._by_account.failed(account)
                self._by_peer.failed(peer)
        if person is None:
            _log.warning("sign-in.refused", account=name[:200], peer=peer)
            raise ParlourError(SIGN_IN_REFUSED)
        self._by_account.succeeded(account)
        return person

    def _refuse_waiting(self, account: str, peer: str) -> None:
        wait = max(self._by_account.wait(account), self._by_peer.wait(peer))
        if wait > 0:
            raise ParlourError(SIGN_IN_TOO_OFTEN, None, seconds=int(wait) + 1)

    async def _checked(self, name: str, password: str) -> Person | None:
        if self._nobody is None:  # whoever comes first waits for it, be he known or not
            self._nobody = await asyncio.to_thread(self._hasher.hash, "nobody's password")
        nobody = self._nobody  # a stranger's attempt takes as long as anybody's
        try:
            address = parse_person_address(name)
        except ParlourError:  # what is no address is nobody's
            await asyncio.to_thread(self._matches, nobody, password)
            return None
        standing = await self._lockout.standing(address)
        person, hashed = await self._people.password_of(address) or (None, nobody)
        matches = await asyncio.to_thread(self._matches, hashed, password)
        if standing.locked:
            return None  # even with the right one: who guesses must not learn that he has found it
        if person is None or not matches or not person.enabled:
            await self._lockout.failed(address)
            return None
        if standing.count:
            await self._lockout.forgive(address)
        return person

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError, UnicodeError):
            return False


def network_of(peer: str) -> str:
    """Return what stands for whoever is at an address: of IPv6, everybody has a whole /64 to choose from."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv4Address) or address.ipv4_mapped:
        return peer
    return str(ip_network((address, 64), strict=False))
