"""Two people in browsers and one with pidgin-sipe, in one room: the same conversation, in the same order."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect
from tests.browser.browser_kit import Window, Windows, chromium, furnished
from tests.real_client.people import Person
from tests.real_client.stage import Stage

from parlour.testing import Deployment

ROOM = "Together"
RECONNECT = ("--auto-reconnect", "--reconnect-delay", "0.3")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with furnished(tmp_path / "place", (ROOM,)) as served:
        yield served


@pytest.fixture
async def windows(place: Deployment) -> AsyncIterator[Windows]:
    async with chromium() as browser:
        opened = Windows(browser, place)
        yield opened
        await opened.close()


@pytest.fixture
async def clients(place: Deployment, tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(place, tmp_path)
    yield made
    await made.clear()


async def shown(window: Window) -> list[str]:
    """Return the texts of the messages in a window, in order."""
    return await window.page.locator("li[data-number] .text").all_inner_texts()


@dataclass(frozen=True)
class Company:
    """Who is there: two in browsers, one with pidgin-sipe."""

    place: Deployment
    alice: Window
    bobby: Window
    carol: Person

    @property
    def browsers(self) -> tuple[Window, Window]:
        """The two in browsers."""
        return self.alice, self.bobby

    async def enter(self, room: str) -> str:
        """Let everybody come into a room; return its URI."""
        for window in self.browsers:
            await window.enter(room)
        await self.carol.enter(self.place.rooms[room])
        return self.place.rooms[room]


async def test_the_same_conversation_on_every_screen(place: Deployment, windows: Windows, clients: Stage) -> None:
    company = Company(place, await windows("alice"), await windows("bobby"),
                      await clients.sign_in("carol", "tls", None, *RECONNECT))
    uri = await company.enter(ROOM)
    for window in company.browsers:
        await window.page.evaluate("window.neverReloaded = true")
    await _everybody_talks_at_once(company, uri)
    await _corrections_and_a_file(company)
    await _the_node_dies_and_comes_back(company, uri)
    await _only_presenters_speak(company)


async def _everybody_talks_at_once(company: Company, uri: str) -> None:
    alice, bobby = company.browsers
    for number in range(5):
        await asyncio.gather(alice.post(f"alice {number}"), bobby.post(f"bobby {number}"),
                             company.carol.say(uri, f"carol {number}"))
    heard = await company.carol.hears_all(uri, 15)
    for window in company.browsers:
        await expect(window.messages).to_have_count(15)
        assert await shown(window) == heard


async def _corrections_and_a_file(company: Company) -> None:
    (alice, bobby), carol = company.browsers, company.carol
    await alice.do("alice 0", "Edit")
    await alice.field.fill("alice zero")
    await alice.field.press("Enter")
    await expect(bobby.message("alice zero")).to_be_visible()
    changed = await carol.wait("chat_message", when=lambda event: "alice zero" in event["text"])
    assert re.fullmatch(r"\[message of .+ changed\] alice zero", changed["text"])
    await bobby.do("bobby 1", "Delete")
    await bobby.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(alice.message("bobby 1")).to_have_count(0)
    await carol.wait("chat_message", when=lambda event: event["text"].endswith("deleted]"))
    plan: FilePayload = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"the plan"}
    await alice.page.locator("input[type=file]").set_input_files([plan])
    await expect(bobby.page.get_by_role("link", name="plan.txt")).to_be_visible()
    await carol.wait("chat_message", when=lambda event: "ma-filelink://" in event["text"])


async def _the_node_dies_and_comes_back(company: Company, uri: str) -> None:
    (alice, bobby), carol = company.browsers, company.carol
    await company.place.kill()
    await alice.post("written while nobody listened")
    await company.place.serve()
    await carol.returns(uri)
    await expect(bobby.message("written while nobody listened")).to_have_count(1)
    await carol.hears("written while nobody listened")
    await carol.say(uri, "and on we go")
    for window in company.browsers:
        await expect(window.message("and on we go")).to_have_count(1)
        assert await window.page.evaluate("window.neverReloaded === true")
    assert await shown(alice) == await shown(bobby)
    assert (await shown(alice))[-2:] == ["written while nobody listened", "and on we go"]
    assert len(set(await shown(alice))) == len(await shown(alice))


async def _only_presenters_speak(company: Company) -> None:
    alice, bobby = company.browsers
    uri = await company.enter("Town hall")
    await expect(bobby.field).to_have_count(0)
    await company.carol.say(uri, "May I?")
    await company.carol.wait("error_message", uri=uri)
    await alice.post("Good morning, everyone.")
    await company.carol.hears("Good morning, everyone.")
    for window in company.browsers:
        await expect(window.message("Good morning, everyone.")).to_be_visible()
    assert await shown(alice) == await shown(bobby) == ["Good morning, everyone."]
