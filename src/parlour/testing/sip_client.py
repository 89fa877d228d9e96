"""A scripted Lync-style client: what pidgin-sipe sends, and what it insists on, without pidgin-sipe.

Example::

    async with SipClient("alice@litwareinc.com", "127.0.0.1", 5061) as alice:
        await alice.register("secret")
        await alice.open_chat("sip:pce@litwareinc.com")
        rooms = (await alice.chansrch()).rooms
        await alice.join(rooms["Engineering"])
        await alice.post(rooms["Engineering"], "hello")
        event = await alice.next("grpchat", text="hello")
"""

import asyncio
from collections.abc import Iterable, Sequence
from html import escape

from parlour.sip import Response
from parlour.sipclient import ChatClient, ChatEvent
from parlour.sipclient.xccos import channel_id
from parlour.testing.sip_user import SipUser

CONTACTS = "vnd-microsoft-roaming-contacts"
SELF = "vnd-microsoft-roaming-self"

_PUBLICATION = ('<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="{uri}">'
                '<publication categoryName="state" instance="1" container="2" version="0" expireType="endpoint">'
                '<state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="true">'
                "<availability>{availability}</availability></state></publication></publications></publish>")


class SipClient(SipUser, ChatClient):
    """A person who chats: presence, the way to the chat service, rooms and messages.

    Attributes:
        events: every chat event received, in order.
    """

    def __init__(self, address: str, host: str, port: int, *, tls: bool = True) -> None:
        super().__init__(address, host, port, tls=tls)
        self.events: list[ChatEvent] = []

    async def publish(self, availability: int = 3500, within: float = 10) -> Response:
        """Publish presence; 3500 is available, 6500 busy, 15500 away (MS-PRES section 2.2.2.7.6)."""
        body = _PUBLICATION.format(uri=escape(self.uri), availability=availability).encode()
        headers = [("Contact", self._contact()), ("Content-Type", "application/msrtc-category-publish+xml")]
        return await self.send(self._outside("SERVICE", self.uri, self.uri, headers, body), within)

    async def bjoin(self, rooms: Sequence[str]) -> ChatEvent:
        """Join several rooms in one go."""
        return await self.command("bjoin", "".join(channel_id(room, key) for key, room in enumerate(rooms)))

    async def bccontext(self, room: str, count: int = 25) -> ChatEvent:
        """Fetch the last messages of a room."""
        return await self.command(
            "bccontext", f'<chanib uri="{escape(room)}"/><bcq><last cnt="{count}"/></bcq>')

    async def getinv(self, domain: str = "litwareinc.com") -> ChatEvent:
        """Ask for invitations."""
        return await self.command("getinv", f'<inv inviteId="1" domain="{escape(domain)}"/>')

    async def getserverinfo(self, domain: str = "litwareinc.com") -> ChatEvent:
        """Ask for the server's limits."""
        return await self.command("getserverinfo", f'<sib domain="{escape(domain)}" infoType="123"/>')

    async def post_all(self, room: str, texts: Iterable[str], within: float = 60) -> list[Response]:
        """Post many messages without waiting in between; return all final responses, in the same order."""
        answers = [self.wire.request(self.post_request(room, text)) for text in texts]
        async with asyncio.timeout(within):
            return list(await asyncio.gather(*answers))

    def heard(self, room: str) -> list[str]:
        """The texts of all messages received in a room, in order."""
        return [event.message.text for event in self.events if event.kind == "grpchat" and event.message.room == room]

    def _arrived(self, event: ChatEvent) -> None:
        self.events.append(event)
