"""Files over the wire of a live node: tokens over XCCOS, bytes over HTTPS."""

import asyncio
import os
import ssl
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import httpx
import pytest
from tests.doors.kit import PEOPLE, fresh_room, made, signed_in

from parlour.testing import Deployment, RefusedError, SipClient

NAMESPACE = "{urn:parlano:xml:ns:xccos}"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a web listener, where files may be uploaded."""
    with made(Deployment(tmp_path_factory.mktemp("files"), users=PEOPLE, rooms=(), web=True)) as served:
        asyncio.run(served.parlour(
            "Set-CsPersistentChatCategory", "-Identity", "General", "-FileUpload", "$true", expect=0))
        yield served


@pytest.fixture
async def web(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the web listener that trusts the deployment's own certificate."""
    context = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
    context.check_hostname = False
    address = f"https://{deployment.host}:{deployment.web_port}"
    async with httpx.AsyncClient(base_url=address, verify=context, trust_env=False, timeout=20) as client:
        yield client


async def token(client: SipClient, command: str, room: str, file: str) -> Element:
    """Ask for a token."""
    event = await client.command(command, f'<ftdb channelUri="{room}" fileUrl="{file}"/>')
    assert event.kind == "rpl:getftok"
    return next(event.element.iter(f"{NAMESPACE}token"))


async def upload(client: SipClient, web: httpx.AsyncClient, room: str, content: bytes, name: str) -> httpx.Response:
    found = await token(client, "getfutok", room, name)
    return await web.put(f"/files/{found.get('token')}", content=content)


