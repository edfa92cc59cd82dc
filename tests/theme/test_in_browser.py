"""The theme's scripts in a real browser: photos and drafts, and every act without script or in a browser that htmx cannot use."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page, expect

from cunli import db
from cunli.people import sessions
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.web import cookies

pytestmark = pytest.mark.browser
OLD_BROWSER = "delete Element.prototype.replaceChildren"


@asynccontextmanager
async def visiting(browser: Browser, site: LiveSite, who: SamplePerson, *, script: bool = True) -> AsyncIterator[Page]:
    """A phone of `who`. A script error, or anything that the content policy stops, fails the test."""
    context = await browser.new_context(
        base_url=site.settings.base_url,
        java_script_enabled=script,
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
    )
    context.set_default_timeout(60_000)
    token = await sessions.open_session(who.id, device="browser")
    await context.add_cookies(
        [{"name": cookies.name(site.settings, cookies.SESSION), "value": token, "url": site.settings.base_url}]
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    await context.close()
    assert wrong == []


def photo(width: int, height: int, colour: str) -> FilePayload:
    picture = io.BytesIO()
    noise = Image.effect_noise((width // 4, height // 4), 60).resize((width, height))
    Image.merge("RGB", (noise, Image.new("L", (width, height), 40 if colour == "dark" else 200), noise)).save(
        picture, "JPEG", quality=95
    )
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}


async def write(page: Page, body: str) -> None:
    await page.goto("/v/heping/new")
    await page.fill("[name=body]", body)


async def photo_sizes() -> list[tuple[int, int]]:
    rows = await db.read(
        "SELECT u.width, u.height FROM core_post_photo p JOIN core_upload u ON u.id = p.upload_id ORDER BY p.position"
    )
    return [(row["width"], row["height"]) for row in rows]


async def test_photos_are_made_smaller_ordered_and_published(served: LiveSite, browser: Browser) -> None:
    async with visiting(browser, served, await served.villager("罗春秀")) as page:
        await write(page, "晒场红透了")
        await page.set_input_files(
            "[name=photo]", [photo(2400, 1200, "dark"), photo(600, 900, "light"), photo(640, 640, "dark")]
        )
        await expect(page.locator(".pick[data-key]")).to_have_count(3)
        await page.locator(".pick").nth(1).locator("[data-move='-1']").click()
        await page.locator(".pick").nth(2).locator("button").last.click()
        await expect(page.locator(".pick")).to_have_count(2)
        await page.click(".bar__go")
        await expect(page.locator(".post .photos a")).to_have_count(2)
    assert await photo_sizes() == [(600, 900), (1600, 800)]


async def test_pressing_send_while_photos_travel_sends_when_they_have_arrived(
    served: LiveSite, browser: Browser
) -> None:
    async with visiting(browser, served, await served.villager("罗春秀")) as page:
        await write(page, "边传边发")
        await page.set_input_files("[name=photo]", [photo(2400, 1800, "dark")])
        await page.click(".bar__go")
        await expect(page.locator(".post .photos a")).to_have_count(1)


async def test_words_survive_a_lost_connection(served: LiveSite, browser: Browser) -> None:
    async with visiting(browser, served, await served.villager("罗春秀")) as page:
        await write(page, "写到一半")
        await expect(page.locator("#saved")).to_contain_text("存好")
        await page.context.set_offline(True)
        await expect(page.locator("#offline")).to_be_visible()
        await page.fill("[name=body]", "写到一半，断网又写了一句")
        await expect(page.locator("#saved")).to_contain_text("先存在这个手机上")
        await page.route("**/draft", lambda route: route.abort())
        await page.context.set_offline(False)
        await page.goto("/v/heping/new")
        assert await page.input_value("[name=body]") == "写到一半"
        await page.click("#saved button")
        assert await page.input_value("[name=body]") == "写到一半，断网又写了一句"
        await page.unroute("**/draft")
        await page.click(".bar__go")
        await expect(page.locator(".post")).to_contain_text("断网又写了一句")
        await page.goto("/v/heping/new")
        assert await page.input_value("[name=body]") == ""


async def test_the_same_form_works_without_script(served: LiveSite, browser: Browser) -> None:
    async with visiting(browser, served, await served.villager("罗春秀"), script=False) as page:
        await write(page, "没有脚本")
        await page.set_input_files("[name=photo]", [photo(800, 600, "dark"), photo(600, 800, "light")])
        await page.click(".bar__go")
        await expect(page.locator(".post .photos a")).to_have_count(2)
        await page.locator(".act").first.click()
        await expect(page.locator(".act").first).to_have_attribute("aria-pressed", "true")
        assert "#p-" in page.url


async def test_a_like_replaces_only_its_row_and_an_old_browser_reloads_the_page(
    served: LiveSite, browser: Browser
) -> None:
    who = await served.villager("罗春秀")
    async with visiting(browser, served, who) as page:
        await write(page, "点个赞")
        await page.click(".bar__go")
        await expect(page.locator("html")).to_have_attribute("data-live", "yes")
        address = page.url
        await page.locator(".act").first.click()
        await expect(page.locator(".act").first).to_contain_text("已赞 1")
        assert page.url == address
    async with visiting(browser, served, who) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.add_init_script(OLD_BROWSER)
        await page.goto("/v/heping/")
        await expect(page.locator("html")).to_have_attribute("data-live", "no")
        await page.locator(".act").first.click()
        await expect(page.locator(".act").first).to_have_text(re.compile("^赞$"))
        assert "#p-" in page.url
        assert not any("htmx.min.js" in url for url in asked)
        assert any("plain.svg" in url for url in asked)


async def test_a_refused_form_moves_the_focus_to_what_is_wrong(served: LiveSite, browser: Browser) -> None:
    async with visiting(browser, served, await served.villager("罗春秀")) as page:
        await page.goto("/v/heping/new")
        await page.click(".bar__go")
        await expect(page.locator(".errsum")).to_be_focused()
        await page.click(".errsum a")
        await expect(page.locator("[name=body]")).to_be_focused()
