"""Lists of people in rooms and categories, as cmdlets take and show them."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from parlour.admin.engine import ListModifier
from parlour.chat.principals import CategoryRole, Principal, RoomRole

R = TypeVar("R", CategoryRole, RoomRole)

LIST_HELP = ('SIP addresses, or distinguished names of groups (CN=...), containers (OU=...) or domains (DC=...): '
             '@{Add="..."}, @{Remove="..."}, @{Replace="..."}, a list, or $null for none.')


def shown_list(people: Sequence[Principal], *, names: bool = False) -> list[str]:
    """Return who stands in a list; with `names`, by display name."""
    return [principal.display_name if names else principal.name for principal in people]


def changed_lists(
    people: Mapping[R, Sequence[Principal]], modifiers: Mapping[R, ListModifier | None]
) -> dict[R, list[str]]:
    """Return the whole lists that the modifiers given make of those there are."""
    return {role: modifier.apply([principal.name for principal in people[role]])
            for role, modifier in modifiers.items() if modifier is not None}
