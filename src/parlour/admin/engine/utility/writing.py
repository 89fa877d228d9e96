"""Write-Output, Write-Host, Write-Warning and Write-Verbose: what a script has to say."""

from parlour.admin.engine.definition import Cmdlet, Example, Meta
from parlour.admin.engine.objects import Value, as_list, to_text
from parlour.admin.engine.parameters import Pipeline, parameter


class WriteOutput(Cmdlet):
    """Passes a value on, lists element by element."""

    meta = Meta(
        "Write-Output", aliases=("echo", "write"), utility=True,
        examples=(Example("Write-Output alice, bob | ForEach-Object {Get-CsUser $_}", "Two people."),),
    )
    input_object: Value = parameter(position=1, mandatory=True, pipeline=Pipeline.VALUE, help="The value.")

    async def process(self) -> None:
        """Pass it on."""
        await self.write_all(as_list(self.input_object))


class WriteHost(Cmdlet):
    """Shows a line that is no result: it goes to the terminal, and not through the pipeline."""

    meta = Meta(
        "Write-Host", utility=True,
        examples=(Example('Write-Host "The rooms are there."', "A line for who watches."),),
    )
    object: Value = parameter(position=1, pipeline=Pipeline.VALUE, help="What to show.")

    async def process(self) -> None:
        """Show it."""
        await self.context.host.host_line(to_text(self.object))


class WriteWarning(Cmdlet):
    """Shows a warning."""

    meta = Meta(
        "Write-Warning", utility=True,
        examples=(Example('Write-Warning "Two rooms had no category."', "A warning."),),
    )
    message: str = parameter(position=1, mandatory=True, pipeline=Pipeline.VALUE, aliases=("Msg",), help="The text.")

    async def process(self) -> None:
        """Show it, as -WarningAction says."""
        await self.warning(self.message)


class WriteVerbose(Cmdlet):
    """Says something that only who asked for it wants to know."""

    meta = Meta(
        "Write-Verbose", utility=True,
        examples=(Example('Write-Verbose "All 200 rooms" -Verbose', "Shown because of -Verbose."),),
    )
    message: str = parameter(position=1, mandatory=True, pipeline=Pipeline.VALUE, aliases=("Msg",), help="The text.")

    async def process(self) -> None:
        """Say it, if -Verbose or $VerbosePreference asks for it."""
        await self.verbose(self.message)
