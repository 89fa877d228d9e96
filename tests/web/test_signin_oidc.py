"""Signing in at an OpenID provider: what is believed, what is not, and what somebody sees of it."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import insert
from tests.web.oidc_kit import CLIENT, SECRET, Provider, answer, providing, whole
from tests.web.signin_kit import ALICE, HOST, Browser, House

from parlour.directory.bearers import Kind
from parlour.storage.schema import bots
from parlour.web import oidc
from parlour.web.callers import COOKIE
from parlour.web.oidc import own_path
from parlour.web.oidc_provider import OidcProvider, OidcSettings, is_safe

GO, BACK = "/api/v1/oidc", "/api/v1/oidc/callback"
DESCRIPTION = "/.well-known/openid-configuration"
BARE = ALICE.removeprefix("sip:")


class Way:
    """The way to the provider and back.

    Args:
        house: where people sign in.
        provider: where they are sent.
    """

    def __init__(self, house: House, provider: Provider) -> None:
        self.house, self.provider = house, provider
        self.settings = OidcSettings(
            issuer=provider.issuer, client=CLIENT, secret=SECRET, name="Litware", claim="email", domain=None,
            scopes=("openid", "email"), authority=None, redirect=f"https://{HOST}{BACK}")

    def browser(self, **changes: Any) -> Browser:  # noqa: ANN401 - of settings
        """Return a browser of somebody who comes to a server with changed settings."""
        known = OidcProvider(replace(self.settings, **changes), self.house.desk.clock)
        services = oidc.OidcServices(self.house.services, known, self.house.desk.vault, self.house.desk.clock)
        return Browser(self.house.make_app(oidc.oidc_routes(services)))

    async def signs_in(self, browser: Browser, to: str = "/", **more: str) -> httpx.Response:
        """Go there and back; return what he sees then."""
        sent = await browser.get(GO, params={"to": to})
        if sent.status_code != 303:
            return sent
        return await browser.get(BACK, params={**self.provider.sign_in(sent.headers["Location"]), **more})

    async def refusal(self, **changes: Any) -> tuple[int, str]:  # noqa: ANN401 - of settings
        """Sign in in vain; return the status, and what stands on the page."""
        async with self.browser(**changes) as browser:
            return page(await self.signs_in(browser))


def page(seen: httpx.Response) -> tuple[int, str]:
    """Return the status and what a page says is the matter."""
    assert COOKIE not in seen.cookies
    assert "script" not in seen.text
    return seen.status_code, seen.text.partition('<p role="alert"><bdi>')[2].partition("</bdi>")[0]


@pytest.fixture
async def way(house: House) -> AsyncIterator[Way]:
    async with providing(int(house.desk.clock.now().timestamp())) as provider:
        yield Way(house, provider)


async def test_there_and_back(way: Way) -> None:
    async with way.browser() as browser:
        sent = await browser.get(GO, params={"to": "/rooms/x?y=z"})
        asked = dict(parse_qsl(urlsplit(sent.headers["Location"]).query))
        assert (asked["redirect_uri"], asked["scope"]) == (f"https://{HOST}{BACK}", "openid email")
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
        cookie = sent.headers["Set-Cookie"]
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"} <= set(cookie.split("; "))
        assert not any(asked[name] in cookie for name in ("state", "nonce"))
        back = await browser.get(BACK, params=way.provider.sign_in(sent.headers["Location"]))
        assert (back.status_code, back.headers["Location"]) == (303, "/rooms/x?y=z")
        assert oidc.COOKIE not in browser.cookies
        secret = browser.secret
    async with way.house.browser() as home:
        home.cookies.set(COOKIE, secret)
        assert (await home.get("/api/v1/session")).json()["person"]["address"] == BARE


async def test_a_code_comes_back_once_and_to_who_began(way: Way) -> None:
    async with way.browser() as browser, way.browser() as another:
        sent = await browser.get(GO)
        brought = way.provider.sign_in(sent.headers["Location"])
        asked = len(way.provider.paths)
        for stranger, params in ((another, brought), (browser, {**brought, "state": "guessed"}),):
            status, text = page(await stranger.get(BACK, params=params))
            assert (status, text.partition(",")[0]) == (400, "This sign-in began too long ago")
        assert len(way.provider.paths) == asked  # nobody is bothered with them
        assert page(await browser.get(BACK, params=brought))[0] == 400  # one wrong answer ends it


async def test_a_sign_in_does_not_take_forever(way: Way) -> None:
    async with way.browser() as browser:
        sent = await browser.get(GO)
        brought = way.provider.sign_in(sent.headers["Location"])
        kept = browser.cookies[oidc.COOKIE]
        way.house.desk.clock.advance(601)
        browser.cookies.set(oidc.COOKIE, kept)
        assert page(await browser.get(BACK, params=brought))[0] == 400


async def test_what_a_browser_keeps_cannot_be_made_up(way: Way) -> None:
    made_up = urlsafe_b64encode(way.house.desk.vault.seal(b"{}", "ntlm", "somebody")).decode()
    for kept in ("", "x", "\u00e4", "AAAA", made_up):
        async with way.browser() as browser:
            answered = await browser.get(BACK, params={"state": "", "code": "x"},
                                         headers=[(b"Cookie", f"{oidc.COOKIE}={kept}".encode())])
            assert page(answered)[0] == 400


@pytest.mark.parametrize(("to", "path"), [
    ("/", "/"), ("/rooms/a/b", "/rooms/a/b"), ("/search?q=%2F%2Fx", "/search?q=%2F%2Fx"),
    ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"), ("\\\\evil.example", "/"),
    ("/\t/evil.example", "/"), ("/\n", "/"), ("/\u2028", "/"), ("javascript:alert(1)", "/"), ("", "/"), ("x", "/"),
    ("/" + "x" * 600, "/")])
def test_nobody_is_led_elsewhere(to: str, path: str) -> None:
    assert own_path(to) == path


HOUR = 3600
WRONG_CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"nonce": "another"}, "nonce"), ({"nonce": None}, "nonce"), ({"aud": "another"}, "aud"), ({"aud": None}, "aud"),
    ({"aud": ["another", "third"]}, "aud"), ({"aud": [CLIENT, "another"]}, "for somebody else"),
    ({"aud": [CLIENT, "another"], "azp": "another"}, "for somebody else"), ({"azp": "another"}, "for somebody else"),
    ({"iss": "https://evil.example"}, "iss"), ({"iss": None}, "iss"), ({"sub": None}, "sub"), ({"exp": None}, "exp"),
    ({"iat": None}, "iat"), ({"exp": "tomorrow"}, "exp")]


async def test_id_tokens_that_are_not_believed(way: Way) -> None:
    now = way.provider.now
    for claims, reason in [*WRONG_CLAIMS, ({"exp": now - 61}, "exp"), ({"iat": now + HOUR}, "in the future"),
                           ({"nbf": now + HOUR}, "not yet valid")]:
        way.provider.claims = claims
        status, text = await way.refusal()
        assert (status, reason in text) == (502, True), (claims, text)
    way.provider.claims = {"aud": [CLIENT, "another"], "azp": CLIENT, "exp": now - 30, "iat": now + 30}
    async with way.browser() as browser:
        assert (await way.signs_in(browser)).status_code == 303  # clocks differ a little


async def test_signatures_that_are_not_believed(way: Way) -> None:
    provider, right = way.provider, ECKey.generate_key("P-256", {"kid": "one"})
    content = _unsigned({"alg": "HS256", "kid": "one"}).removesuffix(".")
    by_public = hmac.digest(right.as_pem(private=False), content.encode(), "sha256")
    forged: dict[str, tuple[ECKey | OctKey, str, str | None]] = {
        "another key": (ECKey.generate_key("P-256", {"kid": "one"}), "ES256", None),
        "our secret": (OctKey.import_key(SECRET * 4, {"kid": "one"}), "HS256", None),
        "its public key": (right, "ES256", f"{content}.{urlsafe_b64encode(by_public).decode().rstrip('=')}"),
        "none": (right, "ES256", _unsigned({"alg": "none"})),
        "cut": (right, "ES256", _unsigned({"alg": "ES256", "kid": "one"})),
        "nonsense": (right, "ES256", "nonsense")}
    provider.shown = [right]
    for how, (provider.key, provider.algorithm, provider.token) in forged.items():
        status, text = await way.refusal()
        assert (status, "cannot be trusted" in text) == (502, True), how


def _unsigned(header: dict[str, str]) -> str:
    parts = (header, {"iss": "x", "email": BARE})
    return ".".join(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."


async def test_a_provider_may_change_its_keys(way: Way) -> None:
    async with way.browser() as browser:
        assert (await way.signs_in(browser)).status_code == 303
        way.provider.key = ECKey.generate_key("P-256", {"kid": "two"})
        refused = page(await way.signs_in(browser))
        assert (refused[0], "a key that the provider does not show" in refused[1]) == (502, True)
        way.house.desk.clock.advance(60)  # it is asked again, but not by everybody who comes along
        assert (await way.signs_in(browser)).status_code == 303
    assert way.provider.paths.count("/keys") == 2


MEANT: list[tuple[dict[str, Any], dict[str, Any], tuple[int, str] | None]] = [
    ({}, {"email_verified": False}, (403, "Litware has not verified that")),
    ({}, {"email_verified": "true"}, (403, "Litware has not verified that")),
    ({}, {"email_verified": None}, (403, "Litware has not verified that")),
    ({}, {"email": None}, (403, "Litware does not tell")),
    ({}, {"email": ["alice@litwareinc.com"]}, (403, "Litware does not tell")),
    ({}, {"email": "nobody@litwareinc.com"}, (403, "You are")),
    ({}, {"email": "alice"}, (403, "You are")),
    ({}, {"email": "<img src=x onerror=alert(1)>"}, (403, "You are &quot;&lt;img")),
    ({"claim": "upn"}, {}, (403, "Litware does not tell &quot;upn&quot;")),
    ({"claim": "upn"}, {"upn": "ALICE@LitwareInc.com"}, None),
    ({"claim": "upn", "domain": "litwareinc.com"}, {"upn": "alice"}, None),
    ({"claim": "upn", "domain": "litwareinc.com"}, {"upn": "alice@evil.example"}, (403, "You are")),
    ({}, {"email": "sip:alice@litwareinc.com"}, None),
]


async def test_whom_claims_mean(way: Way) -> None:
    for settings, claims, refusal in MEANT:
        way.provider.claims = claims
        async with way.browser(**settings) as browser:
            seen = await way.signs_in(browser)
            if refusal is None:
                assert seen.status_code == 303, claims
            else:
                status, text = page(seen)
                assert (status, text[:len(refusal[1])]) == refusal, claims


@pytest.mark.parametrize("who", ["disabled", "a bot"])
async def test_who_may_not_sign_in_does_not(way: Way, who: str) -> None:
    alice, desk = way.house.people[ALICE], way.house.desk
    if who == "disabled":
        await desk.people.set_enabled(alice, enabled=False)
    else:
        row = {"person_id": alice.id, "owner_id": None, "description": "", "created_at": desk.clock.now(),
               "removed": False}
        await desk.database.write(lambda connection: connection.execute(insert(bots).values(row)))
    status, text = await way.refusal()
    assert (status, text[:7]) == (403, "You are")
    assert await way.house.bearers.of(alice, Kind.SESSION) == []


async def test_what_is_only_told_when_asked(way: Way) -> None:
    provider = way.provider
    provider.claims = {"email": None, "email_verified": None}
    provider.info = {"email": BARE, "email_verified": True}
    async with way.browser() as browser:
        assert (await way.signs_in(browser)).status_code == 303
    provider.info = {"sub": "another", "email": BARE, "email_verified": True}
    status, text = await way.refusal()
    assert (status, "of somebody else" in text) == (502, True)


@pytest.mark.parametrize("secret", ["in the header", "in the body", "wrong"])
async def test_the_server_proves_who_it_is(way: Way, secret: str) -> None:
    if secret == "in the body":
        way.provider.described = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    async with way.browser(secret="guessed" if secret == "wrong" else SECRET) as browser:
        seen = await way.signs_in(browser)
    if secret == "wrong":
        assert page(seen) == (403, "Litware did not sign you in: invalid_client.")
    else:
        assert seen.status_code == 303


DESCRIBED: list[tuple[dict[str, Any], str]] = [
    ({"issuer": "https://evil.example"}, "it calls itself"),
    ({"issuer": None}, "it calls itself"),
    ({"token_endpoint": "http://evil.example/token"}, "token_endpoint"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
    ({"jwks_uri": None}, "jwks_uri"),
    ({"jwks_uri": 7}, "jwks_uri"),
    ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "signs in no way"),
]


async def test_descriptions_that_are_not_believed(way: Way) -> None:
    for way.provider.described, reason in DESCRIBED:
        status, text = await way.refusal()
        assert (status, reason in text) == (502, True), text


ANSWERED: list[tuple[str, bytes, int, str]] = [
    (DESCRIPTION, whole(b"<html>"), 502, "no JSON object"),
    (DESCRIPTION, whole(b"[" * 200_000), 502, "no JSON object"),
    (DESCRIPTION, whole(b" " * 300_000), 502, "longer than 262144 bytes"),
    (DESCRIPTION, whole(b"", 302, "Location: http://127.0.0.1:1/"), 502, "it answered 302"),
    (DESCRIPTION, b"HTTP/1.1 nonsense\r\n\r\n", 502, "cannot be asked"),
    ("/token", whole(b"oops", 500), 502, "it answered 500"),
    ("/token", answer({"error": "<script>"}, 400), 502, "it answered 400"),
    ("/token", answer({"error": "invalid_grant"}, 400), 403, "invalid_grant"),
    ("/token", answer({"access_token": "x"}), 502, "no ID token"),
    ("/keys", answer({"keys": "none"}), 502, "its keys"),
    ("/keys", answer({}), 502, "its keys"),
    ("/keys", answer({"keys": []}), 502, "its keys"),
    ("/keys", answer({"keys": [{"kty": "EC", "crv": "P-256"}]}), 502, "its keys"),
]


async def test_answers_that_are_none(way: Way) -> None:
    for path, reply, status, reason in ANSWERED:
        way.provider.answers = {path: reply}
        seen, text = await way.refusal()
        assert (seen, reason in text) == (status, True), text


async def test_a_provider_that_is_not_there_is_left_alone(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.web.oidc_provider._SECONDS", 0.2)
    way.provider.answers[DESCRIPTION] = None
    async with way.browser() as browser:
        status, text = page(await browser.get(GO))
        assert (status, "no answer within 0.2 seconds" in text) == (502, True)
        assert page(await browser.get(GO))[0] == 502
        assert way.provider.paths == [DESCRIPTION]
        del way.provider.answers[DESCRIPTION]
        way.house.desk.clock.advance(5)
        assert (await way.signs_in(browser)).status_code == 303


@pytest.mark.parametrize(("params", "reason"), [
    ({"error": "access_denied"}, "access_denied"), ({"error": "<b>call 555</b>"}, "no reason"), ({}, "no reason")])
async def test_who_is_sent_back_without_a_code_sees_why(way: Way, params: dict[str, str], reason: str) -> None:
    async with way.browser() as browser:
        sent = await browser.get(GO)
        state = way.provider.sign_in(sent.headers["Location"])["state"]
        status, text = page(await browser.get(BACK, params={"state": state, **params}))
    assert (status, reason in text) == (403, True)


async def test_the_answer_of_another_provider_is_not_taken(way: Way) -> None:
    """Of several providers, one cannot pass another's code off as its own (RFC 9207)."""
    async with way.browser() as browser:
        assert page(await way.signs_in(browser, iss="https://evil.example"))[0] == 502
        assert (await way.signs_in(browser, iss=way.provider.issuer)).status_code == 303
    way.provider.described = {"authorization_response_iss_parameter_supported": True}
    async with way.browser() as browser:
        assert page(await way.signs_in(browser))[0] == 502
        assert (await way.signs_in(browser, iss=way.provider.issuer)).status_code == 303


async def test_who_comes_back_in_vain_too_often_waits(way: Way) -> None:
    async with way.browser() as browser:
        found = {(await browser.get(BACK, params={"state": "x", "code": "y"})).status_code for _ in range(21)}
        assert found == {400}
        assert (await browser.get(BACK, params={"state": "x", "code": "y"})).status_code == 429


@pytest.mark.parametrize(("url", "safe"), [
    ("https://id.example.com/x", True), ("http://localhost:9400/x", True), ("http://[::1]/x", True),
    ("http://id.example.com/x", False), ("https://", False), ("ftp://id.example.com", False), ("https://a@b/", False),
    ("https://id.example.com/#x", False), ("https://[", False), ("", False)])
def test_addresses_of_providers(url: str, safe: bool) -> None:
    assert is_safe(url) is safe
