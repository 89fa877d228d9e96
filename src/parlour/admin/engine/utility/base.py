"""What the utility cmdlets share."""

from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.limits import MAX_COLLECTED
from parlour.admin.engine.objects import Value
from parlour.admin.engine.parameters import Pipeline, parameter
from parlour.errors import COLLECTION_TOO_LARGE, ParlourError


class ObjectCmdlet(Cmdlet):
    """A cmdlet that takes any object from the pipeline."""

    input_object: Value = parameter(pipeline=Pipeline.VALUE, help="The object; comes through the pipeline.")

    @property
    def has_input(self) -> bool:
        """Whether an object was given at all, be it null."""
        return self.context.expects_input or "InputObject" in self.bound


class CollectingCmdlet(ObjectCmdlet):
    """A cmdlet that has to see all objects before it can answer; there is a limit to that."""

    def __init__(self) -> None:
        self.collected: list[Value] = []

    async def process(self) -> None:
        """Keep the object."""
        if not self.has_input:
            return
        if len(self.collected) >= MAX_COLLECTED:
            name = self.meta.name
            await self.terminate(ParlourError(COLLECTION_TOO_LARGE, name, command=name, limit=MAX_COLLECTED))
        self.collected.append(self.input_object)
