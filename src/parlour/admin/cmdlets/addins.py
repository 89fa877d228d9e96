"""New-, Get-, Set- and Remove-CsPersistentChatAddin (reference/cmdlets.md section 2.4)."""

from uuid import uuid4

from parlour.admin.engine import ActsOn, Cmdlet, Example, Meta, Pipeline, PsObject, parameter, to_text
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.model import Addin

ADDIN = "Microsoft.Rtc.Management.Chat.Cmdlets.Addin"
_EXAMPLE = r"atl-pcpool-001.litwareinc.com\Ticker"
_IDENTITY = "The add-in: pool, backslash, name; where that is clear, its name."


def shown(addin: Addin) -> PsObject:
    """Return the add-in as administrators see it."""
    return PsObject((ADDIN,), {"Identity": addin.identity, "Name": addin.name, "Url": addin.url}, text=addin.identity)


class NewCsPersistentChatAddin(Cmdlet):
    """Registers a web page that rooms can show beside the conversation."""

    meta = Meta("New-CsPersistentChatAddin", should_process=True, outputs=(ADDIN,),
                roles=CHAT_ADMINISTRATORS, acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatAddin -Name "Ticker" -Url "https://ticker.litwareinc.com/"',
                "Registers a page."),))
    name: str = parameter(mandatory=True, help="Its name: up to 50 characters, the only one in its pool.")
    url: str = parameter(mandatory=True, help="Its address: http or https, up to 255 characters.")
    persistent_chat_pool_fqdn: str | None = parameter(values=Values.POOL, help="Pool, if there are several.")

    async def process(self) -> None:
        """Register it."""
        pool = (await reached_by(self)).pool_for(self.persistent_chat_pool_fqdn, "add-in")
        addins, new = self.service(Core).addins, (self.name, self.url, pool)
        if self.is_trial:
            await addins.add(*new, str(uuid4()), trial=True)
        if await self.should_process(self.name):
            await self.write(shown(await addins.add(*new, str(uuid4()))))


class GetCsPersistentChatAddin(Cmdlet):
    """Lists add-ins."""

    meta = Meta("Get-CsPersistentChatAddin", outputs=(ADDIN,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="Pool", acts_on=ActsOn.POOLS,
                examples=(Example("Get-CsPersistentChatAddin", "Lists all add-ins."),))
    identity: str | None = parameter(
        values=Values.ADDIN, position=1, mandatory=True, sets=("Identity",), help=_IDENTITY)
    persistent_chat_pool_fqdn: str | None = parameter(
        values=Values.POOL, sets=("Pool",), help="Only those of this pool.")

    async def process(self) -> None:
        """List them."""
        addins, pools = self.service(Core).addins, await reached_by(self)
        if self.identity is not None:
            await self.write(shown(await addins.named(self.identity, pools.covers)))
            return
        pool = self.persistent_chat_pool_fqdn
        for addin in pools.among(await addins.all()):
            if pool is None or pool.lower() == addin.pool:
                await self.write(shown(addin))


class _OneAddin(Cmdlet):
    """What cmdlets for one existing add-in have in common."""

    identity: str | None = parameter(
        values=Values.ADDIN, position=1, mandatory=True, sets=("Identity",), help=_IDENTITY)
    instance: PsObject | None = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help="An add-in from Get-.")

    async def addin(self) -> Addin:
        """Return the add-in that is meant."""
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        pools = await reached_by(self)
        return await self.service(Core).addins.named(identity or "", pools.covers)


class SetCsPersistentChatAddin(_OneAddin):
    """Renames an add-in, or gives it another address."""

    meta = Meta("Set-CsPersistentChatAddin", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example(rf'Set-CsPersistentChatAddin -Identity "{_EXAMPLE}" -Url "https://ticker2.litwareinc.com/" -WhatIf',
                "Says what would change."),))
    identity: str | None = parameter(
        values=Values.ADDIN, position=1, mandatory=True, pipeline=Pipeline.VALUE, sets=("Identity",), help=_IDENTITY)
    name: str | None = parameter(help="New name.")
    url: str | None = parameter(help="New address.")

    async def process(self) -> None:
        """Change it."""
        addin = await self.addin()
        if await self.should_process(addin.identity):
            await self.service(Core).addins.change(addin, self.name, self.url)


class RemoveCsPersistentChatAddin(_OneAddin):
    """Unregisters add-ins."""

    meta = Meta("Remove-CsPersistentChatAddin", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example(rf'Remove-CsPersistentChatAddin -Identity "{_EXAMPLE}" -WhatIf', "Says what would be removed."),
        Example("Get-CsPersistentChatAddin | Remove-CsPersistentChatAddin -Force",
                "Removes all add-ins, also those that rooms use."),))
    force: bool = parameter(help="Does not object when rooms use it: they have none then.")

    async def process(self) -> None:
        """Unregister one."""
        addin = await self.addin()
        if await self.should_process(addin.identity):
            await self.service(Core).addins.remove(addin, force=self.force)


CMDLETS = (NewCsPersistentChatAddin, GetCsPersistentChatAddin, SetCsPersistentChatAddin, RemoveCsPersistentChatAddin)
