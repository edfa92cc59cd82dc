"""The plugin object: what it says about itself, and its hooks. The work is done in the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click

from cunli import (
    Act,
    DataContext,
    ErasureReport,
    ExportFile,
    Fragment,
    Manifest,
    MatterRaised,
    MenuItem,
    MessageKind,
    Page,
    PageContext,
    Plugin,
    SearchContext,
    SearchHit,
    SlotContext,
    Subscription,
    Task,
    hookimpl,
)
from cunli import gettext as _

from . import (
    demo,
    desk_pages,
    discipline_pages,
    figures,
    gathering,
    letter_pages,
    minding,
    moments,
    move_pages,
    office_pages,
    people,
    petition_pages,
    reading,
    report_pages,
    rights,
    showing,
    taking_up,
    words,
    write_pages,
)
from .report_states import REPORT_MOVES
from .settings import DISCIPLINE, DUTY_FROM, DUTY_TO, FINISH, SHOWN, SILENCE
from .states import MOVES


class Mailbox(Plugin):
    """Letters to the secretary, the village committee and the levels above."""

    manifest = Manifest(
        label=_("书记信箱"),
        summary=_("写信给书记、村委会和上级，按规定的期限答复，只有写信人能办结"),
        capabilities=rights.CAPABILITIES,
        settings=(FINISH, SILENCE, SHOWN, DUTY_FROM, DUTY_TO, DISCIPLINE),
        messages=(
            MessageKind(id="mailbox.came", says=_("%(village)s的信箱有一封信等着办：%(title)s"), icon="mailbox"),
            MessageKind(id="mailbox.moved", says=_("你的信有了新进展：%(title)s"), icon="mailbox"),
            MessageKind(id="mailbox.overdue", says=_("有一封信过了期限：%(title)s"), icon="clock"),
            MessageKind(id="mailbox.soon", says=_("有一封信明天到期：%(title)s"), icon="clock"),
            MessageKind(id="mailbox.urgent", says=_("急：%(title)s"), icon="alert-triangle"),
            MessageKind(id="mailbox.supervised", says=_("上级督办一封信：%(title)s"), icon="eye"),
            MessageKind(id="mailbox.reports", says=_("举报箱里有没看过的"), icon="lock"),
        ),
        acts=(
            Act(id="mailbox.duty.write", label=_("排值班")),
            Act(id="mailbox.petitions.write", label=_("记下信访件数")),
            *(Act(id=f"mailbox.letter.{move.name}", label=words.HAPPENED[move.name]) for move in MOVES),
            *(
                Act(id=f"mailbox.report.{name}", label=_("举报：%(what)s", what=words.REPORT_HAPPENED[name]))
                for name in REPORT_MOVES
            ),
        ),
        models="cunli_mailbox.models",
        migrations="cunli_mailbox.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def commands(self) -> Iterable[click.Command]:
        return (demo.demo,)

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return (
            *letter_pages.PAGES,
            *write_pages.PAGES,
            *move_pages.PAGES,
            *desk_pages.PAGES,
            *office_pages.PAGES,
            *petition_pages.PAGES,
            *report_pages.PAGES,
            *discipline_pages.PAGES,
        )

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        if ctx.person_id is not None:
            yield MenuItem(label=_("书记信箱"), url=f"{ctx.village_url}/mailbox/letters", icon="mailbox", hue="indigo")

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        return (
            Task(name="mailbox.mind", run=minding.mind, every=timedelta(hours=1), per="village"),
            Task(name="mailbox.ring", run=minding.ring),
            Task(name="mailbox.gather", run=gathering.gather, every=timedelta(minutes=20), per="village"),
        )

    @hookimpl
    def subscriptions(self) -> Iterable[Subscription[Any]]:
        return (Subscription(name="mailbox.take_up", event=MatterRaised, run=taking_up.raised),)

    @hookimpl
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        most = ctx.setting(SHOWN)
        if ctx.slot != "village.sidebar" or not ctx.page.verified or not most:
            return {}
        now = moments.now()
        month = await figures.month_counts(now)
        done = [showing.line(one, ctx.page.village_url) for one in (await reading.public_letters("done", 0))[:most]]
        context = {"month": month, "done": done, "url": f"{ctx.page.village_url}/mailbox/letters"}
        return {None: [Fragment(template="mailbox/sidebar.html", context=context)]}

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        if not ctx.page.verified:
            return []
        found = await reading.found_letters(ctx.words, ctx.most)
        url = f"{ctx.page.village_url}/mailbox/letters"
        return [SearchHit(title=one.title, url=f"{url}/{one.key}", text=words.STATES[one.state]) for one in found]

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        return await people.export(ctx.person_id)

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return await people.erase(ctx.person_id)


plugin = Mailbox()
