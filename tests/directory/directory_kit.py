"""The directory's parts, put together on a real database."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, insert

from parlour.addresses import Fqdn, SipAddress
from parlour.directory.contacts import Contacts, NewEndpoint, insert_endpoint
from parlour.directory.groups import Groups
from parlour.directory.lockout import Lockout, LockRule
from parlour.directory.people import NewPerson, People
from parlour.directory.principals import BuiltinPrincipals
from parlour.directory.secrets import KEY_BYTES, Vault
from parlour.directory.topology import Topology
from parlour.storage.database import Database
from parlour.storage.migrate import upgrade
from parlour.storage.schema import pools, sip_domains
from parlour.testing import FakeClock

POOL = Fqdn.parse("pool.litwareinc.com")
PASSWORD = "Pa$$w0rd"
OWN = "sip:GC-1@litwareinc.com"
FOREST = "DC=litwareinc,DC=com"


class Desk:
    """Where people, endpoints and SIP domains are administered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        url = f"sqlite:///{path}"
        upgrade(url)
        numbers = itertools.count(1)
        self.clock = FakeClock()
        self.database = Database(url)
        self.vault = Vault(bytes(KEY_BYTES))
        self.people = People(self.database, self.clock, lambda: f"person-{next(numbers)}", self.vault, FOREST)
        self.lockout = Lockout(self.database, self.clock, LockRule(10, timedelta(minutes=15)))
        self.groups = Groups(self.database, FOREST)
        self.principals = BuiltinPrincipals(self.database, FOREST)
        self.contacts = Contacts(
            self.database, self.clock, lambda: f"contact-{next(numbers)}", FOREST)
        self.topology = Topology(self.database, self.clock, lambda: f"endpoint-{next(numbers)}")

    def furnish(self, connection: Connection) -> None:
        """Put in a SIP domain, two pools and the first one's own endpoint."""
        connection.execute(insert(sip_domains), {"name": "litwareinc.com", "is_default": True})
        for number, fqdn in enumerate((POOL.name, "another.litwareinc.com"), start=1):
            connection.execute(insert(pools), {"fqdn": fqdn, "site": "Default", "service_id": number})
        own = NewEndpoint(SipAddress.parse(OWN), POOL, "Persistent Chat Service", automatic=True)
        insert_endpoint(connection, own, "own", self.clock.now())


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """Make a directory, and close it in the end."""
    desk = Desk(folder / "parlour.db")
    try:
        await desk.database.write(desk.furnish)
        yield desk
    finally:
        await desk.database.close()


def new_person(address: str, name: str | None = None, *, password: str = PASSWORD, ntlm: bool = True) -> NewPerson:
    """Return what is given to add a person."""
    return NewPerson(SipAddress.parse(address), password, name, ntlm)


def new_endpoint(address: str, name: str | None = None, pool: Fqdn = POOL) -> NewEndpoint:
    """Return what is given to make an endpoint."""
    return NewEndpoint(SipAddress.parse(address), pool, name)
