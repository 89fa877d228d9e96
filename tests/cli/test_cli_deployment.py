"""`parlour init` and `parlour serve`, the data folder, signals, and the command itself."""

import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.kit import PARLOUR, POOL, SIP_DOMAIN, Place, Server, environment, parlour
from tests.cli.terminal import Terminal

from parlour.testing import Outcome

Serve = Callable[..., Server]


def _init(data: Path, domain: str = SIP_DOMAIN, pool: str = POOL, *more: str, **env: str) -> Outcome:
    return parlour("init", "--data", str(data), "--sip-domain", domain, "--pool", pool, *more, env=env)


# -- init


def test_init_makes_a_deployment_with_its_administrator(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    made = _init(data, SIP_DOMAIN, POOL, "--admin", "boss", PARLOUR_ADMIN_PASSWORD="-|“x”")
    assert (made.status, made.err) == (0, "")
    assert f"Made a deployment in {data}." in made.out
    assert [person["SipAddress"] for person in Place(data).objects("Get-CsUser")] == [f"sip:boss@{SIP_DOMAIN}"]
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    secret = [path for path in data.rglob("*") if "key" in path.name]
    assert secret
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


@pytest.mark.parametrize(("domain", "pool", "more", "message"), [
    ("litwareinc", POOL, (), '"litwareinc" is not a fully qualified domain name'),
    ("lit ware.com", POOL, (), "is not a host label"),
    ("", POOL, (), "it is empty"),
    (SIP_DOMAIN, "pool", (), '"pool" is not a fully qualified domain name'),
    (SIP_DOMAIN, "192.0.2.1", (), "it looks like an IP address"),
    (SIP_DOMAIN, POOL, ("--admin", "b oss"), '"b oss" cannot be a user part'),
    (SIP_DOMAIN, POOL, ("--admin", "boss"), "The password is not usable: it is empty."),
])
def test_init_refuses_and_makes_nothing(
    tmp_path: Path, domain: str, pool: str, more: tuple[str, ...], message: str
) -> None:
    outcome = _init(tmp_path / "data", domain, pool, *more)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("parlour: ")
    assert message in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_init_touches_no_folder_with_something_in_it(tmp_path: Path, pattern: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    refused = _init(tmp_path)
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with Place(pattern).unchanged():
        assert f'There is a deployment in "{pattern}" already.' in _init(pattern).err


def test_init_takes_an_empty_folder(tmp_path: Path) -> None:
    assert _init(tmp_path / "data", "a.example", "pool.a.example").status == 0
    (tmp_path / "empty").mkdir()
    assert _init(tmp_path / "empty", "a.example", "pool.a.example").status == 0


def test_init_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    refused = _init(tmp_path / "data")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("parlour: ")


@pytest.mark.parametrize("words", [("--sip-domain", SIP_DOMAIN), ("--pool", POOL), ()])
def test_init_needs_domain_and_pool(tmp_path: Path, words: tuple[str, ...]) -> None:
    outcome = parlour("init", *words, data=tmp_path / "data")
    assert (outcome.status, outcome.out) == (2, "")
    assert "required" in outcome.err


def test_init_asks_for_the_administrators_password(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Terminal(data, "init", "--sip-domain", SIP_DOMAIN, "--pool", POOL, "--admin", "boss") as terminal:
        terminal.reads(f"Password for boss@{SIP_DOMAIN}: ")
        terminal.types("secret\n")
        terminal.reads("Again: ")
        terminal.types("secret\n")
        terminal.reads("Made a deployment in")
        assert terminal.ends() == 0
        assert "secret" not in terminal.text


# -- serve


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_order(serve: Serve, copy: Place, number: signal.Signals) -> None:
    server = serve()
    assert (copy.data / "control.sock").is_socket()
    os.kill(server.pid, number)
    assert server.ended() == 0
    assert '"event": "node.stopping"' in server.output()
    assert not (copy.data / "control.sock").exists()
    assert copy.objects("Get-CsPool")[0]["Identity"] == POOL


@pytest.mark.parametrize("words", [("serve",), ("Get-CsPool",), ("shell", "-c", "Get-CsPool"), ("user", "list")])
def test_without_a_deployment(tmp_path: Path, words: tuple[str, ...]) -> None:
    outcome = parlour(*words, data=tmp_path / "nothing")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == (f'parlour: There is no deployment in "{tmp_path / "nothing"}". '
                           "Make one with: parlour init --data DIR --sip-domain DOMAIN --pool FQDN\n")
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use(serve: Serve, pattern: Path, tmp_path: Path) -> None:
    server = serve()
    other = tmp_path / "other" / "data"
    assert _init(other).status == 0
    address = f"127.0.0.1:{server.port}"
    for option in ("--sip-tls", "--sip-tcp"):
        outcome = parlour("serve", "--sip-tls", "127.0.0.1:0", option, address, data=other)
        assert (outcome.status, outcome.err.count("parlour: ")) == (1, 1)
        assert f"parlour: Cannot listen on {address}: " in outcome.err
        assert "in use" in outcome.err


@pytest.mark.parametrize(("address", "message"), [
    ("nonsense", '"nonsense" is not HOST:PORT'), ("127.0.0.1:99999", "is not HOST:PORT"),
    ("192.0.2.1:5061", "Cannot listen on 192.0.2.1:5061"),
])
def test_an_address_that_cannot_be(copy: Place, address: str, message: str) -> None:
    outcome = copy.run("serve", "--sip-tls", address)
    assert outcome.status == 1
    assert message in outcome.err
    assert copy.prints("Get-CsPool")


@pytest.mark.parametrize(("text", "message"), [
    ("bogus = 1", "The setting bogus is not valid: "),
    ('sip_session = "long"', "The setting sip_session is not valid: "),
    ("sip_session = 3", "greater than or equal to 15"),
    ("sip_session = [", "parlour.toml"),
    ('sip_authentication = ["kerberos"]', "The setting sip_authentication"),
])
def test_a_bad_setting_is_named(copy: Place, text: str, message: str) -> None:
    (copy.data / "parlour.toml").write_text(text)
    outcome = copy.run("serve", "--sip-tls", "127.0.0.1:0")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("parlour: The setting ")
    assert message in outcome.err


def test_a_bad_setting_of_the_environment(copy: Place) -> None:
    outcome = copy.run("serve", "--sip-tls", "127.0.0.1:0", env={"PARLOUR_SIP_SESSION": "long"})
    assert outcome.status == 1
    assert "parlour: The setting sip_session is not valid: " in outcome.err


def test_one_node_for_one_folder(serve: Serve, copy: Place) -> None:
    serve()
    outcome = copy.run("serve", "--sip-tls", "127.0.0.1:0")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(f'parlour: The deployment in "{copy.data}" is in use by another process.')
    assert copy.prints("Get-CsPool")


def test_a_killed_node_leaves_nothing_in_the_way(serve: Serve, copy: Place) -> None:
    server = serve()
    copy.prints("New-CsSipDomain", "fabrikam.com")
    os.kill(server.pid, signal.SIGKILL)
    assert server.ended() == -signal.SIGKILL
    assert "fabrikam.com" in copy.prints("Get-CsSipDomain", "fabrikam.com")
    serve()
    assert "fabrikam.com" in copy.prints("Get-CsSipDomain", "fabrikam.com")


# -- the data folder


def test_where_the_data_folder_is_named(running: Place, tmp_path: Path) -> None:
    data, other = str(running.data), str(tmp_path / "nothing")
    for words in (("--data", data, "Get-CsPool"), ("Get-CsPool", "--data", data), (f"--data={data}", "Get-CsPool"),
                  ("user", "list", "--data", data)):
        outcome = parlour(*words, env={"PARLOUR_DATA": other})
        assert (outcome.status, outcome.err) == (0, ""), words


def test_without_a_name_it_is_parlour_data_here(tmp_path: Path) -> None:
    assert parlour("init", "--sip-domain", SIP_DOMAIN, "--pool", POOL, cwd=tmp_path).status == 0
    assert (tmp_path / "parlour-data" / "parlour.db").is_file()
    assert POOL in parlour("Get-CsPool", cwd=tmp_path).out


def test_a_very_long_path(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 120) / "with blanks and ü"
    assert _init(data).status == 0
    assert len(str(data)) > 108
    server = Server(data)
    try:
        assert POOL in Place(data).prints("Get-CsPool")
    finally:
        assert server.stop() == 0
    assert POOL in Place(data).prints("Get-CsPool")


# -- the command itself


def test_version_and_help() -> None:
    version = parlour("--version")
    assert (version.status, version.out.split()[0]) == (0, "parlour")
    page = parlour("--help")
    assert page.status == 0
    for word in ("init", "serve", "shell", "user", "--data", "VERB-NOUN"):
        assert word in page.out
    for command in ("init", "serve", "shell", "user"):
        assert parlour(command, "--help").status == 0


@pytest.mark.parametrize("words", [(), ("nonsense",), ("user",), ("user", "nonsense"), ("serve", "--nonsense"),
                                   ("shell", "-c"), ("init", "--nonsense")])
def test_wrong_usage(words: tuple[str, ...]) -> None:
    outcome = parlour(*words)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("usage: parlour")


@pytest.mark.parametrize("words", [("Get-CsAdminRole",), ("shell", "-c", "Get-Command; Get-CsAdminRole")])
def test_output_into_a_closed_pipe(place: Place, words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        # the program is this one's own, the words are those of a test
        done = subprocess.run(  # noqa: S603
            [*PARLOUR, *words], env=environment(place.data), stdin=subprocess.DEVNULL, stdout=writer,
            stderr=subprocess.PIPE, timeout=60, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
    assert POOL in place.prints("Get-CsPool")
