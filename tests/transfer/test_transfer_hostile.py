"""Exports that no Parlour wrote: each is refused with a reason, and nothing was changed by it."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.transfer.transfer_kit import CAROL, exported, imported, rows, say

from parlour.errors import ParlourError
from parlour.node import Node
from parlour.transfer import xml
from parlour.transfer.archive import Limits, Package

Entries = dict[str, bytes]


def unpacked(content: bytes) -> Entries:
    """Return the entries of an export."""
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries: Entries) -> bytes:
    """Return an export with these entries."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def replaced(entry: str, old: str, new: str) -> Callable[[Entries], Entries]:
    """Return what puts a text in place of another one in an entry."""
    def change(entries: Entries) -> Entries:
        assert old.encode() in entries[entry], entries[entry]
        return {**entries, entry: entries[entry].replace(old.encode(), new.encode(), 1)}
    return change


def whole(entry: str, content: str) -> Callable[[Entries], Entries]:
    """Return what puts a text in place of a whole entry."""
    return lambda entries: {**entries, entry: content.encode("utf-8", "surrogatepass")}


def without(entry: str) -> Callable[[Entries], Entries]:
    """Return what takes an entry out."""
    return lambda entries: {name: content for name, content in entries.items() if name != entry}


LAUGHS = ('<!DOCTYPE Pool [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
          "<Pool><ChatRooms><ChatRoom>&b;</ChatRoom></ChatRooms></Pool>")
OUTSIDE = ('<!DOCTYPE Pool [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
           "<Pool><ChatRooms><ChatRoom><Name>&a;</Name></ChatRoom></ChatRooms></Pool>")
HUGE = "".join(map(str, range(900_000)))
MESSAGES = "Messages/5.xml"  # of the room Off

