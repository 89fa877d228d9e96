"""The side of somebody who administers from elsewhere: commands go to a node over HTTPS, under his own name.

Kept free of heavy imports, like `parlour.operator`, whose `Connection` it stands in for.
"""

import json
import os
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from shutil import get_terminal_size
from typing import Any
from urllib.parse import urlsplit

from parlour.authorization import basic, bearer
from parlour.errors import SERVER_INVALID, ParlourError
from parlour.operator import Console, Unread, check_length, show_event

_PREFIX = "/api/admin/v1"
_FAILED = 1


class RemoteConnection:
    """Runs commands on a node elsewhere, each over a connection of its own: a node closes one that is idle.

    Args:
        http: connects to it.
        credentials: value of the Authorization header.
        console: where what they say is shown.
    """

    def __init__(self, http: HTTPConnection, credentials: str, console: Console) -> None:
        self._http = http
        self._credentials = credentials
        self._console = console

    def run(self, source: str | Sequence[str], trial: bool = False) -> int:
        """Run a line of the shell's language, or words, maybe as a trial that changes nothing; return the status."""
        check_length(source)
        asked = {"source": source if isinstance(source, str) else list(source),
                 "width": get_terminal_size((120, 24)).columns, "progress": self._console.shows_progress,
                 "trial": trial}
        try:
            return self._shown(self._post("/run", asked))
        except Unread:
            return _FAILED
        except KeyboardInterrupt:
            self._console.stop()
            raise
        except (HTTPException, ValueError) as fault:
            raise ConnectionError(f"{self._http.host} does not answer as a node does: {fault!r}") from fault
        finally:
            self._http.close()  # which ends the run, if it did not
            self._console.done()

    def _shown(self, answer: HTTPResponse) -> int:
        if answer.status != 200:
            self._console.show("err", f"parlour: {_detail(answer)}\n")
            return _FAILED
        for line in answer:
            event: dict[str, Any] = json.loads(line)
            show_event(self._console, event)
            if "end" in event:
                answer.read()
                return int(event["end"]["status"])
        raise ConnectionError("the node ended the connection")

    def complete(self, source: str | Sequence[str]) -> list[str]:
        """Return what the last word of a line, or the last of some words, can become."""
        try:
            answer = self._post("/complete", {"text": source if isinstance(source, str) else list(source)})
            found = json.loads(answer.read())
        except (HTTPException, ValueError) as fault:
            raise ConnectionError(f"{self._http.host} does not answer as a node does: {fault!r}") from fault
        finally:
            self._http.close()
        return [str(word) for word in found] if isinstance(found, list) else []

    def _post(self, path: str, body: dict[str, Any]) -> HTTPResponse:
        headers = {"Authorization": self._credentials, "Content-Type": "application/json"}
        try:
            self._http.request("POST", f"{_PREFIX}{path}", json.dumps(body), headers)
            self._http.sock.settimeout(None)  # a long command may be silent for long
            return self._http.getresponse()
        except ssl.SSLCertVerificationError as fault:
            raise ConnectionError(
                f"{self._http.host} is not trusted: {fault.verify_message}; --ca names the certificate to trust"
            ) from fault
        except HTTPException as fault:
            raise ConnectionError(f"{self._http.host} does not answer as a node does: {fault!r}") from fault
        except OSError as fault:
            raise ConnectionError(f"{self._http.host}:{self._http.port}: {fault}") from fault


def _detail(answer: HTTPResponse) -> str:
    try:
        return str(json.loads(answer.read())["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status} {answer.reason}"


@contextmanager
def reached(
    server: str, user: str | None, authority: str | None, console: Console, seconds: float = 60
) -> Iterator[RemoteConnection]:
    """Reach the node at `server`.

    Args:
        server: its address, ``https://HOST[:PORT]``.
        user: SIP address to sign in with; the password is PARLOUR_PASSWORD, or asked for. None needs an access token
            in PARLOUR_TOKEN.
        authority: file with the certificate to trust; None for those that the system trusts.
        console: where what commands say is shown.
        seconds: to wait for it to be there.

    Raises:
        ParlourError: ServerInvalid.
    """
    host, port = _place(server)
    try:
        trust = ssl.create_default_context(cafile=authority)
    except OSError as fault:  # an SSLError is one
        raise ParlourError(SERVER_INVALID, server, server=server, reason=f"{authority}: {fault}") from fault
    http = HTTPSConnection(host, port, timeout=seconds, context=trust)
    try:
        yield RemoteConnection(http, _credentials(server, user), console)
    finally:
        http.close()


def _credentials(server: str, user: str | None) -> str:
    if user is not None:
        return basic(user, _password(server, user))
    token = os.environ.get("PARLOUR_TOKEN")
    if not token:
        reason = "--user, or an access token in PARLOUR_TOKEN, says who signs in there"
        raise ParlourError(SERVER_INVALID, server, server=server, reason=reason)
    return bearer(token)


def _place(server: str) -> tuple[str, int]:
    """Return host and port of an address.

    Raises:
        ParlourError: ServerInvalid.
    """
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or server.rstrip("/") != f"https://{parts.netloc}" or "@" in parts.netloc:
        raise ParlourError(SERVER_INVALID, server, server=server, reason="an address is https://HOST or with :PORT")
    return host, 443 if port is None else port


def _password(server: str, user: str) -> str:
    given = os.environ.get("PARLOUR_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise ParlourError(
            SERVER_INVALID, server, server=server, reason="PARLOUR_PASSWORD is not set, and nobody can be asked")
    from getpass import getpass

    return getpass(f"Password for {user}: ")
