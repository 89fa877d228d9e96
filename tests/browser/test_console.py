"""The administration console: real Chromium against a real node, as far as each one's roles reach."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from tests.browser.browser_kit import PHONE, Window, Windows, base

from parlour.testing import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANY = 150
FURNITURE = (
    'Set-CsGroup CsAdministrator -Members @{Add="sip:alice@litwareinc.com"}; '
    'Set-CsGroup CsHelpDesk -Members @{Add="sip:bobby@litwareinc.com"}; '
    'New-CsPersistentChatAddin -Name Ticker -Url "https://bücher.example/" | Out-Null; '
    'New-CsPersistentChatPolicy -Identity "Tag:NoChat" -EnablePersistentChat $false | Out-Null; '
    + "; ".join(f"New-CsPersistentChatRoom -Name 'Room {number:03}' -Category General -Description '<b>{number}</b>' "
                "| Out-Null" for number in range(MANY)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    deployment = Deployment(tmp_path_factory.mktemp("console"), users=("alice", "bobby", "carol"), web=True)
    await deployment.create()
    await deployment.parlour("shell", "-c", FURNITURE, expect=0)
    await deployment.serve()
    try:
        yield deployment
    finally:
        await deployment.stop()


async def filtered(page: Page, text: str) -> None:
    """Narrow a table to what has a text in it."""
    await page.get_by_role("searchbox", name="Filter these").fill(text)


async def closed(page: Page) -> None:
    """Wait until no dialog is open."""
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def opened(window: Window, section: str, name: str) -> Page:
    """Open the page of one thing, from its list."""
    await window.open(f"/console/{section}")
    await filtered(window.page, name)
    await window.page.get_by_role("link", name=name, exact=True).click()
    await expect(window.heading).to_have_text(name)
    return window.page


async def test_the_overview_tells_how_the_node_does(window: Windows) -> None:
    alice = await window("alice")
    await alice.open("/")
    await alice.page.get_by_role("link", name="Administration").click()
    page = alice.page
    await expect(page.locator(".figure").filter(has_text="Sessions").locator(".big")).to_have_text("1")
    await expect(page.get_by_text(re.compile(r"^expires in \d+ days$"))).to_be_visible()
    await expect(page.get_by_text(re.compile(r"^intact, [\d,]+ entries$"))).to_be_visible()
    await page.clock.install()
    await page.reload()
    await expect(page.locator(".figure").first.locator(".big")).to_have_text("1")
    await page.clock.run_for(31_000)
    await expect(page.get_by_role("img", name=re.compile("^Sessions: now 1, between 1 and 1 since"))).to_be_visible()


async def test_long_lists_are_quick_and_work_by_keyboard(window: Windows) -> None:
    page = (alice := await window("alice")).page
    await alice.open("/console/rooms")
    await expect(page.get_by_text(f"{MANY + 2} entries")).to_be_visible()
    assert await page.locator("tr.line").count() < 60
    await expect(page.get_by_role("row", name=re.compile("Room 000")).get_by_text("<b>0</b>")).to_be_visible()
    await page.get_by_role("link", name="All hands").focus()
    await page.keyboard.press("End")
    await expect(page.get_by_role("link", name=f"Room {MANY - 1}")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("link", name=f"Room {MANY - 2}")).to_be_focused()
    await page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    await page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    await expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    await filtered(page, "room 14")
    await expect(page.get_by_text(f"12 of {MANY + 2}")).to_be_visible()
    await page.get_by_role("link", name="Room 143").press("Enter")
    await expect(alice.heading).to_have_text("Room 143")
    await expect(page.get_by_text("<b>143</b>")).to_be_visible()


async def test_rooms_are_made_changed_and_removed(window: Windows, deployment: Deployment) -> None:
    page = (alice := await window("alice")).page
    await alice.open("/console/rooms")
    await page.get_by_role("button", name="New", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_text("This must be filled in: Name, Category")).to_be_visible()
    await dialog.get_by_label("Name *", exact=True).fill("Console")
    await dialog.get_by_label("Category *").fill("General")
    await dialog.get_by_label("Privacy").select_option("Secret")
    await dialog.get_by_role("button", name="Try it").click()
    await expect(dialog.get_by_text('What if: Performing the operation "New-CsPersistentChatRoom"')).to_be_visible()
    assert (await deployment.parlour("Get-CsPersistentChatRoom", "Console")).status == 1
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_text("ma-chan://")).to_be_visible()
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_role("alert").get_by_text("ChatRoomExists")).to_be_visible()
    await page.keyboard.press("Escape")
    await closed(page)
    await filtered(page, "console")
    await page.get_by_role("link", name="Console").click()

    await page.get_by_role("button", name="Change").click()
    await dialog.get_by_role("button", name="Change").click()
    await expect(dialog.get_by_text("Nothing was changed.")).to_be_visible()
    await dialog.get_by_label("Description").fill("Made in the browser")
    members = dialog.get_by_label("Members", exact=True)
    await members.fill("sip:car")
    await expect(dialog.locator("datalist option[value='sip:carol@litwareinc.com']").first).to_be_attached()
    await members.fill("sip:carol@litwareinc.com")
    await members.press("Enter")
    await dialog.get_by_role("button", name="Change").click()
    await closed(page)
    await expect(page.get_by_text("Made in the browser")).to_be_visible()
    assert await deployment.json("Get-CsPersistentChatRoom Console | Select-Object Privacy, Members") == {
        "Privacy": "Secret", "Members": ["sip:carol@litwareinc.com"]}

    await page.get_by_role("button", name="Remove", exact=True).click()
    await expect(dialog.get_by_text("Remove “Console”? That cannot be taken back.")).to_be_visible()
    await dialog.get_by_role("button", name="Try it").click()
    await expect(dialog.get_by_text(re.compile("^What if: .*Remove-CsPersistentChatRoom"))).to_be_visible()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(alice.heading).to_have_text("Rooms")
    await expect(page.get_by_text(f"{MANY + 2} entries")).to_be_visible()
    assert (await deployment.parlour("Get-CsPersistentChatRoom", "Console")).status == 1


async def test_people_policies_and_webhooks(window: Windows, deployment: Deployment) -> None:
    alice = await window("alice")
    page = await opened(alice, "people", "Carol")
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Grant-CsPersistentChatPolicy").click()
    await dialog.get_by_label("PolicyName").fill("NoChat")
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog.get_by_text("It ran, and gave nothing back.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dl > div").filter(has_text="PersistentChatPolicy")).to_contain_text("NoChat")
    await page.get_by_role("button", name="Grant-CsPersistentChatPolicy").click()
    await dialog.get_by_role("button", name="nothing ($null)").click()
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog.get_by_text("It ran, and gave nothing back.")).to_be_visible()
    assert await deployment.json("Get-CsUser carol@litwareinc.com | Select-Object PersistentChatPolicy") == {
        "PersistentChatPolicy": None}

    page = await opened(alice, "rooms", "Engineering")
    await page.get_by_role("button", name="New-CsPersistentChatHook").click()
    await dialog.get_by_label("Kind *").select_option("incoming")
    await dialog.get_by_label("Name *", exact=True).fill("Builds")
    await dialog.get_by_role("button", name="Do it").click()
    secret = await dialog.locator("dl > div").filter(has_text="Secret").locator("code").inner_text()
    posted = await page.request.post(f"{base(deployment)}/hooks/{secret}", data={"text": "by the console"})
    assert await posted.text() == "ok"
    await alice.open("/console/hooks")
    await expect(page.get_by_role("link", name="Builds")).to_be_visible()


async def test_any_cmdlet_by_the_palette(window: Windows) -> None:
    page = (alice := await window("alice")).page
    await alice.open("/console/audit")
    await expect(page.locator("tr.line").first).to_be_visible()
    await page.get_by_label("Cmdlet", exact=True).fill("Set-CsGroup")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_text("4 entries")).to_be_visible()
    await page.locator("main").focus()
    await page.keyboard.press("/")
    await page.keyboard.type("access explain")
    await page.keyboard.press("Enter")
    await expect(alice.heading).to_have_text("Get-CsPersistentChatAccess")
    await page.get_by_label("Identity *").fill("sip:carol@litwareinc.com")
    await page.get_by_label("Room *").fill("nowhere")
    await page.get_by_label("Room *").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text('There is no room "nowhere"')
    await expect(page.get_by_role("alert")).to_contain_text("ChatRoomNotFound")
    await page.get_by_label("Room *").fill("Engineering")
    await page.get_by_label("Room *").press("Enter")
    await expect(page.get_by_text("5 objects")).to_be_visible()


async def test_nobody_sees_more_than_his_roles_allow(window: Windows) -> None:
    bobby, carol = await window("bobby"), await window("carol")
    await bobby.open("/console/rooms")
    await expect(bobby.page.locator("tr.line").first).to_be_visible()
    await expect(bobby.page.get_by_role("button", name="New", exact=True)).to_have_count(0)
    for forbidden in ("/console/audit", "/console/nothing"):
        await bobby.open(forbidden)
        await expect(bobby.page.get_by_text("Your roles do not allow that")).to_be_visible()
    await bobby.open("/console/run/New-CsPersistentChatRoom")
    await expect(bobby.page.get_by_text("Your roles do not allow that")).to_be_visible()
    await carol.open("/")
    await expect(carol.page.get_by_role("link", name="Find rooms").first).to_be_visible()
    await expect(carol.page.get_by_role("link", name="Administration")).to_have_count(0)
    await carol.open("/console")
    await expect(carol.page.get_by_text("You have no administrative role.")).to_be_visible()


async def test_it_is_not_loaded_before_it_is_needed(window: Windows) -> None:
    page = (alice := await window("alice")).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await alice.open("/rooms")
    await expect(page.get_by_text(re.compile(r"\d+ rooms"))).to_be_visible()
    assert not [url for url in asked if "Console" in url or "/api/admin/" in url]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(window: Windows, scheme: str) -> None:
    alice = await window("alice", color_scheme=scheme)
    found = []
    for path, ready in (("/console", ".states"), ("/console/audit", "tr.line"), ("/console/run", "main li"),
                        ("/console/run/Test-CsPersistentChatMessage", "form input")):
        await alice.open(path)
        await expect(alice.page.locator(ready).first).to_be_visible()
        found += await alice.axe()
    page = await opened(alice, "rooms", "Engineering")
    found += await alice.axe()
    await page.get_by_role("button", name="Change").click()
    await expect(page.get_by_role("dialog").locator("input").first).to_be_visible()
    found += await alice.axe()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    found += await alice.axe()
    assert found == []


async def test_a_phone_in_german(window: Windows) -> None:
    page = (alice := await window("alice", viewport=PHONE, locale="de")).page
    await alice.open("/console")
    await page.get_by_role("main").get_by_role("link", name="Räume", exact=True).click()
    await expect(page.get_by_text(f"{MANY + 2} Einträge")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await page.get_by_role("link", name="Engineering").click()
    await page.get_by_role("button", name="Ändern").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="Ausprobieren")).to_be_attached()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_a_cut_connection_is_told(window: Windows, deployment: Deployment) -> None:
    page = (alice := await window("alice")).page
    await alice.open("/console/run/Get-CsPool")
    await expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    await deployment.kill()
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(page.get_by_text("The server cannot be reached.").first).to_be_visible()
    await deployment.restart()
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(page.locator("dl")).to_contain_text("atl-pcpool-001.litwareinc.com")
