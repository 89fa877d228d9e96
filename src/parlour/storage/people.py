"""People as rows of other tables name them."""

from typing import Any

from parlour.addresses import SipAddress
from parlour.chat.model import Person
from parlour.storage.schema import people

PERSON = (people.c.id, people.c.guid, people.c.sip_address, people.c.display_name, people.c.enabled)
"""The columns that `to_person` reads."""


def to_person(row: Any) -> Person:  # noqa: ANN401 - a row of any select that has these columns
    """Read a person."""
    return Person(row.id, row.guid, SipAddress.parse(row.sip_address), row.display_name, row.enabled)
