"""The list of rooms, asked for and collected."""

from ctypes import string_at
from typing import Any

from tests.real_client.driver.abi import (
    ROOMLIST_ADD,
    ROOMLIST_PLAIN,
    ROOMLIST_PROGRESS,
    Pointer,
    RoomlistRoom,
    RoomlistUiOps,
    glist,
    structure,
    text,
)
from tests.real_client.driver.runtime import Runtime


def _describe(room: Pointer) -> dict[str, Any]:
    entry = structure(RoomlistRoom, room)
    fields = (glist(entry.fields) + [None] * 6)[:6]  # as the plugin declares them
    uri, users, invite, private, logged, description = fields
    return {
        "name": text(entry.name), "uri": text(string_at(uri)) if uri else None, "users": users or 0,
        "invite": bool(invite), "private": bool(private), "logged": bool(logged),
        "description": text(string_at(description)) if description else None}


class RoomLists:
    """Asks for room lists and reports each as one event."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._purple = runtime.lib.purple
        self._pending: dict[Pointer, list[dict[str, Any]]] = {}
        self._ids: dict[Pointer, object] = {}
        self._asking = False

    def ui_ops(self) -> RoomlistUiOps:
        """Return the table that libpurple asks for."""
        make = self._runtime.callback
        return RoomlistUiOps(
            create=make(ROOMLIST_PLAIN, self._on_create), add_room=make(ROOMLIST_ADD, self._on_room),
            in_progress=make(ROOMLIST_PROGRESS, self._on_progress), destroy=make(ROOMLIST_PLAIN, lambda _: None))

    def ask(self, connection: Pointer, command_id: object) -> bool:
        """Ask for the list; False (and an event) when the client has no group chat server."""
        self._asking = True
        try:
            room_list = self._purple.purple_roomlist_get_list(connection)
        finally:
            self._asking = False
        if room_list:
            self._ids[room_list] = command_id
            return True
        self._runtime.emit("rooms_failed", text="client is not connected to a group chat server", id=command_id)
        return False

    def _on_create(self, room_list: Pointer) -> None:
        self._purple.purple_roomlist_ref(room_list)  # ours, dropped in _on_progress
        self._pending[room_list] = []

    def _on_room(self, room_list: Pointer, room: Pointer) -> None:
        self._pending.setdefault(room_list, []).append(_describe(room))

    def _on_progress(self, room_list: Pointer, going_on: int) -> None:
        if going_on or room_list not in self._pending:
            return
        rooms = self._pending.pop(room_list)
        self._runtime.later(0, lambda: self._purple.purple_roomlist_unref(room_list))
        if not self._asking:  # else it was refused on the spot, which `ask` reports
            self._runtime.emit("rooms", rooms=rooms, id=self._ids.pop(room_list, None))
