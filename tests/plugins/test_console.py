"""Officials say on the console where a plugin is on: each for the regions that are theirs, at once, and with a way back."""

from __future__ import annotations

import pytest

from cunli import db, enabling
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.plugins import plugin_source
from cunli.testing.visitor import Visitor

BOARD = "/v/heping/sample/notes"


async def can_see(county: LiveSite, path: str = BOARD) -> bool:
    return (await county.visitor().open(path)).status == 200


def switch_of(county: LiveSite, slug: str) -> str:
    return f"[formaction^='/admin/plugins/sample/regions/{county[slug].region_id}?']"


async def test_a_village_admin_switches_it_off_and_on_for_the_own_village_only(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    page = await admin.open("/admin/plugins/sample")
    assert "告示板" in page.title
    assert page.words("main .li__t") == ["禾坪村"]
    page = await admin.press(page, switch_of(county, "heping"))
    assert "禾坪村关了告示板" in page.text
    assert not await can_see(county)
    back = await page.form("#toasts form").send()
    assert "禾坪村打开了告示板" in back.text
    assert await can_see(county)
    elsewhere = f"/admin/plugins/sample/regions/{county['shangba'].region_id}?mode=on"
    assert (await admin.post(elsewhere, {})).status == 403
    assert not await can_see(county, "/v/shangba/sample/notes")
    acts = await db.read(
        "SELECT details FROM core_audit_entry WHERE action = 'core.plugin.switch' AND by = 'web' ORDER BY id"
    )
    assert len(acts) >= 2


async def test_a_villager_and_a_stranger_have_no_console(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    assert (await villager.open("/admin/plugins")).status == 403
    assert (await villager.open("/admin/plugins/sample")).status == 403
    assert (await county.visitor().open("/admin/plugins", follow=False)).status == 303


async def choose(visitor: Visitor, region: int, mode: str) -> str:
    page = await visitor.open(f"/admin/plugins/sample?region={region}")
    return (await page.form("main form[method=post]").fill(mode=mode).send()).text


async def test_a_county_goes_down_to_a_township_and_decides_for_its_villages(county: LiveSite) -> None:
    admin = await county.sign_in(await county.county_admin())
    page = await admin.open("/admin/plugins/sample")
    assert "2 个村，1 个在用" in page.text
    assert "澜川县" in page.text
    township = await page.follow("望溪镇")
    assert township.words("main .li__t") == ["禾坪村", "上坝村"]
    assert "望溪镇各村都用告示板" in await choose(admin, county.township_id, "require")
    assert await can_see(county, "/v/shangba/sample/notes")
    assert not await can_see(county, "/v/donghu/sample/notes")
    assert "各村都不用告示板" in await choose(admin, county.county_id, "forbid")
    assert not await can_see(county)
    assert "自己定" in await choose(admin, county.county_id, "allow")
    assert await can_see(county)


async def test_who_decided_above_is_named_to_the_village(county: LiveSite) -> None:
    await enabling.switch("sample", county.township_id, Mode.FORBID, village_level=False)
    admin = await county.sign_in(await county.village_admin())
    page = await admin.open("/admin/plugins/sample")
    assert "望溪镇定了各村都不用" in page.text
    assert not page.all(switch_of(county, "heping")), "what was decided above has no button"
    refused = await admin.post(f"/admin/plugins/sample/regions/{county['heping'].region_id}?mode=on", {})
    assert refused.status == 409
    assert "望溪镇定了不用它" in refused.text
    odd = await admin.post(f"/admin/plugins/sample/regions/{county['heping'].region_id}?mode=require", {})
    assert odd.status == 400
    for path in ("regions/999999?mode=on", "regions/x?mode=on", f"regions/{county.county_id}?mode=forbid"):
        assert (await admin.post(f"/admin/plugins/sample/{path}", {})).status == 403, path


CHOOSY = plugin_source(
    "@hookimpl\nasync def village_enabling(self, ctx):\n    return Refusal(reason='先请村里定好<b>收款</b>的人')",
    head="from cunli import Refusal",
)


@pytest.mark.parametrize("broken", [CHOOSY])
async def test_a_plugin_that_will_not_be_on_yet_says_why_and_nothing_is_switched(county: LiveSite, broken: str) -> None:
    admin = await county.sign_in(await county.county_admin())
    refused = await admin.post(f"/admin/plugins/broken/regions/{county['shangba'].region_id}?mode=on", {})
    assert refused.status == 409
    assert "先请村里定好<b>收款</b>的人" in refused.text
    assert "&lt;b&gt;" in refused.html
    page = await admin.open(f"/admin/plugins/broken?region={county.township_id}")
    assert page.words(f"[formaction^='/admin/plugins/broken/regions/{county['shangba'].region_id}?']") == ["上坝村打开"]


async def test_what_it_may_do_is_told_before_it_is_switched_on(county: LiveSite) -> None:
    admin = await county.sign_in(await county.county_admin())
    page = await admin.open("/admin/plugins/sample")
    for words in ("开 3 个页面", "贴条子", "sample_note", "core.post.published", "后台有 1 件活", "没有出过错"):
        assert words in page.text, words
    english = await admin.open("/admin/plugins/sample", accept_language="en")
    assert "Where it is on" in english.text
