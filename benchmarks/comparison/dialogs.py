"""SIP dialogs that are opened in Python, and then handed over to the load generator with their sockets and keys.

Signing in is much talk and little work: `parlour.sipclient` does it as real clients do. What follows (joining, posting,
answering) must cost next to nothing, so the generator does that. It needs no more than what is constant in a dialog.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.comparison.processes import HOST, ServerError
from parlour.lync.ntlm import NtlmKeys
from parlour.sip import Request, parse_auth
from parlour.sipclient import Password
from parlour.sipclient.connection import Association
from parlour.sipclient.errors import LostError
from parlour.sipclient.user import SipUser

_AT_ONCE = 16  # clients that sign in at the same time
_CONSTANT = ("Via", "From", "To", "Max-Forwards", "User-Agent", "Call-ID", "Route", "Content-Type")


@dataclass(frozen=True, slots=True)
class OpenDialog:
    """What the generator gets.

    Attributes:
        descriptor: the socket.
        line: the rest, as `generator/sip.c` reads it.
    """

    descriptor: int
    line: str


@contextmanager
def opened(port: int, addresses: Sequence[str], password: str, service: str) -> Iterator[list[OpenDialog]]:
    """Sign people in over TCP by NTLM, and open a chat dialog for each.

    Args:
        port: where the server listens.
        addresses: whom, as ``user@domain``.
        password: everybody's.
        service: SIP URI of the chat service.

    Raises:
        ServerError: somebody could not sign in.
    """
    try:
        dialogs = asyncio.run(_open_all(port, addresses, password, service))
    except ExceptionGroup as faults:
        raise ServerError(f"signing in failed: {faults.exceptions[0]!r}") from faults
    try:
        yield dialogs
    finally:
        for dialog in dialogs:
            os.close(dialog.descriptor)


async def _open_all(port: int, addresses: Sequence[str], password: str, service: str) -> list[OpenDialog]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(address: str) -> OpenDialog:
        async with room:
            return await _open(port, Password(address, password), service)

    async with asyncio.TaskGroup() as tasks:
        opening = [tasks.create_task(one(address)) for address in addresses]
    return [task.result() for task in opening]


async def _open(port: int, password: Password, service: str) -> OpenDialog:
    async with SipUser(password.login, HOST, port, tls=None) as user:
        await user.sign_in(password)
        dialog = await user.invite(service)
        request = user.inside(dialog, "INFO", b" ")
        number = parse_auth(user.wire.signature(request)).params["cnum"]
        association = user.wire.association
        if association is None:
            raise LostError("signed in without a handshake")
        socket = user.wire.transport.get_extra_info("socket")
        descriptor = os.dup(socket.fileno())  # the connection outlives the client that opened it
    return OpenDialog(descriptor, _line(descriptor, request, number, association))


def _line(descriptor: int, request: Request, number: str, known: Association) -> str:
    """Write what is constant in the requests of a dialog, and in what is signed of them."""
    keys = NtlmKeys.derive(known.security.flags, known.security.session_key, "initiate")
    sender, receiver = request.from_, request.to
    ours, theirs = f"<{sender.uri}><{sender.tag}>", f"<{receiver.uri}><{receiver.tag}>"
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items if name in _CONSTANT)
    return "\t".join((
        str(descriptor), str(request.cseq.number), number, keys.signing.hex(), f"{keys.mask:016x}",
        f"<{known.realm}><{known.target}><{request.call_id}>",
        f"<INFO>{ours}{theirs}<><><>", f"<INFO>{theirs}{ours}<><><><200>",
        f'qop="auth", opaque="{known.opaque}", realm="{known.realm}", targetname="{known.target}"',
        f"INFO {request.uri} SIP/2.0\r\n{head}".replace("\r", "\\r").replace("\n", "\\n")))
