"""Nothing is sold twice: many who buy at once, with the guards in place and with each of them taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from ground import MANY, URL, books_agree, good_of, ordered, shop_of
from tortoise import connections
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.patiences import waiting_longer
from cunli_market import basket, moving, refunds, stock
from cunli_market.models import Hold, Lot, MoneyLine, Order, Refund
from cunli_market.states import Who
from cunli_market.stock import SoldOut

pytestmark = pytest.mark.both_databases

BUYERS = 200 if MANY else 12


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """All of them want the same row: the last waits for all others, however slow the machine is."""
    with waiting_longer():
        yield


async def rush(site: LiveSite, count: int, buyers: list[int]) -> int:
    """Everybody wants one at the same moment. How many got it."""
    with site.inside():
        seller = await site.villager(f"卖家{count}")
        variant = await good_of(await shop_of(seller.id), f"蜜橘{count}", fen=3980, count=count)

        async def one(buyer_id: int) -> bool:
            try:
                await basket.put(buyer_id, variant.id, 1)
            except SoldOut:
                return False
            return True

        got = sum(await asyncio.gather(*(one(buyer) for buyer in buyers)))
        held = await Hold.filter(variant_id=variant.id, state="held").count()
        lot = await Lot.get(id=variant.lot_id)
        assert got == held == min(count, len(buyers)), (got, held)
        assert lot.free == count - held
        await books_agree()
        return got


async def some(site: LiveSite) -> list[int]:
    return [(await site.stranger(f"买家{n}")).id for n in range(BUYERS)]


async def test_of_many_who_want_the_last_one_at_once_one_has_it(plugin_site: LiveSite) -> None:
    buyers = await some(plugin_site)
    for count in (1, 5, 50):
        assert await rush(plugin_site, count, buyers) == min(count, BUYERS)


async def take_without_asking(lot_id: int, amount: int) -> bool:
    """The guard of `stock`, switched off."""
    return bool(await Lot.filter(id=lot_id).update(free=F("free") + amount))


async def test_without_the_guard_of_the_program_the_database_refuses(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "_taken_from", take_without_asking)
    with pytest.raises(IntegrityError):
        await rush(plugin_site, 1, await some(plugin_site))
    with plugin_site.inside():
        await books_agree()


@unit
async def unguarded() -> str:
    """The guard of the database, taken away. How it is put back, as the database itself says it."""
    client = connections.get("default")
    if client.capabilities.dialect == "sqlite":
        (guard,) = await client.execute_query_dict("SELECT sql FROM sqlite_master WHERE name = 'market_lot_enough'")
        await client.execute_script("DROP TRIGGER market_lot_enough")
        return str(guard["sql"])
    (guard,) = await client.execute_query_dict(
        "SELECT pg_get_constraintdef(oid) AS sql FROM pg_constraint WHERE conname = 'market_lot_enough'"
    )
    await client.execute_script("ALTER TABLE market_lot DROP CONSTRAINT market_lot_enough")
    return f"ALTER TABLE market_lot ADD CONSTRAINT market_lot_enough {guard['sql']}"


@unit
async def guarded_again(guard: str) -> None:
    """As it was: the next test gets the same database, emptied."""
    client = connections.get("default")
    await client.execute_script("UPDATE market_lot SET free = 0 WHERE free < 0")
    await client.execute_script(guard)


async def test_without_both_guards_the_same_rush_oversells_and_is_found_out(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "_taken_from", take_without_asking)
    guard = await unguarded()
    try:
        with pytest.raises(AssertionError):
            await rush(plugin_site, 1, await some(plugin_site))
    finally:
        await guarded_again(guard)
    with plugin_site.inside(), pytest.raises(IntegrityError):
        await changed("UPDATE market_lot SET free = -1")


async def test_the_books_are_only_added_to(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        seller = await plugin_site.villager("卖家")
        await good_of(await shop_of(seller.id), "蜜橘", fen=3980, count=3)
        for sql in ("UPDATE market_stockline SET amount = 99", "DELETE FROM market_stockline"):
            with pytest.raises(IntegrityError):
                await changed(sql)
        await books_agree()
    found = await plugin_site.sign_in(await plugin_site.county_admin())
    assert "对不上账" not in (await found.open("/admin/plugins/market")).text
    await changed("UPDATE market_lot SET free = 2")
    assert "对不上账" in (await found.open("/admin/plugins/market")).text


@unit
async def changed(sql: str) -> None:
    await connections.get("default").execute_script(sql)


async def test_what_is_asked_back_is_not_settled_and_what_is_settled_is_not_given_back(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        seller, buyer = await plugin_site.villager("卖家"), await plugin_site.stranger("买家")
        variant = await good_of(await shop_of(seller.id), "蜜橘", fen=1000, count=3)
        await basket.put(buyer.id, variant.id, 2)
        (one,) = await ordered(plugin_site, buyer.id, way="cash", delivery="pickup")
        for move in ("pack", "collect"):
            await moving.do(one.key, move, {Who.SELLER}, actor=seller.id, url=URL)
        one = await Order.get(id=one.id)
        await refunds.ask(one, 500, "坏了", [], buyer_id=buyer.id, url=URL)
        with pytest.raises(moving.NotOpen):
            await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=URL)
        row = await Refund.get(order_id=one.id)
        await refunds.answer(one, row, 0, actor=seller.id, url=URL)
        await moving.do(one.key, "settle", {Who.CLOCK}, actor=None, url=URL)
        with pytest.raises(moving.NotOpen):
            await refunds.ask(one, 500, "又坏了", [], buyer_id=buyer.id, url=URL)
        await books_agree()
        assert await MoneyLine.balances() == {"cash": 0, "held": 0, "shop": 0}
