"""Valkey stopped, frozen, full, emptied: everything goes on without it, hardly slower, and it is used again by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cunli import valkey
from cunli.testing.live import settings_for

from .own_valkey import OwnValkey, own_valkey

EXTRA = 0.3  # seconds that one request may take longer (DG-2)


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[OwnValkey]:
    async with own_valkey(tmp_path) as running:
        await valkey.start(settings_for("sqlite:///unused.db", tmp_path, valkey_url=running.url))
        try:
            yield running
        finally:
            running.thaw() if running.process is not None and running.process.returncode is None else None
            await valkey.stop()


async def longest_of_crowd(people: int = 20) -> float:
    """The longest time that one of many requests at once waits, each asking for two things."""

    async def one() -> float:
        began = time.monotonic()
        await valkey.get("page")
        await valkey.count("tries", seconds=60)
        return time.monotonic() - began

    return max(await asyncio.gather(*(one() for _ in range(people))))


async def there_again() -> None:
    async with asyncio.timeout(valkey.REST * 10):
        while not await valkey.ping():
            await asyncio.sleep(0.05)


async def test_it_keeps_counts_and_forgets(server: OwnValkey) -> None:
    assert valkey.state() == "ok"
    assert await valkey.keep("page", b"hello", seconds=60)
    assert await valkey.get("page") == b"hello"
    assert [await valkey.count("tries", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert await valkey.forget("page")
    assert await valkey.get("page") is None
    await server.tell("FLUSHALL")
    assert await valkey.count("tries", seconds=60) == 1


async def test_frozen_it_costs_a_request_little_and_is_used_again(server: OwnValkey) -> None:
    await valkey.ping()
    server.freeze()
    assert await longest_of_crowd() < EXTRA
    assert valkey.state() == "resting"
    began = time.monotonic()
    assert [await valkey.get("page") for _ in range(100)] == [None] * 100
    assert time.monotonic() - began < EXTRA, "while it rests nobody waits at all"
    server.thaw()
    await there_again()
    assert valkey.state() == "ok"


async def test_stopped_it_costs_nothing_and_is_used_again(server: OwnValkey) -> None:
    await valkey.ping()
    await server.stop()
    assert await longest_of_crowd() < EXTRA
    assert not await valkey.publish("jobs", b"")
    await server.start()
    await there_again()
    assert await valkey.keep("page", b"hello", seconds=60)


async def test_full_it_keeps_nothing_and_nothing_fails(server: OwnValkey) -> None:
    await server.tell("CONFIG SET maxmemory 1")
    assert not await valkey.keep("page", b"x" * 100, seconds=60)
    await server.tell("CONFIG SET maxmemory 0")
    await there_again()
    assert await valkey.keep("page", b"x" * 100, seconds=60)


async def test_a_listener_hears_everybody_and_listens_again_after_a_break(server: OwnValkey) -> None:
    heard: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def listen() -> None:
        async for message in valkey.messages("news"):
            heard.put_nowait(message)

    listening = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(60):
            assert await heard.get() is None
            assert await valkey.publish("news", b"one")
            assert await heard.get() == b"one"
            await server.stop()
            await server.start()
            assert await heard.get() is None, "told to look for itself"
            await there_again()
            assert await valkey.publish("news", b"two")
            assert await heard.get() == b"two"
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_nothing_is_asked_where_there_is_none(tmp_path: Path) -> None:
    await valkey.start(settings_for("sqlite:///unused.db", tmp_path))
    assert valkey.state() == "none"
    assert await valkey.get("page") is None
    assert not await valkey.publish("news", b"one")


async def test_the_control_the_clients_own_patience_would_make_people_wait(
    server: OwnValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "PATIENCE", 1.0)
    await valkey.start(settings_for("sqlite:///unused.db", server.folder, valkey_url=server.url))
    await valkey.ping()
    server.freeze()
    assert await longest_of_crowd() > EXTRA
