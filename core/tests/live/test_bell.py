"""The bell on Valkey: what one process writes is heard at an open stream of another, at once and over Valkey alone."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from cunli.jobs.bell import Bell
from cunli.live import hub
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases

from .ears import listening
from .test_live import key_of, write

OTHER_WORKER: Final = """
import asyncio, sys
from pathlib import Path
from cunli import db, valkey
from cunli.jobs import bell
from cunli.testing.live import settings_for
from cunli.web.site import Site

AGAIN = "INSERT INTO core_event (kind, payload, village_id, at) SELECT kind, payload, village_id, at FROM core_event ORDER BY id LIMIT 1"

async def main(url, folder, valkey_url):
    settings = settings_for(url, Path(folder), valkey_url=valkey_url)
    await valkey.start(settings)
    await db.start(settings.database_url, Site(settings).apps())
    for what in sys.stdin:
        if what != "ring\\n":
            await db.run_unit(db.write, AGAIN)
        if what != "write\\n":
            await bell.ring()
        print(valkey.state(), flush=True)
    await db.stop()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest_asyncio.fixture(loop_scope="session")
async def valkey_url() -> AsyncIterator[str]:
    """A server of this test's own; it keeps nothing."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        pytest.skip("NOT TESTED with Valkey: no valkey-server or redis-server (Debian: apt install redis-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    quiet = {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.DEVNULL}
    command = [found, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = await asyncio.create_subprocess_exec(*command, **quiet)  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(30):
            while not (await _said(port, "PING")).startswith(b"+PONG"):
                await asyncio.sleep(0.05)
        yield f"valkey://127.0.0.1:{port}/0"
    finally:
        server.kill()
        await server.wait()


async def _said(port: str, line: str) -> bytes:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    except OSError:
        return b""
    writer.write(line.encode() + b"\r\n")
    answer = await reader.readline()
    writer.close()
    return answer


@contextlib.asynccontextmanager
async def other_worker(site: LiveSite, folder: Path) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """A process of its own that tells of the same post once more when it is told to: it writes, rings, or both."""
    words = [site.settings.database_url, str(folder), site.settings.valkey_url]
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_WORKER, *words, **pipes)  # type: ignore[arg-type]
    assert worker.stdin is not None
    assert worker.stdout is not None
    lines = worker.stdout

    async def tell(what: str) -> None:
        assert worker.stdin is not None
        worker.stdin.write(what.encode() + b"\n")
        assert (await lines.readline()).strip() == b"ok", "it reached Valkey"

    yield tell
    worker.stdin.close()
    assert await worker.wait() == 0


async def _deaf(_bell: Bell) -> None:
    await asyncio.Event().wait()


async def test_what_one_process_publishes_on_valkey_reaches_an_open_stream_of_another(
    empty_databases: EmptyDatabases, tmp_path: Path, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "UNHEARD", 600.0)  # nobody looks by itself,
    monkeypatch.setattr(Bell, "_listen", _deaf)  # and PostgreSQL's own bell is not heard
    url = await empty_databases.fresh("postgres", tmp_path)
    async with live_site(settings_for(url, tmp_path, valkey_url=valkey_url)) as site:
        luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
        key = key_of(await write(luo, "第一条"))
        async with listening(site, shi) as ear, other_worker(site, tmp_path) as tell:
            await _subscribed(valkey_url)
            await tell("both")
            assert await ear.hear("post") == [key]
            await tell("write")
            await asyncio.sleep(0.5)
            assert ear.heard("post") == [key], "the control: without the bell it is not heard"
            await tell("ring")
            assert await ear.hear("post", 2) == [key, key], "nothing is lost"


async def _subscribed(valkey_url: str) -> None:
    """Wait until the listening process hears the channel."""
    port = valkey_url.rpartition(":")[2].partition("/")[0]
    async with asyncio.timeout(30):
        while await _said(port, "PUBSUB CHANNELS *cunli_live") == b"*0\r\n":
            await asyncio.sleep(0.02)
