"""JSON Schema of a cmdlet's parameters, for REST and its documents."""

from typing import Any

from parlour.admin.engine.definition import Cmdlet, all_parameters, parameter_sets, synopsis
from parlour.admin.engine.parameters import Parameter
from parlour.admin.engine.types import LARGEST_SIZE, Kind, ParameterType

_SIMPLE: dict[Kind, dict[str, Any]] = {
    Kind.STRING: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "minimum": -LARGEST_SIZE - 1, "maximum": LARGEST_SIZE},
    Kind.NUMBER: {"type": "number"},
    Kind.SIZE: {"anyOf": [{"type": "integer", "minimum": 0, "maximum": LARGEST_SIZE}, {"const": "Unlimited"}]},
    Kind.SWITCH: {"type": "boolean", "default": False},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.TIMESPAN: {"type": "string", "pattern": r"^-?(\d+[.:])?\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,7})?)?$"},
    Kind.SECRET: {"type": "string", "format": "password", "writeOnly": True},
    Kind.CREDENTIAL: {
        "type": "object",
        "properties": {
            "UserName": {"type": "string"},
            "Password": {"type": "string", "format": "password", "writeOnly": True},
        },
        "required": ["UserName", "Password"],
        "additionalProperties": False,
    },
    Kind.BYTES: {"type": "string", "contentEncoding": "base64"},
    Kind.OBJECT: {"type": "object"},
    Kind.SCRIPT: {"type": "string"},
    Kind.ANY: {},
}

_STRINGS = {"type": "array", "items": {"type": "string"}}
_MODIFIER = {
    "anyOf": [
        _STRINGS,
        {
            "type": "object",
            "properties": {"Add": _STRINGS, "Remove": _STRINGS, "Replace": _STRINGS},
            "additionalProperties": False,
        },
    ]
}


def json_schema(cmdlet: type[Cmdlet]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an object with a cmdlet's parameters as properties."""
    supported = [known for known in all_parameters(cmdlet) if not known.unsupported]
    schema: dict[str, Any] = {
        "title": cmdlet.meta.name,
        "description": synopsis(cmdlet),
        "type": "object",
        "properties": {known.name: _property(known) for known in supported},
        "additionalProperties": False,
    }
    ways = [_required(cmdlet, name) for name in parameter_sets(cmdlet)]
    if len(ways) == 1:
        return schema | {"required": ways[0]}
    return schema | {"anyOf": [{"required": names} for names in ways]}


def _required(cmdlet: type[Cmdlet], set_name: str) -> list[str]:
    return [known.name for known in cmdlet.parameters if known.mandatory and known.is_in(set_name)]


def _property(known: Parameter) -> dict[str, Any]:
    kind = _type(known.type)
    return ({"anyOf": [kind, {"type": "null"}]} if known.nullable else kind) | (
        {"description": known.help} if known.help else {})


def _type(kind: ParameterType) -> dict[str, Any]:
    if kind.kind is Kind.LIST_MODIFIER:
        return dict(_MODIFIER)
    one = {"enum": list(kind.choices)} if kind.enum is not None else dict(_SIMPLE[kind.kind])
    return {"type": "array", "items": one} if kind.is_list else one