FAULTS: dict[str, tuple[Callable[[Entries], Entries], str]] = {
    "entities in entities": (whole("ChatRooms.xml", LAUGHS), "a document type is not allowed"),
    "entities from files": (whole("ChatRooms.xml", OUTSIDE), "a document type is not allowed"),
    "unknown entity": (replaced("ChatRooms.xml", "<Name>Off", "<Name>&x;"), "not well-formed"),
    "unfinished": (whole("ChatRooms.xml", "<Pool><ChatRooms>"), "not well-formed"),
    "empty": (whole("ChatRooms.xml", ""), "not well-formed"),
    "another root": (whole("ChatRooms.xml", "<Deployment/>"), "<Deployment> stands where only <Pool> may"),
    "another container": (whole("ChatRooms.xml", "<Pool><Rooms/></Pool>"), "<Rooms> stands where only <ChatRooms>"),
    "no container": (whole("ChatRooms.xml", "<Pool/>"), "it has no <ChatRooms>"),
    "another record": (whole("AdUsers.xml", "<Pool><AdUsers><Group/></AdUsers></Pool>"), "<Group> stands where only"),
    "unknown encoding": (whole("ChatRooms.xml", '<?xml version="1.0" encoding="x-y"?><Pool/>'), "encoding"),
    "half a character": (whole("ChatRooms.xml", "<Pool><ChatRooms>\ud800</ChatRooms></Pool>"), "not well-formed"),
    "unknown element": (whole("ChatRooms.xml", "<Pool><ChatRooms><ChatRoom><a>"), "nobody knows what <a> means"),
    "too deep": (replaced("ChatRooms.xml", "<Name>Off", "<Name><Name>Off"), "nobody knows what <Name> means in <Name>"),
    "one huge tag": (whole("ChatRooms.xml", f"<Pool><ChatRooms><ChatRoom a='{HUGE}"), "longer than"),
    "no name": (replaced("ChatRooms.xml", "<Name>Off</Name>", ""), "needs one <Name>, and has 0"),
    "two names": (replaced("ChatRooms.xml", "<Name>Off</Name>", "<Name>a</Name><Name>b</Name>"), "has 2"),
    "no base64": (replaced("ChatRooms.xml", "<Name>Off", '<Name encoding="base64">Of'), "no Base64 of UTF-8"),
    "other encoding": (replaced("ChatRooms.xml", "<Name>Off", '<Name encoding="hex">6f'), "no Base64 of UTF-8"),
    "no number": (replaced("ChatRooms.xml", 'id="5"', 'id="five"'), "is not a number"),
    "negative number": (replaced("ChatRooms.xml", 'id="5"', 'id="-5"'), "is not a number"),
    "no flag": (replaced("ChatRooms.xml", 'isDisabled="1"', 'isDisabled="maybe"'), "is not 1 or 0"),
    "no privacy": (replaced("RoomDetails.xml", 'privacy="Secret"', 'privacy="Hidden"'), "is not one of Open, Closed"),
    "no moment": (replaced("RoomDetails.xml", 'created="2', 'created="x2'), "is not a moment"),
    "no time zone": (replaced(MESSAGES, 'Z">', '">'), "is not a moment"),
    "same number": (replaced("ChatRooms.xml", 'id="5"', 'id="4"'), "number 4 twice"),
    "no details": (replaced("RoomDetails.xml", 'id="5"', 'id="99"'), "it has no room 5"),
    "unknown category": (replaced("RoomDetails.xml", 'category="1"', 'category="99"'), "there is no category 99"),
    "unknown add-in": (replaced("RoomDetails.xml", 'addin="1"', 'addin="99"'), "there is no add-in 99"),
    "unknown principal": (replaced("Categories.xml", '<Principal id="', '<Principal id="99'),
                          "there is no principal 99"),
    "role of a room": (replaced("Categories.xml", 'role="Creators"', 'role="Members"'), "is not one of Allowed"),
    "group as user": (replaced("AdGroups.xml", 'kind="Group"', 'kind="User"'), "a group, container or domain"),
    "messages of no room": (lambda entries: {**entries, "Messages/99.xml": entries[MESSAGES]}, "there is no room 99"),
    "unknown author": (replaced(MESSAGES, 'author="', 'author="99'), "there is no author 99"),
    "group as author": (replaced(MESSAGES, 'author="3"', 'author="6"'), "there is no author 6"),
    "out of order": (replaced(MESSAGES, 'number="2"', 'number="1"'), "message 1 comes after 1"),
    "older than the one before": (replaced(MESSAGES, 'time="2020-01-01T00:01', 'time="2019-12-31T23:59'),
                                  "message 2 is older than the one before it"),
    "before there was any": (replaced(MESSAGES, 'time="2020-01-01T00:00', 'time="1989-12-31T23:59'), "before 1990"),
    "changed before it was posted": (replaced(MESSAGES, 'time="2020-01-01T00:00:00.000000Z"',
                                              'time="2020-01-01T00:00:00Z" edited="2019-01-01T00:00:00Z"'),
                                     "message 1 was changed before it was posted"),
    "changed in the future": (replaced(MESSAGES, 'time="2020-01-01T00:00:00.000000Z"',
                                       'time="2020-01-01T00:00:00Z" edited="9999-12-31T23:59:59Z"'),
                              "message 1 is of the future"),
    "no scope of a category": (whole("Categories.xml", '<Pool><Categories><Category id="1" pool="x"><Name>a</Name>'
                                     "<Desc/></Category></Categories></Pool>"), "needs one <Scope>, and has 0"),
    "two scopes of a category": (replaced("Categories.xml", "<Scope>", "<Scope/><Scope>"), "has 2"),
    "scope in other letters": (replaced("Categories.xml", "<Scope>", "<scope/><Scope>"), "nobody knows what <scope>"),
    "no roles of a room": (replaced("ChatRooms.xml", "<Roles/>", ""), "needs one <Roles>, and has 0"),
    "unknown attribute": (replaced("ChatRooms.xml", 'isDisabled="1"', 'disabled="1"'), "nobody knows what disabled"),
    "attribute of the root": (replaced("ChatRooms.xml", "<Pool>", '<Pool a="b">'), "nobody knows what a means"),
    "many attributes": (replaced("ChatRooms.xml", 'id="5"', " ".join(f'a{n}="1"' for n in range(33))),
                        "has more than 32 attributes"),
    "text between": (replaced("Categories.xml", "<Scope>", "carol<Scope>"), "a text stands in <Category>"),
    "unknown setting": (replaced("Configuration.xml", 'name="default_chat_history"', 'name="default_chat_historie"'),
                        "is not a setting of ChatConfiguration"),
    "same setting twice": (replaced("Configuration.xml", "</Settings>",
                                    '<Value name="max_file_size_kb"><Text>1</Text></Value></Settings>'), "there twice"),
    "null character of a setting": (replaced("Configuration.xml", '<Value name="room_management_url"><Text>',
                                        '<Value name="room_management_url"><Text encoding="base64">AAAA</Text></Value>'
                                        '<Value name="x"><Text>'), "zero bytes"),
    "same scope twice": (replaced("Configuration.xml", "</Configuration>", '<Settings kind="ChatPolicy"><Scope>'
                                  "tag:CONTRACTORS</Scope></Settings></Configuration>"), "ChatPolicy of "),
    "of the future": (replaced(MESSAGES, 'time="2020', 'time="9020'), "is of the future"),
    "before time": (replaced(MESSAGES, 'time="2020-01-01T00:00:00.000000Z', 'time="0001-01-01T00:00:00+23:00'),
                    "is not a moment"),
    "zero byte": (replaced(MESSAGES, "<Text>first", '<Text encoding="base64">AA=='), "zero bytes"),
    "empty message": (replaced(MESSAGES, "<Text>first", "<Text> "), "The message is empty"),
    "too long a message": (replaced(MESSAGES, "<Text>first", f"<Text>{HUGE[:262_145]}"), "message 1: The message has"),
    "too long a twin": (replaced(MESSAGES, "</Text>", f"</Text><Rtf>{HUGE[:262_145]}</Rtf>"), "message 1: "),
    "two lines of a title": (replaced(MESSAGES, "</Text>", "</Text><Title>a\nb</Title>"), "message 1: "),
    "broken messages": (replaced(MESSAGES, "</Pool>", ""), "not well-formed"),
    "another format": (replaced("Export.xml", 'format="1"', 'format="2"'), "is not 1"),
    "no level": (replaced("Export.xml", 'level="All"', 'level="Most"'), "is not one of User"),
    "messages below their level": (replaced("Export.xml", 'level="All"', 'level="RoomDirectory"'), "has no messages"),
    "no manifest": (without("Export.xml"), "it must be there"),
    "two manifests": (whole("Export.xml", "<Pool><Exports/></Pool>"), "it must be there"),
    "no users": (without("AdUsers.xml"), "it has no AdUsers.xml"),
    "no settings": (without("Configuration.xml"), "it has no Configuration.xml"),
    "path upwards": (lambda entries: {**entries, "../evil.xml": b""}, 'no export has an entry "../evil.xml"'),
    "path upwards in messages": (lambda entries: {**entries, "Messages/../../x.xml": b""}, "no export has an entry"),
    "path from the root": (lambda entries: {**entries, "/etc/passwd": b""}, "no export has an entry"),
    "path of Windows": (lambda entries: {**entries, "C:\\x.xml": b""}, "no export has an entry"),
    "zero byte in a path": (lambda entries: {**entries, "Export.xml\0.exe": b""}, "no export has an entry"),
    "leading zero": (lambda entries: {**entries, "Messages/05.xml": b""}, "no export has an entry"),
}


