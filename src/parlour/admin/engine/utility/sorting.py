"""Sort-Object."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from parlour.admin.engine.comparison import member
from parlour.admin.engine.definition import Example, Meta
from parlour.admin.engine.objects import Value, to_text
from parlour.admin.engine.parameters import parameter
from parlour.admin.engine.utility.base import CollectingCmdlet

Key: TypeAlias = tuple[int, float | str | datetime]


class SortObject(CollectingCmdlet):
    """Sorts objects by themselves or by properties; text without regard to case."""

    meta = Meta(
        "Sort-Object",
        aliases=("sort",),
        utility=True,
        examples=(Example("Get-CsAdminRole | Sort-Object Identity", "Roles by name."),),
    )
    property: list[str] | None = parameter(position=1, help="Properties to sort by, the most important first.")
    descending: bool = parameter(help="The largest comes first.")
    unique: bool = parameter(help="Of objects that sort alike, only the first.")

    async def end(self) -> None:
        """Write the objects in order."""
        ordered = sorted(self.collected, key=self._key, reverse=self.descending)
        before: list[Key] | None = None
        for value in ordered:
            key = self._key(value)
            if not (self.unique and key == before):
                await self.write(value)
            before = key

    def _key(self, value: Value) -> list[Key]:
        names = self.property
        return [sort_key(value)] if names is None else [sort_key(member(value, name)) for name in names]


def sort_key(value: Value) -> Key:
    """Return a key by which any values sort: null, numbers, dates, text."""
    if value is None:
        return 0, 0
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, timedelta):
        return 1, value.total_seconds()
    if isinstance(value, datetime):
        return 2, value if value.tzinfo else value.replace(tzinfo=UTC)
    return 3, to_text(value).casefold()
