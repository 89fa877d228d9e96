"""What a text must say to be found, and by which keys of the indexes such texts can be looked up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from parlour.storage.terms import MAX_LENGTH, compose, encoded, fold, is_unspaced, plain_terms, without_case

_PIECE = 3  # characters in a key of the index of pieces
_TERMS_COST = 16  # to find the short terms of a text costs so many times as much as to look through it once
# From the most to the least frequent; what is not here is rarer still.
_FREQUENT = " etaoinsrhldcumfpgwybvkxjqz"


@dataclass(frozen=True, slots=True)
class Term:
    """Something that a text may say: `folded` as the index compares it, `composed` with its letter case."""

    folded: str
    composed: str

    @classmethod
    def of(cls, text: str) -> "Term":
        """Prepare what somebody wrote."""
        return cls(fold(text), compose(text))

    @property
    def is_short(self) -> bool:
        """Whether the index of pieces cannot find it."""
        return len(self.folded) <= MAX_LENGTH

    @property
    def is_text(self) -> bool:
        """Whether a message may say it at all: none has zero bytes or halves of characters in it."""
        return "\0" not in self.folded and not any("\ud800" <= one <= "\udfff" for one in self.folded)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text must say: every term, or any of them; without terms, it may say what it likes."""

    terms: tuple[Term, ...]
    every: bool
    match_case: bool

    def fits(self, text: str) -> bool:
        """Say whether `text` says it."""
        return self.look(text)[0]

    def look(self, text: str) -> tuple[bool, int]:
        """Say whether `text` says it, and how many characters were looked through to know."""
        if not self.terms:
            return True, 0
        composed = compose(text)
        folded = Searched(without_case(composed))
        looks = [(folded, [term.folded for term in self.terms])]
        if self.match_case:
            looks.append((Searched(composed), [term.composed for term in self.terms]))
        said = (all(text.says(terms[number], short=term.is_short) for text, terms in looks)
                for number, term in enumerate(self.terms))
        fits = all(said) if self.every else any(said)
        return fits, len(composed) + sum(text.work for text, _ in looks)


class Searched:
    """A text that is looked through; `work` is how many characters that took so far.

    Args:
        text: composed, or folded as well.
    """

    def __init__(self, text: str) -> None:
        self.work = 0
        self._text = text
        self._short: dict[str, None] | None = None

    def says(self, term: str, *, short: bool) -> bool:
        """Say whether the text has `term` in it; a short one by itself, in scripts that write words apart."""
        self.work += len(self._text)
        if term not in self._text:
            return False
        return not short or is_unspaced(term) or term in self._short_terms()

    def _short_terms(self) -> dict[str, None]:
        if self._short is None:
            self.work += len(self._text) * _TERMS_COST
            self._short = plain_terms(self._text)
        return self._short


@dataclass(frozen=True, slots=True)
class Key:
    """What an index can be asked for.

    Attributes:
        piece: three characters, for the index of pieces; otherwise a short term.
        text: how it is written.
        rarity: a guess, to ask first for what few texts say.
    """

    piece: bool
    text: str
    rarity: int

    @property
    def query(self) -> str:
        """How the index is asked for it: always as text, never as an expression."""
        text = self.text if self.piece else encoded(self.text)
        return '"' + text.replace('"', '""') + '"'


def keys(wording: Wording, count: int) -> list[Key]:
    """Return up to `count` keys that every text has that says all of the terms, the rarest first (as a guess goes).

    No two of them overlap in a term: one would say little that the other does not.
    """
    return _rarest(chain.from_iterable(islice(_keys(term), count) for term in wording.terms), count)


def key_of_each(wording: Wording) -> list[Key]:
    """Return a key for each term."""
    return [next(_keys(term)) for term in wording.terms]


def _keys(term: Term) -> Iterator[Key]:
    """Return the keys of one term that do not overlap, the rarest first."""
    text = term.folded
    if term.is_short:
        yield Key(False, text, _rarity(text))
        return
    pieces = [Key(True, text[start:start + _PIECE], _rarity(text[start:start + _PIECE]))
              for start in range(len(text) - _PIECE + 1)]
    taken: list[int] = []
    for start in sorted(range(len(pieces)), key=lambda start: -pieces[start].rarity):
        if all(abs(start - other) >= _PIECE for other in taken):
            taken.append(start)
            yield pieces[start]


def _rarest(found: Iterable[Key], count: int) -> list[Key]:
    return sorted(dict.fromkeys(found), key=lambda key: -key.rarity)[:count]


def _rarity(text: str) -> int:
    places = map(_FREQUENT.find, text)
    return sum(len(_FREQUENT) if place < 0 else place for place in places)