@pytest.fixture
async def content(furnished: Node) -> bytes:
    """An export with messages in one room."""
    await say(furnished, "Off", "first", "second", author=CAROL)
    return await exported(furnished)


async def refused(node: Node, folder: Path, content: bytes) -> str:
    """Return why an export is refused; nothing may have changed."""
    before = rows(folder)
    with pytest.raises(ParlourError) as refusal:
        await imported(node, content)
    assert refusal.value.kind.name == "ExportInvalid"
    assert rows(folder) == before
    return str(refusal.value)


async def test_faults_are_refused_and_change_nothing(target: Node, content: bytes, tmp_path: Path) -> None:
    good = unpacked(content)
    found = {}
    for name, (change, reason) in FAULTS.items():
        changed = packed_oddly(change(good)) if "zero byte in" in name else packed(change(good))
        said = await refused(target, tmp_path / "target", changed)
        if reason not in said:
            found[name] = said
    assert found == {}
    await imported(target, packed(good))  # what they were made of is good


def packed_oddly(entries: Entries) -> bytes:
    """Return an export one of whose names has a zero byte in it, which the library would not write."""
    content = packed({name.replace("\0", "@"): value for name, value in entries.items()})
    return content.replace(b"Export.xml@", b"Export.xml\0")


async def test_what_is_no_zip_file_is_refused(target: Node, content: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "target"
    for broken in (b"", b"x" * 100, b"<Pool/>", b"PK\x05\x06", content[:-1], content[: len(content) // 2],
                   content[:-22] + b"PK\x05\x06" + b"\xff" * 18):
        await refused(target, folder, broken)


@pytest.mark.parametrize("flip", [0x55, 0xFF])
async def test_any_byte_that_is_another_one_is_noticed_or_means_nothing(content: bytes, flip: int) -> None:
    """Whatever is damaged, in memory or in a file, there is no other error than the named one."""
    directory = content.index(b"PK\x01\x02")
    for place in [*range(0, directory, 7), *range(directory, len(content))]:
        damaged = content[:place] + bytes([content[place] ^ flip]) + content[place + 1:]
        with TemporaryFile() as file:
            file.write(damaged)
            for stream in (BytesIO(damaged), file):
                try:
                    package = Package(stream)
                    for room in package.message_rooms:
                        list(package.messages(room))
                except ParlourError as refusal:
                    assert refusal.kind.name == "ExportInvalid"  # noqa: PT017 - not every damage is an error


async def test_bombs_are_not_unpacked(target: Node, content: bytes, tmp_path: Path) -> None:
    folder, good = tmp_path / "target", unpacked(content)
    spaces = {**good, "ChatRooms.xml": b"<Pool>" + b" " * (1 << 26) + b"</Pool>"}
    assert "more than 250 times as large" in await refused(target, folder, packed(spaces))
    messages = {**good, MESSAGES: b"<Pool><Messages>" + b" " * (1 << 25) + b"</Messages></Pool>"}
    assert "times as large" in await refused(target, folder, packed(messages))


async def test_entries_that_lie_in_one_another_are_refused(target: Node, content: bytes, tmp_path: Path) -> None:
    """The same packed bytes, named many times: what is unpacked would have no end."""
    stream = BytesIO(content)
    with ZipFile(stream, "a") as archive:
        first = archive.getinfo("AdGroups.xml")
        for number in range(2000):
            copy = ZipInfo(f"Messages/{1000 + number}.xml")
            copy.header_offset, copy.compress_type, copy.CRC = first.header_offset, first.compress_type, first.CRC
            copy.compress_size, copy.file_size = first.compress_size, first.file_size
            archive.filelist.append(copy)
        archive._didModify = True  # type: ignore[attr-defined]  # noqa: SLF001 - so that it writes the directory
    assert "lie in one another" in await refused(target, tmp_path / "target", stream.getvalue())


async def test_the_same_entry_twice_is_refused(target: Node, content: bytes, tmp_path: Path) -> None:
    stream = BytesIO(content)
    with ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("Export.xml", b"<Pool/>")
    assert "it has Export.xml twice" in await refused(target, tmp_path / "target", stream.getvalue())


async def test_other_packings_and_encryption_are_refused(target: Node, content: bytes, tmp_path: Path) -> None:
    folder, good = tmp_path / "target", unpacked(content)
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_BZIP2) as archive:
        for name, value in good.items():
            archive.writestr(name, value)
    assert "packed in a way" in await refused(target, folder, stream.getvalue())
    place = content.rindex(b"PK\x01\x02")  # the last entry of the directory; its flags come after six bytes
    locked = content[:place + 8] + bytes([content[place + 8] | 1]) + content[place + 9:]
    assert "it is encrypted" in await refused(target, folder, locked)


@pytest.mark.parametrize(("limits", "reason"), [
    (Limits(directory=100), "its directory has more than 100 bytes"), (Limits(entries=3), "more than 3 entries"),
    (Limits(listing=2000), "what is not messages has more than 2000 bytes"),
    (Limits(total=2000), "unpacked, it has more than 2000 bytes")])
async def test_sizes_are_bounded(content: bytes, limits: Limits, reason: str) -> None:
    with pytest.raises(ParlourError, match=reason):
        Package(BytesIO(content), limits)


SHAPE = xml.Shape(frozenset({"x", "y"}), {"b": xml.Shape(frozenset({"x"}), is_text=True)})


def test_records_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> list[xml.Element]:
        return list(xml.read_records(BytesIO(text.encode()), "As", "A", SHAPE))
    monkeypatch.setattr(xml, "MAX_TEXT", 10)
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 3)
    assert len(read("<Pool><As>" + "<A><b>12345</b><b>1234</b></A>\n" * 9 + "</As></Pool>")) == 9
    for text in ("<A><b>123456</b><b>12345</b></A>", "<A><b/><b/><b/></A>", " " * 11, "<A x='1234567890'/>",
                 "<A x='12345'><b x='1234'/></A>"):
        with pytest.raises(xml.XmlFaultError, match="a record has more than"):
            read(f"<Pool><As>{text}</As></Pool>")


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    try:
        list(xml.read_records(BytesIO(content), "As", "A", SHAPE))
    except xml.XmlFaultError as refusal:
        assert str(refusal)  # noqa: PT017 - some bytes are a document


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes_are_no_export(content: bytes) -> None:
    with pytest.raises(ParlourError) as refusal:
        Package(BytesIO(content))
    assert refusal.value.kind.name == "ExportInvalid"


