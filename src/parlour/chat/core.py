"""The core as one piece: its services, put together from what the rest of the house provides."""

from collections.abc import Callable
from dataclasses import dataclass

from parlour.chat.access import Access
from parlour.chat.administration import ChatAdministration
from parlour.chat.finding import RoomFinder
from parlour.chat.history import History
from parlour.chat.ports import Bus, Directory, MessageLog, RoomStore
from parlour.chat.presence import Presence
from parlour.chat.service import Chat, ChatLimits
from parlour.clock import Clock

PARTICIPANT_LIMIT = 75  # the original's ParticipantUpdateLimit (reference/product.md section 2.1)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the core keeps things.

    Attributes:
        log: messages.
        rooms: rooms and categories.
    """

    log: MessageLog
    rooms: RoomStore


@dataclass(frozen=True, slots=True)
class Core:
    """Every service of the core: what doors and cmdlets call.

    Attributes:
        access: who may do what, and why.
        chat: taking part in rooms.
        history: reading what was said.
        finder: finding rooms.
        administration: making and changing rooms and categories.
    """

    access: Access
    chat: Chat
    history: History
    finder: RoomFinder
    administration: ChatAdministration


def make_core(
    stores: Stores, *, directory: Directory, bus: Bus, clock: Clock, new_guid: Callable[[], str],
    limits: ChatLimits | None = None,
) -> Core:
    """Put the core together.

    Args:
        stores: where things are kept.
        directory: who is who.
        bus: carries events between nodes.
        clock: gives everything its time.
        new_guid: makes the GUIDs of rooms and categories.
        limits: bounds.
    """
    limits = limits or ChatLimits()
    presence = Presence(bus, lambda _: PARTICIPANT_LIMIT)
    access = Access(stores.rooms, directory)
    chat = Chat(log=stores.log, access=access, presence=presence, bus=bus, clock=clock, limits=limits)
    return Core(
        access=access,
        chat=chat,
        history=History(access, stores.log, limits.history),
        finder=RoomFinder(access, stores.rooms, presence, limits.search),
        administration=ChatAdministration(chat, stores.rooms, directory, new_guid),
    )
