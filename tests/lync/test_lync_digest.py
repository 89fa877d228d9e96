"""Digest, against RFC 2617 computed independently."""

import hashlib

import pytest

from parlour.errors import ParlourError
from parlour.lync.digest import check, response_of
from parlour.sip import AuthValue

HA1 = hashlib.md5(b"alice:SIP Communications Service:Pa$$w0rd", usedforsecurity=False)
GOOD = {"nonce": "abc", "uri": "(null)", "qop": "auth", "nc": "00000001", "cnonce": "c1", "username": "alice"}


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def answer(**changed: str) -> AuthValue:
    """Make credentials that are right for what they say."""
    given = {**GOOD, **changed}
    second = md5(f"REGISTER:{given['uri']}")
    proof = md5(f"{HA1.hexdigest()}:{given['nonce']}:{given['nc']}:{given['cnonce']}:{given['qop']}:{second}")
    return AuthValue("Digest", {"response": proof, **given})


def test_the_example_of_the_rfc() -> None:
    ha1 = hashlib.md5(b"Mufasa:testrealm@host.com:Circle Of Life", usedforsecurity=False).digest()
    given = AuthValue("Digest", {"uri": "/dir/index.html", "nc": "00000001", "cnonce": "0a4f113b", "qop": "auth"})
    expected = "6629fae49393a05397450978507c4ef1"  # RFC 2617 section 3.5
    assert response_of(ha1, "GET", given, "dcd98b7102dd2f0e8b11d0f600bfb0c093") == expected


@pytest.mark.parametrize("changed", [
    {}, {"uri": "sip:litwareinc.com"}, {"nc": "00000009"}, {"algorithm": "MD5"}, {"algorithm": "md5"}])
def test_the_right_answer_is_accepted(changed: dict[str, str]) -> None:
    check(HA1.digest(), "REGISTER", answer(**changed), "abc")


def test_the_answer_may_be_in_upper_case() -> None:
    given = answer()
    check(HA1.digest(), "REGISTER", AuthValue("Digest", {**given.params, "response": given.params["response"].upper()}),
          "abc")


@pytest.mark.parametrize("changed", [
    {"nonce": "other"}, {"qop": "auth-int"}, {"qop": ""}, {"cnonce": ""}, {"algorithm": "SHA-256"},
    {"algorithm": "MD5-sess"}, {"response": ""}, {"response": "0" * 32},
    {"response": "é" * 32},
])
def test_any_other_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(ParlourError) as fault:
        check(HA1.digest(), "REGISTER", answer(**changed), "abc")
    assert fault.value.kind.name == "SignInRefused"


@pytest.mark.parametrize("name", ["uri", "nc", "cnonce", "qop", "nonce"])
def test_what_was_changed_on_the_way_is_noticed(name: str) -> None:
    given = answer()
    with pytest.raises(ParlourError):
        check(HA1.digest(), "REGISTER", AuthValue("Digest", {**given.params, name: given.params[name] + "x"}), "abc")


def test_another_method_is_refused() -> None:
    with pytest.raises(ParlourError):
        check(HA1.digest(), "INVITE", answer(), "abc")


def test_another_password_is_refused() -> None:
    with pytest.raises(ParlourError):
        check(bytes(16), "REGISTER", answer(), "abc")
