"""The message log on SQL: numbers given and rows written in the same commit, so there is never a gap."""

import asyncio
import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import IntEnum
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from parlour.addresses import SipAddress
from parlour.chat.model import Content, Corrected, Correction, Draft, Message, Repeated
from parlour.errors import KEY_USED, MESSAGE_NOT_FOUND, ROOM_GONE, ROOM_USED, ParlourError
from parlour.storage import textindex
from parlour.storage.database import Database
from parlour.storage.schema import follows, mentions, messages, people, pins, post_keys, rooms, sip_addresses
from parlour.together import Together

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_ALL = 2**62  # above every number
PURGE_CHUNK = 500  # messages deleted in one commit: posts need not wait longer than for that
PURGE_CHARACTERS = 65_536  # and so many characters of them, unless it is a single message
MEASURED = 5_000  # entries whose sizes are added up in one read: who reads history need not wait longer than for that


class Kind(IntEnum):
    """What an entry of the log is. All but the first are for the archive: no reader sees them."""

    MESSAGE = 0
    EDIT = 1
    DELETION = 2
    UNKEPT = 3  # a message in a room without history
    REPLACEMENT = 4  # by an administrator
    REMOVAL = 5  # by an administrator


_CORRECTIONS = {(True, False): Kind.EDIT, (False, False): Kind.DELETION,
                (True, True): Kind.REPLACEMENT, (False, True): Kind.REMOVAL}

_COUNTERS = select(rooms.c.last_number, rooms.c.message_count, rooms.c.last_posted_at).where(
    rooms.c.id == bindparam("room"))
_COUNT = update(rooms).where(rooms.c.id == bindparam("room")).values(
    last_number=bindparam("number"), message_count=bindparam("count"), last_posted_at=bindparam("moment"))
_INSERT = insert(messages)
_MARK = update(follows).where(
    follows.c.person_id == bindparam("person"), follows.c.room_id == bindparam("room")).values(
    read_number=bindparam("number"), read_ordinal=bindparam("ordinal"))
SHOWN = (
    select(messages, people.c.sip_address, people.c.display_name)
    .join(people, people.c.id == messages.c.author_id)
    .where(messages.c.kind == Kind.MESSAGE)
)
"""What readers may see, with the names of the authors; `to_message` reads its rows."""

_MESSAGES = SHOWN.where(messages.c.room_id == bindparam("room"))
_READABLE = _MESSAGES.where(~messages.c.deleted)
_BEFORE = _READABLE.where(messages.c.number < bindparam("number")).order_by(
    messages.c.number.desc()).limit(bindparam("most"))
_AFTER = _READABLE.where(messages.c.number > bindparam("number")).order_by(messages.c.number).limit(bindparam("most"))
_ENTRY = messages.alias("entry")
_ENTRIES = (
    SHOWN.add_columns(_ENTRY.c.number.label("entry_number"))
    .join(_ENTRY, and_(_ENTRY.c.room_id == messages.c.room_id,
                       messages.c.number == func.coalesce(_ENTRY.c.refers, _ENTRY.c.number)))
    .where(_ENTRY.c.room_id == bindparam("room"), _ENTRY.c.number > bindparam("number"))
    .order_by(_ENTRY.c.number).limit(bindparam("most"))
)
ONE = _MESSAGES.where(messages.c.number == bindparam("number"))
_FIRST_SINCE = (
    select(messages.c.number)
    .where(messages.c.room_id == bindparam("room"), messages.c.posted_at >= bindparam("moment"))
    .order_by(messages.c.posted_at, messages.c.number).limit(1)
)
_LAST_UNTIL = (
    select(messages.c.number)
    .where(messages.c.room_id == bindparam("room"), messages.c.posted_at <= bindparam("moment"))
    .order_by(messages.c.posted_at.desc(), messages.c.number.desc()).limit(1)
)
_SIZE = func.length(messages.c.text) + func.length(func.coalesce(messages.c.rtf, ""))
_PIECE = (
    select(messages.c.number, sum(
        (func.length(cast(column, LargeBinary)) for column in (
            messages.c.text, func.coalesce(messages.c.title, ""), func.coalesce(messages.c.rtf, ""))),
        start=literal(0)).label("size"))
    .where(messages.c.room_id == bindparam("room"), messages.c.number > bindparam("number"))
    .order_by(messages.c.number).limit(MEASURED).subquery()
)
_MEASURE = select(func.max(_PIECE.c.number), func.coalesce(func.sum(_PIECE.c.size), 0))
_FIRST_NUMBER = select(func.min(messages.c.number)).where(messages.c.room_id == bindparam("room"))
_KEYS = select(post_keys).where(
    post_keys.c.person_id == bindparam("person"), post_keys.c.key.in_(bindparam("keys", expanding=True)))
