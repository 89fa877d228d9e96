"""Administration over HTTPS: REST, and the command line with --server; each under somebody's own name and roles."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from tests.cli.kit import REMOTE
from tests.doors.kit import made

from parlour.cli import main
from parlour.testing import Deployment, Outcome

API = "/api/admin/v1"
PEOPLE = ("alice", "bobby", "helen", "ursula")
CONTENT = {"Content-Type": "application/json"}


def words(line: str) -> list[str]:
    return ["shell", "-c", line]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Alice is CsAdministrator, Ursula CsUserAdministrator, Helen on the help desk; Bobby is nobody."""
    with made(Deployment(tmp_path_factory.mktemp("rest"), users=PEOPLE, rooms=(), web=True)) as served:
        at = f"@{served.sip_domain}"
        setting_up = (
            f'Set-CsGroup CsAdministrator -Members @{{Add="sip:alice{at}"}}; '
            f'Set-CsGroup CsUserAdministrator -Members @{{Add="sip:ursula{at}"}}; '
            f'New-CsGroup HelpDesk | Out-Null; '
            f'Set-CsGroup HelpDesk -Members @{{Add="sip:helen{at}"}}; '
            'New-CsAdminRole HelpDesk -Template CsHelpDesk -Cmdlets '
            '@{Replace="Get-CsUser","Set-CsUserPassword","Get-CsAdminRole"} | Out-Null')
        asyncio.run(served.parlour(*words(setting_up), expect=0))
        yield served


def client_of(deployment: Deployment, name: str | None, password: str | None = None) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    auth = None if name is None else httpx.BasicAuth(
        f"{name}@{deployment.sip_domain}", password or deployment.password(name))
    return httpx.AsyncClient(base_url=f"https://{deployment.host}:{deployment.web_port}", verify=context,
                             trust_env=False, timeout=30, auth=auth)


