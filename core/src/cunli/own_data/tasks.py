"""Work on people's own data outside requests: making archives, closing accounts, deleting archives whose day is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cunli.jobs.tasks import Task, TaskContext
from cunli.own_data import actions, erasing, exporting

if TYPE_CHECKING:
    from cunli.jobs.running import Site


def tasks(site: Site) -> list[Task]:
    """The tasks of this room, for a worker that has this site's plugins and templates."""

    async def export(ctx: TaskContext) -> None:
        from cunli.web.site import Site as WholeSite

        assert isinstance(site, WholeSite), "a worker that makes archives has the assembled site"
        await exporting.export(site, ctx)

    async def erase(_ctx: TaskContext) -> None:
        await erasing.erase_due(site.registry, Path(site.settings.tombstones))

    async def sweep(_ctx: TaskContext) -> None:
        await actions.sweep_exports()

    return [
        Task(name=actions.EXPORT, run=export, timeout=1800.0),
        Task(name="own_data.erase", run=erase, every=timedelta(hours=1), timeout=1800.0),
        Task(name="own_data.sweep", run=sweep, every=timedelta(minutes=30)),
    ]
