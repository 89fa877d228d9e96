"""Format-Table, Format-List, Out-Default and Out-Null."""

from parlour.admin.engine.definition import Example, Meta
from parlour.admin.engine.formatting import Formatter
from parlour.admin.engine.parameters import parameter
from parlour.admin.engine.utility.base import ObjectCmdlet


class _FormatCmdlet(ObjectCmdlet):
    """Writes objects as lines of text."""

    property: list[str] | None = parameter(position=1, help="Properties to show; * and ? are understood.")

    _as_list = False

    async def begin(self) -> None:
        self._formatter = Formatter(self.context.session.width, tuple(self.property or ()), self._as_list)

    async def process(self) -> None:
        if self.has_input:
            await self.write_all(self._formatter.feed(self.input_object))

    async def end(self) -> None:
        await self.write_all(self._formatter.finish())


class FormatTable(_FormatCmdlet):
    """Shows objects as a table. Its output is text: put it last in a pipeline."""

    meta = Meta(
        "Format-Table",
        aliases=("ft",),
        utility=True,
        examples=(Example("Get-CsAdminRole | Format-Table Identity, SID", "A table of two columns."),),
    )
    auto_size: bool = parameter(help="Fits the columns to their content, as it is always done here.")


class FormatList(_FormatCmdlet):
    """Shows objects as lists of properties. Its output is text: put it last in a pipeline."""

    meta = Meta(
        "Format-List",
        aliases=("fl",),
        utility=True,
        examples=(Example("Get-CsSipDomain | Format-List", "Every property on a line of its own."),),
    )
    _as_list = True


class OutDefault(ObjectCmdlet):
    """Hands objects to whoever shows them; every pipeline ends that way, with or without it."""

    meta = Meta(
        "Out-Default",
        utility=True,
        examples=(Example("Get-Command *Endpoint | Out-Default", "The same as without it."),),
    )

    async def process(self) -> None:
        """Pass the object on."""
        if self.has_input:
            await self.write(self.input_object)


class OutNull(ObjectCmdlet):
    """Shows nothing: for a command whose results are not wanted."""

    meta = Meta(
        "Out-Null",
        utility=True,
        examples=(Example('New-CsUser dora@litwareinc.com -Password "correct horse" | Out-Null', "Adds silently."),),
    )
