"""Forms: sentences with slots. One definition serves reading and writing."""

import re
from dataclasses import dataclass
from functools import cache, cached_property

from parlour.testing.conversations import blocks
from parlour.testing.conversations.kinds import KINDS
from parlour.testing.conversations.values import ScriptError, Values

_PIECE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Source:
    """A statement as it stands in a script: its line, and the indented lines below it."""

    number: int
    text: str
    below: tuple[blocks.Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """How far a form fits a line.

    Attributes:
        values: what stands in the slots, as far as it fits.
        end: where it ends.
        expected: what should have stood there; None if the form fits as a whole.
        fault: what is wrong with a value that stands in a slot.
        took_block: a slot took the lines below.
    """

    values: Values
    end: int
    expected: str | None = None
    fault: str = ""
    took_block: bool = False


@dataclass(frozen=True)
class Form:
    """A sentence, e.g. ``{who} joins {room}``. Slots are named after their kinds (`kinds.KINDS`)."""

    template: str

    @cached_property
    def _pieces(self) -> list[str]:
        return _PIECE.split(self.template)  # texts and slots by turns

    @property
    def slots(self) -> list[str]:
        """The names of the slots, in their order."""
        return self._pieces[1::2]

    def match(self, source: Source, start: int = 0) -> Match:
        """Fit the form to a line from `start` on; what stands after it is not looked at.

        Raises:
            ScriptError: the lines below are wrong.
        """
        values: dict[str, object] = {}
        position, took = start, False
        for index, piece in enumerate(self._pieces):
            is_slot = index % 2 == 1
            pattern = KINDS[piece].pattern if is_slot else _literal(piece)
            found = pattern.match(source.text, position)
            if not found:
                return Match(values, position, KINDS[piece].what if is_slot else f'"{piece.strip()}"')
            if is_slot:
                try:
                    values[piece], block = _read(piece, found[0], source)
                except ScriptError:
                    raise
                except ValueError as fault:
                    return Match(values, position, "", str(fault))
                took = took or block
            position = found.end()
        return Match(values, position, took_block=took)

    def write(self, values: Values) -> tuple[str, list[str]]:
        """Write the sentence with these values: its line, and the lines below it."""
        pieces, below = list[str](), list[str]()
        for index, piece in enumerate(self._pieces):
            if index % 2 == 0:
                pieces.append(piece)
                continue
            kind, value = KINDS[piece], values[piece]
            block = kind.write_block(value)
            pieces.append(kind.write(value) if block is None else kind.word)
            below += block or ()
        return "".join(pieces), below


@cache
def _literal(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"(?:\\ )+", " +", re.escape(text)))


def _read(slot: str, text: str, source: Source) -> tuple[object, bool]:
    """Return the value of a slot, and whether it stands in the lines below."""
    kind = KINDS[slot]
    if not kind.word or text != kind.word:
        return kind.read(text), False
    if not source.below:
        raise ScriptError(source.number, f'"{kind.word}" stands for indented lines below, and there are none')
    return kind.read_block(source.below), True
