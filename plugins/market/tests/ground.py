"""What the tests of stock and money stand on: acts without pages, and whether the books agree afterwards."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cunli import Reach, VillageInReach
from cunli.testing.live import LiveSite
from cunli_market import basket, books, placing, selling, stock
from cunli_market.models import Bill, Good, Hold, Line, Lot, MoneyLine, Order, Shop, Step, StockLine, Variant
from cunli_market.placing import Parcel, To, Wish
from cunli_market.selling import GoodForm, ShopForm, SizeForm
from cunli_market.states import BY_NAME

MANY = int(os.environ.get("MARKET_RUNS", "0"))  # the big number, for the night
PROGRAM = Path(__file__).parent / "programs" / "worker.py"
URL = "/v/heping/market"
TO = To(name="覃大娘", phone="13900000000", address="长沙市岳麓区一号")


def reach_of(site: LiveSite) -> Reach:
    """The one village where the market is on."""
    here = site["heping"]
    one = VillageInReach(
        id=here.id,
        name="禾坪村",
        url="/v/heping",
        region_id=here.region_id,
        township_id=here.township_id,
        chain=(here.region_id, here.township_id, here.county_id),
    )
    return Reach((one,))


async def shop_of(owner_id: int) -> Shop:
    form = ShopForm(
        name="石满仓家",
        about="",
        kind="own",
        licence="",
        phone="13812345678",
        bank="农业银行 6228",
        pickup="晒谷坪",
        own_fee=300,
        own_free_from=5000,
        courier_fee=800,
        courier_free_from=0,
        cash=True,
    )
    await selling.open_shop(form, owner_id)
    return await Shop.get(owner_id=owner_id)


async def good_of(shop: Shop, title: str, *, fen: int, count: int) -> Variant:
    form = GoodForm(
        title=title,
        about="",
        category="fruit",
        season="year",
        harvested_on=None,
        origin="",
        record="",
        certificate="",
        fresh=True,
        helped=False,
    )
    size = SizeForm(name="5 斤", unit="box", fen=fen, stock=count)
    await selling.add_good(shop, form, size, [], actor=shop.owner_id or 0)
    good = await Good.filter(shop_id=shop.id).order_by("-id").first()
    assert good is not None
    return await Variant.get(good_id=good.id)


async def ordered(site: LiveSite | Reach, buyer_id: int, *, way: str, delivery: str = "courier") -> Sequence[Order]:
    """Order everything that somebody has in the basket."""
    reach = site if isinstance(site, Reach) else reach_of(site)
    found = placing.parcels(await basket.of(buyer_id), {reach.villages[0].id: URL})
    if not found:
        return []
    wishes = [(one, Wish(way=way, delivery=delivery, seen_fen=one.total(delivery))) for one in found]
    await placing.place(buyer_id, wishes, TO, reach, back_url=f"{URL}/orders")
    bills = await Bill.filter(buyer_id=buyer_id).order_by("-id").limit(1)
    return await Order.filter(bill_id=bills[0].id)


async def books_agree() -> None:
    """Nothing oversold, the stock ledger is the stock, the money ledger sums to zero, orders are their lines."""
    assert await stock.wrong_lots() == []
    assert await MoneyLine.wrong_journals() == []
    assert await books.wrong_orders() == []
    assert await books.wrong_accounts() == []
    assert await books.wrong_sums() == []
    assert sum((await MoneyLine.balances()).values()) == 0
    returning = [name for name, move in BY_NAME.items() if move.stock]
    back = {step.order_id for step in await Step.filter(move__in=returning)}
    for lot in await Lot.all():
        await _conserved(lot, back)


async def _conserved(lot: Lot, back: set[Any]) -> None:
    """What came in is on the shelf, in baskets, or with buyers: no more, no less."""
    came = sum(one.amount for one in await StockLine.filter(lot_id=lot.id, why__in=("in", "loss")))
    variants = await Variant.filter(lot_id=lot.id)
    held = [one.taken for one in await Hold.filter(variant_id__in=[one.id for one in variants], state="held")]
    sold = sum(one.taken for one in await Line.filter(lot_id=lot.id) if one.order_id not in back)
    assert lot.free >= 0, f"{-lot.free} oversold"
    assert lot.free + sum(held) + sold == came, (lot.free, held, sold, came)


__all__ = ["MANY", "TO", "URL", "Parcel", "books_agree", "good_of", "ordered", "reach_of", "shop_of"]
