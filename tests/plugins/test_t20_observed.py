"""T20: how long each plugin takes stands on the page of those who run the place, and in the answer they are given."""

from __future__ import annotations

import pytest

from cunli.testing.live import LiveSite
from cunli.testing.plugins import plugin_source

SLOW = plugin_source(
    "@hookimpl\nasync def slot_fragments(self, ctx):\n"
    "    await db.read('SELECT 1')\n    await db.read('SELECT 2')\n    await asyncio.sleep(0.2)\n    return {}",
    head="import asyncio\nfrom cunli import db",
)


@pytest.mark.parametrize("broken", [SLOW])
async def test_t20_the_slow_plugin_is_the_top_row_and_stands_in_the_answer_of_officials(
    county: LiveSite, broken: str
) -> None:
    admin = await county.sign_in(await county.county_admin())
    await admin.open("/v/heping/sample/notes")
    county.app.site.registry.dispatch.health.tallies.clear()  # the first page of a process compiles its templates
    page = await admin.open("/v/heping/sample/notes")
    told = page.headers["server-timing"]
    first, _, _rest = told.partition(",")
    name, _, taken = first.partition(";dur=")
    assert name == "broken.slot_fragments"
    assert float(taken) >= 200
    assert "sample.menu_items;dur=" in told
    overview = await admin.open("/admin/plugins")
    rows = [row.text_content() for row in overview.all("#fares tbody tr")]
    assert rows[0].startswith("试")
    assert any(row.startswith("告示板") for row in rows[1:])
    health = county.app.site.registry.dispatch.health
    tally, menu = health.tallies["broken", "slot_fragments"], health.tallies["sample", "menu_items"]
    assert (tally.queries, menu.queries) == (2 * tally.calls, 0), "and the control: plain hooks ask nothing"

    villager = await county.sign_in(await county.villager("张桂秀"))
    assert "server-timing" not in (await villager.open("/v/heping/sample/notes")).headers
    assert "server-timing" not in (await county.visitor().open("/v/heping/sample/notes")).headers


async def test_a_trace_says_who_was_asked_and_what_came_of_it_without_a_word_of_it(
    county: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = await county.sign_in(await county.villager("张桂秀"))
    dispatch = county.app.site.registry.dispatch
    with caplog.at_level("INFO", logger="cunli.plugin.trace"):
        await visitor.open("/v/heping/sample/notes")
        assert not [r for r in caplog.records if r.name == "cunli.plugin.trace"], "the control: nobody asked for it"
        dispatch.trace = True
        await visitor.open("/v/heping/sample/notes")
    told = "\n".join(r.getMessage() for r in caplog.records if r.name == "cunli.plugin.trace")
    assert "sample menu_items" in told
    assert "ms: tuple of 2" in told
    assert "sample slot_fragments" in told
    assert "告示板" not in told
