"""Reading and writing XCCOS as clients do."""

from xml.etree import ElementTree

import pytest

from parlour.testing import chat_events
from parlour.testing.chat_events import ChatEvent, Member, read_envelope

ROOM = "ma-chan://litwareinc.com/1f1ea3fa"
XCCOS = '<xccos ver="1" envid="7" xmlns="urn:parlano:xml:ns:xccos">{}</xccos>'
JOINED = (
    '<rpl id="rpl:join" seqid="1"><commandid seqid="1" envid="41"/><resp code="200">SUCCESS_OK</resp><data>'
    f'<chanib name="Engineering" uri="{ROOM}"><aib key="3984" value="0,2"/><aib key="12276" value="1"/>'
    '<aib key="1" value=""/></chanib>'
    '<uib uri="sip:a@x.example" id="0"/><uib uri="sip:b@x.example" id="1"/><uib uri="sip:c@x.example" id="2"/>'
    "</data></rpl>")
CHAT = f'<grpchat id="grpchat" chanUri="{ROOM}" author="sip:a@x.example" chatId="3" ts="T"><chat>hi</chat></grpchat>'
NOTICE = ('<ntc id="ntc:join" seqid="1"><data><uib uri="sip:b@x.example"><aib key="3984" domain="litwareinc.com" '
          'value="1f1ea3fa"/></uib></data></ntc>')


def read(primitives: str) -> list[ChatEvent]:
    return read_envelope(XCCOS.format(primitives).encode())


def test_join_reply() -> None:
    (event,) = read(JOINED)
    assert (event.kind, event.code, event.reason, event.command) == ("rpl:join", 200, "SUCCESS_OK", ("41", "1"))
    assert event.rooms == {"Engineering": ROOM}
    assert event.members == [
        Member("sip:a@x.example", ROOM), Member("sip:c@x.example", ROOM), Member("sip:b@x.example", ROOM, True)]


def test_reply_without_resp_counts_as_500() -> None:
    (event,) = read('<rpl id="rpl:join" seqid="1"><data/></rpl>')
    assert event.code == 500


def test_message() -> None:
    (event,) = read(CHAT)
    assert event.message == chat_events.ChatMessage(ROOM, "sip:a@x.example", "hi", "T", 3)
    assert event.fits(text="hi", kind="grpchat")
    assert not event.fits(text="ho")


def test_message_without_a_number() -> None:
    (event,) = read(CHAT.replace(' chatId="3"', ""))
    assert event.message.number is None


def test_join_and_part_notices() -> None:
    (join,) = read(NOTICE)
    (part,) = read(f'<ntc id="ntc:part"><data><chanib uri="{ROOM}"><uib uri="sip:b@x.example"/></chanib></data></ntc>')
    assert join.members == part.members == [Member("sip:b@x.example", ROOM)]


def test_history_keeps_its_order() -> None:
    messages = "".join(f'<msg id="grpchat" chanUri="{ROOM}" ts="{n}"><chat>{n}</chat></msg>' for n in (1, 2, 3))
    (event,) = read(f'<rpl id="rpl:bccontext"><data><chanib uri="{ROOM}">{messages}</chanib></data></rpl>')
    assert [message.text for message in event.history] == ["1", "2", "3"]


@pytest.mark.parametrize(("primitives", "kinds"), [
    (NOTICE + JOINED + CHAT, ["rpl:join"]),
    (CHAT + NOTICE + NOTICE, ["ntc:join", "ntc:join"]),
    (CHAT + CHAT, ["grpchat"]),
    ("", []),
])
def test_of_a_mixed_envelope_it_sees_what_pidgin_sipe_sees(primitives: str, kinds: list[str]) -> None:
    assert [event.kind for event in read(primitives)] == kinds


def test_broken_xml_is_an_error() -> None:
    with pytest.raises(ElementTree.ParseError):
        read_envelope(b"<xccos")


def test_a_post_survives_its_own_writing() -> None:
    text = 'a <b> & "c"\nd'
    written = chat_events.envelope(1, chat_events.chat(ROOM, "sip:a@x.example", text, "T"))
    assert b"\r\nd" in written
    (event,) = read_envelope(written)
    assert (event.message.text, event.message.room) == (text, ROOM)


def test_command_and_channel_id() -> None:
    written = chat_events.command("join", chat_events.channel_id(ROOM, 2))
    assert written == ('<cmd id="cmd:join" seqid="1"><data><chanid key="2" domain="litwareinc.com" value="1f1ea3fa"/>'
                       "</data></cmd>")
    assert chat_events.command("requri") == '<cmd id="cmd:requri" seqid="1"><data/></cmd>'
