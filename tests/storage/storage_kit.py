"""A real database file with what every test needs in it: a SIP domain, a pool, a category and some people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, insert

from parlour.addresses import SipAddress
from parlour.chat.model import Content, Draft, Message, NewRoom, Person, Privacy, Room
from parlour.chat.names import name_key
from parlour.chat.principals import CategoryRole, PrincipalKind
from parlour.storage.database import Database, file_of
from parlour.storage.lists import write_lists
from parlour.storage.migrate import upgrade
from parlour.storage.schema import categories, people, pools, principals, sip_addresses, sip_domains
from parlour.storage.stores import make_stores
from parlour.testing import FakeClock

DOMAIN = "litwareinc.com"
POOL = f"pool.{DOMAIN}"
FOREST = "DC=litwareinc,DC=com"
EVERYBODY = 1  # number of the principal that is the whole domain
NOW = FakeClock().now()


def address(user: str) -> SipAddress:
    """Return this user's address."""
    return SipAddress(user, DOMAIN)


def one_person(number: int) -> Person:
    """Return person `number`, who is in every database from the start (1 to 5)."""
    return Person(number, f"guid-{number}", address(f"person{number}"), f"Person {number}")


def draft(room: Room, text: str = "hello", author: int = 1) -> Draft:
    """Make a message for `room`."""
    return Draft(room.id, one_person(author), NOW, Content(text))


def make_file(folder: Path) -> str:
    """Make the database file and return its URL."""
    url = f"sqlite:///{folder / 'parlour.db'}"
    upgrade(url)
    return url


def insert_world(connection: Connection) -> None:
    """Put in what everything else refers to."""
    connection.execute(insert(sip_domains), {"name": DOMAIN, "is_default": True})
    connection.execute(insert(principals), {
        "id": EVERYBODY, "kind": PrincipalKind.DOMAIN.value, "key": FOREST.lower(), "name": FOREST,
        "display_name": DOMAIN})
    for number, pool in enumerate((POOL, f"second.{DOMAIN}"), start=1):
        connection.execute(insert(pools), {"fqdn": pool, "site": "Default", "service_id": number})
        insert_category(connection, "General", pool)
    for number in range(1, 6):
        person = one_person(number)
        connection.execute(insert(people), {
            "id": person.id, "guid": person.guid, "sip_address": str(person.address),
            "display_name": person.display_name, "enabled": True, "password_hash": "", "digest_secret": b"",
            "container": f"OU=Users,{FOREST}", "created_at": NOW, "changed_at": NOW})
        connection.execute(insert(sip_addresses), {"address_key": person.address.key, "person_id": person.id})


def insert_category(connection: Connection, name: str, pool: str = POOL) -> None:
    """Add a category that allows everybody."""
    number = connection.execute(insert(categories).returning(categories.c.id), {
        "guid": f"{name}@{pool}", "pool_fqdn": pool, "domain": DOMAIN, "name": name, "name_key": name_key(name),
        "description": "", "invitations": True, "file_upload": False, "chat_history": True}).scalar_one()
    write_lists(connection, number, {CategoryRole.ALLOWED: [EVERYBODY]})


class Archive:
    """A database with its stores."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = FakeClock()
        self.database = Database(url)
        self.stores = make_stores(self.database, self.clock, file_of(url).parent / "files")
        self.log = self.stores.log
        self.rooms = self.stores.rooms
        self._guids = 0

    async def room(self, name: str, privacy: Privacy = Privacy.OPEN, category: str = f"{POOL}\\General") -> Room:
        """Make a room."""
        self._guids += 1
        return await self.rooms.create(NewRoom(name, category, privacy=privacy), f"room-{self._guids}", {})

    async def last(self, room_id: int, count: int, until: int = 2**62) -> list[Message]:
        """Return the newest messages of a room, none above number `until`."""
        return await self.log.before(room_id, until + 1, count)

    async def post(self, room: Room, *texts: str) -> list[Message]:
        """Append messages and wait for all of them."""
        return [await done for done in [self.log.append(draft(room, text)) for text in texts]]


@asynccontextmanager
async def open_archive(folder: Path) -> AsyncIterator[Archive]:
    """Make a database with the world in it, and close it in the end."""
    archive = Archive(make_file(folder))
    try:
        await archive.database.write(insert_world)
        yield archive
    finally:
        await archive.database.close()
