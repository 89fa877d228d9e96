"""SIP addresses, domain names, distinguished names and room addresses."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.addresses import MAX_SIP_ADDRESS, DistinguishedName, Fqdn, RoomUri, SipAddress
from parlour.errors import ParlourError

DOMAIN = "litwareinc.com"
LONGEST_USER = MAX_SIP_ADDRESS - len(f"sip:@{DOMAIN}")


@pytest.mark.parametrize(("text", "user", "domain"), [
    ("sip:pce@litwareinc.com", "pce", DOMAIN),
    ("SIP:Pce@LitwareInc.com", "Pce", "LitwareInc.com"),
    ("sip:a.b-c_d+e@litwareinc.com", "a.b-c_d+e", DOMAIN),
    ("sip:GC-1-PersistentChatService-1@litwareinc.com", "GC-1-PersistentChatService-1", DOMAIN),
    ("sip:%41lice@litwareinc.com", "%41lice", DOMAIN),
    (f"sip:{'u' * LONGEST_USER}@{DOMAIN}", "u" * LONGEST_USER, DOMAIN),
])
def test_sip_addresses_are_read(text: str, user: str, domain: str) -> None:
    address = SipAddress.parse(text)
    assert (address.user, address.domain) == (user, domain)
    assert address.bare == f"{user}@{domain}"
    assert str(address) == f"sip:{user}@{domain}"


@pytest.mark.parametrize(("text", "reason"), [
    ("", 'it does not begin with "sip:"'),
    ("pce@litwareinc.com", 'it does not begin with "sip:"'),
    ("sips:pce@litwareinc.com", 'it does not begin with "sip:"'),
    ("tel:+1425", 'it does not begin with "sip:"'),
    (" sip:pce@litwareinc.com", 'it does not begin with "sip:"'),
    ("sip:", "it has no domain part"),
    ("sip:litwareinc.com", "it has no domain part"),
    ("sip:@litwareinc.com", "it has no user part"),
    ("sip:p ce@litwareinc.com", '"p ce" cannot be a user part'),
    ("sip:pce @litwareinc.com", '"pce " cannot be a user part'),
    ("sip:a@b@litwareinc.com", '"a@b" cannot be a user part'),
    ("sip:a:secret@litwareinc.com", '"a:secret" cannot be a user part'),
    ("sip:100%@litwareinc.com", '"100%" cannot be a user part'),
    ("sip:zoë@litwareinc.com", '"zoë" cannot be a user part'),
    ("sip:<b>@litwareinc.com", '"<b>" cannot be a user part'),
    ("sip:pce@", "of its domain, it is empty"),
    ("sip:pce@localhost", "of its domain, it has no domain part"),
    ("sip:pce@litwareinc.com:5061", '"com:5061" is not a host label'),
    ("sip:pce@litwareinc.com;transport=tls", '"com;transport=tls" is not a host label'),
    ("sip:pce@ litwareinc.com", '" litwareinc" is not a host label'),
    ("sip:pce@192.168.0.1", "it looks like an IP address"),
    ("sip:pce@litwareinc.com\r\nTo: x", "it contains control characters"),
    ("sip:p\x00ce@litwareinc.com", "it contains control characters"),
    ("sip:pce\x7f@litwareinc.com", "it contains control characters"),
    ("sip:pce@litwareinc.com\n", "it contains control characters"),
    (f"sip:{'u' * (LONGEST_USER + 1)}@{DOMAIN}", "it is longer than 454 characters"),
])
def test_bad_sip_addresses_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ParlourError) as fault:
        SipAddress.parse(text)
    assert fault.value.kind.name == "SipAddressInvalid"
    assert reason in str(fault.value)
    assert fault.value.target == text


@given(st.text())
def test_any_text_is_a_sip_address_or_refused_by_name(text: str) -> None:
    with suppress(ParlourError):
        assert str(SipAddress.parse(text)).lower() == text.lower()


def test_letter_case_never_distinguishes_sip_addresses() -> None:
    assert SipAddress.parse("SIP:PCE@LITWAREINC.COM").key == SipAddress.parse("sip:pce@litwareinc.com").key


@pytest.mark.parametrize("text", [
    "litwareinc.com", "atl-pcpool-001.litwareinc.com", "a.b", "1.example", f"{'a' * 63}.com",
    ".".join(["a" * 49] * 5) + ".com", "xn--bcher-kva.example", "10.0.0.1a",
])
def test_domain_names_are_read(text: str) -> None:
    assert str(Fqdn.parse(text.upper())) == text.lower()


@pytest.mark.parametrize(("text", "reason"), [
    ("", "it is empty"),
    ("pool", "it has no domain part"),
    ("pool.", '"" is not a host label'),
    (".com", '"" is not a host label'),
    ("pool..com", '"" is not a host label'),
    ("-pool.com", '"-pool" is not a host label'),
    ("pool-.com", '"pool-" is not a host label'),
    ("po_ol.com", '"po_ol" is not a host label'),
    ("po ol.com", '"po ol" is not a host label'),
    ("bücher.example", '"bücher" is not a host label'),
    ("pool.com\n", '"com\n" is not a host label'),
    (f"{'a' * 64}.com", "is not a host label"),
    ("192.168.0.1", "it looks like an IP address"),
    (".".join(["a" * 49] * 5) + ".comm", "it is longer than 253 characters"),
])
def test_bad_domain_names_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ParlourError) as fault:
        Fqdn.parse(text)
    assert fault.value.kind.name == "FqdnInvalid"
    assert reason in str(fault.value)


@pytest.mark.parametrize(("text", "domain", "guid"), [
    ("ma-chan://litwareinc.com/094f5a4a", DOMAIN, "094f5a4a"),
    ("ma-chan://LitwareInc.COM/094F5A4A", DOMAIN, "094F5A4A"),
])
def test_room_addresses_are_read(text: str, domain: str, guid: str) -> None:
    room = RoomUri.parse(text)
    assert room == RoomUri(domain, guid)
    assert str(room) == f"ma-chan://{domain}/{guid}"


@pytest.mark.parametrize("text", [
    "", "ma-chan://", "ma-chan://litwareinc.com", "ma-chan://litwareinc.com/", "ma-chan:///guid",
    "ma-chan://litwareinc.com/a/b", "ma-cat://litwareinc.com/guid", "MA-CHAN://litwareinc.com/guid",
    " ma-chan://litwareinc.com/guid", "sip:pce@litwareinc.com",
])
def test_what_is_no_room_address_is_none(text: str) -> None:
    assert RoomUri.parse(text) is None


@pytest.mark.parametrize(("text", "parts"), [
    ("DC=com", (("DC", "com"),)),
    ("cn=x, ou = y ,dc=litwareinc,DC=com", (("CN", "x"), ("OU", "y"), ("DC", "litwareinc"), ("DC", "com"))),
    (r"CN=Smith\, John,DC=com", (("CN", "Smith, John"), ("DC", "com"))),
    (r"CN=a\\b,DC=com", (("CN", "a\\b"), ("DC", "com"))),
    ("CN={fb1c9a8e},DC=com", (("CN", "{fb1c9a8e}"), ("DC", "com"))),
    ("2.5.4.3=x", (("2.5.4.3", "x"),)),
    ("CN=", (("CN", ""),)),
    ("CN=a=b", (("CN", "a=b"),)),
    (r"CN=Smith\2C John", (("CN", "Smith, John"),)),
    (r"CN=Zo\C3\AB", (("CN", "Zoë"),)),
    (r"CN=\ x\ ,DC=com", (("CN", " x "), ("DC", "com"))),
    (r"CN=x\20,DC=com", (("CN", "x "), ("DC", "com"))),
])
def test_distinguished_names_are_read(text: str, parts: tuple[tuple[str, str], ...]) -> None:
    assert DistinguishedName.parse(text).parts == parts


@pytest.mark.parametrize(("text", "position"), [
    ("", 1), ("x", 1), ("=x", 1), ("CN=x,", 6), ("CN=x,,DC=com", 6), ("CN=x,DC", 6), ("-a=x", 1),
])
def test_bad_distinguished_names_are_refused_with_the_place(text: str, position: int) -> None:
    with pytest.raises(ParlourError) as fault:
        DistinguishedName.parse(text)
    assert fault.value.kind.name == "DistinguishedNameInvalid"
    assert f"no attribute at character {position}" in str(fault.value)


VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(' ,+"\\<>;=#'), max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["CN", "OU", "DC"]), VALUES), min_size=1, max_size=4))
def test_a_distinguished_name_survives_being_written_and_read(parts: list[tuple[str, str]]) -> None:
    name = DistinguishedName(tuple(parts))
    assert DistinguishedName.parse(str(name)) == name


@given(st.text())
def test_any_text_is_a_distinguished_name_or_refused_by_name(text: str) -> None:
    with suppress(ParlourError):
        name = DistinguishedName.parse(text)
        assert DistinguishedName.parse(str(name)) == name


@pytest.mark.parametrize(("name", "container", "within"), [
    ("CN=x,DC=litwareinc,DC=com", "DC=litwareinc,DC=com", True),
    ("CN=x,dc=LitwareInc,dc=COM", "DC=litwareinc,DC=com", True),
    ("DC=litwareinc,DC=com", "DC=litwareinc,DC=com", True),
    ("DC=com", "DC=litwareinc,DC=com", False),
    ("CN=x,DC=contoso,DC=com", "DC=litwareinc,DC=com", False),
    ("CN=x,DC=notlitwareinc,DC=com", "DC=litwareinc,DC=com", False),
])
def test_containers_hold_what_lies_below_them(name: str, container: str, within: bool) -> None:
    assert DistinguishedName.parse(name).is_within(DistinguishedName.parse(container)) is within


@pytest.mark.parametrize(("text", "reason"), [
    ("CN=x\\", "it ends with a backslash"), (r"CN=\FF", "its escaped bytes are not UTF-8"),
])
def test_bad_escapes_in_distinguished_names_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ParlourError) as fault:
        DistinguishedName.parse(text)
    assert reason in str(fault.value)
