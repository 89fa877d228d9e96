"""What a text must say to be found, and by which keys of the indexes such texts can be looked up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from parlour.storage.terms import MAX_LENGTH, compose, encoded, fold, holds

_PIECE = 3  # characters in a key of the index of pieces
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
        if not self.terms:
            return True
        folded, composed = fold(text), compose(text) if self.match_case else ""
        said = (_said(term.folded, folded, term) and (not self.match_case or _said(term.composed, composed, term))
                for term in self.terms)
        return all(said) if self.every else any(said)


def _said(wanted: str, text: str, term: Term) -> bool:
    return holds(text, wanted) if term.is_short else wanted in text


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
