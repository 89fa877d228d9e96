"""What bots and hooks are, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parlour.addresses import RoomUri
from parlour.chat.model import Person


class HookKind(StrEnum):
    """What a hook does."""

    INCOMING = "incoming"  # another system posts through it
    OUTGOING = "outgoing"  # what happens in the room is told to an address
    COMMAND = "command"  # "/name" in the room asks an address


@dataclass(frozen=True, slots=True)
class Bot:
    """A program in the directory: it stands in lists as anybody does, and has no password.

    Attributes:
        person: under which name it takes part.
        owner: who may use it and make its tokens, besides administrators; None for nobody.
        description: what it is for.
        created_at: when it was made.
    """

    person: Person
    owner: Person | None
    description: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewBot:
    """What is given to make a bot.

    Attributes:
        address: its SIP address, with or without ``sip:``; without one, it gets one that is made of its name.
        name: the name that others see.
        description: what it is for.
        owner: who may use it, besides administrators.
    """

    name: str
    address: str = ""
    description: str = ""
    owner: Person | None = None


@dataclass(frozen=True, slots=True)
class NewHook:
    """What is given to make a hook.

    Attributes:
        kind: what it does.
        name: what it is called; of a command, the word after the slash.
        description: what it is for; of a command, shown to whoever types it.
        url: whom it calls; empty for an incoming one.
        bot: address of the bot that it belongs to; without one, a bot is made for it.
    """

    kind: HookKind
    name: str
    description: str = ""
    url: str = ""
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook of a room.

    Attributes:
        id: number, for the store alone.
        guid: what it is known by.
        room: the room.
        room_id: its number.
        room_name: its name.
        pool: the FQDN of its pool.
        bot: whom it posts as, and reads as.
        creator: SIP address of who made it; empty for the operator of the machine.
        cursor: of an outgoing one, the entry of the room's log up to which everything was told.
        enabled: it works; otherwise `fault` may say why not.
        failing_since: since when nothing has been told, as that fails.
        fault: what went wrong last.
        sealed: the sealed secret that its calls are signed with; nothing for an incoming one.
    """

    id: int
    guid: str
    kind: HookKind
    room: RoomUri
    room_id: int
    room_name: str
    pool: str
    bot: Person
    name: str
    description: str
    url: str
    creator: str
    created_at: datetime
    cursor: int
    enabled: bool
    failing_since: datetime | None
    fault: str
    sealed: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A hook that was just made.

    Attributes:
        hook: the hook.
        secret: shown this once: the end of the address of an incoming one, what the calls of others are signed with.
    """

    hook: Hook
    secret: str


@dataclass(frozen=True, slots=True)
class HookLimits:
    """Bounds of hooks.

    Attributes:
        rate: posts a minute through one incoming hook, and commands a minute of one person; as many may come at once.
        timeout: seconds that an address has to answer.
        give_up: seconds of failure after which a hook is switched off.
        by_managers: managers of rooms make hooks; otherwise administrators alone.
        per_room: most hooks of one room.
        per_owner: most bots of one person who is no administrator.
    """

    rate: int = 60
    timeout: float = 10.0
    give_up: float = 86_400.0
    by_managers: bool = True
    per_room: int = 20
    per_owner: int = 100
