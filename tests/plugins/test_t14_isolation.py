"""T14: every hook, raising, hanging or giving back rubbish: the page stands, the others are there, the culprit is named."""

from __future__ import annotations

import itertools
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cunli import db, enabling, hooks
from cunli.dispatch import Dispatch
from cunli.health import FAILURES
from cunli.plugin_models import Mode
from cunli.testing import sample as kit
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import on_path, write_plugin
from cunli.testing.sample import SampleVillage
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened
from cunli.testing.working import PATIENCE, until
from cunli.troubles import troubles, try_again

from .test_t14_loading import LOADING

FAULTS = {"raises": "plugins.W101", "hangs": "plugins.W102", "rubbish": "plugins.W103"}
SWITCHING = ("village_enabling", "village_disabled")  # see test_t14_lifecycle
ABOUT_PEOPLE = ("export_data", "erase_data")  # see test_people_data
ANSWERING = ("search", "checks")  # see test_search and test_own_commands


def test_t14_no_hook_is_left_out_of_this() -> None:
    assert {*LOADING, *SWITCHING, *ABOUT_PEOPLE, *ANSWERING, *ON_A_PAGE} == set(hooks.ALL)
    assert all(set(faults) >= set(FAULTS) for faults in ON_A_PAGE.values())


# -- hooks that are asked for every page -------------------------------------------------------------------------------

HEAD = """
import asyncio, dataclasses, threading
from cunli import Capability, Manifest, MenuItem, Plugin, hookimpl

let_go = threading.Event()
now = {}  # hook: its fault at present

async def hang():
    while not let_go.is_set():
        await asyncio.sleep(0.005)

class Broken(Plugin):
    manifest = Manifest(
        label="坏", summary="", capabilities=(Capability(id="broken.x", roles=frozenset(), label="坏"),)
    )
"""
ARGUMENTS = {"filter_feed": "self, ctx, items"}
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
        "invents": "return (*items, dataclasses.replace(items[0], id=4711))",
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
BROKEN = pytest.mark.parametrize(("hook", "fault"), CASES, ids=[f"{hook} {fault}" for hook, fault in CASES])
PLUGINS = ("sample", "broken")


def broken_source() -> str:
    """One plugin that is fine, and has every fault once it is told to."""
    methods = [HEAD]
    for hook, faults in ON_A_PAGE.items():
        word = "def" if hook == "menu_items" else "async def"
        lines = [f"    @hookimpl\n    {word} {hook}({ARGUMENTS.get(hook, 'self, ctx')}):"]
        lines += [f"        if now.get({hook!r}) == {fault!r}:\n            {code}" for fault, code in faults.items()]
        methods.append("\n".join([*lines, f"        {FINE[hook]}\n"]))
    return "\n".join([*methods, "plugin = Broken()\n"])


