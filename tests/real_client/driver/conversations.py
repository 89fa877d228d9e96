"""Rooms as the person sees them: who is there, what is said."""

import html
import re
from ctypes import string_at
from datetime import UTC, datetime
from typing import Any

from tests.real_client.driver.abi import (
    CONV_ADD,
    CONV_FOCUS,
    CONV_PLAIN,
    CONV_REMOVE,
    CONV_RENAME,
    CONV_UPDATE,
    CONV_WRITE,
    CONV_WRITE_CONV,
    ChatBuddy,
    ConversationUiOps,
    Pointer,
    SipeChatSession,
    glist,
    structure,
    text,
)
from tests.real_client.driver.runtime import Runtime

Fields = dict[str, Any]

_CHAT = 2  # PURPLE_CONV_TYPE_CHAT
_SENT, _ERROR, _OPERATOR = 0x1, 0x200, 0x4
_FLAGS = {0x1: "send", 0x2: "recv", 0x4: "system", 0x8: "auto", 0x20: "nick", 0x40: "no_log", 0x200: "error",
          0x400: "delayed", 0x10000: "remote_send"}
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def plain_text(markup: bytes | None) -> str:
    """Turn libpurple markup into plain text: line breaks kept, entities decoded."""
    broken = re.sub(r"(?i)<br\s*/?>", "\n", text(markup) or "")
    return html.unescape(re.sub(r"<[^>]*>", "", broken))


