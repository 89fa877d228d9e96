"""Test-CsPersistentChatMessage: a synthetic transaction (reference/cmdlets.md section 2.9)."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from parlour.addresses import Fqdn, RoomUri, SipAddress
from parlour.admin.doors import OpenDoors
from parlour.admin.engine import Boolean, Cmdlet, Credential, Example, Meta, PsObject, parameter
from parlour.admin.engine.timespans import timespan_text
from parlour.admin.roles import ADMINISTRATOR
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.finding import RoomQuery
from parlour.chat.model import Person, Room, RoomType
from parlour.chat.names import split_identity
from parlour.chat.rights import Act
from parlour.directory.contacts import Contacts
from parlour.directory.people import People, parse_person_address
from parlour.directory.topology import Topology
from parlour.directory.trusted import TrustedSignIn
from parlour.errors import PARAMETER_VALUE_INVALID, PERSON_NOT_FOUND, ROOM_NOT_FOUND, SYNTHETIC_FAILED, ParlourError
from parlour.sipclient import FoundRoom, Password, SignInSecrets
from parlour.sipclient.transaction import Actor, Place, Plan, Step, StepError, Steps, transact

OUTPUT: Final = "Microsoft.Rtc.SyntheticTransactions.TaskOutput"
STEP: Final = "Parlour.SyntheticTransactionStep"
_SUCCESS, _FAILURE = "Success", "Failure"
_CLIENT, _BOTH = ("ClientPlatform",), ("ClientPlatform", "ServerPlatform")
_PORT: Final = 5061
_POOL_EXAMPLE: Final = "atl-pcpool-001.litwareinc.com"
_NO_VARIABLE: Final = "the steps are in the result (Activities), and -Verbose tells them one by one"
_NO_WATCHER: Final = "there are no watcher nodes; name the two people at each call"
_NOT_OURS: Final = ("Without their passwords, the node signs people in only at its own listeners. Give "
                    "-SenderCredential and -ReceiverCredential, or leave out -RegistrarPort and name a pool that "
                    "Get-CsPool lists.")


_CHECK: Final = "Check -TargetFqdn, -SenderSipAddress and -ReceiverSipAddress."
_NO_ROOM: Final = ("Check -ChatRoomUri; see with Get-CsPersistentChatRoom that the room is there, that both people are "
                   "among its members if it is secret, and inside the scope of its category.")
_NO_COMMON_ROOM: Final = ("Make one for tests (New-CsPersistentChatRoom), with both people among its members, that "
                          "neither of them follows, and name it by -ChatRoomUri.")
_FORM: Final = '@{UserName="name@domain"; Password="..."}'


class AuthenticationMechanism(StrEnum):
    """How the two sign in."""

    TRUSTED_SERVER = "TrustedServer"
    NEGOTIATE = "Negotiate"
    CLIENT_CERTIFICATE = "ClientCertificate"
    LIVE_ID = "LiveID"


@dataclass(frozen=True, slots=True)
class _Target:
    """What is tested.

    Attributes:
        place: where to connect.
        is_own: it is one of this node's own listeners.
    """

    place: Place
    is_own: bool


class TestCsPersistentChatMessage(Cmdlet):
    """Tests a pool as people use it: two sign in over SIP, find and enter a room, each gets what the other posts.

    The result says whether that worked, how long it and each of its steps took and, if it failed, at which step, why
    and what to do. The two messages say that they are a test; they stay in the history of the room, under the names of
    the two, and in the archive where there is one. Take people and a room that are there for tests: who follows the
    room and posts in it has read it up to there, so a test moves the unread mark of its two people.

    With credentials, the two sign in with their passwords. Without, the node signs them in itself, with what it keeps
    of their passwords, and only at its own listeners; whoever may run this can thereby post this one text under
    anybody's name, so by default only CsAdministrator may.

    A pool of this deployment is reached where this node listens, whatever DNS says, and by TLS if it has that. Any
    other one is looked up in DNS, and needs credentials and a certificate that this machine trusts.
    """

    meta = Meta("Test-CsPersistentChatMessage", outputs=(OUTPUT,), roles=(ADMINISTRATOR,), default_set="ServerPlatform",
                leaves_traces=True, examples=(
        Example(f'Test-CsPersistentChatMessage -TargetFqdn "{_POOL_EXAMPLE}" -SenderSipAddress '
                '"sip:alice@litwareinc.com" -ReceiverSipAddress "sip:bob@litwareinc.com" '
                rf'-ChatRoomUri "{_POOL_EXAMPLE}\Engineering"',
                "Tests a pool; the node signs the two in itself."),
        Example('Test-CsPersistentChatMessage -SenderSipAddress "sip:alice@litwareinc.com" -SenderCredential '
                "@{UserName='alice@litwareinc.com'; Password='correct horse'} -ReceiverSipAddress "
                '"sip:bob@litwareinc.com" -ReceiverCredential '
                "@{UserName='bob@litwareinc.com'; Password='battery staple'} -Force | "
                "Select-Object -ExpandProperty Activities",
                "Tests it with passwords and in a room that it chooses; lists the steps with their times."),))
    target_fqdn: str | None = parameter(
        values=Values.POOL, position=2, aliases=("t",), sets=_BOTH,
        help="FQDN of the pool; without it, the first one of Get-CsPool.")
    sender_sip_address: str = parameter(
        values=Values.PERSON, mandatory=True, aliases=("sa",), sets=_BOTH,
        help="SIP address of who posts first.")
    receiver_sip_address: str = parameter(
        values=Values.PERSON, mandatory=True, aliases=("ra",), sets=_BOTH,
        help="SIP address of who answers; somebody else.")
    sender_credential: Credential | None = parameter(
        mandatory=True, aliases=("sc",), sets=_CLIENT, help=f"His user name and password: {_FORM}.")
    receiver_credential: Credential | None = parameter(
        mandatory=True, aliases=("rc",), sets=_CLIENT, help=f"His user name and password: {_FORM}.")
    chat_room_uri: str | None = parameter(
        values=Values.ROOM,
        help="The room: pool, backslash, name, or its ma-chan:// URI. Without it, of the rooms that both find and may "
        "post in and that neither follows, the one that the fewest people have open now, and of those the first by "
        "name; a warning says which. What people of a pool elsewhere follow, nobody can see here.")
    registrar_port: int = parameter(
        default=_PORT, aliases=("rp",), help="Port of SIP. Without it, a pool of this deployment is reached where the "
        f"node listens, and any other one at {_PORT}.")
    authentication: AuthenticationMechanism | None = parameter(
        aliases=("Ath",), help="Negotiate with credentials, TrustedServer without them: that is so anyway.")
    force: bool = parameter(help="Does not warn that a room was chosen. That people follow the room that is named, it "
                            "warns of anyway.")
    setup: Boolean = parameter(unsupported=_NO_WATCHER, help="Prepares a watcher node.")
    test_user1_sip_address: str | None = parameter(
        name="TestUser1SipAddress", unsupported=_NO_WATCHER, help="The one to keep for -Setup.")
    test_user2_sip_address: str | None = parameter(
        name="TestUser2SipAddress", unsupported=_NO_WATCHER, help="The other one to keep for -Setup.")
    out_logger_variable: str | None = parameter(
        aliases=("olv",), unsupported=_NO_VARIABLE, help="A variable that takes a log.")
    out_verbose_variable: str | None = parameter(
        aliases=("ovv",), unsupported=_NO_VARIABLE, help="A variable that takes the steps.")

    async def process(self) -> None:
        """Test, and tell how it went."""
        self._check_authentication()
        people = [parse_person_address(one) for one in (self.sender_sip_address, self.receiver_sip_address)]
        if people[0].key == people[1].key:
            raise _unfit("ReceiverSipAddress", self.receiver_sip_address, "it must be somebody else than the sender")
        pools = [pool.fqdn for pool in await self.service(Topology).pools()]
        fqdn = pools[0] if self.target_fqdn is None else Fqdn.parse(self.target_fqdn).name
        for person in people:
            self.context.facts.touched(str(person))
        await self._test(fqdn, own=fqdn in pools, people=people)

    def _check_authentication(self) -> None:
        fitting = {AuthenticationMechanism.TRUSTED_SERVER: "leave out the credentials for it",
                   AuthenticationMechanism.NEGOTIATE: "give both credentials for it"}
        wanted = self.authentication
        usual = (AuthenticationMechanism.TRUSTED_SERVER if self.sender_credential is None
                 else AuthenticationMechanism.NEGOTIATE)
        if wanted not in (None, usual):
            raise _unfit("Authentication", wanted, fitting.get(wanted, "people do not sign in by that here"))

    async def _test(self, fqdn: str, *, own: bool, people: Sequence[SipAddress]) -> None:
        steps = Steps(self.context.session.clock.monotonic, self._told)
        fault: StepError | None = None
        try:
            plan = await steps.take("Preparation", self._plan(fqdn, own, people), _CHECK)
            await transact(steps, plan)
        except StepError as failed:
            fault = failed
        await self.write(_result(fqdn, steps, fault))
        if fault is not None:
            await self.error(ParlourError(SYNTHETIC_FAILED, fqdn, fqdn=fqdn, step=steps.taken[-1].name,
                                          error=fault.error, diagnosis=fault.diagnosis))

    async def _told(self, step: Step) -> None:
        await self.verbose(str(_shown(step)))

    # -- what is to be done

    async def _plan(self, fqdn: str, own: bool, people: Sequence[SipAddress]) -> Plan:
        target = await self._target(fqdn, own)
        people = [await self._as_kept(person) if own else person for person in people]
        given = (self.sender_credential, self.receiver_credential)
        secrets = [await self._secrets(target, person, credential)
                   for person, credential in zip(people, given, strict=True)]
        endpoint = str((await self.service(Contacts).automatic(fqdn)).address) if own else None
        actors = [Actor(name, person.bare, secret)
                  for name, person, secret in zip(("Sender", "Receiver"), people, secrets, strict=True)]
        rooms: _Rooms = _OwnRooms(self, people, fqdn) if own else _Rooms(self, people)
        return Plan(target.place, actors[0], actors[1], rooms.choose, rooms.search, endpoint)

    async def _as_kept(self, person: SipAddress) -> SipAddress:
        """Return somebody's address as the directory writes it; whoever is not there cannot sign in anyway."""
        try:
            return (await self.service(People).find(str(person))).address
        except ParlourError as absent:
            if absent.kind is not PERSON_NOT_FOUND:
                raise
            return person

    async def _target(self, fqdn: str, own: bool) -> _Target:
        doors, port = self.service(OpenDoors), self.registrar_port
        if not own:
            return _Target(Place(fqdn, port, await asyncio.to_thread(ssl.create_default_context)), is_own=False)
        if not doors.listeners:
            raise StepError("No node serves this deployment, or it does not listen for SIP.",
                            "Start it (parlour serve), and run the command again: it finds the node by itself.")
        try:
            tls = await asyncio.to_thread(doors.tls)
        except OSError as fault:
            raise StepError(f"The node's certificate cannot be read: {fault.strerror or fault}.",
                            "Put the file back, or name another one (tls_certificate).") from fault
        for one in doors.listeners:
            if "RegistrarPort" not in self.bound or one.port == port:
                return _Target(Place(one.host, one.port, tls if one.secure else None), is_own=True)
        return _Target(Place(doors.listeners[0].host, port, tls), is_own=False)

    async def _secrets(self, target: _Target, person: SipAddress, given: Credential | None) -> SignInSecrets:
        if given is not None:
            return Password(given.user_name, given.password.reveal())
        if not target.is_own:  # whoever listens there could use the answer to his challenge elsewhere
            raise StepError("The node cannot sign people in there.", _NOT_OURS)
        try:
            kept = await self.service(TrustedSignIn).secrets_of(person)
        except ParlourError as absent:
            raise StepError(str(absent), _CHECK) from None
        if kept.nt_hash is None and target.place.tls is None:
            raise StepError(
                f"{person.bare} signs in by Digest only, and that needs TLS.",
                "Let the node listen for SIP over TLS (sip_tls), or take somebody who may sign in by NTLM.")
        return kept


