"""uvicorn with deadlines: headers within 10 s, bodies and answers that keep moving, bounded connections, an end on SIGTERM."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cunli.web import ending

HEADER_SECONDS = 10.0
BODY_STALL_SECONDS = 12.0
BODY_MIN_RATE = 512  # bytes per second on average; a phone on GPRS sends several kilobytes
GRACE_SECONDS = 15
LINGER_SECONDS = 30.0  # as nginx does: whoever is still sending when the answer is written has time to read it
MUCH = 1 << 62
ONE_PIECE = 64 * 1024  # bytes
CONNECTIONS = 3000  # of them 2,000 may be open pages that wait for what is new; see cunli.live


class Together:
    """A transport that sends what is written in one step of the loop as one piece: head and body of an answer in one packet.

    uvicorn writes them apart; each writing is a system call, and wakes the other side.
    """

    __slots__ = ("_loop", "_pieces", "_size", "_transport")

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._pieces:
            self._loop.call_soon(self.flush)
        self._pieces.append(data)
        self._size += len(data)
        if (
            self._size > ONE_PIECE
        ):  # what is long goes on its way: the transport says when the other side reads too slowly
            self.flush()

    def flush(self) -> None:
        """Hand over what was written so far."""
        if self._pieces:
            together, self._pieces, self._size = b"".join(self._pieces), [], 0
            if not self._transport.is_closing():
                self._transport.write(together)

    def close(self) -> None:
        self.flush()
        self._transport.close()


class PatientProtocol(HttpToolsProtocol):
    """Closes connections that send headers or bodies too slowly, and those that do not read what they asked for."""

    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _lingering: asyncio.TimerHandle | None = None
    _unread = 0
    _received = 0
    _body_since = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Together(transport, self.loop))  # type: ignore[arg-type]
        self._arm(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        for timer in (self._reading, self._lingering):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._body_since:
            self._received += len(data)
            self._arm(BODY_STALL_SECONDS)
            elapsed = self.loop.time() - self._body_since
            if elapsed > 2 * BODY_STALL_SECONDS and self._received < elapsed * BODY_MIN_RATE:
                self._too_slow()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unread = MUCH
        self._body_since = 0.0
        if self._deadline is None:
            self._arm(HEADER_SECONDS)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._body_since, self._received = self.loop.time(), 0
        self._arm(BODY_STALL_SECONDS)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._body_since = 0.0
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
        self._disarm()

    def shutdown(self) -> None:
        ending.begin()
        super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread = MUCH  # something was read

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined]
        super().on_response_complete()
        self._watch_reader()
        if self._body_since and self._lingering is None:
            self._lingering = self.loop.call_later(LINGER_SECONDS, self._too_slow)

    def _watch_reader(self) -> None:
        """See to it that what was written and not yet sent becomes less; what is long may take long."""
        if self._reading is None and self.transport.get_write_buffer_size():
            self._unread = unread(self.transport)
            self._reading = self.loop.call_later(BODY_STALL_SECONDS, self._was_it_read)

    def _was_it_read(self) -> None:
        self._reading = None
        enough = self._unread - BODY_STALL_SECONDS * BODY_MIN_RATE
        if self.transport.get_write_buffer_size() and unread(self.transport) > enough:
            self.transport.abort()
        else:
            self._watch_reader()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()


def unread(transport: Any) -> int:
    """Bytes of answers that have not reached the other side: here, and (where it tells, on Linux) in the kernel."""
    try:
        in_kernel = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        in_kernel = b""
    waiting: int = transport.get_write_buffer_size()
    return waiting + int.from_bytes(in_kernel, sys.byteorder)


def config(app: Any, *, host: str, port: int, workers: int = 1, **more: Any) -> uvicorn.Config:
    """The server's settings; everything that protects it stands here."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        workers=workers,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        loop="uvloop",
        server_header=False,
        access_log=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=64 * 1024,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
        log_config=None,
        **more,
    )
