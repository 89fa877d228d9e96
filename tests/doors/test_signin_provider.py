"""Signing in at a real OpenID provider (oidc-provider-mock, on Authlib), with a real node."""

import asyncio
import re
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.doors.kit import SECONDS, made

from parlour.testing import Deployment
from parlour.testing.child import Child
from parlour.testing.deployment import START_SECONDS, free_port

GO, BACK, SESSION = "/api/v1/oidc", "/api/v1/oidc/callback", "/api/v1/session"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a provider that insists on nonces, and on clients that it knows."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port),
               "--require-registration", "true", "--require-nonce", "true"]
    log = tmp_path_factory.mktemp("provider") / "log"
    child = Child(command, {"NO_COLOR": "1"}, log, re.compile("Uvicorn running"))
    try:
        asyncio.run(child.ready(START_SECONDS))
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run(child.kill())


@pytest.fixture(scope="module")
def deployment(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("oidc")
    port = free_port()
    own = f"https://127.0.0.1:{port}"
    client = httpx.post(f"{provider}/oauth2/clients", json={"redirect_uris": [own + BACK]}, trust_env=False).json()
    secret = folder / "secret"
    secret.write_text(client["client_secret"] + "\n")
    unmade = Deployment(folder, users=("alice",), rooms=(), web=True, settings=(
        f'web_address = "{own}"\noidc_issuer = "{provider}"\noidc_client = "{client["client_id"]}"\n'
        f'oidc_secret_file = "{secret}"\noidc_name = "Litware ID"\n'))
    unmade.web_port = port
    with made(unmade) as served:
        yield served


@pytest.fixture
async def browser(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in with."""
    trust = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    trust.check_hostname = False
    async with httpx.AsyncClient(base_url=f"https://127.0.0.1:{deployment.web_port}", verify=trust, trust_env=False,
                                 timeout=SECONDS) as browser:
        yield browser


async def told(provider: str, subject: str, **claims: object) -> None:
    """Tell the provider what it knows of somebody."""
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.put(f"{provider}/users/{subject}", json=claims)).raise_for_status()


async def there_and_back(browser: httpx.AsyncClient, subject: str) -> httpx.Response:
    """Go to the provider, be somebody there, and come back; return what one sees then."""
    sent = await browser.get(GO, params={"to": "/rooms"})
    assert sent.status_code == 303, sent.text
    async with httpx.AsyncClient(trust_env=False) as elsewhere:
        shown = await elsewhere.get(sent.headers["Location"])
        assert shown.status_code == 200, shown.text
        back = await elsewhere.post(sent.headers["Location"], data={"sub": subject})
    address = urlsplit(back.headers["Location"])
    assert address.path == BACK
    return await browser.get(f"{address.path}?{address.query}")


async def test_somebody_signs_in_at_the_provider(
    deployment: Deployment, provider: str, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get("/api/v1/sign-in")).json() == {
        "password": True, "oidc": {"name": "Litware ID", "href": GO}}
    await told(provider, "a-1", email=deployment.address("alice"), email_verified=True)
    back = await there_and_back(browser, "a-1")
    assert (back.status_code, back.headers["Location"]) == (303, "/rooms")
    session = (await browser.get(SESSION)).json()
    assert session["person"]["address"] == deployment.address("alice")
    csrf = {"X-CSRF-Token": session["csrf"]}
    assert (await browser.delete(SESSION, headers=csrf)).status_code == 204
    assert (await browser.get(SESSION)).status_code == 401


@pytest.mark.parametrize(("claims", "refusal"), [
    ({"email": "mallory@litwareinc.com", "email_verified": True}, "OidcPersonUnknown"),
    ({"email": "alice@litwareinc.com"}, "OidcEmailUnverified"),
    ({"name": "Alice"}, "OidcClaimMissing")])
async def test_whom_it_does_not_let_in(
    provider: str, browser: httpx.AsyncClient, claims: dict[str, object], refusal: str
) -> None:
    await told(provider, "a-2", **claims)
    seen = await there_and_back(browser, "a-2")
    assert (seen.status_code, refusal in seen.text) == (403, True), seen.text
    assert seen.headers["Content-Type"] == "text/html; charset=utf-8"
    assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (await browser.get(SESSION)).status_code == 401


async def test_a_code_is_good_for_once(deployment: Deployment, provider: str, browser: httpx.AsyncClient) -> None:
    """Whoever saw the way back cannot take it, in this browser or another."""
    await told(provider, "a-1", email=deployment.address("alice"), email_verified=True)
    sent = await browser.get(GO)
    kept = browser.cookies["__Host-parlour-oidc"]
    async with httpx.AsyncClient(trust_env=False) as elsewhere:
        way_back = (await elsewhere.post(sent.headers["Location"], data={"sub": "a-1"})).headers["Location"]
    assert (await browser.get(way_back)).status_code == 303
    assert (await browser.get(way_back)).status_code == 400
    browser.cookies.clear()
    replayed = await browser.get(way_back, headers={"Cookie": f"__Host-parlour-oidc={kept}"})
    assert (replayed.status_code, "invalid_grant" in replayed.text) == (403, True)
