"""Files: who may up- and download them, with tokens that work once, and what is swept."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.chat.stage_kit import Stage, map_sip, refused
from tests.storage.storage_kit import one_person

from parlour.chat.files import TOKEN_LIFE, FileInfo, checked_file_name
from parlour.chat.filetypes import media_type
from parlour.chat.model import CategoryChange, Room, RoomType
from parlour.chat.principals import RoomRole
from parlour.errors import ParlourError
from parlour.storage.database import file_of
from parlour.storage.files import MAX_TOKENS

ALICE, BOB = one_person(1), one_person(2)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def filing(stage: Stage, *members: int, kind: RoomType = RoomType.NORMAL) -> Room:
    """Make a room with files, for these members."""
    room = await stage.closed_room(*members, kind=kind)
    known = await stage.administration.category_named(room.category, room.pool)
    await stage.administration.change_category(known, CategoryChange(file_upload=True))
    return await stage.administration.room_named(room.identity)


async def uploaded(stage: Stage, room: Room, content: bytes = b"hello", name: str = "a.txt") -> FileInfo:
    grant = await stage.core.files.grant_upload(ALICE, room.uri, name)
    return await stage.core.files.receive(grant.token, stream(content))


async def downloaded(stage: Stage, token: str) -> bytes:
    found = await stage.core.files.send(token)
    return b"".join([piece async for piece in found.content])


def blobs(stage: Stage) -> set[str]:
    """Return the names of everything that lies in the folder of files."""
    folder = file_of(stage.archive.url).parent / "files"
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def test_a_file_comes_back_as_it_was(stage: Stage) -> None:
    room = await filing(stage, 1, 2)
    content = os.urandom(700_000)
    file = await uploaded(stage, room, content, "Ärger 1.bin")
    assert (file.name, file.size, file.room) == ("Ärger 1.bin", 700_000, room.uri)
    grant = await stage.core.files.grant_download(BOB, room.uri, file.guid)
    assert grant.file == file
    assert await downloaded(stage, grant.token) == content
    assert blobs(stage) == {hashlib.sha256(content).hexdigest()}


async def test_a_token_works_once_and_only_for_what_it_is_for(stage: Stage) -> None:
    room = await filing(stage, 1)
    files = stage.core.files
    up = await files.grant_upload(ALICE, room.uri, "a.txt")
    assert await refused(files.send(up.token)) == "FileTokenInvalid"
    file = await files.receive(up.token, stream(b"x"))
    assert await refused(files.receive(up.token, stream(b"y"))) == "FileTokenInvalid"
    down = await files.grant_download(ALICE, room.uri, file.guid)
    assert await refused(files.receive(down.token, stream(b"y"))) == "FileTokenInvalid"
    assert await downloaded(stage, down.token) == b"x"
    assert await refused(files.send(down.token)) == "FileTokenInvalid"
    for token in ("", "nonsense", up.token.upper(), "\ud800"):
        assert await refused(files.send(token)) == "FileTokenInvalid"


async def test_a_token_lives_half_an_hour(stage: Stage) -> None:
    room = await filing(stage, 1)
    for seconds, expected in ((TOKEN_LIFE.total_seconds() - 1, "in time"), (TOKEN_LIFE.total_seconds(), "too late")):
        grant = await stage.core.files.grant_upload(ALICE, room.uri, "a.txt")
        stage.archive.clock.advance(seconds)
        if expected == "in time":
            await stage.core.files.receive(grant.token, stream(b"x"))
        else:
            assert await refused(stage.core.files.receive(grant.token, stream(b"x"))) == "FileTokenInvalid"


async def test_only_who_may_post_uploads_and_only_who_may_read_downloads(stage: Stage) -> None:
    room = await filing(stage, 1, 2, kind=RoomType.AUDITORIUM)
    await stage.put(room, RoomRole.PRESENTER, map_sip([1]))
    files = stage.core.files
    file = await uploaded(stage, room)
    assert await refused(files.grant_upload(BOB, room.uri, "a.txt")) == "NotAPresenter"
    assert await refused(files.grant_download(one_person(3), room.uri, file.guid)) == "NotAMember"
    for guid in ("nonsense", "", file.guid + "x"):
        assert await refused(files.grant_download(BOB, room.uri, guid)) == "FileNotFound"
    other = await stage.room("Other")
    assert await refused(files.grant_download(BOB, other.uri, file.guid)) == "FileNotFound"


async def test_rights_are_asked_again_when_the_token_is_used(stage: Stage) -> None:
    room = await filing(stage, 1, 2)
    files = stage.core.files
    file = await uploaded(stage, room)
    up, down = await files.grant_upload(BOB, room.uri, "b"), await files.grant_download(BOB, room.uri, file.guid)
    await stage.put(room, RoomRole.MEMBER, map_sip([1]))
    assert await refused(files.receive(up.token, stream(b"x"))) == "NotAMember"
    assert await refused(files.send(down.token)) == "NotAMember"


async def test_a_category_without_files_takes_none(stage: Stage) -> None:
    room = await stage.closed_room(1)
    assert await refused(stage.core.files.grant_upload(ALICE, room.uri, "a.txt")) == "FilesNotAllowed"


async def test_a_file_that_is_too_large_leaves_nothing(stage: Stage) -> None:
    room = await filing(stage, 1)
    configurations = stage.core.configurations
    await configurations.change(replace(configurations.of_pool(room.pool), max_file_size_kb=1))
    await uploaded(stage, room, b"x" * 1024)
    before = blobs(stage)
    grant = await stage.core.files.grant_upload(ALICE, room.uri, "large")
    assert await refused(stage.core.files.receive(grant.token, stream(b"y" * 1000, b"y" * 25))) == "FileTooLarge"
    assert blobs(stage) == before


async def test_an_upload_that_breaks_off_leaves_nothing(stage: Stage) -> None:
    room = await filing(stage, 1)
    grant = await stage.core.files.grant_upload(ALICE, room.uri, "half")

    async def broken() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise ConnectionResetError
    with pytest.raises(ConnectionResetError):
        await stage.core.files.receive(grant.token, broken())
    assert blobs(stage) == set()
    assert await refused(stage.core.files.grant_download(ALICE, room.uri, grant.file.guid)) == "FileNotFound"


async def test_equal_bytes_lie_there_once_and_as_long_as_any_file_has_them(stage: Stage) -> None:
    rooms = [await filing(stage, 1), await stage.room("Other")]
    for room in rooms:
        await uploaded(stage, room, b"the same")
    assert len(blobs(stage)) == 1
    for room, left in zip(rooms, (1, 0), strict=True):
        await stage.administration.remove_room(room)
        age(stage)
        await stage.core.files.sweep()
        assert len(blobs(stage)) == left


def age(stage: Stage) -> None:
    """Let everything in the folder look as if it were a day old."""
    folder = file_of(stage.archive.url).parent / "files"
    for path in folder.rglob("*"):
        os.utime(path, (path.stat().st_mtime - 86_400,) * 2)


async def test_what_never_came_is_swept_and_what_is_there_stays(stage: Stage, tmp_path: Path) -> None:
    room = await filing(stage, 1)
    file = await uploaded(stage, room)
    await stage.core.files.grant_upload(ALICE, room.uri, "never comes")
    folder = file_of(stage.archive.url).parent / "files" / "incoming"
    (folder / "left by a crash").write_bytes(b"half")
    age(stage)
    stage.archive.clock.advance(3 * TOKEN_LIFE.total_seconds())
    await stage.core.files.sweep()
    assert len(blobs(stage)) == 1
    grant = await stage.core.files.grant_download(ALICE, room.uri, file.guid)
    assert await downloaded(stage, grant.token) == b"hello"


async def test_many_at_once_get_each_his_own(stage: Stage) -> None:
    room = await filing(stage, 1)

    async def both(number: int) -> bytes:
        file = await uploaded(stage, room, b"%d" % number * 1000)
        return await downloaded(stage, (await stage.core.files.grant_download(ALICE, room.uri, file.guid)).token)
    assert await asyncio.gather(*map(both, range(20))) == [b"%d" % number * 1000 for number in range(20)]


async def test_nobody_keeps_more_tokens_than_he_can_use(stage: Stage) -> None:
    room = await filing(stage, 1, 2)
    for _ in range(MAX_TOKENS):
        last = await stage.core.files.grant_upload(ALICE, room.uri, "a.txt")
    assert await refused(stage.core.files.grant_upload(ALICE, room.uri, "a.txt")) == "FileTokensTooMany"
    await stage.core.files.grant_upload(BOB, room.uri, "a.txt")
    await stage.core.files.receive(last.token, stream(b"x"))
    await stage.core.files.grant_upload(ALICE, room.uri, "a.txt")
    stage.archive.clock.advance(TOKEN_LIFE.total_seconds() + 1)
    await stage.core.files.sweep()
    await stage.core.files.grant_upload(ALICE, room.uri, "a.txt")


BAD_NAMES = ["", " ", ".", "..", "../x", "a/b", "a\\b", "C:x", "a\0b", "a\nb", "a\u202etxt.exe", "x" * 257, "a*", "a?",
             '"', "<x>", "a|b", "\ud800", "\x7f", "\ufeff"]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_bad_names_are_refused(stage: Stage, name: str) -> None:
    room = await filing(stage, 1)
    assert await refused(stage.core.files.grant_upload(ALICE, room.uri, name)) == "FileNameInvalid"


@given(st.text(max_size=300))
def test_a_name_that_is_taken_is_no_path(name: str) -> None:
    try:
        checked_file_name(name)
    except ParlourError:
        return
    assert Path(name).name == name
    name.encode()


@pytest.mark.parametrize(("head", "expected"), [
    (PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), (b"RIFF\0\0\0\0WAVE", "application/octet-stream"),
    (b"%PDF-1.7", "application/pdf"), (b"PK\x03\x04", "application/zip"), (b"", "text/plain"), (b"hello", "text/plain"),
    ("Ärger 🎉".encode(), "text/plain"), ("Ärger 🎉".encode()[:-1], "text/plain"),
    (b"\xff\xfe", "application/octet-stream"),
    (b"a\0b", "application/octet-stream"), (b"<html><script>alert(1)</script>", "text/plain"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "text/plain"), (b"MZ\x90\0", "application/octet-stream"),
    (b"\x00\x00\x00\x18ftypmp42", "video/mp4"), (b"GIF8", "text/plain"), (b"\x89PNG", "application/octet-stream"),
])
def test_the_kind_is_told_by_the_bytes(head: bytes, expected: str) -> None:
    assert media_type(head) == expected


def kinds() -> Iterable[bytes]:
    return (b"<!DOCTYPE html>", b"<?xml version='1.0'?><svg/>", b"#!/bin/sh", b"javascript:alert(1)",
            b"\xef\xbb\xbf<html>")


@pytest.mark.parametrize("head", kinds())
def test_nothing_is_of_a_kind_that_runs(head: bytes) -> None:
    assert media_type(head) == "text/plain"