async def test_a_file_goes_up_is_linked_and_comes_down(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room = await fresh_room(deployment)
    content = os.urandom(3_000_000)
    async with signed_in(deployment, "alice") as alice, signed_in(deployment, "bobby") as bobby:
        await alice.join(room)
        await bobby.join(room)
        asked = await token(alice, "getfutok", room, "report 1.bin")
        assert asked.get("serveruri") == f"https://atl-pcpool-001.litwareinc.com:{deployment.web_port}/files"
        done = await web.put(f"/files/{asked.get('token')}", content=content)
        assert (done.status_code, done.json()["size"], done.json()["link"]) == (201, 3_000_000, asked.get("fileUrl"))
        await alice.post(room, f"the report: {done.json()['link']}")
        link = (await bobby.next("grpchat")).message.text.split()[-1]
        found = await token(bobby, "getfdtok", room, link)
        got = await web.get(f"/files/{found.get('token')}")
        assert (got.status_code, got.content) == (200, content)
        assert got.headers["content-disposition"] == (
            "attachment; filename=\"report 1.bin\"; filename*=UTF-8''report%201.bin")
        again = await web.get(f"/files/{found.get('token')}")
        assert (again.status_code, again.headers["content-type"]) == (403, "application/problem+json")
        assert again.json()["title"] == "FileTokenInvalid"


async def test_a_browser_never_runs_what_it_gets(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room = await fresh_room(deployment)
    async with signed_in(deployment, "alice") as alice:
        for name, content, kind in (
            ("evil.html", b"<html><script>alert(1)</script>", "text/plain; charset=utf-8"),
            ("evil.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain; charset=utf-8"),
            ("not a picture.png", b"\0\1\2", "application/octet-stream"),
            ("picture.exe", b"\x89PNG\r\n\x1a\n", "image/png"),
            ("a&quot;b&apos;;ö.txt", b"x", "text/plain; charset=utf-8"),
        ):
            if "quot" in name:
                with pytest.raises(RefusedError) as caught:
                    await token(alice, "getfutok", room, name)
                assert caught.value.code == 400
                continue
            sent = (await upload(alice, web, room, content, name)).json()
            found = await token(alice, "getfdtok", room, sent["guid"])
            got = await web.get(f"/files/{found.get('token')}")
            assert got.content == content
            assert got.headers["content-type"] == kind
            assert got.headers["content-disposition"].startswith("attachment;")
            assert got.headers["x-content-type-options"] == "nosniff"
            assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert "no-store" in got.headers["cache-control"]


async def test_what_is_refused(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room, absent = await fresh_room(deployment, "-Privacy", "Closed"), f"ma-chan://litwareinc.com/{uuid.uuid4()}"
    async with signed_in(deployment, "alice") as alice:
        for command, where, file, code in (
            ("getfutok", room, "a.txt", 403), ("getfdtok", room, str(uuid.uuid4()), 403),
            ("getfutok", absent, "a.txt", 404), ("getfdtok", absent, "x", 404), ("getfutok", room, "../../x", 400),
        ):
            with pytest.raises(RefusedError) as caught:
                await token(alice, command, where, file)
            assert caught.value.code == code
    for method, path in (("GET", f"/files/{uuid.uuid4()}"), ("PUT", "/files/x"), ("GET", "/files/..%2f..%2fetc")):
        assert (await web.request(method, path)).status_code in (403, 404)
    for path in ("/openapi.json", "/files", "/files/"):
        assert (await web.get(path)).status_code == 404


async def test_too_large_a_file_is_refused_in_the_middle(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room = await fresh_room(deployment)
    await deployment.parlour(
        "Set-CsPersistentChatConfiguration", "-Identity", "Global", "-MaxFileSizeKB", "100", expect=0)
    try:
        async with signed_in(deployment, "alice") as alice:
            assert (await upload(alice, web, room, b"x" * 102_400, "just so")).status_code == 201
            refused = await upload(alice, web, room, b"x" * 102_401, "too large")
            assert (refused.status_code, refused.json()["title"]) == (413, "FileTooLarge")
    finally:
        await deployment.parlour(
            "Set-CsPersistentChatConfiguration", "-Identity", "Global", "-MaxFileSizeKB", "20000", expect=0)


async def test_an_upload_that_breaks_off_leaves_nothing(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room = await fresh_room(deployment)
    async with signed_in(deployment, "alice") as alice:
        await upload(alice, web, room, b"something first", "first")
        before = stored(deployment)
        asked = (await token(alice, "getfutok", room, "half")).get("token")

        async def half() -> AsyncIterator[bytes]:
            yield b"x" * 50_000
            raise ConnectionAbortedError
        with pytest.raises(ConnectionAbortedError):
            await web.put(f"/files/{asked}", content=half())
        assert (await web.put(f"/files/{asked}", content=b"again")).status_code == 403
    await deployment.stop()  # it ends what is under way
    assert stored(deployment) == before
    await deployment.serve()


def stored(deployment: Deployment) -> set[Path]:
    """Return what lies in the folder of files."""
    return {path for path in (deployment.data / "files").rglob("*") if path.is_file()}


async def test_nobody_else_may_read_the_folder(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room = await fresh_room(deployment)
    async with signed_in(deployment, "alice") as alice:
        await upload(alice, web, room, b"confidential", "c.txt")
    for path in (deployment.data / "files", *(deployment.data / "files").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0


async def test_files_survive_a_restart(deployment: Deployment, web: httpx.AsyncClient) -> None:
    room = await fresh_room(deployment)
    async with signed_in(deployment, "alice") as alice:
        sent = (await upload(alice, web, room, b"durable", "d.txt")).json()
    await deployment.restart()
    async with signed_in(deployment, "alice") as alice:
        found = await token(alice, "getfdtok", room, sent["link"])
    async with httpx.AsyncClient(base_url=web.base_url, verify=False, trust_env=False) as fresh:  # noqa: S501
        assert (await fresh.get(f"/files/{found.get('token')}")).content == b"durable"


async def test_rubbish_on_the_web_port_does_no_harm(deployment: Deployment, web: httpx.AsyncClient) -> None:
    for rubbish in (b"\0" * 1000, b"GET / HTTP/1.1\r\n" * 1000, b"\x16\x03\x01\xff\xff" + b"x" * 500):
        _, writer = await asyncio.open_connection(deployment.host, deployment.web_port)
        writer.write(rubbish)
        writer.close()
    assert (await web.get("/files/x")).status_code == 403


async def test_without_a_web_listener_there_are_no_files(unserved: Deployment) -> None:
    await unserved.serve()
    try:
        room = unserved.rooms["Hall"]
        async with signed_in(unserved, "alice") as alice:
            with pytest.raises(RefusedError) as caught:
                await token(alice, "getfutok", room, "a.txt")
            assert (caught.value.code, "no web listener" in str(caught.value)) == (503, True)
    finally:
        await unserved.stop()


