"""An OpenID provider on the loopback interface that does just what a test wants, right or wrong.

How a real one behaves is tested in tests/doors/test_signin_provider.py; real ones do nothing wrong.
"""

import asyncio
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SECRET = "parlour", "s3cret: with a colon"
Json = dict[str, Any]


@dataclass
class Provider:
    """The provider.

    Attributes:
        now: seconds since 1970, by its clock.
        port: where it listens.
        key: signs ID tokens.
        shown: the keys that it shows.
        claims: of whoever signs in; they replace those that belong there, and None takes one away.
        info: what it tells besides when asked.
        described: replaces what it says of itself; None takes something away.
        answers: whole answers by path, in the place of the right ones; None: no answer at all.
        token: the ID token, in the place of the right one.
        algorithm: of the signature.
        paths: what was asked for.
    """

    now: int
    port: int = 0
    key: ECKey | OctKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    shown: list[ECKey] | None = None
    claims: Json = field(default_factory=dict)
    info: Json | None = None
    described: Json = field(default_factory=dict)
    answers: dict[str, bytes | None] = field(default_factory=dict)
    token: str | None = None
    algorithm: str = "ES256"
    paths: list[str] = field(default_factory=list)
    _began: Json = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, address: str) -> Json:
        """Take somebody who was sent to `address`, as a browser would; return what he brings back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        self._began = asked
        return {"code": "the-code", "state": asked["state"]}

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = head[0].split()[1]
            self.paths.append(path)
            reply = self.answers[path] if path in self.answers else self._answer(path, headers, body.decode())
            if reply is None:
                await reader.read()
            else:
                writer.write(reply)
                await writer.drain()
        except ConnectionError:
            pass  # whoever asked has had enough
        finally:
            writer.close()

    def _answer(self, path: str, headers: dict[str, str], body: str) -> bytes:
        match path:
            case "/.well-known/openid-configuration":
                return answer(self._describe())
            case "/keys":
                keys = self.shown if self.shown is not None else [self.key]
                return answer(dict(KeySet(list(keys)).as_dict()))
            case "/token":
                return self._exchange(headers, dict(parse_qsl(body)))
            case "/info" if headers.get("authorization") == "Bearer the-access-token":
                return answer({"sub": "0815", **(self.info or {})})
        return answer({"error": "not_found"}, 404)

    def _describe(self) -> Json:
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": None if self.info is None else f"{self.issuer}/info",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"], **self.described}
        return {name: value for name, value in told.items() if value is not None}

    def _exchange(self, headers: dict[str, str], form: dict[str, str]) -> bytes:
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        right = (form.get("grant_type"), form.get("code"), form.get("redirect_uri"), challenge) == (
            "authorization_code", "the-code", self._began["redirect_uri"], self._began["code_challenge"])
        if _client(headers, form) != (CLIENT, SECRET):
            return answer({"error": "invalid_client"}, 401)
        if not right:
            return answer({"error": "invalid_grant"}, 400)
        return answer({"access_token": "the-access-token", "token_type": "Bearer", "id_token": self._id_token()})

    def _id_token(self) -> str:
        if self.token is not None:
            return self.token
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "0815", "iat": self.now, "exp": self.now + 300,
                  "nonce": self._began["nonce"], "email": "alice@litwareinc.com", "email_verified": True, **self.claims}
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, told, self.key, algorithms=[self.algorithm])


def _client(headers: dict[str, str], form: dict[str, str]) -> tuple[str | None, str | None]:
    if "authorization" not in headers:
        return form.get("client_id"), form.get("client_secret")
    name, _, secret = b64decode(headers["authorization"].removeprefix("Basic ")).decode().partition(":")
    return unquote(name), unquote(secret)


def answer(told: object, status: int = 200) -> bytes:
    """Return a whole answer in JSON."""
    return whole(json.dumps(told).encode(), status)


def whole(content: bytes, status: int = 200, *headers: str) -> bytes:
    """Return a whole answer."""
    lines = (f"HTTP/1.1 {status} Whatever", "Content-Type: application/json", f"Content-Length: {len(content)}",
             "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode() + content


@asynccontextmanager
async def providing(now: int) -> AsyncIterator[Provider]:
    """Have a provider listen."""
    provider = Provider(now)
    server = await asyncio.start_server(provider.handle, "127.0.0.1", 0)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
        await server.wait_closed()
