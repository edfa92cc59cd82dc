"""The plugin object: what it says about itself, and its hooks. The work is done in the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import time, timedelta

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
    Task,
    hookimpl,
)
from cunli import gettext as _

from . import (
    account_pages,
    ad_pages,
    basket_pages,
    board_pages,
    books,
    checking,
    demo,
    desk_pages,
    ending_pages,
    endorsement_pages,
    finding,
    front_pages,
    goods_pages,
    judging_pages,
    keep_pages,
    leaving,
    minding,
    office_pages,
    order_pages,
    people,
    reconciling,
    refund_pages,
    rights,
    sharing,
    shop_pages,
    words,
)
from .frame import money
from .settings import AD_DAYS, BAZAAR, FORBIDDEN, ONLINE, SHELF
from .states import MOVES

ACTS = (
    ("market.order.place", _("下了单")),
    *((f"market.order.{move.name}", words.HAPPENED[move.name]) for move in MOVES),
    ("market.refund.ask", _("要求退钱")),
    ("market.refund.answer", _("答复退钱")),
    ("market.refund.offer", _("店家想少发，退一点钱")),
    ("market.refund.consent", _("买家答复少发")),
    ("market.refund.done", _("钱退好了")),
    ("market.bill.paid", _("支付服务说钱付了")),
    ("market.notice.refused", _("有人送来假的支付通知")),
    ("market.shop.open", _("开了店")),
    ("market.shop.change", _("改了店")),
    ("market.shop.end", _("说店做到哪天，或者收回")),
    ("market.shop.judge", _("村里管了一家店")),
    ("market.good.add", _("上了货")),
    ("market.good.change", _("改了货")),
    ("market.good.price", _("改了价")),
    ("market.lot.harvest", _("改了采收的日子")),
    ("market.good.judge", _("村里管了一样货")),
    ("market.review.hide", _("遮住了评价里的话")),
    ("market.ad.judge", _("村里拿下了一条小广告")),
    ("market.endorsement.give", _("给了认证背书")),
    ("market.endorsement.revoke", _("撤销了认证背书")),
)


class Market(Plugin):
    """The bazaar of a county's villages."""

    manifest = Manifest(
        label=_("村集市"),
        summary=_("乡亲开店卖自家的货，全县一个大集，不超卖，一分钱都对得上"),
        capabilities=rights.CAPABILITIES,
        settings=(ONLINE, BAZAAR, AD_DAYS, SHELF, FORBIDDEN),
        sensitive=(SensitiveUse(kind=Sensitive.COMMERCE, does=_("乡亲开店卖货、下单、收钱、退钱"), needed=True),),
        messages=(
            *(MessageKind(id=f"market.{name}", says=says, icon=icon) for name, says, icon in words.MESSAGES),
            MessageKind(
                id="market.claimed",
                says=_("%(village)s“%(shop)s”：买家说转了 %(fen)s 元，请看看户头，到了就点“钱到了”"),
                icon="coin",
            ),
            MessageKind(
                id="market.unsaid",
                says=_("%(village)s“%(shop)s”的订单快过时了：钱转了就点“我转了钱”，没转就不用管"),
                icon="clock",
            ),
            MessageKind(
                id="market.recheck",
                says=_("%(village)s“%(shop)s”：%(day)s 以前要核对店主和执照，过了店就歇着"),
                icon="basket",
            ),
        ),
        acts=tuple(Act(id=name, label=label) for name, label in ACTS),
        models="cunli_market.models",
        migrations="cunli_market.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return (
            *goods_pages.PAGES,
            *shop_pages.PAGES,
            *ending_pages.PAGES,
            *front_pages.PAGES,
            *keep_pages.PAGES,
            *basket_pages.PAGES,
            *order_pages.PAGES,
            *account_pages.PAGES,
            *refund_pages.PAGES,
            *judging_pages.PAGES,
            *desk_pages.PAGES,
            *ad_pages.PAGES,
            *endorsement_pages.PAGES,
            *board_pages.PAGES,
            *office_pages.PAGES,
            *reconciling.PAGES,
            *minding.PAGES,
        )

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        yield MenuItem(
            label=_("村集市"), url=f"{ctx.village_url}/market/goods", icon="basket", hue="gold", column="commerce"
        )

    @hookimpl
    def feed_kinds(self) -> Iterable[FeedKind]:
        return (
            FeedKind(
                id=sharing.KIND,
                label=_("好货"),
                hue="gold",
                icon="basket",
                template="market/card.html",
                publish=rights.SHARE,
            ),
        )

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        return (
            Task(name="market.tidy", run=minding.tidy, every=timedelta(minutes=1), per="village"),
            Task(name="market.reconcile", run=minding.reconcile, every=timedelta(minutes=5)),
            Task(name="market.refunds_left", run=minding.refunds_left, every=timedelta(minutes=10), per="village"),
            Task(name="market.books", run=minding.books_at_night, daily=time(3, 20), per="village", timeout=600),
            Task(name="market.compare", run=reconciling.compare, daily=time(4, 10), timeout=1800, attempts=3),
            Task(name="market.recheck", run=checking.remind, daily=time(7), per="village"),
            Task(name="market.transfers", run=minding.transfers, daily=time(8), per="village"),
            Task(name="market.asked_back", run=minding.asked_back, daily=time(8), per="village"),
            Task(name="market.forget", run=leaving.forget, daily=time(3, 50), per="village"),
            Task(name="market.give_back", run=minding.give_back, attempts=10),
        )

    @hookimpl
    def commands(self) -> Iterable[click.Command]:
        return (demo.demo,)

    @hookimpl
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        most = ctx.setting(SHELF)
        if ctx.slot != "village.sidebar" or not most:
            return {}
        goods = await checking.on_sale().order_by("-id").limit(most)
        if not goods:
            return {}
        url = f"{ctx.page.village_url}/market"
        lines = [(one.title, money(one.from_fen), f"{url}/goods/{one.key}") for one in goods]
        return {None: [Fragment(template="market/sidebar.html", context={"lines": lines, "url": f"{url}/goods"})]}

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        url = f"{ctx.page.village_url}/market/goods"
        rows = await finding.titled(checking.on_sale(), ctx.words)
        found = await rows.order_by("-id").limit(ctx.most)
        return [
            SearchHit(title=one.title, url=f"{url}/{one.key}", text=_("%(price)s 元起", price=money(one.from_fen)))
            for one in found
        ]

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        return await people.export(ctx.person_id)

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return await people.erase(ctx.person_id)

    @hookimpl
    async def checks(self, ctx: CheckContext) -> Iterable[Finding]:
        return await books.findings()


plugin = Market()
