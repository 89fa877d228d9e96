"""Test-CsPersistentChatMessage against a node that runs: what it does, what it tells, and for whom."""

import asyncio
import base64
import hashlib
import json
import ssl
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from tests.doors.kit import TRANSPORTS, fresh_room, history, in_room, made, room_name
from tests.doors.test_admin_rest import remotely

from parlour.clock import SystemClock
from parlour.sipclient import FoundRoom, Password
from parlour.sipclient.transaction import Actor, Place, Plan, Step, StepError, Steps, transact
from parlour.testing import Deployment, Outcome
from parlour.testing.deployment import free_port

CMDLET = "Test-CsPersistentChatMessage"
API = "/api/admin/v1"
STEPS = [
    "Preparation", "Sender connects", "Receiver connects", "Sender signs in", "Receiver signs in",
    "Sender opens the chat service", "Receiver opens the chat service", "Sender searches rooms",
    "Receiver searches rooms", "The room is chosen", "Sender enters the room", "Receiver enters the room",
    "Sender posts, and the receiver gets it", "Receiver posts, and the sender gets it", "Sender leaves the room",
    "Receiver leaves the room", "Sender signs out", "Receiver signs out"]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Alice is CsAdministrator; Dora may sign in by Digest only; Simon's roles are for tests."""
    users = ("alice", "bobby", "carol", "simon")
    with made(Deployment(tmp_path_factory.mktemp("synthetic"), users=users, rooms=(), web=True)) as served:
        setting_up = (
            'Set-CsGroup CsAdministrator -Members @{Add="sip:alice@litwareinc.com"}; '
            f"New-CsUser sip:dora@litwareinc.com -Password '{served.password('dora')}' -DisableNtlm | Out-Null")
        asyncio.run(served.parlour("shell", "-c", setting_up, expect=0))
        yield served


def person(deployment: Deployment, role: str, user: str, password: str | None = None) -> list[str]:
    """Return the words that name somebody, with his credential if there is a password."""
    address = deployment.address(user)
    words = [f"-{role}SipAddress", f"sip:{address}"]
    if password is not None:
        words += [f"-{role}Credential", f"@{{UserName='{address}'; Password='{password}'}}"]
    return words


def both(deployment: Deployment, *, credentials: bool = False, sender: str = "alice", receiver: str = "bobby",
         wrong: str | None = None) -> list[str]:
    """Return the words that name the two."""
    secrets = [deployment.password(user) if credentials else None for user in (sender, receiver)]
    return [*person(deployment, "Sender", sender, secrets[0]),
            *person(deployment, "Receiver", receiver, wrong or secrets[1])]


def in_(deployment: Deployment, room: str) -> list[str]:
    return ["-ChatRoomUri", rf"{deployment.pool}\{room_name(deployment, room)}"]


async def examined(deployment: Deployment, *words: str) -> tuple[dict[str, Any], Outcome]:
    """Run the cmdlet; return its object and how it ended."""
    outcome = await deployment.parlour(CMDLET, *words, "|", "ConvertTo-Json", "-Depth", "4")
    found = json.loads(outcome.out)
    assert isinstance(found, dict)
    return found, outcome


async def failed(deployment: Deployment, step: str, *words: str) -> str:
    """Run the cmdlet, which has to fail at a step; return the error and the diagnosis."""
    found, outcome = await examined(deployment, *words)
    assert (found["Result"], outcome.status) == ("Failure", 1), outcome
    assert "FullyQualifiedErrorId : SyntheticTransactionFailed,Parlour.TestCsPersistentChatMessage" in outcome.err
    assert found["Error"].startswith(f"{step}: ")
    assert found["Diagnosis"]
    assert found["Activities"][-1]["Name"] == step
    assert [one["Result"] for one in found["Activities"]] == ["Success"] * (len(found["Activities"]) - 1) + ["Failure"]
    return f"{found['Error']} {found['Diagnosis']}"


