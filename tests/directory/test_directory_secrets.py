"""What is kept of passwords: sealed, bound to its owner, and never the password itself."""

import hashlib

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from parlour.addresses import SipAddress
from parlour.directory.secrets import KEY_BYTES, REALM, Vault, ha1, login_names, nt_hash
from parlour.errors import ParlourError

ALICE = SipAddress.parse("sip:Alice@litwareinc.com")


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault(bytes(range(KEY_BYTES)))


@given(secret=st.binary(max_size=64), purpose=st.sampled_from(["ntlm", "digest"]), owner=st.text(max_size=20))
def test_what_was_sealed_opens(vault: Vault, secret: bytes, purpose: str, owner: str) -> None:
    owner = owner.encode("utf-8", "replace").decode()
    assert vault.open(vault.seal(secret, purpose, owner), purpose, owner) == secret


@pytest.mark.parametrize(("purpose", "owner"), [("digest", "one"), ("ntlm", "other"), ("ntlm", ""), ("ntlm", "ONE")])
def test_it_opens_for_nothing_and_nobody_else(vault: Vault, purpose: str, owner: str) -> None:
    with pytest.raises(InvalidTag):
        vault.open(vault.seal(b"secret", "ntlm", "one"), purpose, owner)


def test_it_opens_with_no_other_key(vault: Vault) -> None:
    with pytest.raises(InvalidTag):
        Vault(bytes(KEY_BYTES)).open(vault.seal(b"secret", "ntlm", "one"), "ntlm", "one")


@pytest.mark.parametrize("position", [0, 11, 12, -17, -1])
def test_a_changed_byte_is_noticed(vault: Vault, position: int) -> None:
    sealed = bytearray(vault.seal(b"secret", "ntlm", "one"))
    sealed[position] ^= 1
    with pytest.raises(InvalidTag):
        vault.open(bytes(sealed), "ntlm", "one")


def test_no_two_seals_are_the_same(vault: Vault) -> None:
    assert len({vault.seal(b"secret", "ntlm", "one") for _ in range(50)}) == 50


def test_the_password_hash_is_argon2id(vault: Vault) -> None:
    record = vault.record("Pa$$w0rd", ALICE, "one", ntlm=True)
    assert extract_parameters(record.password_hash).type is Type.ID
    assert PasswordHasher().verify(record.password_hash, "Pa$$w0rd")
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(record.password_hash, "pa$$w0rd")


@pytest.mark.parametrize(("password", "expected"), [
    ("Password", "a4f49c406510bdcab6824ee7c30fd852"),  # MS-NLMP section 4.2.2.1.2
    ("password", "8846f7eaee8fb117ad06bdd830b7586c"),
    ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
])
def test_nt_hashes_are_the_known_ones(password: str, expected: str) -> None:
    assert nt_hash(password).hex() == expected


@pytest.mark.parametrize("password", ["Circle of Life", "Grüße", "🎉"])
def test_ha1_is_that_of_rfc_2617(password: str) -> None:
    expected = hashlib.md5(b"alice:SIP Communications Service:" + password.encode(), usedforsecurity=False).digest()
    assert REALM == "SIP Communications Service"
    assert ha1("alice", password) == expected


def test_secrets_come_back_for_their_owner(vault: Vault) -> None:
    record = vault.record("Pa$$w0rd", ALICE, "one", ntlm=True)
    assert record.ntlm is not None
    assert vault.ntlm_secret(record.ntlm, "one") == nt_hash("Pa$$w0rd")
    for login in login_names(ALICE):
        assert vault.digest_secret(record.digest, "one", ALICE, login) == ha1(login, "Pa$$w0rd")


@pytest.mark.parametrize("login", ["", "bob", "alice", "ALICE@litwareinc.com", "sip:Alice@litwareinc.com"])
def test_there_is_no_digest_secret_for_other_login_names(vault: Vault, login: str) -> None:
    record = vault.record("Pa$$w0rd", ALICE, "one", ntlm=False)
    assert vault.digest_secret(record.digest, "one", ALICE, login) is None


def test_who_may_not_use_ntlm_has_no_nt_hash(vault: Vault) -> None:
    assert vault.record("Pa$$w0rd", ALICE, "one", ntlm=False).ntlm is None


@pytest.mark.parametrize(("password", "reason"), [
    ("", "it is empty"), ("x" * 257, "it has more than 256 characters"), ("a\nb", "it contains control characters"),
    ("a\x00b", "it contains control characters"), ("a\ud800b", "it contains control characters"),
])
def test_unusable_passwords_are_refused_and_not_repeated(vault: Vault, password: str, reason: str) -> None:
    with pytest.raises(ParlourError) as fault:
        vault.record(password, ALICE, "one", ntlm=True)
    assert str(fault.value) == f"The password is not usable: {reason}."
    assert fault.value.target is None


@pytest.mark.parametrize("password", [" ", "x" * 256, "Grüße 🎉", "a:b"])
def test_odd_passwords_are_usable(vault: Vault, password: str) -> None:
    assert PasswordHasher().verify(vault.record(password, ALICE, "one", ntlm=True).password_hash, password)
