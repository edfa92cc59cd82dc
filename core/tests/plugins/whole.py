"""A plugin that lies here as its author would have it, installed for a test and switched on in villages of a county."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cunli import enabling, rooms
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import on_path, write_plugin
from cunli.testing.templates import EmptyDatabases


def installed(name: str, folder: Path) -> None:
    source = Path(__file__).parent / f"{name}/src/cunli_{name}"
    files = {
        str(p.relative_to(source)): p.read_text("utf-8") for p in source.rglob("*") if p.suffix in (".py", ".html")
    }
    write_plugin(folder, name, files.pop("__init__.py"), files=files)


@asynccontextmanager
async def databases_with(name: str, factory: pytest.TempPathFactory) -> AsyncIterator[EmptyDatabases]:
    """Databases that hold the tables of the plugin, for a module of tests."""
    folder = factory.mktemp(name)
    installed(name, folder)
    with on_path(folder):
        made = EmptyDatabases(folder, {"core": rooms.APP, **Registry.load([name], strict=True).apps()})
        for kind in ("sqlite", "postgres"):
            await made.fresh(kind, folder)
    yield made
    await made.close()


@asynccontextmanager
async def county_with(
    name: str, slugs: Collection[str], kind: str, databases: EmptyDatabases, folder: Path
) -> AsyncIterator[LiveSite]:
    """A county on an empty database of this kind, with the plugin on in these villages."""
    (folder / "site").mkdir()
    installed(name, folder / "site")
    with on_path(folder / "site"):
        url = await databases.fresh(kind, folder)
        async with live_site(settings_for(url, folder, plugins=(name,))) as live:
            live.app.site.registry.dispatch.health.strict = True
            for slug in slugs:
                await enabling.switch(name, live[slug].region_id, Mode.ON, village_level=True)
            yield live
