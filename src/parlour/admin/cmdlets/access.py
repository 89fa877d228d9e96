"""Get-CsPersistentChatAccess: may somebody do something, and why. Parlour's own."""

from parlour.admin.engine import ActsOn, Cmdlet, Example, Meta, PsObject, parameter
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.model import Room
from parlour.chat.rights import Act, Decision
from parlour.directory.people import People

ACCESS = "Parlour.ChatAccess"


class GetCsPersistentChatAccess(Cmdlet):
    """Explains what a person may do in a room, by which rule, and by which way he belongs to what decided.

    These are the very decisions that let him in or refuse him.
    """

    meta = Meta("Get-CsPersistentChatAccess", outputs=(ACCESS,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                acts_on=ActsOn.POOLS, examples=(
        Example('Get-CsPersistentChatAccess -Identity "sip:alice@litwareinc.com" -Room "Engineering"',
                "Explains what she may do there."),))
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, help='SIP address, with or without "sip:".')
    room: str = parameter(
        values=Values.ROOM, position=2, mandatory=True, help="The room: its name, or pool, backslash and name.")

    async def process(self) -> None:
        """Explain."""
        person = await self.service(People).find(self.identity)
        pools = await reached_by(self)
        room = await self.service(Core).administration.room_named(self.room, pools.covers)
        for act, decision in (await self.service(Core).access.explain(person, room)).items():
            await self.write(_shown(room, act, decision))


def _shown(room: Room, act: Act, decision: Decision) -> PsObject:
    return PsObject((ACCESS,), {
        "Act": act.value, "Allowed": decision.allowed, "Rule": decision.rule, "Way": " in ".join(decision.way)},
        text=f"{act.value} {room.name}: {decision.rule}")


CMDLETS = (GetCsPersistentChatAccess,)
