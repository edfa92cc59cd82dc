"""The plugin object: what it says about itself, and its hooks. The work is done in the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click
from cunli import (
    CheckContext,
    DataContext,
    ErasureReport,
    ExportFile,
    FeedKind,
    Finding,
    Fragment,
    Manifest,
    MenuItem,
    Page,
    PageContext,
    Plugin,
    SearchContext,
    SearchHit,
    Sensitive,
    SensitiveUse,
    SlotContext,
    hookimpl,
)
from cunli import gettext as _

from . import audit, ledger, member, office, people, reading, rights
from .settings import FEED, LATEST, MOST


class Points(Plugin):
    """Points for good deeds, in a ledger."""

    manifest = Manifest(
        label=_("积分"),
        summary=_("村里给做好事的人家记积分，积分能换东西"),
        capabilities=rights.CAPABILITIES,
        settings=(MOST, FEED, LATEST),
        sensitive=(
            SensitiveUse(kind=Sensitive.POINTS, does=_("给做好事的乡亲和人家记积分，用积分换东西"), needed=True),
            SensitiveUse(kind=Sensitive.RANKING, does=_("按积分给各户排名次")),
        ),
        models="cunli_points.models",
        migrations="cunli_points.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return (*member.PAGES, *office.PAGES)

    @hookimpl
    def feed_kinds(self) -> Iterable[FeedKind]:
        return (
            FeedKind(
                id=ledger.AWARD,
                label=_("积分"),
                hue="gold",
                icon="seedling",
                template="points/award.html",
                publish=rights.GIVE,
            ),
        )

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        if ctx.verified:
            yield MenuItem(label=_("积分"), url=f"{ctx.village_url}/points/mine", icon="seedling", hue="gold")
        elif ctx.may(rights.READ):
            yield MenuItem(label=_("积分"), url=f"{ctx.village_url}/points/ledger", icon="seedling", hue="gold")

    @hookimpl
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        most = ctx.setting(LATEST)
        if ctx.slot != "village.top" or not ctx.page.verified or not most:
            return {}
        awards = await reading.awards(most)
        if not awards:
            return {}
        context = {"awards": awards, "url": f"{ctx.page.village_url}/points/awards"}
        return {None: [Fragment(template="points/top.html", context=context)]}

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        if not ctx.page.verified:
            return []
        url = f"{ctx.page.village_url}/points/awards"
        found = await reading.awards(ctx.most, ctx.words)
        return [SearchHit(title=f"{one.who} +{one.amount}", url=url, text=one.what) for one in found]

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        return await people.export(ctx.person_id)

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return ErasureReport(erased={"entries": await people.erase(ctx.person_id)})

    @hookimpl
    async def checks(self, ctx: CheckContext) -> Iterable[Finding]:
        return await audit.findings()

    @hookimpl
    def commands(self) -> Iterable[click.Command]:
        return (audit.statement,)


plugin = Points()
