"""`parlour bench` from beginning to end."""

import asyncio
import secrets
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from parlour.admin.doors import OpenDoors, bracketed, reachable
from parlour.bench import sip, websocket
from parlour.bench.load import Load, Result
from parlour.bench.sip import SipPlace
from parlour.bench.temporary import PREFIX, Cmdlets, Room, make_bots, make_people, remove, temporary_room
from parlour.bench.websocket import WebPlace
from parlour.client import ApiError, ConnectionEnded
from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.errors import BENCH_FAILED, ParlourError
from parlour.sipclient import ClientError

_SCHEMES: Final = {"websocket": ("https:", "http:"), "sip": ("sip+tls:", "sip+tcp:")}
_MISSING: Final = {"websocket": "the node has no web listener; parlour serve --web HOST:PORT opens one",
                   "sip": "the node does not listen for SIP; parlour serve --sip-tls HOST:PORT does"}
_FAULTS: Final = (ApiError, ClientError, ConnectionEnded, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for.

    Attributes:
        members: how many take part.
        rate: messages a second of the first round.
        seconds: how long each round takes.
    """

    members: int
    rate: float
    seconds: float


Place = WebPlace | SipPlace


def measure(cmdlets: Cmdlets, place: Place, options: Options) -> None:
    """Make a room and its members, measure, remove all of it, and show what came of it.

    Raises:
        ParlourError: BenchFailed.
    """
    tag = secrets.token_hex(4)
    _tell(f"making a room and {options.members} members, all called {PREFIX}{tag}...")
    make = make_bots if isinstance(place, WebPlace) else make_people
    with temporary_room(cmdlets, tag, options.members, make) as room:
        with _named_faults():
            results = asyncio.run(_rounds(place, room, options))
        _tell("removing them...")
    print(table(place.label, options, results))  # noqa: T201 - this is the terminal's door


def clean_up(cmdlets: Cmdlets) -> None:
    """Remove what benchmarks left behind that were killed.

    Raises:
        ParlourError: BenchFailed.
    """
    remove(cmdlets)


async def _rounds(place: Place, room: Room, options: Options) -> Sequence[Result]:
    load = Load()
    joined = (websocket.joined(place, room, load.heard) if isinstance(place, WebPlace)
              else sip.joined(place, room, load.heard))
    async with joined as load.members:
        _tell(f"posting {options.rate:g} messages a second for {options.seconds:g} s...")
        steady = await load.at_rate(options.rate, options.seconds)
        _tell(f"posting as many as go for {options.seconds:g} s...")
        return steady, await load.as_fast_as_goes(options.seconds)


@contextmanager
def _named_faults() -> Iterator[None]:
    """Say what went wrong in words; of many at once, the first."""
    try:
        yield
    except ExceptionGroup as faults:
        known = faults.subgroup(_FAULTS)
        if known is None:
            raise
        raise ParlourError(BENCH_FAILED, None, reason=_words(_first(known))) from faults
    except _FAULTS as fault:
        raise ParlourError(BENCH_FAILED, None, reason=_words(fault)) from fault


def _first(faults: BaseExceptionGroup[Exception]) -> Exception:
    first = faults.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _words(fault: Exception) -> str:
    return str(fault) or "there was no answer in time"


# -- where

def place_here(cmdlets: Cmdlets, folder: Path, transport: str) -> Place:
    """Return where the node that serves a folder listens.

    Args:
        cmdlets: ask it.
        folder: the data folder.
        transport: ``websocket``, or ``sip``: over TLS if it listens for that.

    Raises:
        ParlourError: BenchFailed, SettingInvalid.
    """
    (health,) = cmdlets.objects("Get-CsPersistentChatHealth")
    found = next((urlsplit(url) for url in health["Listeners"] if url.startswith(_SCHEMES[transport])), None)
    if found is None:
        raise ParlourError(BENCH_FAILED, None, reason=_MISSING[transport])
    name, _, number = found.netloc.rpartition(":")
    host, port = reachable(name.strip("[]")), int(number)
    certificate = Settings.load(folder).tls_certificate or DataFolder(folder).certificate
    try:
        trust = OpenDoors(certificate=certificate).tls()
    except OSError as fault:
        raise ParlourError(BENCH_FAILED, None, reason=fault) from fault
    if transport == "websocket":
        return WebPlace(f"{found.scheme}://{bracketed(host)}:{port}", trust)
    return SipPlace(host, port, trust if found.scheme == "sip+tls" else None)


def place_elsewhere(server: str, authority: str | None, transport: str) -> Place:
    """Return where a node elsewhere listens.

    Args:
        server: its address, ``https://HOST[:PORT]``.
        authority: file with the certificate to trust; None for those that the system trusts.
        transport: ``websocket``.

    Raises:
        ParlourError: BenchFailed for another transport.
    """
    if transport != "websocket":
        raise ParlourError(BENCH_FAILED, server, reason="over SIP, it is measured on the machine of the node")
    return WebPlace(server, ssl.create_default_context(cafile=authority))


# -- what is shown

def table(label: str, options: Options, results: Sequence[Result]) -> str:
    """Return the results for people: a column for each round."""
    rows = [
        ("messages a second", *(f"{one.messages / one.seconds:,.1f}" for one in results)),
        ("deliveries a second", *(f"{one.deliveries / one.seconds:,.0f}" for one in results)),
        ("latency, median", *(f"{one.latency(0.5) * 1000:,.1f} ms" for one in results)),
        ("latency, 99 of 100", *(f"{one.latency(0.99) * 1000:,.1f} ms" for one in results)),
        ("not delivered", *(f"{one.messages * options.members - one.deliveries:,}" for one in results)),
        ("processor of this command", *(f"{one.processor:.0%}" for one in results)),
    ]
    head = f"{options.members} members, {label}", f"{options.rate:g} a second", "as many as go"
    lines = [f"{name:<28}{first:>16}{second:>16}" for name, first, second in (head, *rows)]
    return "\n".join((*lines, "", _CAVEAT))


_CAVEAT: Final = """\
Latency is from the moment a post was due until a member had it, over all members. The members are one Python process:
close to 100 % of a processor, the figures of "as many as go" are its own limit, and the server's lies above them."""


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - as above
