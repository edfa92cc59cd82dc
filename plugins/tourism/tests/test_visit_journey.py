"""The whole way in a browser at 390 px, with and without JavaScript and in the elder mode: two nights for a family, answered by the
word of the message, checked in by the printed code, reviewed; and another guest who cancels at each step."""

from __future__ import annotations

import re

import pytest
from hosting import day, opened_place
from lodging import MANY, T, books_agree
from playwright.async_api import Page, expect

from cunli.testing.live import LiveSite
from cunli.testing.phones import fits, no_browser, phones
from cunli.testing.visitor import Visitor

pytestmark = no_browser
WAYS = {"with script": (True, "plain"), "without script": (False, "plain"), "elder": (True, "elder")}


@pytest.mark.parametrize("way", WAYS if MANY else ("without script", "elder"))  # the elder mode has script, too
@pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)  # the steps are tried on both databases elsewhere
async def test_from_the_invitation_to_the_review(plugin_site: LiveSite, way: str) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    await opened_place(plugin_site, host, official)
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    script, look = WAYS[way]
    async with phones(plugin_site) as there:
        page, desk, near = [await there.phone(who, script=script, look=look) for who in (guest, host, None)]
        await stay(page, desk, near, host)
        await cancel_at_each_step(page, desk)
    with plugin_site.inside():
        await books_agree()


async def choose(page: Page, first: int, last: int) -> str:
    """From the invitation to the page of a new booking."""
    await page.goto(f"{T}/visit")
    await fits(page)
    await page.locator("a.good", has_text="田家老屋").click()
    await fits(page)
    await page.locator(f"a[href*='in={day(first)}']").first.click()
    await page.locator(f"a[href*='out={day(last)}']").first.click()
    await expect(page.get_by_text("2 晚 ¥336")).to_be_visible()
    await fits(page)
    await page.get_by_role("link", name="订这里").click()
    await expect(page.get_by_text("来之前取消不收钱")).to_be_visible()
    await page.get_by_label("谁来").fill("许先生")
    await page.get_by_label("电话").fill("13900000000")
    await fits(page)
    await page.get_by_role("button", name="问主人有没有空").click()
    await expect(page.get_by_role("heading", name="等主人答应")).to_be_visible()
    await fits(page)
    return page.url


async def stay(page: Page, desk: Page, near: Page, host: Visitor) -> None:
    address = await choose(page, 0, 2)
    told = re.search(r"短码 ([A-Z0-9]{8}).*六位数 (\d{6})", (await host.open("/inbox")).text)
    assert told is not None
    await near.goto(f"{T}/say")
    await near.get_by_label("订单短码").fill(told[1])
    await near.get_by_label("短信里的六位数").fill(told[2])
    await fits(near)
    await near.get_by_role("button", name="答复").click()
    await page.goto(address)
    await expect(page.get_by_role("heading", name="订好了")).to_be_visible()
    await page.get_by_role("link", name="看凭证").click()
    await expect(page.get_by_text(told[1])).to_be_visible()
    await fits(page)

    await desk.goto(f"{T}/today")
    await expect(desk.get_by_text("今天到").first).to_be_visible()
    await fits(desk)
    await desk.goto(f"{T}/check")
    await desk.get_by_label("短码").fill(told[1])
    await desk.get_by_role("button", name="验", exact=True).click()
    await expect(desk.get_by_text("对，请进")).to_be_visible()
    await desk.goto(address)
    await desk.get_by_label("姓名").fill("许先生")
    await desk.get_by_label("证件号").fill("433127198001011234")
    await desk.get_by_role("button", name="登记一位").click()
    await expect(desk.get_by_text("433127198001011234")).to_have_count(0)
    await fits(desk)
    await desk.get_by_role("button", name="客人走了").click()

    await page.goto(address)
    await page.get_by_label("说说怎么样").fill("推窗就是云")
    await page.get_by_role("button", name="写好了").click()
    await page.goto(f"{T}/places")
    await page.locator("a.good", has_text="田家老屋").click()
    await expect(page.get_by_text("推窗就是云")).to_be_visible()
    await fits(page)


async def cancel_at_each_step(page: Page, desk: Page) -> None:
    await choose(page, 3, 5)
    await page.locator("summary", has_text="不订了").click()
    await page.get_by_role("button", name="不订了").click()
    await expect(page.get_by_role("heading", name="取消了", exact=True)).to_be_visible()
    address = await choose(page, 3, 5)
    await desk.goto(address)
    await desk.get_by_role("button", name="答应", exact=True).click()
    await page.goto(address)
    await page.locator("summary", has_text="取消").click()
    await expect(page.get_by_text("没有付钱，取消不收钱。")).to_be_visible()
    await page.get_by_role("button", name="取消", exact=True).click()
    await expect(page.get_by_role("heading", name="取消了", exact=True)).to_be_visible()
