"""A stage: where a script is played. The runner knows nothing else of Parlour."""

from collections.abc import Sequence
from typing import Any, Protocol

from parlour.testing.conversations.grammar import Verb
from parlour.testing.conversations.values import Endpoint, Sight, Values


class RefusedAct(Exception):  # noqa: N818 - an outcome, which most scripts expect
    """What somebody wanted to do was refused.

    Attributes:
        names: the errors of the registry that the refusal can be: one, or several where a wire tells them not apart.
        words: what the person was told.
    """

    def __init__(self, names: frozenset[str], words: str) -> None:
        self.names = names
        self.words = words
        super().__init__(words)


class CannotError(AssertionError):
    """The stage has no such verb: a script that uses it says over which stages it makes sense."""


class Stage(Protocol):
    """Somewhere to play: the core alone, a wire, a browser."""

    @property
    def name(self) -> str:
        """What scripts call it, e.g. ``core``."""
        ...

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Everybody who has signed in, in that order."""
        ...

    async def perform(self, verb: Verb, values: Values) -> Any:  # noqa: ANN401 - as many kinds as there are answers
        """Do something; what comes of it is there when this returns, or on its way to those who see it.

        Returns:
            The answer, of the kind that the verb's answer slot holds.

        Raises:
            RefusedAct: it was refused, and changed nothing.
            CannotError: this stage has no such verb.
        """
        ...

    async def next_sight(self, who: Endpoint) -> Sight | None:
        """Return what `who` was shown next; wait for it, but not forever: None if nothing comes."""
        ...

    async def sights(self, who: Endpoint) -> list[Sight]:
        """Return everything else that `who` was shown up to now; all that came of finished acts is there."""
        ...


async def perform_by_methods(stage: str, places: Sequence[object], verb: Verb, values: Values) -> Any:  # noqa: ANN401
    """Do what a verb says by the method of its name, on the first of `places` that has it.

    Raises:
        CannotError: none has it.
    """
    for place in places:
        method = getattr(place, verb.name, None)
        if method is not None:
            return await method(**values)
    raise CannotError(f'nobody can do this over {stage}: "{verb.form.template}" (there is no method "{verb.name}")')
