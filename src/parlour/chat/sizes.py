"""How much text one answer has: bounded, since a client must be able to take it and the node to hold it."""

from collections.abc import Iterable
from typing import Final

from parlour.chat.model import Message

MOST_TEXT: Final = 400_000  # characters, unless a single message has more


def fitting(messages: Iterable[Message]) -> int:
    """Return how many of these, from the first one on, are not too long together; at least one, if there is any."""
    left, kept = MOST_TEXT, 0
    for message in messages:
        left -= len(message.text) + len(message.content.title or "")
        if left < 0 and kept:
            break
        kept += 1
    return kept
