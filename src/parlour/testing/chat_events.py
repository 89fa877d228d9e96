"""XCCOS as a client reads and writes it: that of `parlour.sipclient`."""

from parlour.sipclient.xccos import (
    NAMESPACE,
    ChatEvent,
    ChatMessage,
    Member,
    channel_id,
    chat,
    command,
    envelope,
    read_envelope,
)

__all__ = [
    "NAMESPACE", "ChatEvent", "ChatMessage", "Member", "channel_id", "chat", "command", "envelope", "read_envelope"]
