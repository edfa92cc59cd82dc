"""The desk of a shop with the longest name, on a phone in elder mode."""

from __future__ import annotations

import pytest
from stalls import M, open_shop

from cunli.testing.live import LiveSite
from cunli.testing.phones import no_browser, phones

pytestmark = [no_browser, pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)]
LONGEST = "石满仓和罗春秀家的生态蜜橘园合作联社店"


async def test_the_longest_name_of_a_shop_leaves_the_bar_above_it_one_line(plugin_site: LiveSite) -> None:
    seller = await plugin_site.sign_in(await plugin_site.villager("石满仓"))
    await open_shop(seller, name=LONGEST)
    async with phones(plugin_site) as there:
        page = await there.phone(seller, script=True)
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(f"{M}/desk")
        await page.context.add_cookies([{"name": "cunli_look", "value": ".elder..", "url": page.url}])
        await page.reload()
        assert await page.locator("[data-mode=elder]").count()
        bar = await page.locator(".topbar").bounding_box()
        assert bar is not None
        assert bar["height"] <= 70, "one line of buttons"
        assert await page.locator("h1").inner_text() == LONGEST
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
