"""What legacy clients keep of their own on the server: opaque to it, one text a label, with a version."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from parlour.chat.model import Person
from parlour.errors import PREFERENCE_TOO_LARGE, ParlourError
from parlour.storage.database import Database
from parlour.storage.schema import preferences as table

MAX_CONTENT = 262_144  # characters of one preference
MAX_LABELS = 64  # of one person


@dataclass(frozen=True, slots=True)
class Preference:
    """What is kept under a label; `version` goes up with every change."""

    version: int
    content: str


class PreferenceStore:
    """Preferences on a database (reference/xccos.md section 8.9)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person: Person, label: str) -> Preference | None:
        """Return what somebody keeps under a label."""
        query = select(table.c.sequence, table.c.content).where(table.c.person_id == person.id, table.c.label == label)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else Preference(row.sequence, row.content)

    async def set(self, person: Person, label: str, content: str) -> int:
        """Keep a text under a label, and return its version.

        Raises:
            ParlourError: PreferenceTooLarge.
        """
        if len(content) > MAX_CONTENT:
            raise ParlourError(PREFERENCE_TOO_LARGE, label, limit=f"{MAX_CONTENT} characters")
        return await self._database.write(lambda connection: _set(connection, person, label, content))


def _set(connection: Connection, person: Person, label: str, content: str) -> int:
    row = {"person_id": person.id, "label": label, "sequence": 1, "content": content}
    version = connection.execute(insert(table).values(row).on_conflict_do_update(
        index_elements=["person_id", "label"], set_={"sequence": table.c.sequence + 1, "content": content},
    ).returning(table.c.sequence)).scalar_one()
    labels = connection.execute(select(func.count()).where(table.c.person_id == person.id)).scalar_one()
    if labels > MAX_LABELS:
        raise ParlourError(PREFERENCE_TOO_LARGE, label, limit=f"{MAX_LABELS} labels")
    return int(version)
