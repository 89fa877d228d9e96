"""How quick the browser client is, in a real Chromium against a real node on loopback.

    python benchmarks/browser.py [--runs 20] [--messages 10000]

Prints one JSON object a figure: the size of the first load, from signing in to a room that can be read, from posting to
another browser's screen, a switch of rooms and its round trips, and what a page holds on to while messages come.
"""

import argparse
import asyncio
import json
import os
import ssl
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from parlour.client import AsyncClient, calls, live
from parlour.testing import Deployment

CHROMIUM = os.environ.get("PARLOUR_CHROMIUM") or "/usr/bin/chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--js-flags=--expose-gc")
ROOMS = ("Engineering", "Canteen")
HISTORY = 200  # messages in each room before anything is measured
PAGE_MESSAGES = 1_000  # after which the first look at the memory is taken
# When a node with this text comes into the page.
APPEARS = """text => new Promise((done) => {
  const there = () => [...document.querySelectorAll("li[data-number]")].some((one) => one.textContent.includes(text));
  if (there()) return done();
  const watch = new MutationObserver(() => { if (there()) { watch.disconnect(); done(); } });
  watch.observe(document.body, {childList: true, subtree: true, characterData: true});
})"""


def show(work: str, metric: str, unit: str, value: float, target: float | None = None) -> None:
    """Print a figure."""
    print(json.dumps({"work": work, "metric": metric, "unit": unit, "value": round(value, 4), "target": target}),
          flush=True)


def trust(deployment: Deployment) -> ssl.SSLContext:
    """Return what certifies the deployment."""
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    return context


def client(deployment: Deployment, user: str) -> AsyncClient:
    """Return a program's client."""
    return AsyncClient(url(deployment), address=deployment.address(user), password=deployment.password(user),
                       verify=trust(deployment))


def url(deployment: Deployment) -> str:
    """Return where the client is."""
    return f"https://{deployment.host}:{deployment.web_port}"


def room_of(deployment: Deployment, name: str) -> str:
    """Return a room's id."""
    return deployment.rooms[name].removeprefix("ma-chan://")


async def pour(deployment: Deployment, room: str, texts: list[str]) -> None:
    """Post many messages quickly, as a program does."""
    async with client(deployment, "carol") as carol, carol.live() as connection:
        await connection.ask(live.join(room))
        for text in texts:
            await connection.ask(live.post(room, text))


async def fresh_page(browser: Browser) -> Page:
    """Return a page of somebody who was never here."""
    context = await browser.new_context(ignore_https_errors=True, locale="en", reduced_motion="reduce")
    return await context.new_page()


async def sign_in(deployment: Deployment, page: Page, user: str) -> float:
    """Sign in at a room's page; return the seconds from the click to its messages."""
    await page.goto(f"{url(deployment)}/rooms/{room_of(deployment, ROOMS[0])}")
    await page.get_by_label("SIP address").fill(deployment.address(user))
    await page.get_by_label("Password").fill(deployment.password(user))
    began = time.perf_counter()
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("li[data-number]").first.wait_for()
    return time.perf_counter() - began


async def measure_first_load(deployment: Deployment, browser: Browser) -> None:
    """Show how much the first load is, as it goes over the wire."""
    page = await fresh_page(browser)
    sizes: list[int] = []
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    await sign_in(deployment, page, "alice")
    await page.wait_for_load_state("networkidle")
    show("first load, sign-in and a room", "bytes with headers", "KB", sum(sizes) / 1024, 150)
    await page.context.close()


async def measure_sign_in(deployment: Deployment, browser: Browser, runs: int) -> None:
    """Show how long it takes to sign in."""
    found: list[float] = []
    for _ in range(runs):
        page = await fresh_page(browser)
        found.append(await sign_in(deployment, page, "alice"))
        await page.context.close()
    show("sign-in to a room that can be read", "median", "s", statistics.median(found), 1.0)


