"""Valkey (or Redis, which speaks the same protocol): for what may be forgotten, shared by all processes of a deployment.

Nothing is true because it stands there: what must not be lost is in the database, sign-in limits too. When it is not
configured, gone, frozen or full, every call here says so within `PATIENCE` and then at once, for `REST` seconds: callers
go on without it. The only module that knows the client library.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from cunli.settings import Settings

PATIENCE: Final = 0.2  # seconds that one call may cost a request; only the first in `REST` seconds can cost anything
REST: Final = 2.0
CONNECTIONS: Final = 20
SILENCE: Final = 15.0  # a listener that hears nothing asks whether anybody is there
State = Literal["none", "ok", "resting"]
_COUNT: Final = (
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end return n"
)
_FAILURES: Final = (RedisError, OSError, TimeoutError)
_log = logging.getLogger("cunli.valkey")


@dataclass(slots=True)
class _Process:
    client: Redis | None = None
    url: str = ""
    prefix: str = ""
    rests_until: float = 0.0
    failures: int = 0


_process = _Process()


async def start(settings: Settings) -> None:
    """Know where it is. Connects to nothing yet: a site starts without it."""
    await stop()
    if not settings.valkey_url:
        return
    _process.url = settings.valkey_url.replace("valkey", "redis", 1)
    # deployments that share a server do not share keys
    _process.prefix = f"cunli:{hashlib.sha256(settings.base_url.encode()).hexdigest()[:12]}:"
    _process.client = _client(PATIENCE, CONNECTIONS)


async def stop() -> None:
    """Close the connections. Harmless when nothing was started."""
    client, _process.client, _process.rests_until, _process.failures = _process.client, None, 0.0, 0
    if client is not None:
        with contextlib.suppress(*_FAILURES):
            await client.aclose()


async def answers(settings: Settings) -> bool:
    """The same for a command, in which it was not started."""
    if _process.client is not None:
        return await ping()
    await start(settings)
    try:
        return await ping()
    finally:
        await stop()


def state() -> State:
    """`none`: not in the settings; `resting`: it failed a moment ago and is left alone."""
    if _process.client is None:
        return "none"
    return "resting" if time.monotonic() < _process.rests_until else "ok"


async def ping() -> bool:
    """Whether it answers now."""
    return await _ask("PING") is not None


async def get(key: str) -> bytes | None:
    """What was kept, or None: not there, or nobody to ask."""
    found = await _ask("GET", _process.prefix + key)
    return found if isinstance(found, bytes) else None


async def keep(key: str, value: bytes, *, seconds: float) -> bool:
    """Keep something for a while; whether it was kept. Holds no personal data, ever."""
    return await _ask("SET", _process.prefix + key, value, "PX", int(seconds * 1000)) is not None


async def count(key: str, *, seconds: int) -> int | None:
    """Count one more in a window that begins with the first; None when nobody counts."""
    found = await _ask("EVAL", _COUNT, 1, _process.prefix + key, seconds)
    return found if isinstance(found, int) else None


async def forget(*keys: str) -> bool:
    """Drop what was kept; whether somebody was there to do it."""
    return not keys or await _ask("DEL", *(_process.prefix + key for key in keys)) is not None


async def publish(channel: str, message: bytes) -> bool:
    """Tell every process that listens; whether it was handed over. Ids and small words only."""
    return await _ask("PUBLISH", _process.prefix + channel, message) is not None


async def messages(channel: str) -> AsyncIterator[bytes | None]:
    """What is published from now on. None first, and again after every time the line was down: what was said meanwhile
    is lost, so look for yourself. Ends only with its reader; waits while nobody is there. Needs `start()` with a url.
    """
    while True:
        client = _client(SILENCE, 1)
        try:
            async with client.pubsub() as line:
                await line.subscribe(_process.prefix + channel)
                yield None
                async for message in _heard(line):
                    yield message
        except _FAILURES as exc:
            _log.warning("the line to Valkey is down (%s); listening again in %g s", type(exc).__name__, REST)
            await asyncio.sleep(REST)
        finally:
            with contextlib.suppress(*_FAILURES):
                await client.aclose()


async def _heard(line: Any) -> AsyncIterator[bytes]:
    """Messages of one connection. Raises when the other side says nothing, not even to a question."""
    asked = False
    while True:
        found = await line.get_message(ignore_subscribe_messages=True, timeout=SILENCE)
        if found is None:
            if asked:
                raise TimeoutError("Valkey is silent")
            await line.ping()
            asked = True
        else:
            asked = False
            if found["type"] == "message":
                yield found["data"]


def _client(patience: float, connections: int) -> Redis:
    pool = BlockingConnectionPool.from_url(
        _process.url,
        max_connections=connections,
        timeout=patience,
        socket_timeout=patience,
        socket_connect_timeout=min(patience, 2.0),
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        health_check_interval=0,
        client_name="cunli",
    )
    return Redis.from_pool(pool)


async def _ask(*command: Any) -> Any:
    """The answer, or None when there was none. What failed rests; one caller then tries for all."""
    client, now = _process.client, time.monotonic()
    if client is None or now < _process.rests_until:
        return None
    if _process.failures:
        _process.rests_until = now + REST  # others do not wait with the one who tries
    try:
        async with asyncio.timeout(PATIENCE):  # names that do not resolve wait elsewhere than in sockets
            answer: Any = await client.execute_command(*command)  # type: ignore[no-untyped-call]
    except _FAILURES as exc:
        _process.rests_until = time.monotonic() + REST
        _process.failures += 1
        if _process.failures == 1:
            _log.warning("Valkey does not answer (%s); going on without it", type(exc).__name__)
        return None
    if _process.failures:
        _log.warning("Valkey answers again")
        _process.failures, _process.rests_until = 0, 0.0
    return answer
