"""The people of the built-in directory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from parlour.addresses import DistinguishedName, SipAddress
from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.directory.addressbook import refuse_unusable, take_for_person
from parlour.directory.bearers import end_bearers
from parlour.directory.botrows import refuse_password
from parlour.directory.displaynames import MAX_DISPLAY_NAME, checked_display_name
from parlour.directory.identities import Names, address_in, called, parse_bare_address, person_name
from parlour.directory.lockout import forgive
from parlour.directory.secrets import Vault
from parlour.errors import DISTINGUISHED_NAME_INVALID, PERSON_AMBIGUOUS, PERSON_NOT_FOUND, PERSON_WROTE, ParlourError
from parlour.storage.database import Database
from parlour.storage.people import PERSON, to_person
from parlour.storage.schema import bots, people, pools, sip_addresses

_BY_ADDRESS = select(people).join(sip_addresses, sip_addresses.c.person_id == people.c.id).where(
    sip_addresses.c.address_key == bindparam("address"))

Covers = Callable[[DistinguishedName], bool]
"""Says of a distinguished name of the directory whether whoever has it counts."""

SignedOut = Callable[[Person, str | None], None]
"""Is told who must sign in anew, and the id of the session of his that goes on: with it, his access tokens do."""


def all_places(_name: DistinguishedName) -> bool:
    """Let everybody count."""
    return True


@dataclass(frozen=True, slots=True, repr=False)
class NewPerson:
    """What is given to add a person.

    Attributes:
        address: sign-in address.
        password: password.
        display_name: the name others see; without it, the first part of the address.
        ntlm: whether he may sign in by NTLM.
        container: distinguished name of the container he lies in; without it, OU=Users.
    """

    address: SipAddress
    password: str
    display_name: str | None = None
    ntlm: bool = True
    container: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPerson(Person):
    """A person with what only the directory tells of him.

    Attributes:
        container: distinguished name of the container he lies in.
        home: FQDN of the pool where he is at home: the first one, as everybody is.
        created_at: when he was added.
        changed_at: when something of him was last changed in the directory.
    """

    container: DistinguishedName
    home: str
    created_at: datetime
    changed_at: datetime

    @property
    def distinguished_name(self) -> DistinguishedName:
        """His name in the directory: ``CN=user@domain`` in his container."""
        return person_name(self.address, self.container)

    @property
    def names(self) -> Names:
        """What he is called."""
        return Names(self.display_name, self.distinguished_name, self.address)


@dataclass(frozen=True, slots=True, repr=False)
class SignInRecord:
    """What signing in needs to know of a person: the sealed secrets are opened only when they are used."""

    person: Person
    sealed_ntlm: bytes | None
    sealed_digest: bytes


def sign_in_reading(address: SipAddress) -> Callable[[Connection], SignInRecord | None]:
    """Return the unit of work that reads what signing in with `address` needs; it gives None if nobody has it."""
    def work(connection: Connection) -> SignInRecord | None:
        row = connection.execute(_BY_ADDRESS, {"address": address.key}).one_or_none()
        return None if row is None else SignInRecord(to_person(row), row.ntlm_secret, row.digest_secret)
    return work


class People:
    """The people as they are kept.

    Args:
        database: where.
        clock: gives changes their time.
        new_guid: makes their GUIDs.
        vault: keeps their secrets.
        forest: the directory's root, e.g. ``DC=litwareinc,DC=com``.
    """

    def __init__(
        self, database: Database, clock: Clock, new_guid: Callable[[], str], vault: Vault, forest: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_guid = new_guid
        self._vault = vault
        self.forest = DistinguishedName.parse(forest)
        self._when_disabled: list[Callable[[Person], None]] = []
        self._when_signed_out: list[SignedOut] = []

    def on_disabled(self, call: Callable[[Person], None]) -> None:
        """Have `call` called with everyone who is disabled or gets a new password: his sessions must end."""
        self._when_disabled.append(call)

    def on_signed_out(self, call: SignedOut) -> None:
        """Have `call` called with the same people, and with the session that goes on, for doors that know them."""
        self._when_signed_out.append(call)

    async def all(self) -> list[Person]:
        """Return everybody, by address."""
        rows = await self._database.read(lambda connection: connection.execute(select(people)).all())
        return sorted(map(to_person, rows), key=lambda person: person.address.key)

    async def entries(self) -> list[DirectoryPerson]:
        """Return everybody with all that the directory tells, by address; in one read."""
        found = await self._database.read(_entries)
        return sorted(found, key=lambda person: person.address.key)

    async def called(self, identity: str, covers: Covers = all_places) -> DirectoryPerson:
        """Find the person whom an administrator names in any of the ways there are (`parlour.directory.identities`).

        Args:
            identity: the name.
            covers: who counts.

        Raises:
            ParlourError: UserNotFound, UserAmbiguous.
        """
        if (given := address_in(identity)) is not None:
            address, name = given
            query = select(sip_addresses.c.person_id).where(sip_addresses.c.address_key == address.key)
            exact = await self._database.read(
                lambda connection: _entries(connection, people.c.id.in_(query)))
            if exact and (name is None or name.key == exact[0].distinguished_name.key) and covers(
                    exact[0].distinguished_name):
                return exact[0]
        candidates = [person for person in await self.entries() if covers(person.distinguished_name)]
        found = called(candidates, lambda person: person.names, identity, self.forest)
        if len(found) != 1:
            raise ParlourError(PERSON_AMBIGUOUS if found else PERSON_NOT_FOUND, identity, identity=identity)
        return found[0]

    async def containers(self) -> list[DistinguishedName]:
        """Return the containers that somebody lies in."""
        query = select(people.c.container).distinct()
        names = await self._database.read(lambda connection: connection.execute(query).scalars().all())
        return [DistinguishedName.parse(name) for name in names]

    async def find(self, identity: str) -> Person:
        """Find the person with this SIP address, with or without ``sip:``.

        Raises:
            ParlourError: UserNotFound.
        """
        try:
            address = parse_person_address(identity)
        except ParlourError:  # what is no address is nobody's
            raise ParlourError(PERSON_NOT_FOUND, identity, identity=identity) from None
        record = await self.sign_in_record(address)
        if record is None:
            raise ParlourError(PERSON_NOT_FOUND, identity, identity=identity)
        return record.person

    async def sign_in_record(self, address: SipAddress) -> SignInRecord | None:
        """Return what signing in with `address` needs, or None if nobody has it."""
        return await self._database.read(sign_in_reading(address))

    async def password_of(self, address: SipAddress) -> tuple[Person, str] | None:
        """Return who has `address`, with the hash of his password; None if nobody has it."""
        row = await self._database.read(lambda connection: connection.execute(
            _BY_ADDRESS, {"address": address.key}).one_or_none())
        return None if row is None else (to_person(row), row.password_hash)

    async def has_password(self, person: Person) -> bool:
        """Say whether somebody has a password, and so one to change; bots have none."""
        query = select(people.c.id).where(people.c.id == person.id, people.c.id.not_in(select(bots.c.person_id)))
        return await self._database.read(lambda connection: connection.execute(query).scalar()) is not None

    async def check_new(self, new: NewPerson) -> None:
        """Raise what `add` would raise of the address and the name."""
        _check_name(new)
        await self._database.read(lambda connection: refuse_unusable(connection, new.address))

    async def add(
        self, new: NewPerson, also: Callable[[Connection, Person], None] = lambda _, __: None
    ) -> Person:
        """Add a person.

        Args:
            new: what is given.
            also: what else belongs to the same unit of work.

        Raises:
            ParlourError: SipDomainUnknown, SipAddressTaken, DisplayNameInvalid, PasswordInvalid.
        """
        _check_name(new)
        guid, now = self._new_guid(), self._clock.now()
        # Hashing is slow on purpose: in a thread, so that nobody's chat waits for it.
        kept = await asyncio.to_thread(self._vault.record, new.password, new.address, guid, ntlm=new.ntlm)
        name = new.display_name or new.address.user[:MAX_DISPLAY_NAME]
        values = {"guid": guid, "sip_address": str(new.address), "display_name": name,
                  "enabled": True, "password_hash": kept.password_hash, "ntlm_secret": kept.ntlm,
                  "digest_secret": kept.digest, "container": str(self.checked_container(new.container)),
                  "created_at": now, "changed_at": now}

        def work(connection: Connection) -> Person:
            refuse_unusable(connection, new.address)
            row = connection.execute(insert(people).returning(people), values).one()
            take_for_person(connection, new.address, row.id)
            forgive(connection, new.address)  # whatever was tried while it was nobody's
            person = to_person(row)
            also(connection, person)
            return person
        return await self._database.write(work)

    def checked_container(self, name: str | None = None) -> DistinguishedName:
        """Return the name of a container that people can lie in; without one, the one they lie in by default.

        Raises:
            ParlourError: DistinguishedNameInvalid.
        """
        wanted = DistinguishedName.parse(name if name is not None else f"OU=Users,{self.forest}")
        if wanted.parts[0][0] != "OU" or not wanted.is_within(self.forest):
            raise ParlourError(
                DISTINGUISHED_NAME_INVALID, name, name=name, reason=f"it is no container (OU=...) in {self.forest}")
        return wanted

    async def move(self, person: Person, container: str) -> None:
        """Put a person into another container.

        Raises:
            ParlourError: DistinguishedNameInvalid.
        """
        await self._update(person, {"container": str(self.checked_container(container))})

    async def rename(self, person: Person, display_name: str) -> None:
        """Give a person another name that others see; what he said before keeps the name it was said under.

        Raises:
            ParlourError: DisplayNameInvalid.
        """
        await self._update(person, {"display_name": checked_display_name(display_name)})

    async def set_password(self, person: Person, password: str, *, kept_session: str | None = None) -> None:
        """Give a person a new password; NTLM stays allowed or not as it was.

        Args:
            person: whose.
            password: the new one.
            kept_session: by himself: id of the session of his that goes on, as do his access tokens. None: by
                somebody else, so all of them end, and if his account was locked it is not any more.

        Raises:
            ParlourError: PasswordInvalid, BotHasNoPassword.
        """
        record = await self.sign_in_record(person.address)
        ntlm = record is not None and record.sealed_ntlm is not None
        kept = await asyncio.to_thread(self._vault.record, password, person.address, person.guid, ntlm=ntlm)

        def end(connection: Connection) -> None:
            refuse_password(connection, person)
            end_bearers(connection, person.id, kept_session)
            forgive(connection, person.address)
        await self._update(person, {"password_hash": kept.password_hash, "ntlm_secret": kept.ntlm,
                                    "digest_secret": kept.digest}, end)
        self._end_sessions(person, kept_session)

    async def set_enabled(self, person: Person, *, enabled: bool) -> None:
        """Let a person sign in, or not; if not, his sessions end, and his access tokens and his bots' are no more."""
        if enabled:
            await self._update(person, {"enabled": True})
            return
        await self._update(
            person, {"enabled": False}, lambda connection: end_bearers(connection, person.id, with_bots=True))
        self._end_sessions(person)

    async def remove(self, person: Person) -> None:
        """Remove a person of whom nothing is kept that he wrote; his sessions end, and no list names him any more.

        Raises:
            ParlourError: UserWroteSomething.
        """
        def work(connection: Connection) -> None:
            try:
                with connection.begin_nested():
                    connection.execute(delete(people).where(people.c.id == person.id))
            except IntegrityError:
                raise ParlourError(PERSON_WROTE, str(person.address), person=person.address) from None
        await self._database.write(work)
        self._end_sessions(person)

    def _end_sessions(self, person: Person, kept_session: str | None = None) -> None:
        for call in self._when_disabled:
            call(person)
        for tell in self._when_signed_out:
            tell(person, kept_session)

    async def _update(
        self, person: Person, values: dict[str, Any], also: Callable[[Connection], None] = lambda _: None
    ) -> None:
        change = update(people).where(people.c.id == person.id).values(changed_at=self._clock.now(), **values)

        def work(connection: Connection) -> None:
            connection.execute(change)
            also(connection)
        await self._database.write(work)


parse_person_address = parse_bare_address
"""Read a person's address as people type it, with or without ``sip:``."""


def _entries(connection: Connection, *which: ColumnElement[bool]) -> list[DirectoryPerson]:
    columns = (*PERSON, people.c.container, people.c.created_at, people.c.changed_at)
    home = connection.execute(select(pools.c.fqdn).order_by(pools.c.service_id).limit(1)).scalar() or ""
    parsed = cache(DistinguishedName.parse)  # many lie in few containers
    return [DirectoryPerson(
        row.id, row.guid, SipAddress.parse(row.sip_address), row.display_name, row.enabled,
        container=parsed(row.container), home=home, created_at=row.created_at, changed_at=row.changed_at)
        for row in connection.execute(select(*columns).where(*which))]


def _check_name(new: NewPerson) -> None:
    if new.display_name is not None:
        checked_display_name(new.display_name)

