"""A family of four in a browser: two rooms, a meal, paid online, and the money that comes back; and every page, at night in four modes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hosting import add_offer, book, day, opened_place
from lodging import MANY, T, books_agree
from playwright.async_api import Page, expect

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.payments import payments_through
from cunli.testing.phones import Phones, fits, no_browser, phones
from cunli.testing.visitor import Visitor
from cunli_tourism.models import Booking, Outing, Place
from cunli_tourism.settings import ONLINE
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway

pytestmark = [no_browser, pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)]
WAYS = {"without script": (False, "plain"), "elder": (True, "elder"), "with script": (True, "plain")}
MODES = {"phone": ("phone", "plain"), "desk": ("desk", "plain"), "elder": ("phone", "elder"), "dark": ("desk", "dark")}


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(plugin_site: LiveSite) -> AsyncIterator[Gateway]:
    async with Gateway() as found:
        with payments_through(WechatPay(WechatPaySettings.model_validate(found.settings()))):
            await plugin_site.set_value(ONLINE, True)
            yield found


@unit
async def instant(prepay: int) -> None:
    """The host answers nobody by hand, and wants so many percent at once."""
    await Place.all().update(instant=True, prepay=prepay, policy="loose")


@pytest.mark.parametrize("way", WAYS if MANY else ("without script", "elder"))
async def test_a_family_pays_online_and_cancels(plugin_site: LiveSite, gateway: Gateway, way: str) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    place = await opened_place(plugin_site, host, official)
    await add_offer(host, place.rsplit("/", 1)[-1], kind="meal", name="柴火饭", count="1", holds="1", fen="60")
    with plugin_site.inside():
        await instant(50)
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    script, look = WAYS[way]
    async with phones(plugin_site) as there:
        page = await there.phone(guest, script=script, look=look)
        await family(page, place)
        with plugin_site.inside():
            row = await Booking.get()
        assert (row.people, row.units, row.meals, row.total_fen) == (4, 2, 4, 2 * 2 * 16800 + 4 * 6000)
        await paid(page, gateway, row.key)
        await page.locator("summary", has_text="取消").click()
        await expect(page.get_by_text("现在取消，退 456 元。")).to_be_visible()
        await fits(page)
        await page.get_by_role("button", name="取消", exact=True).click()
        await expect(page.get_by_role("heading", name="取消了", exact=True)).to_be_visible()
        for _n in range(2):
            await plugin_site.run_task("tourism.refunds_left")
        await page.reload()
        await expect(page.get_by_text("退 456 元：退好了")).to_be_visible()
        assert gateway.given_back(row.key) == 45600
    with plugin_site.inside():
        await books_agree()


async def family(page: Page, place: str) -> None:
    await page.goto(f"{place}?in={day(10)}&out={day(12)}")
    await page.get_by_label("几个人").fill("4")
    await page.get_by_role("checkbox", name="柴火饭").check()
    await page.get_by_role("button", name="看价钱").click()
    await expect(page.get_by_text("2 晚 ¥912")).to_be_visible()
    await expect(page.get_by_label("几间")).to_have_value("2")
    await fits(page)
    await page.get_by_role("link", name="订这里").click()
    await expect(page.get_by_text("¥912")).to_be_visible()
    await expect(page.get_by_text("¥456").first).to_be_visible()
    await page.get_by_label("谁来").fill("许先生")
    await page.get_by_label("电话").fill("13900000000")
    await fits(page)
    await page.get_by_role("button", name="订下来").click()
    await expect(page.get_by_role("heading", name="给你留着，等付钱")).to_be_visible()
    await fits(page)


async def paid(page: Page, gateway: Gateway, key: str) -> None:
    await page.get_by_role("link", name="去付 456 元").click()
    await fits(page)
    gateway.pay(key)
    await page.locator("form[action$='/pay'] button").click()
    await expect(page.get_by_role("heading", name="订好了")).to_be_visible()
    await fits(page)


async def pictured(there: Phones, pages: dict[str, tuple[Visitor | None, str]]) -> None:
    for mode, (how, look) in MODES.items():
        if not MANY and mode != "elder":  # the widest letters on the narrowest screen; the others wait for the night
            continue
        for name, (who, path) in pages.items():
            page = await (there.desk if how == "desk" else there.phone)(who, look=look)
            await page.goto(path)
            await fits(page, f"tourism-{name}-{mode}")
            await page.context.close()


async def test_every_page_fits(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    place = await opened_place(plugin_site, host, official, story="推窗就是梯田", way="坐班车到村口", included="早饭")
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    key = place.rsplit("/", 1)[-1]
    booking = (await book(guest, place, first=0)).url
    await (await host.open(booking)).form("form[action$='/do/agree']").send()
    form = (await official.open(f"{T}/outings/new")).form("form[action$='/outings/new']")
    await form.fill(name="油菜花节", about="满坡都是黄的", since=f"{day(5)}", until=f"{day(9)}", shown="1").send()
    with plugin_site.inside():
        outing = (await Outing.get()).key
    stop = (await official.open(f"{T}/outings/{outing}/edit")).form("form[action$='/stops']")
    await stop.fill(to=f"{key}:", words="看日出").send()
    complaint = (await guest.open(booking)).form("form[action$='/complain']")
    await complaint.fill(complaint="被子是湿的").send()
    pages: dict[str, tuple[Visitor | None, str]] = {
        "visit": (None, f"{T}/visit"),
        "place": (None, place),
        "book": (guest, f"{place}/book?in={day(20)}"),
        "booking": (guest, booking),
        "voucher": (guest, f"{booking}/voucher"),
        "today": (host, f"{T}/today"),
        "office": (official, f"{T}/office"),
        "complaint": (official, booking),
        "outing": (None, f"{T}/outings/{outing}"),
        "outing-form": (official, f"{T}/outings/{outing}/edit"),
        "board": (official, f"{T}/board"),
        "host": (host, f"{T}/host/{key}"),
        "place-form": (host, f"{T}/host/{key}/edit"),
        "offer-form": (host, f"{T}/host/{key}/offers"),
        "check": (host, f"{T}/check"),
    }
    async with phones(plugin_site) as there:
        await pictured(there, pages)
