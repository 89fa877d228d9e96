"""The deployment of the kit, with a made-up command line instead of Parlour's."""

import json
import sys
from pathlib import Path

import pytest

from parlour.testing import CommandError, Deployment
from parlour.testing.child import ChildError

PROGRAM = """
import json, os, pathlib, signal, socket, sys
arguments = sys.argv[1:]
data = pathlib.Path(os.environ["PARLOUR_DATA"])
data.mkdir(exist_ok=True)
secrets = {name: value for name, value in os.environ.items() if name.endswith("_PASSWORD")}
with (data / "calls").open("a") as file:
    file.write(json.dumps([arguments, secrets]) + "\\n")
if arguments[0] == "fail":
    sys.exit("refused: " + sys.stdin.read())
if arguments[0] == "shell" and "ConvertTo-Json" in arguments[-1]:
    print(json.dumps({"asked": arguments[-1]}))
elif arguments[0] == "shell":
    for number in range(arguments[-1].count("New-CsPersistentChatRoom")):
        print(f"ma-chan://litwareinc.com/{number}f1ea3fa-9fb3")
if arguments[0] == "serve":
    listeners = []
    for option in ("--sip-tls", "--sip-tcp"):
        host, port = arguments[arguments.index(option) + 1].split(":")
        listeners.append(socket.create_server((host, int(port))))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(int(os.environ.get("STATUS", "0"))))
    print("serving", flush=True)
    signal.pause()
"""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, users=("alice",), rooms=("Engineering", "Bob's"),
                      program=(sys.executable, "-c", PROGRAM))


def calls(deployment: Deployment) -> list[list[object]]:
    return [json.loads(line) for line in (deployment.data / "calls").read_text().splitlines()]


async def test_makes_a_deployment_by_the_command_line(deployment: Deployment) -> None:
    await deployment.create()
    assert calls(deployment) == [
        [["init", "--data", str(deployment.data), "--sip-domain", "litwareinc.com", "--pool",
          "atl-pcpool-001.litwareinc.com"], {"PARLOUR_ADMIN_PASSWORD": "Pa$$w0rd of admin"}],
        [["shell", "-c",
          "New-CsUser -SipAddress 'sip:alice@litwareinc.com' -Password 'Pa$$w0rd of alice' -DisplayName 'Alice' "
          "| Out-Null; "
          "New-CsPersistentChatEndpoint -SipAddress 'sip:pce@litwareinc.com' -PersistentChatPoolFqdn "
          "'atl-pcpool-001.litwareinc.com' -DisplayName 'Persistent Chat Endpoint 1'; "
          "New-CsPersistentChatRoom -Name 'Engineering' -Category 'General' -Privacy Open "
          "| Select-Object -ExpandProperty ChatRoomUri; "
          "New-CsPersistentChatRoom -Name 'Bob''s' -Category 'General' -Privacy Open "
          "| Select-Object -ExpandProperty ChatRoomUri"], {}]]


async def test_knows_the_rooms_it_made(deployment: Deployment) -> None:
    await deployment.create()
    assert deployment.rooms == {
        "Engineering": "ma-chan://litwareinc.com/0f1ea3fa-9fb3", "Bob's": "ma-chan://litwareinc.com/1f1ea3fa-9fb3"}
    assert await deployment.add_room("More") == "ma-chan://litwareinc.com/0f1ea3fa-9fb3"


async def test_a_room_without_a_uri_is_an_error(tmp_path: Path) -> None:
    mute = Deployment(tmp_path, program=(sys.executable, "-c", ""))
    with pytest.raises(CommandError, match="0 room URIs instead of 1"):
        await mute.add_room("More")


async def test_adds_people_by_the_command_line(deployment: Deployment) -> None:
    await deployment.create()
    await deployment.add_user("bob")
    assert calls(deployment)[-1] == [["user", "add", "bob@litwareinc.com", "--display-name", "Bob"],
                                     {"PARLOUR_USER_PASSWORD": "Pa$$w0rd of bob"}]


async def test_serves_stops_and_serves_again_on_the_same_ports(deployment: Deployment) -> None:
    ports = deployment.tls_port, deployment.tcp_port
    async with deployment:
        assert deployment.running
        await deployment.kill()
        assert not deployment.running
        await deployment.restart()
        assert (deployment.tls_port, deployment.tcp_port) == ports
    assert not deployment.running


async def test_another_exit_status_than_zero_is_an_error(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATUS", "3")
    with pytest.raises(ChildError, match="exit status 3"):
        async with deployment:
            pass


async def test_a_failing_test_does_not_leave_the_server_behind(deployment: Deployment) -> None:
    with pytest.raises(ZeroDivisionError):
        async with deployment:
            raise ZeroDivisionError
    assert not deployment.running


async def test_commands_return_status_and_output(deployment: Deployment) -> None:
    outcome = await deployment.parlour("fail", stdin="typed")
    assert (outcome.status, outcome.err.strip()) == (1, "refused: typed")
    with pytest.raises(CommandError, match="exit status 1 instead of 0"):
        await deployment.parlour("fail", expect=0)


async def test_objects_come_by_json(deployment: Deployment) -> None:
    assert await deployment.json("Get-CsPool") == {"asked": "Get-CsPool | ConvertTo-Json"}


async def test_settings_go_where_the_server_reads_them(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, settings="[sip]\n", program=(sys.executable, "-c", PROGRAM))
    await deployment.create()
    assert (deployment.data / "parlour.toml").read_text() == "[sip]\n"