# -- what it does


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("credentials", [True, False])
async def test_two_people_meet_and_each_hears_the_other(
    deployment: Deployment, room: str, transport: str, credentials: bool
) -> None:
    port = deployment.tls_port if transport == "tls" else deployment.tcp_port
    found, outcome = await examined(
        deployment, *both(deployment, credentials=credentials), *in_(deployment, room), "-RegistrarPort", str(port),
        "-TargetFqdn", deployment.pool.upper())
    assert (outcome.status, outcome.err) == (0, "")
    assert (found["TargetFqdn"], found["Result"], found["Error"], found["Diagnosis"]) == (
        deployment.pool, "Success", "", "")
    assert [(one["Name"], one["Result"]) for one in found["Activities"]] == [(name, "Success") for name in STEPS]
    assert all(one["Latency"].startswith("00:00:0") for one in (found, *found["Activities"]))
    said = await history(deployment, room)
    assert [message.author for message in said] == ["sip:alice@litwareinc.com", "sip:bobby@litwareinc.com"]
    assert all("This is a test of Persistent Chat" in message.text for message in said)


async def test_every_step_has_its_time_and_is_told(deployment: Deployment, room: str) -> None:
    outcome = await deployment.parlour(CMDLET, *both(deployment), *in_(deployment, room), "-Verbose", expect=0)
    told = [line.removeprefix("VERBOSE: ").partition(":")[0] for line in outcome.err.splitlines()]
    assert [line for line in told if line] == STEPS
    assert "\nResult     : Success\n" in outcome.out
    assert "\nLatency    : 00:00:0" in outcome.out

@pytest.mark.parametrize("credentials", [True, False])
async def test_who_has_no_ntlm_secret_signs_in_by_digest_over_tls_alone(
    deployment: Deployment, room: str, credentials: bool
) -> None:
    words = [*both(deployment, sender="dora", credentials=credentials), *in_(deployment, room)]
    found, _ = await examined(deployment, *words)
    assert found["Result"] == "Success"
    step = "Sender signs in" if credentials else "Preparation"
    await failed(deployment, step, *words, "-RegistrarPort", str(deployment.tcp_port))


async def test_without_a_room_the_emptiest_that_will_do_is_chosen(deployment: Deployment) -> None:
    for name, words in (("  A stage", ("-Type", "Auditorium")), ("  Busy", ()), ("  Off", ("-Disabled", "$true"))):
        await fresh_room(deployment, *words, name=name)
    quiet = await fresh_room(deployment, name="  Quiet")
    async with in_room(deployment, "carol", deployment.rooms["  Busy"]):
        outcome = await deployment.parlour(CMDLET, *both(deployment), expect=0)
    assert 'WARNING: No -ChatRoomUri: the two test messages go to the room "  Quiet"' in outcome.err
    assert len(await history(deployment, quiet)) == 2
    assert (await deployment.parlour(CMDLET, *both(deployment), "-Force", expect=0)).err == ""


# -- what goes wrong


async def test_a_wrong_password(deployment: Deployment, room: str) -> None:
    told = await failed(deployment, "Receiver signs in", *in_(deployment, room),
                        *both(deployment, credentials=True, wrong="quite wrong"))
    assert "401" in told
    assert "Check the password" in told
    assert await history(deployment, room) == []


async def test_somebody_whom_a_policy_bars(deployment: Deployment, room: str) -> None:
    await deployment.parlour("shell", "-c", (
        "New-CsPersistentChatPolicy Barred -EnablePersistentChat $false | Out-Null; "
        "Grant-CsPersistentChatPolicy bobby@litwareinc.com -PolicyName Barred"), expect=0)
    told = await failed(deployment, "Receiver opens the chat service", *both(deployment), *in_(deployment, room))
    assert "Persistent Chat is not enabled for bobby@litwareinc.com." in told
    await deployment.parlour("Grant-CsPersistentChatPolicy", "bobby@litwareinc.com", "-PolicyName", "$null", expect=0)


async def test_no_room_and_a_secret_room_of_others(deployment: Deployment) -> None:
    told = await failed(
        deployment, "The room is chosen", *both(deployment), "-ChatRoomUri", rf"{deployment.pool}\Nowhere")
    assert 'There is no room "' in told
    secret = await fresh_room(deployment, "-Privacy", "Secret")
    await deployment.parlour("Set-CsPersistentChatRoom", room_name(deployment, secret), "-Members",
                             '@{Add="sip:alice@litwareinc.com"}', expect=0)
    told = await failed(deployment, "The room is chosen", *both(deployment), *in_(deployment, secret))
    assert "bobby@litwareinc.com finds no room" in told
    await deployment.parlour("Set-CsPersistentChatRoom", room_name(deployment, secret), "-Members",
                             '@{Add="sip:bobby@litwareinc.com"}', expect=0)
    assert (await examined(deployment, *both(deployment), *in_(deployment, secret)))[0]["Result"] == "Success"


