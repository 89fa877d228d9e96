"""Short terms, keys of the indexes, and what sifts a stream."""

import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.storage.search_kit import CHARACTERS, TEXTS, says

from parlour.storage import terms
from parlour.storage import wording as wording_module
from parlour.storage.streams import Meter, Sieve
from parlour.storage.terms import MAX_TEXT, compose, encoded, fold, plain_terms, short_terms
from parlour.storage.wording import Searched, Term, Wording, key_of_each, keys


@pytest.mark.parametrize(("text", "expected"), [
    ("", set()), ("with", set()), ("It is", {"it", "is"}), ("(C#),", {"c", "(c", "c#"}), ("a b", {"a", "b"}),
    ("IT-Leiter", {"it"}), ("->", {"->"}), ("x->y", {"x", "x-", "y", ">y"}), ("日本", {"日", "本", "日本"}),
    ("a日", {"日", "a日"}), ("日 本", {"日", "本"}), ("ＩＴ", {"it"}), ("1.2", {"1", "2", "1.", ".2"}),
])
def test_short_terms(text: str, expected: set[str]) -> None:
    assert set(plain_terms(fold(text))) == expected
    assert set(short_terms(fold(text))) == set(map(encoded, expected))


@given(TEXTS, st.text(CHARACTERS, min_size=1, max_size=2))
def test_a_text_holds_exactly_the_terms_that_are_indexed(text: str, term: str) -> None:
    if not any(map(str.isspace, fold(term))) and len(fold(term)) <= 2:
        said = Searched(fold(text)).says(fold(term), short=True)
        assert said == (encoded(fold(term)) in short_terms(fold(text)))


@given(TEXTS, TEXTS, st.booleans(), st.booleans())
def test_a_text_that_fits_has_every_key(text: str, words: str, every: bool, match_case: bool) -> None:
    wording = Wording(tuple(map(Term.of, words.split())), every, match_case)
    said = [says(text, word, match_case=match_case) for word in words.split()]
    assert wording.fits(text) == ((all if every else any)(said) if said else True)
    if said and every and wording.fits(text):
        indexed = short_terms(fold(text))
        assert all(key.text in fold(text) if key.piece else encoded(key.text) in indexed for key in keys(wording, 4))
    assert len(key_of_each(wording)) == len(wording.terms)


@given(st.text(CHARACTERS + "\u0323\u1100\u1161\u11a8\uac00\u304b\u3099\uff76\uff9e\ufdfa", max_size=300))
def test_text_is_composed_as_unicode_says(text: str) -> None:
    assert compose(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("text", ["\ufdfa" * 65_536, "a" * 65_536, "a" + "\u0301\u0323" * 32_768, "\u0301" * 65_536])
def test_so_much_of_a_text_is_composed_and_no_more(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[str] = []
    def normalize(form: str, block: str) -> str:
        blocks.append(block)
        assert form == "NFKC"
        return unicodedata.normalize("NFKC", block)
    monkeypatch.setattr(terms, "unicodedata", SimpleNamespace(normalize=normalize))
    assert len(compose(text)) <= MAX_TEXT
    # the work is the sum of the squares of the blocks where marks follow each other
    assert max(map(len, blocks), default=0) <= 128
    assert sum(map(len, blocks)) <= MAX_TEXT + 128


def test_short_terms_of_a_text_are_found_once_however_many_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    def counted(text: str) -> dict[str, None]:
        looked.append(text)
        return plain_terms(text)
    monkeypatch.setattr(wording_module, "plain_terms", counted)
    words = [f"{first}{second}" for first in "abcd" for second in "efghijkl"]
    text = "".join(words) * 200
    for every in (True, False):
        for match_case in (True, False):
            looked.clear()
            assert not Wording(tuple(map(Term.of, words)), every, match_case).fits(text)
            assert len(looked) <= 1 + match_case


def test_what_is_really_done_is_counted() -> None:
    text = "xaby" * 1000
    def work(words: str, text: str, *, match_case: bool = False) -> int:
        return Wording(tuple(map(Term.of, words.split())), False, match_case).look(text)[1]
    assert Wording((), every=True, match_case=False).look(text) == (True, 0)
    plain, short = work("zzzz", text), work("ab", text)
    assert len(text) <= plain < short / 5
    assert work("zzz1 zzz2 zzz3 zzz4", text) >= plain + 3 * len(text)
    assert work("ab", text * 10) == work("ab", text * 100) == work("ab", text * 3)  # no more is looked at


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
