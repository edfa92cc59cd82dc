"""T14: every hook, raising, hanging or giving back rubbish: the page stands, the others are there, the culprit is named."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from cunli import db, hooks, inspection
from cunli.health import FAILURES
from cunli.loading import while_loading
from cunli.registry import Registry
from cunli.testing.live import LiveSite
from cunli.testing.plugins import GOOD, Install, plugin_source
from cunli.testing.visitor import Opened
from cunli.testing.working import PATIENCE, until
from cunli.troubles import troubles

SOON = 0.25  # only for what hangs until the test lets it go
FAULTS = {"raises": "plugins.W101", "hangs": "plugins.W102", "rubbish": "plugins.W103"}
LOADING = ("pages", "tasks", "subscriptions", "feed_kinds", "commands")
SWITCHING = ("village_enabling", "village_disabled")  # see test_t14_lifecycle
ABOUT_PEOPLE = ("export_data", "erase_data")  # see test_people_data
ANSWERING = ("search", "checks")  # see test_search and test_own_commands


def test_t14_no_hook_is_left_out_of_this() -> None:
    assert {*LOADING, *SWITCHING, *ABOUT_PEOPLE, *ANSWERING, *ON_A_PAGE} == set(hooks.ALL)
    assert all(set(faults) >= set(FAULTS) for faults in ON_A_PAGE.values())


# -- hooks that are asked once, while the plugin is loaded: it is left out, with the id of that ------------------------

WHILE_LOADING = {"raises": "raise KeyError", "hangs": "let_go.wait()", "rubbish": "return ['what']"}
HEAD = "import threading\nlet_go = threading.Event()"


@pytest.mark.parametrize("fault", WHILE_LOADING)
@pytest.mark.parametrize("hook", LOADING)
def test_t14_a_fault_while_loading_keeps_the_plugin_out_and_no_other(
    hook: str, fault: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, asked = inspection._given, [""]

    def knowing(name: str, provide: Any, kind: Any, tracker: str) -> Any:
        asked[0] = f"{name} {provide.__name__}"
        return given(name, provide, kind, tracker)

    def impatient(name: str, work: Callable[[], object], *, deadline: float) -> object:
        hanging = fault == "hangs" and asked[0] == f"broken {hook}"
        return while_loading(name, work, deadline=SOON if hanging else PATIENCE)

    monkeypatch.setattr(inspection, "_given", knowing)
    monkeypatch.setattr(inspection, "while_loading", impatient)
    install("broken", plugin_source(f"@hookimpl\ndef {hook}(self):\n    {WHILE_LOADING[fault]}", head=HEAD))
    install("good", GOOD)
    registry = Registry.load(["broken", "good"])
    assert [(p.id, p.plugin) for p in registry.problems] == [("plugins.E015", "broken")]
    assert f"{hook}()" in registry.problems[0].text
    assert list(registry.plugins) == ["good"]
    sys.modules["cunli_broken"].let_go.set()


# -- hooks that are asked for every page -------------------------------------------------------------------------------

SOURCE = """
import asyncio, threading
from cunli import Capability, Manifest, MenuItem, Plugin, hookimpl

let_go = threading.Event()

async def hang():
    while not let_go.is_set():
        await asyncio.sleep(0.005)

class Broken(Plugin):
    manifest = Manifest(
        label="坏", summary="", capabilities=(Capability(id="broken.x", roles=frozenset(), label="坏"),)
    )

    @hookimpl
    def menu_items(self, ctx):
        {menu_items}

    @hookimpl
    async def slot_fragments(self, ctx):
        {slot_fragments}

    @hookimpl
    async def grants(self, ctx):
        {grants}

    @hookimpl
    async def filter_feed(self, ctx, items):
        {filter_feed}

    @hookimpl
    async def review_post(self, ctx):
        {review_post}

