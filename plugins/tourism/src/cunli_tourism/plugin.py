"""The plugin object: what it says about itself, and its hooks. The work is done in the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import time, timedelta
from typing import Any

import click

from cunli import (
    Act,
    CheckContext,
    DataContext,
    ErasureReport,
    ExportFile,
    FeedKind,
    Finding,
    Fragment,
    Manifest,
    MatterSettled,
    MenuItem,
    MessageKind,
    Page,
    PageContext,
    Plugin,
    SearchContext,
    SearchHit,
    Sensitive,
    SensitiveUse,
    SlotContext,
    Subscription,
    Task,
    hookimpl,
)
from cunli import gettext as _

from . import (
    board_pages,
    booking_pages,
    books,
    complaining,
    complaint_pages,
    demo,
    host_pages,
    listing_pages,
    minding,
    outing_pages,
    outings,
    pay_pages,
    people,
    place_pages,
    reading,
    rights,
    room_pages,
    say_pages,
    sharing,
    showing,
    today_pages,
    visit_pages,
    words,
)
from .models import Place
from .settings import ANSWER, CALENDARS, FIRE, KEEP, ONLINE, SHELF, SPECIAL
from .states import MOVES

ACTS = (
    ("tourism.booking.book", _("订了住处或景点")),
    *((f"tourism.booking.{move.name}", words.HAPPENED[move.name]) for move in MOVES),
    ("tourism.booking.move", words.HAPPENED["move"]),
    ("tourism.booking.paid", _("支付服务说钱付了")),
    ("tourism.refund.done", _("钱退好了")),
    ("tourism.notice.refused", _("有人送来假的支付通知")),
    ("tourism.place.add", _("开了住处或景点")),
    ("tourism.place.change", _("改了住处或景点")),
    ("tourism.place.judge", _("村里核对了住处或景点")),
    ("tourism.place.papers", _("改了证件")),
    ("tourism.offer.write", _("改了能订的")),
    ("tourism.offer.season", _("改了时节的价钱")),
    ("tourism.offer.listing", _("改了别处的日历")),
    ("tourism.guest.write", _("登记了住客")),
    ("tourism.guest.report", _("境外住客报了公安")),
    ("tourism.guest.forget", _("住客登记到日子删了")),
    ("tourism.review.hide", _("遮住了评价里的话")),
    ("tourism.complaint.write", _("客人投诉了")),
    ("tourism.complaint.answer", _("投诉有了答复")),
    ("tourism.outing.write", _("改了路线或节会")),
)


class Tourism(Plugin):
    """Farm stays, farm kitchens, viewpoints and walks."""

    manifest = Manifest(
        label=_("乡村游"),
        summary=_("民宿、农家乐、采摘、景点，城里订、村里住，一间房一晚只订一次"),
        capabilities=rights.CAPABILITIES,
        settings=(ONLINE, SPECIAL, FIRE, ANSWER, CALENDARS, KEEP, SHELF),
        sensitive=(SensitiveUse(kind=Sensitive.COMMERCE, does=_("乡亲接待客人、收订单、收钱、退钱"), needed=True),),
        messages=(
            MessageKind(
                id="tourism.asked",
                says=_("%(village)s“%(place)s”有人要订，短码 %(code)s，六位数 %(say)s；在“乡村游”的“答复订单”里答复"),
                icon="building-cottage",
            ),
            MessageKind(id="tourism.moved", says=_("%(village)s“%(place)s”的订单有新进展"), icon="building-cottage"),
            MessageKind(
                id="tourism.clash",
                says=_("%(village)s“%(place)s”有 %(n)s 天两边都有人订了，快打电话商量"),
                icon="alert-triangle",
            ),
            MessageKind(
                id="tourism.unread",
                says=_("%(village)s“%(place)s”：%(name)s的日历一天多没读到了，占的日子没有动，请看看网址"),
                icon="alert-triangle",
            ),
            MessageKind(id="tourism.waiting", says=_("%(village)s新开的“%(place)s”等着核对"), icon="building-cottage"),
            MessageKind(id="tourism.complaint", says=_("有客人投诉“%(place)s”，请去答复"), icon="message-circle"),
            MessageKind(id="tourism.judged", says=_("村里核对过“%(place)s”了"), icon="building-cottage"),
        ),
        acts=tuple(Act(id=name, label=label) for name, label in ACTS),
        models="cunli_tourism.models",
        migrations="cunli_tourism.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def commands(self) -> Iterable[click.Command]:
        return (demo.demo,)

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return (
            *place_pages.PAGES,
            *booking_pages.PAGES,
            *pay_pages.PAGES,
            *say_pages.PAGES,
            *host_pages.PAGES,
            *listing_pages.PAGES,
            *room_pages.PAGES,
            *today_pages.PAGES,
            *board_pages.PAGES,
            *complaint_pages.PAGES,
            *outing_pages.PAGES,
            *visit_pages.PAGES,
            *sharing.PAGES,
            *minding.PAGES,
        )

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        yield MenuItem(
            label=_("乡村游"),
            url=f"{ctx.village_url}/tourism/places",
            icon="building-cottage",
            hue="tea",
            column="commerce",
        )

    @hookimpl
    def feed_kinds(self) -> Iterable[FeedKind]:
        return (
            FeedKind(
                id=sharing.PLACE,
                label=_("来玩"),
                hue="tea",
                icon="building-cottage",
                template="tourism/card.html",
                publish=rights.KEEP,
            ),
        )

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        return (
            Task(name="tourism.tidy", run=minding.tidy, every=timedelta(minutes=1), per="village"),
            Task(name="tourism.reconcile", run=minding.reconcile, every=timedelta(minutes=5), per="village"),
            Task(name="tourism.refunds_left", run=minding.refunds_left, every=timedelta(minutes=10), per="village"),
            Task(
                name="tourism.calendars", run=reading.every_hour, every=timedelta(hours=1), per="village", timeout=900
            ),
            Task(name="tourism.calendar", run=reading.one_now, attempts=1),
            Task(name="tourism.forget", run=minding.forget, daily=time(3, 40), per="village"),
            Task(name="tourism.give_back", run=minding.give_back, attempts=10),
        )

    @hookimpl
    def subscriptions(self) -> Iterable[Subscription[Any]]:
        return (Subscription(name="tourism.settled", event=MatterSettled, run=complaining.settled),)

    @hookimpl
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        most = ctx.setting(SHELF)
        if ctx.slot != "village.sidebar" or not most:
            return {}
        found = await Place.filter(state="open").order_by("-stars_count", "-id").limit(most)
        if not found:
            return {}
        url = f"{ctx.page.village_url}/tourism"
        context = {"cards": showing.cards(found, {one.village_id: url for one in found}, {}), "url": f"{url}/places"}
        return {None: [Fragment(template="tourism/sidebar.html", context=context)]}

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        url = f"{ctx.page.village_url}/tourism/places"
        told = visit_pages.told(ctx.words)
        found = await Place.filter(told, state="open").order_by("-stars_count", "-id").limit(ctx.most)
        ways = await outings.named(ctx.words, ctx.most)
        hits = [
            SearchHit(
                title=one.name, url=f"{ctx.page.village_url}/tourism/outings/{one.key}", text=words.OUTINGS[one.kind]
            )
            for one in ways
        ]
        hits += [SearchHit(title=one.name, url=f"{url}/{one.key}", text=words.KINDS[one.kind][0]) for one in found]
        return hits[: ctx.most]

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        return await people.export(ctx.person_id)

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return await people.erase(ctx.person_id)

    @hookimpl
    async def checks(self, ctx: CheckContext) -> Iterable[Finding]:
        return await books.findings()


plugin = Tourism()
