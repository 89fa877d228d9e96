"""What the tests of the browser client share: a deployment with people and rooms, and their real browsers."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, Playwright, async_playwright, expect

from parlour.chat.model import Content, Draft
from parlour.config import Settings
from parlour.deployment import DataFolder
from parlour.node import open_node
from parlour.storage.messages import append_all
from parlour.testing import Deployment

CHROMIUM = os.environ.get("PARLOUR_CHROMIUM") or "/usr/bin/chromium"
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
          "--disable-background-networking", "--disable-component-update", "--disable-sync",
          "--ignore-certificate-errors")  # the deployment's certificate is one that it made for itself
_AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SECONDS = 10.0
PHONE = {"width": 390, "height": 780}
DESK = {"width": 1280, "height": 800}
expect.set_options(timeout=SECONDS * 1000)

PEOPLE = ("alice", "bobby", "carol")
# Files in General; Projects is where alice may make rooms, of which there are some already.
_FURNITURE = """
Set-CsPersistentChatCategory -Identity General -FileUpload $true
New-CsPersistentChatCategory -Name Projects -EnableFileUpload -EnableInvitations | Out-Null
Set-CsPersistentChatCategory -Identity Projects -AllowedMembers @{Add="sip:alice@litwareinc.com","sip:bobby@litwareinc.com","sip:carol@litwareinc.com"} -Creators @{Add="sip:alice@litwareinc.com"}
New-CsPersistentChatRoom -Name Apollo -Category Projects -Privacy Closed | Select-Object -ExpandProperty ChatRoomUri
Set-CsPersistentChatRoom -Identity Apollo -Members @{Add="sip:alice@litwareinc.com"} -Managers @{Add="sip:alice@litwareinc.com"}
New-CsPersistentChatRoom -Name "Town hall" -Category Projects -Privacy Open -Type Auditorium | Select-Object -ExpandProperty ChatRoomUri
Set-CsPersistentChatRoom -Identity "Town hall" -Members @{Add="sip:alice@litwareinc.com"} -Presenters @{Add="sip:alice@litwareinc.com"} -Managers @{Add="sip:alice@litwareinc.com"}
"""  # noqa: E501 - lines of a script


@dataclass(slots=True)
class Window:
    """One person's browser window.

    Attributes:
        page: the page in it.
        faults: what went wrong in it that no test expects: exceptions, and what its policy forbade.
    """

    deployment: Deployment
    user: str
    page: Page
    faults: list[str] = field(default_factory=list)

    def room(self, name: str) -> str:
        """Return the address of a room's page."""
        return f"/rooms/{self.deployment.rooms[name].removeprefix('ma-chan://')}"

    async def open(self, path: str) -> None:
        """Go to a page, from outside."""
        await self.page.goto(base(self.deployment) + path)

    async def enter(self, name: str) -> None:
        """Open a room, and wait until one is in it."""
        await self.open(self.room(name))
        await expect(self.heading).to_have_text(name)
        await expect(self.page.locator(".frame")).to_be_visible()

    async def call(self, method: str, path: str, data: object = None) -> Any:  # noqa: ANN401 - JSON
        """Call the API as this person; it must work."""
        session = await (await self.page.request.get(base(self.deployment) + "/api/v1/session")).json()
        answer = await self.page.request.fetch(
            base(self.deployment) + path, method=method, data=data, headers={"X-CSRF-Token": session["csrf"]})
        assert answer.ok, await answer.text()
        return None if answer.status == 204 else await answer.json()

    async def follow(self, name: str) -> None:
        """Follow a room, by the API."""
        await self.call("PUT", f"/api/v1{self.room(name)}/following")

    @property
    def heading(self) -> Locator:
        """The name of the room that is open."""
        return self.page.locator("main h1")

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.page.locator("textarea")

    @property
    def messages(self) -> Locator:
        """The messages in view and around."""
        return self.page.locator("li[data-number]")

    def message(self, text: str) -> Locator:
        """The message with a text in it."""
        return self.messages.filter(has_text=text)

    async def post(self, text: str) -> None:
        """Write and send."""
        await self.field.fill(text)
        await self.field.press("Enter")

    async def do(self, text: str, action: str) -> None:
        """Choose something to do with a message."""
        row = self.message(text)
        await row.hover()
        await row.locator(".tools [aria-haspopup=menu]").click()
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    async def axe(self) -> list[str]:
        """Return what axe-core finds wrong with the page as it is."""
        await self.page.evaluate(_AXE.read_text())
        found = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
                for one in found["violations"] for node in one["nodes"]]


