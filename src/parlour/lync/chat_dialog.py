"""A client's chat dialog: XCCOS commands in, replies and what happens in the rooms out.

Looking up the service and chatting are the same kind of dialog: legacy clients open one after the other, newer ones
only the second (reference/sip-client-flow.md section 6, xccos.md section 4).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

import structlog

from parlour.addresses import RoomUri
from parlour.chat.history import Before
from parlour.chat.model import Message
from parlour.chat.ports import Door
from parlour.chat.service import Admission, Joined
from parlour.errors import AUTHOR_FORGED, NOT_JOINED, XCCOS_INVALID, XCCOS_UNKNOWN, ParlourError
from parlour.lync import xccos, xccos_render
from parlour.lync import xccos_commands as commands
from parlour.lync.chat_commands import Asker, executor
from parlour.lync.endpoint import Endpoint
from parlour.lync.envelopes import Envelopes
from parlour.lync.signing import RequestSigner
from parlour.lync.xccos_commands import Command
from parlour.sip import Dialog, DialogEvent, Request, SipConnection, check_body, parse_name_addr, shared_tail

_log = structlog.get_logger(__name__)
_MEDIA_TYPES = frozenset({"text/plain"})
_CONTENT_TYPE = ("Content-Type", "text/plain;charset=UTF-8")


def info_tail(body: bytes) -> bytes:
    """Render what the INFOs with this body have in common, whoever gets them."""
    return shared_tail([_CONTENT_TYPE], body)


class ChatDialog:
    """One INVITE dialog with the chat service; as a chat session's outlet it receives what happens in its rooms.

    Args:
        endpoint: the client's connection.
        sip: the dialog itself.
        pool: the pool that was called.
        pool_uri: the pool's own address, for ``requri``.
        envelopes: numbers the server's envelopes.
        door: the door that delivers to this outlet.
    """

    def __init__(
        self, endpoint: Endpoint, sip: Dialog, pool: str, pool_uri: str, envelopes: Envelopes,
        door: Door["ChatDialog"],
    ) -> None:
        self.endpoint = endpoint
        self.sip = sip
        self.expires_at = 0.0
        self.session = endpoint.services.core.chat.open_session(endpoint.person, door, self)
        self._pool = pool
        self._pool_uri = pool_uri
        self._next_envid = envelopes.next
        self._signer: RequestSigner | None = None
        self._queued = 0  # INFOs that have no CSeq yet
        # Of each open room: the CSeq of the reply that opened it, and the newest message before that.
        self._opened: dict[RoomUri, tuple[int, int]] = {}
        # The rooms that the client believes to be open: it closed none of them yet.
        self._shown: set[RoomUri] = set()
        self._answered = 0
        self.refresh()

    def refresh(self) -> None:
        """Begin the session's time anew."""
        settings = self.endpoint.services.settings
        self.expires_at = self.endpoint.services.clock.monotonic() + settings.session + settings.grace

    def end(self) -> None:
        """Leave every room and forget the dialog; nothing is sent in it any more, least of all a BYE (trap 9)."""
        if self.endpoint.dialogs.pop(self.sip.key, None) is not None:
            self.endpoint.conn.flush()
            self.sip.apply(DialogEvent.ENDED)
            self.endpoint.services.core.chat.close_session(self.session)

    # -- out

    def queue(self, tail: bytes) -> SipConnection:
        """Queue an INFO whose common part was rendered before; return the connection that has to be called on."""
        conn = self.endpoint.conn
        self._queued += 1
        conn.queue(partial(self._render, tail))
        return conn

    def _render(self, tail: bytes) -> bytes:
        """Return the next INFO: the whole cost of one recipient."""
        self._queued -= 1
        return self.sip.request_head("INFO").render(tail, self._sign())

    def _sign(self) -> Callable[[int], bytes] | None:
        association = self.endpoint.sign_in.association
        if association is None:
            return None
        if self._signer is None or self._signer.association is not association:
            sip = self.sip
            self._signer = association.request_signer(
                call_id=sip.call_id, method="INFO", from_=parse_name_addr(sip.local), to=parse_name_addr(sip.remote))
        return self._signer.header_line

    def was_answered(self, cseq: int) -> None:
        """Note that the client has taken our request of that number, and so all before it."""
        if cseq > self._answered:
            self._answered = cseq

    # -- in

    def info(self, request: Request) -> Awaitable[None] | None:
        """Take an INFO: a message, or commands."""
        if refusal := check_body(request, _MEDIA_TYPES):
            self.endpoint.answer(request, refusal.status, headers=[("Accept", "text/plain")])
            return None
        try:
            asked = xccos.read_commands(request.body)
            post = _lone_post(asked)
        except ParlourError as fault:
            self.endpoint.fail(request, fault)
            return None
        if post is not None:
            return self._post(request, post)
        self.endpoint.answer(request, 200)
        return self._execute_all(asked)

    def _post(self, request: Request, post: commands.Post) -> Awaitable[None] | None:
        """Post a message; the INFO is answered when the message is on disk, or refused with the reason."""
        try:
            self._check_enabled()
            self._check_author(post.author)
            committed = self.endpoint.services.core.chat.post(self.session, post.room, post.content)
        except ParlourError as refusal:
            self.endpoint.fail(request, refusal)
            return None
        committed.add_done_callback(partial(self._acknowledge, request))
        # Messages overtake nothing, but need not wait for each other either: up to this many are on their way at once,
        # and no more of them than those who read along can take.
        wait = self.endpoint.pace.spend(len(request.body))
        if self.endpoint.transactions.pending >= self.endpoint.services.settings.max_pending:
            return _settled(committed)
        return self.endpoint.services.clock.sleep(wait) if wait else None

    def _check_enabled(self) -> None:
        """Refuse everything to somebody whom a policy keeps out since he opened this dialog."""
        self.endpoint.services.core.access.check_enabled(self.endpoint.person)

    def _check_author(self, author: str) -> None:
        """Refuse a message that claims to be another's; one that names nobody is the sender's own."""
        person = self.endpoint.person
        if author and author.lower() not in (person.address.key, person.address.bare.lower()):
            raise ParlourError(AUTHOR_FORGED, author, author=author, person=person.address)

    def _acknowledge(self, request: Request, committed: "asyncio.Future[Message]") -> None:
        fault = committed.exception()
        if fault is None:
            self.endpoint.answer(request, 200)
        elif isinstance(fault, ParlourError):
            self.endpoint.fail(request, fault)
        else:
            _log.error("lync.post-failed", exc_info=fault)
            self.endpoint.answer(request, 500)

    async def _execute_all(self, asked: Iterable[Command]) -> None:
        """Carry out commands in order; each gets its reply, in an INFO of its own."""
        for command in asked:
            try:
                body = await self._execute(command)
            except ParlourError as refusal:
                body = xccos_render.refusal(self._next_envid(), command, refusal)
            if self.sip.is_over:
                return
            self.queue(info_tail(body)).flush()

    async def _execute(self, command: Command) -> bytes:
        """Carry out one command and return its reply."""
        if not isinstance(command.body, commands.Part):
            self._check_enabled()
        match command.body:
            case commands.RequestUri():
                data = xccos_render.service_uri(self._pool_uri)
            case commands.Join(room):
                data = xccos_render.joined([await self._join(room)])
            case commands.BatchJoin(rooms):
                data = await self._join_all(rooms)
            case commands.Part(room):
                data = self._part(room)
            case commands.RecentHistory(room, count):
                data = await self._history(room, count)
            case commands.Malformed(fault):
                raise fault
            case body:
                data = await self._execute_alone(command, body)
        return xccos_render.reply(self._next_envid(), command, data)

    async def _execute_alone(self, command: Command, body: commands.Body) -> str:
        """Carry out a command that needs nothing of this dialog."""
        execute = executor(body)
        if execute is None:
            raise ParlourError(XCCOS_UNKNOWN, command.name[:40], command=command.name[:40])
        return await execute(Asker(self.endpoint.person, self._pool, self.endpoint.services), body)

    async def _join(self, uri: RoomUri) -> Joined:
        return self._enter(await self.endpoint.services.core.chat.admit(self.session, uri))

    def _enter(self, admission: Admission) -> Joined:
        joined = self.endpoint.services.core.chat.enter(self.session, admission)
        # Nothing is awaited between here and queueing the reply, so that is the next request of the dialog.
        self._shown.add(joined.room.uri)
        self._opened[joined.room.uri] = (self.sip.local_cseq + self._queued + 1, joined.last_number)
        return joined

    async def _join_all(self, uris: Sequence[RoomUri]) -> str:
        admitted, failed = await self._admit_all(uris)
        while not all(map(self.endpoint.services.core.chat.is_current, admitted)):
            admitted, failed = await self._admit_all(uris)
        opened = []
        for admission in admitted:
            try:
                opened.append(self._enter(admission))
            except ParlourError:
                failed.append(admission.room.uri)
        return xccos_render.joined(opened, failed)

    async def _admit_all(self, uris: Sequence[RoomUri]) -> tuple[list[Admission], list[RoomUri]]:
        found = await asyncio.gather(*map(self._admitted, uris))
        return [one for one in found if one], [uri for uri, one in zip(uris, found, strict=True) if one is None]

    async def _admitted(self, uri: RoomUri) -> Admission | None:
        try:
            return await self.endpoint.services.core.chat.admit(self.session, uri)
        except ParlourError:
            return None

    def _part(self, room: RoomUri) -> str:
        """Close a room; who was put out of it since gets the same answer, or his client never lets him in again."""
        was_shown = room in self._shown
        self._shown.discard(room)
        self._opened.pop(room, None)
        try:
            self.endpoint.services.core.chat.part(self.session, room)
        except ParlourError as out:
            if out.kind is not NOT_JOINED or not was_shown:
                raise
        return xccos_render.room_only(room)

    async def _history(self, room: RoomUri, count: int | None) -> str:
        bound = self._history_bound(room)
        if count is None:
            count = self.endpoint.services.core.configurations.of_pool(self._pool).default_chat_history
        page = await self.endpoint.services.core.history.page(
            self.endpoint.person, room, Before() if bound is None else Before(bound + 1), count)
        return xccos_render.history(page.room, page.messages)

    def _history_bound(self, room: RoomUri) -> int | None:
        """Return the newest number that may be in a history, so that nobody is shown a message twice.

        A client asks for the history as soon as it has read the reply to its join, or before. What was sent to it since
        then, it will show after that history: it must not be in there as well. That holds for the first request; and
        not for a client that never answers, since nobody knows what it has read.
        """
        cseq, last_number = self._opened.pop(room, (0, 0))
        answers = self._answered > 0 or cseq == 1
        return last_number if answers and self._answered <= cseq else None


def _lone_post(asked: Sequence[Command]) -> commands.Post | None:
    """Return the message if that is what the envelope is; a message shares its envelope with nothing.

    Raises:
        ParlourError: XccosInvalid.
    """
    if all(command.name != "grpchat" for command in asked):
        return None
    match asked:
        case [Command(body=commands.Post() as post)]:
            return post
        case [Command(body=commands.Malformed(fault))]:
            raise fault
    raise ParlourError(XCCOS_INVALID, reason="a message stands alone in its envelope")


async def _settled(committed: "asyncio.Future[Message]") -> None:
    await asyncio.wait([committed])
