"""The transport over real sockets; time is fake."""

import asyncio
import os
import resource
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.sip.conftest import Bench, Serve
from tests.sip.samples import INFO, INFO_OK, INVITE, REGISTER, wire

from parlour.sip import CloseReason, Limits, Request, SipConnection, Timeouts, make_tls_context, respond

TIMES = Timeouts(idle=100, half_message=10, sign_in=50, close=5, sweep=1)


async def read_message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def pass_time(bench: Bench, seconds: int) -> None:
    """Let the fake clock run, with the sweeper looking each second."""
    for _ in range(seconds):
        await asyncio.sleep(0)
        bench.clock.advance(1)
        await asyncio.sleep(0)


async def settle(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until something is so (the test's own time limit ends a vain wait)."""
    while not condition():  # noqa: ASYNC110 - the condition belongs to code that knows nothing of the test's events
        await asyncio.sleep(0)


async def test_a_conversation(serve: Serve) -> None:
    async with serve() as bench:
        reader, writer = await bench.connect()
        conn = bench.handler.conns[0]
        assert conn.peer == writer.get_extra_info("sockname")
        assert conn.local_address == bench.address == bench.server.addresses[0]
        assert not conn.is_tls
        assert bench.server.connections == {conn}
        writer.write(b"\r\n\r\n" + REGISTER + INFO_OK)
        assert (await read_message(reader)).startswith(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/tls 127.0.0.1:39202;branch")
        assert [bench.handler.seen.get_nowait()[0] for _ in range(2)] == ["keep_alive", "request"]
        assert await bench.handler.until("answered") == 9
        writer.close()
        await writer.wait_closed()
        assert await bench.handler.until("lost") == CloseReason.PEER_CLOSED
        assert not bench.server.connections
        assert bench.server.closed == {CloseReason.PEER_CLOSED: 1}
        assert bench.server.accepted == 1
        assert not conn.send(b"late")


async def test_tls(serve: Serve, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    async with serve(tls=server_tls) as bench:
        reader, writer = await asyncio.open_connection(*bench.address, ssl=client_tls)
        writer.write(REGISTER[:300])
        await writer.drain()
        writer.write(REGISTER[300:] + INFO)
        for _ in range(2):
            assert (await read_message(reader)).startswith(b"SIP/2.0 200 OK")
        assert bench.handler.conns[0].is_tls
        bench.handler.conns[0].close(CloseReason.SIGNED_OUT)
        assert await reader.read() == b""
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.SIGNED_OUT


async def test_old_tls_is_refused(serve: Serve, server_tls: ssl.SSLContext, certificate: tuple[Path, Path]) -> None:
    assert server_tls.minimum_version == ssl.TLSVersion.TLSv1_2
    async with serve(tls=server_tls) as bench:
        reader, writer = await asyncio.open_connection(*bench.address)
        writer.write(REGISTER)  # no TLS at all
        assert await reader.read() == b""
        writer.close()
        assert bench.server.accepted == 0
    with pytest.raises(OSError, match="No such file"):
        make_tls_context(certificate[0].with_name("nowhere"), certificate[1])


async def test_a_bad_message_is_answered_and_the_connection_goes_on(serve: Serve) -> None:
    async with serve(limits=Limits(body=5)) as bench:
        reader, writer = await bench.connect()
        writer.write(INFO + REGISTER)
        assert (await read_message(reader)).startswith(b"SIP/2.0 413 ")
        assert (await read_message(reader)).startswith(b"SIP/2.0 200 ")
        assert await bench.handler.until("rejected") == "SipBodyTooLarge"
        writer.close()


async def test_garbage_ends_the_connection(serve: Serve) -> None:
    async with serve() as bench:
        reader, writer = await bench.connect()
        writer.write(REGISTER + b"gssapi-data=9zdA\r\n" + REGISTER)
        assert (await reader.read()).count(b"SIP/2.0 200 OK") == 1
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.BROKEN_STREAM


async def test_messages_are_handled_one_after_the_other(serve: Serve) -> None:
    async with serve() as bench:
        turn = asyncio.Semaphore(0)
        log: list[str] = []

        def begin(conn: SipConnection, request: Request) -> Awaitable[None] | None:
            async def slowly() -> None:
                log.append(f"begin {request.method}")
                await turn.acquire()
                log.append(f"end {request.method}")
                conn.send(respond(request, 200).to_bytes())

            return slowly() if request.method != "INVITE" else None

        bench.handler.on_request = begin
        reader, writer = await bench.connect()
        writer.write(REGISTER + INVITE + INFO + INFO_OK)
        await settle(lambda: log == ["begin REGISTER"])
        writer.write(REGISTER)
        turn.release()
        assert b"1 REGISTER" in await read_message(reader)
        await settle(lambda: log[2:] == ["begin INFO"])
        assert "answered" not in [bench.handler.seen.get_nowait()[0] for _ in range(bench.handler.seen.qsize())]
        turn.release()
        assert b"2 INFO" in await read_message(reader)
        assert await bench.handler.until("answered") == 9
        turn.release()
        assert b"1 REGISTER" in await read_message(reader)
        assert log == [f"{edge} {method}" for method in ("REGISTER", "INFO", "REGISTER") for edge in ("begin", "end")]
        writer.close()


async def test_what_was_asked_before_the_end_is_answered(serve: Serve) -> None:
    async with serve() as bench:
        go = asyncio.Event()

        def begin(conn: SipConnection, request: Request) -> Awaitable[None]:
            async def slowly() -> None:
                await go.wait()
                conn.send(respond(request, 200).to_bytes())

            return slowly()

        bench.handler.on_request = begin
        reader, writer = await bench.connect()
        writer.write(REGISTER)
        await bench.handler.until("request")
        writer.write_eof()
        go.set()
        assert (await reader.read()).startswith(b"SIP/2.0 200 OK")
        assert await bench.handler.until("lost") == CloseReason.PEER_CLOSED
        writer.close()


@pytest.mark.parametrize("awaited", [True, False])
async def test_a_failing_handler_costs_one_connection(serve: Serve, *, awaited: bool) -> None:
    async with serve() as bench:
        _, other = await bench.connect()
        reader, writer = await bench.connect()

        def fail(conn: SipConnection, request: Request) -> Awaitable[None]:
            async def later() -> None:
                raise LookupError(request.method)

            if awaited:
                return later()
            raise LookupError(request.method)

        bench.handler.on_request = fail
        writer.write(REGISTER + REGISTER)
        assert await reader.read() == b""
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.HANDLER_FAILED
        assert len(bench.server.connections) == 1
        other.close()


async def test_a_failing_greeting(serve: Serve) -> None:
    def fail(conn: SipConnection) -> None:
        raise LookupError

    async with serve() as bench:
        bench.handler.greeting = fail
        reader, writer = await bench.connect()
        assert await reader.read() == b""
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.HANDLER_FAILED


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_slow_reader_hurts_only_itself(
    serve: Serve, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, *, encrypted: bool,
) -> None:
    async with serve(tls=server_tls if encrypted else None, max_outbound=256 * 1024) as bench:
        streams = [await asyncio.open_connection(
            *bench.address, ssl=client_tls if encrypted else None, limit=1024) for _ in range(2)]
        for _ in streams:
            await bench.handler.until("connected")
        ports = {conn.peer[1]: conn for conn in bench.handler.conns}
        slow, quick = (ports[writer.get_extra_info("sockname")[1]] for _, writer in streams)
        chunk = b"x" * 65536
        sent = 0
        while slow.send(chunk):
            sent += len(chunk)
            await asyncio.sleep(0)
            assert sent < 1 << 28, "nobody cut it off"
        assert slow.is_closing
        assert await bench.handler.until("lost") == CloseReason.SLOW_READER
        assert bench.server.closed[CloseReason.SLOW_READER] == 1
        assert quick.send(b"SIP/2.0 200 OK\r\n\r\n")
        assert await read_message(streams[1][0]) == b"SIP/2.0 200 OK\r\n\r\n"
        for _, writer in streams:
            writer.transport.abort()


@pytest.mark.parametrize("encrypted", [False, True])
async def test_who_sends_faster_than_he_is_served_is_held_back(
    serve: Serve, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, *, encrypted: bool,
) -> None:
    async with serve(tls=server_tls if encrypted else None) as bench:
        turn, served = asyncio.Semaphore(0), 0

        def begin(_: SipConnection, __: Request) -> Awaitable[None]:
            async def slowly() -> None:
                nonlocal served
                await turn.acquire()
                served += 1
            return slowly()
        bench.handler.on_request = begin
        _, writer = await asyncio.open_connection(*bench.address, ssl=client_tls if encrypted else None)
        writer.write(INFO * (32 * 1024 * 1024 // len(INFO)))
        kept = 0
        while kept != (kept := writer.transport.get_write_buffer_size()):  # noqa: ASYNC110 - nothing tells of the end
            await asyncio.sleep(0.1)
        for number in range(1, 301):
            turn.release()
            await settle(lambda number=number: served == number)  # type: ignore[misc]
        await asyncio.sleep(0.1)
        assert kept - writer.transport.get_write_buffer_size() < 1024 * 1024
        writer.transport.abort()
        bench.handler.on_request = None
        turn.release()
        await bench.handler.until("lost")


async def test_writing_keeps_the_order(serve: Serve) -> None:
    async with serve() as bench:
        reader, writer = await bench.connect()
        for number in range(2000):
            bench.handler.conns[0].send(b"%d " % number)
        bench.handler.conns[0].close(CloseReason.SIGNED_OUT)
        assert [int(word) for word in (await reader.read()).split()] == list(range(2000))
        writer.close()


async def test_closing_delivers_what_was_written_although_more_came(serve: Serve) -> None:
    async with serve() as bench:
        def refuse(conn: SipConnection, request: Request) -> None:
            conn.send(respond(request, 481).to_bytes())
            conn.close(CloseReason.UNKNOWN_DIALOG)

        bench.handler.on_request = refuse
        reader, writer = await bench.connect()
        writer.write(INFO * 50)
        assert (await reader.read()).count(b"SIP/2.0 481") == 1
        writer.write(INFO * 50)
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.UNKNOWN_DIALOG


async def test_time_runs_out_for_the_silent(serve: Serve) -> None:
    async with serve(timeouts=TIMES) as bench:
        reader, writer = await bench.connect()
        bench.handler.conns[0].admitted = True
        await pass_time(bench, 60)
        writer.write(b"\r\n\r\n")
        await bench.handler.until("keep_alive")
        await pass_time(bench, 99)
        assert not bench.handler.conns[0].is_closing
        await pass_time(bench, 2)
        assert await reader.read() == b""
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.IDLE


async def test_time_runs_out_for_half_a_message(serve: Serve) -> None:
    async with serve(timeouts=TIMES) as bench:
        reader, writer = await bench.connect()
        bench.handler.conns[0].admitted = True
        writer.write(REGISTER + INFO[:30])
        await bench.handler.until("request")
        for piece in (INFO[30:40], INFO[40:50]):  # a byte now and then does not help
            await pass_time(bench, 4)
            writer.write(piece)
        await pass_time(bench, 4)
        assert (await reader.read()).count(b"SIP/2.0 200 OK") == 1
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.HALF_MESSAGE


async def test_time_runs_out_for_who_does_not_sign_in(serve: Serve) -> None:
    async with serve(timeouts=TIMES) as bench:
        reader, writer = await bench.connect()
        for _ in range(3):
            await pass_time(bench, 16)
            writer.write(b"\r\n\r\n")
            await bench.handler.until("keep_alive")
        await pass_time(bench, 3)
        assert await reader.read() == b""
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.NOT_SIGNED_IN


async def test_time_does_not_run_while_the_handler_works(serve: Serve) -> None:
    async with serve(timeouts=TIMES) as bench:
        go = asyncio.Event()

        def begin(conn: SipConnection, request: Request) -> Awaitable[None]:
            async def slowly() -> None:
                conn.admitted = True
                await go.wait()
                conn.send(respond(request, 200).to_bytes())

            return slowly()

        bench.handler.on_request = begin
        reader, writer = await bench.connect()
        writer.write(REGISTER + INFO[:30])
        await bench.handler.until("request")
        await pass_time(bench, 200)
        go.set()
        assert (await read_message(reader)).startswith(b"SIP/2.0 200 OK")
        assert not bench.handler.conns[0].is_closing
        writer.close()


async def test_who_does_not_take_the_rest_is_cut_off(serve: Serve) -> None:
    async with serve(timeouts=TIMES, max_outbound=1 << 26) as bench:
        _, writer = await bench.connect()
        conn = bench.handler.conns[0]
        conn.send(b"x" * (1 << 25))
        conn.flush()
        assert conn.unsent
        conn.close(CloseReason.REPLACED)
        conn.close(CloseReason.SIGNED_OUT)  # the first reason stays
        await pass_time(bench, 4)
        assert bench.server.connections
        await pass_time(bench, 2)
        assert await bench.handler.until("lost") == CloseReason.REPLACED
        writer.transport.abort()


async def test_stopping_finishes_what_is_being_handled(serve: Serve) -> None:
    async with serve() as bench:
        go = asyncio.Event()

        def begin(conn: SipConnection, request: Request) -> Awaitable[None]:
            async def slowly() -> None:
                await go.wait()
                conn.send(respond(request, 200).to_bytes())

            return slowly()

        bench.handler.on_request = begin
        reader, writer = await bench.connect()
        writer.write(REGISTER + INFO)
        await bench.handler.until("request")
        async with asyncio.TaskGroup() as group:
            group.create_task(bench.server.stop())
            await asyncio.sleep(0)
            go.set()
        assert (await reader.read()).count(b"SIP/2.0 200 OK") == 1
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.SHUTDOWN
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection(*bench.address)


async def test_the_server_ends_with_an_error_around_it(serve: Serve) -> None:
    seen: list[tuple[Bench, asyncio.StreamWriter]] = []

    async def fail() -> None:
        async with serve() as bench:
            seen.append((bench, (await bench.connect())[1]))
            raise LookupError

    with pytest.raises(ExceptionGroup) as caught:
        await fail()
    assert caught.group_contains(LookupError)
    bench, writer = seen[0]
    assert await bench.handler.until("lost") == CloseReason.SHUTDOWN
    writer.transport.abort()


@contextmanager
def no_descriptors_left(highest: int) -> Iterator[None]:
    """Take all file descriptors that there are up to `highest`, and allow no others."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)


async def test_no_file_descriptors_left(serve: Serve) -> None:
    async with serve() as bench:
        troubles: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: troubles.append(context["exception"]))
        client = socket.socket()
        client.setblocking(False)
        with no_descriptors_left(client.fileno()):
            await asyncio.get_running_loop().sock_connect(client, bench.address)
            await settle(lambda: bool(troubles))
            assert bench.server.accepted == 0
        await bench.handler.until("connected")  # asyncio tries again after a second
        client.close()


async def test_a_reset(serve: Serve) -> None:
    async with serve() as bench:
        _, writer = await bench.connect()
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()
        assert await bench.handler.until("lost") == CloseReason.PEER_RESET


async def test_half_a_message_at_the_end(serve: Serve) -> None:
    async with serve() as bench:
        reader, writer = await bench.connect()
        writer.write(wire("INFO sip:a SIP/2.0")[:-2])
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        assert await bench.handler.until("lost") == CloseReason.BROKEN_STREAM
