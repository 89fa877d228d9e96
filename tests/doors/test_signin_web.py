"""Signing in at a real node: browsers, programs and live connections, and what ends them."""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from tests.doors.kit import SECONDS, connected, fresh_person, made
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from parlour.testing import Deployment, RefusedError

SESSION, TOKENS, CMDLETS = "/api/v1/session", "/api/v1/tokens", "/api/admin/v1/cmdlets"
SETTINGS = 'sign_in_tries = 6\nweb_trusted_proxies = ["127.0.0.0/8"]\n'


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with made(Deployment(tmp_path_factory.mktemp("signin"), users=("alice",), rooms=(), web=True,
                         settings=SETTINGS)) as served:
        member = f'@{{Add="sip:{served.address("alice")}"}}'
        asyncio.run(served.parlour("shell", "-c", f"Set-CsGroup CsAdministrator -Members {member}", expect=0))
        yield served


def trusting(deployment: Deployment) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    return context


class Browser(httpx.AsyncClient):
    """A browser of one person."""

    def __init__(self, deployment: Deployment, user: str, peer: str = "198.51.100.1") -> None:
        host = f"{deployment.host}:{deployment.web_port}"
        super().__init__(base_url=f"https://{host}", verify=trusting(deployment), trust_env=False,
                         headers={"Origin": f"https://{host}", "X-Forwarded-For": peer})
        self.deployment, self.user, self.host = deployment, user, host

    async def sign_in(self, password: str = "") -> httpx.Response:
        """Sign in."""
        body = {"address": self.deployment.address(self.user),
                "password": password or self.deployment.password(self.user)}
        answer = await self.post(SESSION, json=body)
        if answer.status_code == 201:
            self.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return answer

    def live(self, origin: str | None = "own", token: str | None = None) -> connect:
        """Open a live connection, by cookie unless there is a token."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": pairs} if token is None else {"Authorization": f"Bearer {token}"}
        return connect(
            f"wss://{self.host}/api/v1/live", ssl=trusting(self.deployment), compression=None, proxy=None,
            origin=None if origin is None else Origin(f"https://{self.host}" if origin == "own" else origin),
            additional_headers=headers)


async def token_of(browser: Browser, *scopes: str) -> str:
    """Make an access token."""
    answer = await browser.post(TOKENS, json={"name": "a test", "scopes": scopes, "days": 1})
    return str(answer.json()["token"])


async def answers(socket: ClientConnection) -> bool:
    """Say whether a live connection answers."""
    await socket.send(json.dumps({"do": "ping", "id": 1}))
    async with asyncio.timeout(SECONDS):
        return dict(json.loads(await socket.recv())) == {"re": 1, "ok": {}}


async def refusal(socket: ClientConnection, **command: object) -> str:
    """Send a command that is refused; return the name of the error."""
    await socket.send(json.dumps(command))
    async with asyncio.timeout(SECONDS):
        return str(json.loads(await socket.recv())["error"]["id"])


async def ended(socket: ClientConnection) -> int:
    """Wait for the end of a live connection; return its code."""
    async with asyncio.timeout(SECONDS):
        await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code


@pytest.fixture
async def browser(deployment: Deployment) -> AsyncIterator[Browser]:
    """A browser in which somebody signed in who is there for one test."""
    async with Browser(deployment, await fresh_person(deployment)) as browser:
        assert (await browser.sign_in()).status_code == 201
        yield browser


async def test_everything_is_reached_by_cookie_token_and_password(deployment: Deployment) -> None:
    async with Browser(deployment, "alice") as alice:
        assert (await alice.get(SESSION)).status_code == 401
        session = (await alice.sign_in()).json()
        assert session["roles"] == ["CsAdministrator"]
        assert session["limits"] == {"message": 65_536, "story": 65_536, "file": 20_000}
        assert (await alice.get(CMDLETS)).status_code == 200
        run = await alice.post(f"{CMDLETS}/Get-CsPool", json={})
        assert deployment.pool in run.text
        async with alice.live() as socket:
            assert await answers(socket)
        reading, administering = await token_of(alice, "read"), await token_of(alice, "admin")
    async with Browser(deployment, "alice") as program:
        statuses = {}
        for name, header in (("read", f"Bearer {reading}"), ("admin", f"Bearer {administering}"),
                             ("stale", "Bearer parlour_stale"), ("basic", _basic(deployment, "alice"))):
            answer = await program.get(CMDLETS, headers={"Authorization": header})
            statuses[name] = answer.status_code, None if answer.is_success else answer.json()["title"]
        assert statuses == {"read": (403, "ScopeMissing"), "admin": (200, None), "stale": (401, "TokenRefused"),
                            "basic": (200, None)}
        async with program.live(None, reading) as socket:
            assert await answers(socket)
            for command in ({"do": "post", "text": "x"}, {"do": "typing"}, {"do": "read", "number": 1},
                            {"do": "edit", "number": 1, "text": "x"}, {"do": "delete", "number": 1}):
                assert await refusal(socket, room="litwareinc.com/00000000-0000-0000-0000-000000000000",
                                     **command) == "ScopeMissing"
        assert await _refused(program.live(None, administering)) == 403


def _basic(deployment: Deployment, user: str) -> str:
    return "Basic " + b64encode(f"{deployment.address(user)}:{deployment.password(user)}".encode()).decode()


async def _refused(opening: connect) -> int:
    """Return the status that a live connection is refused with."""
    with pytest.raises(InvalidStatus) as refused:
        async with opening:
            pass
    return int(refused.value.response.status_code)


async def test_pages_of_other_sites_do_nothing(browser: Browser) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert (await browser.delete(SESSION, headers=foreign)).json()["title"] == "OriginForeign"
    del browser.headers["X-CSRF-Token"]
    assert (await browser.delete(SESSION)).json()["title"] == "CsrfNeeded"
    asked = await browser.options(SESSION, headers={**foreign, "Access-Control-Request-Method": "DELETE"})
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control-")]
    assert await _refused(browser.live("https://evil.example")) == 403
    assert await _refused(browser.live(None)) == 403
    assert (await browser.get(SESSION)).status_code == 200
    browser.cookies.clear()
    assert await _refused(browser.live()) == 401


async def test_what_is_revoked_ends_at_once(browser: Browser) -> None:
    token = await token_of(browser, "read")
    async with Browser(browser.deployment, browser.user, "203.0.113.5") as phone:
        await phone.sign_in()
        async with phone.live() as theirs, browser.live() as own, browser.live(None, token) as program:
            (other,) = [one for one in (await browser.get("/api/v1/sessions")).json()["sessions"]
                        if one["address"] == "203.0.113.5"]
            assert (await browser.delete(f"/api/v1/sessions/{other['id']}")).status_code == 204
            assert await ended(theirs) == 4401
            (listed,) = (await browser.get(TOKENS)).json()["tokens"]
            await browser.delete(f"{TOKENS}/{listed['id']}")
            assert await ended(program) == 4401
            assert await answers(own)
            await browser.delete(SESSION)
            assert await ended(own) == 4401


async def test_ones_own_new_password_ends_the_others(browser: Browser) -> None:
    token = await token_of(browser, "read")
    async with Browser(browser.deployment, browser.user) as phone:
        await phone.sign_in()
        async with phone.live() as theirs, browser.live() as own, browser.live(None, token) as program:
            change = {"current": browser.deployment.password(browser.user), "new": "battery staple"}
            assert (await browser.put(f"{SESSION}/password", json=change)).status_code == 204
            assert await ended(theirs) == 4401
            assert await answers(own)
            assert await answers(program)
        assert (await phone.get(SESSION)).status_code == 401
    assert (await browser.sign_in("battery staple")).status_code == 201


@pytest.mark.parametrize("line", ["Set-CsUserPassword {} -Password 'battery staple'", "Disable-CsUser {}"])
async def test_an_administrator_ends_everything(browser: Browser, line: str) -> None:
    deployment = browser.deployment
    token = await token_of(browser, "read")
    async with browser.live() as own, browser.live(None, token) as program:
        await deployment.parlour("shell", "-c", line.format(deployment.address(browser.user)), expect=0)
        assert await ended(own) == 4401
        assert await ended(program) == 4401
    assert (await browser.get(SESSION)).status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await browser.get(SESSION, headers=bearer)).status_code == 401


async def _sip_refusal(deployment: Deployment, user: str, password: str, scheme: str) -> int:
    """Return the status that a SIP client's sign-in is refused with."""
    async with connected(deployment, user) as client:
        with pytest.raises(RefusedError) as refused:
            await client.register(password, scheme)
        return refused.value.code