async def test_a_closed_room_and_an_auditorium_of_others(deployment: Deployment) -> None:
    closed = await fresh_room(deployment, "-Privacy", "Closed")
    told = await failed(deployment, "Sender enters the room", *both(deployment), *in_(deployment, closed))
    assert "members" in told
    stage = await fresh_room(deployment, "-Type", "Auditorium")
    await failed(deployment, "Sender posts, and the receiver gets it", *both(deployment), *in_(deployment, stage))


async def test_a_port_where_nobody_listens(deployment: Deployment) -> None:
    told = await failed(deployment, "Sender connects", *both(deployment, credentials=True),
                        "-RegistrarPort", str(free_port()))
    assert "-RegistrarPort" in told


async def test_somebody_who_is_not_there(deployment: Deployment) -> None:
    told = await failed(deployment, "Preparation", *both(deployment, sender="nobody"))
    assert "nobody@litwareinc.com" in told
    await failed(deployment, "Sender signs in", *both(deployment, sender="nobody", credentials=True))


async def test_a_node_that_does_not_run(unserved: Deployment) -> None:
    told = await failed(unserved, "Preparation", *both(unserved), "-ChatRoomUri", "Hall")
    assert "No node serves this deployment" in told


@pytest.mark.parametrize(("words", "error"), [
    (["-ReceiverSipAddress", "sip:alice@litwareinc.com"], "ParameterValueInvalid"), ([], "ParameterMissing"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-SenderCredential", "alice"], "ParameterValueInvalid"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-SenderCredential", "@{UserName='a'; Password='b'}"],
     "ParameterMissing"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-Authentication", "LiveID"], "ParameterValueInvalid"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-Authentication", "Negotiate"], "ParameterValueInvalid"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-TargetFqdn", "no name"], "FqdnInvalid"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-Setup", "$true"], "ParameterUnsupported"),
    (["-ReceiverSipAddress", "bobby@litwareinc.com", "-OutLoggerVariable", "log"], "ParameterUnsupported"),
])
async def test_what_is_said_wrongly_is_no_test_at_all(deployment: Deployment, words: list[str], error: str) -> None:
    outcome = await deployment.parlour(CMDLET, "-SenderSipAddress", "sip:alice@litwareinc.com", *words)
    assert outcome.status in (1, 2)
    assert (outcome.out, f"FullyQualifiedErrorId : {error}" in outcome.err) == ("", True), outcome


# -- whom the node signs in, and where


@asynccontextmanager
async def stranger(
    tls: ssl.SSLContext | None = None, *, patient: bool = True
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Listen on a port, and say nothing, or hang up at the first word; gives the port, and what was heard."""
    heard: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        if patient:
            await reader.read()
        writer.close()
    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


async def test_the_node_answers_no_challenge_but_its_own(deployment: Deployment) -> None:
    """Whoever could send the node's answers elsewhere would be those people there."""
    async with stranger() as (port, heard):
        told = await failed(deployment, "Preparation", *both(deployment), "-RegistrarPort", str(port))
    assert "The node cannot sign people in there." in told
    told = await failed(deployment, "Preparation", *both(deployment), "-TargetFqdn", "elsewhere.example")
    assert "The node cannot sign people in there." in told
    assert heard == []


async def test_a_password_is_shown_to_no_stranger(deployment: Deployment, unserved: Deployment) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(unserved.data / "tls" / "certificate.pem", unserved.data / "tls" / "key.pem")
    async with stranger(context) as (port, heard):
        told = await failed(
            deployment, "Sender connects", *both(deployment, credentials=True), "-RegistrarPort", str(port))
    assert "The server's certificate is not trusted" in told
    assert not any(heard)


async def test_a_host_that_nobody_knows(deployment: Deployment) -> None:
    told = await failed(deployment, "Sender connects", *both(deployment, credentials=True),
                        "-TargetFqdn", "no-such-host.invalid")
    assert "-TargetFqdn" in told or "-RegistrarPort" in told


async def test_a_server_that_says_nothing_has_its_time(deployment: Deployment) -> None:
    async def choose(_: Sequence[FoundRoom], rooms: Sequence[FoundRoom]) -> FoundRoom:
        return rooms[0]

    told: list[Step] = []

    async def report(step: Step) -> None:
        told.append(step)

    async with stranger() as (port, _):
        actors = [Actor(name, f"{name}@x.example", Password(name, "hush-hush")) for name in ("Sender", "Receiver")]
        steps = Steps(SystemClock().monotonic, report, within=0.05)
        with pytest.raises(StepError, match="no answer in time"):
            await transact(steps, Plan(
                Place("127.0.0.1", port, None), actors[0], actors[1], choose))
    assert [step.name for step in told] == ["Sender connects", "Receiver connects", "Sender signs in"]
    assert told == steps.taken
    assert "hush-hush" not in repr(actors)


# A pool elsewhere is the same node under a name that is no pool of its deployment: resolving is all that is changed.
ELSEWHERE = "sip.litwareinc.com"
RESOLVING = f"""
import socket, sys
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: real("127.0.0.1" if host == "{ELSEWHERE}" else host, *rest, **more)
from parlour.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
async def elsewhere(unserved: Deployment, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """A deployment whose node finds itself in DNS, and trusts its own certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(unserved.data / "tls" / "certificate.pem"))
    found = Deployment(unserved.data.parent, users=("alice", "bobby"), program=(sys.executable, "-c", RESOLVING))
    found.rooms = unserved.rooms
    await found.serve()
    yield found
    await found.stop()


