"""The stage "web": a node on the wire, and programs that use its HTTP API and live connections."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar, cast

from parlour.addresses import RoomUri
from parlour.client import ApiError, Ask, AsyncClient, AsyncConnection, Call, calls, live
from parlour.client.calls import RoomChanges, RoomParts, SearchParts
from parlour.forms import FollowedForm, MessageForm
from parlour.node import Node, running
from parlour.testing.conversations.administrator import password
from parlour.testing.conversations.node_stage import NodeStage, fresh_node
from parlour.testing.conversations.stage import RefusedAct
from parlour.testing.conversations.values import Endpoint, Principal, Quote, RoomPlan, ScriptError, Sight
from parlour.testing.conversations.web_screen import Memory, Reading, Roster

PATIENCE = 10.0
_MOST = 500  # on a page
T = TypeVar("T")
ListName = Literal["members", "managers", "presenters"]


@dataclass(frozen=True, slots=True)
class Player:
    """An endpoint: its client, its live connection, and who is where as it knows it."""

    stack: AsyncExitStack
    client: AsyncClient
    connection: AsyncConnection
    roster: Roster = field(default_factory=Roster)


class WebStage(NodeStage[Player]):
    """Programs that use `parlour.client`. This is the one place that knows how they do what scripts say.

    Args:
        node: the node, which serves.
        url: where.
        trust: certifies it.
        patience: how long to wait for something that is to be seen, in seconds.

    Attributes:
        url: where it serves.
        trust: certifies it.
    """

    name = "web"

    def __init__(self, node: Node, url: str, trust: ssl.SSLContext, patience: float = PATIENCE) -> None:
        super().__init__(node)
        self.url, self.trust, self._patience = url, trust, patience
        self._memory = Memory()
        self._reading = Reading(self.administrator, self._memory)
        self._files: dict[tuple[str, str], str] = {}
        self._asked: dict[tuple[Endpoint, str], str] = {}

    # -- coming and going

    async def _signed_in(self, who: Endpoint) -> Player:
        client = AsyncClient(self.url, address=self.administrator.address(who.person).bare,
                             password=password(who.person), verify=self.trust)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(client)
            connection = await stack.enter_async_context(client.live())
            return Player(stack.pop_all(), client, connection)
        raise AssertionError  # the stack lets no error through unseen

    async def _signed_out(self, player: Player) -> None:
        await player.stack.aclose()

    async def _lost(self, player: Player) -> None:
        player.connection.drop()
        await player.stack.aclose()

    async def close_all(self) -> None:
        """Hang up everybody."""
        for player in self._players.values():
            await player.stack.aclose()

    async def _do(self, who: Endpoint, call: Call[T]) -> T:
        with _refusals():
            return await (await self._player(who)).client.do(call)

    async def _ask(self, who: Endpoint, ask: Ask[T]) -> T:
        with _refusals():
            return await (await self._player(who)).connection.ask(ask)

    # -- taking part

    async def join(self, who: Endpoint, room: str) -> frozenset[str]:
        """Open a room; returns the others in it."""
        joined = await self._ask(who, live.join(self._id(room)))
        people = [one["address"] for one in joined["people"]]
        self.player(who).roster.opened(self._id(room), people)
        return self._people(people) - {who.person}

    async def leave(self, who: Endpoint, room: str) -> None:
        """Close a room."""
        await self._ask(who, live.part(self._id(room)))
        self.player(who).roster.closed(self._id(room))

    async def say(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message."""
        await self._post(who, text, room)

    async def alert(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message of high importance."""
        await self._post(who, text, room, alert=True)

    async def tell(self, who: Endpoint, text: str, room: str, name: str) -> None:
        """Post a story."""
        await self._post(who, text, room, title=name)

    async def _post(
        self, who: Endpoint, text: str, room: str, *, title: str | None = None, alert: bool = False
    ) -> None:
        posted = await self._ask(who, live.post(self._id(room), text, title=title, alert=alert))
        self._memory.keep(self._id(room), posted["number"], text)

    async def edit(self, who: Endpoint, before: str, text: str, room: str) -> None:
        """Change a message."""
        await self._ask(who, live.edit(*self._message(room, before), text))

    async def delete(self, who: Endpoint, before: str, room: str) -> None:
        """Delete a message."""
        await self._ask(who, live.delete(*self._message(room, before)))

    # -- reading

    async def look(self, who: Endpoint) -> frozenset[str]:
        """Return the names of all rooms that can be found."""
        return await self.look_for(who, "")

    async def look_for(self, who: Endpoint, part: str) -> frozenset[str]:
        """Return the names of the rooms that are found by a part of their name."""
        found = await self._do(who, calls.rooms(part, match="phrase"))
        return frozenset(one["name"] for one in found["rooms"])

    async def read(self, who: Endpoint, count: int, room: str) -> tuple[Quote, ...]:
        """Return the newest messages of a room that are not deleted, oldest first."""
        return self._quotes((await self._do(who, calls.messages(self._id(room), limit=count)))["messages"])

    async def pin(self, who: Endpoint, before: str, room: str) -> None:
        """Pin a message."""
        await self._do(who, calls.pin(*self._message(room, before)))

    async def unpin(self, who: Endpoint, before: str, room: str) -> None:
        """Take a pin away."""
        await self._do(who, calls.unpin(*self._message(room, before)))

    async def pins(self, who: Endpoint, room: str) -> tuple[Quote, ...]:
        """Return what is pinned."""
        return self._quotes((await self._do(who, calls.pins(self._id(room))))["messages"])

    # -- following

    async def follow(self, who: Endpoint, room: str) -> None:
        """Follow a room."""
        await self._do(who, calls.follow(self._id(room)))

    async def unfollow(self, who: Endpoint, room: str) -> None:
        """Stop following a room."""
        await self._do(who, calls.unfollow(self._id(room)))

    async def followed(self, who: Endpoint) -> frozenset[str]:
        """Return the names of the rooms that somebody follows."""
        return frozenset(one["room"]["name"] for one in (await self._do(who, calls.followed()))["followed"])

    async def unread(self, who: Endpoint, room: str) -> int:
        """Return how many messages of a room somebody has not read."""
        return (await self._followed_room(who, room))["unread"]

    async def unread_mentions(self, who: Endpoint, room: str) -> int:
        """Return in how many of them he is named."""
        return (await self._followed_room(who, room))["mentions"]

    async def mark(self, who: Endpoint, room: str, before: str) -> None:
        """Note that a room is read up to a message."""
        await self._do(who, calls.read(*self._message(room, before)))

    async def mentions(self, who: Endpoint) -> tuple[Quote, ...]:
        """Return the messages that name somebody, newest first."""
        return self._quotes(one["message"] for one in (await self._do(who, calls.mentions()))["hits"])

    async def _followed_room(self, who: Endpoint, room: str) -> FollowedForm:
        followed = (await self._do(who, calls.followed()))["followed"]
        found = next((one for one in followed if one["room"]["id"] == self._id(room)), None)
        if found is None:
            raise ScriptError(0, f'{who} does not follow "{room}", so nothing is counted')
        return found

    # -- searching, and topic feeds

    async def find_any(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have one of the words in them."""
        return await self._find(who, rooms, part, match="any")

    async def find_all(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have all of the words in them."""
        return await self._find(who, rooms, part, match="all")

    async def find_phrase(self, who: Endpoint, part: str, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that have all of this in them, as it stands."""
        return await self._find(who, rooms, part, match="phrase")

    async def find_by(self, who: Endpoint, people: frozenset[str], rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages that one of these wrote."""
        return await self._find(who, rooms, authors=self._addresses(people))

    async def find_recent(self, who: Endpoint, count: int, rooms: frozenset[str]) -> tuple[Quote, ...]:
        """Return the messages of the last hours."""
        since = self._clock.now() - timedelta(hours=count)
        return await self._find(who, rooms, since=since.isoformat())

    async def _find(
        self, who: Endpoint, rooms: frozenset[str], part: str = "", *, authors: Sequence[str] = (),
        match: Literal["all", "any", "phrase"] = "all", since: str | None = None,
    ) -> tuple[Quote, ...]:
        """Return everything that a search finds, room by room, oldest first."""
        ids = [self._id(room) for room in sorted(rooms)]
        parts: SearchParts = {"match": match, "order": "oldest"}
        if since is not None:
            parts["since"] = since
        found = await self._do(who, calls.search(part, rooms=ids, authors=authors, **parts))
        hits = found["hits"]
        while found["next"] is not None:
            parts["after"] = found["next"]
            found = await self._do(who, calls.search(part, rooms=ids, authors=authors, **parts))
            hits += found["hits"]
        return self._quotes(one["message"] for one in sorted(hits, key=lambda hit: ids.index(hit["room"]["id"])))

    async def feed_words(self, who: Endpoint, name: str, names: frozenset[str]) -> None:
        """Keep a feed of messages with one of these words or phrases."""
        await self._do(who, calls.keep_feed(name, keywords=sorted(names)))

    async def feed_people(self, who: Endpoint, name: str, people: frozenset[str]) -> None:
        """Keep a feed of what these write."""
        await self._do(who, calls.keep_feed(name, authors=self._addresses(people)))

    async def feed_both(self, who: Endpoint, name: str, names: frozenset[str], people: frozenset[str]) -> None:
        """Keep a feed of what these write with one of these words or phrases."""
        await self._do(who, calls.keep_feed(name, keywords=sorted(names), authors=self._addresses(people)))

    async def unfeed(self, who: Endpoint, name: str) -> None:
        """Forget a feed."""
        await self._do(who, calls.remove_feed(name))

    async def feeds(self, who: Endpoint) -> frozenset[str]:
        """Return the names of somebody's feeds."""
        return frozenset(one["name"] for one in (await self._do(who, calls.feeds()))["feeds"])

    async def read_feed(self, who: Endpoint, name: str) -> tuple[Quote, ...]:
        """Return the messages of a feed, newest first."""
        found = await self._do(who, calls.read_feed(name, limit=_MOST))
        return self._quotes(one["message"] for one in found["hits"])

    # -- files

    async def upload(self, who: Endpoint, text: str, name: str, room: str) -> None:
        """Upload a file."""
        with _refusals():
            found = await (await self._player(who)).client.upload(self._id(room), name, text.encode())
        self._files[room, name] = found["guid"]

    async def ask_file(self, who: Endpoint, name: str, room: str) -> None:
        """Look at a file; it can be taken then."""
        if (room, name) not in self._files:
            raise ScriptError(0, f'nobody has uploaded a file "{name}" to "{room}"')
        await self._do(who, calls.file(self._id(room), self._files[room, name]))
        self._asked[who, name] = room

    async def take_file(self, who: Endpoint, name: str) -> str:
        """Return what is in a file that somebody looked at."""
        if (who, name) not in self._asked:
            raise ScriptError(0, f'{who} has not asked for a file "{name}"')
        room = self._asked[who, name]
        with _refusals():
            found = await (await self._player(who)).client.download(self._id(room), self._files[room, name])
        return found.decode()

    # -- membership

    async def ask(self, who: Endpoint, room: str) -> None:
        """Ask to become a member."""
        await self._do(who, calls.ask_to_join(self._id(room)))

    async def withdraw(self, who: Endpoint, room: str) -> None:
        """Take that back."""
        await self._do(who, calls.withdraw_request(self._id(room)))

    async def requests(self, who: Endpoint, room: str) -> frozenset[str]:
        """Return who asks to become a member."""
        found = await self._do(who, calls.requests(self._id(room)))
        return self._people(one["person"]["address"] for one in found["requests"])

    async def approve(self, who: Endpoint, person: str, room: str) -> None:
        """Make somebody who asked a member."""
        await self._answer(who, person, room, approve=True)

    async def decline(self, who: Endpoint, person: str, room: str) -> None:
        """Refuse somebody who asked."""
        await self._answer(who, person, room, approve=False)

    async def _answer(self, who: Endpoint, person: str, room: str, *, approve: bool) -> None:
        address = self.administrator.address(person).bare
        await self._do(who, calls.answer_request(self._id(room), address, approve=approve))

    async def resign(self, who: Endpoint, room: str) -> None:
        """Stop being a member."""
        await self._do(who, calls.leave(self._id(room)))

    async def invitations(self, who: Endpoint) -> frozenset[str]:
        """Return the names of the rooms that somebody was invited to."""
        return frozenset(one["room"]["name"] for one in (await self._do(who, calls.invitations()))["invitations"])

    # -- managing

    async def create(self, who: Endpoint, room: str, category: str, room_plan: RoomPlan) -> None:
        """Make a room."""
        parts = {"description": room_plan.description, "privacy": room_plan.privacy, "type": room_plan.type}
        given = cast("RoomParts", {name: value for name, value in parts.items() if value})
        made = await self._do(who, calls.create_room(room, category, **given))
        if uri := RoomUri.parse(f"ma-chan://{made['room']['id']}"):
            self.administrator.know_room(room, uri)

    async def manage_rename(self, who: Endpoint, room: str, name: str) -> None:
        """Give a room another name."""
        await self._manage(who, room, {"name": name})
        self.administrator.know_new_name(room, name)

    async def manage_turn(self, who: Endpoint, room: str, manner: str) -> None:
        """Make a room open, closed or secret; or normal, or an auditorium."""
        word = manner.rpartition(" ")[2].title()
        what = "type" if word in ("Normal", "Auditorium") else "privacy"
        await self._manage(who, room, cast("RoomChanges", {what: word}))

    async def manage_disable(self, who: Endpoint, room: str) -> None:
        """Switch a room off."""
        await self._manage(who, room, {"disabled": True})

    async def manage_enable(self, who: Endpoint, room: str) -> None:
        """Switch a room on."""
        await self._manage(who, room, {"disabled": False})

    async def manage_add(self, who: Endpoint, principals: Sequence[Principal], list: ListName, room: str) -> None:  # noqa: A002
        """Put these into a list of a room."""
        before = await self._listed(who, list, room)
        added = [self.administrator.principal_name(one) for one in principals]
        await self._manage(who, room, cast("RoomChanges", {list: [*before, *added]}))

    async def manage_remove(
        self, who: Endpoint, principals: Sequence[Principal], list: ListName, room: str  # noqa: A002 - a slot's name
    ) -> None:
        """Take these out of a list of a room."""
        before = await self._listed(who, list, room)
        gone = {self.administrator.principal_name(one).lower() for one in principals}
        await self._manage(who, room, cast(
            "RoomChanges", {list: [name for name in before if name.lower() not in gone]}))

    async def _listed(self, who: Endpoint, list_name: ListName, room: str) -> list[str]:
        lists = await self._do(who, calls.lists(self._id(room)))
        return [one["name"] for one in lists[list_name]]

    async def _manage(self, who: Endpoint, room: str, changes: RoomChanges) -> None:
        await self._do(who, calls.change_room(self._id(room), **changes))

    # -- what is seen

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Return what was shown next, if it comes in time."""
        player = await self._player(who)
        try:
            async with asyncio.timeout(self._patience):
                return self._reading.sight(await player.connection.event(), player.roster)
        except TimeoutError:
            return None

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Return everything that was sent up to now."""
        player = await self._player(who)
        await player.connection.ask(live.ping())  # all that was sent before its answer has been read by then
        return [self._reading.sight(frame, player.roster) for frame in player.connection.kept()]

    # -- names

    def _id(self, room: str) -> str:
        uri = self.administrator.room(room)
        return f"{uri.domain}/{uri.guid}"

    def _message(self, room: str, text: str) -> tuple[str, int]:
        return self._id(room), self._memory.number(self._id(room), text)

    def _quotes(self, messages: Iterable[MessageForm]) -> tuple[Quote, ...]:
        return tuple(Quote(self.administrator.person(f"sip:{one['author']}"), one["text"]) for one in messages
                     if not one.get("deleted"))

    def _people(self, addresses: Iterable[str]) -> frozenset[str]:
        return frozenset(self.administrator.person(f"sip:{address}") for address in addresses)

    def _addresses(self, people: frozenset[str]) -> list[str]:
        return [self.administrator.address(person).bare for person in sorted(people)]


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ApiError as refusal:
        raise RefusedAct(frozenset({refusal.name}), str(refusal)) from None


@asynccontextmanager
async def web_stage(folder: Path, patience: float = PATIENCE) -> AsyncIterator[WebStage]:
    """Make a deployment in `folder`, serve it on a free port of the loopback interface, and have it as a stage."""
    fault: Exception | None = None
    async with fresh_node(folder, sip_tls="", web="127.0.0.1:0") as node, running(node) as addresses:
        trust = ssl.create_default_context(cafile=str(node.folder.certificate))
        trust.check_hostname = False  # the certificate is the pool's, and the pool's name is in no DNS
        stage = WebStage(node, f"https://{addresses['web']}", trust, patience)
        try:
            yield stage
        except Exception as caught:  # raised below: the node's task groups would wrap it
            fault = caught
        await stage.close_all()
    if fault is not None:
        raise fault
