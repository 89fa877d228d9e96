"""XCCOS as the server writes it: whatever people call things and say, clients read it as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.addresses import RoomUri, SipAddress
from parlour.chat.invitations import NewInvitations
from parlour.chat.model import Content, Invitations, Message, Person, Privacy, Room, RoomSummary, RoomType
from parlour.chat.principals import Duty
from parlour.chat.service import Joined
from parlour.errors import ROOM_NOT_FOUND, ParlourError
from parlour.lync import xccos_render as render
from parlour.lync.xccos_commands import Command, Unknown
from parlour.lync.xml import Element, parse_xml

NOON = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
HOSTILE = ['"><x/>', "a & b", "</chat>", "]]>", "'", "&amp;", "🎉", "", "\u202eevil"]


def person(number: int, name: str = "Ann") -> Person:
    return Person(number, f"guid-{number}", SipAddress(f"user{number}&co", "litwareinc.com"), name)


def room(name: str = "Ops", privacy: Privacy = Privacy.OPEN, kind: RoomType = RoomType.NORMAL) -> Room:
    return Room(
        id=1, uri=RoomUri("litwareinc.com", "guid"), pool="pool.litwareinc.com", category_id=1, category="General",
        category_uri="ma-cat://litwareinc.com/cat", name=name, description=name, privacy=privacy, type=kind,
        invitations=Invitations.INHERIT, invites=True, file_upload=False, chat_history=True, disabled=False,
        created_at=NOON)


def message(text: str, number: int = 7) -> Message:
    return Message(1, number, number, 1, person(1).address, text, NOON, Content(text))


def command(name: str = "join") -> Command:
    return Command(name, "461089561", "3", Unknown())


def one(element: Element, *path: str) -> Element:
    """Follow a path of which every step exists once."""
    for name in path:
        (element,) = element.all(name)
    return element


def replied(data: str) -> Element:
    return one(parse_xml(render.reply(5, command(), data)), "rpl", "data")


def test_a_reply_points_back_to_its_command() -> None:
    root = parse_xml(render.reply(5, command("bjoin")))
    assert (root.name, root.get("ver"), root.get("envid"), root.get("xmlns")) == (
        "xccos", "1", "5", "urn:parlano:xml:ns:xccos")
    rpl = one(root, "rpl")
    assert (rpl.get("id"), rpl.get("seqid")) == ("rpl:bjoin", "1")
    assert one(rpl, "commandid").attributes == {"seqid": "3", "envid": "461089561"}
    assert (one(rpl, "resp").get("code"), one(rpl, "resp").text) == ("200", "SUCCESS_OK")
    assert one(rpl, "data").children == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_reply_to_a_command_of_any_name_can_be_read(name: str) -> None:
    assert one(parse_xml(render.reply(5, command(name))), "rpl").get("id") == f"rpl:{name}"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_refusal_tells_its_code_and_text(name: str) -> None:
    fault = ParlourError(ROOM_NOT_FOUND, identity=name)
    resp = one(parse_xml(render.refusal(5, command(), fault)), "rpl", "resp")
    assert (resp.get("code"), resp.text) == ("404", str(fault))


def test_the_services_address_is_found() -> None:
    uib = one(replied(render.service_uri("sip:a&b@litwareinc.com")), "uib")
    assert (uib.get("uri"), uib.get("type")) == ("sip:a&b@litwareinc.com", "5")


def test_the_server_tells_its_limits() -> None:
    sib = one(replied(render.server_info(
        info_type='1"', now=NOON, search_limit=999, message_limit=512, story_limit=4096, root_uri="ma-cat://x/y",
        version="v")), "sib")
    assert sib.attributes == {
        "infotype": '1"', "servertime": "2026-01-05T12:00:00.1234560Z", "searchlimit": "999",
        "messagesizelimit": "512", "storysizelimit": "4096", "rooturi": "ma-cat://x/y", "dbversion": "v"}


def test_the_server_tells_where_rooms_are_managed_if_anywhere() -> None:
    page = 'https://rooms/?a=1&b="2"'
    sib = one(replied(render.server_info(
        info_type="1", now=NOON, search_limit=1, message_limit=2, story_limit=3, root_uri="ma-cat://x/y",
        version="v", room_page=page)), "sib")
    assert sib.get("roomManagementUrl") == page


@given(TEXT)
def test_a_joined_room_lists_who_is_there(name: str) -> None:
    data = replied(render.joined([Joined(room(name), (person(1, name), person(2)), {}, 2, 0, ())]))
    chanib = one(data, "chanib")
    assert (chanib.get("name"), chanib.get("description"), chanib.get("uri")) == (
        name, name, "ma-chan://litwareinc.com/guid")
    assert one(chanib, "aib").attributes == {"key": "3984", "value": "0,1"}
    people = list(data.all("uib"))
    assert [uib.get("id") for uib in people] == ["0", "1"]
    assert [uib.get("uri") for uib in people] == [f"sip:user{number}&co@litwareinc.com" for number in (1, 2)]
    assert people[0].get("disp") == name


@pytest.mark.parametrize(("kind", "keys"), [
    (RoomType.NORMAL, {"3984": "0,2", "12276": "1,3"}),
    (RoomType.AUDITORIUM, {"3984": "0", "12276": "1", "8080": "2", "16372": "3"}),
])
def test_who_is_what_shows_in_the_permission_sets(kind: RoomType, keys: dict[str, str]) -> None:
    duties = {2: Duty.MANAGER, 3: Duty.PRESENTER, 4: Duty.MANAGER | Duty.PRESENTER}
    people = tuple(person(number) for number in range(1, 5))
    data = replied(render.joined([Joined(replace(room(), type=kind), people, duties, 4, 0, ())]))
    assert {aib.get("key"): aib.get("value") for aib in one(data, "chanib").all("aib")} == keys


def test_people_in_several_rooms_are_listed_once_and_failures_beside_them() -> None:
    present = ((person(1), person(2)), (person(3), person(1)), ())
    rooms = [Joined(room(), people, {}, len(people), 0, ()) for people in present]
    data = replied(render.joined(rooms, [RoomUri('x"', "y&")]))
    assert [[aib.get("value") for aib in chanib.all("aib")] for chanib in data.all("chanib")] == [
        ["0,1"], ["2,0"], []]
    assert len(list(data.all("uib"))) == 3
    assert one(data, "fib").attributes == {"key": "OPERATION_FAILED", "value": "y&", "domain": 'x"'}


@pytest.mark.parametrize(("privacy", "visibility"), [
    (Privacy.OPEN, "open"), (Privacy.CLOSED, "scoped"), (Privacy.SECRET, "private")])
@pytest.mark.parametrize(("kind", "behavior"), [(RoomType.NORMAL, "NORMAL"), (RoomType.AUDITORIUM, "AUDITORIUM")])
def test_a_found_room_tells_its_kind(privacy: Privacy, visibility: str, kind: RoomType, behavior: str) -> None:
    chanib = one(replied(render.found([RoomSummary(room("Ops", privacy, kind), 3)])), "chanib")
    assert {info.get("id").rpartition(":")[2]: info.text for info in chanib.all("info")} == {
        "ucnt": "3", "visibilty": visibility, "visibility": visibility}
    assert {prop.get("id").rpartition(":")[2]: prop.text for prop in chanib.all("prop")} == {
        "logged": "true", "invite": "true", "filepost": "false"}
    assert (chanib.get("behavior"), chanib.get("disabled")) == (behavior, "false")


@given(TEXT)
def test_a_live_message_is_read_as_it_was_written(text: str) -> None:
    grpchat = one(parse_xml(render.chat(9, room(), message(text))), "grpchat")
    assert grpchat.attributes == {
        "id": "grpchat", "seqid": "1", "chanuri": "ma-chan://litwareinc.com/guid", "alert": "false", "chatid": "7",
        "author": "sip:user1&co@litwareinc.com", "authdisp": text, "ts": "2026-01-05T12:00:00.1234560Z"}
    assert one(grpchat, "chat").text == text


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\t", "a\x00b", "\ufffe", "\ud800"])
def test_odd_characters_survive_as_far_as_xml_can_carry_them(text: str) -> None:
    read = one(parse_xml(render.chat(9, room(), message(text))), "grpchat", "chat").text
    assert read == text.translate(dict.fromkeys((0, 0xFFFE, 0xD800), "\ufffd"))


def test_history_keeps_its_order() -> None:
    chanib = one(replied(render.history(room(), [message("one", 1), message("two", 2)])), "chanib")
    assert [(msg.get("id"), msg.get("chatId"), one(msg, "chat").text) for msg in chanib.all("msg")] == [
        ("grpchat", "1", "one"), ("grpchat", "2", "two")]
    assert one(replied(render.history(room(), [])), "chanib").get("uri") == "ma-chan://litwareinc.com/guid"


def test_invitations_are_none() -> None:
    inv = one(replied(render.invitations(NewInvitations((), 1), '"x"')), "inv")
    assert inv.attributes == {"inviteid": "1", "domain": '"x"'}


def test_a_join_notice_rebuilds_the_rooms_address() -> None:
    ntc = one(parse_xml(render.join_notice(9, room(), person(1, "<Ann>"), Duty.NONE)), "ntc")
    uib = one(ntc, "data", "uib")
    aib = one(uib, "aib")
    assert (ntc.get("id"), uib.get("uri"), uib.get("disp")) == (
        "ntc:join", "sip:user1&co@litwareinc.com", "<Ann>")
    assert f"ma-chan://{aib.get('domain')}/{aib.get('value')}" == str(room().uri)


def test_a_part_notice_names_the_room_and_everybody() -> None:
    ntc = one(parse_xml(render.part_notice(9, room(), [person(1), person(2)])), "ntc")
    chanib = one(ntc, "data", "chanib")
    assert (ntc.get("id"), chanib.get("uri")) == ("ntc:part", str(room().uri))
    assert [uib.get("uri") for uib in chanib.all("uib")] == [
        f"sip:user{number}&co@litwareinc.com" for number in (1, 2)]


@pytest.mark.parametrize(("moment", "written"), [
    (datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00.0000000Z"),
    (datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=2))), "2026-01-05T07:00:00.0000000Z"),
])
def test_moments_are_utc_with_seven_decimals(moment: datetime, written: str) -> None:
    assert render.timestamp(moment) == written


@pytest.mark.parametrize("more", [True, False])
def test_every_room_says_that_there_may_be_more(more: bool) -> None:
    other = RoomUri("litwareinc.com", "other")
    data = render.found_messages([(room(), message("one", 1))], [room().uri, other], more=more)
    assert [(chanib.get("uri"), chanib.get("more")) for chanib in replied(data).all("chanib")] == [
        (str(room().uri), "true" if more else ""), (str(other), "true" if more else "")]