class _Rooms:
    """Chooses the room among those that the two find.

    Args:
        cmdlet: what was asked for.
        people: the sender and the receiver.
    """

    def __init__(self, cmdlet: TestCsPersistentChatMessage, people: Sequence[SipAddress]) -> None:
        self._cmdlet = cmdlet
        self._people = people
        self._named = cmdlet.chat_room_uri
        self._uri = None if self._named is None else RoomUri.parse(self._named)

    @property
    def search(self) -> str:
        """What the two search rooms by; nothing for all."""
        return "" if self._named is None or self._uri is not None else self._named.rpartition("\\")[2]

    async def choose(self, by_sender: Sequence[FoundRoom], by_receiver: Sequence[FoundRoom]) -> FoundRoom:
        """Return the room that is named, or one that will do.

        Raises:
            StepError: one of the two does not find it, or there is none.
        """
        if self._named is None:
            common = {room.uri for room in by_receiver}
            room = await self._best([room for room in by_sender if room.uri in common])
        else:
            room = await self._called(self._named, by_sender, by_receiver)
        self._cmdlet.context.facts.touched(room.uri)
        return room

    async def _called(
        self, named: str, by_sender: Sequence[FoundRoom], by_receiver: Sequence[FoundRoom]
    ) -> FoundRoom:
        """Return the room that is named, if both find it."""
        wanted = str(self._uri) if self._uri else named.rpartition("\\")[2]
        chosen: FoundRoom | None = None
        for person, rooms in zip(self._people, (by_sender, by_receiver), strict=True):
            found = [room for room in rooms if wanted.casefold() in (room.uri.casefold(), room.name.casefold())]
            same = [room for room in found if chosen is None or room.uri == chosen.uri]
            if not same:
                raise _not_found(person, named)
            chosen = chosen or same[0]
        assert chosen is not None  # noqa: S101 - there are two people
        return chosen

    async def _best(self, common: Sequence[FoundRoom]) -> FoundRoom:
        fitting = await self._by_fitness(common)
        if not fitting:
            raise StepError("There is no room that both find and may post in.", _NO_COMMON_ROOM)
        if not self._cmdlet.force:
            await self._cmdlet.warning(
                f'No -ChatRoomUri: the two test messages go to the room "{fitting[0].name}", and stay in it.')
        return fitting[0]

    async def _by_fitness(self, common: Sequence[FoundRoom]) -> Sequence[FoundRoom]:
        """Return the rooms that will do, the best one first."""
        usable = (room for room in common if not room.disabled and not room.auditorium)
        return sorted(usable, key=lambda room: room.name.casefold())


