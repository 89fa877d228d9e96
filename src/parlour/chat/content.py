"""What people may write, and whom they name in it."""

import re
from itertools import islice

from parlour.addresses import SipAddress
from parlour.chat.model import Content
from parlour.errors import (
    MESSAGE_EMPTY,
    MESSAGE_INVALID,
    MESSAGE_TOO_LONG,
    RTF_TOO_LONG,
    STORY_TITLE_INVALID,
    ErrorKind,
    ParlourError,
)

MAX_TITLE = 256  # characters, as long as a room's name
MAX_MENTIONS = 50  # people named in one message; more are not told
MAX_CANDIDATES = 500  # "@" with something behind it that are looked at in one message
# "@bob" or "@bob@litwareinc.com", where no address or word runs into it.
_MENTION = re.compile(r"(?<![\w.@+-])@([\w.+'-]{1,64}+)(?![\w+'-])(?:@([A-Za-z0-9.-]{1,253}))?")


def check_content(content: Content, *, message: int, story: int, rtf: int) -> None:
    """Make sure that this can be posted.

    Args:
        content: what somebody wrote.
        message: longest text, in characters.
        story: longest text of a story, in characters.
        rtf: longest Rich Text twin, in characters.

    Raises:
        ParlourError: MessageEmpty, MessageInvalid, MessageTooLong, StoryTitleInvalid, RichTextTooLong.
    """
    if not content.text.strip():
        raise ParlourError(MESSAGE_EMPTY)
    _check_size(MESSAGE_TOO_LONG, content.text, message if content.title is None else story)
    _check_size(RTF_TOO_LONG, content.rtf or "", rtf)
    for text in (content.text, content.title or "", content.rtf or ""):
        _check_characters(text)
    if content.title is not None:
        _check_title(content.title)


def _check_size(refusal: ErrorKind, text: str, limit: int) -> None:
    if len(text) > limit:
        raise ParlourError(refusal, size=len(text), limit=limit)


def _check_characters(text: str) -> None:
    if "\0" in text or not _is_encodable(text):
        raise ParlourError(MESSAGE_INVALID)


def _is_encodable(text: str) -> bool:
    """Say whether there are only whole characters; the codec looks at them all, many times as fast as Python could."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character
        return False
    return True


def _check_title(title: str) -> None:
    if not title.strip() or "\n" in title or "\r" in title:
        raise ParlourError(STORY_TITLE_INVALID, reason="it is one line with something on it")
    if len(title) > MAX_TITLE:
        raise ParlourError(STORY_TITLE_INVALID, reason=f"it is longer than {MAX_TITLE} characters")


def mentioned(content: Content, domain: str) -> tuple[SipAddress, ...]:
    """Return the addresses of the people that somebody names with an "@", each once.

    Of a message that has too many of them, those behind the first `MAX_CANDIDATES` name nobody.

    Args:
        content: what somebody wrote.
        domain: the domain that is meant where none is written.
    """
    if "@" not in content.text:
        return ()
    found: dict[str, SipAddress] = {}
    candidates = islice(_MENTION.finditer(content.text), MAX_CANDIDATES)
    for user, written in dict.fromkeys(candidate.groups("") for candidate in candidates):
        try:
            address = SipAddress.parse(f"sip:{user.rstrip('.-')}@{written.rstrip('.-') or domain}")
        except ParlourError:
            continue  # nobody can be called so
        found.setdefault(address.key, address)
        if len(found) == MAX_MENTIONS:
            break
    return tuple(found.values())
