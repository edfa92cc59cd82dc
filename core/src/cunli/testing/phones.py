"""A real browser before a running site: phones and desks on which people of a test are signed in.

    async with phones(plugin_site) as there:
        page = await there.phone(writer, script=False)
        await page.goto("/v/heping/")
        await press(page, "寄出")
        await fits(page, "sent")

Needs `playwright` and a Chromium; `no_browser` is the mark for a machine without. What has no browser is tested faster with `Visitor`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import uvicorn

from cunli.testing.live import LiveSite
from cunli.testing.narrow import BROWSERS, FLAGS
from cunli.testing.visitor import Visitor

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

CHROMIUM: Final = next((found for name in BROWSERS if (found := shutil.which(name))), "")
PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1280, "height": 900}
LOOKS: Final = {"plain": "", "elder": ".elder..", "dark": "dark..."}
PICTURES: Final = "CUNLI_TEST_PICTURES"  # names a folder for pictures of the pages that `fits` and `picture` see
PATIENCE: Final = 10.0  # seconds until a site has to listen

no_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """A browser and the address of the site. Every page that it opens has cookies of its own, as another phone has."""

    browser: Browser
    url: str

    async def phone(self, who: Visitor | None = None, *, script: bool = True, look: str = "plain") -> Page:
        """A page of 390 px, of somebody or of nobody; `look` is one of `LOOKS`."""
        return await self._page(who, PHONE, script=script, look=look)

    async def desk(self, who: Visitor | None = None, *, script: bool = True, look: str = "plain") -> Page:
        """A page of 1280 px."""
        return await self._page(who, DESK, script=script, look=look)

    async def _page(self, who: Visitor | None, size: dict[str, int], *, script: bool, look: str) -> Page:
        kept = dict(who.cookies) if who else {}
        if LOOKS[look]:
            kept["cunli_look"] = LOOKS[look]
        context = await self.browser.new_context(
            base_url=self.url,
            locale="zh-CN",
            viewport=size,  # type: ignore[arg-type] # a TypedDict of playwright's, which is not there at run time
            java_script_enabled=script,
        )
        cookies: list[Any] = [{"name": name, "value": value, "url": self.url} for name, value in kept.items()]
        await context.add_cookies(cookies)
        return await context.new_page()


@asynccontextmanager
async def phones(site: LiveSite) -> AsyncIterator[Phones]:
    """The site on a free port of this machine, and a browser, for as long as the body runs."""
    from playwright.async_api import async_playwright  # who tests without a browser does not need it

    async with served(site) as url, async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield Phones(browser=browser, url=url)
        finally:
            await browser.close()


@asynccontextmanager
async def served(site: LiveSite) -> AsyncIterator[str]:
    """The site on a free port, without a browser. Gives its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(site.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def press(page: Page, words: str) -> None:
    """Press the button with these words and wait for the page that follows."""
    async with page.expect_navigation():
        await page.locator("main").get_by_role("button", name=words, exact=True).first.click()


async def fits(page: Page, name: str = "") -> None:
    """Nothing runs out of the screen sideways. With a name a picture is kept, too: see `picture`."""
    widths = await page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert widths[0] <= widths[1], f"{page.url} is {widths[0]} px wide on {widths[1]} px"
    if name:
        await picture(page, name)


async def picture(page: Page, name: str) -> None:
    """Keep the whole page as it looks in the folder of `CUNLI_TEST_PICTURES`, for people to look at; without it nothing is done."""
    if folder := os.environ.get(PICTURES):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
