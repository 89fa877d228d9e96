"""What was made for Slack, as plain text."""

import json
from typing import Any

import pytest

from parlour.bots.slack import SlackError, SlackPost, message_text, plain, read_post


@pytest.mark.parametrize(("mrkdwn", "expected"), [
    ("plain text\nof two lines", "plain text\nof two lines"),
    ("see <https://x.example/a?b=1&amp;c=2>", "see https://x.example/a?b=1&c=2"),
    ("see <https://x.example|the build>", "see the build (https://x.example)"),
    ("see <https://x.example|https://x.example>", "see https://x.example"),
    ("<mailto:bob@x.example|bob@x.example>", "bob@x.example"),
    ("<@bob@litwareinc.com> and <@U12|carol>", "@bob@litwareinc.com and @carol"),
    ("<#C1|ops> <#C2>", "#ops #C2"),
    ("<!here> <!subteam^S1|@admins> <!date^1392734382^{date}|18 Feb>", "@here @admins 18 Feb"),
    ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;", "1 < 2 && 3 > 2 &quot;"),
    ("&amp;lt;", "&lt;"),
    ("&lt;https://no.link&gt;", "<https://no.link>"),
    ("a < b and c > d <b>x</b> <!> <@>", "a < b and c > d <b>x</b> <!> <@>"),
    ("<unclosed", "<unclosed"),
    ("*bold* _it_ ~no~ `code`", "*bold* _it_ ~no~ `code`"),
])
def test_mrkdwn_becomes_plain_text(mrkdwn: str, expected: str) -> None:
    assert plain(mrkdwn) == expected


@pytest.mark.parametrize(("payload", "expected"), [
    ({"text": "hello"}, "hello"),
    ({"text": 5}, "5"),
    ({"text": "first", "attachments": [{"fallback": "f", "title": "T", "title_link": "https://t.example",
      "text": "body", "fields": [{"title": "Env", "value": "prod"}], "footer": "CI"}]},
     "first\nT (https://t.example)\nbody\nEnv: prod\nCI"),
    ({"attachments": [{"fallback": "only this"}]}, "only this"),
    ({"text": "for notifications", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Deployed <ok>"}}, {"type": "divider"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "by <@bob>"},
         "fields": [{"type": "mrkdwn", "text": "*when*"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "one"}, {"type": "image", "alt_text": "two"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"},
                                          "url": "https://o.example"}]},
        {"type": "image", "alt_text": "a chart", "image_url": "https://i.example/c.png"}]},
     "Deployed <ok>\n---\nby @bob\n*when*\none two\nOpen (https://o.example)\na chart (https://i.example/c.png)"),
    ({"blocks": [{"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [
            {"type": "text", "text": "hi "}, {"type": "user", "user_id": "bob"}, {"type": "text", "text": ", see "},
            {"type": "link", "url": "https://l.example", "text": "this"}, {"type": "emoji", "name": "tada"}]},
        {"type": "rich_text_list", "style": "ordered", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "two"}]}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "a\nb"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = 1"}]}]}]},
     "hi @bob, see this (https://l.example):tada:\n1. one\n2. two\n> a\n> b\n```\nx = 1\n```"),
    ({"blocks": [], "text": "then the text"}, "then the text"),
    ({"blocks": "nonsense", "attachments": {"a": 1}, "text": "still"}, "still"),
    ({"blocks": [1, None, {"type": 7}, {"type": "section", "text": ["no"]}], "text": "x"}, "x"),
])
def test_messages_become_plain_text(payload: dict[str, Any], expected: str) -> None:
    assert message_text(payload) == expected


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("kind", "body", "expected"), [
    ("application/json", b'{"text": "hi", "username": " CI \\n bot "}', SlackPost("hi", "CI bot")),
    ("application/json; charset=utf-8", '{"text": "grüße"}'.encode(), SlackPost("grüße", "")),
    (FORM, b"payload=%7B%22text%22%3A%20%22a%2Bb%20%26amp%3B%22%7D", SlackPost("a+b &", "")),
    (FORM, b'{"text": "curl -d"}', SlackPost("curl -d", "")),
    ("", b'{"text": "no type"}', SlackPost("no type", "")),
])
def test_bodies_are_read(kind: str, body: bytes, expected: SlackPost) -> None:
    assert read_post(kind, body) == expected


NESTED: Any = {"type": "rich_text_section", "elements": [{"type": "text", "text": "deep"}]}
for _ in range(40):
    NESTED = {"type": "rich_text_section", "elements": [NESTED]}


@pytest.mark.parametrize(("kind", "body", "word"), [
    ("application/json", b"", "invalid_payload"),
    ("application/json", b"[1]", "invalid_payload"),
    ("application/json", b"{" * 100_000, "invalid_payload"),
    ("application/json", b"[" * 100_000, "invalid_payload"),
    ("application/json", b'{"text": "\xff"}', "invalid_payload"),
    (FORM, b"text=hello", "invalid_payload"),
    (FORM, b"payload=nonsense", "invalid_payload"),
    (FORM, b"&".join(b"a=1" for _ in range(1000)), "invalid_payload"),
    (FORM, b"payload=%FF", "invalid_payload"),
    ("application/json", b"{}", "no_text"),
    ("application/json", b'{"text": "  \\n"}', "no_text"),
    ("application/json", b'{"text": null, "blocks": [{"type": "section"}]}', "no_text"),
    ("application/json", json.dumps({"blocks": [{"type": "rich_text", "elements": [NESTED]}]}).encode(), "no_text"),
    ("application/json", json.dumps({"text": "x", "attachments": [{}] * 101}).encode(), "too_many_attachments"),
])
def test_bad_bodies_are_refused_in_slacks_words(kind: str, body: bytes, word: str) -> None:
    with pytest.raises(SlackError, match=f"^{word}$"):
        read_post(kind, body)
