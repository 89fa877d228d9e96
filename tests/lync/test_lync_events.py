"""The documents that subscriptions start with, as clients read them."""

import pytest
from tests.lync.lync_kit import ALICE

from parlour.lync.events import ALLOW_EVENTS, PACKAGES, Provisions
from parlour.lync.presence import Publication
from parlour.lync.xml import Element, parse_xml

POOLS = ["sip:GC-1@litwareinc.com", "sip:a&b@litwareinc.com"]


def document(event: str, *publications: Publication, enabled: bool = True, room_page: str = "") -> Element:
    return parse_xml(PACKAGES[event].document(Provisions(ALICE, POOLS, publications, enabled, room_page)).encode())


def provisioned(enabled: bool = True, room_page: str = "") -> dict[str | None, str]:
    group = one(document("vnd-microsoft-provisioning-v2", enabled=enabled, room_page=room_page), "provisionGroup")
    assert group.get("name") == "persistentChatConfiguration"
    return {item.get("name"): item.text for item in one(group, "propertyEntryList").all("property")}


def one(element: Element, name: str) -> Element:
    (child,) = element.all(name)
    return child


def test_events_are_listed_without_blanks() -> None:
    assert ALLOW_EVENTS.split(",") == list(PACKAGES)
    assert " " not in ALLOW_EVENTS
    assert "vnd-microsoft-provisioning-v2" in ALLOW_EVENTS.split(",")


@pytest.mark.parametrize("event", PACKAGES)
def test_each_document_has_a_type_of_its_own(event: str) -> None:
    assert PACKAGES[event].content_type.startswith("application/vnd-microsoft-roaming-")
    assert document(event).name


def test_provisioning_switches_group_chat_on() -> None:
    assert provisioned() == {"EnablePersistentChat": "true", "DefaultPersistentChatPoolUri": POOLS[0],
                             "PersistentChatPoolUris": " ".join(POOLS)}


def test_provisioning_names_no_pool_to_whom_is_not_enabled() -> None:
    assert provisioned(enabled=False, room_page="https://rooms/") == {"EnablePersistentChat": "false"}


def test_provisioning_names_the_page_to_manage_rooms_on() -> None:
    page = "https://rooms/?a=1&b=<2>"
    found = provisioned(room_page=page)
    assert (found["PersistentChatWebManagerUriInt"], found["PersistentChatWebManagerUriExt"]) == (page, page)
    assert len(found) == 5


def test_the_contact_list_is_empty_but_for_its_group() -> None:
    root = document("vnd-microsoft-roaming-contacts")
    assert (root.name, root.get("deltaNum")) == ("contactList", "1")
    assert one(root, "group").attributes == {"id": "1", "name": "~", "externaluri": ""}


def test_ones_own_presence_comes_back() -> None:
    published = Publication('sta"te', 7, 2, 3, "end<point", "<state><availability>3500</availability></state>")
    root = document("vnd-microsoft-roaming-self", published)
    categories = one(root, "categories")
    category = one(categories, "category")
    assert [child.name for child in root.children] == ["categories", "containers", "subscribers"]
    assert categories.get("uri") == str(ALICE.address)
    assert (category.get("name"), category.get("instance"), category.get("container"), category.get("version"),
            category.get("expireType")) == ('sta"te', "7", "2", "3", "end<point")
    assert one(one(category, "state"), "availability").text == "3500"
