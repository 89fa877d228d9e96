"""The documents: whatever a value says, it is read as it was written."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TypeVar
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.chat.model import Content, Privacy, RoomType
from parlour.chat.policies import ChatConfiguration, ChatPolicy
from parlour.chat.principals import CategoryRole, PrincipalKind, RoomRole
from parlour.chat.scopes import GLOBAL
from parlour.compliance.settings import ComplianceConfiguration
from parlour.transfer import documents
from parlour.transfer.documents import Document
from parlour.transfer.model import (
    Affiliation,
    ExportLevel,
    Invites,
    ListedAddin,
    ListedCategory,
    ListedMessage,
    ListedPrincipal,
    ListedSettings,
    Manifest,
    RoomDetails,
    RoomEntry,
    SettingsKind,
)
from parlour.transfer.report import Log, Severity, html
from parlour.transfer.settings import listed, names_of, unlisted

T = TypeVar("T")

NUMBERS = st.integers(0, 10**18 - 1)
LISTS = st.lists(NUMBERS, max_size=4, unique=True).map(tuple)
HARD = st.sampled_from(["\0", "\x01", "\x1f", "\t", "\r", "\n", "\r\n", "\x7f", "\x85", "\ufffe", "\uffff", "\u2028",
                        "\u202e", "\U0001f600", "]]>", "<!--", "&amp;", "<b>", '"', "'", " ", "\ufeff", "é", "e\u0301"])
TEXTS = st.lists(st.one_of(HARD, st.text(max_size=8)), max_size=8).map("".join)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC))
FLAGS = st.booleans()
NO_ZEROS = TEXTS.map(lambda text: text.replace("\0", "?"))
SPOKEN = NO_ZEROS.filter(lambda text: bool(text.strip()))
TITLES = SPOKEN.map(lambda text: text.replace("\n", " ").replace("\r", " ")).filter(lambda text: bool(text.strip()))

MANIFESTS = st.builds(Manifest, st.sampled_from(ExportLevel), MOMENTS, NAMES, TEXTS, TEXTS,
                      st.lists(TEXTS, max_size=3).map(tuple), st.none() | MOMENTS)
USERS = st.builds(ListedPrincipal, NUMBERS, st.just(PrincipalKind.USER), TEXTS, TEXTS, FLAGS)
GROUPS = st.builds(ListedPrincipal, NUMBERS, st.sampled_from(list(PrincipalKind)[1:]), TEXTS, TEXTS)
AFFILIATIONS = st.builds(Affiliation, NUMBERS, LISTS)
CATEGORIES = st.builds(ListedCategory, NUMBERS, NAMES, TEXTS, TEXTS, FLAGS, FLAGS, FLAGS,
                       st.fixed_dictionaries(dict.fromkeys(CategoryRole, LISTS)))
ADDINS = st.builds(ListedAddin, NUMBERS, NAMES, TEXTS, TEXTS)
ROOMS = st.builds(RoomEntry, NUMBERS, TEXTS, TEXTS, FLAGS,
                  st.fixed_dictionaries({role: LISTS.map(sorted).map(tuple) for role in RoomRole}))
DETAILS = st.builds(RoomDetails, NUMBERS, NUMBERS, st.sampled_from(Privacy), st.sampled_from(RoomType),
                    st.sampled_from(Invites), st.none() | NUMBERS, NAMES, MOMENTS)
MESSAGES = st.builds(ListedMessage, NUMBERS, NUMBERS, MOMENTS, st.builds(
    Content, SPOKEN, st.none() | TITLES, st.none() | NO_ZEROS, FLAGS), st.none() | MOMENTS)
SETTINGS = st.sampled_from(SettingsKind).flatmap(lambda kind: st.builds(
    ListedSettings, st.just(kind), TEXTS, st.dictionaries(st.sampled_from(sorted(names_of(kind))), NO_ZEROS)))


def again(document: Document[T], values: Iterable[T]) -> list[T]:
    """Write values and read them; other XML readers must be able to read the document, too."""
    content = "".join(document.pieces(values)).encode()
    ElementTree.fromstring(content)  # noqa: S314 - it is our own
    return list(document.values(BytesIO(content)))


@pytest.mark.parametrize(("document", "values"), [
    (documents.MANIFEST, MANIFESTS), (documents.USERS, USERS), (documents.GROUPS, GROUPS),
    (documents.AFFILIATIONS, AFFILIATIONS), (documents.CATEGORIES, CATEGORIES), (documents.ADDINS, ADDINS),
    (documents.ROOMS, ROOMS), (documents.DETAILS, DETAILS), (documents.MESSAGES, MESSAGES),
    (documents.SETTINGS, SETTINGS)], ids=lambda value: value.entry if isinstance(value, Document) else "")
@given(data=st.data())
def test_every_document_says_what_was_written(
    document: Document[object], values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    written = data.draw(st.lists(values, max_size=4))
    assert again(document, written) == written


def test_the_known_files_have_their_known_shape() -> None:
    """What reference/product.md section 7 knows of the original's files."""
    pool = ElementTree.fromstring("".join(documents.USERS.pieces(  # noqa: S314
        [ListedPrincipal(7, PrincipalKind.USER, "sip:a@b.c", "A")])))
    (user,) = pool.findall("AdUsers/User")
    assert (pool.tag, user.get("principalId"), user.get("UserPrincipalName")) == ("Pool", "7", "a@b.c")
    pool = ElementTree.fromstring("".join(documents.GROUPS.pieces(  # noqa: S314
        [ListedPrincipal(8, PrincipalKind.GROUP, "CN=G", "G")])))
    assert [group.get("principalId") for group in pool.findall("AdGroups/Group")] == ["8"]
    pool = ElementTree.fromstring("".join(documents.AFFILIATIONS.pieces([Affiliation(7, (8,))])))  # noqa: S314
    (user,) = pool.findall("AdAffiliations/User")
    assert (user.get("id"), [group.get("id") for group in user.findall("Groups/Group")]) == ("7", ["8"])
    pool = ElementTree.fromstring("".join(documents.ROOMS.pieces([RoomEntry(  # noqa: S314
        1, "Name", "What for", True, {RoomRole.MEMBER: (7,), RoomRole.MANAGER: (7, 8)}, creators=(8,))])))
    (room,) = pool.findall("ChatRooms/ChatRoom")
    assert [child.tag for child in room] == ["Name", "Desc", "Roles"]
    assert room.get("isDisabled") == "1"
    assert [[entry.get(name) for name in ("id", "isManager", "isMember", "isCreator")]
            for entry in room.findall("Roles/Principal")] == [["7", "1", "1", "0"], ["8", "1", "0", "1"]]


def test_settings_as_texts_are_those_they_were() -> None:
    for value in (ChatConfiguration(GLOBAL, 5, 6, 7, "https://x/"), ChatPolicy(GLOBAL, False, "no"),
                  ComplianceConfiguration(GLOBAL, "a", "b", "c", timedelta(days=1), True, False, True, False, "<x/>")):
        assert unlisted(listed(value), GLOBAL) == value


@given(TEXTS, TEXTS)
def test_a_report_shows_texts_and_nothing_else(subject: str, text: str) -> None:
    log = Log()
    log.warning(subject, text)
    page = "".join(html("Title", {"Fact": text}, log))
    for hostile in ("<b>", "<!--"):
        assert hostile not in page
    assert page.isascii() or page.encode()
    assert log.counts[Severity.WARNING] == 1


def test_a_moment_is_exact_however_early() -> None:
    early = datetime(1, 1, 1, 2, 3, 4, 5, tzinfo=UTC)
    message = ListedMessage(1, 1, early, Content("x"))
    assert again(documents.MESSAGES, [message]) == [message]