async def test_a_pool_elsewhere_is_found_by_its_name_and_trusted_by_its_certificate(elsewhere: Deployment) -> None:
    words = [*both(elsewhere, credentials=True), "-TargetFqdn", ELSEWHERE, "-RegistrarPort", str(elsewhere.tls_port)]
    found, outcome = await examined(elsewhere, *words)
    assert (found["TargetFqdn"], found["Result"], outcome.status) == (ELSEWHERE, "Success", 0)
    assert 'the two test messages go to the room "Hall"' in outcome.err
    assert len(await history(elsewhere, elsewhere.rooms["Hall"])) == 2
    assert (await examined(elsewhere, *words, "-ChatRoomUri", "pool.elsewhere.example\\hall"))[0]["Result"] == "Success"
    told = await failed(elsewhere, "The room is chosen", *words, "-ChatRoomUri", "Nowhere")
    assert 'alice@litwareinc.com finds no room "Nowhere".' in told


async def test_a_pool_elsewhere_is_told_nothing_without_tls(elsewhere: Deployment) -> None:
    async with stranger(patient=False) as (port, heard):
        await failed(elsewhere, "Sender connects", *both(elsewhere, credentials=True), "-TargetFqdn", ELSEWHERE,
                     "-RegistrarPort", str(port))
    (said,) = heard
    assert said.startswith(b"\x16\x03")  # a TLS handshake, and nothing after it
    assert b"REGISTER" not in said


# -- what stays of it


async def test_no_password_stays_anywhere(deployment: Deployment, room: str) -> None:
    secret = "never-to-be-seen-again"
    words = [*both(deployment, credentials=True, wrong=secret), *in_(deployment, room)]
    outcome = await deployment.parlour(CMDLET, *words)
    wrong = await deployment.parlour(CMDLET, *words, "-Nonsense", secret)
    half = await deployment.parlour(CMDLET, *words[:-2], "-ReceiverCredential", f"@{{UserName='x'; Pass='{secret}'}}")
    listed = await deployment.parlour("shell", "-c", f"Get-CsAuditLog -Cmdlet {CMDLET} -ResultSize 4 | ConvertTo-Json",
                                      expect=0)
    entries = json.loads(listed.out)
    assert {entry["Outcome"] for entry in entries} >= {"Started", "Failed", "Refused"}
    done = next(entry for entry in entries if entry["Outcome"] == "Failed")
    assert done["Targets"] == ["sip:alice@litwareinc.com", "sip:bobby@litwareinc.com"]
    assert '-SenderCredential "********" ' in done["Parameters"]
    assert '-ReceiverCredential "********" ' in done["Parameters"]
    kept = b"".join(path.read_bytes() for path in deployment.data.rglob("*") if path.is_file())
    for where in (kept.decode("latin-1"), deployment.log.read_text(), outcome.out, outcome.err, half.err, wrong.out):
        assert secret not in where
        assert deployment.password("alice") not in where
    assert wrong.status != 0


