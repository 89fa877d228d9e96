"""The bots of the built-in directory: people who are programs. Nobody knows their passwords; they have tokens."""

import re
import secrets
import unicodedata
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update
from sqlalchemy.exc import IntegrityError

from parlour.addresses import SipAddress
from parlour.bots.model import Bot, NewBot
from parlour.chat.model import Person
from parlour.clock import Clock
from parlour.directory.botrows import make_bot
from parlour.directory.displaynames import checked_display_name
from parlour.directory.people import NewPerson, People, parse_person_address
from parlour.errors import BOT_NOT_FOUND, HOOK_INVALID, ParlourError
from parlour.storage.database import Database
from parlour.storage.people import PERSON, PartOfRow, to_person
from parlour.storage.schema import bots, people, sip_domains

CONTAINER = "OU=Bots"
MOST_DESCRIPTION = 256  # characters
_OWNER = people.alias("owner")
_BOTS = (
    select(bots.c.description, bots.c.created_at, *(column.label(f"person_{column.name}") for column in PERSON),
           *(_OWNER.c[column.name].label(f"owner_{column.name}") for column in PERSON))
    .join(people, people.c.id == bots.c.person_id).join(_OWNER, _OWNER.c.id == bots.c.owner_id, isouter=True)
)


class Bots:
    """`parlour.bots.ports.BotDirectory`, and what administrators do with bots.

    Args:
        database: where they are kept.
        people: the directory that they are people of.
        clock: gives them their time.
        new_tag: makes what tells bots of the same name apart.
    """

    def __init__(
        self, database: Database, directory: People, clock: Clock,
        new_tag: Callable[[], str] = lambda: secrets.token_hex(3),
    ) -> None:
        self._database = database
        self._people = directory
        self._clock = clock
        self._new_tag = new_tag

    async def all(self) -> list[Bot]:
        """Return every bot, by address."""
        return sorted(await self._found(~bots.c.removed), key=lambda bot: bot.person.address.key)

    async def owned_by(self, owner: Person) -> list[Bot]:
        """Return somebody's bots, by address."""
        return [bot for bot in await self.all() if bot.owner is not None and bot.owner.id == owner.id]

    async def find(self, identity: str) -> Bot:
        """Return the bot with this SIP address, with or without ``sip:``.

        Raises:
            ParlourError: BotNotFound.
        """
        try:
            key = parse_person_address(identity).key
        except ParlourError:  # what is no address is nobody's
            key = ""
        found = next((bot for bot in await self.all() if bot.person.address.key == key), None)
        if found is None:
            raise ParlourError(BOT_NOT_FOUND, identity[:100], identity=identity[:100])
        return found

    async def is_bot(self, person_id: int) -> bool:
        """Say whether a person is a bot, or was one."""
        query = select(bots.c.person_id).where(bots.c.person_id == person_id)
        return await self._database.read(lambda connection: connection.execute(query).scalar()) is not None

    async def address_for(self, new: NewBot) -> SipAddress:
        """Return the address that a new bot will have.

        Raises:
            ParlourError: SipAddressInvalid.
        """
        if new.address:
            return parse_person_address(new.address)
        query = select(sip_domains.c.name).where(sip_domains.c.is_default)
        domain = await self._database.read(lambda connection: connection.execute(query).scalar_one())
        return SipAddress.parse(f"sip:{_word(new.name)}-{self._new_tag()}@{domain}")

    async def check_new(self, new: NewBot) -> None:
        """Raise what `add` would raise.

        Raises:
            ParlourError: SipAddressInvalid, SipDomainUnknown, SipAddressTaken, DisplayNameInvalid, HookInvalid.
        """
        _check_description(new.description)
        await self._people.check_new(NewPerson(await self.address_for(new), "", new.name))

    async def add(self, new: NewBot) -> Bot:
        """Make a bot. It has a password that nobody knows, so that nothing has to be told apart at any door.

        Raises:
            ParlourError: what `check_new` raises.
        """
        _check_description(new.description)
        address, now = await self.address_for(new), self._clock.now()
        made = await self._people.add(
            NewPerson(address, secrets.token_urlsafe(48), new.name, ntlm=False,
                      container=f"{CONTAINER},{self._people.forest}"),
            lambda connection, person: make_bot(connection, person, new.owner, new.description, now))
        return Bot(made, new.owner, new.description, now)

    async def discard(self, bot: Bot) -> None:
        """Forget a bot that has done nothing yet, as if it had never been made."""
        gone = delete(people).where(people.c.id == bot.person.id)
        await self._database.write(lambda connection: connection.execute(gone))

    async def rename(self, bot: Bot, name: str) -> None:
        """Give a bot another name that others see.

        Raises:
            ParlourError: DisplayNameInvalid.
        """
        await self._people.rename(bot.person, checked_display_name(name))

    async def describe(self, bot: Bot, description: str) -> None:
        """Say what a bot is for.

        Raises:
            ParlourError: HookInvalid.
        """
        await self._update(bot, description=_check_description(description))

    async def give(self, bot: Bot, owner: Person | None) -> None:
        """Give a bot another owner, or none."""
        await self._update(bot, owner_id=None if owner is None else owner.id)

    async def remove(self, bot: Bot) -> None:
        """End a bot: its tokens open nothing any more.

        What it wrote stays under its name, so its address does, too; one that never wrote anything is gone.
        """
        await self._people.set_enabled(bot.person, enabled=False)
        await self._database.write(lambda connection: _forget(connection, bot.person))

    async def _update(self, bot: Bot, **values: object) -> None:
        change = update(bots).where(bots.c.person_id == bot.person.id).values(**values)
        await self._database.write(lambda connection: connection.execute(change))

    async def _found(self, which: ColumnElement[bool]) -> list[Bot]:
        def work(connection: Connection) -> list[Bot]:
            return [_bot(row) for row in connection.execute(_BOTS.where(which))]
        return await self._database.read(work)


def _forget(connection: Connection, person: Person) -> None:
    """Delete a bot, or keep it as removed if something is its own: what it wrote, or files."""
    try:
        with connection.begin_nested():
            connection.execute(delete(people).where(people.c.id == person.id))
    except IntegrityError:
        connection.execute(update(bots).where(bots.c.person_id == person.id).values(removed=True))


def _bot(row: Row[Any]) -> Bot:
    owner = None if row.owner_id is None else to_person(PartOfRow(row, "owner_"))
    return Bot(to_person(PartOfRow(row, "person_")), owner, row.description, row.created_at)


def _word(name: str) -> str:
    """Return what an address can have of a name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:32] or "bot"


def _check_description(text: str) -> str:
    if len(text) > MOST_DESCRIPTION or not text.isprintable():
        raise ParlourError(HOOK_INVALID, text[:40], reason=f"its description is one line of at most {MOST_DESCRIPTION}"
                           " characters")
    return text
