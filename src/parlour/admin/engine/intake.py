"""Binding of pipeline input: what each object gives to the parameters that the line left open."""

from parlour.admin.engine.binder import Binding, resolve_set
from parlour.admin.engine.convert import convert
from parlour.admin.engine.objects import PsObject, Value, is_list, to_text
from parlour.admin.engine.parameters import Parameter, Pipeline
from parlour.admin.engine.types import Kind
from parlour.errors import INPUT_NOT_BOUND, ParlourError

_EXACT: dict[Kind, type] = {Kind.STRING: str, Kind.OBJECT: PsObject, Kind.ANY: object}


class Intake:
    """Binds pipeline objects for one command.

    The order is PowerShell's: by value if the type is right, by property name, by value with conversion.
    """

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self.takers = [one for one in binding.cmdlet.parameters if _takes(one, binding)]
        self._only = self._single_taker()

    def _single_taker(self) -> Parameter | None:
        """The everyday case of utility cmdlets: one parameter that takes any object as it is."""
        if len(self.takers) == 1 and self.takers[0].type.kind is Kind.ANY and len(self._binding.sets) == 1:
            return self.takers[0]
        return None

    def take(self, value: Value) -> dict[str, object]:
        """Return the values by attribute that a pipeline object gives.

        Raises:
            ParlourError: INPUT_NOT_BOUND, a value that does not fit, or a parameter that is still missing.
        """
        if self._only is not None:
            return {self._only.attribute: value}
        found = self._by_exact_value(value) | self._by_property(value)
        if not found:
            found = self._by_conversion(value)
        if not found:
            shown, name = _outline(value), self._binding.cmdlet.meta.name
            raise ParlourError(INPUT_NOT_BOUND, shown, value=shown, command=name)
        self._check(found)
        return {one.attribute: found[one.name] for one in self.takers if one.name in found}

    def _by_exact_value(self, value: Value) -> dict[str, object]:
        for one in self.takers:
            if Pipeline.VALUE in one.pipeline and _is_exact(one, value):
                return {one.name: convert(one, value)}
        return {}

    def _by_property(self, value: Value) -> dict[str, object]:
        if not isinstance(value, PsObject):
            return {}
        found = {}
        for one in self.takers:
            own = next((own for name in one.names if (own := value.find(name))), None)
            if Pipeline.PROPERTY in one.pipeline and own is not None and value.properties[own] is not None:
                found[one.name] = convert(one, value.properties[own])
        return found

    def _by_conversion(self, value: Value) -> dict[str, object]:
        if isinstance(value, PsObject) and value.text is None:
            return {}
        taker = next((one for one in self.takers if Pipeline.VALUE in one.pipeline), None)
        return {} if taker is None else {taker.name: convert(taker, value)}

    def _check(self, found: dict[str, object]) -> None:
        given = self._binding.bound | found.keys()
        cmdlet = self._binding.cmdlet
        fitting = [one for one in cmdlet.parameters if one.name in found]
        sets = [name for name in self._binding.sets if all(one.is_in(name) for one in fitting)]
        resolve_set(cmdlet, sets or self._binding.sets, given)


def _outline(value: Value) -> str:
    """Return a value for a message: of an object without a name, what it has and not what that says."""
    if isinstance(value, PsObject) and value.text is None:
        return "@{" + "; ".join(value.properties) + "}"
    return to_text(value)


def _takes(one: Parameter, binding: Binding) -> bool:
    open_still = one.name not in binding.bound and any(one.is_in(name) for name in binding.sets)
    return open_still and one.pipeline is not Pipeline.NONE


def _is_exact(one: Parameter, value: Value) -> bool:
    if value is None or (is_list(value) and not one.type.is_list and one.type.kind is not Kind.ANY):
        return one.type.kind is Kind.ANY
    return isinstance(value, _EXACT.get(one.type.kind, ()))
