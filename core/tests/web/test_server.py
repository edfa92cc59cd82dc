"""The server's deadlines: slow headers and stalled bodies are closed, ordinary requests are not, and SIGTERM's grace is kept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cunli.testing.working import PATIENCE
from cunli.web import server

LONG = 8 << 20


async def _echo(request: Request) -> PlainTextResponse:
    body = await request.body()
    await asyncio.sleep(float(request.query_params.get("sleep", "0")))
    return PlainTextResponse(str(len(body)))


async def _long(request: Request) -> PlainTextResponse:
    return PlainTextResponse("x" * LONG)


async def _early(request: Request) -> PlainTextResponse:
    """Does not want to know what else comes."""
    return PlainTextResponse("no", 413)


@dataclass(frozen=True)
class Serving:
    """A server in this process: its port, and a view of its connections from within."""

    port: int
    uvicorn: uvicorn.Server

    async def connection(self) -> Any:
        """The server's side of the one connection there is."""
        await until(lambda: bool(self.uvicorn.server_state.connections))
        (protocol,) = self.uvicorn.server_state.connections
        return protocol

    async def closed(self) -> None:
        """Wait until the server has no connection any more."""
        await until(lambda: not self.uvicorn.server_state.connections)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture(loop_scope="session")
async def serving(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Serving]:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.6)
    monkeypatch.setattr(server, "BODY_STALL_SECONDS", 0.6)
    monkeypatch.setattr(server, "LINGER_SECONDS", 1.0)
    config = server.config(
        Router(
            [
                Route("/", _echo, methods=["GET", "POST"]),
                Route("/long", _long),
                Route("/early", _early, methods=["POST"]),
            ],
            lifespan=None,
        ),
        host="127.0.0.1",
        port=0,
    )
    if getattr(request, "param", None) == "stock":
        config.http = HttpToolsProtocol
    config.lifespan = "off"
    running = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(running.serve(sockets=[listening]))
        await until(lambda: running.started)
        yield Serving(listening.getsockname()[1], running)
        running.should_exit = True
        await task


async def _closed_within(serving: Serving, chunks: list[bytes], patience: float) -> bool:
    """Whether the server closes a connection on which `chunks` drip."""
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    reading = asyncio.create_task(reader.read())
    try:
        for chunk in chunks:
            writer.write(chunk)
            await asyncio.sleep(0.05)
        done, _ = await asyncio.wait({reading}, timeout=patience)
        return bool(done)
    finally:
        reading.cancel()
        writer.close()


async def test_dripped_headers_and_a_stalled_body_are_closed(serving: Serving) -> None:
    headers = [b"GET / HTTP/1.1\r\n", b"Host: x\r\n", b"A: b\r\n"]
    assert await _closed_within(serving, headers, PATIENCE)
    stalled = [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", b"only this"]
    assert await _closed_within(serving, stalled, PATIENCE)


@pytest.mark.parametrize("serving", ["stock"], indirect=True)
async def test_without_the_deadlines_the_same_connections_stay_open(serving: Serving) -> None:
    assert not await _closed_within(serving, [b"GET / HTTP/1.1\r\n", b"Host: x\r\n"], 2)


async def _thought_about(serving: Serving) -> bool:
    """Whether two requests on one connection are answered, each after a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    try:
        for _ in range(2):
            writer.write(b"POST /?sleep=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(1) == b"5"
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    finally:
        writer.close()
    return True


async def test_a_request_that_is_thought_about_for_longer_than_the_deadline_is_answered(serving: Serving) -> None:
    for _ in range(5):  # a machine that stood still before the request was sent has met the deadline for headers
        if await _thought_about(serving):
            return
    raise AssertionError("closed while it was thought about")


async def _sends_on(serving: Serving, path: str, times: int | None = None) -> bool:
    """Whether somebody who goes on sending a body, five pieces a second, is closed: at all, or within so many pieces."""
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
    reading = asyncio.create_task(reader.read())
    async with asyncio.timeout(PATIENCE):
        while not reading.done() and times != 0:
            writer.write(b"x" * 2000)
            times = None if times is None else times - 1
            await asyncio.wait({reading}, timeout=0.2)
    closed = reading.done()
    reading.cancel()
    writer.close()
    return closed


async def _closed_after(serving: Serving, seconds: float, *, received: int) -> bool:
    """Whether a body of which so much came in this time is closed at its next byte. No time passes: its beginning is moved."""
    _, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    try:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * received)
        protocol = await serving.connection()
        await until(lambda: protocol._received >= received)
        protocol._body_since -= seconds
        before = protocol._received
        writer.write(b"x")
        await until(lambda: protocol._received > before)
        return bool(protocol.transport.is_closing())
    finally:
        writer.close()
        await serving.closed()


async def test_a_body_that_drips_is_closed_and_one_from_a_weak_signal_is_not(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", PATIENCE)
    monkeypatch.setattr(server, "BODY_STALL_SECONDS", PATIENCE)
    long = 3 * PATIENCE
    enough = int(long * server.BODY_MIN_RATE)
    assert await _closed_after(serving, long, received=15)
    assert await _closed_after(serving, long, received=enough // 2)
    assert not await _closed_after(serving, long, received=enough * 2)
    assert not await _closed_after(serving, PATIENCE, received=15), "nobody is judged by the first moments"


async def test_who_goes_on_sending_after_the_answer_is_closed_in_the_end(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_STALL_SECONDS", PATIENCE)  # it is not this one that closes
    assert await _sends_on(serving, "/early")


@pytest.mark.parametrize("serving", ["stock"], indirect=True)
async def test_without_an_end_to_lingering_it_could_go_on_sending(serving: Serving) -> None:
    assert not await _sends_on(serving, "/early", times=15)


async def _read_of_a_long_answer(serving: Serving, before: Callable[[Any], Any], between: Callable[[Any], Any]) -> int:
    """How many bytes come to a reader that does something before it reads, and something else between the pieces."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        s.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(s, ("127.0.0.1", serving.port))
        await loop.sock_sendall(s, b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        protocol = await serving.connection()
        await before(protocol)
        count = struck = 0
        try:
            while piece := await loop.sock_recv(s, 1 << 18):
                count += len(piece)
                if count - struck > 1 << 19:
                    struck = count
                    await between(protocol)
        except ConnectionResetError:
            pass
        return count


async def _nothing(protocol: Any) -> None:
    """What a reader does who reads on."""


async def test_who_does_not_read_an_answer_is_cut_off(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", PATIENCE)  # it is not this one that closes

    async def until_cut_off(protocol: Any) -> None:
        await serving.closed()

    assert await _read_of_a_long_answer(serving, until_cut_off, _nothing) < LONG


async def test_who_reads_an_answer_slowly_is_not_cut_off(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a megabyte in a minute is slow and enough. No minute passes: the clock is made to strike."""
    monkeypatch.setattr(server, "HEADER_SECONDS", PATIENCE)
    monkeypatch.setattr(server, "BODY_STALL_SECONDS", PATIENCE)
    struck = 0

    async def strike(protocol: Any) -> None:
        nonlocal struck
        if protocol._reading is not None:
            protocol._reading.cancel()
            protocol._was_it_read()
            struck += 1

    assert await _read_of_a_long_answer(serving, _nothing, strike) > LONG
    assert struck > 5


@pytest.mark.parametrize("serving", ["stock"], indirect=True)
async def test_without_a_deadline_for_readers_the_answer_waits_for_them(serving: Serving) -> None:
    async def pause(protocol: Any) -> None:
        await asyncio.sleep(3)

    assert await _read_of_a_long_answer(serving, pause, _nothing) > LONG
