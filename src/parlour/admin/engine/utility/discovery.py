"""Get-Command and Get-Help."""

from parlour.admin.engine.definition import Cmdlet, Example, Meta, synopsis
from parlour.admin.engine.helptext import help_lines
from parlour.admin.engine.objects import PsObject
from parlour.admin.engine.parameters import Pipeline, parameter
from parlour.admin.engine.patterns import has_wildcard, like
from parlour.admin.engine.values import Own
from parlour.errors import COMMAND_NOT_FOUND, ParlourError

CMDLET_INFO = "System.Management.Automation.CmdletInfo"


class GetCommand(Cmdlet):
    """Lists the cmdlets you may use."""

    meta = Meta(
        "Get-Command",
        aliases=("gcm",),
        utility=True,
        outputs=(CMDLET_INFO,),
        examples=(Example("Get-Command *Endpoint", "All cmdlets whose names end that way."),),
    )
    name: list[str] | None = parameter(
        position=1, pipeline=Pipeline.VALUE, values=Own.CMDLET, help="Names; * and ? are understood.")
    verb: list[str] | None = parameter(help="Only these verbs, e.g. Get.")
    noun: list[str] | None = parameter(help="Only these nouns, e.g. CsPersistentChatEndpoint.")

    async def process(self) -> None:
        """Write what fits; a plain name that does not exist is an error."""
        known = self.context.commands.visible(self.context.session)
        for wanted in self.name or ["*"]:
            if has_wildcard(wanted):
                found = [one for one in known if like(one.meta.name, wanted)]
            else:
                found = await self._exact(wanted)
            await self.write_all(_info(one) for one in found if self._fits(one.meta))

    async def _exact(self, name: str) -> list[type[Cmdlet]]:
        try:
            return [self.context.commands.find(self.context.session, name)]
        except ParlourError as error:
            await self.error(error)
            return []

    def _fits(self, meta: Meta) -> bool:
        verbs, nouns = self.verb or ["*"], self.noun or ["*"]
        return any(like(meta.verb, one) for one in verbs) and any(like(meta.noun, one) for one in nouns)


class GetHelp(Cmdlet):
    """Explains a cmdlet: what it does, how it is written, its parameters, examples."""

    meta = Meta(
        "Get-Help",
        aliases=("help", "man"),
        utility=True,
        outputs=("System.String",),
        examples=(Example("Get-Help Get-Command", "This page, for another cmdlet."),),
    )
    name: str = parameter(
        position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, default="*", values=Own.CMDLET,
        help="The cmdlet; with * or ? the cmdlets that fit, with one line each.",
    )

    async def process(self) -> None:
        """Write the page, or the list."""
        commands, session = self.context.commands, self.context.session
        if not has_wildcard(self.name) or self.name == "?":
            await self.write_all(help_lines(commands.find(session, self.name)))
            return
        found = [one for one in commands.visible(session) if like(one.meta.name, self.name)]
        if not found:
            raise ParlourError(COMMAND_NOT_FOUND, self.name, name=self.name)
        await self.write_all(
            PsObject(("HelpInfoShort",), {"Name": one.meta.name, "Synopsis": synopsis(one)}) for one in found
        )


def _info(cmdlet: type[Cmdlet]) -> PsObject:
    meta = cmdlet.meta
    properties = {"CommandType": "Cmdlet", "Name": meta.name, "Source": "Parlour", "Synopsis": synopsis(cmdlet)}
    return PsObject((CMDLET_INFO,), properties, meta.name)
