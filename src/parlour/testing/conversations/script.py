"""A script, read: what is done and what is seen, in order."""

from dataclasses import dataclass, field

from parlour.testing.conversations.grammar import Verb
from parlour.testing.conversations.values import Sight, Values, Watchers


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody does something.

    Attributes:
        line: where it stands.
        verb: what.
        values: the slots of its form.
        answers: whether the script says what comes of it, and that is `answer`.
        refusal: name of the error that it is refused with; empty if it is done.
    """

    line: int
    verb: Verb
    values: Values
    answers: bool = False
    answer: object = None
    refusal: str = ""

    @property
    def actor(self) -> str:
        """Who does it, as the script writes it."""
        return "administrator" if self.verb.by_administrator else str(self.values["who"])


@dataclass(frozen=True, slots=True)
class Sees:
    """Each of the watchers is shown this next; if it `may` be, it is no fault when it is not."""

    line: int
    watchers: Watchers
    sight: Sight
    may: bool = False


@dataclass(frozen=True, slots=True)
class NothingMore:
    """None of the watchers was shown anything that was not told yet."""

    line: int
    watchers: Watchers


Step = Act | Sees | NothingMore


@dataclass(frozen=True, slots=True)
class Script:
    """A conversation.

    Attributes:
        name: for people; that of the file.
        steps: all of it.
        only_over: stages on which it makes sense; if empty, on all.
        because: why not on others.
    """

    name: str
    steps: tuple[Step, ...]
    only_over: tuple[str, ...] = field(default=())
    because: str = ""

    def suits(self, stage: str) -> bool:
        """Say whether it makes sense on a stage of that name."""
        return not self.only_over or stage in self.only_over
