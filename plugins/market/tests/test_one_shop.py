"""One shop for each owner in a village, however many requests come at once."""

from __future__ import annotations

import asyncio

import pytest
from ground import shop_of
from stalls import M
from tortoise import connections

from cunli import unit
from cunli.testing.bench import Bench
from cunli.testing.live import LiveSite
from cunli_market import people
from cunli_market.models import Shop

pytestmark = pytest.mark.both_databases

AT_ONCE = 6
FIELDS: dict[str, str | bool] = {
    "name": "石满仓家",
    "kind": "own",
    "phone": "13812345678",
    "pickup": "晒谷坪",
    "courier_fee": "8",
    "cash": True,
}


async def opened_at_once(site: LiveSite, name: str) -> int:
    """Somebody sends the form from several phones at the same moment: how many shops there are then."""
    owner = await site.villager(name)
    phones = [await site.sign_in(owner) for _n in range(AT_ONCE)]
    forms = [(await one.open(f"{M}/shop")).form("form[action$='/market/shop']").fill(**FIELDS) for one in phones]
    answers = await asyncio.gather(*(one.send() for one in forms))
    assert {one.status for one in answers} == {200}
    with site.inside():
        return await Shop.filter(owner_id=owner.id).count()


async def test_the_same_form_from_several_phones_opens_one_shop(plugin_site: LiveSite) -> None:
    for number in range(3):
        assert await opened_at_once(plugin_site, f"店主{number}") == 1


async def test_who_left_can_be_followed_by_nobody_and_their_shop_stays_without_them(plugin_site: LiveSite) -> None:
    owner = await plugin_site.villager("石满仓")
    with plugin_site.inside():
        shop = await shop_of(owner.id)
        assert shop.kept_by == f"{shop.village_id}:{owner.id}"
        await people.erase(owner.id)
        left = await Shop.get(id=shop.id)
        assert (left.owner_id, left.kept_by, left.state) == (None, None, "paused")


@unit
async def without_guard() -> None:
    client = connections.get("default")
    found = await client.execute_query_dict(
        "SELECT conname AS name FROM pg_constraint WHERE conrelid = 'market_shop'::regclass AND contype = 'u'"
    )
    indexes = await client.execute_query_dict(
        "SELECT indexname AS name FROM pg_indexes WHERE tablename = 'market_shop' AND indexdef LIKE '%kept_by%'"
    )
    constraints = {one["name"] for one in found}
    for one in indexes:
        if one["name"] in constraints:
            await client.execute_script(f'ALTER TABLE market_shop DROP CONSTRAINT "{one["name"]}"')
        else:
            await client.execute_script(f'DROP INDEX "{one["name"]}"')


@pytest.mark.parametrize("plugin_site", ["postgres"], indirect=True)  # SQLite has one writer at a time
async def test_without_the_unique_column_the_same_race_opens_several(
    plugin_site: LiveSite, plugin_bench: Bench
) -> None:
    await without_guard()
    try:
        assert max([await opened_at_once(plugin_site, f"店主{number}") for number in range(5)]) > 1
    finally:
        await plugin_bench.start_over()
