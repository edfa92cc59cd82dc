"""The plugin object: what it says about itself, and its hooks. The work is done in the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cunli import (
    Capability,
    DataContext,
    ErasureReport,
    ExportFile,
    Fragment,
    Manifest,
    MenuItem,
    Page,
    PageContext,
    Plugin,
    SearchContext,
    SearchHit,
    SlotContext,
    hookimpl,
)
from cunli import gettext as _

from . import actions, pages
from .settings import SHOWN


class NewPlugin(Plugin):
    """A wall of wishes."""

    manifest = Manifest(
        label=_("心愿墙"),
        summary=_("乡亲把心愿挂在村里的墙上"),
        capabilities=(
            Capability(
                id=pages.WRITE,
                roles=frozenset({"member", "village_admin", "township_admin", "county_admin"}),
                label="挂心愿",
            ),
        ),
        settings=(SHOWN,),
        models="cunli_newplugin.models",
        migrations="cunli_newplugin.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return pages.PAGES

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        yield MenuItem(label=_("心愿墙"), url=f"{ctx.village_url}/newplugin/wishes", icon="seedling", hue="gold")

    @hookimpl
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        if ctx.slot != "village.sidebar":
            return {}
        context = {"count": await actions.count(), "url": f"{ctx.page.village_url}/newplugin/wishes"}
        return {None: [Fragment(template="newplugin/sidebar.html", context=context)]}

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        rows = [{"words": wish.words} for wish in await actions.written_by(ctx.person_id)]
        return [ExportFile(name="wishes.json", label=_("挂过的心愿"), rows=rows, columns={"words": _("心愿")})]

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return ErasureReport(erased={"wishes": await actions.forget(ctx.person_id, remove=ctx.remove)})

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        wall = f"{ctx.page.village_url}/newplugin/wishes"
        return [SearchHit(title=wish.words, url=wall) for wish in await actions.found(ctx.words, ctx.most)]


plugin = NewPlugin()
