"""Who asks: by cookie, access token, or name and password; and what pages of other sites get."""

from base64 import b64encode

import pytest
from tests.directory.directory_kit import PASSWORD
from tests.web.signin_kit import ALICE, HOST, PEER, House

from parlour.directory.bearers import ALL_SCOPES, Kind
from parlour.errors import (
    CSRF_NEEDED,
    ORIGIN_FOREIGN,
    SCOPE_MISSING,
    SIGN_IN_NEEDED,
    SIGN_IN_REFUSED,
    TOKEN_REFUSED,
    ErrorKind,
    ParlourError,
)
from parlour.web.callers import Scope, csrf_token

OWN = f"https://{HOST}"


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


class Asking:
    """Alice's session and token, and whatever is made of them.

    Args:
        house: where.
        session, token: their secrets.
    """

    def __init__(self, house: House, session: str, token: str) -> None:
        self.house = house
        self.session, self.token = session, token

    async def who(self, method: str = "GET", **headers: str) -> str:
        """Return who it is, or the name of the refusal."""
        given = {name.replace("_", "-").lower(): self.filled(value) for name, value in headers.items()}
        lower = _Lower({"host": HOST, **given})
        try:
            return (await self.house.callers.identify(lower, method, PEER)).person.address.user
        except ParlourError as refused:
            return refused.kind.name

    def filled(self, text: str) -> str:
        """Put the secrets in the place of their names."""
        csrf = csrf_token(self.session)
        return text.replace("SESSION", self.session).replace("TOKEN", self.token).replace("CSRF", csrf)


