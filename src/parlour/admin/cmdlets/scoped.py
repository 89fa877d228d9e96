"""What the cmdlets for policies and configurations have in common."""

from collections.abc import Mapping
from typing import Any

from parlour.admin.engine import Cmdlet, PsObject
from parlour.admin.engine.convert import convert
from parlour.admin.engine.patterns import like
from parlour.chat.scopes import Scope

LOCAL_STORE_HELP = "Reads this node's copy of the settings; there is only that one."
IN_MEMORY_HELP = "Only makes the object; Set- with -Instance keeps it."
FORCE_HELP = "Accepted for scripts; there is nothing to suppress."
TENANT_HELP = "Accepted for scripts: there are no tenants here."
INSTANCE_HELP = "An object from Get-, or from New- with -InMemory; one that is not there yet is made."


def is_like(scope: Scope, pattern: str) -> bool:
    """Say whether an identity fits a pattern: whole, ``Tag:Sales``, or as it is shown, ``Sales``."""
    return like(str(scope), pattern) or like(scope.shown, pattern)


def is_kind(instance: PsObject | None, type_name: str) -> bool:
    """Say whether an object is of this type, or was before it went over a wire."""
    return instance is not None and instance.type_name.removeprefix("Deserialized.") == type_name


def given_values(cmdlet: Cmdlet, fields: Mapping[str, str], instance: PsObject | None = None) -> dict[str, Any]:
    """Return the values that a cmdlet was given, by field.

    Args:
        cmdlet: the cmdlet.
        fields: for its attributes, the fields they are meant for.
        instance: an object that gives the values that no parameter gives.

    Raises:
        ParlourError: ParameterValueInvalid for what the object gives.
    """
    found = {}
    for known in cmdlet.parameters:
        if known.attribute in fields:
            value = getattr(cmdlet, known.attribute)
            if value is None and instance is not None:
                value = convert(known, instance.get(known.name))
            if value is not None:
                found[fields[known.attribute]] = value
    return found
