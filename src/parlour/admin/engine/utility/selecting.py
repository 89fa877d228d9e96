"""Select-Object."""

from collections import deque

from parlour.admin.engine.comparison import member
from parlour.admin.engine.definition import Example, Meta
from parlour.admin.engine.limits import MAX_COLLECTED
from parlour.admin.engine.objects import PsObject, Value, as_list, to_text, type_name
from parlour.admin.engine.parameters import parameter
from parlour.admin.engine.projection import project
from parlour.admin.engine.utility.base import ObjectCmdlet
from parlour.errors import COLLECTION_TOO_LARGE, PARAMETER_VALUE_INVALID, PROPERTY_NOT_FOUND, ParlourError


class SelectObject(ObjectCmdlet):
    """Chooses properties of objects, or some of the objects."""

    meta = Meta(
        "Select-Object",
        aliases=("select",),
        utility=True,
        examples=(
            Example("Get-CsAdminRole | Select-Object Identity, SID", "Two properties of each role."),
            Example("Get-CsAdminRole | Select-Object -First 1 -ExpandProperty Cmdlets", "The cmdlets of one role."),
        ),
    )
    property: list[str] | None = parameter(position=1, help="Properties to keep; * and ? are understood.")
    expand_property: str | None = parameter(help="A property whose value takes the place of the object.")
    first: int | None = parameter(help="How many objects from the beginning; what comes before it stops then.")
    last: int | None = parameter(help="How many objects from the end.")
    skip: int | None = parameter(help="How many objects to leave out at the beginning.")
    unique: bool = parameter(help="Leaves out objects that came already.")

    def __init__(self) -> None:
        self._seen = 0
        self._taken = 0
        self._tail: deque[Value] = deque()
        self._keys: set[object] = set()

    async def begin(self) -> None:
        """Refuse negative numbers, and more than may be held."""
        for name, number in (("First", self.first), ("Last", self.last), ("Skip", self.skip)):
            if number is not None and not 0 <= number <= (MAX_COLLECTED if name == "Last" else number):
                reason = f"it must be from 0 to {MAX_COLLECTED}" if name == "Last" else "it must not be negative"
                raise ParlourError(PARAMETER_VALUE_INVALID, str(number), name=name, value=number, reason=reason)

    async def process(self) -> None:
        """Take or leave the object."""
        if not self.has_input:
            return
        if self.first == 0 and self.last is None:
            self.context.stop_upstream()
        self._seen += 1
        if self._seen <= (self.skip or 0):
            return
        if self.first is not None and self._taken < self.first:
            self._taken += 1
            await self._emit(self.input_object)
            if self._taken == self.first and self.last is None:
                self.context.stop_upstream()
        elif self.last is not None:
            self._keep(self.input_object)
        elif self.first is None:
            await self._emit(self.input_object)

    def _keep(self, value: Value) -> None:
        self._tail.append(value)
        if len(self._tail) > (self.last or 0):
            self._tail.popleft()

    async def end(self) -> None:
        """Write the last objects."""
        for value in self._tail:
            await self._emit(value)

    async def _emit(self, item: Value) -> None:
        for value in await self._chosen(item):
            if not self.unique or await self._is_new(value):
                await self.write(value)

    async def _chosen(self, item: Value) -> list[Value]:
        if self.expand_property is not None:
            return await self._expanded(item, self.expand_property)
        if self.property is None:
            return [item]
        return [project(item, self.property, f"Selected.{type_name(item)}")]

    async def _expanded(self, item: Value, name: str) -> list[Value]:
        missing = isinstance(item, PsObject) and item.find(name) is None
        found = member(item, name)
        if missing or (found is None and not isinstance(item, PsObject)):
            await self.error(ParlourError(PROPERTY_NOT_FOUND, name, name=name))
            return []
        return as_list(found)

    async def _is_new(self, value: Value) -> bool:
        key = _key(value)
        if key in self._keys:
            return False
        if len(self._keys) >= MAX_COLLECTED:
            name = self.meta.name
            await self.terminate(ParlourError(COLLECTION_TOO_LARGE, name, command=name, limit=MAX_COLLECTED))
        self._keys.add(key)
        return True


def _key(value: Value) -> object:
    if isinstance(value, PsObject):
        return tuple((name.casefold(), to_text(inner)) for name, inner in value.properties.items()) or str(value)
    return to_text(value)
