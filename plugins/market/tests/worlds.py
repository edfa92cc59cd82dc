"""What can happen in a bazaar, in whatever order chance wants: for tests in one process, and in two."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta

from ground import URL, good_of, ordered, shop_of

from cunli import Payment, Reach, unit
from cunli.testing.live import LiveSite
from cunli_market import basket, moments, moving, paying, refunds, selling
from cunli_market.models import Bill, Good, Hold, Order, Refund, Shop, Variant
from cunli_market.moving import Lacking, NotOpen
from cunli_market.placing import Changed
from cunli_market.states import MOVES
from cunli_market.stock import SoldOut

REFUSED = (SoldOut, NotOpen, Lacking, Changed, basket.BasketFull, basket.NotForSale)


@unit
async def over() -> None:
    """A quarter of an hour is over."""
    await Hold.filter(state="held").update(until=moments.now() - timedelta(seconds=1))


class World:
    """One shop with two sizes out of one lot, three buyers, and chance."""

    def __init__(self, reach: Reach, seed: int, shop: int, buyers: list[int]) -> None:
        self.reach, self.chance, self.shop_id, self.buyers = reach, random.Random(seed), shop, buyers

    async def begin(self) -> None:
        self.shop = await Shop.get(id=self.shop_id)
        good = await Good.filter(shop_id=self.shop_id).order_by("id").first()
        assert good is not None
        self.good = good
        self.variants = await Variant.filter(good_id=good.id)
        self.lot = self.variants[0].lot_id

    async def happen(self) -> None:
        acts = [self.put, self.drop, self.late, self.place, self.pay, self.move, self.ask, self.answer, self.lose]
        acts += [self.price, self.tidy, self.put, self.place, self.move, self.move]
        act = self.chance.choice(acts)
        with contextlib.suppress(*REFUSED):
            await act()

    async def put(self) -> None:
        variant = self.chance.choice(self.variants)
        await basket.put(self.chance.choice(self.buyers), variant.id, self.chance.randint(1, 3))

    async def drop(self) -> None:
        for hold in await Hold.filter(state="held").limit(1):
            await basket.drop(hold.buyer_id, hold.key)

    async def late(self) -> None:
        await over()
        await basket.expire()

    async def place(self) -> None:
        hold = await Hold.filter(state="held").order_by("-id").first()
        if hold is None:
            return
        way = self.chance.choice(("cash", "transfer", "online"))
        await ordered(
            self.reach,
            hold.buyer_id,
            way=way,
            delivery=self.chance.choice(("pickup", "own", "courier")),
        )

    async def pay(self) -> None:
        """A notice, perhaps late, perhaps again."""
        for bill in await Bill.filter(way="online").order_by("-id").limit(self.chance.randint(1, 3)):
            await paying._write_down(Payment(key=bill.key, fen=bill.fen, state="paid"), self.reach)

    async def move(self) -> None:
        orders = await Order.all().order_by("-id").limit(5)
        if orders:
            one, move = (
                self.chance.choice(orders),
                self.chance.choice([move for move in MOVES if move.name != "refund_all"]),
            )
            await moving.do(
                one.key,
                move.name,
                move.by,
                actor=None,
                url=URL,
                words="为什么",
                tracking="SF1",
                carrier="sf",
                reference="N1",
            )

    async def ask(self) -> None:
        for one in await Order.all().order_by("-id").limit(1):
            await refunds.ask(one, self.chance.randint(1, one.total_fen), "坏了", [], buyer_id=self.buyers[0], url=URL)

    async def answer(self) -> None:
        for row in await Refund.filter(state="asked").limit(1):
            order = await Order.get(id=row.order_id)
            await refunds.answer(order, row, self.chance.choice((0, row.fen)), actor=self.buyers[0], url=URL)
        for row in await Refund.filter(state="agreed").limit(2):
            await refunds.done(row.key, actor=None, url=URL)

    async def lose(self) -> None:
        """Frost, or more came in."""
        await selling.count_lot(self.lot, self.shop, self.chance.choice((-2, -1, 1, 2)), "霜打了", actor=self.buyers[0])

    async def price(self) -> None:
        variant = self.chance.choice(self.variants)
        await selling.change_size(
            self.good, variant.id, fen=self.chance.randint(1, 5000), open_=True, actor=self.buyers[0]
        )

    async def tidy(self) -> None:
        await paying.catch_up(URL)


async def stalls(site: LiveSite, seed: int) -> tuple[int, list[int]]:
    """A shop with two sizes out of one lot, and three who buy: ids of the shop and of the buyers."""
    chance = random.Random(seed)
    seller = await site.villager(f"卖家{seed}")
    shop = await shop_of(seller.id)
    buyers = [(await site.stranger(f"买家{seed}-{n}")).id for n in range(3)]
    first = await good_of(shop, f"蜜橘{seed}", fen=chance.randint(1, 5000), count=chance.choice((1, 3, 8, 20)))
    double = selling.SizeForm(name="双份", unit="box", fen=2 * first.fen, lot_id=first.lot_id, per=2)
    await selling.add_size(await Good.get(id=first.good_id), double, actor=seller.id)
    return shop.id, buyers
