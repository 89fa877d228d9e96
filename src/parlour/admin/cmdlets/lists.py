"""Lists of people in rooms and categories, as cmdlets take and show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from parlour.admin.engine import Cmdlet, ListModifier
from parlour.chat.principals import CategoryRole, Principal, RoomRole
from parlour.directory.groups import Groups
from parlour.directory.people import People
from parlour.errors import PERSON_AMBIGUOUS, PRINCIPAL_NOT_FOUND, ParlourError

R = TypeVar("R", CategoryRole, RoomRole)

LIST_HELP = ('SIP addresses, or distinguished names of groups (CN=...), containers (OU=...) or domains (DC=...): '
             '@{Add="..."}, @{Remove="..."}, @{Replace="..."}, a list, or $null for none.')


AS_OBJECT_HELP = "People and groups in the lists are given by display name; addresses are taken, too."


def shown_list(people: Sequence[Principal], *, names: bool = False) -> list[str]:
    """Return who stands in a list; with `names`, by display name."""
    return [principal.display_name if names else principal.name for principal in people]


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """Who is called how, as display names; they may be several people's.

    Attributes:
        names: for each display name, in lower case, the addresses and distinguished names it stands for.
    """

    names: Mapping[str, Sequence[str]]

    @classmethod
    async def of(cls, people: People, groups: Groups, listed: Iterable[Principal]) -> "DisplayNames":
        """Return those of the directory, and of whoever else stands in the lists."""
        called = [(person.display_name, str(person.address)) for person in await people.all()]
        called += [(group.principal.display_name, group.principal.name) for group in await groups.all()]
        called += [(principal.display_name, principal.name) for principal in listed]
        names: dict[str, dict[str, str]] = {}
        for display_name, name in called:
            names.setdefault(display_name.casefold(), {}).setdefault(name.casefold(), name)
        return cls({display_name: tuple(found.values()) for display_name, found in names.items()})

    def translated(self, modifier: ListModifier) -> ListModifier:
        """Return the modifier with addresses and distinguished names only.

        Raises:
            ParlourError: PrincipalNotProvisioned, UserAmbiguous.
        """
        return ListModifier(
            self._all(modifier.add), self._all(modifier.remove),
            None if modifier.replace is None else self._all(modifier.replace))

    def _all(self, entries: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._one, entries))

    def _one(self, entry: str) -> str:
        found = self.names.get(entry.casefold(), ())
        if len(found) == 1:
            return found[0]
        if found:
            raise ParlourError(PERSON_AMBIGUOUS, entry, identity=entry)
        if entry[:4].lower() == "sip:" or "=" in entry:
            return entry
        raise ParlourError(PRINCIPAL_NOT_FOUND, entry, name=entry)


def changed_lists(
    people: Mapping[R, Sequence[Principal]], modifiers: Mapping[R, ListModifier | None],
    names: DisplayNames | None = None,
) -> dict[R, list[str]]:
    """Return the whole lists that the modifiers given make of those there are; `names`: they say display names."""
    return {role: (names.translated(modifier) if names else modifier).apply(
                [principal.name for principal in people[role]])
            for role, modifier in modifiers.items() if modifier is not None}


async def names_in(
    cmdlet: Cmdlet, people: Mapping[R, Sequence[Principal]], as_object: bool
) -> DisplayNames | None:
    """Return the display names that a cmdlet's lists may have in them, if they are given so."""
    if not as_object:
        return None
    listed = [principal for principals in people.values() for principal in principals]
    return await DisplayNames.of(cmdlet.service(People), cmdlet.service(Groups), listed)
