"""A hundred thousand goods and a million order lines: pages ask as often as for few, and no question reads the whole table.

A few here; `CUNLI_MARKET_GOODS=100000` asks in earnest, with ten order lines for each good, and says how long pages took.
"""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

import asyncpg
import pytest
from ground import shop_of
from stalls import M, V
from tortoise import connections

from cunli import new_key, unit
from cunli.enabling import switch
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_market import books, finding, moments
from cunli_market.models import Bill, Good, Shop

MANY: Final = int(os.environ.get("CUNLI_MARKET_GOODS", "3000"))
STEPS: Final = 12
FEW: Final = 320
VILLAGES: Final = ("heping", "shangba", "donghu")
PRODUCTS: Final = ("蜜橘", "脐橙", "猕猴桃", "红薯", "土鸡蛋", "剁辣椒", "糯米酒", "茶油", "腊肉", "蜂蜜")
PLACES: Final = tuple(f"{a}{b}" for a in "禾坪上下东西南北" for b in "坝湖塘冲岭湾溪屋")
MOST_READ: Final = max(2500, MANY // 2)  # rows that one question may touch; order lines are ten times as many as goods
BUDGET: Final = 1.0  # seconds for one page on a busy small machine
SHOP_PAGES: Final = (f"{M}/desk", f"{M}/money")
PAGES: Final = (
    f"{M}/goods",
    f"{M}/bazaar",
    f"{M}/bazaar?cat=fruit&sort=cheap",
    f"{M}/bazaar?q=蜜橘",
    f"{M}/bazaar?q=橘&price=20",
    f"{M}/bazaar?q=下溪蜂蜜&sort=dear",
    f"{M}/bazaar?q=绝没有的货",
    f"{M}/bazaar?village=shangba&season=autumn&page=2",
    f"{V}/search?q=蜜橘",
    f"{M}/orders",
    f"{M}/endorsements",
)
BOARD: Final = tuple(f"{M}/sales?span={span}" for span in ("month", "year"))


@unit
async def said(sql: str) -> None:
    client = connections.get("default")
    if client.capabilities.dialect == "postgres":  # the keys fit; looking each of them up takes ten times as long
        sql = f"SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0; {sql}"
    await client.execute_script(sql)


def numbers(first: int, count: int) -> str:
    """Whole numbers as rows, in either database."""
    return f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})"


def picked(words: tuple[str, ...], by: str) -> str:
    return f"CASE {by} " + " ".join(f"WHEN {n} THEN '{word}'" for n, word in enumerate(words)) + " END"


async def fill(shop: Shop, bill: Bill, first: int, count: int) -> None:
    """Goods of one village with their sizes, and ten order lines for each, three of four settled within this year."""
    village, postgres = shop.village_id, connections.get("default").capabilities.dialect == "postgres"
    series = f"FROM generate_series({first}, {first + count - 1}) n(i)" if postgres else "FROM n"
    ahead = "" if postgres else numbers(first, count)
    title = f"{picked(PLACES, f'i % {len(PLACES)}')} || {picked(PRODUCTS, f'i / 7 % {len(PRODUCTS)}')}"
    key = "'k' || i || 'v' || " + str(village)
    moment = "'2026-11-20 00:00:00+00:00'" + ("::timestamptz" if postgres else "")
    kinds, seasons = picked(("fruit", "vegetable", "meat"), "i % 3"), picked(("autumn", "year"), "i % 2")
    empty = "'[]'" + ("::jsonb" if postgres else "")
    true = "TRUE" if postgres else "1"
    await said(
        f"{ahead} INSERT INTO market_lot (id, village_id, shop_id, name, free) SELECT i, {village}, {shop.id}, 'x', 5 {series};"
        f"{ahead} INSERT INTO market_good (id, key, village_id, shop_id, title, category, season, photos, from_fen, created_at)"
        f" SELECT i, {key}, {village}, {shop.id}, {title}, {kinds}, {seasons}, {empty}, 100 + i * 37 % 9000, {moment} {series};"
        f"{ahead} INSERT INTO market_variant (id, village_id, good_id, lot_id, name, unit, fen)"
        f" SELECT i, {village}, i, i, '5 斤', 'box', 100 + i * 37 % 9000 {series};"
    )
    await said(
        f"{ahead} INSERT INTO market_order (id, key, village_id, shop_id, buyer_id, bill_id, way, delivery, goods_fen, fee_fen,"
        " total_fen, state, placed_at, settled_at)"
        f" SELECT i, {key}, {village}, {shop.id}, {bill.buyer_id}, {bill.id}, 'cash', 'pickup', 1000, 0, 1000,"
        f" CASE WHEN i % 4 > 0 THEN 'settled' ELSE 'canceled' END, {moment}, {moment} {series};"
        f"{ahead} INSERT INTO market_moneyline (village_id, order_id, shop_id, journal, account, fen, at)"
        f" SELECT {village}, i, {shop.id}, 'own:' || i, account, fen, {moment} {series},"
        " (SELECT 'cash' AS account, 1000 AS fen UNION ALL SELECT 'shop', -1000) a WHERE i % 4 > 0;"
    )
    for part in range(10):
        await said(
            f"{ahead} INSERT INTO market_line (village_id, order_id, good_id, variant_id, lot_id, title, unit, count, taken,"
            " fen, sum_fen, fresh)"
            f" SELECT {village}, i, {first} + (i * 7919 + {part} * 104729) % {count},"
            f" {first} + (i * 7919 + {part} * 104729) % {count}, i, 'x', 'box', 1, 1, 100 + i * 37 % 9000, 100 + i * 37 % 9000,"
            f" {true} {series};"
        )


