"""The journeys of the plugin in a browser, with script and without: a lesson, a diary, going away, a meeting; and a broken connection."""

from __future__ import annotations

import contextlib

import pytest
from party_journeys import P, branch, course, member
from playwright.async_api import Error, Page, ViewportSize

from cunli.testing.live import LiveSite
from cunli.testing.phones import Phones, no_browser, phones, press
from cunli.testing.visitor import Visitor
from cunli_party.models import Member

pytestmark = [no_browser, pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)]
SMALL: ViewportSize = {"width": 360, "height": 780}


async def small(there: Phones, who: Visitor, *, script: bool) -> Page:
    """A phone of 360 px on which somebody is signed in."""
    page = await there.phone(who, script=script)
    await page.set_viewport_size(SMALL)
    return page


@pytest.mark.parametrize("script", [True, False])
async def test_the_journeys_on_a_phone(plugin_site: LiveSite, script: bool) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    lesson = await course(leader)
    async with phones(plugin_site) as there:
        mine = await small(there, own, script=script)
        theirs = await small(there, leader, script=script)
        # a lesson
        await mine.goto(lesson)
        await mine.get_by_text("里面交叉的弱枝").click()
        await press(mine, "交答案")
        assert "这一节学完了" in await mine.inner_text("main")
        # a diary, remarked on and published
        await mine.goto(f"{P}/diaries/write")
        await mine.get_by_label("标题").fill("帮龙阿公剪枝")
        await mine.get_by_label("写什么").fill("剪了一下午")
        await mine.get_by_text("支部看", exact=True).click()
        await press(mine, "存好")
        diary = mine.url
        await theirs.goto(diary)
        await theirs.get_by_label("写几句").fill("好样的")
        await press(theirs, "写好了")
        await mine.goto(f"{diary}/edit")
        await mine.get_by_text("全村看", exact=True).click()
        await press(mine, "存好")
        assert "好样的" in await mine.inner_text("main")
        # going away
        await mine.goto(f"{P}/away/tell")
        await mine.get_by_text("务工", exact=True).click()
        await mine.get_by_label("到哪里").fill("浙江义乌")
        await press(mine, "报告支部")
        assert "浙江义乌" in await mine.inner_text("main")
        # a meeting with somebody by video, and its minutes
        await theirs.goto(f"{address}/plan")
        await theirs.get_by_text("党员大会", exact=True).click()
        await theirs.get_by_label("主题", exact=True).fill("选举")
        await theirs.get_by_label("什么时候开始").fill("2026-01-05T09:00")
        await press(theirs, "存好，通知大家")
        await theirs.goto(f"{theirs.url}/hold")
        ways = await _ids(plugin_site)
        await theirs.locator(f"label:has(input[name='m{ways['石书记']}'][value=person])").click()
        await theirs.locator(f"label:has(input[name='m{ways['麻建国']}'][value=remote])").click()
        await theirs.get_by_label("会议记录").fill("一致同意")
        await press(theirs, "记好")
        said = await theirs.inner_text("main")
        assert "视频、电话参加 1" in said
        for page in (mine, theirs):
            assert await page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


async def _ids(site: LiveSite) -> dict[str, int]:
    with site.inside():
        return {one.name: one.id for one in await Member.all()}


async def test_answers_survive_a_broken_connection(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    lesson = await course(leader)
    async with phones(plugin_site) as there:
        page = await small(there, own, script=True)
        await page.goto(lesson)
        await page.get_by_text("里面交叉的弱枝").click()
        await page.context.set_offline(True)
        with contextlib.suppress(Error):
            await page.get_by_role("button", name="交答案").click(timeout=3000)
        await page.wait_for_timeout(300)
        await page.context.set_offline(False)
        await page.goto(lesson)
        assert await page.locator("input[name=q1][value='1']").is_checked(), "what was chosen is still chosen"
        await press(page, "交答案")
        assert "这一节学完了" in await page.inner_text("main")
        await page.goto(lesson)
        assert not await page.locator("input[name=q1][value='1']").is_checked(), "what arrived is forgotten"
        # the planted control: without the shelf the answer is gone
        await page.get_by_text("里面交叉的弱枝").click()
        await page.evaluate("localStorage.clear()")
        await page.goto(lesson)
        assert not await page.locator("input[name=q1][value='1']").is_checked()
