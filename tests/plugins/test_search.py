"""Searching a village: what this reader may see, from the core and from every plugin that is on there, and nothing that hangs."""

from __future__ import annotations

import sys

import pytest

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import PATIENCE

SOURCE = """
import asyncio
from cunli import Manifest, Plugin, SearchHit, hookimpl

let_go = asyncio.Event()

class Broken(Plugin):
    manifest = Manifest(label="坏集市", summary="")

    @hookimpl
    async def search(self, ctx):
        {search}

plugin = Broken()
"""
FAULTS = {
    "raises": ("raise KeyError", "plugins.W101"),
    "hangs": ("await let_go.wait()", "plugins.W102"),
    "rubbish": ("return 'x'", "plugins.W103"),
    "leads abroad": ("return [SearchHit(title='x', url='//evil.example/broken/')]", "plugins.W103"),
    "leads to another village": ("return [SearchHit(title='x', url='/v/shangba/broken/x')]", "plugins.W103"),
    "leads to another plugin": ("return [SearchHit(title='x', url='/v/heping/sample/notes')]", "plugins.W103"),
    "climbs out": ("return [SearchHit(title='x', url='/v/heping/broken/%2e%2e/sample/notes')]", "plugins.W103"),
}
BROKEN = pytest.mark.parametrize(
    ("broken", "fault"), [(SOURCE.format(search=code), fault) for fault, (code, _) in FAULTS.items()], ids=list(FAULTS)
)


async def post(visitor: Visitor, words: str, village: str = "heping", audience: str = "village") -> None:
    page = await visitor.open(f"/v/{village}/new")
    assert (await page.form("textarea").fill(body=words, audience=audience).send()).status == 200


async def pin(visitor: Visitor, words: str, audience: str = "village") -> None:
    await (await visitor.open("/v/heping/sample/notes")).form().fill(words=words, audience=audience).send()


async def search(visitor: Visitor, words: str, village: str = "heping") -> Opened:
    page = await visitor.open(f"/v/{village}/search")
    return await page.form("form[role=search]").fill(q=words).send()


async def test_hits_stand_under_the_name_of_whoever_has_them(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await post(villager, "谁家有梯子？<b>借</b>一天")
    await pin(villager, "借梯子")
    page = await search(villager, "梯子")
    assert page.words("#hits h2") == ["村友圈", "告示板"]
    assert page.words("#hits [data-plugin=sample] a") == ["借梯子"]
    assert (await page.follow("借梯子")).status == 200
    assert "<b>借</b>一天" in page.text
    entry, post_found = page.all("#hits section:not([data-plugin]) a")
    assert "告示板上有新条子" in entry.text_content(), "the note's entry in the feed, the newer of the two"
    assert "谁家有梯子" in (await villager.open(post_found.get("href", ""))).text
    assert "没找到" in (await search(villager, "100%")).text
    assert "没找到" in (await search(villager, "张桂秀")).text, "people are not looked for"
    part = await villager.open("/v/heping/search?q=梯子", hx_request="true")
    assert "<html" not in part.html
    assert "梯子" in part.html


async def test_nobody_finds_what_they_may_not_see(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await post(villager, "梯子只给本村看")
    await post(villager, "梯子谁都能看", audience="public")
    neighbour = await county.sign_in(await county.villager("罗海", "shangba"))
    for visitor in (county.visitor(), neighbour):
        assert (await search(visitor, "梯子")).words("#hits .li__t") == ["梯子谁都能看"]
    assert len((await search(villager, "梯子")).words("#hits .li__t")) == 2


async def test_t05_where_a_plugin_is_off_nothing_of_it_is_found_and_it_is_not_asked(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await pin(villager, "借梯子", audience="county")  # the whole county may read it, where the plugin is on
    tallies = county.app.site.registry.dispatch.health.tallies
    page = await search(await county.sign_in(await county.villager("罗海", "shangba")), "梯子", "shangba")
    assert page.status == 200
    assert "借梯子" not in page.text
    assert ("sample", "search") not in tallies
    assert "借梯子" in (await search(villager, "梯子")).text
    assert tallies["sample", "search"].calls == 1


@BROKEN
async def test_t14_a_plugin_that_fails_leaves_a_note_and_the_others_their_hits(
    county: LiveSite, broken: str, fault: str, soon_given_up: None
) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await pin(villager, "借梯子")
    page = await search(villager, "梯子")
    assert "一时找不了：坏集市" in page.text
    assert page.words("#hits [data-plugin] a") == ["借梯子"]
    dispatch = county.app.site.registry.dispatch
    assert {(p.id, p.plugin) for p in dispatch.health.problems()} == {(FAULTS[fault][1], "broken")}
    sys.modules["cunli_broken"].let_go.set()
    assert await dispatch.drained(PATIENCE) == 0


@pytest.mark.parametrize("broken", [SOURCE.format(search="await let_go.wait(); return ()")])
async def test_all_are_asked_at_once(county: LiveSite, broken: str) -> None:
    """The one that is asked first waits for the one that is asked last: one after the other they would never answer."""
    villager = await county.sign_in(await county.villager("张桂秀"))
    let_go = sys.modules["cunli_broken"].let_go
    registry = county.app.site.registry
    plain = type(registry.plugins["sample"]).search
    asked = registry._plans
    asked.clear()

    async def last(self: object, ctx: object) -> object:
        let_go.set()
        return await plain(self, ctx)  # type: ignore[arg-type]

    call = registry.plan("search", registry.running)
    assert [one.plugin for one in call] == ["broken", "sample"]
    key = ("search", registry.running)
    from cunli.trips import Call

    asked[key] = (call[0], Call("sample", last.__get__(registry.plugins["sample"])))
    page = await search(villager, "梯子")
    assert "找不了" not in page.text