async def measure_posts(deployment: Deployment, browser: Browser, runs: int) -> None:
    """Show how long a message takes from one browser to another."""
    alice, bobby = await fresh_page(browser), await fresh_page(browser)
    await sign_in(deployment, alice, "alice")
    await sign_in(deployment, bobby, "bobby")
    found: list[float] = []
    for number in range(runs):
        text = f"from one browser to another, {number}"
        await alice.locator("textarea").fill(text)
        seen = asyncio.create_task(bobby.evaluate(APPEARS, text))
        await asyncio.sleep(0.05)  # until the other page watches
        began = time.perf_counter()
        await alice.locator("textarea").press("Enter")
        await seen
        found.append(time.perf_counter() - began)
    show("posting to appearing in another browser", "median", "ms", statistics.median(found) * 1000, 100)
    show("posting to appearing in another browser", "p95", "ms", sorted(found)[int(len(found) * 0.95)] * 1000)
    await alice.context.close()
    await bobby.context.close()


async def measure_switches(deployment: Deployment, browser: Browser, runs: int) -> None:
    """Show how long it takes to go from room to room, and how often the server is asked for that."""
    async with client(deployment, "alice") as alice:
        for name in ROOMS:
            await alice.do(calls.follow(room_of(deployment, name)))
    page = await fresh_page(browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: asked.append(str(payload))))
    await sign_in(deployment, page, "alice")
    for name in ROOMS:  # once each: what a page knows already needs no asking
        await page.locator(".sidebar").get_by_role("link", name=name).click()
        await page.locator("li[data-number]").filter(has_text=f"in {name}").first.wait_for()
    await page.wait_for_load_state("networkidle")
    found, before = [], len(asked)
    for number in range(runs):
        name = ROOMS[number % 2]
        began = time.perf_counter()
        await page.locator(".sidebar").get_by_role("link", name=name).click()
        await page.locator("li[data-number]").filter(has_text=f"in {name}").first.wait_for()
        found.append(time.perf_counter() - began)
        await asyncio.sleep(0.1)  # so that all that is asked for has been
    joins = sum('"join"' in one for one in asked[before:])
    show("a switch of rooms", "median", "ms", statistics.median(found) * 1000)
    show("a switch of rooms", "rooms opened at the server", "times a switch", joins / runs, 1)
    show("a switch of rooms", "requests besides", "times a switch",
         sum(one.startswith("http") for one in asked[before:]) / runs, 0)
    await page.context.close()


async def measure_memory(deployment: Deployment, browser: Browser, messages: int) -> None:
    """Show what a page holds on to while messages come."""
    page = await fresh_page(browser)
    await sign_in(deployment, page, "alice")
    room, figures = room_of(deployment, ROOMS[0]), []
    for start, end in ((0, min(PAGE_MESSAGES, messages // 2)), (min(PAGE_MESSAGES, messages // 2), messages)):
        await pour(deployment, room, [f"live message {number} of many" for number in range(start, end)])
        await page.evaluate(APPEARS, f"live message {end - 1} of many")
        heap = await page.evaluate("() => { gc(); return performance.memory.usedJSHeapSize; }")
        nodes = await page.evaluate("document.querySelectorAll('*').length")
        figures.append((end, heap, nodes))
        show(f"a page after {end} live messages", "heap", "MB", heap / 1024 / 1024)
        show(f"a page after {end} live messages", "elements", "elements", nodes)
    (few, small, _), (many, large, _) = figures
    show(f"a page after {many} live messages, to one after {few}", "heap", "ratio", large / small, 1.5)
    await page.context.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the system's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def measure(runs: int, messages: int) -> None:
    """Make, serve and measure."""
    with tempfile.TemporaryDirectory() as folder:
        async with Deployment(
                Path(folder), users=("alice", "bobby", "carol"), rooms=ROOMS, web=True) as deployment, \
                chromium() as browser:
            for name in ROOMS:
                await pour(deployment, room_of(deployment, name),
                           [f"message {number} in {name}" for number in range(HISTORY)])
            await measure_first_load(deployment, browser)
            await measure_sign_in(deployment, browser, max(1, runs // 4))
            await measure_posts(deployment, browser, runs)
            await measure_switches(deployment, browser, runs)
            await measure_memory(deployment, browser, messages)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--messages", type=int, default=10_000)
    given = parser.parse_args()
    asyncio.run(measure(given.runs, given.messages))


if __name__ == "__main__":
    main()