async def test_accounts_lock_on_every_way_in(deployment: Deployment) -> None:
    user = await fresh_person(deployment)
    shown = f"Get-CsUser {deployment.address(user)} | Select-Object LockedOut"
    for number in range(5):
        async with Browser(deployment, user, f"203.0.113.{number}") as stranger:
            assert (await stranger.sign_in("a guess")).status_code == 401
    assert await deployment.json(shown) == {"LockedOut": False}
    assert await _sip_refusal(deployment, user, "a guess", "ntlm") == 401  # the sixth
    assert await deployment.json(shown) == {"LockedOut": True}
    async with Browser(deployment, user) as browser:
        refused = await browser.sign_in()
        assert (refused.status_code, refused.json()["title"]) == (401, "SignInRefused")
        for scheme in ("ntlm", "digest"):
            assert await _sip_refusal(deployment, user, deployment.password(user), scheme) == 401
        await deployment.parlour("Unlock-CsUser", deployment.address(user), expect=0)
        assert await deployment.json(shown) == {"LockedOut": False}
        assert (await browser.sign_in()).status_code == 201
    async with connected(deployment, user) as client:
        await client.register(deployment.password(user))


async def test_who_goes_in_the_middle_of_a_body_leaves_no_fault_behind(deployment: Deployment) -> None:
    for promised in (b"Content-Length: 10\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"):
        _, writer = await asyncio.open_connection(deployment.host, deployment.web_port, ssl=trusting(deployment))
        writer.write(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + promised)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    async with Browser(deployment, "alice") as browser:
        assert (await browser.get("/api/v1/sign-in")).status_code == 200
    await deployment.stop()
    await deployment.serve()
    assert "Traceback" not in deployment.log.read_text()


async def test_sessions_outlive_the_node_and_a_proxy_may_speak_https_for_it(deployment: Deployment) -> None:
    """The node is killed, and comes back without TLS of its own: what was acknowledged is there."""
    async with Browser(deployment, "alice", "203.0.113.77") as browser:
        await browser.sign_in()
        token = await token_of(browser, "read")
        await deployment.kill()
        settings = deployment.data / "parlour.toml"
        before = settings.read_text()
        settings.write_text(before + "web_plain = true\n")
        await deployment.serve()
        try:
            async with httpx.AsyncClient(base_url=f"http://{browser.host}", trust_env=False) as proxy:
                cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
                listed: list[dict[str, Any]] = (await proxy.get("/api/v1/sessions", headers=cookie)).json()["sessions"]
                assert [one["address"] for one in listed if one["current"]] == ["203.0.113.77"]
                found = await proxy.get(SESSION, headers={"Authorization": f"Bearer {token}"})
                assert found.json()["scopes"] == ["read"]
        finally:
            await deployment.stop()
            settings.write_text(before)
            await deployment.serve()
