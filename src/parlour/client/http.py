"""The HTTP side of the client, with and without asyncio."""

import ssl
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from parlour.authorization import basic, bearer
from parlour.client.calls import Call, begin_upload, file
from parlour.client.cmdlets import Outcome, path_of, read_outcome
from parlour.client.connections import AsyncConnection, Connection
from parlour.client.errors import ApiError
from parlour.forms import FileForm

T = TypeVar("T")
_TIMEOUT_SECONDS = 30.0


class _Base:
    """What both forms share.

    Args:
        url: where the web listener is, e.g. ``https://chat.example.com:8443``.
        token: an access token; or
        address: SIP address, and
        password: the password to it.
        verify: whom to trust to certify the server; the system's authorities without it.
    """

    def __init__(
        self, url: str, *, token: str = "", address: str = "", password: str = "",
        verify: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._verify = verify or ssl.create_default_context()
        self._headers = {"Authorization": bearer(token) if token else basic(address, password)}

    @property
    def _options(self) -> dict[str, Any]:
        return {"base_url": self._url, "headers": self._headers, "verify": self._verify, "timeout": _TIMEOUT_SECONDS,
                "trust_env": False}

    @property
    def _live_url(self) -> str:
        return "ws" + self._url.removeprefix("http") + "/api/v1/live"


class Client(_Base):
    """A client for programs without asyncio; a context manager."""

    def __enter__(self) -> Self:
        self._http = httpx.Client(**self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def do(self, call: Call[T]) -> T:
        """Carry out a call and return what came of it.

        Raises:
            ApiError: the server refused.
            httpx.HTTPError: it was not reached.
        """
        return cast("T", _result(self._http.send(_request(self._http, call))))

    def upload(self, room: str, name: str, content: bytes) -> FileForm:
        """Bring a file to a room and return it; its link is for a message.

        Raises:
            ApiError: the server refused.
            httpx.HTTPError: it was not reached.
        """
        begun = self.do(begin_upload(room, name))
        _result(self._http.put(begun["upload"], content=content))
        return self.do(file(room, begun["guid"]))

    def download(self, room: str, guid: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            ApiError: the server refused.
            httpx.HTTPError: it was not reached.
        """
        return _bytes(self._http.get(f"{file(room, guid).path}/content"))

    def cmdlet(self, name: str, **parameters: object) -> Outcome:
        """Run a cmdlet within one's roles, to its end; lists may be ``{"Add": [...], "Remove": [...]}``.

        Raises:
            ApiError: it did not begin: there is none of that name for oneself, or a parameter is wrong.
            httpx.HTTPError: the server was not reached.
        """
        return read_outcome(_bytes(self._http.post(path_of(name), json=parameters, timeout=None)))

    def live(self) -> Connection:
        """Open a live connection; a context manager."""
        return Connection(self._live_url, self._headers, self._verify)


class AsyncClient(_Base):
    """A client for programs with asyncio; an async context manager."""

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(**self._options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def do(self, call: Call[T]) -> T:
        """Carry out a call and return what came of it.

        Raises:
            ApiError: the server refused.
            httpx.HTTPError: it was not reached.
        """
        return cast("T", _result(await self._http.send(_request(self._http, call))))

    async def upload(self, room: str, name: str, content: bytes) -> FileForm:
        """Bring a file to a room and return it; its link is for a message.

        Raises:
            ApiError: the server refused.
            httpx.HTTPError: it was not reached.
        """
        begun = await self.do(begin_upload(room, name))
        _result(await self._http.put(begun["upload"], content=content))
        return await self.do(file(room, begun["guid"]))

    async def download(self, room: str, guid: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            ApiError: the server refused.
            httpx.HTTPError: it was not reached.
        """
        return _bytes(await self._http.get(f"{file(room, guid).path}/content"))

    async def cmdlet(self, name: str, **parameters: object) -> Outcome:
        """Run a cmdlet within one's roles, to its end; lists may be ``{"Add": [...], "Remove": [...]}``.

        Raises:
            ApiError: it did not begin: there is none of that name for oneself, or a parameter is wrong.
            httpx.HTTPError: the server was not reached.
        """
        return read_outcome(_bytes(await self._http.post(path_of(name), json=parameters, timeout=None)))

    def live(self) -> AsyncConnection:
        """Open a live connection; an async context manager."""
        return AsyncConnection(self._live_url, self._headers, self._verify)


def _request(http: httpx.Client | httpx.AsyncClient, call: Call[T]) -> httpx.Request:
    query = {name: value for name, value in call.query.items() if value is not None}
    return http.build_request(call.method, call.path, params=query, json=call.body, headers=dict(call.headers))


def _result(response: httpx.Response) -> Any:  # noqa: ANN401 - whatever the call says
    return (response.json() if _bytes(response) else None)


def _bytes(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    raise _error(response)


def _error(response: httpx.Response) -> ApiError:
    try:
        problem = response.json()
        known = problem.get("type", "").startswith("urn:parlour:error:")
        return ApiError(response.status_code, problem["title"] if known else "",
                        problem.get("detail", problem.get("title", "")))
    except (ValueError, AttributeError, KeyError):  # not one of the server's own answers
        return ApiError(response.status_code, "", response.reason_phrase)
