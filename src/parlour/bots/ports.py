"""What bots need from the rest of the house. Storage and directory provide it; node.py plugs it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parlour.addresses import RoomUri
from parlour.bots.model import Bot, Hook, HookKind, NewBot, NewHook
from parlour.chat.model import Person


@dataclass(frozen=True, slots=True, repr=False)
class HookRow:
    """A hook on its way into the store.

    Attributes:
        token: hash of the secret of an incoming one; None for the others.
        sealed: the sealed secret of the others.
    """

    guid: str
    new: NewHook
    room_id: int
    bot_id: int
    creator: str
    created_at: datetime
    cursor: int
    token: str | None
    sealed: bytes


class HookStore(Protocol):
    """Hooks as they are kept; they go with their rooms."""

    async def add(self, row: HookRow, most: int) -> Hook:
        """Keep a hook. Errors: HooksTooMany, HookExists for a command that the room has, ChatRoomGone."""
        ...

    async def all(self) -> list[Hook]:
        """Return every hook, by room and name."""
        ...

    async def of_room(self, room: RoomUri, kind: HookKind | None = None) -> list[Hook]:
        """Return the hooks of a room, by name; of one kind, if one is given."""
        ...

    async def find(self, guid: str) -> Hook | None:
        """Find a hook."""
        ...

    async def by_token(self, token: str) -> Hook | None:
        """Find an incoming hook by the hash of its secret."""
        ...

    async def advance(self, hook_id: int, cursor: int) -> None:
        """Note that everything up to an entry was told; what failed before is forgotten."""
        ...

    async def failing(self, hook_id: int, since: datetime, fault: str) -> None:
        """Note that telling fails."""
        ...

    async def switch(self, hook_id: int, *, enabled: bool, fault: str = "") -> None:
        """Switch a hook on or off, with the reason; what failed before is forgotten when it is switched on."""
        ...

    async def remove(self, guid: str) -> bool:
        """Forget a hook; say whether there was one."""
        ...


class BotDirectory(Protocol):
    """The bots of the directory."""

    async def add(self, new: NewBot) -> Bot:
        """Make a bot. Errors: those of people."""
        ...

    async def discard(self, bot: Bot) -> None:
        """Forget a bot that has done nothing yet."""
        ...

    async def find(self, identity: str) -> Bot:
        """Find the bot with this SIP address. Errors: BotNotFound."""
        ...

    async def owned_by(self, owner: Person) -> list[Bot]:
        """Return somebody's bots, by address."""
        ...

    async def is_bot(self, person_id: int) -> bool:
        """Say whether a person is a bot, or was one."""
        ...


class Sealer(Protocol):
    """Keeps secrets that must be read again."""

    def seal(self, secret: bytes, purpose: str, owner: str) -> bytes:
        """Encrypt a secret so that it opens only for the same purpose and owner."""
        ...

    def open(self, sealed: bytes, purpose: str, owner: str) -> bytes:
        """Decrypt what `seal` made."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered: the status, and the beginning of the body."""

    status: int
    body: bytes


class CallFailed(Exception):  # noqa: N818 - what happened, told to whoever made the hook
    """An address was not called, or did not answer as it should; the text says why.

    Args:
        reason: why.
        status: what it answered; 0 if it did not.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class Caller(Protocol):
    """Calls addresses on the network."""

    def check(self, url: str) -> None:
        """Make sure that an address may be called as far as can be seen from it. Errors: HookInvalid."""
        ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post to an address.

        Raises:
            CallFailed: it may not be called, or there was no answer.
        """
        ...
