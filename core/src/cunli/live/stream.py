"""The answer that stays open: server-sent events, one bounded queue, and an end as soon as the other side is gone."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cunli.live.hub import Listener

if TYPE_CHECKING:
    from cunli.live.running import Live

PING: Final = 25.0  # seconds; proxies close what is silent for a minute
LONGEST: Final = 1800.0  # seconds; then the browser comes again
SLOWLY: Final = (50_000, 70_000)  # milliseconds, where every answer is short
RETRY: Final = (2_000, 8_000)  # milliseconds: not all of them at once after a restart
HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "Cookie"}


class EventStream(Response):
    """Sends what a listener is told until one of the two sides ends it.

    `once`: only what there is now, for lines on which nothing arrives before its end; the browser asks again in a minute.
    """

    media_type = "text/event-stream"

    def __init__(self, live: Live, listener: Listener, last: int, *, once: bool = False) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self.live = live
        self.listener = listener
        self.last = last
        self.once = once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.create_task(_left(receive))
        listener = self.listener
        try:
            await self.live.begin(listener, self.last)
            await self._send(send, f"retry: {random.randint(*(SLOWLY if self.once else RETRY))}\n\n".encode())  # noqa: S311
            loop = asyncio.get_running_loop()
            ends = loop.time() + LONGEST * random.uniform(0.8, 1)  # noqa: S311
            while not (self.once or listener.over or gone.done()) and loop.time() < ends:
                taken = listener.take()
                if taken:
                    await self._send(send, b"".join(message.encoded() for message in taken))
                done, _ = await asyncio.wait({gone, listener.ready}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    await self._send(send, b":\n\n")
            if not gone.done():  # what was put before the end still goes out
                await self._send(send, b"".join(message.encoded() for message in listener.take()))
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.live.leave(listener)
            gone.cancel()

    @staticmethod
    async def _send(send: Send, body: bytes) -> None:
        if body:
            await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
