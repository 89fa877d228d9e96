"""The values that a parameter can have, as far as somebody knows them: for completion."""

from enum import StrEnum
from typing import Protocol, runtime_checkable

from parlour.admin.engine.session import Session

MOST = 50
"""Values offered at once."""


class Own(StrEnum):
    """Values that the engine knows by itself."""

    CMDLET = "cmdlet"


@runtime_checkable
class ValueSource(Protocol):
    """A service of the session that knows what there is in the deployment."""

    async def starting(self, session: Session, kind: StrEnum, prefix: str, limit: int) -> list[str]:
        """Return the first values of a kind that begin so, without letter case.

        Args:
            session: only what it may see is found.
            kind: what `parameter(values=...)` says.
            prefix: what was typed so far.
            limit: at most so many.
        """
        ...


async def values_starting(session: Session, kinds: tuple[StrEnum, ...], prefix: str) -> list[str]:
    """Return the first values of some kinds; nothing if the session has nobody who knows any."""
    source = session.services.get(ValueSource)
    if not isinstance(source, ValueSource):
        return []
    return [value for kind in kinds for value in await source.starting(session, kind, prefix, MOST)][:MOST]
