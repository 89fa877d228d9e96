"""New-, Get-, Set- and Remove-CsPersistentChatCategory (reference/cmdlets.md section 2.3)."""

from collections.abc import Mapping, Sequence

from parlour.admin.cmdlets.lists import AS_OBJECT_HELP, LIST_HELP, changed_lists, names_in, shown_list
from parlour.admin.engine import (
    ActsOn,
    Cmdlet,
    Example,
    ListModifier,
    Meta,
    Pipeline,
    PsObject,
    Value,
    parameter,
    to_text,
)
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import PRINCIPALS, Values
from parlour.chat.core import Core
from parlour.chat.model import Category, CategoryChange, NewCategory
from parlour.chat.principals import CategoryRole, Principal

CATEGORY = "Microsoft.Rtc.Management.Chat.Cmdlets.Category"
_IDENTITY = "The category: pool, backslash, name."
_INSTANCE = "A category from Get-."


def shown(
    category: Category, people: Mapping[CategoryRole, Sequence[Principal]], *, names: bool = False
) -> PsObject:
    """Return the category as administrators see it; with `names`, people by their display names."""
    values: dict[str, Value] = {
        "Identity": category.identity, "CategoryUri": category.uri, "Name": category.name,
        "Description": category.description, "NumberOfChatRooms": category.number_of_rooms,
        "Invites": category.invitations, "FileUpload": category.file_upload, "ChatHistory": category.chat_history}
    lists: dict[str, Value] = {str(role): shown_list(people[role], names=names) for role in CategoryRole}
    return PsObject((CATEGORY,), values | lists, text=category.identity)


class NewCsPersistentChatCategory(Cmdlet):
    """Creates a category: rooms behind one wall, which lets nobody in until Set-CsPersistentChatCategory does."""

    meta = Meta("New-CsPersistentChatCategory", should_process=True, outputs=(CATEGORY,),
                roles=CHAT_ADMINISTRATORS, acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatCategory -Name "Trading" -EnableInvitations', "Creates a category."),))
    name: str = parameter(mandatory=True, help="Name: up to 256 characters, the only one in its pool.")
    description: str = parameter(default="", help="What it is for: up to 256 characters.")
    enable_file_upload: bool = parameter(help="Lets people upload files in its rooms.")
    enable_invitations: bool = parameter(help="Invites people when they are given access to its rooms.")
    remove_chat_history: bool = parameter(help="Keeps no messages for the people in its rooms.")
    persistent_chat_pool_fqdn: str | None = parameter(values=Values.POOL, help="Pool, if there are several.")

    async def process(self) -> None:
        """Create the category."""
        admin = self.service(Core).administration
        pool = (await reached_by(self)).pool_for(self.persistent_chat_pool_fqdn, "category")
        new = NewCategory(
            self.name, pool, self.description, self.enable_invitations, self.enable_file_upload,
            not self.remove_chat_history)
        if self.is_trial:
            await admin.create_category(new, trial=True)
        if await self.should_process(self.name):
            made = await admin.create_category(new)
            await self.write(shown(made, await admin.category_people(made)))


class GetCsPersistentChatCategory(Cmdlet):
    """Lists the categories that rooms are made in."""

    meta = Meta("Get-CsPersistentChatCategory", outputs=(CATEGORY,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="Pool", acts_on=ActsOn.POOLS,
                examples=(Example("Get-CsPersistentChatCategory", "Lists all categories."),))
    identity: str | None = parameter(
        values=Values.CATEGORY, position=1, mandatory=True, sets=("Identity",), help=_IDENTITY)
    persistent_chat_pool_fqdn: str | None = parameter(
        values=Values.POOL, sets=("Pool",), help="Only categories of this pool.")
    as_object: bool = parameter(help="Shows people by display name instead of SIP address.")

    async def process(self) -> None:
        """List categories."""
        admin, pools = self.service(Core).administration, await reached_by(self)
        if self.identity is not None:
            found = [await admin.category_named(self.identity, covers=pools.covers)]
        else:
            pool = self.persistent_chat_pool_fqdn
            found = [item for item in pools.among(await admin.all_categories())
                     if pool is None or item.pool == pool.lower()]
        for category in found:
            await self.write(shown(category, await admin.category_people(category), names=self.as_object))


class _OneCategory(Cmdlet):
    """What cmdlets for one existing category have in common."""

    identity: str | None = parameter(
        values=Values.CATEGORY, position=1, mandatory=True, sets=("Identity",), help=_IDENTITY)
    instance: PsObject | None = parameter(
        mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help=_INSTANCE)

    async def category(self) -> Category:
        """Return the category that is meant."""
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        pools = await reached_by(self)
        return await self.service(Core).administration.category_named(identity or "", covers=pools.covers)


class SetCsPersistentChatCategory(_OneCategory):
    """Changes a category. Whoever is in one of its rooms and is not allowed any more leaves at once."""

    meta = Meta("Set-CsPersistentChatCategory", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('Set-CsPersistentChatCategory -Identity "General" -AllowedMembers '
                '@{Add="sip:alice@litwareinc.com"} -WhatIf', "Says what would be changed."),))
    name: str | None = parameter(help="New name.")
    description: str | None = parameter(help="New description.")
    invitations: bool | None = parameter(boolean=True, help="$true invites people who are given access.")
    file_upload: bool | None = parameter(boolean=True, help="$true lets people upload files.")
    chat_history: bool | None = parameter(boolean=True, help="$false keeps no messages for people.")
    allowed_members: ListModifier | None = parameter(values=PRINCIPALS, help=f"Who may be in its rooms. {LIST_HELP}")
    denied_members: ListModifier | None = parameter(
        values=PRINCIPALS, help=f"Who may not, whatever else allows him. {LIST_HELP}")
    creators: ListModifier | None = parameter(values=PRINCIPALS, help=f"Who may make rooms in it. {LIST_HELP}")
    as_object: bool = parameter(help=AS_OBJECT_HELP)

    async def process(self) -> None:
        """Change the category."""
        admin = self.service(Core).administration
        category = await self.category()
        modifiers = {CategoryRole.ALLOWED: self.allowed_members, CategoryRole.DENIED: self.denied_members,
                     CategoryRole.CREATOR: self.creators}
        if self.is_trial:
            await admin.try_category(category, await self._change(category, modifiers))
        if not await self.should_process(category.identity):
            return
        async with admin.editing:  # nothing is said in here: whoever listens may be slow, and others wait
            await admin.change_category(category, await self._change(category, modifiers))

    async def _change(
        self, category: Category, modifiers: Mapping[CategoryRole, ListModifier | None]
    ) -> CategoryChange:
        """Return what changes, with whole lists made of those that there are now."""
        people = await self.service(Core).administration.category_people(category)
        lists = changed_lists(people, modifiers, await names_in(self, people, self.as_object))
        return CategoryChange(
            self.name, self.description, self.invitations, self.file_upload, self.chat_history, lists)


class RemoveCsPersistentChatCategory(_OneCategory):
    """Deletes a category without rooms."""

    meta = Meta("Remove-CsPersistentChatCategory", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('Remove-CsPersistentChatCategory -Identity "Trading"', "Deletes an empty category."),))
    instance: PsObject | None = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help=_INSTANCE)

    async def process(self) -> None:
        """Delete the category."""
        category = await self.category()
        if await self.should_process(category.identity):
            await self.service(Core).administration.remove_category(category)


CMDLETS = (NewCsPersistentChatCategory, GetCsPersistentChatCategory, SetCsPersistentChatCategory,
           RemoveCsPersistentChatCategory)
