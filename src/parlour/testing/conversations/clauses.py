"""Lists of clauses, ``closed, auditorium; members alice, bob``: what a room or a category is made with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from parlour.testing.conversations.values import CategoryPlan, RoomPlan
from parlour.testing.conversations.words import PRINCIPALS as _PRINCIPALS
from parlour.testing.conversations.words import QUOTED, quoted, read_principals, unquoted, write_principals

_CLAUSE = re.compile(rf'(?:{QUOTED}|[^";])+')


@dataclass(frozen=True, slots=True)
class Clauses:
    """What may be said of one kind of thing.

    Attributes:
        plan: the dataclass that is made.
        flags: words that set a field to a value.
        lists: words that a list of principals follows, with the field they set.
        texts: words that a text in quotes follows, with the field they set.
    """

    plan: type
    flags: Mapping[str, tuple[str, object]]
    lists: Mapping[str, str]
    texts: Mapping[str, str]

    def words(self) -> str:
        """Return what may be said, as people write it."""
        return ", ".join([*self.flags, *(f"{word} ..." for word in (*self.lists, *self.texts))])

    def read(self, text: str) -> Any:  # noqa: ANN401 - the plan, whichever it is
        """Read clauses with semicolons between them; flags may share one, with commas.

        Raises:
            ValueError: a clause that nobody knows, or that says something twice.
        """
        values: dict[str, object] = {}
        for clause in (found.strip() for found in _CLAUSE.findall(text)):
            for field, value in self._read(clause).items():
                if field in values:
                    raise ValueError(f'"{clause}" says again what was said before')
                values[field] = value
        return self.plan(**values)

    def _read(self, clause: str) -> dict[str, object]:
        word, _, rest = clause.partition(" ")
        if word in self.lists:
            if not re.fullmatch(_PRINCIPALS, rest):
                raise ValueError(f'after "{word}": expected people, "everyone", a group, a container or a domain')
            return {self.lists[word]: read_principals(rest)}
        if word in self.texts:
            if not re.fullmatch(QUOTED, rest):
                raise ValueError(f'after "{word}": expected a text in quotes')
            return {self.texts[word]: unquoted(rest)}
        given = [flag.strip() for flag in clause.split(",")]
        if unknown := [flag for flag in given if flag not in self.flags]:
            raise ValueError(f'"{unknown[0]}" is none of: {self.words()}')
        found = dict(self.flags[flag] for flag in given)
        if len(found) < len(given):
            raise ValueError(f'"{clause}" contradicts itself')
        return found

    def write(self, plan: object) -> str:
        """Write what is not as it would be anyway."""
        said = {field.name: getattr(plan, field.name) for field in fields(self.plan)
                if getattr(plan, field.name) != field.default}
        flags = ", ".join(word for word, (field, value) in self.flags.items()
                          if field in said and said[field] == value)
        lists = [f"{word} {write_principals(said[field])}" for word, field in self.lists.items() if field in said]
        texts = [f"{word} {quoted(said[field])}" for word, field in self.texts.items() if field in said]
        return "; ".join(filter(None, (flags, *lists, *texts)))


ROOM = Clauses(
    RoomPlan,
    flags={"open": ("privacy", "Open"), "closed": ("privacy", "Closed"), "secret": ("privacy", "Secret"),
           "normal": ("type", "Normal"), "auditorium": ("type", "Auditorium"), "disabled": ("disabled", True),
           "no invitations": ("invitations", False)},
    lists={"members": "members", "managers": "managers", "presenters": "presenters"},
    texts={"description": "description"})

CATEGORY = Clauses(
    CategoryPlan,
    flags={"history on": ("history", True), "history off": ("history", False),
           "invitations on": ("invitations", True), "invitations off": ("invitations", False),
           "files on": ("files", True), "files off": ("files", False)},
    lists={"allows": "allowed", "denies": "denied", "creators": "creators"},
    texts={"description": "description"})
