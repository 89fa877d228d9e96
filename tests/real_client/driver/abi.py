"""Structures and callback types of the libpurple 2.x ABI, from its public headers, as far as the driver uses them."""

from ctypes import (
    CFUNCTYPE,
    Structure,
    c_char_p,
    c_int,
    c_long,
    c_size_t,
    c_uint,
    c_void_p,
)
from typing import Any

Pointer = int | None

P, S, N, L, U, Z = c_void_p, c_char_p, c_int, c_long, c_uint, c_size_t


def _reserved(count: int) -> list[tuple[str, type[c_void_p]]]:
    return [(f"reserved{i}", P) for i in range(count)]


class _GListNode(Structure):
    """GList; `next` is followed by hand."""

    _fields_ = (("data", P), ("next", P), ("prev", P))


def glist(head: Pointer) -> list[Pointer]:
    """Return the data pointers of a GList."""
    items: list[Pointer] = []
    while head:
        node = _GListNode.from_address(head)
        items.append(node.data)
        head = node.next
    return items


def text(raw: bytes | None) -> str | None:
    """Decode what C handed over; None stays None."""
    return None if raw is None else raw.decode("utf-8", "replace")


# --- debug, core, event loop ----------------------------------------------------------------------------------
PRINT = CFUNCTYPE(None, N, S, S)
IS_ENABLED = CFUNCTYPE(N, N, S)
PLAIN = CFUNCTYPE(None)
FD_FUNCTION = CFUNCTYPE(N, N, N, P)  # GUnixFDSourceFunc
SOURCE_FUNCTION = CFUNCTYPE(N, P)  # GSourceFunc
INPUT_FUNCTION = CFUNCTYPE(None, P, N, N)  # PurpleInputFunction
INPUT_ADD = CFUNCTYPE(U, N, N, P, P)
INPUT_REMOVE = CFUNCTYPE(N, U)


class DebugUiOps(Structure):
    """PurpleDebugUiOps."""

    _fields_ = (("print", PRINT), ("is_enabled", IS_ENABLED), *_reserved(4))


class CoreUiOps(Structure):
    """PurpleCoreUiOps."""

    _fields_ = (
        ("ui_prefs_init", PLAIN), ("debug_ui_init", PLAIN), ("ui_init", PLAIN), ("quit", PLAIN),
        ("get_ui_info", P), *_reserved(3))


class EventLoopUiOps(Structure):
    """PurpleEventLoopUiOps."""

    _fields_ = (
        ("timeout_add", P), ("timeout_remove", P), ("input_add", INPUT_ADD), ("input_remove", INPUT_REMOVE),
        ("input_get_error", P), ("timeout_add_seconds", P), *_reserved(3))


# --- connections and conversations ----------------------------------------------------------------------------
CONNECTION_PROGRESS = CFUNCTYPE(None, P, S, Z, Z)
CONNECTION_PLAIN = CFUNCTYPE(None, P)
CONNECTION_NOTICE = CFUNCTYPE(None, P, S)
CONNECTION_REASON = CFUNCTYPE(None, P, N, S)


class ConnectionUiOps(Structure):
    """PurpleConnectionUiOps."""

    _fields_ = (
        ("connect_progress", CONNECTION_PROGRESS), ("connected", CONNECTION_PLAIN),
        ("disconnected", CONNECTION_PLAIN), ("notice", CONNECTION_NOTICE), ("report_disconnect", P),
        ("network_connected", P), ("network_disconnected", P), ("report_disconnect_reason", CONNECTION_REASON),
        *_reserved(3))


CONV_PLAIN = CFUNCTYPE(None, P)
CONV_WRITE = CFUNCTYPE(None, P, S, S, N, L)
CONV_WRITE_CONV = CFUNCTYPE(None, P, S, S, S, N, L)
CONV_ADD = CFUNCTYPE(None, P, P, N)
CONV_RENAME = CFUNCTYPE(None, P, S, S, S)
CONV_REMOVE = CFUNCTYPE(None, P, P)
CONV_UPDATE = CFUNCTYPE(None, P, S)
CONV_FOCUS = CFUNCTYPE(N, P)
SIGNAL_PLAIN = CFUNCTYPE(None, P, P)
SIGNAL_TOPIC = CFUNCTYPE(None, P, S, S, P)