# -- who may


def client_of(deployment: Deployment, name: str) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    return httpx.AsyncClient(
        base_url=f"https://{deployment.host}:{deployment.web_port}", verify=context, trust_env=False, timeout=30,
        auth=httpx.BasicAuth(deployment.address(name), deployment.password(name)))


def parameters(deployment: Deployment, room: str, **more: object) -> dict[str, object]:
    return {"SenderSipAddress": "sip:alice@litwareinc.com", "ReceiverSipAddress": "sip:bobby@litwareinc.com",
            "ChatRoomUri": in_(deployment, room)[1], **more}


async def test_an_administrator_elsewhere_gives_credentials_as_json(deployment: Deployment, room: str) -> None:
    credential = {role: {"UserName": deployment.address(user), "Password": deployment.password(user)}
                  for role, user in (("SenderCredential", "alice"), ("ReceiverCredential", "bobby"))}
    async with client_of(deployment, "alice") as alice:
        schema = (await alice.get(f"{API}/cmdlets/{CMDLET}")).json()
        assert schema["properties"]["SenderCredential"]["required"] == ["UserName", "Password"]
        answer = await alice.post(f"{API}/cmdlets/{CMDLET}", json=parameters(deployment, room, **credential))
    found, end = (json.loads(line) for line in answer.text.splitlines())
    assert (found["output"]["Result"], end) == ("Success", {"end": {"status": 0, "errors": 0}})
    assert deployment.password("alice") not in answer.text
    assert len(await history(deployment, room)) == 2


async def test_the_command_line_from_elsewhere_is_told_the_same(deployment: Deployment, room: str) -> None:
    line = [CMDLET, *both(deployment, credentials=True), *in_(deployment, room)]
    done = await remotely(deployment, "alice", *line)
    assert (done.status, "Result     : Success" in done.out) == (0, True), done
    await failed(deployment, "Sender connects", *line[1:], "-RegistrarPort", "1")
    refused = await remotely(deployment, "alice", *line, "-RegistrarPort", "1")
    assert (refused.status, "Result     : Failure" in refused.out) == (1, True), refused
    newest = f"Get-CsAuditLog -Cmdlet {CMDLET} -Surface Rest -Outcome Completed -ResultSize 1"
    listed = await deployment.parlour("shell", "-c", f"{newest} | ConvertTo-Json", expect=0)
    entry = json.loads(listed.out)
    assert (entry["Person"], entry["Targets"]) == (
        "sip:alice@litwareinc.com", ["sip:alice@litwareinc.com", "sip:bobby@litwareinc.com", room])


async def test_other_roles_need_to_be_given_it_and_never_with_scopes(deployment: Deployment, room: str) -> None:
    await deployment.parlour("shell", "-c", (
        'Set-CsGroup CsPersistentChatAdministrator -Members @{Add="sip:simon@litwareinc.com"}; '
        'New-CsGroup Testers | Out-Null; Set-CsGroup Testers -Members @{Add="sip:simon@litwareinc.com"}; '
        f"New-CsAdminRole Testers -Template CsAdministrator -Cmdlets @{{Replace='{CMDLET}'}} "
        '-UserScopes "OU:OU=Users,DC=litwareinc,DC=com" | Out-Null'), expect=0)
    async with client_of(deployment, "simon") as simon:
        answer = await simon.post(f"{API}/cmdlets/{CMDLET}", json=parameters(deployment, room))
        assert (answer.status_code, answer.json()["title"]) == (404, "CommandNotFound")
        assert await history(deployment, room) == []
        await deployment.parlour("Set-CsAdminRole", "Testers", "-UserScopes", '@{Replace="Global"}', expect=0)
        answer = await simon.post(f"{API}/cmdlets/{CMDLET}", json=parameters(deployment, room))
        assert json.loads(answer.text.splitlines()[0])["output"]["Result"] == "Success"


def test_a_password_answers_as_the_directory_keeps_it() -> None:
    known = Password("alice", "correct horse")
    assert known.ha1("r") == hashlib.md5(b"alice:r:correct horse", usedforsecurity=False).digest()
    assert base64.b16encode(Password("x", "Password").nt_hash) == b"A4F49C406510BDCAB6824EE7C30FD852"  # MS-NLMP 4.2.2
