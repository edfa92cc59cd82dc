"""What asking plugins costs a village page: how many calls, and the CPU of the machinery, with four plugins that do nothing much."""

from __future__ import annotations

import asyncio
import inspect
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cunli import enabling
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import on_path, plugin_source, write_plugin
from cunli.testing.templates import EmptyDatabases
from cunli.trips import Call
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
PAGES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one signed-in village page: `calls` into plugins, and milliseconds of CPU from asking to the pieces drawn, less what
    the plugins' own functions take.

    The least of many pages: whatever else a machine does while it measures can only add to it.
    """

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
    registry, health = live.app.site.registry, live.app.site.registry.dispatch.health
    bare = Bare(registry.plan)
    health.tallies.clear()
    spent, least = [0.0], float("inf")
    real_slots, real_grants = Site.slots, Site.grants
    registry.dispatch._plan = bare
    Site.slots, Site.grants = _timed(real_slots, spent), _timed(real_grants, spent)  # type: ignore[method-assign, assignment]
    try:
        for _ in range(pages):
            spent[0], bare.seconds = 0.0, 0.0
            await villager.open("/v/heping/")
            least = min(least, spent[0] - bare.seconds)
    finally:
        Site.slots, Site.grants = real_slots, real_grants  # type: ignore[method-assign]
    calls = sum(tally.calls for (_, hook), tally in health.tallies.items() if not hook.startswith("slot "))
    return Cost(calls=calls // pages, milliseconds=least * 1000)


class Bare:
    """Stands before the plan and adds up the CPU that the plugins' functions take by themselves."""

    def __init__(self, plan: Callable[[str, frozenset[str]], Sequence[Call]]) -> None:
        self.seconds = 0.0
        self._plan = plan
        self._known: dict[tuple[str, frozenset[str]], list[Call]] = {}

    def __call__(self, hook: str, enabled: frozenset[str]) -> list[Call]:
        if (known := self._known.get((hook, enabled))) is None:
            known = [Call(call.plugin, self._metered(call.function)) for call in self._plan(hook, enabled)]
            self._known[hook, enabled] = known
        return known

    def _metered(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def waited(ctx: object) -> Any:
            started = time.process_time()
            try:
                return await function(ctx)
            finally:
                self.seconds += time.process_time() - started

        return waited if inspect.iscoroutinefunction(function) else function


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
