"""What makes a person of the directory a bot, within units of work."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from parlour.chat.model import Person
from parlour.errors import BOT_NO_PASSWORD, ParlourError
from parlour.storage.schema import bots


def make_bot(
    connection: Connection, person: Person, owner: Person | None, description: str, created_at: datetime
) -> None:
    """Note that a person is a bot."""
    connection.execute(insert(bots).values(
        person_id=person.id, owner_id=None if owner is None else owner.id, description=description,
        created_at=created_at, removed=False))


def refuse_password(connection: Connection, person: Person) -> None:
    """Make sure that a person may have a password.

    Raises:
        ParlourError: BotHasNoPassword.
    """
    if connection.execute(select(bots.c.person_id).where(bots.c.person_id == person.id)).scalar() is not None:
        raise ParlourError(BOT_NO_PASSWORD, str(person.address), bot=person.address.bare)
