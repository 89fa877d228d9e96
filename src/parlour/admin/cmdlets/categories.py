"""Get-CsPersistentChatCategory (reference/cmdlets.md section 2.3)."""

from parlour.admin.engine import Cmdlet, Example, Meta, PsObject, parameter
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.chat.administration import ChatAdministration
from parlour.chat.model import Category
from parlour.errors import CATEGORY_NOT_FOUND, ParlourError

CATEGORY = "Microsoft.Rtc.Management.Chat.Cmdlets.Category"


def shown(category: Category) -> PsObject:
    """Return the category as administrators see it."""
    return PsObject((CATEGORY,), {
        "Identity": category.identity, "CategoryUri": category.uri, "Name": category.name,
        "Description": category.description, "NumberOfChatRooms": category.number_of_rooms,
        "Invites": category.invitations, "FileUpload": category.file_upload, "ChatHistory": category.chat_history,
    }, text=category.identity)


class GetCsPersistentChatCategory(Cmdlet):
    """Lists the categories that rooms are made in."""

    meta = Meta("Get-CsPersistentChatCategory", outputs=(CATEGORY,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="Pool", examples=(Example("Get-CsPersistentChatCategory", "Lists all categories."),))
    identity: str | None = parameter(
        position=1, mandatory=True, sets=("Identity",), help="The category: pool, backslash, name.")
    persistent_chat_pool_fqdn: str | None = parameter(sets=("Pool",), help="Only categories of this pool.")

    async def process(self) -> None:
        """List categories."""
        found = [item for item in await self.service(ChatAdministration).all_categories() if self._matches(item)]
        if self.identity is not None and not found:
            raise ParlourError(CATEGORY_NOT_FOUND, self.identity, identity=self.identity)
        await self.write_all(map(shown, found))

    def _matches(self, category: Category) -> bool:
        if self.identity is not None:
            return self.identity.lower() in (category.identity.lower(), category.name.lower())
        return self.persistent_chat_pool_fqdn is None or category.pool == self.persistent_chat_pool_fqdn.lower()


CMDLETS = (GetCsPersistentChatCategory,)