class _OwnRooms(_Rooms):
    """Chooses a room of a pool of this deployment, which can be asked for what no search tells.

    Args:
        cmdlet: what was asked for.
        people: the sender and the receiver.
        pool: FQDN.
    """

    def __init__(self, cmdlet: TestCsPersistentChatMessage, people: Sequence[SipAddress], pool: str) -> None:
        super().__init__(cmdlet, people)
        self._pool = pool
        self._core = cmdlet.service(Core)

    async def _called(
        self, named: str, by_sender: Sequence[FoundRoom], by_receiver: Sequence[FoundRoom]
    ) -> FoundRoom:
        """Return the room that is named; a search may leave it out among many of similar names."""
        uri = self._uri or (await self._room_named(named)).uri
        for address in self._people:
            person = await self._person(address)
            try:
                room = await self._core.access.room(person, uri, Act.SEE)
            except ParlourError as hidden:
                if hidden.kind is not ROOM_NOT_FOUND:
                    raise
                raise _not_found(address, named) from None
            if room.pool != self._pool:
                raise StepError(f'The room "{named}" is in another pool, {room.pool}.', _NO_ROOM)
            if room.id in await self._followed(person):
                await self._cmdlet.warning(
                    f'{address.bare} follows the room "{room.name}": his unread mark there moves.')
        return FoundRoom(str(room.uri), room.name, room.disabled, room.type is RoomType.AUDITORIUM)

    async def _room_named(self, named: str) -> Room:
        pool, name = split_identity(named)
        try:
            return await self._core.administration.room_named(f"{pool or self._pool}\\{name}")
        except ParlourError as fault:
            raise StepError(str(fault), _NO_ROOM) from None

    async def _by_fitness(self, common: Sequence[FoundRoom]) -> Sequence[FoundRoom]:
        known = {str(one.room.uri): one for one in await self._core.finder.find(
            await self._person(self._people[0]), RoomQuery())}
        allowed = [known[room.uri].room for room in common if room.uri in known]
        allowed = [room for room in allowed if room.pool == self._pool]
        for address in self._people:
            person = await self._person(address)
            followed = await self._followed(person)
            allowed = [room for room in await self._core.access.allowed(person, allowed, Act.POST)
                       if room.id not in followed]
        may = {str(room.uri) for room in allowed}
        return sorted((room for room in common if room.uri in may),
                      key=lambda room: (known[room.uri].participants, room.name.casefold()))

    async def _person(self, address: SipAddress) -> Person:
        return await self._cmdlet.service(People).find(str(address))

    async def _followed(self, person: Person) -> frozenset[int]:
        """Return the numbers of the rooms that somebody follows."""
        return frozenset([one.room.id for one in await self._core.following.followed(person)])


def _not_found(person: SipAddress, named: str) -> StepError:
    return StepError(f'{person.bare} finds no room "{named}".', _NO_ROOM)


def _shown(step: Step) -> PsObject:
    latency, result = timedelta(seconds=step.seconds), _FAILURE if step.fault else _SUCCESS
    return PsObject((STEP,), {"Name": step.name, "Latency": latency, "Result": result},
                    text=f"{step.name}: {result}, {timespan_text(latency)}")


def _result(fqdn: str, steps: Steps, fault: StepError | None) -> PsObject:
    return PsObject((OUTPUT,), {
        "TargetFqdn": fqdn, "Result": _FAILURE if fault else _SUCCESS, "Latency": timedelta(seconds=steps.seconds),
        "Error": f"{steps.taken[-1].name}: {fault.error}" if fault else "",
        "Diagnosis": fault.diagnosis if fault else "", "Activities": [_shown(step) for step in steps.taken]})


def _unfit(name: str, value: object, reason: str) -> ParlourError:
    return ParlourError(PARAMETER_VALUE_INVALID, str(value), name=name, value=value, reason=reason)


CMDLETS = (TestCsPersistentChatMessage,)
