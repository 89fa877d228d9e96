"""Rooms, history, connections that break, and pages for everybody: real Chromium against a real node."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, WebSocketRoute, expect
from tests.browser.browser_kit import DESK, PHONE, Windows, base, fill_room, furnished

import parlour
from parlour.testing import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOMS = ("Engineering", "History", "Offline", "Torn", "Keys", "Looks", "Gone")
MANY = 100_000
CLIENT = Path(parlour.__file__).parent / "web" / "client"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder = tmp_path_factory.mktemp("rooms")
    async with furnished(folder, ROOMS, lambda made: fill_room(made, "History", MANY)) as served:
        yield served


@dataclass(slots=True)
class Cut:
    """A live connection that a test cuts, and whose answers it can hold back.

    Attributes:
        held: whether what the server says stays under way.
    """

    page: Page
    away: bool = False
    held: bool = False
    sockets: list[WebSocketRoute] = field(default_factory=list)
    kept: list[tuple[WebSocketRoute, str | bytes]] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, route: WebSocketRoute) -> None:
        """Take a connection that the page opens."""
        if self.away:
            return await route.close()
        server = route.connect_to_server()

        def said(message: str | bytes) -> None:
            if self.held:
                self.kept.append((route, message))
            else:
                route.send(message)
        server.on_message(said)
        self.sockets.append(route)
        self.opened.set()
        return None

    async def begin(self) -> None:
        """Cut it."""
        self.away = True
        self.opened.clear()
        await self.sockets[-1].close()
        await expect(self.page.locator(".face.live")).to_have_count(0)

    async def end(self) -> None:
        """Let it come back, and wait until it does."""
        self.away = False
        await self.page.evaluate("void dispatchEvent(new Event('online'))")
        await self.opened.wait()

    async def answer(self) -> None:
        """Let through what was held back."""
        self.held = False
        for route, message in self.kept:
            route.send(message)


async def cut(page: Page) -> Cut:
    """Return what cuts the live connection of a page that is opened afterwards."""
    made = Cut(page)
    await page.route_web_socket(re.compile("/api/v1/live$"), lambda route: made.take(route))
    return made


# --- rooms -----------------------------------------------------------------------------------------------------------
async def test_making_and_managing_a_room(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.open("/new-room")
    await alice.page.get_by_label("Name", exact=True).fill("Launch")
    await alice.page.get_by_label("Description").fill("When and how")
    await alice.page.get_by_label("Category", exact=True).select_option("Projects")
    await alice.page.get_by_role("radio", name="Secret").check()
    await alice.page.get_by_role("button", name="Create").click()
    await expect(alice.heading).to_have_text("Launch")
    await bobby.page.goto(alice.page.url)
    await expect(bobby.page.get_by_text("There is no such room")).to_be_visible()
    await alice.page.get_by_role("button", name="More").click()
    await alice.page.get_by_role("menuitem", name="Manage room").click()
    await alice.page.get_by_role("combobox", name="Members").fill("bob")
    await alice.page.get_by_role("option", name="Bobby").click()
    await alice.page.get_by_label("Name", exact=True).fill("Lift-off")
    await alice.page.get_by_role("button", name="Save").click()
    await expect(alice.page.get_by_text("Saved")).to_be_visible()
    await bobby.page.reload()
    await expect(bobby.heading).to_have_text("Lift-off")
    await alice.page.get_by_role("checkbox", name=re.compile("Switch the room off")).check()
    await alice.page.get_by_role("button", name="Save").click()
    await expect(bobby.page.get_by_text("This room was switched off")).to_be_visible()


async def test_managers_do_not_undo_what_another_changed(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await alice.open(f"{alice.room('Town hall')}/manage")
    await alice.page.get_by_label("Description").fill("Mine")
    await bobby.enter("Town hall")  # who comes and goes changes nothing
    await alice.page.get_by_role("button", name="Save").click()
    await expect(alice.page.get_by_text("Saved")).to_be_visible()
    await alice.page.get_by_label("Description").fill("Mine again")
    await alice.call("PATCH", f"/api/v1{alice.room('Town hall')}", {"description": "Theirs"})
    await alice.page.get_by_role("button", name="Save").click()
    await expect(alice.page.get_by_text("Somebody else changed this room")).to_be_visible()
    room = await alice.call("GET", f"/api/v1{alice.room('Town hall')}")
    assert room["room"]["description"] == "Theirs"


async def test_asking_to_join_and_letting_in(window: Windows) -> None:
    alice, carol = await window("alice"), await window("carol")
    await alice.open("/requests")
    await expect(alice.page.get_by_text("Nobody is waiting.")).to_be_visible()
    await carol.open(carol.room("Apollo"))
    await carol.page.get_by_label("A word to the managers").fill("for the <b>launch</b>")
    await carol.page.get_by_role("button", name="Ask to join").click()
    await expect(carol.page.get_by_text("You asked to join.")).to_be_visible()
    await expect(alice.page.get_by_text("for the <b>launch</b>")).to_be_visible()
    await alice.page.get_by_role("button", name=re.compile("Let in.*Carol")).click()
    await expect(alice.page.get_by_text("Nobody is waiting.")).to_be_visible()
    await expect(carol.field).to_be_visible()  # at once, without a reload
    await carol.post("Thank you")
    await expect(carol.message("Thank you")).to_be_visible()
    await carol.open("/requests")
    await expect(carol.page.locator("main").get_by_role("link", name="Apollo")).to_be_visible()


async def test_whom_a_room_no_longer_is_for_sees_it_close(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    path = f"/api/v1{alice.room('Apollo')}"
    lists = await alice.call("GET", f"{path}/lists")
    members = [one["name"] for one in lists["members"]]
    await alice.call("PATCH", path, {"members": [*members, "sip:bobby@litwareinc.com"]})
    await bobby.enter("Apollo")
    await alice.call("PATCH", path, {"members": members})
    await expect(bobby.page.get_by_role("button", name="Ask to join")).to_be_visible()
    await expect(bobby.field).to_have_count(0)


async def test_names_are_text(window: Windows) -> None:
    alice = await window("alice")
    made = await alice.call("POST", "/api/v1/rooms", {
        "name": "<b>Budget</b> &amp; {{x}}", "description": "<img src=x onerror='window.owned = 1'>",
        "category": "Projects", "privacy": "Open"})
    address = f"/rooms/{made['room']['id']}"
    await alice.call("PUT", f"/api/v1{address}/following")
    for path in (address, "/rooms", f"{address}/manage", "/search"):
        await alice.open(path)
        shown = alice.page.get_by_text("<b>Budget</b> &amp; {{x}}").first
        await expect(shown).to_be_attached()
        assert await alice.page.evaluate("window.owned") is None


async def test_an_addin_stands_beside_the_room(window: Windows, deployment: Deployment) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 18\r\n\r\n<h1>Ticker 42</h1>"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(page)
        await writer.drain()
        writer.close()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await deployment.parlour(
            "shell", "-c", f"New-CsPersistentChatAddin -Name Ticker -URL {url} | Out-Null; "
            "Set-CsPersistentChatRoom -Identity 'Town hall' -Addin Ticker", expect=0)
        alice = await window("alice")
        await alice.enter("Town hall")
        await alice.page.get_by_role("button", name="Add-in: Ticker").click()
        await expect(alice.page.frame_locator("iframe").get_by_role("heading", name="Ticker 42")).to_be_visible()


async def test_one_is_notified_of_what_one_wants_to_know(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await bobby.page.add_init_script("""
        window.told = [];
        window.Notification = class {
            static permission = "granted";
            constructor(title, options) { window.told.push(`${title}: ${options.body}`); }
        };
    """)
    await bobby.follow("Engineering")
    await bobby.open("/mentions")
    await expect(bobby.page.locator(".rooms").get_by_role("link", name="Engineering")).to_be_visible()
    await alice.enter("Engineering")
    for text in ("nothing for anybody", "come, @bobby"):
        await alice.post(text)
        await expect(alice.message(text).last).to_be_visible()
    await expect(bobby.page.locator(".rooms").get_by_role("link", name="Engineering")).to_contain_text("mention")
    assert await bobby.page.evaluate("window.told") == ["Alice · Engineering: come, @bobby"]


# --- history ---------------------------------------------------------------------------------------------------------
async def test_a_hundred_thousand_messages_are_scrolled_in_bounded_memory(window: Windows) -> None:
    alice = await window("alice")
    await alice.enter("History")
    await expect(alice.message(f"message {MANY}")).to_be_in_viewport()
    scroller = alice.page.locator(".scroller")
    first = await alice.messages.first.get_attribute("data-number")
    for _ in range(9):
        seen = await alice.messages.first.get_attribute("data-number")
        before = await scroller.evaluate(
            """(one) => {
                one.scrollTop = 0;
                const row = one.querySelector("li");
                return [row.dataset.number, row.getBoundingClientRect().top];
            }""")
        await expect(alice.messages.first).not_to_have_attribute("data-number", str(seen))
        after = await scroller.evaluate(
            "(one, number) => one.querySelector(`[data-number='${number}']`).getBoundingClientRect().top", before[0])
        assert abs(after - before[1]) <= 2, "what one looked at moved away"
    assert int(str(first)) - int(str(await alice.messages.first.get_attribute("data-number"))) >= 9 * 50
    assert await alice.messages.count() <= 400
    numbers = await alice.messages.evaluate_all("(all) => all.map((one) => Number(one.dataset.number))")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    await alice.post("from the past")
    await expect(alice.message("from the past")).to_be_in_viewport()
    await expect(alice.message(f"message {MANY}")).to_be_visible()


async def test_jumping_through_history(window: Windows) -> None:
    alice = await window("alice")
    await alice.open(f"{alice.room('History')}?at=50000")
    await expect(alice.message("message 50000")).to_be_focused()
    scroller = alice.page.locator(".scroller")
    for _ in range(3):
        last = await alice.messages.last.get_attribute("data-number")
        await scroller.evaluate("(one) => { one.scrollTop = one.scrollHeight; }")
        await expect(alice.messages.last).not_to_have_attribute("data-number", str(last))
    await alice.page.get_by_role("button", name="To the newest").click()
    await expect(alice.message(f"message {MANY}")).to_be_visible()
    await alice.page.get_by_role("button", name="More").click()
    await alice.page.get_by_role("menuitem", name="Jump to a day").click()
    await alice.page.get_by_label("since").fill("2000-01-01")
    await alice.page.get_by_role("button", name="Jump", exact=True).click()
    await expect(alice.messages.first).to_have_attribute("data-number", "1")
    await expect(alice.page.get_by_text("This is the beginning of History.")).to_be_visible()


async def test_a_message_is_found_in_a_room_that_is_known_already(window: Windows) -> None:
    alice = await window("alice")
    for name in ("Engineering", "History"):
        await alice.follow(name)
    await alice.enter("History")
    await expect(alice.messages.last).to_be_in_viewport()

    async def go_to(path: str) -> None:
        await alice.page.evaluate("""(path) => {
            const link = Object.assign(document.createElement("a"), {href: path});
            document.body.append(link);
            link.click();
            link.remove();
        }""", path)
    await go_to(f"{alice.room('History')}?at=1000")  # while it is open
    await expect(alice.page.locator("li[data-number='1000']")).to_be_focused()
    await go_to(alice.room("Engineering"))
    await expect(alice.heading).to_have_text("Engineering")
    await go_to(f"{alice.room('History')}?at=3000")  # while it is in memory
    await expect(alice.page.locator("li[data-number='3000']")).to_be_focused()
    await alice.page.get_by_role("button", name="To the newest").click()
    await expect(alice.message(f"message {MANY}")).to_be_visible()
    await alice.open(f"{alice.room('History')}?at=5000")  # while it is in the browser
    await expect(alice.page.locator("li[data-number='5000']")).to_be_focused()


async def test_a_switch_of_rooms_is_one_round_trip_and_live_messages_stay_bounded(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    for name in ("Engineering", "History"):
        await alice.follow(name)
    sent: list[str] = []
    alice.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    await alice.enter("Engineering")
    await expect(alice.field).to_be_visible()
    requests: list[str] = []
    alice.page.on("request", lambda request: requests.append(request.url))
    await alice.page.locator(".rooms").get_by_role("link", name="History").click()
    await expect(alice.messages.first).to_be_visible()
    assert len([one for one in sent if '"join"' in one]) == 2
    assert not [one for one in requests if "/messages" in one]
    scroller = alice.page.locator(".scroller")
    for _ in range(5):
        oldest = await alice.messages.first.get_attribute("data-number")
        await scroller.evaluate("(one) => { one.scrollTop = 0; }")
        await expect(alice.messages.first).not_to_have_attribute("data-number", str(oldest))
    assert 300 < await alice.messages.count() <= 400
    await scroller.evaluate("(one) => { one.scrollTop = one.scrollHeight; }")
    await bobby.enter("History")
    await bobby.page.evaluate("""async ([path, csrf]) => {
        const headers = {"Content-Type": "application/json", "X-CSRF-Token": csrf};
        for (let number = 0; number < 60; number += 1)
            await fetch(path, {method: "POST", headers, body: JSON.stringify({text: `live ${number}`})});
    }""", [f"/api/v1{bobby.room('History')}/messages",
           (await (await bobby.page.request.get(base(bobby.deployment) + "/api/v1/session")).json())["csrf"]])
    await expect(alice.message("live 59")).to_be_in_viewport()
    assert await alice.messages.count() == 400


# --- connections that break ------------------------------------------------------------------------------------------
async def test_what_is_written_while_the_node_is_away_is_sent_once(window: Windows, deployment: Deployment) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    for person in (alice, bobby):
        await person.follow("Offline")
        await person.enter("Offline")
    await alice.post("before")
    await expect(bobby.message("before")).to_be_visible()
    await alice.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await deployment.kill()
    await alice.post("while away")
    await alice.post("and again")
    await expect(alice.page.locator("li.waiting")).to_have_count(2)
    await expect(alice.page.get_by_text("No connection.")).to_be_visible()
    await alice.page.reload()  # the page, what was said, and what waits do not depend on the node
    await expect(alice.message("before")).to_be_visible()
    await expect(alice.page.locator("li.waiting")).to_have_count(2)
    await alice.page.close()
    await deployment.restart()
    await bobby.page.evaluate("void dispatchEvent(new Event('online'))")  # or he waits a little longer
    again = await alice.page.context.new_page()
    await again.goto(base(deployment) + alice.room("Offline"))
    await expect(bobby.message("and again")).to_be_visible()
    assert await bobby.messages.evaluate_all("(all) => all.map((one) => one.querySelector('.text').innerText)") == [
        "before", "while away", "and again"]
    await expect(again.locator("li[data-number]")).to_have_count(3)
    await expect(again.locator("li.waiting")).to_have_count(0)


async def test_a_post_whose_acknowledgement_is_lost_is_there_once(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await bobby.enter("Torn")
    # The first connection swallows the answer to a post and ends; everything else goes through.
    await alice.page.add_init_script("""
        const Real = WebSocket;
        let torn = false;
        window.WebSocket = class extends Real {
            constructor(...given) {
                super(...given);
                this.addEventListener("message", (event) => {
                    if (!torn && /"re":\\d+,"ok":\\{"number"/.test(event.data)) {
                        torn = true;
                        event.stopImmediatePropagation();
                        this.close();
                    }
                });
            }
        };
    """)
    await alice.enter("Torn")
    await alice.post("only once")
    await expect(bobby.message("only once")).to_be_visible()
    await expect(alice.page.locator("li.waiting")).to_have_count(0)
    await alice.post("afterwards")
    await expect(bobby.message("afterwards")).to_be_visible()
    for person in (alice, bobby):
        await expect(person.messages).to_have_count(2)


async def test_who_has_to_sign_in_again_loses_nothing(window: Windows) -> None:
    alice = await window("alice")
    await alice.enter("Gone")
    await alice.field.fill("half a thought")
    other = await window("alice")
    await other.open("/profile")
    await other.page.get_by_role("button", name="Sign out everywhere else").click()
    dialog = alice.page.get_by_role("dialog", name="Sign in")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Password").fill(alice.deployment.password("alice"))
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_have_count(0)
    await expect(alice.field).to_have_value("half a thought")
    await expect(alice.field).to_be_focused()
    await alice.page.keyboard.press("Enter")
    await expect(alice.message("half a thought")).to_be_visible()


async def test_nothing_is_sent_in_the_name_of_who_comes_next(window: Windows) -> None:
    alice = await window("alice")
    await alice.enter("Gone")
    before = await alice.messages.count()
    room = alice.room("Gone").removeprefix("/rooms/")
    kept = f"parlour.shelf.post:{alice.deployment.address('alice')}:1"
    await alice.page.evaluate(
        "([key, post]) => localStorage.setItem(key, JSON.stringify(post))",
        [kept, {"key": "1", "room": room, "at": "2026-01-01T00:00:00Z", "text": "in whose name?"}])
    here = alice.page.url
    await alice.page.goto("about:blank")  # or the open page could see the change, and load anew on its own
    await alice.page.request.post(base(alice.deployment) + "/api/v1/session", data={  # at the same browser
        "address": alice.deployment.address("bobby"), "password": alice.deployment.password("bobby")})
    await alice.page.goto(here)
    await expect(alice.page.locator(".me")).to_contain_text("Bobby")
    assert await alice.page.evaluate("localStorage.getItem('parlour.shelf.session')") is not None
    assert await alice.page.evaluate("(key) => localStorage.getItem(key)", kept) is None
    await alice.post("this is Bobby")
    await expect(alice.message("this is Bobby")).to_be_visible()
    await expect(alice.messages).to_have_count(before + 1)


async def test_a_window_without_network_does_not_speak_for_who_came_next(window: Windows) -> None:
    alice, bobby = await window("alice"), await window("bobby")
    await bobby.enter("Gone")
    away = await cut(alice.page)
    await alice.enter("Gone")
    await away.begin()
    await alice.post("for Alice's mouth alone")
    await expect(alice.page.locator("li.waiting")).to_have_count(1)
    await alice.page.request.post(base(alice.deployment) + "/api/v1/session", data={  # no window of this browser tells
        "address": alice.deployment.address("bobby"), "password": alice.deployment.password("bobby")})
    await away.end()
    await expect(alice.page.locator(".me")).to_contain_text("Bobby")
    await bobby.post("said afterwards")
    await expect(bobby.message("said afterwards")).to_be_visible()
    await expect(bobby.message("mouth alone")).to_have_count(0)


async def test_all_windows_leave_when_one_signs_out(window: Windows) -> None:
    carol = await window("carol")
    await carol.open("/profile")
    other = await carol.page.context.new_page()
    await other.goto(base(carol.deployment) + carol.room("Gone"))
    await expect(other.locator("textarea")).to_be_visible()
    await carol.page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(other.get_by_label("Password")).to_be_visible()
    await expect(other.locator(".sidebar")).to_have_count(0)


async def test_what_is_written_while_the_connection_comes_back_is_sent(window: Windows) -> None:
    alice = await window("alice")
    away = await cut(alice.page)
    await alice.enter("Torn")
    await away.begin()
    away.held = True  # the server's answers, too
    await away.end()
    await alice.post("at the wrong moment")
    await expect(alice.page.locator("li.waiting")).to_have_count(1)
    await away.answer()
    await expect(alice.message("at the wrong moment")).to_have_count(1)
    await expect(alice.page.locator("li.waiting")).to_have_count(0)


# --- for everybody ---------------------------------------------------------------------------------------------------
async def test_the_keyboard_alone_does_everything(window: Windows) -> None:
    alice = await window("alice")
    keys = alice.page.keyboard
    await alice.follow("Keys")
    await alice.open("/")
    await expect(alice.page.locator(".rooms a").first).to_be_visible()
    await keys.press("Control+k")
    await keys.type("keys")
    await keys.press("Enter")
    await expect(alice.field).to_be_focused()
    await keys.type("one\n")
    await keys.type("two\n")
    await expect(alice.message("two")).to_be_visible()
    await keys.press("Escape")
    await expect(alice.message("two")).to_be_focused()
    await keys.press("ArrowUp")
    await expect(alice.message("one")).to_be_focused()
    await keys.press("Enter")
    await expect(alice.page.get_by_role("menuitem", name="Quote")).to_be_focused()
    await keys.press("d")
    await keys.press("Enter")
    await expect(alice.page.get_by_role("dialog")).to_be_visible()
    await keys.press("Escape")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    await alice.message("one").focus()
    await keys.press("e")
    await expect(alice.field).to_have_value("one")
    await keys.type(" more\n")
    await expect(alice.message("one more")).to_be_visible()
    await keys.press("Escape")
    await keys.press("q")
    await expect(alice.field).to_have_value(re.compile("^> Alice:"))
    await keys.press("Control+a")
    await keys.press("Delete")
    # from the beginning of the page, Tab reaches the field in which one writes
    await alice.page.evaluate("document.activeElement.blur()")
    for _ in range(40):
        await keys.press("Tab")
        if await alice.field.evaluate("(one) => one === document.activeElement"):
            break
    await expect(alice.field).to_be_focused()


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESK), ("dark", PHONE)])
async def test_axe_finds_nothing(window: Windows, scheme: str, viewport: dict[str, int]) -> None:
    alice = await window("alice", color_scheme=scheme, viewport=viewport)
    await alice.follow("Looks")
    await alice.enter("Looks")
    await alice.post("> Bob:\n> a quotation\n@alice @bobby `code` https://example.com\n```\nblock\n```\n\u202e")
    await alice.page.get_by_role("button", name="Alert").click()
    await alice.post(f"an alert in the {scheme}")
    alert = alice.message(f"an alert in the {scheme}")
    await expect(alert).to_be_visible()
    found = {"room": await alice.axe()}
    await alert.hover()
    await alice.page.get_by_title("Participants").click()
    found["people"] = await alice.axe()
    await alice.page.get_by_role("complementary").get_by_role("button", name="Close").click()
    await alice.page.get_by_role("button", name="Emoji").click()
    await expect(alice.page.get_by_role("dialog", name="Emoji")).to_be_visible()
    found["emoji"] = await alice.axe()
    await alice.page.evaluate("localStorage.removeItem('parlour.shelf.room')")  # or one begins where one was
    for path in ("/", "/rooms", "/new-room", "/search?q=alert", "/mentions", "/feeds", "/requests", "/profile",
                 "/nowhere", alice.room("Apollo") + "/manage"):
        await alice.open(path)
        await expect(alice.page.locator(".page" if path != "/" or viewport is DESK else ".sidebar")).to_be_visible()
        await expect(alice.page.locator(".skeleton")).to_have_count(0)
        found[path] = await alice.axe()
    await alice.open("/feeds")
    await alice.page.get_by_role("button", name="New feed").click()
    found["dialog"] = await alice.axe()
    stranger = await window("carol", signed_in=False, color_scheme=scheme, viewport=viewport)
    await stranger.open("/")
    await expect(stranger.page.get_by_label("Password")).to_be_visible()
    found["sign-in"] = await stranger.axe()
    assert {where: faults for where, faults in found.items() if faults} == {}


async def test_on_a_phone(window: Windows) -> None:
    alice = await window("alice", viewport=PHONE, has_touch=True, is_mobile=True)
    await alice.follow("Engineering")
    await alice.open("/")
    await alice.page.locator(".rooms").get_by_role("link", name="Engineering").tap()
    await expect(alice.page.locator(".sidebar")).to_be_hidden()
    await alice.field.fill("from the train")
    await alice.page.get_by_role("button", name="Send").tap()
    await expect(alice.message("from the train")).to_be_in_viewport()
    await expect(alice.page.locator("li .tools:visible")).to_have_count(0)  # nobody asked for them
    await alice.message("from the train").locator(".text").tap()
    await alice.page.get_by_role("button", name="Edit").tap()
    await expect(alice.field).to_have_value("from the train")
    for path in (alice.room("Engineering"), "/rooms", "/search", "/profile", "/new-room"):
        await alice.open(path)
        await expect(alice.page.locator("main h1").first).to_be_attached()
        assert await alice.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    await alice.open(alice.room("Engineering"))
    await alice.page.get_by_role("link", name="Back").tap()
    await expect(alice.page.locator(".sidebar")).to_be_visible()


async def test_in_german_and_dark(window: Windows) -> None:
    alice = await window("alice", locale="de-DE")
    await alice.open("/profile")
    await expect(alice.page.get_by_role("heading", name="Profil und Einstellungen")).to_be_visible()
    await alice.page.get_by_label("Farben").select_option("dark")
    assert await alice.page.evaluate("getComputedStyle(document.body).colorScheme || 'dark'") is not None
    assert await alice.page.evaluate("document.documentElement.dataset.theme") == "dark"
    await alice.page.get_by_label("Sprache").select_option("en")
    await expect(alice.page.get_by_role("heading", name="Profile and settings")).to_be_visible()
    assert await alice.page.evaluate("document.documentElement.lang") == "en"
    await alice.page.reload()
    await expect(alice.page.get_by_role("heading", name="Profile and settings")).to_be_visible()


async def test_refusals_and_times_are_in_the_language_of_the_reader(window: Windows) -> None:
    alice = await window("alice", locale="de-DE", signed_in=False)
    await alice.open("/")
    await alice.page.get_by_label("SIP-Adresse").fill(alice.deployment.address("alice"))
    await alice.page.get_by_label("Passwort").fill("falsch")
    await alice.page.get_by_role("button", name="Anmelden").click()
    await expect(alice.page.get_by_role("alert")).to_contain_text("Passwort stimmen nicht")
    bobby = await window("bobby", locale="en-GB", timezone_id="Asia/Tokyo")
    await bobby.enter("Looks")
    await bobby.post("what time is it?")
    await expect(bobby.message("what time is it?").locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


async def test_tokens_and_another_password(window: Windows) -> None:
    carol = await window("carol")
    await carol.open("/profile")
    await carol.page.get_by_role("button", name="New token").click()
    dialog = carol.page.get_by_role("dialog", name="New token")
    await dialog.get_by_label("Name").fill("my script")
    await dialog.get_by_role("button", name="Create").click()
    secret = await carol.page.locator(".secret").inner_text()
    answer = await carol.page.request.get(
        base(carol.deployment) + "/api/v1/followed", headers={"Authorization": f"Bearer {secret.strip()}"})
    assert answer.ok
    await carol.page.keyboard.press("Escape")
    await carol.page.get_by_role("button", name="Revoke").click()
    await expect(carol.page.get_by_text("You have no tokens.")).to_be_visible()
    await carol.page.get_by_label("Present password").fill("not this")
    await carol.page.get_by_label("New password").fill("Another password 1")
    await carol.page.get_by_role("button", name="Change password").click()
    await expect(carol.page.get_by_role("alert")).to_be_visible()


async def test_the_first_load_is_small(window: Windows) -> None:
    alice = await window("alice")
    loaded: list[str] = []
    alice.page.on("response", lambda answer: loaded.append(answer.url))
    await alice.enter("Engineering")
    files = [CLIENT / url.partition(base(alice.deployment) + "/")[2] for url in loaded if "/assets/" in url]
    assert files
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) <= 150_000
    assert all(url.startswith(base(alice.deployment)) for url in loaded), "nothing comes from elsewhere"


async def test_the_shell_of_pages(window: Windows) -> None:
    alice = await window("alice")
    at = base(alice.deployment)
    for path, status in (("/", 200), ("/rooms/x.example/y", 200), ("/anything", 200), ("/api/v1/nothing", 404),
                         ("/files/nothing", 403), ("/nothing.js", 404), ("/assets/../../listener.py", 404)):
        assert (await alice.page.request.get(at + path)).status == status, path
    page = await alice.page.request.get(at + "/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    script = re.search(r'src="(/assets/[^"]+)"', await page.text())
    assert script
    asset = await alice.page.request.get(at + script[1])
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-encoding"] in {"br", "gzip"}
