"""A started database with the core's tables, once on each engine, and worker processes beside it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from cunli import db, rooms
from cunli.testing.templates import EmptyDatabases

PROGRAM = Path(__file__).parent / "worker_program.py"
StartProcess = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def url(request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a started database with empty tables."""
    url = await empty_databases.fresh(request.param, tmp_path)
    await db.start(url, {"core": rooms.APP}, synchronous="NORMAL")
    try:
        yield url
    finally:
        await db.stop(patience=60)


@pytest_asyncio.fixture(loop_scope="session")
async def start_process(url: str, tmp_path: Path) -> AsyncIterator[StartProcess]:
    """Starts `worker_program.py` on the test's database; whatever is left at the end is killed."""
    started: list[asyncio.subprocess.Process] = []

    async def start(**environ: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), url, str(tmp_path / "diary"), env={**os.environ, **environ}
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def diary(tmp_path: Path) -> Callable[[], list[list[str]]]:
    """What the worker processes wrote down: one list of words per line, in order."""

    def read() -> list[list[str]]:
        path = tmp_path / "diary"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    return read
