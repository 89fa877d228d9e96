"""People talk in their browsers: real Chromium against a real node."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, Route, expect
from tests.browser.browser_kit import Windows, base, furnished

from parlour.testing import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOMS = ("Engineering", "Corrections", "Papers", "Unread", "Strange", "Findings", "Names", "Stories")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    async with furnished(tmp_path_factory.mktemp("talk"), ROOMS) as served:
        yield served


async def test_one_signs_in_finds_a_room_and_talks(window: Windows) -> None:
    alice, bobby = await window("alice", signed_in=False), await window("bobby")
    await alice.open("/")
    await alice.page.get_by_label("SIP address").fill(alice.deployment.address("alice"))
    await alice.page.get_by_label("Password").fill("wrong")
    await alice.page.get_by_role("button", name="Sign in").click()
    await expect(alice.page.get_by_role("alert")).to_be_visible()
    await alice.page.get_by_label("Password").fill(alice.deployment.password("alice"))
    await alice.page.get_by_role("button", name="Sign in").click()
    await alice.page.get_by_role("link", name="Find rooms").first.click()
    await alice.page.get_by_label("Name or description of a room").fill("engin")
    await expect(alice.page.locator(".about")).to_have_count(1)
    await alice.page.get_by_role("link", name="Engineering").click()
    await alice.page.get_by_role("button", name="Follow").click()
    await expect(alice.page.locator(".sidebar").get_by_role("link", name="Engineering")).to_be_visible()
    await bobby.enter("Engineering")
    await alice.field.press_sequentially("Hello")
    await expect(bobby.page.get_by_text("Alice is writing")).to_be_visible()
    await alice.field.press("Enter")
    await expect(bobby.message("Hello")).to_be_visible()
    await expect(bobby.page.get_by_text("Alice is writing")).to_have_count(0)
    await bobby.page.get_by_title("Participants").click()
    await expect(bobby.page.locator("aside li")).to_have_count(2)
    # read aloud in the order of who, what, when
    words = await bobby.message("Hello").inner_text()
    assert words.index("Alice") < words.index("Hello") < words.index(":")
    await expect(bobby.page.get_by_role("log")).to_have_text("Alice: Hello")


async def test_corrections_quotations_and_pins(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.enter("Corrections")
    await bobby.enter("Corrections")
    await alice.post("teh first")
    await alice.post("second")
    await expect(bobby.message("second")).to_be_visible()
    await alice.do("teh first", "Edit")
    await alice.field.fill("the first")
    await alice.field.press("Enter")
    await expect(bobby.message("the first").get_by_text("edited")).to_be_visible()
    await alice.field.press("ArrowUp")  # in the empty field: one's last message
    await expect(alice.field).to_have_value("second")
    await alice.page.keyboard.press("Escape")
    await expect(alice.field).to_have_value("")
    await bobby.do("the first", "Quote")
    await expect(bobby.field).to_have_value("> Alice:\n> the first\n\n")
    await bobby.page.keyboard.type("Agreed\n")
    await expect(alice.message("Agreed").locator("blockquote")).to_have_text("Alice:\nthe first")
    await alice.do("second", "Delete")
    await alice.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(bobby.page.get_by_text("This message was deleted.")).to_be_visible()
    await expect(bobby.message("second")).to_have_count(0)
    await bobby.do("edited", "Copy link")
    link = await bobby.page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("?at=1")
    await alice.open("/")
    await alice.page.goto(link)
    await expect(alice.message("edited")).to_be_focused()


async def test_pins_are_for_managers_and_shown_to_all(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.enter("Town hall")
    await alice.post("The agenda")
    await bobby.enter("Town hall")
    await expect(bobby.page.get_by_text("Only presenters write in this auditorium.")).to_be_visible()
    await expect(bobby.field).to_have_count(0)
    await alice.do("The agenda", "Pin")
    await expect(bobby.message("The agenda").get_by_text("pinned")).to_be_visible()
    await bobby.page.get_by_role("button", name="Pinned").click()
    await expect(bobby.page.locator("aside").get_by_text("The agenda")).to_be_visible()
    await alice.do("The agenda", "Take the pin out")
    await expect(bobby.page.locator("aside").get_by_text("Nothing is pinned.")).to_be_visible()


async def test_files_and_pictures(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.enter("Papers")
    await bobby.enter("Papers")
    await alice.page.locator("input[type=file]").set_input_files(
        FilePayload(name="new plan.txt", mimeType="text/plain", buffer=b"the plan"))
    link = bobby.page.get_by_role("link", name="new plan.txt")
    await expect(link).to_be_visible()
    async with bobby.page.expect_download() as download:
        await link.click()
    assert (await (await download.value).path()).read_bytes() == b"the plan"
    await alice.page.evaluate("""data => {
        const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
        const given = new DataTransfer();
        given.items.add(new File([bytes], "dot.png", {type: "image/png"}));
        const paste = new ClipboardEvent("paste", {clipboardData: given, bubbles: true});
        document.querySelector("textarea").dispatchEvent(paste);
    }""", base64.b64encode(PIXEL).decode())
    picture = bobby.page.get_by_role("img", name="dot.png")
    await expect(picture).to_be_visible()
    await picture.evaluate("(one) => one.decode()")
    assert await picture.evaluate("(one) => one.naturalWidth") == 1
    await bobby.page.locator(".picture").click()
    await expect(bobby.page.get_by_role("dialog", name="dot.png")).to_be_visible()
    await bobby.page.keyboard.press("Escape")
    await expect(bobby.page.get_by_role("dialog")).to_have_count(0)


async def test_a_file_goes_to_the_room_that_it_was_given_to(window: Windows) -> None:
    alice = await window("alice")
    for name in ("Papers", "Engineering"):
        await alice.follow(name)
    under_way, on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        under_way.set()
        await on.wait()
        await route.continue_()
    await alice.page.route(re.compile("^https://[^/]+/files/"), hold)
    await alice.enter("Papers")
    await alice.page.locator("input[type=file]").set_input_files(
        FilePayload(name="secret.txt", mimeType="text/plain", buffer=b"for Papers alone"))
    await under_way.wait()
    rooms = alice.page.locator(".rooms")
    await rooms.get_by_role("link", name="Engineering").click()
    await expect(alice.heading).to_have_text("Engineering")
    await expect(alice.field).to_be_visible()
    await expect(alice.page.locator("progress")).to_have_count(0)
    await rooms.get_by_role("link", name="Papers").click()
    await expect(alice.page.locator("progress")).to_be_visible()
    await rooms.get_by_role("link", name="Engineering").click()
    on.set()
    await expect(rooms.get_by_role("link", name="Papers")).not_to_contain_text("unread")
    await rooms.get_by_role("link", name="Papers").click()
    await expect(alice.page.get_by_role("link", name="secret.txt")).to_be_visible()
    there = await alice.call("GET", f"/api/v1{alice.room('Engineering')}/messages")
    assert not [one for one in there["messages"] if "secret.txt" in one["text"]]


async def test_what_is_not_in_view_is_not_read(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await bobby.follow("Names")
    await bobby.enter("Names")  # and what is there is kept in this browser
    await bobby.page.locator(".sidebar").get_by_role("link", name="Search").click()
    await expect(bobby.page.get_by_role("searchbox", name="Search", exact=True)).to_be_focused()
    for number in range(40):
        await alice.call("POST", f"/api/v1{alice.room('Names')}/messages", {"text": f"unseen {number}\n\nmore"})
    beside = bobby.page.locator(".rooms").get_by_role("link", name="Names")
    await expect(beside).to_contain_text("40 unread")
    await beside.click()
    await expect(bobby.page.locator("p.new")).to_be_visible()
    await expect(bobby.message("unseen 39")).not_to_be_in_viewport()
    await expect(beside).to_contain_text("40 unread")
    await bobby.page.reload()
    await expect(bobby.page.locator("p.new")).to_be_visible()
    await expect(beside).to_contain_text("40 unread")
    await bobby.page.get_by_role("button", name="To the newest").click()
    await expect(bobby.message("unseen 39")).to_be_in_viewport()
    await expect(beside).not_to_contain_text("unread")


async def test_a_change_in_the_making_is_kept_and_a_command_runs_once(window: Windows) -> None:
    alice = await window("alice")
    for name in ("Corrections", "Stories"):
        await alice.follow(name)
    ran: list[str] = []
    on = asyncio.Event()

    async def commands(route: Route) -> None:
        if route.request.method == "GET":
            return await route.fulfill(json={"commands": [{"name": "deploy", "description": "deploys"}]})
        ran.append(str(route.request.post_data))
        await on.wait()
        return await route.fulfill(json={"ephemeral": "deployed"})
    await alice.page.route("**/commands", commands)
    await alice.enter("Corrections")
    await alice.post("a careless line")
    await expect(alice.message("a careless line")).to_be_visible()
    await alice.field.press("ArrowUp")
    await alice.field.fill("a careful line")
    rooms = alice.page.locator(".rooms")
    await rooms.get_by_role("link", name="Stories").click()
    await expect(alice.field).to_have_value("")
    await rooms.get_by_role("link", name="Corrections").click()
    await expect(alice.field).to_have_value("a careful line")
    await alice.field.press("Enter")
    await expect(alice.message("a careful line").get_by_text("edited")).to_be_visible()
    await alice.field.fill("/deploy now")
    for _ in range(3):
        await alice.field.press("Enter")
    await alice.field.press_sequentially("meanwhile")
    on.set()
    await expect(alice.page.get_by_text("deployed")).to_be_visible()
    await expect(alice.field).to_have_value("meanwhile")
    assert len(ran) == 1


async def test_unread_marks_and_mentions(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    for person in (alice, bobby):
        await person.follow("Unread")
    await bobby.enter("Engineering")
    await alice.enter("Unread")
    await alice.post("first")
    beside = bobby.page.locator(".rooms").get_by_role("link", name="Unread")
    await expect(beside).to_contain_text("one unread message")
    await alice.field.press_sequentially("look, @bob")
    await expect(alice.page.get_by_role("option", name="Bobby")).to_be_visible()
    await alice.field.press("Enter")
    await expect(alice.field).to_have_value("look, @bobby ")
    await alice.field.press("Enter")
    await expect(beside).to_contain_text("one mention")
    assert (await bobby.page.title()).startswith("(1) ")
    await beside.click()
    await expect(bobby.page.locator("p.new")).to_be_visible()
    await expect(beside).not_to_contain_text("mention")
    await bobby.page.get_by_role("link", name="Mentions").click()
    await expect(bobby.page.locator("main li")).to_have_count(1)
    await bobby.page.locator("main li a").last.click()
    await expect(bobby.message("look, @bobby")).to_be_focused()


@pytest.mark.parametrize("text", [
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 1'>",
    "javascript:window.owned=1 data:text/html,<b>x</b>",
    "\u202egnp.exe \u200bzero\u2066isolated\ufeff",
    "https://HERE//evil.example/login",
    "https://example.com/\"onmouseover='window.owned=1'",
    "> <iframe src='javascript:window.owned=1'></iframe>\n```\n</code><script>window.owned=1</script>\n```",
    "{@html '<b>x</b>'} {{constructor.constructor('window.owned=1')()}}",
    "ma-chan://litwareinc.com/11111111-2222-3333-4444-555555555555 "
    "ma-filelink://litwareinc.com/11111111-2222-3333-4444-555555555555/11111111-2222-3333-4444-555555555555",
])
async def test_whatever_one_writes_is_text(window: Windows, text: str) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await bobby.enter("Strange")
    before = await bobby.messages.count()
    await alice.enter("Strange")
    await alice.post(text.replace("https://HERE", base(alice.deployment)))
    await expect(bobby.messages).to_have_count(before + 1)
    row = bobby.messages.last
    assert await bobby.page.evaluate("window.owned") is None
    assert await row.locator("script, iframe, img, b.what b").count() == 0
    assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]", await row.locator(".text").text_content() or "")
    for link in await row.locator(".text a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))"):
        assert link.startswith(("https://example.com/", "/rooms/", "/api/", f"{base(alice.deployment)}/"))


async def test_searching(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.enter("Findings")
    for text in ("the gateway 10.20.30.40 is down", "the Gateway is back", "会議は京都です"):
        await alice.post(text)
        await expect(alice.message(text)).to_be_visible()
    await bobby.open("/search")
    await bobby.page.get_by_role("searchbox", name="Search").fill("gateway")
    await bobby.page.keyboard.press("Enter")
    await expect(bobby.page.locator("main ol li")).to_have_count(2)
    assert await bobby.page.locator("main mark").all_inner_texts() == ["Gateway", "gateway"]
    await bobby.page.get_by_role("searchbox", name="Search").fill('"is back"')
    await bobby.page.keyboard.press("Enter")
    await expect(bobby.page.locator("main ol li")).to_have_count(1)
    await bobby.page.go_back()
    await expect(bobby.page.locator("main mark")).to_have_count(2)
    await bobby.page.get_by_role("searchbox", name="Search").fill("京都")
    await bobby.page.keyboard.press("Enter")
    await expect(bobby.page.locator("main mark")).to_have_text("京都")
    await bobby.page.go_back()
    await expect(bobby.page.locator("main mark")).to_have_count(2)
    await bobby.page.locator("main ol li a").last.click()
    await expect(bobby.message("10.20.30.40")).to_be_focused()


async def test_alerts_stories_and_rooms_that_are_named(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.enter("Stories")
    await bobby.enter("Stories")
    await alice.page.get_by_role("button", name="Story").click()
    await alice.page.get_by_role("textbox", name="Title").fill("What happened")
    await alice.field.fill("One.\n" * 40)
    await alice.page.get_by_role("button", name="Send").click()
    await expect(bobby.message("What happened").get_by_role("button", name="Show all")).to_be_visible()
    await alice.page.get_by_role("button", name="Alert").click()
    await alice.field.fill("see #engin")
    await expect(alice.page.get_by_role("option", name="Engineering")).to_be_visible()
    await alice.field.press("Tab")
    await alice.field.press("Enter")
    message = bobby.message("see").last
    await expect(message.get_by_text("Alert")).to_be_visible()
    await message.get_by_role("link", name="Engineering").click()
    await expect(bobby.heading).to_have_text("Engineering")
    await alice.field.fill("well done :tad")
    await expect(alice.page.get_by_role("option", name="tada")).to_be_visible()
    await alice.field.press("Enter")
    await expect(alice.field).to_have_value("well done 🎉 ")


async def test_feeds(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await bobby.follow("Names")
    await alice.enter("Names")
    await alice.post("the budget is ready")
    await alice.post("nothing of the kind")
    await bobby.open("/feeds")
    await bobby.page.get_by_role("button", name="New feed").click()
    await bobby.page.get_by_label("Name of the feed").fill("Money")
    await bobby.page.get_by_label("Words").fill("budget\ninvoice")
    await bobby.page.get_by_role("button", name="Save").click()
    await expect(bobby.page.locator("main ol li")).to_have_count(1)
    await expect(bobby.page.locator("main mark")).to_have_text("budget")
