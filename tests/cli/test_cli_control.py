"""The control socket of a running node: for its owner, and unmoved by nonsense."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.cli.kit import POOL, Place, new_endpoint

_KNOCK = """
import json, os, socket, sys
os.setgid(65534); os.setuid(65534)
peer = socket.socket(socket.AF_UNIX)
try:
    peer.connect(f"/proc/self/fd/{sys.argv[1]}/control.sock")
except PermissionError:
    sys.exit("refused by the folder")
peer.settimeout(20)
try:
    peer.sendall(json.dumps({"run": ["Get-CsPool"]}).encode() + b"\\n")
    answer = peer.recv(65536)
except ConnectionError:
    answer = b""
sys.exit(answer.decode() or "refused by the node")
"""


@contextmanager
def _connected(place: Place) -> Iterator[socket.socket]:
    folder = os.open(place.data, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(f"/proc/self/fd/{folder}/control.sock")
        os.close(folder)
        yield peer


def _until_closed(peer: socket.socket) -> bytes:
    received = b""
    try:
        while piece := peer.recv(65536):
            received += piece
    except ConnectionError:
        pass
    return received


def _until_end(peer: socket.socket) -> bytes:
    """Receive what a run prints, up to its end."""
    with peer.makefile("rb") as lines:
        received = b""
        while b'{"end": ' not in received:
            line = lines.readline()
            assert line, received
            received += line
        return received


def test_the_socket_is_its_owners(running: Place) -> None:
    assert (running.data / "control.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_other_users_are_refused(running: Place, mode: int) -> None:
    path = running.data / "control.sock"
    path.chmod(mode)
    folder = os.open(running.data, os.O_PATH)
    try:
        # the program is this one's own
        knocked = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _KNOCK, str(folder)], pass_fds=[folder], capture_output=True, text=True, timeout=60,
            check=False)
    finally:
        os.close(folder)
        path.chmod(0o600)
    assert knocked.stderr.strip() in ("refused by the folder", "refused by the node")


@pytest.mark.parametrize("nonsense", [
    b"\n", b"nonsense\n", b"\xff\xfe\n", b"[]\n", b"3\n", b'"run"\n', b"null\n", b"{}\n", b'{"run": 3}\n',
    b'{"run": null}\n', b'{"run": {"a": 1}}\n', b'{"run": ["Get-CsPool"], "width": "wide"}\n',
    b'{"complete": null}\n', b'{"answer": "yes"}\n', b'{"stop": true}\n', b"[" * 100_000 + b"\n",
    b'{"run": ["Get-CsPool"], "width": 1e999}\n', b"x" * 3_000_000, b'{"run": "Get-', b"",
], ids=lambda line: repr(line[:24]))
def test_nonsense_harms_only_its_own_connection(running: Place, nonsense: bytes) -> None:
    with running.unchanged(), _connected(running) as bystander:
        with _connected(running) as peer:
            try:
                peer.sendall(nonsense)
                peer.shutdown(socket.SHUT_WR)
            except ConnectionError:
                pass
            _until_closed(peer)
        bystander.sendall(json.dumps({"run": ["Get-CsPool"]}).encode() + b"\n")
        assert POOL.encode() in _until_end(bystander)


def test_a_hang_up_in_the_middle_of_a_run(running: Place) -> None:
    line = "Get-Command | ForEach-Object {$_.Name}; " * 20
    for _ in range(5):
        with _connected(running) as peer:
            peer.sendall(json.dumps({"run": line}).encode() + b"\n")
            peer.recv(10)
    assert POOL in running.prints("Get-CsPool")


def test_a_hang_up_at_a_question_does_nothing(running: Place) -> None:
    with running.unchanged():
        with _connected(running) as peer:
            words = [*new_endpoint("asked"), "-Confirm"]
            peer.sendall(json.dumps({"run": words, "interactive": True}).encode() + b"\n")
            assert b'"ask"' in peer.recv(65536)
        assert POOL in running.prints("Get-CsPool")


def test_two_at_once(running: Place) -> None:
    with _connected(running) as first, _connected(running) as second:
        for peer in (first, second):
            words = [*new_endpoint("both"), "-Confirm"]
            peer.sendall(json.dumps({"run": words, "interactive": True}).encode() + b"\n")
            assert b'"ask"' in peer.recv(65536)
        for peer in (first, second):
            peer.sendall(b'{"answer": 2}\n')
            assert b'{"end": 0}' in _until_end(peer)
