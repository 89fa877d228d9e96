"""The core as one piece: its services, put together from what the rest of the house provides."""

from collections.abc import Callable
from dataclasses import dataclass

from parlour.chat.access import Access
from parlour.chat.addins import Addins
from parlour.chat.administration import ChatAdministration
from parlour.chat.contents import Contents
from parlour.chat.feeds import Feeds
from parlour.chat.files import Files
from parlour.chat.finding import RoomFinder
from parlour.chat.following import Following
from parlour.chat.history import History
from parlour.chat.invitations import Invitations
from parlour.chat.management import Management
from parlour.chat.membership import Membership
from parlour.chat.pins import Pins
from parlour.chat.ports import (
    AddinStore,
    BlobStore,
    Bus,
    Directory,
    FeedStore,
    FileStore,
    InvitationStore,
    MessageLog,
    PinStore,
    ReadingStore,
    RequestStore,
    RoomStore,
    SearchStore,
)
from parlour.chat.presence import Presence
from parlour.chat.scoped import Configurations, Policies, ServiceStore
from parlour.chat.search import MessageSearch, SearchLimits
from parlour.chat.service import Chat, ChatLimits
from parlour.clock import Clock


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the core keeps things.

    Attributes:
        log: messages.
        rooms: rooms and categories.
        search: messages, by what they say.
        reading: follows, marks and mentions.
        feeds: topic feeds.
        pins: pinned messages.
        addins: add-ins.
        files: which files there are.
        blobs: their bytes.
        requests: requests to join.
        invitations: invitations.
        service: policies and configurations.
    """

    log: MessageLog
    rooms: RoomStore
    search: SearchStore
    reading: ReadingStore
    feeds: FeedStore
    pins: PinStore
    addins: AddinStore
    files: FileStore
    blobs: BlobStore
    requests: RequestStore
    invitations: InvitationStore
    service: ServiceStore


@dataclass(frozen=True, slots=True)
class Core:
    """Every service of the core: what doors and cmdlets call.

    Attributes:
        access: who may do what, and why.
        chat: taking part in rooms.
        history: reading what was said.
        search: finding messages.
        finder: finding rooms.
        following: what somebody follows, and has not read.
        feeds: what somebody wants to see of what he follows.
        pins: what is pinned.
        addins: web pages beside rooms.
        files: up- and downloads.
        invitations: who is invited where.
        membership: asking to join, and leaving.
        management: making and changing rooms as a creator or manager.
        administration: making and changing rooms and categories.
        contents: all that was said in a room, for administrators.
        policies: who may use Persistent Chat at all.
        configurations: how the service behaves in each pool.
    """

    access: Access
    chat: Chat
    history: History
    search: MessageSearch
    finder: RoomFinder
    following: Following
    feeds: Feeds
    pins: Pins
    addins: Addins
    files: Files
    invitations: Invitations
    membership: Membership
    management: Management
    administration: ChatAdministration
    contents: Contents
    policies: Policies
    configurations: Configurations

    async def load(self) -> None:
        """Read what is kept in memory; to be called before anything else."""
        await self.policies.load()
        await self.configurations.load()


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
    policies, configurations = Policies(stores.service), Configurations(stores.service)
    presence = Presence(bus, lambda room: configurations.of_pool(room.pool).participant_update_limit)
    access = Access(stores.rooms, directory, policies)
    chat = Chat(log=stores.log, access=access, presence=presence, bus=bus, clock=clock, limits=limits)
    policies.on_changed(chat.rights_changed)
    configurations.on_changed(presence.limits_changed)
    invitations = Invitations(access, stores.rooms, stores.invitations, directory, bus, clock)
    found = SearchLimits(messages=limits.search)
    search = MessageSearch(access, stores.search, found)
    administration = ChatAdministration(chat, stores.rooms, directory, invitations, search, new_guid)
    following = Following(access=access, rooms=stores.rooms, store=stores.reading, presence=presence, bus=bus,
                          clock=clock, limit=limits.history)
    chat.on_rights_changed(following.restore)
    return Core(
        access=access,
        chat=chat,
        history=History(access, stores.log, limits.history),
        search=search,
        finder=RoomFinder(access, presence, limits.search),
        following=following,
        feeds=Feeds(stores.feeds, following, search, found),
        pins=Pins(access, stores.log, stores.pins, bus, clock),
        addins=Addins(stores.addins, stores.rooms, chat),
        files=Files(access=access, store=stores.files, blobs=stores.blobs, configurations=configurations, clock=clock,
                    new_guid=new_guid),
        invitations=invitations,
        membership=Membership(access=access, rooms=stores.rooms, store=stores.requests, directory=directory, chat=chat,
                              invitations=invitations, bus=bus, clock=clock, editing=administration.editing),
        management=Management(access, administration),
        administration=administration,
        contents=Contents(chat, stores.log),
        policies=policies,
        configurations=configurations,
    )
