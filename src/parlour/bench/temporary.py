"""A room with bots or people for the time of a benchmark, made and removed by cmdlets as any administrator would."""

import json
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from parlour.errors import BENCH_FAILED, ParlourError
from parlour.operator import Console, Runner

PREFIX: Final = "parlour-bench-"
"""What the names of all begin with that a benchmark makes."""

_ROOM: Final = "ma-chan://"
_AT_ONCE = 20  # accounts made by one line
_LISTED = 100  # addresses named by one line: it may not become too long
# In this order: who wrote nothing that is still there can be removed, and so can a category without rooms.
_REMOVALS: Final = (
    ("CsPersistentChatRoom", "Name"), ("CsPersistentChatBot", "DisplayName"), ("CsUser", "DisplayName"),
    ("CsPersistentChatCategory", "Name"))
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Quiet(Console):
    """A terminal that keeps what commands say instead of showing it, and asks nobody.

    Attributes:
        said: what they said, by stream.
        stopped: the user stopped a command.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stopped = False
        self.said: dict[str, list[str]] = {"out": [], "err": []}

    def show(self, stream: str, text: str, style: str = "") -> None:
        """Keep text."""
        self.said[stream].append(text)

    @property
    def shows_progress(self) -> bool:
        """Nobody sees how far a command is."""
        return False

    @property
    def interactive(self) -> bool:
        """Nobody can be asked."""
        return False

    def stop(self) -> None:
        """The user stopped the command."""
        self.stopped = True

    def taken(self, stream: str) -> str:
        """Return what was said since the last time."""
        text = "".join(self.said[stream])
        self.said[stream].clear()
        return text


class Cmdlets:
    """Runs lines of the shell's language for their objects.

    Args:
        runner: runs them.
        console: where it shows what they say.
    """

    def __init__(self, runner: Runner, console: Quiet) -> None:
        self._runner = runner
        self._console = console

    def objects(self, *pipelines: str) -> list[dict[str, Any]]:
        """Run pipelines and return the objects of all.

        Raises:
            ParlourError: BenchFailed, with what they complain of. KeyboardInterrupt: the user stopped them.
        """
        self._console.stopped = False
        status = self._runner.run("; ".join(f"{pipeline} | ConvertTo-Json" for pipeline in pipelines))
        out, complaint = self._console.taken("out"), self._console.taken("err")
        if self._console.stopped:
            raise KeyboardInterrupt
        if status:
            raise ParlourError(BENCH_FAILED, None, reason=" ".join(complaint.split()))
        return list(_objects(out))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Read JSON documents that follow each other; lists are their objects."""
    decoder, rest = json.JSONDecoder(), text.lstrip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield from found if isinstance(found, list) else [found]
        rest = rest[end:].lstrip()


@dataclass(frozen=True, slots=True)
class Account:
    """Who takes part.

    Attributes:
        address: ``NAME@DOMAIN``.
        secret: a bot's access token, or a person's password.
    """

    address: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Room:
    """What was made.

    Attributes:
        uri: the room's URI.
        accounts: who may take part.
    """

    uri: str
    accounts: Sequence[Account]

    @property
    def id(self) -> str:
        """What the API calls it, ``DOMAIN/GUID``."""
        return self.uri.removeprefix(_ROOM)


MakeAccounts = Callable[[Cmdlets, str, int], Iterator[Account]]
"""Makes so many accounts whose names begin like that."""


@contextmanager
def temporary_room(cmdlets: Cmdlets, tag: str, members: int, make: MakeAccounts) -> Iterator[Room]:
    """Have an open room in a category of its own that lets in nobody but its members; remove it all afterwards.

    Args:
        cmdlets: make and remove it.
        tag: tells it from that of another benchmark.
        members: how many.
        make: makes them.

    Raises:
        ParlourError: BenchFailed.
    """
    name = PREFIX + tag
    try:
        (category,) = cmdlets.objects(f"New-CsPersistentChatCategory -Name '{name}' "
                                      "-Description 'Made by parlour bench, and removed by it'")
        accounts = list(make(cmdlets, name, members))
        identity = category["Identity"]
        _let_in(cmdlets, identity, [account.address for account in accounts])
        (room,) = cmdlets.objects(
            f"New-CsPersistentChatRoom -Name '{name}-room' -Category '{identity}' -Privacy Open -Invitations False")
        yield Room(room["ChatRoomUri"], accounts)
    finally:
        with _undisturbed():
            remove(cmdlets, name)


def _let_in(cmdlets: Cmdlets, category: str, addresses: Sequence[str]) -> None:
    """Let people into the rooms of a category."""
    for start in range(0, len(addresses), _LISTED):
        listed = ",".join(f"'sip:{address}'" for address in addresses[start:start + _LISTED])
        cmdlets.objects(f"Set-CsPersistentChatCategory -Identity '{category}' -AllowedMembers @{{Add={listed}}}")


def make_bots(cmdlets: Cmdlets, name: str, count: int) -> Iterator[Account]:
    """Make bots, for whom access tokens speak."""
    lines = [f"New-CsPersistentChatBot -DisplayName '{name}-{number:04}' "
             "| New-CsPersistentChatBotToken -Name bench -Days 1" for number in range(1, count + 1)]
    for bot in _made(cmdlets, lines):
        yield Account(bot["Bot"].removeprefix("sip:"), bot["Token"])


def make_people(cmdlets: Cmdlets, name: str, count: int) -> Iterator[Account]:
    """Make people, who sign in with passwords: over SIP, bots cannot."""
    (domain,) = (found["Name"] for found in cmdlets.objects("Get-CsSipDomain") if found["IsDefault"])
    accounts = [Account(f"{name}-{number:04}@{domain}", secrets.token_urlsafe(24)) for number in range(1, count + 1)]
    made = _made(cmdlets, [
        f"New-CsUser -SipAddress 'sip:{account.address}' -DisplayName '{account.address.partition('@')[0]}' "
        f"-Password '{account.secret}'" for account in accounts])
    for account, _ in zip(accounts, made, strict=True):
        yield account


def _made(cmdlets: Cmdlets, lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Run pipelines, some at a time, and return their objects."""
    for start in range(0, len(lines), _AT_ONCE):
        yield from cmdlets.objects(*lines[start:start + _AT_ONCE])


def remove(cmdlets: Cmdlets, name: str = PREFIX) -> None:
    """Remove the rooms, accounts and categories whose names begin like that; without a name, those of all benchmarks.

    Raises:
        ParlourError: BenchFailed; what could be removed is removed.
    """
    faults = list[ParlourError]()
    for noun, attribute in _REMOVALS:
        try:
            cmdlets.objects(
                f"Get-{noun} | Where-Object {{$_.{attribute} -like '{name}*'}} | Remove-{noun} -Confirm:$false")
        except ParlourError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody interrupt this: what is removed half stays half."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