_LAST_NUMBER = select(rooms.c.last_number).where(rooms.c.id == bindparam("room"))


class SqlMessageLog:
    """`parlour.chat.ports.MessageLog` on a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._firsts = self._together(_first_number)
        self._before, self._after = self._together(_newest_before), self._together(_oldest_after)
        self._entries = self._together(_entries_after)

    def _together(self, read: Callable[[Connection, K], V]) -> Together[K, V]:
        """Have the same read of several places in one hop, and once for all who ask for the same one."""
        async def read_all(keys: Sequence[K]) -> dict[K, V]:
            return await self._database.read(lambda connection: {key: read(connection, key) for key in keys})
        return Together(read_all)

    def append(self, draft: Draft) -> "asyncio.Future[Message]":
        """Queue `draft` for the next group commit."""
        return self._database.write_batched(append_all, draft)

    def correct(self, correction: Correction) -> "asyncio.Future[Corrected]":
        """Queue `correction` for the next group commit."""
        return self._database.write_batched(append_all, correction)

    async def before(self, room_id: int, number: int, count: int) -> list[Message]:
        """Return the newest `count` messages below `number`, oldest first."""
        return await self._before.ask(_Place(room_id, number, count)) or []

    async def after(self, room_id: int, number: int, count: int) -> list[Message]:
        """Return the oldest `count` messages above `number`, oldest first."""
        return await self._after.ask(_Place(room_id, number, count)) or []

    async def entries(self, room_id: int, number: int, count: int) -> list[tuple[int, Message]]:
        """Return the oldest `count` entries above `number`, each with the message it is or changed, as that is now."""
        return await self._entries.ask(_Place(room_id, number, count)) or []

    async def one(self, room_id: int, number: int) -> Message | None:
        """Return the message of that number."""
        values = {"room": room_id, "number": number}
        row = await self._database.read(lambda connection: connection.execute(ONE, values).one_or_none())
        return None if row is None else to_message(row)

    async def first_since(self, room_id: int, moment: datetime) -> int | None:
        """Return the number of the first entry of that moment or later."""
        return await self._database.read(
            lambda connection: connection.execute(_FIRST_SINCE, {"room": room_id, "moment": moment}).scalar())

    async def first_number(self, room_id: int) -> int:
        """Return the number of the oldest entry that is still there; 0 in an empty room."""
        return await self._firsts.ask(room_id) or 0

    async def last_number(self, room_id: int) -> int:
        """Return the number of the newest entry; asked of the writer, so that it is never ahead of the news."""
        number: int = await self._database.write_batched(_last_numbers, room_id)
        return number

    async def last_until(self, room_id: int, moment: datetime) -> int:
        """Return the number of the last entry of that moment or before; asked of the writer, as `last_number` is."""
        found = await self._database.write(
            lambda connection: connection.execute(_LAST_UNTIL, {"room": room_id, "moment": moment}).scalar())
        return found or 0

    async def purge(self, room_id: int, last: int) -> None:
        """Delete every entry up to number `last`, and what later ones keep of their texts, for good."""
        while await self._database.write(lambda connection: _purge_chunk(connection, room_id, last)):
            pass  # others may write between two chunks

    async def forget_keys(self, before: datetime) -> None:
        """Forget the keys of messages that were posted before that moment."""
        await self._database.write(
            lambda connection: connection.execute(delete(post_keys).where(post_keys.c.posted_at < before)))

    async def exceeds(self, room_id: int, size: int) -> bool:
        """Say whether more than `size` bytes are kept of what was said in a room."""
        last: int | None = 0
        while last is not None:
            place = {"room": room_id, "number": last}
            last, measured = await self._database.read(
                lambda connection, place=place: tuple(connection.execute(_MEASURE, place).one()))  # type: ignore[misc]
            size -= measured
            if size < 0:
                return True
        return False

    async def load(self, room_id: int, after: int, drafts: Sequence[Draft]) -> None:
        """Append messages that were written elsewhere, all in one commit, if entry `after` is the newest one."""
        await self._database.write(lambda connection: _load(connection, room_id, after, drafts))


class _Place(NamedTuple):
    """A place in the log of a room, and how many messages are wanted from there."""

    room: int
    number: int
    most: int


def _newest_before(connection: Connection, place: _Place) -> list[Message]:
    return list(map(to_message, connection.execute(_BEFORE, place._asdict())))[::-1]


def _oldest_after(connection: Connection, place: _Place) -> list[Message]:
    return list(map(to_message, connection.execute(_AFTER, place._asdict())))


def _entries_after(connection: Connection, place: _Place) -> list[tuple[int, Message]]:
    return [(row.entry_number, to_message(row)) for row in connection.execute(_ENTRIES, place._asdict())]


def _first_number(connection: Connection, room_id: int) -> int:
    return connection.execute(_FIRST_NUMBER, {"room": room_id}).scalar() or 0


def _last_numbers(connection: Connection, rooms: Sequence[int]) -> list[int | ParlourError]:
    """Return the number of the newest entry of each of these rooms, of which many may be the same one."""
    found = {room: connection.execute(_LAST_NUMBER, {"room": room}).scalar() for room in set(rooms)}
    return [ParlourError(ROOM_GONE) if (number := found[room]) is None else number for room in rooms]


@dataclass(slots=True)
class _Counters:
    """Where the log of a room stands."""

    number: int
    count: int
    moment: datetime | None

    def next(self, posted_at: datetime, *, is_message: bool) -> datetime:
        """Move on by one entry, and return its time: in a room, time never goes back."""
        self.number += 1
        self.count += is_message
        self.moment = posted_at if self.moment is None else max(self.moment, posted_at)
        return self.moment


Work = Draft | Correction
Outcome = Message | Corrected | ParlourError


def append_all(connection: Connection, works: Sequence[Work]) -> list[Outcome]:
    """Write drafts and corrections in their order; one that cannot be gets its error, and takes no number."""
    outcomes: list[Outcome] = []
    for kind, group in groupby(works, key=type):
        if kind is Draft:
            outcomes += _append_each_once(connection, [work for work in group if isinstance(work, Draft)])
        else:
            outcomes += [_correct(connection, work) for work in group if isinstance(work, Correction)]
    return outcomes


def _counters(connection: Connection, room: int) -> _Counters | None:
    row = connection.execute(_COUNTERS, {"room": room}).one_or_none()
    return None if row is None else _Counters(*row)


def _keep(connection: Connection, room: int, counters: _Counters) -> None:
    connection.execute(_COUNT, {
        "room": room, "number": counters.number, "count": counters.count, "moment": counters.moment})


# -- new messages

def _append_drafts(connection: Connection, drafts: Sequence[Draft]) -> list[Outcome]:
    counters = {room: _counters(connection, room) for room in {draft.room_id for draft in drafts}}
    outcomes: list[Outcome] = []
    rows: list[dict[str, Any]] = []
    for draft in drafts:
        known = counters[draft.room_id]
        if known is None:
            outcomes.append(ParlourError(ROOM_GONE))
            continue
        moment = known.next(draft.posted_at, is_message=draft.is_kept)
        message = Message(draft.room_id, known.number, known.count, draft.author.id, draft.author.address,
                          draft.author.display_name, moment, draft.content, draft.edited_at)
        rows.append(_row(message, Kind.MESSAGE if draft.is_kept else Kind.UNKEPT) | {"edited_at": draft.edited_at})
        outcomes.append(message)
    for room, known in counters.items():
        if known:
            _keep(connection, room, known)
    if rows:
        connection.execute(_INSERT, rows)
    _note(connection, [(draft, message) for draft, message in zip(drafts, outcomes, strict=True)
                       if draft.is_kept and isinstance(message, Message)])
    return outcomes


def _append_each_once(connection: Connection, drafts: Sequence[Draft]) -> list[Outcome]:
    """Append drafts, but for those whose author posted them already: with a key, something is posted once."""
    known = _known_keys(connection, drafts)
    outcomes: dict[int, Outcome] = {}
    new: dict[int, Draft] = {}
    again: dict[int, Draft] = {}
    taken: set[tuple[int, str]] = set()
    for place, draft in enumerate(drafts):
        mark = (draft.author.id, draft.key)
        if draft.key and mark in known:
            outcomes[place] = _posted_before(connection, draft, known[mark])
        elif draft.key and mark in taken:  # the same, at the same time: looked at when the first is written
            again[place] = draft
        else:
            new[place] = draft
            taken.add(mark)
    outcomes |= zip(new, _append_drafts(connection, list(new.values())), strict=True)
    _keep_keys(connection, [(draft, outcomes[place]) for place, draft in new.items() if draft.key])
    if again:
        outcomes |= zip(again, _append_each_once(connection, list(again.values())), strict=True)
    return [outcomes[place] for place in range(len(drafts))]


def _known_keys(connection: Connection, drafts: Sequence[Draft]) -> dict[tuple[int, str], Row[Any]]:
    keys: dict[int, set[str]] = {}
    for draft in drafts:
        if draft.key:
            keys.setdefault(draft.author.id, set()).add(draft.key)
    return {(row.person_id, row.key): row for person, own in keys.items()
            for row in connection.execute(_KEYS, {"person": person, "keys": list(own)})}


def _posted_before(connection: Connection, draft: Draft, known: Row[Any]) -> Outcome:
    if known.digest != _digest(draft):
        return ParlourError(KEY_USED, draft.key)
    return _repeated(connection, draft, known)


def _keep_keys(connection: Connection, posted: Sequence[tuple[Draft, Outcome]]) -> None:
    rows = [{"person_id": draft.author.id, "key": draft.key, "room_id": draft.room_id, "number": outcome.number,
             "digest": _digest(draft), "posted_at": outcome.posted_at}
            for draft, outcome in posted if isinstance(outcome, Message)]
    if rows:
        connection.execute(insert(post_keys), rows)


def _digest(draft: Draft) -> bytes:
    """Return what tells one message from another: its room and what it says."""
    content = draft.content
    parts = (str(draft.room_id), content.text, content.title, content.rtf, str(content.alert))
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).digest()


def _repeated(connection: Connection, draft: Draft, known: Row[Any]) -> Repeated:
    """Return what was posted, as it is now; of what is not there any more, as it was."""
    row = connection.execute(ONE, {"room": known.room_id, "number": known.number}).one_or_none()
    if row is None:
        return Repeated(known.room_id, known.number, 0, draft.author.id, draft.author.address,
                        draft.author.display_name, known.posted_at, draft.content)
    message = to_message(row)
    return Repeated(*(getattr(message, field.name) for field in fields(Message)))


def _row(message: Message, kind: Kind) -> dict[str, Any]:
    content = message.content
    return {"room_id": message.room_id, "number": message.number, "author_id": message.author_id,
            "posted_at": message.posted_at, "text": content.text, "kind": kind, "ordinal": message.ordinal,
            "alert": content.alert, "deleted": False, "title": content.title, "rtf": content.rtf}


def _load(connection: Connection, room_id: int, after: int, drafts: Sequence[Draft]) -> None:
    """Append drafts to a room where nobody posted meanwhile."""
    known = _counters(connection, room_id)
    if known is None:
        raise ParlourError(ROOM_GONE)
    if known.number != after:
        raise ParlourError(ROOM_USED, room_id)
    _append_drafts(connection, drafts)


def _note(connection: Connection, posted: Sequence[tuple[Draft, Message]]) -> None:
    """Make messages findable, note whom they mention, and that their authors have read so far."""
    textindex.add(connection, [_indexed(message) for _, message in posted])
    _note_mentions(connection, [(message, draft.mentions) for draft, message in posted if draft.mentions])
    marks = {(message.author_id, message.room_id): message for _, message in posted}
    if marks:
        connection.execute(_MARK, [
            {"person": person, "room": room, "number": message.number, "ordinal": message.ordinal}
            for (person, room), message in marks.items()])


def _indexed(message: Message) -> tuple[int, str]:
    return textindex.row_id(message.room_id, message.number), textindex.searched_text(message.content)


def _note_mentions(connection: Connection, named: Sequence[tuple[Message, Sequence[SipAddress]]]) -> None:
    keys = {address.key for _, addresses in named for address in addresses}
    if not keys:
        return
    query = select(sip_addresses.c.address_key, sip_addresses.c.person_id).where(
        sip_addresses.c.address_key.in_(keys), sip_addresses.c.person_id.is_not(None))
    known = {row.address_key: row.person_id for row in connection.execute(query)}
    rows = [{"person_id": known[address.key], "room_id": message.room_id, "number": message.number,
             "posted_at": message.posted_at}
            for message, addresses in named for address in addresses if address.key in known]
    if rows:
        connection.execute(insert(mentions), rows)


# -- corrections

def _correct(connection: Connection, correction: Correction) -> Outcome:
    """Change a message, and keep what it said before in an entry of its own."""
    where = {"room": correction.room_id, "number": correction.number}
    row = connection.execute(ONE, where).one_or_none()
    counters = _counters(connection, correction.room_id)
    if row is None or row.deleted or counters is None:
        return ParlourError(MESSAGE_NOT_FOUND, correction.number, number=correction.number)
    before = to_message(row)
    moment = counters.next(correction.corrected_at, is_message=False)
    kind = _CORRECTIONS[correction.content is not None, correction.by_administrator]
    entry = replace(before, number=counters.number, ordinal=counters.count, posted_at=moment)
    connection.execute(_INSERT, {**_row(entry, kind), "refers": before.number})
    _keep(connection, correction.room_id, counters)
    after = replace(before, content=correction.content or Content(""), edited_at=moment,
                    deleted=correction.content is None)
    _replace(connection, before, after, correction.mentions)
    return Corrected(counters.number, after)


def _replace(connection: Connection, before: Message, after: Message, named: Sequence[SipAddress]) -> None:
    _forget(connection, [before])
    is_this = (messages.c.room_id == after.room_id) & (messages.c.number == after.number)
    content = after.content
    connection.execute(update(messages).where(is_this).values(
        text=content.text, title=content.title, rtf=content.rtf, alert=content.alert, edited_at=after.edited_at,
        deleted=after.deleted))
    if after.deleted:
        connection.execute(delete(pins).where(pins.c.room_id == after.room_id, pins.c.number == after.number))
    else:
        textindex.add(connection, [_indexed(after)])
        _note_mentions(connection, [(after, named)])


def _forget(connection: Connection, gone: Sequence[Message]) -> None:
    """Take messages out of the indexes; none of them is deleted already."""
    textindex.remove(connection, [_indexed(message) for message in gone])
    for message in gone:
        connection.execute(delete(mentions).where(
            mentions.c.room_id == message.room_id, mentions.c.number == message.number))


# -- purging

def purge(connection: Connection, room_id: int) -> None:
    """Delete everything of a room's log at once."""
    while _purge_chunk(connection, room_id, _ALL):
        pass