plugin = Broken()
"""
# what a plugin does that is well: it is granted its own capability, and shows a door to those who hold it
FINE = {
    "menu_items": "return [MenuItem(label='坏门', url='/v/heping/', needs='broken.x')]",
    "slot_fragments": "return {}",
    "grants": "return frozenset({'broken.x'})",
    "filter_feed": "return items",
    "review_post": "return None",
}
ON_A_PAGE: dict[str, dict[str, str]] = {
    "menu_items": {
        "raises": "raise KeyError",
        "hangs": "let_go.wait()",
        "rubbish": "return [1]",
        "leads abroad": "return [MenuItem(label='x', url='//evil.example')]",
    },
    "slot_fragments": {"raises": "raise KeyError", "hangs": "await hang()", "rubbish": "return 'x'"},
    "grants": {
        "raises": "raise KeyError",
        "hangs": "await hang()",
        "rubbish": "return ['broken.x']",
        "is greedy": "return frozenset({'broken.x', 'core.role.grant', 'sample.note.pin'})",
    },
    "filter_feed": {
        "raises": "raise KeyError",
        "hangs": "await hang()",
        "rubbish": "return 'x'",
        "invents": "import dataclasses; return (*items, dataclasses.replace(items[0], id=4711))",
        "repeats": "return items * 2",
    },
    "review_post": {"raises": "raise KeyError", "hangs": "await hang()", "rubbish": "return 'no'"},
}
EXPECTED = {
    **FAULTS,
    "leads abroad": "plugins.W103",
    "is greedy": "plugins.E021",
    "invents": "plugins.W103",
    "repeats": "plugins.W103",
}
AFTER_WRITING = ("filter_feed", "review_post")
CASES = [(hook, fault) for hook, faults in ON_A_PAGE.items() for fault in faults]
SOURCES = [SOURCE.format(**{**FINE, hook: ON_A_PAGE[hook][fault]}) for hook, fault in CASES]
BROKEN = pytest.mark.parametrize(
    ("broken", "hook", "fault"),
    [(source, *case) for source, case in zip(SOURCES, CASES, strict=True)],
    ids=[f"{hook} {fault}" for hook, fault in CASES],
)


async def pinned(county: LiveSite) -> Opened:
    """A villager uses the page of the plugin beside the broken one."""
    villager = await county.sign_in(await county.villager("张桂秀"))
    page = await villager.open("/v/heping/sample/notes")
    return await page.form().fill(words="还能贴", audience="public").send()


async def published(county: LiveSite) -> list[str]:
    """What stands in the feed."""
    feed = await county.visitor().open("/v/heping/")
    assert feed.status == 200
    return feed.words(".post__t")


@BROKEN
async def test_t14_a_fault_on_a_page_leaves_a_gap_and_names_the_culprit(
    county: LiveSite, broken: str, hook: str, fault: str, soon_given_up: None
) -> None:
    page = await pinned(county)
    dispatcher = county.app.site.registry.dispatch
    if hook in AFTER_WRITING:  # the feed asks who arranges it, and shows what was published, or not yet
        assert await published(county) == (["还能贴"] if hook == "filter_feed" else [])
    assert page.status == 200
    assert page.one("#sample-village-sidebar") is not None
    doors = {"menu_items": [], "grants": []}.get(hook, ["坏门"])  # without its grant, nobody may use its door
    assert page.words(".navx a") == [*doors, "告示板", "贴一张"]
    assert ("<!-- village.sidebar: broken -->" in page.html) == (hook == "slot_fragments")
    assert {(p.id, p.plugin) for p in dispatcher.health.problems()} == {(EXPECTED[fault], "broken")}
    assert {name for (_, name), tally in dispatcher.health.tallies.items() if tally.failures} == {hook}
    assert [row["words"] for row in await db.read("SELECT words FROM sample_note")] == ["还能贴"]
    sys.modules["cunli_broken"].let_go.set()
    assert await dispatcher.drained(PATIENCE) == 0


@BROKEN
async def test_t14_who_goes_on_failing_is_no_longer_asked_and_named_in_the_console(
    county: LiveSite, broken: str, hook: str, fault: str, soon_given_up: None
) -> None:
    health = county.app.site.registry.dispatch.health
    villager = await county.sign_in(await county.villager("张桂秀"))
    for _ in range(FAILURES):  # or fewer: a page with several slots asks several times
        if health.awake("broken", hook):
            assert (await pinned(county)).status == 200
            assert (await villager.open("/v/heping/")).status == 200
    assert not health.awake("broken", hook)
    page = await pinned(county)
    assert (page.status, page.one("#sample-village-sidebar") is not None) == (200, True)
    assert health.tallies["broken", hook].failures == FAILURES, "it is not asked any more"
    assert health.awake("sample", hook)
    await until(lambda: _noted("broken"))
    admin = await county.sign_in(await county.county_admin())
    assert "plugins.W104" in (await admin.open("/admin/plugins/broken")).text
    assert "plugins.W" not in (await admin.open("/admin/plugins/sample")).text
    sys.modules["cunli_broken"].let_go.set()


async def _noted(plugin: str) -> bool:
    return any(trouble.until is not None for trouble in await troubles(plugin))


@pytest.mark.parametrize("broken", [SOURCE.format(**FINE)])
async def test_t14_control_a_plugin_that_is_fine_has_no_gap_and_no_problem(county: LiveSite, broken: str) -> None:
    page = await pinned(county)
    assert page.words(".navx a") == ["坏门", "告示板", "贴一张"]
    assert await published(county) == ["还能贴"]
    assert "<!-- village.sidebar: broken -->" not in page.html
    assert county.app.site.registry.dispatch.health.problems() == []


@BROKEN
@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_t14_control_in_strict_mode_the_same_fault_is_raised(
    county: LiveSite, broken: str, hook: str, fault: str, soon_given_up: None
) -> None:
    dispatcher = county.app.site.registry.dispatch
    dispatcher.health.strict = True
    villager = await county.sign_in(await county.villager("张桂秀"))
    page = await villager.open("/v/heping/sample/notes")
    if hook in AFTER_WRITING:
        page = await page.form().fill(words="还能贴", audience="public").send()
        if hook == "filter_feed":
            page = await villager.open("/v/heping/")
    assert page.status == 500
    assert {(p.id, p.plugin) for p in dispatcher.health.problems()} == {(EXPECTED[fault], "broken")}
    sys.modules["cunli_broken"].let_go.set()
    assert await dispatcher.drained(PATIENCE) == 0
