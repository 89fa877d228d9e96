"""One person's live connection: commands in, answers and what happens in his rooms out."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog

from parlour.addresses import RoomUri
from parlour.chat.core import Core
from parlour.chat.history import Around, Before
from parlour.chat.model import Message, Person
from parlour.chat.ports import Door
from parlour.chat.service import Joined
from parlour.clock import Clock
from parlour.directory.bearers import Bearer, Scope
from parlour.errors import SCOPE_MISSING, ParlourError
from parlour.forms import JoinedForm
from parlour.incidents import unexpected
from parlour.pace import Pace
from parlour.web.live import commands
from parlour.web.live.commands import Asked, BadFrameError, Command, Mark, read_frame
from parlour.web.live.events import answer, refusal, text_of
from parlour.web.shapes import (
    Json,
    act_names,
    followed_shape,
    message_shape,
    moment,
    page_shape,
    person_shape,
    present_shape,
    room_shape,
)

_log = structlog.get_logger(__name__)
_MOST_WAITING = 16  # commands that wait for their turn before no more are read
_WRITES = (commands.Post, commands.Edit, commands.Delete, commands.Read, commands.Typing)  # what asks for `write`
_TYPING_SECONDS = 3.0  # between two notices that somebody is writing, of one connection
_MOST_UNSENT = 1 << 18  # bytes that may wait for a client before its next command is carried out
_LOOK_SECONDS = 0.05  # between two looks whether it has taken them
_PAGE = 100  # entries that somebody who comes back is given at once


class Wire(Protocol):
    """What a connection writes to."""

    def send_text(self, text: bytes) -> None:
        """Send a text frame."""
        ...

    def queue(self, frame: bytes) -> None:
        """Queue a whole frame that was rendered before."""
        ...

    def flush(self) -> None:
        """Write what was queued."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection (RFC 6455 section 7.4)."""
        ...

    @property
    def unsent(self) -> int:
        """How many bytes wait to be sent."""
        ...

    def pause(self) -> None:
        """Read nothing more for now."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...


@dataclass(frozen=True, slots=True)
class LiveServices:
    """What live connections need.

    Attributes:
        core: the chat.
        clock: time.
        post_rate: bytes a second that one connection may post.
    """

    core: Core
    clock: Clock
    post_rate: int


class LiveConnection:
    """A chat session's outlet for a WebSocket.

    Args:
        services: what it works with.
        person: who signed in.
        wire: where frames go.
        door: the door that delivers to it.
        start: starts a task that ends with the listener.
        bearer: the session or token that it was opened with; None by name and password.
    """

    def __init__(
        self, services: LiveServices, person: Person, wire: Wire, door: Door["LiveConnection"],
        start: Callable[[Coroutine[Any, Any, None]], object], bearer: Bearer | None = None,
    ) -> None:
        self.person = person
        self.bearer = bearer
        self.wire = wire
        self.session = services.core.chat.open_session(person, door, self)
        self._services = services
        self._start = start
        self._pace = Pace(services.post_rate, services.clock)
        self._waiting: deque[tuple[Asked, int]] = deque()
        self._works = False
        self._holds = 0
        self._typed_at = -_TYPING_SECONDS

    def end(self) -> None:
        """Leave every room."""
        self._waiting.clear()
        self._services.core.chat.close_session(self.session)

    # -- in

    def receive(self, text: str) -> None:
        """Take a frame. Commands are carried out one after the other, but posts need not wait for their commits."""
        try:
            asked = read_frame(text)
        except BadFrameError as bad:
            self._refuse(bad.mark, bad.error)
            return
        if isinstance(asked.command, _WRITES) and self.bearer is not None and Scope.WRITE not in self.bearer.scopes:
            self._refuse(asked.mark, ParlourError(SCOPE_MISSING, Scope.WRITE.value, scope=Scope.WRITE.value))
            return
        if not self._works and self._at_once(asked, len(text)):
            return
        self._waiting.append((asked, len(text)))
        if len(self._waiting) == _MOST_WAITING:
            self._hold()
        if not self._works:
            self._works = True
            self._start(self._work())

    def _at_once(self, asked: Asked, size: int) -> bool:
        """Carry out what needs no waiting; say whether it was that."""
        match asked.command:
            case commands.Post():
                self._post(asked.mark, asked.command)
                if wait := self._pace.spend(size):
                    self._start(self._slow_down(wait))
            case commands.Typing(room):
                self._try(asked.mark, partial(self._type, room))
            case commands.Ping():
                self._answer(asked.mark, {})
            case commands.Part(room):
                self._try(asked.mark, partial(self._services.core.chat.part, self.session, room))
            case _:
                return False
        return True

    async def _slow_down(self, seconds: float) -> None:
        """Read nothing for a while, from somebody who posts too fast."""
        self._hold()
        await self._services.clock.sleep(seconds)
        self._release()

    def _hold(self) -> None:
        """Read nothing more, for one more reason."""
        self._holds += 1
        self.wire.pause()

    def _release(self) -> None:
        """Read on, if there is no other reason not to."""
        self._holds -= 1
        if not self._holds:
            self.wire.resume()

    def _post(self, mark: Mark, post: commands.Post) -> None:
        try:
            self._services.core.access.check_enabled(self.person)
            committed = self._services.core.chat.post(self.session, post.room, post.content, post.key)
        except ParlourError as error:
            self._refuse(mark, error)
            return
        committed.add_done_callback(partial(self._posted, mark))

    def _posted(self, mark: Mark, committed: "asyncio.Future[Message]") -> None:
        fault = committed.exception()
        if fault is None:
            message = committed.result()
            self._answer(mark, {"number": message.number, "at": moment(message.posted_at)})
        elif isinstance(fault, ParlourError):
            self._refuse(mark, fault)
        else:
            self._failed(mark, fault)

    def _type(self, room: RoomUri) -> None:
        now = self._services.clock.monotonic()
        if now - self._typed_at >= _TYPING_SECONDS:
            self._services.core.chat.type(self.session, room)
            self._typed_at = now

    def _try(self, mark: Mark, act: Callable[[], object]) -> None:
        try:
            act()
        except ParlourError as error:
            self._refuse(mark, error)
        else:
            self._answer(mark, {})

    async def _work(self) -> None:
        """Carry out what waits, in its order."""
        try:
            while self._waiting:
                if self.wire.unsent > _MOST_UNSENT:  # who asks for more than he takes waits for himself
                    await asyncio.sleep(_LOOK_SECONDS)
                    continue
                asked, size = self._waiting.popleft()
                if len(self._waiting) == _MOST_WAITING - 1:
                    self._release()
                if not self._at_once(asked, size):
                    await self._carry_out(asked)
        finally:
            self._works = False

    async def _carry_out(self, asked: Asked) -> None:
        try:
            content = await self._execute(asked.command)
        except ParlourError as error:
            self._refuse(asked.mark, error)
        except Exception as fault:  # one command's fault is not the connection's
            self._failed(asked.mark, fault)
        else:
            self._answer(asked.mark, content)

    async def _execute(self, command: Command) -> Json:
        core, session = self._services.core, self.session
        core.access.check_enabled(self.person)
        match command:
            case commands.Watch():
                return {"person": person_shape(self.person),
                        "followed": [followed_shape(one) for one in await core.following.watch(session)]}
            case commands.Join():
                return await self._join(command)
            case commands.Edit(room, number, content):
                return message_shape(await core.chat.edit(self.person, room, number, content))
            case commands.Delete(room, number):
                return message_shape(await core.chat.delete(self.person, room, number))
            case commands.Read(room, number):
                await core.following.mark(self.person, room, number)
                return {}
        raise AssertionError(f"{command} needs no waiting")

    async def _join(self, asked: commands.Join) -> JoinedForm:
        core = self._services.core
        joined = await core.chat.join(self.session, asked.room)
        answer = _joined_shape(joined, await core.history.first(self.person, asked.room))
        if asked.after is not None and asked.after < joined.last_number:
            found = await core.history.missed(self.person, asked.room, asked.after, _PAGE)
            answer["more"] = found.more
            answer["missed"] = [
                {"number": number, "message": message_shape(message)} for number, message in found.entries]
        if asked.page is not None:
            place = Before() if asked.around is None else Around(asked.around)
            page = await core.history.page(self.person, asked.room, place, asked.page)
            answer["page"] = page_shape(page)
        return answer

    # -- out

    def _answer(self, mark: Mark, content: Json) -> None:
        self.wire.send_text(text_of(answer(mark, content)))

    def _refuse(self, mark: Mark, error: ParlourError) -> None:
        self.wire.send_text(text_of(refusal(mark, error)))

    def _failed(self, mark: Mark, fault: BaseException) -> None:
        self._refuse(mark, unexpected(_log, "live.failed", fault))


def _joined_shape(joined: Joined, first: int) -> JoinedForm:
    return {
        "room": room_shape(joined.room), "may": act_names(joined.acts), "first": first, "last": joined.last_number,
        "participants": joined.participants, "people": [present_shape(one, joined.duties) for one in joined.people]}
