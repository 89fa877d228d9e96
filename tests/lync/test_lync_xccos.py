"""XCCOS as clients write it."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.addresses import RoomUri
from parlour.chat.model import Content, Privacy, RoomType
from parlour.errors import ParlourError
from parlour.lync.xccos import read_commands
from parlour.lync.xccos_commands import (
    BatchJoin,
    Body,
    ChangeRoom,
    Command,
    CreatableCategories,
    CreateRoom,
    GetAddins,
    GetAssociations,
    GetFileToken,
    GetInvitations,
    GetPreference,
    GetRoom,
    GetServerInfo,
    GetUser,
    Join,
    Malformed,
    Part,
    Post,
    RecentHistory,
    Relation,
    RequestUri,
    SearchMessages,
    SearchRooms,
    SetPreference,
    Unknown,
)
from parlour.lync.xml import escape, escape_attribute

ROOM = RoomUri("litwareinc.com", "GUID1")
OTHER = RoomUri("litwareinc.com", "guid2")
URI = str(ROOM)


def envelope(content: str, envid: str = "461089561") -> bytes:
    return f'<xccos ver="1" envid="{envid}" xmlns="urn:parlano:xml:ns:xccos">{content}</xccos>'.encode()


def command(name: str, data: str = "") -> bytes:
    return envelope(f'<cmd id="cmd:{name}" seqid="1"><data>{data}</data></cmd>')


def body_of(document: bytes) -> Body:
    (only,) = read_commands(document)
    return only.body


def query_for(*rooms: RoomUri, **given: Any) -> SearchMessages:  # noqa: ANN401 - each has its own type
    """Make a query for messages in which only this is given."""
    none: dict[str, Any] = {
        "text": "", "exact": False, "match_case": False, "authors": (), "since": None, "until": None, "after": None,
        "limit": None, "newest_first": True}
    return SearchMessages(rooms, **(none | given))


@pytest.mark.parametrize(("name", "data", "expected"), [
    ("requri", "", RequestUri()),
    ("getserverinfo", '<sib domain="contoso.com" infoType="123"/>', GetServerInfo("123")),
    ("getserverinfo", "", GetServerInfo("")),
    ("join", '<chanid key="0" domain="LitwareInc.com" value="GUID1"/>', Join(ROOM)),
    ("bjoin", '<chanid key="0" domain="litwareinc.com" value="GUID1"/>', BatchJoin((ROOM,))),
    ("bjoin", '<chanid domain="litwareinc.com" value="GUID1"/><chanid domain="litwareinc.com" value="guid2"/>',
     BatchJoin((ROOM, OTHER))),
    ("part", f'<chanib uri="{URI}"/>', Part(ROOM)),
    ("chansrch", '<qib qtype="BYNAME" criteria="" extended="false"/>', SearchRooms("")),
    ("chansrch", '<qib qtype="byname" criteria="50% &amp; _"/>', SearchRooms("50% & _")),
    ("bccontext", f'<chanib uri="{URI}"/><bcq><last cnt="25"/></bcq>', RecentHistory(ROOM, 25)),
    ("bccontext", f'<bcq><last cnt="{"9" * 20}"/></bcq><chanib uri="{URI}"/>', RecentHistory(ROOM, 2**62)),
    ("getinv", '<inv inviteId="1" domain="litwareinc.com"/>', GetInvitations(1, "litwareinc.com")),
    ("chansrch", '<qib qtype="BYNAME" criteria="x" extended="true"/>', SearchRooms("x", extended=True)),
    ("bccontext", f'<chanib uri="{URI}"/><bcq/>', RecentHistory(ROOM, None)),
    ("getassociations", '<association domain="d" type="MEMBER" maxResults="7"/>',
     GetAssociations(Relation.MEMBER, 7)),
    ("getassociations", '<association type="manager"/>', GetAssociations(Relation.MANAGER, None)),
    ("getpref", '<pref label="kedzie.GroupChannels" seqid="71" createdefault="true"/>',
     GetPreference("kedzie.GroupChannels", 71, create_default=True)),
    ("setpref", '<pref label="a" seqid="0" createdefault="false" content="QUJD"/>', SetPreference("a", "QUJD")),
    ("nodespermcreatechild", "", CreatableCategories()),
    ("getchan", f'<chanib uri="{URI}"/>', GetRoom(ROOM)),
    ("getuser", '<uib uri="sip:ann@x.y"/>', GetUser("sip:ann@x.y")),
    ("getaddin", "", GetAddins()),
    ("getfutok", f'<ftdb channelUri="{URI}" fileUrl="a.txt"/>', GetFileToken(ROOM, "a.txt", upload=True)),
    ("getfdtok", f'<ftdb channelUri="{URI}" fileUrl="a.txt"/>', GetFileToken(ROOM, "a.txt", upload=False)),
    ("chancreate", '<chanib name="Ops" parent="ma-cat://d/g"/>',
     CreateRoom("Ops", "", "ma-cat://d/g", Privacy.CLOSED, RoomType.NORMAL)),
    ("chancreate", '<chanib name="Ops" description="x" parent="c" behavior="AUDITORIUM">'
     '<info id="urn:parlano:ma:info:visibility">OPEN</info></chanib>',
     CreateRoom("Ops", "x", "c", Privacy.OPEN, RoomType.AUDITORIUM)),
    ("chanmodify", f'<chanib uri="{URI}"/>', ChangeRoom(ROOM, None, None, None, None, None)),
    ("chanmodify", f'<chanib uri="{URI}" name="N" description="" behavior="normal" disabled="true">'
     '<info id="urn:parlano:ma:info:visibilty">private</info></chanib>',
     ChangeRoom(ROOM, "N", "", Privacy.SECRET, RoomType.NORMAL, disabled=True)),
    ("bcbydate", f'<chanib uri="{URI}"/><bcq/>', query_for(ROOM)),
    ("bcbydate", f'<chanib uri="{URI}"/><chanib uri="{URI}"/><chanib uri="{OTHER}"/>'
     '<bcq><date from="2026-01-05T10:00:00.1234567Z" to="2026-01-06T00:00:00Z"/><limit cnt="5"/></bcq>',
     query_for(ROOM, OTHER, since=datetime(2026, 1, 5, 10, 0, 0, 123456, tzinfo=UTC),
               until=datetime(2026, 1, 6, tzinfo=UTC), limit=5)),
    ("bcbymsg", f'<chanib uri="{URI}"/><bcq><msgid value="17"/><sort reversed="true"/></bcq>',
     query_for(ROOM, after=17, newest_first=False)),
    ("bcbymsg", f'<chanib uri="{URI}"/><bcq><text matchExactPhrase="true" matchCase="true">two words</text>'
     '<author uri="sip:ann@x.y"/><author uri="sip:bob@x.y"/></bcq>',
     query_for(ROOM, text="two words", exact=True, match_case=True, authors=("sip:ann@x.y", "sip:bob@x.y"))),
    ("getmenu", "", Unknown()),
    ("", "", Unknown()),
])
def test_each_command_is_read(name: str, data: str, expected: Body) -> None:
    assert body_of(command(name, data)) == expected


@pytest.mark.parametrize(("name", "data"), [
    ("join", ""), ("join", '<chanid domain="d" value="1"/><chanid domain="d" value="2"/>'), ("bjoin", ""),
    ("bjoin", f'<chanib uri="{URI}"/>'), ("part", ""), ("part", "<chanib/>"), ("part", '<chanib uri="ma-chan://x"/>'),
    ("chansrch", ""), ("chansrch", '<qib qtype="BYDATE"/>'), ("chansrch", '<qib criteria="x"/>'),
    ("bccontext", f'<chanib uri="{URI}"/>'), ("bcbydate", "<bcq/>"),
    ("bcbydate", f'<chanib uri="{URI}"/>'), ("bcbydate", f'<chanib uri="{URI}"/><bcq><date from="today"/></bcq>'),
    ("bcbydate", f'<chanib uri="{URI}"/><bcq><date to="2026-02-30T00:00:00Z"/></bcq>'),
    ("bcbydate", f'<chanib uri="{URI}"/><bcq><date to="99999-01-01T00:00:00Z"/></bcq>'),
    ("bcbymsg", f'<chanib uri="{URI}"/><bcq><msgid value="x"/></bcq>'),
    ("getassociations", ""), ("getassociations", '<association type="FRIEND"/>'),
    ("getpref", '<pref label="" seqid="1"/>'), ("getpref", '<pref label="a"/>'),
    ("setpref", f'<pref label="{"a" * 256}" content=""/>'), ("getchan", ""), ("getuser", ""),
    ("chancreate", ""), ("chancreate", '<chanib name="x" behavior="LOUD"/>'),
    ("chanmodify", "<chanib/>"), ("chanmodify", f'<chanib uri="{URI}" disabled="maybe"/>'),
    ("getfutok", ""), ("getfdtok", '<ftdb channelUri="x"/>'),
    ("bccontext", '<bcq><last cnt="25"/></bcq>'), ("bccontext", f'<chanib uri="{URI}"/><bcq><last/></bcq>'),
    ("bccontext", f'<chanib uri="{URI}"/><bcq><last cnt="-1"/></bcq>'),
    ("bccontext", f'<chanib uri="{URI}"/><bcq><last cnt="{"9" * 21}"/></bcq>'),
    ("bccontext", f'<chanib uri="{URI}"/><bcq><last cnt="٣"/></bcq>'),
    ("getinv", ""), ("getinv", '<inv domain="x"/>'), ("getinv", '<inv inviteId="x"/>'),
])
def test_a_known_command_in_a_bad_form_is_answered_with_the_reason(name: str, data: str) -> None:
    body = body_of(command(name, data))
    assert isinstance(body, Malformed)
    assert body.fault.kind.name == "XccosInvalid"


@pytest.mark.parametrize("name", ["join", "bjoin", "part", "chansrch", "bccontext", "getinv"])
def test_a_command_without_data_is_malformed(name: str) -> None:
    assert isinstance(body_of(envelope(f'<cmd id="cmd:{name}" seqid="1"/>')), Malformed)


@pytest.mark.parametrize(("inner", "expected"), [
    ("<chat>hello</chat>", Content("hello")), ("<chat>&lt;b&gt; &amp;</chat>", Content("<b> &")),
    ("<chat>1\r\n2</chat>", Content("1\n2")), ("<chat/>", Content("")), ("<chat> x </chat>", Content(" x ")),
    ("<chat><![CDATA[<x>]]></chat>", Content("<x>")), ("<chat>x</chat><chat>y</chat>", Content("x")),
    ("<chat>x</chat><rtf>{\\rtf1 x}</rtf>", Content("x", rtf="{\\rtf1 x}")),
    ("<rtf/><chat>x</chat>", Content("x")),
])
def test_a_message_is_read(inner: str, expected: Content) -> None:
    grpchat = f'<grpchat id="grpchat" seqid="1" chanUri="{URI}" author="sip:ann@x.y" ts="now">{inner}</grpchat>'
    assert read_commands(envelope(grpchat)) == [
        Command("grpchat", "461089561", "1", Post(ROOM, "sip:ann@x.y", expected))]


@pytest.mark.parametrize("grpchat", [
    f'<grpchat seqid="1" chanUri="{URI}"/>', '<grpchat seqid="1" chanUri="x"><chat>x</chat></grpchat>',
    '<grpchat seqid="1"><chat>x</chat></grpchat>',
])
def test_a_message_in_a_bad_form_is_malformed(grpchat: str) -> None:
    assert isinstance(body_of(envelope(grpchat)), Malformed)


def test_names_and_numbers_are_what_replies_point_back_to() -> None:
    commands = read_commands(envelope(
        '<cmd id="CMD:ReqUri" seqid="7"/><ntc/><cmd id="getinv" SEQID="18446744073709551615"/>', "0"))
    assert [(one.name, one.envid, one.seqid) for one in commands] == [
        ("requri", "0", "7"), ("getinv", "0", "18446744073709551615")]


@pytest.mark.parametrize("document", [
    b"", b"<xccos", b"<other envid='1'/>", b"<xccos/>", envelope(""), envelope("<rpl/><ntc/>"),
    envelope('<cmd id="cmd:requri"/>'), envelope('<cmd id="cmd:requri" seqid="x"/>'),
    envelope('<cmd id="cmd:requri" seqid=""/>'), envelope('<cmd id="cmd:requri" seqid="1"/>', ""),
    envelope('<cmd id="cmd:requri" seqid="1"/>', "-1"), envelope('<cmd id="cmd:requri" seqid="1"/>', "1" * 21),
    envelope('<grpchat chanUri="x"/>'),
])
def test_what_is_no_envelope_is_refused(document: bytes) -> None:
    with pytest.raises(ParlourError) as fault:
        read_commands(document)
    assert fault.value.kind.name in ("XmlInvalid", "XccosInvalid")


NAMES = st.sampled_from(["cmd", "data", "chanid", "chanib", "qib", "bcq", "last", "inv", "grpchat", "chat", "sib", "x"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "seqid", "envid", "uri", "chanUri", "domain", "value", "cnt", "qtype", "inviteId"]),
    st.sampled_from(["cmd:join", "cmd:bccontext", "cmd:chansrch", "cmd:getinv", "cmd:part", "1", "", "BYNAME", URI])
    | st.text(max_size=8), max_size=4)


def _element(parts: tuple[str, dict[str, str], list[str], str]) -> str:
    name, attributes, children, text = parts
    written = "".join(f' {key}="{escape_attribute(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}{escape(text)}</{name}>"


TREES = st.recursive(st.just(""), lambda inner: st.tuples(
    NAMES, ATTRIBUTES, st.lists(inner, max_size=3), st.text(max_size=5)).map(_element), max_leaves=12)


@given(TREES)
def test_no_envelope_raises_anything_but_named_errors(content: str) -> None:
    with suppress(ParlourError):
        assert read_commands(envelope(content))


@given(st.binary())
def test_no_bytes_raise_anything_but_named_errors(body: bytes) -> None:
    with suppress(ParlourError):
        assert read_commands(body)
