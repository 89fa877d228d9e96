"""`parlour bench`: it measures a node through its listeners, and leaves nothing behind however it ends."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.kit import PARLOUR, Place, Server, by_token, environment

Serve = Callable[..., Server]
WEB = ("--web", "127.0.0.1:0")
# Numbers that are not given twice, and the files of the text indexes, which have traces of what was removed.
COUNTERS = ("sqlite_sequence", "message_text", "message_terms", "principals")


@contextmanager
def nothing_left(place: Place) -> Iterator[None]:
    def contents() -> dict[str, object]:
        return {name: rows for name, rows in place.contents().items() if not name.startswith(COUNTERS)}
    before, bots = contents(), place.objects("Get-CsPersistentChatBot")
    yield
    assert contents() == before
    assert place.objects("Get-CsPersistentChatBot") == bots


@pytest.mark.parametrize(("transport", "label"), [("websocket", "WebSocket"), ("sip", "SIP over TLS")])
def test_it_measures_and_leaves_nothing_behind(copy: Place, serve: Serve, transport: str, label: str) -> None:
    serve(*WEB)
    with nothing_left(copy):
        done = copy.run("bench", "--members", "5", "--seconds", "1", "--rate", "10", "--transport", transport)
        assert done.status == 0, done
    head, *rows = done.out.splitlines()
    assert " ".join(head.split()) == f"5 members, {label} 10 a second as many as go"
    figures = {row[:28].strip(): row[28:].split() for row in rows if row[28:29] == " "}
    assert figures["not delivered"] == ["0", "0"]
    assert all(float(number.replace(",", "")) > 0 for number in figures["deliveries a second"])
    assert "making a room and 5 members, all called parlour-bench-" in done.err


@pytest.mark.parametrize("settings", [("--web", "[::]:0"), ("--web", "0.0.0.0:0"), ("--web", "127.0.0.1:0", "plain")])
def test_the_listener_is_found_wherever_it_listens(copy: Place, serve: Serve, settings: tuple[str, ...]) -> None:
    if "plain" in settings:
        with (copy.data / "parlour.toml").open("a") as file:
            file.write("web_plain = true\n")
    serve(*settings[:2])
    done = copy.run("bench", "--members", "1", "--seconds", "1")
    assert done.status == 0, done


def test_an_administrator_elsewhere_measures_too(copy: Place, serve: Serve) -> None:
    server = serve(*WEB)
    (bot,) = copy.objects("New-CsPersistentChatBot -DisplayName Gauge "
                          "| New-CsPersistentChatBotToken -Name gauge -Scopes admin")
    copy.prints("Set-CsGroup", "-Identity", "CsAdministrator", "-Members", f"@{{Add=\"{bot['Bot']}\"}}")
    with nothing_left(copy):
        done = by_token(server.web, copy.data / "tls" / "certificate.pem", str(bot["Token"]),
                        "bench", "--members", "2", "--seconds", "1")
        assert done.status == 0, done
    assert "2 members, WebSocket" in done.out


@pytest.mark.parametrize(("said", "number", "status"), [
    ("making a room", signal.SIGINT, 130), ("messages a second for", signal.SIGINT, 130),
    ("as many as go for", signal.SIGINT, 130), ("making a room", signal.SIGTERM, 143),
    ("messages a second for", signal.SIGHUP, 129)])
def test_interrupted_it_leaves_nothing_behind(
    copy: Place, serve: Serve, said: str, number: signal.Signals, status: int
) -> None:
    serve(*WEB)
    with nothing_left(copy):
        bench = started(copy.data, "--members", "5", "--seconds", "1" if "as many" in said else "60")
        wait_for(bench, said)
        bench.send_signal(number)
        bench.communicate(timeout=30)
    assert bench.returncode == status


def test_what_a_killed_one_left_is_cleaned_up(copy: Place, serve: Serve) -> None:
    serve(*WEB)
    with nothing_left(copy):
        for transport, cmdlet in (("websocket", "Get-CsPersistentChatBot"), ("sip", "Get-CsUser")):
            bench = started(copy.data, "--members", "3", "--seconds", "60", "--transport", transport)
            wait_for(bench, "messages a second for")
            bench.kill()
            bench.communicate(timeout=30)
            ours = f"{cmdlet} | Where-Object {{$_.DisplayName -like 'parlour-bench-*'}}"
            assert len(copy.objects(ours)) >= 3
        assert copy.prints("bench", "--clean-up") == ""


def test_without_a_node_it_says_how_to_start_one(stopped: Place) -> None:
    done = stopped.run("bench")
    assert (done.status, done.out) == (1, "")
    assert "no node serves the deployment" in done.err
    assert "parlour serve --web HOST:PORT starts one" in done.err


def test_without_a_web_listener_it_says_so(running: Place) -> None:
    with nothing_left(running):
        done = running.run("bench")
    assert (done.status, done.out) == (1, "")
    assert "the node has no web listener" in done.err


@pytest.mark.parametrize("words", [("--members", "0"), ("--members", "many"), ("--rate", "0"), ("--seconds", "9999")])
def test_numbers_have_bounds(stopped: Place, words: tuple[str, ...]) -> None:
    done = stopped.run("bench", *words)
    assert (done.status, done.out) == (2, "")
    assert words[1] in done.err


def started(data: Path, *words: str) -> subprocess.Popen[str]:
    # the program is this one's own
    return subprocess.Popen(  # noqa: S603
        [*PARLOUR, "bench", *words], env=environment(data, PYTHONUNBUFFERED="1"), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], said: str) -> None:
    """Wait until it says that."""
    assert process.stderr
    for line in process.stderr:
        if said in line:
            return
    pytest.fail(f"it never said {said!r}")
