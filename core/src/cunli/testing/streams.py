"""An answer that never ends by itself, such as live updates, ends for a visitor without a script after its first piece."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
FIRST_PIECE: Final = 0.2  # seconds that the first piece is waited for


def ending(app: App) -> App:
    """The same site, to somebody who leaves an event stream (WHATWG HTML, server-sent events) once it has begun."""

    async def answered(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        over, streamed, asked = asyncio.Event(), False, False

        async def say(message: Message) -> None:
            nonlocal streamed
            if message["type"] == "http.response.start":
                streamed = _is_stream(message)
                asyncio.get_running_loop().call_later(FIRST_PIECE, over.set)
            await send(message)
            if streamed and message["type"] == "http.response.body":
                over.set()

        async def hear() -> Message:
            nonlocal asked
            if not asked:
                message = await receive()
                asked = not message.get("more_body", False)
                return message
            told, gone = asyncio.ensure_future(receive()), asyncio.ensure_future(over.wait())
            await asyncio.wait((told, gone), return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if told.done() or not streamed:
                return await told
            told.cancel()
            return {"type": "http.disconnect"}

        await app(scope, hear, say)
        if streamed:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answered


def _is_stream(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"]
    )
