"""XML from strangers."""

import gc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.errors import ParlourError
from parlour.lync.xml import MAX_DEPTH, MAX_ELEMENTS, Element, escape, escape_attribute, parse_xml

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


def possible(text: str) -> str:
    """Return what XML 1.0 section 2.2 leaves of a text."""
    return "".join(c if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
                   else "\ufffd" for c in text)


@given(ANY_TEXT)
def test_any_text_survives_as_far_as_xml_can_carry_it(text: str) -> None:
    assert parse_xml(f"<a>{escape(text)}</a>".encode()).text == possible(text)


@given(ANY_TEXT)
def test_any_text_survives_in_an_attribute(text: str) -> None:
    assert parse_xml(f'<a b="{escape_attribute(text)}"/>'.encode()).get("b") == possible(text)


@given(st.binary())
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    with suppress(ParlourError):
        assert parse_xml(b"<a>" + body).name == "a"


def test_names_lose_their_namespaces_and_attributes_their_case() -> None:
    root = parse_xml(b'<?xml version="1.0"?><x:a xmlns:x="urn:x" x:Seq="1"><b/><x:b K="2">t</x:b><c/></x:a>')
    assert (root.name, root.get("SEQ"), root.get("absent", "-")) == ("a", "1", "-")
    assert [child.name for child in root.all("b")] == ["b", "b"]
    assert root.child("c") == Element("c", {}, tag="c")
    assert root.child("d") is None


@pytest.mark.parametrize(("body", "text"), [
    (b"<a>x<![CDATA[<b>&]]>y</a>", "x<b>&y"), (b"<a>x<!-- c -->y</a>", "xy"), (b"<a>&lt;&#128512;</a>", "<\U0001f600"),
    (b"<a>1\r\n2\r3</a>", "1\n2\n3"), ('<?xml version="1.0" encoding="utf-16"?><a>ä</a>'.encode("utf-16"), "ä"),
    (b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe4</a>', "ä"), (b"\xef\xbb\xbf<a>x</a>", "x"),
])
def test_text_is_read(body: bytes, text: str) -> None:
    assert parse_xml(body).text == text


BOMB = (b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">' + b"".join(
    f'<!ENTITY x{n} "&x{n - 1 if n > 1 else ""};&x{n - 1 if n > 1 else ""};">'.encode() for n in range(1, 30))
    + b"]><a>&x29;</a>")


@pytest.mark.parametrize("body", [
    b"", b" ", b"x", b"<a>", b"<a></b>", b"<a/><b/>", b"<a b=1/>", b"<a b='1' b='2'/>", b"<a>\x00</a>", b"<a>&#0;</a>",
    b"<a>&#xD800;</a>", b"<a>&nope;</a>", b"<a>\xff</a>", b"<a>\xed\xa0\x80</a>", b'<?xml version="2.0"?><a',
    b'<?xml version="1.0" encoding="klingon"?><a/>', b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-</a>',
    b"<!DOCTYPE a><a/>", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', BOMB,
    b'<!DOCTYPE a [<!ATTLIST a b CDATA "x">]><a/>',
    b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
])
def test_hostile_documents_are_refused(body: bytes) -> None:
    with pytest.raises(ParlourError) as fault:
        parse_xml(body)
    assert fault.value.kind.name == "XmlInvalid"


def test_the_bounds_themselves_are_within() -> None:
    assert parse_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).name == "a"
    assert len(parse_xml(b"<a>" + b"<b/>" * (MAX_ELEMENTS - 1) + b"</a>").children) == MAX_ELEMENTS - 1


@pytest.mark.parametrize("text", ["", "a" * 262_144, "\u65e5" * 65_536, "It's so; 1 + 1 = 2!"])
def test_a_text_that_needs_no_escape_is_not_made_anew(text: str) -> None:
    assert escape(text) is text
    assert escape_attribute(text) is text


@given(ANY_TEXT)
def test_escapes_are_those_of_each_character(text: str) -> None:
    assert escape(text) == "".join(map(escape, text))
    assert escape_attribute(text) == "".join(map(escape_attribute, text))


def test_a_reader_is_let_go_of_without_a_look_for_garbage() -> None:
    gc.collect()
    gc.disable()
    try:
        for body in (b"<a>b<c/></a>", b"<a>", b"<!DOCTYPE a><a/>"):
            with suppress(ParlourError):
                parse_xml(body)
        assert not any(type(one).__name__ == "_Reader" for one in gc.get_objects())
    finally:
        gc.enable()
