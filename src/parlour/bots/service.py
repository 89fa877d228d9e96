"""Hooks of rooms: who makes them, and what comes in through them."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from parlour.addresses import RoomUri
from parlour.bots.allowance import Allowance
from parlour.bots.delivery import Deliveries
from parlour.bots.model import Bot, Hook, HookKind, HookLimits, Made, NewBot, NewHook
from parlour.bots.ports import BotDirectory, Caller, CallFailed, HookRow, HookStore, Sealer
from parlour.bots.signing import PURPOSE, signed, slack_signed
from parlour.bots.slack import SlackError, SlackPost, message_text
from parlour.chat import rights
from parlour.chat.core import Core
from parlour.chat.model import Content, Message, Person, Privacy, Room, RoomChange, RoomType
from parlour.chat.names import UNSHOWABLE
from parlour.chat.ports import MessageLog
from parlour.chat.principals import RoomRole
from parlour.chat.rights import Act
from parlour.clock import Clock
from parlour.errors import (
    BOT_FOREIGN,
    BOTS_TOO_MANY,
    COMMAND_FAILED,
    COMMAND_UNKNOWN,
    HOOK_INVALID,
    HOOK_NOT_FOUND,
    HOOK_OFF,
    HOOKS_BY_ADMINISTRATORS,
    HOOKS_TOO_OFTEN,
    ParlourError,
)

MOST_NAME: Final = 64  # characters of a hook's name
MOST_DESCRIPTION: Final = 256
MOST_COMMAND: Final = 8192  # characters that somebody may type after a slash
_SECRET_BYTES: Final = 32
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_TYPED = re.compile(r"/(\S{1,64})(?:\s+(.*))?", re.DOTALL)


class Hooks:
    """The hooks of a deployment.

    Args:
        store: where they are kept.
        core: the chat.
        log: tells where a room's log ends.
        bots: the bots that they belong to.
        caller: calls addresses.
        sealer: keeps the secrets that calls are signed with.
        clock: time.
        new_guid: makes GUIDs.
        limits: bounds.
        deliveries: tells outgoing ones what happens.
    """

    def __init__(
        self, *, store: HookStore, core: Core, log: MessageLog, bots: BotDirectory, caller: Caller, sealer: Sealer,
        clock: Clock, new_guid: Callable[[], str], limits: HookLimits, deliveries: Deliveries,
    ) -> None:
        self._store = store
        self._core = core
        self._log = log
        self._bots = bots
        self._caller = caller
        self._sealer = sealer
        self._clock = clock
        self._new_guid = new_guid
        self._limits = limits
        self._deliveries = deliveries
        self._posts = Allowance(limits.rate, clock)
        self._commands = Allowance(limits.rate, clock)

    async def run(self) -> None:
        """Tell outgoing hooks what happens, forever."""
        await self._deliveries.run()

    # -- making them

    async def managed(self, manager: Person, uri: RoomUri) -> Room:
        """Return a room whose hooks `manager` may see and make.

        Raises:
            ParlourError: HooksByAdministrators, NotAManager, ChatRoomNotFound.
        """
        room = await self._core.access.room(manager, uri, Act.MANAGE)
        if not self._limits.by_managers:
            raise ParlourError(HOOKS_BY_ADMINISTRATORS, str(uri), room=room.name)
        return room

    async def of_room(self, room: Room) -> list[Hook]:
        """Return the hooks of a room, by name."""
        return await self._store.of_room(room.uri)

    async def all(self) -> list[Hook]:
        """Return every hook, by room and name."""
        return await self._store.all()

    async def find(self, guid: str, room: Room | None = None) -> Hook:
        """Return a hook; of a room, if one is given.

        Raises:
            ParlourError: HookNotFound.
        """
        hook = await self._store.find(guid.lower())
        if hook is None or (room is not None and hook.room != room.uri):
            raise ParlourError(HOOK_NOT_FOUND, guid[:64], hook=guid[:64])
        return hook

    def check_new(self, new: NewHook) -> None:
        """Raise what `create` would raise of what a hook shall be like.

        Raises:
            ParlourError: HookInvalid.
        """
        what = _fault(new)
        if what:
            raise ParlourError(HOOK_INVALID, new.name[:MOST_NAME], reason=what)
        if new.kind is not HookKind.INCOMING:
            self._caller.check(new.url)

    async def create(self, room: Room, new: NewHook, manager: Person | None) -> Made:
        """Make a hook, and have its bot take part in the room.

        Args:
            room: where.
            new: what it is like.
            manager: who makes it, and has to own a bot that is named; None for an administrator.

        Raises:
            ParlourError: HookInvalid, HookExists, HooksTooMany, BotsTooMany, BotNotFound, BotForeign,
                PrincipalsNotInScope; NotAManager, or ChatRoomNotFound.
        """
        self.check_new(new)
        bot = await self._bot_for(new, manager)
        try:
            await self._admit(room, bot.person)
            if manager is not None:  # who may manage could have changed meanwhile
                await self._core.access.room(manager, room.uri, Act.MANAGE)
            made = await self._keep(room, new, bot.person, "" if manager is None else str(manager.address))
        except ParlourError:
            if not new.bot:
                await self._bots.discard(bot)
            raise
        self._deliveries.changed(made.hook.guid)
        return made

    async def _keep(self, room: Room, new: NewHook, bot: Person, creator: str) -> Made:
        secret, guid = secrets.token_urlsafe(_SECRET_BYTES), self._new_guid()
        incoming = new.kind is HookKind.INCOMING
        hook = await self._store.add(HookRow(
            guid=guid, new=new, room_id=room.id, bot_id=bot.id, creator=creator, created_at=self._clock.now(),
            cursor=await self._log.last_number(room.id), token=_hash(secret) if incoming else None,
            sealed=b"" if incoming else self._sealer.seal(secret.encode(), PURPOSE, guid)), self._limits.per_room)
        return Made(hook, secret)

    async def _bot_for(self, new: NewHook, manager: Person | None) -> Bot:
        if not new.bot:
            if manager is not None and len(await self._bots.owned_by(manager)) >= self._limits.per_owner:
                raise ParlourError(BOTS_TOO_MANY, str(manager.address), limit=self._limits.per_owner)
            return await self._bots.add(NewBot(new.name, description=new.description, owner=manager))
        bot = await self._bots.find(new.bot)
        own = manager is None or bot.person.id == manager.id or (bot.owner is not None and bot.owner.id == manager.id)
        if not own:
            raise ParlourError(BOT_FOREIGN, str(bot.person.address), bot=bot.person.address.bare)
        return bot

    async def _admit(self, room: Room, bot: Person) -> None:
        """Put a bot into the lists of a room that it needs to read and post there."""
        standing = await self._core.access.standing(bot, room)
        if all(rights.decide(act, room, standing).allowed for act in (Act.READ, Act.POST)):
            return
        administration = self._core.administration
        wanted = [RoomRole.MEMBER] if room.type is RoomType.NORMAL else [RoomRole.MEMBER, RoomRole.PRESENTER]
        if room.privacy is Privacy.OPEN and room.type is RoomType.NORMAL:
            wanted = []
        async with administration.editing:
            people = await administration.room_people(room)
            await administration.change_room(room, RoomChange(lists={
                role: [*(one.name for one in people[role]), str(bot.address)] for role in wanted}))

    async def switch(self, hook: Hook, *, enabled: bool) -> None:
        """Switch a hook on, where it goes on from where it stopped, or off."""
        await self._store.switch(hook.id, enabled=enabled)
        self._deliveries.changed(hook.guid)

    async def remove(self, hook: Hook) -> None:
        """Remove a hook; its bot stays."""
        await self._store.remove(hook.guid)
        self._deliveries.changed(hook.guid)

    async def remove_all_of(self, bot: Person) -> None:
        """Remove every hook of a bot."""
        for hook in await self._store.all():
            if hook.bot.id == bot.id:
                await self.remove(hook)

    # -- what comes in

    async def behind(self, secret: str) -> Hook:
        """Return the incoming hook that a secret opens.

        Raises:
            ParlourError: HookNotFound, HookOff, HooksTooOften.
        """
        hook = await self._store.by_token(_hash(secret))
        if hook is None:
            raise ParlourError(HOOK_NOT_FOUND, None, hook="")
        if not hook.enabled or not hook.bot.enabled:
            raise ParlourError(HOOK_OFF, hook.guid, hook=hook.name)
        self._spend(self._posts, hook.id)
        return hook

    async def take(self, hook: Hook, post: SlackPost, key: str = "") -> Message:
        """Post what came in, as the hook's bot.

        Args:
            hook: through which it came.
            post: what shall be said.
            key: the sender's mark on it: with the same mark it is posted once.

        Raises:
            ParlourError: what `Chat.post_as` raises.
        """
        known = (hook.bot.display_name.casefold(), hook.name.casefold())
        named = post.username and post.username.casefold() not in known
        text = f"{post.username}: {post.text}" if named else post.text
        mark = _hash(f"{hook.guid} {key}") if key else ""
        return await self._core.chat.post_as(hook.bot, hook.room, Content(text), mark)

    # -- commands

    async def commands(self, person: Person, uri: RoomUri) -> list[Hook]:
        """Return the commands that `person` may use in a room.

        Raises:
            ParlourError: ChatRoomNotFound, or another refusal by rights.
        """
        await self._core.access.room(person, uri, Act.POST)
        return [hook for hook in await self._store.of_room(uri, HookKind.COMMAND) if hook.enabled]

    async def command(self, person: Person, uri: RoomUri, typed: str) -> str | None:
        """Run what somebody typed in a room, e.g. ``/deploy now``.

        Returns:
            What he alone is told, if there is something.

        Raises:
            ParlourError: CommandUnknown, CommandFailed, HooksTooOften, a refusal by rights, and what
                `Chat.post_as` raises of what the address says.
        """
        found = _TYPED.fullmatch(typed.strip()) if len(typed) <= MOST_COMMAND else None
        word = found[1].lower() if found else ""
        hooks = await self.commands(person, uri)
        hook = next((hook for hook in hooks if hook.name == word), None)
        if found is None or hook is None:
            raise ParlourError(COMMAND_UNKNOWN, word, command=word)
        self._spend(self._commands, person.id)
        answer = await self._ask(hook, person, (found[2] or "").strip())
        text, aloud = _answered(answer)
        if not text.strip():
            return None
        if not aloud:
            return text
        if not hook.bot.enabled:
            raise ParlourError(HOOK_OFF, hook.guid, hook=hook.name)
        await self._core.chat.post_as(hook.bot, uri, Content(text))
        return None

    async def _ask(self, hook: Hook, person: Person, arguments: str) -> bytes:
        body = urlencode({
            "command": f"/{hook.name}", "text": arguments, "user_id": person.address.bare,
            "user_name": person.display_name, "channel_id": f"{hook.room.domain}/{hook.room.guid}",
            "channel_name": hook.room_name, "team_domain": hook.room.domain}, errors="replace").encode()
        secret, now = self._sealer.open(hook.sealed, PURPOSE, hook.guid), int(self._clock.now().timestamp())
        headers = {"Content-Type": "application/x-www-form-urlencoded", **slack_signed(secret, now, body),
                   **signed(secret, now, body, self._new_guid())}
        try:
            found = await self._caller.post(hook.url, body, headers)
        except CallFailed as fault:
            raise ParlourError(COMMAND_FAILED, hook.name, command=hook.name, reason=fault) from fault
        if not 200 <= found.status < 300:
            raise ParlourError(COMMAND_FAILED, hook.name, command=hook.name, reason=f"its status is {found.status}")
        return found.body

    def _spend(self, allowance: Allowance, key: int) -> None:
        seconds = allowance.take(key)
        if seconds:
            raise ParlourError(HOOKS_TOO_OFTEN, None, limit=self._limits.rate, seconds=seconds)




def _answered(body: bytes) -> tuple[str, bool]:
    """Return what a command says, and whether everybody is to hear it; what is no JSON object is a text."""
    try:
        found = json.loads(body)
        if isinstance(found, dict):
            return message_text(found), found.get("response_type") == "in_channel"
    except (ValueError, RecursionError, SlackError):
        pass
    return body.decode("utf-8", "replace"), False


def _fault(new: NewHook) -> str:
    """Return what is wrong with a hook as it shall be."""
    if not new.name.strip() or len(new.name) > MOST_NAME or UNSHOWABLE.search(new.name):
        return f"its name is one line of at most {MOST_NAME} characters"
    if len(new.description) > MOST_DESCRIPTION or UNSHOWABLE.search(new.description):
        return f"its description is one line of at most {MOST_DESCRIPTION} characters"
    if new.kind is HookKind.COMMAND and not _WORD.fullmatch(new.name):
        return "a command is a word of small letters, digits, _ and -, of at most 32 characters"
    if new.kind is HookKind.INCOMING and new.url:
        return "an incoming hook calls no address"
    if new.kind is not HookKind.INCOMING and not new.url:
        return "the address that it calls is missing"
    return ""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
