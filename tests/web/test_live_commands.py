"""Frames of clients: what is understood, and that everything else is refused by name."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.addresses import RoomUri
from parlour.chat.model import Content
from parlour.web.live.commands import (
    Asked,
    BadFrameError,
    Command,
    Delete,
    Edit,
    Join,
    Part,
    Ping,
    Post,
    Read,
    Typing,
    parse_room_id,
    read_frame,
    room_id,
)

GUID = "22449d9b-e720-47c4-b0d2-f9095c8afe0b"
ROOM = RoomUri("litwareinc.com", GUID)
ID = f"litwareinc.com/{GUID}"

UNDERSTOOD: list[tuple[dict[str, Any], Command]] = [
    ({"do": "join", "room": ID}, Join(ROOM)),
    ({"do": "join", "room": ID, "after": 0}, Join(ROOM, 0)),
    ({"do": "join", "room": ID, "after": None}, Join(ROOM)),
    ({"do": "part", "room": ID}, Part(ROOM)),
    ({"do": "post", "room": ID, "text": "a\n<b>\u202e"}, Post(ROOM, Content("a\n<b>\u202e"))),
    ({"do": "post", "room": ID, "text": "a", "title": "t", "alert": True}, Post(ROOM, Content("a", "t", None, True))),
    ({"do": "edit", "room": ID, "number": 7, "text": "b"}, Edit(ROOM, 7, Content("b"))),
    ({"do": "delete", "room": ID, "number": 7}, Delete(ROOM, 7)),
    ({"do": "read", "room": ID, "number": 2**53 - 1}, Read(ROOM, 2**53 - 1)),
    ({"do": "typing", "room": ID}, Typing(ROOM)),
    ({"do": "ping", "what else": [1, 2]}, Ping()),
]


@pytest.mark.parametrize(("frame", "command"), UNDERSTOOD)
def test_what_is_understood(frame: dict[str, Any], command: Command) -> None:
    assert read_frame(json.dumps(frame)) == Asked(None, command)
    assert read_frame(json.dumps({**frame, "id": "x"})) == Asked("x", command)


BAD = {
    "no JSON": "{", "deep": "[" * 100_000, "a list": "[]", "a text": '"ping"', "nothing": "{}", "null": "null",
    "an unknown command": '{"do": "format"}', "a list for a command": '{"do": ["ping"]}',
    "no room": '{"do": "part"}', "a room's name": '{"do": "part", "room": "Engineering"}',
    "a room's URI": f'{{"do": "part", "room": "ma-chan://{ID}"}}', "a number for a room": '{"do": "part", "room": 1}',
    "no text": f'{{"do": "post", "room": "{ID}"}}',
    "a number for a text": f'{{"do": "post", "room": "{ID}", "text": 1}}',
    "half a character": f'{{"do": "post", "room": "{ID}", "text": "\\ud800"}}',
    "an odd alert": f'{{"do": "post", "room": "{ID}", "text": "a", "alert": "yes"}}',
    "a negative number": f'{{"do": "delete", "room": "{ID}", "number": -1}}',
    "a broken number": f'{{"do": "delete", "room": "{ID}", "number": 1.5}}',
    "a truth": f'{{"do": "delete", "room": "{ID}", "number": true}}',
    "a huge number": f'{{"do": "delete", "room": "{ID}", "number": {2**53}}}',
    "a number of a thousand digits": f'{{"do": "delete", "room": "{ID}", "number": {"9" * 5000}}}',
    "not a number": f'{{"do": "delete", "room": "{ID}", "number": NaN}}',
    "a long mark": json.dumps({"do": "ping", "id": "x" * 65}), "an odd mark": '{"do": "ping", "id": {}}',
}


@pytest.mark.parametrize("name", BAD)
def test_everything_else_is_refused(name: str) -> None:
    with pytest.raises(BadFrameError) as caught:
        read_frame(BAD[name])
    assert caught.value.error.kind.name == "FrameInvalid"


def test_the_mark_of_what_is_refused_is_kept() -> None:
    with pytest.raises(BadFrameError) as caught:
        read_frame('{"do": "format", "id": 7}')
    assert caught.value.mark == 7


@given(st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["do", "id", "room", "text", "number"]), inner),
).map(json.dumps))
def test_nothing_else_comes_of_any_text(text: str) -> None:
    with suppress(BadFrameError):
        read_frame(text)


@given(st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,10}){1,3}", fullmatch=True), st.uuids())
def test_ids_of_rooms_are_read_back(domain: str, guid: object) -> None:
    room = RoomUri(domain, str(guid))
    assert parse_room_id(room_id(room)) == room
