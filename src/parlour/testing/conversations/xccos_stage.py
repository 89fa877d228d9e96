"""The stage "xccos": a node on the wire, and clients like those of Lync."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from html import escape
from pathlib import Path

from parlour.addresses import RoomUri
from parlour.errors import REGISTRY, ErrorKind
from parlour.node import Node, running
from parlour.sip import Response
from parlour.testing.chat_events import ChatEvent, ChatMessage
from parlour.testing.conversations.administrator import DOMAIN, password
from parlour.testing.conversations.node_stage import POOL, NodeStage, fresh_node
from parlour.testing.conversations.stage import RefusedAct
from parlour.testing.conversations.values import Endpoint, Quote, RoomPlan, Sight
from parlour.testing.deployment import quoted
from parlour.testing.sip_client import SipClient
from parlour.testing.sip_user import RefusedError

PATIENCE = 10.0
_ENDPOINT = f"sip:pce@{DOMAIN}"
_DUTY_NOTICES = "ntc:join ntc:permmodify"
_NOTICES = {"ntc:join": "join", "ntc:part": "leave", _DUTY_NOTICES: "become", "ntc:chanmodify": "change",
            "ntc:invite": "invite"}
_ROSTER = "ntc:part ntc:join"
_HOUR = timedelta(hours=1)
# Clients that make themselves heard once an hour are still there.
_PATIENT = {"sip_keep_alive": "3600", "sip_registration": "86400", "sip_session": "86400"}
_DUTIES = {"3984": "nothing special", "12276": "manager", "8080": "presenter", "16372": "manager and presenter"}
_CORRECTED = re.compile(r"\[message of \d{4}-\d\d-\d\d \d\d:\d\d UTC (changed|deleted)\] ?(.*)", re.DOTALL)
_VISIBILITY = "urn:parlano:ma:info:visibility"
_PRIVACIES = {"Open": "open", "Closed": "scoped", "Secret": "private"}
_REASON = re.compile(r'reason="((?:[^"\\]|\\.)*)"')


class Watcher(SipClient):
    """A client that keeps what it is shown in one row, by envelopes; replies to its own commands are not among that."""

    def __init__(self, address: str, host: str, port: int) -> None:
        super().__init__(address, host, port, tls=False)
        self.shown: asyncio.Queue[list[ChatEvent]] = asyncio.Queue()

    def _read(self, body: bytes) -> None:
        known = len(self.events)
        super()._read(body)
        if shown := [event for event in self.events[known:] if event.command is None]:
            self.shown.put_nowait(shown)


class XccosStage(NodeStage[Watcher]):
    """Clients over TCP. This is the one place that knows how they do what scripts say.

    Args:
        node: the node, which serves.
        host: where.
        port: where.
        patience: how long to wait for something that is to be seen, in seconds.
    """

    name = "xccos"

    def __init__(self, node: Node, host: str, port: int, patience: float = PATIENCE) -> None:
        super().__init__(node)
        self._host, self._port = host, port
        self._patience = patience

    # -- coming and going

    async def _signed_in(self, who: Endpoint) -> Watcher:
        client = Watcher(self.administrator.address(who.person).bare, self._host, self._port)
        await client.connect()
        await client.register(password(who.person))
        await client.open_chat(_ENDPOINT)
        return client

    async def _signed_out(self, player: Watcher) -> None:
        await player.unregister()
        await self.close(player)

    async def _lost(self, player: Watcher) -> None:
        player.drop()
        await self.close(player)

    async def close(self, player: Watcher) -> None:
        """Hang up, and insist that the server never did what real clients cannot live with."""
        async with player:
            pass
        await player.lost()

    async def close_all(self) -> None:
        """Hang up everybody, with the same insistence."""
        for player in self._players.values():
            await self.close(player)

    async def abandon(self) -> None:
        """Hang up everybody; something else went wrong already."""
        for player in self._players.values():
            player.drop()
            await player.lost()

    # -- verbs

    async def join(self, who: Endpoint, room: str) -> frozenset[str]:
        """Open a room; returns the others in it."""
        with _refusals():
            reply = await (await self._player(who)).join(self._uri(room))
        return frozenset(self.administrator.person(member.uri) for member in reply.members) - {who.person}

    async def leave(self, who: Endpoint, room: str) -> None:
        """Close a room."""
        with _refusals():
            await (await self._player(who)).part(self._uri(room))

    async def say(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message and wait for its acknowledgement."""
        with _refusals():
            await (await self._player(who)).post(self._uri(room), text)

    async def alert(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message of high importance."""
        with _refusals():
            await (await self._player(who)).post(self._uri(room), text, alert=True)

    async def look(self, who: Endpoint) -> frozenset[str]:
        """Return the names of all rooms that can be found."""
        return await self.look_for(who, "")

    async def look_for(self, who: Endpoint, part: str) -> frozenset[str]:
        """Return the names of the rooms that are found by a part of their name."""
        with _refusals():
            return frozenset((await (await self._player(who)).chansrch(part)).rooms)

    async def read(self, who: Endpoint, count: int, room: str) -> tuple[Quote, ...]:
        """Return the newest messages of a room, oldest first."""
        client = await self._player(who)
        await _catch_up(client)  # what a client has not answered yet is not in its first history (decision 0007)
        with _refusals():
            reply = await client.bccontext(self._uri(room), count)
        return tuple(map(self._quote, reply.history))

    async def find_any(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have one of the words in them."""
        return await self._find(who, rooms, f'<text value="{escape(part)}"/>')

    async def find_phrase(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have all of this in them, as it stands."""
        return await self._find(who, rooms, f'<text value="{escape(part)}" matchExactPhrase="true"/>')

    async def find_by(self, who: Endpoint, people: frozenset[str], rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that one of these wrote."""
        addresses = [self.administrator.address(person) for person in sorted(people)]
        return await self._find(who, rooms, "".join(f'<author uri="{address}"/>' for address in addresses))

    async def find_recent(self, who: Endpoint, count: int, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages of the last hours."""
        since = self._clock.now() - timedelta(hours=count)
        return await self._find(who, rooms, f'<date from="{since:%Y-%m-%dT%H:%M:%SZ}"/>')

    async def _find(self, who: Endpoint, rooms: frozenset[str], query: str) -> tuple[Quote, ...]:
        """Return what is found, in the order of the rooms' names; each room's messages come oldest first."""
        asked = "".join(f'<chanib uri="{self._uri(room)}"/>' for room in sorted(rooms))
        with _refusals():
            reply = await (await self._player(who)).command("bcbydate", f"{asked}<bcq>{query}</bcq>")
        return tuple(map(self._quote, reply.history))

    async def invitations(self, who: Endpoint) -> frozenset[str]:
        """Return the names of the rooms that somebody was invited to."""
        with _refusals():
            reply = await (await self._player(who)).command("getinv", f'<inv inviteId="0" domain="{DOMAIN}"/>')
        return frozenset(reply.rooms)

    # -- managing

    async def create(self, who: Endpoint, room: str, category: str, room_plan: RoomPlan) -> None:
        """Make a room; these clients give it no people."""
        parent = await self.administrator.category_uri(category)
        reply = await self._chancommand(
            who, "chancreate", {"name": room, "description": room_plan.description, "parent": parent,
                                "behavior": room_plan.type.upper()}, room_plan.privacy)
        uri = RoomUri.parse(reply.rooms[room])
        if uri is not None:
            self.administrator.know_room(room, uri)

    async def manage_rename(self, who: Endpoint, room: str, name: str) -> None:
        """Give a room another name."""
        await self._chancommand(who, "chanmodify", {"uri": self._uri(room), "name": name})
        self.administrator.know_new_name(room, name)

    async def manage_turn(self, who: Endpoint, room: str, manner: str) -> None:
        """Make a room open, closed or secret; or normal, or an auditorium."""
        word = manner.rpartition(" ")[2].title()
        behavior = {"behavior": word.upper()} if word in ("Normal", "Auditorium") else {}
        privacy = "" if behavior else word
        await self._chancommand(who, "chanmodify", {"uri": self._uri(room), **behavior}, privacy)

    async def manage_disable(self, who: Endpoint, room: str) -> None:
        """Switch a room off."""
        await self._chancommand(who, "chanmodify", {"uri": self._uri(room), "disabled": "true"})

    async def manage_enable(self, who: Endpoint, room: str) -> None:
        """Switch a room on."""
        await self._chancommand(who, "chanmodify", {"uri": self._uri(room), "disabled": "false"})

    async def _chancommand(
        self, who: Endpoint, name: str, attributes: Mapping[str, str], privacy: str = ""
    ) -> ChatEvent:
        given = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items() if value)
        visibility = f'<info id="{_VISIBILITY}">{_PRIVACIES[privacy]}</info>' if privacy else ""
        with _refusals():
            return await (await self._player(who)).command(name, f"<chanib {given}>{visibility}</chanib>")

    def _uri(self, room: str) -> str:
        return str(self.administrator.room(room))

    def _quote(self, message: ChatMessage) -> Quote:
        return Quote(self.administrator.person(message.author), message.text)

    # -- time

    async def _pass(self, time: timedelta) -> None:
        """Let time pass, an hour at once: clients make themselves heard and renew their registrations meanwhile."""
        await self._keep_alive()
        while time > timedelta(0):
            await super()._pass(min(time, _HOUR))
            await self._keep_alive()
            time -= _HOUR

    async def _keep_alive(self) -> None:
        for player in self._players.values():
            await player.refresh()
            await _catch_up(player)

    # -- what is seen

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Return what was shown next, if it comes in time."""
        client = await self._player(who)
        try:
            async with asyncio.timeout(self._patience):
                return self._sight(await client.shown.get())
        except TimeoutError:
            return None

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Return everything that was sent up to now."""
        client = await self._player(who)
        await _catch_up(client)
        return [self._sight(client.shown.get_nowait()) for _ in range(client.shown.qsize())]

    def _sight(self, shown: list[ChatEvent]) -> Sight:
        """Make one sight of one envelope."""
        event, kinds = shown[0], " ".join(event.kind for event in shown)
        if event.kind == "grpchat":
            return self._said(event)
        if kinds == _ROSTER:
            gone, here = (frozenset(self.administrator.person(member.uri) for member in one.members) for one in shown)
            return Sight("resume", here, self._place(event), gone=gone)
        if kinds not in _NOTICES:
            return Sight(f"?{kinds}", frozenset(), "", event.raw.decode())
        people = frozenset(self.administrator.person(member.uri) for member in event.members)
        duty = _DUTIES.get(_key(event), "") if kinds == _DUTY_NOTICES else ""
        return Sight(_NOTICES[kinds], people, self._place(event), duty)

    def _place(self, event: ChatEvent) -> str:
        rooms = {member.room for member in event.members} or set(event.rooms.values())
        return ", ".join(map(self.administrator.room_name, rooms))

    def _said(self, event: ChatEvent) -> Sight:
        """Make a sight of a message; one that was changed later is shown as a new one which says so."""
        said, room = self._quote(event.message), self.administrator.room_name(event.message.room)
        verb, text = "alert" if event.element.get("alert") == "true" else "say", said.text
        if found := _CORRECTED.fullmatch(text):
            verb, text = ("delete", "") if found[1] == "deleted" else ("edit", found[2])
        return Sight(verb, frozenset({said.person}), room, text)


def _key(event: ChatEvent) -> str:
    """Return the key of the permissions that a notice tells of."""
    return next((found.get("key", "") for found in event.element.iter() if found.tag.endswith("}aib")), "")


async def _catch_up(client: Watcher) -> None:
    """Wait for the reply to a harmless command, whatever it says: all that was sent before it has been read by then."""
    with suppress(RefusedError):
        await client.getinv()


# --- refusals ------------------------------------------------------------------------------------------------------
@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except RefusedError as refusal:
        raise RefusedAct(errors_behind(refusal), str(refusal)) from None


def errors_behind(refusal: RefusedError) -> frozenset[str]:
    """Return the errors of the registry that a refusal can be, by its code and its words.

    Of several that could have such words, those that fix most of them; what stands in placeholders is not looked at.
    """
    if isinstance(refusal.answer, Response):
        found = _REASON.search(refusal.answer.headers.get("ms-diagnostics") or "")
        words = re.sub(r"\\(.)", r"\1", found[1]) if found else ""
        kinds = [kind for kind in REGISTRY.values() if kind.sip == refusal.code]
    else:
        words = refusal.reason
        kinds = [kind for kind in REGISTRY.values() if kind.xccos == refusal.code]
    fitting = [kind for kind in kinds if re.fullmatch(".+".join(map(re.escape, _parts(kind))), words, re.DOTALL)]
    most = max(map(_fixed, fitting), default=0)
    return frozenset(kind.name for kind in fitting if _fixed(kind) == most)


def _parts(kind: ErrorKind) -> list[str]:
    """Return what stands between the placeholders."""
    return re.split(r"\{\w+(?:![rs])?\}", f"{kind.text} {kind.remedy}".strip())


def _fixed(kind: ErrorKind) -> int:
    return sum(map(len, _parts(kind)))


@asynccontextmanager
async def xccos_stage(folder: Path, patience: float = PATIENCE) -> AsyncIterator[XccosStage]:
    """Make a deployment in `folder`, serve it on a free port of the loopback interface, and have it as a stage."""
    fault: Exception | None = None
    async with fresh_node(folder, sip_tls="", sip_tcp="127.0.0.1:0", **_PATIENT) as node, running(node) as addresses:
        host, _, port = addresses["sip_tcp"].rpartition(":")
        stage = XccosStage(node, host, int(port), patience)
        await stage.administrator.run(
            f"New-CsPersistentChatEndpoint -SipAddress {quoted(_ENDPOINT)} "
            f"-PersistentChatPoolFqdn {quoted(POOL)} -DisplayName 'Persistent Chat'")
        try:
            yield stage
            await stage.close_all()
        except Exception as caught:  # raised below: the node's task groups would wrap it
            fault = caught
            await stage.abandon()
    if fault is not None:
        raise fault