def _purge_chunk(connection: Connection, room_id: int, last: int) -> bool:
    """Delete the oldest entries up to `last`, as many as one commit bears; say whether any were left before."""
    bound = _purge_bound(connection, room_id, last)
    if bound is None:
        _settle_marks(connection, room_id)
        return False
    chunk = (messages.c.room_id == room_id) & (messages.c.number <= bound)
    shown = connection.execute(_MESSAGES.where(messages.c.number <= bound), {"room": room_id}).all()
    _forget(connection, [to_message(row) for row in shown if not row.deleted])
    connection.execute(delete(pins).where(pins.c.room_id == room_id, pins.c.number <= bound))
    connection.execute(delete(messages).where(chunk))
    connection.execute(update(messages).where(
        messages.c.room_id == room_id, messages.c.refers <= bound).values(text="", title=None, rtf=None))
    return True


def _purge_bound(connection: Connection, room_id: int, last: int) -> int | None:
    """Return the last number of the next chunk."""
    sizes = select(messages.c.number, _SIZE).where(
        messages.c.room_id == room_id, messages.c.number <= last).order_by(messages.c.number).limit(PURGE_CHUNK)
    bound: int | None = None
    left = PURGE_CHARACTERS
    with connection.execute(sizes) as rows:
        for number, size in rows:
            left -= size
            if bound is not None and left < 0:
                break
            bound = number
    return bound


def _settle_marks(connection: Connection, room_id: int) -> None:
    """Move the marks of readers on to what is still there: purged messages are not unread."""
    gone = first_kept(connection, room_id)
    connection.execute(update(follows).where(follows.c.room_id == room_id, follows.c.read_ordinal < gone).values(
        read_ordinal=gone))


def first_kept(connection: Connection, room_id: int) -> int:
    """Return how many messages a room had before the oldest one that is still there."""
    first = select(messages.c.ordinal, messages.c.kind).where(messages.c.room_id == room_id).order_by(
        messages.c.number).limit(1)
    row = connection.execute(first).one_or_none()
    if row is None:
        return int(connection.execute(select(rooms.c.message_count).where(rooms.c.id == room_id)).scalar() or 0)
    return int(row.ordinal) - int(row.kind == Kind.MESSAGE)


def to_message(row: Row[Any]) -> Message:
    """Read a row of messages with the names of its author."""
    return Message(
        row.room_id, row.number, row.ordinal, row.author_id, SipAddress.parse(row.sip_address), row.display_name,
        row.posted_at, Content(row.text, row.title, row.rtf, row.alert), row.edited_at, row.deleted)


