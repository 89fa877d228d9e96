"""Completion over HTTPS: what somebody's roles let him see, and nothing else."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from tests.doors.kit import made

from parlour.testing import Deployment

API = "/api/admin/v1"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Alice is CsAdministrator, Helen on the help desk of a container that Bobby is not in."""
    deployment = Deployment(
        tmp_path_factory.mktemp("complete"), users=("alice", "bobby", "helen"), rooms=("Engine room",), web=True)
    with made(deployment) as served:
        at = f"@{served.sip_domain}"
        setting_up = (
            f'Set-CsGroup CsAdministrator -Members @{{Add="sip:alice{at}"}}; New-CsGroup HelpDesk | Out-Null; '
            f'Set-CsGroup HelpDesk -Members @{{Add="sip:helen{at}"}}; '
            f'Set-CsUser sip:helen{at} -Container "OU=Desk,DC=litwareinc,DC=com"; '
            'New-CsAdminRole HelpDesk -Template CsHelpDesk -UserScopes "OU:OU=Desk,DC=litwareinc,DC=com" | Out-Null')
        asyncio.run(served.parlour("shell", "-c", setting_up, expect=0))
        yield served


@contextmanager
def _signed_in(deployment: Deployment, name: str) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    with httpx.Client(base_url=f"https://{deployment.host}:{deployment.web_port}", verify=context, trust_env=False,
                      auth=httpx.BasicAuth(f"{name}@{deployment.sip_domain}", deployment.password(name))) as client:
        yield client


def _completed(client: httpx.Client, text: str | list[str]) -> list[str]:
    found: list[str] = client.post(f"{API}/complete", json={"text": text}).raise_for_status().json()
    return found


def test_an_administrator_is_offered_everything(deployment: Deployment) -> None:
    with _signed_in(deployment, "alice") as client:
        assert _completed(client, "Get-CsPersistentChatRoom -Identity eng") == ["'Engine room'"]
        assert _completed(client, ["Get-CsPersistentChatRoom", "-Identity", "eng"]) == ["Engine room"]
        assert _completed(client, "Get-CsUser b") == ["sip:bobby@litwareinc.com"]


def test_others_are_offered_what_they_could_list(deployment: Deployment) -> None:
    with _signed_in(deployment, "helen") as client:
        assert _completed(client, "Get-CsUser ") == ["sip:helen@litwareinc.com"]
        assert _completed(client, "Get-CsUser -OU ") == ["'OU=Desk,DC=litwareinc,DC=com'"]
        # scopes of people do not hold back what belongs to pools, and the help desk may look at rooms
        assert _completed(client, "Get-CsPersistentChatRoom -Identity eng") == ["'Engine room'"]
        assert _completed(client, "Set-CsPersistentChatR") == []
    with _signed_in(deployment, "bobby") as client:
        refused = client.post(f"{API}/complete", json={"text": "Get-CsUser "})
        assert (refused.status_code, refused.json()["title"]) == (403, "NoRole")


@pytest.mark.parametrize("text", [None, 1, {"a": 1}, [1]])
def test_what_is_no_text_is_refused(deployment: Deployment, text: object) -> None:
    with _signed_in(deployment, "alice") as client:
        answer = client.post(f"{API}/complete", json={"text": text})
    assert answer.status_code == 400
    assert '"text"' in answer.json()["detail"]


def test_texts_say_what_they_are(deployment: Deployment) -> None:
    with _signed_in(deployment, "alice") as client:
        answer = client.post(f"{API}/run", json={"source": "Get-CsUser nobody"})
    assert '"style":"error"' in answer.text
