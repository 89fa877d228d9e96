"""Presence that clients publish: read, kept, and given back."""

from pathlib import Path

import pytest
from tests.storage.storage_kit import one_person, open_archive

from parlour.errors import ParlourError
from parlour.lync.presence import MAX_PUBLICATIONS, PresenceStore, Publication, read_publications

STATE = ('<publication categoryName="state" instance="7" container="2" version="3" expireType="endpoint">%s'
         "</publication>")


def publish(*publications: str) -> bytes:
    content = "".join(publications)
    return (f'<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="sip:a@b.c">'
            f"{content}</publications></publish>").encode()


def state(content: str = "", instance: int = 7, category: str = "state", version: int = 0) -> Publication:
    return Publication(category, instance, 2, version, "endpoint", content)


def test_a_publication_is_read() -> None:
    assert read_publications(publish(STATE % '<s xmlns:x="urn:x" A="1&quot;"><b>1 &lt; 2</b></s>')) == [
        Publication("state", 7, 2, 3, "endpoint", '<s x="urn:x" a="1&quot;"><b>1 &lt; 2</b></s>')]


def test_what_is_missing_has_its_usual_value() -> None:
    assert read_publications(publish("<publication/>")) == [Publication("", 0, 0, 0, "", "")]
    assert read_publications(b"<publish/>") == []


def test_overlong_names_are_cut() -> None:
    (read,) = read_publications(publish(f'<publication categoryName="{"n" * 100}" expireType="{"e" * 100}"/>'))
    assert (len(read.category), len(read.expire_type)) == (64, 16)


@pytest.mark.parametrize("body", [
    b"", b"<publish>", b"<other/>", publish("<publication/>" * (MAX_PUBLICATIONS + 1)),
    publish('<publication instance="x"/>'), publish('<publication instance="-1"/>'),
    publish('<publication instance=""/>'), publish('<publication instance="4294967296"/>'),
    publish('<publication container="2147483648"/>'), publish('<publication version="2147483648"/>'),
    publish('<publication version="٣"/>'), publish(f'<publication version="{"9" * 30}"/>'),
    publish(f'<publication version="{"0" * 12}{"9" * 20}"/>'),
    publish(f'<publication version="{"0" * 12}{"9" * 5000}"/>'),
])
def test_bad_publications_are_refused(body: bytes) -> None:
    with pytest.raises(ParlourError) as fault:
        read_publications(body)
    assert fault.value.kind.name in ("XmlInvalid", "XccosInvalid")


def test_the_highest_numbers_are_within() -> None:
    (read,) = read_publications(publish('<publication instance="4294967295" container="2147483647"/>'))
    assert (read.instance, read.container) == (4_294_967_295, 2_147_483_647)


async def test_publications_are_kept_each_with_its_next_version(tmp_path: Path) -> None:
    async with open_archive(tmp_path) as archive:
        store, alice, bob = PresenceStore(archive.database, archive.clock), one_person(1), one_person(2)
        await store.publish(alice, [state("<a/>"), state("<b/>", instance=8), state("<c/>", category="note")])
        await store.publish(alice, [state("<d/>", version=1)])
        assert {(one.category, one.instance, one.version, one.content) for one in await store.published(alice)} == {
            ("state", 7, 2, "<d/>"), ("state", 8, 1, "<b/>"), ("note", 7, 1, "<c/>")}
        assert await store.published(bob) == []


async def test_the_last_of_several_alike_counts(tmp_path: Path) -> None:
    async with open_archive(tmp_path) as archive:
        store, alice = PresenceStore(archive.database, archive.clock), one_person(1)
        await store.publish(alice, [state("<a/>"), state("<b/>")])
        assert [one.content for one in await store.published(alice)] == ["<b/>"]
