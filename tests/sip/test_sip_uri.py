"""SIP URIs: reading, writing, comparing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sip.samples import fault

from parlour.errors import SIP_URI_INVALID, ParlourError
from parlour.sip import OtherUri, SipUri, parse_uri


def test_all_parts() -> None:
    uri = SipUri.parse("SIPS:al%69ce;x=1:pa$$@[2001:db8::1]:5061;transport=tls;lr?Subject=a%20b&Route=")
    assert uri.scheme == "sips"
    assert uri.user == "al%69ce;x=1"
    assert uri.password == "pa$$"
    assert uri.host == "[2001:db8::1]"
    assert uri.port == 5061
    assert uri.params == (("transport", "tls"), ("lr", None))
    assert uri.headers == (("Subject", "a%20b"), ("Route", ""))
    assert uri.param("LR") == ""
    assert uri.param("maddr") is None


@pytest.mark.parametrize("text", [
    "sip:litwareinc.com", "sip:127.0.0.1:39202;transport=tls;ms-opaque=d3470f2e1d", "sip:a@b.", "SIP:a@b",
    "sip:alice@litwareinc.com;opaque=user:epid:hRxvVdZ-yVKv8532vzUpUQAAA;gruu", "sip:a:@b", "sip:a@b:65535",
    "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
    "sip:null-%00-null@example.com", "sip:sips%3Auser%40example.com@example.net"])
def test_text_is_kept_exactly(text: str) -> None:
    assert str(parse_uri(text)) == text


@pytest.mark.parametrize("text", [
    "", "sip:", "sip:@b", "sip:a@", "sip:a@b@c", "a@b", "sip:a b@c", "sip:a@b;", "sip:a@b;;", "sip:a@b;x=", "sip:a@b?",
    "sip:a@b?x", "sip:a@b:", "sip:a@b:x", "sip:a@b:65536", "sip:a@b:٣", "sip:a%4@b", "sip:a@-b", "sip:a@b..c",
    "sip:a@[::1", "sip:a@[::1]x", "sip:a@[::1%25e0]", "sip:a@" + "b" * 256, "<sip:a@b>",
    "sip:user@example.com; lr", "sip:ü@b"])
def test_faults_are_named(text: str) -> None:
    with pytest.raises(ParlourError) as caught:
        parse_uri(text)
    assert caught.value.kind is SIP_URI_INVALID


@pytest.mark.parametrize(("text", "scheme"), [
    ("tel:+1-201", "tel"), ("HTTP://www.example.com", "http"), ("soap.beep://192.0.2.103:3002", "soap.beep"),
    ("nobodyKnowsThisScheme:totallyopaquecontent", "nobodyknowsthisscheme")])
def test_other_schemes_are_recognised(text: str, scheme: str) -> None:
    assert parse_uri(text) == OtherUri(scheme, text)
    assert str(parse_uri(text)) == text


def test_only_sip_is_a_sip_uri() -> None:
    with pytest.raises(ParlourError):
        SipUri.parse("tel:+1")


# RFC 3261 section 19.1.4: what is and is not equivalent, one case for each rule.
@pytest.mark.parametrize(("ours", "theirs", "same"), [
    ("sip:%61lice@a.com;transport=TCP", "sip:alice@A.CoM;Transport=tcp", True),
    ("sip:carol@c.com", "sip:carol@c.com;newparam=5", True),
    ("sip:b@b.com;x=1;y=2", "sip:b@b.com;y=2;x=1", True),
    ("sip:b@b.com?Subject=x&To=y", "sip:b@b.com?To=y&subject=x", True),
    ("sip:b@b.com?Subject=a", "sip:b@b.com", False),
    ("sip:ALICE@a.com", "sip:alice@a.com", False),
    ("sip:a@a.com", "sip:a@a.com:5060", False),
    ("sip:a@a.com", "sip:a@a.com;transport=udp", False),
    ("sip:a@a.com", "sip:a@a.com;maddr=1.2.3.4", False),
    ("sip:a@a.com", "sips:a@a.com", False),
    ("sip:a@a.com", "sip:a.com", False),
    ("sip:a:p@a.com", "sip:a:q@a.com", False),
    ("sip:a@a.com;x=1", "sip:a@a.com;x=2", False),
    ("sip:a%40b@c.com", "sip:a%40b@C.com", True),
    ("sip:a%2Cb@c.com", "sip:a,b@c.com", False),
    ("sip:a%2cb@c.com", "sip:a%2Cb@c.com", True),
])
def test_equivalence(ours: str, theirs: str, *, same: bool) -> None:
    assert SipUri.parse(ours).equivalent(SipUri.parse(theirs)) is same
    assert SipUri.parse(theirs).equivalent(SipUri.parse(ours)) is same


_WORD = st.from_regex(r"(?:[A-Za-z0-9\-_.!~*'()]|%[0-9A-F]{2}){1,8}", fullmatch=True)
_PAIRS = st.lists(st.tuples(_WORD, st.none() | _WORD), max_size=3).map(tuple)


@given(st.sampled_from(["sip", "sips"]), st.none() | _WORD, st.from_regex(r"[a-z]{1,5}(\.[a-z]{1,5})?", fullmatch=True),
       st.none() | st.integers(0, 65535), _PAIRS, st.lists(st.tuples(_WORD, _WORD), max_size=3).map(tuple))
def test_written_uris_read_back(
    scheme: str, user: str | None, host: str, port: int | None, params: tuple[tuple[str, str | None], ...],
    headers: tuple[tuple[str, str], ...],
) -> None:
    uri = SipUri(scheme, user, None, host, port, params, headers)
    assert SipUri.parse(str(uri)) == uri


@given(st.text(st.sampled_from("sip:@;?&=[]%41.-ab5 <\x00ü"), max_size=40))
def test_nothing_but_named_errors(text: str) -> None:
    kind = fault(parse_uri, text)
    assert kind is SIP_URI_INVALID or str(parse_uri(text)) == text
