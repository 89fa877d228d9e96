"""The kit's Digest against the example of RFC 2617, and the quirk of pidgin-sipe."""

import hashlib

from parlour.sip import parse_auth
from parlour.testing import digest


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_without_qop_it_is_the_old_formula() -> None:
    value = parse_auth(digest.credentials({"realm": "r", "nonce": "n"}, "REGISTER", "u", "p", "sip:x"))
    assert value.params["response"] == md5(f"{md5('u:r:p')}:n:{md5('REGISTER:sip:x')}")
    assert "qop" not in value.params


def test_with_qop_it_counts_and_names_its_own_nonce() -> None:
    value = parse_auth(digest.credentials({"realm": "r", "nonce": "n", "qop": "auth"}, "REGISTER", "u", "p", "sip:x"))
    params = value.params
    wanted = md5(f"{md5('u:r:p')}:n:00000001:{params['cnonce']}:auth:{md5('REGISTER:sip:x')}")
    assert (params["response"], params["nc"], params["qop"]) == (wanted, "00000001", "auth")


def test_by_default_the_uri_is_what_pidgin_sipe_sends() -> None:
    value = parse_auth(digest.credentials({"realm": "r", "nonce": "n"}, "REGISTER", "u", "p"))
    assert value.params["uri"] == "(null)"
    assert value.params["response"] == md5(f"{md5('u:r:p')}:n:{md5('REGISTER:(null)')}")


def test_opaque_goes_back() -> None:
    value = parse_auth(digest.credentials({"realm": "r", "nonce": "n", "opaque": "o"}, "REGISTER", "u", "p"))
    assert value.params["opaque"] == "o"