class _Lower(dict[str, str]):
    """Headers by names in any case, as servers give them."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return super().get(name.lower(), default)


@pytest.fixture
async def asking(house: House) -> Asking:
    alice = house.people[ALICE]
    session = await house.bearers.open_session(alice, "Browser/1", PEER)
    token = await house.bearers.make_token(alice, "script", [Scope.READ], 30)
    return Asking(house, session.secret, token.secret)


COOKIE = "__Host-parlour=SESSION"


ASKED: list[tuple[str, dict[str, str], str]] = [
    ("GET", {}, "SignInNeeded"),
    # cookies
    ("GET", {"Cookie": COOKIE}, "alice"),
    ("HEAD", {"Cookie": f"theme=dark; {COOKIE}; x=y"}, "alice"),
    ("GET", {"Cookie": "__Host-parlour="}, "SignInNeeded"),
    ("GET", {"Cookie": "__Host-parlour=wrong"}, "SignInNeeded"),
    ("GET", {"Cookie": "__Host-parlour=\xe4"}, "SignInNeeded"),
    ("GET", {"Cookie": "parlour=SESSION"}, "SignInNeeded"),
    ("GET", {"Cookie": "__host-parlour=SESSION"}, "SignInNeeded"),
    ("GET", {"Cookie": f"{COOKIE}; __Host-parlour=another"}, "SignInNeeded"),
    ("GET", {"Cookie": "__Host-parlour=TOKEN"}, "SignInNeeded"),
    # forgery
    ("POST", {"Cookie": COOKIE}, "CsrfNeeded"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF"}, "alice"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRFx"}, "CsrfNeeded"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "\u00e4\ud800"}, "CsrfNeeded"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "SESSION"}, "CsrfNeeded"),
    ("PUT", {"Cookie": COOKIE, "X_CSRF_Token": ""}, "CsrfNeeded"),
    ("PATCH", {"Cookie": COOKIE}, "CsrfNeeded"),
    ("DELETE", {"Cookie": COOKIE}, "CsrfNeeded"),
    ("BREW", {"Cookie": COOKIE}, "CsrfNeeded"),
    # origins
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": OWN}, "alice"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": OWN.upper()}, "alice"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": "https://outside.example.com"}, "alice"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": "https://evil.example"}, "OriginForeign"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": f"http://{HOST}"}, "OriginForeign"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": f"{OWN}:8443"}, "OriginForeign"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": "null"}, "OriginForeign"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Origin": ""}, "OriginForeign"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Sec_Fetch_Site": "cross-site"}, "OriginForeign"),
    ("POST", {"Cookie": COOKIE, "X_CSRF_Token": "CSRF", "Sec_Fetch_Site": "same-origin"}, "alice"),
    ("GET", {"Cookie": COOKIE, "Sec_Fetch_Site": "cross-site"}, "alice"),  # a link from elsewhere
    # live connections
    ("GET", {"Cookie": COOKIE, "Upgrade": "websocket", "Origin": OWN}, "alice"),
    ("GET", {"Cookie": COOKIE, "Upgrade": "WebSocket"}, "OriginForeign"),
    ("GET", {"Cookie": COOKIE, "Upgrade": "websocket", "Origin": "https://evil.example"}, "OriginForeign"),
    ("GET", {"Authorization": "Bearer TOKEN", "Upgrade": "websocket"}, "alice"),
    ("GET", {"Authorization": "Bearer TOKEN", "Upgrade": "websocket", "Origin": "https://evil.example"},
     "OriginForeign"),
    # access tokens
    ("GET", {"Authorization": "Bearer TOKEN"}, "alice"),
    ("POST", {"Authorization": "bearer  TOKEN"}, "alice"),
    ("POST", {"Authorization": "Bearer TOKEN", "Origin": "https://evil.example"}, "alice"),
    ("GET", {"Authorization": "Bearer SESSION"}, "TokenRefused"),
    ("GET", {"Authorization": "Bearer TOKENx"}, "TokenRefused"),
    ("GET", {"Authorization": "Bearer"}, "TokenRefused"),
    ("GET", {"Authorization": "Bearer \ud800"}, "TokenRefused"),
    ("GET", {"Authorization": "Bearer stale", "Cookie": COOKIE}, "TokenRefused"),  # it does not fall back
    # names and passwords
    ("POST", {"Authorization": basic("alice@litwareinc.com", PASSWORD)}, "alice"),
    ("GET", {"Authorization": basic("bob@litwareinc.com", PASSWORD), "Cookie": COOKIE}, "bob"),
    ("GET", {"Authorization": basic("alice@litwareinc.com", "wrong"), "Cookie": COOKIE}, "SignInRefused"),
    ("GET", {"Authorization": "Basic ?"}, "SignInNeeded"),
    ("GET", {"Authorization": "Negotiate abc", "Cookie": COOKIE}, "SignInNeeded"),
]


async def test_who_asks(asking: Asking) -> None:
    found = [(method, headers, await asking.who(method, **headers)) for method, headers, _ in ASKED]
    assert [one for one, wanted in zip(found, ASKED, strict=True) if one != wanted] == []


async def refusal(asking: Asking, scope: Scope, **headers: str) -> ErrorKind | None:
    caller = await asking.house.callers.identify(
        _Lower({name.lower(): asking.filled(value) for name, value in headers.items()}), "GET", PEER)
    try:
        caller.require(scope)
    except ParlourError as refused:
        return refused.kind
    return None


async def test_a_token_is_good_for_its_scopes_alone(asking: Asking) -> None:
    for scope in Scope:
        by_token = await refusal(asking, scope, Authorization="Bearer TOKEN")
        assert by_token is (None if scope is Scope.READ else SCOPE_MISSING)
        assert await refusal(asking, scope, Cookie=COOKIE) is None
        assert await refusal(asking, scope, Authorization=basic("alice@litwareinc.com", PASSWORD)) is None


async def test_what_a_caller_is_told_to_have(asking: Asking) -> None:
    caller = await asking.house.callers.identify(_Lower(cookie=asking.filled(COOKIE)), "GET", PEER)
    assert caller.scopes == ALL_SCOPES
    assert caller.bearer is not None
    assert (caller.bearer.kind, caller.bearer.agent, caller.bearer.address) == (Kind.SESSION, "Browser/1", PEER)
    by_password = await asking.house.callers.identify(
        _Lower(authorization=basic("alice@litwareinc.com", PASSWORD)), "GET", PEER)
    assert (by_password.scopes, by_password.bearer) == (ALL_SCOPES, None)


async def test_who_is_disabled_gets_nowhere_with_what_he_has(asking: Asking) -> None:
    await asking.house.desk.people.set_enabled(asking.house.people[ALICE], enabled=False)
    assert await asking.who(Cookie=COOKIE) == SIGN_IN_NEEDED.name
    assert await asking.who(Authorization="Bearer TOKEN") == TOKEN_REFUSED.name
    assert await asking.who(Authorization=basic("alice@litwareinc.com", PASSWORD)) == SIGN_IN_REFUSED.name
    await asking.house.desk.people.set_enabled(asking.house.people[ALICE], enabled=True)
    assert await asking.who(Cookie=COOKIE) == SIGN_IN_NEEDED.name  # it was over, and stays so
    assert await asking.who(Authorization="Bearer TOKEN") == TOKEN_REFUSED.name


async def test_the_token_against_forgery_is_of_one_session(asking: Asking) -> None:
    another = await asking.house.bearers.open_session(asking.house.people[ALICE], "", PEER)
    assert csrf_token(another.secret) != csrf_token(asking.session)
    assert await asking.who(
        "POST", Cookie=COOKIE, X_CSRF_Token=csrf_token(another.secret)) == CSRF_NEEDED.name
    assert await asking.who("POST", Cookie=f"__Host-parlour={another.secret}", Origin="https://a.example",
                            X_CSRF_Token=csrf_token(another.secret)) == ORIGIN_FOREIGN.name
