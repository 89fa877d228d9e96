"""Choosing properties of objects by name or wildcard."""

from collections.abc import Sequence

from parlour.admin.engine.comparison import member
from parlour.admin.engine.objects import PsObject, Value
from parlour.admin.engine.patterns import has_wildcard, like


def matching_names(item: PsObject, wanted: Sequence[str]) -> list[str]:
    """Return the names that are meant, as the object spells them; names it does not have stay as they are."""
    found: dict[str, None] = {}
    for name in wanted:
        if has_wildcard(name):
            found.update(dict.fromkeys(own for own in item.properties if like(own, name)))
        else:
            found[item.find(name) or name] = None
    return list(found)


def project(item: Value, wanted: Sequence[str], type_name: str) -> PsObject:
    """Return a new object with the wanted properties only; those that are not there are null."""
    if isinstance(item, PsObject):
        return PsObject((type_name,), {name: item.get(name) for name in matching_names(item, wanted)})
    return PsObject((type_name,), {name: member(item, name) for name in wanted if not has_wildcard(name)})
