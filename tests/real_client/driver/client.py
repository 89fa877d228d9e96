"""The client put together: libpurple started, its callbacks plugged in, its defects repaired."""

import ctypes
import os
from ctypes import byref, c_void_p, cast
from pathlib import Path

from tests.real_client.driver import repairs
from tests.real_client.driver.abi import (
    PLAIN,
    SIGNAL_PLAIN,
    SIGNAL_TOPIC,
    START_VERIFICATION,
    CertificateVerifier,
    CoreUiOps,
    Pointer,
    structure,
    text,
)
from tests.real_client.driver.account import PROTOCOL, UI_ID, Account
from tests.real_client.driver.commands import Commands
from tests.real_client.driver.conversations import Conversations
from tests.real_client.driver.debuglog import DebugLog
from tests.real_client.driver.dialogs import Dialogs
from tests.real_client.driver.eventloop import EventLoop
from tests.real_client.driver.library import address
from tests.real_client.driver.roomlists import RoomLists
from tests.real_client.driver.runtime import Runtime

_CERTIFICATE_VALID = 1  # PURPLE_CERTIFICATE_VALID
_GOODBYE_MS = 150  # for the sign-off burst to leave


class Client:
    """One libpurple with one account.

    Attributes:
        commands: what standard input may ask for.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._purple = runtime.lib.purple
        self._loop = EventLoop(runtime)
        self._log = DebugLog(runtime)
        self._account = Account(runtime, dict(runtime.options.account))
        self._conversations = Conversations(runtime)
        self._room_lists = RoomLists(runtime)
        self._dialogs = Dialogs(runtime)
        self._tables: list[ctypes.Structure] = []
        self._handle = ctypes.create_string_buffer(8)
        self.commands = Commands(
            runtime, self._account, self._conversations, self._room_lists, self._dialogs, self._log, self.finish)

    def start(self, user_dir: Path) -> None:
        """Start libpurple and emit ``ready``.

        Raises:
            SystemExit: libpurple or the protocol plugin is missing.
        """
        self._set_debugging(user_dir)
        self._purple.purple_eventloop_set_ui_ops(self._table(self._loop.ui_ops()))
        core = CoreUiOps(ui_init=self._runtime.callback(PLAIN, self._plug_in))
        self._purple.purple_core_set_ui_ops(self._table(core))
        self._load()
        self._accept_certificates()
        xml, buffer = self._repair_xml(), self._repair_buffer()
        self._connect_signals()
        self._runtime.emit("ready", pid=os.getpid(), purple=text(self._purple.purple_core_get_version()),
                           user_dir=str(user_dir), libxml2_sax1=xml, send_buffer=buffer)

    def run(self) -> None:
        """Execute commands until told to quit."""
        self._loop.read_lines(self.commands.execute, self.finish)
        self._loop.run()

    def finish(self) -> None:
        """Sign off and end `run`."""
        if not self._runtime.quitting:
            self._runtime.quitting = True
            self._account.disconnect()
            self._runtime.later(_GOODBYE_MS, self._loop.stop)

    # --- start ------------------------------------------------------------------------------------------------
    def _table(self, operations: ctypes.Structure) -> object:
        self._tables.append(operations)  # libpurple keeps only the pointer
        return byref(operations)

    def _set_debugging(self, user_dir: Path) -> None:
        self._purple.purple_util_set_user_dir(str(user_dir).encode())
        self._purple.purple_debug_set_enabled(0)
        self._purple.purple_debug_set_ui_ops(self._table(self._log.ui_ops()))
        self._purple.purple_debug_set_unsafe(1)
        self._purple.purple_debug_set_verbose(1 if self._runtime.options.verbose else 0)

    def _load(self) -> None:
        for folder in self._runtime.options.plugin_dir:
            self._purple.purple_plugins_add_search_path(folder.encode())
        if not self._purple.purple_core_init(UI_ID):
            raise SystemExit("purple_core_init failed")
        self._purple.purple_set_blist(self._purple.purple_blist_new())
        self._purple.purple_prefs_load()
        for kind in ("log_ims", "log_chats", "log_system"):
            self._purple.purple_prefs_set_bool(f"/purple/logging/{kind}".encode(), 0)
        if not self._purple.purple_find_prpl(PROTOCOL):
            raise SystemExit("protocol plugin prpl-sipe not found (apt-get install pidgin-sipe)")

    def _plug_in(self) -> None:
        self._purple.purple_connections_set_ui_ops(self._table(self._account.ui_ops()))
        self._purple.purple_conversations_set_ui_ops(self._table(self._conversations.ui_ops()))
        self._purple.purple_notify_set_ui_ops(self._table(self._dialogs.notify_ops()))
        self._purple.purple_request_set_ui_ops(self._table(self._dialogs.request_ops()))
        self._purple.purple_roomlist_set_ui_ops(self._table(self._room_lists.ui_ops()))

    def _accept_certificates(self) -> None:
        """Accept any server certificate unless --tls-verify was given."""
        if self._runtime.options.tls_verify:
            return
        found = self._purple.purple_certificate_find_verifier(b"x509", b"tls_cached")
        if not found:
            self._runtime.emit("driver_error", traceback="no x509/tls_cached verifier")
            return
        complete = self._purple.purple_certificate_verify_complete
        accept = self._runtime.callback(START_VERIFICATION, lambda request: complete(request, _CERTIFICATE_VALID))
        structure(CertificateVerifier, found).start_verification = cast(accept, c_void_p).value

    def _repair_xml(self) -> str:
        if not repairs.sax1_callbacks_broken():
            return "ok"
        return "broken" if self._runtime.options.no_xml_workaround else f"patched ({repairs.patch_sax_handler()})"

    def _repair_buffer(self) -> str:
        if self._runtime.options.no_sendbuf_workaround:
            return "raw"
        wrapper = repairs.grow_step_wrapper(address(self._purple, "purple_circ_buffer_new"))
        return f"patched ({repairs.redirect_plugin_import('purple_circ_buffer_new', wrapper.value)})"

    # --- signals ----------------------------------------------------------------------------------------------
    def _connect_signals(self) -> None:
        connections = self._purple.purple_connections_get_handle()
        conversations = self._purple.purple_conversations_get_handle()
        for instance, name, prototype, function in (
            (connections, b"signed-on", SIGNAL_PLAIN, self._on_signed_on),
            (connections, b"signed-off", SIGNAL_PLAIN, lambda _connection, _data: self._runtime.emit("signed_off")),
            (conversations, b"chat-joined", SIGNAL_PLAIN, self._conversations.on_joined),
            (conversations, b"chat-left", SIGNAL_PLAIN, self._conversations.on_left),
            (conversations, b"chat-topic-changed", SIGNAL_TOPIC, self._conversations.on_topic),
        ):
            made = self._runtime.callback(prototype, function)
            self._purple.purple_signal_connect(
                instance, name, cast(self._handle, c_void_p), cast(made, c_void_p), None)

    def _on_signed_on(self, connection: Pointer, _: object) -> None:
        account = self._purple.purple_connection_get_account(connection)
        self._runtime.emit("signed_on", username=text(self._purple.purple_account_get_username(account)))
