"""Removing a plugin: export, undo its tables, purge, write down that it is gone. One transaction, after the export is on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cunli
from cunli import db, enabling
from cunli.clock import now
from cunli.db import migrations
from cunli.places.counters import recount
from cunli.plugin_models import PluginRemoval
from cunli.removal.borrowed import borrowed, clear_below
from cunli.removal.errors import CannotDo
from cunli.removal.export import Progress, export
from cunli.removal.folder import Manifest, Writing
from cunli.removal.purge import counted, purge
from cunli.removal.tables import Table, count, lock, tables_of
from cunli.trust.audit import By, audit

if TYPE_CHECKING:
    from cunli.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What removing a plugin would take away: rows by table of its own and of the core's; and who stands on its tables."""

    plugin: str
    tables: dict[str, int] = field(default_factory=dict)
    core: dict[str, int] = field(default_factory=dict)
    applied: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was taken away, and where the export lies; `manifest` is missing for a plugin without tables."""

    survey: Survey
    undone: tuple[str, ...] = ()
    manifest: Manifest | None = None
    folder: Path | None = None


async def survey(plugin: str) -> Survey:
    """Look, and change nothing. The database must be started with the plugin's tables."""
    applied = tuple(await migrations.applied(plugin))
    tables = tables_of(plugin) if applied else []
    rows = {table.name: await count(table) for table in tables}
    return Survey(plugin=plugin, tables=rows, core=await counted(plugin), applied=applied)


async def remove(
    site: Site, plugin: str, folder: Path, *, progress: Progress, steps: migrations.Progress, by: By = "command"
) -> Removed:
    """Take away the plugin's tables and all that the core keeps about it; its rows lie in `folder` before they go.

    Whatever fails or is killed, either everything is still in the database, or nothing is and the export is whole.
    Run again after that, it ends the same. Raises `CannotDo` and `db.MigrationRefused`.
    """
    looked = await survey(plugin)
    version = site.registry.installed[plugin].version
    about = Manifest(plugin=plugin, version=version, core=cunli.__version__, migrations=looked.applied)
    if not looked.applied:
        return await _without_tables(site, looked, about, folder, progress, by)
    tables, written = tables_of(plugin), list[Manifest]()
    writing = Writing(folder)
    lent, storage_url = borrowed(plugin), site.settings.storage_url

    async def before() -> None:
        await lock(tables)
        await _refuse_pointed_at(plugin, tables)
        written.append(await export(about, tables, lent, writing, progress, storage_url=storage_url))

    async def after() -> None:
        await _strike_out(plugin, version, written[0], by, writing.folder)

    try:
        url, apps = site.settings.database_url, site.apps()
        undone = await migrations.unapply(url, apps, plugin, progress=steps, before=before, after=after)
    finally:
        writing.give_up()
    enabling.forget()
    return Removed(survey=looked, undone=tuple(undone), manifest=written[0], folder=writing.folder)


async def _without_tables(
    site: Site, looked: Survey, about: Manifest, folder: Path, progress: Progress, by: By
) -> Removed:
    """A plugin without tables has an export only if the core keeps something for it."""
    kept = [table for table in borrowed(looked.plugin) if await count(table)]
    writing = Writing(folder) if kept else None

    async def carry_out() -> Manifest | None:
        url = site.settings.storage_url
        manifest = await export(about, (), kept, writing, progress, storage_url=url) if writing else None
        await _strike_out(looked.plugin, about.version, manifest, by, writing.folder if writing else None)
        return manifest

    try:
        manifest = await db.run_unit(carry_out)
    finally:
        if writing:
            writing.give_up()
    enabling.forget()
    return Removed(survey=looked, manifest=manifest, folder=writing.folder if writing else None)


async def _refuse_pointed_at(plugin: str, tables: Sequence[Table]) -> None:
    """Other tables may point at these without their models being loaded; the database knows."""
    own = {table.name for table in tables}
    found = sorted({source for source, target in await migrations.keys_between_tables() if target in own} - own)
    if found:
        raise CannotDo(f"{', '.join(found)} points at tables of “{plugin}”: remove the plugin of that table first")


async def _strike_out(plugin: str, version: str, manifest: Manifest | None, by: By, folder: Path | None = None) -> None:
    villages = await clear_below(plugin)
    gone = await purge(plugin)
    for village in villages:
        await recount(village)
    rows = manifest.rows if manifest else 0
    await PluginRemoval.create(plugin=plugin, version=version, at=now(), by=by, rows=rows, export=str(folder or ""))
    await audit("core.plugin.remove", object=("plugin", plugin), by=by, version=version, rows=rows, core_rows=gone)
    await enabling.changed()
