"""The demo, loaded once for each database and copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from cunli import db, rooms
from cunli.demo import content, loading
from cunli.media import running
from cunli.settings import Settings
from cunli.testing import databases
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.trust import keys

APPS = {"core": rooms.APP}


class LoadedDemos:
    """A database with the demo in it for each engine, and the folder of its photos."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._urls: dict[str, str] = {}
        self._prepared: loading.Prepared | None = None
        self._stack = AsyncExitStack()

    async def settings(self, kind: str, folder: Path, stack: AsyncExitStack) -> Settings:
        """Settings with a copy of the database; the photos are shared."""
        if kind not in self._urls:
            self._urls[kind] = await self._prepare(kind)
        url = self._urls[kind]
        if kind == "sqlite":
            shutil.copyfile(urlsplit(url).path[1:], folder / "cunli.db")
            url = databases.sqlite_url(folder / "cunli.db")
        else:
            url = await stack.enter_async_context(databases.scratch_postgres(urlsplit(url).path[1:]))
        return settings_for(url, self.folder / kind, second_factor="optional")  # as the demo sets it

    async def _prepare(self, kind: str) -> str:
        folder = self.folder / kind
        folder.mkdir()
        url = databases.sqlite_url(folder / "cunli.db")
        if kind == "postgres":
            url = await self._stack.enter_async_context(databases.scratch_postgres())
        await db.migrations.migrate(url, APPS)
        async with started(settings_for(url, folder)):
            await loading.write(await self.prepared())
        return url

    async def prepared(self) -> loading.Prepared:
        """Photos and password, which take longest, once for all databases. Needs photos to be started."""
        if self._prepared is None:
            self._prepared = await loading.prepare(content.county())
        return self._prepared

    async def close(self) -> None:
        await self._stack.aclose()


class started:  # noqa: N801 reads as a word
    """Database and photos without the web."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def __aenter__(self) -> None:
        keys.use(self.settings)
        await db.start(self.settings.database_url, APPS)
        await running.start(self.settings)

    async def __aexit__(self, *_: object) -> None:
        await running.stop()
        await db.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def loaded_demos(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoadedDemos]:
    demos = LoadedDemos(tmp_path_factory.mktemp("demos"))
    yield demos
    await demos.close()


@pytest_asyncio.fixture(loop_scope="session")
async def demo(loaded_demos: LoadedDemos, tmp_path: Path) -> AsyncIterator[LiveSite]:
    """The application on a fresh copy of the demo in SQLite."""
    async with AsyncExitStack() as stack:
        settings = await loaded_demos.settings("sqlite", tmp_path, stack)
        async with live_site(settings, sample_county=False) as site:
            yield site


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def demo_on_both(
    request: pytest.FixtureRequest, loaded_demos: LoadedDemos, tmp_path: Path
) -> AsyncIterator[LiveSite]:
    """The same, once on each database: for what loading itself may get wrong."""
    if request.param == "postgres" and not await databases.postgres_answers():
        pytest.skip(f"NOT TESTED on PostgreSQL: no server at {databases.postgres_server()}")
    async with AsyncExitStack() as stack:
        settings = await loaded_demos.settings(request.param, tmp_path, stack)
        async with live_site(settings, sample_county=False) as site:
            yield site
