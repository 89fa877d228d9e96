"""Get-CsPersistentChatSession: who is in the chat now. Parlour's own."""

from collections.abc import Mapping, Sequence

from parlour.admin.cmdlets.directory import PEOPLE_HELP, people_called
from parlour.admin.engine import Cmdlet, Example, Meta, Pipeline, PsObject, Size, limit_of, parameter
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.service import SessionView

SESSION = "Parlour.ChatSession"


def shown(session: SessionView) -> PsObject:
    """Return the session as administrators see it; as text, it is whose it is."""
    address = str(session.person.address)
    return PsObject((SESSION,), {
        "Identity": address, "SipAddress": address, "DisplayName": session.person.display_name,
        "Rooms": sorted(room.name for room in session.rooms), "Since": session.began_at}, text=address)


class GetCsPersistentChatSession(Cmdlet):
    """Lists who has a session with the chat service now, and which rooms each has open, the secret ones included.

    Who has signed in on several devices has several sessions. While no node serves the deployment, there are none.
    """

    meta = Meta("Get-CsPersistentChatSession", outputs=(SESSION,), roles=(*CHAT_ADMINISTRATORS, *READERS), examples=(
        Example("Get-CsPersistentChatSession", "Lists all sessions."),
        Example('Get-CsPersistentChatSession -Room "Engineering"', "Lists who has that room open."),
        Example('Get-CsUser -OU "OU=Sales,DC=litwareinc,DC=com" | Get-CsPersistentChatSession',
                "Lists the sessions of the people of a container."),))
    identity: str | None = parameter(
        values=Values.PERSON,
        position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=f"{PEOPLE_HELP} Without it, everybody.")
    room: str | None = parameter(
        values=Values.ROOM, help="Only sessions that have this room open: its name, or pool, backslash and name.")
    result_size: Size | None = parameter(help="At most this many; 0 for none, Unlimited for all.")

    async def begin(self) -> None:
        """Begin to count."""
        self._left = limit_of(self.result_size)
        self._by_person: Mapping[int, Sequence[SessionView]] | None = None

    async def process(self) -> None:
        """List sessions."""
        if self._by_person is None:  # once, however many people come through the pipeline
            self._by_person = await self._sessions()
        wanted = self._by_person if self.identity is None else await self._wanted(self.identity)
        chosen = [session for number in wanted for session in self._by_person.get(number, ())][:self._left]
        if self._left is not None:
            self._left -= len(chosen)
        await self.write_all(map(shown, chosen))

    async def _sessions(self) -> Mapping[int, Sequence[SessionView]]:
        """Return the sessions that may be listed, by the number of whose they are, in the order of addresses."""
        core, room_id = self.service(Core), None
        if self.room is not None:
            room_id = (await core.administration.room_named(self.room)).id
        found: dict[int, list[SessionView]] = {}
        for session in sorted(core.chat.sessions(), key=lambda session: session.person.address.key):
            if room_id is None or any(room.id == room_id for room in session.rooms):
                found.setdefault(session.person.id, []).append(session)
        return found

    async def _wanted(self, identity: str) -> Sequence[int]:
        return [person.id for person in await people_called(self, identity)]


CMDLETS = (GetCsPersistentChatSession,)
