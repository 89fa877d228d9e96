"""The synthetic transaction: two people sign in, meet in a room, and each gets what the other one posts.

Nothing of it is short-cut: whatever works here works for real clients. Each step is timed and has a time limit; the
first one that fails ends it, and says what to do about it.
"""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from parlour.errors import ParlourError
from parlour.sip import Response, unquote
from parlour.sipclient.chat import ChatClient
from parlour.sipclient.errors import ChallengeError, ClientError, LostError, RefusedError, ViolationError
from parlour.sipclient.signin import SignInSecrets
from parlour.sipclient.xccos import FoundRoom

T = TypeVar("T")

STEP_SECONDS: Final = 15.0

_CLOSE_SECONDS: Final = 2.0
_REASON: Final = re.compile(r'[;\s]reason=("(?:[^"\\]|\\.)*")')

_TEXT: Final = "This is a test of Persistent Chat (Test-CsPersistentChatMessage, message {number} of 2, {token})."
_LISTENING: Final = ("See that the node serves (Get-CsService), that it listens for SIP there (settings sip_tls and "
                     "sip_tcp), that -RegistrarPort is that port, and that no firewall is in between.")
_ACCOUNT: Final = ("Check the password and the SIP address; see with Get-CsUser that the account is enabled, and in "
                   "the settings (sip_authentication) that its way of signing in is allowed.")
_POLICY: Final = "Grant a policy that enables Persistent Chat (Grant-CsPersistentChatPolicy), or take two other people."
_SERVICE: Final = "See that the pool has its endpoint (Get-CsPersistentChatEndpoint), and what the node logs."
_RIGHTS: Final = ("See with Get-CsPersistentChatRoom that the room is not disabled, and that both people are among its "
                  "members and inside the scope of its category.")
_DELIVERY: Final = ("The message was not delivered: see what the node logs, and that the room is no auditorium in "
                    "which they do not present.")
_FAULTY: Final = "Real clients cannot live with that: it is a fault of the server, or of something between it and them."


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect.

    Attributes:
        host: name or address.
        port: port.
        tls: how to use TLS; None for plain TCP.
        server_name: the name that the certificate has to be for, if it is not `host`.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    server_name: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """One of the two.

    Attributes:
        name: Sender or Receiver.
        address: ``alice@litwareinc.com``.
        secrets: what he signs in with.
    """

    name: str
    address: str
    secrets: SignInSecrets


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes:
        place: where to connect.
        sender: posts first.
        receiver: answers.
        choose: chooses the room among those that each of the two finds; raises StepError if none will do.
        search: what to search rooms by; empty for all.
        chat_uri: an endpoint of the pool; None for the one that the registrar names.
    """

    place: Place
    sender: Actor
    receiver: Actor
    choose: Callable[[Sequence[FoundRoom], Sequence[FoundRoom]], Awaitable[FoundRoom]]
    search: str = ""
    chat_uri: str | None = None


class StepError(Exception):
    """A step failed.

    Attributes:
        error: what happened.
        diagnosis: what to do about it.
    """

    def __init__(self, error: str, diagnosis: str) -> None:
        self.error = error
        self.diagnosis = diagnosis
        super().__init__(error)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was taken.

    Attributes:
        name: what was done.
        seconds: how long it took.
        fault: why it failed; None if it did not.
    """

    name: str
    seconds: float
    fault: StepError | None = None


class Steps:
    """Takes steps one by one, and keeps what became of them.

    Args:
        monotonic: a clock that only grows, in seconds.
        report: told of every step at once.
        within: time limit of a step, in seconds.

    Attributes:
        taken: the steps so far.
    """

    def __init__(
        self, monotonic: Callable[[], float], report: Callable[[Step], Awaitable[None]], within: float = STEP_SECONDS
    ) -> None:
        self.taken: list[Step] = []
        self._monotonic = monotonic
        self._report = report
        self._within = within
        self._began = monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._monotonic() - self._began

    async def take(
        self, name: str, work: Coroutine[Any, Any, T], advice: str, violations: Sequence[str] = ()
    ) -> T:
        """Take a step.

        Args:
            name: what is done.
            work: does it.
            advice: what to do if the server says no.
            violations: what a server did meanwhile that real clients cannot live with; it fails the step.

        Raises:
            StepError: it failed.
        """
        began = self._monotonic()
        try:
            async with asyncio.timeout(self._within):
                done = await work
            _insist(violations)
        except (StepError, ClientError, OSError, ParlourError, ValueError, LookupError) as fault:
            known = explained(ViolationError("; ".join(violations)) if violations else fault, advice)
            await self._note(Step(name, self._monotonic() - began, known))
            raise known from fault
        await self._note(Step(name, self._monotonic() - began))
        return done

    async def _note(self, step: Step) -> None:
        self.taken.append(step)
        await self._report(step)


def _insist(violations: Sequence[str]) -> None:
    if violations:
        raise ViolationError("; ".join(violations))


