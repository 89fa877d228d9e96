"""Outgoing hooks: what happens in a room is told to an address, at least once, and in order for each hook.

Nothing is queued. The log of the room has everything by number, and each hook keeps the number up to which it was told:
so it goes on after a restart where it was, and somebody who cannot be reached costs nothing but a try now and then.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import structlog

from parlour.bots.model import Hook, HookKind, HookLimits
from parlour.bots.ports import Answer, BotDirectory, Caller, CallFailed, HookStore, Sealer
from parlour.bots.signing import PURPOSE, signed
from parlour.bots.slack import SlackError, message_text, read_object
from parlour.chat.access import Access
from parlour.chat.events import Event, MessageChanged, MessagePosted
from parlour.chat.model import Content, Message, Room
from parlour.chat.ports import Bus, MessageLog
from parlour.chat.rights import Act
from parlour.chat.service import Chat
from parlour.clock import Clock
from parlour.errors import KEY_USED, ParlourError
from parlour.incidents import unexpected

_PAGE = 100  # entries of the log that are read in one go
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 600.0  # seconds between tries; they double
_AWAY_SECONDS = 10.0  # between two looks whether the database is back
_MOST_FAULT = 500  # characters of what went wrong
_GONE: Final = 410  # says that nobody will ever listen there again
_log = structlog.get_logger(__name__)

Json = dict[str, Any]
Render = Callable[[Room, Message], Json]
"""Gives what happened in a room the form that it has in the whole API: ``{"room": …, "message": …}``."""


class Deliveries:
    """Tells what happens.

    Args:
        store: the hooks, and how far each is.
        log: what happened.
        access: says whether the bot of a hook may read the room.
        chat: takes what addresses answer.
        bots: tells bots from people.
        caller: calls addresses.
        sealer: opens the secrets that calls are signed with.
        bus: tells when something happens.
        clock: time.
        limits: bounds.
        render: gives messages their form.
    """

    def __init__(
        self, *, store: HookStore, log: MessageLog, access: Access, chat: Chat, bots: BotDirectory, caller: Caller,
        sealer: Sealer, bus: Bus, clock: Clock, limits: HookLimits, render: Render,
    ) -> None:
        self._store = store
        self._log = log
        self._access = access
        self._chat = chat
        self._bots = bots
        self._caller = caller
        self._sealer = sealer
        self._clock = clock
        self._limits = limits
        self._render = render
        self._wake: dict[int, dict[str, asyncio.Event]] = {}
        self._changed = asyncio.Event()
        self._renewed: set[str] = set()
        bus.subscribe(self._on_event)

    def changed(self, guid: str) -> None:
        """Take note that a hook is new, switched on or off, or gone: whatever waits for another try of it is over."""
        self._renewed.add(guid)
        self._changed.set()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, MessagePosted | MessageChanged):
            for wake in self._wake.get(event.room_id, {}).values():
                wake.set()

    async def run(self) -> None:
        """Tell everything, forever."""
        working: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                renewed, self._renewed = self._renewed, set()
                wanted = {hook.guid: hook for hook in await self._hooks()}
                for guid in [*working]:
                    if guid not in wanted or guid in renewed or working[guid].done():
                        working.pop(guid).cancel()
                for guid in wanted.keys() - working.keys():
                    working[guid] = tasks.create_task(self._serve(wanted[guid]))
                await self._changed.wait()

    async def _hooks(self) -> list[Hook]:
        while True:
            try:
                return [hook for hook in await self._store.all() if hook.kind is HookKind.OUTGOING and hook.enabled]
            except ParlourError as fault:  # the database is away: it will be back
                _log.warning("hooks.unreadable", reason=str(fault))
                await self._clock.sleep(_AWAY_SECONDS)

    async def _serve(self, hook: Hook) -> None:
        """Tell of a hook's room until the hook is removed or switched off."""
        wake, tries, more = asyncio.Event(), 0, True
        listening = self._wake.setdefault(hook.room_id, {})
        listening[hook.guid] = wake
        try:
            while True:
                if not more:
                    await wake.wait()
                wake.clear()
                try:
                    found = await self._tell_page(hook.guid)
                    if found is None:
                        return
                    tries, more = 0, found
                except CallFailed as fault:
                    if await self._note_failure(hook.guid, fault):
                        return
                    tries, more = tries + 1, True
                    await self._clock.sleep(min(_FIRST_WAIT * 2.0 ** min(tries - 1, 20), _LONGEST_WAIT))
        finally:
            if listening.get(hook.guid) is wake:
                del listening[hook.guid]
            if not listening:
                self._wake.pop(hook.room_id, None)

    async def _tell_page(self, guid: str) -> bool | None:
        """Tell some entries of the log; say whether there were any, and None if the hook works no more.

        Raises:
            CallFailed: one could not be told; those before it were.
        """
        try:
            hook = await self._store.find(guid)
            return None if hook is None or not hook.enabled else await self._tell_entries(hook)
        except CallFailed:
            raise
        except ParlourError as fault:  # the database is away
            raise CallFailed(str(fault)) from fault
        except Exception as fault:  # one hook's trouble is not the others'
            raise CallFailed(str(unexpected(_log, "hooks.stumbled", fault))) from fault

    async def _tell_entries(self, hook: Hook) -> bool:
        entries = await self._log.entries(hook.room_id, hook.cursor, _PAGE) or await self._passed_over(hook)
        told = hook.cursor
        for number, message in entries:
            if message.author_id != hook.bot.id:  # whoever hears himself would answer himself
                await self._tell(hook, number, message)
                await self._store.advance(hook.id, number)
                told = number
        if entries and told != entries[-1][0]:
            await self._store.advance(hook.id, entries[-1][0])
        return bool(entries)

    async def _passed_over(self, hook: Hook) -> list[tuple[int, Message]]:
        """Go on behind entries that nobody reads, so that they are not looked at each time; return what came since."""
        last = await self._log.last_number(hook.room_id)
        entries = await self._log.entries(hook.room_id, hook.cursor, _PAGE)
        if not entries and last > hook.cursor:
            await self._store.advance(hook.id, last)
        return entries

    async def _tell(self, hook: Hook, number: int, message: Message) -> None:
        room = await self._readable(hook)
        if not room.chat_history:  # nobody may read what was said before that was switched off
            return
        event = "message" if number == message.number else "deleted" if message.deleted else "changed"
        found = await self._call(hook, number, {
            "event": event, "number": number, "hook": {"id": hook.guid, "name": hook.name},
            **self._render(room, message)})
        if event == "message" and not message.deleted and not await self._bots.is_bot(message.author_id):
            await self._take_answer(hook, number, found.body)

    async def _readable(self, hook: Hook) -> Room:
        """Return the room, if the bot may read it now.

        Raises:
            CallFailed: it may not.
        """
        if not hook.bot.enabled:
            raise CallFailed(f"The bot {hook.bot.address.bare} is disabled.")
        try:
            return await self._access.room(hook.bot, hook.room, Act.READ)
        except ParlourError as refusal:
            raise CallFailed(f"The bot {hook.bot.address.bare} may not read the room: {refusal}") from refusal

    async def _call(self, hook: Hook, number: int, payload: Json) -> Answer:
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        secret = self._sealer.open(hook.sealed, PURPOSE, hook.guid)
        headers = signed(secret, int(self._clock.now().timestamp()), body, f"{hook.guid}-{number}")
        found = await self._caller.post(hook.url, body, {"Content-Type": "application/json", **headers})
        if not 200 <= found.status < 300:
            raise CallFailed(f"It answered with status {found.status}.", found.status)
        return found

    async def _take_answer(self, hook: Hook, number: int, body: bytes) -> None:
        """Post what was answered, if it is something to say; whatever else was answered does not matter."""
        try:
            text = message_text(read_object(body))
        except SlackError:
            return
        if not text.strip():
            return
        try:
            await self._chat.post_as(hook.bot, hook.room, Content(text), f"{hook.guid}-{number}")
        except ParlourError as refusal:
            if refusal.kind is not KEY_USED:  # that answer was posted before, and this is another try
                _log.warning("hooks.answer-refused", hook=hook.guid, reason=str(refusal))

    async def _note_failure(self, guid: str, fault: CallFailed) -> bool:
        """Note that something could not be told; say whether the hook works no more."""
        try:
            hook = await self._store.find(guid)
            return hook is None or not hook.enabled or await self._failed(hook, fault)
        except ParlourError as worse:  # the database is away: it is tried again
            _log.warning("hooks.unreadable", reason=str(worse))
        except Exception as worse:  # one hook's trouble is neither the others' nor the node's
            unexpected(_log, "hooks.stumbled", worse)
        return False

    async def _failed(self, hook: Hook, fault: CallFailed) -> bool:
        now, reason = self._clock.now(), str(fault)[:_MOST_FAULT]
        since = hook.failing_since or now
        ended = fault.status == _GONE or now - since >= timedelta(seconds=self._limits.give_up)
        if ended:
            _log.warning("hooks.switched-off", hook=hook.guid, reason=reason)
            await self._store.switch(hook.id, enabled=False, fault=reason)
        elif hook.failing_since is None or hook.fault != reason:
            _log.warning("hooks.failing", hook=hook.guid, reason=reason)
            await self._store.failing(hook.id, since, reason)
        return ended
