"""Somebody else's service on this machine: speaks HTTP over a real socket, and fails in every way that networks know."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qs, urlsplit

Fault = Literal["closed", "hang", "late", "slow", "garbage", "500", "redirect", "huge", "packed"]
FAULTS: Final[tuple[Fault, ...]] = ("closed", "hang", "late", "slow", "garbage", "500", "redirect", "huge", "packed")
WAITING: Final = frozenset({"hang", "late", "slow"})  # those that end by a time limit, and by nothing else


def patience(fault: Fault, shortly: float = 0.5) -> float:
    """Seconds to wait in a test with this fault: little where waiting is the point, much where the answer is."""
    return shortly if fault in WAITING else 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came in. `target` is path and query as they were written."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query, keep_blank_values=True).items()}

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int = 200
    content_type: str = "application/json"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, *, status: int = 200, content_type: str = "application/json") -> Reply:
        return cls(status=status, content_type=content_type, body=json.dumps(value, ensure_ascii=False).encode())


@dataclass
class LocalService:
    """Answers at `url` while the body of its `async with` runs. `faults` are taken one by one, for the next requests.

    `closed`, `hang`: nothing was done, and the connection ends or stays silent. `late`: it was done, and no answer comes.
    """

    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def reply(self, asked: Asked) -> Reply:
        """What the service does; for those that speak a protocol."""
        return Reply.of({"asked": asked.target})

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(await _read(reader), writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "closed":
            return
        if fault == "hang":
            await asyncio.sleep(3600)
        reply = self.reply(asked)
        if fault == "late":
            await asyncio.sleep(3600)
        await _write(writer, reply, fault)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method=method, target=target, headers=headers, body=body)


async def _write(writer: asyncio.StreamWriter, reply: Reply, fault: Fault | None) -> None:
    more = b""
    match fault:
        case "garbage":
            reply = Reply(content_type="text/html", body=b"<html>\xff\xfe 502 </html>")
        case "500":
            reply = Reply(status=500, body=b"oh")
        case "redirect":
            reply, more = Reply(status=302), b"location: http://127.0.0.1:1/elsewhere\r\n"
        case "huge":
            reply = Reply(body=b'{"a": "' + b"x" * (2 << 20) + b'"}')
        case "packed":
            reply, more = (
                Reply(body=gzip.compress(b'{"a": "' + b"x" * (8 << 20) + b'"}')),
                b"content-encoding: gzip\r\n",
            )
    length = len(reply.body)
    writer.write(
        f"HTTP/1.1 {reply.status} X\r\ncontent-type: {reply.content_type}\r\ncontent-length: {length}\r\n".encode()
        + "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items()).encode()
        + more
        + b"connection: close\r\n\r\n"
    )
    if fault == "slow":
        for one in reply.body:
            writer.write(bytes((one,)))
            await writer.drain()
            await asyncio.sleep(0.2)
    writer.write(reply.body if fault != "slow" else b"")
    await writer.drain()
