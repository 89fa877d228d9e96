"""Export and import over HTTPS: bytes as Base64, and no way to the files of the node."""

import json
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from tests.doors.kit import made
from tests.doors.test_admin_rest import client_of

from parlour.testing import Deployment

API = "/api/admin/v1/cmdlets"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Alice is CsPersistentChatAdministrator, Bobby is nobody."""
    with made(Deployment(tmp_path_factory.mktemp("rest"), users=("alice", "bobby"), web=True)) as served:
        yield served


async def post(deployment: Deployment, who: str, cmdlet: str, **parameters: object) -> tuple[int, list[dict[str, Any]]]:
    """Run a cmdlet over HTTPS; return the status and the events."""
    async with client_of(deployment, who) as client:
        answer = await client.post(f"{API}/{cmdlet}", json={"DBInstance": "here", **parameters})
        return answer.status_code, [json.loads(line) for line in answer.text.splitlines()]


async def test_bytes_come_and_go_as_base64_and_files_are_out_of_reach(deployment: Deployment) -> None:
    await deployment.parlour(
        "shell", "-c", "Set-CsGroup CsPersistentChatAdministrator -Members @{Add='sip:alice@litwareinc.com'}", expect=0)
    export, import_ = "Export-CsPersistentChatData", "Import-CsPersistentChatData"
    status, events = await post(deployment, "alice", export, AsBytes=True)
    assert status == 200
    (content,) = (event["output"] for event in events if "output" in event)
    with ZipFile(BytesIO(b64decode(content))) as archive:
        assert b"Engineering" in archive.read("ChatRooms.xml")
    status, events = await post(deployment, "alice", import_, ByteInput=content)
    assert (status, events[-1]["end"]["status"]) == (200, 0)
    for cmdlet, parameters in (
            (export, {"FileName": "x.zip"}), (export, {"AsBytes": True, "Report": "x.html"}),
            (import_, {"FileName": "/etc/passwd"}), (import_, {"ByteInput": content, "Report": "x.html"})):
        _, events = await post(deployment, "alice", cmdlet, **parameters)
        assert "FilesUnavailable" in json.dumps(events)
    status, _ = await post(deployment, "bobby", export, AsBytes=True)
    assert status in (403, 404)
    assert not (deployment.data / "x.zip").exists()
