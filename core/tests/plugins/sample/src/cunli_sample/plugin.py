"""The plugin object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click
from markupsafe import Markup

from cunli import (
    Capability,
    CheckContext,
    DataContext,
    ErasureReport,
    ExportFile,
    FeedContext,
    FeedEntry,
    FeedKind,
    Finding,
    Fragment,
    GrantContext,
    Manifest,
    MenuItem,
    Page,
    PageContext,
    Plugin,
    PostContext,
    PostPublished,
    Refusal,
    SearchContext,
    SearchHit,
    SlotContext,
    Subscription,
    Task,
    Verdict,
    VillageContext,
    hookimpl,
)

from . import actions, pages
from .settings import SHOWN

NOTE = FeedKind(id="sample.note", label="告示板", hue="field", icon="pinned", template="sample/entry.html")


async def pin_post(event: PostPublished) -> None:
    """Every post is also a note; a note that stands in the feed is not made a note again."""
    if event.post_kind != NOTE.id:
        await actions.pin("a post", event.post_id)


@click.command()
@click.option("--most", default=actions.KEPT, show_default=True)
async def count(most: int) -> None:
    """Say how many notes are on the board."""
    click.echo(f"{len((await actions.notes())[:most])} notes")


class Sample(Plugin):
    """Uses every hook once."""

    manifest = Manifest(
        label="告示板",
        summary="Notes on a board",
        capabilities=(Capability(id="sample.note.pin", roles=frozenset({"village_admin"}), label="贴条子"),),
        settings=(SHOWN,),
        models="cunli_sample.models",
        migrations="cunli_sample.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return pages.PAGES

    @hookimpl
    def feed_kinds(self) -> Iterable[FeedKind]:
        return (NOTE,)

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        return (Task(name="sample.tidy", run=actions.tidy, every=timedelta(hours=1), per="village"),)

    @hookimpl
    def subscriptions(self) -> Iterable[Subscription[Any]]:
        return (Subscription(name="sample.pin_post", event=PostPublished, run=pin_post),)

    @hookimpl
    async def village_enabling(self, ctx: VillageContext) -> Refusal | None:
        if count := await actions.overfull():
            return Refusal(reason=f"{ctx.village_name}的板上有 {count} 张条子，最多放 {actions.ROOM} 张。先清理再打开")
        return None

    @hookimpl
    async def village_disabled(self, ctx: VillageContext) -> None:
        await actions.tidy()  # the hourly task no longer comes here

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        yield MenuItem(label="告示板", url=f"{ctx.village_url}/sample/notes")
        yield MenuItem(label="贴一张", url=f"{ctx.village_url}/sample/notes#new", needs="sample.note.pin")

    @hookimpl
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        if ctx.slot == "village.sidebar":
            count = len(await actions.notes())
            return {
                None: [
                    Fragment(text=f"<b>{count}</b> 张条子"),
                    Fragment(text=Markup("<em>告示板</em>")),
                    Fragment(template="sample/card.html", context={"count": count}),
                    Fragment(lazy=f"{ctx.page.village_url}/sample/notes", label="看看告示板"),
                ]
            }
        if ctx.slot == "sample.note":
            return {note: [Fragment(text=f"第 {note} 号")] for note in ctx.subjects}
        return {}

    @hookimpl
    async def grants(self, ctx: GrantContext) -> frozenset[str]:
        return frozenset({"sample.note.pin"}) if ctx.verified else frozenset()

    @hookimpl
    async def filter_feed(self, ctx: FeedContext, items: tuple[FeedEntry, ...]) -> tuple[FeedEntry, ...]:
        if ctx.older:
            return items
        return tuple(sorted(items, key=lambda one: one.kind != NOTE.id))  # notes first, else as they were

    @hookimpl
    async def review_post(self, ctx: PostContext) -> Verdict | None:
        if "野生动物" in ctx.body:
            return Verdict.refuse("野生动物不能卖，请去掉这一句")
        return Verdict.hold("提到钱的要先看一看") if "转账" in ctx.body else None

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        rows = [{"words": note.words, "pinned_at": note.pinned_at} for note in await actions.pinned_by(ctx.person_id)]
        return (ExportFile(name="notes.json", label="贴过的条子", rows=rows),)

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return ErasureReport(erased={"notes": await actions.forget(ctx.person_id, remove=ctx.remove)})

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        url = f"{ctx.page.village_url}/sample/notes"
        return [
            SearchHit(title=note.words, url=f"{url}#n{note.id}") for note in await actions.found(ctx.words, ctx.most)
        ]

    @hookimpl
    def commands(self) -> Iterable[click.Command]:
        return (count,)

    @hookimpl
    async def checks(self, ctx: CheckContext) -> Iterable[Finding]:
        if not (full := await actions.overfull()):
            return ()
        return (Finding(id="sample.full", text=f"板上有 {full} 张条子", hint="清理一下"),)


plugin = Sample()
