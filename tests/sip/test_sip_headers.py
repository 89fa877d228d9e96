"""Headers as a multi-map, and the readers of structured ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sip.samples import fault

from parlour.errors import SIP_HEADER_INVALID, SIP_MESSAGE_UNSAFE, ParlourError
from parlour.sip import (
    CSeq,
    Headers,
    parse_auth,
    parse_cseq,
    parse_name_addr,
    parse_via,
    quote,
    render_auth,
    split_list,
    unquote,
)
from parlour.sip.headers import COMPACT, parse_number

H = Headers((("Via", "a"), ("via", "b"), ("To", "c")))


def test_lookup_ignores_case_and_keeps_order() -> None:
    assert H.get("VIA") == "a"
    assert H.all("via") == ("a", "b")
    assert H.get("From") is None
    assert H.all("From") == ()
    assert "to" in H
    assert "from" not in H
    assert list(H) == [("Via", "a"), ("via", "b"), ("To", "c")]
    assert len(H) == 3


def test_changes_make_new_headers() -> None:
    assert H.without("VIA").items == (("To", "c"),)
    assert H.with_("Q", "y").items[-1] == ("Q", "y")
    assert H.prepended("Q", "y").items[0] == ("Q", "y")
    assert H.replaced("via", "z").items == (("via", "z"), ("To", "c"))
    assert H.replaced("Q", "z").items == (*H.items, ("Q", "z"))
    assert len(H) == 3


def test_equality_and_hash_are_of_the_items() -> None:
    assert Headers(H.items) == H
    assert hash(Headers(H.items)) == hash(H)
    assert H != "Via"
    assert "Via" in repr(H)


@pytest.mark.parametrize(("short", "name"), COMPACT.items())
def test_compact_names_become_long(short: str, name: str) -> None:
    assert Headers(((short.upper(), "v"),)).items == ((name, "v"),)


@pytest.mark.parametrize(("name", "value"), [
    ("X", "a\r\nY: b"), ("X", "a\n"), ("X", "\rb"), ("X\r\nY", "v"), ("X Y", "v"), ("X:", "v"), ("", "v"), ("ü", "v")])
def test_nothing_can_smuggle_a_line(name: str, value: str) -> None:
    for make in (H.with_, H.prepended, H.replaced, lambda name, value: Headers(((name, value),))):
        with pytest.raises(ParlourError) as caught:
            make(name, value)
        assert caught.value.kind is SIP_MESSAGE_UNSAFE


@pytest.mark.parametrize(("value", "parts"), [
    ("a, b,c", ["a", "b", "c"]), ("", []), (" ,, a,", ["a"]), ('"x, y" <sip:a,b@c>, d', ['"x, y" <sip:a,b@c>', "d"]),
    ('"q\\", " <u>,z', ['"q\\", " <u>', "z"]), ('"open, never', ['"open, never']), ("<open, never", ["<open, never"])])
def test_lists(value: str, parts: list[str]) -> None:
    assert split_list(value) == parts
    assert Headers((("Route", value), ("Route", "last"))).list("route") == (*parts, "last")


@pytest.mark.parametrize(("value", "display", "uri", "params"), [
    ("sip:a@b", "", "sip:a@b", ()),
    ("sip:a@b;tag=1;x", "", "sip:a@b", (("tag", "1"), ("x", None))),
    ("<sip:a@b;lr>;Tag=1", "", "sip:a@b;lr", (("Tag", "1"),)),
    ("Alice B. <sip:a@b> ; tag = 1", "Alice B.", "sip:a@b", (("tag", "1"),)),
    ("caller<sip:a@b>", "caller", "sip:a@b", ()),
    ('"A \\"q\\" <x>, y" <sip:a@b>', 'A "q" <x>, y', "sip:a@b", ()),
    ('<sip:a@b>;m="x;y";+sip.instance="<urn:uuid:1>"', "", "sip:a@b",
     (("m", '"x;y"'), ("+sip.instance", '"<urn:uuid:1>"'))),
    ("<http://www.example.com>;tag=3", "", "http://www.example.com", (("tag", "3"),)),
])
def test_name_addr(value: str, display: str, uri: str, params: tuple[tuple[str, str | None], ...]) -> None:
    address = parse_name_addr(value)
    assert (address.display, address.uri, address.params) == (display, uri, params)


def test_name_addr_parameters_are_read_without_quotes() -> None:
    address = parse_name_addr('<sip:a@b>;TAG=x;flag;m="a;b"')
    assert address.tag == "x"
    assert address.param("FLAG") == ""
    assert address.param("m") == "a;b"
    assert address.param("none") is None


@pytest.mark.parametrize("value", [
    "", "<>", "<sip:a@b", '"open <sip:a@b>', "Bell, Alexander <sip:a@b>", "< sip:a@b >", "sip:a b@c", "sip:a@b?X=y",
    "sip:a@b,sip:c@d", "<sip:a@b>tag=1", "<sip:a@b>;;", "<sip:a@b>;=x", "<sip:a@b>;tag=", '<sip:a@b>;m="open',
    '"A" sip:a@b', "<sip:a@b>;x=a b"])
def test_name_addr_faults(value: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_name_addr(value, "From")
    assert caught.value.kind is SIP_HEADER_INVALID
    assert "From" in str(caught.value)


def test_via() -> None:
    via = parse_via("SIP / 2.0 / TCP     spindle.example.com   : 5060 ;  branch  =   z9hG4bK9ikj8 ;rport")
    assert (via.protocol, via.version, via.transport, via.host, via.port) == (
        "SIP", "2.0", "TCP", "spindle.example.com", 5060)
    assert via.branch == "z9hG4bK9ikj8"
    assert via.param("RPORT") == ""


def test_via_without_branch_is_fine() -> None:
    via = parse_via("SIP/2.0/tls 127.0.0.1:39202")
    assert via.branch is None
    assert via.port == 39202
    assert parse_via("SIP/2.0/TCP [2001:db8::1]:5060").host == "[2001:db8::1]"
    assert parse_via("SIP/2.0/TCP PC_01").host == "PC_01"


@pytest.mark.parametrize("value", [
    "", "SIP/2.0/UDP", "SIP/2.0/UDP 192.0.2.15;;,;,,", "SIP/2.0 host", "SIP/2.0/TCP [zz]", "SIP/2.0/TCP h:99999",
    "SIP/2.0/TCP h h", "SIP/2.0/TCP -"])
def test_via_faults(value: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_via(value)
    assert caught.value.kind is SIP_HEADER_INVALID


def test_cseq() -> None:
    assert parse_cseq("0009   INVITE") == CSeq(9, "INVITE")
    assert str(parse_cseq("2147483647 INFO")) == "2147483647 INFO"


@pytest.mark.parametrize("value", [
    "", "1", "INVITE", "-1 INVITE", "2147483648 INFO", "1 IN VITE", "٣ INFO", "9" * 9999 + " X"])
def test_cseq_faults(value: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_cseq(value)
    assert caught.value.kind is SIP_HEADER_INVALID


@pytest.mark.parametrize("value", ["", "-1", "256", "1.0", "²", "9" * 5000])
def test_number_faults(value: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_number("Max-Forwards", value, 255)
    assert caught.value.kind is SIP_HEADER_INVALID


def test_auth() -> None:
    value = parse_auth('NTLM QOP="auth", opaque="A6", realm="SIP \\"C\\" S, x",version=4, gssapi-data=""')
    assert value.scheme == "NTLM"
    assert value.params == {"qop": "auth", "opaque": "A6", "realm": 'SIP "C" S, x', "version": "4", "gssapi-data": ""}
    assert parse_auth("Negotiate").params == {}


@pytest.mark.parametrize("value", ["", '"x" a=b', "NTLM a", 'NTLM a="x', 'NTLM a="x" b', "NTLM a=1, A=2"])
def test_auth_faults(value: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_auth(value)
    assert caught.value.kind is SIP_HEADER_INVALID


def test_render_auth_quotes_all_but_the_version() -> None:
    assert render_auth("NTLM", {"realm": 'a"b', "version": "4"}) == 'NTLM realm="a\\"b", version=4'


@given(st.dictionaries(st.from_regex(r"[a-z][a-z\-]{0,9}", fullmatch=True), st.text(st.characters(
    blacklist_characters="\r\n", blacklist_categories=["Cs"]))))
def test_rendered_auth_reads_back(params: dict[str, str]) -> None:
    assert parse_auth(render_auth("NTLM", params, frozenset())).params == params


@given(st.text())
def test_quoting_is_undone(value: str) -> None:
    assert unquote(quote(value)) == value


@given(st.text(st.sampled_from('"\\<>;,=: \tsip@a1?[]/'), max_size=60))
def test_readers_raise_named_errors_only(value: str) -> None:
    split_list(value)
    for read in (parse_name_addr, parse_via, parse_cseq, parse_auth):
        assert fault(read, value) in (None, SIP_HEADER_INVALID)