def _message(author: bytes | None, markup: bytes | None, flags: int, at: int) -> Fields:
    return {
        "author": text(author), "text": plain_text(markup), "html": text(markup), "timestamp": int(at),
        "time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "flags": [name for bit, name in _FLAGS.items() if flags & bit]}


def buddy(pointer: Pointer) -> Fields:
    """Describe one participant."""
    entry = structure(ChatBuddy, pointer)
    return {"uri": text(entry.name), "alias": text(entry.alias), "op": bool(entry.flags & _OPERATOR)}


class Conversations:
    """Turns libpurple's conversation callbacks into events."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._purple = runtime.lib.purple
        self._emit = runtime.emit
        self._announced: dict[Pointer, bool] = {}  # True once "room_joined" was said

    def ui_ops(self) -> ConversationUiOps:
        """Return the table that libpurple asks for."""
        make = self._runtime.callback
        return ConversationUiOps(
            create_conversation=make(CONV_PLAIN, lambda _: None),
            destroy_conversation=make(CONV_PLAIN, self._left),
            write_chat=make(CONV_WRITE, self._on_chat),
            write_im=make(CONV_WRITE, self._on_im),
            write_conv=make(CONV_WRITE_CONV, self._on_line),
            chat_add_users=make(CONV_ADD, self._on_users_added),
            chat_rename_user=make(CONV_RENAME, lambda *_: None),
            chat_remove_users=make(CONV_REMOVE, self._on_users_removed),
            chat_update_user=make(CONV_UPDATE, self._on_user_changed),
            has_focus=make(CONV_FOCUS, lambda _: 0, 0))

    def room(self, conversation: Pointer) -> Fields:
        """Name a room by its window title and, once the plugin knows it, its URI."""
        data = self._purple.purple_conversation_get_data(conversation, b"sipe")
        uri = text(structure(SipeChatSession, data).id) if data else None
        known = uri if uri and _SCHEME.match(uri) else None
        return {"room": text(self._purple.purple_conversation_get_name(conversation)), "uri": known}

    def find(self, key: str | None) -> Pointer:
        """Return an open room by URI or title; one that was left only if there is no other.

        Raises:
            ValueError: there is none.
        """
        matching = [chat for chat in glist(self._purple.purple_get_chats())
                    if key is not None and key in self.room(chat).values()]
        found = next((chat for chat in matching if not self.has_left(chat)), matching[-1] if matching else None)
        if found is None:
            raise ValueError(f"not in room {key!r}")
        return found

    def all(self) -> list[Fields]:
        """Describe all room windows."""
        chats = glist(self._purple.purple_get_chats())
        return [{**self.room(chat), "left": self.has_left(chat)} for chat in chats]

    def has_left(self, conversation: Pointer) -> bool:
        """Say whether the window stands for a room that was left."""
        return bool(self._purple.purple_conv_chat_has_left(self.chat(conversation)))

    def chat(self, conversation: Pointer) -> Pointer:
        """Return libpurple's chat object of a conversation."""
        pointer: Pointer = self._purple.purple_conversation_get_chat_data(conversation)
        return pointer

    def participants(self, conversation: Pointer) -> Fields:
        """Describe who is there, and the topic."""
        chat = self.chat(conversation)
        users = [buddy(pointer) for pointer in glist(self._purple.purple_conv_chat_get_users(chat))]
        return {"users": sorted(users, key=lambda user: user["uri"] or ""),
                "topic": text(self._purple.purple_conv_chat_get_topic(chat)), **self.room(conversation)}

    # --- signals ----------------------------------------------------------------------------------------------
    def on_joined(self, conversation: Pointer, _: object) -> None:
        """Announce a room as soon as its URI is known."""
        self._announced[conversation] = False
        self._announce(conversation)
        if not self._announced[conversation]:
            self._runtime.later(0, lambda: self._announce(conversation, force=True))

    def on_left(self, conversation: Pointer, _: object) -> None:
        """Report a room that was left."""
        self._left(conversation)

    def on_topic(self, conversation: Pointer, who: bytes, topic: bytes, _: object) -> None:
        """Report a topic."""
        self._emit_in(conversation, "topic", topic=text(topic), who=text(who))

    def _announce(self, conversation: Pointer, force: bool = False) -> None:
        if self._announced.get(conversation) is not False:
            return
        room = self.room(conversation)
        if room["uri"] or force:
            self._announced[conversation] = True
            chat = self.chat(conversation)
            nick = text(self._purple.purple_conv_chat_get_nick(chat)) if chat else None
            self._emit("room_joined", nick=nick, **room)

    def _left(self, conversation: Pointer) -> None:
        if self._announced.pop(conversation, None) is not None:
            self._emit("room_left", **self.room(conversation))

    # --- callbacks --------------------------------------------------------------------------------------------
    def _emit_in(self, conversation: Pointer, event: str, **fields: object) -> None:
        self._announce(conversation)
        self._emit(event, **self.room(conversation), **fields)

    def _on_chat(self, conversation: Pointer, who: bytes, markup: bytes, flags: int, at: int) -> None:
        self._emit_in(conversation, "chat_message", own=bool(flags & _SENT), **_message(who, markup, flags, at))

    def _on_im(self, conversation: Pointer, who: bytes, markup: bytes, flags: int, at: int) -> None:
        self._emit("im_message", peer=self.room(conversation)["room"], **_message(who, markup, flags, at))

    def _on_line(self, conversation: Pointer, name: bytes, _: bytes, markup: bytes, flags: int, at: int) -> None:
        kind = "error_message" if flags & _ERROR else "system_message"
        if self._purple.purple_conversation_get_type(conversation) == _CHAT:
            self._emit_in(conversation, kind, **_message(name, markup, flags, at))
        else:
            self._emit(kind, peer=self.room(conversation)["room"], **_message(name, markup, flags, at))

    def _on_users_added(self, conversation: Pointer, users: Pointer, new: int) -> None:
        described = [buddy(user) for user in glist(users)]
        self._emit_in(conversation, "users_added", new_arrivals=bool(new), users=described)

    def _on_users_removed(self, conversation: Pointer, users: Pointer) -> None:
        self._emit_in(conversation, "users_removed", users=[text(string_at(user)) for user in glist(users) if user])

    def _on_user_changed(self, conversation: Pointer, user: bytes) -> None:
        chat = self.chat(conversation)
        flags = self._purple.purple_conv_chat_user_get_flags(chat, user) if chat else 0
        self._emit("user_flags", user=text(user), op=bool(flags & _OPERATOR), **self.room(conversation))
