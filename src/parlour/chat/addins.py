"""Add-ins: web pages that clients show beside a room. Administrators register them, rooms have one at most."""

import re

from parlour.chat.model import Addin
from parlour.chat.names import Covers, all_pools, checked_name, name_key, split_identity, the_only
from parlour.chat.ports import AddinStore, RoomStore
from parlour.chat.service import Chat
from parlour.errors import ADDIN_NOT_FOUND, ADDIN_URL_INVALID, ROOM_NAME_INVALID, ParlourError

MAX_NAME = 50
MAX_URL = 255
_URL = re.compile(r"https?://[^\s/?#\\@]+([/?#][^\s\\]*)?", re.IGNORECASE | re.ASCII)


class Addins:
    """The registered add-ins (reference/product.md section 2.5).

    Args:
        store: where they are kept.
        rooms: where rooms are kept.
        chat: told when one of its rooms shows another page.
    """

    def __init__(self, store: AddinStore, rooms: RoomStore, chat: Chat) -> None:
        self._store = store
        self._rooms = rooms
        self._chat = chat

    async def all(self) -> list[Addin]:
        """Return every add-in, by pool and name."""
        return await self._store.all()

    async def named(self, identity: str, covers: Covers = all_pools) -> Addin:
        """Find the add-in that is called so: pool, backslash and name or, where that is clear, its name.

        Args:
            identity: the name.
            covers: which pools count.

        Raises:
            ParlourError: ChatAddinNotFound, NameNeedsPool.
        """
        pool, name = split_identity(identity)
        found = [one for one in await self._store.all()
                 if covers(one.pool) and name_key(one.name) == name_key(name)
                 and (pool is None or one.pool == pool.lower())]
        return the_only(found, identity, ADDIN_NOT_FOUND)

    async def add(self, name: str, url: str, pool: str | None, guid: str, *, trial: bool = False) -> Addin:
        """Register an add-in; without a pool, in the only one. A trial only shows what would come of it.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatAddinUrlInvalid, ChatAddinExists, PoolUnknown, NameNeedsPool.
        """
        return await self._store.add(checked_addin_name(name), checked_addin_url(url), pool, guid, trial=trial)

    async def change(self, addin: Addin, name: str | None, url: str | None) -> Addin:
        """Rename an add-in, or give it another address; None leaves as it is. Whoever is in its rooms is told.

        Raises:
            ParlourError: ChatRoomNameInvalid, ChatAddinUrlInvalid, ChatAddinExists, ChatAddinNotFound.
        """
        users = await self._users(addin)
        changed = await self._store.change(
            addin, addin.name if name is None else checked_addin_name(name),
            addin.url if url is None else checked_addin_url(url))
        await self._chat.rights_changed(users)
        return changed

    async def remove(self, addin: Addin, *, force: bool) -> None:
        """Unregister an add-in; with `force`, rooms that have it have none then.

        Raises:
            ParlourError: ChatAddinInUse.
        """
        users = await self._users(addin)
        await self._store.remove(addin, force=force)
        await self._chat.rights_changed(users)

    async def _users(self, addin: Addin) -> list[int]:
        return [room.id for room in await self._rooms.all() if room.addin is not None and room.addin.id == addin.id]


def checked_addin_name(name: str) -> str:
    """Return `name` if an add-in may be called so.

    Raises:
        ParlourError: ChatRoomNameInvalid.
    """
    if len(name) > MAX_NAME:
        reason = f"it has more than {MAX_NAME} characters"
        raise ParlourError(ROOM_NAME_INVALID, name[:80], what="add-in name", reason=reason)
    return checked_name(name, "add-in name")


def checked_addin_url(url: str) -> str:
    """Return `url` if an add-in may have this address.

    Raises:
        ParlourError: ChatAddinUrlInvalid.
    """
    if len(url) > MAX_URL or not _URL.fullmatch(url):
        raise ParlourError(ADDIN_URL_INVALID, url[:80], url=url[:80], limit=MAX_URL)
    return url
