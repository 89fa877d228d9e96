"""Whatever strangers post as Slack's forms: it is a text, or refused in Slack's words; nothing else happens."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parlour.bots.slack import SlackError, SlackPost, plain, read_post

NAMES = st.sampled_from([
    "text", "blocks", "attachments", "elements", "fields", "type", "title", "value", "url", "fallback", "username",
    "style", "alt_text", "image_url"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([
    "section", "rich_text", "rich_text_list", "rich_text_quote", "context", "actions", "image", "mrkdwn", "plain_text",
    "link"])
ANY: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=30)
KINDS = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "", "text/plain"])
WORDS = ("no_text", "too_many_attachments", "invalid_payload")


def outcome(kind: str, body: bytes) -> SlackPost | str:
    """Read a body; return what it is, or the word that refuses it."""
    try:
        return read_post(kind, body)
    except SlackError as refusal:
        return str(refusal)


@given(st.dictionaries(NAMES, ANY, max_size=6))
def test_any_object_is_a_text_or_refused(payload: dict[str, Any]) -> None:
    found = outcome("application/json", json.dumps(payload).encode())
    assert found in WORDS if isinstance(found, str) else found.text.strip() and "\n" not in found.username


@given(st.binary(max_size=300), KINDS)
def test_any_bytes_are_a_text_or_refused(body: bytes, kind: str) -> None:
    found = outcome(kind, body)
    assert found in WORDS if isinstance(found, str) else found.text.strip()


@given(st.text(alphabet="<>@#!|&;:abhtp/.\n ", max_size=200))
def test_plain_text_never_grows_out_of_measure(text: str) -> None:
    assert len(plain(text)) <= 3 * len(text)


@given(st.text())
def test_what_was_escaped_is_what_was_meant(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == text
