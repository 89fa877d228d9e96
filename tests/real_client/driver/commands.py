"""The commands of standard input."""

import ctypes
import html
import json
from collections.abc import Callable
from ctypes import c_void_p, cast
from pathlib import Path
from typing import Any

from tests.real_client.driver.account import Account
from tests.real_client.driver.conversations import Conversations
from tests.real_client.driver.debuglog import DebugLog
from tests.real_client.driver.dialogs import Dialogs
from tests.real_client.driver.library import address
from tests.real_client.driver.network import drop_connections
from tests.real_client.driver.roomlists import RoomLists
from tests.real_client.driver.runtime import Runtime

Command = dict[str, Any]
Answer = dict[str, Any] | None

_IM = 1  # PURPLE_CONV_TYPE_IM


def _markup(command: Command) -> bytes:
    if "html" in command:
        return str(command["html"]).encode()
    plain = html.escape(command.get("text", ""), quote=False).replace('"', "&quot;")
    return plain.replace("\r\n", "\n").replace("\n", "<br>").encode()


class Commands:
    """Executes one command after the other and replies to each."""

    def __init__(
        self, runtime: Runtime, account: Account, conversations: Conversations, room_lists: RoomLists,
        dialogs: Dialogs, log: DebugLog, finish: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._purple = runtime.lib.purple
        self._account = account
        self._conversations = conversations
        self._room_lists = room_lists
        self._dialogs = dialogs
        self._log = log
        self._finish = finish

    def execute(self, line: bytes) -> None:
        """Execute one line and emit its reply; whatever goes wrong is in the reply."""
        command: Command = {}
        try:
            command = json.loads(line)
            outcome = {"ok": True, **(self._find(command.get("cmd"))(command) or {})}
        except Exception as error:  # a person's typing error must not end the client
            outcome = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        self._runtime.emit("reply", id=command.get("id"), cmd=command.get("cmd"), **outcome)

    def _find(self, name: object) -> Callable[[Command], Answer]:
        found: Callable[[Command], Answer] | None = getattr(self, f"_cmd_{name}", None)
        if not found:
            raise ValueError(f"unknown command {name!r}")
        return found

    # --- account ----------------------------------------------------------------------------------------------
    def _cmd_connect(self, command: Command) -> Answer:
        self._account.connect({key: value for key, value in command.items() if key not in ("cmd", "id")})
        return None

    def _cmd_status(self, command: Command) -> Answer:
        self._account.set_status(command.get("status", "available"), command.get("message"))
        return None

    def _cmd_set_option(self, command: Command) -> Answer:
        self._account.set_option(command["name"], command["value"])
        return None

    def _cmd_sign_off(self, _: Command) -> Answer:
        self._account.disconnect()
        return None

    def _cmd_drop_network(self, _: Command) -> Answer:
        return {"sockets": drop_connections()}

    def _cmd_state(self, _: Command) -> Answer:
        return {"state": self._account.state}

    def _cmd_quit(self, _: Command) -> Answer:
        self._finish()
        return None

    # --- rooms ------------------------------------------------------------------------------------------------
    def _cmd_list_rooms(self, command: Command) -> Answer:
        if self._room_lists.ask(self._account.connection, command.get("id")):
            return None
        return {"ok": False, "error": "not connected to a group chat server"}

    def _cmd_join(self, command: Command) -> Answer:
        glib, connection = self._runtime.lib.glib, self._account.connection
        key, value = ctypes.create_string_buffer(b"uri"), ctypes.create_string_buffer(command["uri"].encode())
        table = glib.g_hash_table_new(address(glib, "g_str_hash"), address(glib, "g_str_equal"))
        glib.g_hash_table_insert(table, cast(key, c_void_p), cast(value, c_void_p))
        self._purple.serv_join_chat(connection, table)
        glib.g_hash_table_destroy(table)
        return None

    def _room(self, command: Command) -> int | None:
        return self._conversations.find(command.get("room") or command.get("uri"))

    def _cmd_send(self, command: Command) -> Answer:
        chat = self._conversations.chat(self._room(command))
        self._purple.purple_conv_chat_send(chat, _markup(command))
        return None

    def _cmd_im(self, command: Command) -> Answer:
        window = self._purple.purple_conversation_new(_IM, self._account.pointer, command["to"].encode())
        self._purple.purple_conv_im_send(self._purple.purple_conversation_get_im_data(window), _markup(command))
        return None

    def _cmd_participants(self, command: Command) -> Answer:
        return self._conversations.participants(self._room(command))

    def _cmd_rooms_joined(self, _: Command) -> Answer:
        return {"rooms": self._conversations.all()}

    def _cmd_leave(self, command: Command) -> Answer:
        self._purple.purple_conversation_destroy(self._room(command))
        return None

    # --- the rest ---------------------------------------------------------------------------------------------
    def _cmd_answer_request(self, command: Command) -> Answer:
        self._dialogs.answer(int(command["request"]), int(command.get("choice", 0)))
        return None

    def _cmd_dump_log(self, command: Command) -> Answer:
        path = Path(command["path"])
        return {"path": str(path), "entries": self._log.dump(path, command.get("what", "sipe"))}
