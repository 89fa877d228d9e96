"""Clear-CsPersistentChatRoom and Remove-CsPersistentChatMessage (reference/cmdlets.md section 2.2)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum

from parlour.addresses import SipAddress
from parlour.admin.cmdlets.rooms import ROOM_EXAMPLE, OneRoom
from parlour.admin.engine import ActsOn, Boolean, Cmdlet, Example, Impact, Meta, parameter
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.finding import Match
from parlour.chat.model import Content, Message, Room
from parlour.chat.search import MessageQuery, Order
from parlour.errors import MESSAGE_NOT_FOUND, ParlourError

STOCK_TEXT = "This message was replaced by the Persistent Chat administrator."
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


class AndOr(StrEnum):
    """How the keywords of -Filter must occur."""

    AND = "And"
    OR = "Or"
    EXACT = "Exact"


_MATCHES = {AndOr.AND: Match.ALL, AndOr.OR: Match.ANY, AndOr.EXACT: Match.PHRASE}


class ClearCsPersistentChatRoom(OneRoom):
    """Purges what was said in a room up to a date, for good; there is no way back but a backup."""

    meta = Meta("Clear-CsPersistentChatRoom", should_process=True, impact=Impact.HIGH, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
                    Example(rf'Clear-CsPersistentChatRoom -Identity "{ROOM_EXAMPLE}" -EndDate "2025-12-31" -WhatIf',
                            "Says what would be purged."),
                    Example(rf'Clear-CsPersistentChatRoom -Identity "{ROOM_EXAMPLE}" -EndDate "2025-12-31" '
                            "-Confirm:$false", "Purges it without asking."),))
    end_date: datetime = parameter(
        mandatory=True, help="Purge everything of this moment and before; a date alone is its midnight, in UTC.")

    async def process(self) -> None:
        """Purge one room."""
        room = await self.room()
        if await self.should_process(room.identity, f"Purge every message up to {self.end_date:%Y-%m-%d %H:%M:%S} UTC"):
            await self.service(Core).administration.purge_room(room, self.end_date)
            await self.service(Core).files.purge(room, self.end_date)


class RemoveCsPersistentChatMessage(Cmdlet):
    """Replaces or removes some messages of one room; the archive keeps what they said."""

    meta = Meta("Remove-CsPersistentChatMessage", should_process=True, roles=CHAT_ADMINISTRATORS, default_set="Stock",
                acts_on=ActsOn.POOLS, examples=(
                    Example(rf'Remove-CsPersistentChatMessage -Identity "{ROOM_EXAMPLE}" -Filter "salary list" '
                            "-MatchClause Exact -WhatIf", "Says how many messages with that phrase would be replaced."),
                    Example(rf'Remove-CsPersistentChatMessage -Identity "{ROOM_EXAMPLE}" -UserUri '
                            '"sip:bob@litwareinc.com" -Remove', "Removes all that Bob wrote there."),))
    identity: str = parameter(
        values=Values.ROOM,
        mandatory=True, sets=("Stock", "Remove", "Replace"), help="The room: pool, backslash, name.")
    remove: bool = parameter(mandatory=True, sets=("Remove",), help="Leaves no text in place of a message.")
    replace_message: str | None = parameter(
        mandatory=True, sets=("Replace",), help=f'The text in place of a message; without it, "{STOCK_TEXT}"')
    filter: str = parameter(default="", help="Keywords, with spaces between them.")
    match_clause: AndOr = parameter(default=AndOr.AND, help="And: all keywords occur; Or: any; Exact: as one phrase.")
    case_sensitive: Boolean = parameter(default=False, help="$true: letter case counts.")
    user_uri: str | None = parameter(values=Values.PERSON, help="Only messages by this SIP address.")
    start_date: datetime | None = parameter(help="Only messages of this moment and later, in UTC.")
    end_date: datetime | None = parameter(help="Only messages of this moment and before, in UTC.")

    async def process(self) -> None:
        """Correct every message that fits."""
        admin, pools = self.service(Core).administration, await reached_by(self)
        room = await admin.room_named(self.identity, pools.covers)
        found = [message.number async for message in self._found(room)]
        many = f"{len(found)} message{'' if len(found) == 1 else 's'}"
        if not found or not await self.should_process(room.identity, f"{self._action} {many}"):
            return
        content = None if self.remove else Content(self.replace_message or STOCK_TEXT)
        for done, number in enumerate(found):
            await self.context.progress(self._activity(room), done, len(found))
            try:
                await admin.correct_message(room, number, content)
            except ParlourError as gone:
                if gone.kind is not MESSAGE_NOT_FOUND:  # its author was faster
                    raise

    def _activity(self, room: Room) -> str:
        return f"{'Removing' if self.remove else 'Replacing'} messages of {room.name}"

    @property
    def _action(self) -> str:
        return "Remove" if self.remove else "Replace"

    def _found(self, room: Room) -> AsyncIterator[Message]:
        query = MessageQuery(
            (room.uri,), self.filter, match=_MATCHES[self.match_clause], match_case=self.case_sensitive,
            authors=() if self.user_uri is None else (SipAddress.parse(self.user_uri),),
            since=self.start_date or _ALWAYS, until=self.end_date, order=Order.OLDEST)
        return self.service(Core).administration.find_messages(room, query)


CMDLETS = (ClearCsPersistentChatRoom, RemoveCsPersistentChatMessage)