def base(deployment: Deployment) -> str:
    """Return where the client is."""
    return f"https://{deployment.host}:{deployment.web_port}"


@asynccontextmanager
async def furnished(
    folder: Path, rooms: tuple[str, ...], prepare: Callable[[Deployment], Any] | None = None
) -> AsyncIterator[Deployment]:
    """Make and serve a deployment with people, open rooms, and those of `_FURNITURE`.

    Args:
        folder: where.
        rooms: names of open rooms in General, where files may be sent.
        prepare: awaited before it is served.
    """
    deployment = Deployment(folder, users=PEOPLE, rooms=rooms, web=True)
    await deployment.create()
    outcome = await deployment.parlour("shell", "-c", "; ".join(_FURNITURE.strip().splitlines()), expect=0)
    deployment.rooms |= zip(("Apollo", "Town hall"), outcome.out.split(), strict=True)
    if prepare:
        await prepare(deployment)
    await deployment.serve()
    try:
        yield deployment
    finally:
        await (deployment.stop() if deployment.running else deployment.serve())


async def fill_room(deployment: Deployment, name: str, count: int) -> None:
    """Write many messages into a room of a deployment that is not served, as the log does: "message 1" and so on."""
    async with open_node(DataFolder(deployment.data), Settings.load(deployment.data)) as node:
        room = next(one for one in await node.core.administration.all_rooms() if one.name == name)
        authors = [await node.people.find(deployment.address(user)) for user in PEOPLE]
        now = node.clock.now()

        def write(start: int, connection: Any) -> None:  # noqa: ANN401 - the storage's own affair
            numbers = range(start, min(start + 10_000, count + 1))
            append_all(connection, [
                Draft(room.id, authors[number // 3 % 3], now, Content(f"message {number}" + "\nmore" * (number % 4)))
                for number in numbers])
        for start in range(1, count + 1, 10_000):
            await node.database.write(partial(write, start))


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the system's Chromium."""
    playwright: Playwright
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(slots=True)
class Windows:
    """The windows of a test; all are closed behind it, and none may have had a fault."""

    browser: Browser
    deployment: Deployment
    opened: list[tuple[BrowserContext, Window]] = field(default_factory=list)

    async def __call__(self, user: str, *, signed_in: bool = True, **options: Any) -> Window:  # noqa: ANN401
        """Open a window of somebody.

        Args:
            user: who.
            signed_in: whether with a session.
            options: of the browser context: ``color_scheme``, ``viewport``, ``locale`` …
        """
        settings: Mapping[str, Any] = {
            "viewport": DESK, "locale": "en", "reduced_motion": "reduce", "ignore_https_errors": True,
            "permissions": ["clipboard-read", "clipboard-write"], **options}
        context = await self.browser.new_context(**settings)
        if signed_in:
            answer = await context.request.post(base(self.deployment) + "/api/v1/session", data={
                "address": self.deployment.address(user), "password": self.deployment.password(user)})
            assert answer.status == 201, await answer.text()
        window = Window(self.deployment, user, await context.new_page())
        window.page.set_default_timeout(SECONDS * 1000)
        window.page.on("pageerror", lambda fault: window.faults.append(f"{user}: {fault}"))
        window.page.on("console", lambda said: window.faults.append(f"{user}: {said.text}") if "Policy" in said.text
                       else None)
        self.opened.append((context, window))
        return window

    async def close(self) -> None:
        """Close all of them."""
        for context, _ in self.opened:
            await context.close()
        faults = [fault for _, window in self.opened for fault in window.faults]
        assert not faults, faults