class ConversationUiOps(Structure):
    """PurpleConversationUiOps."""

    _fields_ = (
        ("create_conversation", CONV_PLAIN), ("destroy_conversation", CONV_PLAIN), ("write_chat", CONV_WRITE),
        ("write_im", CONV_WRITE), ("write_conv", CONV_WRITE_CONV), ("chat_add_users", CONV_ADD),
        ("chat_rename_user", CONV_RENAME), ("chat_remove_users", CONV_REMOVE), ("chat_update_user", CONV_UPDATE),
        ("present", P), ("has_focus", CONV_FOCUS), ("custom_smiley_add", P), ("custom_smiley_write", P),
        ("custom_smiley_close", P), ("send_confirm", P), *_reserved(4))


class ChatBuddy(Structure):
    """PurpleConvChatBuddy."""

    _fields_ = (
        ("name", S), ("alias", S), ("alias_key", S), ("buddy", N), ("flags", N), ("attributes", P), ("ui_data", P))


class SipeChatSession(Structure):
    """First members of the plugin's own chat session object."""

    _fields_ = (("backend", P), ("id", S), ("title", S))


# --- notices and requests -------------------------------------------------------------------------------------
NOTIFY_MESSAGE = CFUNCTYPE(P, N, S, S, S)
NOTIFY_FORMATTED = CFUNCTYPE(P, S, S, S, S)
NOTIFY_CLOSE = CFUNCTYPE(None, N, P)
NOTIFY_URI = CFUNCTYPE(P, S)


class NotifyUiOps(Structure):
    """PurpleNotifyUiOps."""

    _fields_ = (
        ("notify_message", NOTIFY_MESSAGE), ("notify_email", P), ("notify_emails", P),
        ("notify_formatted", NOTIFY_FORMATTED), ("notify_searchresults", P), ("notify_searchresults_new_rows", P),
        ("notify_userinfo", P), ("notify_uri", NOTIFY_URI), ("close_notify", NOTIFY_CLOSE), *_reserved(4))


REQUEST_INPUT = CFUNCTYPE(P, S, S, S, S, N, N, S, S, P, S, P, P, S, P, P)
REQUEST_ACTION = CFUNCTYPE(P, S, S, S, N, P, S, P, P, Z, P)
REQUEST_FIELDS = CFUNCTYPE(P, S, S, S, P, S, P, S, P, P, S, P, P)
REQUEST_CLOSE = CFUNCTYPE(None, N, P)
REQUEST_ICON = CFUNCTYPE(P, S, S, S, N, P, S, P, P, Z, P, Z, P)
ACTION_CALLBACK = CFUNCTYPE(None, P, N)
FIELDS_CALLBACK = CFUNCTYPE(None, P, P)


class RequestUiOps(Structure):
    """PurpleRequestUiOps."""

    _fields_ = (
        ("request_input", REQUEST_INPUT), ("request_choice", P), ("request_action", REQUEST_ACTION),
        ("request_fields", REQUEST_FIELDS), ("request_file", P), ("close_request", REQUEST_CLOSE),
        ("request_folder", P), ("request_action_with_icon", REQUEST_ICON), ("request_screenshare_media", P),
        *_reserved(2))


class VaList(Structure):
    """A va_list of the x86-64 System V ABI."""

    _fields_ = (("gp_offset", U), ("fp_offset", U), ("overflow_arg_area", P), ("reg_save_area", P))


# --- room lists and certificates ------------------------------------------------------------------------------
ROOMLIST_ADD = CFUNCTYPE(None, P, P)
ROOMLIST_PROGRESS = CFUNCTYPE(None, P, N)
ROOMLIST_PLAIN = CFUNCTYPE(None, P)


class RoomlistUiOps(Structure):
    """PurpleRoomlistUiOps."""

    _fields_ = (
        ("show_with_account", P), ("create", ROOMLIST_PLAIN), ("set_fields", P), ("add_room", ROOMLIST_ADD),
        ("in_progress", ROOMLIST_PROGRESS), ("destroy", ROOMLIST_PLAIN), *_reserved(4))


class RoomlistRoom(Structure):
    """PurpleRoomlistRoom."""

    _fields_ = (("type", N), ("name", S), ("fields", P), ("parent", P), ("expanded_once", N))


START_VERIFICATION = CFUNCTYPE(None, P)


class CertificateVerifier(Structure):
    """PurpleCertificateVerifier."""

    _fields_ = (("scheme_name", S), ("name", S), ("start_verification", P), ("destroy_request", P))


def structure(kind: type[Structure], pointer: Pointer) -> Any:  # noqa: ANN401 - ctypes fields are dynamic
    """Look at memory as a structure of this kind.

    Raises:
        ValueError: the pointer is NULL.
    """
    if not pointer:
        raise ValueError(f"NULL is no {kind.__name__}")
    return kind.from_address(pointer)
