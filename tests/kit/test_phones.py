"""The browser that tests of plugins share: what it finds too wide, and whose phone is whose."""

from __future__ import annotations

import pytest

from cunli.testing.live import LiveSite
from cunli.testing.phones import LOOKS, fits, no_browser, phones, picture

pytestmark = [pytest.mark.browser, no_browser]


async def test_phones_are_signed_in_apart_fit_and_keep_pictures(
    site: LiveSite, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("pictures")
    villager = await site.sign_in(await site.villager("张桂秀"))
    async with phones(site) as there:
        for look in LOOKS:
            page = await there.phone(villager, look=look)
            await page.goto("/me")
            assert "张桂秀" in await page.inner_text("main")
            await fits(page, "not kept")
        assert not list(folder.iterdir())
        nobody = await there.desk(script=False)
        await nobody.goto("/me")
        assert "张桂秀" not in await nobody.inner_text("body")
        monkeypatch.setenv("CUNLI_TEST_PICTURES", str(folder))
        await picture(nobody, "kept")
        assert [one.name for one in folder.iterdir()] == ["kept.png"]
        # a style in words would be refused by the policy of the pages
        await page.evaluate("document.querySelector('main').style.width = '900px'")
        with pytest.raises(AssertionError, match="px wide on"):
            await fits(page)