class Plain:
    """A connection of its own, which waits as long as a migration may take."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection, self.capabilities = connection, SimpleNamespace(dialect="postgres")

    async def execute_script(self, sql: str) -> None:
        await self.connection.execute(sql)

    async def execute_query_dict(self, sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.connection.fetch(sql)]


async def sums_filled(site: LiveSite) -> None:
    """What the migration does for a county that sold before there were sums."""
    kept = ("market_shopsum", "market_goodsum", "market_balance", "market_word")
    await said("".join(f"DELETE FROM {table};" for table in kept))
    fill_sums = importlib.import_module("cunli_market.migrations.0003_sums").fill
    if connections.get("default").capabilities.dialect == "postgres":
        plain = await asyncpg.connect(site.settings.database_url)
        await fill_sums(None, SimpleNamespace(client=Plain(plain)))
        await plain.execute("ANALYZE")
        await plain.close()
    else:
        await filled_by_migration(fill_sums)
        await said("ANALYZE")


@unit
async def filled_by_migration(fill_sums: Any) -> None:
    await fill_sums(None, SimpleNamespace(client=connections.get("default")))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, plugin_site: LiveSite) -> list[tuple[str, Any]]:
    """Every question about tables of the market, as the database gets it, with its values."""
    found: list[tuple[str, Any]] = []
    kind = type(Good._meta.db)
    for name in ("execute_query", "execute_query_dict"):
        real = getattr(kind, name)

        def noted(self: Any, query: str, values: Any = None, _real: Any = real) -> Any:
            if "market_" in query and query.startswith("SELECT"):
                found.append((query, values))
            return _real(self, query, values)

        monkeypatch.setattr(kind, name, noted)
    return found


Cost = dict[str, tuple[int, float, list[tuple[str, Any]]]]


async def cost(asked: list[tuple[str, Any]], who: Visitor, pages: tuple[str, ...]) -> Cost:
    """Questions and seconds of every page, opened once before."""
    found: Cost = {}
    for path in pages:
        await who.open(path)
        tries = []
        for _again in range(
            3
        ):  # what the clock does meanwhile is counted, too: the fewest questions are those of the page
            before, started = len(asked), time.perf_counter()
            assert (await who.open(path)).status == 200, path
            tries.append((len(asked) - before, time.perf_counter() - started, asked[before:]))
        found[path] = min(tries, key=lambda one: one[:2])
    return found


async def touched(query: str, values: Any) -> int:
    """How many rows a question reads: PostgreSQL says it; on SQLite the steps of its machine are counted, twelve for a row.

    That many take a row of which six conditions are asked; whoever goes through all goods takes more than the limit by far.
    """
    client = connections.get("default")
    if client.capabilities.dialect == "sqlite":
        return _steps(client.filename, query, values) // STEPS
    plan = await _plan(query, values)
    return max(_rows((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


@unit
async def _plan(query: str, values: Any) -> Any:
    client = connections.get("default")
    if (
        MANY < 100_000
    ):  # PostgreSQL goes through small tables whatever indexes there are: ask what it would do with a big one
        await client.execute_script("SET LOCAL enable_seqscan = off")
    (row,) = await client.execute_query_dict(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
    return row["QUERY PLAN"]


def _steps(file: str, query: str, values: Any) -> int:
    ticks: list[int] = []
    with closing(sqlite3.connect(file)) as reader:
        reader.set_progress_handler(lambda: ticks.append(1), 100)
        plain = [value.isoformat(" ") if isinstance(value, datetime) else value for value in values or ()]
        reader.execute(query, plain).fetchall()
    return len(ticks) * 100


def _rows(node: dict[str, Any]) -> list[int]:
    removed = sum(int(value) for name, value in node.items() if name.startswith("Rows Removed"))
    here = (int(node["Actual Rows"]) + removed) * int(node["Actual Loops"])
    return [here, *(rows for one in node.get("Plans", ()) for rows in _rows(one))]


async def test_pages_cost_as_much_for_many_goods_as_for_few(
    plugin_site: LiveSite, asked: list[tuple[str, Any]]
) -> None:
    site = plugin_site
    for slug in VILLAGES[1:]:
        await switch("market", site[slug].region_id, Mode.ON, village_level=True)
    keeper, admin = await site.villager("石满仓"), await site.county_admin()
    shops, others, bill = [], {}, None
    for slug in VILLAGES:
        with site.inside(slug):
            owner = keeper if slug == "heping" else await site.villager(f"店主{slug}", slug)
            shops.append(await shop_of(owner.id))
            bill = bill or await bill_of(keeper.id)
            others[slug] = await shop_of((await site.villager(f"邻居{slug}", slug)).id)
    assert bill
    for n, shop in enumerate(shops):
        with site.inside(VILLAGES[n]):
            await fill(shop, bill, 1 + n * FEW, FEW)
    await sums_filled(site)
    seller, official = await site.sign_in(keeper), await site.sign_in(admin)
    few = {**await cost(asked, seller, PAGES + SHOP_PAGES), **await cost(asked, official, BOARD)}

    each = MANY // len(VILLAGES)
    for n, shop in enumerate(shops):
        with site.inside(VILLAGES[n]):
            await fill(shop, bill, 1000 + n * each, each)
            if (
                MANY >= 100_000
            ):  # where no shop has a third of the county's goods, PostgreSQL sees which index is the short way
                moved = f"WHERE id % 20 > 0 AND id >= {1000 + n * each}"
                await said(f"UPDATE market_good SET shop_id = {others[VILLAGES[n]].id} {moved}")
    await sums_filled(site)
    if MANY < 100_000:
        for slug in VILLAGES:
            with site.inside(slug):
                assert await books.wrong_sums() == [], "the migration sums up what is there"
    many = {**await cost(asked, seller, PAGES + SHOP_PAGES), **await cost(asked, official, BOARD)}
    for path, (count, seconds, questions) in many.items():
        reads = [await touched(*one) for one in questions]
        if MANY >= 100_000:
            print(f"{path:44} {count:3} questions {seconds * 1000:6.0f} ms  most rows {max(reads, default=0)}")
    letters = {path: finding.PAIRS if "q=" in path else 0 for path in many}  # each pair may be asked for
    more = {
        path: (count, few[path][0]) for path, (count, _s, _q) in many.items() if count > few[path][0] + letters[path]
    }
    assert not more, more
    assert all(count for count, _s, _q in many.values()), "the control: questions were counted"
    await none_reads_everything(many)
    slow = {path: seconds for path, (_n, seconds, _q) in many.items() if seconds > BUDGET}
    assert not slow, slow


async def none_reads_everything(many: Cost) -> None:
    found = {}
    for path, (_count, _seconds, questions) in many.items():
        for query, values in questions:
            if (rows := await touched(query, values)) > MOST_READ:
                found[path, query] = rows
    assert not found, found


@unit
async def bill_of(buyer_id: int) -> Bill:
    moment = moments.now()
    return await Bill.create(key=new_key(), buyer_id=buyer_id, way="cash", fen=1, made_at=moment, expires_at=moment)


async def test_what_goes_through_everything_is_found_out(plugin_site: LiveSite, asked: list[tuple[str, Any]]) -> None:
    """The control: a question like those the board asked before there were sums."""
    with plugin_site.inside():
        shop = await shop_of((await plugin_site.villager("石满仓")).id)
        bill = await bill_of(shop.owner_id or 0)
        await fill(shop, bill, 1, MOST_READ * 2 + 1500)  # SQLite counts seven steps for such a row
        await said("ANALYZE")
        await Good.filter(about__contains="绝没有").limit(5)
    assert max([await touched(*one) for one in asked if "绝没有" in str(one)]) > MOST_READ


async def test_letters_of_titles_find_goods(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    with plugin_site.inside():
        shop = await shop_of((await plugin_site.villager("石满仓")).id)
        await fill(shop, await bill_of(shop.owner_id or 0), 1, 700)
        await sums_filled(plugin_site)
        for words in ("蜜橘", "橘", "上坝蜜", "湖猕猴桃", "100%", "_", "没有", "坝坝", " 蜜橘 "):
            plain = set(await Good.filter(title__contains=words.strip()).values_list("id", flat=True))
            for few in (0, 5, 10_000):  # by walking, by either, by the index of letters
                monkeypatch.setattr(finding, "FEW", few)
                rows = await finding.titled(Good.all(), words)
                assert set(await rows.values_list("id", flat=True)) == plain, (words, few)
