"""Short terms, keys of the indexes, and what sifts a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.storage.search_kit import CHARACTERS, TEXTS, says

from parlour.storage.streams import Meter, Sieve
from parlour.storage.terms import encoded, fold, holds, plain_terms, short_terms
from parlour.storage.wording import Term, Wording, key_of_each, keys


@pytest.mark.parametrize(("text", "terms"), [
    ("", set()), ("with", set()), ("It is", {"it", "is"}), ("(C#),", {"c", "(c", "c#"}), ("a b", {"a", "b"}),
    ("IT-Leiter", {"it"}), ("->", {"->"}), ("x->y", {"x", "x-", "y", ">y"}), ("日本", {"日", "本", "日本"}),
    ("a日", {"日", "a日"}), ("日 本", {"日", "本"}), ("ＩＴ", {"it"}), ("1.2", {"1", "2", "1.", ".2"}),
])
def test_short_terms(text: str, terms: set[str]) -> None:
    assert set(plain_terms(fold(text))) == terms
    assert set(short_terms(text)) == set(map(encoded, terms))


@given(TEXTS, st.text(CHARACTERS, min_size=1, max_size=2))
def test_a_text_holds_exactly_the_terms_that_are_indexed(text: str, term: str) -> None:
    if not any(map(str.isspace, fold(term))) and len(fold(term)) <= 2:
        assert holds(fold(text), fold(term)) == (encoded(fold(term)) in short_terms(text))


@given(TEXTS, TEXTS, st.booleans(), st.booleans())
def test_a_text_that_fits_has_every_key(text: str, words: str, every: bool, match_case: bool) -> None:
    wording = Wording(tuple(map(Term.of, words.split())), every, match_case)
    said = [says(text, word, match_case=match_case) for word in words.split()]
    assert wording.fits(text) == ((all if every else any)(said) if said else True)
    if said and every and wording.fits(text):
        indexed = short_terms(text)
        assert all(key.text in fold(text) if key.piece else encoded(key.text) in indexed for key in keys(wording, 4))
    assert len(key_of_each(wording)) == len(wording.terms)


def test_keys_are_rare_and_do_not_overlap() -> None:
    wording = Wording((Term.of("the kubernetes"), Term.of("it")), every=True, match_case=False)
    assert next(key.text for key in keys(wording, 9)) == "kub"
    assert [key.text for key in keys(wording, 2)] == [key.text for key in keys(wording, 9)][:2]
    assert len(keys(Wording((Term.of("ab" * 500),), every=True, match_case=False), 4)) <= 4


def test_a_key_is_always_text() -> None:
    key = keys(Wording((Term.of('"*"'),), every=True, match_case=False), 1)[0]
    assert key.query == '"""*"""'


@pytest.mark.parametrize(("newest_first", "numbers"), [(True, [9, 7, 4]), (False, [4, 7, 9])])
def test_a_sieve_lets_pass_what_its_stream_has(newest_first: bool, numbers: list[int]) -> None:
    asked = sorted(range(1, 12), reverse=newest_first)
    sieve = Sieve(iter(numbers), newest_first, Meter(100))
    assert [number for number in asked if sieve.passes(number)] == numbers


def test_a_sieve_that_may_not_read_on_lets_everything_pass() -> None:
    sieve = Sieve(iter([1, 5]), newest_first=False, meter=Meter(0))
    assert all(map(sieve.passes, range(1, 9)))
