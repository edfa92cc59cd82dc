"""What is held about people, whether the sums agree, and where a ranking is allowed."""

from __future__ import annotations

import io
import json
import random
import zipfile

import pytest
from cunli import unit
from cunli.db import scope
from cunli.testing.accounts import PASSWORD, account
from cunli.testing.live import LiveSite
from cunli.testing.working import let_pass, settled, until
from tortoise import connections
from village import V, admin_of, give, home_of, redeem, rules, take_back

from cunli_points import PointsGiven
from cunli_points.audit import statement
from cunli_points.settings import FEED


@unit
async def changed(sql: str) -> None:
    """What no page does: time that passes, numbers that somebody falsified."""
    await connections.get("default").execute_script(sql)


MINE = f"{V}/points/mine"


async def test_one_gets_ones_own_points_and_nobody_elses(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await plugin_site.villager("李有田")
    await rules(admin)
    await give(admin, "张桂秀", reason="扫雪")
    await give(admin, "李有田", reason="修桥")
    await (await villager.open("/me/data")).form().send()
    await settled()
    answer = await (await villager.open("/me/data")).form("form[action$='/download']").send()
    archive = zipfile.ZipFile(io.BytesIO(answer.response.content))
    rows = json.loads(archive.read("points/points.json"))
    assert [(row["amount"], row["reason"]) for row in rows] == [(5, "扫雪")]
    assert not any(
        "修桥" in archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if "points" in name
    )


async def test_whoever_leaves_is_taken_out_and_the_sums_stay(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await account("13912345678", "张桂秀"))
    group = str(plugin_site["heping"].group_ids[0])
    await (await villager.open(f"{V}/join")).form().fill(name="张桂秀", head_name="张福", group=group).send()
    page = await admin.open(f"{V}/members/requests")
    await page.form("form[action$='/review']").send(button=("do", "verify"))
    await rules(admin)
    await give(admin, "张桂秀", reason="扫雪")
    assert "扫雪" in (await admin.open(f"{V}/")).text
    page = await villager.open("/me/data/close")
    await page.form().fill(current=PASSWORD).send(button=("do", "close"))
    await changed("UPDATE core_erasure SET due_at = asked_at")  # the fifteen days are over
    await let_pass(2 * 3600 * 1000)

    async def gone() -> bool:
        return "已注销的人" in (await admin.open(f"{V}/points/ledger")).text

    await until(gone)
    page = await admin.open(f"{V}/points/ledger")
    assert "已注销的人 +5 打扫巷道" in page.text
    assert "扫雪" not in page.text
    assert "张桂秀" not in " ".join(page.words("main li"))
    assert "扫雪" not in (await admin.open(f"{V}/")).text
    assert "对不上账" not in (await admin.open("/admin/plugins/points")).text


async def test_a_wrong_sum_is_found(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    await plugin_site.villager("张桂秀")
    await rules(admin)
    await give(admin, "张桂秀")
    assert "对不上账" not in (await admin.open("/admin/plugins/points")).text
    await changed("UPDATE points_purse SET balance = 6")
    assert "对不上账" in (await admin.open("/admin/plugins/points")).text


async def test_households_are_ranked_only_where_the_county_allows_it(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await home_of(admin, "张桂秀")
    await rules(admin)
    await give(admin, "三组 12")
    assert (await villager.open(f"{V}/points/ranking")).status == 404
    assert "排名" not in (await villager.open(MINE)).text
    county = await plugin_site.sign_in(await plugin_site.county_admin())
    await (await county.open("/admin/profile/wecun2019")).form().fill(reason="县委会议第 3 项").send()
    page = await (await villager.open(MINE)).follow("各户排名")
    assert page.words("main ol li") == ["三组 12，5 分"]


async def test_the_statement_is_a_list_for_the_notice_board(
    plugin_site: LiveSite, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = await admin_of(plugin_site)
    await plugin_site.villager("张桂秀")
    await plugin_site.villager("=李有田")
    await rules(admin)
    await give(admin, "张桂秀")
    await give(admin, "=李有田")
    capsys.readouterr()
    with scope(plugin_site["heping"].id):
        await statement.callback()
    assert capsys.readouterr().out.splitlines() == ["谁,积分", "'=李有田,5", "张桂秀,5"]


async def test_whatever_is_done_the_sums_agree(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await plugin_site.set_value(FEED, False)
    await rules(admin, price="3", count="4")
    chance = random.Random(7)
    balance = 0
    for _turn in range(25):
        act = chance.choice(("give", "redeem", "back")) if balance else "give"
        if act == "give":
            points = chance.randint(1, 5)
            await give(admin, "张桂秀", points=str(points))
            balance += points
        elif act == "redeem":
            left = "还有 0 份" not in (await villager.open(f"{V}/points/shop")).text
            page = await redeem(villager)
            assert (page.status == 200) == (left and balance >= 3)
            balance -= 3 if page.status == 200 else 0
        else:
            before = (await villager.open(MINE)).text
            page = await take_back(admin, "打扫巷道" if "打扫巷道" in before else "肥皂")
            assert page.status in {200, 422}
            balance = int((await villager.open(MINE)).text.split("我有 ")[1].split(" ")[0])
        text = (await villager.open(MINE)).text
        assert f"我有 {balance} 分" in text
        assert balance >= 0
    assert "对不上账" not in (await admin.open("/admin/plugins/points")).text


async def test_other_plugins_hear_of_it(plugin_site: LiveSite) -> None:
    admin = await admin_of(plugin_site)
    await plugin_site.villager("张桂秀")
    await rules(admin)
    await give(admin, "张桂秀")
    rows = await connections.get("default").execute_query_dict(
        "SELECT payload FROM core_event WHERE kind = 'points.given'"
    )
    assert len(rows) == 1
    payload = json.loads(rows[0]["payload"])
    assert payload["points"] == 5
    assert PointsGiven.kind == "points.given"
