"""A deployment for a crowd: people with one password and a token each, and rooms, in one transaction."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher
from sqlalchemy import Connection, Table, insert, select

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.model import Invitations, Privacy, RoomType
from parlour.chat.names import name_key
from parlour.chat.principals import PrincipalKind, RoomRole
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import DataFolder, NewDeployment, make_deployment
from parlour.directory.bearers import TOKEN_PREFIX, Kind, Scope, digest_of
from parlour.directory.secrets import Vault
from parlour.node import open_node
from parlour.storage.schema import (
    bearers,
    categories,
    contacts,
    people,
    principals,
    room_principals,
    rooms,
    sip_addresses,
)

DOMAIN, POOL = "litwareinc.com", "pool.litwareinc.com"
PASSWORD = "Crowd-of-1"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedRoom:
    """A room that is to be.

    Attributes:
        name: its name.
        members: indices of its members; a room without any is Open, one with some is Closed.
        presenters: indices of those who may post; with any, the room is an Auditorium.
    """

    name: str
    members: Sequence[int] = ()
    presenters: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the crowd.

    Attributes:
        address: ``person00001@litwareinc.com``.
        token: access token for reading and writing.
    """

    address: str
    token: str


@dataclass(frozen=True, slots=True)
class World:
    """What was made.

    Attributes:
        folder: the data folder.
        people: everybody, by index.
        rooms: ids (``DOMAIN/GUID``) of the rooms, in the order of their plan.
        service: SIP URI of the chat service.
    """

    folder: Path
    people: Sequence[Person]
    rooms: Sequence[str]
    service: str


def make_world(folder: Path, count: int, plan: Sequence[PlannedRoom]) -> World:
    """Make a deployment.

    Args:
        folder: its data folder, which must not exist.
        count: how many people.
        plan: the rooms.
    """
    make_deployment(DataFolder(folder), NewDeployment(Fqdn.parse(DOMAIN), Fqdn.parse(POOL)), SystemClock())
    return asyncio.run(_fill(folder, count, plan))


async def _fill(folder: Path, count: int, plan: Sequence[PlannedRoom]) -> World:
    data = DataFolder(folder)
    async with open_node(data, Settings.load(folder)) as node:
        now = node.clock.now()
        persons = [Person(f"person{number:06}@{DOMAIN}", TOKEN_PREFIX + secrets.token_urlsafe(32))
                   for number in range(count)]
        container = str(node.people.checked_container())

        def work(connection: Connection) -> tuple[list[str], str]:
            listed = _add_people(connection, node.vault, persons, container, now)
            guids = _add_rooms(connection, plan, listed, now)
            service = connection.execute(select(contacts.c.sip_address).where(contacts.c.automatic)).scalar_one()
            return guids, service
        guids, service = await node.database.write(work)
    return World(folder, persons, [f"{DOMAIN}/{guid}" for guid in guids], service)


# -- people

def _add_people(
    connection: Connection, vault: Vault, persons: Sequence[Person], container: str, now: datetime
) -> list[int]:
    """Add everybody; return the numbers by which lists know them."""
    # A hash of a password that everybody knows need not be slow, and NTLM and Digest never look at it.
    vault.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    rows = [_person_row(vault, person, container, now) for person in persons]
    _insert_all(connection, people, rows)
    numbers = dict(connection.execute(select(people.c.guid, people.c.id)).tuples().all())
    ids = [numbers[row["guid"]] for row in rows]
    _insert_all(connection, sip_addresses, [
        {"address_key": SipAddress.parse(row["sip_address"]).key, "person_id": number}
        for row, number in zip(rows, ids, strict=True)])
    _insert_all(connection, bearers, [
        _token_row(person, number, now) for person, number in zip(persons, ids, strict=True)])
    _insert_all(connection, principals, [
        {"kind": PrincipalKind.USER.value, "key": f"user:{row['guid']}", "name": "", "display_name": "",
         "person_id": number} for row, number in zip(rows, ids, strict=True)])
    known = dict(connection.execute(select(principals.c.person_id, principals.c.id)).tuples().all())
    return [known[number] for number in ids]


def _person_row(vault: Vault, person: Person, container: str, now: datetime) -> Row:
    address, guid = SipAddress.parse(f"sip:{person.address}"), str(uuid4())
    kept = vault.record(PASSWORD, address, guid, ntlm=True)
    return {"guid": guid, "sip_address": str(address), "display_name": f"Person {address.user[-6:]}", "enabled": True,
            "password_hash": kept.password_hash, "ntlm_secret": kept.ntlm, "digest_secret": kept.digest,
            "container": container, "created_at": now, "changed_at": now}


def _token_row(person: Person, number: int, now: datetime) -> Row:
    return {"id": uuid4().hex, "person_id": number, "kind": Kind.TOKEN.value, "secret_hash": digest_of(person.token),
            "name": "crowd", "scopes": f"{Scope.READ} {Scope.WRITE}", "agent": "", "address": "", "created_at": now,
            "used_at": None, "expires_at": None}


# -- rooms

def _add_rooms(
    connection: Connection, plan: Sequence[PlannedRoom], listed: Sequence[int], now: datetime
) -> list[str]:
    """Add all rooms to the first category; return their GUIDs."""
    category = connection.execute(select(categories).limit(1)).one()
    place = {"category_id": category.id, "pool_fqdn": category.pool_fqdn, "domain": category.domain}
    rows = [_room_row(planned, place, now) for planned in plan]
    _insert_all(connection, rooms, rows)
    numbers = dict(connection.execute(select(rooms.c.guid, rooms.c.id)).tuples().all())
    for planned, row in zip(plan, rows, strict=True):
        _insert_all(connection, room_principals, [
            {"room_id": numbers[row["guid"]], "role": role.value, "principal_id": listed[index]}
            for role, indices in ((RoomRole.MEMBER, planned.members), (RoomRole.PRESENTER, planned.presenters))
            for index in indices])
    return [row["guid"] for row in rows]


def _room_row(planned: PlannedRoom, place: Row, now: datetime) -> Row:
    kind = RoomType.AUDITORIUM if planned.presenters else RoomType.NORMAL
    privacy = Privacy.CLOSED if planned.members else Privacy.OPEN
    return {**place, "guid": str(uuid4()), "name": planned.name, "name_key": name_key(planned.name), "description": "",
            "privacy": privacy.value, "type": kind.value, "invitations": Invitations.INHERIT.value, "disabled": False,
            "last_number": 0, "created_at": now}


def _insert_all(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)
