"""Pictures for the documents: `PARLOUR_PICTURES=docs/pictures pytest tests/browser/test_browser_pictures.py`."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect
from tests.browser.browser_kit import PHONE, Windows, furnished

from parlour.testing import Deployment

FOLDER = os.environ.get("PARLOUR_PICTURES")
pytestmark = [pytest.mark.asyncio(loop_scope="module"),
              pytest.mark.skipif(not FOLDER, reason="pictures are taken when they are wanted (PARLOUR_PICTURES)")]
TALK = (
    ("alice", "The gateway 10.20.30.40 is back."), ("bobby", "Thank you! Was it the deployment, @alice?"),
    ("alice", "No: the cable. `eth0` had no link since 04:12."),
    ("carol", "> Alice:\n> No: the cable.\n\nI have put a new one on the list for Thursday."),
    ("bobby", "We still have two in the store room, see https://wiki.example.com/cables"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    rooms = ("Engineering", "All hands", "Lunch", "On call", "Releases")
    async with furnished(tmp_path_factory.mktemp("pictures"), rooms) as served:
        yield served


async def test_pictures(window: Windows) -> None:
    folder = Path(str(FOLDER))  # made by whoever takes the pictures
    people = {user: await window(user) for user in ("alice", "bobby", "carol")}
    for person in people.values():
        await person.enter("Engineering")
    for name in ("Engineering", "All hands", "Lunch", "On call", "Releases", "Apollo", "Town hall"):
        await people["alice"].follow(name)
    for user, text in TALK:
        await people[user].post(text)
        await expect(people["alice"].message(text.splitlines()[-1].split("`")[0])).to_be_visible()
    await people["bobby"].enter("Releases")
    await people["bobby"].post("2.4 is out. @alice, would you tell the others?")
    alice = people["alice"]
    await expect(alice.page.locator(".rooms").get_by_role("link", name="Releases")).to_contain_text("mention")
    await alice.page.get_by_title("Participants").click()
    await alice.page.screenshot(path=folder / "room.png")
    night = await window("alice", color_scheme="dark", viewport=PHONE)
    await night.enter("Engineering")
    await night.page.screenshot(path=folder / "room-phone-dark.png")
    await alice.open("/search?q=cable")
    await expect(alice.page.locator("main mark").first).to_be_visible()
    await alice.page.screenshot(path=folder / "search.png")
    await alice.deployment.parlour(
        "Set-CsGroup", "-Identity", "CsAdministrator", "-Members", f"sip:{alice.deployment.address('alice')}", expect=0)
    office = await window("alice")
    await office.open("/console/rooms")
    await expect(office.page.get_by_text("7 entries")).to_be_visible()
    await office.page.screenshot(path=folder / "console.png")
