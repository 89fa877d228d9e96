"""The C functions the driver calls, with their types."""

import ctypes
import os
from pathlib import Path

from tests.real_client.driver.abi import Pointer

_TYPES = {"p": ctypes.c_void_p, "s": ctypes.c_char_p, "i": ctypes.c_int, "u": ctypes.c_uint, "l": ctypes.c_long,
          "z": ctypes.c_size_t, "v": None}

# name, result, arguments: v void, p pointer, s string, i int, u unsigned, l long, z size_t
_GLIB = """
g_main_loop_new p pi | g_main_loop_run v p | g_main_loop_quit v p | g_source_remove i u
g_timeout_add u upp | g_timeout_add_seconds u upp | g_unix_fd_add u iipp
g_hash_table_new p pp | g_hash_table_insert i ppp | g_hash_table_destroy v p
"""
_PURPLE = """
purple_util_set_user_dir v s | purple_debug_set_ui_ops v p | purple_debug_set_enabled v i
purple_debug_set_verbose v i | purple_debug_set_unsafe v i | purple_core_set_ui_ops v p
purple_eventloop_set_ui_ops v p | purple_plugins_add_search_path v s | purple_core_init i s
purple_core_get_version s | purple_set_blist v p | purple_blist_new p | purple_prefs_load i
purple_prefs_set_bool v si | purple_find_prpl p s | purple_account_new p ss | purple_accounts_add v p
purple_account_set_password v ps | purple_account_set_remember_password v pi | purple_account_set_string v pss
purple_account_set_bool v psi | purple_account_set_int v psi | purple_account_set_enabled v psi
purple_account_get_enabled i ps | purple_account_connect v p | purple_account_disconnect v p
purple_account_is_connected i p | purple_account_is_disconnected i p | purple_account_get_connection p p
purple_account_get_username s p | purple_account_set_proxy_info v pp | purple_proxy_info_new p
purple_proxy_info_set_type v pi | purple_account_set_status v psip | purple_connection_get_account p p
purple_connections_get_handle p | purple_conversations_get_handle p | purple_signal_connect l psppp
purple_connections_set_ui_ops v p | purple_conversations_set_ui_ops v p | purple_notify_set_ui_ops v p
purple_request_set_ui_ops v p | purple_roomlist_set_ui_ops v p | purple_roomlist_get_list p p
purple_roomlist_ref v p | purple_roomlist_unref v p | serv_join_chat v pp
purple_conversation_get_data p ps | purple_conversation_get_name s p | purple_conversation_get_type i p
purple_conversation_get_chat_data p p | purple_conversation_get_im_data p p | purple_conversation_destroy v p
purple_conversation_new p ips | purple_get_chats p | purple_conv_chat_send v ps | purple_conv_im_send v ps
purple_conv_chat_get_users p p | purple_conv_chat_get_topic s p | purple_conv_chat_get_nick s p
purple_conv_chat_has_left i p | purple_conv_chat_user_get_flags i ps
purple_certificate_find_verifier p ss | purple_certificate_verify_complete v pi
"""


class Library:
    """Typed access to GLib and libpurple.

    Attributes:
        glib: libglib-2.0.
        purple: libpurple.
    """

    def __init__(self) -> None:
        ctypes.CDLL(None).setlocale(6, b"")  # LC_ALL, from the environment
        self.glib = ctypes.CDLL("libglib-2.0.so.0", mode=ctypes.RTLD_GLOBAL)
        ctypes.CDLL("libgobject-2.0.so.0", mode=ctypes.RTLD_GLOBAL)
        self.purple = ctypes.CDLL("libpurple.so.0", mode=ctypes.RTLD_GLOBAL)
        _declare(self.glib, _GLIB)
        _declare(self.purple, _PURPLE)


def _declare(library: ctypes.CDLL, table: str) -> None:
    for row in table.replace("\n", " | ").split(" | "):
        if row.strip():
            name, result, *arguments = row.split()
            function = getattr(library, name)
            function.restype = _TYPES[result]
            function.argtypes = [_TYPES[letter] for letter in "".join(arguments)]


def address(library: ctypes.CDLL, name: str) -> Pointer:
    """Return where a C function lies, to hand it to C again."""
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value


def prepare_environment(scratch: Path) -> None:
    """Set what the libraries read when they load: UTF-8, English, no D-Bus, no display, no scan for codecs."""
    env = os.environ
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if "UTF8" not in locale.upper().replace("-", ""):
        env["LC_ALL"] = "C.UTF-8"
    env["LANGUAGE"] = "en"
    env.setdefault("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    env.setdefault("DBUS_SYSTEM_BUS_ADDRESS", "disabled:")
    env.pop("DISPLAY", None)
    env.setdefault("GST_PLUGIN_SYSTEM_PATH_1_0", str(scratch / "no-codecs"))
    env.setdefault("GST_REGISTRY_1_0", str(scratch / "codecs.bin"))
    env.setdefault("GST_REGISTRY_FORK", "no")