def with_zip64(directory: bytes, plain: int, locator: int | None = None) -> bytes:
    """Return a ZIP file whose ZIP64 record tells of a directory; the plain end says that it has so many bytes."""
    start = b"PK\x03\x04"
    place = len(start) + len(directory)
    return b"".join((
        start, directory,
        struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), len(start)),
        struct.pack("<4sLQL", b"PK\x06\x07", 0, place if locator is None else locator, 1),
        struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1, 1, plain, 0, 0)))


@pytest.mark.parametrize(("plain", "locator", "reason"), [
    (100, None, "it says two things of how long its directory is"), (0xFFFFFFFF, None, "more than 5000 bytes"),
    (9000, None, "more than 5000 bytes"), (9000, 7, "not where it should be")])
def test_no_record_hides_how_long_the_directory_is(plain: int, locator: int | None, reason: str) -> None:
    with pytest.raises(ParlourError, match=reason):
        Package(BytesIO(with_zip64(b"x" * 9000, plain, locator)), Limits(directory=5000))


def test_what_stands_in_attributes_counts_as_what_stands_in_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters of attributes are held in memory like others: there is no way to fill it with them."""
    monkeypatch.setattr(xml, "MAX_TEXT", 1000)
    many = "".join(f"<b x='{'y' * 99}'/>" for _ in range(11))
    with pytest.raises(xml.XmlFaultError, match="a record has more than 1000 characters"):
        list(xml.read_records(BytesIO(f"<Pool><As><A>{many}</A></As></Pool>".encode()), "As", "A", SHAPE))


def test_the_checksum_of_an_entry_counts() -> None:
    content = packed({"Export.xml": b"<Pool/>"})
    changed = content.replace(zlib.crc32(b"<Pool/>").to_bytes(4, "little"), b"\0\0\0\0")
    with pytest.raises(ParlourError, match="it is damaged"):
        Package(BytesIO(changed))
