"""Measure-Object."""

from parlour.admin.engine.comparison import member
from parlour.admin.engine.definition import Example, Meta
from parlour.admin.engine.objects import PsObject, Value, as_list, to_text
from parlour.admin.engine.parameters import parameter
from parlour.admin.engine.utility.base import ObjectCmdlet
from parlour.admin.engine.utility.sorting import sort_key
from parlour.errors import MEASURE_NOT_NUMERIC, ParlourError

MEASURE_INFO = "Microsoft.PowerShell.Commands.GenericMeasureInfo"


class MeasureObject(ObjectCmdlet):
    """Counts objects, and adds up or compares a property of them."""

    meta = Meta(
        "Measure-Object",
        aliases=("measure",),
        utility=True,
        outputs=(MEASURE_INFO,),
        examples=(Example("Get-CsAdminRole | Measure-Object", "How many roles there are."),),
    )
    property: str | None = parameter(position=1, help="The property to measure; none means the object itself.")
    sum: bool = parameter(help="Adds the values up.")
    average: bool = parameter(help="Gives the mean.")
    minimum: bool = parameter(help="Gives the smallest value.")
    maximum: bool = parameter(help="Gives the largest value.")

    def __init__(self) -> None:
        self._count = 0
        self._total: float = 0
        self._least: Value = None
        self._most: Value = None

    async def process(self) -> None:
        """Take the object into account; it is not kept."""
        if not self.has_input:
            return
        values = [self.input_object] if self.property is None else as_list(member(self.input_object, self.property))
        for value in values:
            await self._count_in(value)

    async def _count_in(self, value: Value) -> None:
        if self.sum or self.average:
            number = _number(value)
            if number is None:
                shown = to_text(value)
                await self.error(ParlourError(MEASURE_NOT_NUMERIC, shown, value=shown))
                return
            self._total += number
        self._least = value if self._count == 0 else min(self._least, value, key=sort_key)
        self._most = value if self._count == 0 else max(self._most, value, key=sort_key)
        self._count += 1

    async def end(self) -> None:
        """Write the result; what was not asked for is null."""
        await self.write(PsObject((MEASURE_INFO,), {
            "Count": self._count,
            "Average": self._total / self._count if self.average and self._count else None,
            "Sum": self._total if self.sum else None,
            "Maximum": self._most if self.maximum else None,
            "Minimum": self._least if self.minimum else None,
            "Property": self.property,
        }))


def _number(value: Value) -> float | None:
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None
