"""The ZIP file around the documents: written as a stream; read only when nothing about it is suspicious."""

import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from parlour.chat.names import name_key
from parlour.chat.scopes import ScopeKind, parse_scope
from parlour.errors import ParlourError
from parlour.transfer.documents import (
    ADDINS,
    AFFILIATIONS,
    CATEGORIES,
    DETAILS,
    ENTRIES,
    GROUPS,
    MANIFEST,
    MESSAGES,
    ROOMS,
    SETTINGS,
    USERS,
    Document,
    entries_of,
    invalid,
    messages_entry,
)
from parlour.transfer.model import (
    ExportLevel,
    ListedMessage,
    ListedSettings,
    Listing,
    Manifest,
    RoomDetails,
    RoomEntry,
)

T = TypeVar("T")

_ZIP: Final = "the ZIP file"
_KNOWN: Final = frozenset(entry for entries in ENTRIES.values() for entry in entries)
_FOLDER: Final = f"{MESSAGES.entry}/"
_MESSAGES: Final = re.compile(rf"{_FOLDER}(0|[1-9][0-9]{{0,17}})\.xml")
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_LOCATOR: Final = b"PK\x06\x07"
_TAIL: Final = 22 + 65_535 + 76  # bytes in which the end of the directory lies, comment and ZIP64 records included
_MOVED: Final = 0xFFFFFFFF  # where a number stands in the ZIP64 record instead
# OSError: where a broken file makes the reader seek to before its beginning.
_FAULTS: Final = (BadZipFile, NotImplementedError, RuntimeError, ValueError, LookupError, EOFError, OverflowError,
                  OSError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a ZIP file may be; hostile ones are refused before anything is unpacked.

    Attributes:
        directory: bytes of its directory.
        entries: number of its entries.
        listing: bytes of everything but messages, unpacked: it is held in memory.
        total: bytes of everything, unpacked.
        ratio: times that an entry may be larger than packed, if it has more than `small` bytes.
        message_ratio: the same for messages: a machine may have posted the same long text again and again.
    """

    directory: int = 1 << 24
    entries: int = 110_000
    listing: int = 1 << 29
    total: int = 1 << 40
    ratio: int = 250
    message_ratio: int = 1000
    small: int = 1 << 22


# -- writing

def write_entry(archive: ZipFile, name: str, pieces: Iterable[str]) -> None:
    """Write a whole entry."""
    with begin_entry(archive, name) as entry:
        for piece in pieces:
            entry.write(piece.encode())


@contextmanager
def begin_entry(archive: ZipFile, name: str) -> Iterator[BinaryIO]:
    """Begin an entry that is written piece by piece, of any length."""
    info = ZipInfo(name)  # its date is always the same: the manifest has the real one
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    with archive.open(info, "w", force_zip64=True) as entry:
        yield entry  # type: ignore[misc]  # it is one that is written to


# -- reading

class Package:
    """An export in a ZIP file, whose directory and listing were read and found good.

    Args:
        stream: the file; it is read again for messages.
        limits: bounds.

    Attributes:
        listing: everything but the messages.

    Raises:
        ParlourError: ExportInvalid.
    """

    def __init__(self, stream: BinaryIO, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        with _named_faults(_ZIP):
            size = _check_end(stream, limits)
            self._zip = ZipFile(stream)
            self._entries = _checked(self._zip.infolist(), size, limits)
        self.listing = self._read_listing()
        _check_listing(self.listing, self.message_rooms)

    def close(self) -> None:
        """Let go of the file; it is not closed."""
        self._zip.close()

    @property
    def message_rooms(self) -> list[int]:
        """The numbers of the rooms that have messages here."""
        return [int(match[1]) for name in self._entries if (match := _MESSAGES.fullmatch(name))]

    def messages(self, room: int) -> Iterator[ListedMessage]:
        """Yield the messages of a room in their order.

        Raises:
            ParlourError: ExportInvalid.
        """
        name = messages_entry(room)
        if name not in self._entries:
            return
        last = 0
        for message in self._values(MESSAGES, name):
            if message.number <= last:
                raise invalid(name, f"message {message.number} comes after {last}")
            last = message.number
            yield message

    def _read_listing(self) -> Listing:
        manifest = self._manifest()
        missing = [entry for entry in entries_of(manifest.level) if entry not in self._entries]
        if missing:
            raise invalid(_ZIP, f"it has no {missing[0]}")
        return Listing(
            manifest, (*self._all(USERS), *self._all(GROUPS)), self._all(AFFILIATIONS), self._all(CATEGORIES),
            self._all(ADDINS), _joined(self._all(ROOMS), self._all(DETAILS)), self._all(SETTINGS))

    def _manifest(self) -> Manifest:
        found = self._all(MANIFEST)
        if len(found) != 1:
            raise invalid(MANIFEST.entry, "it must be there, and tell of one export")
        return found[0]

    def _all(self, document: Document[T]) -> tuple[T, ...]:
        return tuple(self._values(document, document.entry)) if document.entry in self._entries else ()

    def _values(self, document: Document[T], entry: str) -> Iterator[T]:
        with _named_faults(entry), self._zip.open(self._entries[entry]) as stream:
            yield from document.values(stream, entry)  # type: ignore[arg-type]  # it is read as any file is


@contextmanager
def _named_faults(entry: str) -> Iterator[None]:
    """Give whatever a broken file makes the ZIP reader raise its name in the registry."""
    try:
        yield
    except ParlourError:
        raise
    except _FAULTS as fault:
        raise invalid(entry, f"it is damaged, or no ZIP file that can be read here ({fault})") from None


def _check_end(stream: BinaryIO, limits: Limits) -> int:
    """Make sure that the directory is small enough to be read at all; returns the size of the file."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    stream.seek(0)
    plain = len(tail) - 22  # where the end lies if there is no comment behind it
    at = plain if tail[plain:plain + 4] == _END and tail[-2:] == b"\0\0" else tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise invalid(_ZIP, "it is no ZIP file")
    if _length(tail, at, size) > limits.directory:
        raise invalid(_ZIP, f"its directory has more than {limits.directory} bytes")
    return size


def _length(tail: bytes, at: int, size: int) -> int:
    """Return how many bytes the directory has.

    Where there is a ZIP64 record, readers believe that, whatever the plain end says: the two must say the same.
    """
    length: int
    (length,) = struct.unpack_from("<L", tail, at + 12)
    locator, record = at - 20, at - 76
    if locator < 0 or tail[locator:locator + 4] != _LOCATOR:
        return length
    (place,) = struct.unpack_from("<Q", tail, locator + 8)
    if record < 0 or tail[record:record + 4] != _END_64 or place != size - len(tail) + record:
        raise invalid(_ZIP, "the end of its directory is not where it should be")
    whole: int
    (whole,) = struct.unpack_from("<Q", tail, record + 40)
    if length not in (whole, _MOVED):
        raise invalid(_ZIP, "it says two things of how long its directory is")
    return whole


def _checked(infos: list[ZipInfo], size: int, limits: Limits) -> dict[str, ZipInfo]:
    """Return the entries by name.

    Raises:
        ParlourError: ExportInvalid, for one that no export has, or that is not what it seems to be.
    """
    if len(infos) > limits.entries:
        raise invalid(_ZIP, f"it has more than {limits.entries} entries")
    entries = [info for info in infos if info.filename != _FOLDER]
    for info in entries:
        _check_entry(info, limits)
    twice = [name for name, count in Counter(info.filename for info in entries).items() if count > 1]
    if twice:
        raise invalid(_ZIP, f"it has {twice[0]} twice")
    if sum(info.compress_size for info in entries) > size:
        raise invalid(_ZIP, "its entries lie in one another")
    _check_sizes(entries, limits)
    return {info.filename: info for info in entries}


def _check_entry(info: ZipInfo, limits: Limits) -> None:
    name = info.filename
    if info.orig_filename != name or not (name in _KNOWN or _MESSAGES.fullmatch(name)):
        raise invalid(_ZIP, f'no export has an entry "{info.orig_filename[:80]}"')
    if info.flag_bits & 0x41:
        raise invalid(name, "it is encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise invalid(name, "it is packed in a way that is not known here")
    ratio = limits.ratio if name in _KNOWN else limits.message_ratio
    if info.file_size > limits.small and info.file_size > ratio * info.compress_size:
        raise invalid(name, f"unpacked, it is more than {ratio} times as large")


def _check_sizes(entries: list[ZipInfo], limits: Limits) -> None:
    if sum(info.file_size for info in entries) > limits.total:
        raise invalid(_ZIP, f"unpacked, it has more than {limits.total} bytes")
    if sum(info.file_size for info in entries if info.filename in _KNOWN) > limits.listing:
        raise invalid(_ZIP, f"unpacked, what is not messages has more than {limits.listing} bytes")


def _joined(
    rooms: tuple[RoomEntry, ...], details: tuple[RoomDetails, ...]
) -> tuple[tuple[RoomEntry, RoomDetails], ...]:
    """Return the rooms with their details."""
    by_number = {one.number: one for one in details}
    for room in rooms:
        if room.number not in by_number:
            raise invalid(DETAILS.entry, f"it has no room {room.number}")
    if len(details) != len(rooms):
        raise invalid(DETAILS.entry, f"it has other rooms than {ROOMS.entry}")
    return tuple((room, by_number[room.number]) for room in rooms)


def _check_listing(listing: Listing, message_rooms: list[int]) -> None:
    """Make sure that every number is given once, and that whatever is referred to is there."""
    principals = _numbers(USERS.entry, (one.number for one in listing.principals))
    categories = _numbers(CATEGORIES.entry, (one.number for one in listing.categories))
    addins = _numbers(ADDINS.entry, (one.number for one in listing.addins))
    _check_scopes(listing.settings)
    rooms = _numbers(ROOMS.entry, (room.number for room, _ in listing.rooms))
    for affiliation in listing.affiliations:
        _check_known(AFFILIATIONS.entry, "principal", (affiliation.number, *affiliation.groups), principals)
    for category in listing.categories:
        _check_known(CATEGORIES.entry, "principal", _all_of(category.lists.values()), principals)
    for room, details in listing.rooms:
        _check_known(ROOMS.entry, "principal", (*_all_of(room.lists.values()), *room.creators), principals)
        _check_known(DETAILS.entry, "category", (details.category,), categories)
        _check_known(DETAILS.entry, "add-in", () if details.addin is None else (details.addin,), addins)
    _check_known(_ZIP, "room", message_rooms, rooms)
    if message_rooms and not listing.manifest.level.includes(ExportLevel.CONTENT):
        raise invalid(_ZIP, f"an export of level {listing.manifest.level} has no messages")


def _check_scopes(settings: Iterable[ListedSettings]) -> None:
    counted = Counter((one.kind, _scope_key(one.scope)) for one in settings)
    for (kind, scope), count in counted.items():
        if count > 1:
            raise invalid(SETTINGS.entry, f"it has the {kind} of {scope[:80]} twice")


def _scope_key(scope: str) -> str:
    """Return the form by which scopes are compared, however they are written."""
    try:
        return parse_scope(scope, tuple(ScopeKind)).key
    except ParlourError:
        return name_key(scope)


def _all_of(lists: Iterable[Iterable[int]]) -> Iterator[int]:
    return (number for listed in lists for number in listed)


def _numbers(entry: str, numbers: Iterable[int]) -> frozenset[int]:
    counted = Counter(numbers)
    twice = [number for number, count in counted.items() if count > 1]
    if twice:
        raise invalid(entry, f"it has number {twice[0]} twice")
    return frozenset(counted)


def _check_known(entry: str, what: str, wanted: Iterable[int], known: frozenset[int]) -> None:
    for number in wanted:
        if number not in known:
            raise invalid(entry, f"there is no {what} {number}")
