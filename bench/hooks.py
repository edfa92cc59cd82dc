"""What asking plugins costs a village page: how many calls, and the CPU of the machinery, with four plugins that do nothing much."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cunli import enabling
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import on_path, plugin_source, write_plugin
from cunli.testing.templates import EmptyDatabases
from cunli.web.site import Site

PLUGINS: Final = ("bench_a", "bench_b", "bench_c", "bench_d")
BODY: Final = """@hookimpl
def menu_items(self, ctx):
    return [MenuItem(label='门', url=ctx.village_url + '/about')]
@hookimpl
async def slot_fragments(self, ctx):
    return {subject: [Fragment(text='一句')] for subject in ctx.subjects or (None,)}
@hookimpl
async def grants(self, ctx):
    return frozenset()"""
PAGES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one signed-in village page: `calls` into plugins, and milliseconds of CPU from asking to the pieces drawn."""

    calls: int
    milliseconds: float

    def says(self) -> str:
        return f"hooks on a village page with {len(PLUGINS)} plugins: {self.calls} calls (≤ 40), {self.milliseconds:.2f} ms of CPU (≤ 1)"


async def cost(folder: Path, *, pages: int = PAGES, posts: int = 20) -> Cost:
    """Measure on a fresh SQLite database in `folder`."""
    site = folder / "plugins"
    for name in PLUGINS:
        write_plugin(site, name, plugin_source(BODY, head="from cunli import Fragment"))
    with on_path(site):
        url = await EmptyDatabases(folder).fresh("sqlite", folder)
        async with live_site(settings_for(url, folder, plugins=PLUGINS, jobs="worker", log_level="error")) as live:
            return await _asked(live, pages, posts)


async def _asked(live: LiveSite, pages: int, posts: int) -> Cost:
    for name in PLUGINS:
        await enabling.switch(name, live["heping"].region_id, Mode.ON, village_level=True)
    villager = await live.sign_in(await live.villager("张桂秀"))
    for number in range(posts):
        page = await villager.open("/v/heping/new")
        await page.form().fill(body=f"第 {number} 条").send()
    await villager.open("/v/heping/")
    health = live.app.site.registry.dispatch.health
    health.tallies.clear()
    spent = [0.0]
    real_slots, real_grants = Site.slots, Site.grants
    Site.slots, Site.grants = _timed(real_slots, spent), _timed(real_grants, spent)  # type: ignore[method-assign, assignment]
    try:
        for _ in range(pages):
            await villager.open("/v/heping/")
    finally:
        Site.slots, Site.grants = real_slots, real_grants  # type: ignore[method-assign]
    calls = sum(tally.calls for (_, hook), tally in health.tallies.items() if not hook.startswith("slot "))
    return Cost(calls=calls // pages, milliseconds=spent[0] * 1000 / pages)


def _timed(real: Callable[..., Awaitable[Any]], spent: list[float]) -> Callable[..., Awaitable[Any]]:
    async def timed(*args: Any) -> Any:
        started = time.process_time()
        try:
            return await real(*args)
        finally:
            spent[0] += time.process_time() - started

    return timed


def main() -> None:
    """Measure and say."""
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(cost(Path(folder))).says())


if __name__ == "__main__":
    main()
