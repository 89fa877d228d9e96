"""Bots and hooks with a real node, and real systems elsewhere."""

import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from tests.bots.receiver import Receiver, answer, receiving
from tests.doors.kit import fresh_room, in_room, made, room_name

from parlour.testing import Deployment

SETTINGS = 'hook_networks = ["127.0.0.0/8"]\nhook_rate = 20\nhook_timeout = 5\n'


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with made(Deployment(tmp_path_factory.mktemp("hooks"), users=("alice", "bobby"), rooms=(), web=True,
                         settings=SETTINGS)) as served:
        yield served


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def client_of(deployment: Deployment, name: str | None, token: str = "") -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    auth = None if name is None else httpx.BasicAuth(deployment.address(name), deployment.password(name))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=f"https://{deployment.host}:{deployment.web_port}", verify=context,
                             trust_env=False, timeout=30, auth=auth, headers=headers)


@pytest.fixture
async def alice(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(deployment, "alice") as client:
        yield client


@pytest.fixture
async def bobby(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(deployment, "bobby") as client:
        yield client


@pytest.fixture
async def room(deployment: Deployment) -> str:
    """A room that Alice manages, as the API names it."""
    uri = await fresh_room(deployment)
    await deployment.parlour("Set-CsPersistentChatRoom", room_name(deployment, uri),
                             "-Managers", f"sip:{deployment.address('alice')}", expect=0)
    return uri.removeprefix("ma-chan://")


async def make(client: httpx.AsyncClient, room: str, **given: str) -> dict[str, Any]:
    answered = await client.post(f"/api/v1/rooms/{room}/hooks", json=given)
    assert answered.status_code == 201, answered.text
    return dict(answered.json())


async def said(client: httpx.AsyncClient, room: str) -> list[tuple[str, str]]:
    answered = await client.get(f"/api/v1/rooms/{room}/messages")
    return [(one["name"], one["text"]) for one in answered.json()["messages"]]


async def one(deployment: Deployment, pipeline: str) -> dict[str, Any]:
    """Return the one object of a pipeline."""
    found = await deployment.json(pipeline)
    assert isinstance(found, dict)
    return found


async def post(client: httpx.AsyncClient, room: str, text: str) -> int:
    answered = await client.post(f"/api/v1/rooms/{room}/messages", json={"text": text})
    assert answered.status_code == 201, answered.text
    return int(answered.json()["number"])


async def test_what_was_made_for_slack_posts(
    deployment: Deployment, alice: httpx.AsyncClient, room: str
) -> None:
    hook = await make(alice, room, kind="incoming", name="Build server")
    path = f"/hooks/{hook['secret']}"
    assert hook["href"].endswith(path)
    async with client_of(deployment, None) as other, in_room(deployment, "bobby", f"ma-chan://{room}") as bobby:
        async def word(**request: Any) -> tuple[int, str, str]:  # noqa: ANN401 - what httpx takes
            got = await other.post(path, **request)
            return got.status_code, got.text, got.headers["content-type"].partition(";")[0]
        ok = (200, "ok", "text/plain")
        assert await word(json={"text": "built <https://ci.example|#7> &amp; <b>tested</b>"}) == ok
        await bobby.next("grpchat", text="built #7 (https://ci.example) & <b>tested</b>")
        assert await word(data={"payload": json.dumps({"text": "as a form", "username": "Jenkins"})}) == ok
        assert await word(json={"text": "once"}, headers={"Idempotency-Key": "7"}) == ok
        assert await word(json={"text": "once"}, headers={"Idempotency-Key": "7"}) == ok
        assert (await word(content=b"{"))[:2] == (400, "invalid_payload")
        assert (await word(json={"text": ""}))[:2] == (400, "no_text")
        assert (await word(json={"text": "\0"}))[:2] == (400, "invalid_payload")
        assert (await word(json={"text": "x" * 70_000}))[:2] == (400, "msg_too_long")
        assert (await word(json={"text": "x" * 300_000}))[:2] == (413, "msg_too_long")
        assert (await other.post("/hooks/nonsense", json={"text": "x"})).text == "no_service"
        name = room_name(deployment, f"ma-chan://{room}")
        await deployment.parlour("Set-CsPersistentChatRoom", name, "-Disabled", "True", expect=0)
        assert (await word(json={"text": "off"}))[0] in (404, 410)
        await deployment.parlour("Set-CsPersistentChatRoom", name, "-Disabled", "False", expect=0)
        assert {(await word(json={"text": "again"}))[0] for _ in range(20)} == {200, 429}
    assert (await said(alice, room))[:4] == [
        ("Build server", "built #7 (https://ci.example) & <b>tested</b>"), ("Build server", "Jenkins: as a form"),
        ("Build server", "once"), ("Build server", "again")]
    bots = (await alice.get("/api/v1/bots")).json()["bots"]
    spare = await make(alice, room, kind="incoming", name="Spare")
    own = f"/api/v1/bots/{spare['bot']['address']}"
    async with client_of(deployment, "bobby") as bobby_too:
        assert (await bobby_too.delete(own)).json()["title"] == "BotForeign"
    assert (await alice.delete(own)).status_code == 204
    assert (await alice.delete(own)).json()["title"] == "BotNotFound"
    assert [bot["own"] for bot in bots if bot["address"] == hook["bot"]["address"]] == [True]


async def test_what_happens_is_told_also_after_a_crash(
    deployment: Deployment, alice: httpx.AsyncClient, room: str, receiver: Receiver
) -> None:
    hook = await make(alice, room, kind="outgoing", name="Archive", url=receiver.url)
    number = await post(alice, room, "hello")
    came = await receiver.next()
    assert json.loads(came.body)["message"]["text"] == "hello"
    stamp = came.headers["x-parlour-timestamp"]
    signature = hmac.new(hook["secret"].encode(), f"{stamp}.".encode() + came.body, hashlib.sha256).hexdigest()
    assert came.headers["x-parlour-signature"] == f"v1={signature}"
    assert came.headers["x-parlour-delivery"] == f"{hook['id']}-{number}"
    receiver.silent = True
    await post(alice, room, "while nobody answers")
    await receiver.next()
    await deployment.kill()
    receiver.silent = False
    receiver.answers.append(answer(200, json.dumps({"text": "noted"})))
    await deployment.restart()
    async with client_of(deployment, "alice") as later:
        assert json.loads((await receiver.next()).body)["message"]["text"] == "while nobody answers"
        while ("Archive", "noted") not in await said(later, room):
            pass
        (kept,) = (await later.get(f"/api/v1/rooms/{room}/hooks")).json()["hooks"]
        assert (kept["enabled"], "fault" in kept, "secret" in kept) == (True, False, False)
        await later.delete(f"/api/v1/rooms/{room}/hooks/{hook['id']}")
        assert (await later.get(f"/api/v1/rooms/{room}/hooks")).json() == {"hooks": []}


async def test_faults_are_shown_and_a_switch_tries_again(
    alice: httpx.AsyncClient, room: str, receiver: Receiver
) -> None:
    receiver.answers.append(answer(410))
    hook = await make(alice, room, kind="outgoing", name="Gone", url=receiver.url)
    await post(alice, room, "hello")
    await receiver.next()
    at = f"/api/v1/rooms/{room}/hooks"
    while (shown := (await alice.get(at)).json()["hooks"][0])["enabled"]:
        pass
    assert shown["fault"] == "It answered with status 410."
    switched = await alice.patch(f"{at}/{hook['id']}", json={"enabled": True})
    assert (switched.status_code, switched.json()["enabled"]) == (200, True)
    assert json.loads((await receiver.next()).body)["message"]["text"] == "hello"


async def test_commands(
    deployment: Deployment, alice: httpx.AsyncClient, bobby: httpx.AsyncClient, room: str, receiver: Receiver
) -> None:
    await make(alice, room, kind="command", name="deploy", description="WHAT: rolls it out", url=receiver.url)
    at = f"/api/v1/rooms/{room}/commands"
    (known,) = (await bobby.get(at)).json()["commands"]
    assert (known["name"], known["description"], known["bot"]["name"]) == ("deploy", "WHAT: rolls it out", "deploy")
    receiver.answers += [
        answer(200, json.dumps({"text": "are you sure?"})),
        answer(200, json.dumps({"response_type": "in_channel", "text": "rolled out"})), answer(500)]
    assert (await bobby.post(at, json={"text": "/deploy now"})).json() == {"ephemeral": "are you sure?"}
    assert b"command=%2Fdeploy&text=now" in (await receiver.next()).body
    assert await said(bobby, room) == []
    assert (await bobby.post(at, json={"text": "/deploy yes"})).json() == {"ephemeral": None}
    assert await said(bobby, room) == [("deploy", "rolled out")]
    failed = await bobby.post(at, json={"text": "/deploy again"})
    assert (failed.status_code, failed.json()["title"]) == (502, "CommandFailed")
    unknown = await bobby.post(at, json={"text": "/other"})
    assert (unknown.status_code, unknown.json()["title"]) == (404, "CommandUnknown")


async def test_who_may_what(
    deployment: Deployment, alice: httpx.AsyncClient, bobby: httpx.AsyncClient, room: str
) -> None:
    at = f"/api/v1/rooms/{room}/hooks"
    hook = await make(alice, room, kind="incoming", name="mine")

    async def title(client: httpx.AsyncClient, method: str, path: str, json: object = None) -> str:
        answered = await client.request(method, path, json=json)
        return str(answered.json()["title"])
    assert await title(bobby, "GET", at) == "NotAManager"
    assert await title(bobby, "POST", at, json={"kind": "incoming", "name": "x"}) == "NotAManager"
    assert await title(bobby, "PATCH", f"{at}/{hook['id']}", json={"enabled": False}) == "NotAManager"
    assert await title(bobby, "DELETE", f"{at}/{hook['id']}") == "NotAManager"
    assert await title(alice, "DELETE", f"{at}/nothing") == "HookNotFound"
    assert await title(alice, "POST", at, json={"kind": "other", "name": "x"}) == "RequestInvalid"
    url = f"https://{deployment.host}:{deployment.web_port}/"
    for bad in ("http://10.0.0.1/", "https://10.0.0.1/", "ftp://x.example/", ""):
        assert await title(alice, "POST", at, json={"kind": "outgoing", "name": "x", "url": bad}) == "HookInvalid"
    async with client_of(deployment, None) as nobody:
        assert await title(nobody, "GET", at) == "SignInNeeded"
    await make(alice, room, kind="command", name="own", url=url)  # our own certificate is nobody's: it is checked
    refused = await alice.post(f"/api/v1/rooms/{room}/commands", json={"text": "/own"})
    assert refused.json()["title"] == "CommandFailed"
    assert "certificate" in refused.json()["detail"].lower()


async def test_bots_have_tokens_of_their_own_and_no_password(
    deployment: Deployment, alice: httpx.AsyncClient, bobby: httpx.AsyncClient, room: str
) -> None:
    address = deployment.address("robot")
    await deployment.parlour(
        "New-CsPersistentChatBot", "-DisplayName", "Robot", "-SipAddress", f"sip:{address}",
        "-Owner", f"sip:{deployment.address('alice')}", expect=0)
    at = f"/api/v1/bots/{address}/tokens"
    made_one = (await alice.post(at, json={"name": "runner", "scopes": ["read", "write"], "days": 1})).json()
    async with client_of(deployment, None, made_one["token"]) as robot:
        assert (await robot.get("/api/v1/session")).json()["person"] == {"address": address, "name": "Robot"}
        assert await post(robot, room, "beep") == 1
        assert (await robot.post(at, json={"name": "more", "scopes": ["read"]})).status_code == 403
        assert [kept["name"] for kept in (await alice.get(at)).json()["tokens"]] == ["runner"]
        assert (await alice.delete(f"{at}/{made_one['id']}")).status_code == 204
        assert (await robot.get("/api/v1/session")).status_code == 401
    assert (await bobby.post(at, json={"name": "x", "scopes": ["read"]})).json()["title"] == "BotForeign"
    by_cmdlet = await one(
        deployment, f"New-CsPersistentChatBotToken '{address}' -Name ops -Days 2 | Select-Object Token, Scopes")
    assert by_cmdlet["Scopes"] == ["read", "write"]
    async with client_of(deployment, None, by_cmdlet["Token"]) as robot:
        assert await post(robot, room, "boop") == 2
        refused = await deployment.parlour(
            "Set-CsUserPassword", address, "-Password", "a real password", expect=1)
        assert "BotHasNoPassword" in refused.err
        await make(alice, room, kind="incoming", name="his", bot=address)
        hook = await one(deployment, "Get-CsPersistentChatHook | Where-Object {$_.Name -eq 'his'} | Select-Object Bot")
        assert hook == {"Bot": f"sip:{address}"}
        await deployment.parlour("Remove-CsPersistentChatBot", address, expect=0)
        assert (await robot.get("/api/v1/session")).status_code == 401
    assert await said(alice, room) == [("Robot", "beep"), ("Robot", "boop")]
    gone = await deployment.parlour("Get-CsPersistentChatBot", address, expect=1)
    assert "BotNotFound" in gone.err
    assert (await alice.get(f"/api/v1/rooms/{room}/hooks")).json() == {"hooks": []}


async def test_hooks_by_cmdlets(deployment: Deployment, alice: httpx.AsyncClient, room: str) -> None:
    name = room_name(deployment, f"ma-chan://{room}")
    tried = await deployment.parlour(
        "New-CsPersistentChatHook", "-Room", name, "-Kind", "Incoming", "-Name", "ops", "-WhatIf", expect=0)
    assert "What if" in tried.out
    found = await one(
        deployment, f"New-CsPersistentChatHook -Room '{name}' -Kind Incoming -Name ops | "
        "Select-Object Identity, Secret")
    assert (await alice.post(f"/hooks/{found['Secret']}", json={"text": "from a cmdlet's hook"})).text == "ok"
    await deployment.parlour("Set-CsPersistentChatHook", found["Identity"], "-Enabled", "$false", expect=0)
    assert (await alice.post(f"/hooks/{found['Secret']}", json={"text": "x"})).text == "no_active_hooks"
    await deployment.parlour(
        "shell", "-c", f"Get-CsPersistentChatHook -Room '{name}' | Remove-CsPersistentChatHook", expect=0)
    assert (await alice.post(f"/hooks/{found['Secret']}", json={"text": "x"})).text == "no_service"
    assert await said(alice, room) == [("ops", "from a cmdlet's hook")]
