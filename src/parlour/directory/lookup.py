"""Finding people and groups by a part of their names: what completes a mention, or fills a list."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, case, or_, select

from parlour.chat.model import Person
from parlour.chat.principals import Principal, PrincipalKind
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import people, principals

MOST = 50  # found at once


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds whoever can sign in, as an address book does: walls are for rooms, not for names.

    Attributes:
        database: where they are.
    """

    database: Database

    async def people(self, text: str, count: int) -> list[Person]:
        """Return the first `count` people with `text` in their name or address; those first whose name begins so."""
        query = _people(text, count)
        return await self.database.read(
            lambda connection: [to_person(row) for row in connection.execute(query)])

    async def principals(self, text: str, count: int, *, groups: bool) -> list[Principal]:
        """Return people as `people` does, and groups after them if they are wanted, as what can stand in lists."""
        def work(connection: Connection) -> list[Principal]:
            found = [_as_principal(to_person(row)) for row in connection.execute(_people(text, count))]
            rows = connection.execute(_groups(text, count)).all() if groups else ()
            return [*found, *(Principal(row.id, PrincipalKind(row.kind), row.name, row.display_name)
                              for row in rows)][:min(count, MOST)]
        return await self.database.read(work)


def _people(text: str, count: int) -> Select[tuple[object, ...]]:
    begins = people.c.display_name.istartswith(text, autoescape=True)
    return select(*PERSON).where(
        people.c.enabled, _has(text, people.c.display_name, people.c.sip_address)).order_by(
        case((begins, 0), else_=1), people.c.display_name, people.c.sip_address).limit(min(count, MOST))


def _groups(text: str, count: int) -> Select[tuple[object, ...]]:
    return select(principals.c.id, principals.c.kind, principals.c.name, principals.c.display_name).where(
        principals.c.kind == PrincipalKind.GROUP.value, _has(text, principals.c.display_name)).order_by(
        principals.c.display_name).limit(min(count, MOST))


def _has(text: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _as_principal(person: Person) -> Principal:
    return Principal(0, PrincipalKind.USER, str(person.address), person.display_name)
