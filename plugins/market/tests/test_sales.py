"""The figures of sales are the sums of order lines, to the fen, on a data set that chance made; and the pages stay cheap."""

from __future__ import annotations

import random
from typing import Any

from ground import MANY, good_of, shop_of
from stalls import M

from cunli import new_key, unit
from cunli.testing.live import LiveSite
from cunli_market import frame, moments, statement, sums
from cunli_market.models import Bill, Line, Order, Shop

ORDERS = 10_000 if MANY else 400


@unit
async def filled(shop: Shop, count: int) -> tuple[int, int, int]:
    """Orders as chance made them, some of them settled; what was sold, brought and given back of those."""
    chance = random.Random(36)
    now = moments.now()
    bill = await Bill.create(key=new_key(), way="cash", fen=1, made_at=now, expires_at=now)
    variant = await good_of(shop, "禾坪蜜橘", fen=3980, count=5)
    goods = fees = back = 0
    for _n in range(count):
        lines = [(chance.randint(1, 9), chance.randint(1, 9999)) for _line in range(chance.randint(1, 3))]
        total, fee = sum(number * fen for number, fen in lines), chance.choice((0, 800))
        done = chance.random() < 0.6
        given = chance.choice((0, 0, chance.randint(0, total)))
        more: dict[str, Any] = {"state": "settled", "settled_at": now} if done else {"state": "sent"}
        order = await Order.create(
            key=new_key(), shop_id=shop.id, bill_id=bill.id, way="cash", delivery="pickup", goods_fen=total, fee_fen=fee,
            total_fen=total + fee, refunded_fen=given, placed_at=now, **more
        )  # fmt: skip
        for number, fen in lines:
            await Line.create(
                order_id=order.id, good_id=variant.good_id, variant_id=variant.id, lot_id=variant.lot_id, title="蜜橘",
                unit="box", count=number, taken=number, fen=fen, sum_fen=number * fen, fresh=True
            )  # fmt: skip
        if done:
            goods, fees, back = goods + total, fees + fee, back + given
    return goods, fees, back


async def test_the_board_says_what_the_order_lines_sum_to(plugin_site: LiveSite) -> None:
    seller = await plugin_site.villager("石满仓")
    with plugin_site.inside():
        goods, fees, back = await filled(await shop_of(seller.id), ORDERS)
        assert await sums.recount(), "the orders were written past the sums"
        period = sums.month_of(moments.today())
        sales = await statement.of(period)
        assert (sales.goods_fen, sales.fee_fen, sales.refunded_fen) == (goods, fees, back)
        assert sales.rest_fen == goods + fees - back
        assert (await statement.by_village(period))[plugin_site["heping"].id] == sales
        assert sum(one.fen for one in await statement.by_good(period)) == goods
        assert (await statement.of("1999-01")).orders == 0
        assert await statement.of(period[:4]) == sales
    admin = await plugin_site.sign_in(await plugin_site.county_admin())
    page = await admin.open(f"{M}/sales?span=year")
    assert f"¥{frame.money(goods + fees - back)}" in page.text
    table = (await admin.open(f"{M}/sales.csv")).response.content.decode("utf-8-sig")
    assert table.splitlines()[-1].startswith("合计,")
    villager = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    assert (await villager.open(f"{M}/sales")).status == 403
    other = await plugin_site.sign_in(await plugin_site.village_admin("何家旺", "donghu"))
    assert (await other.open(f"{M}/sales")).status == 403
