"""Dialogs: the table, order, routes, and requests made in bulk."""

import itertools

import pytest
from tests.sip.samples import INFO, INVITE, fault, request

from parlour.errors import SIP_DIALOG_OUT_OF_ORDER, SIP_DIALOG_UNKNOWN, ParlourError
from parlour.sip import (
    DIALOG_TABLE,
    Dialog,
    DialogEvent,
    DialogKey,
    DialogState,
    Request,
    Verdict,
    parse_message,
    respond,
    shared_tail,
)

S, E = DialogState, DialogEvent
ENDS = {(S.EARLY, E.REFUSED), *itertools.product((S.EARLY, S.CONFIRMED), (E.BYE, E.ENDED))}


def dialog(*routes: str, contact: str = "<sip:pool.litwareinc.com:5061;transport=tls>") -> Dialog:
    invite = parse_message(INVITE)
    assert isinstance(invite, Request)
    headers = invite.headers.without("Record-Route")
    for route in routes:
        headers = headers.with_("Record-Route", route)
    invite = Request(invite.method, invite.uri, headers, invite.body)
    made = Dialog.from_invite(invite, "c826d6aa01", contact, "SIP/2.0/TLS 127.0.0.1:41087")
    made.answered(respond(invite, 200))
    return made


def inside(method: str = "INFO", number: int = 2, extra: tuple[tuple[str, str], ...] = ()) -> Request:
    return request(method, number, call_id="1645g", from_tag="2325937016", to_tag="c826d6aa01", extra=extra)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)))
def test_the_table_is_whole_and_keeps_the_rules(state: DialogState, event: DialogEvent) -> None:
    after = DIALOG_TABLE[state, event]
    if state is S.TERMINATED or (state, event) in ENDS:
        assert after is S.TERMINATED
    elif event is E.ANSWERED:
        assert after is S.CONFIRMED
    else:
        assert after is state


def test_what_the_invite_says() -> None:
    ours = dialog()
    assert ours.state is S.CONFIRMED
    assert ours.key == DialogKey("1645g", "c826d6aa01", "2325937016")
    assert (ours.local_tag, ours.remote_tag) == ("c826d6aa01", "2325937016")
    assert ours.local_uri == "sip:pce@litwareinc.com"
    assert ours.remote_uri == "sip:alice@litwareinc.com"
    assert ours.remote_target == "sip:alice@litwareinc.com;opaque=user:epid:hRxv;gruu"
    assert ours.local_cseq == 0


def test_a_request_finds_its_dialog() -> None:
    info = parse_message(INFO)
    assert isinstance(info, Request)
    assert DialogKey.of(info) == dialog().key
    assert DialogKey.of(request()).local_tag == ""


@pytest.mark.parametrize(("status", "state"), [(100, S.EARLY), (180, S.EARLY), (200, S.CONFIRMED), (404, S.TERMINATED)])
def test_responses_move_it(status: int, state: DialogState) -> None:
    ours = Dialog.from_invite(request("INVITE"), "t", "")
    assert ours.state is S.EARLY
    ours.answered(respond(request("INVITE"), status))
    assert ours.state is state


def test_verdicts() -> None:
    ours = dialog()
    assert ours.receive(inside("ACK", 1)) is Verdict.ACK
    assert ours.receive(inside("INFO", 5)) is Verdict.HANDLE
    assert ours.receive(inside("INFO", 5)) is Verdict.HANDLE  # the same again, with credentials
    assert ours.receive(inside("INFO", 4)) is Verdict.OUT_OF_ORDER
    assert ours.receive(inside("BYE", 6)) is Verdict.BYE
    assert ours.is_over
    assert ours.receive(inside("INFO", 7)) is Verdict.UNKNOWN
    assert ours.receive(inside("ACK", 1)) is Verdict.ACK


def test_verdicts_have_their_errors() -> None:
    assert Verdict.OUT_OF_ORDER.error is SIP_DIALOG_OUT_OF_ORDER
    assert Verdict.UNKNOWN.error is SIP_DIALOG_UNKNOWN
    assert Verdict.HANDLE.error is None


