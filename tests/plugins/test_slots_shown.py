"""In development, `?slots=1` shows the slots of a village page and what came of each; in production it means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli import enabling
from cunli.plugin_models import Mode
from cunli.problems import problem
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import plugin_source
from cunli.testing.templates import EmptyDatabases
from cunli.web.slot_names import SLOTS
from scripts.docs import _slots

HALF = plugin_source(
    "@hookimpl\nasync def slot_fragments(self, ctx):\n"
    "    if ctx.slot == 'village.top':\n        raise RuntimeError('x')\n"
    "    return {None: [Fragment(text='<b>半边</b>')]} if ctx.slot == 'village.sidebar' else {}",
    head="from cunli import Fragment",
)
SHOWN = "/v/heping/?slots=1"


@pytest.mark.parametrize("broken", [HALF])
async def test_every_slot_is_outlined_and_says_who_filled_it_failed_or_had_nothing(
    county: LiveSite, broken: str
) -> None:
    page = await county.visitor().open(SHOWN)
    assert page.words("#dev-slots h3") == ["village.top", "village.sidebar", "post.card"]
    told = dict(zip(page.words("#dev-slots h3"), page.words("#dev-slots section ul"), strict=True))
    assert "试 broken：出错了" in told["village.top"]
    assert "试 broken：填了 1 处" in told["village.sidebar"]
    assert "毫秒" in told["village.sidebar"]
    assert "没给东西" in told["post.card"]
    assert "告示板 sample：" in told["village.top"]
    assert "最上面" in page.one("#dev-slots").text_content()
    assert {e.get("data-slot") for e in page.all(".dev-slot")} >= {"village.top", "village.sidebar"}
    assert "&lt;b&gt;半边" in page.html
    assert "feed/village.html" in page.one("#dev-slots").text_content()
    assert "content" in page.words("#dev-slots li code")
    assert "style=" not in page.html
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    (style,) = [e.get("href") for e in page.all("link[href*='dev/slots']")]
    assert (await county.visitor().open(style)).status == 200
    assert "dev-slot" not in (await county.visitor().open("/v/heping/")).html, "only where it is asked for"


@pytest.mark.parametrize("broken", [HALF])
async def test_a_hook_that_rests_and_a_village_without_plugins_are_said_too(county: LiveSite, broken: str) -> None:
    health = county.app.site.registry.dispatch.health
    health.held("broken", "slot_fragments", 60, problem("plugins.W104", "broken", hook="slot_fragments", failures=5))
    admin = await county.sign_in(await county.village_admin())
    assert "试 broken：先停着，没问" in (await admin.open(SHOWN)).one("#dev-slots").text_content()
    for name in ("sample", "broken"):
        await enabling.switch(name, county["heping"].region_id, Mode.OFF, village_level=True)
    bare = await admin.open(SHOWN)
    assert bare.words("#dev-slots section li") == ["这个村打开的插件里，没有一个填插口"] * 3
    members = await admin.open("/v/heping/members?slots=1")
    assert "这一页没有插口" in members.one("#dev-slots").text_content()


async def test_in_production_there_is_nothing_of_it(
    empty_databases: EmptyDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.people.codes.use", lambda _: None)  # production needs a sender, which is a package
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with live_site(settings_for(url, tmp_path, dev=False)) as live:
        plain, asked = [(await live.visitor().open(path)) for path in ("/v/heping/", SHOWN)]
        assert asked.status == 200
        assert "dev-slot" not in asked.html
        assert len(asked.all("body *")) == len(plain.all("body *"))
        assert not [name for name in live.app.site.static.names() if name.startswith("dev/")]
        assert (await live.visitor().open(f"/static/{live.app.site.static.hash}/dev/slots.css")).status == 404


async def test_every_slot_of_the_core_says_what_it_is_for(site: LiveSite) -> None:
    assert set(_slots(site.app.site)) == set(SLOTS)
