"""Files of rooms, on the stage "core": texts, which are given out by tokens."""

from collections.abc import AsyncIterator

from parlour.chat.files import Grant
from parlour.node import Node
from parlour.testing.conversations.core_base import CorePlace, refusals
from parlour.testing.conversations.values import Endpoint, ScriptError


class Filing(CorePlace):
    """Files are known by their rooms and names; of several with the same, the last is meant."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._files: dict[tuple[str, str], str] = {}
        self._grants: dict[tuple[Endpoint, str], Grant] = {}

    async def upload(self, who: Endpoint, text: str, name: str, room: str) -> None:
        """Upload a file."""
        uri = self.administrator.room(room)
        with refusals():
            grant = await self._core.files.grant_upload(await self._person(who), uri, name)
            found = await self._core.files.receive(grant.token, _chunks(text))
        self._files[room, name] = found.guid

    async def ask_file(self, who: Endpoint, name: str, room: str) -> None:
        """Ask for a file: what comes back lets one take it."""
        uri = self.administrator.room(room)
        if (room, name) not in self._files:
            raise ScriptError(0, f'nobody has uploaded a file "{name}" to "{room}"')
        with refusals():
            self._grants[who, name] = await self._core.files.grant_download(
                await self._person(who), uri, self._files[room, name])

    async def take_file(self, who: Endpoint, name: str) -> str:
        """Return what is in a file that somebody asked for."""
        if (who, name) not in self._grants:
            raise ScriptError(0, f'{who} has not asked for a file "{name}"')
        with refusals():
            found = await self._core.files.send(self._grants[who, name].token)
            return b"".join([piece async for piece in found.content]).decode()


async def _chunks(text: str) -> AsyncIterator[bytes]:
    yield text.encode()
