"""What the tests of signing in share: a directory with a clock that stands still, and the routes on top of it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import APIRouter, FastAPI
from tests.directory.directory_kit import FOREST, PASSWORD, Desk, new_person, open_desk

from parlour.admin.engine import Session
from parlour.chat.model import Person
from parlour.directory.bearers import BearerLimits, Bearers
from parlour.directory.lockout import Lockout, LockRule
from parlour.directory.passwords import PasswordSignIn
from parlour.directory.people import People
from parlour.forms import LimitsForm
from parlour.web import problems
from parlour.web.callers import COOKIE, Callers
from parlour.web.headers import SafeHeaders
from parlour.web.proxies import ClientAddress, Proxies
from parlour.web.sessions import SignInServices, session_routes

ALICE, BOB = "sip:alice@litwareinc.com", "sip:bob@litwareinc.com"
HOST = "chat.litwareinc.com"
PEER = "192.0.2.7"
IDLE, LONGEST = timedelta(hours=10), timedelta(hours=24)
TRIES, LOCK = 8, timedelta(minutes=15)
LIMITS = LimitsForm(message=100, story=200, file=300)


class _Roles:
    """As much of an administrative session as signing in shows."""

    def __init__(self, roles: frozenset[str]) -> None:
        self.roles = roles


class House:
    """Alice and Bob, their sign-ins, and an application with the routes of signing in.

    Attributes:
        desk: the directory.
        bearers: sessions and access tokens; their secrets are counted.
        lockout: counts wrong passwords.
        callers: says who asks.
        app: the application.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.vault.hasher = type(desk.vault.hasher)(time_cost=1, memory_cost=8, parallelism=1)
        numbers = itertools.count(1)
        self.bearers = Bearers(
            desk.database, desk.clock, BearerLimits(IDLE, LONGEST), lambda: f"secret-{next(numbers)}")
        self.lockout = Lockout(desk.database, desk.clock, LockRule(TRIES, LOCK))
        passwords = PasswordSignIn(desk.people, desk.vault, desk.clock, self.lockout)
        self.callers = Callers(passwords, self.bearers, "https://outside.example.com")
        self.services = SignInServices(self.callers, desk.people, self._session, lambda: LIMITS, LONGEST)
        self.app = self.make_app(session_routes(self.services))
        self.people: dict[str, Person] = {}

    async def _session(self, person: Person, _address: str) -> Session:
        roles = {"CsHelpDesk", "CsAdministrator"} if str(person.address) == ALICE else set[str]()
        return cast("Session", _Roles(frozenset(roles)))

    def make_app(self, *routers: APIRouter, proxies: Proxies = Proxies()) -> FastAPI:  # noqa: B008 - a value
        """Return an application with these routes."""
        app = FastAPI()
        for router in routers:
            app.include_router(router)
        problems.register(app)
        app.add_middleware(ClientAddress, proxies=proxies)
        return app

    def browser(self, peer: str = PEER) -> "Browser":
        """Return a browser that nobody has signed in with yet."""
        return Browser(self.app, peer)


class Browser(httpx.AsyncClient):
    """A client that keeps its cookies, and sends the token against forgery once it has one."""

    def __init__(self, app: FastAPI, peer: str = PEER) -> None:
        served = httpx.ASGITransport(app=SafeHeaders(app), client=(peer, 4711), raise_app_exceptions=False)
        super().__init__(transport=served, base_url=f"https://{HOST}",
                         headers={"User-Agent": "Browser/1", "Sec-Fetch-Mode": "cors"})

    async def sign_in(self, address: str = ALICE, password: str = PASSWORD) -> dict[str, Any]:
        """Sign in; return the session."""
        answer = await self.post("/api/v1/session", json={"address": address, "password": password})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        self.headers["X-CSRF-Token"] = found["csrf"]
        return found

    @property
    def secret(self) -> str:
        """The secret of the session, as the cookie has it."""
        return self.cookies[COOKIE]


_templates: list[bytes] = []  # the database of a house as it is at first: made once, since that takes a while


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Make a house, and close it in the end."""
    path = folder / "parlour.db"
    if not _templates:
        _templates.append(await _furnished(path))
    await asyncio.to_thread(path.write_bytes, _templates[0])
    desk = Desk(path)
    desk.people = People(desk.database, desk.clock, lambda: str(uuid4()), desk.vault, FOREST)
    try:
        house = House(desk)
        house.people = {address: await desk.people.find(address) for address in (ALICE, BOB)}
        yield house
    finally:
        await desk.database.close()


async def _furnished(path: Path) -> bytes:
    """Return the database of a house with its people."""
    async with open_desk(path.parent) as desk:
        House(desk)  # whose hashes are quick
        for address in (ALICE, BOB):
            await desk.people.add(new_person(address))
    return await asyncio.to_thread(path.read_bytes)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the name of a refusal."""
    problem: Mapping[str, Any] = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, problem["title"]
