"""The live connection, described for machines (AsyncAPI 3.0) from the types of its frames."""

from typing import Any, Final, get_args

from pydantic import TypeAdapter

from parlour.forms import AnswerFrame, LiveCommand, LiveEvent, RefusalFrame

_ADDRESS: Final = "/api/v1/live"
_SCHEMAS: Final = "#/components/schemas/{model}"
_HERE: Final = "#/components/schemas/"


def describe() -> dict[str, Any]:
    """Return the description."""
    asked, told = get_args(LiveCommand), (AnswerFrame, RefusalFrame, *get_args(LiveEvent))
    adapters = {form.__name__: TypeAdapter(form) for form in (*asked, *told)}
    _, found = TypeAdapter.json_schemas(
        [(name, "serialization", adapter) for name, adapter in adapters.items()], ref_template=_SCHEMAS)
    schemas = dict(sorted(found["$defs"].items()))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Parlour: the live connection", "version": "1",
                 "description": "A WebSocket on which people take part in rooms: docs/reference/websocket.md."},
        "defaultContentType": "application/json",
        "channels": {"live": {"address": _ADDRESS, "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in adapters}}},
        "operations": {
            "ask": _operation("receive", "What a client asks for.", asked),
            "tell": _operation("send", "Answers, and what happens in rooms.", told)},
        "components": {
            "messages": {name: {"summary": schemas[name].get("description", ""), "payload": {"$ref": f"{_HERE}{name}"}}
                         for name in adapters},
            "schemas": schemas},
    }


def _operation(action: str, summary: str, forms: tuple[type, ...]) -> dict[str, Any]:
    return {"action": action, "summary": summary, "channel": {"$ref": "#/channels/live"}, "messages": [
        {"$ref": f"#/channels/live/messages/{form.__name__}"} for form in forms]}
