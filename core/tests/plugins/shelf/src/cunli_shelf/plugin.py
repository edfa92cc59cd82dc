"""The plugin object."""

from __future__ import annotations

from collections.abc import Iterable

from cunli import DataContext, ErasureReport, ExportFile, Manifest, Page, Plugin, hookimpl

from . import actions, pages
from .models import Paper


class Shelf(Plugin):
    """Papers."""

    manifest = Manifest(label="书架", summary="Papers", models="cunli_shelf.models", personal_data="own tables")

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return pages.PAGES

    @hookimpl
    async def export_data(self, ctx: DataContext) -> list[ExportFile]:
        rows = [{"file": one.file} for one in await Paper.filter(owner_id=ctx.person_id)]
        return [ExportFile(name="papers.json", label="书架", rows=rows)]

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return ErasureReport(erased={"papers": await actions.forget(ctx.person_id)})


plugin = Shelf()
