"""Get-CsPersistentChatEligiblePrincipal: whom a category allows, one by one (reference/cmdlets.md section 2.9)."""

from collections.abc import Sequence

from parlour.admin.engine import Cmdlet, Example, Meta, PsObject, parameter
from parlour.admin.engine.patterns import like
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.model import Person

PRINCIPAL = "Microsoft.Rtc.Management.GroupChat.Cmdlets.ADPersistentChatPrincipal"


def shown(person: Person) -> PsObject:
    """Return the person as administrators see him."""
    return PsObject((PRINCIPAL,), {
        "DisplayName": person.display_name, "SipAddress": str(person.address), "PersistentChatPrincipalType": "user",
        "Guid": person.guid}, text=str(person.address))


class GetCsPersistentChatEligiblePrincipal(Cmdlet):
    """Lists the people who may be given a role in a category's rooms, with all groups and containers opened.

    Get-CsPersistentChatCategory and Get-CsPersistentChatRoom show the lists as they were written; this shows whom they
    mean: everybody who is allowed and not denied.
    """

    meta = Meta("Get-CsPersistentChatEligiblePrincipal", outputs=(PRINCIPAL,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                examples=(
                    Example('Get-CsPersistentChatEligiblePrincipal -Category "General"', "Lists whom it allows."),
                    Example('Get-CsPersistentChatEligiblePrincipal -Room "Engineering" -Filter "*alice*"',
                            "Says whether somebody could be a member."),))
    category: str = parameter(
        values=Values.CATEGORY,
        mandatory=True, sets=("Category",), help="The category: its name, or pool, backslash and name.")
    room: str = parameter(
        values=Values.ROOM, mandatory=True, sets=("Room",), help="The room: its name, or pool, backslash and name.")
    presenters: bool = parameter(
        sets=("Room",), help="Lists who may become a presenter of an Auditorium: its members.")
    filter: str | None = parameter(help="SIP addresses, with * and ? as wildcards.")
    persistent_chat_pool_fqdn: str | None = parameter(values=Values.POOL, help="Pool, if there are several.")
    result_size: int | None = parameter(help="At most this many; 0 for none.")

    async def process(self) -> None:
        """List them."""
        found = [person for person in await self._people()
                 if self.filter is None or like(str(person.address), self.filter)]
        await self.write_all(map(shown, found[:self.result_size]))

    async def _people(self) -> Sequence[Person]:
        admin = self.service(Core).administration
        if self.category:
            return await admin.people_allowed(await admin.category_named(self.category, self.persistent_chat_pool_fqdn))
        room = await admin.room_named(self._with_pool(self.room))
        if self.presenters:
            return await admin.people_presentable(room)
        return await admin.people_allowed(await admin.category_named(room.category, room.pool))

    def _with_pool(self, room: str) -> str:
        pool = self.persistent_chat_pool_fqdn
        return room if pool is None or "\\" in room else f"{pool}\\{room}"


CMDLETS = (GetCsPersistentChatEligiblePrincipal,)
