"""SIPp, a SIP stack that is not ours, against a live node (Debian package sip-tester).

Debian builds SIPp without TLS, and Digest is for TLS only: so its sign-in goes through a relay that adds the TLS.
"""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from tests.doors.kit import fresh_person, signed_in

from parlour.testing import Deployment

SCENARIOS = Path(__file__).parent / "sipp"
PASSWORD = "Pa$$w0rd"
CALLS = 2  # one after the other on one connection


@pytest.fixture(scope="module")
def sipp() -> str:
    """The program; without it these tests are skipped, except in CI."""
    program = shutil.which("sipp")
    if program is None:
        reason = "SIPp is missing: install the Debian package sip-tester."
        refuse: Callable[[str], NoReturn] = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(reason)
    return program


async def run(program: str, scenario: str, port: int, folder: Path, *fields: str) -> None:
    """Run a scenario several times over one TCP connection, and insist that every call succeeds."""
    people = folder / "people.csv"
    people.write_text("SEQUENTIAL\n" + ";".join(fields) + "\n")
    process = await asyncio.create_subprocess_exec(
        program, f"127.0.0.1:{port}", "-sf", SCENARIOS / f"{scenario}.xml", "-inf", people, "-t", "t1",
        "-i", "127.0.0.1", "-m", str(CALLS), "-l", "1", "-nostdin", "-trace_err", "-error_file", folder / "errors.log",
        "-timeout", "30s", "-timeout_error", "-recv_timeout", "10000", cwd=folder,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        async with asyncio.timeout(45):
            shown, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    errors = folder / "errors.log"
    told = errors.read_text(errors="replace") if errors.exists() else ""
    assert process.returncode == 0, f"{told}\n{shown.decode(errors='replace')[-3000:]}"


def credentials(address: str, password: str) -> str:
    """Tell SIPp how to sign in: it takes this from a field only as a whole."""
    return f"[authentication username={address} password={password}]"


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def tls_added(deployment: Deployment) -> AsyncIterator[int]:
    """Relay TCP connections to the node's TLS port; yields the relay's own port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the server's certificate is one that it made for itself
    context.verify_mode = ssl.CERT_NONE

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(deployment.host, deployment.tls_port, ssl=context)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, far_writer))
                both.create_task(_pump(far_reader, writer))
        finally:
            far_writer.close()
            writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def person_without_blanks(deployment: Deployment) -> str:
    """Add a person for Digest; SIPp takes no password with blanks. Return the address."""
    address = deployment.address(await fresh_person(deployment, "--no-ntlm"))
    await deployment.parlour("user", "passwd", address, expect=0, env={"PARLOUR_USER_PASSWORD": PASSWORD})
    return address


async def test_sipp_signs_in_by_digest_and_chats(deployment: Deployment, sipp: str, tmp_path: Path) -> None:
    address = await person_without_blanks(deployment)
    async with tls_added(deployment) as port:
        await run(sipp, "chat", port, tmp_path, *address.split("@"),
                  credentials(address, PASSWORD))


async def test_sipp_with_the_wrong_password_does_not(deployment: Deployment, sipp: str, tmp_path: Path) -> None:
    address = await person_without_blanks(deployment)
    async with tls_added(deployment) as port:
        with pytest.raises(AssertionError, match="401 Unauthorized"):
            await run(sipp, "chat", port, tmp_path, *address.split("@"),
                      credentials(address, "wrong"))


async def test_sipp_is_refused_what_is_malformed(deployment: Deployment, sipp: str, tmp_path: Path) -> None:
    await run(sipp, "malformed", deployment.tcp_port, tmp_path, "alice", deployment.sip_domain)
    async with signed_in(deployment, "alice") as alice:
        assert (await alice.getserverinfo()).code == 200
