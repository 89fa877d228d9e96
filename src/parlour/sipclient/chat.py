"""A Lync-style client that chats: what pidgin-sipe sends, and what it insists on, without pidgin-sipe.

Example::

    async with ChatClient("alice@litwareinc.com", "pool.litwareinc.com", 5061, tls=context) as alice:
        await alice.sign_in(Password("alice@litwareinc.com", "secret"))
        await alice.open_chat("sip:pce@litwareinc.com")
        rooms = (await alice.chansrch()).rooms
        await alice.join(rooms["Engineering"])
        await alice.post(rooms["Engineering"], "hello")
        event = await alice.next("grpchat", text="hello")
"""

import asyncio
import os
import ssl
from collections import defaultdict, deque
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree

from parlour.sip import Request, Response
from parlour.sipclient.errors import LostError, RefusedError, ViolationError
from parlour.sipclient.user import PROVISIONING, Dialog, SipUser, need_success
from parlour.sipclient.xccos import ChatEvent, channel_id, chat, command, envelope, read_envelope


class ChatClient(SipUser):
    """A person who chats: the way to the chat service, rooms and messages.

    Attributes:
        chat: the chat dialog, once open.
    """

    def __init__(
        self, address: str, host: str, port: int, *, tls: ssl.SSLContext | None, server_name: str | None = None
    ) -> None:
        super().__init__(address, host, port, tls=tls, server_name=server_name)
        self.chat: Dialog | None = None
        self._unread: dict[str, deque[ChatEvent]] = defaultdict(deque)
        self._replies: dict[str, asyncio.Future[ChatEvent]] = {}
        self._arrivals: set[asyncio.Future[None]] = set()
        self._envelopes = int.from_bytes(os.urandom(3), "big")

    # --- subscriptions --------------------------------------------------------------------------------------------
    async def subscribe(self, event: str, expires: int | None = None, within: float = 10) -> Response:
        """Subscribe to one of the person's own events; the first notification is in the response."""
        headers = [("Event", event), ("Accept", f"application/{event}+xml"),
                   ("Supported", "com.microsoft.autoextend"), ("Supported", "ms-benotify"),
                   ("Proxy-Require", "ms-benotify"), ("Supported", "ms-piggyback-first-notify"),
                   ("Contact", self._contact())]
        if expires is not None:
            headers.append(("Expires", str(expires)))
        request = self._outside("SUBSCRIBE", self.uri, self.uri, headers)
        return need_success(f"SUBSCRIBE {event}", await self.send(request, within))

    async def provisioning(self) -> dict[str, str]:
        """Subscribe to provisioning as clients do, and return all its properties by name.

        Raises:
            ViolationError: no notification that can be read came with the response, so that group chat would never
                start.
        """
        response = await self.subscribe(PROVISIONING, expires=0)
        if "ms-piggyback-cseq" not in response.headers or response.headers.get("Event") != PROVISIONING:
            raise ViolationError("the provisioning answer carries no notification")
        try:
            root = ElementTree.fromstring(response.body)  # noqa: S314 - expat fetches nothing and bounds entities
        except ElementTree.ParseError as fault:
            raise ViolationError(f"the provisioning answer is not XML: {fault}") from fault
        return {found.get("name", ""): found.text or "" for found in root.iter()
                if found.tag.rpartition("}")[2] == "property"}

    # --- the way to the chat service --------------------------------------------------------------------------------
    async def requri(self, dialog: Dialog) -> str:
        """Ask a lookup dialog for the chat service's URI."""
        reply = await self.command("requri", dialog=dialog)
        return reply.users[0]

    async def open_chat(self, lookup_uri: str) -> Dialog:
        """Go the whole way from an endpoint's address to the chat dialog.

        Raises:
            RefusedError: one of the steps was refused.
        """
        lookup = await self.invite(lookup_uri)
        service = await self.requri(lookup)
        await self.bye(lookup)
        self.chat = await self.invite(service)
        return self.chat

    async def info(self, body: bytes | str, dialog: Dialog | None = None, within: float = 10) -> Response:
        """Send any INFO body; whatever the answer is, it is returned."""
        content = body.encode() if isinstance(body, str) else body
        return await self.send(self.inside(dialog or self._chat(), "INFO", content), within)

    def _chat(self) -> Dialog:
        if self.chat is None:
            raise LostError("no chat dialog is open")
        return self.chat

    # --- chat -----------------------------------------------------------------------------------------------------
    async def command(
        self, name: str, data: str = "", *, dialog: Dialog | None = None, within: float = 10
    ) -> ChatEvent:
        """Execute a chat command and return its reply.

        Raises:
            RefusedError: the INFO or the reply is a refusal.
        """
        number = self._next_envelope()
        reply: asyncio.Future[ChatEvent] = asyncio.get_running_loop().create_future()
        self._replies[number] = reply
        body = envelope(int(number), command(name, data))
        try:
            need_success(f"cmd:{name}", await self.info(body, dialog, within))
            async with asyncio.timeout(within):
                answer = await reply
        finally:
            del self._replies[number]
        if answer.code != 200:
            raise RefusedError(f"cmd:{name}", answer.code, answer.reason, answer)
        return answer

    def _next_envelope(self) -> str:
        self._envelopes += 1
        return str(self._envelopes)

    async def chansrch(self, criteria: str = "") -> ChatEvent:
        """List rooms."""
        return await self.command("chansrch", f'<qib qtype="BYNAME" criteria="{escape(criteria)}" extended="false"/>')

    async def join(self, room: str) -> ChatEvent:
        """Join a room."""
        return await self.command("join", channel_id(room))

    async def part(self, room: str) -> ChatEvent:
        """Leave a room."""
        return await self.command("part", f'<chanib uri="{escape(room)}"/>')

    def post_request(
        self, room: str, text: str, author: str | None = None, time: str | None = None, *, alert: bool = False
    ) -> Request:
        """Make the INFO of a post without sending it."""
        stamp = time or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = envelope(int(self._next_envelope()), chat(room, author or self.uri, text, stamp, alert=alert))
        return self.inside(self._chat(), "INFO", body)

    async def post(
        self, room: str, text: str, author: str | None = None, within: float = 10, *, alert: bool = False
    ) -> Response:
        """Post a message and wait until the server acknowledged it.

        Args:
            room: room URI.
            text: the text.
            author: SIP URI to claim; one's own by default.
            within: seconds.
            alert: it is of high importance.

        Raises:
            RefusedError: the response is a refusal.
        """
        return need_success("post", await self.send(self.post_request(room, text, author, alert=alert), within))

    # --- what the server sends ------------------------------------------------------------------------------------
    async def next(self, kind: str, within: float = 10, **match: object) -> ChatEvent:
        """Return the first event of a kind that was not returned before, and wait for it if need be.

        Args:
            kind: ``grpchat``, ``ntc:join``, ``ntc:part``, or an unasked ``rpl:…``.
            within: seconds.
            match: attributes of the event or of its message, e.g. ``text="hello"``.

        Raises:
            LostError: the connection ended first.
            TimeoutError: it did not come in time.
        """
        async with asyncio.timeout(within):
            while (found := self._take(kind, match)) is None:
                await self._arrival()
        return found

    def _take(self, kind: str, match: dict[str, object]) -> ChatEvent | None:
        unread = self._unread[kind]
        found = next((event for event in unread if event.fits(**match)), None)
        if found is not None:
            unread.remove(found)
        elif self.wire.lost.done():
            raise LostError(self.wire.lost.result())
        return found

    async def _arrival(self) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals.add(woken)
        await woken

    def _wake(self) -> None:
        for woken in self._arrivals:
            if not woken.done():
                woken.set_result(None)
        self._arrivals.clear()

    def _read(self, body: bytes) -> None:
        try:
            arrived = read_envelope(body)
        except ElementTree.ParseError as error:
            self.violations.append(f"a body that is not XML: {error}: {body[:200]!r}")
            return
        for event in arrived:
            self._arrived(event)
            waiting = self._replies.get(event.command[0]) if event.command else None
            if waiting and not waiting.done():
                waiting.set_result(event)
            else:
                self._unread[event.kind].append(event)
        self._wake()

    def _arrived(self, event: ChatEvent) -> None:
        """For heirs: a chat event arrived."""

    def _on_lost(self, _: object) -> None:
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(LostError(self.wire.lost.result()))
                reply.exception()  # seen: nobody need wait for it
        self._wake()
