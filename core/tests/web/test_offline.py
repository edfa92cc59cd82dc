"""The app on the home screen, the worker that knows a page without a network, and pages for people who pay for each megabyte."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image

from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.web.look import Look


async def test_the_site_can_be_put_on_the_home_screen(site: LiveSite) -> None:
    visitor = site.visitor()
    page = await visitor.open("/v/heping/")
    answer = await visitor.open(page.one("link[rel=manifest]").get("href", ""))
    assert answer.headers["content-type"] == "application/manifest+json"
    found = json.loads(answer.response.text)
    assert (found["start_url"], found["display"], found["short_name"]) == ("/", "standalone", "村里")
    for icon in found["icons"]:
        picture = await visitor.open(icon["src"])
        assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
        assert "x".join(map(str, Image.open(BytesIO(picture.response.content)).size)) == icon["sizes"]
    assert {icon["purpose"] for icon in found["icons"]} == {"any", "maskable"}


async def test_the_worker_keeps_static_files_and_the_offline_page_and_nothing_else(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    answer = await visitor.open("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    text = answer.response.text
    first = json.loads(text.partition("var FIRST = ")[2].partition(";")[0])
    assert first[0] == "/offline"
    assert all(path.startswith(f"/static/{site.app.site.static.hash}/") for path in first[1:])
    for path in first:
        assert (await visitor.open(path)).status == 200
    page = await visitor.open("/offline")
    assert "没有网络" in page.text
    assert "草稿还在" in page.text
    assert ("罗春秀" in page.html, page.all("form"), page.all("script")) == (False, [], [])
    used = [element.get("href") for element in page.all("link[href]")]
    used += [(element.get("href") or "").partition("#")[0] for element in page.all("use")]
    assert set(used) <= set(first), "it shows nothing that is not kept"
    monkeypatch.setattr(site.app.site, "settings", site.settings.model_copy(update={"offline_page": False}))
    gone = (await visitor.open("/sw.js")).response.text
    assert ("unregister" in gone, "caches.delete" in gone, "fetch" in gone) == (True, True, False)


async def test_saving_data_is_asked_for_by_the_browser_or_chosen(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    form = (await luo.open("/v/heping/new")).form("#post").fill(body="晒秋", audience="public")
    await form.attach("photo", photo_file("1.jpg", colour="red"), photo_file("2.jpg", colour="blue")).send()
    for visitor in (luo, site.visitor()):
        page = await visitor.open("/v/heping/")
        assert page.one("html").get("data-saver") is None
        saving = await visitor.open("/v/heping/", save_data="on")
        assert saving.one("html").get("data-saver") == "on"
        assert [script for script in saving.all("script[src]") if "live.js" in script.get("src", "")] == []
        assert "Save-Data" in saving.headers["vary"]
        chosen = await visitor.open("/look?saver=on&next=/v/heping/")
        assert chosen.one("html").get("data-saver") == "on"
        back = await visitor.open("/look?saver=off&next=/v/heping/", save_data="on")
        assert back.one("html").get("data-saver") is None, "what was chosen goes before what the browser says"
    form = (await luo.open("/me/look")).form()
    assert (await form.fill(saver="on").send()).one("html").get("data-saver") == "on"


def test_a_look_that_was_kept_before_is_still_known() -> None:
    assert Look.parse("dark.elder.xl.more") == Look(theme="dark", mode="elder", size="xl", contrast="more")
    assert str(Look.parse("dark.elder.xl.more")) == "dark.elder.xl.more"
    assert Look.parse(str(Look(saver="on"))) == Look(saver="on")
    assert Look.parse("a.b.c.d.e.f") == Look()