def explained(fault: Exception, advice: str) -> StepError:
    """Return a fault in plain words."""
    match fault:
        case StepError():
            return StepError(fault.error, fault.diagnosis)
        case TimeoutError():
            return StepError("There was no answer in time.", advice)
        case RefusedError():
            return StepError(f"The server refused it: {_words(fault)}", advice)
        case ChallengeError() | ViolationError():
            return StepError(f"The server did it wrongly: {fault}.", _FAULTY)
        case LostError():
            return StepError(f"The connection ended: {fault}.", advice)
        case ssl.SSLCertVerificationError():
            return StepError(
                f"The server's certificate is not trusted: {fault.verify_message}.",
                "Have the node serve with a certificate that is valid now and that clients trust (tls_certificate).")
        case socket.gaierror():
            return StepError("There is no host of that name.", "Check -TargetFqdn, and its record in DNS.")
        case OSError():
            return StepError(f"No connection: {fault.strerror or fault}.", advice)
    return StepError(f"The answer cannot be read: {str(fault).rstrip('.')}.", _FAULTY)


def _words(refusal: RefusedError) -> str:
    """Return why something was refused: the reason that people are told, if the server gives one."""
    given = refusal.answer.headers.get("ms-diagnostics") if isinstance(refusal.answer, Response) else None
    reason = _REASON.search(given or "")
    return f"{refusal.code} {unquote(reason[1]) if reason else refusal.reason}"


async def transact(steps: Steps, plan: Plan) -> None:
    """Do all that two clients do; connections end in any case.

    Raises:
        StepError: of the first step that failed.
    """
    async with AsyncExitStack() as stack:
        clients = []
        for actor in (plan.sender, plan.receiver):
            client = ChatClient(
                actor.address, plan.place.host, plan.place.port, tls=plan.place.tls,
                server_name=plan.place.server_name)
            stack.push_async_callback(_hang_up, client)
            await steps.take(f"{actor.name} connects", client.connect(), _LISTENING)
            clients.append(_Client(steps, actor, client))
        await _converse(steps, plan, *clients)


async def _hang_up(client: ChatClient) -> None:
    """Close a connection, if there is one, and wait until it is gone."""
    with suppress(LostError, TimeoutError):
        wire = client.wire
        wire.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.shield(wire.lost)
        finally:
            wire.abort()


async def _converse(steps: Steps, plan: Plan, sender: "_Client", receiver: "_Client") -> None:
    both = (sender, receiver)
    for one in both:
        await one.take("signs in", one.client.sign_in(one.secrets), _ACCOUNT)
    for one in both:
        await one.take("opens the chat service", one.open_chat(plan.chat_uri), _SERVICE)
    found = [await one.take("searches rooms", one.search(plan.search), _SERVICE) for one in both]
    room = await steps.take("The room is chosen", _chosen(plan, found[0], found[1]), _RIGHTS)
    for one in both:
        await one.take("enters the room", one.client.join(room.uri), _RIGHTS)
    token = os.urandom(8).hex()
    await sender.take("posts, and the receiver gets it", sender.tell(receiver, room, 1, token), _DELIVERY)
    await receiver.take("posts, and the sender gets it", receiver.tell(sender, room, 2, token), _DELIVERY)
    for one in both:
        await one.take("leaves the room", one.client.part(room.uri), _SERVICE)
    for one in both:
        await one.take("signs out", one.client.unregister(), _SERVICE)


async def _chosen(plan: Plan, by_sender: Sequence[FoundRoom], by_receiver: Sequence[FoundRoom]) -> FoundRoom:
    return await plan.choose(by_sender, by_receiver)


class _Client:
    """One of the two with his client."""

    def __init__(self, steps: Steps, actor: Actor, client: ChatClient) -> None:
        self.client = client
        self.secrets = actor.secrets
        self._steps = steps
        self._actor = actor

    async def take(self, what: str, work: Coroutine[Any, Any, T], advice: str) -> T:
        """Take a step; whatever the server does wrongly meanwhile fails it."""
        return await self._steps.take(f"{self._actor.name} {what}", work, advice, self.client.violations)

    async def open_chat(self, uri: str | None) -> None:
        """Learn whether and where he may chat, and open the chat dialog."""
        given = await self.client.provisioning()
        if given.get("EnablePersistentChat", "").lower() != "true":
            raise StepError(f"Persistent Chat is not enabled for {self._actor.address}.", _POLICY)
        await self.client.open_chat(uri or given["DefaultPersistentChatPoolUri"])

    async def search(self, text: str) -> Sequence[FoundRoom]:
        """Search rooms."""
        return (await self.client.chansrch(text)).found

    async def tell(self, other: "_Client", room: FoundRoom, number: int, token: str) -> None:
        """Post a message, and wait until the other one has it."""
        text = _TEXT.format(number=number, token=token)
        await self.client.post(room.uri, text)
        got = await other.client.next("grpchat", room=room.uri, text=text)
        if got.message.author.lower() != self.client.uri.lower():
            raise ViolationError(f"the message comes from {got.message.author[:200]}")
