"""A small county that was backed up, once on each database; what stands in it is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from cunli.backups.making import Made, make
from cunli.backups.sealing import Lock
from cunli.settings import Settings
from cunli.testing.live import live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.web.site import Site

from .drill import Machine, empty_machine

PHOTO = b"CANARY-PHOTO " * 2000


@dataclass
class Home:
    """The site that is backed up, while nobody is in it."""

    kind: str
    folder: Path
    settings: Settings

    @property
    def site(self) -> Site:
        return Site(self.settings)

    async def backed_up(self, lock: Lock | None = None, name: str = "home.backup") -> Made:
        return await make(self.site, self.folder / name, lock or Lock())


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def home(request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path) -> Home:
    url = await empty_databases.fresh(request.param, tmp_path)
    settings = settings_for(url, tmp_path)
    async with live_site(settings) as site:
        await site.villager("CANARY-PERSON")
    media = tmp_path / "media"
    for name in ("ab/abc/thumb.webp", "cd/cde/large.jpg", "files/村志.txt"):
        (media / name).parent.mkdir(parents=True, exist_ok=True)
        (media / name).write_bytes(PHOTO)
    return Home(request.param, tmp_path, settings)


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(home: Home, tmp_path: Path) -> AsyncIterator[Machine]:
    """An empty machine with the same kind of database."""
    async with empty_machine(home.kind, tmp_path / "elsewhere") as machine:
        yield machine
