"""Presence that clients publish (MS-PRES): read, kept as it is, and given back to their other endpoints."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.errors import XCCOS_INVALID, ParlourError
from parlour.lync.xml import Element, escape, escape_attribute, parse_xml
from parlour.storage.database import Database
from parlour.storage.schema import presence_publications as table

MAX_PUBLICATIONS = 64  # in one SERVICE request
MAX_KEPT = 256  # of one person; older ones go
MAX_CONTENT = 16_384  # characters of one publication
_MAX_NAME = 64
_MAX_NUMBER = 2**31
_NUMBER = re.compile("[0-9]{1,12}")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")  # what is left of a name without its prefix must still be one


@dataclass(frozen=True, slots=True)
class Publication:
    """One category instance in one container; `content` is XML."""

    category: str
    instance: int
    container: int
    version: int
    expire_type: str
    content: str


def read_publications(body: bytes) -> list[Publication]:
    """Read a publish request (MS-PRES section 2.2.2.1).

    Raises:
        ParlourError: XmlInvalid; XccosInvalid for another document or values out of range.
    """
    root = parse_xml(body)
    found = [item for uris in root.all("publications") for item in uris.all("publication")]
    if root.name != "publish" or len(found) > MAX_PUBLICATIONS:
        raise ParlourError(XCCOS_INVALID, reason="it is no presence publication of an acceptable size")
    return [_publication(item) for item in found]


def _publication(item: Element) -> Publication:
    content = "".join(map(_written, item.children))
    if len(content) > MAX_CONTENT:
        raise ParlourError(XCCOS_INVALID, reason=f"a publication is longer than {MAX_CONTENT} characters")
    return Publication(
        category=item.get("categoryName")[:_MAX_NAME],
        instance=_number(item, "instance", 2**32),
        container=_number(item, "container", _MAX_NUMBER),
        version=_number(item, "version", _MAX_NUMBER),
        expire_type=item.get("expireType")[:16],
        content=content,
    )


def _number(item: Element, attribute: str, bound: int) -> int:
    text = item.get(attribute, "0")
    if not _NUMBER.fullmatch(text) or int(text) >= bound:
        raise ParlourError(XCCOS_INVALID, reason=f'{attribute} is "{text[:20]}"')
    return int(text)


def _written(element: Element) -> str:
    if not all(_NAME.fullmatch(name) for name in (element.name, *element.attributes)):
        raise ParlourError(XCCOS_INVALID, reason=f'"{element.name[:40]}" has a name that cannot be written again')
    attributes = "".join(f' {name}="{escape_attribute(value)}"' for name, value in element.attributes.items())
    inner = escape(element.text) + "".join(map(_written, element.children))
    return f"<{element.name}{attributes}>{inner}</{element.name}>" if inner else f"<{element.name}{attributes}/>"


class PresenceStore:
    """Publications as they are kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def publish(self, person: Person, publications: Iterable[Publication]) -> None:
        """Keep publications, each in place of the one with the same category, instance and container."""
        rows = list(self._rows(person, publications))

        def work(connection: Connection) -> None:
            for row in rows:
                connection.execute(delete(table).where(*(table.c[key] == row[key] for key in _KEY)))
                connection.execute(insert(table), row)
            _forget_old(connection, person)
        await self._database.write(work)

    def _rows(self, person: Person, publications: Iterable[Publication]) -> Iterator[dict[str, Any]]:
        now = self._clock.now()
        for item in publications:
            yield {"person_id": person.id, "category": item.category, "instance": item.instance,
                   "container": item.container, "version": item.version + 1, "expire_type": item.expire_type,
                   "content": item.content, "published_at": now}

    async def published(self, person: Person) -> list[Publication]:
        """Return what the person has published."""
        query = select(table).where(table.c.person_id == person.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_kept(row) for row in rows]


def _forget_old(connection: Connection, person: Person) -> None:
    """Keep the newest publications of a person only: a client that invents ever new ones fills no disk."""
    own = table.c.person_id == person.id
    newest = select(table.c.published_at).where(own).order_by(table.c.published_at.desc()).limit(1).offset(MAX_KEPT)
    limit = connection.execute(newest).scalar()
    if limit is not None:
        connection.execute(delete(table).where(own, table.c.published_at <= limit))


_KEY = ("person_id", "category", "instance", "container")


def _kept(row: Row[Any]) -> Publication:
    return Publication(row.category, row.instance, row.container, row.version, row.expire_type, row.content)
