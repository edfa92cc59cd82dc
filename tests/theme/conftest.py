"""A real site on a port, and a real browser in front of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Error, async_playwright, expect

from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases

from ..ports import free_port

CHROMIUM = os.environ.get("CUNLI_CHROMIUM", "/usr/bin/chromium")

expect.set_options(timeout=60_000)  # what takes a moment on a machine with nothing else to do


@pytest_asyncio.fixture(loop_scope="session")
async def served(empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[LiveSite]:
    """The sample county on SQLite, answering on a free port: `served.settings.base_url`."""
    port = free_port()
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with live_site(settings_for(url, tmp_path, base_url=f"http://127.0.0.1:{port}")) as site:
        server = uvicorn.Server(uvicorn.Config(site.app, port=port, log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        yield site
        server.should_exit = True
        await running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium of the system, or the one that playwright brings."""
    async with async_playwright() as playwright:
        path = CHROMIUM if Path(CHROMIUM).exists() else None
        try:
            chromium = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except Error as exc:
            pytest.skip(f"NOT TESTED in a browser: {exc}")
        yield chromium
        await chromium.close()