@pytest.fixture
async def alice(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(deployment, "alice") as client:
        yield client


@pytest.fixture
async def helen(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(deployment, "helen") as client:
        yield client


async def run(client: httpx.AsyncClient, cmdlet: str, **parameters: object) -> list[dict[str, Any]]:
    """Run a cmdlet; return its events."""
    answer = await client.post(f"{API}/cmdlets/{cmdlet}", json=parameters)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson"), answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def problem(client: httpx.AsyncClient, cmdlet: str, **parameters: object) -> tuple[int, str]:
    """Run a cmdlet that is refused; return status and error."""
    answer = await client.post(f"{API}/cmdlets/{cmdlet}", json=parameters)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["title"]


END = {"end": {"status": 0, "errors": 0}}


# -- who may


@pytest.mark.parametrize(("name", "password"), [
    (None, None), ("alice", "wrong"), ("nobody", "whatever it is"), ("alice", "")])
async def test_without_the_right_password_nothing_is_told(
    deployment: Deployment, name: str | None, password: str | None
) -> None:
    async with client_of(deployment, name, password or "not it") as client:
        answer = await client.get(f"{API}/cmdlets")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.json()["title"] == ("SignInNeeded" if name is None else "SignInRefused")


async def test_who_guesses_has_to_wait(deployment: Deployment) -> None:
    async with client_of(deployment, "bobby", "guess") as client:
        answers = [await client.get(f"{API}/cmdlets") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_role_says_which_cmdlets_there_are(helen: httpx.AsyncClient, alice: httpx.AsyncClient) -> None:
    hers = [one["name"] for one in (await helen.get(f"{API}/cmdlets")).json()]
    assert hers == ["Get-CsAdminRole", "Get-CsUser", "Set-CsUserPassword"]
    everything = {one["name"] for one in (await alice.get(f"{API}/cmdlets")).json()}
    assert {"Remove-CsPersistentChatRoom", "New-CsAdminRole", "Get-CsAuditLog"} < everything
    assert await problem(helen, "Remove-CsPersistentChatRoom", Identity="x") == (404, "CommandNotFound")
    assert await problem(helen, "No-SuchCmdlet") == (404, "CommandNotFound")
    assert (await helen.get(f"{API}/cmdlets/Remove-CsPersistentChatRoom")).status_code == 404


async def test_somebody_without_a_role_has_nothing_to_do_here(deployment: Deployment) -> None:
    await deployment.parlour("New-CsUser", f"nora@{deployment.sip_domain}", "-Password", "no role at all", expect=0)
    async with client_of(deployment, "nora", "no role at all") as client:
        assert await problem(client, "Get-CsUser") == (403, "NoRole")
        for answer in (await client.get(f"{API}/cmdlets"), await client.post(f"{API}/run", json={"source": "1"}),
                       await client.post(f"{API}/complete", json={"text": "Get-"})):
            assert (answer.status_code, answer.json()["title"]) == (403, "NoRole")


async def test_a_role_taken_away_is_gone_with_the_next_request(deployment: Deployment) -> None:
    at = f"sip:olaf@{deployment.sip_domain}"
    await deployment.parlour("New-CsUser", at, "-Password", "for a while", expect=0)
    await deployment.parlour(*words(f'Set-CsGroup CsHelpDesk -Members @{{Add="{at}"}}'), expect=0)
    async with client_of(deployment, "olaf", "for a while") as client:
        assert "Get-CsUser" in (await client.get(f"{API}/cmdlets")).text
        await deployment.parlour(*words(f'Set-CsGroup CsHelpDesk -Members @{{Remove="{at}"}}'), expect=0)
        assert (await client.get(f"{API}/cmdlets")).json()["title"] == "NoRole"


# -- what a cmdlet says


async def test_objects_come_one_a_line(deployment: Deployment, alice: httpx.AsyncClient) -> None:
    *objects, end = await run(alice, "Get-CsUser")
    addresses = {one["output"]["SipAddress"] for one in objects}
    assert {f"sip:{name}@{deployment.sip_domain}" for name in PEOPLE} <= addresses
    assert end == END


async def test_lists_switches_and_tables_are_json(alice: httpx.AsyncClient) -> None:
    await run(alice, "New-CsPersistentChatCategory", Name="Walls", EnableInvitations=True)
    changed = await run(alice, "Set-CsPersistentChatCategory", Identity="Walls", WhatIf=False,
                        AllowedMembers={"Replace": [], "Add": ["DC=litwareinc,DC=com"]})
    assert changed == [END]
    (found, end) = await run(alice, "Get-CsPersistentChatCategory", Identity="Walls")
    assert (found["output"]["AllowedMembers"], found["output"]["Invites"], end) == (
        ["DC=litwareinc,DC=com"], True, END)


async def test_what_if_is_a_line_and_changes_nothing(alice: httpx.AsyncClient) -> None:
    line, end = await run(alice, "New-CsGroup", Name="Traders", WhatIf=True)
    assert line == {"line": 'What if: Performing the operation "New-CsGroup" on target "Traders".'}
    assert end == END
    assert await run(alice, "Get-CsGroup", Identity="Traders") == [
        {"error": {"id": "PrincipalNotProvisioned", "category": "ObjectNotFound", "target": "Traders",
                   "command": "Get-CsGroup", "message": 'The directory knows no "Traders". Write a SIP address, or the '
                   "distinguished name of a group (CN=...), a container (OU=...) or a domain (DC=...)."}},
        {"end": {"status": 1, "errors": 1}}]


async def test_what_would_ask_is_refused_where_nobody_can_be_asked(alice: httpx.AsyncClient) -> None:
    error, _ = await run(alice, "Remove-CsAdminRole", Identity="HelpDesk")
    assert error["error"]["id"] == "CannotConfirm"


@pytest.mark.parametrize(("parameters", "status", "title"), [
    ({"Nonsense": 1}, 404, "ParameterUnknown"), ({"Filter": "x", "Identity": "y"}, 400, "ParameterSetUnresolved")])
async def test_what_cannot_be_bound_is_a_problem(
    alice: httpx.AsyncClient, parameters: dict[str, Any], status: int, title: str
) -> None:
    found = await problem(alice, "Get-CsAdminRole", **parameters)
    assert found[1] == title
    assert 400 <= found[0] < 500


@pytest.mark.parametrize(("content", "headers", "status"), [
    (b"{", CONTENT, 400), (b"[]", CONTENT, 400), (b'{"Identity": "x"}', {"Content-Type": "text/plain"}, 400),
    (b"[" * 500_000, CONTENT, 400), (b'{"a":"' + b"x" * (1 << 20) + b'"}', CONTENT, 413), (b"\xff\xfe", CONTENT, 400)])
async def test_what_is_no_object_is_refused(
    alice: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await alice.post(f"{API}/cmdlets/Get-CsUser", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_schema_describes_every_cmdlet(alice: httpx.AsyncClient) -> None:
    for one in (await alice.get(f"{API}/cmdlets")).json():
        schema = (await alice.get(one["href"])).json()
        assert (schema["title"], schema["type"]) == (one["name"], "object")


async def test_the_audit_log_names_the_person_and_the_way(deployment: Deployment, helen: httpx.AsyncClient) -> None:
    await run(helen, "Set-CsUserPassword", Identity=f"sip:bobby@{deployment.sip_domain}", Password="a new secret")
    told = await deployment.parlour(*words(
        "Get-CsAuditLog -Cmdlet Set-CsUserPassword -Surface Rest | Select-Object -Last 1 | ConvertTo-Json"), expect=0)
    entry = json.loads(told.out)
    assert (entry["Person"], entry["Address"], entry["Roles"]) == (
        f"sip:helen@{deployment.sip_domain}", "127.0.0.1", ["HelpDesk"])
    assert "a new secret" not in told.out


async def test_whoever_hangs_up_ends_the_run(alice: httpx.AsyncClient) -> None:
    async with alice.stream("POST", f"{API}/cmdlets/Get-CsUser", json={}) as answer:
        assert (await anext(answer.aiter_lines())).startswith('{"output"')
    assert (await run(alice, "Get-CsPool"))[-1] == END


# -- nobody gives himself a role


@pytest.mark.parametrize("line", [
    'Set-CsUserPassword "sip:alice@{domain}" -Password "mine now"',
    'Disable-CsUser "sip:alice@{domain}"',
    'Set-CsUser "sip:alice@{domain}" -Container "OU=Elsewhere,DC=litwareinc,DC=com"',
    'Set-CsGroup CsAdministrator -Members @{{Add="sip:ursula@{domain}"}}',
    'Set-CsGroup HelpDesk -Members @{{Add="sip:ursula@{domain}"}}',
    "Remove-CsGroup HelpDesk",
    'Set-CsUserPassword "sip:ursula@{domain}" -Password "even her own"',
])
async def test_a_user_administrator_cannot_raise_himself(deployment: Deployment, line: str) -> None:
    done = await remotely(deployment, "ursula", *words(line.format(domain=deployment.sip_domain)))
    assert done.status == 1
    assert "AdminRoleProtected" in done.err
    async with client_of(deployment, "alice") as client:
        assert (await client.get(f"{API}/cmdlets")).status_code == 200


async def test_nor_through_a_group_or_container_inside_a_roles_group(deployment: Deployment) -> None:
    inside = ('New-CsGroup Inner | Out-Null; Set-CsGroup CsViewOnlyAdministrator -Members '
              '@{Add="CN=Inner,OU=Groups,DC=litwareinc,DC=com"}; '
              f'New-CsUser viola@{deployment.sip_domain} -Password "in the vault" '
              '-Container "OU=Vault,DC=litwareinc,DC=com" | Out-Null; '
              'Set-CsGroup Inner -Members @{Add="OU=Vault,DC=litwareinc,DC=com"}')
    await deployment.parlour(*words(inside), expect=0)
    for line in (f'Set-CsGroup Inner -Members @{{Add="sip:bobby@{deployment.sip_domain}"}}',
                 f'Set-CsUser "sip:bobby@{deployment.sip_domain}" -Container "OU=Vault,DC=litwareinc,DC=com"',
                 f'New-CsUser eve@{deployment.sip_domain} -Password "eve gets in" '
                 '-Container "OU=Deep,OU=Vault,DC=litwareinc,DC=com"',
                 f'Set-CsUserPassword "sip:viola@{deployment.sip_domain}" -Password "mine now"'):
        done = await remotely(deployment, "ursula", *words(line))
        assert (done.status, "AdminRoleProtected" in done.err) == (1, True), line
    told = await deployment.parlour("Get-CsAdminRoleAssignment", "viola", expect=0)
    assert told.out.split() == ["CsViewOnlyAdministrator"]


async def test_scopes_hold_back(deployment: Deployment) -> None:
    """Somebody for one department changes its people and nobody else, and has nothing that scopes cannot hold back."""
    making = (
        f'New-CsUser sally@{deployment.sip_domain} -Password "sells a lot" '
        '-Container "OU=Sales,DC=litwareinc,DC=com" | Out-Null; '
        f'New-CsUser simon@{deployment.sip_domain} -Password "simon helps" | Out-Null; '
        'New-CsGroup SalesDesk | Out-Null; '
        f'Set-CsGroup SalesDesk -Members @{{Add="sip:simon@{deployment.sip_domain}"}}; '
        'New-CsAdminRole SalesDesk -Template CsUserAdministrator -UserScopes "OU:OU=Sales,DC=litwareinc,DC=com" '
        '| Out-Null')
    await deployment.parlour(*words(making), expect=0)
    async with client_of(deployment, "simon", "simon helps") as simon:
        at = deployment.sip_domain
        names = [one["name"] for one in (await simon.get(f"{API}/cmdlets")).json()]
        assert "Set-CsUserPassword" in names
        assert "Set-CsGroup" not in names
        *people, end = await run(simon, "Get-CsUser")
        assert [one["output"]["SipAddress"] for one in people] == [f"sip:sally@{at}"]
        assert end == END
        assert (await run(simon, "Disable-CsUser", Identity=f"sip:sally@{at}")) == [END]
        for who in ("bobby", "nobody-at-all"):  # whoever is out of reach is like nobody
            error, _ = await run(simon, "Disable-CsUser", Identity=f"sip:{who}@{at}")
            assert (error["error"]["id"], error["error"]["target"]) == ("UserNotFound", f"sip:{who}@{at}")
        error, _ = await run(simon, "Get-CsAdminRoleAssignment", Identity="bobby")
        assert error["error"]["id"] == "UserNotFound"
        for who in ("sid", "bobby"):  # whether the address is taken is not told
            error, _ = await run(simon, "New-CsUser", SipAddress=f"sip:{who}@{at}", Password="sid's secret")
            assert error["error"]["id"] == "OutOfScope"
        done = await run(simon, "New-CsUser", SipAddress=f"sip:sid@{at}", Password="sid's secret",
                         Container="OU=Inland,OU=Sales,DC=litwareinc,DC=com")
        assert done[-1] == END


async def test_a_role_with_the_cmdlets_for_roles_gives_no_more(deployment: Deployment) -> None:
    making = (f'New-CsUser rita@{deployment.sip_domain} -Password "rita makes roles" | Out-Null; '
              'New-CsGroup RoleMakers | Out-Null; '
              f'Set-CsGroup RoleMakers -Members @{{Add="sip:rita@{deployment.sip_domain}"}}; '
              'New-CsAdminRole RoleMakers -Template CsAdministrator -Cmdlets @{Replace="Set-CsAdminRole","Get-CsUser"} '
              '| Out-Null')
    await deployment.parlour(*words(making), expect=0)
    async with client_of(deployment, "rita", "rita makes roles") as rita:
        error, _ = await run(rita, "Set-CsAdminRole", Identity="RoleMakers", Cmdlets={"Add": ["New-CsUser"]})
        assert error["error"]["id"] == "AdminRoleProtected"


async def test_what_nothing_can_encode_and_what_is_too_deep_are_refused(alice: httpx.AsyncClient) -> None:
    broken = await alice.post(f"{API}/cmdlets/Get-CsUser", content=rb'{"Identity\ud800": 1}', headers=CONTENT)
    assert (broken.status_code, broken.json()["title"]) == (422, "ParameterUnknown")
    deep = b'{"Identity": ' + b"[" * 900 + b"]" * 900 + b"}"
    answer = await alice.post(f"{API}/cmdlets/Get-CsUser", content=deep, headers=CONTENT)
    assert (answer.status_code, answer.json()["title"]) == (400, "RequestBodyInvalid")


# -- the command line from elsewhere


async def remotely(
    deployment: Deployment, name: str, *line: str, password: str | None = None, authority: bool = True
) -> Outcome:
    """Run the command as somebody elsewhere would."""
    environment = {kept: value for kept, value in os.environ.items() if not kept.startswith("PARLOUR_")}
    environment["PARLOUR_PASSWORD"] = password or deployment.password(name)
    trust = ["--ca", str(deployment.data / "tls" / "certificate.pem")] if authority else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", REMOTE, "--server", f"https://{deployment.host}:{deployment.web_port}", *trust,
        "--user", f"{name}@{deployment.sip_domain}", *line, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await process.communicate()
    assert b"Traceback" not in err, err.decode()
    return Outcome(process.returncode or 0, out.decode(), err.decode())


async def test_a_cmdlet_and_a_pipeline_from_elsewhere(deployment: Deployment) -> None:
    done = await remotely(deployment, "helen", "Get-CsUser", "|", "Select-Object", "-ExpandProperty", "SipAddress")
    assert done.status == 0, done.err
    assert f"sip:alice@{deployment.sip_domain}" in done.out.split()
    done = await remotely(deployment, "helen", *words("Get-CsAdminRole HelpDesk | Format-List Identity, TemplateName"))
    assert done.out.split() == ["Identity", ":", "HelpDesk", "TemplateName", ":", "CsHelpDesk"]


async def test_from_elsewhere_too_the_role_is_the_limit(deployment: Deployment) -> None:
    done = await remotely(deployment, "helen", "Get-CsAuditLog")
    assert (done.status, "CommandNotFound" in done.err) == (2, True)
    done = await remotely(deployment, "helen", *words("Get-Command Get-* | Select-Object -ExpandProperty Name"))
    assert {"Get-CsAdminRole", "Get-CsUser"} <= set(done.out.split())
    assert "Get-CsAuditLog" not in done.out


@pytest.mark.parametrize("server", [
    "http://pool", "https://", "https://pool:99999", "https://[::1", "https://me@pool", "https://pool/path",
    "https://pool#x", "pool"])
def test_an_address_that_is_none_is_said_plainly(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLOUR_PASSWORD", "x")
    assert main(["--server", server, "--user", "alice@litwareinc.com", "Get-CsUser"]) == 1
    assert capsys.readouterr().err == (
        f'parlour: The node at "{server}" cannot be asked: an address is https://HOST or with :PORT.\n')


async def test_a_wrong_password_or_certificate_is_said_plainly(deployment: Deployment) -> None:
    done = await remotely(deployment, "helen", "Get-CsUser", password="wrong")
    assert (done.status, done.err) == (
        1, "parlour: The user name or the password is wrong, or the account may not sign in. "
           "After too many wrong passwords it may not for a while; an administrator can unlock it.\n")
    done = await remotely(deployment, "helen", "Get-CsUser", authority=False)
    assert done.status == 1
    assert "is not trusted" in done.err
