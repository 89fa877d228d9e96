"""ConvertTo-Json and ConvertTo-Csv."""

import json
from base64 import b64encode
from datetime import datetime, timedelta
from typing import TypeAlias

from parlour.admin.engine.csvtext import CsvWriter
from parlour.admin.engine.definition import Example, Meta
from parlour.admin.engine.objects import PsObject, Value, as_list, to_text
from parlour.admin.engine.parameters import parameter
from parlour.admin.engine.utility.base import CollectingCmdlet, ObjectCmdlet
from parlour.errors import PARAMETER_VALUE_INVALID, ParlourError

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

_DEEPEST = 100


class ConvertToJson(CollectingCmdlet):
    """Writes objects as one JSON text: one object as it is, several as an array."""

    meta = Meta(
        "ConvertTo-Json",
        utility=True,
        outputs=("System.String",),
        examples=(Example("Get-CsAdminRole | ConvertTo-Json -Compress", "All roles on one line, for a program."),),
    )
    depth: int = parameter(default=8, help="Levels of objects inside objects; deeper ones become text. 8 if not given.")
    compress: bool = parameter(help="Leaves out blanks and line breaks.")

    async def begin(self) -> None:
        """Check the depth."""
        if not 0 <= self.depth <= _DEEPEST:
            reason = f"it must be from 0 to {_DEEPEST}"
            raise ParlourError(PARAMETER_VALUE_INVALID, str(self.depth), name="Depth", value=self.depth, reason=reason)

    async def end(self) -> None:
        """Write the text."""
        if not self.collected:
            return
        whole = self.collected[0] if len(self.collected) == 1 else self.collected
        indent, separators = (None, (",", ":")) if self.compress else (2, (",", ": "))
        tree = as_json(whole, self.depth + (whole is self.collected))
        await self.write(json.dumps(tree, indent=indent, separators=separators, ensure_ascii=False))


def as_json(value: Value, depth: int) -> Json:
    """Return a value as JSON can hold it; what lies deeper than `depth` becomes text."""
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, timedelta):
        return to_text(value)
    if depth < 0:
        return to_text(value)
    if isinstance(value, PsObject):
        return {name: as_json(inner, depth - 1) for name, inner in value.properties.items()} or str(value)
    return [as_json(element, depth - 1) for element in as_list(value)]


class ConvertToCsv(ObjectCmdlet):
    """Writes objects as comma-separated lines; the first object decides the columns."""

    meta = Meta(
        "ConvertTo-Csv",
        utility=True,
        outputs=("System.String",),
        examples=(Example("Get-CsAdminRole | ConvertTo-Csv -NoTypeInformation", "A table for a spreadsheet."),),
    )
    delimiter: str = parameter(default=",", help="What stands between the columns.")
    no_type_information: bool = parameter(help="No type line; there is never one here.")

    async def begin(self) -> None:
        """Begin the table."""
        self._writer = CsvWriter(self.delimiter)

    async def process(self) -> None:
        """Write the line of the object, before the first one the names of the columns."""
        if self.has_input:
            await self.write_all(self._writer.lines(self.input_object))
