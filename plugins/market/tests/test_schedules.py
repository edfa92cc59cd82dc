"""Whatever happens in whatever order: nothing oversold, the stock ledger is the stock, the money ledger sums to zero.

A few schedules here; `MARKET_RUNS=10000` runs the night's number, in batches that each begin with an empty county.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from ground import MANY, books_agree, reach_of
from worlds import World, stalls

from cunli.testing.live import LiveSite
from cunli_market import moments, statement, sums
from cunli_market.models import Line, Order

pytestmark = pytest.mark.both_databases

EACH = 20 if MANY else 4  # schedules of one batch: looking through the books of all of them costs their number squared
FIRST = 20260000


@pytest.mark.parametrize("batch", range(max(1, MANY // EACH)))
async def test_whatever_happens_nothing_is_sold_twice_and_every_fen_adds_up(plugin_site: LiveSite, batch: int) -> None:
    first = random.randrange(1, 10**6) if MANY else FIRST
    with plugin_site.inside():
        for seed in range(first, first + EACH):
            world = World(reach_of(plugin_site), seed, *await stalls(plugin_site, seed))
            await world.begin()
            for _turn in range(50):
                await world.happen()
        try:
            await books_agree()
            await sales_are_their_lines()
        except AssertionError as wrong:
            raise AssertionError(f"one of the seeds from {first}: {wrong}") from wrong
        assert await Order.all().count() > 3, "nothing was ordered, so nothing was tried"
        assert {order.state for order in await Order.all()} - {"placed", "on_cash"}, "no order went anywhere"


async def sales_are_their_lines() -> None:
    """The figures are the sums of the order lines of what was settled, to the fen."""
    sales = await statement.of(sums.month_of(moments.today()))
    goods = fees = back = 0
    settled: list[Any] = await Order.filter(state="settled")
    for order in settled:
        goods += sum([line.fen * line.count for line in await Line.filter(order_id=order.id)])
        fees, back = fees + order.fee_fen, back + order.refunded_fen
    assert (sales.orders, sales.goods_fen, sales.fee_fen, sales.refunded_fen) == (len(settled), goods, fees, back)
    assert sales.rest_fen == goods + fees - back
