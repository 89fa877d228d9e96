"""The headers of every answer."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from tests.web.signin_kit import House

EXPECTED = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
}


async def test_every_answer_has_them(house: House) -> None:
    async with house.browser() as browser:
        for path in ("/api/v1/sign-in", "/api/v1/session", "/api/v1/nothing-here", "/nothing-here"):
            headers = (await browser.get(path)).headers
            assert {name: headers.get(name) for name in EXPECTED} == EXPECTED, path
            assert headers["permissions-policy"]
        for path in ("/api/v1/sign-in", "/api/v1/session", "/api/v1/nothing-here"):
            assert (await browser.get(path)).headers["cache-control"] == "no-store"


async def test_so_has_the_answer_when_something_broke(house: House) -> None:
    router = APIRouter()

    @router.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("a defect")

    house.app.include_router(router)
    async with house.browser() as browser:
        answer = await browser.get("/api/broken")
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert (answer.status_code, answer.json()) == (
        500, {"type": "about:blank", "title": "Internal Server Error", "status": 500})


async def test_what_a_route_says_stays(house: House) -> None:
    router = APIRouter()
    own = {"Content-Security-Policy": "script-src 'self'", "Cache-Control": "public, max-age=9",
           "Referrer-Policy": "no-referrer"}

    @router.get("/api/page")
    async def page() -> Response:
        return PlainTextResponse("a page", headers=own)

    house.app.include_router(router)
    async with house.browser() as browser:
        headers = (await browser.get("/api/page")).headers
    assert {name: headers.get_list(name) for name in own} == {name: [value] for name, value in own.items()}
    assert headers["strict-transport-security"]
