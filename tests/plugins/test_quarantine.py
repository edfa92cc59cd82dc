"""A plugin that keeps failing, or holds up everybody, is named, left to rest in every process, and tried again when told."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from cunli import db, enabling, watchdog
from cunli.places import queries as places
from cunli.registry import Registry
from cunli.testing.live import LiveSite
from cunli.testing.plugins import plugin_source
from cunli.testing.working import until
from cunli.troubles import troubles
from cunli.watchdog import Watchdog

RAISES = plugin_source("@hookimpl\ndef menu_items(self, ctx):\n    raise KeyError")
# holds up the loop until the site has had enough of it, at most for as long as a test may take
BLOCKS = plugin_source(
    "@hookimpl\nasync def slot_fragments(self, ctx):\n    if ctx.slot == 'village.sidebar':\n        hold_up()\n    return {}",
    head="""import time
calls, health, most = [], None, 60.0

def hold_up():
    calls.append(1)
    ends = time.monotonic() + most
    while health.awake("broken", "slot_fragments") and time.monotonic() < ends:
        time.sleep(0.02)
""",
)
FALLS = plugin_source(
    "@hookimpl\ndef pages(self):\n    return [Page(path='/here', view=here, to=EVERYONE)]",
    head="async def here(visit):\n    raise KeyError('CANARY 13812345678')\n",
)


async def noted(plugin: str) -> list[tuple[str, str]]:
    return [(one.hook, one.problem.id) for one in await troubles(plugin)]


@pytest.mark.parametrize("broken", [BLOCKS])
async def test_a_hook_that_blocks_the_loop_is_caught_and_not_asked_for_the_next_page(
    county: LiveSite, broken: str
) -> None:
    plugin: Any = sys.modules["cunli_broken"]
    plugin.health = county.app.site.registry.dispatch.health
    visitor = await county.sign_in(await county.villager("张桂秀"))
    assert (await visitor.open("/v/heping/sample/notes")).status == 200
    assert len(plugin.calls) == 1
    page = await visitor.open("/v/heping/sample/notes")
    assert page.status == 200
    assert page.one("#sample-village-sidebar") is not None
    assert len(plugin.calls) == 1, "it rests"
    await until(lambda: noted("broken"))
    assert await noted("broken") == [("slot_fragments", "plugins.W110")]
    control = await db.read("SELECT plugin FROM core_plugin_trouble WHERE plugin = 'sample'")
    assert control == []

    admin = await county.sign_in(await county.county_admin())
    about = await admin.open("/admin/plugins/broken")
    assert "plugins.W110" in about.text
    assert "整个服务器" in about.text
    plugin.most = 0.0
    answer = await admin.press(about, "[formaction$='/retry']")
    assert answer.status == 200
    assert await noted("broken") == []
    await visitor.open("/v/heping/sample/notes")
    assert len(plugin.calls) == 2, "it is asked again"


@pytest.mark.parametrize("broken", [BLOCKS])
@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_control_without_the_watchdog_it_is_asked_again_and_again(
    county: LiveSite, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watchdog, "look", lambda self: None)
    plugin: Any = sys.modules["cunli_broken"]
    plugin.health, plugin.most = county.app.site.registry.dispatch.health, 1.5
    visitor = await county.sign_in(await county.villager("张桂秀"))
    for _ in range(2):
        assert (await visitor.open("/v/heping/sample/notes")).status == 200
    assert len(plugin.calls) == 2


async def test_a_machine_that_stands_still_accuses_nobody(county: LiveSite) -> None:
    """The thread counts its own ticks: while it stands still too, there are none."""
    dispatch = county.app.site.registry.dispatch
    dog = Watchdog(dispatch)
    task = asyncio.current_task()
    assert task is not None
    dispatch.asking[task] = dog._running = ("sample", "slot_fragments")
    dog._answered = False
    for _ in range(watchdog.TOO_LONG - 1):
        dog.look()
    assert dispatch.health.awake("sample", "slot_fragments")
    dog.look()
    assert not dispatch.health.awake("sample", "slot_fragments"), "the control: one tick more"


@pytest.mark.parametrize("broken", [RAISES])
async def test_what_rests_in_one_process_rests_in_all_until_it_is_tried_again(county: LiveSite, broken: str) -> None:
    visitor = await county.sign_in(await county.villager("张桂秀"))
    for _ in range(5):
        assert (await visitor.open("/v/heping/sample/notes")).status == 200
    await until(lambda: noted("broken"))
    await until(lambda: resting("broken"))
    other = Registry.load(["sample", "broken"])
    heping = await places.village_by_id(county["heping"].id)
    assert other.dispatch.health.awake("broken", "menu_items"), "it has not heard yet"
    await enabling.enabled_for(other, heping)
    assert not other.dispatch.health.awake("broken", "menu_items")
    assert other.dispatch.health.awake("sample", "menu_items")

    admin = await county.sign_in(await county.county_admin())
    await admin.press(await admin.open("/admin/plugins/broken"), "[formaction$='/retry']")
    await enabling.enabled_for(other, heping)
    assert other.dispatch.health.awake("broken", "menu_items")


async def resting(plugin: str) -> bool:
    return any(one.until for one in await troubles(plugin))


@pytest.mark.parametrize("broken", [FALLS])
async def test_a_page_that_fails_names_its_plugin_and_an_incident_and_the_console_knows(
    county: LiveSite, broken: str
) -> None:
    visitor = county.visitor()
    page = await visitor.open("/v/heping/broken/here")
    assert page.status == 500
    assert "“试”这个插件出了点毛病" in page.text
    assert "报这个编号" in page.text
    assert "CANARY" not in page.html
    await until(lambda: noted("broken"))
    assert await noted("broken") == [("pages", "plugins.W111")]
    assert (await visitor.open("/v/heping/")).status == 200
    assert (await visitor.open("/v/heping/broken/nothing")).status == 404
    assert [one.count for one in await troubles("broken")] == [1], "an address that leads nowhere is nobody's fault"
