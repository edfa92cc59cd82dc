"""An open stream, read as a browser reads it: events with their names, words and places; no server between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli.testing.working import PATIENCE


@dataclass
class Ear:
    """What came in so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)
    last: str = ""
    retry: int = 0
    over: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: bool = False
    read: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.read.set()

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.read.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self._take(message.get("body", b"").decode())
            self.over = not message.get("more_body", False)
        self._changed.set()

    def _take(self, text: str) -> None:
        for block in text.split("\n\n"):
            said = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            self.last = said.get("id", self.last)
            self.retry = int(said.get("retry", self.retry))
            if "event" in said:
                self.events.append((said["event"], said.get("data", "")))

    def heard(self, name: str) -> list[str]:
        return [words for event, words in self.events if event == name]

    async def until(self, true: Any) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not true(self):
                self._changed.clear()
                await self._changed.wait()

    async def hear(self, name: str, times: int = 1) -> list[str]:
        await self.until(lambda ear: len(ear.heard(name)) >= times or ear.over)
        return self.heard(name)

    def hang_up(self) -> None:
        self._gone.set()


@contextlib.asynccontextmanager
async def listening(
    site: LiveSite, visitor: Visitor, url: str = "/v/heping/live", **headers: str
) -> AsyncIterator[Ear]:
    """An open stream of a visitor, from the moment it is open."""
    parts, ear = urlsplit(url), Ear()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.client.cookies.jar)
    sent = {
        "host": "127.0.0.1:8000",
        "cookie": cookies,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    scope = {
        "type": "http", "method": "GET", "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000), "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    answering = asyncio.create_task(site.app(scope, ear.receive, ear.send))
    try:
        await ear.until(lambda one: one.over or one.retry)
        yield ear
    finally:
        ear.hang_up()
        ear.read.set()
        async with asyncio.timeout(PATIENCE):
            await answering