def test_requests_echo_from_and_to_exactly() -> None:
    made = dialog().request("BYE", [("X-Why", "done")])
    assert made.to_bytes().decode().split("\r\n") == [
        "BYE sip:alice@litwareinc.com;opaque=user:epid:hRxv;gruu SIP/2.0",
        "Via: SIP/2.0/TLS 127.0.0.1:41087;branch=z9hG4bKc826d6aa01.1", "Max-Forwards: 70",
        "From: <sip:pce@litwareinc.com>;tag=c826d6aa01",
        "To: <sip:alice@litwareinc.com>;tag=2325937016;epid=1ec410494584", "Call-ID: 1645g", "CSeq: 1 BYE",
        "Contact: <sip:pool.litwareinc.com:5061;transport=tls>", "X-Why: done", "Content-Length: 0", "", ""]


def test_routes_stand_as_they_came() -> None:
    made = dialog("<sip:a.example.com;lr>, <sip:b.example.com;lr>", "<sip:c.example.com;lr>").request("INFO")
    assert made.uri.startswith("sip:alice@")
    assert made.headers.all("Route") == (
        "<sip:a.example.com;lr>", "<sip:b.example.com;lr>", "<sip:c.example.com;lr>")


def test_strict_routing() -> None:
    made = dialog("<sip:old.example.com>", "<sip:b.example.com;lr>").request("INFO")
    assert made.uri == "sip:old.example.com"
    assert made.headers.all("Route") == (
        "<sip:b.example.com;lr>", "<sip:alice@litwareinc.com;opaque=user:epid:hRxv;gruu>")


def test_no_contact_then_the_sender() -> None:
    ours = Dialog.from_invite(request("INVITE"), "t", "")
    assert ours.remote_target == "sip:alice@litwareinc.com"
    assert "Contact" not in ours.request("INFO").headers


@pytest.mark.parametrize("routes", [(), ("<sip:a.example.com;lr>",)])
def test_the_fast_way_says_the_same(routes: tuple[str, ...]) -> None:
    headers, body = [("Content-Type", "text/plain;charset=UTF-8")], "<xccos>Grüße</xccos>".encode()
    slow, fast = dialog(*routes), dialog(*routes)
    for _ in range(12):
        expected = slow.request("INFO", headers, body).to_bytes()
        assert fast.request_head("INFO").render(shared_tail(headers, body)) == expected
    assert fast.local_cseq == 12


def test_the_fast_way_signs() -> None:
    numbers: list[int] = []

    def sign(number: int) -> bytes:
        numbers.append(number)
        return b"Authentication-Info: NTLM snum=%d\r\n" % number

    ours = dialog()
    ours.request("INFO")
    made = parse_message(ours.request_head("INFO").render(shared_tail([], b"x"), sign))
    assert numbers == [2]
    assert made.headers.get("Authentication-Info") == "NTLM snum=2"
    assert made.body == b"x"


def test_a_new_target_changes_prepared_requests() -> None:
    ours = dialog()
    ours.request_head("INFO")
    assert ours.receive(inside("UPDATE", 3, extra=(("Contact", "<sip:new.example.com>"),))) is Verdict.HANDLE
    made = parse_message(ours.request_head("INFO").render(shared_tail([], b"")))
    assert isinstance(made, Request)
    assert made.uri == "sip:new.example.com"


def test_nothing_is_sent_after_the_end() -> None:
    ours = dialog()
    ours.request("BYE")
    assert ours.is_over
    assert fault(ours.request, "INFO") is SIP_DIALOG_UNKNOWN
    assert fault(ours.request_head, "INFO") is SIP_DIALOG_UNKNOWN


def test_shared_tail_is_safe() -> None:
    with pytest.raises(ParlourError):
        shared_tail([("Content-Type", "a\r\nb: c")], b"")
