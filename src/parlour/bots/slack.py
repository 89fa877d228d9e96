"""What systems write that were made for Slack's webhooks, as plain text (https://api.slack.com/reference/surfaces).

Pure: bytes in, values out. Nothing of it is markup for us; links, names and emphasis become what people would type.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

MOST_ATTACHMENTS: Final = 100
_DEEPEST: Final = 8  # levels of rich text
# A reference, as Slack writes it; whoever does not escape "a < b and c > d" means just that.
_PIECE = re.compile(r"<([@#!][^<>\s][^<>\n]{0,4096}|[a-zA-Z][a-zA-Z0-9+.-]{0,31}:[^<>\n]{1,4096})>")
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))


class SlackError(Exception):
    """A body that is refused; the text is Slack's word for it."""


@dataclass(frozen=True, slots=True)
class SlackPost:
    """What shall be posted, and under which name it wants to be."""

    text: str
    username: str


def read_post(content_type: str, body: bytes) -> SlackPost:
    """Read the body of a post to an incoming webhook.

    Args:
        content_type: as the header says.
        body: JSON, or a form whose field ``payload`` is JSON.

    Raises:
        SlackError: invalid_payload, no_text, too_many_attachments.
    """
    payload = read_object(_json_of(content_type, body))
    text = message_text(payload)
    if not text.strip():
        raise SlackError("no_text")
    return SlackPost(text, " ".join(_text(payload.get("username")).split())[:80])


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        SlackError: invalid_payload.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise SlackError("invalid_payload") from fault
    if not isinstance(found, dict):
        raise SlackError("invalid_payload")
    return found


def _json_of(content_type: str, body: bytes) -> bytes:
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded" or body[:1] == b"{":
        return body  # curl calls JSON a form unless told otherwise
    try:
        fields = parse_qs(body.decode(), max_num_fields=20, errors="strict")
    except ValueError as fault:
        raise SlackError("invalid_payload") from fault
    return fields.get("payload", [""])[0].encode("utf-8", "surrogatepass")


def message_text(payload: Mapping[str, Any]) -> str:
    """Return a message as plain text: its blocks, or without any its text; then its attachments.

    Raises:
        SlackError: invalid_payload, too_many_attachments.
    """
    attachments = payload.get("attachments")
    if isinstance(attachments, list) and len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    try:
        body = _lines(_block(block) for block in _objects(payload.get("blocks")))
        parts = [body or plain(_text(payload.get("text"))), *(_attachment(one) for one in _objects(attachments))]
    except RecursionError as fault:
        raise SlackError("invalid_payload") from fault
    return _lines(parts)


def plain(text: str) -> str:
    """Return mrkdwn as plain text: links as ``text (address)``, people as ``@name``, without entities."""
    return "".join(_plain(text))


def _plain(text: str) -> Iterator[str]:
    """Take a text piece by piece: what an entity stands for is never taken for markup."""
    end = 0
    for found in _PIECE.finditer(text):
        yield _unescaped(text[end:found.start()])
        yield _unescaped(_reference(found[1]))
        end = found.end()
    yield _unescaped(text[end:])


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _reference(inner: str) -> str:
    target, _, label = inner.partition("|")
    match target[:1]:
        case "@":
            return f"@{(label or target[1:]).removeprefix('@')}"
        case "#":
            return f"#{(label or target[1:]).removeprefix('#')}"
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
    shown = target.removeprefix("mailto:")
    return shown if label in ("", shown, target) else f"{label} ({shown})"


def _attachment(one: Mapping[str, Any]) -> str:
    blocks = _lines(_block(block) for block in _objects(one.get("blocks")))
    title = _linked(plain(_text(one.get("title"))), _text(one.get("title_link")))
    said = [plain(_text(one.get("pretext"))), plain(_text(one.get("author_name"))), title, blocks,
            plain(_text(one.get("text"))), *(_field(field) for field in _objects(one.get("fields"))),
            _text(one.get("image_url")), plain(_text(one.get("footer")))]
    return _lines(said) or plain(_text(one.get("fallback")))


def _field(field: Mapping[str, Any]) -> str:
    title, value = plain(_text(field.get("title"))), plain(_text(field.get("value")))
    return f"{title}: {value}" if title and value else title or value


def _linked(text: str, url: str) -> str:
    return f"{text} ({url})" if text and url else text or url


def _block(block: Mapping[str, Any]) -> str:
    match block.get("type"):
        case "divider":
            return "---"
        case "image":
            return _linked(_words(block.get("title")) or _text(block.get("alt_text")), _text(block.get("image_url")))
        case "rich_text":
            return _lines(_rich(element, 0) for element in _objects(block.get("elements")))
        case "context" | "actions":
            return " ".join(filter(None, (_element(one) for one in _objects(block.get("elements")))))
    return _lines([_words(block.get("text")), *(_words(field) for field in _objects(block.get("fields")))])


def _element(element: Mapping[str, Any]) -> str:
    if element.get("type") == "image":
        return _text(element.get("alt_text"))
    if element.get("type") in ("mrkdwn", "plain_text"):
        return _words(element)
    return _linked(_words(element.get("text")), _text(element.get("url")))


def _words(value: object) -> str:
    """Return a text object, or a text, as plain text."""
    if not isinstance(value, dict):
        return plain(_text(value))
    text = _text(value.get("text"))
    return text if value.get("type") == "plain_text" else plain(text)


def _rich(element: Mapping[str, Any], depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    inner = [_rich(one, depth + 1) for one in _objects(element.get("elements"))]
    match element.get("type"):
        case "rich_text_list":
            ordered = element.get("style") == "ordered"
            return _lines(f"{number}. {one}" if ordered else f"- {one}" for number, one in enumerate(inner, start=1))
        case "rich_text_quote":
            return _lines(f"> {line}" for line in "".join(inner).splitlines())
        case "rich_text_preformatted":
            return f"```\n{''.join(inner)}\n```"
        case "link":
            url, text = _text(element.get("url")), _text(element.get("text"))
            return url if text in ("", url) else f"{text} ({url})"
        case "user" | "usergroup" | "broadcast":
            return f"@{_text(element.get('user_id') or element.get('usergroup_id') or element.get('range'))}"
        case "channel":
            return f"#{_text(element.get('channel_id'))}"
        case "emoji":
            return f":{_text(element.get('name'))}:"
    return _text(element.get("text")) + "".join(inner)


def _objects(value: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else ()


def _text(value: object) -> str:
    """Return a text, or a number as text; nothing else is one."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
