"""Names of rooms: which are allowed, and when two are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.chat.names import MAX_NAME, checked_name, checked_text, name_key, split_identity
from parlour.errors import ParlourError


@pytest.mark.parametrize("name", ["Engineering", "All hands", " x ", "Käse & <b>", "🎉", "é" * MAX_NAME])
def test_names_are_allowed(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(("name", "reason"), [
    ("", "it is empty"), ("   ", "it is empty"), ("\u3000", "it is empty"),
    ("n" * (MAX_NAME + 1), "it has more than 256 characters"),
    ("a\nb", "it contains control characters"), ("a\x00", "it contains control characters"),
    ("a\x7fb", "it contains control characters"), ("a\x85b", "it contains control characters"),
    ("a\u2028b", "it contains control characters"), ("a\ud800b", "it contains control characters"),
])
def test_bad_names_are_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(ParlourError) as fault:
        checked_name(name)
    assert fault.value.kind.name == "ChatRoomNameInvalid"
    assert str(fault.value) == f"The room name is not valid: {reason}."


@pytest.mark.parametrize("text", ["", " ", "d" * MAX_NAME])
def test_a_description_may_be_empty(text: str) -> None:
    assert checked_text(text, "description") == text


def test_a_refused_description_is_called_so() -> None:
    with pytest.raises(ParlourError, match="The description is not valid"):
        checked_text("d" * (MAX_NAME + 1), "description")


@pytest.mark.parametrize(("one", "other"), [
    ("Engineering", "ENGINEERING"), ("Straße", "STRASSE"), ("é", "e\u0301"), ("É", "e\u0301"), ("ΣΑΣ", "σας"),
    ("\u212bngström", "ångström"), ("ﬁn", "FIN"), ("\u1fb3", "\u0391\u0399"), ("i\u0307", "İ"),
    ("\u0345\u0301", "\u0301\u0345"),
])
def test_names_that_read_alike_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("e", "é"), ("a b", "ab"), ("ı", "i"), ("x", "x ")])
def test_other_names_differ(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(st.text())
def test_letter_case_and_composition_never_distinguish_names(name: str) -> None:
    key = name_key(name)
    assert name_key(name.casefold()) == key
    assert name_key(unicodedata.normalize("NFD", name)) == key
    assert name_key(unicodedata.normalize("NFC", name)) == key


@given(st.text(st.characters(codec="ascii")))
def test_upper_and_lower_case_are_the_same(name: str) -> None:
    assert name_key(name.upper()) == name_key(name.lower())


@pytest.mark.parametrize(("identity", "pool", "name"), [
    ("Engineering", None, "Engineering"), ("pool.example\\Engineering", "pool.example", "Engineering"),
    ("pool.example\\AC\\DC", "pool.example", "AC\\DC"), ("\\x", "", "x"), ("x\\", "x", ""), ("", None, ""),
])
def test_an_identity_is_split_at_its_first_backslash(identity: str, pool: str | None, name: str) -> None:
    assert split_identity(identity) == (pool, name)
