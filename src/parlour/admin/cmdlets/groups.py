"""Groups of the built-in directory. Parlour's own: the original had those of Active Directory."""

from parlour.admin.cmdlets.lists import LIST_HELP
from parlour.admin.engine import Cmdlet, Example, ListModifier, Meta, Pipeline, PsObject, parameter
from parlour.admin.guard import check_group
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS, USER_ADMINISTRATORS, Roles
from parlour.admin.values import PRINCIPALS, Values
from parlour.chat.core import Core
from parlour.directory.groups import Group, Groups
from parlour.errors import ROLE_GROUP_IN_USE, ParlourError

GROUP = "Parlour.DirectoryGroup"
_IDENTITY = "Name or distinguished name of the group."


def shown(group: Group) -> PsObject:
    """Return the group as administrators see it."""
    return PsObject((GROUP,), {
        "Identity": group.principal.name, "Name": group.principal.display_name, "Members": list(group.members)},
        text=group.principal.name)


class GetCsGroup(Cmdlet):
    """Lists the groups of the built-in directory."""

    meta = Meta("Get-CsGroup", outputs=(GROUP,), roles=(*USER_ADMINISTRATORS, *CHAT_ADMINISTRATORS[1:], *READERS),
                examples=(Example("Get-CsGroup", "Lists all groups."),))
    identity: str | None = parameter(
        values=Values.GROUP, position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_IDENTITY)

    async def process(self) -> None:
        """List groups."""
        groups = self.service(Groups)
        found = await groups.all() if self.identity is None else [await groups.find(self.identity)]
        await self.write_all(map(shown, found))


class NewCsGroup(Cmdlet):
    """Makes a group of the built-in directory."""

    meta = Meta("New-CsGroup", should_process=True, outputs=(GROUP,), roles=USER_ADMINISTRATORS, examples=(
        Example('New-CsGroup -Name "Traders"', "Makes an empty group."),))
    name: str = parameter(position=1, mandatory=True, help="Name of the group.")

    async def process(self) -> None:
        """Make the group."""
        if await self.should_process(self.name):
            await self.write(shown(await self.service(Groups).add(self.name)))


class SetCsGroup(Cmdlet):
    """Changes who is in a group; rights that depend on it change at once."""

    meta = Meta("Set-CsGroup", should_process=True, roles=USER_ADMINISTRATORS, examples=(
        Example('Set-CsGroup -Identity "Traders" -Members @{Add="sip:alice@litwareinc.com"} -WhatIf',
                "Says what would be changed."),))
    identity: str = parameter(
        values=Values.GROUP, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_IDENTITY)
    members: ListModifier = parameter(values=PRINCIPALS, mandatory=True, help=f"Who is in it. {LIST_HELP}")

    async def process(self) -> None:
        """Change the group."""
        groups = self.service(Groups)
        found = await groups.find(self.identity)
        await check_group(self, found)
        name = found.principal.name
        if not await self.should_process(name):
            return
        core = self.service(Core)
        async with core.administration.editing:
            group = await groups.find(name)
            await check_group(self, group)  # it may have come into another one meanwhile
            await groups.set_members(group, self.members.apply(group.members))
        await core.chat.rights_changed()


class RemoveCsGroup(Cmdlet):
    """Deletes a group; it vanishes from every list it stands in."""

    meta = Meta("Remove-CsGroup", should_process=True, roles=USER_ADMINISTRATORS, examples=(
        Example('Remove-CsGroup -Identity "Traders"', "Deletes the group."),))
    identity: str = parameter(
        values=Values.GROUP, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_IDENTITY)

    async def process(self) -> None:
        """Delete the group."""
        groups = self.service(Groups)
        group = await groups.find(self.identity)
        await check_group(self, group)
        await self._refuse_role(group)
        if await self.should_process(group.principal.name):
            await groups.remove(group)
            await self.service(Core).chat.rights_changed()

    async def _refuse_role(self, group: Group) -> None:
        """Keep the group of a role: another one of its name would have the role."""
        roles = {role.identity.casefold() for role in await self.service(Roles).all()}
        if group.principal.display_name.casefold() in roles:
            raise ParlourError(ROLE_GROUP_IN_USE, group.principal.name, identity=group.principal.display_name)


CMDLETS = (GetCsGroup, NewCsGroup, SetCsGroup, RemoveCsGroup)