@pytest_asyncio.fixture(params=["sqlite", "postgres"], scope="module", loop_scope="session")
async def ground(
    request: pytest.FixtureRequest,
    databases_with_sample: EmptyDatabases,
    sample_wheel: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[LiveSite]:
    """One running site for all of this: to start one for each fault takes longer than to look at it."""
    folder = tmp_path_factory.mktemp("broken")
    with zipfile.ZipFile(sample_wheel) as wheel:
        wheel.extractall(folder)
    write_plugin(folder, "broken", broken_source())
    with on_path(folder):
        url = await databases_with_sample.fresh(request.param, folder)
        async with live_site(settings_for(url, folder, plugins=PLUGINS)) as site:
            yield site


@dataclass(frozen=True)
class Here:
    """A village of its own for each test, whose people and feed no other test has seen."""

    site: LiveSite
    village: SampleVillage

    @property
    def url(self) -> str:
        return f"/v/{self.village.slug}/"

    @property
    def dispatcher(self) -> Dispatch:
        return self.site.app.site.registry.dispatch

    def breaks(self, hook: str, fault: str) -> None:
        sys.modules["cunli_broken"].now[hook] = fault

    async def let_go(self) -> int:
        """Whatever hangs goes on; how much of it does not."""
        sys.modules["cunli_broken"].let_go.set()
        return await self.dispatcher.drained(PATIENCE)


NUMBERS = itertools.count(100)


@pytest_asyncio.fixture(loop_scope="session")
async def here(ground: LiveSite, unhurried: None, soon_given_up: None) -> AsyncIterator[Here]:
    """Both plugins are on and well, and nothing is remembered of what went wrong elsewhere."""
    number, beside = next(NUMBERS), ground["heping"]
    slug = f"cun{number}"
    village = await kit.village(slug, f"村{number}", f"510999001{number}", beside.township_id, beside.county_id)
    ground.villages[slug] = village
    for plugin in PLUGINS:
        await enabling.switch(plugin, village.region_id, Mode.ON, village_level=True)
    found, broken = Here(ground, village), sys.modules["cunli_broken"]
    broken.now.clear()
    broken.let_go.clear()
    health = found.dispatcher.health
    health.strict = False
    yield found
    assert await found.let_go() == 0
    await until(_all_written(health.told))
    await try_again("broken")
    health.tallies.clear()
    health.shared.clear()


def _all_written(told: Any) -> Any:
    async def written() -> bool:
        book = told.__self__  # of the site, which gives it to nobody
        return not book._kept and (book._writing is None or book._writing.done())

    return written


async def pinned(here: Here) -> Opened:
    """A villager uses the page of the plugin beside the broken one."""
    villager = await here.site.sign_in(await here.site.villager("张桂秀", here.village.slug))
    page = await villager.open(f"{here.url}sample/notes")
    return await page.form().fill(words="还能贴", audience="public").send()


async def notes(here: Here) -> list[Any]:
    """What is pinned to the board of the village."""
    return list(await db.read("SELECT words FROM sample_note WHERE village_id = ?", here.village.id))


async def published(here: Here) -> list[str]:
    """What stands in the feed."""
    feed = await here.site.visitor().open(here.url)
    assert feed.status == 200
    return feed.words(".post__t")


@BROKEN
async def test_t14_a_fault_on_a_page_leaves_a_gap_and_names_the_culprit(here: Here, hook: str, fault: str) -> None:
    here.breaks(hook, fault)
    page = await pinned(here)
    dispatcher = here.dispatcher
    if hook in AFTER_WRITING:  # the feed asks who arranges it, and shows what was published, or not yet
        assert await published(here) == (["还能贴"] if hook == "filter_feed" else [])
    assert page.status == 200
    assert page.one("#sample-village-sidebar") is not None
    doors = {"menu_items": [], "grants": []}.get(hook, ["坏门"])  # without its grant, nobody may use its door
    assert page.words(".navx a") == [*doors, "告示板", "贴一张"]
    assert ("<!-- village.sidebar: broken -->" in page.html) == (hook == "slot_fragments")
    assert {(p.id, p.plugin) for p in dispatcher.health.problems()} == {(EXPECTED[fault], "broken")}
    assert {name for (_, name), tally in dispatcher.health.tallies.items() if tally.failures} == {hook}
    assert [row["words"] for row in await notes(here)] == ["还能贴"]
    assert await here.let_go() == 0


@BROKEN
async def test_t14_who_goes_on_failing_is_no_longer_asked_and_named_in_the_console(
    here: Here, hook: str, fault: str
) -> None:
    here.breaks(hook, fault)
    health = here.dispatcher.health
    villager = await here.site.sign_in(await here.site.villager("张桂秀", here.village.slug))
    for _ in range(FAILURES):  # or fewer: a page with several slots asks several times
        if health.awake("broken", hook):
            assert (await pinned(here)).status == 200
            assert (await villager.open(here.url)).status == 200
    assert not health.awake("broken", hook)
    page = await pinned(here)
    assert (page.status, page.one("#sample-village-sidebar") is not None) == (200, True)
    assert health.tallies["broken", hook].failures == FAILURES, "it is not asked any more"
    assert health.awake("sample", hook)
    await until(lambda: _noted("broken"))
    admin = await here.site.sign_in(await here.site.county_admin())
    assert "plugins.W104" in (await admin.open("/admin/plugins/broken")).text
    assert "plugins.W" not in (await admin.open("/admin/plugins/sample")).text


async def _noted(plugin: str) -> bool:
    return any(trouble.until is not None for trouble in await troubles(plugin))


async def test_t14_control_a_plugin_that_is_fine_has_no_gap_and_no_problem(here: Here) -> None:
    page = await pinned(here)
    assert page.words(".navx a") == ["坏门", "告示板", "贴一张"]
    assert await published(here) == ["还能贴"]
    assert "<!-- village.sidebar: broken -->" not in page.html
    assert here.dispatcher.health.problems() == []


@BROKEN
@pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
async def test_t14_control_in_strict_mode_the_same_fault_is_raised(here: Here, hook: str, fault: str) -> None:
    here.breaks(hook, fault)
    dispatcher = here.dispatcher
    dispatcher.health.strict = True
    villager = await here.site.sign_in(await here.site.villager("张桂秀", here.village.slug))
    page = await villager.open(f"{here.url}sample/notes")
    if hook in AFTER_WRITING:
        page = await page.form().fill(words="还能贴", audience="public").send()
        if hook == "filter_feed":
            page = await villager.open(here.url)
    assert page.status == 500
    assert {(p.id, p.plugin) for p in dispatcher.health.problems()} == {(EXPECTED[fault], "broken")}
    assert await here.let_go() == 0
