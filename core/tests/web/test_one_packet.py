"""Head and body of an answer leave in one piece; what is sent bit by bit leaves bit by bit; nothing is lost at the end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, Router

from cunli.testing.working import PATIENCE
from cunli.web import server

go_on: asyncio.Event


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def bit_by_bit(request: Request) -> StreamingResponse:
    async def bits() -> AsyncIterator[bytes]:
        yield b"first"
        await go_on.wait()
        yield b"second"

    return StreamingResponse(bits())


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    router = Router([Route("/", hello), Route("/bits", bit_by_bit)], lifespan=None)
    config = server.config(router, host="127.0.0.1", port=0)
    config.lifespan = "off"
    running = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(running.serve(sockets=[listening]))
        async with asyncio.timeout(PATIENCE):
            while not running.started:
                await asyncio.sleep(0.01)
        yield listening.getsockname()[1]
        running.should_exit = True
        await task


def pieces_sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is handed to the network, piece by piece."""
    sent: list[bytes] = []
    honest = server.Together.flush

    def noted(self: Any) -> None:
        if self._pieces:
            sent.append(b"".join(self._pieces))
        honest(self)

    monkeypatch.setattr(server.Together, "flush", noted)
    return sent


def asking(path: str, connection: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\r\n".encode()


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_head_and_body_leave_in_one_piece(monkeypatch: pytest.MonkeyPatch, connection: str) -> None:
    async with serving() as port:
        sent = pieces_sent(monkeypatch)
        for number in range(1, 4):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(asking("/", connection))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            assert head.startswith(b"HTTP/1.1 200")
            assert await asyncio.wait_for(reader.readexactly(5), PATIENCE) == b"hello"
            assert len(sent) == number
            if connection == "close":
                assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
            writer.close()


async def test_many_requests_at_once_on_one_connection_are_answered_in_order() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asking("/", "keep-alive") * 20 + asking("/", "close"))
        answers = await asyncio.wait_for(reader.read(), PATIENCE)
        assert answers.count(b"HTTP/1.1 200") == answers.count(b"hello") == 21
        writer.close()


async def test_what_is_long_goes_on_its_way_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that never waits must meet the transport's word that nobody reads, and not fill the memory."""
    sent: list[int] = []

    class Sink:
        def write(self, data: bytes) -> None:
            sent.append(len(data))

        def is_closing(self) -> bool:
            return False

    together = server.Together(Sink(), asyncio.get_running_loop())
    for _ in range(64):
        together.write(b"x" * 8192)
    assert len(sent) >= 7
    assert 64 * 8192 - sum(sent) <= server.ONE_PIECE
    together.flush()
    assert sum(sent) == 64 * 8192


async def test_what_is_sent_bit_by_bit_does_not_wait_for_its_end() -> None:
    global go_on
    go_on = asyncio.Event()
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asking("/bits", "close"))
        await asyncio.wait_for(reader.readuntil(b"first"), PATIENCE)
        go_on.set()
        assert b"second" in await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
