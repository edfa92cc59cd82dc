"""What `cunli demo` shows of the plugin: shops with orders of some weeks, through the doors that real ones come through."""

from __future__ import annotations

import pytest
from ground import books_agree
from stalls import M, V

from cunli import db
from cunli.demo import plugins
from cunli.testing.live import LiveSite
from cunli_market import demo
from cunli_market.models import Ad, Endorsement, Good, Order, Review, Share, Shop


async def test_the_demo_has_shops_with_orders_in_every_state(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "EACH", 1.0)
    people = [await plugin_site.villager(f"乡亲{n}") for n in range(10)]
    admin = await plugin_site.village_admin()
    assert "market" in plugins.that_show_themselves()
    await plugins.fill(plugin_site.app.site.registry)
    with plugin_site.inside():
        assert await Shop.all().count() == len(demo.told()["shop"])
        assert await Good.all().count() == sum(len(one["goods"]) for one in demo.told()["shop"])
        states = {one.state for one in await Order.all()}
        assert {"settled", "received", "canceled"} <= states, states
        assert states & {"placed", "on_cash", "packed", "sent"}, states
        assert await Review.all().count() > 3
        assert await Endorsement.all().count() == 2
        assert await Ad.all().count() == len(demo.told()["ad"])
        await books_agree()
        post = (await Share.all().order_by("id").first()).post  # type: ignore[union-attr]
    reader = await plugin_site.sign_in(people[0])
    for path, words in (
        (f"{M}/goods", "禾坪蜜橘"),
        (f"{M}/bazaar?q=茶油", "高山茶油"),
        (f"{M}/ads", "找一头黄牛"),
        (V, "村集市"),
    ):
        assert words in (await reader.open(path)).text, path
    card = await reader.open(f"{V}/p/{post}")
    assert card.status == 200
    assert "刚刚" not in card.text, "told of days gone by"
    inboxes = await db.read(
        "SELECT p.unread_count, COUNT(n.id) AS told, SUM(CASE WHEN n.read_at IS NULL THEN 1 ELSE 0 END) AS unread FROM core_person p"
        " JOIN core_notification n ON n.person_id = p.id GROUP BY p.id, p.unread_count"
    )
    assert max(int(one["told"]) for one in inboxes) > plugins.UNREAD, "somebody was told much"
    assert all(one["unread_count"] == one["unread"] <= plugins.UNREAD for one in inboxes), "and has read most of it"
    board = await (await plugin_site.sign_in(admin)).open(f"{M}/sales?span=year")
    assert "蜜橘" in board.text or "梯田新米" in board.text
    with plugin_site.inside("donghu"):
        assert await Shop.all().count() == 0, "nobody lives there"


async def test_where_business_is_refused_the_demo_shows_none(plugin_site: LiveSite) -> None:
    for n in range(10):
        await plugin_site.villager(f"乡亲{n}")
    await plugin_site.village_admin()
    await plugin_site.set_profile("cn2026")
    await plugins.fill(plugin_site.app.site.registry)
    await plugin_site.set_profile("wecun2019")
    with plugin_site.inside():
        assert await Shop.all().count() == 0
