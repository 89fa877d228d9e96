"""People as rows of other tables name them."""

from typing import Any

from sqlalchemy import Row

from parlour.addresses import SipAddress
from parlour.chat.model import Person
from parlour.storage.schema import people

PERSON = (people.c.id, people.c.guid, people.c.sip_address, people.c.display_name, people.c.enabled)
"""The columns that `to_person` reads."""


class PartOfRow:
    """The columns of a row whose labels begin in a way, without that beginning.

    Args:
        row: of a select that labels its columns.
        prefix: how they begin.
    """

    def __init__(self, row: Row[Any], prefix: str) -> None:
        self._row = row
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a column's value
        """Return a column."""
        return getattr(self._row, self._prefix + name)


def to_person(row: Any) -> Person:  # noqa: ANN401 - a row of any select that has these columns
    """Read a person."""
    return Person(row.id, row.guid, SipAddress.parse(row.sip_address), row.display_name, row.enabled)
