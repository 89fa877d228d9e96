"""Deployments for the tests of the command line: one made by `parlour init`, and copies of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server, parlour

FURNITURE = "; ".join((
    f"New-CsUser 'sip:alice@{SIP_DOMAIN}' -Password 'correct horse' -DisplayName 'Alice' | Out-Null",
    f"New-CsUser 'sip:bob@{SIP_DOMAIN}' -Password 'battery staple' | Out-Null",
    f"New-CsPersistentChatEndpoint -SipAddress 'sip:pce@{SIP_DOMAIN}' -PersistentChatPoolFqdn '{POOL}' "
    "-DisplayName 'Persistent Chat Endpoint 1'",
    "New-CsPersistentChatRoom -Name 'Engineering' -Category 'General' -Privacy Open | Out-Null",
    "New-CsPersistentChatRoom -Name 'All hands' -Category 'General' -Privacy Open | Out-Null"))


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment to copy: two people, an endpoint, two rooms."""
    data = tmp_path_factory.mktemp("pattern") / "data"
    made = parlour("init", "--data", str(data), "--sip-domain", SIP_DOMAIN, "--pool", POOL)
    assert (made.status, made.err) == (0, "")
    furnished = parlour("shell", "-c", FURNITURE, data=data)
    assert (furnished.status, furnished.out, furnished.err) == (0, "", "")
    return data


@pytest.fixture(scope="session")
def _stopped(pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(shutil.copytree(pattern, tmp_path_factory.mktemp("stopped") / "data"))


@pytest.fixture(scope="session")
def _running(pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data = shutil.copytree(pattern, tmp_path_factory.mktemp("running") / "data")
    server = Server(data)
    yield Place(data)
    assert server.stop() == 0
    log = server.output()
    assert '"level": "error"' not in log, log


@pytest.fixture(scope="session", params=["stopped", "running"])
def place(request: pytest.FixtureRequest) -> Place:
    """A deployment that nobody serves, and then one that a node serves; tests clean up what they make."""
    found: Place = request.getfixturevalue(f"_{request.param}")
    return found


@pytest.fixture(scope="session")
def stopped(_stopped: Place) -> Place:
    """The deployment that nobody serves, for tables that were tried one by one against a running node."""
    return _stopped


@pytest.fixture(scope="session")
def running(_running: Place) -> Place:
    """The deployment that a node serves, for tests where that makes no difference: commands start faster."""
    return _running


@pytest.fixture
def copy(pattern: Path, tmp_path: Path) -> Place:
    """A deployment of the test's own, stopped."""
    return Place(shutil.copytree(pattern, tmp_path / "data"))


@pytest.fixture
def serve(copy: Place) -> Iterator[Callable[..., Server]]:
    """Serve the test's own deployment; ends at the end of the test, if it did not before."""
    servers: list[Server] = []

    def start(*more: str) -> Server:
        servers.append(Server(copy.data, *more))
        return servers[-1]
    yield start
    for server in servers:
        server.stop()
