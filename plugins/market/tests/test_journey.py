"""The whole way in a browser at 390 px, with and without JavaScript and in the elder mode: a good out of the feed, paid through the
gateway, packed, labelled, received, reviewed, and money back for a broken box."""

from __future__ import annotations

import re

import pytest
from ground import MANY
from playwright.async_api import Page, expect
from stalls import M, V, put_up, seller_of

from cunli.testing.live import LiveSite
from cunli.testing.payments import payments_through
from cunli.testing.phones import Phones, fits, no_browser, phones
from cunli_market.settings import ONLINE
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway

pytestmark = no_browser
WAYS = {"with script": (True, "plain"), "without script": (False, "plain"), "elder": (True, "elder")}


@pytest.mark.parametrize("way", WAYS if MANY else ("without script", "elder"))  # the elder mode has script, too
@pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)  # the steps are tried on both databases elsewhere
async def test_from_the_feed_to_the_refund_of_a_broken_box(plugin_site: LiveSite, way: str) -> None:
    async with Gateway() as gateway, phones(plugin_site) as there:
        with payments_through(WechatPay(WechatPaySettings.model_validate(gateway.settings()))):
            await plugin_site.set_value(ONLINE, True)
            await walk(plugin_site, gateway, there, way)


async def walk(site: LiveSite, gateway: Gateway, there: Phones, way: str) -> None:
    seller = await seller_of(site)
    good = await put_up(seller, "禾坪猕猴桃", stock="5")
    await (await seller.open(good)).form("form[action$='/share']").fill(words="下树了").send()
    buyer = await site.sign_in(await site.villager("覃女士", "shangba"))
    script, look = WAYS[way]
    page = await there.phone(buyer, script=script, look=look)
    shop = await there.phone(seller, script=script, look=look)
    address = await buy(page, gateway)

    await shop.goto(address)
    await shop.get_by_role("button", name="装好了").click()
    await shop.get_by_role("link", name="打面单").click()
    await expect(shop.get_by_text("长沙市岳麓区一号")).to_be_visible()
    await shop.goto(address)
    await shop.get_by_label("快递单号").fill("SF1234567890")
    await shop.get_by_role("button", name="寄出了").click()
    await expect(shop.get_by_role("heading", name="在路上")).to_be_visible()

    await page.goto(address)
    await page.get_by_role("button", name="我收到了").click()
    await expect(page.get_by_role("heading", name="收到了", exact=True)).to_be_visible()
    await page.get_by_text("很好", exact=True).click()
    await page.get_by_label("说说怎么样").fill("很甜，坏了一箱")
    await page.get_by_role("button", name="写好了").click()
    await page.locator("summary", has_text="要退钱").click()
    await page.get_by_label("退多少钱").fill("39.8")
    await page.get_by_label("为什么").fill("压坏了一箱")
    await page.get_by_role("button", name="告诉店家").click()
    await fits(page)

    await shop.goto(address)
    await shop.get_by_role("button", name="同意退", exact=True).click()
    await site.run_task("market.refunds_left")
    await page.goto(address)
    await expect(page.get_by_text("退好了")).to_be_visible()
    assert gateway.given_back(next(iter(gateway.transactions))) == 3980
    await page.goto(good)
    await expect(page.get_by_text("很甜，坏了一箱")).to_be_visible()
    await fits(page)


async def buy(page: Page, gateway: Gateway) -> str:
    """Out of the feed into the basket, and paid. The address of the order."""
    await page.goto(f"{V}/")
    await page.locator("a.mini", has_text="禾坪猕猴桃").click()
    await page.get_by_label("几份").fill("2")
    await fits(page)
    await page.get_by_role("button", name="放进篮子").click()
    await expect(page.get_by_text("过了会放回货架")).to_be_visible()
    await page.get_by_label("网上付").check()
    await page.get_by_label("快递").check()
    await page.get_by_label("谁收").fill("覃大娘")
    await page.get_by_label("电话").fill("13900000000")
    await page.get_by_label("送到哪里").fill("长沙市岳麓区一号")
    await fits(page)
    await page.get_by_role("button", name="订下来").click()
    await expect(page.get_by_role("link", name=re.compile("去付"))).to_be_visible()
    gateway.pay(page.url.rsplit("/", 1)[-1])
    await page.get_by_role("button", name="我付好了").click()
    await page.goto(f"{M}/orders")
    await page.locator("a", has_text="禾坪猕猴桃").first.click()
    await expect(page.get_by_role("heading", name="等店家发货")).to_be_visible()
    await fits(page)
    return page.url
