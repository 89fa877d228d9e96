"""The routes of signing in, as browsers and programs meet them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Request
from tests.directory.directory_kit import PASSWORD
from tests.web.signin_kit import ALICE, BOB, HOST, IDLE, LIMITS, LONGEST, PEER, Browser, House, error_of

from parlour.errors import BODY_TOO_SLOW, ParlourError
from parlour.web.body import MOST_BODY, json_body
from parlour.web.callers import COOKIE

SESSION, SESSIONS, TOKENS = "/api/v1/session", "/api/v1/sessions", "/api/v1/tokens"
BARE = ALICE.removeprefix("sip:")


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    async with house.browser() as browser:
        yield browser


async def test_signing_in_and_out(house: House, browser: Browser) -> None:
    assert (await browser.get("/api/v1/sign-in")).json() == {"password": True, "oidc": None}
    assert error_of(await browser.get(SESSION)) == (401, "SignInNeeded")
    session = await browser.sign_in()
    now = house.desk.clock.now()
    assert session == {
        "person": {"address": BARE, "name": "alice"}, "csrf": session["csrf"],
        "expires": (now + IDLE).isoformat().replace("+00:00", "Z"), "password": True,
        "roles": ["CsAdministrator", "CsHelpDesk"], "limits": LIMITS, "scopes": ["read", "write", "manage", "admin"]}
    assert (await browser.get(SESSION)).json() == session
    secret = browser.secret
    assert (await browser.delete(SESSION)).status_code == 204
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, secret)  # and whoever kept it has nothing
    assert error_of(await browser.get(SESSION)) == (401, "SignInNeeded")


async def test_the_cookie(browser: Browser) -> None:
    answer = await browser.post(SESSION, json={"address": ALICE, "password": PASSWORD})
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-parlour=")
    assert {one.lower() for one in attributes} == {
        "httponly", "secure", "samesite=lax", "path=/", f"max-age={int(LONGEST.total_seconds())}"}
    csrf = answer.json()["csrf"]
    gone = (await browser.delete(SESSION, headers={"X-CSRF-Token": csrf})).headers["Set-Cookie"]
    assert gone.startswith('__Host-parlour=""; ')
    assert {"Max-Age=0", "Secure", "Path=/"} <= set(gone.split("; "))


async def test_each_sign_in_has_a_secret_of_its_own(house: House, browser: Browser) -> None:
    browser.cookies.set(COOKIE, "put-there-by-somebody", domain=HOST)
    browser.cookies.clear()
    await browser.sign_in()
    first, csrf = browser.secret, browser.headers["X-CSRF-Token"]
    await browser.sign_in(BOB)
    assert browser.secret != first
    assert browser.headers["X-CSRF-Token"] != csrf
    async with house.browser() as another:
        another.cookies.set(COOKIE, first)
        assert error_of(await another.get(SESSION)) == (401, "SignInNeeded")  # that browser's session is over


@pytest.mark.parametrize(("body", "refusal"), [
    ({"address": ALICE, "password": "wrong"}, (401, "SignInRefused")),
    ({"address": "nobody@litwareinc.com", "password": PASSWORD}, (401, "SignInRefused")),
    ({"address": ALICE}, (400, "RequestBodyInvalid")),
    ({"address": ALICE, "password": None}, (400, "RequestBodyInvalid")),
    ({"address": [ALICE], "password": PASSWORD}, (400, "RequestBodyInvalid")),
    ([ALICE, PASSWORD], (400, "RequestBodyInvalid"))])
async def test_who_stays_out(browser: Browser, body: object, refusal: tuple[int, str]) -> None:
    answer = await browser.post(SESSION, json=body)
    assert error_of(answer) == refusal
    assert "Set-Cookie" not in answer.headers
    assert answer.headers.get_list("WWW-Authenticate") == ['Bearer realm="Parlour"'] * (refusal[0] == 401)


async def test_programs_are_told_of_basic_and_pages_are_not(browser: Browser) -> None:
    assert 'Basic realm="Parlour"' not in (await browser.get(SESSION)).headers["WWW-Authenticate"]
    del browser.headers["Sec-Fetch-Mode"]
    told = (await browser.get(SESSION)).headers.get_list("WWW-Authenticate")
    assert told == ['Basic realm="Parlour", charset="UTF-8"', 'Bearer realm="Parlour"']


async def test_no_other_site_signs_anybody_in(browser: Browser) -> None:
    body = {"address": ALICE, "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert error_of(await browser.post(SESSION, json=body, headers=headers)) == (403, "OriginForeign")
    form = {"Content-Type": "text/plain"}
    assert error_of(await browser.post(SESSION, content=b"{}", headers=form)) == (400, "RequestBodyInvalid")


async def test_who_guesses_waits(browser: Browser) -> None:
    for _ in range(6):
        await browser.post(SESSION, json={"address": ALICE, "password": "guess"})
    answer = await browser.post(SESSION, json={"address": ALICE, "password": PASSWORD})
    assert error_of(answer) == (429, "SignInTooOften")
    assert answer.headers["Retry-After"] == "2"


async def test_sessions_are_listed_and_ended(house: House, browser: Browser) -> None:
    async with house.browser("192.0.2.8") as phone, house.browser("192.0.2.9") as laptop, house.browser() as bob:
        await phone.sign_in()
        house.desk.clock.advance(60)
        await browser.sign_in()
        await laptop.sign_in()
        await bob.sign_in(BOB)
        listed = {one["address"]: one for one in (await browser.get(SESSIONS)).json()["sessions"]}
        assert sorted(listed) == [PEER, "192.0.2.8", "192.0.2.9"]
        assert [address for address, one in listed.items() if one["current"]] == [PEER]
        assert listed["192.0.2.8"] == {
            "id": listed["192.0.2.8"]["id"], "current": False, "agent": "Browser/1", "address": "192.0.2.8",
            "since": "2026-01-05T09:00:00Z", "used": "2026-01-05T09:00:00Z", "expires": "2026-01-05T19:00:00Z"}
        assert (await browser.delete(f"{SESSIONS}/{listed['192.0.2.8']['id']}")).status_code == 204
        assert error_of(await phone.get(SESSION)) == (401, "SignInNeeded")
        assert error_of(await browser.delete(f"{SESSIONS}/{listed['192.0.2.8']['id']}")) == (404, "SignInNotFound")
        assert error_of(await bob.delete(f"{SESSIONS}/{listed['192.0.2.9']['id']}")) == (404, "SignInNotFound")
        assert (await browser.delete(SESSIONS)).status_code == 204
        assert error_of(await laptop.get(SESSION)) == (401, "SignInNeeded")
        assert [(await one.get(SESSION)).status_code for one in (browser, bob)] == [200, 200]


async def made(browser: Browser, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of a body
    answer = await browser.post(TOKENS, json={"name": "script", "scopes": ["read"], **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_tokens_are_made_listed_and_revoked(house: House, browser: Browser) -> None:
    await browser.sign_in()
    token = await made(browser, scopes=["write", "read"], days=30)
    assert token == {
        "id": token["id"], "name": "script", "scopes": ["read", "write"], "since": "2026-01-05T09:00:00Z",
        "used": None, "expires": "2026-02-04T09:00:00Z", "token": token["token"]}
    assert (await made(browser, days=None))["expires"] is None
    assert (await made(browser))["expires"] == "2026-04-05T09:00:00Z"
    del token["token"]
    assert token in (await browser.get(TOKENS)).json()["tokens"]
    assert (await browser.delete(f"{TOKENS}/{token['id']}")).status_code == 204
    assert error_of(await browser.delete(f"{TOKENS}/{token['id']}")) == (404, "SignInNotFound")
    assert len((await browser.get(TOKENS)).json()["tokens"]) == 2
    async with house.browser() as bob:
        await bob.sign_in(BOB)
        assert (await bob.get(TOKENS)).json() == {"tokens": []}


async def test_tokens_that_are_no_tokens(browser: Browser) -> None:
    await browser.sign_in()
    for more, refusal in (
            ({"name": ""}, (422, "TokenInvalid")), ({"scopes": []}, (422, "TokenInvalid")),
            ({"scopes": ["root"]}, (422, "TokenInvalid")), ({"scopes": "read"}, (400, "RequestBodyInvalid")),
            ({"scopes": [1]}, (400, "RequestBodyInvalid")), ({"days": 0}, (422, "TokenInvalid")),
            ({"days": 10**30}, (422, "TokenInvalid")), ({"days": "90"}, (400, "RequestBodyInvalid")),
            ({"days": True}, (400, "RequestBodyInvalid")), ({"name": None}, (400, "RequestBodyInvalid"))):
        answer = await browser.post(TOKENS, json={"name": "script", "scopes": ["read"], "days": 1, **more})
        assert error_of(answer) == refusal, more


async def test_a_token_makes_itself_no_more(house: House, browser: Browser) -> None:
    """Whoever finds a token must not stay when it is revoked, nor throw its owner out."""
    await browser.sign_in()
    token = (await made(browser, scopes=["read", "write", "manage", "admin"]))["token"]
    async with house.browser() as finder:
        finder.headers["Authorization"] = f"Bearer {token}"
        asked = (await finder.get(SESSION)).json()
        assert (asked["person"]["address"], asked["csrf"], asked["scopes"]) == (
            BARE, None, ["read", "write", "manage", "admin"])
        for method, path in (
                ("GET", TOKENS), ("POST", TOKENS), ("DELETE", f"{TOKENS}/x"), ("GET", SESSIONS), ("DELETE", SESSIONS),
                ("DELETE", f"{SESSIONS}/x"), ("DELETE", SESSION), ("PUT", f"{SESSION}/password")):
            assert error_of(await finder.request(method, path)) == (403, "TokenNotEnough"), (method, path)


async def test_a_stale_token_is_named(house: House, browser: Browser) -> None:
    await browser.sign_in()
    token = (await made(browser, days=1))["token"]
    async with house.browser() as program:
        program.headers["Authorization"] = f"Bearer {token}"
        assert (await program.get(SESSION)).status_code == 200
        house.desk.clock.advance(timedelta(days=1).total_seconds())
        answer = await program.get(SESSION)
    assert error_of(answer) == (401, "TokenRefused")
    assert answer.headers.get_list("WWW-Authenticate") == ['Bearer realm="Parlour"']


async def test_one_changes_ones_own_password(house: House, browser: Browser) -> None:
    async with house.browser() as phone, house.browser() as program:
        await phone.sign_in()
        await browser.sign_in()
        program.headers["Authorization"] = f"Bearer {(await made(browser))['token']}"
        change = {"current": PASSWORD, "new": "battery staple"}
        assert (await browser.put(f"{SESSION}/password", json=change)).status_code == 204
        assert (await browser.get(SESSION)).status_code == 200
        assert (await program.get(SESSION)).status_code == 200
        assert error_of(await phone.get(SESSION)) == (401, "SignInNeeded")
        assert error_of(await phone.post(
            SESSION, json={"address": ALICE, "password": PASSWORD})) == (401, "SignInRefused")
        await phone.sign_in(ALICE, "battery staple")


async def test_passwords_that_stay_as_they_are(browser: Browser) -> None:
    await browser.sign_in()
    for change, refusal in (
            ({"current": "wrong", "new": "battery staple"}, (403, "CurrentPasswordWrong")),
            ({"current": PASSWORD, "new": ""}, (422, "PasswordInvalid")),
            ({"current": PASSWORD, "new": "seven77"}, (422, "PasswordInvalid")),
            ({"current": PASSWORD, "new": "x" * 257}, (422, "PasswordInvalid")),
            ({"current": PASSWORD, "new": "a\x00b"}, (422, "PasswordInvalid")),
            ({"new": "battery staple"}, (400, "RequestBodyInvalid")),
            *(({"current": "wrong", "new": "x"}, (403, "CurrentPasswordWrong")) for _ in range(6)),
            ({"current": PASSWORD, "new": "x"}, (429, "SignInTooOften"))):
        assert error_of(await browser.put(f"{SESSION}/password", json=change)) == refusal, change
    assert (await browser.get(SESSION)).status_code == 200


async def test_without_the_token_against_forgery_nothing_changes(browser: Browser) -> None:
    await browser.sign_in()
    del browser.headers["X-CSRF-Token"]
    for method, path in (("POST", TOKENS), ("DELETE", SESSIONS), ("DELETE", SESSION), ("PUT", f"{SESSION}/password"),
                         ("DELETE", f"{SESSIONS}/x"), ("DELETE", f"{TOKENS}/x")):
        assert error_of(await browser.request(method, path)) == (403, "CsrfNeeded"), (method, path)
    assert (await browser.get(SESSION)).status_code == 200


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.web.body._SECONDS", 0.01)

    async def receive() -> dict[str, Any]:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("that never ends")

    headers = [(b"content-type", b"application/json"), (b"content-length", b"10")]
    with pytest.raises(ParlourError) as refused:
        await json_body(Request({"type": "http", "method": "POST", "headers": headers}, receive))
    assert refused.value.kind is BODY_TOO_SLOW


@pytest.mark.parametrize("told", [True, False])
async def test_a_huge_body_is_not_read(told: bool) -> None:
    """100 MB of JSON: with its length told, nothing is read; without, no more than a body may have."""
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b" " * 65_536, "more_body": read < 100_000_000}

    headers = [(b"content-type", b"application/json"), *([(b"content-length", b"100000000")] if told else [])]
    with pytest.raises(Exception, match="longer than 1048576 bytes"):
        await json_body(Request({"type": "http", "method": "POST", "headers": headers}, receive))
    assert read <= (0 if told else MOST_BODY + 65_536)
